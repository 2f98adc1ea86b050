/*
 * Tokens.
 */

#include "oci_base64url.h"
#include "oci_json.h"
#include "oci_jws.h"
#include "oci_jwt.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>


#define OCI_JWT_CHAIN  8            /* certificates that a token may bring */
#define OCI_JWT_SKEW   60           /* s that its issuer's clock may be fast */


static json_t *oci_jwt_json(oci_pool_t *pool, const oci_str_t *part,
    const char *what, oci_error_t *err);
static void oci_jwt_free(void *data);
static oci_status_e oci_jwt_header(const json_t *header, oci_error_t *err);
static bool oci_jwt_chained(const oci_jwt_t *jwt, const oci_keys_t *keys,
    const oci_jws_alg_t *alg, int64_t now, oci_pool_t *pool);
static X509 *oci_jwt_certificate(const json_t *text, oci_pool_t *pool);
static bool oci_jwt_named(const oci_key_t *key, const oci_str_t *kid);
static bool oci_jwt_is_for(const json_t *aud, const oci_str_t *audience);
static bool oci_jwt_ahead(const json_t *claims, const char *name,
    int64_t limit);
static bool oci_jwt_time(const json_t *claims, const char *name, double *t);
static json_t *oci_jwt_x5c(const oci_keys_t *keys);
static oci_str_t oci_jwt_part(oci_pool_t *pool, const json_t *json);


oci_status_e
oci_jwt_parse(oci_jwt_t *jwt, oci_pool_t *pool, const oci_str_t *token,
    oci_error_t *err)
{
    u_char     *dot, *end;
    oci_str_t   part;

    memset(jwt, 0, sizeof(oci_jwt_t));

    if (token->len > OCI_JWT_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "a token of more than %d bytes",
                         OCI_JWT_MAX);
    }

    end = token->data + token->len;
    dot = (token->len != 0) ? memchr(token->data, '.', token->len) : NULL;

    if (dot == NULL) {
        return oci_error(err, OCI_INVALID, 0, "not a token");
    }

    part.data = token->data;
    part.len = (size_t) (dot - token->data);
    jwt->header = oci_jwt_json(pool, &part, "header", err);

    if (jwt->header == NULL) {
        return OCI_INVALID;
    }

    part.data = dot + 1;
    dot = memchr(part.data, '.', (size_t) (end - part.data));

    if (dot == NULL) {
        return oci_error(err, OCI_INVALID, 0, "a token without a signature");
    }

    part.len = (size_t) (dot - part.data);
    jwt->claims = oci_jwt_json(pool, &part, "claims", err);

    if (jwt->claims == NULL) {
        return OCI_INVALID;
    }

    jwt->text.data = token->data;
    jwt->text.len = (size_t) (dot - token->data);
    part.data = dot + 1;
    part.len = (size_t) (end - part.data);
    jwt->signature = oci_base64url_decode(pool, &part);
    jwt->issuer = oci_json_str(jwt->claims, "iss");

    if (jwt->signature.data == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "the signature of a token is not base64url");
    }

    return oci_jwt_header(jwt->header, err);
}


/* what must be understood is not, and what names a key is a name */

static oci_status_e
oci_jwt_header(const json_t *header, oci_error_t *err)
{
    size_t         i;
    const json_t  *kid;

    static const char *const  strange[] = { "crit", "b64" };

    for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        if (json_object_get(header, strange[i]) != NULL) {
            return oci_error(err, OCI_INVALID, 0,
                             "the header of a token has \"%s\"", strange[i]);
        }
    }

    kid = json_object_get(header, "kid");

    if (kid != NULL && !json_is_string(kid)) {
        return oci_error(err, OCI_INVALID, 0,
                         "the \"kid\" of a token is no string");
    }

    return OCI_OK;
}


static json_t *
oci_jwt_json(oci_pool_t *pool, const oci_str_t *part, const char *what,
    oci_error_t *err)
{
    json_t     *json;
    oci_str_t   text;

    text = oci_base64url_decode(pool, part);

    if (text.data == NULL) {
        (void) oci_error(err, OCI_INVALID, 0,
                         "the %s of a token is not base64url", what);
        return NULL;
    }

    json = oci_json_load(text.data, text.len,
                         OCI_JSON_DUPLICATES, err);

    if (json != NULL && !json_is_object(json)) {
        (void) oci_error(err, OCI_INVALID, 0,
                         "the %s of a token is no object", what);
        json_decref(json);
        return NULL;
    }

    if (json != NULL && oci_pool_cleanup(pool, oci_jwt_free, json) != OCI_OK)
    {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    return json;
}


static void
oci_jwt_free(void *data)
{
    json_decref(data);
}


oci_status_e
oci_jwt_verify(const oci_jwt_t *jwt, const oci_keys_t *keys, int64_t now,
    oci_error_t *err)
{
    bool                  good, named;
    size_t                i, tried;
    oci_str_t             name, kid;
    oci_key_t            *key;
    oci_pool_t           *pool;
    const oci_jws_alg_t  *alg;

    name = oci_json_str(jwt->header, "alg");
    alg = oci_jws_alg(&name);

    if (alg == NULL) {
        return oci_error(err, OCI_DENIED, 0,
                         "a token signed with \"%.*s\", which proves nothing",
                         (int) (name.len < 16 ? name.len : 16), name.data);
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    kid = oci_json_str(jwt->header, "kid");
    key = keys->keys.elts;
    named = kid.len != 0 && oci_jwt_known(jwt, keys);

    /*
     * The key that is named; when none is, or the name is one that only its
     * issuer knows how to make, those that have no other name
     */

    good = oci_jwt_chained(jwt, keys, alg, now, pool);
    tried = 0;

    for (i = 0; !good && i < keys->keys.nelts; i++) {

        if (named ? !oci_jwt_named(&key[i], &kid)
                  : (kid.len != 0 && key[i].kid.len != 0))
        {
            continue;
        }

        if (!oci_jws_fits(alg, key[i].pkey)
            || (key[i].alg.len != 0 && !oci_str_eq(&key[i].alg, &name)))
        {
            continue;
        }

        if (tried++ == OCI_KEYS_TRIED) {
            break;
        }

        good = oci_jws_verify(alg, key[i].pkey, &jwt->text,
                              &jwt->signature, pool);
    }

    ERR_clear_error();
    oci_pool_destroy(pool);

    return good ? OCI_OK
                : oci_error(err, OCI_DENIED, 0,
                            "no trusted key has signed the token");
}


bool
oci_jwt_known(const oci_jwt_t *jwt, const oci_keys_t *keys)
{
    size_t            i;
    oci_str_t         kid;
    const oci_key_t  *key;

    kid = oci_json_str(jwt->header, "kid");
    key = keys->keys.elts;

    for (i = 0; i < keys->keys.nelts; i++) {
        if (kid.len == 0 || oci_jwt_named(&key[i], &kid)) {
            return true;
        }
    }

    return false;
}


/* by the first certificate that it brings, if one of ours leads to that */

static bool
oci_jwt_chained(const oci_jwt_t *jwt, const oci_keys_t *keys,
    const oci_jws_alg_t *alg, int64_t now, oci_pool_t *pool)
{
    bool              good;
    X509             *leaf, *cert;
    size_t            i;
    json_t           *x5c;
    X509_STORE_CTX   *ctx;
    STACK_OF(X509)   *chain;

    x5c = json_object_get(jwt->header, "x5c");

    if (keys->roots == NULL || json_array_size(x5c) == 0
        || json_array_size(x5c) > OCI_JWT_CHAIN)
    {
        return false;
    }

    leaf = oci_jwt_certificate(json_array_get(x5c, 0), pool);
    chain = sk_X509_new_null();
    ctx = X509_STORE_CTX_new();

    for (i = 1; chain != NULL && i < json_array_size(x5c); i++) {
        cert = oci_jwt_certificate(json_array_get(x5c, i), pool);

        if (cert != NULL && sk_X509_push(chain, cert) <= 0) {
            X509_free(cert);
        }
    }

    good = false;

    if (leaf != NULL && chain != NULL && ctx != NULL
        && X509_STORE_CTX_init(ctx, keys->roots, leaf, chain) == 1)
    {
        X509_STORE_CTX_set_time(ctx, 0, (time_t) now);
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);

        good = X509_verify_cert(ctx) == 1
               && oci_jws_fits(alg, X509_get0_pubkey(leaf))
               && oci_jws_verify(alg, X509_get0_pubkey(leaf), &jwt->text,
                                 &jwt->signature, pool);
    }

    X509_STORE_CTX_free(ctx);
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);

    return good;
}


static X509 *
oci_jwt_certificate(const json_t *text, oci_pool_t *pool)
{
    int            len;
    size_t         n;
    u_char        *der;
    const u_char  *p;

    n = json_string_length(text);

    if (n == 0 || n > OCI_JWT_MAX) {
        return NULL;
    }

    der = oci_palloc(pool, n + 4);
    if (der == NULL) {
        return NULL;
    }

    len = EVP_DecodeBlock(der, (u_char *) json_string_value(text), (int) n);
    p = der;

    return (len > 0) ? d2i_X509(NULL, &p, len) : NULL;
}


static bool
oci_jwt_named(const oci_key_t *key, const oci_str_t *kid)
{
    return kid->len != 0
           && (oci_str_eq(&key->kid, kid) || oci_str_is(kid, key->libtrust)
               || oci_str_is(kid, key->thumbprint));
}


oci_status_e
oci_jwt_claims(const oci_jwt_t *jwt, const oci_str_t *audience, int64_t now,
    int64_t leeway, oci_error_t *err)
{
    double  t;

    if (oci_jwt_audience(jwt, audience, err) != OCI_OK) {
        return OCI_DENIED;
    }

    if (oci_jwt_ahead(jwt->claims, "nbf", now + leeway)) {
        return oci_error(err, OCI_DENIED, 0, "a token that is not valid yet");
    }

    if (oci_jwt_ahead(jwt->claims, "iat", now + leeway + OCI_JWT_SKEW)) {
        return oci_error(err, OCI_DENIED, 0, "a token of a time to come");
    }

    if (!oci_jwt_time(jwt->claims, "exp", &t)) {
        return oci_error(err, OCI_DENIED, 0, "a token that never expires");
    }

    if (t <= (double) (now - leeway)) {
        return oci_error(err, OCI_RANGE, 0, "a token that has expired");
    }

    return OCI_OK;
}


/* is it a time after this one, or none at all?  It may be absent */

static bool
oci_jwt_ahead(const json_t *claims, const char *name, int64_t limit)
{
    double  t;

    return json_object_get(claims, name) != NULL
           && (!oci_jwt_time(claims, name, &t) || t > (double) limit);
}


static bool
oci_jwt_time(const json_t *claims, const char *name, double *t)
{
    json_t  *value;

    value = json_object_get(claims, name);

    if (!json_is_number(value)) {
        return false;
    }

    *t = json_number_value(value);

    return *t >= 0 && *t < 1e15;
}


oci_status_e
oci_jwt_audience(const oci_jwt_t *jwt, const oci_str_t *audience,
    oci_error_t *err)
{
    if (oci_jwt_is_for(json_object_get(jwt->claims, "aud"), audience)) {
        return OCI_OK;
    }

    return oci_error(err, OCI_DENIED, 0,
                     "a token for another audience than \"%.*s\"",
                     (int) audience->len, audience->data);
}


static bool
oci_jwt_is_for(const json_t *aud, const oci_str_t *audience)
{
    size_t     i;
    oci_str_t  text;

    if (json_is_string(aud)) {
        text.data = (u_char *) json_string_value(aud);
        text.len = json_string_length(aud);

        return oci_str_eq(&text, audience);
    }

    for (i = 0; i < json_array_size(aud); i++) {
        if (json_is_string(json_array_get(aud, i))
            && oci_jwt_is_for(json_array_get(aud, i), audience))
        {
            return true;
        }
    }

    return false;
}


oci_status_e
oci_jwt_sign(oci_str_t *token, oci_pool_t *pool, const oci_keys_t *keys,
    const char *kid, bool chain, const json_t *claims, oci_error_t *err)
{
    json_t               *header;
    oci_str_t             text, head, body, signature;
    const oci_key_t      *key;
    const oci_jws_alg_t  *alg;

    key = oci_jwt_signer(keys);
    alg = (key != NULL) ? oci_jws_alg_of(key->pkey) : NULL;

    if (alg == NULL) {
        return oci_error(err, OCI_INVALID, 0, "no key to sign with");
    }

    header = json_pack("{s:s, s:s, s:s*, s:o*}", "typ", "JWT",
                       "alg", alg->name, "kid", kid,
                       "x5c", chain ? oci_jwt_x5c(keys) : NULL);
    head = oci_jwt_part(pool, header);
    json_decref(header);
    body = oci_jwt_part(pool, claims);
    text = oci_strf(pool, "%s.%s", (char *) head.data, (char *) body.data);

    if (head.data != NULL && body.data != NULL && text.data != NULL
        && oci_jws_sign(&signature, pool, alg, key->pkey, &text))
    {
        body = oci_base64url_encode(pool, signature.data, signature.len);
        *token = oci_strf(pool, "%s.%s", (char *) text.data,
                          (char *) body.data);

        if (body.data != NULL && token->data != NULL) {
            return OCI_OK;
        }
    }

    return oci_error(err, OCI_NOMEM, 0, "cannot sign a token");
}


const oci_key_t *
oci_jwt_signer(const oci_keys_t *keys)
{
    size_t            i;
    const oci_key_t  *key;

    key = keys->keys.elts;

    for (i = 0; i < keys->keys.nelts; i++) {
        if (key[i].secret) {
            return &key[i];
        }
    }

    return NULL;
}


bool
oci_jwt_certified(const oci_keys_t *keys)
{
    size_t            i;
    const oci_key_t  *key, *signer;

    key = keys->keys.elts;
    signer = oci_jwt_signer(keys);

    for (i = 0; i < keys->keys.nelts; i++) {
        if (key[i].cert != NULL) {
            return signer != NULL && EVP_PKEY_eq(key[i].pkey, signer->pkey)
                                     == 1;
        }
    }

    return false;
}


static oci_str_t
oci_jwt_part(oci_pool_t *pool, const json_t *json)
{
    char       *text;
    oci_str_t   part = oci_null_string;

    text = (json != NULL) ? json_dumps(json, JSON_COMPACT) : NULL;

    if (text != NULL) {
        part = oci_base64url_encode(pool, (u_char *) text, strlen(text));
        free(text);
    }

    return part;
}


/* the certificates as they stood, the signer's first; NULL: there are none */

static json_t *
oci_jwt_x5c(const oci_keys_t *keys)
{
    int               len;
    char             *text;
    size_t            i;
    json_t           *list;
    u_char           *der;
    const oci_key_t  *key;

    list = NULL;
    key = keys->keys.elts;

    for (i = 0; i < keys->keys.nelts; i++) {

        if (key[i].cert == NULL) {
            continue;
        }

        der = NULL;
        len = i2d_X509(key[i].cert, &der);
        text = (len > 0) ? malloc((size_t) len / 3 * 4 + 8) : NULL;

        if (text != NULL) {
            (void) EVP_EncodeBlock((u_char *) text, der, len);

            if (list == NULL) {
                list = json_array();
            }

            (void) json_array_append_new(list, json_string(text));
        }

        free(text);
        OPENSSL_free(der);
    }

    return list;
}
