/*
 * What the parts of a CycloneDX report share, below write.h.
 *
 * Source: ECMA-424, CycloneDX Specification 1.7, JSON.
 */

#ifndef OCI_SCAN_REPORT_CYCLONEDX_H
#define OCI_SCAN_REPORT_CYCLONEDX_H

#include "write.h"
#include "graph.h"
#include "base/map.h"


#define CDX_PREFIX  "aquasecurity:trivy:"


/* pkg NULL: the system or a file that packages were found in */

typedef struct {
    oci_str_t                  ref;
    const oci_scan_result_t   *result;
    const oci_scan_pkg_t      *pkg;
    oci_array_t                needs;       /* of oci_str_t: refs */
} cdx_node_t;


typedef struct {
    oci_str_t                  id;
    oci_str_t                  ref;
    const oci_scan_finding_t  *finding;
} cdx_finding_t;


typedef struct {
    emit_t                     e;
    oci_pool_t                *pool;
    const oci_scan_report_t   *report;
    const oci_scan_style_t    *style;
    bom_t                      bom;         /* the root only */
    cdx_node_t                 root;
    oci_array_t                nodes;       /* of cdx_node_t */
    oci_array_t                findings;    /* of cdx_finding_t */
    oci_scan_map_t             purls;       /* url -> first of its packages */
    oci_scan_map_t             twice;
} cdx_t;


/* a package, the system or a file as a component */

void cdx_node(cdx_t *c, const cdx_node_t *node);

/* a property of Trivy's namespace, unless it is empty */

void cdx_property(cdx_t *c, const char *name, const oci_str_t *value);

/* the entry of a component in "dependencies" */

void cdx_needs(cdx_t *c, const cdx_node_t *node);

/*
 * All findings of one id are one entry: writes that of f, the first of left
 * sorted ones, and returns how many belong to it.
 */

size_t cdx_vulnerability(cdx_t *c, cdx_finding_t *f, size_t left);


#endif /* OCI_SCAN_REPORT_CYCLONEDX_H */
