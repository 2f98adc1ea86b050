/*
 * Which tags point to a digest.  For the file system's backend alone.
 */

#ifndef OCI_TAGGED_H
#define OCI_TAGGED_H

#include "oci_fs.h"


/*
 * Adds (oci_str_t) the tags whose links are not plainly those of another
 * digest: those that point to it, and those that have to be looked at closely.
 * rest as in oci_store_manifest_delete(): NULL, each link is read.
 */

oci_status_e oci_tags_like(const oci_repo_t *repo, const oci_digest_t *digest,
    bool *rest, oci_array_t *tags, oci_error_t *err);

/*
 * Reads each link, remembers where tags point to for oci_tags_like(), and adds
 * those (oci_tagged_t) that point to one of digests.
 */

typedef struct {
    oci_str_t            tag;
    const oci_digest_t  *digest;
} oci_tagged_t;

oci_status_e oci_tags_all(const oci_repo_t *repo, const oci_array_t *digests,
    oci_array_t *tags, oci_error_t *err);


#endif /* OCI_TAGGED_H */
