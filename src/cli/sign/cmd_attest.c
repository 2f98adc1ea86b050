/*
 * attest: signed statements about images, in both formats.
 */

#include "sign/attest.h"
#include "command/file.h"
#include "sign/make.h"
#include "sign/push.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


typedef struct {
    cmd_t            *cmd;
    sign_make_t       make;
    const char       *type;
    bool              legacy;
    bool              bundle;
    sign_image_t      image;
    oci_str_t         statement;
} cmd_attest_t;


static int cmd_attest_run(cmd_t *cmd);
static void cmd_attest_other(cmd_attest_t *a, cmd_t *cmd, sign_args_t *args,
    oci_pool_t *pool);
static oci_status_e cmd_attest_image(cmd_attest_t *a,
    const oci_str_t *predicate);
static oci_status_e cmd_attest_statement(cmd_attest_t *a,
    const oci_str_t *text);
static oci_status_e cmd_attest_bundle(cmd_attest_t *a);
static bool cmd_attest_same(cmd_attest_t *a, const sign_bundle_t *old,
    const char *type);
static oci_status_e cmd_attest_legacy(cmd_attest_t *a);
static oci_status_e cmd_attest_push(cmd_attest_t *a,
    const oci_str_t *envelope, json_t *notes);


static const cmd_flag_t  cmd_attest_flags[] = {
    { "no-upload", 0, CMD_BOOL, offsetof(sign_args_t, output.no_upload), NULL,
      "print, push nothing" },
    { "predicate", 0, CMD_STRING, offsetof(sign_args_t, claim.predicate),
      "FILE", "what is said of the image" },
    { "recursive", 'r', CMD_REFUSED, 0, "false",
      "attest each image of the index by its digest" },
    { "rekor-entry-type", 0, CMD_STRING, offsetof(sign_args_t, log.entry_type),
      "TYPE", "of the entry in a log (v1): dsse, or intoto, the older one" },
    { "replace", 0, CMD_BOOL, offsetof(sign_args_t, output.replace), NULL,
      "remove what was attested with the same type before" },
    { "statement", 0, CMD_STRING, offsetof(sign_args_t, claim.statement),
      "FILE", "the whole in-toto statement, in place of a predicate" },
    { "type", 0, CMD_STRING, offsetof(sign_args_t, claim.type), "TYPE",
      "predicate type: custom, slsaprovenance, spdxjson, ... or a URI" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_attest_sets[] = {
    { cmd_attest_flags, 0 },
    { sign_flags_make, 0 },
    { sign_flags_write, 0 },
    { sign_flags_piv, 0 },
    sign_flags_where(0)
};


const cmd_verb_t  cmd_attest = {
    "attest", "IMAGE", "Attests something about an image",
    "  tally attest --key cosign.key --type spdxjson --predicate sbom.json "
    "\\\n      registry.example/app@sha256:...\n",
    "COSIGN_", cmd_attest_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_attest_run
};


static int
cmd_attest_run(cmd_t *cmd)
{
    oci_str_t      predicate;
    sign_args_t   *args;
    cmd_attest_t   a;

    args = cmd->options;
    memset(&a, 0, sizeof(cmd_attest_t));

    a.cmd = cmd;
    a.type = args->claim.type ? args->claim.type : "custom";

    if (cmd->nargs != 1 || !sign_make_signer(cmd)
        || (args->claim.predicate != NULL) == (args->claim.statement != NULL))
    {
        return cmd_usage(cmd, "attest needs --key (or --identity-token "
                              "and --fulcio-url), --predicate (or "
                              "--statement) and one image");
    }

    if (args->claim.statement != NULL && args->claim.type != NULL) {
        return cmd_usage(cmd, "--statement says its --type itself");
    }

    if (args->output.no_upload && cmd_given(cmd, "upload")
        && args->output.upload)
    {
        return cmd_usage(cmd, "--upload and --no-upload exclude each other");
    }

    args->output.upload = args->output.upload && !args->output.no_upload;

    if (!sign_args_formats(cmd, &a.legacy, &a.bundle)) {
        return cmd_usage(cmd, "--format is legacy, bundle or both");
    }

    if (args->output.bundle != NULL && !a.bundle) {
        return cmd_usage(cmd, "--bundle writes a bundle, and the format is "
                              "the old one");
    }

    if (args->output.created && !a.legacy) {
        return cmd_usage(cmd, "--record-creation-timestamp is of the old "
                              "format");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || file_read(cmd->pool, args->claim.statement != NULL
                                ? args->claim.statement
                                : args->claim.predicate,
                     &predicate, &cmd->err) != OCI_OK
        || sign_make_choose(&a.make, cmd) != OCI_OK
        || sign_make_key(&a.make, sign_args_key(args)) != OCI_OK
        || sign_image_load(&a.image, cmd, cmd->args[0]) != OCI_OK
        || cmd_attest_image(&a, &predicate) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    return 0;
}


oci_status_e
sign_attest(oci_pool_t *pool, const char *image, const char *key,
    const char *type, const oci_str_t *predicate, bool legacy,
    const source_options_t *source, oci_digest_t *bundle, oci_error_t *err)
{
    cmd_t          cmd;
    sign_args_t    args;
    cmd_attest_t   a;

    cmd_attest_other(&a, &cmd, &args, pool);
    args.source = *source;

    a.type = type;
    a.legacy = legacy;
    a.bundle = true;

    if (sign_make_choose(&a.make, &cmd) != OCI_OK
        || sign_make_key(&a.make, key) != OCI_OK
        || sign_image_load(&a.image, &cmd, image) != OCI_OK
        || cmd_attest_image(&a, predicate) != OCI_OK)
    {
        *err = cmd.err;
        return cmd.err.status;
    }

    *bundle = a.make.pushed;

    return OCI_OK;
}


/* what another verb attests, with the options that it does not have */

static void
cmd_attest_other(cmd_attest_t *a, cmd_t *cmd, sign_args_t *args,
    oci_pool_t *pool)
{
    memset(cmd, 0, sizeof(cmd_t));
    memset(args, 0, sizeof(sign_args_t));
    memset(a, 0, sizeof(cmd_attest_t));

    sign_args_defaults(args);
    args->log.url = getenv("COSIGN_REKOR_URL");
    args->time.url = getenv("COSIGN_TIMESTAMP_SERVER_URL");

    cmd->verb = &cmd_attest;
    cmd->options = args;
    cmd->pool = pool;
    a->cmd = cmd;
}


oci_status_e
sign_attest_check(oci_pool_t *pool, const char *key, oci_error_t *err)
{
    cmd_t          cmd;
    sign_args_t    args;
    cmd_attest_t   a;

    cmd_attest_other(&a, &cmd, &args, pool);

    if (sign_make_choose(&a.make, &cmd) != OCI_OK
        || sign_make_key(&a.make, key) != OCI_OK)
    {
        *err = cmd.err;
        return cmd.err.status;
    }

    return OCI_OK;
}


static oci_status_e
cmd_attest_image(cmd_attest_t *a, const oci_str_t *predicate)
{
    oci_str_t      name;
    sign_args_t   *args;
    oci_status_e   status;

    args = a->cmd->options;

    name = repository_name(&a->image.at);

    status = (args->claim.statement != NULL)
             ? cmd_attest_statement(a, predicate)
             : oci_sign_statement_attest(a->cmd->pool, a->type, &name,
                                         &a->image.manifest.digest, predicate,
                                         (int64_t) time(NULL), &a->statement,
                                         &a->cmd->err);

    if (status == OCI_OK) {
        status = sign_make_begin(&a->make, sign_image_transport(&a->image));
    }

    if (status == OCI_OK && a->legacy) {
        status = cmd_attest_legacy(a);
    }

    return (status == OCI_OK && a->bundle) ? cmd_attest_bundle(a) : status;
}


/* one that is made elsewhere must be about this image */

static oci_status_e
cmd_attest_statement(cmd_attest_t *a, const oci_str_t *text)
{
    oci_status_e           rc;
    oci_sign_statement_t   statement;

    fprintf(stderr, "Using statement from: %s\n",
            ((sign_args_t *) a->cmd->options)->claim.statement);

    rc = oci_sign_statement_parse(a->cmd->pool, text, true, &statement,
                                  &a->cmd->err);

    if (rc == OCI_OK) {
        rc = oci_sign_statement_match(&statement, &a->image.manifest.digest,
                                      true, &a->cmd->err);
    }

    if (rc == OCI_OK) {
        a->type = oci_cstr(a->cmd->pool, &statement.predicate_type);
        a->statement = *text;
    }

    return (rc != OCI_OK || a->type != NULL) ? rc
           : oci_error(&a->cmd->err, OCI_NOMEM, 0, "out of memory");
}


/* the old ones go when the new one is there */

static oci_status_e
cmd_attest_bundle(cmd_attest_t *a)
{
    size_t          i;
    const char     *type;
    oci_str_t       digest;
    oci_array_t     olds;
    sign_args_t    *args;
    oci_status_e    rc;
    sign_bundle_t  *old;

    args = a->cmd->options;
    type = oci_sign_predicate_type(a->type);
    oci_array_init(&olds, a->cmd->pool, sizeof(sign_bundle_t));
    rc = OCI_OK;

    if (args->output.replace && args->output.upload) {
        rc = sign_find_bundles(a->cmd, &a->image.sigs,
                               &a->image.manifest.digest, &olds);
    }

    if (rc == OCI_OK) {
        rc = sign_make_bundle(&a->make, &a->image, &a->statement, type);
    }

    for (i = 0; rc == OCI_OK && i < olds.nelts; i++) {
        old = (sign_bundle_t *) olds.elts + i;
        digest = oci_digest_str(&old->digest);

        if (cmd_attest_same(a, old, type)) {
            rc = repository_delete(&a->image.sigs, (char *) digest.data,
                                   &a->cmd->err);
        }
    }

    return rc;
}


static bool
cmd_attest_same(cmd_attest_t *a, const sign_bundle_t *old, const char *type)
{
    oci_sign_statement_t  statement;

    return old->bundle.dsse
           && oci_sign_statement_parse(a->cmd->pool, &old->bundle.payload,
                                       true, &statement, NULL) == OCI_OK
           && oci_str_is(&statement.predicate_type, type);
}


static oci_status_e
cmd_attest_legacy(cmd_attest_t *a)
{
    json_t        *notes;
    oci_str_t      envelope;
    sign_args_t   *args;
    oci_status_e   rc;

    oci_sign_new_bundle_t  parts;

    args = a->cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    parts.payload = a->statement;

    rc = sign_make_signature(&a->make, OCI_SHA256, &parts);
    if (rc != OCI_OK) {
        return rc;
    }

    envelope = oci_sign_envelope_text(a->cmd->pool, &a->statement,
                                      &parts.signature, true);
    notes = json_pack("{s:s,s:s}", OCI_SIGN_A_SIGNATURE, "",
                      OCI_SIGN_A_PREDICATE, oci_sign_predicate_type(a->type));

    /* of the whole envelope: there is no other signature in this format */

    rc = sign_make_notes(&a->make, &parts, &envelope, notes);

    if (rc == OCI_OK && args->output.upload) {
        return cmd_attest_push(a, &envelope, notes);
    }

    json_decref(notes);
    printf("%s", args->output.upload ? "" : (char *) envelope.data);

    return rc;
}


/* takes the reference of notes */

static oci_status_e
cmd_attest_push(cmd_attest_t *a, const oci_str_t *envelope, json_t *notes)
{
    oci_str_t     tag, when;
    sign_args_t  *args;

    args = a->cmd->options;
    tag = sign_tag(a->cmd->pool, args->place.tag_prefix,
                   &a->image.manifest.digest, "att");
    when = oci_sign_time_text(a->cmd->pool, (int64_t) time(NULL));

    return sign_push_layer(a->cmd, &a->image.sigs, (char *) tag.data,
                           OCI_SIGN_MT_DSSE, envelope, notes, NULL,
                           args->output.created ? (char *) when.data : NULL);
}
