/*
 * What sign-blob --bundle wrote before there were bundles of Sigstore's:
 * base64Signature, cert, rekorBundle.
 */

#ifndef SIGN_OLD_BUNDLE_H
#define SIGN_OLD_BUNDLE_H

#include "oci_sign_verify.h"


/* sets signature (base64), cert (PEM) and bundle of sig; OCI_INVALID */

oci_status_e sign_old_bundle(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_legacy_t *sig, oci_error_t *err);


#endif /* SIGN_OLD_BUNDLE_H */
