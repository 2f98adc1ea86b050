/*
 * Files of an image that nobody wants to be looked at.
 */

#ifndef OCI_SCAN_IMAGE_SKIP_H
#define OCI_SCAN_IMAGE_SKIP_H

#include "stream.h"


/*
 * Whether a clean path is one of the files, or lies in one of the folders,
 * that limits leave out.
 */

bool oci_scan_skip(const oci_scan_limits_t *limits, const oci_str_t *path);


#endif /* OCI_SCAN_IMAGE_SKIP_H */
