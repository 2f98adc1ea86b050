/*
 * The room that a store has, and whether it takes what is pushed.
 */

#include "oci_file.h"
#include "oci_layout.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>


#define OCI_SPACE_TRIAL  4096           /* bytes: a page, a block */


static oci_status_e oci_space_open(oci_store_t *store, oci_pool_t *pool,
    oci_error_t *err);


oci_status_e
oci_fs_space(oci_store_t *store, oci_space_t *space, oci_error_t *err)
{
    const char      *root;
    struct statvfs   st;

    root = oci_fs(store)->root;

    if (statvfs(root, &st) == -1) {
        return oci_error_errno(err, errno, "cannot look at \"%s\"", root);
    }

    space->size = (uint64_t) st.f_blocks * st.f_frsize;
    space->free = (uint64_t) (geteuid() == 0 ? st.f_bfree : st.f_bavail)
                  * st.f_frsize;
    space->files = st.f_files;
    space->files_free = (geteuid() == 0) ? st.f_ffree : st.f_favail;
    space->readonly = (st.f_flag & ST_RDONLY) != 0;

    return OCI_OK;
}


/* no sync: it is asked every few seconds, and nobody relies on the file */

oci_status_e
oci_fs_writable(oci_store_t *store, oci_error_t *err)
{
    char          temp[PATH_MAX];
    u_char        data[OCI_SPACE_TRIAL];
    oci_pool_t   *pool;
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_space_open(store, pool, err);

    if (rc == OCI_OK) {
        memset(data, 'x', sizeof(data));

        rc = oci_file_temp(oci_layout_trial(store, pool), data, sizeof(data),
                           false, temp, err);
    }

    if (rc == OCI_OK) {
        rc = oci_file_remove(temp, false, err);
    }

    oci_pool_destroy(pool);

    return rc;
}


/* a store that another user has filled may be closed further down only */

static oci_status_e
oci_space_open(oci_store_t *store, oci_pool_t *pool, oci_error_t *err)
{
    size_t       i;
    oci_str_t    all = oci_null_string;
    const char  *dirs[3];

    dirs[0] = oci_fs(store)->root;
    dirs[1] = oci_layout_blobs(store, pool);
    dirs[2] = oci_layout_repo(oci_repo(store, pool, &all));

    for (i = 0; i < 3; i++) {
        if (dirs[i] == NULL) {
            return oci_nomem(err);
        }

        if (eaccess(dirs[i], R_OK|W_OK|X_OK) == -1
            && (i == 0 || errno != ENOENT))
        {
            return oci_error_errno(err, errno, "cannot write to \"%s\"",
                                   dirs[i]);
        }
    }

    return OCI_OK;
}
