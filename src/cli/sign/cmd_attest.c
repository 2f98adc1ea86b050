/*
 * attest: signed statements about images, in both formats.
 */

#include "sign/attest.h"
#include "command/file.h"
#include "sign/push.h"
#include "sign/time.h"
#include "sign/log_upload.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


typedef struct {
    cmd_t            *cmd;
    EVP_PKEY         *key;
    sign_log_t        log;
    sign_time_t       time;
    const char       *type;
    bool              legacy;
    bool              bundle;
    sign_image_t      image;
    oci_str_t         statement;
} cmd_attest_t;


static int cmd_attest_run(cmd_t *cmd);
static oci_status_e cmd_attest_image(cmd_attest_t *a,
    const oci_str_t *predicate);
static oci_status_e cmd_attest_sign(cmd_attest_t *a, oci_alg_e alg,
    oci_str_t *pae, oci_str_t *sig);
static oci_status_e cmd_attest_legacy(cmd_attest_t *a);
static oci_status_e cmd_attest_bundle(cmd_attest_t *a);


static const cmd_flag_t  cmd_attest_flags[] = {
    { "predicate", 0, CMD_STRING, offsetof(sign_args_t, claim.predicate),
      "FILE", "what is said of the image" },
    { "type", 0, CMD_STRING, offsetof(sign_args_t, claim.type), "TYPE",
      "predicate type: custom, slsaprovenance, spdxjson, ... or a URI" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_attest_sets[] = {
    { cmd_attest_flags, 0 },
    { sign_flags_make, 0 },
    { sign_flags_write, 0 },
    { sign_flags_place, 0 },
    { sign_flags_root, 0 },
    { transport_flags, offsetof(sign_args_t, source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
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
    a.legacy = args->output.format == NULL
               || strcmp(args->output.format, "bundle") != 0;
    a.bundle = args->output.format == NULL
               || strcmp(args->output.format, "legacy") != 0;

    if (args->output.format == NULL && cmd_given(cmd, "new-bundle-format")) {
        a.bundle = args->output.new_bundle;
        a.legacy = !a.bundle;
    }

    if (cmd->nargs != 1 || args->signer.keys.nelts != 1
        || args->claim.predicate == NULL)
    {
        return cmd_usage(cmd, "attest needs --key, --predicate and one "
                              "image");
    }

    if (args->output.format != NULL && a.legacy && a.bundle
        && strcmp(args->output.format, "both") != 0)
    {
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
        || file_read(cmd->pool, args->claim.predicate, &predicate, &cmd->err)
           != OCI_OK
        || sign_log_choose(cmd, &a.log) != OCI_OK
        || sign_time_choose(cmd, &a.time) != OCI_OK
        || sign_private_load(cmd->pool, args->signer.keys.elts[0], &a.key,
                             &cmd->err) != OCI_OK
        || sign_cert_load(cmd->pool, args, a.key, &a.log.cert, &cmd->err)
           != OCI_OK
        || sign_image_load(&a.image, cmd, cmd->args[0]) != OCI_OK
        || cmd_attest_image(&a, &predicate) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    return 0;
}


oci_status_e
sign_attest(oci_pool_t *pool, const char *image, const char *key,
    const char *type, const oci_str_t *predicate,
    const source_options_t *source, oci_error_t *err)
{
    cmd_t          cmd;
    sign_args_t    args;
    cmd_attest_t   a;

    memset(&cmd, 0, sizeof(cmd_t));
    memset(&args, 0, sizeof(sign_args_t));
    memset(&a, 0, sizeof(cmd_attest_t));

    sign_args_defaults(&args);
    args.source = *source;
    args.log.url = getenv("COSIGN_REKOR_URL");
    args.time.url = getenv("COSIGN_TIMESTAMP_SERVER_URL");

    cmd.verb = &cmd_attest;
    cmd.options = &args;
    cmd.pool = pool;

    a.cmd = &cmd;
    a.type = type;
    a.legacy = true;
    a.bundle = true;

    if (sign_log_choose(&cmd, &a.log) != OCI_OK
        || sign_time_choose(&cmd, &a.time) != OCI_OK
        || sign_private_load(pool, key, &a.key, &cmd.err) != OCI_OK
        || sign_image_load(&a.image, &cmd, image) != OCI_OK
        || cmd_attest_image(&a, predicate) != OCI_OK)
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
    oci_status_e   status;

    name = repository_name(&a->image.at);
    status = oci_sign_statement_attest(a->cmd->pool, a->type, &name,
                                       &a->image.manifest.digest, predicate,
                                       (int64_t) time(NULL), &a->statement,
                                       &a->cmd->err);

    if (status == OCI_OK) {
        status = sign_log_ask(a->cmd, sign_image_transport(&a->image),
                              &a->log);
    }

    if (status == OCI_OK && a->legacy) {
        status = cmd_attest_legacy(a);
    }

    return (status == OCI_OK && a->bundle) ? cmd_attest_bundle(a) : status;
}


static oci_status_e
cmd_attest_sign(cmd_attest_t *a, oci_alg_e alg, oci_str_t *pae,
    oci_str_t *sig)
{
    oci_str_t  type;

    type = oci_str(OCI_SIGN_INTOTO);
    *pae = oci_sign_pae(a->cmd->pool, &type, &a->statement);

    return oci_sign_key_sign(a->cmd->pool, a->key, alg, pae, sig,
                             &a->cmd->err);
}


static oci_status_e
cmd_attest_legacy(cmd_attest_t *a)
{
    json_t        *notes;
    oci_str_t      pae, sig, envelope, tag, when;
    sign_args_t   *args;
    oci_status_e   status;
    sign_entry_t   entry;

    oci_sign_new_bundle_t  parts;

    args = a->cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    status = cmd_attest_sign(a, OCI_SHA256, &pae, &sig);

    if (status != OCI_OK) {
        return status;
    }

    envelope = oci_sign_envelope_text(a->cmd->pool, &a->statement, &sig,
                                      true);
    notes = json_pack("{s:s,s:s}", OCI_SIGN_A_SIGNATURE, "",
                      OCI_SIGN_A_PREDICATE, oci_sign_predicate_type(a->type));

    sign_cert_note(&a->log.cert, notes);

    /* of the whole envelope: there is no other signature in this format */

    status = sign_time_note(a->cmd, &a->time, &envelope, notes);

    if (status != OCI_OK) {
        json_decref(notes);
        return status;
    }

    if (a->log.url != NULL && a->log.v2) {
        fprintf(stderr, "The old format cannot hold an entry of this log "
                "(v2): only the bundle has it.\n");

    } else if (a->log.url != NULL) {
        parts.key = a->key;
        parts.cert = a->log.cert.der;
        parts.payload = a->statement;
        parts.signature = sig;
        status = sign_log_upload(a->cmd, sign_image_transport(&a->image),
                                 &a->log, &parts, true, &entry);

        if (status == OCI_OK) {
            (void) json_object_set_new(notes, OCI_SIGN_A_BUNDLE,
                       json_string((char *) entry.legacy.data));
        }
    }

    if (status != OCI_OK || !args->output.upload) {
        json_decref(notes);
        printf("%s", args->output.upload ? "" : (char *) envelope.data);
        return status;
    }

    tag = sign_tag(a->cmd->pool, args->place.tag_prefix,
                   &a->image.manifest.digest, "att");

    when = oci_sign_time_text(a->cmd->pool, (int64_t) time(NULL));

    return sign_push_layer(a->cmd, &a->image.sigs, (char *) tag.data,
                           OCI_SIGN_MT_DSSE, &envelope, notes, NULL,
                           args->output.created ? (char *) when.data : NULL);
}


static oci_status_e
cmd_attest_bundle(cmd_attest_t *a)
{
    oci_alg_e                alg;
    oci_str_t                pae, text;
    sign_args_t             *args;
    sign_entry_t             entry;
    oci_status_e             status;
    oci_sign_new_bundle_t    parts;

    args = a->cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));

    alg = a->log.v2 ? oci_sign_key_alg(a->key) : OCI_SHA256;
    parts.key = a->key;
    parts.cert = a->log.cert.der;
    parts.payload = a->statement;

    status = cmd_attest_sign(a, alg, &pae, &parts.signature);

    if (status == OCI_OK) {
        status = sign_time_ask(a->cmd, &a->time, &parts.signature,
                               &parts.times);
    }

    if (status == OCI_OK && a->log.url != NULL) {
        status = sign_log_upload(a->cmd, sign_image_transport(&a->image),
                                 &a->log, &parts, false, &entry);
        parts.entry = entry.entry;
    }

    if (status != OCI_OK) {
        return status;
    }

    text = oci_sign_bundle_text(a->cmd->pool, &parts);

    if (text.data == NULL) {
        return oci_error(&a->cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (args->output.bundle != NULL
        && file_write(args->output.bundle, &text, 0644, &a->cmd->err)
           != OCI_OK)
    {
        return a->cmd->err.status;
    }

    return !args->output.upload ? OCI_OK
           : sign_push_bundle(a->cmd, &a->image.sigs, &a->image.manifest, &text,
                              oci_sign_predicate_type(a->type));
}
