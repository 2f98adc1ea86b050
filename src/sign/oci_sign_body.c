/*
 * What log entries say: the canonical bodies, and requests for new ones.
 */

#include "oci_sign_log.h"
#include "oci_sign_statement.h"

#include <string.h>


static bool oci_sign_body_v1(oci_pool_t *pool, const json_t *root,
    oci_sign_body_t *parsed);
static bool oci_sign_body_dsse(oci_pool_t *pool, const json_t *spec,
    oci_sign_body_t *parsed);
static bool oci_sign_body_intoto(oci_pool_t *pool, const json_t *spec,
    oci_sign_body_t *parsed);
static bool oci_sign_body_intoto_signed(oci_pool_t *pool,
    const json_t *content, oci_sign_body_t *parsed);
static bool oci_sign_body_hash(oci_pool_t *pool, const json_t *hash,
    oci_str_t *alg, oci_str_t *value);
static bool oci_sign_body_verifier(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_body_t *parsed);
static bool oci_sign_body_signature(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_body_t *parsed);


oci_status_e
oci_sign_body_parse(oci_pool_t *pool, const oci_str_t *body,
    oci_sign_body_t *parsed, oci_error_t *err)
{
    bool        good;
    json_t     *root;
    oci_str_t   version;

    memset(parsed, 0, sizeof(oci_sign_body_t));

    root = oci_json_load(body->data, body->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    version = oci_json_str(root, "apiVersion");

    if (oci_str_is(&version, "0.0.2")
        && json_object_get(json_object_get(root, "spec"), "hashedRekordV002"))
    {
        parsed->v2 = true;
        good = true;

    } else {
        good = oci_sign_body_v1(pool, root, parsed);
    }

    json_decref(root);

    if (!good) {
        return oci_error(err, OCI_INVALID, 0,
                         "the body of the log entry is malformed");
    }

    return OCI_OK;
}


static bool
oci_sign_body_v1(oci_pool_t *pool, const json_t *root,
    oci_sign_body_t *parsed)
{
    json_t     *spec, *sig;
    oci_str_t   text;

    spec = json_object_get(root, "spec");
    text = oci_json_str(root, "apiVersion");
    parsed->version = oci_str_dup(pool, text.data, text.len);
    text = oci_json_str(root, "kind");
    parsed->kind = oci_str_dup(pool, text.data, text.len);

    if (oci_str_is(&text, "dsse")) {
        return oci_sign_body_dsse(pool, spec, parsed);
    }

    if (oci_str_is(&text, "intoto")) {
        return oci_sign_body_intoto(pool, spec, parsed);
    }

    if (!oci_str_is(&text, "hashedrekord")) {
        return false;
    }

    sig = json_object_get(spec, "signature");
    text = oci_json_str(sig, "content");

    if (!oci_sign_body_signature(pool, &text, parsed)) {
        return false;
    }

    text = oci_json_str(json_object_get(sig, "publicKey"), "content");

    return oci_sign_body_verifier(pool, &text, parsed)
           && oci_sign_body_hash(pool,
                  json_object_get(json_object_get(spec, "data"), "hash"),
                  &parsed->alg, &parsed->hash);
}


static bool
oci_sign_body_dsse(oci_pool_t *pool, const json_t *spec,
    oci_sign_body_t *parsed)
{
    json_t     *sig;
    oci_str_t   text, alg;

    sig = json_array_get(json_object_get(spec, "signatures"), 0);
    text = oci_json_str(sig, "signature");

    if (!oci_sign_body_signature(pool, &text, parsed)) {
        return false;
    }

    text = oci_json_str(sig, "verifier");

    return oci_sign_body_verifier(pool, &text, parsed)
           && oci_sign_body_hash(pool, json_object_get(spec, "envelopeHash"),
                                 &parsed->alg, &parsed->hash)
           && oci_sign_body_hash(pool, json_object_get(spec, "payloadHash"),
                                 &alg, &parsed->payload_hash);
}


/*
 * content.{hash, payloadHash}; 0.0.2 has the signature, in 0.0.1 the hash of
 * the envelope vouches for it, and the oldest have no payloadHash
 */

static bool
oci_sign_body_intoto(oci_pool_t *pool, const json_t *spec,
    oci_sign_body_t *parsed)
{
    bool        first;
    json_t     *content, *hash;
    oci_str_t   text, alg;

    content = json_object_get(spec, "content");
    hash = json_object_get(content, "payloadHash");
    first = oci_str_is(&parsed->version, "0.0.1");
    text = oci_json_str(spec, "publicKey");

    return (first ? oci_sign_body_verifier(pool, &text, parsed)
                  : oci_str_is(&parsed->version, "0.0.2")
                    && oci_sign_body_intoto_signed(pool, content, parsed))
           && oci_sign_body_hash(pool, json_object_get(content, "hash"),
                                 &parsed->alg, &parsed->hash)
           && ((first && hash == NULL)
               || oci_sign_body_hash(pool, hash, &alg,
                                     &parsed->payload_hash));
}


/* envelope.signatures[0].{sig, publicKey}; sig is base64 of base64 */

static bool
oci_sign_body_intoto_signed(oci_pool_t *pool, const json_t *content,
    oci_sign_body_t *parsed)
{
    json_t     *sig;
    oci_str_t   text, once;

    sig = json_array_get(json_object_get(
                             json_object_get(content, "envelope"),
                             "signatures"), 0);
    text = oci_json_str(sig, "sig");

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &once) != OCI_OK
        || !oci_sign_body_signature(pool, &once, parsed))
    {
        return false;
    }

    text = oci_json_str(sig, "publicKey");

    return oci_sign_body_verifier(pool, &text, parsed);
}


static bool
oci_sign_body_hash(oci_pool_t *pool, const json_t *hash, oci_str_t *alg,
    oci_str_t *value)
{
    u_char     raw[64];
    oci_str_t  text;

    text = oci_json_str(hash, "algorithm");
    *alg = oci_str_dup(pool, text.data, text.len);
    text = oci_json_str(hash, "value");
    *value = oci_str_dup(pool, text.data, text.len);

    return oci_alg_parse(alg) != OCI_ALG_NONE
           && text.len == oci_alg_hex_len(oci_alg_parse(alg))
           && oci_sign_unhex(&text, raw, text.len / 2);
}


static bool
oci_sign_body_verifier(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_body_t *parsed)
{
    size_t     pos;
    oci_str_t  pem, label;

    pos = 0;

    /* one block: of two, who reads which would be anyone's guess */

    if (oci_sign_b64_decode(pool, text, OCI_SIGN_B64_STD, &pem) != OCI_OK
        || !oci_str_prefix(&pem, "-----BEGIN ")
        || oci_sign_pem_next(pool, &pem, &pos, &label, &parsed->verifier)
           != OCI_OK)
    {
        return false;
    }

    for ( ; pos < pem.len; pos++) {
        if (pem.data[pos] != '\n' && pem.data[pos] != '\r'
            && pem.data[pos] != ' ')
        {
            return false;
        }
    }

    parsed->certificate = oci_str_is(&label, "CERTIFICATE");

    return parsed->certificate || oci_str_is(&label, "PUBLIC KEY");
}


static bool
oci_sign_body_signature(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_body_t *parsed)
{
    parsed->signature_text = oci_str_dup(pool, text->data, text->len);

    return text->len != 0
           && oci_sign_b64_decode(pool, &parsed->signature_text,
                                  OCI_SIGN_B64_STD, &parsed->signature)
              == OCI_OK;
}


oci_str_t
oci_sign_body_v2(oci_pool_t *pool, EVP_PKEY *key, const oci_str_t *verifier,
    bool certificate, const oci_str_t *data, const oci_str_t *signature)
{
    u_char       raw[64];
    oci_str_t    hex, b64[3], none = oci_null_string;
    oci_digest_t digest;
    oci_alg_e    alg;
    const char  *details;

    details = oci_sign_key_details(key);
    alg = oci_sign_key_alg(key);

    if (details == NULL) {
        return none;
    }

    oci_digest_of(&digest, alg, data->data, data->len);
    hex = oci_str(oci_digest_hex(&digest));

    if (!oci_sign_unhex(&hex, raw, hex.len / 2)) {
        return none;
    }

    b64[0] = oci_sign_b64(pool, raw, hex.len / 2);
    b64[1] = oci_sign_b64(pool, signature->data, signature->len);
    b64[2] = oci_sign_b64(pool, verifier->data, verifier->len);

    if (b64[0].data == NULL || b64[1].data == NULL || b64[2].data == NULL) {
        return none;
    }

    return oci_strf(pool, "{\"apiVersion\":\"0.0.2\",\"kind\":"
                    "\"hashedrekord\",\"spec\":{\"hashedRekordV002\":{"
                    "\"data\":{\"algorithm\":\"SHA2_%s\",\"digest\":\"%s\"},"
                    "\"signature\":{\"content\":\"%s\",\"verifier\":{"
                    "\"keyDetails\":\"%s\",\"%s\":{\"rawBytes\":\"%s\"}}}}}}",
                    oci_alg_name(alg) + 3, b64[0].data, b64[1].data, details,
                    certificate ? "x509Certificate" : "publicKey",
                    b64[2].data);
}


oci_str_t
oci_sign_request_v1(oci_pool_t *pool, const oci_str_t *data,
    const oci_str_t *signature, const oci_str_t *verifier_pem)
{
    oci_str_t     sig, pem;
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, data->data, data->len);
    sig = oci_sign_b64(pool, signature->data, signature->len);
    pem = oci_sign_b64(pool, verifier_pem->data, verifier_pem->len);

    return oci_strf(pool, "{\"apiVersion\":\"0.0.1\",\"kind\":"
                    "\"hashedrekord\",\"spec\":{\"data\":{\"hash\":{"
                    "\"algorithm\":\"sha256\",\"value\":\"%s\"}},"
                    "\"signature\":{\"content\":\"%s\",\"publicKey\":{"
                    "\"content\":\"%s\"}}}}", oci_digest_hex(&digest),
                    sig.data ? (char *) sig.data : "",
                    pem.data ? (char *) pem.data : "");
}


oci_str_t
oci_sign_request_dsse(oci_pool_t *pool, const oci_str_t *envelope,
    const oci_str_t *verifier_pem)
{
    oci_buf_t  b = oci_null_buf;
    oci_str_t  pem;

    pem = oci_sign_b64(pool, verifier_pem->data, verifier_pem->len);

    oci_buf_adds(&b, "{\"apiVersion\":\"0.0.1\",\"kind\":\"dsse\",\"spec\":{"
                     "\"proposedContent\":{\"envelope\":");
    oci_sign_json_quote(&b, envelope->data, envelope->len);
    oci_buf_addf(&b, ",\"verifiers\":[\"%s\"]},\"signatures\":null}}",
                 pem.data ? (char *) pem.data : "");

    return oci_sign_buf_take(pool, &b);
}


/* version 0.0.2, which bundles hold, too; twice base64 is what it wants */

oci_str_t
oci_sign_request_intoto(oci_pool_t *pool, const oci_str_t *envelope,
    const oci_str_t *payload, const oci_str_t *signature, bool keyid,
    const oci_str_t *verifier_pem)
{
    size_t        i;
    oci_str_t     twice[2], pem;
    oci_digest_t  digest;

    twice[0] = oci_sign_b64(pool, payload->data, payload->len);
    twice[1] = oci_sign_b64(pool, signature->data, signature->len);

    for (i = 0; i < 2; i++) {
        twice[i] = oci_sign_b64(pool, twice[i].data, twice[i].len);
    }

    pem = oci_sign_b64(pool, verifier_pem->data, verifier_pem->len);
    oci_digest_of(&digest, OCI_SHA256, envelope->data, envelope->len);

    if (twice[0].data == NULL || twice[1].data == NULL || pem.data == NULL) {
        return oci_str(NULL);
    }

    return oci_strf(pool, "{\"apiVersion\":\"0.0.2\",\"kind\":\"intoto\","
                    "\"spec\":{\"content\":{\"envelope\":{\"payload\":\"%s\","
                    "\"payloadType\":\"" OCI_SIGN_INTOTO "\","
                    "\"signatures\":[{%s\"publicKey\":\"%s\","
                    "\"sig\":\"%s\"}]},\"hash\":{\"algorithm\":\"sha256\","
                    "\"value\":\"%s\"}}}}", twice[0].data,
                    keyid ? "\"keyid\":\"\"," : "", pem.data, twice[1].data,
                    oci_digest_hex(&digest));
}


oci_str_t
oci_sign_request_v2(oci_pool_t *pool, EVP_PKEY *key, const oci_str_t *cert,
    const oci_str_t *data, const oci_str_t *signature)
{
    u_char        raw[64];
    oci_str_t     hex, der, b64[3], none = oci_null_string;
    oci_digest_t  digest;
    const char   *details;

    details = oci_sign_key_details(key);

    oci_digest_of(&digest, oci_sign_key_alg(key), data->data, data->len);
    hex = oci_str(oci_digest_hex(&digest));

    if (details == NULL || !oci_sign_unhex(&hex, raw, hex.len / 2)) {
        return none;
    }

    der = (cert->len != 0) ? *cert : oci_sign_key_der(pool, key);
    b64[0] = oci_sign_b64(pool, raw, hex.len / 2);
    b64[1] = oci_sign_b64(pool, signature->data, signature->len);
    b64[2] = oci_sign_b64(pool, der.data, der.len);

    if (b64[0].data == NULL || b64[1].data == NULL || b64[2].data == NULL) {
        return none;
    }

    return oci_strf(pool, "{\"hashedRekordRequestV002\":{\"digest\":\"%s\","
                    "\"signature\":{\"content\":\"%s\",\"verifier\":{"
                    "\"%s\":{\"rawBytes\":\"%s\"},\"keyDetails\":"
                    "\"%s\"}}}}", b64[0].data, b64[1].data,
                    cert->len ? "x509Certificate" : "publicKey",
                    b64[2].data, details);
}
