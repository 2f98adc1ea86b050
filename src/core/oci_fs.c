/*
 * The store on a file system: how it is opened, looked at and made.
 */

#include "oci_fs.h"
#include "oci_file.h"
#include "oci_queue.h"
#include "oci_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static void oci_fs_boot(oci_fs_t *fs);
static void oci_fs_place(oci_fs_t *fs);
static oci_status_e oci_fs_check(oci_store_t *store, oci_error_t *err);
static oci_status_e oci_fs_prepare(oci_store_t *store, uid_t user,
    gid_t group, oci_error_t *err);


static const oci_backend_t  oci_fs_backend = {
    .check = oci_fs_check,
    .prepare = oci_fs_prepare,
    .space = oci_fs_space,
    .writable = oci_fs_writable,
    .tag_mark = oci_fs_tag_mark,
    .manifest_mark = oci_fs_manifest_mark,
    .blob_mark = oci_fs_blob_mark,
    .content_mark = oci_fs_content_mark,
    .blob = oci_fs_blob,
    .blob_read = oci_fs_blob_read,
    .blob_renew = oci_fs_blob_renew,
    .blob_mount = oci_fs_blob_mount,
    .blob_put = oci_fs_blob_put,
    .blob_delete = oci_fs_blob_delete,
    .tag = oci_fs_tag,
    .manifest_renew = oci_fs_manifest_renew,
    .manifest = oci_fs_manifest,
    .manifest_put = oci_fs_manifest_put,
    .manifest_delete = oci_fs_manifest_delete,
    .manifest_rest = oci_fs_manifest_rest,
    .tag_delete = oci_fs_tag_delete,
    .tags = oci_fs_tags,
    .catalog = oci_fs_catalog,
    .referrers = oci_fs_referrers,
    .upload_create = oci_fs_upload_create,
    .upload_open = oci_fs_upload_open,
    .upload_whole = oci_fs_upload_whole,
    .upload_status = oci_fs_upload_status,
    .upload_write = oci_fs_upload_write,
    .upload_rest = oci_fs_upload_rest,
    .upload_refuse = oci_fs_upload_refuse,
    .upload_suspend = oci_fs_upload_suspend,
    .upload_commit = oci_fs_upload_commit,
    .upload_cancel = oci_fs_upload_cancel,
    .upload_expire = oci_fs_upload_expire,
    .drain = oci_fs_drain,
    .renewed = oci_fs_renewed,
    .expire_leases = oci_fs_expire_leases,
    .walk_content = oci_fs_walk_content,
    .walk_repos = oci_fs_walk_repos,
    .walk_links = oci_fs_walk_links,
    .walk_places = oci_fs_walk_places,
    .link = oci_fs_link,
    .aside = oci_fs_aside,
    .restore = oci_fs_restore,
    .discard = oci_fs_discard,
    .condemn = oci_fs_condemn,
    .content = oci_fs_content,
    .content_read = oci_fs_content_read,
    .link_remove = oci_fs_link_remove,
    .link_put = oci_fs_link_put,
    .tag_derive = oci_fs_tag_derive,
    .link_place = oci_fs_link_place,
    .content_place = oci_fs_content_place,
    .repo_remove = oci_fs_repo_remove,
    .own_read = oci_fs_own_read,
    .own_write = oci_fs_own_write,
    .own_remove = oci_fs_own_remove,
    .own_walk = oci_fs_own_walk,
    .own_lock = oci_fs_own_lock,
};


oci_status_e
oci_store_open(oci_store_t **store, oci_pool_t *pool, const char *root,
    unsigned flags, oci_error_t *err)
{
    oci_fs_t   *fs;
    oci_str_t   s;

    s = oci_str(root);

    while (s.len > 1 && s.data[s.len - 1] == '/') {
        s.len--;
    }

    if (s.len == 0 || s.len > OCI_STORE_ROOT_MAX) {
        return oci_error(err, OCI_INVALID, 0, "bad store path \"%s\"", root);
    }

    fs = oci_pcalloc(pool, sizeof(oci_fs_t));
    if (fs == NULL) {
        return oci_nomem(err);
    }

    fs->root = oci_cstr(pool, &s);
    fs->tree = (char *) oci_strf(pool, "%s/docker/registry/v2",
                                 fs->root).data;

    if (fs->root == NULL || fs->tree == NULL) {
        return oci_nomem(err);
    }

    if (flags & OCI_STORE_SYNC) {
        fs->sync = oci_sync_create(pool);

        if (fs->sync == NULL) {
            return oci_nomem(err);
        }
    }

    fs->queue = oci_queue_create(pool);

    if (fs->queue == NULL) {
        return oci_nomem(err);
    }

    oci_fs_boot(fs);
    oci_fs_place(fs);
    fs->base.backend = &oci_fs_backend;
    fs->base.name = fs->root;
    fs->base.flags = flags;
    *store = &fs->base;

    return OCI_OK;
}


/* without a name for it no state of a hash is believed, see oci_upload.c */

static void
oci_fs_boot(oci_fs_t *fs)
{
    int      fd;
    ssize_t  n;

    fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY|O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    n = read(fd, fs->boot, sizeof(fs->boot) - 1);
    (void) close(fd);

    fs->boot[n > 0 ? strcspn(fs->boot, "\n") : 0] = '\0';
}


/* what is to be made will lie where the directory above it lies */

static void
oci_fs_place(oci_fs_t *fs)
{
    char  dir[OCI_STORE_ROOT_MAX + 1];

    (void) strcpy(dir, fs->root);

    while (!oci_file_exists(dir) && oci_file_parent(dir, dir)) {
        /* void */
    }

    fs->local = oci_file_local(dir);
}


static oci_status_e
oci_fs_check(oci_store_t *store, oci_error_t *err)
{
    char         dir[OCI_STORE_ROOT_MAX + 1];
    const char  *root;
    struct stat  st;

    root = oci_fs(store)->root;
    (void) strcpy(dir, root);

    while (stat(dir, &st) == -1) {

        if (errno != ENOENT || !oci_file_parent(dir, dir)) {
            return oci_error(err, OCI_IO, errno, "cannot use \"%s\"", root);
        }
    }

    if (!S_ISDIR(st.st_mode)) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is not a directory: "
                         "name the one that holds \"docker/registry/v2\"",
                         dir);
    }

    if (strcmp(dir, root) == 0) {
        return OCI_OK;
    }

    return access(dir, W_OK|X_OK) == 0 ? OCI_NOT_FOUND
           : oci_error_errno(err, errno, "cannot make \"%s\"", root);
}


static oci_status_e
oci_fs_prepare(oci_store_t *store, uid_t user, gid_t group, oci_error_t *err)
{
    const char    *root;
    struct stat    st;
    oci_status_e   rc;

    root = oci_fs(store)->root;

    if (stat(root, &st) == 0) {
        return OCI_OK;
    }

    rc = oci_file_mkdirs(root, oci_store_syncs(store), err);

    if (rc == OCI_OK && user != (uid_t) -1
        && chown(root, user, group) == -1)
    {
        rc = oci_error(err, OCI_IO, errno, "cannot give \"%s\" away", root);
    }

    return rc;
}
