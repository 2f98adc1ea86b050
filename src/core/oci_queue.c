/*
 * Who waits for a lock: one thread of a process for each file at most.
 */

#include "oci_queue.h"

#include <errno.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>


#define OCI_QUEUE_WAITERS  4


struct oci_queue_s {
    pthread_mutex_t  lock;

    struct {
        dev_t        device;
        ino_t        inode;
        bool         taken;
    } waiters[OCI_QUEUE_WAITERS];
};


static void oci_queue_destroy(void *data);
static int oci_queue_enter(oci_queue_t *queue, int fd);
static int oci_queue_flock(int fd, int how);


oci_queue_t *
oci_queue_create(oci_pool_t *pool)
{
    oci_queue_t  *queue;

    queue = oci_pcalloc(pool, sizeof(oci_queue_t));

    if (queue == NULL) {
        return NULL;
    }

    (void) pthread_mutex_init(&queue->lock, NULL);

    return oci_pool_cleanup(pool, oci_queue_destroy, queue) == OCI_OK ? queue
                                                                      : NULL;
}


static void
oci_queue_destroy(void *data)
{
    oci_queue_t  *queue = data;

    (void) pthread_mutex_destroy(&queue->lock);
}


int
oci_queue_lock(oci_queue_t *queue, int fd, int how)
{
    int  i, rc;

    rc = oci_queue_flock(fd, how|LOCK_NB);

    if (rc != EWOULDBLOCK) {
        return rc;
    }

    i = oci_queue_enter(queue, fd);
    if (i == -1) {
        return EWOULDBLOCK;
    }

    rc = oci_queue_flock(fd, how);

    (void) pthread_mutex_lock(&queue->lock);
    queue->waiters[i].taken = false;
    (void) pthread_mutex_unlock(&queue->lock);

    return rc;
}


static int
oci_queue_flock(int fd, int how)
{
    int  rc;

    do {
        rc = flock(fd, how) == 0 ? 0 : errno;
    } while (rc == EINTR);

    return rc;
}


/* the place that it waits in; -1: none */

static int
oci_queue_enter(oci_queue_t *queue, int fd)
{
    int          i, place;
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        return -1;
    }

    (void) pthread_mutex_lock(&queue->lock);

    for (i = 0, place = -1; i < OCI_QUEUE_WAITERS; i++) {

        if (!queue->waiters[i].taken) {
            place = i;

        } else if (queue->waiters[i].inode == st.st_ino
                   && queue->waiters[i].device == st.st_dev)
        {
            place = -1;
            break;
        }
    }

    if (place != -1) {
        queue->waiters[place].taken = true;
        queue->waiters[place].inode = st.st_ino;
        queue->waiters[place].device = st.st_dev;
    }

    (void) pthread_mutex_unlock(&queue->lock);

    return place;
}
