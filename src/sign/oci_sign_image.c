/*
 * The legacy signature image, and the referrer of a bundle.
 */

#include "oci_sign_image.h"
#include "oci_sign_payload.h"

#include <string.h>


#define OCI_SIGN_ZERO_TIME  "0001-01-01T00:00:00Z"


static oci_status_e oci_sign_image_layer(oci_sign_image_t *image,
    const json_t *desc, oci_error_t *err);
static json_t *oci_sign_image_new(void);
static json_t *oci_sign_config_new(const char *created);
static bool oci_sign_config_grow(json_t *config, const char *digest,
    const char *created);
static json_t *oci_sign_member(json_t *obj, const char *name, json_t *init);


oci_status_e
oci_sign_image_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_image_t *image, oci_error_t *err)
{
    size_t         i, n;
    json_t        *layers, *config;
    oci_str_t      digest;
    oci_status_e   status;

    memset(image, 0, sizeof(oci_sign_image_t));
    oci_array_init(&image->layers, pool, sizeof(oci_sign_layer_t));

    image->root = oci_json_load(text->data, text->len, 0, err);

    if (image->root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(pool, image->root)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    layers = json_object_get(image->root, "layers");
    config = json_object_get(image->root, "config");
    n = json_array_size(layers);

    if (n > OCI_SIGN_MAX_LAYERS) {
        return oci_error(err, OCI_LIMIT, 0, "number of layers (%zu) exceeded "
                         "the limit (%d)", n, OCI_SIGN_MAX_LAYERS);
    }

    image->media_type = oci_json_str(image->root, "mediaType");
    image->config_type = oci_json_str(config, "mediaType");
    digest = oci_json_str(config, "digest");
    (void) oci_digest_parse(&image->config, &digest);
    (void) oci_json_uint(config, "size", &image->config_size);

    for (i = 0; i < n; i++) {
        status = oci_sign_image_layer(image, json_array_get(layers, i), err);

        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_image_layer(oci_sign_image_t *image, const json_t *desc,
    oci_error_t *err)
{
    json_t            *notes;
    oci_str_t          digest;
    oci_sign_layer_t  *layer;

    layer = oci_array_push(&image->layers);

    if (layer == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    digest = oci_json_str(desc, "digest");
    layer->media_type = oci_json_str(desc, "mediaType");

    if (oci_digest_parse(&layer->digest, &digest) != OCI_OK
        || !oci_json_uint(desc, "size", &layer->size))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "a layer of the manifest has no digest or size");
    }

    notes = json_object_get(desc, "annotations");
    layer->annotations = json_is_object(notes) ? notes : NULL;

    return OCI_OK;
}


oci_str_t
oci_sign_layer_note(const oci_sign_layer_t *layer, const char *name)
{
    return oci_json_str(layer->annotations, name);
}


json_t *
oci_sign_layer_new(const char *media_type, const oci_str_t *blob,
    json_t *annotations)
{
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, blob->data, blob->len);

    return json_pack("{s:s,s:I,s:s,s:o*}", "mediaType", media_type,
                     "size", (json_int_t) blob->len, "digest", digest.text,
                     "annotations", annotations);
}


oci_status_e
oci_sign_image_append(oci_pool_t *pool, const oci_str_t *manifest,
    const oci_str_t *config, json_t *layer, const char *created,
    oci_str_t *new_manifest, oci_str_t *new_config, oci_error_t *err)
{
    bool          good;
    json_t       *image, *body, *layers;
    oci_digest_t  digest;

    image = (manifest->len == 0) ? oci_sign_image_new()
            : oci_json_load(manifest->data, manifest->len, 0, err);
    body = (config->len == 0) ? oci_sign_config_new(created)
           : oci_json_load(config->data, config->len, 0, err);

    layers = oci_sign_member(image, "layers", json_array());

    good = json_is_object(image) && json_is_object(body)
           && json_is_array(layers)
           && json_array_append(layers, layer) == 0
           && oci_sign_config_grow(body,
                  json_string_value(json_object_get(layer, "digest")),
                  created);

    if (good) {
        *new_config = oci_sign_json_text(pool, body, false);
        oci_digest_of(&digest, OCI_SHA256, new_config->data,
                      new_config->len);
        body = (json_decref(body), oci_sign_member(image, "config",
                                                   json_object()));

        good = json_object_set_new(body, "size",
                   json_integer((json_int_t) new_config->len)) == 0
               && json_object_set_new(body, "digest",
                      json_string(digest.text)) == 0;

        *new_manifest = oci_sign_json_text(pool, image, false);

    } else {
        json_decref(body);
    }

    json_decref(image);

    if (!good || new_manifest->data == NULL) {
        return oci_error(err, OCI_INVALID, 0, "the manifest that holds the "
                         "signatures cannot be extended");
    }

    return OCI_OK;
}


oci_str_t
oci_sign_image_refer(oci_pool_t *pool, const oci_str_t *manifest,
    const json_t *subject, oci_error_t *err)
{
    json_t     *image, *config, *copy;
    oci_str_t   text = oci_null_string;

    image = oci_json_load(manifest->data, manifest->len, 0, err);

    if (image == NULL) {
        return text;
    }

    config = json_object_get(image, "config");
    copy = json_deep_copy(subject);

    if (json_object_set_new(config, "mediaType", json_string(OCI_SIGN_MT_SIG))
            == 0
        && json_object_set_new(image, "mediaType",
                               json_string(OCI_SIGN_MT_MANIFEST)) == 0
        && json_object_set_new(image, "subject", copy) == 0)
    {
        text = oci_sign_json_text(pool, image, false);
    }

    json_decref(image);

    if (text.data == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return text;
}


static json_t *
oci_sign_image_new(void)
{
    return json_pack("{s:i,s:s,s:{s:s,s:i,s:s},s:[]}",
                     "schemaVersion", 2,
                     "mediaType", OCI_SIGN_MT_MANIFEST,
                     "config", "mediaType", OCI_SIGN_MT_CONFIG,
                     "size", 0, "digest", "",
                     "layers");
}


static json_t *
oci_sign_config_new(const char *created)
{
    return json_pack("{s:s,s:s,s:[],s:s,s:{s:s,s:[]},s:{}}",
                     "architecture", "",
                     "created", created ? created : OCI_SIGN_ZERO_TIME,
                     "history",
                     "os", "",
                     "rootfs", "type", "layers", "diff_ids",
                     "config");
}


static bool
oci_sign_config_grow(json_t *config, const char *digest, const char *created)
{
    json_t  *history, *rootfs, *ids;

    history = oci_sign_member(config, "history", json_array());
    rootfs = oci_sign_member(config, "rootfs",
                             json_pack("{s:s}", "type", "layers"));
    ids = oci_sign_member(rootfs, "diff_ids", json_array());

    return json_array_append_new(history,
               json_pack("{s:s}", "created",
                         created ? created : OCI_SIGN_ZERO_TIME)) == 0
           && json_array_append_new(ids, json_string(digest)) == 0;
}


/* the member, which becomes init (consumed) when it is absent or null */

static json_t *
oci_sign_member(json_t *obj, const char *name, json_t *init)
{
    json_t  *value;

    value = json_object_get(obj, name);

    if (value != NULL && !json_is_null(value)) {
        json_decref(init);
        return value;
    }

    if (json_object_set_new(obj, name, init) != 0) {
        return NULL;
    }

    return init;
}


oci_str_t
oci_sign_referrer_text(oci_pool_t *pool, const oci_str_t *bundle,
    const json_t *subject, const char *predicate, int64_t created)
{
    json_t        *root, *notes;
    oci_str_t      text, when;
    oci_digest_t   empty;

    oci_digest_of(&empty, OCI_SHA256, "{}", 2);
    when = oci_sign_time_text(pool, created);

    notes = json_pack("{s:s,s:s*,s:s}",
                      "dev.sigstore.bundle.content",
                      predicate ? "dsse-envelope" : "message-signature",
                      "dev.sigstore.bundle.predicateType", predicate,
                      "org.opencontainers.image.created", when.data);

    root = json_pack("{s:i,s:s,s:{s:s,s:i,s:s},s:[o],s:o,s:O,s:s}",
                     "schemaVersion", 2,
                     "mediaType", OCI_SIGN_MT_MANIFEST,
                     "config", "mediaType", OCI_SIGN_MT_EMPTY,
                     "size", 2, "digest", empty.text,
                     "layers",
                     oci_sign_layer_new(OCI_SIGN_MT_BUNDLE, bundle, NULL),
                     "annotations", notes,
                     "subject", subject,
                     "artifactType", OCI_SIGN_MT_BUNDLE);

    if (root == NULL) {
        return oci_str(NULL);
    }

    text = oci_sign_json_text(pool, root, false);
    json_decref(root);

    return text;
}
