/*
 * From flags and environment to a policy.
 */

#include "sign/policy.h"
#include "sign/tuf.h"
#include "oci_regexp.h"
#include "command/file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


static oci_status_e sign_rules_sense(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_pairs(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_cert(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_keys(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_identity(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_identity_sense(const oci_sign_identity_t *who,
    oci_error_t *err);
static oci_status_e sign_rules_trust(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_cas(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err);
static oci_status_e sign_rules_tlog(oci_pool_t *pool,
    const sign_args_t *args, sign_rules_t *rules, oci_error_t *err);
static bool sign_trust_env(void);
static oci_status_e sign_trust_kept(cmd_t *cmd);
static const char *sign_env(const char *name);
static oci_status_e sign_trust_file(oci_pool_t *pool, const char *name,
    oci_str_t *text, oci_error_t *err);


oci_status_e
sign_rules_load(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    size_t               i;
    oci_status_e         status;
    static oci_status_e  (*const steps[])(oci_pool_t *pool,
        const sign_args_t *args, sign_rules_t *rules, oci_error_t *err) = {
        sign_rules_sense, sign_rules_pairs, sign_rules_keys,
        sign_rules_identity, sign_rules_trust, sign_rules_tlog,
        sign_rules_cert
    };

    memset(rules, 0, sizeof(sign_rules_t));
    oci_sign_trust_init(&rules->trust, pool);

    rules->policy.identity = &rules->identity;
    rules->policy.trust = &rules->trust;
    rules->policy.pairs = &rules->pairs;
    rules->policy.now = (int64_t) time(NULL);
    rules->policy.sct = !args->trust.ignore_sct;
    rules->policy.times = args->trust.use_times;
    rules->policy.old_times = args->trust.use_times
                         || args->trust.tsa_chain != NULL
                         || sign_env("SIGSTORE_TSA_CERTIFICATE_FILE") != NULL;
    rules->policy.claims = args->claim.check;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        status = steps[i](pool, args, rules, err);
        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


static oci_status_e
sign_rules_pairs(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    return sign_args_pairs(pool, args, &rules->pairs, err);
}


/* --certificate: the signer's, where the signature has none; its SCT */

static oci_status_e
sign_rules_cert(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    oci_str_t     text;
    oci_array_t   certs;
    oci_status_e  status;

    if (args->trust.sct != NULL) {
        status = file_read(pool, args->trust.sct, &rules->detached, err);

        if (status != OCI_OK) {
            return status;
        }

        rules->policy.detached = &rules->detached;
    }

    if (args->signer.cert == NULL) {
        return OCI_OK;
    }

    oci_array_init(&certs, pool, sizeof(X509 *));
    status = file_read(pool, args->signer.cert, &text, err);

    if (status == OCI_OK) {
        status = oci_sign_certs_pem(pool, &text, &certs, err);
    }

    if (status == OCI_OK) {
        rules->policy.cert = *(X509 **) certs.elts;
    }

    return status;
}


/* a flag that could have no effect is refused, not ignored */

static oci_status_e
sign_rules_sense(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    (void) pool;
    (void) rules;

    if (args->trust.intermediates != NULL && args->trust.roots == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "--ca-intermediates goes with --ca-roots");
    }

    if (args->trust.roots != NULL && args->signer.chain != NULL) {
        return oci_error(err, OCI_INVALID, 0, "--ca-roots and "
                         "--certificate-chain exclude each other");
    }

    if (args->trust.rekor_key != NULL
        && (args->log.ignore || args->log.private_infra))
    {
        return oci_error(err, OCI_INVALID, 0, "--rekor-key demands an entry "
                         "of the log, which --insecure-ignore-tlog and "
                         "--private-infrastructure leave out");
    }

    if (args->signer.keys.nelts != 0
        && (args->identity.subject != NULL
            || args->identity.subject_regexp != NULL
            || args->identity.issuer != NULL
            || args->identity.issuer_regexp != NULL
            || args->identity.wf_name != NULL || args->identity.wf_ref != NULL
            || args->identity.wf_repository != NULL
            || args->identity.wf_sha != NULL
            || args->identity.wf_trigger != NULL))
    {
        return oci_error(err, OCI_INVALID, 0, "--key verifies by the key "
                         "alone; leave it out to verify by --certificate-"
                         "identity");
    }

    if (args->signer.keys.nelts == 0 && args->signer.digest_alg != NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "--signature-digest-algorithm goes with --key");
    }

    if (args->trust.sct != NULL
        && (args->trust.ignore_sct || args->signer.keys.nelts != 0))
    {
        return oci_error(err, OCI_INVALID, 0, "--sct is of a certificate: "
                         "--key and --insecure-ignore-sct exclude it");
    }

    if (args->signer.keys.nelts != 0
        && (args->signer.cert != NULL || args->signer.chain != NULL
            || args->trust.roots != NULL))
    {
        return oci_error(err, OCI_INVALID, 0, "--key excludes --certificate, "
                         "--certificate-chain and --ca-roots");
    }

    return OCI_OK;
}


static oci_status_e
sign_rules_keys(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    size_t         i;
    EVP_PKEY     **slot;
    oci_str_t      text;
    oci_status_e   status;

    oci_array_init(&rules->keys, pool, sizeof(EVP_PKEY *));
    text = oci_str(args->signer.digest_alg ? args->signer.digest_alg
                   : "sha256");
    rules->policy.alg = oci_alg_parse(&text);

    if (rules->policy.alg == OCI_ALG_NONE) {
        return oci_error(err, OCI_INVALID, 0, "unknown digest algorithm: %s "
                         "(sha256, sha384 or sha512)", args->signer.digest_alg);
    }

    for (i = 0; i < args->signer.keys.nelts; i++) {
        slot = oci_array_push(&rules->keys);

        if (slot == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        status = sign_public_load(pool, args->signer.keys.elts[i], slot,
                                  err);

        if (status != OCI_OK) {
            return status;
        }
    }

    rules->threshold = (uint64_t) args->signer.threshold;

    if (args->signer.threshold < 1
        || (args->signer.threshold > 1
            && rules->threshold > rules->keys.nelts))
    {
        return oci_error(err, OCI_INVALID, 0, "--threshold is a number from "
                         "1 to that of the keys given (%zu)",
                         rules->keys.nelts);
    }

    return OCI_OK;
}


static oci_status_e
sign_rules_identity(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    oci_sign_identity_t  *who;

    (void) pool;

    if (rules->keys.nelts != 0) {
        return OCI_OK;
    }

    who = &rules->identity;

    who->subject = args->identity.subject;
    who->subject_regexp = args->identity.subject_regexp;
    who->issuer = args->identity.issuer;
    who->issuer_regexp = args->identity.issuer_regexp;
    who->trigger = args->identity.wf_trigger;
    who->sha = args->identity.wf_sha;
    who->name = args->identity.wf_name;
    who->repository = args->identity.wf_repository;
    who->ref = args->identity.wf_ref;
    who->match = oci_regexp_match;

    return sign_identity_sense(who, err);
}


static oci_status_e
sign_identity_sense(const oci_sign_identity_t *who, oci_error_t *err)
{
    if ((who->subject == NULL || who->subject[0] == '\0')
        && (who->subject_regexp == NULL || who->subject_regexp[0] == '\0'))
    {
        return oci_error(err, OCI_INVALID, 0, "--certificate-identity or "
                         "--certificate-identity-regexp is required for "
                         "verification in keyless mode");
    }

    if ((who->issuer == NULL || who->issuer[0] == '\0')
        && (who->issuer_regexp == NULL || who->issuer_regexp[0] == '\0'))
    {
        return oci_error(err, OCI_INVALID, 0, "--certificate-oidc-issuer or "
                         "--certificate-oidc-issuer-regexp is required for "
                         "verification in keyless mode");
    }

    if ((who->subject_regexp != NULL
         && !oci_regexp_valid(who->subject_regexp))
        || (who->issuer_regexp != NULL
            && !oci_regexp_valid(who->issuer_regexp)))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "malformed regular expression for the identity: it "
                         "is RE2's, without lookaround and references");
    }

    return OCI_OK;
}


static oci_status_e
sign_rules_trust(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    oci_str_t      text;
    const char    *name;
    oci_status_e   status;

    status = sign_trust_logs(pool, args, true, &rules->trust, err);

    name = args->trust.file ? NULL
           : sign_env("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE");

    if (status == OCI_OK && name != NULL) {
        status = sign_trust_file(pool, name, &text, err);

        if (status == OCI_OK) {
            status = oci_sign_trust_keys(pool, &rules->trust.ctlogs, &text,
                                         err);
        }
    }

    name = args->trust.tsa_chain;

    if (name == NULL) {
        name = sign_env("SIGSTORE_TSA_CERTIFICATE_FILE");
    }

    if (status == OCI_OK && name != NULL) {
        status = sign_trust_file(pool, name, &text, err);

        if (status == OCI_OK) {
            status = oci_sign_trust_times(pool, &rules->trust.tsas, &text,
                                          err);
        }
    }

    return (status == OCI_OK) ? sign_rules_cas(pool, args, rules, err)
           : status;
}


oci_status_e
sign_trust_verify(cmd_t *cmd)
{
    sign_args_t  *args;

    args = cmd->options;

    /* a key is enough where neither a log nor a timestamp counts */

    if (args->trust.file != NULL || args->trust.rekor_key != NULL
        || args->signer.chain != NULL || args->trust.roots != NULL
        || args->trust.tsa_chain != NULL || sign_trust_env()
        || (args->signer.keys.nelts != 0 && !args->trust.use_times
            && (args->log.ignore || args->log.private_infra)))
    {
        return OCI_OK;
    }

    return sign_trust_kept(cmd);
}


oci_status_e
sign_trust_sign(cmd_t *cmd)
{
    sign_args_t   *args;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    args = cmd->options;

    /* who names one service names all of them */

    if (args->trust.file != NULL || args->trust.rekor_key != NULL
        || args->log.config != NULL || args->log.url != NULL
        || args->oidc.fulcio != NULL || args->time.url != NULL
        || !args->log.upload || sign_trust_env()
        || (cmd_given(cmd, "use-signing-config") && !args->log.use_config))
    {
        return OCI_OK;
    }

    rc = sign_trust_kept(cmd);

    if (rc != OCI_OK || args->trust.file == NULL) {
        return rc;
    }

    rc = tuf_kept(cmd->pool, TUF_SIGNING_CONFIG, args->offline,
                  &args->log.config, &why);

    if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
        return oci_error(&cmd->err, rc, 0, "%s", why.text);
    }

    /* a repository may have none */

    args->log.config = (rc == OCI_OK) ? args->log.config : NULL;

    return OCI_OK;
}


static bool
sign_trust_env(void)
{
    return sign_env("SIGSTORE_REKOR_PUBLIC_KEY") != NULL
           || sign_env("SIGSTORE_ROOT_FILE") != NULL
           || sign_env("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE") != NULL
           || sign_env("SIGSTORE_TSA_CERTIFICATE_FILE") != NULL;
}


static oci_status_e
sign_trust_kept(cmd_t *cmd)
{
    sign_args_t  *args;

    args = cmd->options;

    return tuf_kept(cmd->pool, TUF_TRUSTED_ROOT, args->offline,
                    &args->trust.file, &cmd->err);
}


oci_status_e
sign_trust_logs(oci_pool_t *pool, const sign_args_t *args, bool env,
    oci_sign_trust_t *trust, oci_error_t *err)
{
    oci_str_t      text;
    const char    *name;
    oci_status_e   status;

    status = OCI_OK;

    if (args->trust.file != NULL) {
        status = sign_trust_file(pool, args->trust.file, &text, err);

        if (status == OCI_OK) {
            status = oci_sign_trust_json(pool, trust, &text, err);
        }
    }

    name = args->trust.rekor_key;

    if (name == NULL && args->trust.file == NULL && env) {
        name = sign_env("SIGSTORE_REKOR_PUBLIC_KEY");
    }

    if (status == OCI_OK && name != NULL) {
        status = sign_trust_file(pool, name, &text, err);

        if (status == OCI_OK) {
            status = oci_sign_trust_keys(pool, &trust->logs, &text, err);
        }
    }

    return status;
}


/* authorities on the command line are the only ones then */

static oci_status_e
sign_rules_cas(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    oci_str_t      text, others = oci_null_string;
    const char    *name;
    oci_status_e   status;

    if (args->trust.roots != NULL) {
        rules->trust.cas.nelts = 0;
        status = sign_trust_file(pool, args->trust.roots, &text, err);

        if (status == OCI_OK && args->trust.intermediates != NULL) {
            status = sign_trust_file(pool, args->trust.intermediates, &others,
                                     err);
        }

        return (status != OCI_OK) ? status
               : oci_sign_trust_roots(pool, &rules->trust.cas, &text,
                                      &others, err);
    }

    if (args->signer.chain != NULL) {
        rules->trust.cas.nelts = 0;
        status = sign_trust_file(pool, args->signer.chain, &text, err);

        return (status != OCI_OK) ? status
               : oci_sign_trust_certs(pool, &rules->trust.cas, &text, true,
                                      err);
    }

    name = args->trust.file ? NULL : sign_env("SIGSTORE_ROOT_FILE");

    if (name == NULL) {
        return OCI_OK;
    }

    status = sign_trust_file(pool, name, &text, err);

    return (status != OCI_OK) ? status
           : oci_sign_trust_certs(pool, &rules->trust.cas, &text, false,
                                  err);
}


static oci_status_e
sign_rules_tlog(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err)
{
    bool  known;

    (void) pool;

    known = sign_log_known(args);
    rules->skipped = args->log.ignore;

    if (args->log.require && (args->log.ignore || args->log.private_infra)) {
        return oci_error(err, OCI_INVALID, 0, "--require-tlog and "
                         "--insecure-ignore-tlog exclude each other");
    }

    if (args->log.ignore || args->log.private_infra) {
        return OCI_OK;
    }

    if (args->log.require && !known) {
        return oci_error(err, OCI_INVALID, 0, "--require-tlog: no log is "
                         "known; name it with --rekor-key, --trusted-root "
                         "or SIGSTORE_REKOR_PUBLIC_KEY");
    }

    rules->policy.tlog = known;
    rules->old_only = args->trust.rekor_key == NULL && args->trust.file == NULL;
    rules->unknown = !known;

    return OCI_OK;
}


bool
sign_log_known(const sign_args_t *args)
{
    return (args->log.url != NULL && args->log.url[0] != '\0')
           || args->trust.rekor_key != NULL || args->trust.file != NULL
           || sign_env("SIGSTORE_REKOR_PUBLIC_KEY") != NULL;
}


static const char *
sign_env(const char *name)
{
    const char  *value;

    value = getenv(name);

    return (value != NULL && value[0] != '\0') ? value : NULL;
}


static oci_status_e
sign_trust_file(oci_pool_t *pool, const char *name, oci_str_t *text,
    oci_error_t *err)
{
    oci_error_t  first = { OCI_OK, 0, "" };

    if (file_read(pool, name, text, &first) == OCI_OK) {
        return OCI_OK;
    }

    return oci_error(err, first.status, 0, "loading trust: %s", first.text);
}
