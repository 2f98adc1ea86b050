/*
 * What the files of the gate share: from a signer in a policy to keys and
 * trust in memory.
 */

#ifndef OCI_GATE_LOAD_H
#define OCI_GATE_LOAD_H

#include "oci_gate.h"


#define OCI_GATE_FILE  (1024 * 1024)    /* of a key or a trusted root */


/* a signer as it is now */

typedef struct {
    const oci_gate_signer_t  *signer;
    oci_array_t               keys;         /* EVP_PKEY * */
    oci_sign_trust_t          trust;
    oci_gate_depends_t        depends;      /* its files */
    oci_error_t               err;          /* it cannot be one now */
} oci_gate_loaded_t;

void oci_gate_load(oci_pool_t *pool, const oci_gate_policy_t *policy,
    const oci_gate_signer_t *signer, oci_gate_loaded_t *loaded);


/*
 * The "host/repository" that a name stands for, and what is behind it: ":tag",
 * "@digest", or nothing.  False: it is no name of an image.
 */

bool oci_gate_full_name(oci_pool_t *pool, const oci_str_t *text,
    oci_str_t *name, oci_str_t *tail);

/* what is wrong with files, with a line where that is not the current one */

oci_status_e oci_gate_keys_check(const oci_gate_policy_t *policy,
    const oci_gate_signer_t *signer, oci_error_t *err);
oci_status_e oci_gate_trust_check(const oci_gate_policy_t *policy,
    const oci_gate_trust_t *trust, oci_error_t *err);
oci_status_e oci_gate_policy_check(const oci_gate_policy_t *policy,
    oci_error_t *err);


/* adds one; name is a tag or digest of the image's repository, else file */

void oci_gate_depend(oci_gate_depends_t *depends, const char *file,
    const char *name, const oci_mark_t *mark);
void oci_gate_depend_all(oci_gate_depends_t *depends,
    const oci_gate_depends_t *more);


/*
 * The signatures of an image, newest first, at most OCI_GATE_TRIES of them
 * with content.
 */

typedef struct {
    bool                 bundled;
    oci_sign_bundle_t    bundle;
    oci_sign_legacy_t    legacy;
    oci_error_t          err;           /* it could not be read */
    oci_gate_depends_t   depends;       /* where it is */
} oci_gate_found_t;

typedef struct {
    oci_array_t          list;          /* oci_gate_found_t */
    size_t               present;       /* how many there are in all */
} oci_gate_signatures_t;

/* what is looked for: signatures, or reports of scans that are attested */

typedef enum {
    OCI_GATE_SIGNATURES,
    OCI_GATE_REPORTS
} oci_gate_kind_e;

oci_status_e oci_gate_find(oci_pool_t *pool, const oci_gate_source_t *source,
    const oci_digest_t *digest, oci_gate_kind_e kind,
    oci_gate_signatures_t *found, oci_error_t *err);


/* the names of severities, by rank */

#define OCI_GATE_SEVERITIES  5

extern const char  *const oci_gate_severities[OCI_GATE_SEVERITIES];

/* what a report says, or that there is none */

typedef struct {
    bool         passed;
    bool         warning;
    unsigned     line;
    oci_str_t    text;              /* in pool */
} oci_gate_finding_t;

/* temp is for passing work; depends: what it rests on, as far as is known */

oci_status_e oci_gate_scanned(oci_pool_t *pool, oci_pool_t *temp,
    const oci_gate_policy_t *policy, const oci_gate_source_t *source,
    const oci_digest_t *digest, int64_t now, oci_gate_finding_t *finding,
    oci_error_t *err);


#endif /* OCI_GATE_LOAD_H */
