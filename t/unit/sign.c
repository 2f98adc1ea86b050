/*
 * Signing: base64 and PEM, key files, payloads, bundles, logs, images.
 */

#include "oci_sign_verify.h"

#include "test.h"

#include <sodium.h>


static void base64_is_gos(oci_pool_t *pool);
static void keys_go_round(oci_pool_t *pool);
static void boxes_open(oci_pool_t *pool);
static void ecdsa_forms(oci_pool_t *pool);
static void payload_bytes(oci_pool_t *pool);
static void payload_reading(oci_pool_t *pool);
static void image_grows(oci_pool_t *pool);
static void inclusion(void);
static void bundle_goes_round(oci_pool_t *pool);
static void proto_names(oci_pool_t *pool, const oci_str_t *bundle);
static oci_str_t swap(oci_pool_t *pool, const oci_str_t *text,
    const char *name, const char *other);
static void statement_rules(oci_pool_t *pool);


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();

    base64_is_gos(pool);
    keys_go_round(pool);
    boxes_open(pool);
    ecdsa_forms(pool);
    payload_bytes(pool);
    payload_reading(pool);
    image_grows(pool);
    inclusion();
    bundle_goes_round(pool);
    statement_rules(pool);

    oci_pool_destroy(pool);

    return done();
}


static void
base64_is_gos(oci_pool_t *pool)
{
    size_t      i;
    oci_str_t   text, out;

    static const struct {
        const char      *text;
        oci_sign_b64_e   how;
        oci_status_e     want;
    } cases[] = {
        { "", OCI_SIGN_B64_STD, OCI_OK },
        { "Zm9v", OCI_SIGN_B64_STD, OCI_OK },
        { "Zm\n9v\r\n", OCI_SIGN_B64_STD, OCI_OK },
        { "Zm9vYg==", OCI_SIGN_B64_STD, OCI_OK },
        { "Zm9vYg", OCI_SIGN_B64_STD, OCI_INVALID },
        { "Zm9v Yg==", OCI_SIGN_B64_STD, OCI_INVALID },
        { "-_-_", OCI_SIGN_B64_STD, OCI_INVALID },
        { "-_-_", OCI_SIGN_B64_ANY, OCI_OK },
        { "Zm9vYg", OCI_SIGN_B64_ANY, OCI_OK },
        { "Zm9vY", OCI_SIGN_B64_ANY, OCI_INVALID },
        { "Zm9vYg===", OCI_SIGN_B64_ANY, OCI_INVALID },
        { "Zg==Zg==", OCI_SIGN_B64_STD, OCI_INVALID }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = oci_str(cases[i].text);
        is(oci_sign_b64_decode(pool, &text, cases[i].how, &out),
           cases[i].want, "base64 case %zu", i);
    }
}


static void
keys_go_round(oci_pool_t *pool)
{
    u_char        salt[32] = { 1 }, nonce[24] = { 2 };
    EVP_PKEY     *key, *again;
    oci_str_t     pem, password, wrong, public;
    oci_error_t   err = { OCI_OK, 0, "" };

    password = oci_str("pw\n");
    wrong = oci_str("pw");

    is(oci_sign_key_generate(pool, &key, &err), OCI_OK, "a key is made");
    is(oci_sign_key_encrypt(pool, key, &password, salt, nonce, &pem, &err),
       OCI_OK, "and encrypted");
    is(pem.len, 653, "its file is as large as cosign's");
    is(oci_sign_key_decrypt(pool, &pem, &password, &again, &err), OCI_OK,
       "it is decrypted with the password, line feed and all");
    ok(EVP_PKEY_eq(key, again) == 1, "and is the same key");
    is(oci_sign_key_decrypt(pool, &pem, &wrong, &again, &err), OCI_DENIED,
       "not without the line feed");
    is_str(err.text, "decrypt: encrypted: decryption failed",
           "which is said as cosign says it");

    public = oci_sign_key_pem(pool, key);
    is(public.len, 178, "the public key's file too");
    is(oci_sign_key_public(pool, &public, &again, &err), OCI_OK,
       "a public key is read");
    is(oci_sign_key_decrypt(pool, &public, &password, &again, NULL),
       OCI_INVALID, "but it is no private one");
}


static void
boxes_open(oci_pool_t *pool)
{
    size_t     i;
    u_char     public[32], secret[32], text[8];
    oci_str_t  key, data, sealed;

    static const char *const  texts[] = { "", "text" };

    crypto_box_keypair(public, secret);
    key = oci_str_dup(pool, public, sizeof(public));

    for (i = 0; i < 2; i++) {
        data = oci_str(texts[i]);
        ok(oci_sign_seal(pool, &key, &data, &sealed)
           && crypto_box_seal_open(text, sealed.data, sealed.len, public,
                                   secret) == 0
           && memcmp(text, data.data, data.len) == 0,
           "a sealed box of \"%s\" opens", texts[i]);
    }

    key.len--;
    ok(!oci_sign_seal(pool, &key, &data, &sealed), "no key of 31 bytes");
}


static void
ecdsa_forms(oci_pool_t *pool)
{
    EVP_PKEY   *key;
    oci_str_t   data, sig, bad;

    data = oci_str("data");

    ok(oci_sign_key_generate(pool, &key, NULL) == OCI_OK
       && oci_sign_key_sign(pool, key, OCI_SHA256, &data, &sig, NULL)
          == OCI_OK, "data is signed");
    is(oci_sign_key_verify(pool, key, OCI_SHA256, &data, &sig, NULL), OCI_OK,
       "DER verifies");
    is(oci_sign_key_verify(pool, key, OCI_SHA384, &data, &sig, NULL),
       OCI_DENIED, "not with another hash");

    bad = oci_str_dup(pool, sig.data, sig.len + 1);
    is(oci_sign_key_verify(pool, key, OCI_SHA256, &data, &bad, NULL),
       OCI_DENIED, "not with a byte behind it");
    bad = oci_str_dup(pool, sig.data, sig.len);
    bad.data[bad.len - 1] ^= 1;
    is(oci_sign_key_verify(pool, key, OCI_SHA256, &data, &bad, NULL),
       OCI_DENIED, "not with a bit changed");
    bad.len = 0;
    is(oci_sign_key_verify(pool, key, OCI_SHA256, &data, &bad, NULL),
       OCI_DENIED, "not when it is empty");
}


static void
payload_bytes(oci_pool_t *pool)
{
    oci_str_t         ref, digest, text;
    oci_array_t       pairs;
    oci_sign_pair_t  *pair;

    ref = oci_str("localhost:5000/app");
    digest = oci_str("sha256:00");
    text = oci_sign_payload_text(pool, &ref, &digest, NULL);
    is_str((char *) text.data,
           "{\"critical\":{\"identity\":{\"docker-reference\":"
           "\"localhost:5000/app\"},\"image\":{\"docker-manifest-digest\":"
           "\"sha256:00\"},\"type\":\"cosign container image signature\"},"
           "\"optional\":null}", "a payload without claims");

    oci_array_init(&pairs, pool, sizeof(oci_sign_pair_t));
    pair = oci_array_push(&pairs);
    pair->name = oci_str("z");
    pair->value = oci_str("x<y&z>");
    pair = oci_array_push(&pairs);
    pair->name = oci_str("a");
    pair->value = oci_str("1");
    text = oci_sign_payload_text(pool, &ref, &digest, &pairs);
    ok(oci_str_suffix(&text, "\"optional\":{\"a\":\"1\","
                      "\"z\":\"x\\u003cy\\u0026z\\u003e\"}}"),
       "claims are sorted, and escaped as Go does");
}


static void
payload_reading(oci_pool_t *pool)
{
    size_t               i;
    oci_str_t            text;
    oci_error_t          err;
    oci_sign_payload_t   p;

    static const struct {
        const char  *text;
        const char  *digest;        /* NULL: refused */
    } cases[] = {
        { "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}}}",
          "d" },
        { "{\"CRITICAL\":{\"Image\":{\"Docker-Manifest-Digest\":\"d\"}}}",
          "d" },
        { "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"a\"}},"
          "\"Critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}}}",
          "d" },
        { "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"a\"}},"
          "\"critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}}}",
          "d" },
        { "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}},"
          "\"Critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}},"
          "\"critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}}}",
          "" },
        { "null", "" },
        { "{}", "" },
        { "{} x", NULL },
        { "[]", NULL },
        { "", NULL },
        { "\xef\xbb\xbf{}", NULL },
        { "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"d\"}},"
          "\"optional\":{\"a\":\"\xff\"}}", "d" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&err, 0, sizeof(oci_error_t));
        text = oci_str(cases[i].text);
        is(oci_sign_payload_parse(pool, &text, &p, &err) == OCI_OK,
           cases[i].digest != NULL, "payload case %zu", i);

        if (cases[i].digest != NULL) {
            ok(oci_str_is(&p.digest, cases[i].digest),
               "payload case %zu: the digest that counts", i);
        }
    }
}


static void
image_grows(oci_pool_t *pool)
{
    json_t            *layer;
    oci_str_t          payload, manifest, config, none = oci_null_string;
    oci_sign_image_t   image;

    payload = oci_str("payload");
    layer = oci_sign_layer_new(OCI_SIGN_MT_SIMPLE, &payload,
                               json_pack("{s:s}", OCI_SIGN_A_SIGNATURE,
                                         "c2ln"));

    is(oci_sign_image_append(pool, &none, &none, layer, NULL, &manifest,
                             &config, NULL), OCI_OK, "a first layer");
    is(config.len, 233, "its config is as large as cosign's");
    is(oci_sign_image_append(pool, &manifest, &config, layer, NULL,
                             &manifest, &config, NULL), OCI_OK,
       "a second layer");
    is(config.len, 342, "the config grows with it");
    is(oci_sign_image_parse(pool, &manifest, &image, NULL), OCI_OK,
       "the manifest is read");
    is(image.layers.nelts, 2, "it has both layers");
    is(image.config_size, 342, "and the config's size");
    json_decref(layer);
}


/* RFC 9162, section 2.1.3: a tree of three leaves, by hand */

static void
inclusion(void)
{
    size_t        i;
    u_char        leaf[3][32], node[32], root[32], both[65];
    oci_str_t     path[2];
    oci_array_t   hashes;

    for (i = 0; i < 3; i++) {
        memset(leaf[i], (int) i + 1, 32);
    }

    both[0] = 1;
    memcpy(both + 1, leaf[0], 32);
    memcpy(both + 33, leaf[1], 32);
    oci_sign_sha256(both, 65, node);
    memcpy(both + 1, node, 32);
    memcpy(both + 33, leaf[2], 32);
    oci_sign_sha256(both, 65, root);

    memset(&hashes, 0, sizeof(oci_array_t));
    hashes.elts = path;
    hashes.nelts = 2;
    path[0].data = leaf[1];
    path[0].len = path[1].len = 32;
    path[1].data = leaf[2];

    ok(oci_sign_inclusion(leaf[0], 0, 3, &hashes, root), "leaf 0 of 3");
    ok(!oci_sign_inclusion(leaf[0], 1, 3, &hashes, root),
       "not at another index");
    ok(!oci_sign_inclusion(leaf[1], 0, 3, &hashes, root),
       "not another leaf");
    ok(!oci_sign_inclusion(leaf[0], 3, 3, &hashes, root),
       "not behind the end");

    hashes.nelts = 1;
    path[0].data = node;
    ok(oci_sign_inclusion(leaf[2], 2, 3, &hashes, root), "leaf 2 of 3");
    ok(!oci_sign_inclusion(leaf[2], 2, 4, &hashes, root),
       "not of a larger tree");
    hashes.nelts = 0;
    ok(!oci_sign_inclusion(leaf[2], 2, 3, &hashes, root),
       "not with a hash too few");
}


static void
bundle_goes_round(oci_pool_t *pool)
{
    oci_str_t               type, pae, text;
    oci_digest_t            digest, other;
    oci_sign_trust_t        trust;
    oci_sign_bundle_t       bundle;
    oci_sign_policy_t       policy;
    oci_sign_verdict_t      verdict;
    oci_sign_new_bundle_t   parts;

    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    memset(&policy, 0, sizeof(oci_sign_policy_t));
    oci_sign_trust_init(&trust, pool);
    oci_digest_of(&digest, OCI_SHA256, "a", 1);
    oci_digest_of(&other, OCI_SHA256, "b", 1);

    (void) oci_sign_key_generate(pool, &parts.key, NULL);
    type = oci_str(OCI_SIGN_INTOTO);
    parts.payload = oci_sign_statement_sign(pool, &digest, NULL);
    pae = oci_sign_pae(pool, &type, &parts.payload);
    (void) oci_sign_key_sign(pool, parts.key, OCI_SHA256, &pae,
                             &parts.signature, NULL);
    text = oci_sign_bundle_text(pool, &parts);

    is(oci_sign_bundle_parse(pool, &text, OCI_SIGN_BUNDLE_REGISTRY, &bundle,
                             NULL), OCI_OK, "our bundle is read");
    proto_names(pool, &text);

    policy.key = parts.key;
    policy.alg = OCI_SHA256;
    policy.trust = &trust;
    policy.claims = true;

    is(oci_sign_verify_bundle(pool, &policy, &bundle, &digest, NULL,
                              &verdict, NULL), OCI_OK, "and verified");
    ok(!verdict.logged && !verdict.stamped && verdict.cert == NULL,
       "what was not checked is not said");
    is(oci_sign_verify_bundle(pool, &policy, &bundle, &other, NULL, &verdict,
                              NULL), OCI_MISMATCH, "not for another image");

    policy.tlog = true;
    is(oci_sign_verify_bundle(pool, &policy, &bundle, &digest, NULL,
                              &verdict, NULL), OCI_DENIED,
       "not when a log entry is demanded");

    policy.tlog = false;
    (void) oci_sign_key_generate(pool, &policy.key, NULL);
    is(oci_sign_verify_bundle(pool, &policy, &bundle, &digest, NULL,
                              &verdict, NULL), OCI_DENIED,
       "not with another key");
}


/* as cosign reads them, from registries too */

static void
proto_names(oci_pool_t *pool, const oci_str_t *bundle)
{
    size_t              i;
    oci_str_t           text;
    oci_sign_bundle_t   parsed;

    static const struct {
        const char  *name, *other;
        bool         good;
    } cases[] = {
        { "mediaType", "media_type", true },
        { "verificationMaterial", "verification_material", true },
        { "dsseEnvelope", "dsse_envelope", true },
        { "publicKey", "public_key", true },
        { "payloadType", "payload_type", false },
        { "dsseEnvelope", "dsseenvelope", false },
        { "mediaType", "_media_type", false }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = swap(pool, bundle, cases[i].name, cases[i].other);

        is(oci_sign_bundle_parse(pool, &text, OCI_SIGN_BUNDLE_REGISTRY,
                                 &parsed, NULL) == OCI_OK, cases[i].good,
           "\"%s\" for \"%s\"", cases[i].other, cases[i].name);
    }
}


static oci_str_t
swap(oci_pool_t *pool, const oci_str_t *text, const char *name,
    const char *other)
{
    u_char  *p, *end;

    p = memmem(text->data, text->len, name, strlen(name));

    if (p == NULL) {
        return *text;
    }

    end = p + strlen(name);

    return oci_strf(pool, "%.*s%s%.*s", (int) (p - text->data), text->data,
                    other, (int) (text->data + text->len - end), end);
}


static void
statement_rules(oci_pool_t *pool)
{
    size_t                 i;
    oci_str_t              text;
    oci_digest_t           digest;
    oci_sign_statement_t   s;

    static const struct {
        const char  *text;
        bool         good;
    } cases[] = {
        { "{\"subject\":[]}", true },
        { "{\"subject\":[],\"more\":1}", false },
        { "{\"subject\":[],\"subject\":[]}", false },
        { "{\"subject\":[{\"digest\":{},\"extra\":1}]}", false },
        { "{\"predicate\":\"text\"}", false },
        { "[]", false }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = oci_str(cases[i].text);
        is(oci_sign_statement_parse(pool, &text, true, &s, NULL) == OCI_OK,
           cases[i].good, "statement case %zu", i);
    }

    oci_digest_of(&digest, OCI_SHA256, "a", 1);
    text = oci_sign_statement_sign(pool, &digest, NULL);
    (void) oci_sign_statement_parse(pool, &text, true, &s, NULL);
    is(oci_sign_statement_match(&s, &digest, true, NULL), OCI_OK,
       "the statement is about its image");
    oci_digest_of(&digest, OCI_SHA256, "b", 1);
    s.matched = NULL;
    is(oci_sign_statement_match(&s, &digest, true, NULL), OCI_MISMATCH,
       "and about no other");
    ok(oci_sign_predicate_type("nonsense") == NULL,
       "a type is known or a URI");
}
