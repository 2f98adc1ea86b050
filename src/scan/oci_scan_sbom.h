/*
 * Bills of materials: CycloneDX JSON, SPDX JSON and SPDX tag-value, all read
 * into one list of components with what each depends on.
 *
 * Source: CycloneDX 1.4 to 1.7, SPDX 2.2 and 2.3; the names of properties are
 * those that Trivy writes.
 */

#ifndef OCI_SCAN_SBOM_H
#define OCI_SCAN_SBOM_H

#include "model/kit.h"
#include "oci_scan_report.h"


typedef enum {
    OCI_SCAN_SBOM_NONE = 0,
    OCI_SCAN_SBOM_CYCLONEDX,
    OCI_SCAN_SBOM_SPDX_JSON,
    OCI_SCAN_SBOM_SPDX_TEXT
} oci_scan_sbom_e;


typedef enum {
    OCI_SCAN_PART_LIBRARY = 0,
    OCI_SCAN_PART_OS,
    OCI_SCAN_PART_APPLICATION,
    OCI_SCAN_PART_OTHER         /* counts when it has a package URL */
} oci_scan_part_e;


typedef struct {
    oci_str_t  key;
    oci_str_t  value;
} oci_scan_prop_t;


typedef struct {
    oci_scan_part_e   kind;
    bool              root;
    oci_str_t         ref;
    oci_str_t         bom_ref;          /* CycloneDX; else empty */
    oci_str_t         group;
    oci_str_t         name;
    oci_str_t         version;
    oci_str_t         purl;
    oci_str_t         digest;
    oci_str_t         file;
    oci_str_t         src_name;
    oci_str_t         src_version;
    oci_scan_strs_t   licenses;
    oci_array_t       props;            /* of oci_scan_prop_t */
    oci_array_t       edges;            /* of oci_str_t: refs below it */
} oci_scan_part_t;


typedef struct {
    oci_scan_sbom_e  format;
    oci_pool_t      *pool;
    oci_array_t      parts;             /* of oci_scan_part_t */
    oci_scan_map_t   refs;              /* ref -> 1 + place */
} oci_scan_sbom_t;


#define OCI_SCAN_SBOM_PARTS  500000


/* text without white space and a byte order mark before it */

oci_str_t oci_scan_sbom_begin(oci_str_t text);

/*
 * The parts, in pool; OCI_INVALID, OCI_LIMIT.  The format is set as soon as it
 * is known: without one text was no bill of materials at all.
 */

oci_status_e oci_scan_sbom_parse(oci_scan_sbom_t *bom, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/*
 * The same of a file that is scanned itself: one that is signed, too, as
 * in-toto's predicate in a DSSE envelope or a bundle.  OCI_INVALID: none.
 */

oci_status_e oci_scan_sbom_open(oci_scan_sbom_t *bom, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* whether a file that begins so may be one of these; no image does */

bool oci_scan_sbom_likely(const oci_str_t *head);

/* what the root says of the image: id, tags, layers; OCI_NOMEM */

oci_status_e oci_scan_sbom_metadata(const oci_scan_sbom_t *bom,
    oci_scan_report_t *report);

/* adds the packages to the layer as found in path; empty: it is all there is */

oci_status_e oci_scan_sbom_pkgs(oci_scan_walker_t *w,
    const oci_scan_sbom_t *bom, const oci_str_t *path, oci_error_t *err);


#endif /* OCI_SCAN_SBOM_H */
