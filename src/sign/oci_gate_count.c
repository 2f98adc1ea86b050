/*
 * Signatures that count: of one image, for one block of signers; and reasons.
 */

#include "oci_gate_trial.h"

#include <string.h>


typedef struct {
    oci_gate_trial_t          *t;
    const oci_digest_t        *digest;
    const oci_gate_require_t  *require;
    oci_gate_loaded_t         *loaded;      /* of its signers */
    oci_array_t                who;         /* oci_str_t: who has signed */
    oci_array_t                names;       /* the same, for people */
    oci_error_t                first;       /* why the newest does not count */
} oci_gate_count_t;


static oci_status_e oci_gate_try(oci_gate_count_t *c,
    const oci_gate_found_t *f);
static oci_status_e oci_gate_try_signer(oci_gate_count_t *c,
    const oci_gate_found_t *f, const oci_gate_loaded_t *signer, bool *done);
static oci_status_e oci_gate_try_key(oci_gate_count_t *c,
    const oci_gate_found_t *f, const oci_gate_loaded_t *signer,
    EVP_PKEY *key, oci_sign_verdict_t *verdict, oci_error_t *err);
static oci_status_e oci_gate_verify(oci_gate_count_t *c,
    const oci_gate_found_t *f, const oci_sign_policy_t *p,
    oci_sign_verdict_t *verdict, oci_error_t *err);
static oci_status_e oci_gate_counts(oci_gate_count_t *c,
    const oci_gate_found_t *f, const oci_gate_loaded_t *signer,
    EVP_PKEY *key, const oci_sign_verdict_t *verdict);
static oci_str_t oci_gate_who(oci_gate_trial_t *t, EVP_PKEY *key, X509 *cert);
static void oci_gate_say_of(const oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_gate_require_t *require,
    oci_buf_t *b);
static oci_status_e oci_gate_say_count(oci_gate_count_t *c,
    const oci_gate_signatures_t *found, bool passed);


oci_status_e
oci_gate_count(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_require_t *require, const oci_gate_signatures_t *found,
    bool *passed)
{
    size_t                    i, n;
    oci_status_e              rc;
    oci_gate_count_t          c;
    const oci_gate_found_t   *f;
    const oci_gate_signer_t  *signer;

    memset(&c, 0, sizeof(oci_gate_count_t));
    c.t = t;
    c.digest = digest;
    c.require = require;
    oci_array_init(&c.who, t->temp, sizeof(oci_str_t));
    oci_array_init(&c.names, t->temp, sizeof(oci_str_t));

    n = require->signers.nelts;
    signer = require->signers.elts;
    c.loaded = oci_pcalloc(t->temp, n * sizeof(oci_gate_loaded_t));

    if (c.loaded == NULL) {
        return oci_nomem(t->err);
    }

    for (i = 0; i < n && found->list.nelts != 0; i++) {
        oci_gate_load(t->temp, t->policy, &signer[i], &c.loaded[i]);
    }

    rc = OCI_OK;
    f = found->list.elts;

    for (i = 0;
         rc == OCI_OK && i < found->list.nelts && c.who.nelts < require->need;
         i++)
    {
        rc = oci_gate_try(&c, &f[i]);
    }

    *passed = (rc == OCI_OK && c.who.nelts >= require->need);

    if (rc == OCI_OK) {
        rc = oci_gate_say_count(&c, found, *passed);
    }

    if (rc == OCI_OK && !*passed && require->warns) {
        *passed = true;
        oci_gate_warn(t);
    }

    return rc;
}


static oci_status_e
oci_gate_try(oci_gate_count_t *c, const oci_gate_found_t *f)
{
    bool          done;
    size_t        i;
    oci_status_e  rc;

    if (f->err.status != OCI_OK) {
        (void) oci_error(&c->first, f->err.status, 0, "%s", f->err.text);
        return OCI_OK;
    }

    rc = OCI_OK;
    done = false;

    for (i = 0;
         rc == OCI_OK && !done && i < c->require->signers.nelts;
         i++)
    {
        rc = oci_gate_try_signer(c, f, &c->loaded[i], &done);
    }

    return rc;
}


static oci_status_e
oci_gate_try_signer(oci_gate_count_t *c, const oci_gate_found_t *f,
    const oci_gate_loaded_t *signer, bool *done)
{
    size_t               i, n;
    EVP_PKEY            *key;
    oci_error_t          why;
    oci_status_e         rc;
    oci_sign_verdict_t   verdict;

    if (signer->err.status != OCI_OK) {
        (void) oci_error(&c->first, OCI_DENIED, 0, "%s", signer->err.text);
        return OCI_OK;
    }

    n = signer->signer->keyless ? 1 : signer->keys.nelts;

    for (i = 0; i < n; i++) {
        key = signer->signer->keyless ? NULL
              : ((EVP_PKEY **) signer->keys.elts)[i];

        memset(&why, 0, sizeof(oci_error_t));
        rc = oci_gate_try_key(c, f, signer, key, &verdict, &why);

        if (rc == OCI_OK) {
            *done = true;
            return oci_gate_counts(c, f, signer, key, &verdict);
        }

        if (rc == OCI_NOMEM) {
            return oci_nomem(c->t->err);
        }

        (void) oci_error(&c->first, rc, 0, "%s", why.text);
    }

    return OCI_OK;
}


/*
 * What the trust names is demanded: an entry of a log, a certificate's
 * promise, a timestamp where there is no log.  Of a key all of that is left
 * out unless the policy asks for a log.
 */

static oci_status_e
oci_gate_try_key(oci_gate_count_t *c, const oci_gate_found_t *f,
    const oci_gate_loaded_t *signer, EVP_PKEY *key,
    oci_sign_verdict_t *verdict, oci_error_t *err)
{
    bool               logs;
    oci_status_e       rc;
    oci_gate_log_e     log;
    oci_sign_policy_t  p;

    log = signer->signer->log ? signer->signer->log : c->t->policy->log;
    logs = (signer->trust.logs.nelts != 0);

    memset(&p, 0, sizeof(oci_sign_policy_t));
    p.key = key;
    p.alg = signer->signer->alg;
    p.identity = &signer->signer->identity;
    p.trust = &signer->trust;
    p.pairs = &(const oci_array_t) { 0 };
    p.now = c->t->now;
    p.claims = true;
    p.sct = (key == NULL && signer->trust.ctlogs.nelts != 0
             && signer->signer->sct != OCI_GATE_SCT_NONE);
    p.old_times = (key == NULL && signer->trust.tsas.nelts != 0);
    p.tlog = (log == OCI_GATE_LOG_REQUIRED || (key == NULL && logs));

    rc = oci_gate_verify(c, f, &p, verdict, err);

    if (rc == OCI_OK || key != NULL || log == OCI_GATE_LOG_REQUIRED
        || (logs && log != OCI_GATE_LOG_OPTIONAL))
    {
        return rc;
    }

    p.tlog = false;
    p.times = f->bundled && p.old_times;
    rc = oci_gate_verify(c, f, &p, verdict, err);

    if (rc == OCI_OK && !verdict->stamped) {
        c->t->verdict->until = c->t->now + OCI_GATE_NOW;
    }

    return rc;
}


static oci_status_e
oci_gate_verify(oci_gate_count_t *c, const oci_gate_found_t *f,
    const oci_sign_policy_t *p, oci_sign_verdict_t *verdict,
    oci_error_t *err)
{
    oci_status_e  rc;

    if (!f->bundled) {
        rc = oci_sign_verify_legacy(c->t->temp, p, &f->legacy, c->digest,
                                    false, verdict, err);

        return (rc != OCI_OK || oci_gate_named(c->t, c->digest, c->require,
                                               &verdict->claim, err))
               ? rc : OCI_DENIED;
    }

    rc = oci_sign_verify_bundle(c->t->temp, p, &f->bundle, c->digest, NULL,
                                verdict, err);

    if (rc == OCI_OK
        && !oci_str_is(&verdict->statement.predicate_type,
                       OCI_SIGN_PREDICATE))
    {
        return oci_error(err, OCI_DENIED, 0, "it is an attestation, and no "
                         "signature");
    }

    return (rc != OCI_OK || oci_gate_named(c->t, c->digest, c->require, NULL,
                                           err))
           ? rc : OCI_DENIED;
}


/* each key, and each certified name, counts once */

static oci_status_e
oci_gate_counts(oci_gate_count_t *c, const oci_gate_found_t *f,
    const oci_gate_loaded_t *signer, EVP_PKEY *key,
    const oci_sign_verdict_t *verdict)
{
    size_t       i;
    oci_str_t    who, *slot;

    who = oci_gate_who(c->t, key, verdict->cert);

    for (i = 0; i < c->who.nelts; i++) {
        if (oci_str_eq((oci_str_t *) c->who.elts + i, &who)) {
            return OCI_OK;
        }
    }

    slot = oci_array_push(&c->who);

    if (slot == NULL || who.data == NULL) {
        return oci_nomem(c->t->err);
    }

    *slot = who;
    slot = oci_array_push(&c->names);

    if (slot == NULL) {
        return oci_nomem(c->t->err);
    }

    *slot = oci_str(signer->signer->what);
    oci_gate_depend_all(&c->t->depends, &f->depends);
    oci_gate_depend_all(&c->t->depends, &signer->depends);

    return OCI_OK;
}


static oci_str_t
oci_gate_who(oci_gate_trial_t *t, EVP_PKEY *key, X509 *cert)
{
    u_char             hash[32];
    oci_str_t          der;
    oci_sign_names_t   names;
    const oci_str_t   *name;

    if (key != NULL) {
        der = oci_sign_key_der(t->temp, key);
        oci_sign_sha256(der.data, der.len, hash);

        return oci_sign_hex(t->temp, hash, sizeof(hash));
    }

    oci_sign_cert_names(t->temp, cert, &names);
    name = names.subjects.elts;

    return oci_strf(t->temp, "%.*s\n%.*s",
                    names.subjects.nelts ? (int) name->len : 0,
                    names.subjects.nelts ? (char *) name->data : "",
                    (int) (names.issuer2.len ? names.issuer2.len
                                             : names.issuer.len),
                    names.issuer2.len ? (char *) names.issuer2.data
                    : names.issuer.len ? (char *) names.issuer.data : "");
}


static oci_status_e
oci_gate_say_count(oci_gate_count_t *c, const oci_gate_signatures_t *found,
    bool passed)
{
    size_t      i;
    oci_buf_t   b = oci_null_buf;
    oci_str_t  *name;

    oci_gate_say_of(c->t, c->digest, c->require, &b);

    oci_buf_addf(&b, "%zu of %u %s %s", c->who.nelts, c->require->need,
                 c->require->need == 1 ? "signature" : "signatures",
                 passed ? "verified" : "verified: ");

    name = c->names.elts;

    for (i = 0; i < c->names.nelts && passed; i++) {
        oci_buf_addf(&b, "%s%.*s", i ? ", " : ": by ", (int) name[i].len,
                     name[i].data);
    }

    if (!passed && found->present == 0) {
        oci_buf_adds(&b, "the image is not signed");

    } else if (!passed && c->first.status == OCI_OK) {
        oci_buf_addf(&b, "of the %zu that are attached no other counts",
                     found->present);

    } else if (!passed) {
        oci_buf_addf(&b, "%zu %s attached, and not good for it (%s%s)",
                     found->present, found->present == 1 ? "is" : "are",
                     found->present == 1 ? "" : "the newest: ",
                     c->first.text);
    }

    if (!passed && found->present > found->list.nelts) {
        oci_buf_addf(&b, "; only the newest %zu were tried",
                     found->list.nelts);
    }

    return oci_gate_say(c->t, passed, c->require->file, c->require->line,
                        oci_buf_end(&b, c->t->pool));
}


/* of which image, when it is not the one that was asked for, and by whom */

static void
oci_gate_say_of(const oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_require_t *require, oci_buf_t *b)
{
    if (digest != t->digest) {
        oci_buf_addf(b, "%s: ", digest->text);
    }

    if (require->what != NULL) {
        oci_buf_addf(b, "%s: ", require->what);
    }
}


oci_status_e
oci_gate_fixed(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_require_t *require, bool *passed)
{
    oci_buf_t     b = oci_null_buf;
    oci_str_t     text;
    oci_status_e  rc;

    oci_gate_say_of(t, digest, require, &b);
    oci_buf_adds(&b, require->fixed);
    text = b.failed ? oci_str(NULL) : oci_str_dup(t->pool, b.data, b.len);
    oci_buf_free(&b);

    *passed = (require->need == 0 || require->warns);
    rc = oci_gate_say(t, require->need == 0, require->file, require->line,
                      text);

    if (rc == OCI_OK && require->need != 0 && require->warns) {
        oci_gate_warn(t);
    }

    return rc;
}


void
oci_gate_warn(oci_gate_trial_t *t)
{
    oci_gate_reason_t  *reason;

    t->verdict->warned = true;

    if (!t->quiet) {
        reason = (oci_gate_reason_t *) t->verdict->reasons.elts
                 + t->verdict->reasons.nelts - 1;
        reason->passed = true;
        reason->warning = true;
    }
}


oci_status_e
oci_gate_say(oci_gate_trial_t *t, bool passed, const char *file,
    unsigned line, oci_str_t text)
{
    oci_gate_reason_t  *reason;

    if (t->quiet) {
        return OCI_OK;
    }

    reason = oci_array_push(&t->verdict->reasons);

    if (reason == NULL || text.data == NULL) {
        return oci_nomem(t->err);
    }

    reason->passed = passed;
    reason->file = file;
    reason->line = line;
    reason->text = text;

    return OCI_OK;
}
