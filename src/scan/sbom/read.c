/*
 * Which of the three formats it is, and its reader.
 */

#include "read.h"

#include <string.h>


static oci_scan_sbom_e sbom_format(const json_t **root);
static void sbom_decref(void *data);


/* what the readers look for, of CycloneDX and of SPDX */

static oci_scan_names_t  sbom_names[] = {
    "alg", "algorithm", "annotations", "attributionTexts", "bom-ref",
    "bomFormat", "checksums", "checksumValue", "comment", "component",
    "components", "content", "dependencies", "dependsOn", "expression",
    "externalRefs", "group", "hashes", "id", "license", "licenseDeclared",
    "licenses", "metadata", "name", "packages", "properties", "purl", "ref",
    "referenceLocator", "referenceType", "relatedSpdxElement",
    "relationships", "relationshipType", "sbom", "sourceInfo",
    "spdxElementId", "SPDXID", "spdxVersion", "specVersion", "type", "value",
    "version", "versionInfo", NULL
};


oci_status_e
oci_scan_sbom_parse(oci_scan_sbom_t *bom, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    json_t        *whole;
    oci_str_t      s;
    const json_t  *root;

    memset(bom, 0, sizeof(oci_scan_sbom_t));
    bom->pool = pool;
    oci_array_init(&bom->parts, pool, sizeof(oci_scan_part_t));
    oci_scan_map_init(&bom->refs, pool);

    s = oci_scan_sbom_begin(*text);

    if (oci_str_prefix(&s, "SPDX")) {
        bom->format = OCI_SCAN_SBOM_SPDX_TEXT;
        return sbom_tags(bom, text, err);
    }

    whole = oci_scan_json_load(&s, OCI_SCAN_JSON_FIRST, sbom_names, err);
    if (whole == NULL) {
        return err->status;
    }

    if (oci_pool_cleanup(pool, sbom_decref, whole) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    root = whole;
    bom->format = sbom_format(&root);

    switch (bom->format) {

    case OCI_SCAN_SBOM_CYCLONEDX:
        return sbom_cyclonedx(bom, root, err);

    case OCI_SCAN_SBOM_SPDX_JSON:
        return sbom_spdx(bom, root, err);

    default:
        return oci_error(err, OCI_INVALID, 0, "neither CycloneDX JSON nor "
                         "SPDX");
    }
}


oci_str_t
oci_scan_sbom_begin(oci_str_t text)
{
    text = oci_scan_text_trim(text);
    (void) oci_scan_text_cut_prefix(&text, "\xef\xbb\xbf");
    return text;
}


/* GitHub's export has it in an object of its own */

static oci_scan_sbom_e
sbom_format(const json_t **root)
{
    oci_str_t      bom, spdx;
    const json_t  *inner;

    inner = json_object_get(*root, "sbom");
    *root = json_is_object(inner) ? inner : *root;

    bom = oci_json_str(*root, "bomFormat");
    spdx = oci_json_str(*root, "SPDXID");

    return oci_str_is(&bom, "CycloneDX") ? OCI_SCAN_SBOM_CYCLONEDX
           : (oci_str_is(&spdx, "SPDXRef-DOCUMENT")
              || json_object_get(*root, "spdxVersion") != NULL)
           ? OCI_SCAN_SBOM_SPDX_JSON : OCI_SCAN_SBOM_NONE;
}


/* the document lives as long as the pool */

static void
sbom_decref(void *data)
{
    json_decref(data);
}
