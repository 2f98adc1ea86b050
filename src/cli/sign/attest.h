/*
 * Attesting something about an image, for verbs other than attest.
 */

#ifndef SIGN_ATTEST_H
#define SIGN_ATTEST_H

#include "source/source.h"


/*
 * Signs a statement with that predicate about the image, as a bundle and, with
 * legacy, in the old format, and pushes it beside the image.  type is one of
 * cosign's names or a URI; key is the value of --key.  COSIGN_REKOR_URL names
 * the log; without it there is none.  bundle is the digest of the bundle's
 * manifest.
 */

oci_status_e sign_attest(oci_pool_t *pool, const char *image,
    const char *key, const char *type, const oci_str_t *predicate,
    bool legacy, const source_options_t *source, oci_digest_t *bundle,
    oci_error_t *err);

/* can that key sign? */

oci_status_e sign_attest_check(oci_pool_t *pool, const char *key,
    oci_error_t *err);


#endif /* SIGN_ATTEST_H */
