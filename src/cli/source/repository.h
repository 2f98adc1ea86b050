/*
 * A repository of a source, where tags and digests are names enough.
 */

#ifndef REPOSITORY_H
#define REPOSITORY_H

#include "source/source.h"


typedef struct {
    oci_pool_t       *pool;
    source_t         *source;
    oci_reference_t   ref;          /* of the repository */
} repository_t;


/* "host/repository" */

oci_str_t repository_name(const repository_t *repo);

/* name is a tag or a digest; OCI_NOT_FOUND when there is none */

oci_status_e repository_manifest(const repository_t *repo, const char *name,
    source_manifest_t *manifest, oci_error_t *err);

/* the whole blob; its digest holds, and it is no larger than max */

oci_status_e repository_blob(const repository_t *repo,
    const oci_digest_t *digest, uint64_t max, oci_str_t *text,
    oci_error_t *err);

/*
 * The digests (oci_digest_t) of the manifests whose subject is that digest,
 * in the order of the list, by the API or by the fallback tag.  None at all
 * is OCI_OK.
 */

oci_status_e repository_referrers(const repository_t *repo,
    const oci_digest_t *subject, oci_array_t *digests, oci_error_t *err);

/* writes; a manifest goes to name, a tag, or to its digest when NULL */

oci_status_e repository_put_blob(const repository_t *repo,
    const oci_str_t *text, oci_error_t *err);
oci_status_e repository_put_manifest(const repository_t *repo,
    const char *name, const oci_str_t *text, const char *type,
    oci_error_t *err);

/* removes a tag, or a manifest by its digest; OCI_NOT_FOUND */

oci_status_e repository_delete(const repository_t *repo, const char *name,
    oci_error_t *err);


#endif /* REPOSITORY_H */
