/*
 * Links: files that hold a digest, and say that content belongs to a
 * repository.  For the file system's backend alone.
 */

#ifndef OCI_LINK_H
#define OCI_LINK_H

#include "oci_batch.h"


/*
 * Where a link is; of an upload, the file that tells when it began.  NULL:
 * out of memory, or a name that is no digest where it must be one.
 */

char *oci_link_path(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name);

/*
 * Reads a link.  An empty or damaged one counts as absent: OCI_NOT_FOUND,
 * and err says what is wrong with it.  For one that is just being written it
 * sleeps, a tenth of a second at most; with repo->nowait it is OCI_BUSY.
 */

oci_status_e oci_link_read(const oci_repo_t *repo, const char *path,
    oci_digest_t *digest, oci_error_t *err);

/* the state of a file of the repository; OCI_BUSY with repo->nowait */

oci_status_e oci_mark_look(const oci_repo_t *repo, const char *path,
    oci_mark_t *mark, uint64_t *size, oci_error_t *err);

/*
 * Fills in a link's target, time and status; name is the place of one of its
 * kind, in the directory that is open as dir.  Waits as oci_link_read() does.
 * false: it was changed before since, and not read.
 */

bool oci_link_look(int dir, const char *name, int64_t since,
    oci_link_t *link);

/* makes content of that digest a blob of the repository */

void oci_layer_link(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_digest_t *digest);

/*
 * Makes _layers and _manifests, both: 2.8 finds repositories by the one, 3 by
 * the other, and their collectors delete what they do not find.
 */

void oci_repo_make(oci_batch_t *batch, const oci_repo_t *repo);

/* removes its directory, if it is empty, and those above that are then */

void oci_repo_prune(const oci_repo_t *repo);

/* the manifest of that revision; no check of anything else */

oci_status_e oci_revision_read(const oci_repo_t *repo,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);

/* remembers that digest refers to subject */

void oci_referrers_add(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_digest_t *subject, const oci_digest_t *digest);

/*
 * Excludes deletes from puts of the same repository, in every process on this
 * host, and on others where the file system passes locks on.  how is LOCK_SH
 * or LOCK_EX of flock(); lock is a descriptor that lasts until the pool goes,
 * or until oci_repo_unlock().  A file system without locks goes without, as
 * registry:2; any other failure is one.  OCI_BUSY: a thread of this process
 * waits for it already, the caller comes again later.
 */

oci_status_e oci_repo_lock(const oci_repo_t *repo, int how, int *lock,
    oci_error_t *err);
void oci_repo_unlock(int lock);

/* asks guard, which may be NULL, in that lock */

static inline oci_status_e
oci_guard_ask(const oci_guard_t *guard, const oci_str_t *tag, oci_error_t *err)
{
    return (guard != NULL) ? guard->may(guard->data, tag, err) : OCI_OK;
}


#endif /* OCI_LINK_H */
