/*
 * Components, as every reader adds them.
 */

#include "read.h"

#include <string.h>


oci_scan_part_t *
sbom_part(oci_scan_sbom_t *bom, const oci_str_t *ref, oci_error_t *err)
{
    oci_scan_part_t  *part;

    if (bom->parts.nelts == OCI_SCAN_SBOM_PARTS) {
        (void) oci_error(err, OCI_LIMIT, 0, "more than %d components",
                         OCI_SCAN_SBOM_PARTS);
        return NULL;
    }

    part = oci_array_push(&bom->parts);

    if (part == NULL
        || (ref->len != 0 && oci_scan_map_get(&bom->refs, ref) == NULL
            && !oci_scan_map_set(&bom->refs, ref,
                                 (void *) (uintptr_t) bom->parts.nelts)))
    {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    part->ref = *ref;
    oci_array_init(&part->props, bom->pool, sizeof(oci_scan_prop_t));
    oci_array_init(&part->edges, bom->pool, sizeof(oci_str_t));
    return part;
}


oci_status_e
sbom_edge(oci_scan_sbom_t *bom, const oci_str_t *from,
    const oci_str_t *to, oci_error_t *err)
{
    size_t      i;
    oci_str_t  *edge;

    i = (uintptr_t) oci_scan_map_get(&bom->refs, from);

    if (i == 0) {
        return OCI_OK;
    }

    edge = oci_array_push(&((oci_scan_part_t *) bom->parts.elts)[i - 1].edges);
    if (edge == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *edge = *to;
    return OCI_OK;
}


oci_status_e
sbom_prop(oci_scan_part_t *part, oci_str_t key, oci_str_t value,
    oci_error_t *err)
{
    oci_scan_prop_t  *prop;

    prop = oci_array_push(&part->props);
    if (prop == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    prop->key = key;
    prop->value = value;
    return OCI_OK;
}


oci_str_t
sbom_hash(oci_pool_t *pool, oci_str_t alg, const oci_str_t *value)
{
    size_t             i;
    oci_str_t          none = oci_null_string;
    static const char  *const names[][2] = {
        { "SHA-1", "sha1" }, { "SHA1", "sha1" }, { "SHA-256", "sha256" },
        { "SHA256", "sha256" }, { "SHA-512", "sha512" },
        { "SHA512", "sha512" }, { "MD5", "md5" }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (oci_str_is(&alg, names[i][0])) {
            return oci_strf(pool, "%s:%.*s", names[i][1], (int) value->len,
                            value->data);
        }
    }

    return none;
}
