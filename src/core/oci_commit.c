/*
 * How upload sessions end: as content of the store, or as nothing.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_link.h"
#include "oci_session.h"

#include <unistd.h>


static oci_status_e oci_upload_verify(oci_fs_upload_t *u,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_upload_store(oci_fs_upload_t *u,
    const oci_digest_t *digest, oci_error_t *err);


oci_status_e
oci_fs_upload_commit(oci_upload_t *upload, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_status_e      rc;
    oci_fs_upload_t  *u = (oci_fs_upload_t *) upload;

    rc = u->resting ? oci_upload_wake(u, err) : OCI_OK;

    if (rc == OCI_OK) {
        rc = oci_upload_verify(u, digest, err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_store(u, digest, err);
    }

    /* after a sync that failed nobody knows what the disk holds */

    if (rc == OCI_OK || rc == OCI_MISMATCH || rc == OCI_IO
        || rc == OCI_NOSPACE)
    {
        oci_upload_end(u);

    } else {
        (void) oci_fs_upload_suspend(upload, NULL);
    }

    return rc;
}


static oci_status_e
oci_upload_verify(oci_fs_upload_t *u, const oci_digest_t *digest,
    oci_error_t *err)
{
    uint64_t      size = 0;
    oci_hash_t    hash;
    oci_digest_t  got;
    oci_status_e  rc;

    rc = oci_upload_measure(u, &size, err);

    if (rc == OCI_OK && size != u->base.offset) {
        return oci_error(err, OCI_BUSY, 0, "upload %s holds %llu bytes, of "
                         "which %llu were received here", u->id.data,
                         (unsigned long long) size,
                         (unsigned long long) u->base.offset);
    }

    /* another algorithm than the one that was expected */

    if (rc == OCI_OK && u->hash.alg != digest->alg) {
        rc = oci_upload_rehash(u, digest->alg, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    hash = u->hash;
    oci_hash_final(&hash, &got);

    if (u->resumed && !oci_digest_eq(&got, digest)) {

        /* the fault may lie in the state that we took over */

        rc = oci_upload_rehash(u, digest->alg, err);
        if (rc != OCI_OK) {
            return rc;
        }

        hash = u->hash;
        oci_hash_final(&hash, &got);
    }

    if (!oci_digest_eq(&got, digest)) {
        return oci_error(err, OCI_MISMATCH, 0,
                         "the content is %s, not %s", got.text, digest->text);
    }

    return OCI_OK;
}


/* replaces what is there: it may be damaged, this was just verified */

static oci_status_e
oci_upload_store(oci_fs_upload_t *u, const oci_digest_t *digest,
    oci_error_t *err)
{
    int           hold;
    oci_batch_t  *batch;
    oci_status_e  rc;

    batch = oci_batch_create(u->base.store, u->repo.pool);
    if (batch == NULL) {
        return oci_nomem(err);
    }

    /* on its way to the disk while all else is made ready */

    if (oci_store_syncs(u->base.store)) {
        oci_file_flush(u->fd, u->flushed, u->base.offset - u->flushed);
    }

    rc = oci_lease_hold(u->base.store, u->repo.pool, &hold, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_batch_move(batch, OCI_BATCH_CONTENT, u->fd, u->data,
                   oci_layout_blob(u->base.store, u->repo.pool, digest));
    oci_layer_link(batch, &u->repo, digest);
    rc = oci_batch_end(batch, err);

    oci_lease_release(hold);

    return rc;
}
