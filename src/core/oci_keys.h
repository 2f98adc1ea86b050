/*
 * The keys that tokens are signed with: sets of JSON web keys, PEM keys,
 * certificates.
 *
 * Sources: RFC 7517, section 5 (sets), RFC 7638 (thumbprints); for libtrust's
 * ids of keys, registry:2.
 */

#ifndef OCI_KEYS_H
#define OCI_KEYS_H

#include "oci_core.h"

#include <openssl/evp.h>
#include <openssl/x509.h>


#define OCI_KEYS_MAX    256         /* in one file */
#define OCI_KEYS_TRIED  16          /* for one token */


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


#endif /* OCI_KEYS_H */
