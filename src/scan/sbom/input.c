/*
 * A bill of materials that is scanned itself: alone, or signed, as the
 * predicate of an in-toto statement in a DSSE envelope or in a bundle.
 *
 * Source: in-toto Attestation Framework 1.0; DSSE 1.0; the predicate types
 * are those of CycloneDX and SPDX.
 */

#include "oci_scan_sbom.h"
#include "base/envelope.h"
#include "base/go_json.h"

#include <stdlib.h>
#include <string.h>


#define SBOM_LINES  256
#define SBOM_WRAPS  4


static oci_status_e sbom_metadata_prop(oci_scan_report_t *report,
    const oci_scan_prop_t *prop);
static oci_status_e sbom_lines(oci_pool_t *pool, const oci_str_t *text,
    oci_str_t *out, oci_error_t *err);
static oci_status_e sbom_unwrap(oci_pool_t *pool, const oci_str_t *text,
    unsigned wraps, oci_str_t *out, oci_error_t *err);
static oci_status_e sbom_predicate(oci_pool_t *pool, const json_t *statement,
    oci_str_t *out, oci_error_t *err);
static bool sbom_predicate_type(const oci_str_t *type);
static oci_status_e sbom_dump(oci_pool_t *pool, const json_t *value,
    oci_str_t *out, oci_error_t *err);
static int sbom_layer_order(const void *one, const void *two);
static oci_str_t *sbom_list(oci_scan_report_t *report, const oci_str_t *key);


static oci_scan_names_t  sbom_wrap_names[] = {
    "Data", "dsseEnvelope", "payload", "payloadType", "predicate",
    "predicateType", NULL
};


/*
 * What begins like one; whether it is one is seen when it is read.  Images
 * are archives and begin otherwise.
 */

bool
oci_scan_sbom_likely(const oci_str_t *head)
{
    oci_str_t  s;

    s = oci_scan_sbom_begin(*head);
    return oci_str_prefix(&s, "{") || oci_str_prefix(&s, "SPDX");
}


oci_status_e
oci_scan_sbom_open(oci_scan_sbom_t *bom, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t     inner;
    oci_error_t   why;
    oci_status_e  rc;

    memset(&why, 0, sizeof(oci_error_t));
    rc = oci_scan_sbom_parse(bom, pool, text, &why);

    if (bom->format != OCI_SCAN_SBOM_NONE || rc == OCI_NOMEM) {
        return (rc == OCI_OK) ? OCI_OK : oci_error(err, rc, 0, "%s",
                                                   why.text);
    }

    memset(&why, 0, sizeof(oci_error_t));
    rc = sbom_lines(pool, text, &inner, &why);

    if (rc == OCI_OK) {
        return oci_scan_sbom_parse(bom, pool, &inner, err);
    }

    return oci_error(err, rc, 0, "neither CycloneDX JSON nor SPDX, nor an "
                     "attestation of one: %s", why.text);
}


oci_status_e
oci_scan_sbom_metadata(const oci_scan_sbom_t *bom, oci_scan_report_t *report)
{
    size_t                  i, k;
    oci_scan_prop_t        *prop;
    const oci_scan_part_t  *part;

    part = bom->parts.elts;

    for (i = 0; i < bom->parts.nelts && !part[i].root; i++) { /* void */ }

    if (i == bom->parts.nelts) {
        return OCI_OK;
    }

    prop = part[i].props.elts;

    for (k = 0; k < part[i].props.nelts; k++) {
        if (sbom_metadata_prop(report, &prop[k]) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    /* Trivy has them in order of their text, and so has its report */

    if (report->layers.nelts > 1) {
        qsort(report->layers.elts, report->layers.nelts,
              sizeof(oci_scan_report_layer_t), sbom_layer_order);
    }

    return OCI_OK;
}


static oci_status_e
sbom_metadata_prop(oci_scan_report_t *report, const oci_scan_prop_t *prop)
{
    oci_str_t  value, *to;

    value = oci_str_dup(report->pool, prop->value.data, prop->value.len);
    if (value.data == NULL) {
        return OCI_NOMEM;
    }

    if (oci_str_is(&prop->key, "ImageID")) {
        report->image_id = value;
        return OCI_OK;
    }

    if (oci_str_is(&prop->key, "Reference")) {
        report->reference = value;
        return OCI_OK;
    }

    if (!oci_str_is(&prop->key, "DiffID")
        && !oci_str_is(&prop->key, "RepoTag")
        && !oci_str_is(&prop->key, "RepoDigest"))
    {
        return OCI_OK;
    }

    to = sbom_list(report, &prop->key);
    if (to == NULL) {
        return OCI_NOMEM;
    }

    *to = value;

    return OCI_OK;
}


/* where the next of them belongs; NULL: out of memory */

static oci_str_t *
sbom_list(oci_scan_report_t *report, const oci_str_t *key)
{
    oci_scan_report_layer_t  *layer;

    if (oci_str_is(key, "RepoTag")) {
        return oci_array_push(&report->tags);
    }

    if (oci_str_is(key, "RepoDigest")) {
        return oci_array_push(&report->digests);
    }

    layer = oci_array_push(&report->layers);

    return layer == NULL ? NULL : &layer->diff_id;
}


/* cosign prints an envelope a line: the first that holds one counts */

static oci_status_e
sbom_lines(oci_pool_t *pool, const oci_str_t *text, oci_str_t *out,
    oci_error_t *err)
{
    size_t        n;
    oci_str_t     rest, line;
    oci_error_t   first, why;
    oci_status_e  rc;

    memset(&first, 0, sizeof(oci_error_t));
    rc = sbom_unwrap(pool, text, 0, out, &first);
    why = first;
    rest = *text;

    for (n = 0; rc == OCI_INVALID && n < SBOM_LINES
                && oci_scan_text_line(&rest, &line); n++)
    {
        line = oci_scan_text_trim(line);

        if (line.len != 0 && oci_str_prefix(&line, "{")) {
            memset(&why, 0, sizeof(oci_error_t));
            rc = sbom_unwrap(pool, &line, 0, out, &why);
        }
    }

    /* of a document of several lines the whole says more */

    *err = strncmp(first.text, "not valid JSON", 14) == 0 ? why : first;

    return rc;
}


static oci_status_e
sbom_unwrap(oci_pool_t *pool, const oci_str_t *text, unsigned wraps,
    oci_str_t *out, oci_error_t *err)
{
    json_t        *root, *inner;
    oci_str_t      next;
    oci_status_e   rc;

    if (wraps == SBOM_WRAPS) {
        return oci_error(err, OCI_LIMIT, 0, "wrapped too often");
    }

    root = oci_scan_json_load(text, OCI_SCAN_JSON_FIRST, sbom_wrap_names,
                              err);
    if (root == NULL) {
        return err->status;
    }

    inner = json_object_get(root, "dsseEnvelope");
    inner = inner != NULL ? inner : root;

    if (json_object_get(inner, "payload") != NULL) {
        rc = oci_scan_envelope(pool, inner, &next, err);

    } else if (wraps == 0 || json_object_get(inner, "predicate") != NULL) {
        rc = sbom_predicate(pool, inner, &next, err);

    } else {
        json_decref(root);
        *out = *text;                   /* what was wrapped */
        return OCI_OK;
    }

    json_decref(root);

    return rc == OCI_OK ? sbom_unwrap(pool, &next, wraps + 1, out, err) : rc;
}


/* cosign once put the bill into "Data" of a predicate of its own */

static oci_status_e
sbom_predicate(oci_pool_t *pool, const json_t *statement, oci_str_t *out,
    oci_error_t *err)
{
    json_t     *predicate, *data;
    oci_str_t   type;

    type = oci_json_str(statement, "predicateType");
    predicate = json_object_get(statement, "predicate");

    if (predicate == NULL) {
        return oci_error(err, OCI_INVALID, 0, "neither an envelope nor a "
                         "statement");
    }

    if (!sbom_predicate_type(&type)) {
        return oci_error(err, OCI_INVALID, 0, "a statement of type "
                         "\"%.*s\"", type.len > 128 ? 128 : (int) type.len,
                         type.data);
    }

    data = json_object_get(predicate, "Data");

    return sbom_dump(pool, data != NULL ? data : predicate, out, err);
}


static bool
sbom_predicate_type(const oci_str_t *type)
{
    return oci_str_is(type, "https://cyclonedx.org/schema")
           || oci_str_prefix(type, "https://cyclonedx.org/bom")
           || oci_str_prefix(type, "https://spdx.dev/Document");
}


static oci_status_e
sbom_dump(oci_pool_t *pool, const json_t *value, oci_str_t *out,
    oci_error_t *err)
{
    char  *text;

    if (json_is_string(value)) {
        *out = oci_str_dup(pool, (u_char *) json_string_value(value),
                           json_string_length(value));

    } else {
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        *out = text != NULL ? oci_str_dup(pool, (u_char *) text, strlen(text))
                            : oci_str(NULL);
        free(text);
    }

    return out->data != NULL ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static int
sbom_layer_order(const void *one, const void *two)
{
    const oci_scan_report_layer_t  *a = one, *b = two;

    return oci_str_cmp(&a->diff_id, &b->diff_id);
}
