/*
 * Syncs of directories: shared by those who need them at the same moment, and
 * remembered.
 *
 * For the file system's backend alone.
 */

#ifndef OCI_SYNC_H
#define OCI_SYNC_H

#include "oci_core.h"


typedef struct oci_sync_s  oci_sync_t;


/*
 * What is remembered is shared by the processes that are forked later.  NULL:
 * out of memory.
 */

oci_sync_t *oci_sync_create(oci_pool_t *pool);

/*
 * Syncs a directory: what was in it before the call is on disk.  Whoever comes
 * while a sync of it runs joins the next one, with all others who do.
 */

oci_status_e oci_sync_dir(oci_sync_t *sync, const char *path,
    oci_error_t *err);

/*
 * Remembers that the entry of a directory, and those of all above it, are on
 * disk, and tells whether it was remembered.  It is known by its path, device,
 * inode and time of birth: one that was moved or made again is another.  A
 * file system that does not tell the time of birth has nothing remembered.
 * Bounded: what is forgotten is synced again.
 */

void oci_sync_remember(oci_sync_t *sync, const char *path);
bool oci_sync_knows(const oci_sync_t *sync, const char *path);


#endif /* OCI_SYNC_H */
