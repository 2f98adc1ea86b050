/*
 * Upload sessions.
 *
 *     _uploads/<id>/startedat         when it began; locked by who writes
 *     _uploads/<id>/data              the bytes so far; absent: none
 *     _uploads/<id>/state             the hash of them, for whoever goes on
 *     _uploads/<id>.tmp               an upload that comes whole: no session
 *
 * startedat and data are registry:2's.  The length of data is the offset; the
 * state is a shortcut: it counts only while data is the very file, unchanged,
 * of which it was saved, and this machine has not booted since; else data is
 * read and hashed again.  So a crash at any time costs time only.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_link.h"
#include "oci_session.h"
#include "oci_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define OCI_UPLOAD_BLOCK    (256 * 1024)
#define OCI_UPLOAD_FLUSH    (8 * 1024 * 1024)
#define OCI_STARTEDAT_MAX   64

/* how long whoever writes may take to let go: FUSE passes that on late */

#define OCI_UPLOAD_TRIES    20
#define OCI_UPLOAD_PAUSE    5000        /* microseconds */


static oci_status_e oci_upload_began(oci_fs_upload_t *u, int64_t now,
    int64_t age, oci_error_t *err);
static oci_fs_upload_t *oci_upload_new(const oci_repo_t *repo,
    const oci_str_t *id, bool whole);
static oci_status_e oci_upload_lock(oci_fs_upload_t *u, oci_error_t *err);
static bool oci_upload_ended(oci_fs_upload_t *u);
static oci_status_e oci_upload_resume(oci_fs_upload_t *u, oci_error_t *err);
static oci_status_e oci_upload_age(const oci_str_t *started,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err);
static oci_status_e oci_upload_restore(oci_fs_upload_t *u, oci_error_t *err);
static oci_status_e oci_upload_save(oci_fs_upload_t *u, oci_error_t *err);
static oci_status_e oci_upload_put_state(const oci_repo_t *repo,
    const oci_str_t *id, const oci_state_t *state, oci_error_t *err);
static void oci_upload_close(void *data);
static oci_status_e oci_upload_drop(const oci_repo_t *repo,
    const oci_str_t *id, oci_error_t *err);


oci_status_e
oci_fs_upload_create(const oci_repo_t *repo, const oci_str_t *id,
    oci_alg_e alg, int64_t now, oci_error_t *err)
{
    int           fd;
    char          started[OCI_STARTEDAT_MAX];
    time_t        t;
    struct tm     tm;
    oci_state_t   state;
    oci_status_e  rc;

    t = (time_t) now;
    (void) gmtime_r(&t, &tm);
    (void) strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);

    rc = oci_file_open(oci_layout_upload_file(repo, id, "startedat"),
                       O_RDWR|O_CREAT|O_EXCL, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    /* not synced: until it is committed, a session may be lost */

    rc = oci_file_write(fd, 0, started, strlen(started), err);
    (void) close(fd);

    if (rc == OCI_OK && alg != OCI_SHA256) {

        /* the state of no bytes: it tells the algorithm */

        memset(&state, 0, sizeof(state));
        oci_hash_init(&state.hash, alg);
        rc = oci_upload_put_state(repo, id, &state, err);
    }

    if (rc != OCI_OK) {
        (void) oci_fs_upload_cancel(repo, id, NULL);
    }

    return rc;
}


oci_status_e
oci_fs_upload_open(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u;

    u = oci_upload_new(repo, id, false);
    if (u == NULL) {
        return oci_nomem(err);
    }

    rc = oci_file_open(oci_layout_upload_file(repo, id, "startedat"), O_RDWR,
                       &u->lock, err);

    if (rc == OCI_OK) {
        rc = oci_upload_began(u, now, age, err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_lock(u, err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_resume(u, err);
    }

    if (rc != OCI_OK) {
        oci_upload_close(u);
        return rc;
    }

    *upload = &u->base;

    return OCI_OK;
}


static oci_status_e
oci_upload_began(oci_fs_upload_t *u, int64_t now, int64_t age,
    oci_error_t *err)
{
    u_char     text[OCI_STARTEDAT_MAX + 1];
    ssize_t    n;
    oci_str_t  started;

    n = pread(u->lock, text, OCI_STARTEDAT_MAX, 0);

    if (n == -1) {
        return oci_error_errno(err, errno, "cannot read when upload %s began",
                               u->id.data);
    }

    text[n] = '\0';
    started.data = text;
    started.len = (size_t) n;

    return oci_upload_age(&started, &u->id, now, age, err);
}


oci_status_e
oci_fs_upload_whole(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, oci_alg_e alg, oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u;

    u = oci_upload_new(repo, id, true);
    if (u == NULL) {
        return oci_nomem(err);
    }

    rc = oci_file_open(u->data, O_RDWR|O_CREAT|O_EXCL, &u->fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_hash_init(&u->hash, alg);
    *upload = &u->base;

    return OCI_OK;
}


oci_status_e
oci_fs_upload_status(const oci_repo_t *repo, const oci_str_t *id, int64_t now,
    int64_t age, uint64_t *offset, oci_error_t *err)
{
    oci_str_t     started;
    oci_status_e  rc;

    rc = oci_file_read(repo->pool,
                       oci_layout_upload_file(repo, id, "startedat"),
                       OCI_STARTEDAT_MAX, &started, err);

    if (rc == OCI_OK) {
        rc = oci_upload_age(&started, id, now, age, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_file_size(-1, oci_layout_upload_file(repo, id, "data"), offset,
                       NULL);

    if (rc == OCI_NOT_FOUND) {
        *offset = 0;
        return OCI_OK;
    }

    return rc == OCI_OK ? rc : oci_error(err, rc, 0, "cannot look at upload "
                                         "%.*s", (int) id->len, id->data);
}


static oci_fs_upload_t *
oci_upload_new(const oci_repo_t *repo, const oci_str_t *id, bool whole)
{
    oci_fs_upload_t  *u;

    u = oci_pcalloc(repo->pool, sizeof(oci_fs_upload_t));
    if (u == NULL) {
        return NULL;
    }

    u->base.store = repo->store;
    u->whole = whole;
    u->fd = -1;
    u->lock = -1;
    u->repo = *repo;
    u->repo.name = oci_str_dup(repo->pool, repo->name.data, repo->name.len);
    u->id = oci_str_dup(repo->pool, id->data, id->len);
    u->data = whole ? oci_layout_upload_whole(repo, id)
                    : oci_layout_upload_file(repo, id, "data");

    if (u->repo.name.data == NULL || u->id.data == NULL || u->data == NULL
        || oci_pool_cleanup(repo->pool, oci_upload_close, u) != OCI_OK)
    {
        return NULL;
    }

    return u;
}


/* lets go of it; one without a session, and not yet content, is removed */

static void
oci_upload_close(void *data)
{
    oci_fs_upload_t  *u = data;

    if (u->fd != -1) {

        /* nobody else knows of it */

        if (u->whole) {
            (void) oci_file_remove(u->data, false, NULL);
        }

        (void) close(u->fd);
        u->fd = -1;
    }

    if (u->lock != -1) {
        oci_file_unlock(u->lock);
        (void) close(u->lock);
        u->lock = -1;
    }
}


/*
 * A lock of the open file, not of the process: it also keeps two requests of
 * one worker apart, and ends with the descriptor, so with kill -9 as well.
 */

static oci_status_e
oci_upload_lock(oci_fs_upload_t *u, oci_error_t *err)
{
    int           n;
    oci_status_e  rc;

    rc = OCI_BUSY;

    for (n = 0; n < OCI_UPLOAD_TRIES; n++) {
        rc = oci_file_lock(u->lock);

        if (rc != OCI_BUSY) {
            break;
        }

        (void) usleep(OCI_UPLOAD_PAUSE);
    }

    if (rc == OCI_BUSY) {
        return oci_error(err, OCI_BUSY, 0, "upload %s is being written to",
                         u->id.data);
    }

    if (rc != OCI_OK) {
        return oci_error_errno(err, errno, "cannot lock upload %s",
                               u->id.data);
    }

    /* committed or cancelled between open and lock */

    if (oci_upload_ended(u)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "upload %s has ended",
                         u->id.data);
    }

    return OCI_OK;
}


static bool
oci_upload_ended(oci_fs_upload_t *u)
{
    char  *started;

    started = oci_layout_upload_file(&u->repo, &u->id, "startedat");

    return started == NULL || !oci_file_same(u->lock, started);
}


oci_status_e
oci_upload_measure(oci_fs_upload_t *u, uint64_t *size, oci_error_t *err)
{
    return oci_file_size(u->fd, u->data, size, err);
}


/* the bytes that are there, and their hash */

static oci_status_e
oci_upload_resume(oci_fs_upload_t *u, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_open(u->data, O_RDWR|O_CREAT, &u->fd, err);

    if (rc == OCI_OK) {
        rc = oci_upload_measure(u, &u->base.offset, err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_restore(u, err);
    }

    u->first = u->base.offset;
    u->first_hash = u->hash;
    u->flushed = u->base.offset;

    return rc;
}


/* does the session say when it began, and is that no longer ago than age? */

static oci_status_e
oci_upload_age(const oci_str_t *started, const oci_str_t *id, int64_t now,
    int64_t age, oci_error_t *err)
{
    char       *end;
    struct tm   tm;

    memset(&tm, 0, sizeof(tm));
    end = strptime((char *) started->data, "%Y-%m-%dT%H:%M:%SZ", &tm);

    if (end == NULL || *end != '\0') {
        return oci_error(err, OCI_NOT_FOUND, 0,
                         "upload %.*s does not say when it began",
                         (int) id->len, id->data);
    }

    if (age > 0 && now - (int64_t) timegm(&tm) > age) {
        return oci_error(err, OCI_NOT_FOUND, 0, "upload %.*s has expired",
                         (int) id->len, id->data);
    }

    return OCI_OK;
}


/* takes the hash up at the state that was put away, if it vouches for all */

static oci_status_e
oci_upload_restore(oci_fs_upload_t *u, oci_error_t *err)
{
    bool         good;
    char        *path;
    oci_mark_t   mark;
    oci_str_t    text;
    oci_alg_e    alg;
    oci_state_t  state;

    path = oci_layout_upload_file(&u->repo, &u->id, "state");

    if (oci_file_read(u->repo.pool, path, OCI_STATE_MAX, &text, NULL)
        != OCI_OK
        || oci_state_parse(&state, &text) != OCI_OK)
    {
        return oci_upload_rehash(u, OCI_SHA256, err);
    }

    alg = state.hash.alg;

    good = (state.offset == u->base.offset
            && oci_fs(u->base.store)->boot[0] != '\0'
            && strcmp(state.boot, oci_fs(u->base.store)->boot) == 0
            && oci_file_mark(u->data, &mark, NULL, NULL) == OCI_OK
            && oci_mark_eq(&mark, &state.mark));

    if (!good) {
        return oci_upload_rehash(u, alg, err);
    }

    u->hash = state.hash;
    u->resumed = true;

    return OCI_OK;
}


/* hashes all that was written anew */

oci_status_e
oci_upload_rehash(oci_fs_upload_t *u, oci_alg_e alg, oci_error_t *err)
{
    size_t     size;
    u_char    *buf;
    ssize_t    n;
    uint64_t   from;

    oci_hash_init(&u->hash, alg);
    u->resumed = false;

    if (u->base.offset == 0) {
        return OCI_OK;
    }

    buf = malloc(OCI_UPLOAD_BLOCK);
    if (buf == NULL) {
        return oci_nomem(err);
    }

    for (from = 0; from < u->base.offset; from += (uint64_t) n) {
        size = (u->base.offset - from < OCI_UPLOAD_BLOCK)
               ? (size_t) (u->base.offset - from) : OCI_UPLOAD_BLOCK;

        n = pread(u->fd, buf, size, (off_t) from);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            free(buf);
            return oci_error_errno(err, n == 0 ? EIO : errno,
                                   "cannot read \"%s\"", u->data);
        }

        oci_hash_update(&u->hash, buf, (size_t) n);
    }

    free(buf);

    return OCI_OK;
}


oci_status_e
oci_fs_upload_write(oci_upload_t *upload, const void *data, size_t len,
    oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u = (oci_fs_upload_t *) upload;

    if (u->resting) {
        rc = oci_upload_wake(u, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = oci_file_write(u->fd, u->base.offset, data, len, err);

    if (rc == OCI_OK) {
        oci_hash_update(&u->hash, data, len);
        u->base.offset += len;

        if (oci_store_syncs(u->base.store)
            && u->base.offset - u->flushed >= OCI_UPLOAD_FLUSH)
        {
            oci_file_flush(u->fd, u->flushed, u->base.offset - u->flushed);
            u->flushed = u->base.offset;
        }

        return OCI_OK;
    }

    if (rc == OCI_NOSPACE || rc == OCI_IO) {
        oci_upload_end(u);

    } else {

        /* part of it may be there: what counts is what was acknowledged */

        (void) oci_file_truncate(u->fd, u->base.offset, NULL);
    }

    return rc;
}


oci_status_e
oci_fs_upload_rest(oci_upload_t *upload, oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u = (oci_fs_upload_t *) upload;

    if (u->whole || u->resting || u->fd == -1) {
        return OCI_OK;
    }

    rc = oci_upload_save(u, err);

    oci_file_unlock(u->lock);
    u->resting = true;

    return rc;
}


/* goes on, unless somebody else did */

oci_status_e
oci_upload_wake(oci_fs_upload_t *u, oci_error_t *err)
{
    uint64_t      size;
    oci_status_e  rc;

    size = 0;
    rc = oci_upload_lock(u, err);

    if (rc == OCI_OK) {
        rc = oci_upload_measure(u, &size, err);
    }

    if (rc == OCI_OK && size != u->base.offset) {
        oci_file_unlock(u->lock);
        rc = oci_error(err, OCI_BUSY, 0, "upload %s was taken over by another "
                       "request", u->id.data);
    }

    if (rc == OCI_OK) {
        u->resting = false;
    }

    return rc;
}


oci_status_e
oci_fs_upload_refuse(oci_upload_t *upload, oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u = (oci_fs_upload_t *) upload;

    if (u->resting) {
        rc = oci_upload_wake(u, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = oci_file_truncate(u->fd, u->first, err);

    if (rc == OCI_OK) {
        u->base.offset = u->first;
        u->hash = u->first_hash;
    }

    return rc;
}


oci_status_e
oci_fs_upload_suspend(oci_upload_t *upload, oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u = (oci_fs_upload_t *) upload;

    rc = (u->whole || u->resting || u->fd == -1) ? OCI_OK
         : oci_upload_save(u, err);
    oci_upload_close(u);

    return rc;
}


static oci_status_e
oci_upload_save(oci_fs_upload_t *u, oci_error_t *err)
{
    oci_state_t   state;
    oci_status_e  rc;

    /* cancelled meanwhile: do not make its directory again */

    if (oci_upload_ended(u)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "upload %s has ended",
                         u->id.data);
    }

    memset(&state, 0, sizeof(state));
    (void) strcpy(state.boot, oci_fs(u->base.store)->boot);
    state.offset = u->base.offset;
    state.hash = u->hash;

    rc = oci_file_mark(u->data, &state.mark, NULL, err);

    return rc == OCI_OK ? oci_upload_put_state(&u->repo, &u->id, &state, err)
                        : rc;
}


/*
 * In place: who reads it holds the lock, and after a crash of the machine it
 * does not count.
 */

static oci_status_e
oci_upload_put_state(const oci_repo_t *repo, const oci_str_t *id,
    const oci_state_t *state, oci_error_t *err)
{
    int           fd;
    size_t        len;
    u_char        text[OCI_STATE_MAX];
    oci_status_e  rc;

    rc = oci_file_open(oci_layout_upload_file(repo, id, "state"),
                       O_RDWR|O_CREAT, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    len = oci_state_format(state, text);
    rc = oci_file_write(fd, 0, text, len, err);

    if (rc == OCI_OK) {
        rc = oci_file_truncate(fd, len, err);
    }

    (void) close(fd);

    return rc;
}


/* nothing is left of it */

void
oci_upload_end(oci_fs_upload_t *u)
{
    if (!u->whole) {
        (void) oci_upload_drop(&u->repo, &u->id, NULL);
    }

    oci_upload_close(u);
}


oci_status_e
oci_fs_upload_cancel(const oci_repo_t *repo, const oci_str_t *id,
    oci_error_t *err)
{
    char          *uploads;
    oci_status_e   rc;

    rc = oci_upload_drop(repo, id, err);
    uploads = oci_layout_uploads(repo);

    /* there was nothing but this: the name is not kept */

    if (rc == OCI_OK && uploads != NULL
        && !oci_file_exists(oci_layout_layers(repo)) && rmdir(uploads) == 0)
    {
        oci_repo_prune(repo);
    }

    return rc;
}


static oci_status_e
oci_upload_drop(const oci_repo_t *repo, const oci_str_t *id, oci_error_t *err)
{
    oci_status_e  rc;

    /* from here on nobody finds it; who has it open will see */

    rc = oci_file_remove(oci_layout_upload_file(repo, id, "startedat"), false,
                         NULL);

    if ((rc != OCI_OK && rc != OCI_NOT_FOUND)
        || !oci_file_is_dir(oci_layout_upload(repo, id)))
    {
        return oci_error(err, rc, 0, "no upload %.*s", (int) id->len,
                         id->data);
    }

    (void) oci_file_remove(oci_layout_upload_file(repo, id, "state"), false,
                           NULL);
    rc = oci_file_remove_tree(oci_layout_upload(repo, id), false, err);

    return rc;
}
