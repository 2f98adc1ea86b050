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
    oci_gate_depends_t        depends;
    size_t                    children;
    bool                      quiet;    /* reasons are not kept */
    oci_error_t              *err;
} oci_gate_trial_t;


/* how many of a block have signed the image: enough? */

oci_status_e oci_gate_count(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_gate_require_t *require,
    const oci_gate_signatures_t *found, bool *passed);

/* adds a reason; OCI_NOMEM also when text is */

oci_status_e oci_gate_say(oci_gate_trial_t *t, bool passed,
    const char *file, unsigned line, oci_str_t text);


#endif /* OCI_GATE_TRIAL_H */
