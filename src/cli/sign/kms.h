/*
 * Keys in key management services, by cosign's plugins: the program
 * sigstore-kms-NAME on the PATH is asked about NAME://KEY.
 */

#ifndef SIGN_KMS_H
#define SIGN_KMS_H

#include "sign/options.h"


/* is it NAME://KEY, and NAME no scheme that we know ourselves? */

bool sign_kms_named(const char *key);

oci_status_e sign_kms_public(oci_pool_t *pool, const char *name,
    EVP_PKEY **key, oci_error_t *err);

/* data is what is signed, key the public one: the signature must be its own */

oci_status_e sign_kms_sign(oci_pool_t *pool, const char *name, EVP_PKEY *key,
    oci_alg_e alg, const oci_str_t *data, oci_str_t *signature,
    oci_error_t *err);


#endif /* SIGN_KMS_H */
