/*
 * The matchers, which the driver calls.
 */

#ifndef OCI_SCAN_MATCH_MATCH_H
#define OCI_SCAN_MATCH_MATCH_H

#include "finding.h"


oci_status_e match_os(match_t *d, oci_error_t *err);
oci_status_e match_redhat(match_t *d, oci_error_t *err);
oci_status_e match_langs(match_t *d, oci_error_t *err);


#endif /* OCI_SCAN_MATCH_MATCH_H */
