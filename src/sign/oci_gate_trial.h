/*
 * An image on trial: what the files that judge it share.
 */

#ifndef OCI_GATE_TRIAL_H
#define OCI_GATE_TRIAL_H

#include "oci_gate_load.h"


#define OCI_GATE_NOW  60            /* s that a look at the clock is good */


typedef struct {
    oci_pool_t               *pool;     /* for the reasons */
    oci_pool_t               *temp;     /* for all else */
    const oci_gate_policy_t  *policy;
    const oci_gate_source_t  *source;
    const oci_digest_t       *digest;
    int64_t                   now;
    oci_gate_verdict_t       *verdict;
    oci_array_t               requires; /* const oci_gate_require_t * */
    oci_gate_depends_t        depends;
    size_t                    children;
    bool                      quiet;    /* reasons are not kept */
    oci_error_t              *err;
} oci_gate_trial_t;


/* the blocks that are for the image */

oci_status_e oci_gate_rules(oci_gate_trial_t *t);

/*
 * Does a signature say that it is of this image, as the block demands?  claim
 * is NULL for a bundle.  False: not, said in err.
 */

bool oci_gate_named(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_require_t *require, const oci_sign_payload_t *claim,
    oci_error_t *err);

/* how many of a block have signed the image: enough? */

oci_status_e oci_gate_count(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_gate_require_t *require,
    const oci_gate_signatures_t *found, bool *passed);

/* of a block without signers; also when the image has no signature */

oci_status_e oci_gate_fixed(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_gate_require_t *require,
    bool *passed);

/* adds a reason; OCI_NOMEM also when text is */

oci_status_e oci_gate_say(oci_gate_trial_t *t, bool passed,
    const char *file, unsigned line, oci_str_t text);

/* makes a warning of the latest reason, which passes then */

void oci_gate_warn(oci_gate_trial_t *t);


#endif /* OCI_GATE_TRIAL_H */
