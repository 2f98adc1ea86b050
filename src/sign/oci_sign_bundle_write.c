/*
 * Sigstore bundles: writing.
 */

#include "oci_sign_bundle.h"
#include "oci_sign_image.h"
#include "oci_sign_statement.h"

#include <string.h>


static json_t *oci_sign_bundle_material(oci_pool_t *pool,
    const oci_sign_new_bundle_t *parts);
static json_t *oci_sign_bundle_content(oci_pool_t *pool,
    const oci_sign_new_bundle_t *parts);
static json_t *oci_sign_b64_json(oci_pool_t *pool, const void *data,
    size_t len);
static json_t *oci_sign_times_json(oci_pool_t *pool,
    const oci_array_t *times);
static json_t *oci_sign_hex_json(oci_pool_t *pool, const char *text);
static json_t *oci_sign_answer(const oci_str_t *answer, json_t **inner,
    oci_error_t *err);
static json_t *oci_sign_entry_proof(oci_pool_t *pool, const json_t *proof);


oci_str_t
oci_sign_bundle_text(oci_pool_t *pool, const oci_sign_new_bundle_t *parts)
{
    json_t     *root;
    oci_str_t   text = oci_null_string;

    root = json_pack("{s:s,s:o,s:o}", "mediaType", OCI_SIGN_MT_BUNDLE,
                     "verificationMaterial",
                     oci_sign_bundle_material(pool, parts),
                     parts->payload.len != 0 ? "dsseEnvelope"
                                             : "messageSignature",
                     oci_sign_bundle_content(pool, parts));

    if (root != NULL) {
        text = oci_sign_json_text(pool, root, false);
        json_decref(root);
    }

    return text;
}


/* the certificate or a hint at the key, log entries, timestamps */

static json_t *
oci_sign_bundle_material(oci_pool_t *pool, const oci_sign_new_bundle_t *parts)
{
    u_char      sum[32];
    json_t     *material;
    oci_str_t   der;

    der = oci_sign_key_der(pool, parts->key);
    oci_sign_sha256(der.data, der.len, sum);

    material = (parts->cert.len != 0)
               ? json_pack("{s:{s:o}}", "certificate", "rawBytes",
                           oci_sign_b64_json(pool, parts->cert.data,
                                             parts->cert.len))
               : json_pack("{s:{s:o}}", "publicKey", "hint",
                           oci_sign_b64_json(pool, sum, sizeof(sum)));

    if (parts->entry != NULL) {
        (void) json_object_set_new(material, "tlogEntries",
                                   json_pack("[O]", parts->entry));
    }

    if (parts->times.nelts != 0) {
        (void) json_object_set_new(material, "timestampVerificationData",
                                   oci_sign_times_json(pool, &parts->times));
    }

    return material;
}


static json_t *
oci_sign_bundle_content(oci_pool_t *pool, const oci_sign_new_bundle_t *parts)
{
    u_char   sum[32];
    json_t  *signature;

    signature = oci_sign_b64_json(pool, parts->signature.data,
                                  parts->signature.len);

    if (parts->payload.len != 0) {
        return json_pack("{s:o,s:s,s:[{s:o}]}", "payload",
                         oci_sign_b64_json(pool, parts->payload.data,
                                           parts->payload.len),
                         "payloadType", OCI_SIGN_INTOTO, "signatures", "sig",
                         signature);
    }

    oci_sign_sha256(parts->message.data, parts->message.len, sum);

    return json_pack("{s:{s:s,s:o},s:o}", "messageDigest", "algorithm",
                     "SHA2_256", "digest",
                     oci_sign_b64_json(pool, sum, sizeof(sum)), "signature",
                     signature);
}


static json_t *
oci_sign_times_json(oci_pool_t *pool, const oci_array_t *times)
{
    size_t            i;
    json_t           *list;
    const oci_str_t  *time;

    list = json_array();

    for (i = 0; i < times->nelts; i++) {
        time = (const oci_str_t *) times->elts + i;
        (void) json_array_append_new(list,
                   json_pack("{s:o}", "signedTimestamp",
                             oci_sign_b64_json(pool, time->data, time->len)));
    }

    return json_pack("{s:o}", "rfc3161Timestamps", list);
}


static json_t *
oci_sign_b64_json(oci_pool_t *pool, const void *data, size_t len)
{
    oci_str_t  s;

    s = oci_sign_b64(pool, data, len);

    return json_stringn(s.data ? (char *) s.data : "", s.len);
}


oci_str_t
oci_sign_envelope_text(oci_pool_t *pool, const oci_str_t *payload,
    const oci_str_t *signature, bool keyid)
{
    oci_str_t  body, sig;

    body = oci_sign_b64(pool, payload->data, payload->len);
    sig = oci_sign_b64(pool, signature->data, signature->len);

    if (body.data == NULL || sig.data == NULL) {
        return oci_str(NULL);
    }

    return oci_strf(pool, "{\"payloadType\":\"" OCI_SIGN_INTOTO "\","
                    "\"payload\":\"%s\",\"signatures\":[{%s\"sig\":\"%s\"}]}",
                    body.data, keyid ? "\"keyid\":\"\"," : "", sig.data);
}


json_t *
oci_sign_entry_v1(oci_pool_t *pool, const oci_str_t *answer,
    oci_error_t *err)
{
    json_t           *root, *inner, *entry, *seen;
    oci_str_t         body, raw, id;
    const char       *set;
    oci_sign_body_t   parsed;

    root = oci_sign_answer(answer, &inner, err);

    if (root == NULL) {
        return NULL;
    }

    body = oci_json_str(inner, "body");
    seen = json_object_get(inner, "verification");
    set = json_string_value(json_object_get(seen, "signedEntryTimestamp"));
    id = oci_json_str(inner, "logID");

    if (oci_sign_b64_decode(pool, &body, OCI_SIGN_B64_STD, &raw) != OCI_OK
        || oci_sign_body_parse(pool, &raw, &parsed, err) != OCI_OK)
    {
        json_decref(root);
        (void) oci_error(err, OCI_INVALID, 0, "the log's answer is "
                         "malformed");
        return NULL;
    }

    entry = json_pack("{s:o,s:{s:o},s:{s:s,s:s},s:o,s:o*,s:o*,s:s}",
        "logIndex", json_sprintf("%lld", (long long) json_integer_value(
                        json_object_get(inner, "logIndex"))),
        "logId", "keyId", oci_sign_hex_json(pool, (char *) id.data),
        "kindVersion", "kind", parsed.kind.data, "version",
        parsed.version.data,
        "integratedTime", json_sprintf("%lld", (long long)
                              json_integer_value(json_object_get(inner,
                                  "integratedTime"))),
        "inclusionPromise",
        set ? json_pack("{s:s}", "signedEntryTimestamp", set) : NULL,
        "inclusionProof",
        oci_sign_entry_proof(pool, json_object_get(seen, "inclusionProof")),
        "canonicalizedBody", body.data);

    json_decref(root);

    if (entry == NULL) {
        (void) oci_error(err, OCI_INVALID, 0, "the log's answer is "
                         "malformed");
    }

    return entry;
}


static json_t *
oci_sign_answer(const oci_str_t *answer, json_t **inner, oci_error_t *err)
{
    json_t  *root, *first;

    root = oci_json_load(answer->data, answer->len, OCI_JSON_DUPLICATES, err);
    first = json_is_array(root) ? json_array_get(root, 0) : root;

    *inner = json_object_iter_value(json_object_iter(first));

    if (root != NULL && !json_is_object(*inner)) {
        json_decref(root);
        (void) oci_error(err, OCI_INVALID, 0, "the log's answer is "
                         "malformed");
        return NULL;
    }

    return root;
}


static json_t *
oci_sign_hex_json(oci_pool_t *pool, const char *text)
{
    u_char     raw[32];
    oci_str_t  hex;

    hex = oci_str(text);

    return oci_sign_unhex(&hex, raw, sizeof(raw))
           ? oci_sign_b64_json(pool, raw, sizeof(raw)) : NULL;
}


static json_t *
oci_sign_entry_proof(oci_pool_t *pool, const json_t *proof)
{
    size_t       i;
    json_t      *hashes, *list, *note;

    if (!json_is_object(proof)) {
        return NULL;
    }

    hashes = json_array();
    list = json_object_get(proof, "hashes");
    note = json_object_get(proof, "checkpoint");

    for (i = 0; i < json_array_size(list); i++) {
        (void) json_array_append_new(hashes, oci_sign_hex_json(pool,
                   json_string_value(json_array_get(list, i))));
    }

    return json_pack("{s:o,s:o,s:o,s:o,s:{s:O}}",
        "logIndex", json_sprintf("%lld", (long long) json_integer_value(
                        json_object_get(proof, "logIndex"))),
        "rootHash", oci_sign_hex_json(pool, json_string_value(
                        json_object_get(proof, "rootHash"))),
        "treeSize", json_sprintf("%lld", (long long) json_integer_value(
                        json_object_get(proof, "treeSize"))),
        "hashes", hashes, "checkpoint", "envelope", note);
}


oci_str_t
oci_sign_entry_legacy(oci_pool_t *pool, const oci_str_t *answer,
    oci_error_t *err)
{
    json_t     *root, *inner, *note;
    oci_str_t   text = oci_null_string;

    root = oci_sign_answer(answer, &inner, err);

    if (root == NULL) {
        return text;
    }

    note = json_pack("{s:O,s:{s:O,s:O,s:O,s:O}}", "SignedEntryTimestamp",
                     json_object_get(json_object_get(inner, "verification"),
                                     "signedEntryTimestamp"),
                     "Payload",
                     "body", json_object_get(inner, "body"),
                     "integratedTime",
                     json_object_get(inner, "integratedTime"),
                     "logIndex", json_object_get(inner, "logIndex"),
                     "logID", json_object_get(inner, "logID"));

    if (note == NULL) {
        (void) oci_error(err, OCI_INVALID, 0, "the log's answer is "
                         "malformed");

    } else {
        text = oci_sign_json_text(pool, note, false);
        json_decref(note);
    }

    json_decref(root);

    return text;
}
