/*
 * oci_jws, oci_jwt: tokens that prove nothing, whatever they say of
 * themselves.
 */

#include "oci_base64url.h"
#include "oci_jws.h"
#include "oci_jwt.h"
#include "test.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>


#define NOW  1700000000


/* trusted keys of three kinds, the keys of somebody else, one pool for all */

static struct {
    oci_pool_t  *pool;
    oci_keys_t  *keys;
    EVP_PKEY    *rsa, *ec, *ed;
    EVP_PKEY    *evil_rsa, *evil_ec;
    X509        *root;
} t;


static void setup(void);
static void teardown(void);
static void algorithms(void);
static void headers(void);
static void ecdsa(void);
static void eddsa(void);
static void chains(void);
static oci_str_t token(const char *header, const char *alg, EVP_PKEY *pkey);
static oci_str_t with_signature(const oci_str_t *token, const u_char *data,
    size_t len);
static oci_str_t signature_of(const oci_str_t *token);
static oci_status_e verify(oci_str_t token);
static X509 *certificate(EVP_PKEY *pkey, const char *name, EVP_PKEY *by,
    X509 *issuer, bool ca, long days);
static const char *x5c(X509 *const *certs, size_t n);
static void add_pem(BIO *bio, EVP_PKEY *pkey);


int
main(void)
{
    setup();
    algorithms();
    headers();
    ecdsa();
    eddsa();
    chains();
    teardown();

    return done();
}


static void
setup(void)
{
    BIO          *bio;
    char         *text;
    long          len;
    oci_str_t     s;
    oci_error_t   err = { OCI_OK, 0, "" };

    t.pool = oci_pool_create();
    t.rsa = EVP_RSA_gen(2048);
    t.ec = EVP_EC_gen("P-256");
    t.ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    t.evil_rsa = EVP_RSA_gen(2048);
    t.evil_ec = EVP_EC_gen("P-256");
    t.root = certificate(t.ec, "root", t.ec, NULL, true, 1000);

    bio = BIO_new(BIO_s_mem());
    add_pem(bio, t.rsa);
    add_pem(bio, t.ed);
    (void) PEM_write_bio_X509(bio, t.root);
    len = BIO_get_mem_data(bio, &text);
    s = oci_str_dup(t.pool, (u_char *) text, (size_t) len);
    BIO_free(bio);

    is(oci_keys_load(&t.keys, t.pool, &s, &err), OCI_OK,
       "trusted keys and a root %s", err.text);
    is(t.keys->keys.nelts, 3, "of three kinds");
}


static void
teardown(void)
{
    EVP_PKEY_free(t.rsa);
    EVP_PKEY_free(t.ec);
    EVP_PKEY_free(t.ed);
    EVP_PKEY_free(t.evil_rsa);
    EVP_PKEY_free(t.evil_ec);
    X509_free(t.root);
    oci_pool_destroy(t.pool);
}


static void
algorithms(void)
{
    size_t  i;

    static const char  *none[] = {
        "\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"none \"", "\"\"",
        "\" RS256\"", "\"RS256\\u0000\"", "\"rs256\"", "\"RS1\"",
        "\"HS256\"", "\"HS384\"", "\"HS512\"", "\"ES256K\"", "\"RSA1_5\"",
        "\"dir\"", "\"ES384\"", "\"ES512\"", "null", "256", "[\"RS256\"]",
        "{\"a\":\"RS256\"}", "true"
    };

    is(verify(token("{\"alg\":\"RS256\"}", "RS256", t.rsa)), OCI_OK,
       "an honest token of RSA");
    is(verify(token("{\"alg\":\"ES256\"}", "ES256", t.ec)), OCI_OK,
       "of ECDSA");
    is(verify(token("{\"alg\":\"EdDSA\"}", "EdDSA", t.ed)), OCI_OK,
       "of EdDSA");

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        char  header[64];

        snprintf(header, sizeof(header), "{\"alg\":%s}", none[i]);
        ok(verify(token(header, "RS256", t.rsa)) != OCI_OK, "alg %s",
           none[i]);
    }

    ok(verify(token("{}", "RS256", t.rsa)) != OCI_OK, "no alg");
    ok(verify(token("{\"alg\":\"PS256\"}", "RS256", t.rsa)) != OCI_OK,
       "one padding said, another used");
    ok(verify(token("{\"alg\":\"RS512\"}", "RS256", t.rsa)) != OCI_OK,
       "one hash said, another used");
    ok(verify(token("{\"alg\":\"ES256\"}", "RS256", t.rsa)) != OCI_OK,
       "one kind of key said, another used");
}


static void
headers(void)
{
    size_t       i;
    char        *header;
    static char  kid[20001], format[20100];

    /* names of keys, places of keys and keys, all with a key of nobody */

    static const char  *evil[] = {
        "\"kid\":\"../../../../dev/null\"", "\"kid\":\"/proc/self/environ\"",
        "\"kid\":\"x' UNION SELECT 'key\"", "\"kid\":\"| sleep 9\"",
        "\"kid\":\"\\u0000\"", "\"kid\":\"\"", "\"kid\":\"%2e%2e%2f\"",
        "\"jku\":\"https://evil.example.com/jwks.json\"",
        "\"x5u\":\"https://evil.example.com/cert.pem\"",
        "\"jku\":\"file:///etc/passwd\"", "\"x5t\":\"AAAA\"",
        "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}", "\"jwk\":null",
        "\"x5c\":[]", "\"x5c\":\"AAAA\"", "\"x5c\":[\"AAAA\"]",
        "\"x5c\":[1]", "\"x5c\":null", "\"x5c\":{}"
    };

    /* what no token has, signed by a key that is trusted */

    static const char  *strange[] = {
        "\"crit\":[\"exp\"]", "\"crit\":[]", "\"crit\":null",
        "\"b64\":false", "\"b64\":true", "\"b64\":false,\"crit\":[\"b64\"]",
        "\"kid\":1", "\"kid\":null", "\"kid\":[\"a\"]", "\"kid\":{}",
        "\"kid\":true", "\"kid\":\"a\",\"kid\":\"b\"", "\"alg\":\"RS256\"",
        "\"a\":{\"b\":1,\"b\":2}"
    };

    header = format;

    for (i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
        snprintf(format, sizeof(format), "{\"alg\":\"RS256\",%s}", evil[i]);
        ok(verify(token(header, "RS256", t.evil_rsa)) != OCI_OK,
           "a key of nobody with %s", evil[i]);
    }

    for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        snprintf(format, sizeof(format), "{\"alg\":\"RS256\",%s}",
                 strange[i]);
        ok(verify(token(header, "RS256", t.rsa)) != OCI_OK,
           "a good key with %s", strange[i]);
    }

    memset(kid, 'k', sizeof(kid) - 1);
    snprintf(format, sizeof(format), "{\"alg\":\"RS256\",\"kid\":\"%s\"}",
             kid);
    ok(verify(token(header, "RS256", t.evil_rsa)) != OCI_OK,
       "a key of nobody with a kid of 20,000 bytes");

    is(verify(token("{\"alg\":\"RS256\",\"jku\":\"https://x/\","
                    "\"cty\":\"JWT\",\"typ\":\"x\"}", "RS256", t.rsa)),
       OCI_OK, "what says where keys are is not read");
}


/* numbers that are none, and forms that OpenSSL would take */

static void
ecdsa(void)
{
    u_char      raw[66];
    oci_str_t   good, signature;
    EVP_MD_CTX  *ctx;
    u_char      der[80];
    size_t      len;

    /* the order of P-256 */

    static const u_char  n[32] = {
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
        0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
    };

    good = token("{\"alg\":\"ES256\"}", "ES256", t.ec);
    signature = signature_of(&good);
    is(signature.len, 64, "a signature of two numbers");

    memset(raw, 0, sizeof(raw));
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "r and s nought");

    memcpy(raw + 32, signature.data + 32, 32);
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "r nought");

    memcpy(raw, signature.data, 32);
    memset(raw + 32, 0, 32);
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "s nought");

    memcpy(raw, n, 32);
    memcpy(raw + 32, n, 32);
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "r and s the order");

    memset(raw, 0xff, sizeof(raw));
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "beyond the order");

    ok(verify(with_signature(&good, signature.data, 63)) != OCI_OK,
       "a byte less");

    memcpy(raw, signature.data, 64);
    raw[64] = raw[65] = 0;
    ok(verify(with_signature(&good, raw, 65)) != OCI_OK, "a byte more");
    ok(verify(with_signature(&good, raw, 66)) != OCI_OK, "two bytes more");

    /* DER, as OpenSSL has it */

    good.len = (size_t) ((u_char *) strrchr((char *) good.data, '.')
                         - good.data);
    ctx = EVP_MD_CTX_new();
    len = sizeof(der);
    ok(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, t.ec, NULL) == 1
       && EVP_DigestSign(ctx, der, &len, good.data, good.len) == 1,
       "a signature in DER");
    EVP_MD_CTX_free(ctx);
    good = oci_strf(t.pool, "%.*s.", (int) good.len, good.data);
    ok(verify(with_signature(&good, der, len)) != OCI_OK, "is none");
}


/* RFC 8032, section 5.1.7: S and S + L would both do */

static void
eddsa(void)
{
    size_t      i;
    u_char      raw[65];
    unsigned    carry;
    oci_str_t   good, signature;

    static const u_char  order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
        0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10
    };

    good = token("{\"alg\":\"EdDSA\"}", "EdDSA", t.ed);
    signature = signature_of(&good);
    memcpy(raw, signature.data, 64);
    carry = 0;

    for (i = 0; i < 32; i++) {
        carry += (unsigned) raw[32 + i] + order[i];
        raw[32 + i] = (u_char) carry;
        carry >>= 8;
    }

    ok(verify(with_signature(&good, raw, 64)) != OCI_OK,
       "EdDSA: the same signature in other bytes");

    memcpy(raw, signature.data, 64);
    raw[64] = 0;
    ok(verify(with_signature(&good, raw, 65)) != OCI_OK, "a byte more");
    ok(verify(with_signature(&good, raw, 63)) != OCI_OK, "a byte less");
    memset(raw, 0, sizeof(raw));
    ok(verify(with_signature(&good, raw, 64)) != OCI_OK, "nought");
}


static void
chains(void)
{
    X509      *good, *other, *old, *evil_root, *evil, *leaf, *small, *ten[10];
    size_t     i;
    EVP_PKEY  *rsa1024, *third;

    good = certificate(t.evil_ec, "leaf", t.ec, t.root, false, 1000);
    is(verify(token(x5c(&good, 1), "ES256", t.evil_ec)), OCI_OK,
       "a certificate that our root has signed");
    third = EVP_EC_gen("P-256");
    is(verify(token(x5c(&good, 1), "ES256", third)), OCI_DENIED,
       "which somebody else shows");
    EVP_PKEY_free(third);

    old = certificate(t.evil_ec, "leaf", t.ec, t.root, false, -1);
    ok(verify(token(x5c(&old, 1), "ES256", t.evil_ec)) != OCI_OK,
       "one that has expired");

    evil_root = certificate(t.evil_ec, "root", t.evil_ec, NULL, true, 1000);
    evil = certificate(t.evil_ec, "leaf", t.evil_ec, evil_root, false, 1000);
    ten[0] = evil;
    ten[1] = evil_root;
    ten[2] = t.root;
    ok(verify(token(x5c(ten, 1), "ES256", t.evil_ec)) != OCI_OK,
       "one of another root of the same name");
    ok(verify(token(x5c(ten, 2), "ES256", t.evil_ec)) != OCI_OK,
       "with its root");
    ok(verify(token(x5c(ten, 3), "ES256", t.evil_ec)) != OCI_OK,
       "and ours besides");

    /* a leaf is no authority */

    other = certificate(t.evil_rsa, "x", t.evil_ec, good, false, 1000);
    ten[0] = other;
    ten[1] = good;
    ok(verify(token(x5c(ten, 2), "ES256", t.evil_ec)) != OCI_OK,
       "one that is signed by a leaf");

    leaf = certificate(t.evil_rsa, "leaf", t.ec, t.root, false, 1000);
    ten[0] = leaf;
    ok(verify(token(x5c(ten, 1), "ES256", t.evil_ec)) != OCI_OK,
       "one whose key is of another kind");

    for (i = 1; i < 10; i++) {
        ten[i] = good;
    }

    ten[0] = good;
    ok(verify(token(x5c(ten, 9), "ES256", t.evil_ec)) != OCI_OK,
       "a chain of nine");

    rsa1024 = EVP_RSA_gen(1024);
    small = certificate(rsa1024, "small", t.ec, t.root, false, 1000);
    ok(rsa1024 != NULL && small != NULL, "a key of 1024 bits");
    ten[0] = small;
    ok(verify(token(x5c(ten, 1), "RS256", rsa1024)) != OCI_OK, "is too short");

    EVP_PKEY_free(rsa1024);
    X509_free(small);
    X509_free(leaf);
    X509_free(other);
    X509_free(evil);
    X509_free(evil_root);
    X509_free(old);
    X509_free(good);
}


/* the header as it is, signed in the way of alg */

static oci_str_t
token(const char *header, const char *alg, EVP_PKEY *pkey)
{
    oci_str_t             name, head, body, text, signature;
    const oci_jws_alg_t  *how;

    name = oci_str(alg);
    how = oci_jws_alg(&name);
    head = oci_base64url_encode(t.pool, (const u_char *) header,
                                strlen(header));
    body = oci_base64url_encode(t.pool, (const u_char *) "{\"iss\":\"x\"}",
                                11);
    text = oci_strf(t.pool, "%s.%s", (char *) head.data, (char *) body.data);

    if (!oci_jws_sign(&signature, t.pool, how, pkey, &text)) {
        ok(false, "a signature");
        return text;
    }

    text = oci_strf(t.pool, "%s.", (char *) text.data);

    return with_signature(&text, signature.data, signature.len);
}


static oci_str_t
with_signature(const oci_str_t *token, const u_char *data, size_t len)
{
    size_t     n;
    oci_str_t  s;

    for (n = token->len; token->data[n - 1] != '.'; n--) { /* void */ }

    s = oci_base64url_encode(t.pool, data, len);

    return oci_strf(t.pool, "%.*s%s", (int) n, token->data, (char *) s.data);
}


static oci_str_t
signature_of(const oci_str_t *token)
{
    oci_jwt_t  jwt;

    (void) oci_jwt_parse(&jwt, t.pool, token, NULL);

    return jwt.signature;
}


static oci_status_e
verify(oci_str_t token)
{
    oci_jwt_t     jwt;
    oci_status_e  rc;

    rc = oci_jwt_parse(&jwt, t.pool, &token, NULL);

    return (rc == OCI_OK) ? oci_jwt_verify(&jwt, t.keys, NOW, NULL) : rc;
}


/* valid from two days before NOW until some days after */

static X509 *
certificate(EVP_PKEY *pkey, const char *name, EVP_PKEY *by, X509 *issuer,
    bool ca, long days)
{
    X509            *cert;
    time_t           now;
    X509_NAME       *subject;
    X509_EXTENSION  *ext;

    cert = X509_new();
    now = NOW;

    (void) X509_set_version(cert, X509_VERSION_3);
    (void) ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void) X509_time_adj_ex(X509_getm_notBefore(cert), -2, 0, &now);
    (void) X509_time_adj_ex(X509_getm_notAfter(cert), (int) days, 0, &now);
    (void) X509_set_pubkey(cert, pkey);

    subject = X509_get_subject_name(cert);
    (void) X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const u_char *) name, -1, -1, 0);
    (void) X509_set_issuer_name(cert, issuer != NULL
                                      ? X509_get_subject_name(issuer)
                                      : subject);

    ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                              ca ? "critical,CA:TRUE" : "CA:FALSE");
    (void) X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);

    (void) X509_sign(cert, by, EVP_sha256());

    return cert;
}


/* a header with these certificates */

static const char *
x5c(X509 *const *certs, size_t n)
{
    int         len;
    size_t      i;
    u_char     *der, *text;
    oci_str_t   list;
    const char  *alg;

    list = oci_str("");

    for (i = 0; i < n; i++) {
        der = NULL;
        len = i2d_X509(certs[i], &der);
        text = oci_palloc(t.pool, (size_t) len * 2 + 8);
        (void) EVP_EncodeBlock(text, der, len);
        OPENSSL_free(der);
        list = oci_strf(t.pool, "%.*s%s\"%s\"", (int) list.len, list.data,
                        i != 0 ? "," : "", (char *) text);
    }

    alg = EVP_PKEY_get_base_id(X509_get0_pubkey(certs[0])) == EVP_PKEY_RSA
          ? "RS256" : "ES256";

    return (char *) oci_strf(t.pool, "{\"alg\":\"%s\",\"x5c\":[%.*s]}", alg,
                             (int) list.len, list.data).data;
}


static void
add_pem(BIO *bio, EVP_PKEY *pkey)
{
    (void) PEM_write_bio_PUBKEY(bio, pkey);
}
