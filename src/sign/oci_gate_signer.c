/*
 * Blocks of signers: "require", and in it "key" and "keyless".
 */

#include "oci_gate_word.h"
#include "oci_regexp.h"

#include <string.h>


static oci_status_e oci_gate_identity(oci_gate_policy_t *policy,
    oci_gate_signer_t *signer, const oci_str_t *word, bool *known,
    oci_error_t *err);
static oci_status_e oci_gate_match(oci_pool_t *pool, const oci_str_t *text,
    const char **exact, const char **pattern, oci_error_t *err);


oci_status_e
oci_gate_word_require(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    uint64_t  need;

    (void) n;

    if (!oci_str_number(&words[0], OCI_GATE_SIGNERS, &need) || need == 0) {
        return oci_error(err, OCI_INVALID, 0, "\"require\" takes a number "
                         "from 1 to %d, how many must have signed, not "
                         "\"%.*s\"", OCI_GATE_SIGNERS, (int) words[0].len,
                         words[0].data);
    }

    policy->open = oci_array_push(&policy->requires);

    if (policy->open == NULL) {
        return oci_nomem(err);
    }

    policy->open->need = (unsigned) need;
    policy->open->file = policy->file;
    policy->open->line = line;
    oci_array_init(&policy->open->signers, policy->pool,
                   sizeof(oci_gate_signer_t));

    return OCI_OK;
}


oci_status_e
oci_gate_word_key(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool                known;
    size_t              i;
    oci_str_t           value;
    oci_status_e        rc;
    oci_gate_signer_t  *signer;

    signer = oci_gate_signer_add(policy->pool, policy->open, line, err);

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->key.path = oci_gate_path(policy->dir, policy->pool, &words[0]);
    signer->what = signer->key.path;

    for (i = 1; i < n; i++) {

        if (oci_gate_option(&words[i], "alg", &value)) {
            signer->alg = oci_alg_parse(&value);
            known = (signer->alg != OCI_ALG_NONE);
            rc = OCI_OK;

        } else {
            rc = oci_gate_trust(policy, &signer->trust, &words[i], &known,
                                err);
        }

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"key\" takes a file, "
                             "alg=sha256, sha384 or sha512, trusted_root= "
                             "and rekor_key=, not \"%.*s\"",
                             (int) words[i].len, words[i].data);
        }
    }

    return oci_gate_keys_check(policy, signer, err);
}


oci_status_e
oci_gate_word_keyless(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool                 known;
    size_t               i;
    oci_status_e         rc;
    oci_gate_signer_t   *signer;
    oci_sign_identity_t *who;

    signer = oci_gate_signer_add(policy->pool, policy->open, line, err);

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->keyless = true;
    who = &signer->identity;

    for (i = 0; i < n; i++) {
        rc = oci_gate_identity(policy, signer, &words[i], &known, err);

        if (rc == OCI_OK && !known) {
            rc = oci_gate_trust(policy, &signer->trust, &words[i], &known,
                                err);
        }

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"keyless\" takes "
                             "issuer=, subject= (or =~ and an expression), "
                             "trusted_root=, ca=, rekor_key= and tsa=, not "
                             "\"%.*s\"", (int) words[i].len, words[i].data);
        }
    }

    if ((who->issuer == NULL && who->issuer_regexp == NULL)
        || (who->subject == NULL && who->subject_regexp == NULL))
    {
        return oci_error(err, OCI_INVALID, 0, "\"keyless\" needs both "
                         "issuer= and subject=");
    }

    signer->what = oci_gate_identity_text(policy->pool, who);

    return (signer->what != NULL) ? OCI_OK : oci_nomem(err);
}


static oci_status_e
oci_gate_identity(oci_gate_policy_t *policy, oci_gate_signer_t *signer,
    const oci_str_t *word, bool *known, oci_error_t *err)
{
    oci_str_t             value;
    oci_sign_identity_t  *who;

    who = &signer->identity;
    *known = true;

    if (oci_gate_option(word, "issuer", &value)) {
        return oci_gate_match(policy->pool, &value, &who->issuer,
                              &who->issuer_regexp, err);
    }

    if (oci_gate_option(word, "subject", &value)) {
        return oci_gate_match(policy->pool, &value, &who->subject,
                              &who->subject_regexp, err);
    }

    *known = false;

    return OCI_OK;
}


/* "=TEXT", or "=~EXPRESSION", which matches anywhere unless anchored */

static oci_status_e
oci_gate_match(oci_pool_t *pool, const oci_str_t *text, const char **exact,
    const char **pattern, oci_error_t *err)
{
    char  *copy;

    copy = oci_cstr(pool, text);

    if (copy == NULL) {
        return oci_nomem(err);
    }

    if (*exact != NULL || *pattern != NULL || copy[0] == '\0'
        || strcmp(copy, "~") == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "an identity is empty, or "
                         "given twice");
    }

    if (copy[0] != '~') {
        *exact = copy;
        return OCI_OK;
    }

    *pattern = copy + 1;

    return oci_regexp_valid(copy + 1) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "malformed regular expression "
                       "\"%s\": it is RE2's, without lookaround and "
                       "references", copy + 1);
}


const char *
oci_gate_identity_text(oci_pool_t *pool, const oci_sign_identity_t *who)
{
    return (char *) oci_strf(pool, "%s%s of %s%s",
                             who->subject ? "" : "~",
                             who->subject ? who->subject
                                          : who->subject_regexp,
                             who->issuer ? "" : "~",
                             who->issuer ? who->issuer
                                         : who->issuer_regexp).data;
}
