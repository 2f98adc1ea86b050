/*
 * Uploads that nobody finished.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>


#define OCI_EXPIRE_QUIET  3600          /* s without a byte */


typedef struct {
    oci_store_t  *store;
    int64_t       now;
    int64_t       age;
    size_t        removed;
    size_t        open;
} oci_expire_t;


static oci_status_e oci_expire_repo(void *data, const oci_str_t *name,
    oci_error_t *err);
static bool oci_expire_one(oci_expire_t *e, const oci_repo_t *repo,
    const oci_str_t *name);
static bool oci_expire_quiet(oci_expire_t *e, const char *path);


oci_status_e
oci_fs_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, size_t *open, oci_error_t *err)
{
    oci_expire_t  e = { store, now, age, 0, 0 };
    oci_status_e  rc;

    rc = oci_fs_walk_repos(store, oci_expire_repo, &e, err);
    *removed = e.removed;

    if (open != NULL) {
        *open = e.open;
    }

    return rc;
}


static oci_status_e
oci_expire_repo(void *data, const oci_str_t *name, oci_error_t *err)
{
    DIR            *d;
    char           *dir;
    oci_str_t       s;
    oci_pool_t     *pool;
    oci_expire_t   *e = data;
    struct dirent  *entry;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    dir = oci_layout_uploads(oci_repo(e->store, pool, name));
    d = (dir != NULL) ? opendir(dir) : NULL;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        s = oci_str(entry->d_name);

        if (oci_expire_one(e, oci_repo(e->store, pool, name), &s)) {
            e->removed++;

        } else {
            e->open += oci_upload_id_valid(&s);
        }
    }

    if (d != NULL) {
        (void) closedir(d);
    }

    oci_pool_destroy(pool);

    return OCI_OK;
}


/* too old, and no byte has arrived lately */

static bool
oci_expire_one(oci_expire_t *e, const oci_repo_t *repo, const oci_str_t *name)
{
    char         *path;
    uint64_t      offset;
    oci_str_t     id;

    /* one that came whole, of a process that was killed */

    if (oci_str_suffix(name, ".tmp")) {
        id = *name;
        id.len -= 4;
        path = oci_layout_upload_whole(repo, &id);

        return oci_expire_quiet(e, path)
               && oci_file_remove(path, false, NULL) == OCI_OK;
    }

    if (!oci_upload_id_valid(name)
        || oci_fs_upload_status(repo, name, e->now, e->age, &offset, NULL)
           != OCI_NOT_FOUND)
    {
        return false;
    }

    /* without data its directory tells how old it is */

    path = oci_layout_upload_file(repo, name, "data");

    if (!oci_file_exists(path)) {
        path = oci_layout_upload(repo, name);
    }

    return oci_expire_quiet(e, path)
           && oci_fs_upload_cancel(repo, name, NULL) == OCI_OK;
}


static bool
oci_expire_quiet(oci_expire_t *e, const char *path)
{
    struct stat  st;

    return path != NULL && stat(path, &st) == 0
           && e->now - (int64_t) st.st_mtim.tv_sec > OCI_EXPIRE_QUIET;
}
