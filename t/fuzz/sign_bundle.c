/*
 * Bundles, and signature images.
 */

#include "oci_sign_verify.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t             text;
    oci_pool_t           *pool;
    oci_error_t           err = { OCI_OK, 0, "" };
    oci_digest_t          digest;
    oci_sign_trust_t      trust;
    oci_sign_image_t      image;
    oci_sign_bundle_t     bundle;
    oci_sign_policy_t     policy = { 0 };
    oci_sign_verdict_t    verdict;
    oci_sign_identity_t   identity = { 0 };

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;
    oci_sign_trust_init(&trust, pool);
    oci_digest_of(&digest, OCI_SHA256, "", 0);

    policy.trust = &trust;
    policy.identity = &identity;
    policy.claims = true;

    if (oci_sign_bundle_parse(pool, &text, 0, &bundle, &err) == OCI_OK) {
        (void) oci_sign_verify_bundle(pool, &policy, &bundle, &digest, &text,
                                      &verdict, &err);
    }

    (void) oci_sign_image_parse(pool, &text, &image, NULL);
    (void) oci_sign_trust_json(pool, &trust, &text, NULL);
    oci_pool_destroy(pool);

    return 0;
}
