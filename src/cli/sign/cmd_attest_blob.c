/*
 * attest-blob: a signed statement about a file.
 */

#include "sign/make.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>


typedef struct {
    sign_args_t   sign;
    const char   *hash;
    const char   *attestation;      /* where the envelope goes */
} cmd_attest_blob_t;

#define cmd_attest_blob_at(member)  offsetof(cmd_attest_blob_t, member)


static int cmd_attest_blob_run(cmd_t *cmd);
static bool cmd_attest_blob_sense(cmd_t *cmd);
static oci_status_e cmd_attest_blob_statement(cmd_t *cmd, oci_str_t *text);
static oci_status_e cmd_attest_blob_digest(cmd_t *cmd, oci_digest_t *digest);
static oci_status_e cmd_attest_blob_write(cmd_t *cmd, bool bundle,
    const oci_sign_new_bundle_t *parts, const sign_cert_t *cert,
    const sign_entry_t *entry);
static oci_str_t cmd_attest_blob_old(cmd_t *cmd, const oci_str_t *envelope,
    const sign_cert_t *cert, const sign_entry_t *entry);


static const cmd_flag_t  cmd_attest_blob_flags[] = {
    { "hash", 0, CMD_STRING, cmd_attest_blob_at(hash), "HEX",
      "SHA-256 of the file, which is then not read" },
    { "output-attestation", 0, CMD_STRING, cmd_attest_blob_at(attestation),
      "FILE", "write the signed envelope there" },
    { "output-signature", 0, CMD_STRING, cmd_attest_blob_at(
      sign.output.signature), "FILE", "the same, as cosign 2 has it" },
    { "predicate", 0, CMD_STRING, cmd_attest_blob_at(sign.claim.predicate),
      "FILE", "what is said of the file" },
    { "rekor-entry-type", 0, CMD_STRING, cmd_attest_blob_at(
      sign.log.entry_type),
      "TYPE", "of the entry in a log (v1): dsse, or intoto, the older one" },
    { "rfc3161-timestamp", 0, CMD_STRING, cmd_attest_blob_at(sign.time.token),
      "FILE", "write the timestamp there" },
    { "rfc3161-timestamp-bundle", 0, CMD_REFUSED, 0, "",
      "--rfc3161-timestamp writes it" },
    { "statement", 0, CMD_STRING, cmd_attest_blob_at(sign.claim.statement),
      "FILE", "the whole in-toto statement, in place of a predicate" },
    { "type", 0, CMD_STRING, cmd_attest_blob_at(sign.claim.type), "TYPE",
      "predicate type: custom, slsaprovenance, spdxjson, ... or a URI" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_attest_blob_sets[] = {
    { cmd_attest_blob_flags, 0 },
    { sign_flags_make, cmd_attest_blob_at(sign) },
    { sign_flags_piv, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_attest_blob = {
    "attest-blob", "FILE", "Attests something about a file",
    "  tally attest-blob --key cosign.key --type slsaprovenance1 "
    "--predicate build.json \\\n      --bundle file.sigstore.json file\n",
    "COSIGN_", cmd_attest_blob_sets, sizeof(cmd_attest_blob_t),
    sign_args_defaults, cmd_attest_blob_run
};


static int
cmd_attest_blob_run(cmd_t *cmd)
{
    bool                   bundle;
    sign_make_t            make;
    sign_entry_t           entry;
    sign_args_t           *args;
    oci_status_e           rc;
    oci_sign_new_bundle_t  parts;

    args = cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));

    if (!cmd_attest_blob_sense(cmd)) {
        return cmd_usage(cmd, cmd->err.text);
    }

    bundle = !cmd_given(cmd, "new-bundle-format") || args->output.new_bundle;

    if (sign_args_refused(cmd) != OCI_OK
        || cmd_attest_blob_statement(cmd, &parts.payload) != OCI_OK
        || sign_make_choose(&make, cmd) != OCI_OK
        || sign_make_key(&make, sign_args_key(args)) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    /* the log is told of the very envelope that is written */

    make.keyid = true;
    rc = sign_make_begin(&make, transport_open(cmd->pool,
                                               &args->source.transport));

    if (rc == OCI_OK) {
        rc = sign_make_parts(&make, &parts, &entry);
    }

    if (rc == OCI_OK) {
        rc = cmd_attest_blob_write(cmd, bundle, &parts, &make.log.cert,
                                   &entry);
    }

    return (rc == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static bool
cmd_attest_blob_sense(cmd_t *cmd)
{
    const char         *why;
    cmd_attest_blob_t  *o;

    o = cmd->options;
    why = NULL;

    if (!sign_make_signer(cmd)) {
        why = "attest-blob needs one --key, or --identity-token and "
              "--fulcio-url";

    } else if ((o->sign.claim.statement != NULL)
               == (o->sign.claim.predicate != NULL))
    {
        why = "attest-blob needs --predicate or --statement, and not both";

    } else if (o->sign.claim.statement != NULL
               && (cmd->nargs != 0 || o->hash != NULL
                   || o->sign.claim.type != NULL))
    {
        why = "--statement says itself what it is about: no file, --hash or "
              "--type beside it";

    } else if (o->sign.claim.statement == NULL && cmd->nargs != 1
               && !(cmd->nargs == 0 && o->hash != NULL))
    {
        why = "attest-blob needs one file";

    } else if (o->sign.time.token != NULL && o->sign.time.url == NULL) {
        why = "--rfc3161-timestamp needs --timestamp-server-url";
    }

    if (why != NULL) {
        (void) oci_error(&cmd->err, OCI_INVALID, 0, "%s", why);
    }

    return why == NULL;
}


static oci_status_e
cmd_attest_blob_statement(cmd_t *cmd, oci_str_t *text)
{
    const char            *slash, *type;
    oci_str_t              name, predicate;
    oci_digest_t           digest;
    oci_status_e           rc;
    cmd_attest_blob_t     *o;
    oci_sign_statement_t   statement;

    o = cmd->options;

    if (o->sign.claim.statement != NULL) {
        fprintf(stderr, "Using statement from: %s\n", o->sign.claim.statement);
        rc = file_read(cmd->pool, o->sign.claim.statement, text, &cmd->err);

        return (rc != OCI_OK) ? rc
               : oci_sign_statement_parse(cmd->pool, text, true, &statement,
                                          &cmd->err);
    }

    rc = cmd_attest_blob_digest(cmd, &digest);

    if (rc == OCI_OK) {
        fprintf(stderr, "Using payload from: %s\n", o->sign.claim.predicate);
        rc = file_read(cmd->pool, o->sign.claim.predicate, &predicate,
                       &cmd->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    slash = (cmd->nargs == 1) ? strrchr(cmd->args[0], '/') : NULL;
    name = oci_str(slash != NULL ? slash + 1
                   : cmd->nargs == 1 ? cmd->args[0] : "");
    type = o->sign.claim.type ? o->sign.claim.type : "custom";

    return oci_sign_statement_attest(cmd->pool, type, &name, &digest,
                                     &predicate, (int64_t) time(NULL), text,
                                     &cmd->err);
}


static oci_status_e
cmd_attest_blob_digest(cmd_t *cmd, oci_digest_t *digest)
{
    oci_str_t           text;
    oci_status_e        rc;
    cmd_attest_blob_t  *o;

    o = cmd->options;

    if (o->hash != NULL) {
        text = oci_strf(cmd->pool, "sha256:%s", o->hash);

        return (oci_digest_parse(digest, &text) == OCI_OK) ? OCI_OK
               : oci_error(&cmd->err, OCI_INVALID, 0, "--hash is the SHA-256 "
                           "of a file, 64 digits in hexadecimal");
    }

    fprintf(stderr, "Using payload from: %s\n", cmd->args[0]);
    rc = file_read(cmd->pool, cmd->args[0], &text, &cmd->err);

    if (rc == OCI_OK) {
        oci_digest_of(digest, OCI_SHA256, text.data, text.len);
    }

    return rc;
}


static oci_status_e
cmd_attest_blob_write(cmd_t *cmd, bool bundle,
    const oci_sign_new_bundle_t *parts, const sign_cert_t *cert,
    const sign_entry_t *entry)
{
    bool                said;
    size_t              i;
    oci_str_t           text, envelope, stamp;
    oci_status_e        rc;
    cmd_attest_blob_t  *o;

    o = cmd->options;
    envelope = oci_sign_envelope_text(cmd->pool, &parts->payload,
                                      &parts->signature, true);
    text = bundle ? oci_sign_bundle_text(cmd->pool, parts)
           : cmd_attest_blob_old(cmd, &envelope, cert, entry);

    if (envelope.data == NULL || text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    stamp = (o->sign.time.token != NULL)
            ? sign_time_legacy(cmd->pool, &parts->times) : oci_str("");

    const struct {
        const char       *file;
        const oci_str_t  *text;
        const char       *what;
    } outputs[] = {
        { o->sign.output.bundle, &text, "Wrote bundle to file" },
        { o->attestation, &envelope, "Attestation written in" },
        { o->sign.output.signature, &envelope, "Signature written in" },
        { o->sign.time.token, &stamp, "Timestamp written in" }
    };

    for (said = false, i = 0; i < 4; i++) {
        if (outputs[i].file == NULL) {
            continue;
        }

        rc = file_write(outputs[i].file, outputs[i].text, i == 0 ? 0644
                                                                 : 0600,
                        &cmd->err);
        if (rc != OCI_OK) {
            return rc;
        }

        fprintf(stderr, "%s %s\n", outputs[i].what, outputs[i].file);
        said = true;
    }

    if (!said) {
        printf("%s\n", envelope.data);
    }

    return OCI_OK;
}


/* cosign 2's: the envelope stands for the signature */

static oci_str_t
cmd_attest_blob_old(cmd_t *cmd, const oci_str_t *envelope,
    const sign_cert_t *cert, const sign_entry_t *entry)
{
    oci_str_t  b64, pem;

    b64 = oci_sign_b64(cmd->pool, envelope->data, envelope->len);
    pem = oci_sign_b64(cmd->pool, cert->pem.data, cert->pem.len);

    return oci_strf(cmd->pool, "{\"base64Signature\":\"%s\",\"cert\":\"%s\""
                    "%s%s}", b64.data ? (char *) b64.data : "",
                    cert->pem.len ? (char *) pem.data : "",
                    entry->legacy.len ? ",\"rekorBundle\":" : "",
                    entry->legacy.len ? (char *) entry->legacy.data : "");
}
