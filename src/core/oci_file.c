/*
 * Files that are whole or absent: the only place that renames and syncs.
 */

#include "oci_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>


#define OCI_FILE_TRIES  3
#define OCI_FILE_DEPTH  32          /* descriptors that a tree walk may use */
#define OCI_FILE_COPY   65536


static oci_status_e oci_file_sync_dir(const char *path, oci_error_t *err);
static void oci_file_adopt(const char *path, const char *dir);
static void oci_file_open_up(int fd, const char *path, mode_t mode);
static oci_status_e oci_file_settle(const char *temp, const char *path,
    bool sync, oci_error_t *err);
static oci_status_e oci_file_copy(int from, const char *path, bool sync,
    oci_error_t *err);
static oci_status_e oci_file_sync_parent(const char *path, oci_error_t *err);
static int oci_file_remove_entry(const char *path, const struct stat *st,
    int type, struct FTW *ftw);


oci_status_e
oci_file_publish(const char *path, const void *data, size_t len, bool sync,
    oci_error_t *err)
{
    char          dir[PATH_MAX], temp[PATH_MAX];
    oci_status_e  rc;

    rc = (path != NULL && oci_file_parent(path, dir))
         ? oci_file_mkdirs(dir, sync, err) : OCI_OK;

    if (rc == OCI_OK) {
        rc = oci_file_temp(path, data, len, sync, temp, err);
    }

    return rc == OCI_OK ? oci_file_settle(temp, path, sync, err) : rc;
}


oci_status_e
oci_file_temp(const char *path, const void *data, size_t len, bool sync,
    char *temp, oci_error_t *err)
{
    int           fd, n;
    uint64_t      id;
    oci_status_e  rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
        return oci_error_errno(err, errno, "cannot get random bytes");
    }

    n = snprintf(temp, PATH_MAX, "%s.%016llx.tmp", path,
                 (unsigned long long) id);

    if (n < 0 || n >= PATH_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "path too long: \"%s\"", path);
    }

    rc = oci_file_open(temp, O_RDWR|O_CREAT|O_EXCL, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_file_write(fd, 0, data, len, err);

    if (rc == OCI_OK && sync) {
        rc = oci_file_sync(fd, temp, err);
    }

    if (close(fd) == -1 && rc == OCI_OK) {
        rc = oci_error_errno(err, errno, "cannot close \"%s\"", temp);
    }

    if (rc != OCI_OK) {
        (void) unlink(temp);
    }

    return rc;
}


/* gives a complete temporary file its name, or removes it */

static oci_status_e
oci_file_settle(const char *temp, const char *path, bool sync,
    oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_rename(temp, path, sync, err);

    if (rc != OCI_OK) {
        (void) unlink(temp);
    }

    return rc;
}


oci_status_e
oci_file_sync(int fd, const char *path, oci_error_t *err)
{
    /* EINVAL: a file system whose directories need no sync */

    return (fsync(fd) == 0 || errno == EINVAL) ? OCI_OK
           : oci_error(err, OCI_IO, errno, "cannot sync \"%s\"", path);
}


oci_status_e
oci_file_open(const char *path, int flags, int *fd, oci_error_t *err)
{
    int           n;
    char          dir[PATH_MAX];
    oci_status_e  rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    for (n = 0; n < OCI_FILE_TRIES; n++) {
        *fd = open(path, flags|O_CLOEXEC, OCI_FILE_MODE);

        if (*fd != -1 || !(flags & O_CREAT)
            || (errno != ENOENT && errno != ENOTDIR)
            || !oci_file_parent(path, dir))
        {
            break;
        }

        rc = oci_file_mkdirs(dir, false, err);
        if (rc != OCI_OK) {
            return rc;
        }

        /* somebody removes empty directories: once more */
    }

    if (*fd != -1) {
        if (flags & O_CREAT) {
            oci_file_open_up(*fd, path, OCI_FILE_MODE);

            if (oci_file_parent(path, dir)) {
                oci_file_adopt(path, dir);
            }
        }

        return OCI_OK;
    }

    if (errno == EEXIST) {
        return oci_error(err, OCI_EXISTS, errno, "cannot create \"%s\"",
                         path);
    }

    /* a place that cannot be made is no answer to what was looked for */

    if ((flags & O_CREAT) && (errno == ENOTDIR || errno == ENOENT)) {
        return oci_error(err, OCI_IO, errno, "cannot create \"%s\"", path);
    }

    return oci_error_errno(err, errno, "cannot open \"%s\"", path);
}


/*
 * What root makes in a folder of someone else's belongs to them: else a
 * worker of nginx could not write beside what the command has written.  To
 * fail is no worse than not to try.
 */

static void
oci_file_adopt(const char *path, const char *dir)
{
    struct stat  st;

    if (geteuid() == 0 && stat(dir, &st) == 0
        && (st.st_uid != 0 || st.st_gid != 0))
    {
        (void) !lchown(path, st.st_uid, st.st_gid);
    }
}


/* a umask takes nothing away; what the directory adds stays */

static void
oci_file_open_up(int fd, const char *path, mode_t mode)
{
    struct stat  st;

    if ((fd != -1 ? fstat(fd, &st) : stat(path, &st)) == 0
        && (st.st_mode & mode) != mode)
    {
        (void) !chmod(path, (st.st_mode & 07777) | mode);
    }
}


oci_status_e
oci_file_move(int fd, const char *from, const char *path, bool sync,
    oci_error_t *err)
{
    char          dir[PATH_MAX];
    oci_status_e  rc;

    if (from == NULL || path == NULL) {
        return oci_nomem(err);
    }

    if (!oci_file_parent(path, dir)) {
        return oci_error(err, OCI_LIMIT, 0, "path too long: \"%s\"", path);
    }

    rc = sync ? oci_file_sync(fd, from, err) : OCI_OK;

    if (rc == OCI_OK) {
        rc = oci_file_mkdirs(dir, sync, err);
    }

    if (rc == OCI_OK) {
        rc = oci_file_place(fd, from, path, sync, err);
    }

    return (rc == OCI_OK && sync) ? oci_file_sync_dir(dir, err) : rc;
}


oci_status_e
oci_file_place(int fd, const char *from, const char *path, bool sync,
    oci_error_t *err)
{
    char          temp[PATH_MAX];
    oci_status_e  rc;

    if (rename(from, path) == 0) {
        return OCI_OK;
    }

    if (errno != EXDEV) {
        return oci_error_errno(err, errno, "cannot rename \"%s\" to \"%s\"",
                               from, path);
    }

    rc = oci_file_temp(path, NULL, 0, false, temp, err);

    if (rc == OCI_OK) {
        rc = oci_file_copy(fd, temp, sync, err);

        if (rc == OCI_OK && rename(temp, path) == -1) {
            rc = oci_error_errno(err, errno, "cannot rename \"%s\" to \"%s\"",
                                 temp, path);
        }

        if (rc != OCI_OK) {
            (void) unlink(temp);
        }
    }

    if (rc == OCI_OK) {
        (void) unlink(from);
    }

    return rc;
}


static oci_status_e
oci_file_copy(int from, const char *path, bool sync, oci_error_t *err)
{
    int           fd;
    off_t         offset;
    u_char        buf[OCI_FILE_COPY];
    ssize_t       n;
    oci_status_e  rc;

    rc = oci_file_open(path, O_RDWR, &fd, err);

    for (offset = 0; rc == OCI_OK; offset += n) {
        n = pread(from, buf, sizeof(buf), offset);

        if (n == -1) {
            rc = oci_error_errno(err, errno, "cannot read for \"%s\"", path);
        }

        if (n <= 0) {
            break;
        }

        rc = oci_file_write(fd, (uint64_t) offset, buf, (size_t) n, err);
    }

    if (rc == OCI_OK && sync) {
        rc = oci_file_sync(fd, path, err);
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc;
}


void
oci_file_flush(int fd, uint64_t offset, uint64_t len)
{
    (void) sync_file_range(fd, (off64_t) offset, (off64_t) len,
                           SYNC_FILE_RANGE_WRITE);
}


oci_status_e
oci_file_mkdirs(const char *path, bool sync, oci_error_t *err)
{
    bool          made;
    char          dir[PATH_MAX];
    oci_status_e  rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    rc = oci_file_mkdir(path, &made, err);

    if (rc == OCI_NOT_FOUND && oci_file_parent(path, dir)) {
        rc = oci_file_mkdirs(dir, sync, err);

        if (rc == OCI_OK) {
            rc = oci_file_mkdir(path, &made, err);
        }
    }

    return (rc == OCI_OK && made && sync) ? oci_file_sync_parent(path, err)
                                          : rc;
}


oci_status_e
oci_file_mkdir(const char *path, bool *made, oci_error_t *err)
{
    char  dir[PATH_MAX];

    *made = (mkdir(path, OCI_DIR_MODE) == 0);

    if (*made) {
        oci_file_open_up(-1, path, OCI_DIR_MODE);

        if (oci_file_parent(path, dir)) {
            oci_file_adopt(path, dir);
        }

        return OCI_OK;
    }

    if (errno == EEXIST) {
        return oci_file_is_dir(path) ? OCI_OK
               : oci_error(err, OCI_IO, ENOTDIR, "cannot use \"%s\"", path);
    }

    /* its parent is missing: the caller knows what to do */

    if (errno == ENOENT) {
        return OCI_NOT_FOUND;
    }

    /* what cannot be made is a fault, not something absent */

    return errno == ENOTDIR
           ? oci_error(err, OCI_IO, ENOTDIR, "cannot make \"%s\"", path)
           : oci_error_errno(err, errno, "cannot make \"%s\"", path);
}


oci_status_e
oci_file_remove(const char *path, bool sync, oci_error_t *err)
{
    if (path == NULL) {
        return oci_nomem(err);
    }

    if (unlink(path) == -1) {
        return oci_error_errno(err, errno, "cannot remove \"%s\"", path);
    }

    return sync ? oci_file_sync_parent(path, err) : OCI_OK;
}


oci_status_e
oci_file_remove_tree(const char *path, bool sync, oci_error_t *err)
{
    if (path == NULL) {
        return oci_nomem(err);
    }

    /* mostly it is empty by now */

    if (rmdir(path) == 0) {
        return sync ? oci_file_sync_parent(path, err) : OCI_OK;
    }

    if (nftw(path, oci_file_remove_entry, OCI_FILE_DEPTH,
             FTW_DEPTH|FTW_PHYS) != 0)
    {
        if (errno == ENOENT) {
            return OCI_OK;
        }

        return oci_error_errno(err, errno, "cannot remove \"%s\"", path);
    }

    return sync ? oci_file_sync_parent(path, err) : OCI_OK;
}


static int
oci_file_remove_entry(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
    (void) st;
    (void) type;
    (void) ftw;

    /* somebody else may be removing the same */

    return (remove(path) == -1 && errno != ENOENT) ? -1 : 0;
}


oci_status_e
oci_file_write(int fd, uint64_t offset, const void *data, size_t len,
    oci_error_t *err)
{
    ssize_t        n;
    const u_char  *p;

    for (p = data; len > 0; p += n, len -= (size_t) n, offset += (size_t) n) {
        n = pwrite(fd, p, len, (off_t) offset);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n == -1) {
            return oci_error_errno(err, errno, "cannot write %zu bytes", len);
        }
    }

    return OCI_OK;
}


oci_status_e
oci_file_truncate(int fd, uint64_t size, oci_error_t *err)
{
    return ftruncate(fd, (off_t) size) == 0 ? OCI_OK
           : oci_error_errno(err, errno, "cannot cut to %llu bytes",
                             (unsigned long long) size);
}


oci_status_e
oci_file_rename(const char *from, const char *to, bool sync, oci_error_t *err)
{
    if (from == NULL || to == NULL) {
        return oci_nomem(err);
    }

    if (rename(from, to) == -1) {
        return oci_error_errno(err, errno, "cannot rename \"%s\" to \"%s\"",
                               from, to);
    }

    return sync ? oci_file_sync_parent(to, err) : OCI_OK;
}


bool
oci_file_parent(const char *path, char *dir)
{
    const char  *slash;

    slash = strrchr(path, '/');

    if (slash == NULL) {
        if (strcmp(path, ".") == 0) {
            return false;
        }

        (void) strcpy(dir, ".");
        return true;
    }

    if (slash == path) {
        if (path[1] == '\0') {
            return false;
        }

        (void) strcpy(dir, "/");
        return true;
    }

    if (slash - path >= PATH_MAX) {
        return false;
    }

    memmove(dir, path, (size_t) (slash - path));
    dir[slash - path] = '\0';

    return true;
}


static oci_status_e
oci_file_sync_parent(const char *path, oci_error_t *err)
{
    char  dir[PATH_MAX];

    return oci_file_parent(path, dir)
           ? oci_file_sync_dir(dir, err)
           : oci_error(err, OCI_LIMIT, 0, "path too long: \"%s\"", path);
}


static oci_status_e
oci_file_sync_dir(const char *path, oci_error_t *err)
{
    int           fd;
    oci_status_e  rc;

    rc = oci_file_open(path, O_RDONLY|O_DIRECTORY, &fd, err);

    if (rc == OCI_OK) {
        rc = oci_file_sync(fd, path, err);
        (void) close(fd);
    }

    return rc;
}
