/*
 * A batch: all that one push writes, made durable as one.
 *
 * What is added is written to temporary files, or is a file already.
 * oci_batch_end() syncs all of them, then gives them their names, step by
 * step: content, then links to it, then tags, so that after a crash at any
 * time nothing points to what is not there.  After each step the directories
 * that it changed are synced, each once; after the first one also those that
 * lead to all of them, unless they are remembered (oci_sync.h).
 *
 * For the file system's backend alone.
 */

#ifndef OCI_BATCH_H
#define OCI_BATCH_H

#include "oci_fs.h"


typedef struct oci_batch_s  oci_batch_t;


typedef enum {
    OCI_BATCH_CONTENT = 0,
    OCI_BATCH_LINK,
    OCI_BATCH_TAG,
    OCI_BATCH_STEPS
} oci_batch_e;


/*
 * The batch lives in the pool; what did not get its name is removed with it.
 * NULL: out of memory.
 */

oci_batch_t *oci_batch_create(oci_store_t *store, oci_pool_t *pool);

/*
 * Each returns nothing: the first failure is kept, and returned by
 * oci_batch_end().  A path of NULL stands for "out of memory".
 */

void oci_batch_put(oci_batch_t *batch, oci_batch_e step, const char *path,
    const void *data, size_t len);

/* the file from, open as fd, which stays the caller's */

void oci_batch_move(oci_batch_t *batch, oci_batch_e step, int fd,
    const char *from, const char *path);

/* a directory that is to be there; it is made at once */

void oci_batch_mkdir(oci_batch_t *batch, const char *path);

oci_status_e oci_batch_end(oci_batch_t *batch, oci_error_t *err);


#endif /* OCI_BATCH_H */
