/*
 * Transfers that were cut, so that the next run can go on with them: in
 * $XDG_CACHE_HOME/tally/partial, or ~/.cache/tally/partial.
 *
 * Of a download there is what has arrived, in a file named after its digest;
 * of an upload where the registry keeps what it got.  Nothing of it is
 * believed: digests are computed over all of the content.  What nobody goes
 * on with is removed after a week.  Small blobs are not worth it, and where no
 * such folder can be made nothing is kept.
 */

#ifndef PARTIAL_H
#define PARTIAL_H

#include "oci_digest.h"
#include "oci_reference.h"


/*
 * A file for a download of size bytes, at most, with what has arrived of it;
 * or one without a name.  It is for this process alone: another one that
 * wants it gets one without a name.
 */

typedef struct {
    int          fd;
    const char  *path;          /* NULL: it has no name */
} partial_t;


oci_status_e partial_open(partial_t *partial, oci_pool_t *pool,
    const oci_digest_t *digest, uint64_t size, oci_error_t *err);

/* all has arrived, or what has is of no use: the file loses its name */

void partial_done(partial_t *partial);


/* where an upload is that was cut; place stays as it is when none is known */

void partial_upload(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, oci_str_t *place);
void partial_upload_keep(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, const oci_str_t *place);
void partial_upload_done(oci_pool_t *pool, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size);


#endif /* PARTIAL_H */
