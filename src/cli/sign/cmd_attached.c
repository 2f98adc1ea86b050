/*
 * triangulate, tree, download: what is attached to an image, shown or
 * fetched, and not verified.
 */

#include "sign/find.h"
#include "sign/verbs.h"
#include "source/platform.h"
#include "command/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    sign_args_t     sign;
    const char     *type;
    const char     *predicate;
    const char     *platform;
    bool            exists;
} cmd_attached_t;


#define CMD_SBOM_MAX  ((uint64_t) 256 << 20)


static int cmd_triangulate_run(cmd_t *cmd);
static const sign_kind_t *cmd_triangulate_kind(const char *type);
static int cmd_tree_run(cmd_t *cmd);
static int cmd_download_run(cmd_t *cmd);

static oci_status_e cmd_tree_tag(sign_image_t *image, const char *suffix,
    const char *what, size_t *found);
static oci_status_e cmd_tree_referrers(sign_image_t *image, size_t *found);
static void cmd_tree_layers(const oci_sign_image_t *manifest);
static oci_status_e cmd_download_platform(sign_image_t *image);
static int cmd_download_sbom(sign_image_t *image);
static int cmd_download_bundles(sign_image_t *image, const char *predicate,
    bool attestation, size_t *found);
static int cmd_download_layers(sign_image_t *image, const char *predicate,
    bool attestation, size_t *found);
static int cmd_download_signature(sign_image_t *image,
    const sign_layer_t *layer);
static int cmd_download_envelope(sign_image_t *image, const oci_str_t *text);
static json_t *cmd_download_member(const json_t *json, const char *key);
static int cmd_download_line(sign_image_t *image, json_t *json);
static json_t *cmd_download_text(const oci_str_t *text);
static json_t *cmd_download_json(const oci_str_t *text);


#define cmd_attached_at(member)  offsetof(cmd_attached_t, member)


static const cmd_flag_t  cmd_triangulate_flags[] = {
    { "type", 0, CMD_STRING, cmd_attached_at(type), "TYPE",
      "signature, attestation, sbom or digest (signature)" },
    { "exists", 0, CMD_BOOL, cmd_attached_at(exists), NULL,
      "fail unless something is there" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_download_flags[] = {
    { "predicate-type", 0, CMD_STRING, cmd_attached_at(predicate), "TYPE",
      "attestations of this predicate only" },
    { "platform", 0, CMD_STRING, cmd_attached_at(platform), "OS/ARCH",
      "of this image of an index" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


static const cmd_flags_t  cmd_triangulate_sets[] = {
    { cmd_triangulate_flags, 0 },
    sign_flags_where(cmd_attached_at(sign))
};

static const cmd_flag_t  cmd_tree_flags[] = {
    { "registry-referrers-mode", 0, CMD_IGNORED, 0, "MODE", NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_tree_sets[] = {
    { cmd_tree_flags, 0 },
    sign_flags_where(cmd_attached_at(sign))
};

static const cmd_flags_t  cmd_download_sets[] = {
    { cmd_download_flags, 0 },
    sign_flags_where(cmd_attached_at(sign))
};


const cmd_verb_t  cmd_triangulate = {
    "triangulate", "IMAGE", "Tells where an image's signatures are kept",
    "  tally triangulate localhost:5000/alpine:0.4-signed\n\n"
    "  # is there one at all?\n"
    "  tally triangulate --exists localhost:5000/alpine:0.4-signed\n",
    "COSIGN_", cmd_triangulate_sets, sizeof(cmd_attached_t), NULL,
    cmd_triangulate_run
};

const cmd_verb_t  cmd_tree = {
    "tree", "IMAGE", "Shows what is attached to an image",
    "  tally tree localhost:5000/alpine:0.4-signed\n",
    "COSIGN_", cmd_tree_sets, sizeof(cmd_attached_t), NULL, cmd_tree_run
};

const cmd_verb_t  cmd_download = {
    "download", "signature|attestation|sbom IMAGE",
    "Fetches what is attached to an image, without verifying it",
    "  tally download signature localhost:5000/alpine:0.4-signed\n\n"
    "  tally download attestation --predicate-type "
    "https://slsa.dev/provenance/v1 \\\n      registry.example/app:1.0\n",
    "COSIGN_", cmd_download_sets, sizeof(cmd_attached_t), NULL,
    cmd_download_run
};


static int
cmd_triangulate_run(cmd_t *cmd)
{
    oci_str_t           tag, name;
    sign_image_t        image;
    cmd_attached_t     *o;
    source_manifest_t   manifest;
    const sign_kind_t  *kind;

    o = cmd->options;
    kind = cmd_triangulate_kind(o->type != NULL ? o->type : "signature");

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "triangulate needs one image");
    }

    if (kind == NULL) {
        return cmd_usage(cmd, "--type is signature, attestation, sbom or "
                              "digest");
    }

    if (sign_image_load(&image, cmd, cmd->args[0]) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    tag = (kind->suffix == NULL) ? oci_digest_str(&image.manifest.digest)
          : sign_tag(cmd->pool, o->sign.place.tag_prefix,
                     &image.manifest.digest, kind->suffix);

    if (o->exists
        && repository_manifest(&image.sigs, (char *) tag.data, &manifest,
                               &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    name = repository_name(&image.sigs);
    printf("%s%c%s\n", name.data, kind->suffix != NULL ? ':' : '@',
           tag.data);

    return 0;
}


/* a kind that has a tag, or the image itself */

static const sign_kind_t *
cmd_triangulate_kind(const char *type)
{
    const sign_kind_t         *kind;
    static const sign_kind_t   digest = { "digest", NULL };

    if (strcmp(type, digest.type) == 0) {
        return &digest;
    }

    kind = sign_kind(type);

    return (kind != NULL && kind->suffix != NULL) ? kind : NULL;
}


static int
cmd_tree_run(cmd_t *cmd)
{
    size_t       found;
    sign_image_t  image;

    found = 0;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "tree needs one image");
    }

    if (sign_image_load(&image, cmd, cmd->args[0]) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    printf("\U0001F4E6 Supply Chain Security Related artifacts for an image: "
           "%s\n", cmd->args[0]);

    if (cmd_tree_tag(&image, "sig", "\U0001F510 Signatures", &found)
        != OCI_OK
        || cmd_tree_tag(&image, "att", "\U0001F4BE Attestations", &found)
           != OCI_OK
        || cmd_tree_tag(&image, "sbom", "\U0001F4E6 SBOMs", &found) != OCI_OK
        || cmd_tree_referrers(&image, &found) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    if (found == 0) {
        printf("Nothing is attached to %s; \"tally sign\" would be a "
               "beginning\n", cmd->args[0]);
    }

    return 0;
}


/* the layers of an image at one of the tags that belong to the digest */

static oci_status_e
cmd_tree_tag(sign_image_t *image, const char *suffix, const char *what,
    size_t *found)
{
    oci_str_t          tag;
    oci_error_t        err = { OCI_OK, 0, "" };
    oci_status_e       rc;
    cmd_attached_t    *o;
    source_manifest_t    manifest;
    oci_sign_image_t   layers;

    o = image->cmd->options;
    tag = sign_tag(image->cmd->pool, o->sign.place.tag_prefix,
                   &image->manifest.digest, suffix);

    rc = repository_manifest(&image->sigs, (char *) tag.data, &manifest, &err);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        image->cmd->err = err;
        return rc;
    }

    rc = oci_sign_image_parse(image->cmd->pool, &manifest.content, &layers,
                              &image->cmd->err);
    if (rc != OCI_OK) {
        return rc;
    }

    *found += 1;
    printf("└── %s for an image tag: %s:%s\n", what,
           repository_name(&image->sigs).data, tag.data);
    cmd_tree_layers(&layers);

    return OCI_OK;
}


static oci_status_e
cmd_tree_referrers(sign_image_t *image, size_t *found)
{
    size_t             i;
    json_t            *notes;
    oci_str_t          type;
    oci_array_t        digests;
    oci_status_e       rc;
    oci_digest_t      *digest;
    source_manifest_t    manifest;
    oci_sign_image_t   layers;

    oci_array_init(&digests, image->cmd->pool, sizeof(oci_digest_t));

    rc = repository_referrers(&image->sigs, &image->manifest.digest, &digests,
                              &image->cmd->err);

    digest = digests.elts;

    for (i = 0; rc == OCI_OK && i < digests.nelts; i++) {

        rc = repository_manifest(&image->sigs, digest[i].text, &manifest,
                                 &image->cmd->err);

        if (rc != OCI_OK
            || oci_sign_image_parse(image->cmd->pool, &manifest.content,
                                    &layers, NULL) != OCI_OK)
        {
            continue;
        }

        notes = json_object_get(layers.root, "annotations");
        type = oci_json_str(notes, "dev.sigstore.bundle.predicateType");

        if (type.len == 0) {
            type = oci_json_str(layers.root, "artifactType");
        }

        if (type.len == 0) {
            type = layers.config_type;
        }

        *found += 1;
        printf("└── \U0001F517 ");
        term_print(stdout, (char *) type.data, type.len);
        printf(" artifacts via OCI referrer: %s@%s\n",
               repository_name(&image->sigs).data, digest[i].text);
        cmd_tree_layers(&layers);
    }

    return rc;
}


static void
cmd_tree_layers(const oci_sign_image_t *manifest)
{
    size_t             i;
    oci_sign_layer_t  *layer;

    layer = manifest->layers.elts;

    for (i = 0; i < manifest->layers.nelts; i++) {
        printf("   %s \U0001F352 %s\n",
               i + 1 == manifest->layers.nelts ? "└──" : "├──",
               layer[i].digest.text);
    }
}


static int
cmd_download_run(cmd_t *cmd)
{
    int              rc;
    bool             attestation, sbom;
    size_t           found;
    const char      *type;
    sign_image_t     image;
    cmd_attached_t  *o;

    o = cmd->options;
    found = 0;

    sbom = cmd->nargs == 2 && strcmp(cmd->args[0], "sbom") == 0;
    attestation = cmd->nargs == 2 && strcmp(cmd->args[0], "attestation") == 0;

    if (cmd->nargs != 2
        || (!sbom && !attestation && strcmp(cmd->args[0], "signature") != 0))
    {
        return cmd_usage(cmd, "download needs \"signature\", "
                              "\"attestation\" or \"sbom\", and an image");
    }

    if (!attestation && o->predicate != NULL) {
        return cmd_usage(cmd, "--predicate-type is of attestations");
    }

    type = (o->predicate != NULL) ? oci_sign_predicate_type(o->predicate)
                                  : NULL;

    if (o->predicate != NULL && type == NULL) {
        return cmd_usage(cmd, "--predicate-type is one of cosign's names, or "
                              "a URI");
    }

    if (sign_image_load(&image, cmd, cmd->args[1]) != OCI_OK
        || (o->platform != NULL && cmd_download_platform(&image) != OCI_OK))
    {
        return cmd_fail(cmd, 1);
    }

    if (sbom) {
        return cmd_download_sbom(&image);
    }

    rc = cmd_download_bundles(&image, type, attestation, &found);

    if (rc == 0) {
        rc = cmd_download_layers(&image, type, attestation, &found);
    }

    if (rc == 0 && found == 0) {
        (void) oci_error(&cmd->err, OCI_NOT_FOUND, 0, "%s: no %ss associated",
                         cmd->args[1], cmd->args[0]);
        return cmd_fail(cmd, 1);
    }

    return rc;
}


static oci_status_e
cmd_download_platform(sign_image_t *image)
{
    cmd_t           *cmd;
    oci_status_e     rc;
    cmd_attached_t  *o;

    cmd = image->cmd;
    o = cmd->options;
    rc = platform_digest(cmd->pool, &image->manifest.content, o->platform,
                         &image->at.ref.digest, &cmd->err);

    return (rc == OCI_OK) ? sign_image_read(image, &cmd->err) : rc;
}


/* of cosign 1 and 2: the one layer of what has its tag */

static int
cmd_download_sbom(sign_image_t *image)
{
    cmd_t              *cmd;
    oci_str_t           tag, text;
    cmd_attached_t     *o;
    oci_sign_layer_t   *layer;
    oci_sign_image_t    sbom;
    source_manifest_t   manifest;

    cmd = image->cmd;
    o = cmd->options;
    tag = sign_tag(cmd->pool, o->sign.place.tag_prefix,
                   &image->manifest.digest, "sbom");

    if (repository_manifest(&image->sigs, (char *) tag.data, &manifest,
                            &cmd->err) != OCI_OK
        || oci_sign_image_parse(cmd->pool, &manifest.content, &sbom,
                                &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    layer = sbom.layers.elts;

    if (sbom.layers.nelts != 1) {
        return cmd_error(cmd, "what is attached is no single file");
    }

    fprintf(stderr, "Found SBOM of media type: ");
    term_print(stderr, (char *) layer->media_type.data,
               layer->media_type.len);
    fprintf(stderr, "\n");

    if (repository_blob(&image->sigs, &layer->digest, CMD_SBOM_MAX, &text,
                        &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    (void) fwrite(text.data, 1, text.len, stdout);

    return 0;
}


/* a bundle is a signature or an attestation by what it states */

static int
cmd_download_bundles(sign_image_t *image, const char *predicate,
    bool attestation, size_t *found)
{
    size_t                 i;
    oci_array_t            bundles;
    sign_bundle_t         *b;
    oci_sign_statement_t   statement;

    if (sign_find_bundles(image->cmd, &image->sigs, &image->manifest.digest,
                          &bundles)
        != OCI_OK)
    {
        return cmd_fail(image->cmd, 1);
    }

    b = bundles.elts;

    for (i = 0; i < bundles.nelts; i++) {

        if (oci_sign_statement_parse(image->cmd->pool, &b[i].bundle.payload,
                                     false,
                                     &statement, NULL) != OCI_OK
            || oci_str_is(&statement.predicate_type, OCI_SIGN_PREDICATE)
               == attestation
            || (predicate != NULL
                && !oci_str_is(&statement.predicate_type, predicate)))
        {
            continue;
        }

        *found += 1;
        term_print(stdout, (char *) b[i].text.data, b[i].text.len);
        printf("\n");
    }

    return 0;
}


static int
cmd_download_layers(sign_image_t *image, const char *predicate,
    bool attestation, size_t *found)
{
    size_t           i;
    oci_str_t        tag;
    oci_array_t      layers;
    sign_layer_t    *layer;
    cmd_attached_t  *o;

    o = image->cmd->options;
    tag = sign_tag(image->cmd->pool, o->sign.place.tag_prefix,
                   &image->manifest.digest, attestation ? "att" : "sig");

    if (sign_find_layers(image->cmd, &image->sigs, &image->manifest.digest,
                         (char *) tag.data, false, &layers) != OCI_OK)
    {
        return cmd_fail(image->cmd, 1);
    }

    layer = layers.elts;

    for (i = 0; i < layers.nelts; i++) {

        if (layer[i].err.status != OCI_OK) {
            image->cmd->err = layer[i].err;
            return cmd_fail(image->cmd, 1);
        }

        if (attestation) {

            if (predicate != NULL
                && !oci_str_is(&layer[i].predicate, predicate))
            {
                continue;
            }

            if (cmd_download_envelope(image, &layer[i].sig.payload) != 0) {
                return 1;
            }

        } else if (cmd_download_signature(image, &layer[i]) != 0) {
            return 1;
        }

        *found += 1;
    }

    return 0;
}


/* the members of a DSSE envelope in their usual order, on one line */

static int
cmd_download_envelope(sign_image_t *image, const oci_str_t *text)
{
    size_t       i;
    json_t      *root, *from, *to, *one;

    root = oci_json_load(text->data, text->len, 0, &image->cmd->err);
    if (root == NULL) {
        return cmd_fail(image->cmd, 1);
    }

    to = json_array();
    from = json_object_get(root, "signatures");

    for (i = 0; i < json_array_size(from); i++) {
        one = json_array_get(from, i);

        (void) json_array_append_new(to,
                          json_pack("{s:o, s:o}",
                                    "keyid", cmd_download_member(one, "keyid"),
                                    "sig", cmd_download_member(one, "sig")));
    }

    from = json_pack("{s:o, s:o, s:o}",
                     "payloadType", cmd_download_member(root, "payloadType"),
                     "payload", cmd_download_member(root, "payload"),
                     "signatures", to);
    json_decref(root);

    return cmd_download_line(image, from);
}


static json_t *
cmd_download_member(const json_t *json, const char *key)
{
    oci_str_t  text;

    text = oci_json_str(json, key);

    return json_stringn(text.len != 0 ? (char *) text.data : "", text.len);
}


/* one line, in cosign's members; certificates as PEM, not taken apart */

static int
cmd_download_signature(sign_image_t *image, const sign_layer_t *layer)
{
    json_t     *json;
    oci_str_t   payload;

    payload = oci_sign_b64(image->cmd->pool, layer->sig.payload.data,
                           layer->sig.payload.len);

    json = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}",
                     "Base64Signature", cmd_download_text(
                                                     &layer->sig.signature),
                     "Payload", payload.data,
                     "Cert", cmd_download_text(&layer->sig.cert),
                     "Chain", cmd_download_text(&layer->sig.chain),
                     "Bundle", cmd_download_json(&layer->sig.bundle),
                     "RFC3161Timestamp",
                     cmd_download_json(&layer->sig.time));

    return cmd_download_line(image, json);
}


static int
cmd_download_line(sign_image_t *image, json_t *json)
{
    char  *text;

    text = (json != NULL) ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);

    if (text == NULL) {
        return cmd_error(image->cmd, "what is attached is not text");
    }

    printf("%s\n", text);
    free(text);

    return 0;
}


static json_t *
cmd_download_text(const oci_str_t *text)
{
    return (text->len != 0) ? json_stringn((char *) text->data, text->len)
                            : json_null();
}


static json_t *
cmd_download_json(const oci_str_t *text)
{
    json_t  *json;

    json = (text->len != 0) ? oci_json_load(text->data, text->len, 0, NULL)
                            : NULL;

    return (json != NULL) ? json : json_null();
}
