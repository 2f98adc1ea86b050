/*
 * Certificates of signatures: when each one of a chain must be valid, whose
 * name counts, and what is no name.
 */

#include "oci_sign_verify.h"

#include "test.h"

#include <openssl/x509v3.h>


#define START  1700000000


typedef struct {
    EVP_PKEY     *key;
    X509         *cert;
} made_t;


static void chain_times(oci_pool_t *pool);
static void data_times(oci_pool_t *pool);
static void last_second(void);
static void identities(oci_pool_t *pool);
static void addresses(oci_pool_t *pool);
static void issuers(oci_pool_t *pool);
static void verifiers(oci_pool_t *pool);
static void make(made_t *made, const made_t *by, const char *name,
    int64_t start, int64_t end);
static void extend(X509 *cert, int nid, const char *value);
static void issuer2(X509 *cert, const char *der, int len);
static void seal(made_t *made, const made_t *by);
static void drop(made_t *made);
static void trust_of(oci_pool_t *pool, oci_array_t *cas, X509 *root,
    X509 *middle);
static bool same(const char *pattern, const oci_str_t *text);


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();

    chain_times(pool);
    data_times(pool);
    last_second();
    identities(pool);
    addresses(pool);
    issuers(pool);
    verifiers(pool);

    oci_pool_destroy(pool);

    return done();
}


static void
chain_times(oci_pool_t *pool)
{
    X509         *issuer;
    size_t        i;
    made_t        root, middle, leaf;
    oci_array_t   cas;

    static const struct {
        int          root;          /* how long each lasts from START on */
        int          middle;
        int          leaf;
        int          when;
        bool         good;
        const char  *what;
    } cases[] = {
        { 1000, 1000, 1000, 500, true, "all are valid" },
        { 1000, 1000, 400, 500, false, "the leaf had expired" },
        { 1000, 400, 1000, 500, false, "its authority had expired" },
        { 400, 1000, 1000, 500, false, "the root had expired" },
        { 1000, 1000, 1000, -1, false, "none was valid yet" },
        { 1000, 1000, 1000, 0, true, "the first second" },
        { 1000, 1000, 500, 500, true, "the last second of the leaf" },
        { 1000, 500, 1000, 500, true, "the last second of its authority" },
        { 500, 1000, 1000, 500, true, "the last second of the root" },
        { 500, 500, 500, 501, false, "the second after it" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make(&root, NULL, "root", START, START + cases[i].root);
        make(&middle, &root, "middle", START, START + cases[i].middle);
        make(&leaf, &middle, NULL, START, START + cases[i].leaf);
        trust_of(pool, &cas, root.cert, middle.cert);

        is(oci_sign_chain_verify(pool, leaf.cert, NULL, &cas,
                                 START + cases[i].when, &issuer, NULL)
           == OCI_OK, cases[i].good, "chain: %s", cases[i].what);

        drop(&root);
        drop(&middle);
        drop(&leaf);
    }
}


/* a detached signature with no proven time is judged now */

static void
data_times(oci_pool_t *pool)
{
    made_t                root, middle, leaf;
    oci_str_t             data, raw;
    oci_error_t           err = { OCI_OK, 0, "" };
    oci_sign_trust_t      trust;
    oci_sign_legacy_t     sig;
    oci_sign_policy_t     policy;
    oci_sign_verdict_t    verdict;
    oci_sign_identity_t   who = { .subject = "a@example.com",
                                  .issuer = "https://issuer" };

    memset(&sig, 0, sizeof(sig));
    memset(&policy, 0, sizeof(policy));
    oci_sign_trust_init(&trust, pool);

    make(&root, NULL, "root", START, START + 9000);
    make(&middle, &root, "middle", START, START + 100);
    make(&leaf, &middle, NULL, START, START + 1000);
    trust_of(pool, &trust.cas, root.cert, middle.cert);

    data = oci_str("what is signed");
    ok(oci_sign_key_sign(pool, leaf.key, OCI_SHA256, &data, &raw, NULL)
       == OCI_OK, "data: signed");
    sig.payload = data;
    sig.signature = oci_sign_b64(pool, raw.data, raw.len);

    policy.cert = leaf.cert;
    policy.identity = &who;
    policy.trust = &trust;
    policy.now = START + 50;

    ok(oci_sign_verify_data(pool, &policy, &sig, &verdict, &err) == OCI_OK,
       "data: good while the authority is valid (%s)", err.text);

    policy.now = START + 500;
    ok(oci_sign_verify_data(pool, &policy, &sig, &verdict, NULL) != OCI_OK,
       "data: not when the authority has expired, and the leaf has not");

    policy.now = START + 5000;
    ok(oci_sign_verify_data(pool, &policy, &sig, &verdict, NULL) != OCI_OK,
       "data: not when the leaf has expired");

    drop(&root);
    drop(&middle);
    drop(&leaf);
}


static void
last_second(void)
{
    made_t  cert;

    make(&cert, NULL, "x", START, START + 10);

    is(oci_sign_cert_valid(cert.cert, START - 1), false, "before the first");
    is(oci_sign_cert_valid(cert.cert, START), true, "the first second");
    is(oci_sign_cert_valid(cert.cert, START + 10), true, "the last second");
    is(oci_sign_cert_valid(cert.cert, START + 11), false, "after the last");

    drop(&cert);
}


static void
identities(oci_pool_t *pool)
{
    size_t               i;
    made_t               leaf;
    oci_sign_id_e        how;
    oci_sign_identity_t  who;

    static const struct {
        const char  *subject, *subject_regexp, *issuer, *issuer_regexp;
        bool         good;
    } cases[] = {
        { "a@example.com", NULL, "https://issuer", NULL, true },
        { NULL, "a@example.com", NULL, "https://issuer", true },
        { "a@example.com", "a@example.com", "https://issuer",
          "https://issuer", true },
        { "a@example.com", "nomatch", "https://issuer", NULL, false },
        { "nomatch", "a@example.com", "https://issuer", NULL, false },
        { "a@example.com", NULL, "https://issuer", "nomatch", false },
        { "a@example.com", NULL, "nomatch", "https://issuer", false },
        { NULL, NULL, "https://issuer", NULL, false },
        { "a@example.com", NULL, NULL, NULL, false }
    };

    make(&leaf, NULL, NULL, START, START + 10);

    for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&who, 0, sizeof(who));
        who.subject = cases[i / 2].subject;
        who.subject_regexp = cases[i / 2].subject_regexp;
        who.issuer = cases[i / 2].issuer;
        who.issuer_regexp = cases[i / 2].issuer_regexp;
        who.match = same;
        how = i % 2 ? OCI_SIGN_ID_BUNDLE : OCI_SIGN_ID_LEGACY;

        is(oci_sign_identity_check(pool, leaf.cert, how, &who, NULL)
           == OCI_OK, cases[i / 2].good, "identity %zu, %s format", i / 2,
           i % 2 ? "new" : "old");
    }

    drop(&leaf);
}


static void
addresses(oci_pool_t *pool)
{
    size_t               i;
    made_t               made;
    oci_sign_identity_t  who;

    static const struct {
        const char  *san, *want;
    } cases[] = {
        { "IP:192.0.2.7", "192.0.2.7" },
        { "IP:2001:db8::1", "2001:db8::1" },
        { "IP:2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "IP:::ffff:192.0.2.7", "192.0.2.7" },
        { "DNS:host.example.com,IP:192.0.2.7", "192.0.2.7" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make(&made, NULL, "x", START, START + 10);
        extend(made.cert, NID_subject_alt_name, cases[i].san);
        issuer2(made.cert, "\x0c\x0ehttps://issuer", 16);
        seal(&made, &made);

        memset(&who, 0, sizeof(who));
        who.subject = cases[i].want;
        who.issuer = "https://issuer";

        ok(oci_sign_identity_check(pool, made.cert, OCI_SIGN_ID_LEGACY, &who,
                                   NULL) == OCI_OK,
           "%s is the name %s", cases[i].san, cases[i].want);
        drop(&made);
    }
}


static void
issuers(oci_pool_t *pool)
{
    size_t               i;
    made_t               made;
    oci_sign_identity_t  who = { .subject = "a@example.com",
                                 .issuer = "https://issuer" };

    static const struct {
        const char  *der;
        int          len;
        bool         good;
        const char  *what;
    } cases[] = {
        { "\x0c\x0ehttps://issuer", 16, true, "one string" },
        { "\x0c\x0ehttps://issuer!", 17, false, "a byte behind it" },
        { "\x0c\x0ehttps://issuer\x0c\x01x", 19, false, "two strings" },
        { "https://issuer", 14, false, "no DER" },
        { "\x0c\x0fhttps://issuer", 16, false, "too short" },
        { "\x0c\x0dhttps://issuer", 16, false, "too long" },
        { "\x13\x0ehttps://issuer", 16, true, "a printable string" },
        { "\x16\x0ehttps://issuer", 16, true, "an IA5 string" },
        { "\x04\x0ehttps://issuer", 16, false, "an octet string" },
        { "\x0c\x81\x0ehttps://issuer", 17, false, "a length too long" },
        { "\x0c\x82\0\x0ehttps://issuer", 18, false, "and longer" },
        { "\x2c\x10\x0c\x0ehttps://issuer", 18, false, "constructed" },
        { "\x0c\x0fhttps://issuer\0", 17, false, "a NUL in it" },
        { "\x0c\x80https://issuer\0\0", 18, false, "no length" },
        { "\x0c\0", 2, false, "an empty string" },
        { "\x0c", 1, false, "a tag alone" },
        { "", 0, false, "nothing" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make(&made, NULL, "x", START, START + 10);
        extend(made.cert, NID_subject_alt_name, "email:a@example.com");
        issuer2(made.cert, cases[i].der, cases[i].len);
        seal(&made, &made);

        is(oci_sign_identity_check(pool, made.cert, OCI_SIGN_ID_BUNDLE, &who,
                                   NULL) == OCI_OK, cases[i].good,
           "issuer extension: %s", cases[i].what);
        drop(&made);
    }
}


/* the verifier of an entry is one PEM block */

static void
verifiers(oci_pool_t *pool)
{
    size_t            i;
    made_t            made;
    oci_str_t         pem, text, b64, body;
    oci_sign_body_t   parsed;

    static const struct {
        const char  *before, *behind;
        bool         twice;
        bool         good;
    } cases[] = {
        { "", "", false, true },
        { "", "\n", false, true },
        { "", "", true, false },
        { "x\n", "", false, false },
        { "", "x", false, false }
    };

    make(&made, NULL, "x", START, START + 10);
    text = oci_sign_key_der(pool, made.key);
    b64 = oci_sign_b64(pool, text.data, text.len);
    pem = oci_strf(pool, "-----BEGIN PUBLIC KEY-----\n%.64s\n%s\n"
                   "-----END PUBLIC KEY-----\n", b64.data, b64.data + 64);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = oci_strf(pool, "%s%s%s%s", cases[i].before, pem.data,
                        cases[i].twice ? (char *) pem.data : "",
                        cases[i].behind);
        text = oci_sign_b64(pool, text.data, text.len);
        body = oci_strf(pool, "{\"apiVersion\":\"0.0.1\",\"kind\":"
                        "\"hashedrekord\",\"spec\":{\"data\":{\"hash\":{"
                        "\"algorithm\":\"sha256\",\"value\":\"%064d\"}},"
                        "\"signature\":{\"content\":\"c2ln\",\"publicKey\":{"
                        "\"content\":\"%s\"}}}}", 0, text.data);

        is(oci_sign_body_parse(pool, &body, &parsed, NULL) == OCI_OK,
           cases[i].good, "verifier of an entry, case %zu", i);
    }

    drop(&made);
}


/* an authority with a name; without: a leaf of a@example.com */

static void
make(made_t *made, const made_t *by, const char *name, int64_t start,
    int64_t end)
{
    X509       *cert;
    X509_NAME  *subject;

    made->key = EVP_EC_gen("P-256");
    made->cert = cert = X509_new();

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    ASN1_TIME_set(X509_getm_notBefore(cert), (time_t) start);
    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t) end);
    X509_set_pubkey(cert, made->key);

    subject = X509_get_subject_name(cert);

    if (name != NULL) {
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   (const u_char *) name, -1, -1, 0);
        extend(cert, NID_basic_constraints, "critical,CA:TRUE");

    } else {
        extend(cert, NID_subject_alt_name, "critical,email:a@example.com");
        extend(cert, NID_ext_key_usage, "codeSigning");
        issuer2(cert, "\x0c\x0ehttps://issuer", 16);
    }

    seal(made, by ? by : made);
}


static void
extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION  *ext;

    ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
}


static void
issuer2(X509 *cert, const char *der, int len)
{
    ASN1_OBJECT        *obj;
    X509_EXTENSION     *ext;
    ASN1_OCTET_STRING  *value;

    obj = OBJ_txt2obj("1.3.6.1.4.1.57264.1.8", 1);
    value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const u_char *) der, len);
    ext = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, value);
    X509_add_ext(cert, ext, -1);

    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(obj);
}


static void
seal(made_t *made, const made_t *by)
{
    X509_set_issuer_name(made->cert, X509_get_subject_name(by->cert));
    X509_sign(made->cert, by->key, EVP_sha256());
}


static void
drop(made_t *made)
{
    X509_free(made->cert);
    EVP_PKEY_free(made->key);
}


static void
trust_of(oci_pool_t *pool, oci_array_t *cas, X509 *root, X509 *middle)
{
    oci_sign_ca_t  *ca;

    oci_array_init(cas, pool, sizeof(oci_sign_ca_t));
    ca = oci_array_push(cas);
    oci_array_init(&ca->roots, pool, sizeof(X509 *));
    oci_array_init(&ca->others, pool, sizeof(X509 *));
    *(X509 **) oci_array_push(&ca->roots) = root;
    *(X509 **) oci_array_push(&ca->others) = middle;
}


static bool
same(const char *pattern, const oci_str_t *text)
{
    return oci_str_is(text, pattern);
}
