/*
 * What the readers of SBOM formats share, below oci_scan_sbom.h.
 */

#ifndef OCI_SCAN_SBOM_READ_H
#define OCI_SCAN_SBOM_READ_H

#include "base/go_json.h"
#include "oci_scan_sbom.h"


/* the formats that oci_scan_sbom_parse() hands on; root outlives bom */

oci_status_e sbom_cyclonedx(oci_scan_sbom_t *bom,
    const json_t *root, oci_error_t *err);
oci_status_e sbom_spdx(oci_scan_sbom_t *bom, const json_t *root,
    oci_error_t *err);
oci_status_e sbom_tags(oci_scan_sbom_t *bom, const oci_str_t *text,
    oci_error_t *err);

/* a new part, found by ref from now on; NULL: see err */

oci_scan_part_t *sbom_part(oci_scan_sbom_t *bom,
    const oci_str_t *ref, oci_error_t *err);

/* notes that to is below from; an unknown from is no error */

oci_status_e sbom_edge(oci_scan_sbom_t *bom,
    const oci_str_t *from, const oci_str_t *to, oci_error_t *err);
oci_status_e sbom_prop(oci_scan_part_t *part, oci_str_t key,
    oci_str_t value, oci_error_t *err);

/* "alg:value" of a hash that is of use, else empty */

oci_str_t sbom_hash(oci_pool_t *pool, oci_str_t alg, const oci_str_t *value);

#endif /* OCI_SCAN_SBOM_READ_H */
