/*
 * What the scanner does about secrets.
 */

#ifndef SCAN_SECRETS_H
#define SCAN_SECRETS_H

#include "scan/scan.h"
#include "oci_scan_image.h"


/*
 * Reads the rules: s->secrets.  OCI_INVALID, OCI_NOT_FOUND (of a file that
 * was named) and so on, in s->err.
 */

oci_status_e scan_secrets(scan_t *s);

/* --image-config-scanners: OCI_INVALID, in s->err */

oci_status_e scan_config_scanners(scan_t *s);

/* secrets in the image's configuration, as one more result */

oci_status_e scan_image_config(scan_t *s, oci_scan_report_t *report,
    const oci_scan_image_t *image);


#endif /* SCAN_SECRETS_H */
