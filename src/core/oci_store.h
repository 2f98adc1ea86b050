/*
 * The store: manifests, tags and blobs of repositories, kept as the tree of
 * Docker's registry:2, in which any number of processes work at once.
 *
 * Nothing above this header knows a path.  Every function may block, except
 * where it is said not to.  A store is immutable once open and may be used by
 * any number of threads; what functions return lives in the pool passed.
 * Repository names and tags must have been checked by oci_name_valid() and
 * oci_tag_valid(), digests come out of oci_digest_parse().
 *
 * OCI_OK of a function that writes means: on disk, unless the store was
 * opened without OCI_STORE_SYNC.
 */

#ifndef OCI_STORE_H
#define OCI_STORE_H

#include "oci_core.h"
#include "oci_digest.h"


#define OCI_STORE_SYNC      0x1         /* writes survive a power cut */
#define OCI_MANIFEST_MAX    (4 * 1024 * 1024)
#define OCI_STORE_ROOT_MAX  2048


typedef struct oci_store_s  oci_store_t;


/*
 * Opens the store at the directory root, which need not exist yet: the first
 * write makes it.  Does not block.  The store lives in the pool.
 */

oci_status_e oci_store_open(oci_store_t **store, oci_pool_t *pool,
    const char *root, unsigned flags, oci_error_t *err);

const char *oci_store_root(const oci_store_t *store);


/* a blob that is linked in the repository: where to read it, and its size */

typedef struct {
    oci_digest_t  digest;       /* of the content: an alias is resolved */
    char         *file;
    uint64_t      size;
} oci_blob_t;

/*
 * Finds a blob.  OCI_NOT_FOUND: not linked in this repository, or its content
 * is gone.  It sleeps while another registry writes the link.
 */

oci_status_e oci_store_blob(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_blob_t *blob,
    oci_error_t *err);

/*
 * The same without ever sleeping: a few small reads, which nginx does in the
 * worker, as its static module calls stat().  OCI_BUSY: oci_store_blob(), in
 * a thread, would wait for the link.
 */

oci_status_e oci_store_blob_try(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_blob_t *blob,
    oci_error_t *err);

/*
 * Makes a blob of repository from also one of repo (a mount).  With from
 * empty, of any repository: its content need only be in the store.
 */

oci_status_e oci_store_blob_mount(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *from, const oci_digest_t *digest,
    oci_error_t *err);

/* writes a small blob from memory and links it; the digest is of data */

oci_status_e oci_store_blob_put(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, const oci_str_t *data,
    oci_error_t *err);

/* unlinks a blob from the repository; its content is left to the collector */

oci_status_e oci_store_blob_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err);


/*
 * The digest that a tag points to.  OCI_NOT_FOUND: no such tag, or it points
 * to nothing that can be read.
 */

oci_status_e oci_store_tag(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *tag, oci_digest_t *digest,
    oci_error_t *err);

/* a manifest's bytes, at most max; OCI_NOT_FOUND as for blobs */

oci_status_e oci_store_manifest(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content, oci_error_t *err);

/*
 * Stores a manifest that oci_manifest_parse() accepted, and points tags to
 * it.  Unless sparse, all that it refers to must be in the repository:
 * otherwise OCI_MISMATCH, and missing names each (oci_digest_t).  A subject
 * enters the referrers index.  refs may be NULL: nothing is checked.
 *
 * modes, or NULL, has for each tag what may be done to it.  OCI_EXISTS: it
 * may not be moved and points to another manifest; OCI_DENIED: it may not be
 * made and is not there.  That and the pointing are one step for all others
 * who put and delete on this host.
 */

#define OCI_TAG_CREATE  0x1
#define OCI_TAG_UPDATE  0x2

struct oci_manifest_s;

typedef struct {
    oci_str_t                     repo;
    oci_digest_t                  digest;
    oci_str_t                     content;
    const struct oci_manifest_s  *manifest;
    const oci_str_t              *tags;
    const unsigned               *modes;
    size_t                        ntags;
    bool                          sparse;
} oci_manifest_put_t;

oci_status_e oci_store_manifest_put(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);

/* removes a manifest and every tag that points to it */

oci_status_e oci_store_manifest_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err);

/* removes a tag; the manifest stays */

oci_status_e oci_store_tag_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *tag, oci_error_t *err);


/*
 * A page of names (oci_str_t), at most n, that come after last in order; last
 * may be empty.  more tells whether others follow.  Tags are in byte order;
 * repositories are ordered component by component, as in registry:2.
 * Tags of an unknown repository: OCI_NOT_FOUND.
 */

oci_status_e oci_store_tags(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *last, size_t n,
    oci_array_t *names, bool *more, oci_error_t *err);
oci_status_e oci_store_catalog(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *last, size_t n, oci_array_t *names, bool *more,
    oci_error_t *err);


/*
 * The manifests of the repository whose subject is the digest: those put
 * through oci_store_manifest_put(), those that others brought into the tree,
 * and those listed by the fallback tag of the referrers tag schema.
 * In order of their digests; with last, those that come after it.  What each
 * returns other than OCI_OK ends the walk, and is returned.
 */

typedef struct {
    oci_digest_t     digest;
    oci_str_t        content;       /* the manifest */
} oci_referrer_t;

typedef oci_status_e (*oci_referrer_pt)(void *data,
    const oci_referrer_t *referrer, oci_error_t *err);

oci_status_e oci_store_referrers(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *subject,
    const oci_digest_t *last, oci_referrer_pt each, void *data,
    oci_error_t *err);


#endif /* OCI_STORE_H */
