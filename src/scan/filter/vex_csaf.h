/*
 * CSAF advisories as statements.
 */

#ifndef OCI_SCAN_FILTER_VEX_CSAF_H
#define OCI_SCAN_FILTER_VEX_CSAF_H

#include "vex.h"

#include <jansson.h>


/*
 * Adds what the advisory says is not affected or fixed.  OCI_LIMIT: too much.
 * OCI_NOMEM.
 */

oci_status_e vex_csaf(oci_scan_vex_t *vex, oci_pool_t *pool,
    const json_t *doc);


#endif /* OCI_SCAN_FILTER_VEX_CSAF_H */
