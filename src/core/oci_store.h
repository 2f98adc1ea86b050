/*
 * The store: manifests, tags and blobs of repositories.
 *
 * A store has a backend, a table of operations (oci_backend.h); the file
 * system, with the tree of Docker's registry:2, is the one that there is.
 * Nothing above this header knows a path, a descriptor or the attributes of a
 * file.  Any number of processes, on any number of machines, work on one
 * store at once.
 *
 * Every function may block, except where it is said not to.  An open store
 * may be used by any number of threads, and by processes forked from the one
 * that opened it.  What functions return lives in the pool of the oci_repo_t
 * or in the one passed.  Repository names and tags must have been checked by
 * oci_name_valid() and oci_tag_valid(), digests come out of
 * oci_digest_parse().
 *
 * OCI_OK of a function that writes means: on disk, unless the store was
 * opened without OCI_STORE_SYNC.
 */

#ifndef OCI_STORE_H
#define OCI_STORE_H

#include "oci_core.h"
#include "oci_digest.h"


#define OCI_STORE_SYNC      0x1         /* writes survive a power cut */
#define OCI_STORE_READONLY  0x2         /* nothing is written, derived or not */
#define OCI_MANIFEST_MAX    (4 * 1024 * 1024)
#define OCI_STORE_ROOT_MAX  2048


typedef struct oci_store_s  oci_store_t;


/*
 * Opens the store at the directory root, which need not exist yet: the first
 * write makes it.  Looks where that is, and reads nothing of it.  The store
 * lives in the pool.
 */

oci_status_e oci_store_open(oci_store_t **store, oci_pool_t *pool,
    const char *root, unsigned flags, oci_error_t *err);

/*
 * What a store is called, in messages, and to tell whether two are the same:
 * equal names are equal stores.
 */

const char *oci_store_name(const oci_store_t *store);

/*
 * Whether the store is there, or can be made, without making it.
 * OCI_NOT_FOUND: it is not there and can be made.
 */

oci_status_e oci_store_check(oci_store_t *store, oci_error_t *err);

/*
 * Makes a store that is not there.  user and group own what is made then; -1:
 * whoever calls.
 */

oci_status_e oci_store_prepare(oci_store_t *store, uid_t user, gid_t group,
    oci_error_t *err);


/*
 * How much room there is where the store lies; a backend without a limit says
 * that it has one of 0 bytes.  OCI_NOT_FOUND: there is no store.
 */

typedef struct {
    uint64_t  size;             /* bytes */
    uint64_t  free;             /* of them, for whom the caller runs as */
    uint64_t  files;            /* 0: they are not counted there */
    uint64_t  files_free;
    bool      readonly;         /* mounted so */
} oci_space_t;

oci_status_e oci_store_space(oci_store_t *store, oci_space_t *space,
    oci_error_t *err);

/*
 * Whether a push could be stored now: a small file is written and removed
 * again, and the directories that are there must be open to the caller.
 * OCI_NOSPACE, OCI_DENIED or OCI_IO, with a text for an operator.
 */

oci_status_e oci_store_writable(oci_store_t *store, oci_error_t *err);


/*
 * A repository as one caller sees it.  With nowait, whatever would have to
 * wait for a disk or for another writer is not done: OCI_BUSY, and the caller
 * asks again in a thread, without it.  OCI_NOWAIT_HOT: the caller got an answer
 * to the same question a second ago at most, so that marks of what lies on a
 * disk of this machine may be taken without that precaution.
 */

typedef enum {
    OCI_WAIT = 0,
    OCI_NOWAIT,
    OCI_NOWAIT_HOT
} oci_wait_e;

typedef struct {
    oci_store_t  *store;
    oci_pool_t   *pool;
    oci_str_t     name;
    oci_wait_e    nowait;
} oci_repo_t;

#define oci_repo(store, pool, name)                                          \
    (&(const oci_repo_t) { (store), (pool), *(name), OCI_WAIT })


/*
 * The state of something in the store at one moment.  Two marks are equal
 * only when it was not replaced, removed or restored in between, by whomever;
 * with one exception: a clock ticks, and two changes within one tick may leave
 * the same mark.  A settled mark is older than that.
 */

typedef struct {
    uint64_t  value[5];
} oci_mark_t;

#define OCI_MARK_TICK  2000000000ULL    /* ns; that of old file systems */

static inline bool
oci_mark_eq(const oci_mark_t *a, const oci_mark_t *b)
{
    return a->value[0] == b->value[0] && a->value[1] == b->value[1]
           && a->value[2] == b->value[2] && a->value[3] == b->value[3]
           && a->value[4] == b->value[4];
}

/* now: before the mark was taken, in seconds since 1970 */

static inline bool
oci_mark_settled(const oci_mark_t *mark, int64_t now)
{
    return mark->value[4] + OCI_MARK_TICK <= (uint64_t) now * 1000000000ULL;
}

/*
 * Marks what a tag, a manifest's digest or a blob's digest leads to in the
 * repository.  One system call, no read: the mark says nothing about what is
 * there.  OCI_NOT_FOUND: nothing.
 */

oci_status_e oci_store_tag_mark(const oci_repo_t *repo, const oci_str_t *tag,
    oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_store_manifest_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);
oci_status_e oci_store_blob_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);


/* a blob that is linked in the repository */

typedef struct {
    oci_digest_t  digest;       /* of the content: an alias is resolved */
    uint64_t      size;
    oci_mark_t    mark;         /* of the content */

    /*
     * A file to send: what open() takes.  NULL where the backend has no
     * files: then oci_store_blob_read() reads.
     */
    char         *file;
} oci_blob_t;

/* OCI_NOT_FOUND: not linked in this repository, or its content is gone */

oci_status_e oci_store_blob(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err);

/* takes the mark of what oci_store_blob() found anew, by its digest */

oci_status_e oci_store_content_mark(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_mark_t *mark, oci_error_t *err);

/*
 * Reads up to len bytes of what oci_store_blob() found, from offset on; n is
 * less than len at the end of the blob only.
 */

oci_status_e oci_store_blob_read(const oci_repo_t *repo,
    const oci_blob_t *blob, uint64_t offset, void *buf, size_t len, size_t *n,
    oci_error_t *err);

/*
 * Renews the lease of a blob's content.  To be called before
 * oci_store_blob(), when its answer lets a client leave out a push: what is
 * found then stays for the collector's whole grace period.
 */

oci_status_e oci_store_blob_renew(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err);

/*
 * Makes a blob of repository from also one of repo (a mount).  With from
 * empty, of any repository: its content need only be in the store.
 */

oci_status_e oci_store_blob_mount(const oci_repo_t *repo,
    const oci_str_t *from, const oci_digest_t *digest, oci_error_t *err);

/* writes a small blob from memory and links it; the digest is of data */

oci_status_e oci_store_blob_put(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_str_t *data, oci_error_t *err);

/*
 * Asked whether something may be deleted, once that is under way: it and the
 * removal are one step for all others who put and delete on this host.  tag
 * NULL: what the caller named itself.  What it returns other than OCI_OK is
 * returned, and nothing is removed.
 */

typedef struct {
    oci_status_e  (*may)(void *data, const oci_str_t *tag, oci_error_t *err);
    void           *data;
} oci_guard_t;

/*
 * Unlinks a blob from the repository; its content is left to the collector.
 * guard, unless NULL, is asked of the blob.
 */

oci_status_e oci_store_blob_delete(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_guard_t *guard, oci_error_t *err);


/*
 * The digest that a tag points to.  OCI_NOT_FOUND: no such tag, or it points
 * to nothing that can be read.
 */

oci_status_e oci_store_tag(const oci_repo_t *repo, const oci_str_t *tag,
    oci_digest_t *digest, oci_error_t *err);

/* renews the lease of a manifest's content, as oci_store_blob_renew() */

oci_status_e oci_store_manifest_renew(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err);

/* a manifest's bytes, at most max; OCI_NOT_FOUND as for blobs */

oci_status_e oci_store_manifest(const oci_repo_t *repo,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);

/*
 * Stores a manifest that oci_manifest_parse() accepted, and points tags to
 * it.  Unless sparse, all that it refers to must be in the repository:
 * otherwise OCI_MISMATCH, and missing names each (oci_digest_t).  A subject
 * enters the referrers index.
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
    oci_digest_t                  digest;
    oci_str_t                     content;
    const struct oci_manifest_s  *manifest;
    const oci_str_t              *tags;
    const unsigned               *modes;
    size_t                        ntags;
    bool                          sparse;
} oci_manifest_put_t;

oci_status_e oci_store_manifest_put(const oci_repo_t *repo,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);

/*
 * Removes a manifest and every tag that points to it.  guard, unless NULL, is
 * asked of the manifest and of each of these tags before any is removed.
 *
 * With rest the tags that are known to point to it are looked at, without a
 * look at all others.  Set to true, it leaves to the caller to have
 * oci_store_manifest_rest() find those that were moved there by a hand or out
 * of a backup, past every registry; until then they lead nowhere.
 */

oci_status_e oci_store_manifest_delete(const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_guard_t *guard, bool *rest,
    oci_error_t *err);

/*
 * The rest of deletes in one repository: looks at all tags, and removes those
 * that point to one of the manifests (oci_digest_t) that is not back.
 * OCI_BUSY: others wait to change the repository; to be done again.
 */

oci_status_e oci_store_manifest_rest(const oci_repo_t *repo,
    const oci_array_t *digests, oci_error_t *err);

/* removes a tag; the manifest stays */

oci_status_e oci_store_tag_delete(const oci_repo_t *repo,
    const oci_str_t *tag, oci_error_t *err);


/*
 * A page of names (oci_str_t), at most n, that come after last in order; last
 * may be empty.  more tells whether others follow.  Tags are in byte order;
 * repositories are ordered component by component, as in registry:2.
 * Tags of an unknown repository: OCI_NOT_FOUND.
 */

oci_status_e oci_store_tags(const oci_repo_t *repo, const oci_str_t *last,
    size_t n, oci_array_t *names, bool *more, oci_error_t *err);
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

oci_status_e oci_store_referrers(const oci_repo_t *repo,
    const oci_digest_t *subject, const oci_digest_t *last,
    oci_referrer_pt each, void *data, oci_error_t *err);


#endif /* OCI_STORE_H */
