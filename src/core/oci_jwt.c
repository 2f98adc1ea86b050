/*
 * Tokens.
 */

#include "oci_jwt.h"
#include "oci_json.h"
#include "oci_reference.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>


#define OCI_JWT_CHAIN  8            /* certificates that a token may bring */


typedef struct {
    const char  *name;
    int          type;              /* EVP_PKEY_* */
    const char  *md;                /* NULL: the key's own */
    int          bits;              /* of the curve */
    bool         pss;
} oci_jwt_alg_t;


static json_t *oci_jwt_json(oci_pool_t *pool, const oci_str_t *part,
    const char *what, oci_error_t *err);
static void oci_jwt_free(void *data);
static const oci_jwt_alg_t *oci_jwt_alg(const oci_str_t *name);
static const oci_jwt_alg_t *oci_jwt_alg_of(const EVP_PKEY *pkey);
static bool oci_jwt_chained(const oci_jwt_t *jwt, const oci_keys_t *keys,
    const oci_jwt_alg_t *alg, int64_t now, oci_pool_t *pool);
static X509 *oci_jwt_certificate(const json_t *text, oci_pool_t *pool);
static bool oci_jwt_named(const oci_key_t *key, const oci_str_t *kid);
static bool oci_jwt_fits(const oci_jwt_alg_t *alg, const EVP_PKEY *pkey);
static bool oci_jwt_check(const oci_jwt_t *jwt, const oci_jwt_alg_t *alg,
    EVP_PKEY *pkey, oci_pool_t *pool);
static oci_str_t oci_jwt_der(const oci_str_t *raw, oci_pool_t *pool);
static bool oci_jwt_raw(oci_str_t *signature, int bits, oci_pool_t *pool);
static bool oci_jwt_pss(EVP_PKEY_CTX *ctx, const oci_jwt_alg_t *alg);
static bool oci_jwt_audience(const json_t *aud, const oci_str_t *audience);
static bool oci_jwt_time(const json_t *claims, const char *name, double *t);
static unsigned oci_jwt_actions(const json_t *list);
static json_t *oci_jwt_x5c(const oci_keys_t *keys);
static oci_str_t oci_jwt_part(oci_pool_t *pool, const json_t *json);


static const oci_jwt_alg_t  oci_jwt_algs[] = {
    { "ES256", EVP_PKEY_EC, "SHA256", 256, false },
    { "ES384", EVP_PKEY_EC, "SHA384", 384, false },
    { "ES512", EVP_PKEY_EC, "SHA512", 521, false },
    { "RS256", EVP_PKEY_RSA, "SHA256", 0, false },
    { "RS384", EVP_PKEY_RSA, "SHA384", 0, false },
    { "RS512", EVP_PKEY_RSA, "SHA512", 0, false },
    { "PS256", EVP_PKEY_RSA, "SHA256", 0, true },
    { "PS384", EVP_PKEY_RSA, "SHA384", 0, true },
    { "PS512", EVP_PKEY_RSA, "SHA512", 0, true },
    { "EdDSA", EVP_PKEY_ED25519, NULL, 0, false },
    { "EdDSA", EVP_PKEY_ED448, NULL, 0, false },
    { NULL, 0, NULL, 0, false }
};


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

    /* what must be understood is not */

    if (json_object_get(jwt->header, "crit") != NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "the header of a token has \"crit\"");
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
    const oci_jwt_alg_t  *alg;

    name = oci_json_str(jwt->header, "alg");
    alg = oci_jwt_alg(&name);

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

        if (!oci_jwt_fits(alg, key[i].pkey)
            || (key[i].alg.len != 0 && !oci_str_eq(&key[i].alg, &name)))
        {
            continue;
        }

        if (tried++ == OCI_KEYS_TRIED) {
            break;
        }

        good = oci_jwt_check(jwt, alg, key[i].pkey, pool);
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


static const oci_jwt_alg_t *
oci_jwt_alg(const oci_str_t *name)
{
    const oci_jwt_alg_t  *alg;

    for (alg = oci_jwt_algs; alg->name != NULL; alg++) {
        if (oci_str_is(name, alg->name)) {
            return alg;
        }
    }

    return NULL;
}


static const oci_jwt_alg_t *
oci_jwt_alg_of(const EVP_PKEY *pkey)
{
    const oci_jwt_alg_t  *alg;

    for (alg = oci_jwt_algs; alg->name != NULL; alg++) {
        if (oci_jwt_fits(alg, pkey)) {
            return alg;
        }
    }

    return NULL;
}


/* by the first certificate that it brings, if one of ours leads to that */

static bool
oci_jwt_chained(const oci_jwt_t *jwt, const oci_keys_t *keys,
    const oci_jwt_alg_t *alg, int64_t now, oci_pool_t *pool)
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
               && oci_jwt_fits(alg, X509_get0_pubkey(leaf))
               && oci_jwt_check(jwt, alg, X509_get0_pubkey(leaf), pool);
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


static bool
oci_jwt_fits(const oci_jwt_alg_t *alg, const EVP_PKEY *pkey)
{
    int  type;

    type = EVP_PKEY_get_base_id(pkey);

    if (type == EVP_PKEY_RSA) {
        return alg->type == type
               && EVP_PKEY_get_bits(pkey) >= OCI_RSA_BITS_MIN;
    }

    if (type == EVP_PKEY_ED448) {           /* one name for both */
        return alg->type == EVP_PKEY_ED25519 || alg->type == type;
    }

    return alg->type == type
           && (alg->bits == 0 || alg->bits == EVP_PKEY_get_bits(pkey));
}


static bool
oci_jwt_check(const oci_jwt_t *jwt, const oci_jwt_alg_t *alg, EVP_PKEY *pkey,
    oci_pool_t *pool)
{
    bool           good;
    oci_str_t      signature;
    EVP_MD_CTX    *ctx;
    EVP_PKEY_CTX  *pctx;

    signature = jwt->signature;

    if (alg->type == EVP_PKEY_EC) {

        if (signature.len != (size_t) (alg->bits + 7) / 8 * 2) {
            return false;
        }

        signature = oci_jwt_der(&signature, pool);
    }

    ctx = EVP_MD_CTX_new();

    good = ctx != NULL && signature.data != NULL
           && EVP_DigestVerifyInit_ex(ctx, &pctx, alg->md, NULL, NULL, pkey,
                                      NULL) == 1
           && oci_jwt_pss(pctx, alg)
           && EVP_DigestVerify(ctx, signature.data, signature.len,
                               jwt->text.data, jwt->text.len) == 1;

    EVP_MD_CTX_free(ctx);

    return good;
}


static bool
oci_jwt_pss(EVP_PKEY_CTX *ctx, const oci_jwt_alg_t *alg)
{
    return !alg->pss
           || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
                                                   RSA_PSS_SALTLEN_DIGEST)
                  > 0);
}


/* two numbers of equal length (RFC 7518, section 3.4), as OpenSSL has them */

static oci_str_t
oci_jwt_der(const oci_str_t *raw, oci_pool_t *pool)
{
    int         len;
    BIGNUM     *r, *s;
    u_char     *p;
    oci_str_t   der = oci_null_string;
    ECDSA_SIG  *sig;

    sig = ECDSA_SIG_new();
    r = BN_bin2bn(raw->data, (int) raw->len / 2, NULL);
    s = BN_bin2bn(raw->data + raw->len / 2, (int) raw->len / 2, NULL);

    if (sig == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(sig, r, s) != 1)
    {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(sig);
        return der;
    }

    len = i2d_ECDSA_SIG(sig, NULL);
    der.data = (len > 0) ? oci_palloc(pool, (size_t) len) : NULL;

    if (der.data != NULL) {
        p = der.data;
        der.len = (size_t) i2d_ECDSA_SIG(sig, &p);
    }

    ECDSA_SIG_free(sig);

    return der;
}


/* and back */

static bool
oci_jwt_raw(oci_str_t *signature, int bits, oci_pool_t *pool)
{
    int             n;
    bool            good;
    u_char         *raw;
    ECDSA_SIG      *sig;
    const u_char   *p;

    n = (bits + 7) / 8;
    p = signature->data;
    sig = d2i_ECDSA_SIG(NULL, &p, (long) signature->len);
    raw = oci_palloc(pool, (size_t) n * 2);

    good = sig != NULL && raw != NULL
           && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, n) == n
           && BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + n, n) == n;

    ECDSA_SIG_free(sig);

    signature->data = raw;
    signature->len = (size_t) n * 2;

    return good;
}


oci_status_e
oci_jwt_claims(const oci_jwt_t *jwt, const oci_str_t *audience, int64_t now,
    int64_t leeway, oci_error_t *err)
{
    double  t;

    if (!oci_jwt_audience(json_object_get(jwt->claims, "aud"), audience)) {
        return oci_error(err, OCI_DENIED, 0,
                         "a token for another audience than \"%.*s\"",
                         (int) audience->len, audience->data);
    }

    if (json_object_get(jwt->claims, "nbf") != NULL
        && (!oci_jwt_time(jwt->claims, "nbf", &t)
            || t > (double) (now + leeway)))
    {
        return oci_error(err, OCI_DENIED, 0, "a token that is not valid yet");
    }

    if (!oci_jwt_time(jwt->claims, "exp", &t)) {
        return oci_error(err, OCI_DENIED, 0, "a token that never expires");
    }

    if (t <= (double) (now - leeway)) {
        return oci_error(err, OCI_RANGE, 0, "a token that has expired");
    }

    return OCI_OK;
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


static bool
oci_jwt_audience(const json_t *aud, const oci_str_t *audience)
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
            && oci_jwt_audience(json_array_get(aud, i), audience))
        {
            return true;
        }
    }

    return false;
}


oci_status_e
oci_jwt_grants(const oci_jwt_t *jwt, oci_pool_t *pool, oci_identity_t *who,
    oci_error_t *err)
{
    size_t        i;
    json_t       *access, *entry;
    unsigned      actions;
    oci_str_t     type, name, all = oci_string("**");
    oci_grant_t  *grant;

    who->bounded = true;
    access = json_object_get(jwt->claims, "access");

    for (i = 0; i < json_array_size(access); i++) {
        entry = json_array_get(access, i);
        type = oci_json_str(entry, "type");
        name = oci_json_str(entry, "name");
        actions = oci_jwt_actions(json_object_get(entry, "actions"));

        if (oci_str_is(&type, "registry") && oci_str_is(&name, "catalog")) {
            actions = (actions != 0) ? OCI_MAY_CATALOG : 0;

        } else if (!oci_str_is(&type, "repository") || !oci_name_valid(&name))
        {
            continue;
        }

        grant = oci_array_push(&who->grants);
        if (grant == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        grant->actions = actions;

        if (oci_glob_compile(&grant->repo, pool, OCI_GLOB_REPOSITORY,
                             actions == OCI_MAY_CATALOG ? &all : &name, err)
            != OCI_OK)
        {
            return err->status;
        }
    }

    return OCI_OK;
}


static unsigned
oci_jwt_actions(const json_t *list)
{
    size_t     i;
    unsigned   actions;
    oci_str_t  word;

    actions = 0;

    for (i = 0; i < json_array_size(list); i++) {
        word = oci_str(json_string_value(json_array_get(list, i)));
        actions |= oci_action_parse(&word);
    }

    return actions & ~(unsigned) OCI_MAY_CATALOG;
}


oci_status_e
oci_jwt_sign(oci_str_t *token, oci_pool_t *pool, const oci_keys_t *keys,
    const char *kid, bool chain, const json_t *claims, oci_error_t *err)
{
    bool                  good;
    json_t               *header;
    oci_str_t             text, head, body, signature;
    EVP_MD_CTX           *ctx;
    EVP_PKEY_CTX         *pctx;
    const oci_key_t      *key;
    const oci_jwt_alg_t  *alg;

    key = oci_jwt_signer(keys);
    alg = (key != NULL) ? oci_jwt_alg_of(key->pkey) : NULL;

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

    signature.len = 1024;
    signature.data = oci_palloc(pool, signature.len);
    ctx = EVP_MD_CTX_new();

    good = head.data != NULL && body.data != NULL && text.data != NULL
           && signature.data != NULL && ctx != NULL
           && EVP_DigestSignInit_ex(ctx, &pctx, alg->md, NULL, NULL,
                                    key->pkey, NULL) == 1
           && EVP_DigestSign(ctx, signature.data, &signature.len, text.data,
                             text.len) == 1
           && (alg->bits == 0 || oci_jwt_raw(&signature, alg->bits, pool));

    EVP_MD_CTX_free(ctx);

    if (good) {
        body = oci_base64url_encode(pool, signature.data, signature.len);
        *token = oci_strf(pool, "%s.%s", (char *) text.data,
                          (char *) body.data);
        good = body.data != NULL && token->data != NULL;
    }

    return good ? OCI_OK
                : oci_error(err, OCI_NOMEM, 0, "cannot sign a token");
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


bool
oci_scope_next(oci_str_t *list, oci_scope_t *scope)
{
    u_char     *blank, *first, *last;
    oci_str_t   word;

    while (list->len != 0) {
        word = *list;
        blank = memchr(word.data, ' ', word.len);

        if (blank != NULL) {
            word.len = (size_t) (blank - word.data);
        }

        list->data += word.len + (blank != NULL);
        list->len -= word.len + (blank != NULL);

        /* a name may hold colons: the port of a host */

        first = (word.len != 0) ? memchr(word.data, ':', word.len) : NULL;
        last = (word.len != 0) ? memrchr(word.data, ':', word.len) : NULL;

        if (first == last) {
            continue;
        }

        scope->type.data = word.data;
        scope->type.len = (size_t) (first - word.data);
        scope->name.data = first + 1;
        scope->name.len = (size_t) (last - first - 1);
        scope->actions.data = last + 1;
        scope->actions.len = (size_t) (word.data + word.len - last - 1);

        return true;
    }

    return false;
}
