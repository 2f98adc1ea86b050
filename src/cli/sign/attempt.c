/*
 * One signature or attestation of an image, by each of the keys.
 */

#include "sign/attempt.h"

#include <string.h>


static oci_status_e sign_attempt_bundle(const sign_attempt_t *a,
    const oci_sign_policy_t *policy, oci_sign_verdict_t *verdict,
    oci_error_t *err);
static oci_status_e sign_attempt_layer(const sign_attempt_t *a,
    const oci_sign_policy_t *policy, oci_sign_verdict_t *verdict,
    oci_error_t *err);


size_t
sign_attempts(const sign_attempt_t *a)
{
    return (a->rules->keys.nelts != 0) ? a->rules->keys.nelts : 1;
}


oci_status_e
sign_attempt(const sign_attempt_t *a, size_t n, oci_sign_verdict_t *verdict,
    oci_error_t *err)
{
    oci_sign_policy_t  policy;

    policy = a->rules->policy;
    memset(err, 0, sizeof(oci_error_t));

    if (a->rules->keys.nelts != 0) {
        policy.key = ((EVP_PKEY **) a->rules->keys.elts)[n];
    }

    return (a->bundle != NULL)
           ? sign_attempt_bundle(a, &policy, verdict, err)
           : sign_attempt_layer(a, &policy, verdict, err);
}


static oci_status_e
sign_attempt_bundle(const sign_attempt_t *a, const oci_sign_policy_t *policy,
    oci_sign_verdict_t *verdict, oci_error_t *err)
{
    if (policy->tlog && a->rules->old_only) {
        return oci_error(err, OCI_DENIED, 0, "trusted root is required for "
                         "bundles: --trusted-root, or --rekor-key");
    }

    return oci_sign_verify_bundle(a->pool, policy, &a->bundle->bundle,
                                  a->digest, NULL, verdict, err);
}


static oci_status_e
sign_attempt_layer(const sign_attempt_t *a, const oci_sign_policy_t *policy,
    oci_sign_verdict_t *verdict, oci_error_t *err)
{
    if (a->layer->err.status != OCI_OK) {
        *err = a->layer->err;
        return err->status;
    }

    return oci_sign_verify_legacy(a->pool, policy, &a->layer->sig, a->digest,
                                  a->dsse, verdict, err);
}
