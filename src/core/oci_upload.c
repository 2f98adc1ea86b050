/*
 * Upload sessions.
 *
 *     _uploads/<id>/data              the bytes so far
 *     _uploads/<id>/startedat         when it began
 *     _uploads/<id>/hashstates/<alg>/<offset>
 *
 * The length of data is the offset; a hash state is a shortcut: what lies
 * between the last one and the end of data is read and hashed again, so that
 * a crash at any time costs time only.
 */

#include "oci_upload.h"
#include "oci_file.h"
#include "oci_layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define OCI_UPLOAD_BLOCK    (256 * 1024)
#define OCI_UPLOAD_FLUSH    (8 * 1024 * 1024)
#define OCI_STARTEDAT_MAX   64


struct oci_upload_s {
    oci_store_t  *store;
    oci_pool_t   *pool;
    oci_str_t     repo;
    oci_str_t     id;
    oci_hash_t    hash;
    uint64_t      offset;
    uint64_t      flushed;
    char         *data;
    int           fd;
    bool          resumed;      /* the hash state came from a file */
};


static oci_upload_t *oci_upload_new(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id);
static void oci_upload_close(void *data);
static oci_status_e oci_upload_lock(oci_upload_t *u, oci_error_t *err);
static char *oci_upload_path(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, const char *name);
static oci_status_e oci_upload_fresh(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, int64_t now, int64_t age,
    oci_error_t *err);
static oci_status_e oci_upload_restore(oci_upload_t *u, oci_error_t *err);
static bool oci_upload_state(oci_upload_t *u, oci_alg_e alg,
    uint64_t *offset);
static oci_status_e oci_upload_rehash(oci_upload_t *u, oci_alg_e alg,
    uint64_t from, oci_error_t *err);
static oci_status_e oci_upload_save(oci_upload_t *u, oci_error_t *err);
static oci_status_e oci_upload_verify(oci_upload_t *u,
    const oci_digest_t *digest, oci_error_t *err);


oci_str_t
oci_upload_id(oci_pool_t *pool, const u_char random[16])
{
    const u_char  *r;

    r = random;

    return oci_strf(pool, "%02x%02x%02x%02x-%02x%02x-4%x%02x-%x%x%02x-"
                    "%02x%02x%02x%02x%02x%02x",
                    r[0], r[1], r[2], r[3], r[4], r[5], r[6] & 15, r[7],
                    8 | (r[8] & 3), r[8] >> 4, r[9],
                    r[10], r[11], r[12], r[13], r[14], r[15]);
}


bool
oci_upload_id_valid(const oci_str_t *id)
{
    u_char  c;
    size_t  i;

    if (id->len != OCI_UPLOAD_ID_LEN) {
        return false;
    }

    for (i = 0; i < id->len; i++) {
        c = id->data[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') {
                return false;
            }

        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }

    return true;
}


oci_status_e
oci_upload_create(oci_upload_t **upload, oci_store_t *store,
    oci_pool_t *pool, const oci_str_t *repo, const oci_str_t *id,
    oci_alg_e alg, int64_t now, oci_error_t *err)
{
    char          started[OCI_STARTEDAT_MAX];
    time_t        t;
    struct tm     tm;
    oci_status_e  rc;
    oci_upload_t *u;

    u = oci_upload_new(store, pool, repo, id);
    if (u == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    t = (time_t) now;
    (void) gmtime_r(&t, &tm);
    (void) strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);

    /* not synced: until it is committed, a session may be lost */

    rc = oci_file_publish(oci_upload_path(store, pool, repo, id, "startedat"),
                          started, strlen(started), false, err);
    if (rc != OCI_OK) {
        return rc;
    }

    u->fd = open(u->data, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, OCI_FILE_MODE);
    if (u->fd == -1) {
        return oci_error_errno(err, errno, "cannot create \"%s\"", u->data);
    }

    rc = oci_upload_lock(u, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_hash_init(&u->hash, alg);

    if (alg != OCI_SHA256) {
        rc = oci_upload_save(u, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    *upload = u;

    return OCI_OK;
}


oci_status_e
oci_upload_open(oci_upload_t **upload, oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, int64_t now, int64_t age,
    oci_error_t *err)
{
    oci_status_e   rc;
    oci_upload_t  *u;

    rc = oci_upload_fresh(store, pool, repo, id, now, age, err);
    if (rc != OCI_OK) {
        return rc;
    }

    u = oci_upload_new(store, pool, repo, id);
    if (u == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    u->fd = open(u->data, O_RDWR|O_CLOEXEC);
    if (u->fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", u->data);
    }

    rc = oci_upload_lock(u, err);

    if (rc == OCI_OK) {
        rc = oci_upload_restore(u, err);
    }

    if (rc == OCI_OK) {
        *upload = u;
    }

    return rc;
}


oci_status_e
oci_upload_status(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, int64_t now, int64_t age,
    uint64_t *offset, oci_error_t *err)
{
    char         *path;
    struct stat   st;
    oci_status_e  rc;

    rc = oci_upload_fresh(store, pool, repo, id, now, age, err);
    if (rc != OCI_OK) {
        return rc;
    }

    path = oci_upload_path(store, pool, repo, id, "data");
    if (path == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (stat(path, &st) == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", path);
    }

    *offset = (uint64_t) st.st_size;

    return OCI_OK;
}


static oci_upload_t *
oci_upload_new(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *id)
{
    oci_upload_t  *u;

    u = oci_pcalloc(pool, sizeof(oci_upload_t));
    if (u == NULL) {
        return NULL;
    }

    u->store = store;
    u->pool = pool;
    u->fd = -1;
    u->repo = oci_str_dup(pool, repo->data, repo->len);
    u->id = oci_str_dup(pool, id->data, id->len);
    u->data = oci_upload_path(store, pool, repo, id, "data");

    if (u->repo.data == NULL || u->id.data == NULL || u->data == NULL
        || oci_pool_cleanup(pool, oci_upload_close, u) != OCI_OK)
    {
        return NULL;
    }

    return u;
}


static void
oci_upload_close(void *data)
{
    oci_upload_t  *u = data;

    if (u->fd != -1) {
        (void) close(u->fd);
        u->fd = -1;
    }
}


/*
 * A lock of the open file, not of the process: it also keeps two requests of
 * one worker apart, and ends with the descriptor, so with kill -9 as well.
 */

static oci_status_e
oci_upload_lock(oci_upload_t *u, oci_error_t *err)
{
    struct stat   st;
    struct flock  lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;

    if (fcntl(u->fd, F_OFD_SETLK, &lock) == -1) {

        if (errno == EAGAIN || errno == EACCES) {
            return oci_error(err, OCI_BUSY, 0,
                             "upload %s is being written to", u->id.data);
        }

        /* no locks on this file system: as registry:2 */
    }

    /* committed or cancelled between open and lock */

    if (fstat(u->fd, &st) == -1 || st.st_nlink == 0) {
        return oci_error(err, OCI_NOT_FOUND, 0, "upload %s has ended",
                         u->id.data);
    }

    u->offset = (uint64_t) st.st_size;
    u->flushed = u->offset;

    return OCI_OK;
}


static char *
oci_upload_path(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *id, const char *name)
{
    return oci_layout_repo(store, pool, repo, "/_uploads/%.*s%s%s",
                           (int) id->len, id->data,
                           name[0] != '\0' ? "/" : "", name);
}


/* is there such a session, and not older than age? */

static oci_status_e
oci_upload_fresh(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err)
{
    char          *end;
    struct tm      tm;
    oci_str_t      content;
    oci_status_e   rc;

    rc = oci_file_read(pool, oci_upload_path(store, pool, repo, id,
                                             "startedat"),
                       OCI_STARTEDAT_MAX, &content, err);
    if (rc != OCI_OK) {
        return rc;
    }

    memset(&tm, 0, sizeof(tm));
    end = strptime((char *) content.data, "%Y-%m-%dT%H:%M:%SZ", &tm);

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


/* takes the hash up at the best state there is */

static oci_status_e
oci_upload_restore(oci_upload_t *u, oci_error_t *err)
{
    uint64_t      offset;
    oci_alg_e     alg;
    oci_status_e  rc;

    for (alg = OCI_SHA512; alg >= OCI_SHA256; alg--) {

        if (oci_upload_state(u, alg, &offset)) {
            u->resumed = true;

            rc = oci_upload_rehash(u, alg, offset, err);
            if (rc != OCI_OK) {
                return rc;
            }

            return OCI_OK;
        }
    }

    oci_hash_init(&u->hash, OCI_SHA256);

    return oci_upload_rehash(u, OCI_SHA256, 0, err);
}


/* finds the hash state of alg that is nearest to the end of the data */

static bool
oci_upload_state(oci_upload_t *u, oci_alg_e alg, uint64_t *offset)
{
    DIR            *d;
    char           *path, name[32];
    bool            found;
    uint64_t        n;
    oci_str_t       s, state;
    struct dirent  *entry;

    (void) snprintf(name, sizeof(name), "hashstates/%s", oci_alg_name(alg));
    path = oci_upload_path(u->store, u->pool, &u->repo, &u->id, name);
    d = (path != NULL) ? opendir(path) : NULL;

    if (d == NULL) {
        return false;
    }

    found = false;

    while ((entry = readdir(d)) != NULL) {
        s = oci_str(entry->d_name);

        if (oci_str_number(&s, u->offset, &n) && (!found || n > *offset)) {
            *offset = n;
            found = true;
        }
    }

    (void) closedir(d);

    if (!found) {
        return false;
    }

    path = (char *) oci_strf(u->pool, "%s/%llu", path,
                             (unsigned long long) *offset).data;

    return oci_file_read(u->pool, path, OCI_HASH_STATE_MAX, &state, NULL)
           == OCI_OK
           && oci_hash_import(&u->hash, alg, *offset, state.data, state.len)
              == OCI_OK;
}


/* hashes what was written from there on; from 0 begins anew */

static oci_status_e
oci_upload_rehash(oci_upload_t *u, oci_alg_e alg, uint64_t from,
    oci_error_t *err)
{
    size_t    size;
    u_char   *buf;
    ssize_t   n;

    if (from == 0) {
        oci_hash_init(&u->hash, alg);
    }

    if (from == u->offset) {
        return OCI_OK;
    }

    buf = malloc(OCI_UPLOAD_BLOCK);
    if (buf == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    while (from < u->offset) {
        size = (u->offset - from < OCI_UPLOAD_BLOCK)
               ? (size_t) (u->offset - from) : OCI_UPLOAD_BLOCK;

        n = pread(u->fd, buf, size, (off_t) from);

        if (n <= 0) {
            free(buf);
            return oci_error_errno(err, n == 0 ? EIO : errno,
                                   "cannot read \"%s\"", u->data);
        }

        oci_hash_update(&u->hash, buf, (size_t) n);
        from += (uint64_t) n;
    }

    free(buf);

    return OCI_OK;
}


uint64_t
oci_upload_offset(const oci_upload_t *upload)
{
    return upload->offset;
}


oci_status_e
oci_upload_write(oci_upload_t *u, const void *data, size_t len,
    oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_write(u->fd, u->offset, data, len, err);

    if (rc != OCI_OK) {

        /* part of it may be there: what counts is what was acknowledged */

        if (ftruncate(u->fd, (off_t) u->offset) == -1) {
            u->resumed = true;
        }

        return rc;
    }

    oci_hash_update(&u->hash, data, len);
    u->offset += len;

    if (oci_store_syncs(u->store)
        && u->offset - u->flushed >= OCI_UPLOAD_FLUSH)
    {
        oci_file_flush(u->fd, u->flushed, u->offset - u->flushed);
        u->flushed = u->offset;
    }

    return OCI_OK;
}


oci_status_e
oci_upload_suspend(oci_upload_t *u, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_upload_save(u, err);
    oci_upload_close(u);

    return rc;
}


static oci_status_e
oci_upload_save(oci_upload_t *u, oci_error_t *err)
{
    char    name[64];
    u_char  state[OCI_HASH_STATE_MAX];
    size_t  len;

    len = oci_hash_export(&u->hash, state);

    (void) snprintf(name, sizeof(name), "hashstates/%s/%llu",
                    oci_alg_name(u->hash.alg),
                    (unsigned long long) u->offset);

    return oci_file_publish(oci_upload_path(u->store, u->pool, &u->repo,
                                            &u->id, name),
                            state, len, false, err);
}


oci_status_e
oci_upload_commit(oci_upload_t *u, const oci_digest_t *digest,
    oci_error_t *err)
{
    char         *dir;
    oci_status_e  rc;

    dir = oci_upload_path(u->store, u->pool, &u->repo, &u->id, "");

    rc = oci_upload_verify(u, digest, err);

    if (rc == OCI_MISMATCH) {
        oci_upload_close(u);
        (void) oci_file_remove_tree(dir, false, NULL);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    /* replaces what is there: it may be damaged, this was just verified */

    rc = oci_file_move(u->fd, u->data,
                       oci_layout_blob(u->store, u->pool, digest),
                       oci_store_syncs(u->store), err);

    if (rc == OCI_OK) {
        rc = oci_layer_link(u->store, u->pool, &u->repo, digest, err);
    }

    if (rc == OCI_OK) {
        oci_upload_close(u);
        (void) oci_file_remove_tree(dir, false, NULL);
    }

    return rc;
}


static oci_status_e
oci_upload_verify(oci_upload_t *u, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_hash_t    hash;
    oci_digest_t  got;
    oci_status_e  rc;

    if (u->hash.alg != digest->alg) {

        /* another algorithm than the one that was expected */

        rc = oci_upload_rehash(u, digest->alg, 0, err);
        if (rc != OCI_OK) {
            return rc;
        }

        u->resumed = false;
    }

    hash = u->hash;
    oci_hash_final(&hash, &got);

    if (u->resumed && !oci_digest_eq(&got, digest)) {

        /* the fault may lie in the state that we took over */

        rc = oci_upload_rehash(u, digest->alg, 0, err);
        if (rc != OCI_OK) {
            return rc;
        }

        hash = u->hash;
        oci_hash_final(&hash, &got);
    }

    if (!oci_digest_eq(&got, digest)) {
        return oci_error(err, OCI_MISMATCH, 0,
                         "the content is %s, not %s", got.text, digest->text);
    }

    return OCI_OK;
}


oci_status_e
oci_upload_cancel(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, oci_error_t *err)
{
    char  *dir;

    dir = oci_upload_path(store, pool, repo, id, "");

    if (dir != NULL && !oci_file_is_dir(dir)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "no upload %.*s",
                         (int) id->len, id->data);
    }

    return oci_file_remove_tree(dir, false, err);
}
