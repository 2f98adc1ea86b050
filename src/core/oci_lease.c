/*
 * Leases: holds of pushes that are under way, and times of last need.
 */

#include "oci_lease.h"
#include "oci_file.h"
#include "oci_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


#define OCI_LEASE_TRIES  100            /* a drain at each of them: no */


static oci_status_e oci_lease_lock(const char *path, int how, int *fd,
    oci_error_t *err);
static oci_status_e oci_lease_turn(const char *path, int *old, int64_t *time,
    oci_error_t *err);
static oci_status_e oci_lease_touch(const char *path, oci_error_t *err);


oci_status_e
oci_lease_hold(oci_store_t *store, oci_pool_t *pool, int *hold,
    oci_error_t *err)
{
    int           n;
    char         *path;
    oci_status_e  rc;

    path = oci_layout_hold(store, pool);
    if (path == NULL) {
        return oci_nomem(err);
    }

    for (n = 0; n < OCI_LEASE_TRIES; n++) {
        rc = oci_lease_lock(path, LOCK_SH, hold, err);

        if (rc != OCI_OK) {
            return rc;
        }

        if (oci_file_same(*hold, path)) {
            return OCI_OK;
        }

        /* drained since it was opened: that one is waited for no more */

        oci_lease_release(*hold);
    }

    return oci_error(err, OCI_IO, 0, "\"%s\" is replaced all the time", path);
}


/* OCI_OK with a lock, or on a file system that has none */

static oci_status_e
oci_lease_lock(const char *path, int how, int *fd, oci_error_t *err)
{
    int           rc;
    oci_status_e  status;

    /*
     * NFS wants a descriptor that may write for an exclusive lock alone; and
     * SeaweedFS lets one machine at a time open a file to be written to
     */

    status = oci_file_open(path, (how == LOCK_EX ? O_RDWR : O_RDONLY)|O_CREAT,
                           fd, err);
    if (status != OCI_OK) {
        return status;
    }

    do {
        rc = flock(*fd, how);
    } while (rc == -1 && errno == EINTR);

    if (rc == -1 && errno != EOPNOTSUPP && errno != ENOSYS) {
        status = oci_error_errno(err, errno, "cannot lock \"%s\"", path);
        (void) close(*fd);
    }

    return status;
}


/* unlocked before it is closed: FUSE passes a close on later than it returns */

void
oci_lease_release(int hold)
{
    (void) flock(hold, LOCK_UN);
    (void) close(hold);
}


oci_status_e
oci_fs_drain(oci_store_t *store, int64_t *time, oci_error_t *err)
{
    int           turn, old;
    oci_pool_t   *pool;
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    /* one after the other: each waits for what it has replaced itself */

    rc = oci_lease_lock(oci_layout_drain(store, pool), LOCK_EX, &turn, err);

    if (rc == OCI_OK) {
        rc = oci_lease_turn(oci_layout_hold(store, pool), &old, time, err);

        if (rc == OCI_OK) {
            while (flock(old, LOCK_EX) == -1 && rc == OCI_OK) {
                if (errno != EINTR) {
                    rc = oci_error(err, OCI_BUSY, errno, "no locks here: "
                                   "nothing can be collected safely");
                }
            }

            oci_lease_release(old);
        }

        oci_lease_release(turn);
    }

    oci_pool_destroy(pool);

    return rc;
}


/* puts a file of now in the place of the old one */

static oci_status_e
oci_lease_turn(const char *path, int *old, int64_t *time, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_open(path, O_RDWR|O_CREAT, old, err);
    if (rc != OCI_OK) {
        return rc;
    }

    *time = 0;
    rc = oci_file_publish(path, "", 0, false, err);

    /* whoever holds the new one began after it was made */

    if (rc == OCI_OK) {
        rc = oci_lease_time(AT_FDCWD, path, false, time, NULL, err);
    }

    if (rc != OCI_OK) {
        (void) close(*old);
    }

    return rc;
}


oci_status_e
oci_lease_renew(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, const char *path, oci_error_t *err)
{
    oci_mark_t       before, after;
    struct timespec  times[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };

    if (store->flags & OCI_STORE_READONLY) {
        return OCI_OK;
    }

    if (oci_file_mark(path, &before, NULL, NULL) == OCI_OK
        && utimensat(AT_FDCWD, path, times, 0) == 0
        && oci_file_mark(path, &after, NULL, NULL) == OCI_OK
        && !oci_mark_eq(&before, &after))
    {
        return OCI_OK;
    }

    return oci_lease_touch(oci_layout_lease(store, pool, digest), err);
}


static oci_status_e
oci_lease_touch(const char *path, oci_error_t *err)
{
    int           fd;
    oci_status_e  rc;

    rc = oci_file_open(path, O_RDWR|O_CREAT, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (futimens(fd, NULL) == -1) {
        rc = oci_error_errno(err, errno, "cannot renew \"%s\"", path);
    }

    (void) close(fd);

    return rc;
}


oci_status_e
oci_fs_renewed(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, int64_t *time, oci_error_t *err)
{
    oci_status_e  content, lease;

    *time = 0;
    content = oci_lease_time(AT_FDCWD, oci_layout_blob(store, pool, digest),
                             false, time, NULL, err);

    if (content == OCI_NOT_FOUND) {
        content = oci_lease_time(AT_FDCWD,
                                 oci_layout_aside(store, pool, digest), true,
                                 time, NULL, err);
    }

    if (content != OCI_OK && content != OCI_NOT_FOUND) {
        return content;
    }

    lease = oci_lease_time(AT_FDCWD, oci_layout_lease(store, pool, digest),
                           false, time, NULL, err);

    return (lease == OCI_NOT_FOUND) ? content : lease;
}


oci_status_e
oci_lease_time(int dir, const char *path, bool aside, int64_t *time,
    uint64_t *size, oci_error_t *err)
{
    int64_t      t;
    struct stat  st;

    if (path == NULL) {
        return oci_nomem(err);
    }

    if (fstatat(dir, path, &st, 0) == -1) {
        return (errno == ENOENT || errno == ENOTDIR) ? OCI_NOT_FOUND
               : oci_error_errno(err, errno, "cannot stat \"%s\"", path);
    }

    if (!S_ISREG(st.st_mode)) {
        return OCI_NOT_FOUND;
    }

    t = oci_file_time(aside ? &st.st_atim : &st.st_ctim);

    if (t > *time) {
        *time = t;
    }

    if (size != NULL) {
        *size = (uint64_t) st.st_size;
    }

    return OCI_OK;
}
