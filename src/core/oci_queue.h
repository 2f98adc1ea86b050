/*
 * Who waits for a lock: one thread of a process for each file at most, so that
 * many who want the same do not take all threads away from those who do not.
 *
 * For the file system's backend alone.
 */

#ifndef OCI_QUEUE_H
#define OCI_QUEUE_H

#include "oci_core.h"


typedef struct oci_queue_s  oci_queue_t;


/* NULL: out of memory */

oci_queue_t *oci_queue_create(oci_pool_t *pool);

/*
 * flock(fd, how), which waits.  EWOULDBLOCK: another thread waits for a lock
 * of that file already, or too many wait for others.  0, or errno.
 */

int oci_queue_lock(oci_queue_t *queue, int fd, int how);


#endif /* OCI_QUEUE_H */
