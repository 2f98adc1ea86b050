/*
 * Texts of our own on a file system: files below <root>/_tally.
 */

#include "oci_file.h"
#include "oci_layout.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>


oci_status_e
oci_fs_own_read(oci_store_t *store, oci_pool_t *pool, const char *name,
    size_t max, oci_str_t *text, oci_error_t *err)
{
    return oci_file_read(pool, oci_layout_own(store, pool, name), max, text,
                         err);
}


oci_status_e
oci_fs_own_write(oci_store_t *store, oci_pool_t *pool, const char *name,
    const oci_str_t *text, oci_error_t *err)
{
    return oci_file_publish(oci_layout_own(store, pool, name), text->data,
                            text->len, false, err);
}


oci_status_e
oci_fs_own_remove(oci_store_t *store, oci_pool_t *pool, const char *name,
    oci_error_t *err)
{
    return oci_file_remove(oci_layout_own(store, pool, name), false, err);
}


oci_status_e
oci_fs_own_walk(oci_store_t *store, oci_pool_t *pool, const char *folder,
    oci_name_pt each, void *data, oci_error_t *err)
{
    DIR            *dir;
    char           *path;
    oci_str_t       name;
    oci_status_e    rc;
    struct dirent  *entry;

    path = oci_layout_own(store, pool, folder);

    if (path == NULL) {
        return oci_nomem(err);
    }

    dir = opendir(path);

    if (dir == NULL) {
        return (errno == ENOENT) ? OCI_OK
               : oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    rc = OCI_OK;

    while (rc == OCI_OK && (errno = 0, entry = readdir(dir)) != NULL) {
        name = oci_str(entry->d_name);

        /* a file that is being written has a dot in its name, too */

        if (strchr(entry->d_name, '.') == NULL) {
            rc = each(data, &name, err);
        }
    }

    if (rc == OCI_OK && errno != 0) {
        rc = oci_error_errno(err, errno, "cannot read \"%s\"", path);
    }

    (void) closedir(dir);

    return rc;
}


/*
 * oci_file_lock() takes a file system without locks for one that grants them:
 * a second lock of the same file, which must be refused, tells.
 */

oci_status_e
oci_fs_own_lock(oci_store_t *store, oci_pool_t *pool, const char *name,
    oci_error_t *err)
{
    int           fd, other;
    char         *path;
    oci_status_e  rc;

    path = oci_layout_own(store, pool, name);
    rc = oci_file_open(path, O_RDWR|O_CREAT, &fd, err);

    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_file_lock(fd);

    if (rc == OCI_OK) {
        rc = oci_file_open(path, O_RDWR, &other, err);

        if (rc == OCI_OK) {
            rc = (oci_file_lock(other) == OCI_BUSY) ? OCI_OK : OCI_DENIED;
            (void) close(other);
        }
    }

    if (rc == OCI_OK) {
        return OCI_OK;
    }

    (void) close(fd);

    return (rc == OCI_BUSY)
           ? oci_error(err, OCI_BUSY, 0, "another process has \"%s\"", path)
           : oci_error(err, OCI_DENIED, 0, "\"%s\" cannot be locked: there "
                       "are no locks on its file system", path);
}
