/*
 * Signatures in the making.
 */

#include "sign/make.h"
#include "command/file.h"
#include "sign/kms.h"
#include "sign/policy.h"
#include "sign/push.h"

#include <stdio.h>
#include <string.h>


oci_status_e
sign_make_choose(sign_make_t *m, cmd_t *cmd)
{
    memset(m, 0, sizeof(sign_make_t));
    m->cmd = cmd;

    return (sign_trust_sign(cmd) == OCI_OK
            && sign_log_choose(cmd, &m->log) == OCI_OK)
           ? sign_time_choose(cmd, &m->time) : cmd->err.status;
}


oci_status_e
sign_make_key(sign_make_t *m, const char *name)
{
    cmd_t         *cmd;
    sign_args_t   *args;
    oci_status_e   rc;

    cmd = m->cmd;
    args = cmd->options;

    if (name != NULL && args->oidc.token != NULL && !args->oidc.issue) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--key signs without an "
                         "identity: --identity-token needs "
                         "--issue-certificate with it");
    }

    if (name == NULL) {
        m->key = NULL;
        rc = sign_keyless(cmd, &m->key, &m->log.cert);

        if (rc == OCI_OK && m->log.url == NULL && m->time.urls.nelts == 0) {
            fprintf(stderr, "WARNING: no log and no timestamp authority is "
                    "named: nobody can verify this once the certificate has "
                    "expired.\n");
        }

    } else {
        m->kms = sign_kms_named(name) ? name : NULL;
        rc = (m->kms != NULL)
             ? sign_kms_public(cmd->pool, name, &m->key, &cmd->err)
             : sign_private_load(cmd->pool, name, &m->key, &cmd->err);

        if (rc == OCI_OK && !args->oidc.issue) {
            rc = sign_cert_load(cmd->pool, args, m->key, &m->log.cert,
                                &cmd->err);
        }

        /* the authority wants a proof by the key, which a service keeps */

        if (rc == OCI_OK && args->oidc.issue) {
            rc = (m->kms == NULL)
                 ? sign_keyless(cmd, &m->key, &m->log.cert)
                 : oci_error(&cmd->err, OCI_INVALID, 0,
                             "--issue-certificate: not for a key of a "
                             "service");
        }
    }

    if (rc != OCI_OK || args->output.certificate == NULL) {
        return rc;
    }

    return (m->log.cert.pem.len != 0)
           ? file_write(args->output.certificate, &m->log.cert.pem, 0644,
                        &cmd->err)
           : oci_error(&cmd->err, OCI_INVALID, 0, "--output-certificate: "
                       "there is none; the signature is by the key alone");
}


bool
sign_make_signer(const cmd_t *cmd)
{
    const sign_args_t  *args;

    args = cmd->options;

    return args->signer.keys.nelts == 1
           || (args->signer.keys.nelts == 0 && sign_keyless_wanted(cmd));
}


oci_status_e
sign_make_begin(sign_make_t *m, transport_t *transport)
{
    m->transport = transport;

    return (transport != NULL)
           ? sign_log_ask(m->cmd, transport, &m->log)
           : oci_error(&m->cmd->err, OCI_NOMEM, 0, "out of memory");
}


oci_status_e
sign_make_signature(sign_make_t *m, oci_alg_e alg,
    oci_sign_new_bundle_t *parts)
{
    oci_str_t  type, text;

    parts->key = m->key;
    parts->cert = m->log.cert.der;
    text = parts->message;

    if (parts->payload.data != NULL) {
        type = oci_str(OCI_SIGN_INTOTO);
        text = oci_sign_pae(m->cmd->pool, &type, &parts->payload);
    }

    return (m->kms != NULL)
           ? sign_kms_sign(m->cmd->pool, m->kms, m->key, alg, &text,
                           &parts->signature, &m->cmd->err)
           : oci_sign_key_sign(m->cmd->pool, m->key, alg, &text,
                               &parts->signature, &m->cmd->err);
}


/* a v2 log wants the hash that belongs to the key's curve */

oci_status_e
sign_make_parts(sign_make_t *m, oci_sign_new_bundle_t *parts,
    sign_entry_t *entry)
{
    oci_alg_e     alg;
    oci_status_e  rc;

    memset(entry, 0, sizeof(sign_entry_t));
    alg = m->log.v2 ? oci_sign_key_alg(m->key) : OCI_SHA256;
    rc = sign_make_signature(m, alg, parts);

    if (rc == OCI_OK) {
        rc = sign_time_ask(m->cmd, &m->time, &parts->signature,
                           &parts->times);
    }

    if (rc == OCI_OK && m->log.url != NULL) {
        rc = sign_log_upload(m->cmd, m->transport, &m->log, parts,
                             m->keyid, entry);
        parts->entry = entry->entry;
    }

    return rc;
}


oci_status_e
sign_make_notes(sign_make_t *m, const oci_sign_new_bundle_t *parts,
    const oci_str_t *timed, json_t *notes)
{
    oci_status_e  rc;
    sign_entry_t  entry;

    sign_cert_note(&m->log.cert, notes);
    rc = sign_time_note(m->cmd, &m->time, timed, notes);

    if (rc != OCI_OK || m->log.url == NULL) {
        return rc;
    }

    if (m->log.v2) {
        fprintf(stderr, "The old format cannot hold an entry of this log "
                "(v2): only the bundle has it.\n");
        return OCI_OK;
    }

    rc = sign_log_upload(m->cmd, m->transport, &m->log, parts,
                         parts->payload.data != NULL, &entry);

    if (rc == OCI_OK) {
        (void) json_object_set_new(notes, OCI_SIGN_A_BUNDLE,
                                   json_string((char *) entry.legacy.data));
    }

    return rc;
}


oci_status_e
sign_make_bundle(sign_make_t *m, const sign_image_t *image,
    const oci_str_t *statement, const char *predicate)
{
    bool                    legacy, bundle;
    cmd_t                  *cmd;
    oci_str_t               text;
    sign_args_t            *args;
    oci_status_e            rc;
    sign_entry_t            entry;
    oci_sign_new_bundle_t   parts;

    cmd = m->cmd;
    args = cmd->options;
    memset(&parts, 0, sizeof(oci_sign_new_bundle_t));
    parts.payload = *statement;

    rc = sign_make_parts(m, &parts, &entry);
    if (rc != OCI_OK) {
        return rc;
    }

    text = oci_sign_bundle_text(cmd->pool, &parts);
    if (text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (args->output.bundle != NULL) {
        rc = file_write(args->output.bundle, &text, 0644, &cmd->err);
    }

    if (rc == OCI_OK && !args->output.upload && args->output.bundle == NULL
        && sign_args_formats(cmd, &legacy, &bundle) && !legacy)
    {
        printf("%s\n", text.data);
    }

    return (rc == OCI_OK && args->output.upload)
           ? sign_push_bundle(cmd, &image->sigs, &image->manifest, &text,
                              predicate, &m->pushed)
           : rc;
}
