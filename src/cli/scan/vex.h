/*
 * What --vex names: documents, attestations beside the image, repositories.
 */

#ifndef SCAN_VEX_H
#define SCAN_VEX_H

#include "scan/scan.h"


/* reads the documents, opens the repositories: s->vex; in order */

oci_status_e scan_vex(scan_t *s);

/* --vex oci: what is attached to the image that the report is about */

oci_status_e scan_vex_image(scan_t *s, const oci_scan_report_t *report);


#endif /* SCAN_VEX_H */
