/*
 * Attesting something about an image, for verbs other than attest.
 */

#ifndef SIGN_ATTEST_H
#define SIGN_ATTEST_H

#include "source/source.h"


/*
 * Signs a statement with that predicate about the image, in both formats, and
 * pushes it beside the image.  type is one of cosign's names or a URI; key is
 * the value of --key.  COSIGN_REKOR_URL names the log; without it there is
 * none.
 */

oci_status_e sign_attest(oci_pool_t *pool, const char *image,
    const char *key, const char *type, const oci_str_t *predicate,
    const source_options_t *source, oci_error_t *err);


#endif /* SIGN_ATTEST_H */
