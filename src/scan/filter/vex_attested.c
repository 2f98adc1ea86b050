/*
 * OpenVEX as the predicate of an attestation.
 *
 * Source: in-toto Attestation Framework 1.0; OpenVEX's ATTESTING.md.
 */

#include "vex.h"
#include "base/envelope.h"
#include "oci_json.h"

#include <stdlib.h>
#include <string.h>


#define VEX_TYPE  "https://openvex.dev/ns"


static oci_status_e vex_statement(oci_scan_vex_t *vex, oci_pool_t *pool,
    const json_t *statement, oci_error_t *err);


oci_status_e
oci_scan_vex_attested(oci_scan_vex_t *vex, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    json_t        *root, *inner;
    oci_str_t      payload;
    oci_status_e   rc;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    inner = json_object_get(root, "dsseEnvelope");
    inner = (inner != NULL) ? inner : root;

    if (json_object_get(inner, "payload") == NULL) {
        rc = vex_statement(vex, pool, inner, err);
        json_decref(root);
        return rc;
    }

    rc = oci_scan_envelope(pool, inner, &payload, err);
    json_decref(root);

    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_json_load(payload.data, payload.len, 0, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    rc = vex_statement(vex, pool, root, err);
    json_decref(root);

    return rc;
}


static oci_status_e
vex_statement(oci_scan_vex_t *vex, oci_pool_t *pool, const json_t *statement,
    oci_error_t *err)
{
    char          *dump;
    oci_str_t      type, text;
    oci_status_e   rc;

    if (json_object_get(statement, "_type") == NULL) {
        return oci_error(err, OCI_INVALID, 0, "neither an envelope nor an "
                         "in-toto statement");
    }

    type = oci_json_str(statement, "predicateType");

    if (!oci_str_is(&type, VEX_TYPE) && !oci_str_prefix(&type, VEX_TYPE "/")) {
        return OCI_NOT_FOUND;
    }

    dump = json_dumps(json_object_get(statement, "predicate"), JSON_COMPACT);
    if (dump == NULL) {
        return oci_error(err, OCI_INVALID, 0, "a statement without a "
                         "predicate");
    }

    text = oci_str(dump);
    rc = oci_scan_vex_parse(vex, pool, &text, err);
    free(dump);

    return rc;
}
