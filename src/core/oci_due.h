/*
 * Images that are due to be scanned, and what their scans came to.
 *
 * Whoever accepts an image adds it to a queue; one process, which has the
 * lock, takes it out again.  The queue is bounded: what does not fit in is
 * said to be all images, and found by looking at them.  What is lost of it is
 * found so, too.
 *
 * A note says of an image what the last scan of it came to, and where its
 * report is.  No client can write one: a report that a note names was made by
 * whoever keeps the store.
 */

#ifndef OCI_DUE_H
#define OCI_DUE_H

#include "oci_own.h"


#define OCI_DUE_MAX    1024         /* images in the queue */
#define OCI_DUE_TRIES  3            /* of a scan that fails */


/* adds an image to the queue, where it may be already */

oci_status_e oci_due_add(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err);

/* is it in the queue, or are all images? */

bool oci_due_waits(const oci_repo_t *repo, const oci_digest_t *digest);


typedef struct {
    oci_str_t     repo;
    oci_digest_t  digest;
} oci_due_t;

/* all of the queue (oci_due_t), in no order; what is no entry is removed */

oci_status_e oci_due_list(oci_store_t *store, oci_pool_t *pool,
    oci_array_t *due, oci_error_t *err);

void oci_due_remove(const oci_repo_t *repo, const oci_digest_t *digest);

/* have all images to be looked at?  It is said once: they are from now on */

bool oci_due_all(oci_store_t *store, oci_pool_t *pool);

/* for the process that scans: as oci_own_lock() */

oci_status_e oci_due_lock(oci_store_t *store, oci_pool_t *pool,
    oci_error_t *err);


/* times are since 1970, 0: never; a digest may be OCI_ALG_NONE */

typedef struct {
    int64_t       scanned;          /* s: when the report was made */
    int64_t       database;         /* s: of when its database was */
    oci_digest_t  report;           /* the manifest */
    oci_digest_t  content;          /* the blob: Trivy's JSON */
    oci_digest_t  bundle;           /* the manifest of its attestation */

    unsigned      tries;            /* begun since, and not done */
    int64_t       tried;            /* ms: the last of them */
    int64_t       failing;          /* s: with the database of that time */
    oci_str_t     error;            /* of the last */
} oci_due_note_t;

/* OCI_NOT_FOUND: none that can be read */

oci_status_e oci_due_note(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_due_note_t *note, oci_error_t *err);

oci_status_e oci_due_note_put(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_due_note_t *note,
    oci_error_t *err);

/*
 * Removes the notes of images that are in their repository no more, and the
 * reports that these name.
 */

oci_status_e oci_due_forget(oci_store_t *store, oci_error_t *err);


#endif /* OCI_DUE_H */
