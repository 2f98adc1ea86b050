/*
 * The store: from its interface to the backend that keeps it.
 */

#include "oci_backend.h"


const char *
oci_store_name(const oci_store_t *store)
{
    return store->name;
}


oci_str_t
oci_upload_id(oci_pool_t *pool, const u_char random[16])
{
    const u_char  *r;

    r = random;

    return oci_strf(pool, "%02x%02x%02x%02x-%02x%02x-4%x%02x-%x%x%02x-"
                    "%02x%02x%02x%02x%02x%02x",
                    r[0], r[1], r[2], r[3], r[4], r[5], r[6] & 15, r[7],
                    8 | (r[8] & 3), r[8] >> 4, r[9],
                    r[10], r[11], r[12], r[13], r[14], r[15]);
}


bool
oci_upload_id_valid(const oci_str_t *id)
{
    u_char  c;
    size_t  i;

    if (id->len != OCI_UPLOAD_ID_LEN) {
        return false;
    }

    for (i = 0; i < id->len; i++) {
        c = id->data[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') {
                return false;
            }

        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }

    return true;
}


uint64_t
oci_upload_offset(const oci_upload_t *upload)
{
    return upload->offset;
}


oci_status_e
oci_store_check(oci_store_t *store, oci_error_t *err)
{
    return store->backend->check(store, err);
}


oci_status_e
oci_store_prepare(oci_store_t *store, uid_t user, gid_t group,
    oci_error_t *err)
{
    return store->backend->prepare(store, user, group, err);
}


oci_status_e
oci_store_space(oci_store_t *store, oci_space_t *space, oci_error_t *err)
{
    return store->backend->space(store, space, err);
}


oci_status_e
oci_store_writable(oci_store_t *store, oci_error_t *err)
{
    return store->backend->writable(store, err);
}


oci_status_e
oci_store_tag_mark(const oci_repo_t *repo, const oci_str_t *tag,
    oci_mark_t *mark, oci_error_t *err)
{
    return repo->store->backend->tag_mark(repo, tag, mark, err);
}


oci_status_e
oci_store_manifest_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return repo->store->backend->manifest_mark(repo, digest, mark, err);
}


oci_status_e
oci_store_blob_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return repo->store->backend->blob_mark(repo, digest, mark, err);
}


oci_status_e
oci_store_content_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return repo->store->backend->content_mark(repo, digest, mark, err);
}


oci_status_e
oci_store_blob(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_blob_t *blob, oci_error_t *err)
{
    return repo->store->backend->blob(repo, digest, blob, err);
}


oci_status_e
oci_store_blob_read(const oci_repo_t *repo, const oci_blob_t *blob,
    uint64_t offset, void *buf, size_t len, size_t *n, oci_error_t *err)
{
    return repo->store->backend->blob_read(repo, blob, offset, buf, len, n,
                                           err);
}


oci_status_e
oci_store_blob_renew(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err)
{
    return repo->store->backend->blob_renew(repo, digest, err);
}


oci_status_e
oci_store_blob_mount(const oci_repo_t *repo, const oci_str_t *from,
    const oci_digest_t *digest, oci_error_t *err)
{
    return repo->store->backend->blob_mount(repo, from, digest, err);
}


oci_status_e
oci_store_blob_put(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_str_t *data, oci_error_t *err)
{
    return repo->store->backend->blob_put(repo, digest, data, err);
}


oci_status_e
oci_store_blob_delete(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_guard_t *guard, oci_error_t *err)
{
    return repo->store->backend->blob_delete(repo, digest, guard, err);
}


oci_status_e
oci_store_tag(const oci_repo_t *repo, const oci_str_t *tag,
    oci_digest_t *digest, oci_error_t *err)
{
    return repo->store->backend->tag(repo, tag, digest, err);
}


oci_status_e
oci_store_manifest_renew(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err)
{
    return repo->store->backend->manifest_renew(repo, digest, err);
}


oci_status_e
oci_store_manifest(const oci_repo_t *repo, const oci_digest_t *digest,
    size_t max, oci_str_t *content, oci_error_t *err)
{
    return repo->store->backend->manifest(repo, digest, max, content, err);
}


oci_status_e
oci_store_manifest_put(const oci_repo_t *repo, const oci_manifest_put_t *put,
    oci_array_t *missing, oci_error_t *err)
{
    return repo->store->backend->manifest_put(repo, put, missing, err);
}


oci_status_e
oci_store_manifest_delete(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_guard_t *guard, bool *rest, oci_error_t *err)
{
    return repo->store->backend->manifest_delete(repo, digest, guard, rest,
                                                 err);
}


oci_status_e
oci_store_manifest_rest(const oci_repo_t *repo, const oci_array_t *digests,
    oci_error_t *err)
{
    return repo->store->backend->manifest_rest(repo, digests, err);
}


oci_status_e
oci_store_tag_delete(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err)
{
    return repo->store->backend->tag_delete(repo, tag, err);
}


oci_status_e
oci_store_tags(const oci_repo_t *repo, const oci_str_t *last, size_t n,
    oci_array_t *names, bool *more, oci_error_t *err)
{
    return repo->store->backend->tags(repo, last, n, names, more, err);
}


oci_status_e
oci_store_catalog(oci_store_t *store, oci_pool_t *pool, const oci_str_t *last,
    size_t n, oci_array_t *names, bool *more, oci_error_t *err)
{
    return store->backend->catalog(store, pool, last, n, names, more, err);
}


oci_status_e
oci_store_referrers(const oci_repo_t *repo, const oci_digest_t *subject,
    const oci_digest_t *last, oci_referrer_pt each, void *data,
    oci_error_t *err)
{
    return repo->store->backend->referrers(repo, subject, last, each, data,
                                           err);
}


oci_status_e
oci_upload_create(const oci_repo_t *repo, const oci_str_t *id, oci_alg_e alg,
    int64_t now, oci_error_t *err)
{
    return repo->store->backend->upload_create(repo, id, alg, now, err);
}


oci_status_e
oci_upload_open(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err)
{
    return repo->store->backend->upload_open(upload, repo, id, now, age, err);
}


oci_status_e
oci_upload_whole(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, oci_alg_e alg, oci_error_t *err)
{
    return repo->store->backend->upload_whole(upload, repo, id, alg, err);
}


oci_status_e
oci_upload_status(const oci_repo_t *repo, const oci_str_t *id, int64_t now,
    int64_t age, uint64_t *offset, oci_error_t *err)
{
    return repo->store->backend->upload_status(repo, id, now, age, offset,
                                               err);
}


oci_status_e
oci_upload_write(oci_upload_t *upload, const void *data, size_t len,
    oci_error_t *err)
{
    return upload->store->backend->upload_write(upload, data, len, err);
}


oci_status_e
oci_upload_rest(oci_upload_t *upload, oci_error_t *err)
{
    return upload->store->backend->upload_rest(upload, err);
}


oci_status_e
oci_upload_refuse(oci_upload_t *upload, oci_error_t *err)
{
    return upload->store->backend->upload_refuse(upload, err);
}


oci_status_e
oci_upload_suspend(oci_upload_t *upload, oci_error_t *err)
{
    return upload->store->backend->upload_suspend(upload, err);
}


oci_status_e
oci_upload_commit(oci_upload_t *upload, const oci_digest_t *digest,
    oci_error_t *err)
{
    return upload->store->backend->upload_commit(upload, digest, err);
}


oci_status_e
oci_upload_cancel(const oci_repo_t *repo, const oci_str_t *id,
    oci_error_t *err)
{
    return repo->store->backend->upload_cancel(repo, id, err);
}


oci_status_e
oci_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, size_t *open, oci_error_t *err)
{
    return store->backend->upload_expire(store, now, age, removed, open, err);
}


oci_status_e
oci_store_drain(oci_store_t *store, int64_t *time, oci_error_t *err)
{
    return store->backend->drain(store, time, err);
}


oci_status_e
oci_store_renewed(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, int64_t *time, oci_error_t *err)
{
    return store->backend->renewed(store, pool, digest, time, err);
}


oci_status_e
oci_store_expire_leases(oci_store_t *store, int64_t before, size_t *removed,
    oci_error_t *err)
{
    return store->backend->expire_leases(store, before, removed, err);
}


oci_status_e
oci_store_walk_content(oci_store_t *store, oci_content_pt each, void *data,
    oci_error_t *err)
{
    return store->backend->walk_content(store, each, data, err);
}


oci_status_e
oci_store_walk_repos(oci_store_t *store, oci_name_pt each, void *data,
    oci_error_t *err)
{
    return store->backend->walk_repos(store, each, data, err);
}


oci_status_e
oci_store_walk_links(const oci_repo_t *repo, oci_link_e kind, oci_link_pt each,
    void *data, oci_error_t *err)
{
    return oci_store_walk_changed(repo, kind, INT64_MIN, each, data, err);
}


oci_status_e
oci_store_walk_changed(const oci_repo_t *repo, oci_link_e kind,
    int64_t since, oci_link_pt each, void *data, oci_error_t *err)
{
    return repo->store->backend->walk_links(repo, kind, since, each, data,
                                            err);
}


oci_status_e
oci_store_walk_places(const oci_repo_t *repo, oci_link_e kind,
    oci_name_pt each, void *data, oci_error_t *err)
{
    return repo->store->backend->walk_places(repo, kind, each, data, err);
}


void
oci_store_link(const oci_repo_t *repo, oci_link_e kind, const oci_str_t *name,
    oci_link_t *link)
{
    repo->store->backend->link(repo, kind, name, link);
}


oci_status_e
oci_store_content_read(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err)
{
    return store->backend->content_read(store, pool, digest, max, content,
                                        err);
}


oci_status_e
oci_store_aside(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    return store->backend->aside(store, pool, digest, err);
}


oci_status_e
oci_store_restore(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    return store->backend->restore(store, pool, digest, err);
}


oci_status_e
oci_store_discard(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    return store->backend->discard(store, pool, digest, err);
}


oci_status_e
oci_store_condemn(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err)
{
    return store->backend->condemn(store, pool, digest, err);
}


oci_status_e
oci_store_content(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err)
{
    return store->backend->content(store, pool, digest, blob, err);
}


oci_status_e
oci_store_link_remove(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, int64_t before, oci_error_t *err)
{
    return repo->store->backend->link_remove(repo, kind, name, before, err);
}


oci_status_e
oci_store_link_put(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, const oci_digest_t *target, oci_error_t *err)
{
    return repo->store->backend->link_put(repo, kind, name, target, err);
}


oci_status_e
oci_store_tag_derive(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err)
{
    return repo->store->backend->tag_derive(repo, tag, err);
}


oci_str_t
oci_store_link_place(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name)
{
    return repo->store->backend->link_place(repo, kind, name);
}


oci_str_t
oci_store_content_place(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    return store->backend->content_place(store, pool, digest);
}


oci_status_e
oci_store_repo_remove(const oci_repo_t *repo, int64_t before,
    oci_error_t *err)
{
    return repo->store->backend->repo_remove(repo, before, err);
}


oci_status_e
oci_own_read(oci_store_t *store, oci_pool_t *pool, const char *name,
    size_t max, oci_str_t *text, oci_error_t *err)
{
    return store->backend->own_read(store, pool, name, max, text, err);
}


oci_status_e
oci_own_write(oci_store_t *store, oci_pool_t *pool, const char *name,
    const oci_str_t *text, oci_error_t *err)
{
    return store->backend->own_write(store, pool, name, text, err);
}


oci_status_e
oci_own_remove(oci_store_t *store, oci_pool_t *pool, const char *name,
    oci_error_t *err)
{
    return store->backend->own_remove(store, pool, name, err);
}


oci_status_e
oci_own_walk(oci_store_t *store, oci_pool_t *pool, const char *folder,
    oci_name_pt each, void *data, oci_error_t *err)
{
    return store->backend->own_walk(store, pool, folder, each, data, err);
}


oci_status_e
oci_own_lock(oci_store_t *store, oci_pool_t *pool, const char *name,
    oci_error_t *err)
{
    return store->backend->own_lock(store, pool, name, err);
}
