/*
 * Tokens: JSON web tokens, signed with a key of somebody we trust.
 *
 * Sources: RFC 7515 (signatures), RFC 7519 (claims), RFC 8725 (what goes
 * wrong).
 * A key that a token brings along proves nothing, unless a certificate of
 * ours has signed it.
 */

#ifndef OCI_JWT_H
#define OCI_JWT_H

#include "oci_keys.h"

#include <jansson.h>


#define OCI_JWT_MAX  (64 * 1024)


typedef struct {
    json_t     *header;
    json_t     *claims;
    oci_str_t   text;           /* what was signed */
    oci_str_t   signature;
    oci_str_t   issuer;         /* "iss"; not proven before the signature is */
} oci_jwt_t;


/*
 * Reads a token; it proves nothing yet.  Its parts live as long as the pool
 * and the text.  OCI_INVALID, OCI_LIMIT: not a token, said in err.
 */

oci_status_e oci_jwt_parse(oci_jwt_t *jwt, oci_pool_t *pool,
    const oci_str_t *token, oci_error_t *err);

/* OCI_DENIED, said in err: no key of these has signed it */

oci_status_e oci_jwt_verify(const oci_jwt_t *jwt, const oci_keys_t *keys,
    int64_t now, oci_error_t *err);

/* does the token name no key, or one of these? */

bool oci_jwt_known(const oci_jwt_t *jwt, const oci_keys_t *keys);

/* OCI_DENIED, said in err: it is for somebody else.  claims() asks this too */

oci_status_e oci_jwt_audience(const oci_jwt_t *jwt, const oci_str_t *audience,
    oci_error_t *err);

/*
 * Is it for this audience, and valid now, give or take leeway seconds?
 * OCI_RANGE: it has expired, and is good otherwise.  OCI_DENIED: it is not.
 */

oci_status_e oci_jwt_claims(const oci_jwt_t *jwt, const oci_str_t *audience,
    int64_t now, int64_t leeway, oci_error_t *err);

/*
 * A token with these claims by the first key that can sign.  kid may be NULL;
 * with chain the header has the certificates of keys.
 */

oci_status_e oci_jwt_sign(oci_str_t *token, oci_pool_t *pool,
    const oci_keys_t *keys, const char *kid, bool chain,
    const json_t *claims, oci_error_t *err);

const oci_key_t *oci_jwt_signer(const oci_keys_t *keys);    /* or NULL */

/* is the first certificate, of a chain the signer's, of the key that signs? */

bool oci_jwt_certified(const oci_keys_t *keys);


#endif /* OCI_JWT_H */
