/*
 * The store on a file system, in registry:2's tree: what its files share.
 *
 * oci_fs.c opens it, oci_blob.c, oci_tag.c, oci_tagged.c, oci_upload.c,
 * oci_expire.c, oci_catalog.c, oci_referrers.c, oci_lease.c, oci_care.c and
 * oci_own.c are
 * its operations, oci_layout.c knows its paths, oci_link.c its links.
 */

#ifndef OCI_FS_H
#define OCI_FS_H

#include "oci_backend.h"


typedef struct {
    oci_store_t  base;
    char        *root;
    char        *tree;                  /* <root>/docker/registry/v2 */
    struct oci_sync_s  *sync;           /* NULL: nothing is synced */
    struct oci_queue_s *queue;          /* who waits for which lock */
    char         boot[40];              /* what this boot is called; or "" */
    bool         local;                 /* no server is asked to look */
} oci_fs_t;


static inline const oci_fs_t *
oci_fs(const oci_store_t *store)
{
    return (const oci_fs_t *) store;
}


/* the operations, in the order of oci_backend_t */

oci_status_e oci_fs_tag_mark(const oci_repo_t *repo, const oci_str_t *tag,
    oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_fs_manifest_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_fs_blob_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_fs_content_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_fs_blob(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_blob_t *blob, oci_error_t *err);
oci_status_e oci_fs_blob_read(const oci_repo_t *repo, const oci_blob_t *blob,
    uint64_t offset, void *buf, size_t len, size_t *n, oci_error_t *err);
oci_status_e oci_fs_blob_renew(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_blob_mount(const oci_repo_t *repo, const oci_str_t *from,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_blob_put(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_str_t *data, oci_error_t *err);
oci_status_e oci_fs_blob_delete(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_guard_t *guard, oci_error_t *err);
oci_status_e oci_fs_tag(const oci_repo_t *repo, const oci_str_t *tag,
    oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_manifest_renew(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_manifest(const oci_repo_t *repo,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);
oci_status_e oci_fs_manifest_put(const oci_repo_t *repo,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);
oci_status_e oci_fs_manifest_delete(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_guard_t *guard, bool *rest,
    oci_error_t *err);
oci_status_e oci_fs_manifest_rest(const oci_repo_t *repo,
    const oci_array_t *digests, oci_error_t *err);
oci_status_e oci_fs_tag_delete(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err);
oci_status_e oci_fs_tags(const oci_repo_t *repo, const oci_str_t *last,
    size_t n, oci_array_t *names, bool *more, oci_error_t *err);
oci_status_e oci_fs_catalog(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *last, size_t n, oci_array_t *names, bool *more,
    oci_error_t *err);
oci_status_e oci_fs_referrers(const oci_repo_t *repo,
    const oci_digest_t *subject, const oci_digest_t *last,
    oci_referrer_pt each, void *data, oci_error_t *err);
oci_status_e oci_fs_upload_create(const oci_repo_t *repo, const oci_str_t *id,
    oci_alg_e alg, int64_t now, oci_error_t *err);
oci_status_e oci_fs_upload_open(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err);
oci_status_e oci_fs_upload_whole(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, oci_alg_e alg, oci_error_t *err);
oci_status_e oci_fs_upload_status(const oci_repo_t *repo, const oci_str_t *id,
    int64_t now, int64_t age, uint64_t *offset, oci_error_t *err);
oci_status_e oci_fs_upload_write(oci_upload_t *upload, const void *data,
    size_t len, oci_error_t *err);
oci_status_e oci_fs_upload_rest(oci_upload_t *upload, oci_error_t *err);
oci_status_e oci_fs_upload_refuse(oci_upload_t *upload, oci_error_t *err);
oci_status_e oci_fs_upload_suspend(oci_upload_t *upload, oci_error_t *err);
oci_status_e oci_fs_upload_commit(oci_upload_t *upload,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_upload_cancel(const oci_repo_t *repo, const oci_str_t *id,
    oci_error_t *err);
oci_status_e oci_fs_space(oci_store_t *store, oci_space_t *space,
    oci_error_t *err);
oci_status_e oci_fs_writable(oci_store_t *store, oci_error_t *err);
oci_status_e oci_fs_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, size_t *open, oci_error_t *err);
oci_status_e oci_fs_drain(oci_store_t *store, int64_t *time, oci_error_t *err);
oci_status_e oci_fs_renewed(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, int64_t *time, oci_error_t *err);
oci_status_e oci_fs_expire_leases(oci_store_t *store, int64_t before,
    size_t *removed, oci_error_t *err);
oci_status_e oci_fs_walk_content(oci_store_t *store, oci_content_pt each,
    void *data, oci_error_t *err);
oci_status_e oci_fs_walk_repos(oci_store_t *store, oci_name_pt each,
    void *data, oci_error_t *err);
oci_status_e oci_fs_walk_links(const oci_repo_t *repo, oci_link_e kind,
    int64_t since, oci_link_pt each, void *data, oci_error_t *err);
oci_status_e oci_fs_walk_places(const oci_repo_t *repo, oci_link_e kind,
    oci_name_pt each, void *data, oci_error_t *err);
void oci_fs_link(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, oci_link_t *link);
oci_status_e oci_fs_aside(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_restore(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_discard(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_condemn(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_fs_content(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err);
oci_status_e oci_fs_content_read(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);
oci_status_e oci_fs_link_remove(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, int64_t before, oci_error_t *err);
oci_status_e oci_fs_link_put(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, const oci_digest_t *target, oci_error_t *err);
oci_status_e oci_fs_tag_derive(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err);
oci_str_t oci_fs_link_place(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name);
oci_str_t oci_fs_content_place(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);
oci_status_e oci_fs_repo_remove(const oci_repo_t *repo, int64_t before,
    oci_error_t *err);
oci_status_e oci_fs_own_read(oci_store_t *store, oci_pool_t *pool,
    const char *name, size_t max, oci_str_t *text, oci_error_t *err);
oci_status_e oci_fs_own_write(oci_store_t *store, oci_pool_t *pool,
    const char *name, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_fs_own_remove(oci_store_t *store, oci_pool_t *pool,
    const char *name, oci_error_t *err);
oci_status_e oci_fs_own_walk(oci_store_t *store, oci_pool_t *pool,
    const char *folder, oci_name_pt each, void *data, oci_error_t *err);
oci_status_e oci_fs_own_lock(oci_store_t *store, oci_pool_t *pool,
    const char *name, oci_error_t *err);


#endif /* OCI_FS_H */
