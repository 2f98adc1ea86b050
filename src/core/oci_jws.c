/*
 * Signatures of tokens.
 */

#include "oci_jwk.h"
#include "oci_jws.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>


static bool oci_jws_pss(EVP_PKEY_CTX *ctx, const oci_jws_alg_t *alg);
static oci_str_t oci_jws_der(const oci_str_t *raw, oci_pool_t *pool);
static bool oci_jws_raw(oci_str_t *signature, int bits, oci_pool_t *pool);


static const oci_jws_alg_t  oci_jws_algs[] = {
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


const oci_jws_alg_t *
oci_jws_alg(const oci_str_t *name)
{
    const oci_jws_alg_t  *alg;

    for (alg = oci_jws_algs; alg->name != NULL; alg++) {
        if (oci_str_is(name, alg->name)) {
            return alg;
        }
    }

    return NULL;
}


const oci_jws_alg_t *
oci_jws_alg_of(const EVP_PKEY *pkey)
{
    const oci_jws_alg_t  *alg;

    for (alg = oci_jws_algs; alg->name != NULL; alg++) {
        if (oci_jws_fits(alg, pkey)) {
            return alg;
        }
    }

    return NULL;
}


bool
oci_jws_fits(const oci_jws_alg_t *alg, const EVP_PKEY *pkey)
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


bool
oci_jws_verify(const oci_jws_alg_t *alg, EVP_PKEY *pkey,
    const oci_str_t *text, const oci_str_t *signature, oci_pool_t *pool)
{
    bool           good;
    oci_str_t      der;
    EVP_MD_CTX    *ctx;
    EVP_PKEY_CTX  *pctx;

    der = *signature;

    if (alg->type == EVP_PKEY_EC) {

        if (der.len != (size_t) (alg->bits + 7) / 8 * 2) {
            return false;
        }

        der = oci_jws_der(signature, pool);
    }

    ctx = EVP_MD_CTX_new();

    good = ctx != NULL && der.data != NULL
           && EVP_DigestVerifyInit_ex(ctx, &pctx, alg->md, NULL, NULL, pkey,
                                      NULL) == 1
           && oci_jws_pss(pctx, alg)
           && EVP_DigestVerify(ctx, der.data, der.len, text->data, text->len)
              == 1;

    EVP_MD_CTX_free(ctx);

    return good;
}


static bool
oci_jws_pss(EVP_PKEY_CTX *ctx, const oci_jws_alg_t *alg)
{
    return !alg->pss
           || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
                                                   RSA_PSS_SALTLEN_DIGEST)
                  > 0);
}


/* two numbers of equal length (RFC 7518, section 3.4), as OpenSSL has them */

static oci_str_t
oci_jws_der(const oci_str_t *raw, oci_pool_t *pool)
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


bool
oci_jws_sign(oci_str_t *signature, oci_pool_t *pool,
    const oci_jws_alg_t *alg, EVP_PKEY *pkey, const oci_str_t *text)
{
    bool           good;
    EVP_MD_CTX    *ctx;
    EVP_PKEY_CTX  *pctx;

    signature->len = 1024;
    signature->data = oci_palloc(pool, signature->len);
    ctx = EVP_MD_CTX_new();

    good = signature->data != NULL && ctx != NULL
           && EVP_DigestSignInit_ex(ctx, &pctx, alg->md, NULL, NULL, pkey,
                                    NULL) == 1
           && EVP_DigestSign(ctx, signature->data, &signature->len,
                             text->data, text->len) == 1
           && (alg->bits == 0 || oci_jws_raw(signature, alg->bits, pool));

    EVP_MD_CTX_free(ctx);

    return good;
}


/* and back */

static bool
oci_jws_raw(oci_str_t *signature, int bits, oci_pool_t *pool)
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
