/*
 * What the parts of a check share.
 */

#ifndef OCI_CHECKER_H
#define OCI_CHECKER_H

#include "oci_fsck.h"
#include "oci_used.h"


/* content that is damaged, until the images that it hurts are known */

typedef struct {
    oci_digest_t     digest;
    oci_fsck_kind_e  kind;
    uint64_t         size;
    oci_array_t      images;            /* oci_str_t */
} oci_damage_t;


typedef struct {
    oci_store_t       *store;
    oci_pool_t        *pool;            /* for as long as the check */
    const oci_fsck_t  *options;
    oci_fscked_t      *sum;
    oci_used_t         used;            /* what manifests refer to */
    oci_array_t        damages;         /* oci_damage_t, by digest */
    bool               naming;          /* only name what damages hurt */
} oci_checker_t;


/* tells one finding and counts it */

void oci_checker_tell(oci_checker_t *c, const oci_finding_t *finding);
oci_status_e oci_checker_pace(oci_checker_t *c, size_t bytes);

/* the order of damages, for qsort() */

int oci_checker_cmp(const void *a, const void *b);

/* NULL: the content is not known to be damaged */

oci_damage_t *oci_checker_damage(oci_checker_t *c,
    const oci_digest_t *digest);

/* checks a repository, or names the images of it that damages hurt */

oci_status_e oci_fsck_repo(oci_checker_t *c, const oci_repo_t *repo,
    oci_error_t *err);


#endif /* OCI_CHECKER_H */
