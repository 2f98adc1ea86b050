/*
 * sign-blob: a signature of a file.
 */

#include "sign/make.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>


static int cmd_sign_blob_run(cmd_t *cmd);
static oci_status_e cmd_sign_blob_write(cmd_t *cmd,
    const oci_sign_new_bundle_t *parts, const sign_cert_t *cert,
    const sign_entry_t *entry);
static oci_status_e cmd_sign_blob_sense(cmd_t *cmd, const sign_time_t *time);
static oci_status_e cmd_sign_blob_bundle(cmd_t *cmd,
    const oci_sign_new_bundle_t *parts, const sign_cert_t *cert,
    const sign_entry_t *entry);


static const cmd_flag_t  cmd_sign_blob_flags[] = {
    { "b64", 0, CMD_BOOL, offsetof(sign_args_t, output.b64), NULL,
      "false: the signature as bytes (default true)" },
    { "output", 0, CMD_STRING, offsetof(sign_args_t, output.signature),
      "FILE", "the same as --output-signature, as cosign 2 has it" },
    { "output-signature", 0, CMD_STRING, offsetof(sign_args_t,
      output.signature), "FILE", "write the signature there" },
    { "rfc3161-timestamp", 0, CMD_STRING, offsetof(sign_args_t, time.token),
      "FILE", "write the timestamp there" },
    { "signing-algorithm", 0, CMD_REFUSED, 0, "ecdsa-sha2-256-nistp256",
      "a keyless key is one of P-256; a --key has its own" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_sign_blob_sets[] = {
    { cmd_sign_blob_flags, 0 },
    { sign_flags_make, 0 },
    { sign_flags_piv, 0 },
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
    oci_status_e           rc;
    sign_args_t           *args;
    sign_make_t            make;
    sign_entry_t           entry;
    oci_sign_new_bundle_t  parts;

    args = cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));

    if (cmd->nargs != 1 || !sign_make_signer(cmd)) {
        return cmd_usage(cmd, "sign-blob needs one --key (or --identity-token "
                              "and --fulcio-url) and one file");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || file_read(cmd->pool, cmd->args[0], &parts.message, &cmd->err)
           != OCI_OK
        || sign_make_choose(&make, cmd) != OCI_OK
        || cmd_sign_blob_sense(cmd, &make.time) != OCI_OK
        || sign_make_key(&make, sign_args_key(args)) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    fprintf(stderr, "Using payload from: %s\n", cmd->args[0]);

    rc = sign_make_begin(&make, transport_open(cmd->pool,
                                               &args->source.transport));

    if (rc == OCI_OK) {
        rc = sign_make_parts(&make, &parts, &entry);
    }

    if (rc == OCI_OK) {
        rc = cmd_sign_blob_write(cmd, &parts, &make.log.cert, &entry);
    }

    return (rc == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_sign_blob_write(cmd_t *cmd, const oci_sign_new_bundle_t *parts,
    const sign_cert_t *cert, const sign_entry_t *entry)
{
    bool           raw;
    oci_str_t      text;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    rc = OCI_OK;

    if (args->output.bundle != NULL) {
        rc = cmd_sign_blob_bundle(cmd, parts, cert, entry);
    }

    if (rc == OCI_OK && args->time.token != NULL) {
        text = sign_time_legacy(cmd->pool, &parts->times);
        rc = file_write(args->time.token, &text, 0600, &cmd->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    raw = cmd_given(cmd, "b64") && !args->output.b64;
    text = raw ? parts->signature
           : oci_sign_b64(cmd->pool, parts->signature.data,
                          parts->signature.len);

    if (args->output.signature != NULL) {
        return file_write(args->output.signature, &text, 0600, &cmd->err);
    }

    (void) fwrite(text.data, 1, text.len, stdout);
    printf("%s", raw ? "" : "\n");

    return OCI_OK;
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
