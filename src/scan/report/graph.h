/*
 * A report as a bill of materials: components in a graph, as Trivy puts them,
 * before they are written in a format.
 */

#ifndef OCI_SCAN_REPORT_GRAPH_H
#define OCI_SCAN_REPORT_GRAPH_H

#include "oci_scan_report.h"


typedef enum {
    OCI_SCAN_BOM_ROOT = 0,
    OCI_SCAN_BOM_SYSTEM,
    OCI_SCAN_BOM_FILE,              /* that packages were found in */
    OCI_SCAN_BOM_LIBRARY
} bom_e;


typedef struct {
    const char  *name;
    oci_str_t    label;             /* of an image: name is "Labels" */
    oci_str_t    value;
} bom_prop_t;


typedef struct {
    size_t  to;
    bool    contains;               /* else: depends on */
} bom_edge_t;


typedef struct {
    bom_e                      kind;
    const char                *type;        /* Trivy's name of the kind */
    oci_str_t                  group;
    oci_str_t                  name;
    oci_str_t                  version;
    oci_str_t                  purl;
    oci_str_t                  src_version;
    oci_str_t                  src_file;
    const oci_scan_pkg_t      *pkg;         /* of a library */
    const oci_scan_result_t   *result;      /* of all but the root */
    oci_array_t                props;       /* of bom_prop_t */
    oci_array_t                edges;       /* of bom_edge_t */
} bom_part_t;


typedef struct {
    oci_pool_t                *pool;
    const oci_scan_report_t   *report;
    oci_array_t                parts;       /* of bom_part_t */
} bom_t;


/*
 * The root comes first; what the parts refer to is the report's.  Properties
 * are in order of their names and values.  OCI_NOMEM.
 */

oci_status_e bom_build(bom_t *bom, oci_pool_t *pool,
    const oci_scan_report_t *report);

/* the same of the root alone: what is known of the image */

oci_status_e bom_begin(bom_t *bom, oci_pool_t *pool,
    const oci_scan_report_t *report);

/* "name" or "Labels:label", in pool */

oci_str_t bom_prop_name(oci_pool_t *pool, const bom_prop_t *prop);


#endif /* OCI_SCAN_REPORT_GRAPH_H */
