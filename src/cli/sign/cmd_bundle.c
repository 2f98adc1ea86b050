/*
 * bundle create: a bundle of what was signed in an older form.
 */

#include "sign/old_bundle.h"
#include "command/file.h"
#include "oci_sign_bundle.h"
#include "sign/policy.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>


#define CMD_BUNDLE_ANSWER  (1024 * 1024)


typedef struct {
    source_options_t  source;       /* of the log: TLS alone */
    const char       *artifact;
    const char       *attestation;
    const char       *bundle;
    const char       *certificate;
    const char       *key;
    const char       *out;
    const char       *time;
    const char       *signature;
    const char       *rekor;
    bool              no_log;
} cmd_bundle_t;

#define cmd_bundle_at(member)  offsetof(cmd_bundle_t, member)


static int cmd_bundle_run(cmd_t *cmd);
static oci_status_e cmd_bundle_parts(cmd_t *cmd,
    oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_signature(cmd_t *cmd, oci_sign_legacy_t *old);
static oci_status_e cmd_bundle_signer(cmd_t *cmd,
    const oci_sign_legacy_t *old, oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_signed(cmd_t *cmd,
    const oci_sign_legacy_t *old, oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_envelope(cmd_t *cmd, const oci_str_t *text,
    oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_time(cmd_t *cmd,
    oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_entry(cmd_t *cmd,
    const oci_sign_legacy_t *old, oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_fetch(cmd_t *cmd, long long index,
    oci_sign_new_bundle_t *parts);
static oci_status_e cmd_bundle_write(cmd_t *cmd,
    const oci_sign_new_bundle_t *parts);


static const cmd_flag_t  cmd_bundle_flags[] = {
    { "artifact", 0, CMD_STRING, cmd_bundle_at(artifact), "FILE",
      "what was signed" },
    { "attestation", 0, CMD_STRING, cmd_bundle_at(attestation), "FILE",
      "the signed envelope, of an attestation" },
    { "bundle", 0, CMD_STRING, cmd_bundle_at(bundle), "FILE",
      "the old bundle" },
    { "certificate", 0, CMD_STRING, cmd_bundle_at(certificate), "FILE",
      "the signer's certificate" },
    { "ignore-tlog", 0, CMD_BOOL, cmd_bundle_at(no_log), NULL,
      "leave the log out" },
    { "key", 0, CMD_STRING, cmd_bundle_at(key), "KEY",
      "the signer's public key" },
    { "out", 0, CMD_STRING, cmd_bundle_at(out), "FILE",
      "write it there (default: standard output)" },
    { "rekor-url", 0, CMD_STRING, cmd_bundle_at(rekor), "URL",
      "the log (v1) that has the entry of the old bundle" },
    { "rfc3161-timestamp", 0, CMD_STRING, cmd_bundle_at(time), "FILE",
      "the signature's timestamp" },
    { "signature", 0, CMD_STRING, cmd_bundle_at(signature), "FILE",
      "the signature in base64" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_bundle_sets[] = {
    { cmd_bundle_flags, 0 },
    { sign_flags_piv, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_bundle = {
    "bundle", "create", "Makes a bundle of an older signature",
    "  tally bundle create --artifact file --signature file.sig --key "
    "cosign.pub --ignore-tlog \\\n      --out file.sigstore.json\n",
    "COSIGN_", cmd_bundle_sets, sizeof(cmd_bundle_t), NULL, cmd_bundle_run
};


static int
cmd_bundle_run(cmd_t *cmd)
{
    cmd_bundle_t          *o;
    oci_sign_new_bundle_t  parts;

    o = cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    oci_array_init(&parts.times, cmd->pool, sizeof(oci_str_t));

    if (cmd->nargs != 1 || strcmp(cmd->args[0], "create") != 0) {
        return cmd_usage(cmd, "bundle knows create alone");
    }

    if ((o->artifact != NULL) == (o->attestation != NULL)) {
        return cmd_usage(cmd, "bundle create needs --artifact or "
                              "--attestation, and not both");
    }

    if (o->artifact != NULL
        && (o->bundle != NULL) == (o->signature != NULL))
    {
        return cmd_usage(cmd, "the signature of --artifact is in --bundle or "
                              "in --signature");
    }

    return (cmd_bundle_parts(cmd, &parts) == OCI_OK
            && cmd_bundle_write(cmd, &parts) == OCI_OK) ? 0
           : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_bundle_parts(cmd_t *cmd, oci_sign_new_bundle_t *parts)
{
    oci_status_e       rc;
    oci_sign_legacy_t  old;

    rc = cmd_bundle_signature(cmd, &old);

    if (rc == OCI_OK) {
        rc = cmd_bundle_signer(cmd, &old, parts);
    }

    if (rc == OCI_OK) {
        rc = cmd_bundle_signed(cmd, &old, parts);
    }

    if (rc == OCI_OK) {
        rc = cmd_bundle_time(cmd, parts);
    }

    return (rc == OCI_OK) ? cmd_bundle_entry(cmd, &old, parts) : rc;
}


static oci_status_e
cmd_bundle_signature(cmd_t *cmd, oci_sign_legacy_t *old)
{
    oci_str_t      text;
    cmd_bundle_t  *o;
    oci_status_e   rc;

    o = cmd->options;
    memset(old, 0, sizeof(oci_sign_legacy_t));

    if (o->signature != NULL) {
        return file_read(cmd->pool, o->signature, &old->signature,
                         &cmd->err);
    }

    if (o->bundle == NULL) {
        return OCI_OK;
    }

    rc = file_read(cmd->pool, o->bundle, &text, &cmd->err);

    return (rc == OCI_OK) ? sign_old_bundle(cmd->pool, &text, old, &cmd->err)
           : rc;
}


/* --key, --certificate, or the certificate of the old bundle */

static oci_status_e
cmd_bundle_signer(cmd_t *cmd, const oci_sign_legacy_t *old,
    oci_sign_new_bundle_t *parts)
{
    int            len;
    X509          *cert;
    u_char        *der;
    oci_str_t      pem;
    oci_array_t    certs;
    cmd_bundle_t  *o;
    oci_status_e   rc;

    o = cmd->options;
    pem = old->cert;

    if (o->key != NULL && o->certificate != NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--key and --certificate "
                         "exclude each other");
    }

    if (o->key != NULL) {
        return sign_public_load(cmd->pool, o->key, &parts->key, &cmd->err);
    }

    rc = (o->certificate != NULL)
         ? file_read(cmd->pool, o->certificate, &pem, &cmd->err) : OCI_OK;

    if (rc == OCI_OK && pem.len == 0) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "whose signature is it? "
                         "Give --key or --certificate");
    }

    oci_array_init(&certs, cmd->pool, sizeof(X509 *));

    if (rc == OCI_OK) {
        rc = oci_sign_certs_pem(cmd->pool, &pem, &certs, &cmd->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    cert = *(X509 **) certs.elts;
    der = NULL;
    len = i2d_X509(cert, &der);
    parts->cert = oci_str_dup(cmd->pool, der, len > 0 ? (size_t) len : 0);
    OPENSSL_free(der);
    parts->key = X509_get0_pubkey(cert);

    return (parts->key != NULL && parts->cert.len != 0) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "the certificate's key is "
                       "of no known kind");
}


/* a bundle of a signature that does not hold helps nobody */

static oci_status_e
cmd_bundle_signed(cmd_t *cmd, const oci_sign_legacy_t *old,
    oci_sign_new_bundle_t *parts)
{
    oci_str_t      text, type;
    cmd_bundle_t  *o;
    oci_status_e   rc;

    o = cmd->options;
    rc = file_read(cmd->pool, o->artifact ? o->artifact : o->attestation,
                   &text, &cmd->err);

    if (rc == OCI_OK && o->attestation != NULL) {
        rc = cmd_bundle_envelope(cmd, &text, parts);
        type = oci_str(OCI_SIGN_INTOTO);
        text = oci_sign_pae(cmd->pool, &type, &parts->payload);

    } else if (rc == OCI_OK) {
        parts->message = text;
        rc = oci_sign_b64_decode(cmd->pool, &old->signature,
                                 OCI_SIGN_B64_STD, &parts->signature);
    }

    if (rc != OCI_OK) {
        return oci_error(&cmd->err, rc, 0, "the signature is not base64");
    }

    return (oci_sign_key_verify(cmd->pool, parts->key, OCI_SHA256, &text,
                                &parts->signature, NULL) == OCI_OK)
           ? OCI_OK
           : oci_error(&cmd->err, OCI_DENIED, 0, "the signature is not by "
                       "that key, or not of that file");
}


static oci_status_e
cmd_bundle_envelope(cmd_t *cmd, const oci_str_t *text,
    oci_sign_new_bundle_t *parts)
{
    bool        good;
    json_t     *root;
    oci_str_t   type, payload, sig;

    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES,
                         &cmd->err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    type = oci_json_str(root, "payloadType");
    payload = oci_json_str(root, "payload");
    sig = oci_json_str(json_array_get(json_object_get(root, "signatures"), 0),
                       "sig");
    good = oci_str_is(&type, OCI_SIGN_INTOTO)
           && oci_sign_b64_decode(cmd->pool, &payload, OCI_SIGN_B64_ANY,
                                  &parts->payload) == OCI_OK
           && oci_sign_b64_decode(cmd->pool, &sig, OCI_SIGN_B64_ANY,
                                  &parts->signature) == OCI_OK;
    json_decref(root);

    return good ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "%s is no signed in-toto "
                       "envelope",
                       ((cmd_bundle_t *) cmd->options)->attestation);
}


static oci_status_e
cmd_bundle_time(cmd_t *cmd, oci_sign_new_bundle_t *parts)
{
    json_t        *root;
    oci_str_t      text, b64, *slot;
    cmd_bundle_t  *o;
    oci_status_e   rc;

    o = cmd->options;

    if (o->time == NULL) {
        return OCI_OK;
    }

    rc = file_read(cmd->pool, o->time, &text, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    slot = oci_array_push(&parts->times);

    if (slot == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    root = oci_json_load(text.data, text.len, 0, NULL);
    b64 = oci_json_str(root, "SignedRFC3161Timestamp");
    rc = (b64.len == 0) ? OCI_INVALID
         : oci_sign_b64_decode(cmd->pool, &b64, OCI_SIGN_B64_STD, slot);
    json_decref(root);

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "%s is no timestamp as "
                       "sign-blob --rfc3161-timestamp writes it", o->time);
}


/* an old bundle has no proof that the entry is in the log: the log has it */

static oci_status_e
cmd_bundle_entry(cmd_t *cmd, const oci_sign_legacy_t *old,
    oci_sign_new_bundle_t *parts)
{
    json_t        *root;
    long long      index;
    cmd_bundle_t  *o;

    o = cmd->options;

    if (o->no_log) {
        return OCI_OK;
    }

    if (old->bundle.len == 0 || o->rekor == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "the entry of the log is "
                         "found by an old --bundle with --rekor-url; "
                         "--ignore-tlog leaves it out");
    }

    root = oci_json_load(old->bundle.data, old->bundle.len, 0, NULL);
    index = (long long) json_integer_value(
                json_object_get(json_object_get(root, "Payload"),
                                "logIndex"));
    json_decref(root);

    return cmd_bundle_fetch(cmd, index, parts);
}


static oci_status_e
cmd_bundle_fetch(cmd_t *cmd, long long index, oci_sign_new_bundle_t *parts)
{
    oci_str_t             url;
    cmd_bundle_t         *o;
    transport_t          *t;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    o = cmd->options;
    t = transport_open(cmd->pool, &o->source.transport);
    url = oci_strf(cmd->pool, "%s/api/v1/log/entries?logIndex=%lld", o->rekor,
                   index);

    if (t == NULL || url.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "GET";
    req.path = (char *) url.data;
    req.accept = "application/json";
    req.max = CMD_BUNDLE_ANSWER;
    rc = transport_fetch(t, &req, &reply, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status != 200) {
        return oci_error(&cmd->err, OCI_NOT_FOUND, 0, "%s has no entry %lld: "
                         "status %ld", o->rekor, index, reply.status);
    }

    parts->entry = oci_sign_entry_v1(cmd->pool, &reply.body, &cmd->err);

    return (parts->entry != NULL
            && oci_sign_json_keep(cmd->pool, parts->entry))
           ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "the log's entry cannot be "
                       "read");
}


/* an entry must be of this very signature, and in its own tree */

static oci_status_e
cmd_bundle_write(cmd_t *cmd, const oci_sign_new_bundle_t *parts)
{
    oci_str_t           text;
    cmd_bundle_t       *o;
    oci_sign_trust_t    none;
    oci_sign_bundle_t   made;

    o = cmd->options;
    text = oci_sign_bundle_text(cmd->pool, parts);

    if (text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    oci_sign_trust_init(&none, cmd->pool);

    if (parts->entry != NULL
        && (oci_sign_bundle_parse(cmd->pool, &text, 0, &made, &cmd->err)
            != OCI_OK
            || oci_sign_verify_entry(cmd->pool, &none, parts->key, &made,
                                     &parts->message, &cmd->err) != OCI_OK))
    {
        return oci_error(&cmd->err, OCI_DENIED, 0, "the log's entry is of "
                         "another signature");
    }

    if (o->out != NULL) {
        return file_write(o->out, &text, 0600, &cmd->err);
    }

    printf("%s\n", text.data);

    return OCI_OK;
}
