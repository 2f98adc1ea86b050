/*
 * Files: looking at them.
 */

#include "oci_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>


static ssize_t oci_file_pread(int fd, bool nowait, void *buf, size_t len,
    uint64_t offset);
static oci_status_e oci_file_open_cached(const char *path, int flags, int *fd,
    oci_error_t *err);
static oci_status_e oci_file_mark_of(const char *path, const struct stat *st,
    oci_mark_t *mark, uint64_t *size, oci_error_t *err);


oci_status_e
oci_file_read(oci_pool_t *pool, const char *path, size_t max,
    oci_str_t *content, oci_error_t *err)
{
    int           fd;
    size_t        len;
    ssize_t       n;
    struct stat   st;
    oci_status_e  rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK);
    if (fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    rc = OCI_OK;

    if (fstat(fd, &st) == -1) {
        rc = oci_error_errno(err, errno, "cannot stat \"%s\"", path);

    } else if (!S_ISREG(st.st_mode)) {
        rc = oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" is not a file", path);

    } else if ((uint64_t) st.st_size > max) {
        rc = oci_error(err, OCI_LIMIT, 0, "\"%s\" is larger than %zu bytes",
                       path, max);
    }

    if (rc != OCI_OK) {
        (void) close(fd);
        return rc;
    }

    len = (size_t) st.st_size;
    content->len = 0;
    content->data = oci_palloc(pool, len + 1);

    if (content->data == NULL) {
        (void) close(fd);
        return oci_nomem(err);
    }

    while (content->len < len) {
        n = read(fd, content->data + content->len, len - content->len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            rc = oci_error_errno(err, errno, "cannot read \"%s\"", path);
            break;
        }

        if (n == 0) {
            break;
        }

        content->len += (size_t) n;
    }

    content->data[content->len] = '\0';
    (void) close(fd);

    return rc;
}


oci_status_e
oci_file_read_at(const char *path, bool nowait, uint64_t offset, void *buf,
    size_t len, size_t *n, oci_error_t *err)
{
    int           fd;
    ssize_t       got;
    oci_status_e  rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    if (nowait) {
        rc = oci_file_open_cached(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK, &fd,
                                  err);

    } else {
        fd = open(path, O_RDONLY|O_CLOEXEC);
        rc = (fd != -1) ? OCI_OK
             : oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    for (*n = 0; *n < len; *n += (size_t) got) {
        got = oci_file_pread(fd, nowait, (u_char *) buf + *n, len - *n,
                             offset + *n);

        if (got == -1 && errno == EINTR) {
            got = 0;
            continue;
        }

        if (got == -1) {
            rc = (nowait && errno == EAGAIN) ? OCI_BUSY
                 : oci_error_errno(err, errno, "cannot read \"%s\"", path);
        }

        if (got <= 0) {
            break;
        }
    }

    (void) close(fd);

    return rc;
}


oci_status_e
oci_file_read_cached(oci_pool_t *pool, const char *path, size_t max,
    oci_str_t *content, oci_error_t *err)
{
    int           fd;
    ssize_t       n;
    oci_status_e  rc;

    rc = oci_file_open_cached(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    content->data = oci_palloc(pool, max + 1);

    if (content->data == NULL) {
        (void) close(fd);
        return oci_nomem(err);
    }

    n = oci_file_pread(fd, true, content->data, max + 1, 0);

    if (n == -1) {
        rc = (errno == EAGAIN) ? OCI_BUSY
             : errno == EISDIR ? OCI_NOT_FOUND
             : oci_error_errno(err, errno, "cannot read \"%s\"", path);

    } else if ((size_t) n > max) {
        rc = oci_error(err, OCI_LIMIT, 0, "\"%s\" is larger than %zu bytes",
                       path, max);
    }

    content->len = (n > 0) ? (size_t) n : 0;
    (void) close(fd);

    return rc;
}


/* with nowait EAGAIN, when a disk or a server had to be asked */

static ssize_t
oci_file_pread(int fd, bool nowait, void *buf, size_t len, uint64_t offset)
{
    ssize_t       n;
    struct iovec  iov;

    iov.iov_base = buf;
    iov.iov_len = len;

    if (nowait) {
        n = preadv2(fd, &iov, 1, (off_t) offset, RWF_NOWAIT);

        if (n != -1 || errno != EOPNOTSUPP) {
            return n;
        }
    }

    return pread(fd, buf, len, (off_t) offset);
}


/* only what the kernel can find without asking a disk or a server */

static oci_status_e
oci_file_open_cached(const char *path, int flags, int *fd, oci_error_t *err)
{
    struct open_how  how;

    if (path == NULL) {
        return oci_nomem(err);
    }

    memset(&how, 0, sizeof(how));
    how.flags = (uint64_t) flags;
    how.resolve = RESOLVE_CACHED;

    *fd = (int) syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

    if (*fd == -1 && errno == EAGAIN) {
        return OCI_BUSY;
    }

    /* an older kernel, or a filter of system calls that has not heard of it */

    if (*fd == -1 && (errno == ENOSYS || errno == EINVAL || errno == EPERM)) {
        *fd = open(path, flags);
    }

    if (*fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    return OCI_OK;
}


oci_status_e
oci_file_mark(const char *path, oci_mark_t *mark, uint64_t *size,
    oci_error_t *err)
{
    struct stat  st;

    if (path == NULL) {
        return oci_nomem(err);
    }

    if (stat(path, &st) == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", path);
    }

    return oci_file_mark_of(path, &st, mark, size, err);
}


oci_status_e
oci_file_size(int fd, const char *path, uint64_t *size, oci_error_t *err)
{
    int           rc;
    struct statx  st;

    if (path == NULL) {
        return oci_nomem(err);
    }

    rc = (fd != -1) ? statx(fd, "", AT_EMPTY_PATH|AT_STATX_FORCE_SYNC,
                            STATX_SIZE, &st)
                    : statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_SIZE,
                            &st);

    if (rc == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", path);
    }

    *size = st.stx_size;

    return OCI_OK;
}


oci_status_e
oci_file_mark_cached(const char *path, oci_mark_t *mark, uint64_t *size,
    oci_error_t *err)
{
    int           fd;
    struct stat   st;
    oci_status_e  rc;

    rc = oci_file_open_cached(path, O_PATH|O_CLOEXEC, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (fstat(fd, &st) == -1) {
        rc = oci_error_errno(err, errno, "cannot stat \"%s\"", path);

    } else {
        rc = oci_file_mark_of(path, &st, mark, size, err);
    }

    (void) close(fd);

    return rc;
}


static oci_status_e
oci_file_mark_of(const char *path, const struct stat *st, oci_mark_t *mark,
    uint64_t *size, oci_error_t *err)
{
    if (!S_ISREG(st->st_mode)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" is not a file", path);
    }

    mark->value[0] = st->st_dev;
    mark->value[1] = st->st_ino;
    mark->value[2] = (uint64_t) st->st_size;
    mark->value[3] = (uint64_t) oci_file_time(&st->st_mtim);
    mark->value[4] = (uint64_t) oci_file_time(&st->st_ctim);

    if (size != NULL) {
        *size = (uint64_t) st->st_size;
    }

    return OCI_OK;
}


bool
oci_file_same(int fd, const char *path)
{
    struct stat  st, named;

    return fstat(fd, &st) == 0 && stat(path, &named) == 0
           && st.st_ino == named.st_ino && st.st_dev == named.st_dev;
}


bool
oci_file_local(const char *path)
{
    size_t         i;
    struct statfs  fs;

    static const uint32_t  kinds[] = {
        EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
        F2FS_SUPER_MAGIC, TMPFS_MAGIC
    };

    if (statfs(path, &fs) == 0) {
        for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if ((uint32_t) fs.f_type == kinds[i]) {
                return true;
            }
        }
    }

    return false;
}


bool
oci_file_is_dir(const char *path)
{
    struct stat  st;

    return path != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


bool
oci_file_exists(const char *path)
{
    struct stat  st;

    return path != NULL && lstat(path, &st) == 0;
}


int64_t
oci_file_time(const struct timespec *t)
{
    return (int64_t) t->tv_sec * 1000000000 + t->tv_nsec;
}


oci_status_e
oci_file_lock(int fd)
{
    struct flock  lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0 || errno == EOPNOTSUPP
        || errno == ENOSYS || errno == EINVAL)
    {
        return OCI_OK;
    }

    return (errno == EAGAIN || errno == EACCES) ? OCI_BUSY : OCI_NOMEM;
}


void
oci_file_unlock(int fd)
{
    struct flock  lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_UNLCK;
    lock.l_whence = SEEK_SET;

    (void) fcntl(fd, F_OFD_SETLK, &lock);
}


int64_t
oci_file_born(const char *path)
{
    struct statx  st;

    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &st) == -1
        || !(st.stx_mask & STATX_BTIME))
    {
        return 0;
    }

    return (int64_t) st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
}
