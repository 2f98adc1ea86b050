/*
 * What a backend of the store is: a table of operations, each as the header
 * that names it promises: oci_store.h, oci_upload.h, oci_care.h, oci_own.h.
 *
 * For backends and oci_store.c alone.  A backend's own store and upload begin
 * with the structs below.
 */

#ifndef OCI_BACKEND_H
#define OCI_BACKEND_H

#include "oci_care.h"
#include "oci_own.h"
#include "oci_upload.h"


typedef struct {
    oci_status_e (*check)(oci_store_t *store, oci_error_t *err);
    oci_status_e (*prepare)(oci_store_t *store, uid_t user, gid_t group,
        oci_error_t *err);
    oci_status_e (*space)(oci_store_t *store, oci_space_t *space,
        oci_error_t *err);
    oci_status_e (*writable)(oci_store_t *store, oci_error_t *err);
    oci_status_e (*tag_mark)(const oci_repo_t *repo, const oci_str_t *tag,
        oci_mark_t *mark, oci_error_t *err);
    oci_status_e (*manifest_mark)(const oci_repo_t *repo,
        const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
    oci_status_e (*blob_mark)(const oci_repo_t *repo,
        const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
    oci_status_e (*content_mark)(const oci_repo_t *repo,
        const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
    oci_status_e (*blob)(const oci_repo_t *repo, const oci_digest_t *digest,
        oci_blob_t *blob, oci_error_t *err);
    oci_status_e (*blob_read)(const oci_repo_t *repo, const oci_blob_t *blob,
        uint64_t offset, void *buf, size_t len, size_t *n, oci_error_t *err);
    oci_status_e (*blob_renew)(const oci_repo_t *repo,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*blob_mount)(const oci_repo_t *repo, const oci_str_t *from,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*blob_put)(const oci_repo_t *repo,
        const oci_digest_t *digest, const oci_str_t *data, oci_error_t *err);
    oci_status_e (*blob_delete)(const oci_repo_t *repo,
        const oci_digest_t *digest, const oci_guard_t *guard,
        oci_error_t *err);
    oci_status_e (*tag)(const oci_repo_t *repo, const oci_str_t *tag,
        oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*manifest_renew)(const oci_repo_t *repo,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*manifest)(const oci_repo_t *repo,
        const oci_digest_t *digest, size_t max, oci_str_t *content,
        oci_error_t *err);
    oci_status_e (*manifest_put)(const oci_repo_t *repo,
        const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);
    oci_status_e (*manifest_delete)(const oci_repo_t *repo,
        const oci_digest_t *digest, const oci_guard_t *guard, bool *rest,
        oci_error_t *err);
    oci_status_e (*manifest_rest)(const oci_repo_t *repo,
        const oci_array_t *digests, oci_error_t *err);
    oci_status_e (*tag_delete)(const oci_repo_t *repo, const oci_str_t *tag,
        oci_error_t *err);
    oci_status_e (*tags)(const oci_repo_t *repo, const oci_str_t *last,
        size_t n, oci_array_t *names, bool *more, oci_error_t *err);
    oci_status_e (*catalog)(oci_store_t *store, oci_pool_t *pool,
        const oci_str_t *last, size_t n, oci_array_t *names, bool *more,
        oci_error_t *err);
    oci_status_e (*referrers)(const oci_repo_t *repo,
        const oci_digest_t *subject, const oci_digest_t *last,
        oci_referrer_pt each, void *data, oci_error_t *err);

    oci_status_e (*upload_create)(const oci_repo_t *repo, const oci_str_t *id,
        oci_alg_e alg, int64_t now, oci_error_t *err);
    oci_status_e (*upload_open)(oci_upload_t **upload, const oci_repo_t *repo,
        const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err);
    oci_status_e (*upload_whole)(oci_upload_t **upload, const oci_repo_t *repo,
        const oci_str_t *id, oci_alg_e alg, oci_error_t *err);
    oci_status_e (*upload_status)(const oci_repo_t *repo, const oci_str_t *id,
        int64_t now, int64_t age, uint64_t *offset, oci_error_t *err);
    oci_status_e (*upload_write)(oci_upload_t *upload, const void *data,
        size_t len, oci_error_t *err);
    oci_status_e (*upload_rest)(oci_upload_t *upload, oci_error_t *err);
    oci_status_e (*upload_refuse)(oci_upload_t *upload, oci_error_t *err);
    oci_status_e (*upload_suspend)(oci_upload_t *upload, oci_error_t *err);
    oci_status_e (*upload_commit)(oci_upload_t *upload,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*upload_cancel)(const oci_repo_t *repo, const oci_str_t *id,
        oci_error_t *err);
    oci_status_e (*upload_expire)(oci_store_t *store, int64_t now, int64_t age,
        size_t *removed, size_t *open, oci_error_t *err);

    oci_status_e (*drain)(oci_store_t *store, int64_t *time, oci_error_t *err);
    oci_status_e (*renewed)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, int64_t *time, oci_error_t *err);
    oci_status_e (*expire_leases)(oci_store_t *store, int64_t before,
        size_t *removed, oci_error_t *err);
    oci_status_e (*walk_content)(oci_store_t *store, oci_content_pt each,
        void *data, oci_error_t *err);
    oci_status_e (*walk_repos)(oci_store_t *store, oci_name_pt each,
        void *data, oci_error_t *err);
    oci_status_e (*walk_links)(const oci_repo_t *repo, oci_link_e kind,
        int64_t since, oci_link_pt each, void *data, oci_error_t *err);
    oci_status_e (*walk_places)(const oci_repo_t *repo, oci_link_e kind,
        oci_name_pt each, void *data, oci_error_t *err);
    void (*link)(const oci_repo_t *repo, oci_link_e kind,
        const oci_str_t *name, oci_link_t *link);
    oci_status_e (*aside)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*restore)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*discard)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*condemn)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, oci_error_t *err);
    oci_status_e (*content)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err);
    oci_status_e (*content_read)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest, size_t max, oci_str_t *content,
        oci_error_t *err);
    oci_status_e (*link_remove)(const oci_repo_t *repo, oci_link_e kind,
        const oci_str_t *name, int64_t before, oci_error_t *err);
    oci_status_e (*link_put)(const oci_repo_t *repo, oci_link_e kind,
        const oci_str_t *name, const oci_digest_t *target, oci_error_t *err);
    oci_status_e (*tag_derive)(const oci_repo_t *repo, const oci_str_t *tag,
        oci_error_t *err);
    oci_str_t (*link_place)(const oci_repo_t *repo, oci_link_e kind,
        const oci_str_t *name);
    oci_str_t (*content_place)(oci_store_t *store, oci_pool_t *pool,
        const oci_digest_t *digest);
    oci_status_e (*repo_remove)(const oci_repo_t *repo, int64_t before,
        oci_error_t *err);

    oci_status_e (*own_read)(oci_store_t *store, oci_pool_t *pool,
        const char *name, size_t max, oci_str_t *text, oci_error_t *err);
    oci_status_e (*own_write)(oci_store_t *store, oci_pool_t *pool,
        const char *name, const oci_str_t *text, oci_error_t *err);
    oci_status_e (*own_remove)(oci_store_t *store, oci_pool_t *pool,
        const char *name, oci_error_t *err);
    oci_status_e (*own_walk)(oci_store_t *store, oci_pool_t *pool,
        const char *folder, oci_name_pt each, void *data, oci_error_t *err);
    oci_status_e (*own_lock)(oci_store_t *store, oci_pool_t *pool,
        const char *name, oci_error_t *err);
} oci_backend_t;


struct oci_store_s {
    const oci_backend_t  *backend;
    const char           *name;
    unsigned              flags;
};


struct oci_upload_s {
    oci_store_t          *store;
    uint64_t              offset;
};


static inline bool
oci_store_syncs(const oci_store_t *store)
{
    return (store->flags & OCI_STORE_SYNC) != 0;
}


#endif /* OCI_BACKEND_H */
