/*
 * The readers of the three formats.
 */

#include "read.h"
#include "oci_json.h"

#include <string.h>


static oci_status_e oci_scan_sbom_cyclonedx(oci_scan_sbom_t *bom,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e oci_scan_cdx_part(oci_scan_sbom_t *bom,
    const json_t *c, bool root, unsigned depth, oci_error_t *err);
static oci_status_e oci_scan_cdx_kind(const oci_str_t *type,
    oci_scan_part_e *kind);
static oci_status_e oci_scan_cdx_details(oci_scan_sbom_t *bom,
    oci_scan_part_t *part, const json_t *c, oci_error_t *err);
static oci_status_e oci_scan_cdx_edges(oci_scan_sbom_t *bom,
    const json_t *list, oci_error_t *err);


oci_scan_sbom_e
oci_scan_sbom_format(const oci_str_t *text)
{
    oci_str_t  s;

    s = oci_scan_trim(*text);

    if (oci_str_prefix(&s, "\xef\xbb\xbf")) {
        s = oci_scan_skip(s, 3);
    }

    if (oci_str_prefix(&s, "{")) {

        if (oci_scan_find(&s, "\"bomFormat\"") != -1) {
            return OCI_SCAN_SBOM_CYCLONEDX;
        }

        return (oci_scan_find(&s, "\"spdxVersion\"") != -1
                || oci_scan_find(&s, "\"SPDXID\"") != -1)
               ? OCI_SCAN_SBOM_SPDX_JSON : OCI_SCAN_SBOM_NONE;
    }

    return (oci_str_prefix(&s, "SPDXVersion:")
            || oci_scan_find(&s, "\nSPDXVersion:") != -1)
           ? OCI_SCAN_SBOM_SPDX_TEXT : OCI_SCAN_SBOM_NONE;
}


oci_status_e
oci_scan_sbom_parse(oci_scan_sbom_t *bom, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    memset(bom, 0, sizeof(oci_scan_sbom_t));
    bom->pool = pool;
    bom->format = oci_scan_sbom_format(text);
    oci_array_init(&bom->parts, pool, sizeof(oci_scan_part_t));
    oci_scan_map_init(&bom->refs, pool);

    switch (bom->format) {

    case OCI_SCAN_SBOM_CYCLONEDX:
        return oci_scan_sbom_cyclonedx(bom, text, err);

    case OCI_SCAN_SBOM_SPDX_JSON:
        return oci_scan_sbom_spdx(bom, text, err);

    case OCI_SCAN_SBOM_SPDX_TEXT:
        return oci_scan_sbom_tags(bom, text, err);

    default:
        return oci_error(err, OCI_INVALID, 0, "neither CycloneDX JSON nor "
                         "SPDX");
    }
}


oci_scan_part_t *
oci_scan_sbom_part(oci_scan_sbom_t *bom, const oci_str_t *ref,
    oci_error_t *err)
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
oci_scan_sbom_edge(oci_scan_sbom_t *bom, const oci_str_t *from,
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
oci_scan_sbom_prop(oci_scan_part_t *part, oci_str_t key, oci_str_t value,
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


static oci_status_e
oci_scan_sbom_cyclonedx(oci_scan_sbom_t *bom, const oci_str_t *text,
    oci_error_t *err)
{
    size_t         i;
    json_t        *root, *c;
    const json_t  *top;
    oci_status_e   rc;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return err->status;
    }

    if (oci_pool_cleanup(bom->pool, oci_scan_sbom_decref, root) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = OCI_OK;
    top = json_object_get(json_object_get(root, "metadata"), "component");

    if (top != NULL) {
        rc = oci_scan_cdx_part(bom, top, true, 0, err);
    }

    json_array_foreach(json_object_get(root, "components"), i, c) {
        if (rc == OCI_OK) {
            rc = oci_scan_cdx_part(bom, c, false, 0, err);
        }
    }

    return (rc == OCI_OK)
           ? oci_scan_cdx_edges(bom, json_object_get(root, "dependencies"),
                                err)
           : rc;
}


void
oci_scan_sbom_decref(void *data)
{
    json_decref(data);
}


/* components may hold components */

static oci_status_e
oci_scan_cdx_part(oci_scan_sbom_t *bom, const json_t *c, bool root,
    unsigned depth, oci_error_t *err)
{
    size_t            i;
    json_t           *inner;
    oci_str_t         type, ref;
    oci_status_e      rc;
    oci_scan_part_e   kind;
    oci_scan_part_t  *part;

    type = oci_json_str(c, "type");
    ref = oci_json_str(c, "bom-ref");
    rc = OCI_OK;

    if (oci_scan_cdx_kind(&type, &kind) == OCI_OK) {

        part = oci_scan_sbom_part(bom, &ref, err);
        if (part == NULL) {
            return err->status;
        }

        part->kind = kind;
        part->root = root;
        part->bom_ref = ref;
        rc = oci_scan_cdx_details(bom, part, c, err);
    }

    if (depth >= OCI_JSON_DEPTH) {
        return rc;
    }

    json_array_foreach(json_object_get(c, "components"), i, inner) {
        if (rc == OCI_OK) {
            rc = oci_scan_cdx_part(bom, inner, false, depth + 1, err);
        }
    }

    return rc;
}


static oci_status_e
oci_scan_cdx_kind(const oci_str_t *type, oci_scan_part_e *kind)
{
    if (oci_str_is(type, "library") || oci_str_is(type, "framework")) {
        *kind = OCI_SCAN_PART_LIBRARY;

    } else if (oci_str_is(type, "application")) {
        *kind = OCI_SCAN_PART_APPLICATION;

    } else if (oci_str_is(type, "operating-system")) {
        *kind = OCI_SCAN_PART_OS;

    } else if (oci_str_is(type, "container") || oci_str_is(type, "platform")
               || oci_str_is(type, "file"))
    {
        *kind = OCI_SCAN_PART_OTHER;

    } else {
        return OCI_NOT_FOUND;
    }

    return OCI_OK;
}


static oci_status_e
oci_scan_cdx_details(oci_scan_sbom_t *bom, oci_scan_part_t *part,
    const json_t *c, oci_error_t *err)
{
    size_t         i;
    json_t        *e;
    oci_str_t      s, value, *to;
    oci_array_t    licenses;
    oci_status_e   rc;

    part->group = oci_json_str(c, "group");
    part->name = oci_json_str(c, "name");
    part->version = oci_json_str(c, "version");
    part->purl = oci_json_str(c, "purl");

    json_array_foreach(json_object_get(c, "hashes"), i, e) {
        value = oci_json_str(e, "content");
        s = oci_scan_sbom_hash(bom->pool, oci_json_str(e, "alg"), &value);
        part->digest = part->digest.len ? part->digest : s;
    }

    json_array_foreach(json_object_get(c, "properties"), i, e) {

        s = oci_json_str(e, "name");

        if (oci_scan_cut_prefix(&s, "aquasecurity:trivy:")) {
            rc = oci_scan_sbom_prop(part, s, oci_json_str(e, "value"), err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    oci_array_init(&licenses, bom->pool, sizeof(oci_str_t));

    json_array_foreach(json_object_get(c, "licenses"), i, e) {

        s = oci_json_str(json_object_get(e, "license"), "name");
        s = s.len ? s : oci_json_str(json_object_get(e, "license"), "id");
        s = s.len ? s : oci_json_str(e, "expression");
        to = s.len ? oci_array_push(&licenses) : NULL;

        if (to != NULL) {
            *to = s;
        }
    }

    part->licenses = oci_scan_strs(&licenses);
    return OCI_OK;
}


static oci_status_e
oci_scan_cdx_edges(oci_scan_sbom_t *bom, const json_t *list,
    oci_error_t *err)
{
    size_t        i, j;
    json_t       *e, *on;
    oci_str_t     from, to;
    oci_status_e  rc;

    json_array_foreach(list, i, e) {

        from = oci_json_str(e, "ref");

        json_array_foreach(json_object_get(e, "dependsOn"), j, on) {

            to = oci_str(json_string_value(on));
            rc = oci_scan_sbom_edge(bom, &from, &to, err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}


oci_str_t
oci_scan_sbom_hash(oci_pool_t *pool, oci_str_t alg, const oci_str_t *value)
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
