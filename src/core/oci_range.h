/*
 * The Content-Range of an uploaded chunk.
 *
 * Source: OCI Distribution Specification 1.1, "Pushing a blob in chunks":
 * "<first>-<last>", both inclusive.  RFC 9110's "bytes <first>-<last>/<n>"
 * is read as well, since clients send it.
 */

#ifndef OCI_RANGE_H
#define OCI_RANGE_H

#include "oci_core.h"


/* OCI_INVALID: not a range, or one that ends before it begins */

oci_status_e oci_range_parse(const oci_str_t *text, uint64_t *first,
    uint64_t *last);


#endif /* OCI_RANGE_H */
