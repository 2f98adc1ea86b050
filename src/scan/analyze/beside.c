/*
 * TOML files that are of use beside another one.
 */

#include "beside.h"
#include "analyze.h"
#include "base/toml.h"

#include <stdlib.h>
#include <string.h>


#define BESIDE_KEPT  (64 * OCI_SCAN_MB)


static int beside_order(const void *one, const void *two);
static void beside_decref(void *data);


oci_status_e
beside_keep(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t         base;
    oci_scan_toml_t  *toml;

    w->tomls_len += text->len;

    if (w->tomls_len > BESIDE_KEPT) {
        base = oci_scan_text_base(&f->path);
        return oci_error(err, OCI_LIMIT, 0, "more than %d MB of %.*s",
                         BESIDE_KEPT / OCI_SCAN_MB, (int) base.len,
                         base.data);
    }

    toml = oci_array_push(&w->tomls);

    if (toml != NULL) {
        memset(toml, 0, sizeof(oci_scan_toml_t));
        toml->path = oci_str_dup(w->walk, f->path.data, f->path.len);
        toml->text = oci_str_dup(w->walk, text->data, text->len);
    }

    return (toml != NULL && toml->path.data != NULL
            && toml->text.data != NULL)
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


void
beside_sort(oci_scan_walker_t *w)
{
    if (w->tomls.nelts > 1) {
        qsort(w->tomls.elts, w->tomls.nelts, sizeof(oci_scan_toml_t),
              beside_order);
    }
}


static int
beside_order(const void *one, const void *two)
{
    const oci_scan_toml_t  *a = one, *b = two;

    return oci_str_cmp(&a->path, &b->path);
}


oci_scan_toml_t *
beside_find(oci_scan_walker_t *w, const oci_str_t *path, const char *name)
{
    size_t            i;
    oci_str_t         dir, base, other;
    oci_scan_toml_t  *toml;

    dir = oci_scan_text_dir(path);
    toml = w->tomls.elts;

    for (i = 0; i < w->tomls.nelts; i++) {
        base = oci_scan_text_base(&toml[i].path);
        other = oci_scan_text_dir(&toml[i].path);

        if (oci_str_is(&base, name) && oci_str_eq(&dir, &other)) {
            return &toml[i];
        }
    }

    return NULL;
}


/* the sources of all crates may lie around: most are never asked for */

const json_t *
beside_root(oci_scan_walker_t *w, oci_scan_toml_t *toml)
{
    oci_error_t  why;

    if (!toml->read) {

        memset(&why, 0, sizeof(oci_error_t));
        toml->read = true;
        toml->root = oci_scan_toml_load(&toml->text, &why);

        if (toml->root == NULL) {
            oci_scan_kit_left_out(w, &toml->path, why.text);

        } else if (oci_pool_cleanup(w->walk, beside_decref, toml->root)
                   != OCI_OK)
        {
            json_decref(toml->root);
            toml->root = NULL;
        }
    }

    return toml->root;
}


static void
beside_decref(void *data)
{
    json_decref(data);
}
