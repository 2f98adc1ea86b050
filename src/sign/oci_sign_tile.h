/*
 * A log of tiles (Rekor v2): inclusion proofs out of the tree's hashes as
 * the log publishes them.
 *
 * Sources: C2SP tlog-tiles; RFC 9162, sections 2.1.1 and 2.1.3.1.
 */

#ifndef OCI_SIGN_TILE_H
#define OCI_SIGN_TILE_H

#include "oci_sign_util.h"


#define OCI_SIGN_TILE_WIDTH  256


/* tile n of that level: its first width hashes, of 32 bytes each */

typedef oci_status_e (*oci_sign_tile_pt)(void *data, unsigned level,
    uint64_t n, unsigned width, oci_str_t *tile, oci_error_t *err);


/*
 * The inclusion proof of leaf index in a tree of size, as hashes
 * (oci_str_t).  OCI_INVALID: there is no such leaf, or a tile is too short.
 */

oci_status_e oci_sign_tile_proof(oci_pool_t *pool, uint64_t index,
    uint64_t size, oci_sign_tile_pt get, void *data, oci_array_t *hashes,
    oci_error_t *err);

/* "LEVEL/x001/234", with ".p/WIDTH" behind it when it is not full */

oci_str_t oci_sign_tile_path(oci_pool_t *pool, unsigned level, uint64_t n,
    unsigned width);


#endif /* OCI_SIGN_TILE_H */
