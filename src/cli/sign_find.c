/*
 * What is attached to an image.
 */

#include "sign_find.h"

#include <string.h>


#define SIGN_MAX_REFERRERS  1000


static oci_status_e sign_find_bundle(cmd_t *cmd, sign_store_t *store,
    const oci_digest_t *digest, oci_array_t *bundles);
static oci_status_e sign_find_oci11(cmd_t *cmd, sign_store_t *store,
    const oci_digest_t *digest, sign_manifest_t *manifest);
static oci_status_e sign_find_child(cmd_t *cmd, sign_store_t *store,
    sign_manifest_t *manifest);
static bool sign_find_platform(const json_t *desc);
static oci_status_e sign_find_layer(cmd_t *cmd, sign_store_t *store,
    const oci_sign_layer_t *desc, sign_layer_t *layer);


oci_str_t
sign_tag(oci_pool_t *pool, const char *prefix, const oci_digest_t *digest,
    const char *suffix)
{
    return oci_strf(pool, "%s%s-%s%s%s", prefix ? prefix : "",
                    oci_alg_name(digest->alg), oci_digest_hex(digest),
                    suffix[0] ? "." : "", suffix);
}


oci_status_e
sign_find_bundles(cmd_t *cmd, sign_store_t *store,
    const oci_digest_t *digest, oci_array_t *bundles)
{
    size_t        i;
    oci_array_t   digests;
    oci_status_e  status;

    oci_array_init(bundles, cmd->pool, sizeof(sign_bundle_t));
    oci_array_init(&digests, cmd->pool, sizeof(oci_digest_t));

    status = sign_store_referrers(store, digest, &digests, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    if (digests.nelts > SIGN_MAX_REFERRERS) {
        return oci_error(&cmd->err, OCI_LIMIT, 0, "the image has more than "
                         "%d referrers", SIGN_MAX_REFERRERS);
    }

    for (i = 0; i < digests.nelts; i++) {
        status = sign_find_bundle(cmd, store,
                                  (oci_digest_t *) digests.elts + i, bundles);

        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


/* exactly one layer, of a bundle's type, that can be read as one */

static oci_status_e
sign_find_bundle(cmd_t *cmd, sign_store_t *store, const oci_digest_t *digest,
    oci_array_t *bundles)
{
    oci_str_t          text;
    oci_error_t        none = { OCI_OK, 0, "" };
    sign_bundle_t     *slot;
    sign_manifest_t    manifest;
    oci_sign_image_t   image;
    oci_sign_layer_t  *layer;

    if (sign_store_manifest(store, digest->text, &manifest, &none) != OCI_OK
        || oci_sign_image_parse(cmd->pool, &manifest.text, &image, &none)
           != OCI_OK
        || image.layers.nelts != 1)
    {
        return OCI_OK;
    }

    layer = image.layers.elts;

    if (!oci_str_prefix(&layer->media_type,
                        "application/vnd.dev.sigstore.bundle")
        || sign_store_blob(store, &layer->digest, OCI_SIGN_MAX_PAYLOAD, &text,
                           &none) != OCI_OK)
    {
        return OCI_OK;
    }

    slot = oci_array_push(bundles);

    if (slot == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    slot->text = text;
    slot->digest = *digest;

    if (oci_sign_bundle_parse(cmd->pool, &text, OCI_SIGN_BUNDLE_REGISTRY,
                              &slot->bundle, &none) != OCI_OK)
    {
        bundles->nelts--;
    }

    return OCI_OK;
}


oci_status_e
sign_find_layers(cmd_t *cmd, sign_store_t *store,
    const oci_digest_t *digest, const char *tag, bool oci11,
    oci_array_t *layers)
{
    size_t              i;
    oci_error_t         none = { OCI_OK, 0, "" };
    oci_status_e        status;
    sign_layer_t       *slot;
    sign_manifest_t     manifest;
    oci_sign_image_t    image;

    oci_array_init(layers, cmd->pool, sizeof(sign_layer_t));

    status = oci11 ? sign_find_oci11(cmd, store, digest, &manifest)
             : sign_store_manifest(store, tag, &manifest, &none);

    if (status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (status == OCI_OK) {
        status = sign_find_child(cmd, store, &manifest);
    }

    if (status == OCI_OK) {
        status = oci_sign_image_parse(cmd->pool, &manifest.text, &image,
                                      &cmd->err);
    }

    if (status != OCI_OK) {
        return oci_error(&cmd->err, status, 0, "fetching signatures: %s",
                         none.text);
    }

    for (i = 0; i < image.layers.nelts; i++) {
        slot = oci_array_push(layers);

        if (slot == NULL) {
            return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
        }

        status = sign_find_layer(cmd, store,
                                 (oci_sign_layer_t *) image.layers.elts + i,
                                 slot);

        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


static oci_status_e
sign_find_oci11(cmd_t *cmd, sign_store_t *store, const oci_digest_t *digest,
    sign_manifest_t *manifest)
{
    size_t             i;
    oci_array_t        digests;
    oci_error_t        none = { OCI_OK, 0, "" };
    oci_status_e       status;
    oci_sign_image_t   image;

    oci_array_init(&digests, cmd->pool, sizeof(oci_digest_t));
    status = sign_store_referrers(store, digest, &digests, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    for (i = digests.nelts; i > 0; i--) {
        if (sign_store_manifest(store,
                ((oci_digest_t *) digests.elts)[i - 1].text, manifest, &none)
                == OCI_OK
            && oci_sign_image_parse(cmd->pool, &manifest->text, &image,
                                    &none) == OCI_OK
            && oci_str_is(&image.config_type, OCI_SIGN_MT_SIG))
        {
            return OCI_OK;
        }
    }

    return OCI_NOT_FOUND;
}


/* an index around the signature image: its image for linux/amd64, or any */

static oci_status_e
sign_find_child(cmd_t *cmd, sign_store_t *store, sign_manifest_t *manifest)
{
    size_t         i;
    json_t        *root, *list;
    oci_str_t      digest;
    const char    *name;
    oci_status_e   status;

    root = oci_json_load(manifest->text.data, manifest->text.len, 0,
                         &cmd->err);
    list = json_object_get(root, "manifests");

    if (root == NULL || !json_is_array(list)) {
        json_decref(root);
        return root ? OCI_OK : OCI_INVALID;
    }

    name = NULL;

    for (i = 0; i < json_array_size(list) && name == NULL; i++) {
        if (sign_find_platform(json_array_get(list, i))) {
            digest = oci_json_str(json_array_get(list, i), "digest");
            name = oci_cstr(cmd->pool, &digest);
        }
    }

    json_decref(root);

    if (name == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "the tag of the signatures is an empty index");
    }

    status = sign_store_manifest(store, name, manifest, &cmd->err);

    return status;
}


static bool
sign_find_platform(const json_t *desc)
{
    json_t     *platform;
    oci_str_t   os, arch;

    platform = json_object_get(desc, "platform");
    os = oci_json_str(platform, "os");
    arch = oci_json_str(platform, "architecture");

    return platform == NULL
           || (oci_str_is(&os, "linux") && oci_str_is(&arch, "amd64"));
}


static oci_status_e
sign_find_layer(cmd_t *cmd, sign_store_t *store,
    const oci_sign_layer_t *desc, sign_layer_t *layer)
{
    oci_status_e  status;

    layer->media_type = desc->media_type;
    layer->sig.signature = oci_sign_layer_note(desc, OCI_SIGN_A_SIGNATURE);
    layer->sig.cert = oci_sign_layer_note(desc, OCI_SIGN_A_CERT);
    layer->sig.chain = oci_sign_layer_note(desc, OCI_SIGN_A_CHAIN);
    layer->sig.bundle = oci_sign_layer_note(desc, OCI_SIGN_A_BUNDLE);
    layer->sig.time = oci_sign_layer_note(desc, OCI_SIGN_A_TIME);
    layer->predicate = oci_sign_layer_note(desc, OCI_SIGN_A_PREDICATE);

    status = sign_store_blob(store, &desc->digest, OCI_SIGN_MAX_PAYLOAD,
                             &layer->sig.payload, &layer->err);

    if (status == OCI_OK && layer->sig.payload.len != desc->size) {
        (void) oci_error(&layer->err, OCI_MISMATCH, 0, "error verifying "
                         "size; got %zu, want %llu", layer->sig.payload.len,
                         (unsigned long long) desc->size);
    }

    (void) cmd;

    return (status == OCI_NOMEM) ? OCI_NOMEM : OCI_OK;
}
