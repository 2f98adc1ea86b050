/*
 * The matchers, which the driver calls.
 */

#ifndef OCI_SCAN_MATCH_MATCH_H
#define OCI_SCAN_MATCH_MATCH_H

#include "finding.h"


oci_status_e detect_os(detect_t *d, oci_error_t *err);
oci_status_e detect_redhat(detect_t *d, oci_error_t *err);
oci_status_e detect_langs(detect_t *d, oci_error_t *err);


#endif /* OCI_SCAN_MATCH_MATCH_H */
