/*
 * The flags that the signing commands share.
 */

#include "sign/options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define sign_at(member)  offsetof(sign_args_t, member)


static oci_status_e sign_csv_fields(oci_pool_t *pool, const char *text,
    oci_array_t *fields, oci_error_t *err);
static bool sign_list_add(oci_array_t *list, const char *value);
static void sign_pairs_last(oci_array_t *pairs);


const cmd_flag_t  sign_flags_check[] = {
    { "ca-intermediates", 0, CMD_STRING, sign_at(trust.intermediates),
      "FILE", "intermediates beside --ca-roots" },
    { "ca-roots", 0, CMD_STRING, sign_at(trust.roots),
      "FILE", "certificate authorities (PEM)" },
    { "certificate", 0, CMD_STRING, sign_at(signer.cert),
      "FILE", "the signer's certificate" },
    { "certificate-chain", 0, CMD_STRING, sign_at(signer.chain),
      "FILE", "its issuers, the root last" },
    { "certificate-github-workflow-name", 0, CMD_STRING,
      sign_at(identity.wf_name), "NAME", "name of the workflow" },
    { "certificate-github-workflow-ref", 0, CMD_STRING,
      sign_at(identity.wf_ref), "REF", "git reference of it" },
    { "certificate-github-workflow-repository", 0, CMD_STRING,
      sign_at(identity.wf_repository), "NAME", "repository of it" },
    { "certificate-github-workflow-sha", 0, CMD_STRING,
      sign_at(identity.wf_sha), "SHA", "commit of it" },
    { "certificate-github-workflow-trigger", 0, CMD_STRING,
      sign_at(identity.wf_trigger),
      "NAME", "event that ran it" },
    { "certificate-identity", 0, CMD_STRING, sign_at(identity.subject),
      "NAME", "who must have signed (keyless)" },
    { "certificate-identity-regexp", 0, CMD_STRING,
      sign_at(identity.subject_regexp), "RE", "the same as an expression" },
    { "certificate-oidc-issuer", 0, CMD_STRING, sign_at(identity.issuer),
      "URL", "who must have vouched for it" },
    { "certificate-oidc-issuer-regexp", 0, CMD_STRING,
      sign_at(identity.issuer_regexp), "RE", "the same as an expression" },
    { "insecure-ignore-sct", 0, CMD_BOOL, sign_at(trust.ignore_sct),
      NULL, "no signed certificate timestamp is needed" },
    { "insecure-ignore-tlog", 0, CMD_BOOL, sign_at(log.ignore),
      NULL, "leave the transparency log out" },
    { "key", 0, CMD_LIST, sign_at(signer.keys),
      "KEY", "public key: file, URL, env://NAME, k8s://NAMESPACE/NAME, "
      "gitlab://PROJECT, pkcs11:..., a plugin's" },
    { "max-workers", 0, CMD_NUMBER, sign_at(workers),
      "N", "cosign's; here one signature is verified after another" },
    { "new-bundle-format", 0, CMD_BOOL, sign_at(output.new_bundle),
      NULL, "only bundles, or (=false) only the old format" },
    { "offline", 0, CMD_BOOL, sign_at(offline),
      NULL, "cosign's; no log is asked over the network anyway" },
    { "private-infrastructure", 0, CMD_BOOL, sign_at(log.private_infra),
      NULL, "leave the log out, without a warning" },
    { "rekor-key", 0, CMD_STRING, sign_at(trust.rekor_key),
      "FILE", "public key of the log; demands an entry" },
    { "rekor-url", 0, CMD_STRING, sign_at(log.url),
      "URL", "the log; demands an entry" },
    { "require-tlog", 0, CMD_BOOL, sign_at(log.require),
      NULL, "fail when no log is known" },
    { "sct", 0, CMD_STRING, sign_at(trust.sct),
      "FILE", "the promise of a CT log that is not in the certificate" },
    { "signature-digest-algorithm", 0, CMD_STRING, sign_at(signer.digest_alg),
      "ALG", "sha256, sha384 or sha512" },
    { "timestamp-certificate-chain", 0, CMD_STRING, sign_at(trust.tsa_chain),
      "FILE", "a timestamp authority (PEM)" },
    { "trusted-root", 0, CMD_STRING, sign_at(trust.file),
      "FILE", "trusted_root.json; demands an entry" },
    { "use-signed-timestamps", 0, CMD_BOOL, sign_at(trust.use_times),
      NULL, "demand an RFC 3161 timestamp" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_claims[] = {
    { "attachment", 0, CMD_STRING, sign_at(refused),
      "KIND", NULL },
    { "check-claims", 0, CMD_BOOL, sign_at(claim.check),
      NULL, "compare the digest (default true)" },
    { "local-image", 0, CMD_BOOL, sign_at(place.local),
      NULL, "the image is an OCI layout, a folder or a tar" },
    { "output", 'o', CMD_STRING, sign_at(output.style),
      "json|text", "how verified signatures are printed" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_detached[] = {
    { "signature", 0, CMD_STRING, sign_at(claim.signature),
      "FILE", "a detached signature" },
    { "threshold", 0, CMD_NUMBER, sign_at(signer.threshold),
      "N", "how many of several --key must have signed" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_old[] = {
    { "experimental-oci11", 0, CMD_BOOL, sign_at(place.oci11),
      NULL, "look for old signatures among the referrers" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

/* cosign's, for one image; several are verified */

const cmd_flag_t  sign_flags_one[] = {
    { "payload", 0, CMD_REFUSED, 0, "",
      "it is of one image: verify that image" },
    { "signature", 0, CMD_REFUSED, 0, "",
      "it is of one image: verify that image" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_piv[] = {
    { "sk", 0, CMD_REFUSED, 0, "false",
      "name the key in the card by a URI, --key pkcs11:... (ykcs11 or OpenSC)"
    },
    { "slot", 0, CMD_REFUSED, 0, "",
      "name the key in the card by a URI, --key 'pkcs11:id=%01'" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_root[] = {
    { "root", 0, CMD_STRING, sign_at(source) + offsetof(source_options_t,
      root), "DIR", "a store on disk, in place of the registry" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_place[] = {
    { "attachment-tag-prefix", 0, CMD_STRING, sign_at(place.tag_prefix),
      "TEXT", "before the tags of signatures" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_note[] = {
    { "annotations", 'a', CMD_LIST, sign_at(claim.annotations),
      "K=V", "a claim; may be given several times" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_make[] = {
    { "bundle", 0, CMD_STRING, sign_at(output.bundle),
      "FILE", "write the bundle there" },
    { "certificate", 0, CMD_STRING, sign_at(signer.cert),
      "FILE", "a certificate of the key (PEM), put into the signature" },
    { "certificate-chain", 0, CMD_STRING, sign_at(signer.chain),
      "FILE", "its issuers, the root last" },
    { "fulcio-auth-flow", 0, CMD_STRING, sign_at(refused),
      "FLOW", NULL },
    { "fulcio-url", 0, CMD_STRING, sign_at(oidc.fulcio),
      "URL", "keyless: the authority that gives the certificate" },
    { "identity-token", 0, CMD_STRING, sign_at(oidc.token),
      "TOKEN", "keyless: an OIDC token, or a file that holds it" },
    { "insecure-skip-verify", 0, CMD_BOOL, sign_at(oidc.no_sct),
      NULL, "keyless: a certificate without the promise of a CT log will do" },
    { "issue-certificate", 0, CMD_BOOL, sign_at(oidc.issue),
      NULL, "a certificate of --key by --fulcio-url, too" },
    { "key", 0, CMD_LIST, sign_at(signer.keys),
      "KEY", "private key: file, env://NAME, k8s://NAMESPACE/NAME, "
      "gitlab://PROJECT, pkcs11:..., a plugin's" },
    { "new-bundle-format", 0, CMD_BOOL, sign_at(output.new_bundle),
      NULL, "only a bundle, or (=false) only the old format" },
    { "oidc-client-id", 0, CMD_STRING, sign_at(oidc.client),
      "ID", "keyless: audience of GitHub's token (default sigstore)" },
    { "oidc-client-secret-file", 0, CMD_STRING, sign_at(refused),
      "FILE", NULL },
    { "oidc-disable-ambient-providers", 0, CMD_BOOL, sign_at(oidc.no_ambient),
      NULL, "keyless: only --identity-token" },
    { "oidc-issuer", 0, CMD_IGNORED, 0, "URL", NULL },
    { "oidc-provider", 0, CMD_STRING, sign_at(oidc.provider),
      "NAME", "keyless: envvar, filesystem or github-actions alone" },
    { "oidc-redirect-url", 0, CMD_STRING, sign_at(refused),
      "URL", NULL },
    { "output-certificate", 0, CMD_STRING, sign_at(output.certificate),
      "FILE", "write the certificate there (PEM)" },
    { "rekor-url", 0, CMD_STRING, sign_at(log.url),
      "URL", "transparency log, v1 or v2" },
    { "rekor-key", 0, CMD_STRING, sign_at(trust.rekor_key),
      "FILE", "its public key: the answer is verified" },
    { "require-tlog", 0, CMD_BOOL, sign_at(log.require),
      NULL, "fail when no log is known" },
    { "signing-config", 0, CMD_STRING, sign_at(log.config),
      "FILE", "names the logs, as cosign has it" },
    { "timestamp-client-cacert", 0, CMD_STRING, sign_at(time.cacert),
      "FILE", "who signs the timestamp authority's TLS certificate" },
    { "timestamp-client-cert", 0, CMD_STRING, sign_at(time.cert),
      "FILE", "our TLS certificate there" },
    { "timestamp-client-key", 0, CMD_STRING, sign_at(time.key),
      "FILE", "its key" },
    { "timestamp-server-name", 0, CMD_STRING, sign_at(refused),
      "NAME", NULL },
    { "timestamp-server-url", 0, CMD_STRING, sign_at(time.url),
      "URL", "a timestamp authority (RFC 3161): the whole URL" },
    { "tlog-upload", 0, CMD_BOOL, sign_at(log.upload),
      NULL, "false: no log (default true)" },
    { "trusted-root", 0, CMD_STRING, sign_at(trust.file),
      "FILE", "trusted_root.json: the answer is verified" },
    { "use-signing-config", 0, CMD_BOOL, sign_at(log.use_config),
      NULL, "false: as without --signing-config" },
    { "yes", 'y', CMD_BOOL, sign_at(log.yes),
      NULL, "do not ask" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_write[] = {
    { "format", 0, CMD_STRING, sign_at(output.format),
      "legacy|bundle|both", "what is written (default both)" },
    { "record-creation-timestamp", 0, CMD_BOOL, sign_at(output.created),
      NULL, "say in the image when it was made" },
    { "upload", 0, CMD_BOOL, sign_at(output.upload),
      NULL, "false: print, push nothing (default true)" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flag_t  sign_flags_sign[] = {
    { "attachment", 0, CMD_STRING, sign_at(refused),
      "KIND", NULL },
    { "output-payload", 0, CMD_STRING, sign_at(output.payload),
      "FILE", "write what was signed there" },
    { "output-signature", 0, CMD_STRING, sign_at(output.signature),
      "FILE", "write the signature there" },
    { "payload", 0, CMD_STRING, sign_at(claim.payload),
      "FILE", "what is signed, as generate prints it (old format)" },
    { "recursive", 'r', CMD_BOOL, sign_at(place.recursive),
      NULL, "an index and every image of it" },
    { "registry-referrers-mode", 0, CMD_STRING, sign_at(place.referrers_mode),
      "MODE", "oci-1-1: the old format as a referrer" },
    { "sign-container-identity", 0, CMD_STRING, sign_at(claim.container),
      "NAME", "name in the payload, instead of the repository" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


/* flags of cosign's that tally knows, and has nothing for */

static const struct {
    const char  *name;
    const char  *why;
} sign_refused[] = {
    { "attachment", "name the attached image itself, as triangulate prints "
                    "it" },
    { "fulcio-auth-flow", "no browser is opened: give --identity-token" },
    { "oidc-client-secret-file", "no browser is opened: give "
                                 "--identity-token" },
    { "oidc-redirect-url", "no browser is opened: give --identity-token" },
    { "policy", "policies are not evaluated by tally: print the envelopes, "
                "and evaluate them with cue or opa" },
    { "timestamp-server-name", "the name in --timestamp-server-url is the "
                               "one that its certificate must have" }
};


void
sign_args_defaults(void *options)
{
    sign_args_t  *args;

    args = options;

    args->claim.check = true;
    args->log.upload = true;
    args->log.entry_type = "dsse";
    args->output.upload = true;
    args->place.tag_prefix = "";
    args->signer.threshold = 1;
}


const char *
sign_args_key(const sign_args_t *args)
{
    return (args->signer.keys.nelts != 0) ? args->signer.keys.elts[0] : NULL;
}


oci_status_e
sign_args_refused(cmd_t *cmd)
{
    size_t        i;
    sign_args_t  *args;

    args = cmd->options;

    for (i = 0; i < sizeof(sign_refused) / sizeof(sign_refused[0]); i++) {
        if (cmd_given(cmd, sign_refused[i].name)) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "--%s: %s",
                             sign_refused[i].name, sign_refused[i].why);
        }
    }

    if (cmd_given(cmd, "max-workers") && args->workers < 1) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "--max-workers is a number from 1 on");
    }

    return OCI_OK;
}


bool
sign_args_formats(const cmd_t *cmd, bool *legacy, bool *bundle)
{
    const char   *format;
    sign_args_t  *args;

    args = cmd->options;
    format = (args->output.format != NULL) ? args->output.format
             : !cmd_given(cmd, "new-bundle-format") ? "both"
             : args->output.new_bundle ? "bundle" : "legacy";

    *legacy = strcmp(format, "bundle") != 0;
    *bundle = strcmp(format, "legacy") != 0;

    return !*legacy || !*bundle || strcmp(format, "both") == 0;
}


oci_status_e
sign_args_pairs(oci_pool_t *pool, const sign_args_t *args,
    oci_array_t *pairs, oci_error_t *err)
{
    char             *field, *equal;
    size_t            i;
    oci_array_t       fields;
    oci_sign_pair_t  *pair;

    oci_array_init(pairs, pool, sizeof(oci_sign_pair_t));
    oci_array_init(&fields, pool, sizeof(char *));

    for (i = 0; i < args->claim.annotations.nelts; i++) {
        if (sign_csv_fields(pool, args->claim.annotations.elts[i],
                            &fields, err) != OCI_OK)
        {
            return OCI_INVALID;
        }
    }

    for (i = 0; i < fields.nelts; i++) {
        field = ((char **) fields.elts)[i];
        equal = strchr(field, '=');

        if (equal == NULL) {
            return oci_error(err, OCI_INVALID, 0,
                             "unable to parse annotation: %s", field);
        }

        pair = oci_array_push(pairs);

        if (pair == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        pair->name = oci_str_dup(pool, (u_char *) field,
                                 (size_t) (equal - field));
        pair->value = oci_str(equal + 1);
    }

    sign_pairs_last(pairs);

    return OCI_OK;
}


/* the last of a name counts, as in a map */

static void
sign_pairs_last(oci_array_t *pairs)
{
    size_t            i, k;
    oci_sign_pair_t  *p;

    p = pairs->elts;

    for (i = 0; i + 1 < pairs->nelts; ) {

        for (k = i + 1; k < pairs->nelts
                        && !oci_str_eq(&p[i].name, &p[k].name); k++)
        {
            /* void */
        }

        if (k == pairs->nelts) {
            i++;
            continue;
        }

        p[i] = p[k];
        memmove(&p[k], &p[k + 1],
                (pairs->nelts - k - 1) * sizeof(oci_sign_pair_t));
        pairs->nelts--;
    }
}


static bool
sign_list_add(oci_array_t *list, const char *value)
{
    const char  **slot;

    slot = oci_array_push(list);

    if (slot != NULL) {
        *slot = value;
    }

    return slot != NULL;
}


/* one record of CSV: "a,""b""" and plain fields without a quote inside */

static oci_status_e
sign_csv_fields(oci_pool_t *pool, const char *text, oci_array_t *fields,
    oci_error_t *err)
{
    char        *out, *start;
    bool         quoted;
    const char  *p;

    out = oci_palloc(pool, strlen(text) + 2);
    p = text;

    if (out == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for ( ;; ) {
        start = out;
        quoted = (*p == '"');
        p += quoted;

        for ( ; *p != '\0' && (quoted || *p != ','); p++) {

            if (*p == '"' && quoted && p[1] == '"') {
                p++;

            } else if (*p == '"' && quoted) {
                break;

            } else if (*p == '"') {
                return oci_error(err, OCI_INVALID, 0, "invalid argument "
                                 "\"%s\" for \"-a, --annotations\": bare "
                                 "\" in non-quoted field", text);
            }

            *out++ = *p;
        }

        if (quoted && (*p != '"' || (p[1] != ',' && p[1] != '\0'))) {
            return oci_error(err, OCI_INVALID, 0, "invalid argument \"%s\" "
                             "for \"-a, --annotations\": extraneous or "
                             "missing \" in quoted field", text);
        }

        p += quoted;
        *out++ = '\0';

        if (!sign_list_add(fields, start)) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (*p == '\0') {
            return OCI_OK;
        }

        p++;
    }
}
