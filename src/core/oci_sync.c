/*
 * Syncs of directories: shared and remembered.
 */

#include "oci_sync.h"
#include "oci_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>


#define OCI_SYNC_KNOWN  8192            /* directories that are remembered */
#define OCI_SYNC_TURNS  64              /* that are synced at one moment */


/* the syncs of one directory, while anybody waits for one */

typedef struct {
    dev_t           device;
    ino_t           inode;
    unsigned        waiting;
    bool            running;
    uint64_t        begun;      /* how many have begun, and how many ended */
    uint64_t        ended;
    uint64_t        failed;     /* the last that failed, and why */
    int             error;
    pthread_cond_t  over;       /* one has ended */
} oci_sync_turn_t;


struct oci_sync_s {
    _Atomic uint64_t  *known;
    uint64_t           seed;
    pthread_mutex_t    lock;
    oci_sync_turn_t    turns[OCI_SYNC_TURNS];
};


static void oci_sync_destroy(void *data);
static oci_sync_turn_t *oci_sync_turn(oci_sync_t *sync,
    const struct stat *st);
static int oci_sync_share(oci_sync_t *sync, int fd, const struct stat *st);
static uint64_t oci_sync_name(const oci_sync_t *sync, const char *path);
static uint64_t oci_sync_mix(uint64_t hash, const void *data, size_t len);


oci_sync_t *
oci_sync_create(oci_pool_t *pool)
{
    size_t       i;
    oci_sync_t  *sync;

    sync = oci_pcalloc(pool, sizeof(oci_sync_t));
    if (sync == NULL) {
        return NULL;
    }

    sync->known = mmap(NULL, OCI_SYNC_KNOWN * sizeof(uint64_t),
                       PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (sync->known == MAP_FAILED) {
        return NULL;
    }

    (void) pthread_mutex_init(&sync->lock, NULL);

    for (i = 0; i < OCI_SYNC_TURNS; i++) {
        (void) pthread_cond_init(&sync->turns[i].over, NULL);
    }

    if (getrandom(&sync->seed, sizeof(sync->seed), 0) == -1) {
        sync->seed = (uint64_t) getpid();
    }

    return oci_pool_cleanup(pool, oci_sync_destroy, sync) == OCI_OK ? sync
                                                                    : NULL;
}


static void
oci_sync_destroy(void *data)
{
    size_t       i;
    oci_sync_t  *sync = data;

    (void) munmap((void *) sync->known, OCI_SYNC_KNOWN * sizeof(uint64_t));

    for (i = 0; i < OCI_SYNC_TURNS; i++) {
        (void) pthread_cond_destroy(&sync->turns[i].over);
    }

    (void) pthread_mutex_destroy(&sync->lock);
}


oci_status_e
oci_sync_dir(oci_sync_t *sync, const char *path, oci_error_t *err)
{
    int           fd, error;
    struct stat   st;
    oci_status_e  rc;

    rc = oci_file_open(path, O_RDONLY|O_DIRECTORY, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    error = (fstat(fd, &st) == 0) ? oci_sync_share(sync, fd, &st) : errno;
    (void) close(fd);

    return error == 0 ? OCI_OK
           : oci_error(err, OCI_IO, error, "cannot sync \"%s\"", path);
}


/* leads a sync that begins from now on, or waits for the one who does */

static int
oci_sync_share(oci_sync_t *sync, int fd, const struct stat *st)
{
    int               error;
    uint64_t          mine, n;
    oci_error_t       err;
    oci_sync_turn_t  *t;

    (void) pthread_mutex_lock(&sync->lock);

    t = oci_sync_turn(sync, st);

    if (t == NULL) {
        (void) pthread_mutex_unlock(&sync->lock);
        memset(&err, 0, sizeof(err));
        return oci_file_sync(fd, "", &err) == OCI_OK ? 0 : err.sys_errno;
    }

    mine = t->begun + 1;
    t->waiting++;

    while (t->ended < mine) {

        if (t->running) {
            (void) pthread_cond_wait(&t->over, &sync->lock);
            continue;
        }

        t->running = true;
        n = ++t->begun;
        (void) pthread_mutex_unlock(&sync->lock);

        memset(&err, 0, sizeof(err));
        error = oci_file_sync(fd, "", &err) == OCI_OK ? 0 : err.sys_errno;

        (void) pthread_mutex_lock(&sync->lock);
        t->running = false;
        t->ended = n;

        if (error != 0) {
            t->failed = n;
            t->error = error;
        }

        if (t->waiting > 1) {
            (void) pthread_cond_broadcast(&t->over);
        }
    }

    error = (t->failed >= mine) ? t->error : 0;
    t->waiting--;

    (void) pthread_mutex_unlock(&sync->lock);

    return error;
}


/* NULL: too many at this moment, this one goes alone */

static oci_sync_turn_t *
oci_sync_turn(oci_sync_t *sync, const struct stat *st)
{
    size_t            i;
    oci_sync_turn_t  *t, *free;

    free = NULL;

    for (i = 0; i < OCI_SYNC_TURNS; i++) {
        t = &sync->turns[i];

        if (t->waiting == 0) {
            free = t;

        } else if (t->inode == st->st_ino && t->device == st->st_dev) {
            return t;
        }
    }

    if (free != NULL) {
        free->device = st->st_dev;
        free->inode = st->st_ino;
        free->running = false;
        free->begun = 0;
        free->ended = 0;
        free->failed = 0;
    }

    return free;
}


void
oci_sync_remember(oci_sync_t *sync, const char *path)
{
    uint64_t  name;

    name = oci_sync_name(sync, path);

    if (name != 0) {
        atomic_store(&sync->known[name % OCI_SYNC_KNOWN], name);
    }
}


bool
oci_sync_knows(const oci_sync_t *sync, const char *path)
{
    uint64_t  name;

    name = oci_sync_name(sync, path);

    return name != 0
           && atomic_load(&sync->known[name % OCI_SYNC_KNOWN]) == name;
}


/* 0: it cannot be told from another */

static uint64_t
oci_sync_name(const oci_sync_t *sync, const char *path)
{
    uint64_t      hash, id[4];
    struct statx  stx;

    if (statx(AT_FDCWD, path, 0, STATX_INO|STATX_BTIME, &stx) == -1
        || !(stx.stx_mask & STATX_BTIME))
    {
        return 0;
    }

    id[0] = ((uint64_t) stx.stx_dev_major << 32) | stx.stx_dev_minor;
    id[1] = stx.stx_ino;
    id[2] = (uint64_t) stx.stx_btime.tv_sec;
    id[3] = stx.stx_btime.tv_nsec;

    hash = oci_sync_mix(sync->seed, id, sizeof(id));
    hash = oci_sync_mix(hash, path, strlen(path));

    /* the last bits choose the place, the others must differ as well */

    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93;
    hash ^= hash >> 32;

    return hash != 0 ? hash : 1;
}


/* FNV-1a */

static uint64_t
oci_sync_mix(uint64_t hash, const void *data, size_t len)
{
    const u_char  *p;

    for (p = data; len > 0; p++, len--) {
        hash = (hash ^ *p) * 0x100000001b3;
    }

    return hash;
}
