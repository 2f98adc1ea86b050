/*
 * Which of the three formats it is, and its reader.
 */

#include "read.h"

#include <string.h>


oci_scan_sbom_e
oci_scan_sbom_format(const oci_str_t *text)
{
    oci_str_t  s;

    s = oci_scan_text_trim(*text);

    if (oci_str_prefix(&s, "\xef\xbb\xbf")) {
        s = oci_scan_text_skip(s, 3);
    }

    if (oci_str_prefix(&s, "{")) {

        if (oci_scan_text_find(&s, "\"bomFormat\"") != -1) {
            return OCI_SCAN_SBOM_CYCLONEDX;
        }

        return (oci_scan_text_find(&s, "\"spdxVersion\"") != -1
                || oci_scan_text_find(&s, "\"SPDXID\"") != -1)
               ? OCI_SCAN_SBOM_SPDX_JSON : OCI_SCAN_SBOM_NONE;
    }

    return (oci_str_prefix(&s, "SPDXVersion:")
            || oci_scan_text_find(&s, "\nSPDXVersion:") != -1)
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
        return sbom_cyclonedx(bom, text, err);

    case OCI_SCAN_SBOM_SPDX_JSON:
        return sbom_spdx(bom, text, err);

    case OCI_SCAN_SBOM_SPDX_TEXT:
        return sbom_tags(bom, text, err);

    default:
        return oci_error(err, OCI_INVALID, 0, "neither CycloneDX JSON nor "
                         "SPDX");
    }
}
