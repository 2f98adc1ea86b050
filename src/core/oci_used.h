/*
 * A set of digests that only grows: what a collection has found in use.
 *
 * It holds eight bytes of each digest.  Two digests that share them (one in
 * 10^7 runs over a million) are taken for one: something unused stays then,
 * nothing used ever goes.
 */

#ifndef OCI_USED_H
#define OCI_USED_H

#include "oci_digest.h"


typedef struct {
    uint64_t  *keys;
    size_t     nkeys;
    size_t     nsorted;         /* so many of the first are in order, once */
    size_t     nalloc;
} oci_used_t;


/* an empty set, whose memory goes with the pool */

oci_status_e oci_used_init(oci_used_t *used, oci_pool_t *pool,
    oci_error_t *err);

oci_status_e oci_used_add(oci_used_t *used, const oci_digest_t *digest,
    oci_error_t *err);

/* false: not in the set, for certain */

bool oci_used_has(oci_used_t *used, const oci_digest_t *digest);


#endif /* OCI_USED_H */
