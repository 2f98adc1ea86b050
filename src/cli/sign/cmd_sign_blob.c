/*
 * sign-blob: a signature of a file.
 */

#include "sign/time.h"
#include "command/file.h"
#include "sign/log_upload.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>


static int cmd_sign_blob_run(cmd_t *cmd);
static oci_status_e cmd_sign_blob_sense(cmd_t *cmd, const sign_time_t *time);
static oci_status_e cmd_sign_blob_bundle(cmd_t *cmd,
    const oci_sign_new_bundle_t *parts, const sign_cert_t *cert,
    const sign_entry_t *entry);


static const cmd_flag_t  cmd_sign_blob_flags[] = {
    { "b64", 0, CMD_BOOL, offsetof(sign_args_t, output.b64), NULL,
      "false: the signature as bytes (default true)" },
    { "output-signature", 0, CMD_STRING, offsetof(sign_args_t,
      output.signature), "FILE", "write the signature there" },
    { "rfc3161-timestamp", 0, CMD_STRING, offsetof(sign_args_t, time.token),
      "FILE", "write the timestamp there" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_sign_blob_sets[] = {
    { cmd_sign_blob_flags, 0 },
    { sign_flags_make, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_sign_blob = {
    "sign-blob", "FILE", "Signs a file",
    "  tally sign-blob --key cosign.key --bundle file.sigstore.json file\n",
    "COSIGN_", cmd_sign_blob_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_sign_blob_run
};


static int
cmd_sign_blob_run(cmd_t *cmd)
{
    EVP_PKEY             *key;
    oci_str_t             blob, b64, text;
    sign_log_t            log;
    sign_time_t           time;
    sign_args_t          *args;
    transport_t          *transport;
    oci_status_e          status;
    sign_entry_t          entry;

    oci_sign_new_bundle_t  parts;

    args = cmd->options;
    memset(&entry, 0, sizeof(sign_entry_t));
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));

    if (cmd->nargs != 1 || args->signer.keys.nelts != 1) {
        return cmd_usage(cmd, "sign-blob needs one --key and one file");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || file_read(cmd->pool, cmd->args[0], &blob, &cmd->err) != OCI_OK
        || sign_log_choose(cmd, &log) != OCI_OK
        || sign_time_choose(cmd, &time) != OCI_OK
        || cmd_sign_blob_sense(cmd, &time) != OCI_OK
        || sign_private_load(cmd->pool, args->signer.keys.elts[0], &key,
                             &cmd->err)
           != OCI_OK
        || sign_cert_load(cmd->pool, args, key, &log.cert, &cmd->err)
           != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    fprintf(stderr, "Using payload from: %s\n", cmd->args[0]);

    transport = transport_open(cmd->pool, &args->source.transport);
    status = transport ? sign_log_ask(cmd, transport, &log) : OCI_NOMEM;

    if (status == OCI_OK) {
        status = oci_sign_key_sign(cmd->pool, key,
                                   log.v2 ? oci_sign_key_alg(key)
                                          : OCI_SHA256, &blob,
                                   &parts.signature, &cmd->err);
        parts.key = key;
        parts.cert = log.cert.der;
        parts.message = blob;
    }

    if (status == OCI_OK) {
        status = sign_time_ask(cmd, &time, &parts.signature, &parts.times);
    }

    if (status == OCI_OK && log.url != NULL) {
        status = sign_log_upload(cmd, transport, &log, &parts, false,
                                 &entry);
        parts.entry = entry.entry;
    }

    if (status == OCI_OK && args->output.bundle != NULL) {
        status = cmd_sign_blob_bundle(cmd, &parts, &log.cert, &entry);
    }

    if (status == OCI_OK && args->time.token != NULL) {
        text = sign_time_legacy(cmd->pool, &parts.times);
        status = file_write(args->time.token, &text, 0600, &cmd->err);
    }

    if (status != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    b64 = oci_sign_b64(cmd->pool, parts.signature.data, parts.signature.len);

    if (cmd_given(cmd, "b64") && !args->output.b64) {
        b64 = parts.signature;
    }

    if (args->output.signature != NULL) {
        return file_write(args->output.signature, &b64, 0600, &cmd->err)
               == OCI_OK ? 0 : cmd_fail(cmd, 1);
    }

    (void) fwrite(b64.data, 1, b64.len, stdout);
    printf("%s", b64.data == parts.signature.data ? "" : "\n");

    return 0;
}


/* a timestamp needs a place, and a place a timestamp */

static oci_status_e
cmd_sign_blob_sense(cmd_t *cmd, const sign_time_t *time)
{
    bool          bundle;
    sign_args_t  *args;

    args = cmd->options;
    bundle = args->output.bundle != NULL
             && (!cmd_given(cmd, "new-bundle-format")
                 || args->output.new_bundle);

    if (time->urls.nelts == 0 && args->time.token != NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--rfc3161-timestamp "
                         "needs --timestamp-server-url");
    }

    if (time->urls.nelts != 0 && args->time.token == NULL && !bundle) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "the timestamp has no "
                         "place: give --bundle or --rfc3161-timestamp");
    }

    return OCI_OK;
}


/* v0.3, or (--new-bundle-format=false) cosign's old one */

static oci_status_e
cmd_sign_blob_bundle(cmd_t *cmd, const oci_sign_new_bundle_t *parts,
    const sign_cert_t *cert, const sign_entry_t *entry)
{
    oci_str_t     text, b64, pem;
    sign_args_t  *args;

    args = cmd->options;

    if (cmd_given(cmd, "new-bundle-format") && !args->output.new_bundle) {
        b64 = oci_sign_b64(cmd->pool, parts->signature.data,
                           parts->signature.len);
        pem = oci_sign_b64(cmd->pool, cert->pem.data, cert->pem.len);
        text = oci_strf(cmd->pool, "{\"base64Signature\":\"%s\",\"cert\":"
                        "\"%s\"%s%s}", b64.data,
                        cert->pem.len ? (char *) pem.data : "",
                        entry->legacy.len ? ",\"rekorBundle\":" : "",
                        entry->legacy.len ? (char *) entry->legacy.data
                                          : "");

    } else {
        text = oci_sign_bundle_text(cmd->pool, parts);
    }

    if (text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (file_write(args->output.bundle, &text, 0644, &cmd->err) != OCI_OK) {
        return cmd->err.status;
    }

    fprintf(stderr, "Wrote bundle to file %s\n", args->output.bundle);

    return OCI_OK;
}
