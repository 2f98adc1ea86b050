/*
 * The care of a store: links that are removed or written again.
 */

#include "oci_blob.h"
#include "oci_file.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_link.h"

#include <dirent.h>
#include <string.h>
#include <sys/file.h>


static bool oci_mend_needed(const oci_repo_t *repo, const oci_str_t *name,
    int64_t before);
static oci_str_t oci_mend_place(const oci_store_t *store, const char *path);
static oci_status_e oci_mend_history(const oci_repo_t *repo,
    const oci_str_t *tag, oci_alg_e alg, oci_digest_t *digest, size_t *n);


oci_status_e
oci_fs_link_remove(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, int64_t before, oci_error_t *err)
{
    int           lock;
    bool          sync;
    oci_status_e  rc;

    sync = oci_store_syncs(repo->store);

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (kind == OCI_LINK_TAG) {
        rc = oci_file_remove_tree(oci_layout_tag(repo, name), sync, err);

    } else if (kind == OCI_LINK_REVISION
               && oci_mend_needed(repo, name, before))
    {
        rc = oci_error(err, OCI_EXISTS, 0, "%.*s is needed",
                       (int) name->len, name->data);

    } else {
        rc = oci_file_remove(oci_link_path(repo, kind, name), sync, err);
    }

    oci_repo_unlock(lock);

    return rc;
}


/* in doubt, it is */

static bool
oci_mend_needed(const oci_repo_t *repo, const oci_str_t *name,
    int64_t before)
{
    int64_t       time;
    oci_digest_t  digest;
    oci_status_e  rc;

    if (oci_digest_parse(&digest, name) != OCI_OK) {
        return true;
    }

    rc = oci_fs_renewed(repo->store, repo->pool, &digest, &time, NULL);

    return (rc == OCI_OK) ? time >= before : rc != OCI_NOT_FOUND;
}


oci_status_e
oci_fs_link_put(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, const oci_digest_t *target, oci_error_t *err)
{
    int           hold;
    oci_blob_t    blob;
    oci_status_e  rc;

    /* as a push does it: what is found stays */

    rc = oci_lease_hold(repo->store, repo->pool, &hold, err);
    if (rc != OCI_OK) {
        return rc;
    }

    blob.digest = *target;
    rc = oci_blob_keep(repo, &blob, err);

    if (rc == OCI_OK) {
        rc = oci_file_publish(oci_link_path(repo, kind, name), target->text,
                              target->len, oci_store_syncs(repo->store), err);
    }

    oci_lease_release(hold);

    return rc;
}


oci_status_e
oci_fs_tag_derive(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err)
{
    int           lock;
    size_t        n;
    oci_alg_e     alg;
    oci_digest_t  digest, now;
    oci_status_e  rc;

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    n = 0;

    for (alg = OCI_SHA256; rc == OCI_OK && alg <= OCI_SHA512; alg++) {
        rc = oci_mend_history(repo, tag, alg, &digest, &n);
    }

    if (rc == OCI_OK && (n != 1 || !oci_file_exists(oci_layout_revision(repo,
                                                                   &digest))))
    {
        rc = oci_error(err, OCI_NOT_FOUND, 0, "nothing tells where tag "
                       "\"%.*s\" led", (int) tag->len, tag->data);
    }

    /* pushed again meanwhile: that is what it means now */

    if (rc == OCI_OK && oci_fs_tag(repo, tag, &now, NULL) != OCI_OK) {
        rc = oci_fs_link_put(repo, OCI_LINK_TAG, tag, &digest, err);
    }

    oci_repo_unlock(lock);

    return rc;
}


/* counts the manifests that the tag has pointed to */

static oci_status_e
oci_mend_history(const oci_repo_t *repo, const oci_str_t *tag, oci_alg_e alg,
    oci_digest_t *digest, size_t *n)
{
    DIR            *dir;
    char           *path;
    oci_str_t       text;
    struct dirent  *entry;

    path = oci_layout_tag_history(repo, tag, alg);
    if (path == NULL) {
        return OCI_NOMEM;
    }

    dir = opendir(path);

    while (dir != NULL && *n < 2 && (entry = readdir(dir)) != NULL) {
        text = oci_strf(repo->pool, "%s:%s", oci_alg_name(alg),
                        entry->d_name);

        if (text.data != NULL && oci_digest_parse(digest, &text) == OCI_OK) {
            *n += 1;
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }

    return OCI_OK;
}


oci_str_t
oci_fs_link_place(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name)
{
    return oci_mend_place(repo->store,
                          (kind == OCI_LINK_UPLOAD)
                          ? oci_layout_upload(repo, name)
                          : oci_link_path(repo, kind, name));
}


oci_str_t
oci_fs_content_place(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    return oci_mend_place(store, oci_layout_blob(store, pool, digest));
}


static oci_str_t
oci_mend_place(const oci_store_t *store, const char *path)
{
    size_t  n;

    if (path == NULL) {
        return oci_str(NULL);
    }

    n = strlen(oci_fs(store)->root);

    return oci_str(path + n + (path[n] == '/'));
}
