/*
 * The signature of a token: by which algorithm, with which key.
 *
 * Sources: RFC 7518, section 3, RFC 8037.  "none" and HMAC are no algorithms
 * here.
 */

#ifndef OCI_JWS_H
#define OCI_JWS_H

#include "oci_core.h"

#include <openssl/evp.h>


typedef struct {
    const char  *name;
    int          type;              /* EVP_PKEY_* */
    const char  *md;                /* NULL: the key's own */
    int          bits;              /* of the curve */
    bool         pss;
} oci_jws_alg_t;


const oci_jws_alg_t *oci_jws_alg(const oci_str_t *name);    /* or NULL */

/* may the key be used so? */

bool oci_jws_fits(const oci_jws_alg_t *alg, const EVP_PKEY *pkey);

bool oci_jws_verify(const oci_jws_alg_t *alg, EVP_PKEY *pkey,
    const oci_str_t *text, const oci_str_t *signature, oci_pool_t *pool);

/* the algorithm that a key signs with; NULL: none */

const oci_jws_alg_t *oci_jws_alg_of(const EVP_PKEY *pkey);

bool oci_jws_sign(oci_str_t *signature, oci_pool_t *pool,
    const oci_jws_alg_t *alg, EVP_PKEY *pkey, const oci_str_t *text);


#endif /* OCI_JWS_H */
