/*
 * attach, clean: what others have signed is put beside an image; and what is
 * beside it is removed.
 */

#include "oci_json.h"
#include "command/file.h"
#include "command/password.h"
#include "oci_sign_util.h"
#include "sign/push.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    sign_args_t   sign;
    cmd_list_t    attestations;
    const char   *payload;
    const char   *signature;
    const char   *certificate;
    const char   *chain;
    const char   *rekor;
    const char   *tsr;
    const char   *type;
    bool          force;
} cmd_attach_t;


static int cmd_attach_run(cmd_t *cmd);
static int cmd_clean_run(cmd_t *cmd);
static oci_status_e cmd_attach_signature(sign_image_t *image);
static oci_status_e cmd_attach_notes(sign_image_t *image,
    json_t *notes);
static oci_status_e cmd_attach_base64(cmd_t *cmd, oci_str_t *text);
static oci_status_e cmd_attach_time(cmd_t *cmd, json_t *notes,
    const char *name);
static oci_status_e cmd_attach_entry(cmd_t *cmd, json_t *notes,
    const char *name);
static oci_status_e cmd_attach_note(sign_image_t *image, json_t *notes,
    const char *name, const char *file);
static oci_status_e cmd_attach_attestation(sign_image_t *image,
    const char *file);
static oci_status_e cmd_attach_envelope(sign_image_t *image,
    const oci_str_t *text);
static bool cmd_attach_bundle(sign_image_t *image,
    const oci_str_t *text, oci_status_e *rc);
static const char *cmd_attach_predicate(cmd_t *cmd, const oci_str_t *payload);
static oci_status_e cmd_clean_kind(sign_image_t *image, const char *suffix);
static oci_status_e cmd_clean_one(sign_image_t *image,
    const char *what);
static oci_status_e cmd_clean_referrers(sign_image_t *image);


#define cmd_attach_sbom  "SBOMs are attested: tally attest --type spdxjson " \
                         "(or cyclonedx) --predicate FILE"
#define cmd_attach_at(member)  offsetof(cmd_attach_t, member)


static const cmd_flag_t  cmd_attach_flags[] = {
    { "attestation", 0, CMD_LIST, cmd_attach_at(attestations), "FILE",
      "an envelope or a bundle" },
    { "bundle", 0, CMD_STRING, cmd_attach_at(payload), "FILE",
      "a bundle with the signature" },
    { "certificate", 0, CMD_STRING, cmd_attach_at(certificate), "FILE",
      "the signer's certificate (PEM)" },
    { "certificate-chain", 0, CMD_STRING, cmd_attach_at(chain), "FILE",
      "its issuers (PEM)" },
    { "input-format", 0, CMD_REFUSED, 0, "", cmd_attach_sbom },
    { "payload", 0, CMD_STRING, cmd_attach_at(payload), "FILE",
      "what was signed" },
    { "registry-referrers-mode", 0, CMD_REFUSED, 0, "", cmd_attach_sbom },
    { "rekor-response", 0, CMD_STRING, cmd_attach_at(rekor), "FILE",
      "the log's entry" },
    { "sbom", 0, CMD_REFUSED, 0, "", cmd_attach_sbom },
    { "signature", 0, CMD_STRING, cmd_attach_at(signature), "FILE",
      "the signature in base64; - is standard input" },
    { "tsr", 0, CMD_STRING, cmd_attach_at(tsr), "FILE",
      "a timestamp of the signature" },
    { "type", 0, CMD_REFUSED, 0, "", cmd_attach_sbom },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_clean_flags[] = {
    { "force", 'f', CMD_BOOL, cmd_attach_at(force), NULL, "do not ask" },
    { "type", 0, CMD_STRING, cmd_attach_at(type), "TYPE",
      "signature, attestation, sbom, referrer or all (all)" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_attach_sets[] = {
    { cmd_attach_flags, 0 },
    sign_flags_where(cmd_attach_at(sign))
};

static const cmd_flags_t  cmd_clean_sets[] = {
    { cmd_clean_flags, 0 },
    sign_flags_where(cmd_attach_at(sign))
};


const cmd_verb_t  cmd_attach = {
    "attach", "signature|attestation IMAGE",
    "Puts what was signed elsewhere beside an image",
    "  tally attach signature --payload payload.json --signature payload.sig "
    "\\\n      registry.example/app:1.0\n"
    "  tally attach signature --bundle app.sigstore.json "
    "registry.example/app:1.0\n"
    "  tally attach attestation --attestation envelope.json "
    "registry.example/app:1.0\n",
    "COSIGN_", cmd_attach_sets, sizeof(cmd_attach_t), sign_args_defaults,
    cmd_attach_run
};


const cmd_verb_t  cmd_clean = {
    "clean", "IMAGE", "Removes what is attached to an image",
    "  tally clean --type signature registry.example/app:1.0\n",
    "COSIGN_", cmd_clean_sets, sizeof(cmd_attach_t), sign_args_defaults,
    cmd_clean_run
};


static int
cmd_attach_run(cmd_t *cmd)
{
    size_t               i;
    oci_status_e         rc;
    cmd_attach_t        *o;
    sign_image_t         image;

    o = cmd->options;

    if (cmd->nargs != 2
        || (strcmp(cmd->args[0], "signature") != 0
            && strcmp(cmd->args[0], "attestation") != 0))
    {
        return cmd_usage(cmd, "attach needs a kind, signature or attestation, "
                              "and one image");
    }

    if (sign_image_load(&image, cmd, cmd->args[1]) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    if (strcmp(cmd->args[0], "signature") == 0) {
        return (cmd_attach_signature(&image) == OCI_OK) ? 0
               : cmd_fail(cmd, 1);
    }

    if (o->attestations.nelts == 0) {
        return cmd_usage(cmd, "attach attestation needs --attestation");
    }

    for (i = 0, rc = OCI_OK; rc == OCI_OK && i < o->attestations.nelts; i++) {
        rc = cmd_attach_attestation(&image, o->attestations.elts[i]);
    }

    return (rc == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_attach_signature(sign_image_t *image)
{
    cmd_t         *cmd;
    json_t        *notes;
    oci_str_t      payload, signature, tag;
    oci_status_e   rc;
    cmd_attach_t  *o;

    cmd = image->cmd;
    o = cmd->options;

    if (o->payload == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "attach signature needs "
                         "--payload and --signature, or --bundle");
    }

    rc = file_read(cmd->pool, o->payload, &payload, &cmd->err);

    if (rc != OCI_OK || cmd_attach_bundle(image, &payload, &rc)) {
        return rc;
    }

    rc = cmd_attach_base64(cmd, &signature);
    if (rc != OCI_OK) {
        return rc;
    }

    notes = json_pack("{s:s%}", OCI_SIGN_A_SIGNATURE, signature.data,
                      signature.len);
    rc = cmd_attach_notes(image, notes);

    if (rc != OCI_OK) {
        json_decref(notes);
        return rc;
    }

    tag = sign_tag(cmd->pool, o->sign.place.tag_prefix,
                   &image->manifest.digest, "sig");

    return sign_push_layer(cmd, &image->sigs, (char *) tag.data,
                           OCI_SIGN_MT_SIMPLE, &payload, notes, NULL, NULL);
}


/* --signature, without the blanks at its end */

static oci_status_e
cmd_attach_base64(cmd_t *cmd, oci_str_t *text)
{
    oci_str_t      raw;
    oci_status_e   rc;
    cmd_attach_t  *o;

    o = cmd->options;

    rc = (o->signature != NULL)
         ? file_read(cmd->pool, o->signature, text, &cmd->err)
         : oci_error(&cmd->err, OCI_INVALID, 0, "--signature is missing: "
                     "\"%s\" is no bundle", o->payload);
    if (rc != OCI_OK) {
        return rc;
    }

    while (text->len != 0
           && strchr("\r\n\t ", text->data[text->len - 1]) != NULL)
    {
        text->len--;
    }

    return (text->len != 0
            && oci_sign_b64_decode(cmd->pool, text, OCI_SIGN_B64_STD, &raw)
               == OCI_OK)
           ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "\"%s\" is not a "
                       "signature in base64", o->signature);
}


static oci_status_e
cmd_attach_notes(sign_image_t *image, json_t *notes)
{
    oci_status_e   rc;
    cmd_attach_t  *o;

    o = image->cmd->options;
    rc = cmd_attach_note(image, notes, OCI_SIGN_A_CERT, o->certificate);

    if (rc == OCI_OK) {
        rc = cmd_attach_note(image, notes, OCI_SIGN_A_CHAIN, o->chain);
    }

    if (rc == OCI_OK && o->tsr != NULL) {
        rc = cmd_attach_time(image->cmd, notes, o->tsr);
    }

    return (rc == OCI_OK && o->rekor != NULL)
           ? cmd_attach_entry(image->cmd, notes, o->rekor) : rc;
}


static oci_status_e
cmd_attach_time(cmd_t *cmd, json_t *notes, const char *name)
{
    oci_str_t     file, b64;
    oci_status_e  rc;

    rc = file_read(cmd->pool, name, &file, &cmd->err);

    if (rc == OCI_OK) {
        b64 = oci_sign_b64(cmd->pool, file.data, file.len);
        (void) json_object_set_new(notes, OCI_SIGN_A_TIME,
                   json_sprintf("{\"SignedRFC3161Timestamp\":\"%s\"}",
                                (char *) b64.data));
    }

    return rc;
}


/* sign-blob's old bundle has the entry inside; or it is the file */

static oci_status_e
cmd_attach_entry(cmd_t *cmd, json_t *notes, const char *name)
{
    char          *text;
    json_t        *doc, *entry;
    oci_str_t      file;
    oci_status_e   rc;

    rc = file_read(cmd->pool, name, &file, &cmd->err);
    if (rc != OCI_OK) {
        return rc;
    }

    doc = oci_json_load(file.data, file.len, 0, &cmd->err);
    entry = json_object_get(doc, "rekorBundle");
    entry = (entry != NULL) ? entry : json_object_get(doc, "Bundle");
    entry = (entry != NULL) ? entry : doc;

    if (json_object_get(entry, "SignedEntryTimestamp") == NULL) {
        json_decref(doc);
        return oci_error(&cmd->err, OCI_INVALID, 0, "\"%s\" has no signed "
                         "entry of a log", name);
    }

    text = json_dumps(entry, JSON_COMPACT);
    (void) json_object_set_new(notes, OCI_SIGN_A_BUNDLE,
                               json_string(text != NULL ? text : ""));
    free(text);
    json_decref(doc);

    return OCI_OK;
}


static oci_status_e
cmd_attach_note(sign_image_t *image, json_t *notes, const char *name,
    const char *file)
{
    oci_str_t      text;
    oci_status_e   rc;

    if (file == NULL) {
        return OCI_OK;
    }

    rc = file_read(image->cmd->pool, file, &text, &image->cmd->err);

    if (rc == OCI_OK
        && json_object_set_new(notes, name, json_stringn((char *) text.data,
                                                         text.len)) != 0)
    {
        rc = oci_error(&image->cmd->err, OCI_INVALID, 0, "\"%s\" is not text",
                       file);
    }

    return rc;
}


/* a bundle, or envelopes as lines */

static oci_status_e
cmd_attach_attestation(sign_image_t *image, const char *file)
{
    size_t         n;
    oci_str_t      text, line;
    oci_status_e   rc;

    rc = file_read(image->cmd->pool, file, &text, &image->cmd->err);

    if (rc != OCI_OK || cmd_attach_bundle(image, &text, &rc)) {
        return rc;
    }

    for (n = 0; rc == OCI_OK && text.len != 0; n++) {
        line.data = text.data;
        line.len = strcspn((char *) text.data, "\n");
        line.len = (line.len < text.len) ? line.len : text.len;
        text.data += line.len + (line.len < text.len);
        text.len -= line.len + (line.len < text.len);

        if (line.len != 0) {
            rc = cmd_attach_envelope(image, &line);
        }
    }

    return rc;
}


static oci_status_e
cmd_attach_envelope(sign_image_t *image, const oci_str_t *text)
{
    cmd_t         *cmd;
    json_t        *doc, *notes;
    oci_str_t      b64, type, payload, tag;
    const char    *predicate;
    oci_status_e   rc;
    cmd_attach_t  *o;

    cmd = image->cmd;
    o = cmd->options;

    doc = oci_json_load(text->data, text->len, 0, &cmd->err);
    if (doc == NULL) {
        return OCI_INVALID;
    }

    type = oci_json_str(doc, "payloadType");
    b64 = oci_json_str(doc, "payload");
    predicate = NULL;

    rc = (oci_str_is(&type, "application/vnd.in-toto+json")
          && json_array_size(json_object_get(doc, "signatures")) != 0
          && oci_sign_b64_decode(cmd->pool, &b64, OCI_SIGN_B64_STD,
                                 &payload) == OCI_OK)
         ? OCI_OK
         : oci_error(&cmd->err, OCI_INVALID, 0, "not an envelope with a "
                     "signed in-toto statement");

    if (rc == OCI_OK) {
        predicate = cmd_attach_predicate(cmd, &payload);
    }

    json_decref(doc);

    if (rc != OCI_OK) {
        return rc;
    }

    if (predicate == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "the statement has no "
                         "predicate type");
    }

    notes = json_pack("{s:s, s:s}", OCI_SIGN_A_SIGNATURE, "",
                      OCI_SIGN_A_PREDICATE, predicate);
    tag = sign_tag(cmd->pool, o->sign.place.tag_prefix, &image->manifest.digest,
                   "att");

    return sign_push_layer(cmd, &image->sigs, (char *) tag.data,
                           OCI_SIGN_MT_DSSE, text, notes, NULL, NULL);
}


/* false: it is no bundle, and the caller's to look at */

static bool
cmd_attach_bundle(sign_image_t *image, const oci_str_t *text,
    oci_status_e *rc)
{
    oci_error_t         none;
    const char         *predicate;
    oci_digest_t        made;
    oci_sign_bundle_t   bundle;

    if (oci_sign_bundle_parse(image->cmd->pool, text,
                              OCI_SIGN_BUNDLE_REGISTRY, &bundle, &none)
        != OCI_OK)
    {
        return false;
    }

    predicate = bundle.dsse ? cmd_attach_predicate(image->cmd,
                                                   &bundle.payload)
                            : NULL;
    *rc = sign_push_bundle(image->cmd, &image->sigs, &image->manifest, text,
                           predicate, &made);

    return true;
}


/* of an in-toto statement; NULL: it has none */

static const char *
cmd_attach_predicate(cmd_t *cmd, const oci_str_t *payload)
{
    json_t       *doc;
    oci_str_t     type;
    const char   *predicate;
    oci_error_t   none;

    doc = oci_json_load(payload->data, payload->len, 0, &none);
    type = oci_json_str(doc, "predicateType");
    predicate = (type.len != 0) ? oci_cstr(cmd->pool, &type) : NULL;
    json_decref(doc);

    return predicate;
}


static int
cmd_clean_run(cmd_t *cmd)
{
    size_t         i;
    bool           all;
    const char    *type;
    oci_status_e   rc;
    cmd_attach_t  *o;
    sign_image_t   image;

    o = cmd->options;
    type = (o->type != NULL) ? o->type : "all";
    all = strcmp(type, "all") == 0;

    if (cmd->nargs != 1 || (!all && sign_kind(type) == NULL)) {
        return cmd_usage(cmd, "clean needs one image; --type is signature, "
                              "attestation, sbom, referrer or all");
    }

    if (!o->force) {
        fprintf(stderr, "WARNING: this will remove %s%s of the image\n",
                all ? "" : "every ", all ? "everything attached" : type);

        if (!password_confirm(PASSWORD_CONTINUE)) {
            return cmd_error(cmd, "nothing was removed");
        }
    }

    rc = sign_image_load(&image, cmd, cmd->args[0]);

    for (i = 0; rc == OCI_OK && sign_kinds[i].type != NULL; i++) {
        if (all || strcmp(type, sign_kinds[i].type) == 0) {
            rc = cmd_clean_kind(&image, sign_kinds[i].suffix);
        }
    }

    return (rc == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_clean_kind(sign_image_t *image, const char *suffix)
{
    oci_str_t      tag;
    cmd_attach_t  *o;

    o = image->cmd->options;

    if (suffix == NULL) {
        return cmd_clean_referrers(image);
    }

    tag = sign_tag(image->cmd->pool, o->sign.place.tag_prefix,
                   &image->manifest.digest, suffix);

    return cmd_clean_one(image, (char *) tag.data);
}


static oci_status_e
cmd_clean_one(sign_image_t *image, const char *what)
{
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    rc = repository_delete(&image->sigs, what, &why);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(&image->cmd->err, rc, 0, "could not delete %s from "
                         "%s: %s", what, image->name, why.text);
    }

    fprintf(stderr, "Removed %s from %s\n", what, image->name);

    return OCI_OK;
}


/* bundles only: other artifacts are not ours to remove */

static oci_status_e
cmd_clean_referrers(sign_image_t *image)
{
    size_t          i;
    oci_array_t     bundles;
    oci_status_e    rc;
    sign_bundle_t  *b;

    rc = sign_find_bundles(image->cmd, &image->sigs, &image->manifest.digest,
                           &bundles);
    b = bundles.elts;

    for (i = 0; rc == OCI_OK && i < bundles.nelts; i++) {
        rc = cmd_clean_one(image, b[i].digest.text);
    }

    return rc;
}
