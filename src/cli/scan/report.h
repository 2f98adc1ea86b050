/*
 * Reports: from what is named, by one of several readers, to what is found.
 */

#ifndef SCAN_REPORT_H
#define SCAN_REPORT_H

#include "scan/scan.h"


/* a reader lists the packages of what is named; each verb has its own */

typedef struct scan_reading_s  scan_reading_t;

typedef oci_status_e (*scan_read_pt)(scan_reading_t *r);

oci_status_e scan_read_image(scan_reading_t *r);
oci_status_e scan_read_folder(scan_reading_t *r);
oci_status_e scan_read_sbom(scan_reading_t *r);


/*
 * What is found in target, filtered, still to be written.  With a ref, the
 * image in the store or registry that ref names is read, and target is only
 * its name in the report.
 */

oci_status_e scan_report(scan_t *s, scan_read_pt read, const char *target,
    const oci_reference_t *ref, oci_scan_report_t **report);

/* leaves out of a report what the options do not want */

oci_status_e scan_filter(scan_t *s, oci_scan_report_t *report);

/* does a file of that name begin as a bill of materials does? */

bool scan_is_sbom(const char *path);


#endif /* SCAN_REPORT_H */
