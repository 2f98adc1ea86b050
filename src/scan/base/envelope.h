/*
 * What is signed: the in-toto statement in a DSSE envelope.  Signatures are
 * not looked at.
 *
 * Source: DSSE 1.0.
 */

#ifndef OCI_SCAN_BASE_ENVELOPE_H
#define OCI_SCAN_BASE_ENVELOPE_H

#include "oci_core.h"

#include <jansson.h>


/* the text of the statement; OCI_INVALID: no such envelope */

oci_status_e oci_scan_envelope(oci_pool_t *pool, const json_t *envelope,
    oci_str_t *out, oci_error_t *err);


#endif /* OCI_SCAN_BASE_ENVELOPE_H */
