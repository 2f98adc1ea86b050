/*
 * One signature or attestation of an image, and the keys that it may be by.
 */

#ifndef SIGN_ATTEMPT_H
#define SIGN_ATTEMPT_H

#include "sign/find.h"
#include "sign/policy.h"


typedef struct {
    oci_pool_t           *pool;
    const sign_rules_t   *rules;
    const sign_bundle_t  *bundle;       /* else layer */
    const sign_layer_t   *layer;
    const oci_digest_t   *digest;       /* of the image */
    bool                  dsse;         /* the layer holds an envelope */
} sign_attempt_t;


/* how many attempts there are: one for each key; 1 without keys */

size_t sign_attempts(const sign_attempt_t *a);

/* verifies it by the n-th key, from 0; err is cleared first */

oci_status_e sign_attempt(const sign_attempt_t *a, size_t n,
    oci_sign_verdict_t *verdict, oci_error_t *err);


#endif /* SIGN_ATTEMPT_H */
