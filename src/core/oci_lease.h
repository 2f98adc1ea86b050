/*
 * Leases: what keeps content from a collector while somebody needs it.
 *
 * A hold says "a push is under way": a shared lock on <root>/_tally/hold.  A
 * collector that wants to know when all of them have ended puts a new file in
 * that place and waits for the old one alone, so that nobody waits for it and
 * a steady stream of pushes does not starve it.
 *
 * A lease says "this content was needed just now": the time of the last change
 * of its inode, which no hard link and no backup takes back.  Where that cannot
 * be set (the file is another user's, or the file system has no such time), it
 * is that of an empty file, <root>/_tally/leases/<alg>/<hh>/<hex>.  The later
 * of the two counts.  Nothing is synced: after a power cut no push is under
 * way.
 *
 * For the file system's backend alone.
 */

#ifndef OCI_LEASE_H
#define OCI_LEASE_H

#include "oci_fs.h"


/* hold is to be given to oci_lease_release() */

oci_status_e oci_lease_hold(oci_store_t *store, oci_pool_t *pool, int *hold,
    oci_error_t *err);
void oci_lease_release(int hold);

/*
 * Renews the lease of content at path.  Whoever finds it there after that
 * keeps it.
 */

oci_status_e oci_lease_renew(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, const char *path, oci_error_t *err);

/*
 * Raises time to that of the last change of a file, path as of openat(); size,
 * unless NULL, is its size.  Setting content aside is a change itself: there
 * it is the last access, which a lease has set.
 */

oci_status_e oci_lease_time(int dir, const char *path, bool aside,
    int64_t *time, uint64_t *size, oci_error_t *err);


#endif /* OCI_LEASE_H */
