/*
 * Where things lie in registry:2's tree, and what we keep beside it.  For the
 * file system's backend alone.  No path of the store is made elsewhere.
 *
 * All paths are in the pool; NULL when out of memory, or too long.
 *
 * Source: distribution, registry/storage/paths.go (2.8 and 3).
 */

#ifndef OCI_LAYOUT_H
#define OCI_LAYOUT_H

#include "oci_fs.h"


/* what is in the places of content and of links */

#define OCI_LAYOUT_DATA     "data"
#define OCI_LAYOUT_ASIDE    "aside"
#define OCI_LAYOUT_LINK     "link"
#define OCI_LAYOUT_CURRENT  "current/link"
#define OCI_LAYOUT_STARTED  "startedat"

/* content, and where it is while it is set aside or when it is damaged */

char *oci_layout_blob(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);
char *oci_layout_aside(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);
char *oci_layout_damaged(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);
char *oci_layout_blobs(const oci_store_t *store, oci_pool_t *pool);

/* a repository, and its parts; name without a length: all repositories */

char *oci_layout_repo(const oci_repo_t *repo);
char *oci_layout_layers(const oci_repo_t *repo);
char *oci_layout_layers_of(const oci_repo_t *repo, oci_alg_e alg);
char *oci_layout_layer(const oci_repo_t *repo, const oci_digest_t *digest);
char *oci_layout_manifests(const oci_repo_t *repo);
char *oci_layout_revisions_of(const oci_repo_t *repo, oci_alg_e alg);
char *oci_layout_revision_dir(const oci_repo_t *repo,
    const oci_digest_t *digest);
char *oci_layout_revision(const oci_repo_t *repo, const oci_digest_t *digest);

char *oci_layout_tags(const oci_repo_t *repo);
char *oci_layout_tag(const oci_repo_t *repo, const oci_str_t *tag);
char *oci_layout_tag_current(const oci_repo_t *repo, const oci_str_t *tag);
char *oci_layout_tag_index(const oci_repo_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest);

/* the manifests of one algorithm that the tag has pointed to */

char *oci_layout_tag_history(const oci_repo_t *repo, const oci_str_t *tag,
    oci_alg_e alg);

char *oci_layout_referrers(const oci_repo_t *repo);
char *oci_layout_subject(const oci_repo_t *repo, const oci_digest_t *subject,
    oci_alg_e alg);
char *oci_layout_referrer(const oci_repo_t *repo, const oci_digest_t *subject,
    const oci_digest_t *digest);

char *oci_layout_uploads(const oci_repo_t *repo);
char *oci_layout_upload(const oci_repo_t *repo, const oci_str_t *id);

/* what comes whole, without a session */

char *oci_layout_upload_whole(const oci_repo_t *repo, const oci_str_t *id);

/* a file of the session */

char *oci_layout_upload_file(const oci_repo_t *repo, const oci_str_t *id,
    const char *name);

/* <root>/_tally/... */

char *oci_layout_list(const oci_store_t *store, oci_pool_t *pool,
    const char *id);
char *oci_layout_trial(const oci_store_t *store, oci_pool_t *pool);
char *oci_layout_hold(const oci_store_t *store, oci_pool_t *pool);
char *oci_layout_drain(const oci_store_t *store, oci_pool_t *pool);
char *oci_layout_leases(const oci_store_t *store, oci_pool_t *pool);
char *oci_layout_lease(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);

/* what is called so in oci_own.h */

char *oci_layout_own(const oci_store_t *store, oci_pool_t *pool,
    const char *name);


#endif /* OCI_LAYOUT_H */
