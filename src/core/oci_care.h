/*
 * The care of a store: what a collector and a checker do to it while others
 * push and pull.
 *
 * What a collector may remove.  Three things keep content that no manifest
 * refers to: it is young, its lease was renewed, or a push that is under way
 * holds the store.  All times are of the store's own clock (that of its file
 * system, not of a machine), in nanoseconds since 1970.
 *
 * 1. oci_store_drain() gives the time since which pushes have begun: every
 *    push that began before has ended when it returns.  Content whose time is
 *    not before that, less the grace period, stays.
 * 2. Mark: oci_store_walk_*() from the disk's truth.
 * 3. oci_store_aside() for what is neither referred to nor young.  From here
 *    on a push that needs the content brings it back itself.
 * 4. oci_store_drain() again: whatever was about to refer to it has done so.
 * 5. oci_store_renewed() since the first drain, or referred to by a link that
 *    a second look finds: oci_store_restore(); else oci_store_discard().
 *
 * All of it may be interrupted anywhere and begun again, and done by several
 * processes at once.
 */

#ifndef OCI_CARE_H
#define OCI_CARE_H

#include "oci_store.h"


/*
 * Waits until every commit, mount and put that is under way has ended, and
 * lets new ones begin meanwhile.  time: none that is under way now began
 * before it.  Waits without bound where a writer hangs; OCI_BUSY: where locks
 * do not work this cannot be told, and nothing may be removed.
 */

oci_status_e oci_store_drain(oci_store_t *store, int64_t *time,
    oci_error_t *err);

/*
 * When content was last written, pushed again, mounted, put into a manifest
 * or found by a client that then left out its push.  OCI_NOT_FOUND: neither
 * content nor lease.
 */

oci_status_e oci_store_renewed(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, int64_t *time, oci_error_t *err);

/* removes leases of before that time; removed counts them */

oci_status_e oci_store_expire_leases(oci_store_t *store, int64_t before,
    size_t *removed, oci_error_t *err);


/*
 * Walks.  each is called for one thing after the other, in no order; what it
 * returns other than OCI_OK ends the walk and is returned.  Names and digests
 * are valid during the call.  What is there and cannot be read is never left
 * out: its status says so.  Memory does not grow with the store.
 */

typedef enum {
    OCI_WALK_CONTENT,           /* in its place */
    OCI_WALK_ASIDE              /* set aside by oci_store_aside() */
} oci_walk_e;

typedef struct {
    oci_digest_t  digest;
    oci_walk_e    where;
    uint64_t      size;
    int64_t       time;         /* as oci_store_renewed() */
    oci_status_e  status;       /* OCI_OK, or why it could not be looked at */
} oci_content_t;

typedef oci_status_e (*oci_content_pt)(void *data,
    const oci_content_t *content, oci_error_t *err);

oci_status_e oci_store_walk_content(oci_store_t *store, oci_content_pt each,
    void *data, oci_error_t *err);


typedef oci_status_e (*oci_name_pt)(void *data, const oci_str_t *name,
    oci_error_t *err);

oci_status_e oci_store_walk_repos(oci_store_t *store, oci_name_pt each,
    void *data, oci_error_t *err);


/*
 * What a repository links to.  name is the digest in the link's place (of a
 * tag: the tag); target is what the link says.  status OCI_NOT_FOUND: the
 * place is there without a link, as after a delete; OCI_INVALID: the link is
 * damaged, empty or not a digest; others: it could not be read.
 */

typedef enum {
    OCI_LINK_REVISION,
    OCI_LINK_LAYER,
    OCI_LINK_TAG,
    OCI_LINK_UPLOAD             /* no link: an upload's id, and when it began */
} oci_link_e;

typedef struct {
    oci_link_e    kind;
    oci_str_t     name;
    oci_digest_t  target;       /* valid with OCI_OK alone */
    int64_t       time;         /* of the link's last change */
    oci_status_e  status;
} oci_link_t;

typedef oci_status_e (*oci_link_pt)(void *data, const oci_link_t *link,
    oci_error_t *err);

oci_status_e oci_store_walk_links(const oci_repo_t *repo, oci_link_e kind,
    oci_link_pt each, void *data, oci_error_t *err);

/*
 * The same without those that were changed before since, which are not read:
 * a second look costs a fraction of the first.
 */

oci_status_e oci_store_walk_changed(const oci_repo_t *repo, oci_link_e kind,
    int64_t since, oci_link_pt each, void *data, oci_error_t *err);

/*
 * The names alone, as in oci_link_t, of places where a link is or was: a
 * fraction of the cost.  oci_store_link() looks at one of them.
 */

oci_status_e oci_store_walk_places(const oci_repo_t *repo, oci_link_e kind,
    oci_name_pt each, void *data, oci_error_t *err);
void oci_store_link(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, oci_link_t *link);


/*
 * Removes a link: of a tag, its whole place.  A manifest's that was needed at
 * or after before stays: OCI_EXISTS; no put of a manifest into the repository
 * is under way while that is decided.
 */

oci_status_e oci_store_link_remove(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, int64_t before, oci_error_t *err);

/*
 * Writes a link, of a manifest or a layer, whatever is in its place.
 * OCI_NOT_FOUND: there is no such content, and nothing was written.
 */

oci_status_e oci_store_link_put(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, const oci_digest_t *target, oci_error_t *err);

/*
 * Points a tag that leads nowhere to the only manifest that it ever pointed
 * to.  OCI_NOT_FOUND: there was none, or more than one.
 */

oci_status_e oci_store_tag_derive(const oci_repo_t *repo,
    const oci_str_t *tag, oci_error_t *err);

/*
 * Where a link or content is, for messages: below the store's name, without a
 * slash at the start.  Empty when out of memory.
 */

oci_str_t oci_store_link_place(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name);
oci_str_t oci_store_content_place(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest);


/*
 * Sets content aside: nobody finds it in its place, and a push of it, a mount
 * or a manifest that needs it brings it back.  OCI_NOT_FOUND: it is not there.
 */

oci_status_e oci_store_aside(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);

/* puts it back, unless it was pushed again meanwhile; OCI_NOT_FOUND: it was */

oci_status_e oci_store_restore(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);

/* removes what was set aside, for good; OCI_NOT_FOUND: it was brought back */

oci_status_e oci_store_discard(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);

/*
 * Takes damaged content out of its place and keeps it, for whoever wants to
 * look at it, where nobody finds it by its digest again.
 */

oci_status_e oci_store_condemn(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_error_t *err);

/* content by its digest, in no repository; as oci_store_blob() */

oci_status_e oci_store_content(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err);

/* all of it, at most max bytes, in memory of the pool; OCI_LIMIT */

oci_status_e oci_store_content_read(oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);

/*
 * Removes a repository that holds no link any more, with its directories.
 * OCI_EXISTS: it holds one, or an upload, or somebody is pushing to it, or it
 * was made at or after before, where the file system tells.
 */

oci_status_e oci_store_repo_remove(const oci_repo_t *repo, int64_t before,
    oci_error_t *err);


#endif /* OCI_CARE_H */
