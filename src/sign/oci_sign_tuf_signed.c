/*
 * Who signed TUF metadata.
 */

#include "oci_sign_tuf.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>


static size_t oci_sign_tuf_count(oci_pool_t *pool, const json_t *signatures,
    const json_t *ids, const json_t *keys, const oci_str_t *text);
static const json_t *oci_sign_tuf_role(const json_t *delegator,
    const char *role, const json_t **keys);
static bool oci_sign_tuf_canonical(oci_buf_t *b, const json_t *value);
static bool oci_sign_tuf_object(oci_buf_t *b, const json_t *object);
static int oci_sign_tuf_order(const void *a, const void *b);
static void oci_sign_tuf_string(oci_buf_t *b, const char *text, size_t len);
static bool oci_sign_tuf_key(oci_pool_t *pool, const json_t *item,
    EVP_PKEY **key, oci_alg_e *alg);
static bool oci_sign_tuf_pss(EVP_PKEY *key, const oci_str_t *text,
    const oci_str_t *signature);
static bool oci_sign_tuf_by(oci_pool_t *pool, const json_t *signatures,
    const char *id, EVP_PKEY *key, oci_alg_e alg, const oci_str_t *text);


oci_status_e
oci_sign_tuf_signed(oci_pool_t *pool, const json_t *document,
    const json_t *delegator, const char *role, oci_error_t *err)
{
    size_t         n;
    uint64_t       threshold;
    oci_buf_t      b = oci_null_buf;
    oci_str_t      text;
    const json_t  *rule, *keys;

    rule = oci_sign_tuf_role(delegator, role, &keys);

    if (rule == NULL || !oci_json_uint(rule, "threshold", &threshold)) {
        return oci_error(err, OCI_DENIED, 0, "%s: nobody may sign it", role);
    }

    if (!oci_sign_tuf_canonical(&b, json_object_get(document, "signed"))
        || b.failed)
    {
        oci_buf_free(&b);
        return oci_error(err, OCI_INVALID, 0, "%s: not canonical JSON: a "
                         "number has a fraction", role);
    }

    text = oci_sign_buf_take(pool, &b);
    n = oci_sign_tuf_count(pool, json_object_get(document, "signatures"),
                           json_object_get(rule, "keyids"), keys, &text);

    return (n >= threshold) ? OCI_OK
           : oci_error(err, OCI_DENIED, 0, "%s: signed by %zu of the %llu "
                       "keys that it needs", role, n,
                       (unsigned long long) threshold);
}


/* how many of the keys signed; one that has two ids is one */

static size_t
oci_sign_tuf_count(oci_pool_t *pool, const json_t *signatures,
    const json_t *ids, const json_t *keys, const oci_str_t *text)
{
    size_t       i, k, n;
    EVP_PKEY    *key, *good[OCI_SIGN_TUF_KEYS];
    oci_alg_e    alg;
    const char  *id;

    for (i = 0, n = 0; i < json_array_size(ids); i++) {
        id = json_string_value(json_array_get(ids, i));

        if (!oci_sign_tuf_key(pool, json_object_get(keys, id), &key, &alg)) {
            continue;
        }

        for (k = 0; k < n && EVP_PKEY_eq(good[k], key) != 1; k++) {
            /* void */
        }

        if (k == n && oci_sign_tuf_by(pool, signatures, id, key, alg, text)) {
            good[n++] = key;
        }
    }

    return n;
}


static const json_t *
oci_sign_tuf_role(const json_t *delegator, const char *role,
    const json_t **keys)
{
    size_t         i;
    oci_str_t      name;
    const json_t  *delegations, *item;

    delegations = json_object_get(delegator, "delegations");

    if (json_object_get(delegator, "roles") != NULL) {
        *keys = json_object_get(delegator, "keys");
        return json_object_get(json_object_get(delegator, "roles"), role);
    }

    *keys = json_object_get(delegations, "keys");

    json_array_foreach(json_object_get(delegations, "roles"), i, item) {
        name = oci_json_str(item, "name");

        if (oci_str_is(&name, role)) {
            return item;
        }
    }

    return NULL;
}


/* OLPC's canonical JSON; false: a number that has no such form */

static bool
oci_sign_tuf_canonical(oci_buf_t *b, const json_t *value)
{
    size_t         i;
    const json_t  *item;

    switch (json_typeof(value)) {

    case JSON_OBJECT:
        return oci_sign_tuf_object(b, value);

    case JSON_ARRAY:
        oci_buf_adds(b, "[");

        json_array_foreach(value, i, item) {
            oci_buf_adds(b, i != 0 ? "," : "");

            if (!oci_sign_tuf_canonical(b, item)) {
                return false;
            }
        }

        oci_buf_adds(b, "]");
        return true;

    case JSON_STRING:
        oci_sign_tuf_string(b, json_string_value(value),
                            json_string_length(value));
        return true;

    case JSON_INTEGER:
        oci_buf_addf(b, "%lld", (long long) json_integer_value(value));
        return true;

    case JSON_REAL:
        return false;

    case JSON_TRUE:
    case JSON_FALSE:
        oci_buf_adds(b, json_is_true(value) ? "true" : "false");
        return true;

    default:
        oci_buf_adds(b, "null");
        return true;
    }
}


static bool
oci_sign_tuf_object(oci_buf_t *b, const json_t *object)
{
    bool          good;
    json_t       *item;
    size_t        i, n;
    const char   *name, **names;

    n = 0;
    names = calloc(json_object_size(object) + 1, sizeof(char *));

    if (names == NULL) {
        b->failed = true;
        return false;
    }

    json_object_foreach((json_t *) object, name, item) {
        names[n++] = name;
    }

    qsort(names, n, sizeof(char *), oci_sign_tuf_order);
    oci_buf_adds(b, "{");

    for (i = 0, good = true; good && i < n; i++) {
        oci_buf_adds(b, i != 0 ? "," : "");
        oci_sign_tuf_string(b, names[i], strlen(names[i]));
        oci_buf_adds(b, ":");
        good = oci_sign_tuf_canonical(b, json_object_get(object, names[i]));
    }

    oci_buf_adds(b, "}");
    free(names);

    return good;
}


static int
oci_sign_tuf_order(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


static void
oci_sign_tuf_string(oci_buf_t *b, const char *text, size_t len)
{
    size_t  i, n;

    oci_buf_adds(b, "\"");

    for (i = 0; i < len; i += n) {

        if (text[i] == '"' || text[i] == '\\') {
            oci_buf_adds(b, "\\");
            oci_buf_add(b, text + i, 1);
            n = 1;
            continue;
        }

        for (n = 1; i + n < len && text[i + n] != '"' && text[i + n] != '\\';
             n++)
        {
            /* void */
        }

        oci_buf_add(b, text + i, n);
    }

    oci_buf_adds(b, "\"");
}


/* false: there is none, or we do not know its kind */

static bool
oci_sign_tuf_key(oci_pool_t *pool, const json_t *item, EVP_PKEY **key,
    oci_alg_e *alg)
{
    int        kind;
    u_char     raw[32];
    size_t     i;
    oci_str_t  type, scheme, text;

    static const struct {
        const char  *type;
        const char  *scheme;
        int          kind;
        int          bits;      /* 0: any */
        oci_alg_e    alg;
    } kinds[] = {
        { "ed25519", "ed25519", EVP_PKEY_ED25519, 0, OCI_SHA256 },
        { "ecdsa", "ecdsa-sha2-nistp256", EVP_PKEY_EC, 256, OCI_SHA256 },
        { "ecdsa", "ecdsa-sha2-nistp384", EVP_PKEY_EC, 384, OCI_SHA384 },
        { "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", EVP_PKEY_EC, 256,
          OCI_SHA256 },
        { "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", EVP_PKEY_EC, 384,
          OCI_SHA384 },
        { "rsa", "rsassa-pss-sha256", EVP_PKEY_RSA, 0, OCI_SHA256 }
    };

    type = oci_json_str(item, "keytype");
    scheme = oci_json_str(item, "scheme");
    text = oci_json_str(json_object_get(item, "keyval"), "public");

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0])
                && (!oci_str_is(&type, kinds[i].type)
                    || !oci_str_is(&scheme, kinds[i].scheme)); i++)
    {
        /* void */
    }

    if (i == sizeof(kinds) / sizeof(kinds[0])) {
        return false;
    }

    kind = kinds[i].kind;
    *alg = kinds[i].alg;

    if (kind == EVP_PKEY_ED25519) {
        *key = oci_sign_unhex(&text, raw, sizeof(raw))
               ? EVP_PKEY_new_raw_public_key(kind, NULL, raw, sizeof(raw))
               : NULL;

        return *key != NULL && oci_sign_key_keep(pool, *key);
    }

    return oci_sign_key_public(pool, &text, key, NULL) == OCI_OK
           && EVP_PKEY_get_base_id(*key) == kind
           && (kinds[i].bits == 0
               || EVP_PKEY_get_bits(*key) == kinds[i].bits);
}


static bool
oci_sign_tuf_by(oci_pool_t *pool, const json_t *signatures, const char *id,
    EVP_PKEY *key, oci_alg_e alg, const oci_str_t *text)
{
    u_char         raw[1024];
    size_t         i;
    oci_str_t      keyid, hex, signature;
    const json_t  *item;

    json_array_foreach(signatures, i, item) {
        keyid = oci_json_str(item, "keyid");
        hex = oci_json_str(item, "sig");

        if (!oci_str_is(&keyid, id) || hex.len / 2 > sizeof(raw)
            || !oci_sign_unhex(&hex, raw, hex.len / 2))
        {
            continue;
        }

        signature.data = raw;
        signature.len = hex.len / 2;

        if ((EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
            ? oci_sign_tuf_pss(key, text, &signature)
            : oci_sign_key_verify(pool, key, alg, text, &signature, NULL)
              == OCI_OK)
        {
            return true;
        }
    }

    return false;
}


static bool
oci_sign_tuf_pss(EVP_PKEY *key, const oci_str_t *text,
    const oci_str_t *signature)
{
    bool           good;
    EVP_MD_CTX    *ctx;
    EVP_PKEY_CTX  *how;

    ctx = EVP_MD_CTX_new();

    good = ctx != NULL
           && EVP_DigestVerifyInit(ctx, &how, EVP_sha256(), NULL, key) == 1
           && EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_AUTO)
              == 1
           && EVP_DigestVerify(ctx, signature->data, signature->len,
                               text->data, text->len) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();

    return good;
}
