/*
 * sign: signatures of images, in both formats.
 */

#include "sign/make.h"
#include "sign/push.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>


typedef struct {
    cmd_t            *cmd;
    sign_make_t       make;
    oci_array_t       pairs;
    bool              legacy;
    bool              bundle;
    bool              oci11;            /* the old format as a referrer */
    sign_image_t      image;
} cmd_signer_t;


static int cmd_sign_run(cmd_t *cmd);
static oci_status_e cmd_sign_formats(cmd_t *cmd, cmd_signer_t *s);
static oci_status_e cmd_sign_sense(const sign_args_t *args,
    const cmd_signer_t *s, oci_error_t *err);
static oci_status_e cmd_sign_image(cmd_signer_t *s, const char *name);
static void cmd_sign_tag_warning(const char *name);
static oci_status_e cmd_sign_one(cmd_signer_t *s);
static oci_status_e cmd_sign_legacy(cmd_signer_t *s);
static oci_status_e cmd_sign_legacy_as(cmd_signer_t *s,
    const oci_str_t *reference);
static oci_status_e cmd_sign_given(cmd_signer_t *s, oci_str_t *payload);
static oci_status_e cmd_sign_write(cmd_signer_t *s, const oci_str_t *b64,
    const oci_str_t *payload);
static oci_status_e cmd_sign_push(cmd_signer_t *s, const oci_str_t *payload,
    json_t *notes);
static oci_status_e cmd_sign_bundle(cmd_signer_t *s);
static oci_status_e cmd_sign_children(cmd_signer_t *s);


static const cmd_flags_t  cmd_sign_sets[] = {
    { sign_flags_sign, 0 },
    { sign_flags_make, 0 },
    { sign_flags_write, 0 },
    { sign_flags_note, 0 },
    { sign_flags_piv, 0 },
    sign_flags_where(0)
};


const cmd_verb_t  cmd_sign = {
    "sign", "IMAGE...", "Signs images",
    "  # by digest, in both formats\n"
    "  tally sign --key cosign.key registry.example/app@sha256:...\n\n"
    "  # with a claim, and an entry in a transparency log of yours\n"
    "  tally sign --key cosign.key -a env=prod --rekor-url "
    "https://rekor.example \\\n      registry.example/app@sha256:...\n\n"
    "  # an index and every image of it\n"
    "  tally sign --key cosign.key --recursive registry.example/app:1.0\n\n"
    "  # by a key in a token, in a store on disk\n"
    "  tally sign --key 'pkcs11:token=build;object=release' --root "
    "/var/lib/registry \\\n      app:1.0\n",
    "COSIGN_", cmd_sign_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_sign_run
};


static int
cmd_sign_run(cmd_t *cmd)
{
    size_t         i;
    sign_args_t   *args;
    cmd_signer_t   s;

    args = cmd->options;
    memset(&s, 0, sizeof(cmd_signer_t));
    s.cmd = cmd;

    if (cmd->nargs == 0) {
        return cmd_usage(cmd, "sign needs at least one image");
    }

    if (!sign_make_signer(cmd)) {
        return cmd_usage(cmd, "sign needs one --key (make one: tally "
                              "generate-key-pair), or for keyless signing "
                              "--identity-token and --fulcio-url");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || cmd_sign_formats(cmd, &s) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    source_begin(&args->source);

    if (sign_args_pairs(cmd->pool, args, &s.pairs, &cmd->err) != OCI_OK
        || sign_make_choose(&s.make, cmd) != OCI_OK
        || sign_make_key(&s.make, sign_args_key(args)) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    for (i = 0; i < cmd->nargs; i++) {
        if (cmd_sign_image(&s, cmd->args[i]) != OCI_OK) {
            return cmd_fail(cmd, 1);
        }
    }

    return 0;
}


static oci_status_e
cmd_sign_formats(cmd_t *cmd, cmd_signer_t *s)
{
    sign_args_t  *args;

    args = cmd->options;

    if (!sign_args_formats(cmd, &s->legacy, &s->bundle)) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "--format is legacy, bundle or both");
    }

    if (args->place.referrers_mode != NULL
        && strcmp(args->place.referrers_mode, "legacy") != 0
        && strcmp(args->place.referrers_mode, "oci-1-1") != 0)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "--registry-referrers-mode is legacy or oci-1-1");
    }

    s->oci11 = args->place.referrers_mode != NULL
               && strcmp(args->place.referrers_mode, "oci-1-1") == 0;

    /* a payload of one's own is of the old format */

    if (args->claim.payload != NULL && args->output.format == NULL
        && !cmd_given(cmd, "new-bundle-format"))
    {
        s->bundle = false;
    }

    return cmd_sign_sense(args, s, &cmd->err);
}


/* a flag of a format that is not written has nothing to do */

static oci_status_e
cmd_sign_sense(const sign_args_t *args, const cmd_signer_t *s,
    oci_error_t *err)
{
    if (args->claim.payload != NULL
        && (s->bundle || args->claim.annotations.nelts != 0
            || args->claim.container != NULL || args->place.recursive))
    {
        return oci_error(err, OCI_INVALID, 0, "--payload is what is signed "
                         "in the old format: it excludes bundles, "
                         "--annotations, --sign-container-identity and "
                         "--recursive");
    }

    if (!s->legacy
        && (s->oci11 || args->output.signature != NULL
            || args->output.payload != NULL || args->output.created
            || args->claim.container != NULL
            || args->place.tag_prefix[0] != '\0'))
    {
        return oci_error(err, OCI_INVALID, 0, "--registry-referrers-mode="
                         "oci-1-1, --output-signature, --output-payload, "
                         "--record-creation-timestamp, --sign-container-"
                         "identity and --attachment-tag-prefix are of the "
                         "old format: a bundle has none of it");
    }

    if (s->oci11 && args->place.tag_prefix[0] != '\0') {
        return oci_error(err, OCI_INVALID, 0, "a referrer has no tag for "
                         "--attachment-tag-prefix");
    }

    if (!s->bundle && args->output.bundle != NULL) {
        return oci_error(err, OCI_INVALID, 0, "--bundle writes a bundle, and "
                         "the format is the old one");
    }

    return OCI_OK;
}


static oci_status_e
cmd_sign_image(cmd_signer_t *s, const char *name)
{
    oci_error_t    why = { OCI_OK, 0, "" };
    sign_args_t   *args;
    oci_status_e   status;

    args = s->cmd->options;
    status = sign_image_open(&s->image, s->cmd, name, &s->cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    if (s->image.at.ref.digest.alg == OCI_ALG_NONE) {
        cmd_sign_tag_warning(name);
    }

    if (sign_image_read(&s->image, &why) != OCI_OK) {
        return oci_error(&s->cmd->err, why.status, 0, "signing [%s]: "
                         "accessing image: %s", name, why.text);
    }

    status = cmd_sign_one(s);

    return (status == OCI_OK && args->place.recursive) ? cmd_sign_children(s)
           : status;
}


static void
cmd_sign_tag_warning(const char *name)
{
    fprintf(stderr, "WARNING: Image reference %s uses a tag, not a digest: "
            "what it names now is signed.\n\n", name);
}


static oci_status_e
cmd_sign_one(cmd_signer_t *s)
{
    oci_status_e  status;

    status = sign_make_begin(&s->make, sign_image_transport(&s->image));

    if (status == OCI_OK && s->legacy) {
        status = cmd_sign_legacy(s);
    }

    return (status == OCI_OK && s->bundle) ? cmd_sign_bundle(s) : status;
}


/* --sign-container-identity may name several: a signature each */

static oci_status_e
cmd_sign_legacy(cmd_signer_t *s)
{
    oci_str_t      reference;
    const char    *p, *comma;
    sign_args_t   *args;
    oci_status_e   status;

    args = s->cmd->options;

    if (args->claim.container == NULL) {
        reference = repository_name(&s->image.at);
        return cmd_sign_legacy_as(s, &reference);
    }

    status = OCI_OK;

    for (p = args->claim.container; status == OCI_OK && p != NULL;
         p = *comma ? comma + 1 : NULL)
    {
        comma = strchrnul(p, ',');
        reference.data = (u_char *) p;
        reference.len = (size_t) (comma - p);
        status = cmd_sign_legacy_as(s, &reference);
    }

    return status;
}


static oci_status_e
cmd_sign_legacy_as(cmd_signer_t *s, const oci_str_t *reference)
{
    json_t        *notes;
    oci_str_t      digest, b64;
    sign_args_t   *args;
    oci_status_e   rc;

    oci_sign_new_bundle_t  parts;

    args = s->cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    digest = oci_digest_str(&s->image.manifest.digest);
    rc = OCI_OK;

    if (args->claim.payload != NULL) {
        rc = cmd_sign_given(s, &parts.message);

    } else {
        parts.message = oci_sign_payload_text(s->cmd->pool, reference,
                                              &digest, &s->pairs);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    rc = sign_make_signature(&s->make, OCI_SHA256, &parts);
    if (rc != OCI_OK) {
        return rc;
    }

    b64 = oci_sign_b64(s->cmd->pool, parts.signature.data,
                       parts.signature.len);
    notes = json_pack("{s:s}", OCI_SIGN_A_SIGNATURE, b64.data);
    rc = sign_make_notes(&s->make, &parts, &parts.signature, notes);

    if (rc == OCI_OK) {
        rc = cmd_sign_write(s, &b64, &parts.message);
    }

    if (rc == OCI_OK && args->output.upload) {
        return cmd_sign_push(s, &parts.message, notes);
    }

    json_decref(notes);

    return rc;
}


/* --output-signature, --output-payload; with --upload=false it is printed */

/* --payload: what would verify for no image is not signed for this one */

static oci_status_e
cmd_sign_given(cmd_signer_t *s, oci_str_t *payload)
{
    sign_args_t          *args;
    oci_status_e          rc;
    oci_sign_payload_t    claim;

    args = s->cmd->options;
    rc = file_read(s->cmd->pool, args->claim.payload, payload, &s->cmd->err);

    if (rc == OCI_OK) {
        rc = oci_sign_payload_parse(s->cmd->pool, payload, &claim,
                                    &s->cmd->err);
    }

    if (rc == OCI_OK
        && !oci_str_is(&claim.digest, s->image.manifest.digest.text))
    {
        rc = oci_error(&s->cmd->err, OCI_MISMATCH, 0, "the payload in %s is "
                       "of another image", args->claim.payload);
    }

    return rc;
}


static oci_status_e
cmd_sign_write(cmd_signer_t *s, const oci_str_t *b64, const oci_str_t *payload)
{
    sign_args_t   *args;
    oci_status_e   rc;

    args = s->cmd->options;
    rc = OCI_OK;

    if (args->output.signature != NULL) {
        rc = file_write(args->output.signature, b64, 0644, &s->cmd->err);
    }

    if (rc == OCI_OK && args->output.payload != NULL) {
        rc = file_write(args->output.payload, payload, 0644, &s->cmd->err);
    }

    if (!args->output.upload) {
        printf("%s\n", b64->data);
    }

    return rc;
}


/* takes the reference of notes */

static oci_status_e
cmd_sign_push(cmd_signer_t *s, const oci_str_t *payload, json_t *notes)
{
    oci_str_t     tag, when;
    const char   *created;
    sign_args_t  *args;

    args = s->cmd->options;
    when = oci_sign_time_text(s->cmd->pool, (int64_t) time(NULL));
    created = args->output.created ? (char *) when.data : NULL;

    fprintf(stderr, "Pushing signature to: %s\n",
            repository_name(&s->image.sigs).data);

    if (s->oci11) {
        return sign_push_referrer(s->cmd, &s->image.sigs, &s->image.manifest,
                                  payload, notes, s->make.key, created);
    }

    tag = sign_tag(s->cmd->pool, args->place.tag_prefix,
                   &s->image.manifest.digest, "sig");

    return sign_push_layer(s->cmd, &s->image.sigs, (char *) tag.data,
                           OCI_SIGN_MT_SIMPLE, payload, notes, s->make.key,
                           created);
}


static oci_status_e
cmd_sign_bundle(cmd_signer_t *s)
{
    oci_str_t  statement;

    statement = oci_sign_statement_sign(s->cmd->pool,
                                        &s->image.manifest.digest, &s->pairs);

    return sign_make_bundle(&s->make, &s->image, &statement,
                            OCI_SIGN_PREDICATE);
}


static oci_status_e
cmd_sign_children(cmd_signer_t *s)
{
    size_t         i;
    json_t        *root, *list;
    oci_str_t      digest;
    oci_status_e   status;

    root = oci_json_load(s->image.manifest.content.data,
                         s->image.manifest.content.len, 0, &s->cmd->err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    list = json_object_get(root, "manifests");

    for (status = OCI_OK, i = 0;
         status == OCI_OK && i < json_array_size(list); i++)
    {
        digest = oci_json_str(json_array_get(list, i), "digest");
        status = repository_manifest(&s->image.at,
                                     oci_cstr(s->cmd->pool, &digest),
                                     &s->image.manifest, &s->cmd->err);

        if (status == OCI_OK) {
            status = cmd_sign_one(s);
        }
    }

    json_decref(root);

    return status;
}
