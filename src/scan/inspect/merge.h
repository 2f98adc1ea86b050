/*
 * Layers put on top of one another: what is in the image in the end, and
 * which layer each package came with.
 */

#ifndef OCI_SCAN_INSPECT_MERGE_H
#define OCI_SCAN_INSPECT_MERGE_H

#include "model/layer.h"
#include "oci_scan_report.h"


typedef struct {
    oci_scan_os_t    os;            /* family empty: none found */
    oci_str_t        repository;    /* Alpine's release; or empty */
    bool             system;        /* there was a package database */
    oci_array_t      pkgs;          /* of oci_scan_pkg_t, sorted */
    oci_array_t      apps;          /* of oci_scan_group_t, sorted */
} oci_scan_merged_t;


/*
 * Merges n layers, base first.  The result lives in pool and refers to the
 * blobs, which must stay.  Types that are many small files (python-pkg,
 * node-pkg, gemspec, jar, conda-pkg) become one group with an empty path.
 */

oci_status_e merge_layers(oci_scan_merged_t *merged, oci_pool_t *pool,
    oci_scan_layer_t *const *blobs, size_t n, oci_error_t *err);

/*
 * Adds a result with its packages for the system and for each group to the
 * report, and the system itself.  name is what targets are made from.
 */

oci_status_e merge_report(const oci_scan_merged_t *merged,
    oci_scan_report_t *report, const oci_str_t *name, oci_error_t *err);

/* what a type of many small files is called in reports, or NULL */

const char *merge_title(const char *type);


#endif /* OCI_SCAN_INSPECT_MERGE_H */
