/*
 * Flags that contradict each other.
 */

#ifndef SCAN_AGREE_H
#define SCAN_AGREE_H

#include "scan/scan.h"


/* after the options were read: OCI_INVALID, in s->err */

oci_status_e scan_agree(scan_t *s);


#endif /* SCAN_AGREE_H */
