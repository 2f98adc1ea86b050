/*
 * Secrets of layers put together, and those of the configuration.
 */

#include "secrets.h"
#include "base/map.h"
#include "base/text.h"
#include "oci_scan_inspect.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    oci_scan_map_t   files;             /* path -> index + 1 in list */
    oci_array_t      list;              /* of oci_scan_secrets_t * */
} secrets_t;


static bool secrets_empty(const json_t *history);
static bool secrets_is_cmd(const json_t *history);
static size_t secrets_base(const json_t *histories);
static oci_status_e secrets_layer(secrets_t *s, oci_scan_layer_t *layer,
    const oci_str_t *created_by, oci_error_t *err);
static oci_status_e secrets_file(secrets_t *s, oci_scan_secrets_t *file,
    oci_error_t *err);
static oci_status_e secrets_add_old(const oci_array_t *old,
    oci_array_t *secrets, oci_error_t *err);
static oci_str_t secrets_created_by(oci_pool_t *pool, const json_t *config,
    size_t layer, size_t n);
static oci_status_e secrets_result(oci_scan_report_t *report,
    const oci_str_t *target, const oci_array_t *secrets, oci_error_t *err);
static int secrets_order(const void *a, const void *b);


bool
inspect_is_base(const oci_scan_image_t *image,
    const oci_scan_image_layer_t *layer)
{
    size_t                         i, k, base;
    const json_t                  *histories;
    const oci_scan_image_layer_t  *layers;

    histories = json_object_get(image->config, "history");
    base = secrets_base(histories);
    layers = image->layers.elts;

    for (i = 0, k = 0; i < base; i++) {

        if (secrets_empty(json_array_get(histories, i))) {
            continue;
        }

        if (k == image->layers.nelts) {
            return false;               /* the history is of another image */
        }

        k++;
    }

    for (i = 0; i < k; i++) {
        if (oci_digest_eq(&layers[i].diff_id, &layer->diff_id)) {
            return true;
        }
    }

    return false;
}


/* how many entries of the history are the base image's */

static size_t
secrets_base(const json_t *histories)
{
    bool    own;
    size_t  i;

    own = false;

    for (i = json_array_size(histories); i != 0; i--) {

        if (!secrets_empty(json_array_get(histories, i - 1))) {
            own = true;

        } else if (own && secrets_is_cmd(json_array_get(histories, i - 1))) {
            return i;
        }
    }

    return 0;
}


static bool
secrets_empty(const json_t *history)
{
    return json_is_true(json_object_get(history, "empty_layer"));
}


static bool
secrets_is_cmd(const json_t *history)
{
    oci_str_t  by;

    by = oci_str(json_string_value(json_object_get(history, "created_by")));

    return oci_str_prefix(&by, "/bin/sh -c #(nop)  CMD")
           || oci_str_prefix(&by, "CMD");
}


oci_status_e
inspect_secrets(oci_scan_report_t *report, oci_scan_layer_t **layers,
    size_t n, const json_t *config, oci_error_t *err)
{
    size_t                i;
    secrets_t             s;
    oci_str_t             by;
    oci_status_e          rc;
    oci_scan_secrets_t  **file;

    oci_scan_map_init(&s.files, report->pool);
    oci_array_init(&s.list, report->pool, sizeof(oci_scan_secrets_t *));
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < n; i++) {
        by = secrets_created_by(report->pool, config, i, n);
        rc = secrets_layer(&s, layers[i], &by, err);
    }

    if (s.list.nelts != 0) {
        qsort(s.list.elts, s.list.nelts, sizeof(oci_scan_secrets_t *),
              secrets_order);
    }

    file = s.list.elts;

    for (i = 0; rc == OCI_OK && i < s.list.nelts; i++) {
        rc = secrets_result(report, &file[i]->path, &file[i]->secrets, err);
    }

    return rc;
}


static oci_status_e
secrets_layer(secrets_t *s, oci_scan_layer_t *layer,
    const oci_str_t *created_by, oci_error_t *err)
{
    size_t               i, k;
    oci_status_e         rc;
    oci_scan_secret_t   *secret;
    oci_scan_secrets_t  *file;

    rc = OCI_OK;
    file = layer->secrets.elts;

    for (i = 0; rc == OCI_OK && i < layer->secrets.nelts; i++) {

        secret = file[i].secrets.elts;

        for (k = 0; k < file[i].secrets.nelts; k++) {
            secret[k].created_by = *created_by;

            if (layer->digest.alg != OCI_ALG_NONE) {
                secret[k].layer_digest = oci_digest_str(&layer->digest);
            }

            if (layer->diff_id.alg != OCI_ALG_NONE) {
                secret[k].layer_diff_id = oci_digest_str(&layer->diff_id);
            }
        }

        rc = secrets_file(s, &file[i], err);
    }

    return rc;
}


/* the newest says what a rule finds; what it found before is kept, too */

static oci_status_e
secrets_file(secrets_t *s, oci_scan_secrets_t *file, oci_error_t *err)
{
    size_t                i;
    oci_status_e          rc;
    oci_scan_secrets_t  **slot;

    i = (size_t) (uintptr_t) oci_scan_map_get(&s->files, &file->path);

    if (i != 0) {
        slot = (oci_scan_secrets_t **) s->list.elts + i - 1;
        rc = secrets_add_old(&(*slot)->secrets, &file->secrets, err);
        *slot = file;
        return rc;
    }

    slot = oci_array_push(&s->list);
    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = file;

    return oci_scan_map_set(&s->files, &file->path,
                            (void *) (uintptr_t) s->list.nelts)
           ? OCI_OK : oci_nomem(err);
}


static oci_status_e
secrets_add_old(const oci_array_t *old, oci_array_t *secrets,
    oci_error_t *err)
{
    size_t              i, k, n;
    oci_scan_secret_t  *from, *to;

    from = old->elts;
    n = secrets->nelts;

    for (i = 0; i < old->nelts; i++) {

        to = secrets->elts;

        for (k = 0; k < n && !oci_str_eq(&to[k].rule, &from[i].rule); k++) {
            /* void */
        }

        if (k < n) {
            continue;
        }

        to = oci_array_push(secrets);
        if (to == NULL) {
            return oci_nomem(err);
        }

        *to = from[i];
    }

    return OCI_OK;
}


/*
 * The instruction that made a layer, when the history has as many as there
 * are layers; it is in the report's pool.
 */

static oci_str_t
secrets_created_by(oci_pool_t *pool, const json_t *config, size_t layer,
    size_t n)
{
    size_t         i, k;
    oci_str_t      by, found, none = oci_null_string;
    const json_t  *histories, *history;

    histories = json_object_get(config, "history");
    found = none;

    for (i = 0, k = 0; i < json_array_size(histories); i++) {

        history = json_array_get(histories, i);

        if (secrets_empty(history)) {
            continue;
        }

        if (k++ == layer) {
            by = oci_str(json_string_value(json_object_get(history,
                                                           "created_by")));
            (void) oci_scan_text_cut_prefix(&by, "/bin/sh -c ");
            (void) oci_scan_text_cut_prefix(&by, "#(nop) ");
            found = oci_str_dup(pool, by.data != NULL ? by.data
                                      : (u_char *) "", by.len);
        }
    }

    return (k == n) ? found : none;
}


static oci_status_e
secrets_result(oci_scan_report_t *report, const oci_str_t *target,
    const oci_array_t *secrets, oci_error_t *err)
{
    oci_scan_result_t  *result;

    result = oci_scan_report_result(report);
    if (result == NULL) {
        return oci_nomem(err);
    }

    result->class = "secret";
    result->target = *target;
    result->secrets = *secrets;

    return OCI_OK;
}


static int
secrets_order(const void *a, const void *b)
{
    const oci_scan_secrets_t  *const *one, *const *two;

    one = a;
    two = b;

    return oci_str_cmp(&(*one)->path, &(*two)->path);
}


oci_status_e
oci_scan_inspect_config(oci_scan_report_t *report, oci_scan_rules_t *rules,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t            path;
    oci_status_e         rc;
    oci_scan_layer_t    *layer;
    oci_scan_search_t   *search;
    oci_scan_secrets_t  *found;

    layer = oci_scan_layer_create(report->pool);
    search = oci_scan_search_create(report->pool, rules);

    if (layer == NULL || search == NULL) {
        return oci_nomem(err);
    }

    path = oci_str("config.json");

    if (!oci_scan_search_file(search, &path, "", text->len)) {
        return OCI_OK;
    }

    (void) oci_scan_search_add(search, text->data, text->len);
    rc = oci_scan_search_end(search, layer, err);
    found = layer->secrets.elts;

    return (rc == OCI_OK && layer->secrets.nelts != 0)
           ? secrets_result(report, &report->name, &found->secrets, err) : rc;
}
