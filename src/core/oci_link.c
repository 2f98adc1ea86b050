/*
 * Links: files that hold a digest.
 */

#include "oci_link.h"
#include "oci_file.h"
#include "oci_layout.h"
#include "oci_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define OCI_LINK_MAX  256               /* longest link file that is read */

/*
 * registry 2.8 truncates a link before it writes it again, so a link that
 * is empty and was changed just now is looked at so many times more: a busy
 * machine may stop that registry in between for some tens of milliseconds.
 */
#define OCI_LINK_TRIES   100
#define OCI_LINK_PAUSE   1000           /* microseconds */


static oci_status_e oci_link_take(oci_pool_t *pool, const char *path,
    bool nowait, oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_link_at(int dir, const char *path,
    oci_digest_t *digest, struct stat *st, oci_error_t *err);
static oci_status_e oci_link_settled(int dir, const char *path,
    oci_digest_t *digest, struct stat *st);
static bool oci_link_young(const char *path);


char *
oci_link_path(const oci_repo_t *repo, oci_link_e kind, const oci_str_t *name)
{
    oci_digest_t  digest;

    switch (kind) {

    case OCI_LINK_TAG:
        return oci_layout_tag_current(repo, name);

    case OCI_LINK_UPLOAD:
        return oci_layout_upload_file(repo, name, OCI_LAYOUT_STARTED);

    default:
        return (oci_digest_parse(&digest, name) != OCI_OK) ? NULL
               : (kind == OCI_LINK_LAYER) ? oci_layout_layer(repo, &digest)
                                          : oci_layout_revision(repo, &digest);
    }
}


oci_status_e
oci_link_read(const oci_repo_t *repo, const char *path, oci_digest_t *digest,
    oci_error_t *err)
{
    int           tries;
    oci_status_e  rc;

    for (tries = 0; tries < OCI_LINK_TRIES; tries++) {
        rc = oci_link_take(repo->pool, path, repo->nowait != OCI_WAIT,
                           digest, err);

        if (rc == OCI_INVALID) {
            return OCI_NOT_FOUND;
        }

        if (rc != OCI_BUSY || repo->nowait != OCI_WAIT) {
            return rc;
        }

        (void) usleep(OCI_LINK_PAUSE);
    }

    return oci_error(err, OCI_NOT_FOUND, 0, "damaged link \"%s\"", path);
}


void
oci_fs_link(const oci_repo_t *repo, oci_link_e kind, const oci_str_t *name,
    oci_link_t *link)
{
    char         *path;
    struct stat   st;

    memset(link, 0, sizeof(oci_link_t));
    link->kind = kind;
    link->name = *name;
    path = oci_link_path(repo, kind, name);

    if (path == NULL) {
        link->status = OCI_NOMEM;
        return;
    }

    link->status = oci_link_settled(AT_FDCWD, path, &link->target, &st);
    link->time = oci_file_time(&st.st_ctim);
}


bool
oci_link_look(int dir, const char *name, int64_t since, oci_link_t *link)
{
    char         path[NAME_MAX + sizeof("/" OCI_LAYOUT_CURRENT)];
    struct stat  st;

    (void) snprintf(path, sizeof(path), "%s/%s", name,
                    (link->kind == OCI_LINK_TAG) ? OCI_LAYOUT_CURRENT
                    : (link->kind == OCI_LINK_UPLOAD) ? OCI_LAYOUT_STARTED
                                                      : OCI_LAYOUT_LINK);

    if (since != INT64_MIN && fstatat(dir, path, &st, 0) == 0
        && oci_file_time(&st.st_ctim) < since)
    {
        return false;
    }

    if (link->kind != OCI_LINK_UPLOAD) {
        link->status = oci_link_settled(dir, path, &link->target, &st);

    } else if (fstatat(dir, path, &st, 0) == -1) {
        memset(&st, 0, sizeof(struct stat));
    }

    link->time = oci_file_time(&st.st_ctim);

    return true;
}


static oci_status_e
oci_link_take(oci_pool_t *pool, const char *path, bool nowait,
    oci_digest_t *digest, oci_error_t *err)
{
    oci_str_t     content;
    struct stat   st;
    oci_status_e  rc;

    if (!nowait) {
        return (path != NULL) ? oci_link_at(AT_FDCWD, path, digest, &st, err)
                              : oci_nomem(err);
    }

    rc = oci_file_read_cached(pool, path, OCI_LINK_MAX, &content, err);

    if (rc == OCI_OK && content.len == 0 && oci_link_young(path)) {
        return OCI_BUSY;
    }

    if (rc == OCI_LIMIT
        || (rc == OCI_OK && oci_digest_parse(digest, &content) != OCI_OK))
    {
        return oci_error(err, OCI_INVALID, 0, "damaged link \"%s\"", path);
    }

    return rc;
}


/* path as of openat(); st is zero when there is nothing */

static oci_status_e
oci_link_at(int dir, const char *path, oci_digest_t *digest, struct stat *st,
    oci_error_t *err)
{
    int           fd;
    u_char        text[OCI_LINK_MAX + 1];
    ssize_t       n;
    oci_str_t     content;
    oci_status_e  rc;

    memset(st, 0, sizeof(struct stat));

    fd = openat(dir, path, O_RDONLY|O_CLOEXEC|O_NONBLOCK);
    if (fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    rc = OCI_OK;
    n = (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        ? read(fd, text, sizeof(text)) : -1;

    if (n == -1) {
        rc = S_ISREG(st->st_mode)
             ? oci_error_errno(err, errno, "cannot read \"%s\"", path)
             : oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" is not a file", path);
    }

    (void) close(fd);

    content.data = text;
    content.len = (n > 0) ? (size_t) n : 0;

    if (n == 0 && time(NULL) - st->st_mtime <= 1) {
        return OCI_BUSY;
    }

    if (rc == OCI_OK
        && (content.len > OCI_LINK_MAX
            || oci_digest_parse(digest, &content) != OCI_OK))
    {
        return oci_error(err, OCI_INVALID, 0, "damaged link \"%s\"", path);
    }

    return rc;
}


/* as oci_link_at(), of one that nobody is about to write */

static oci_status_e
oci_link_settled(int dir, const char *path, oci_digest_t *digest,
    struct stat *st)
{
    int           tries;
    oci_status_e  rc;

    for (tries = 0; tries < OCI_LINK_TRIES; tries++) {
        rc = oci_link_at(dir, path, digest, st, NULL);

        if (rc != OCI_BUSY) {
            return rc;
        }

        (void) usleep(OCI_LINK_PAUSE);
    }

    return OCI_INVALID;
}


static bool
oci_link_young(const char *path)
{
    struct stat  st;

    return stat(path, &st) == 0 && time(NULL) - st.st_mtime <= 1;
}


oci_status_e
oci_mark_look(const oci_repo_t *repo, const char *path, oci_mark_t *mark,
    uint64_t *size, oci_error_t *err)
{
    bool  cached;

    cached = (repo->nowait == OCI_NOWAIT
              || (repo->nowait == OCI_NOWAIT_HOT
                  && !oci_fs(repo->store)->local));

    return cached ? oci_file_mark_cached(path, mark, size, err)
                  : oci_file_mark(path, mark, size, err);
}


void
oci_layer_link(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_digest_t *digest)
{
    oci_repo_make(batch, repo);
    oci_batch_put(batch, OCI_BATCH_LINK, oci_layout_layer(repo, digest),
                  digest->text, digest->len);
}


void
oci_repo_make(oci_batch_t *batch, const oci_repo_t *repo)
{
    oci_batch_mkdir(batch, oci_layout_layers(repo));
    oci_batch_mkdir(batch, oci_layout_manifests(repo));
}


oci_status_e
oci_revision_read(const oci_repo_t *repo, const oci_digest_t *digest,
    size_t max, oci_str_t *content, oci_error_t *err)
{
    oci_digest_t  target;
    oci_status_e  rc;

    rc = oci_link_read(repo, oci_layout_revision(repo, digest), &target, err);

    if (rc != OCI_OK) {
        return rc;
    }

    return oci_file_read(repo->pool,
                         oci_layout_blob(repo->store, repo->pool, &target),
                         max, content, err);
}


void
oci_referrers_add(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_digest_t *subject, const oci_digest_t *digest)
{
    oci_batch_put(batch, OCI_BATCH_LINK,
                  oci_layout_referrer(repo, subject, digest), digest->text,
                  digest->len);
}


oci_status_e
oci_repo_lock(const oci_repo_t *repo, int how, int *lock, oci_error_t *err)
{
    int           fd, rc;
    char         *dir;
    oci_status_e  status;

    dir = oci_layout_manifests(repo);
    if (dir == NULL) {
        return oci_nomem(err);
    }

    /* registry:2 makes it with the first manifest, there may be blobs */

    if (!oci_file_is_dir(dir) && oci_file_is_dir(oci_layout_layers(repo))) {
        status = oci_file_mkdirs(dir, oci_store_syncs(repo->store), err);
        if (status != OCI_OK) {
            return status;
        }
    }

    status = oci_file_open(dir, O_RDONLY|O_DIRECTORY, &fd, err);
    if (status != OCI_OK) {
        return status;
    }

    rc = oci_queue_lock(oci_fs(repo->store)->queue, fd, how);

    if (rc != 0 && rc != EOPNOTSUPP && rc != ENOSYS) {
        (void) close(fd);

        return rc == EWOULDBLOCK
               ? oci_error(err, OCI_BUSY, 0, "others wait to change \"%.*s\"",
                           (int) repo->name.len, repo->name.data)
               : oci_error_errno(err, rc, "cannot lock \"%s\"", dir);
    }

    *lock = fd;

    return OCI_OK;
}


/* let go before it is closed: some file systems pass a close on late */

void
oci_repo_unlock(int lock)
{
    (void) flock(lock, LOCK_UN);
    (void) close(lock);
}
