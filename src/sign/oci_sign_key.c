/*
 * Public keys and signatures.
 */

#include "oci_sign_key.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>


#define OCI_SIGN_RSA_MIN  2048
#define OCI_SIGN_RSA_MAX  8192


static void oci_sign_key_free(void *data);
static bool oci_sign_key_allowed(EVP_PKEY *key);
static int oci_sign_key_curve(EVP_PKEY *key);
static const EVP_MD *oci_sign_key_md(EVP_PKEY *key, oci_alg_e alg);
static ECDSA_SIG *oci_sign_ecdsa_plain(const oci_str_t *signature,
    size_t half);
static bool oci_sign_ecdsa_form(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *signature, oci_str_t *der);


bool
oci_sign_key_keep(oci_pool_t *pool, EVP_PKEY *key)
{
    return oci_pool_cleanup(pool, oci_sign_key_free, key) == OCI_OK;
}


static void
oci_sign_key_free(void *data)
{
    EVP_PKEY_free(data);
}


oci_status_e
oci_sign_key_public(oci_pool_t *pool, const oci_str_t *pem, EVP_PKEY **key,
    oci_error_t *err)
{
    size_t         pos;
    oci_str_t      label, der;
    const u_char  *p;

    pos = 0;

    if (oci_sign_pem_next(pool, pem, &pos, &label, &der) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0, "pem to public key: "
                         "PEM decoding failed");
    }

    if (oci_str_is(&label, "PUBLIC KEY")) {
        return oci_sign_key_spki(pool, &der, key, err);
    }

    if (!oci_str_is(&label, "RSA PUBLIC KEY")) {
        return oci_error(err, OCI_INVALID, 0, "pem to public key: unknown "
                         "Public key PEM file type: %s. Are you passing the "
                         "correct public key?", label.data);
    }

    p = der.data;
    *key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long) der.len);

    if (*key == NULL || p != der.data + der.len
        || !oci_sign_key_allowed(*key))
    {
        EVP_PKEY_free(*key);
        ERR_clear_error();
        return oci_error(err, OCI_INVALID, 0, "pem to public key: "
                         "not an RSA public key");
    }

    return oci_sign_key_keep(pool, *key) ? OCI_OK : OCI_NOMEM;
}


oci_status_e
oci_sign_key_spki(oci_pool_t *pool, const oci_str_t *der, EVP_PKEY **key,
    oci_error_t *err)
{
    EVP_PKEY      *parsed;
    const u_char  *p;

    if (der->len > INT32_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "public key is too large");
    }

    p = der->data;
    parsed = d2i_PUBKEY(NULL, &p, (long) der->len);

    if (parsed == NULL || p != der->data + der->len
        || !oci_sign_key_allowed(parsed))
    {
        EVP_PKEY_free(parsed);
        ERR_clear_error();
        return oci_error(err, OCI_INVALID, 0, "unsupported public key type");
    }

    if (!oci_sign_key_keep(pool, parsed)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *key = parsed;

    return OCI_OK;
}


static bool
oci_sign_key_allowed(EVP_PKEY *key)
{
    int  bits;

    switch (EVP_PKEY_get_base_id(key)) {

    case EVP_PKEY_EC:
        return oci_sign_key_curve(key) != NID_undef;

    case EVP_PKEY_RSA:
        bits = EVP_PKEY_get_bits(key);
        return bits >= OCI_SIGN_RSA_MIN && bits <= OCI_SIGN_RSA_MAX;

    case EVP_PKEY_ED25519:
        return true;

    default:
        return false;
    }
}


static int
oci_sign_key_curve(EVP_PKEY *key)
{
    int     nid;
    char    name[64];
    size_t  len;

    if (EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1) {
        return NID_undef;
    }

    nid = OBJ_txt2nid(name);

    return (nid == NID_X9_62_prime256v1 || nid == NID_secp384r1
            || nid == NID_secp521r1) ? nid : NID_undef;
}


oci_str_t
oci_sign_key_der(oci_pool_t *pool, EVP_PKEY *key)
{
    int        len;
    u_char    *der;
    oci_str_t  s = oci_null_string;

    der = NULL;
    len = i2d_PUBKEY(key, &der);

    if (len > 0) {
        s = oci_str_dup(pool, der, (size_t) len);
    }

    OPENSSL_free(der);

    return s;
}


oci_str_t
oci_sign_key_pem(oci_pool_t *pool, EVP_PKEY *key)
{
    oci_str_t  der;

    der = oci_sign_key_der(pool, key);

    return oci_sign_pem(pool, "PUBLIC KEY", &der);
}


const char *
oci_sign_key_details(EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id(key)) {

    case EVP_PKEY_ED25519:
        return "PKIX_ED25519";

    case EVP_PKEY_RSA:
        switch (EVP_PKEY_get_bits(key)) {
        case 2048:
            return "PKIX_RSA_PKCS1V15_2048_SHA256";
        case 3072:
            return "PKIX_RSA_PKCS1V15_3072_SHA256";
        case 4096:
            return "PKIX_RSA_PKCS1V15_4096_SHA256";
        default:
            return NULL;
        }

    case EVP_PKEY_EC:
        switch (oci_sign_key_curve(key)) {
        case NID_X9_62_prime256v1:
            return "PKIX_ECDSA_P256_SHA_256";
        case NID_secp384r1:
            return "PKIX_ECDSA_P384_SHA_384";
        case NID_secp521r1:
            return "PKIX_ECDSA_P521_SHA_512";
        }
    }

    return NULL;
}


oci_alg_e
oci_sign_key_alg(EVP_PKEY *key)
{
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
        return OCI_SHA256;
    }

    switch (oci_sign_key_curve(key)) {

    case NID_secp384r1:
        return OCI_SHA384;

    case NID_secp521r1:
        return OCI_SHA512;

    default:
        return OCI_SHA256;
    }
}


static const EVP_MD *
oci_sign_key_md(EVP_PKEY *key, oci_alg_e alg)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        return NULL;
    }

    switch (alg) {

    case OCI_SHA384:
        return EVP_sha384();

    case OCI_SHA512:
        return EVP_sha512();

    default:
        return EVP_sha256();
    }
}


oci_status_e
oci_sign_key_sign(oci_pool_t *pool, EVP_PKEY *key, oci_alg_e alg,
    const oci_str_t *data, oci_str_t *signature, oci_error_t *err)
{
    bool         good;
    size_t       len = 0;
    EVP_MD_CTX  *ctx;

    ctx = EVP_MD_CTX_new();

    good = ctx != NULL
           && EVP_DigestSignInit(ctx, NULL, oci_sign_key_md(key, alg), NULL,
                                 key) == 1
           && EVP_DigestSign(ctx, NULL, &len, data->data, data->len) == 1
           && (signature->data = oci_palloc(pool, len + 1)) != NULL
           && EVP_DigestSign(ctx, signature->data, &len, data->data,
                             data->len) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();

    if (!good) {
        return oci_error(err, OCI_IO, 0, "the key could not sign");
    }

    signature->len = len;

    return OCI_OK;
}


oci_status_e
oci_sign_key_verify(oci_pool_t *pool, EVP_PKEY *key, oci_alg_e alg,
    const oci_str_t *data, const oci_str_t *signature, oci_error_t *err)
{
    int          good;
    oci_str_t    form;
    EVP_MD_CTX  *ctx;

    form = *signature;

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
        && !oci_sign_ecdsa_form(pool, key, signature, &form))
    {
        return oci_error(err, OCI_DENIED, 0,
                         "invalid signature when validating ASN.1 encoded "
                         "signature");
    }

    ctx = EVP_MD_CTX_new();

    good = ctx != NULL
           && EVP_DigestVerifyInit(ctx, NULL, oci_sign_key_md(key, alg),
                                   NULL, key) == 1
           && EVP_DigestVerify(ctx, form.data, form.len, data->data,
                               data->len) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();

    if (good) {
        return OCI_OK;
    }

    return oci_error(err, OCI_DENIED, 0, "%s",
                     EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
                     ? "invalid signature when validating ASN.1 encoded "
                       "signature"
                     : "crypto: verification error");
}


/*
 * Strict DER stays as it is, r || s of the curve's size becomes DER.  What
 * merely looks like DER (needless zeros, bytes behind it) is refused.
 */

static bool
oci_sign_ecdsa_form(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *signature, oci_str_t *der)
{
    int            len;
    size_t         half;
    bool           good, plain;
    u_char        *out;
    ECDSA_SIG     *sig;
    const u_char  *p;

    if (signature->len == 0 || signature->len > 1024) {
        return false;
    }

    half = (size_t) (EVP_PKEY_get_bits(key) + 7) / 8;
    p = signature->data;
    sig = d2i_ECDSA_SIG(NULL, &p, (long) signature->len);
    plain = (sig == NULL && signature->len == half * 2);

    if (plain) {
        sig = oci_sign_ecdsa_plain(signature, half);
    }

    ERR_clear_error();

    if (sig == NULL) {
        return false;
    }

    out = NULL;
    len = i2d_ECDSA_SIG(sig, &out);
    ECDSA_SIG_free(sig);

    good = len > 0
           && (plain
               || ((size_t) len == signature->len
                   && memcmp(out, signature->data, (size_t) len) == 0));

    if (good) {
        *der = oci_str_dup(pool, out, (size_t) len);
        good = der->data != NULL;
    }

    OPENSSL_free(out);

    return good;
}


/* r and s side by side (IEEE P1363) */

static ECDSA_SIG *
oci_sign_ecdsa_plain(const oci_str_t *signature, size_t half)
{
    BIGNUM     *r, *s;
    ECDSA_SIG  *sig;

    sig = ECDSA_SIG_new();
    r = BN_bin2bn(signature->data, (int) half, NULL);
    s = BN_bin2bn(signature->data + half, (int) half, NULL);

    if (sig == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(sig, r, s) != 1)
    {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(sig);
        return NULL;
    }

    return sig;
}
