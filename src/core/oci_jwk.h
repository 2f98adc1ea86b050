/*
 * Keys that tokens are signed with: JSON web keys, PEM keys, certificates.
 *
 * Sources: RFC 7517 (keys and sets of them), RFC 7518, section 6, RFC 8037
 * (EdDSA), RFC 7638 (thumbprints); for libtrust's ids of keys, registry:2.
 * Symmetric keys are passed over: whoever can check such a token can make it.
 */

#ifndef OCI_JWK_H
#define OCI_JWK_H

#include "oci_core.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>


#define OCI_KEYS_MAX      256       /* in one file */
#define OCI_KEYS_TRIED    16        /* for one token */
#define OCI_RSA_BITS_MIN  2048


typedef struct {
    EVP_PKEY   *pkey;
    X509       *cert;           /* NULL: it came without */
    oci_str_t   kid;            /* as a set of keys has it; empty: none */
    oci_str_t   alg;            /* the only one that it is for; empty: any */
    char        libtrust[60];
    char        thumbprint[44];
    bool        secret;         /* pkey can sign */
} oci_key_t;


typedef struct {
    oci_array_t   keys;         /* oci_key_t */
    X509_STORE   *roots;        /* the certificates among them, or NULL */
    u_char        id[32];       /* of the text that they came from */
} oci_keys_t;


/*
 * Reads a set of keys (JSON) or PEM: public and private keys, certificates,
 * any number of each.  What is no key for signatures is passed over;
 * OCI_INVALID when nothing is left.  The keys live as long as the pool.
 */

oci_status_e oci_keys_load(oci_keys_t **keys, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* the public key as JSON, its required members alone; NULL: no memory */

json_t *oci_jwk_of(const EVP_PKEY *pkey);


/* base64 of RFC 4648, section 5, without padding; data is NULL: not that */

oci_str_t oci_base64url_decode(oci_pool_t *pool, const oci_str_t *text);
oci_str_t oci_base64url_encode(oci_pool_t *pool, const u_char *data,
    size_t len);


#endif /* OCI_JWK_H */
