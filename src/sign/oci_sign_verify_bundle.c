/*
 * Bundles: log entries, times, certificate, signature, content; in that
 * order, as sigstore's libraries have it.
 */

#include "oci_sign_verify.h"

#include <string.h>


typedef struct {
    oci_pool_t               *pool;
    const oci_sign_policy_t  *policy;
    const oci_sign_bundle_t  *bundle;
    EVP_PKEY                 *key;
    oci_str_t                 verifier;     /* DER of key or certificate */
    oci_str_t                 data;         /* what the signature covers */
    bool                      v2;           /* a v2 entry was seen */
    oci_array_t               moments;      /* int64_t, of log entries */
    oci_sign_verdict_t       *verdict;
} oci_sign_trial_t;


static oci_status_e oci_sign_trial_ours(oci_sign_trial_t *t,
    oci_error_t *err);
static oci_status_e oci_sign_trial_setup(oci_sign_trial_t *t,
    const oci_str_t *data, oci_error_t *err);
static oci_status_e oci_sign_trial_logs(oci_sign_trial_t *t,
    oci_error_t *err);
static bool oci_sign_trial_twice(const oci_sign_bundle_t *bundle);
static oci_status_e oci_sign_trial_moment(oci_sign_trial_t *t,
    const oci_sign_entry_t *entry, oci_error_t *err);
static oci_status_e oci_sign_trial_proof(oci_sign_trial_t *t,
    const oci_sign_entry_t *entry, const oci_sign_log_t *log,
    const oci_sign_body_t *parsed, oci_error_t *err);
static oci_status_e oci_sign_trial_entry(oci_sign_trial_t *t, size_t i,
    bool *verified, oci_error_t *err);
static oci_status_e oci_sign_trial_body(oci_sign_trial_t *t,
    const oci_sign_body_t *body, oci_error_t *err);
static bool oci_sign_trial_message_digest(oci_sign_trial_t *t);
static oci_status_e oci_sign_trial_times(oci_sign_trial_t *t,
    oci_array_t *times, oci_error_t *err);
static oci_status_e oci_sign_trial_stamps(oci_sign_trial_t *t,
    oci_array_t *times, oci_error_t *err);
static oci_status_e oci_sign_trial_cert(oci_sign_trial_t *t,
    const oci_array_t *times, oci_error_t *err);
static oci_status_e oci_sign_trial_signature(oci_sign_trial_t *t,
    oci_error_t *err);
static oci_status_e oci_sign_trial_statement(oci_sign_trial_t *t,
    const oci_digest_t *digest, oci_error_t *err);


oci_status_e
oci_sign_verify_bundle(oci_pool_t *pool, const oci_sign_policy_t *policy,
    const oci_sign_bundle_t *bundle, const oci_digest_t *digest,
    const oci_str_t *data, oci_sign_verdict_t *verdict, oci_error_t *err)
{
    oci_array_t        times;
    oci_status_e       status;
    oci_sign_trial_t   t;

    memset(&t, 0, sizeof(oci_sign_trial_t));
    memset(verdict, 0, sizeof(oci_sign_verdict_t));

    t.pool = pool;
    t.policy = policy;
    t.bundle = bundle;
    t.verdict = verdict;
    oci_array_init(&t.moments, pool, sizeof(int64_t));
    oci_array_init(&times, pool, sizeof(int64_t));

    status = oci_sign_trial_setup(&t, data, err);

    if (status == OCI_OK && policy->tlog) {
        status = oci_sign_trial_logs(&t, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_trial_times(&t, &times, err);
    }

    if (status == OCI_OK && policy->key == NULL) {
        status = oci_sign_trial_cert(&t, &times, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_trial_signature(&t, err);
    }

    if (status == OCI_OK && bundle->dsse) {
        status = oci_sign_trial_statement(&t, digest, err);
    }

    return status;
}


oci_status_e
oci_sign_verify_entry(oci_pool_t *pool, const oci_sign_trust_t *trust,
    EVP_PKEY *key, const oci_sign_bundle_t *bundle, const oci_str_t *data,
    oci_error_t *err)
{
    oci_status_e         status;
    oci_sign_trial_t     t;
    oci_sign_policy_t    policy;
    oci_sign_verdict_t   verdict;

    memset(&t, 0, sizeof(oci_sign_trial_t));
    memset(&policy, 0, sizeof(oci_sign_policy_t));
    memset(&verdict, 0, sizeof(oci_sign_verdict_t));

    policy.key = (bundle->cert == NULL) ? key : NULL;
    policy.trust = trust;

    t.pool = pool;
    t.policy = &policy;
    t.bundle = bundle;
    t.verdict = &verdict;
    oci_array_init(&t.moments, pool, sizeof(int64_t));

    status = oci_sign_trial_setup(&t, data, err);

    if (status != OCI_OK) {
        return status;
    }

    return (trust->logs.nelts != 0) ? oci_sign_trial_logs(&t, err)
           : oci_sign_trial_ours(&t, err);
}


static oci_status_e
oci_sign_trial_ours(oci_sign_trial_t *t, oci_error_t *err)
{
    oci_str_t                body;
    oci_sign_checkpoint_t    checkpoint;
    const oci_sign_entry_t  *entry;

    entry = t->bundle->entries.elts;

    if (t->bundle->entries.nelts != 1 || !entry->proof
        || oci_sign_checkpoint_parse(t->pool, &entry->checkpoint,
                                     &checkpoint, NULL) != OCI_OK)
    {
        return oci_error(err, OCI_DENIED, 0,
                         "there is no inclusion proof in it");
    }

    if (oci_sign_checkpoint_v1(&checkpoint)) {
        body = entry->body;

        if (oci_sign_trial_body(t, t->bundle->bodies.elts, err) != OCI_OK) {
            return OCI_DENIED;
        }

    } else {
        body = oci_sign_body_v2(t->pool, t->key, &t->verifier,
                                t->bundle->cert != NULL, &t->data,
                                &t->bundle->signature);
    }

    if (!oci_sign_proof_leads(t->pool, entry, &body)) {
        return oci_error(err, OCI_DENIED, 0, "the inclusion proof does not "
                         "lead from what was sent to the root of the log");
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_trial_setup(oci_sign_trial_t *t, const oci_str_t *data,
    oci_error_t *err)
{
    const oci_sign_bundle_t  *b;

    b = t->bundle;

    if (t->policy->key != NULL && b->cert != NULL) {
        return oci_error(err, OCI_DENIED, 0,
                         "expected key signature, not certificate");
    }

    if (t->policy->key == NULL && b->cert == NULL) {
        return oci_error(err, OCI_NOT_FOUND, 0,
                         "expected certificate signature, not key: give the "
                         "signer's public key with --key");
    }

    if (t->policy->cert != NULL && X509_cmp(t->policy->cert, b->cert) != 0) {
        return oci_error(err, OCI_DENIED, 0, "the bundle's certificate is "
                         "not the one that was given (--certificate)");
    }

    if (b->dsse) {
        t->data = oci_sign_pae(t->pool, &b->payload_type, &b->payload);

    } else if (data != NULL) {
        t->data = *data;

    } else {
        return oci_error(err, OCI_DENIED, 0,
                         "bundle does not contain a DSSE envelope");
    }

    if (b->cert != NULL) {
        t->key = X509_get0_pubkey(b->cert);
        t->verifier = b->cert_der;

    } else {
        t->key = t->policy->key;
        t->verifier = oci_sign_key_der(t->pool, t->key);
    }

    if (t->key == NULL || t->verifier.len == 0) {
        return oci_error(err, OCI_INVALID, 0,
                         "the certificate's key is of no known kind");
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_trial_logs(oci_sign_trial_t *t, oci_error_t *err)
{
    bool          verified;
    size_t        i, good;
    oci_status_e  status;

    if (oci_sign_trial_twice(t->bundle)) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: duplicate tlog entries found");
    }

    if (!t->bundle->dsse && t->bundle->digest.len == 0) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: the message has no digest");
    }

    for (good = 0, i = 0; i < t->bundle->entries.nelts; i++) {
        status = oci_sign_trial_entry(t, i, &verified, err);

        if (status != OCI_OK) {
            return status;
        }

        good += verified;
    }

    if (good == 0) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: not enough verified log entries from "
                         "transparency log: 0 < 1");
    }

    t->verdict->logged = true;

    return OCI_OK;
}


static bool
oci_sign_trial_twice(const oci_sign_bundle_t *bundle)
{
    size_t                   i, k;
    const oci_sign_entry_t  *e;

    e = bundle->entries.elts;

    for (i = 0; i < bundle->entries.nelts; i++) {
        for (k = i + 1; k < bundle->entries.nelts; k++) {
            if (e[i].index == e[k].index
                && memcmp(e[i].id, e[k].id, 32) == 0)
            {
                return true;
            }
        }
    }

    return false;
}


/*
 * An entry of an unknown log, or with a bad promise, does not count; one of
 * a known log that is wrong in any other way spoils the bundle.
 */

static oci_status_e
oci_sign_trial_entry(oci_sign_trial_t *t, size_t i, bool *verified,
    oci_error_t *err)
{
    oci_status_e             status;
    const oci_sign_log_t    *log;
    const oci_sign_body_t   *parsed;
    const oci_sign_entry_t  *entry;

    entry = (const oci_sign_entry_t *) t->bundle->entries.elts + i;
    parsed = (const oci_sign_body_t *) t->bundle->bodies.elts + i;

    *verified = false;
    log = entry->known_id ? oci_sign_log_find(&t->policy->trust->logs,
                                              entry->id) : NULL;

    if (log == NULL
        || (entry->set.data != NULL
            && oci_sign_set_verify(t->pool, &t->policy->trust->logs, entry,
                                   NULL) != OCI_OK))
    {
        return OCI_OK;
    }

    status = oci_sign_trial_proof(t, entry, log, parsed, err);
    if (status != OCI_OK) {
        return status;
    }

    status = oci_sign_trial_moment(t, entry, err);
    *verified = (status == OCI_OK);

    return status;
}


/* the time that the log promises, which must be one of the certificate's */

static oci_status_e
oci_sign_trial_moment(oci_sign_trial_t *t, const oci_sign_entry_t *entry,
    oci_error_t *err)
{
    int64_t  *moment;

    if (entry->set.data == NULL || entry->time == 0) {
        return OCI_OK;
    }

    if (t->bundle->cert != NULL
        && !oci_sign_cert_valid(t->bundle->cert, entry->time))
    {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: integrated time outside certificate "
                         "validity");
    }

    moment = oci_array_push(&t->moments);

    if (moment == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *moment = entry->time;

    return OCI_OK;
}


/* checks the content of the entry, and that the log includes it */

static oci_status_e
oci_sign_trial_proof(oci_sign_trial_t *t, const oci_sign_entry_t *entry,
    const oci_sign_log_t *log, const oci_sign_body_t *parsed,
    oci_error_t *err)
{
    oci_str_t              body;
    oci_status_e           status;
    oci_sign_checkpoint_t  checkpoint;

    if (entry->proof
        && oci_sign_checkpoint_parse(t->pool, &entry->checkpoint,
                                     &checkpoint, err) != OCI_OK)
    {
        return OCI_DENIED;
    }

    body = entry->body;

    if (entry->proof && !oci_sign_checkpoint_v1(&checkpoint)) {
        t->v2 = true;
        body = oci_sign_body_v2(t->pool, t->key, &t->verifier,
                                t->bundle->cert != NULL, &t->data,
                                &t->bundle->signature);

    } else {
        status = oci_sign_trial_body(t, parsed, err);

        if (status != OCI_OK) {
            return status;
        }
    }

    if (entry->proof
        && (body.data == NULL
            || oci_sign_proof_verify(t->pool, log, entry, &body, err)
               != OCI_OK))
    {
        return oci_error(err, OCI_DENIED, 0,
                         "failed to verify log inclusion");
    }

    if (t->v2 && !t->bundle->dsse && !oci_sign_trial_message_digest(t)) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: the message has another digest");
    }

    return OCI_OK;
}


/* a v1 entry must be of this signature, by this key, of this content */

static oci_status_e
oci_sign_trial_body(oci_sign_trial_t *t, const oci_sign_body_t *body,
    oci_error_t *err)
{
    oci_alg_e         alg;
    oci_digest_t      digest;
    const oci_str_t  *content, *hash;

    if (body->v2 || !oci_str_eq(&body->signature, &t->bundle->signature)) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: transparency log signature does not "
                         "match");
    }

    if (body->certificate != (t->bundle->cert != NULL)
        || !oci_str_eq(&body->verifier, &t->verifier))
    {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: transparency log certificate does not "
                         "match");
    }

    content = &t->data;
    hash = &body->hash;
    alg = oci_alg_parse(&body->alg);

    if (!oci_str_is(&body->kind, "hashedrekord")) {
        content = &t->bundle->payload;
        hash = &body->payload_hash;
        alg = OCI_SHA256;

        if (!t->bundle->dsse) {
            alg = OCI_ALG_NONE;
        }
    }

    if (alg != OCI_ALG_NONE) {
        oci_digest_of(&digest, alg, content->data, content->len);
    }

    if (alg == OCI_ALG_NONE || !oci_str_is(hash, oci_digest_hex(&digest))
        || (!t->bundle->dsse && !oci_sign_trial_message_digest(t)))
    {
        return oci_error(err, OCI_DENIED, 0, "failed to verify log "
                         "inclusion: transparency log entry is of other "
                         "content");
    }

    return OCI_OK;
}


static bool
oci_sign_trial_message_digest(oci_sign_trial_t *t)
{
    u_char             raw[64];
    oci_alg_e          alg;
    oci_str_t          hex, name;
    oci_digest_t       digest;
    const oci_str_t   *said;

    said = &t->bundle->digest_alg;

    if (!oci_str_prefix(said, "SHA2_")) {
        return false;
    }

    name = oci_strf(t->pool, "sha%.*s", (int) (said->len - 5),
                    said->data + 5);
    alg = oci_alg_parse(&name);

    if (alg == OCI_ALG_NONE) {
        return false;
    }

    oci_digest_of(&digest, alg, t->data.data, t->data.len);
    hex = oci_str(oci_digest_hex(&digest));

    return oci_sign_unhex(&hex, raw, hex.len / 2)
           && t->bundle->digest.len == hex.len / 2
           && memcmp(raw, t->bundle->digest.data, hex.len / 2) == 0;
}


/*
 * The times at which a certificate is judged: timestamps when asked for or
 * when the log (v2) knows none, else the log's, else now.
 */

static oci_status_e
oci_sign_trial_times(oci_sign_trial_t *t, oci_array_t *times,
    oci_error_t *err)
{
    int64_t  *slot;

    if (t->policy->times) {
        return oci_sign_trial_stamps(t, times, err);
    }

    if (t->policy->key != NULL) {
        return OCI_OK;
    }

    if (t->policy->tlog && t->v2) {
        return oci_sign_trial_stamps(t, times, err);
    }

    if (t->policy->tlog) {
        *times = t->moments;

        if (times->nelts == 0) {
            return oci_error(err, OCI_DENIED, 0, "failed to verify "
                             "timestamps: threshold not met for verified "
                             "log entry integrated timestamps: 0 < 1");
        }

        return OCI_OK;
    }

    slot = oci_array_push(times);

    if (slot == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *slot = t->policy->now;

    return OCI_OK;
}


static oci_status_e
oci_sign_trial_stamps(oci_sign_trial_t *t, oci_array_t *times,
    oci_error_t *err)
{
    size_t            i;
    int64_t           when, *slot;
    const oci_str_t  *token;

    for (i = 0; i < t->bundle->times.nelts; i++) {
        token = (const oci_str_t *) t->bundle->times.elts + i;

        if (oci_sign_time_verify(t->pool, token, &t->bundle->signature,
                                 &t->policy->trust->tsas, &when, NULL)
            != OCI_OK)
        {
            continue;
        }

        slot = oci_array_push(times);

        if (slot == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *slot = when;
    }

    if (times->nelts == 0) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify timestamps: "
                         "threshold not met for verified signed timestamps: "
                         "0 < 1");
    }

    t->verdict->stamped = true;

    return OCI_OK;
}


static oci_status_e
oci_sign_trial_cert(oci_sign_trial_t *t, const oci_array_t *times,
    oci_error_t *err)
{
    X509          *issuer;
    size_t         i;
    int64_t        when;
    oci_status_e   status;

    issuer = NULL;

    for (i = 0; i < times->nelts; i++) {
        when = ((int64_t *) times->elts)[i];

        if (!oci_sign_cert_valid(t->bundle->cert, when)) {
            return oci_error(err, OCI_DENIED, 0, "failed to verify leaf "
                             "certificate: it was not valid at the time "
                             "that is known of the signature");
        }

        status = oci_sign_chain_verify(t->pool, t->bundle->cert,
                                       &t->bundle->chain,
                                       &t->policy->trust->cas, when, &issuer,
                                       err);

        if (status != OCI_OK) {
            return status;
        }
    }

    if (t->policy->sct) {
        status = oci_sign_sct_verify(t->pool, t->bundle->cert, issuer,
                                     t->policy->detached,
                                     &t->policy->trust->ctlogs, err);

        if (status != OCI_OK) {
            return status;
        }
    }

    t->verdict->cert = t->bundle->cert;

    return oci_sign_identity_check(t->pool, t->bundle->cert,
                                   OCI_SIGN_ID_BUNDLE, t->policy->identity,
                                   err);
}


static oci_status_e
oci_sign_trial_signature(oci_sign_trial_t *t, oci_error_t *err)
{
    oci_alg_e     alg;
    oci_status_e  status;

    alg = t->policy->key ? t->policy->alg : oci_sign_key_alg(t->key);

    if (!t->bundle->dsse) {
        status = oci_sign_key_verify(t->pool, t->key, alg, &t->data,
                                     &t->bundle->signature, NULL);

        return (status == OCI_OK) ? OCI_OK
               : oci_error(err, OCI_DENIED, 0, "failed to verify signature: "
                           "could not verify message: invalid signature");
    }

    if (t->bundle->signatures.nelts != 1) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify signature: "
                         "exactly one signature is required");
    }

    if ((t->bundle->keyid && t->policy->key != NULL)
        || oci_sign_key_verify(t->pool, t->key, alg, &t->data,
                               &t->bundle->signature, NULL) != OCI_OK)
    {
        return oci_error(err, OCI_DENIED, 0, "failed to verify signature: "
                         "could not verify envelope: accepted signatures do "
                         "not match threshold, Found: 0, Expected 1");
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_trial_statement(oci_sign_trial_t *t, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_status_e           status;
    oci_sign_statement_t  *statement;

    statement = &t->verdict->statement;

    if (!oci_str_is(&t->bundle->payload_type, OCI_SIGN_INTOTO)) {
        return oci_error(err, OCI_DENIED, 0, "failed to verify signature: "
                         "unsupported DSSE payload type");
    }

    status = oci_sign_statement_parse(t->pool, &t->bundle->payload, true,
                                      statement, err);

    if (status == OCI_OK && t->policy->claims) {
        status = oci_sign_statement_match(statement, digest, true, err);
    }

    if (status != OCI_OK) {
        return status;
    }

    t->verdict->payload = t->bundle->payload;

    if (t->policy->pairs != NULL && t->policy->pairs->nelts != 0
        && !oci_sign_pairs_match(json_object_get(statement->matched,
                                                 "annotations"),
                                 t->policy->pairs))
    {
        return oci_error(err, OCI_DENIED, 0,
                         "missing or incorrect annotation");
    }

    return OCI_OK;
}
