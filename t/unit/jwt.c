/*
 * oci_jwt, oci_jwk: tokens of every algorithm, and what is none.
 */

#include "oci_base64url.h"
#include "oci_issuer.h"
#include "oci_json.h"
#include "oci_jwt.h"
#include "oci_scope.h"
#include "test.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <time.h>


static void base64(void);
static void ids(void);
static void algorithms(void);
static void algorithm(const char *alg, EVP_PKEY *pkey);
static void claims(void);
static void scopes(void);
static void issuers(void);
static void freshness(void);
static oci_str_t pem(oci_pool_t *pool, EVP_PKEY *pkey, bool secret);
static double verify_us(const oci_jwt_t *jwt, const oci_keys_t *keys);


int
main(void)
{
    base64();
    ids();
    algorithms();
    claims();
    scopes();
    issuers();
    freshness();

    return done();
}


static void
base64(void)
{
    size_t       i;
    oci_str_t    s, text;
    oci_pool_t  *pool;
    const char  *bad[] = { "", "A", "AAAAA", "AA=", "AB", "AAB", "A+AA",
                           "A/AA", "AA A", "AA\n" };

    pool = oci_pool_create();

    for (i = 1; i < 70; i++) {
        text = oci_base64url_encode(pool, (const u_char *)
                   "0123456789\xff\xfe\xfd""abcdefghijklmnopqrstuvwxyz"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", i);
        s = oci_base64url_decode(pool, &text);

        if (s.len != i) {
            break;
        }
    }

    is(i, 70, "what is encoded can be decoded");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = oci_str(bad[i]);
        ok(oci_base64url_decode(pool, &s).data == NULL,
           "bad base64 %zu is refused", i);
    }

    oci_pool_destroy(pool);
}


/* RFC 7638, section 3.1 */

static void
ids(void)
{
    oci_str_t    text;
    oci_pool_t  *pool;
    oci_keys_t  *keys;

    pool = oci_pool_create();
    text = oci_str("{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb"
        "XEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ"
        "CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YG"
        "jQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91Cb"
        "OpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw"
        "0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\","
        "\"kid\":\"2011-04-29\"}");

    is(oci_keys_load(&keys, pool, &text, NULL), OCI_OK, "a key as JSON");
    is_str(((oci_key_t *) keys->keys.elts)->thumbprint,
           "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
           "its thumbprint is that of the RFC");

    oci_pool_destroy(pool);
}


static void
algorithms(void)
{
    size_t     i;
    EVP_PKEY  *rsa, *pkey;

    static const struct {
        const char  *alg;
        const char  *curve;
    } ec[] = {
        { "ES256", "P-256" }, { "ES384", "P-384" }, { "ES512", "P-521" }
    };

    for (i = 0; i < 3; i++) {
        pkey = EVP_EC_gen(ec[i].curve);
        algorithm(ec[i].alg, pkey);
        EVP_PKEY_free(pkey);
    }

    rsa = EVP_RSA_gen(2048);
    algorithm("RS256", rsa);
    EVP_PKEY_free(rsa);

    pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    algorithm("EdDSA", pkey);
    EVP_PKEY_free(pkey);

    pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    algorithm("EdDSA", pkey);
    EVP_PKEY_free(pkey);
}


static void
algorithm(const char *alg, EVP_PKEY *pkey)
{
    int           i;
    double        us, least;
    json_t       *json;
    EVP_PKEY     *other;
    oci_str_t     text, token, name;
    oci_jwt_t     jwt;
    oci_pool_t   *pool;
    oci_keys_t   *secret, *public, *wrong;
    oci_error_t   err = { OCI_OK, 0, "" };

    pool = oci_pool_create();
    text = pem(pool, pkey, true);
    is(oci_keys_load(&secret, pool, &text, &err), OCI_OK, "%s: a key %s", alg,
       err.text);
    text = pem(pool, pkey, false);
    is(oci_keys_load(&public, pool, &text, &err), OCI_OK,
       "%s: its public half", alg);
    ok(oci_jwt_signer(public) == NULL, "%s: which cannot sign", alg);

    json = json_pack("{s:s}", "iss", "x");
    is(oci_jwt_sign(&token, pool, secret, "a name", false, json, &err),
       OCI_OK, "%s: a token", alg);
    json_decref(json);

    is(oci_jwt_parse(&jwt, pool, &token, &err), OCI_OK, "%s: is read", alg);
    name = oci_json_str(jwt.header, "alg");
    ok(oci_str_is(&name, alg), "%s: and says so", alg);
    is(oci_jwt_verify(&jwt, public, time(NULL), &err), OCI_OK,
       "%s: and verified", alg);

    us = 1e9;

    for (i = 0; i < 10; i++) {
        least = verify_us(&jwt, public);
        us = (least < us) ? least : us;
    }

    ok(us < 20000, "%s: in %.0f us", alg, us);

    other = EVP_EC_gen("P-256");
    text = pem(pool, other, false);
    (void) oci_keys_load(&wrong, pool, &text, NULL);
    is(oci_jwt_verify(&jwt, wrong, time(NULL), NULL), OCI_DENIED,
       "%s: not with another key", alg);
    EVP_PKEY_free(other);

    token.data[token.len / 2] ^= 1;

    if (oci_jwt_parse(&jwt, pool, &token, NULL) == OCI_OK) {
        is(oci_jwt_verify(&jwt, public, time(NULL), NULL), OCI_DENIED,
           "%s: not with another text", alg);
    }

    oci_pool_destroy(pool);
}


static double
verify_us(const oci_jwt_t *jwt, const oci_keys_t *keys)
{
    int              i;
    struct timespec  a, b;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);

    for (i = 0; i < 5; i++) {
        (void) oci_jwt_verify(jwt, keys, 1700000000, NULL);
    }

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);

    return ((double) (b.tv_sec - a.tv_sec) * 1e9
            + (double) (b.tv_nsec - a.tv_nsec)) / 1e3 / 5;
}


static void
issuers(void)
{
    size_t      i;
    oci_str_t   s;

    static const struct {
        const char  *issuer;
        bool         good;
    } cases[] = {
        { "https://ci.example.com", true },
        { "https://ci.example.com/", true },
        { "https://ci.example.com:8443/realms/ci", true },
        { "https://[2001:db8::1]:6443", true },
        { "https://ci.example.com/a@b", true },
        { "", false },
        { "https://", false },
        { "https:///x", false },
        { "https://:443", true },
        { "http://ci.example.com", false },
        { "HTTPS://ci.example.com", false },
        { "ci.example.com", false },
        { "https://u@ci.example.com", false },
        { "https://ci.example.com?x", false },
        { "https://ci.example.com/#x", false },
        { "https://ci.example.com/ x", false },
        { "https://ci.example.com\n", false },
        { "https://ci.example.com/\xc3\xa9", false },
        { "file:///etc/passwd", false }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].issuer);
        is(oci_issuer_valid(&s, NULL) == OCI_OK, cases[i].good,
           "issuer \"%s\"", cases[i].issuer);
    }
}


/* at 100,000 seconds; an issuer that is asked each minute at most */

static void
freshness(void)
{
    size_t  i;

    static const struct {
        const char          *name;
        oci_issuer_times_t   times;
        bool                 usable, due, due_missing;
    } cases[] = {
        { "nothing was had yet", { 0, 0 }, false, true, true },
        { "it was just had", { 100000, 100000 }, true, false, false },
        { "a minute ago", { 99940, 99940 }, true, false, true },
        { "less than that", { 99941, 99941 }, true, false, false },
        { "an hour ago", { 96400, 96400 }, true, true, true },
        { "and in vain since then", { 96400, 99999 }, true, false, false },
        { "and in vain a minute ago", { 96400, 99940 }, true, true, true },
        { "a day ago", { 13600, 13600 }, false, true, true },
        { "and in vain since then", { 13600, 99991 }, false, false, false },
        { "and in vain ten seconds ago", { 13600, 99990 }, false, true,
          true },
        { "never, in vain", { 0, 99999 }, false, false, false },
        { "a clock that was set back", { 100001, 100001 }, false, true,
          true }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is(oci_issuer_usable(&cases[i].times, 100000), cases[i].usable,
           "keys, %s: usable", cases[i].name);
        is(oci_issuer_due(&cases[i].times, 100000, 60, false), cases[i].due,
           "keys, %s: asked for", cases[i].name);
        is(oci_issuer_due(&cases[i].times, 100000, 60, true),
           cases[i].due_missing, "keys, %s: one is missing",
           cases[i].name);
    }
}


static oci_str_t
pem(oci_pool_t *pool, EVP_PKEY *pkey, bool secret)
{
    BIO        *bio;
    char       *text;
    long        len;
    oci_str_t   s;

    bio = BIO_new(BIO_s_mem());

    if (secret) {
        (void) PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);

    } else {
        (void) PEM_write_bio_PUBKEY(bio, pkey);
    }

    len = BIO_get_mem_data(bio, &text);
    s = oci_str_dup(pool, (u_char *) text, (size_t) len);
    BIO_free(bio);

    return s;
}


static void
claims(void)
{
    size_t       i;
    json_t      *json;
    oci_str_t    audience;
    oci_jwt_t    jwt;

    static const struct {
        const char    *json;
        oci_status_e   want;
    } cases[] = {
        { "{\"aud\":\"a\",\"exp\":1000}", OCI_OK },
        { "{\"aud\":[\"b\",\"a\"],\"exp\":1000.5}", OCI_OK },
        { "{\"aud\":\"a\",\"exp\":940}", OCI_RANGE },
        { "{\"aud\":\"a\",\"exp\":941}", OCI_OK },
        { "{\"aud\":\"a\",\"exp\":2000,\"nbf\":1060}", OCI_OK },
        { "{\"aud\":\"a\",\"exp\":2000,\"nbf\":1061}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":2000,\"nbf\":\"0\"}", OCI_DENIED },
        { "{\"aud\":\"a\"}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":\"2000\"}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":-5}", OCI_DENIED },
        { "{\"aud\":\"A\",\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":[],\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":[[\"a\"]],\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":\"\",\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":null,\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":{\"a\":\"a\"},\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":[1,null,\"a\"],\"exp\":2000}", OCI_OK },
        { "{\"aud\":\"a\\u0020\",\"exp\":2000}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":2000,\"iat\":1120}", OCI_OK },
        { "{\"aud\":\"a\",\"exp\":2000,\"iat\":1121}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":2000,\"iat\":\"now\"}", OCI_DENIED },
        { "{\"aud\":\"a\",\"exp\":1e300}", OCI_DENIED },
        { "{\"exp\":2000}", OCI_DENIED }
    };

    audience = oci_str("a");
    memset(&jwt, 0, sizeof(jwt));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json = json_loads(cases[i].json, 0, NULL);
        jwt.claims = json;
        is(oci_jwt_claims(&jwt, &audience, 1000, 60, NULL), cases[i].want,
           "%s", cases[i].json);
        json_decref(json);
    }
}


static void
scopes(void)
{
    oci_str_t    list;
    oci_scope_t  scope;

    list = oci_str(" x repository:host:5000/a/b:pull,push registry:catalog:*");

    ok(oci_scope_next(&list, &scope)
       && oci_str_is(&scope.type, "repository")
       && oci_str_is(&scope.name, "host:5000/a/b")
       && oci_str_is(&scope.actions, "pull,push"), "a scope");
    ok(oci_scope_next(&list, &scope) && oci_str_is(&scope.name, "catalog"),
       "another");
    ok(!oci_scope_next(&list, &scope), "no more");
}
