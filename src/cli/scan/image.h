/*
 * Images in a registry or a store, for the scanner.
 */

#ifndef SCAN_IMAGE_H
#define SCAN_IMAGE_H

#include "oci_scan_image.h"
#include "scan/scan.h"


/* opens the image of that name; it lives in s->pool */

oci_status_e scan_remote(scan_t *s, const char *name,
    oci_scan_image_t **image);
oci_status_e scan_remote_image(scan_t *s, const oci_reference_t *ref,
    oci_scan_image_t **image);

/* --platform, or linux/amd64 */

void scan_platform(scan_t *s, oci_scan_choice_t *choice);


#endif /* SCAN_IMAGE_H */
