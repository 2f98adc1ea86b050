/*
 * Transfers that were cut, so that the next run can go on with them.
 */

#include "source/partial.h"
#include "oci_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define PARTIAL_WORTH   (1024 * 1024)       /* bytes */
#define PARTIAL_AGE     (7 * 24 * 3600)     /* seconds */
#define PARTIAL_PLACE   16384               /* of a Location */


static const char *partial_folder(oci_pool_t *pool);
static void partial_expire(const char *folder);
static int partial_take(const char *path);
static const char *partial_upload_path(oci_pool_t *pool,
    const oci_reference_t *ref, const oci_digest_t *digest, uint64_t size);


oci_status_e
partial_open(partial_t *partial, oci_pool_t *pool,
    const oci_digest_t *digest, uint64_t size, oci_error_t *err)
{
    FILE        *f;
    const char  *folder;

    partial->path = NULL;
    partial->fd = -1;
    folder = (size >= PARTIAL_WORTH) ? partial_folder(pool) : NULL;

    if (folder != NULL) {
        partial_expire(folder);
        partial->path = (char *) oci_strf(pool, "%s/%s-%s", folder,
                                          oci_alg_name(digest->alg),
                                          oci_digest_hex(digest)).data;
        partial->fd = partial_take(partial->path);
    }

    if (partial->fd != -1) {
        return OCI_OK;
    }

    partial->path = NULL;
    f = tmpfile();

    if (f != NULL) {
        partial->fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, 3);
        (void) fclose(f);
    }

    return (partial->fd != -1) ? OCI_OK
           : oci_error_errno(err, errno, "a temporary file");
}


void
partial_done(partial_t *partial)
{
    if (partial->path != NULL) {
        (void) unlink(partial->path);
        partial->path = NULL;
    }
}


static const char *
partial_folder(oci_pool_t *pool)
{
    oci_str_t    folder;
    const char  *base, *tail;

    base = getenv("XDG_CACHE_HOME");
    tail = "";

    if (base == NULL || *base != '/') {
        base = getenv("HOME");
        tail = "/.cache";
    }

    if (base == NULL || *base != '/') {
        return NULL;
    }

    folder = oci_strf(pool, "%s%s/tally/partial", base, tail);

    if (folder.data == NULL
        || oci_file_mkdirs((char *) folder.data, false, NULL) != OCI_OK
        || chmod((char *) folder.data, 0700) == -1)
    {
        return NULL;
    }

    return (char *) folder.data;
}


static void
partial_expire(const char *folder)
{
    DIR            *dir;
    struct stat     st;
    struct dirent  *e;

    dir = opendir(folder);

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (e->d_name[0] != '.'
            && fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > PARTIAL_AGE)
        {
            (void) unlinkat(dirfd(dir), e->d_name, 0);
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }
}


/* -1: it cannot be opened, or another process has it */

static int
partial_take(const char *path)
{
    int          fd;
    struct stat  st;

    fd = (path != NULL)
         ? open(path, O_RDWR|O_CREAT|O_CLOEXEC|O_NOFOLLOW, 0600) : -1;

    /* the other process may have ended, and taken its name, meanwhile */

    if (fd != -1 && (flock(fd, LOCK_EX|LOCK_NB) == -1
                     || !oci_file_same(fd, path)
                     || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)))
    {
        (void) close(fd);
        fd = -1;
    }

    return fd;
}


void
partial_upload(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, oci_str_t *place)
{
    oci_str_t    text;
    const char  *path;

    path = partial_upload_path(pool, ref, digest, size);

    if (path != NULL
        && oci_file_read(pool, path, PARTIAL_PLACE, &text, NULL) == OCI_OK)
    {
        *place = oci_str_dup(pool, text.data, text.len);
    }
}


void
partial_upload_keep(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, const oci_str_t *place)
{
    const char  *path;

    path = partial_upload_path(pool, ref, digest, size);

    if (path != NULL) {
        (void) oci_file_publish(path, place->data, place->len, false, NULL);
    }
}


void
partial_upload_done(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size)
{
    const char  *path;

    path = partial_upload_path(pool, ref, digest, size);

    if (path != NULL) {
        (void) unlink(path);
    }
}


/* named after where it goes and what it is; NULL: it is not kept */

static const char *
partial_upload_path(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size)
{
    oci_str_t      key;
    const char    *folder;
    oci_digest_t   name;

    folder = (size >= PARTIAL_WORTH) ? partial_folder(pool) : NULL;
    key = oci_strf(pool, "%s/%s@%s", ref->host.data, ref->repo.data,
                   digest->text);

    if (folder == NULL || key.data == NULL) {
        return NULL;
    }

    oci_digest_of(&name, OCI_SHA256, key.data, key.len);

    return (char *) oci_strf(pool, "%s/upload-%s", folder,
                             oci_digest_hex(&name)).data;
}
