/*
 * Texts of our own beside the repositories, where no client comes.
 *
 * They are called by names of a few words, "scan/queue/NAME".  All of it can
 * be made again: nothing is synced, and who misses one does without.  Every
 * function may block.
 */

#ifndef OCI_OWN_H
#define OCI_OWN_H

#include "oci_care.h"


/* OCI_NOT_FOUND; OCI_LIMIT: it has more than max bytes */

oci_status_e oci_own_read(oci_store_t *store, oci_pool_t *pool,
    const char *name, size_t max, oci_str_t *text, oci_error_t *err);

/* a reader sees the old text or the new one, whole */

oci_status_e oci_own_write(oci_store_t *store, oci_pool_t *pool,
    const char *name, const oci_str_t *text, oci_error_t *err);

/* OCI_NOT_FOUND: there is none */

oci_status_e oci_own_remove(oci_store_t *store, oci_pool_t *pool,
    const char *name, oci_error_t *err);

/*
 * The names of all that is in a folder, in no order; none at all is OCI_OK.
 * What each returns other than OCI_OK ends the walk, and is returned.
 */

oci_status_e oci_own_walk(oci_store_t *store, oci_pool_t *pool,
    const char *folder, oci_name_pt each, void *data, oci_error_t *err);

/*
 * A lock that this process, and what it forks, has until they end.  OCI_BUSY:
 * another has it, on this machine or, where its file system tells, on another
 * one.  OCI_DENIED: there are no locks there.
 */

oci_status_e oci_own_lock(oci_store_t *store, oci_pool_t *pool,
    const char *name, oci_error_t *err);


#endif /* OCI_OWN_H */
