/*
 * The tree below a table: through what an image depends on the packages that
 * something is known against.
 */

#ifndef OCI_SCAN_REPORT_TREE_H
#define OCI_SCAN_REPORT_TREE_H

#include "oci_scan_report.h"


/*
 * Trivy's layout: below a package those that the image names itself, with
 * what lies between left out.  Nothing, if no package of the result depends
 * on another.  What is printed is safe for a terminal.  OCI_NOMEM.
 */

oci_status_e tree_draw(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);


/* "(LOW: 1, HIGH: 0)", of the severities that are asked for */

void tree_counts(const size_t count[OCI_SCAN_SEVERITIES],
    const oci_scan_style_t *style, oci_buf_t *out);


#endif /* OCI_SCAN_REPORT_TREE_H */
