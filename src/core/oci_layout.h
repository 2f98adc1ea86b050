/*
 * Where things lie in registry:2's tree.  For oci_store*.c, oci_upload.c,
 * oci_list.c and oci_referrers.c alone.
 *
 * Source: distribution, registry/storage/paths.go (2.8 and 3).
 */

#ifndef OCI_LAYOUT_H
#define OCI_LAYOUT_H

#include "oci_store.h"


#define OCI_LINK_MAX  256               /* longest link file that is read */


struct oci_store_s {
    char     *root;
    char     *tree;                     /* <root>/docker/registry/v2 */
    unsigned  flags;
};


/* paths in the pool; NULL when out of memory */

char *oci_layout_blob(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);
char *oci_layout_repo(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
char *oci_layout_layer(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest);
char *oci_layout_revision(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest);

bool oci_store_syncs(const oci_store_t *store);

/*
 * Reads a link.  An empty or damaged one counts as absent: OCI_NOT_FOUND,
 * and err says what is wrong with it.  For one that is just being written it
 * sleeps, a tenth of a second at most; oci_link_try() says OCI_BUSY then.
 */

oci_status_e oci_link_read(oci_pool_t *pool, const char *path,
    oci_digest_t *digest, oci_error_t *err);
oci_status_e oci_link_try(oci_pool_t *pool, const char *path,
    oci_digest_t *digest, oci_error_t *err);

/* makes content of that digest a blob of the repository */

oci_status_e oci_layer_link(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err);

/*
 * _layers and _manifests, both: 2.8 finds repositories by the one, 3 by the
 * other, and their collectors delete what they do not find.
 */

oci_status_e oci_layout_make_repo(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, oci_error_t *err);

/* the manifest of that revision; no check of anything else */

oci_status_e oci_revision_read(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content, oci_error_t *err);

/* remembers that digest refers to subject (oci_referrers.c) */

oci_status_e oci_referrers_add(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *subject,
    const oci_digest_t *digest, oci_error_t *err);


#endif /* OCI_LAYOUT_H */
