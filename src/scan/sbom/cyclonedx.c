/*
 * CycloneDX as an SBOM.
 */

#include "read.h"

#include <string.h>


static oci_status_e cdx_part(oci_scan_sbom_t *bom,
    const json_t *c, bool root, unsigned depth, oci_error_t *err);
static oci_status_e cdx_kind(const oci_str_t *type, oci_scan_part_e *kind);
static oci_status_e cdx_details(oci_scan_sbom_t *bom, oci_scan_part_t *part,
    const json_t *c, oci_error_t *err);
static oci_status_e cdx_props(oci_scan_part_t *part, const json_t *list,
    oci_error_t *err);
static void cdx_licenses(oci_scan_sbom_t *bom, oci_scan_part_t *part,
    const json_t *list);
static oci_status_e cdx_edges(oci_scan_sbom_t *bom,
    const json_t *list, oci_error_t *err);


oci_status_e
sbom_cyclonedx(oci_scan_sbom_t *bom, const json_t *root, oci_error_t *err)
{
    size_t         i;
    json_t        *c;
    oci_str_t      version;
    const json_t  *top;
    oci_status_e   rc;

    version = oci_json_str(root, "specVersion");

    if (json_object_get(root, "specVersion") != NULL
        && (version.len != 3 || !oci_str_prefix(&version, "1.")
            || version.data[2] < '0' || version.data[2] > '7'))
    {
        return oci_error(err, OCI_INVALID, 0, "CycloneDX of an unknown "
                         "specVersion, \"%.20s\"", version.len != 0
                         ? (char *) version.data : "");
    }

    rc = OCI_OK;
    top = json_object_get(json_object_get(root, "metadata"), "component");

    if (top != NULL) {
        rc = cdx_part(bom, top, true, 0, err);
    }

    json_array_foreach(json_object_get(root, "components"), i, c) {
        if (rc == OCI_OK) {
            rc = cdx_part(bom, c, false, 0, err);
        }
    }

    return (rc == OCI_OK)
           ? cdx_edges(bom, json_object_get(root, "dependencies"),
                       err)
           : rc;
}


/* components may hold components */

static oci_status_e
cdx_part(oci_scan_sbom_t *bom, const json_t *c, bool root,
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

    if (cdx_kind(&type, &kind) == OCI_OK) {

        part = sbom_part(bom, &ref, err);
        if (part == NULL) {
            return err->status;
        }

        part->kind = kind;
        part->root = root;
        part->bom_ref = ref;
        rc = cdx_details(bom, part, c, err);
    }

    if (depth >= OCI_SCAN_JSON_KEPT) {
        return rc;
    }

    json_array_foreach(json_object_get(c, "components"), i, inner) {
        if (rc == OCI_OK) {
            rc = cdx_part(bom, inner, false, depth + 1, err);
        }
    }

    return rc;
}


static oci_status_e
cdx_kind(const oci_str_t *type, oci_scan_part_e *kind)
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
cdx_details(oci_scan_sbom_t *bom, oci_scan_part_t *part, const json_t *c,
    oci_error_t *err)
{
    size_t      i;
    json_t     *e;
    oci_str_t   s, value;

    part->group = oci_json_str(c, "group");
    part->name = oci_json_str(c, "name");
    part->version = oci_json_str(c, "version");
    part->purl = oci_json_str(c, "purl");

    json_array_foreach(json_object_get(c, "hashes"), i, e) {
        value = oci_json_str(e, "content");
        s = sbom_hash(bom->pool, oci_json_str(e, "alg"), &value);
        part->digest = part->digest.len ? part->digest : s;
    }

    cdx_licenses(bom, part, json_object_get(c, "licenses"));

    return cdx_props(part, json_object_get(c, "properties"), err);
}


static oci_status_e
cdx_props(oci_scan_part_t *part, const json_t *list, oci_error_t *err)
{
    size_t         i;
    json_t        *e;
    oci_str_t      s;
    oci_status_e   rc;

    json_array_foreach(list, i, e) {

        s = oci_json_str(e, "name");

        if (oci_scan_text_cut_prefix(&s, "aquasecurity:trivy:")) {
            rc = sbom_prop(part, s, oci_json_str(e, "value"), err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}


static void
cdx_licenses(oci_scan_sbom_t *bom, oci_scan_part_t *part, const json_t *list)
{
    size_t        i;
    json_t       *e, *license;
    oci_str_t     s, *to;
    oci_array_t   licenses;

    oci_array_init(&licenses, bom->pool, sizeof(oci_str_t));

    json_array_foreach(list, i, e) {

        license = json_object_get(e, "license");
        s = oci_json_str(license, "name");
        s = s.len ? s : oci_json_str(license, "id");
        s = s.len ? s : oci_json_str(e, "expression");
        to = s.len ? oci_array_push(&licenses) : NULL;

        if (to != NULL) {
            *to = s;
        }
    }

    part->licenses = oci_scan_strs(&licenses);
}


static oci_status_e
cdx_edges(oci_scan_sbom_t *bom, const json_t *list, oci_error_t *err)
{
    size_t        i, j;
    json_t       *e, *on;
    oci_str_t     from, to;
    oci_status_e  rc;

    json_array_foreach(list, i, e) {

        from = oci_json_str(e, "ref");

        json_array_foreach(json_object_get(e, "dependsOn"), j, on) {

            to = oci_str(json_string_value(on));
            rc = sbom_edge(bom, &from, &to, err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}
