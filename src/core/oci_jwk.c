/*
 * Keys that tokens are signed with.
 */

#include "oci_jwk.h"
#include "oci_json.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>


static void oci_keys_free(void *data);
static oci_status_e oci_keys_json(oci_keys_t *keys, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e oci_keys_pem(oci_keys_t *keys, const oci_str_t *text,
    oci_error_t *err);
static void oci_keys_block(oci_keys_t *keys, const char *name,
    const u_char *data, long len);
static oci_key_t *oci_keys_add(oci_keys_t *keys, EVP_PKEY *pkey, X509 *cert,
    bool secret);
static bool oci_key_usable(const EVP_PKEY *pkey);
static bool oci_key_ids(oci_key_t *key);
static EVP_PKEY *oci_jwk_parse(oci_pool_t *pool, const json_t *jwk);
static EVP_PKEY *oci_jwk_rsa(oci_pool_t *pool, const json_t *jwk);
static EVP_PKEY *oci_jwk_ec(oci_pool_t *pool, const json_t *jwk);
static EVP_PKEY *oci_jwk_okp(oci_pool_t *pool, const json_t *jwk);
static EVP_PKEY *oci_jwk_build(const char *type, OSSL_PARAM_BLD *build);
static oci_str_t oci_jwk_bytes(oci_pool_t *pool, const json_t *jwk,
    const char *name);
static json_t *oci_jwk_number(const EVP_PKEY *pkey, const char *name,
    size_t len);
static json_t *oci_jwk_string(const u_char *data, size_t len);


static const struct {
    const char  *crv;
    const char  *group;
    size_t       len;           /* of a coordinate */
} oci_curves[] = {
    { "P-256", "prime256v1", 32 },
    { "P-384", "secp384r1", 48 },
    { "P-521", "secp521r1", 66 },
    { NULL, NULL, 0 }
};


oci_status_e
oci_keys_load(oci_keys_t **keys, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    size_t         i;
    oci_keys_t    *k;
    oci_status_e   rc;

    k = oci_pcalloc(pool, sizeof(oci_keys_t));

    if (k == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&k->keys, pool, sizeof(oci_key_t));
    (void) SHA256(text->len != 0 ? text->data : (const u_char *) "",
                  text->len, k->id);

    if (oci_pool_cleanup(pool, oci_keys_free, k) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (i = 0; i < text->len; i++) {
        if (text->data[i] != ' ' && text->data[i] != '\t'
            && text->data[i] != '\r' && text->data[i] != '\n')
        {
            break;
        }
    }

    rc = (i < text->len && text->data[i] == '{')
         ? oci_keys_json(k, pool, text, err) : oci_keys_pem(k, text, err);

    ERR_clear_error();

    if (rc == OCI_OK && k->keys.nelts == 0) {
        rc = oci_error(err, OCI_INVALID, 0,
                       "no key for signatures: RSA of %d bits or more, "
                       "P-256, P-384, P-521, Ed25519 or Ed448",
                       OCI_RSA_BITS_MIN);
    }

    *keys = k;

    return rc;
}


static void
oci_keys_free(void *data)
{
    size_t       i;
    oci_key_t   *key;
    oci_keys_t  *keys = data;

    key = keys->keys.elts;

    for (i = 0; i < keys->keys.nelts; i++) {
        EVP_PKEY_free(key[i].pkey);
        X509_free(key[i].cert);
    }

    X509_STORE_free(keys->roots);
}


/* RFC 7517, section 5; a single key is taken too */

static oci_status_e
oci_keys_json(oci_keys_t *keys, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    size_t      i;
    json_t     *root, *set, *jwk;
    oci_str_t   use, kid, alg;
    EVP_PKEY   *pkey;
    oci_key_t  *key;

    root = oci_json_load(text->data, text->len,
                         OCI_JSON_DUPLICATES, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    set = json_object_get(root, "keys");

    for (i = 0; i == 0 || i < json_array_size(set); i++) {
        jwk = json_is_array(set) ? json_array_get(set, i) : root;
        use = oci_json_str(jwk, "use");

        if (use.len != 0 && !oci_str_is(&use, "sig")) {
            continue;
        }

        pkey = oci_jwk_parse(pool, jwk);
        if (pkey == NULL) {
            continue;
        }

        key = oci_keys_add(keys, pkey, NULL, false);

        if (key != NULL) {
            kid = oci_json_str(jwk, "kid");
            alg = oci_json_str(jwk, "alg");
            key->kid = oci_str_dup(pool, kid.data, kid.len);
            key->alg = oci_str_dup(pool, alg.data, alg.len);
        }
    }

    json_decref(root);

    return OCI_OK;
}


static EVP_PKEY *
oci_jwk_parse(oci_pool_t *pool, const json_t *jwk)
{
    oci_str_t  kty;

    kty = oci_json_str(jwk, "kty");

    if (oci_str_is(&kty, "RSA")) {
        return oci_jwk_rsa(pool, jwk);
    }

    if (oci_str_is(&kty, "EC")) {
        return oci_jwk_ec(pool, jwk);
    }

    if (oci_str_is(&kty, "OKP")) {
        return oci_jwk_okp(pool, jwk);
    }

    return NULL;
}


static EVP_PKEY *
oci_jwk_rsa(oci_pool_t *pool, const json_t *jwk)
{
    BIGNUM          *n, *e;
    EVP_PKEY        *pkey;
    oci_str_t        nb, eb;
    OSSL_PARAM_BLD  *build;

    nb = oci_jwk_bytes(pool, jwk, "n");
    eb = oci_jwk_bytes(pool, jwk, "e");

    if (nb.len > 2048 || eb.len == 0 || eb.len > 8) {
        return NULL;
    }

    n = BN_bin2bn(nb.data, (int) nb.len, NULL);
    e = BN_bin2bn(eb.data, (int) eb.len, NULL);
    build = OSSL_PARAM_BLD_new();
    pkey = NULL;

    if (n != NULL && e != NULL && build != NULL
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    {
        pkey = oci_jwk_build("RSA", build);
    }

    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);

    return pkey;
}


static EVP_PKEY *
oci_jwk_ec(oci_pool_t *pool, const json_t *jwk)
{
    size_t           i;
    u_char           point[1 + 66 + 66];
    EVP_PKEY        *pkey;
    oci_str_t        crv, x, y;
    OSSL_PARAM_BLD  *build;

    crv = oci_json_str(jwk, "crv");
    x = oci_jwk_bytes(pool, jwk, "x");
    y = oci_jwk_bytes(pool, jwk, "y");

    for (i = 0; oci_curves[i].crv != NULL; i++) {
        if (oci_str_is(&crv, oci_curves[i].crv)) {
            break;
        }
    }

    if (oci_curves[i].crv == NULL || x.len != oci_curves[i].len
        || y.len != oci_curves[i].len)
    {
        return NULL;
    }

    point[0] = 4;               /* uncompressed */
    memcpy(point + 1, x.data, x.len);
    memcpy(point + 1 + x.len, y.data, y.len);

    build = OSSL_PARAM_BLD_new();
    pkey = NULL;

    if (build != NULL
        && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                           oci_curves[i].group, 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
                                            point, 1 + x.len + y.len) == 1)
    {
        pkey = oci_jwk_build("EC", build);
    }

    OSSL_PARAM_BLD_free(build);

    return pkey;
}


static EVP_PKEY *
oci_jwk_okp(oci_pool_t *pool, const json_t *jwk)
{
    int        type;
    oci_str_t  crv, x;

    crv = oci_json_str(jwk, "crv");
    x = oci_jwk_bytes(pool, jwk, "x");

    if (oci_str_is(&crv, "Ed25519")) {
        type = EVP_PKEY_ED25519;

    } else if (oci_str_is(&crv, "Ed448")) {
        type = EVP_PKEY_ED448;

    } else {
        return NULL;
    }

    return EVP_PKEY_new_raw_public_key(type, NULL, x.data, x.len);
}


static EVP_PKEY *
oci_jwk_build(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY      *pkey;
    OSSL_PARAM    *params;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;
    params = OSSL_PARAM_BLD_to_param(build);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        pkey = NULL;
    }

    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);

    return pkey;
}


static oci_str_t
oci_jwk_bytes(oci_pool_t *pool, const json_t *jwk, const char *name)
{
    oci_str_t  text;

    text = oci_json_str(jwk, name);

    return oci_base64url_decode(pool, &text);
}


static oci_status_e
oci_keys_pem(oci_keys_t *keys, const oci_str_t *text, oci_error_t *err)
{
    BIO     *bio;
    char    *name, *header;
    long     len;
    u_char  *data;

    bio = BIO_new_mem_buf(text->data, (int) text->len);
    if (bio == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    while (PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
        oci_keys_block(keys, name, data, len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t) len);
    }

    BIO_free(bio);

    return OCI_OK;
}


static void
oci_keys_block(oci_keys_t *keys, const char *name, const u_char *data,
    long len)
{
    X509      *cert;
    EVP_PKEY  *pkey;

    if (strcmp(name, PEM_STRING_X509) == 0) {
        cert = d2i_X509(NULL, &data, len);
        pkey = (cert != NULL) ? X509_get_pubkey(cert) : NULL;

        if (pkey == NULL) {
            X509_free(cert);
            return;
        }

        if (oci_keys_add(keys, pkey, cert, false) == NULL) {
            return;
        }

        if (keys->roots == NULL) {
            keys->roots = X509_STORE_new();
        }

        if (keys->roots != NULL) {
            (void) X509_STORE_add_cert(keys->roots, cert);
        }

        return;
    }

    if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
        pkey = d2i_PUBKEY(NULL, &data, len);

    } else if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) {
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &data, len);

    } else if (strstr(name, PEM_STRING_PKCS8INF) != NULL) {
        pkey = d2i_AutoPrivateKey(NULL, &data, len);

    } else {
        return;
    }

    if (pkey != NULL) {
        (void) oci_keys_add(keys, pkey, NULL,
                            strstr(name, PEM_STRING_PKCS8INF) != NULL);
    }
}


/* takes pkey and cert; NULL: not for us */

static oci_key_t *
oci_keys_add(oci_keys_t *keys, EVP_PKEY *pkey, X509 *cert, bool secret)
{
    oci_key_t  *key, new;

    memset(&new, 0, sizeof(new));
    new.pkey = pkey;
    new.cert = cert;
    new.secret = secret;

    key = NULL;

    if (keys->keys.nelts < OCI_KEYS_MAX && oci_key_usable(pkey)
        && oci_key_ids(&new))
    {
        key = oci_array_push(&keys->keys);
    }

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        X509_free(cert);
        return NULL;
    }

    *key = new;

    return key;
}


static bool
oci_key_usable(const EVP_PKEY *pkey)
{
    char    group[32];
    size_t  i;

    switch (EVP_PKEY_get_base_id(pkey)) {

    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(pkey) >= OCI_RSA_BITS_MIN;

    case EVP_PKEY_EC:
        if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                           group, sizeof(group), NULL)
            != 1)
        {
            return false;
        }

        for (i = 0; oci_curves[i].crv != NULL; i++) {
            if (strcmp(group, oci_curves[i].group) == 0) {
                return true;
            }
        }

        return false;

    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return true;

    default:
        return false;
    }
}


/* libtrust: 240 bits of SHA-256 of the key in DER, base32 in groups of four */

static bool
oci_key_ids(oci_key_t *key)
{
    int                len;
    char              *text, *p;
    json_t            *jwk;
    size_t             i, bit;
    u_char            *der, md[SHA256_DIGEST_LENGTH];
    oci_str_t          thumbprint;
    oci_pool_t        *pool;
    static const char  base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    der = NULL;
    len = i2d_PUBKEY(key->pkey, &der);

    if (len <= 0) {
        return false;
    }

    (void) SHA256(der, (size_t) len, md);
    OPENSSL_free(der);

    p = key->libtrust;

    for (i = 0, bit = 0; i < 48; i++, bit += 5) {
        if (i != 0 && i % 4 == 0) {
            *p++ = ':';
        }

        *p++ = base32[((md[bit / 8] << 8 | md[bit / 8 + 1])
                       >> (11 - bit % 8)) & 0x1f];
    }

    jwk = oci_jwk_of(key->pkey);
    text = (jwk != NULL) ? json_dumps(jwk, JSON_COMPACT|JSON_SORT_KEYS)
                         : NULL;
    json_decref(jwk);
    pool = oci_pool_create();

    if (text == NULL || pool == NULL) {
        free(text);
        oci_pool_destroy(pool);
        return false;
    }

    (void) SHA256((u_char *) text, strlen(text), md);
    free(text);

    thumbprint = oci_base64url_encode(pool, md, sizeof(md));

    if (thumbprint.data != NULL) {
        memcpy(key->thumbprint, thumbprint.data, thumbprint.len + 1);
    }

    oci_pool_destroy(pool);

    return key->thumbprint[0] != '\0';
}


json_t *
oci_jwk_of(const EVP_PKEY *pkey)
{
    char    group[32];
    size_t  i, len;
    u_char  raw[64];

    switch (EVP_PKEY_get_base_id(pkey)) {

    case EVP_PKEY_RSA:
        return json_pack("{s:s, s:o, s:o}", "kty", "RSA",
                         "n", oci_jwk_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0),
                         "e", oci_jwk_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0));

    case EVP_PKEY_EC:
        if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                           group, sizeof(group), NULL)
            != 1)
        {
            return NULL;
        }

        for (i = 0; oci_curves[i].crv != NULL; i++) {
            if (strcmp(group, oci_curves[i].group) == 0) {
                len = oci_curves[i].len;

                return json_pack("{s:s, s:s, s:o, s:o}", "kty", "EC",
                                 "crv", oci_curves[i].crv,
                                 "x", oci_jwk_number(pkey,
                                            OSSL_PKEY_PARAM_EC_PUB_X, len),
                                 "y", oci_jwk_number(pkey,
                                            OSSL_PKEY_PARAM_EC_PUB_Y, len));
            }
        }

        return NULL;

    default:
        len = sizeof(raw);

        if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1) {
            return NULL;
        }

        return json_pack("{s:s, s:s, s:o}", "kty", "OKP",
                         "crv", len == 32 ? "Ed25519" : "Ed448",
                         "x", oci_jwk_string(raw, len));
    }
}


/* big-endian, of len bytes, or as few as it has */

static json_t *
oci_jwk_number(const EVP_PKEY *pkey, const char *name, size_t len)
{
    BIGNUM  *n;
    json_t  *json;
    u_char   bytes[2048];

    n = NULL;
    json = NULL;

    if (EVP_PKEY_get_bn_param(pkey, name, &n) == 1
        && BN_num_bytes(n) <= (int) sizeof(bytes))
    {
        if (len == 0) {
            len = (size_t) BN_num_bytes(n);
        }

        if (BN_bn2binpad(n, bytes, (int) len) == (int) len) {
            json = oci_jwk_string(bytes, len);
        }
    }

    BN_free(n);

    return json;
}


static json_t *
oci_jwk_string(const u_char *data, size_t len)
{
    json_t      *json;
    oci_str_t    text;
    oci_pool_t  *pool;

    pool = oci_pool_create();
    if (pool == NULL) {
        return NULL;
    }

    text = oci_base64url_encode(pool, data, len);
    json = (text.data != NULL) ? json_stringn((char *) text.data, text.len)
                               : NULL;
    oci_pool_destroy(pool);

    return json;
}


oci_str_t
oci_base64url_decode(oci_pool_t *pool, const oci_str_t *text)
{
    int        v;
    size_t     i;
    u_char     ch;
    uint32_t   bits;
    oci_str_t  out = oci_null_string;

    if (text->len == 0 || text->len % 4 == 1) {
        return out;
    }

    out.data = oci_palloc(pool, text->len / 4 * 3 + 4);
    if (out.data == NULL) {
        return out;
    }

    bits = 0;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        v = (ch >= 'A' && ch <= 'Z') ? ch - 'A'
            : (ch >= 'a' && ch <= 'z') ? ch - 'a' + 26
            : (ch >= '0' && ch <= '9') ? ch - '0' + 52
            : (ch == '-') ? 62 : (ch == '_') ? 63 : -1;

        if (v < 0) {
            out.data = NULL;
            out.len = 0;
            return out;
        }

        bits = bits << 6 | (uint32_t) v;

        if (i % 4 != 0) {
            out.data[out.len++] = (u_char) (bits >> (6 - 2 * (i % 4)));
        }
    }

    /* another text would give the same bytes, if these were not nought */

    if (text->len % 4 != 0
        && (bits & (text->len % 4 == 2 ? 0x0f : 0x03)) != 0)
    {
        out.data = NULL;
        out.len = 0;
        return out;
    }

    out.data[out.len] = '\0';

    return out;
}


oci_str_t
oci_base64url_encode(oci_pool_t *pool, const u_char *data, size_t len)
{
    u_char            *p;
    size_t             i;
    uint32_t           bits;
    oci_str_t          out = oci_null_string;
    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";

    p = oci_palloc(pool, len / 3 * 4 + 5);
    if (p == NULL) {
        return out;
    }

    out.data = p;
    bits = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | data[i];

        switch (i % 3) {

        case 0:
            *p++ = (u_char) digits[bits >> 2 & 0x3f];
            break;

        case 1:
            *p++ = (u_char) digits[bits >> 4 & 0x3f];
            break;

        default:
            *p++ = (u_char) digits[bits >> 6 & 0x3f];
            *p++ = (u_char) digits[bits & 0x3f];
        }
    }

    if (len % 3 == 1) {
        *p++ = (u_char) digits[bits << 4 & 0x3f];

    } else if (len % 3 == 2) {
        *p++ = (u_char) digits[bits << 2 & 0x3f];
    }

    *p = '\0';
    out.len = (size_t) (p - out.data);

    return out;
}
