/*
 * What is attached to an image.
 */

#include "sign/find.h"

#include <string.h>


#define SIGN_MAX_REFERRERS  1000


static oci_status_e sign_find_bundle(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *bundles);
static oci_status_e sign_find_image(cmd_t *cmd, const repository_t *repo,
    source_manifest_t *manifest, oci_array_t *layers);
static bool sign_find_known(const oci_array_t *layers, size_t n,
    const oci_sign_layer_t *desc);
static oci_status_e sign_find_child(cmd_t *cmd, const repository_t *repo,
    source_manifest_t *manifest);
static bool sign_find_platform(const json_t *desc);
static oci_status_e sign_find_layer(cmd_t *cmd, const repository_t *repo,
    const oci_sign_layer_t *desc, sign_layer_t *layer);


const sign_kind_t  sign_kinds[] = {
    { "signature", "sig" },
    { "attestation", "att" },
    { "sbom", "sbom" },
    { "referrer", NULL },
    { NULL, NULL }
};


const sign_kind_t *
sign_kind(const char *type)
{
    size_t  i;

    for (i = 0; sign_kinds[i].type != NULL; i++) {
        if (strcmp(sign_kinds[i].type, type) == 0) {
            return &sign_kinds[i];
        }
    }

    return NULL;
}


oci_str_t
sign_tag(oci_pool_t *pool, const char *prefix, const oci_digest_t *digest,
    const char *suffix)
{
    return oci_strf(pool, "%s%s-%s%s%s", prefix ? prefix : "",
                    oci_alg_name(digest->alg), oci_digest_hex(digest),
                    suffix[0] ? "." : "", suffix);
}


oci_status_e
sign_find_bundles(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *bundles)
{
    size_t        i;
    oci_array_t   digests;
    oci_status_e  status;

    oci_array_init(bundles, cmd->pool, sizeof(sign_bundle_t));
    oci_array_init(&digests, cmd->pool, sizeof(oci_digest_t));

    status = repository_referrers(repo, digest, &digests, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    if (digests.nelts > SIGN_MAX_REFERRERS) {
        return oci_error(&cmd->err, OCI_LIMIT, 0, "the image has more than "
                         "%d referrers", SIGN_MAX_REFERRERS);
    }

    for (i = 0; i < digests.nelts; i++) {
        status = sign_find_bundle(cmd, repo,
                                  (oci_digest_t *) digests.elts + i, bundles);

        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


/* exactly one layer, of a bundle's type, that can be read as one */

static oci_status_e
sign_find_bundle(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *bundles)
{
    oci_str_t          text;
    oci_error_t        none = { OCI_OK, 0, "" };
    sign_bundle_t     *slot;
    source_manifest_t    manifest;
    oci_sign_image_t   image;
    oci_sign_layer_t  *layer;

    if (repository_manifest(repo, digest->text, &manifest, &none) != OCI_OK
        || oci_sign_image_parse(cmd->pool, &manifest.content, &image, &none)
           != OCI_OK
        || image.layers.nelts != 1)
    {
        return OCI_OK;
    }

    layer = image.layers.elts;

    if (!oci_str_prefix(&layer->media_type,
                        "application/vnd.dev.sigstore.bundle")
        || repository_blob(repo, &layer->digest, OCI_SIGN_MAX_PAYLOAD, &text,
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
sign_find_layers(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, const char *tag, bool oci11,
    oci_array_t *layers)
{
    size_t             i;
    oci_array_t        manifests;
    oci_error_t        none = { OCI_OK, 0, "" };
    oci_status_e       status;
    source_manifest_t    manifest;

    oci_array_init(layers, cmd->pool, sizeof(sign_layer_t));

    if (oci11) {
        status = sign_find_oci11(cmd, repo, digest, &manifests);

        for (i = 0; status == OCI_OK && i < manifests.nelts; i++) {
            status = sign_find_image(cmd, repo,
                                     (source_manifest_t *) manifests.elts + i,
                                     layers);
        }

        return status;
    }

    status = repository_manifest(repo, tag, &manifest, &none);

    if (status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (status != OCI_OK) {
        return oci_error(&cmd->err, status, 0, "fetching signatures: %s",
                         none.text);
    }

    return sign_find_image(cmd, repo, &manifest, layers);
}


static oci_status_e
sign_find_image(cmd_t *cmd, const repository_t *repo,
    source_manifest_t *manifest, oci_array_t *layers)
{
    size_t              i, before;
    oci_status_e        status;
    sign_layer_t       *slot;
    oci_sign_image_t    image;
    oci_sign_layer_t   *desc;

    before = layers->nelts;
    status = sign_find_child(cmd, repo, manifest);

    if (status == OCI_OK) {
        status = oci_sign_image_parse(cmd->pool, &manifest->content, &image,
                                      &cmd->err);
    }

    for (i = 0; status == OCI_OK && i < image.layers.nelts; i++) {
        desc = (oci_sign_layer_t *) image.layers.elts + i;

        if (sign_find_known(layers, before, desc)) {
            continue;
        }

        if (layers->nelts == OCI_SIGN_MAX_LAYERS) {
            return oci_error(&cmd->err, OCI_LIMIT, 0, "the image has more "
                             "than %d signatures", OCI_SIGN_MAX_LAYERS);
        }

        slot = oci_array_push(layers);

        if (slot == NULL) {
            return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
        }

        status = sign_find_layer(cmd, repo, desc, slot);
    }

    return status;
}


/* a referrer repeats the signatures of the one before it */

static bool
sign_find_known(const oci_array_t *layers, size_t n,
    const oci_sign_layer_t *desc)
{
    size_t               i;
    const sign_layer_t  *layer;

    for (i = 0; i < n; i++) {
        layer = (const sign_layer_t *) layers->elts + i;

        if (layer->of != NULL && desc->annotations != NULL
            && strcmp(layer->digest.text, desc->digest.text) == 0
            && json_equal(layer->of, desc->annotations))
        {
            return true;
        }
    }

    return false;
}


oci_status_e
sign_find_oci11(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *manifests)
{
    size_t             i;
    oci_array_t        digests;
    oci_error_t        none = { OCI_OK, 0, "" };
    oci_status_e       status;
    source_manifest_t   *slot, manifest;
    oci_sign_image_t   image;

    oci_array_init(manifests, cmd->pool, sizeof(source_manifest_t));
    oci_array_init(&digests, cmd->pool, sizeof(oci_digest_t));
    status = repository_referrers(repo, digest, &digests, &cmd->err);

    if (status == OCI_OK && digests.nelts > SIGN_MAX_REFERRERS) {
        return oci_error(&cmd->err, OCI_LIMIT, 0, "the image has more than "
                         "%d referrers", SIGN_MAX_REFERRERS);
    }

    for (i = 0; status == OCI_OK && i < digests.nelts; i++) {

        if (repository_manifest(repo,
                ((oci_digest_t *) digests.elts)[i].text, &manifest, &none)
                != OCI_OK
            || oci_sign_image_parse(cmd->pool, &manifest.content, &image, &none)
               != OCI_OK
            || !oci_str_is(&image.config_type, OCI_SIGN_MT_SIG))
        {
            continue;
        }

        slot = oci_array_push(manifests);

        if (slot == NULL) {
            return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
        }

        *slot = manifest;
    }

    return status;
}


/* an index around the signature image: its image for linux/amd64, or any */

static oci_status_e
sign_find_child(cmd_t *cmd, const repository_t *repo,
    source_manifest_t *manifest)
{
    size_t         i;
    json_t        *root, *list;
    oci_str_t      digest;
    const char    *name;
    oci_status_e   status;

    root = oci_json_load(manifest->content.data, manifest->content.len, 0,
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

    status = repository_manifest(repo, name, manifest, &cmd->err);

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
sign_find_layer(cmd_t *cmd, const repository_t *repo,
    const oci_sign_layer_t *desc, sign_layer_t *layer)
{
    oci_status_e  status;

    layer->media_type = desc->media_type;
    layer->digest = desc->digest;
    layer->of = desc->annotations;
    layer->sig.signature = oci_sign_layer_note(desc, OCI_SIGN_A_SIGNATURE);
    layer->sig.cert = oci_sign_layer_note(desc, OCI_SIGN_A_CERT);
    layer->sig.chain = oci_sign_layer_note(desc, OCI_SIGN_A_CHAIN);
    layer->sig.bundle = oci_sign_layer_note(desc, OCI_SIGN_A_BUNDLE);
    layer->sig.time = oci_sign_layer_note(desc, OCI_SIGN_A_TIME);
    layer->predicate = oci_sign_layer_note(desc, OCI_SIGN_A_PREDICATE);

    status = repository_blob(repo, &desc->digest, OCI_SIGN_MAX_PAYLOAD,
                             &layer->sig.payload, &layer->err);

    if (status == OCI_OK && layer->sig.payload.len != desc->size) {
        (void) oci_error(&layer->err, OCI_MISMATCH, 0, "error verifying "
                         "size; got %zu, want %llu", layer->sig.payload.len,
                         (unsigned long long) desc->size);
    }

    (void) cmd;

    return (status == OCI_NOMEM) ? OCI_NOMEM : OCI_OK;
}
