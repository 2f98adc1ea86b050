/*
 * A ring of copied blocks between the reader and the thread that hashes.
 */

#include "oci_scan_hasher.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>


#define HASHER_START  (1024 * 1024)     /* less is not worth a thread */
#define HASHER_BLOCK  (512 * 1024)
#define HASHER_RING   4


typedef struct {
    oci_scan_hashed_e   which;
    size_t              len;
    u_char              data[HASHER_BLOCK];
} hasher_block_t;


struct oci_scan_hasher_s {
    oci_hash_t          hash[2];
    size_t              seen;           /* until there is a thread */
    bool                threaded;
    bool                alone;          /* there will be none */

    hasher_block_t     *ring;
    pthread_t           thread;
    pthread_mutex_t     mutex;
    pthread_cond_t      cond;
    size_t              head;           /* blocks that were hashed */
    size_t              tail;           /* blocks that were handed over */
    bool                stop;
};


static void hasher_start(oci_scan_hasher_t *h);
static void *hasher_run(void *data);
static void hasher_wait(oci_scan_hasher_t *h, size_t most);


oci_scan_hasher_t *
oci_scan_hasher_create(void)
{
    oci_scan_hasher_t  *h;

    h = calloc(1, sizeof(oci_scan_hasher_t));

    if (h != NULL) {
        oci_hash_init(&h->hash[OCI_SCAN_PACKED], OCI_SHA256);
        oci_hash_init(&h->hash[OCI_SCAN_UNPACKED], OCI_SHA256);
    }

    return h;
}


void
oci_scan_hasher_update(oci_scan_hasher_t *h, oci_scan_hashed_e which,
    const u_char *data, size_t len)
{
    size_t           n;
    hasher_block_t  *block;

    if (!h->threaded && !h->alone && h->seen + len > HASHER_START) {
        hasher_start(h);
    }

    if (!h->threaded) {
        h->seen += h->alone ? 0 : len;
        oci_hash_update(&h->hash[which], data, len);
        return;
    }

    for ( /* void */ ; len != 0; data += n, len -= n) {
        n = (len < HASHER_BLOCK) ? len : HASHER_BLOCK;

        hasher_wait(h, HASHER_RING - 1);

        block = &h->ring[h->tail % HASHER_RING];
        block->which = which;
        block->len = n;
        memcpy(block->data, data, n);

        (void) pthread_mutex_lock(&h->mutex);
        h->tail++;
        (void) pthread_cond_broadcast(&h->cond);
        (void) pthread_mutex_unlock(&h->mutex);
    }
}


/* without memory or a thread it is done where it was done so far */

static void
hasher_start(oci_scan_hasher_t *h)
{
    h->alone = true;
    h->ring = malloc(HASHER_RING * sizeof(hasher_block_t));

    if (h->ring == NULL) {
        return;
    }

    (void) pthread_mutex_init(&h->mutex, NULL);
    (void) pthread_cond_init(&h->cond, NULL);

    if (pthread_create(&h->thread, NULL, hasher_run, h) == 0) {
        h->threaded = true;
        return;
    }

    (void) pthread_cond_destroy(&h->cond);
    (void) pthread_mutex_destroy(&h->mutex);
    free(h->ring);
    h->ring = NULL;
}


static void *
hasher_run(void *data)
{
    hasher_block_t     *block;
    oci_scan_hasher_t  *h = data;

    (void) pthread_mutex_lock(&h->mutex);

    for ( ;; ) {

        while (h->head == h->tail && !h->stop) {
            (void) pthread_cond_wait(&h->cond, &h->mutex);
        }

        if (h->head == h->tail) {
            break;
        }

        block = &h->ring[h->head % HASHER_RING];
        (void) pthread_mutex_unlock(&h->mutex);

        oci_hash_update(&h->hash[block->which], block->data, block->len);

        (void) pthread_mutex_lock(&h->mutex);
        h->head++;
        (void) pthread_cond_broadcast(&h->cond);
    }

    (void) pthread_mutex_unlock(&h->mutex);

    return NULL;
}


/* until at most so many blocks are still to be hashed */

static void
hasher_wait(oci_scan_hasher_t *h, size_t most)
{
    (void) pthread_mutex_lock(&h->mutex);

    while (h->tail - h->head > most) {
        (void) pthread_cond_wait(&h->cond, &h->mutex);
    }

    (void) pthread_mutex_unlock(&h->mutex);
}


void
oci_scan_hasher_final(oci_scan_hasher_t *h, oci_scan_hashed_e which,
    oci_digest_t *digest)
{
    if (h->threaded) {
        hasher_wait(h, 0);
    }

    oci_hash_final(&h->hash[which], digest);
}


void
oci_scan_hasher_destroy(oci_scan_hasher_t *h)
{
    if (h == NULL) {
        return;
    }

    if (h->threaded) {
        (void) pthread_mutex_lock(&h->mutex);
        h->stop = true;
        (void) pthread_cond_broadcast(&h->cond);
        (void) pthread_mutex_unlock(&h->mutex);

        (void) pthread_join(h->thread, NULL);
        (void) pthread_cond_destroy(&h->cond);
        (void) pthread_mutex_destroy(&h->mutex);
        free(h->ring);
    }

    free(h);
}
