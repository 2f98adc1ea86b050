/*
 * Marking: which content a repository keeps in use, and which of its
 * manifests nobody needs.  A part of collection.
 */

#ifndef OCI_KEEP_H
#define OCI_KEEP_H

#include "oci_collect.h"
#include "oci_used.h"


typedef struct {
    oci_store_t          *store;
    const oci_collect_t  *options;
    oci_collected_t      *sum;
    oci_used_t            used;         /* what is in use */
    int64_t               start;        /* every push since renews its leases */
    int64_t               cutoff;       /* older than the grace period */
} oci_collector_t;


/* tells the caller of oci_collect() */

void oci_collector_event(oci_collector_t *c, oci_collect_kind_e kind,
    const oci_str_t *repo, const oci_str_t *name, uint64_t size,
    const char *why);

oci_status_e oci_collector_pace(oci_collector_t *c);

/*
 * For what may well happen while others push and delete: rc as it is, with why
 * told in err unless it is OCI_OK or harmless.
 */

oci_status_e oci_collector_rc(oci_status_e rc, oci_status_e harmless,
    const oci_error_t *why, oci_error_t *err);

/*
 * Marks what the repository keeps in use: of all manifests whose links were
 * changed at or after since (INT64_MIN: of all).
 */

oci_status_e oci_keep_repo(oci_collector_t *c, const oci_repo_t *repo,
    int64_t since, oci_error_t *err);

/*
 * Marks one manifest and what it refers to; repo holds it.  target is what its
 * link says; NULL: nobody has read that.
 */

oci_status_e oci_keep_manifest(oci_collector_t *c, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_digest_t *target, oci_error_t *err);

/*
 * The same as oci_keep_repo(), of what tags lead to alone; the links of the
 * other manifests that are older than the grace period are removed.
 */

oci_status_e oci_keep_tagged(oci_collector_t *c, const oci_repo_t *repo,
    oci_error_t *err);


#endif /* OCI_KEEP_H */
