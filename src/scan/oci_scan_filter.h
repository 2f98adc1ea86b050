/*
 * What is left out of a report, by Trivy's options and in its order:
 * severity, status, ignore file, duplicates, then VEX.
 */

#ifndef OCI_SCAN_FILTER_H
#define OCI_SCAN_FILTER_H

#include "filter/ignore.h"
#include "oci_scan_report.h"
#include "filter/vex.h"


typedef struct {
    unsigned                  severities;   /* bits that stay, 1 << severity */
    unsigned                  statuses;     /* bits that go, 1 << status */
    const oci_scan_ignore_t  *ignore;       /* NULL: none */
    const oci_scan_vex_t     *vex;          /* array of nvex */
    size_t                    nvex;
    oci_str_t                 bom;          /* of a scanned CycloneDX BOM */
} oci_scan_filter_t;


/*
 * Thins out and sorts the findings of every result.  What an ignore file or
 * VEX took away goes to the result's hidden list.
 */

oci_status_e oci_scan_filter(oci_scan_report_t *report,
    const oci_scan_filter_t *filter, oci_error_t *err);


#endif /* OCI_SCAN_FILTER_H */
