/*
 * JSON web keys.
 */

#include "oci_base64url.h"
#include "oci_json.h"
#include "oci_jwk.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>


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


EVP_PKEY *
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


bool
oci_jwk_usable(const EVP_PKEY *pkey)
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
