/*
 * Sigstore bundles: reading.
 */

#include "oci_sign_bundle.h"
#include "oci_sign_payload.h"
#include "oci_sign_proto.h"

#include <string.h>


static int oci_sign_bundle_version(const oci_str_t *type);
static bool oci_sign_bundle_material(oci_pool_t *pool, const json_t *material,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bundle_cert(oci_pool_t *pool, const json_t *material,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bundle_entries(oci_pool_t *pool, const json_t *list,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bundle_entry(oci_pool_t *pool, const json_t *item,
    oci_sign_entry_t *entry);
static bool oci_sign_bundle_proof(oci_pool_t *pool, const json_t *proof,
    oci_sign_entry_t *entry);
static bool oci_sign_bundle_times(oci_pool_t *pool, const json_t *data,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bundle_content(oci_pool_t *pool, const json_t *root,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bundle_envelope(oci_pool_t *pool, const json_t *dsse,
    oci_sign_bundle_t *bundle);
static bool oci_sign_bytes(oci_pool_t *pool, const json_t *obj,
    const char *name, oci_str_t *out);
static int64_t oci_sign_int(const json_t *obj, const char *name);


oci_status_e
oci_sign_bundle_parse(oci_pool_t *pool, const oci_str_t *text,
    unsigned flags, oci_sign_bundle_t *bundle, oci_error_t *err)
{
    json_t     *raw, *root;
    oci_str_t   type;

    memset(bundle, 0, sizeof(oci_sign_bundle_t));
    oci_array_init(&bundle->entries, pool, sizeof(oci_sign_entry_t));
    oci_array_init(&bundle->bodies, pool, sizeof(oci_sign_body_t));
    oci_array_init(&bundle->times, pool, sizeof(oci_str_t));
    oci_array_init(&bundle->signatures, pool, sizeof(oci_str_t));
    oci_array_init(&bundle->chain, pool, sizeof(X509 *));

    raw = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (raw == NULL) {
        return OCI_INVALID;
    }

    root = oci_sign_proto_read(pool, raw, oci_sign_bundle_fields);
    json_decref(raw);

    if (root == NULL || !oci_sign_json_keep(pool, root)) {
        return oci_error(err, OCI_INVALID, 0, "not a Sigstore bundle: it has "
                         "a member of no meaning or of another type");
    }

    type = oci_json_str(root, "mediaType");
    bundle->version = oci_sign_bundle_version(&type);

    if (bundle->version == 0
        || (bundle->version < 3 && (flags & OCI_SIGN_BUNDLE_REGISTRY)))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "unsupported bundle version \"%.*s\"",
                         (int) (type.len > 80 ? 80 : type.len), type.data);
    }

    if (!oci_sign_bundle_content(pool, root, bundle)) {
        return oci_error(err, OCI_INVALID, 0, "the bundle has no signature, "
                         "or more than one kind of it");
    }

    if (!oci_sign_bundle_material(pool,
             json_object_get(root, "verificationMaterial"), bundle))
    {
        return oci_error(err, OCI_INVALID, 0, "the bundle's verification "
                         "material is missing or malformed");
    }

    return OCI_OK;
}


static int
oci_sign_bundle_version(const oci_str_t *type)
{
    int          i;
    static const struct {
        int          version;
        const char  *type;
    } types[] = {
        { 1, "application/vnd.dev.sigstore.bundle+json;version=0.1" },
        { 2, "application/vnd.dev.sigstore.bundle+json;version=0.2" },
        { 3, "application/vnd.dev.sigstore.bundle+json;version=0.3" },
        { 3, "application/vnd.dev.sigstore.bundle.v0.3+json" },
        { 0, NULL }
    };

    for (i = 0; types[i].type != NULL; i++) {
        if (oci_str_is(type, types[i].type)) {
            return types[i].version;
        }
    }

    return 0;
}


static bool
oci_sign_bundle_material(oci_pool_t *pool, const json_t *material,
    oci_sign_bundle_t *bundle)
{
    return json_is_object(material)
           && oci_sign_bundle_cert(pool, material, bundle)
           && oci_sign_bundle_entries(pool,
                  json_object_get(material, "tlogEntries"), bundle)
           && oci_sign_bundle_times(pool,
                  json_object_get(material, "timestampVerificationData"),
                  bundle);
}


/* exactly one of key, certificate and (before v0.3) chain */

static bool
oci_sign_bundle_cert(oci_pool_t *pool, const json_t *material,
    oci_sign_bundle_t *bundle)
{
    X509       *cert, **slot;
    size_t      i;
    json_t     *key, *one, *list;
    oci_str_t   der;

    key = json_object_get(material, "publicKey");
    one = json_object_get(material, "certificate");
    list = json_object_get(material, "x509CertificateChain");

    if ((key != NULL) + (one != NULL) + (list != NULL) != 1
        || (list != NULL && bundle->version >= 3))
    {
        return false;
    }

    if (key != NULL) {
        bundle->hint = oci_json_str(key, "hint");
        return true;
    }

    if (list != NULL) {
        list = json_object_get(list, "certificates");
        one = json_array_get(list, 0);
    }

    if (!oci_sign_bytes(pool, one, "rawBytes", &bundle->cert_der)
        || oci_sign_cert_der(pool, &bundle->cert_der, &bundle->cert, NULL)
           != OCI_OK)
    {
        return false;
    }

    for (i = 1; i < json_array_size(list) && i < 10; i++) {
        if (!oci_sign_bytes(pool, json_array_get(list, i), "rawBytes", &der)
            || oci_sign_cert_der(pool, &der, &cert, NULL) != OCI_OK
            || (slot = oci_array_push(&bundle->chain)) == NULL)
        {
            return false;
        }

        *slot = cert;
    }

    return true;
}


static bool
oci_sign_bundle_entries(oci_pool_t *pool, const json_t *list,
    oci_sign_bundle_t *bundle)
{
    size_t             i;
    oci_sign_body_t   *body;
    oci_sign_entry_t  *entry;

    if (json_array_size(list) > OCI_SIGN_MAX_ENTRIES) {
        return false;
    }

    for (i = 0; i < json_array_size(list); i++) {
        entry = oci_array_push(&bundle->entries);
        body = oci_array_push(&bundle->bodies);

        if (entry == NULL || body == NULL
            || !oci_sign_bundle_entry(pool, json_array_get(list, i), entry)
            || oci_sign_body_parse(pool, &entry->body, body, NULL) != OCI_OK)
        {
            return false;
        }

        if ((bundle->version >= 2 && !entry->proof)
            || (bundle->version == 1 && entry->set.data == NULL))
        {
            return false;
        }
    }

    return true;
}


static bool
oci_sign_bundle_entry(oci_pool_t *pool, const json_t *item,
    oci_sign_entry_t *entry)
{
    json_t     *promise, *proof;
    oci_str_t   id;

    promise = json_object_get(item, "inclusionPromise");
    proof = json_object_get(item, "inclusionProof");

    entry->index = oci_sign_int(item, "logIndex");
    entry->time = oci_sign_int(item, "integratedTime");

    if (!oci_sign_bytes(pool, item, "canonicalizedBody", &entry->body)
        || !oci_sign_bytes(pool, json_object_get(item, "logId"), "keyId",
                           &id)
        || json_object_get(item, "kindVersion") == NULL)
    {
        return false;
    }

    if (id.len == 32) {
        memcpy(entry->id, id.data, 32);
        entry->known_id = true;
    }

    if (promise != NULL
        && !oci_sign_bytes(pool, promise, "signedEntryTimestamp",
                           &entry->set))
    {
        entry->set.data = NULL;
    }

    return proof == NULL || oci_sign_bundle_proof(pool, proof, entry);
}


static bool
oci_sign_bundle_proof(oci_pool_t *pool, const json_t *proof,
    oci_sign_entry_t *entry)
{
    size_t      i;
    json_t     *hashes;
    oci_str_t   text, *hash;

    entry->proof = true;
    entry->proof_index = oci_sign_int(proof, "logIndex");
    entry->tree_size = oci_sign_int(proof, "treeSize");

    entry->checkpoint = oci_json_str(json_object_get(proof, "checkpoint"),
                                     "envelope");

    if (!oci_sign_bytes(pool, proof, "rootHash", &entry->root)) {
        entry->root.len = 0;
    }

    hashes = json_object_get(proof, "hashes");
    oci_array_init(&entry->hashes, pool, sizeof(oci_str_t));

    if (entry->checkpoint.len == 0
        || json_array_size(hashes) > OCI_SIGN_MAX_HASHES)
    {
        return false;
    }

    for (i = 0; i < json_array_size(hashes); i++) {
        text = oci_str(json_string_value(json_array_get(hashes, i)));
        hash = oci_array_push(&entry->hashes);

        if (hash == NULL
            || oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, hash)
               != OCI_OK)
        {
            return false;
        }
    }

    return true;
}


static bool
oci_sign_bundle_times(oci_pool_t *pool, const json_t *data,
    oci_sign_bundle_t *bundle)
{
    size_t      i;
    json_t     *list;
    oci_str_t  *slot;

    list = json_object_get(data, "rfc3161Timestamps");

    if (json_array_size(list) > OCI_SIGN_MAX_TIMES) {
        return false;
    }

    for (i = 0; i < json_array_size(list); i++) {
        slot = oci_array_push(&bundle->times);

        if (slot == NULL) {
            return false;
        }

        if (!oci_sign_bytes(pool, json_array_get(list, i), "signedTimestamp",
                            slot))
        {
            slot->len = 0;
        }
    }

    return true;
}


static bool
oci_sign_bundle_content(oci_pool_t *pool, const json_t *root,
    oci_sign_bundle_t *bundle)
{
    json_t     *dsse, *message, *digest;
    oci_str_t   alg;

    dsse = json_object_get(root, "dsseEnvelope");
    message = json_object_get(root, "messageSignature");

    if ((dsse == NULL) == (message == NULL)) {
        return false;
    }

    bundle->dsse = dsse != NULL;

    if (dsse != NULL) {
        return oci_sign_bundle_envelope(pool, dsse, bundle);
    }

    digest = json_object_get(message, "messageDigest");
    alg = oci_json_str(digest, "algorithm");
    bundle->digest_alg = oci_str_dup(pool, alg.data, alg.len);

    if (!oci_sign_bytes(pool, digest, "digest", &bundle->digest)) {
        bundle->digest.len = 0;
    }

    return oci_sign_bytes(pool, message, "signature", &bundle->signature);
}


static bool
oci_sign_bundle_envelope(oci_pool_t *pool, const json_t *dsse,
    oci_sign_bundle_t *bundle)
{
    size_t      i;
    json_t     *list, *item;
    oci_str_t   id, *slot;

    if (!oci_sign_bytes(pool, dsse, "payload", &bundle->payload)) {
        bundle->payload.len = 0;
    }

    bundle->payload_type = oci_json_str(dsse, "payloadType");
    list = json_object_get(dsse, "signatures");

    if (json_array_size(list) > OCI_SIGN_MAX_SIGNATURES) {
        return false;
    }

    for (i = 0; i < json_array_size(list); i++) {
        item = json_array_get(list, i);
        slot = oci_array_push(&bundle->signatures);

        if (slot == NULL) {
            return false;
        }

        if (!oci_sign_bytes(pool, item, "sig", slot)) {
            slot->len = 0;
        }

        id = oci_json_str(item, "keyid");
        bundle->keyid = bundle->keyid || id.len != 0;
    }

    if (bundle->signatures.nelts != 0) {
        bundle->signature = *(oci_str_t *) bundle->signatures.elts;
    }

    return true;
}


/* not empty, as an absent member is in protobuf */

static bool
oci_sign_bytes(oci_pool_t *pool, const json_t *obj, const char *name,
    oci_str_t *out)
{
    oci_str_t  text;

    text = oci_json_str(obj, name);

    return text.len != 0
           && oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, out)
              == OCI_OK
           && out->len != 0;
}


static int64_t
oci_sign_int(const json_t *obj, const char *name)
{
    return (int64_t) json_integer_value(json_object_get(obj, name));
}
