/*
 * The care of a store: removal of content, of leases and of repositories.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_link.h"

#include <fts.h>
#include <limits.h>
#include <sys/file.h>
#include <unistd.h>


static oci_status_e oci_care_none(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_care_untag(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_care_used(const oci_repo_t *repo, oci_error_t *err);
static void oci_care_prune(char *path);


oci_status_e
oci_fs_aside(oci_store_t *store, oci_pool_t *pool, const oci_digest_t *digest,
    oci_error_t *err)
{
    /* not synced: after a power cut it is here or there, and found in both */

    return oci_file_rename(oci_layout_blob(store, pool, digest),
                           oci_layout_aside(store, pool, digest), false, err);
}


oci_status_e
oci_fs_restore(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    char  *data, *aside;

    data = oci_layout_blob(store, pool, digest);
    aside = oci_layout_aside(store, pool, digest);

    if (oci_file_exists(data)) {

        /* pushed again, and verified then */

        (void) oci_file_remove(aside, false, NULL);

        return oci_error(err, OCI_NOT_FOUND, 0, "%s is in its place",
                         digest->text);
    }

    return oci_file_rename(aside, data, oci_store_syncs(store), err);
}


oci_status_e
oci_fs_discard(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    char          *aside, dir[PATH_MAX];
    oci_status_e   rc;

    aside = oci_layout_aside(store, pool, digest);
    rc = oci_file_remove(aside, false, err);

    /* empty now, unless it is just being pushed */

    if (rc == OCI_OK && oci_file_parent(aside, dir)) {
        (void) rmdir(dir);
    }

    (void) oci_file_remove(oci_layout_lease(store, pool, digest), false, NULL);

    return rc;
}


oci_status_e
oci_fs_condemn(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    return oci_file_rename(oci_layout_blob(store, pool, digest),
                           oci_layout_damaged(store, pool, digest),
                           oci_store_syncs(store), err);
}


oci_status_e
oci_fs_expire_leases(oci_store_t *store, int64_t before, size_t *removed,
    oci_error_t *err)
{
    FTS          *fts;
    char         *paths[2] = { NULL, NULL };
    FTSENT       *entry;
    oci_pool_t   *pool;

    *removed = 0;
    pool = oci_pool_create();
    paths[0] = (pool != NULL) ? oci_layout_leases(store, pool) : NULL;
    fts = (paths[0] != NULL)
          ? fts_open(paths, FTS_PHYSICAL|FTS_NOCHDIR, NULL) : NULL;

    if (fts == NULL) {
        oci_pool_destroy(pool);
        return oci_nomem(err);
    }

    while ((entry = fts_read(fts)) != NULL) {

        if (entry->fts_info == FTS_F
            && oci_file_time(&entry->fts_statp->st_mtim) < before
            && unlink(entry->fts_path) == 0)
        {
            *removed += 1;
        }
    }

    (void) fts_close(fts);
    oci_pool_destroy(pool);

    return OCI_OK;
}


oci_status_e
oci_fs_repo_remove(const oci_repo_t *repo, int64_t before, oci_error_t *err)
{
    char          *uploads, *layers, *manifests;
    oci_link_e     kind;
    oci_status_e   rc;

    uploads = oci_layout_uploads(repo);
    layers = oci_layout_layers(repo);
    manifests = oci_layout_manifests(repo);

    if (uploads == NULL || layers == NULL || manifests == NULL) {
        return oci_nomem(err);
    }

    /*
     * Empty directories alone go: whoever is pushing has a file in one.  But a
     * registry:2 that has just made a directory, and not yet what is in it,
     * would fail: what is new stays.
     */

    if (oci_file_born(uploads) >= before) {
        return oci_care_used(repo, err);
    }

    /*
     * In this order: an upload has its session until it has its link, so that
     * whoever had one a moment ago is seen by its link.
     */

    (void) rmdir(uploads);

    if (oci_file_exists(uploads)) {
        return oci_care_used(repo, err);
    }

    for (kind = OCI_LINK_REVISION; kind <= OCI_LINK_TAG; kind++) {
        rc = oci_store_walk_links(repo, kind, oci_care_none, NULL, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = oci_store_walk_links(repo, OCI_LINK_TAG, oci_care_untag,
                              (void *) repo, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (oci_file_exists(uploads) || oci_file_born(layers) >= before
        || oci_file_born(manifests) >= before)
    {
        return oci_care_used(repo, err);
    }

    oci_care_prune(layers);
    oci_care_prune(manifests);

    if (oci_file_exists(uploads)
        || (rmdir(manifests) == -1 && oci_file_exists(manifests)))
    {
        return oci_care_used(repo, err);
    }

    /* both or none: a collector deletes the blobs of what it does not find */

    if (rmdir(layers) == -1 && oci_file_exists(layers)) {
        (void) oci_file_mkdirs(manifests, oci_store_syncs(repo->store), NULL);
        return oci_care_used(repo, err);
    }

    (void) oci_file_remove_tree(oci_layout_referrers(repo), false, NULL);

    oci_repo_prune(repo);

    return OCI_OK;
}


/* each for a link: a place without one does not count */

static oci_status_e
oci_care_none(void *data, const oci_link_t *link, oci_error_t *err)
{
    (void) data;

    return link->status == OCI_NOT_FOUND ? OCI_OK
           : oci_error(err, OCI_EXISTS, 0, "%.*s is still there",
                       (int) link->name.len, link->name.data);
}


static oci_status_e
oci_care_used(const oci_repo_t *repo, oci_error_t *err)
{
    return oci_error(err, OCI_EXISTS, 0, "\"%.*s\" is in use",
                     (int) repo->name.len, repo->name.data);
}


/* the rest of a tag whose removal was cut short: its history without a link */

static oci_status_e
oci_care_untag(void *data, const oci_link_t *link, oci_error_t *err)
{
    int                lock;
    oci_link_t         now;
    oci_status_e       rc;
    const oci_repo_t  *repo = data;

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_store_link(repo, OCI_LINK_TAG, &link->name, &now);

    if (now.status == OCI_NOT_FOUND) {
        rc = oci_file_remove_tree(oci_layout_tag(repo, &link->name), false,
                                  err);
    }

    oci_repo_unlock(lock);

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


/* removes the empty directories below path */

static void
oci_care_prune(char *path)
{
    FTS     *fts;
    char    *paths[2] = { path, NULL };
    FTSENT  *entry;

    fts = fts_open(paths, FTS_PHYSICAL|FTS_NOCHDIR|FTS_NOSTAT, NULL);

    while (fts != NULL && (entry = fts_read(fts)) != NULL) {
        if (entry->fts_info == FTS_DP && entry->fts_level > 0) {
            (void) rmdir(entry->fts_accpath);
        }
    }

    if (fts != NULL) {
        (void) fts_close(fts);
    }
}


void
oci_repo_prune(const oci_repo_t *repo)
{
    size_t      n;
    char       *dir;
    oci_repo_t  r;

    for (r = *repo; r.name.len != 0; r.name.len = n) {
        dir = oci_layout_repo(&r);

        if (dir == NULL || rmdir(dir) == -1) {
            break;
        }

        for (n = r.name.len; n != 0 && r.name.data[n - 1] != '/'; n--) {
            /* void */
        }

        n -= (n != 0);
    }
}
