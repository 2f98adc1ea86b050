/*
 * tally scan --attach.
 */

#ifndef SCAN_ATTACH_H
#define SCAN_ATTACH_H

#include "scan/scan.h"


/*
 * Puts the report beside its image, as a referrer, and attests it when there
 * is a key.  The image is the one of ref, or with NULL the one that target
 * names.
 */

oci_status_e scan_attach(scan_t *s, const char *target,
    const oci_reference_t *ref, const oci_scan_report_t *report);


#endif /* SCAN_ATTACH_H */
