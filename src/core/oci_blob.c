/*
 * Blobs: content, and the links that make it a repository's.
 */

#include "oci_blob.h"
#include "oci_file.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_link.h"

#include <sys/file.h>


static oci_status_e oci_blob_stat(const oci_repo_t *repo, oci_blob_t *blob,
    oci_error_t *err);
static oci_status_e oci_blob_link(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_digest_t *alias, oci_error_t *err);


oci_status_e
oci_fs_blob(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_blob_t *blob, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_link_read(repo, oci_layout_layer(repo, digest), &blob->digest,
                       err);

    return rc == OCI_OK ? oci_blob_stat(repo, blob, err) : rc;
}


oci_status_e
oci_fs_blob_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return oci_mark_look(repo, oci_layout_layer(repo, digest), mark, NULL,
                         err);
}


oci_status_e
oci_fs_content_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return oci_mark_look(repo,
                         oci_layout_blob(repo->store, repo->pool, digest),
                         mark, NULL, err);
}


static oci_status_e
oci_blob_stat(const oci_repo_t *repo, oci_blob_t *blob, oci_error_t *err)
{
    oci_error_t   e = { OCI_OK, 0, "" };
    oci_status_e  rc;

    blob->file = oci_layout_blob(repo->store, repo->pool, &blob->digest);

    rc = oci_mark_look(repo, blob->file, &blob->mark, &blob->size, &e);

    if (rc == OCI_BUSY) {
        return rc;
    }

    /* set aside by a collector: whoever asks for it needs it */

    if (rc == OCI_NOT_FOUND && e.sys_errno != 0
        && oci_file_exists(oci_layout_aside(repo->store, repo->pool,
                                            &blob->digest)))
    {
        if (repo->nowait != OCI_WAIT) {
            return OCI_BUSY;
        }

        (void) oci_fs_restore(repo->store, repo->pool, &blob->digest, NULL);
        return oci_file_mark(blob->file, &blob->mark, &blob->size, err);
    }

    return rc == OCI_OK ? rc : oci_error(err, rc, 0, "%s", e.text);
}


oci_status_e
oci_fs_content(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err)
{
    blob->digest = *digest;
    blob->file = oci_layout_blob(store, pool, digest);

    return oci_file_mark(blob->file, &blob->mark, &blob->size, err);
}


oci_status_e
oci_fs_content_read(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err)
{
    char          *places[3];
    size_t         i;
    oci_status_e   rc;

    /* another collector may be about to set it aside, or to bring it back */

    places[0] = oci_layout_blob(store, pool, digest);
    places[1] = oci_layout_aside(store, pool, digest);
    places[2] = places[0];
    rc = OCI_NOT_FOUND;

    for (i = 0; rc == OCI_NOT_FOUND && i < 3; i++) {
        rc = oci_file_read(pool, places[i], max, content, err);
    }

    return rc;
}


oci_status_e
oci_fs_blob_read(const oci_repo_t *repo, const oci_blob_t *blob,
    uint64_t offset, void *buf, size_t len, size_t *n, oci_error_t *err)
{
    return oci_file_read_at(blob->file, repo->nowait != OCI_WAIT, offset, buf,
                            len, n, err);
}


oci_status_e
oci_blob_keep(const oci_repo_t *repo, oci_blob_t *blob, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_blob_stat(repo, blob, err);

    if (rc == OCI_OK) {
        rc = oci_lease_renew(repo->store, repo->pool, &blob->digest,
                             blob->file, err);
    }

    /* a collector that came between has seen the lease, or is seen here */

    return rc == OCI_OK ? oci_blob_stat(repo, blob, err) : rc;
}


oci_status_e
oci_fs_blob_renew(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err)
{
    return oci_blob_renew(repo, oci_layout_layer(repo, digest), err);
}


oci_status_e
oci_blob_renew(const oci_repo_t *repo, const char *link, oci_error_t *err)
{
    oci_blob_t    blob;
    oci_status_e  rc;

    rc = oci_link_read(repo, link, &blob.digest, err);

    return rc == OCI_OK ? oci_blob_keep(repo, &blob, err) : rc;
}


oci_status_e
oci_fs_blob_mount(const oci_repo_t *repo, const oci_str_t *from,
    const oci_digest_t *digest, oci_error_t *err)
{
    int           hold;
    oci_blob_t    blob;
    oci_repo_t    source;
    oci_status_e  rc;

    source = *repo;
    source.name = *from;
    blob.digest = *digest;

    if (from->len != 0) {
        rc = oci_link_read(&source, oci_layout_layer(&source, digest),
                           &blob.digest, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = oci_lease_hold(repo->store, repo->pool, &hold, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_blob_keep(repo, &blob, err);

    if (rc == OCI_OK) {
        rc = oci_blob_link(repo, &blob.digest, digest, err);
    }

    oci_lease_release(hold);

    return rc;
}


/* an alias stays one: found by either digest, as in registry:2 */

static oci_status_e
oci_blob_link(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_digest_t *alias, oci_error_t *err)
{
    oci_batch_t  *batch;

    batch = oci_batch_create(repo->store, repo->pool);
    if (batch == NULL) {
        return oci_nomem(err);
    }

    oci_layer_link(batch, repo, digest);

    if (!oci_digest_eq(digest, alias)) {
        oci_batch_put(batch, OCI_BATCH_LINK, oci_layout_layer(repo, alias),
                      digest->text, digest->len);
    }

    return oci_batch_end(batch, err);
}


oci_status_e
oci_fs_blob_put(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_str_t *data, oci_error_t *err)
{
    int           hold;
    oci_batch_t  *batch;
    oci_status_e  rc;

    batch = oci_batch_create(repo->store, repo->pool);
    if (batch == NULL) {
        return oci_nomem(err);
    }

    rc = oci_lease_hold(repo->store, repo->pool, &hold, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_batch_put(batch, OCI_BATCH_CONTENT,
                  oci_layout_blob(repo->store, repo->pool, digest),
                  data->data, data->len);
    oci_layer_link(batch, repo, digest);
    rc = oci_batch_end(batch, err);

    oci_lease_release(hold);

    return rc;
}


oci_status_e
oci_fs_blob_delete(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_guard_t *guard, oci_error_t *err)
{
    int           lock;
    oci_status_e  rc;

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_guard_ask(guard, NULL, err);

    if (rc == OCI_OK) {
        rc = oci_file_remove(oci_layout_layer(repo, digest),
                             oci_store_syncs(repo->store), err);
    }

    oci_repo_unlock(lock);

    return rc;
}
