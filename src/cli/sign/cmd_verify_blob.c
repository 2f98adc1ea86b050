/*
 * verify-blob, verify-blob-attestation: a signature of a file, a signed
 * statement about it.
 */

#include "sign/say.h"
#include "sign/old_bundle.h"
#include "sign/verbs.h"
#include "command/file.h"

#include <stdio.h>
#include <string.h>


typedef enum {
    CMD_BLOB_DETACHED,
    CMD_BLOB_OLD,               /* base64Signature, cert, rekorBundle */
    CMD_BLOB_BUNDLE
} cmd_blob_e;


static int cmd_verify_blob_run(cmd_t *cmd);
static int cmd_verify_statement_run(cmd_t *cmd);
static int cmd_blob_run(cmd_t *cmd, bool attestation);
static oci_status_e cmd_blob_subject(cmd_t *cmd, oci_str_t *blob,
    oci_digest_t *digest);
static oci_status_e cmd_blob_check(cmd_t *cmd, sign_rules_t *rules,
    bool attestation, const oci_str_t *blob, const oci_digest_t *digest);
static oci_status_e cmd_blob_keys(cmd_t *cmd, sign_rules_t *rules,
    bool attestation, const oci_digest_t *digest, const oci_str_t *blob,
    const oci_sign_bundle_t *bundle, const oci_sign_legacy_t *sig);
static oci_status_e cmd_blob_type(cmd_t *cmd,
    const oci_sign_verdict_t *verdict);
static oci_status_e cmd_blob_read(cmd_t *cmd, cmd_blob_e *kind,
    oci_sign_legacy_t *sig, oci_sign_bundle_t *bundle);
static oci_status_e cmd_blob_time(cmd_t *cmd, const sign_rules_t *rules,
    cmd_blob_e kind, oci_sign_legacy_t *sig);
static oci_status_e cmd_blob_detached(cmd_t *cmd, oci_sign_legacy_t *sig);


static const cmd_flag_t  cmd_blob_flags[] = {
    { "bundle", 0, CMD_STRING, offsetof(sign_args_t, output.bundle), "FILE",
      "the bundle that signs it, of either form" },
    { "experimental-oci11", 0, CMD_IGNORED, 0, "false", NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_blob_attestation_flags[] = {
    { "digest", 0, CMD_STRING, offsetof(sign_args_t, claim.digest), "HEX",
      "of the file, which is then not read; with --digestAlg" },
    { "digestAlg", 0, CMD_STRING, offsetof(sign_args_t, claim.digest_alg),
      "ALG", "of --digest: sha256, sha384 or sha512" },
    { "rfc3161-timestamp", 0, CMD_REFUSED, 0, "",
      "the timestamp of a statement is in its bundle: attest-blob --bundle" },
    { "signature", 0, CMD_STRING, offsetof(sign_args_t, claim.signature),
      "FILE", "a signed envelope, as attest-blob --output-attestation writes" },
    { "check-claims", 0, CMD_BOOL, offsetof(sign_args_t, claim.check), NULL,
      "compare the file's digest (default true)" },
    { "type", 0, CMD_STRING, offsetof(sign_args_t, claim.type), "TYPE",
      "predicate type: custom, slsaprovenance, spdxjson, ... or a URI" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_blob_attestation_sets[] = {
    { cmd_blob_attestation_flags, 0 },
    { cmd_blob_flags, 0 },
    { sign_flags_check, 0 },
    { sign_flags_piv, 0 },
    { NULL, 0 }
};

static const cmd_flag_t  cmd_blob_time_flags[] = {
    { "rfc3161-timestamp", 0, CMD_STRING, offsetof(sign_args_t, time.token),
      "FILE", "the signature's timestamp, as sign-blob writes it" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_blob_sets[] = {
    { cmd_blob_flags, 0 },
    { cmd_blob_time_flags, 0 },
    { sign_flags_check, 0 },
    { sign_flags_piv, 0 },
    { sign_flags_detached, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_verify_blob = {
    "verify-blob", "FILE", "Verifies a signature of a file",
    "  # by a key and a bundle\n"
    "  tally verify-blob --key cosign.pub --bundle file.sigstore.json file"
    "\n\n"
    "  # by a key and a detached signature\n"
    "  tally verify-blob --key cosign.pub --signature file.sig file\n",
    "COSIGN_", cmd_blob_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_verify_blob_run
};

const cmd_verb_t  cmd_verify_blob_attestation = {
    "verify-blob-attestation", "FILE", "Verifies a statement about a file",
    "  tally verify-blob-attestation --key cosign.pub --type "
    "slsaprovenance1 \\\n      --bundle file.sigstore.json file\n",
    "COSIGN_", cmd_blob_attestation_sets, sizeof(sign_args_t),
    sign_args_defaults, cmd_verify_statement_run
};


static int
cmd_verify_blob_run(cmd_t *cmd)
{
    return cmd_blob_run(cmd, false);
}


static int
cmd_verify_statement_run(cmd_t *cmd)
{
    return cmd_blob_run(cmd, true);
}


static int
cmd_blob_run(cmd_t *cmd, bool attestation)
{
    oci_str_t      blob;
    sign_args_t   *args;
    oci_digest_t   digest;
    sign_rules_t   rules;

    args = cmd->options;

    if (cmd->nargs != (args->claim.digest != NULL ? 0 : 1)) {
        return cmd_usage(cmd, "one file is verified, or - for standard "
                              "input, or (of an attestation) --digest");
    }

    if ((args->claim.digest != NULL) != (args->claim.digest_alg != NULL)) {
        return cmd_usage(cmd, "--digest and --digestAlg belong together");
    }

    if (args->output.bundle == NULL && args->claim.signature == NULL) {
        return cmd_usage(cmd, attestation
                         ? "verify-blob-attestation needs --bundle or "
                           "--signature"
                         : "verify-blob needs --bundle or --signature");
    }

    if (args->output.bundle != NULL && args->claim.signature != NULL) {
        return cmd_usage(cmd, "--bundle and --signature exclude each other");
    }

    if (args->claim.signature != NULL && cmd_given(cmd, "new-bundle-format")
        && args->output.new_bundle)
    {
        return cmd_usage(cmd, "--new-bundle-format excludes --signature: a "
                              "detached signature is of the old format");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || sign_trust_verify(cmd) != OCI_OK
        || sign_rules_load(cmd->pool, args, &rules, &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    sign_say_log(&rules, "blob");

    if (cmd_blob_subject(cmd, &blob, &digest) != OCI_OK
        || cmd_blob_check(cmd, &rules, attestation, &blob, &digest) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    fprintf(stderr, "Verified OK\n");

    return 0;
}


/* what the signature is of: a file, or of an attestation its digest alone */

static oci_status_e
cmd_blob_subject(cmd_t *cmd, oci_str_t *blob, oci_digest_t *digest)
{
    oci_str_t      text;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    *blob = oci_str("");

    if (args->claim.digest != NULL) {
        text = oci_strf(cmd->pool, "%s:%s", args->claim.digest_alg,
                        args->claim.digest);

        return (oci_digest_parse(digest, &text) == OCI_OK) ? OCI_OK
               : oci_error(&cmd->err, OCI_INVALID, 0, "--digest is no digest "
                           "of --digestAlg, in hexadecimal");
    }

    rc = file_read(cmd->pool, cmd->args[0], blob, &cmd->err);

    if (rc == OCI_OK) {
        oci_digest_of(digest, OCI_SHA256, blob->data, blob->len);
    }

    return rc;
}


static oci_status_e
cmd_blob_check(cmd_t *cmd, sign_rules_t *rules, bool attestation,
    const oci_str_t *blob, const oci_digest_t *digest)
{
    cmd_blob_e           kind;
    oci_status_e         status;
    oci_sign_legacy_t    sig;
    oci_sign_bundle_t    bundle;

    status = cmd_blob_read(cmd, &kind, &sig, &bundle);

    if (status == OCI_OK) {
        status = cmd_blob_time(cmd, rules, kind, &sig);
    }

    if (status != OCI_OK) {
        return status;
    }

    if (kind == CMD_BLOB_BUNDLE && attestation != bundle.dsse) {
        return oci_error(&cmd->err, OCI_DENIED, 0, attestation
                         ? "the bundle is no attestation, but a signature of "
                           "the file: verify-blob"
                         : "the bundle is an attestation, not a signature "
                           "of the file: verify-blob-attestation");
    }

    sig.payload = *blob;

    /* in the old forms the envelope stands for the signature */

    if (attestation && kind != CMD_BLOB_BUNDLE) {
        if (oci_sign_b64_decode(cmd->pool, &sig.signature, OCI_SIGN_B64_STD,
                                &sig.payload) != OCI_OK)
        {
            return oci_error(&cmd->err, OCI_INVALID, 0, "the signature is no "
                             "envelope of an attestation");
        }

        sig.signature = oci_str("");
    }

    return cmd_blob_keys(cmd, rules, attestation, digest, blob,
                         (kind == CMD_BLOB_BUNDLE) ? &bundle : NULL, &sig);
}


/* by as many of the keys as must have signed */

static oci_status_e
cmd_blob_keys(cmd_t *cmd, sign_rules_t *rules, bool attestation,
    const oci_digest_t *digest, const oci_str_t *blob,
    const oci_sign_bundle_t *bundle, const oci_sign_legacy_t *sig)
{
    size_t               i, n, good;
    oci_status_e         status;
    oci_sign_verdict_t   verdict;

    n = rules->keys.nelts ? rules->keys.nelts : 1;

    for (good = 0, i = 0; i < n && good < rules->threshold; i++) {

        if (rules->keys.nelts != 0) {
            rules->policy.key = ((EVP_PKEY **) rules->keys.elts)[i];
        }

        if (bundle != NULL) {
            status = oci_sign_verify_bundle(cmd->pool, &rules->policy, bundle,
                                            digest, blob, &verdict,
                                            &cmd->err);

        } else if (attestation) {
            status = oci_sign_verify_legacy(cmd->pool, &rules->policy, sig,
                                            digest, true, &verdict,
                                            &cmd->err);

        } else {
            status = oci_sign_verify_data(cmd->pool, &rules->policy, sig,
                                          &verdict, &cmd->err);
        }

        if (status == OCI_OK && attestation) {
            status = cmd_blob_type(cmd, &verdict);
        }

        good += status == OCI_OK;
    }

    return (good >= rules->threshold) ? OCI_OK : OCI_DENIED;
}


static oci_status_e
cmd_blob_type(cmd_t *cmd, const oci_sign_verdict_t *verdict)
{
    const char       *type, *uri;
    sign_args_t      *args;
    const oci_str_t  *found;

    args = cmd->options;
    type = args->claim.type ? args->claim.type : "custom";
    uri = oci_sign_predicate_type(type);
    found = &verdict->statement.predicate_type;

    return (uri != NULL && oci_str_is(found, uri)) ? OCI_OK
           : oci_error(&cmd->err, OCI_DENIED, 0, "the attestation is of type "
                       "%.*s, and %.100s was asked for",
                       (int) (found->len > 200 ? 200 : found->len),
                       found->len ? (char *) found->data : "", type);
}


static oci_status_e
cmd_blob_read(cmd_t *cmd, cmd_blob_e *kind, oci_sign_legacy_t *sig,
    oci_sign_bundle_t *bundle)
{
    bool           new;
    oci_str_t      text;
    sign_args_t   *args;
    oci_status_e   status;

    args = cmd->options;
    memset(sig, 0, sizeof(oci_sign_legacy_t));

    if (args->output.bundle == NULL) {
        *kind = CMD_BLOB_DETACHED;
        return cmd_blob_detached(cmd, sig);
    }

    status = file_read(cmd->pool, args->output.bundle, &text, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    new = cmd_given(cmd, "new-bundle-format") ? args->output.new_bundle
          : memmem(text.data, text.len, "base64Signature", 15) == NULL;

    if (!new) {
        *kind = CMD_BLOB_OLD;
        return sign_old_bundle(cmd->pool, &text, sig, &cmd->err);
    }

    *kind = CMD_BLOB_BUNDLE;

    return oci_sign_bundle_parse(cmd->pool, &text, 0, bundle, &cmd->err);
}


static oci_status_e
cmd_blob_time(cmd_t *cmd, const sign_rules_t *rules, cmd_blob_e kind,
    oci_sign_legacy_t *sig)
{
    sign_args_t  *args;

    args = cmd->options;

    if (args->time.token == NULL) {
        return OCI_OK;
    }

    if (kind == CMD_BLOB_BUNDLE) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--rfc3161-timestamp is "
                         "of a detached signature: a bundle has its own");
    }

    if (!rules->policy.old_times) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--rfc3161-timestamp "
                         "needs --timestamp-certificate-chain (or a trusted "
                         "root and --use-signed-timestamps)");
    }

    return file_read(cmd->pool, args->time.token, &sig->time, &cmd->err);
}


/* a file with base64 or raw bytes, or the base64 itself */

static oci_status_e
cmd_blob_detached(cmd_t *cmd, oci_sign_legacy_t *sig)
{
    oci_str_t     text, raw;
    sign_args_t  *args;
    oci_error_t   none = { OCI_OK, 0, "" };

    args = cmd->options;

    if (file_read(cmd->pool, args->claim.signature, &text, &none) != OCI_OK) {
        text = oci_str(args->claim.signature);
    }

    while (text.len > 0 && (text.data[text.len - 1] == '\n'
                            || text.data[text.len - 1] == '\r'))
    {
        text.len--;
    }

    if (oci_sign_b64_decode(cmd->pool, &text, OCI_SIGN_B64_STD, &raw)
        != OCI_OK)
    {
        text = oci_sign_b64(cmd->pool, text.data, text.len);
    }

    sig->signature = text;

    return (text.len != 0) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "the signature is empty");
}
