/*
 * JSON web keys: one key, from JSON and back.
 *
 * Sources: RFC 7517 (keys), RFC 7518, section 6 (their members), RFC 8037
 * (EdDSA).  Symmetric keys are none: whoever can check such a token can make
 * it.
 */

#ifndef OCI_JWK_H
#define OCI_JWK_H

#include "oci_core.h"

#include <jansson.h>
#include <openssl/evp.h>


#define OCI_RSA_BITS_MIN  2048


/* a public key that the caller frees; NULL: not one that we know */

EVP_PKEY *oci_jwk_parse(oci_pool_t *pool, const json_t *jwk);

/* the public key as JSON, its required members alone; NULL: no memory */

json_t *oci_jwk_of(const EVP_PKEY *pkey);

/* is it of a kind and size that signatures are taken from? */

bool oci_jwk_usable(const EVP_PKEY *pkey);


#endif /* OCI_JWK_H */
