/*
 * Who is scanned: an image's identity in a report, and the fingerprints that
 * tell findings apart across reports.
 */

#ifndef OCI_SCAN_INSPECT_IDENTIFY_H
#define OCI_SCAN_INSPECT_IDENTIFY_H

#include "oci_scan_image.h"
#include "oci_scan_report.h"


/*
 * Fills what the image itself says: id, tags, digests, reference,
 * configuration, artifact id.  The report refers to the image, which must
 * stay.
 */

oci_status_e oci_scan_identify(oci_scan_report_t *report,
    const oci_scan_image_t *image, oci_error_t *err);

/* fingerprints of all findings, once targets and ids are final */

oci_status_e oci_scan_fingerprint(oci_scan_report_t *report,
    oci_error_t *err);


#endif /* OCI_SCAN_INSPECT_IDENTIFY_H */
