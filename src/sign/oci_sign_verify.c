/*
 * Legacy signatures and attestations.
 */

#include "oci_sign_verify.h"

#include <string.h>


typedef struct {
    oci_pool_t               *pool;
    const oci_sign_policy_t  *policy;
    const oci_sign_legacy_t  *sig;
    bool                      attestation;
    oci_str_t                 raw;          /* the signature, decoded */
    X509                     *cert;
    oci_array_t               chain;        /* X509 * */
    EVP_PKEY                 *key;
    X509                     *issuer;       /* of cert, once it is known */
    int64_t                   log_time;
    int64_t                   stamp_time;
    oci_sign_verdict_t       *verdict;
} oci_sign_check_t;


static oci_status_e oci_sign_check_all(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_read(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_stamp(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_log(oci_sign_check_t *c,
    oci_error_t *err);
static bool oci_sign_check_parse(oci_pool_t *pool, const json_t *root,
    bool order, oci_sign_entry_t *entry);
static oci_status_e oci_sign_check_entry(oci_sign_check_t *c,
    const json_t *root, bool order, oci_error_t *err);
static oci_status_e oci_sign_check_body(oci_sign_check_t *c,
    const oci_sign_body_t *body, oci_error_t *err);
static bool oci_sign_check_verifier(oci_sign_check_t *c,
    const oci_sign_body_t *body, oci_error_t *err);
static oci_status_e oci_sign_check_key(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_times(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_time(oci_sign_check_t *c, int64_t when,
    const char *how, oci_error_t *err);
static bool oci_sign_check_signatures(oci_sign_check_t *c, const json_t *list,
    const oci_str_t *pae);
static oci_status_e oci_sign_check_envelope(oci_sign_check_t *c,
    oci_error_t *err);
static oci_status_e oci_sign_check_claims(oci_sign_check_t *c,
    const oci_digest_t *digest, oci_error_t *err);


oci_status_e
oci_sign_verify_legacy(oci_pool_t *pool, const oci_sign_policy_t *policy,
    const oci_sign_legacy_t *sig, const oci_digest_t *digest,
    bool attestation, oci_sign_verdict_t *verdict, oci_error_t *err)
{
    oci_status_e      status;
    oci_sign_check_t  c;

    memset(&c, 0, sizeof(oci_sign_check_t));
    memset(verdict, 0, sizeof(oci_sign_verdict_t));

    c.pool = pool;
    c.policy = policy;
    c.sig = sig;
    c.attestation = attestation;
    c.verdict = verdict;

    if (sig->signature.data == NULL) {
        return oci_error(err, OCI_INVALID, 0, "signature layer is missing "
                         "\"" OCI_SIGN_A_SIGNATURE "\" annotation");
    }

    status = oci_sign_check_all(&c, err);

    return (status == OCI_OK) ? oci_sign_check_claims(&c, digest, err)
           : status;
}


oci_status_e
oci_sign_verify_data(oci_pool_t *pool, const oci_sign_policy_t *policy,
    const oci_sign_legacy_t *sig, oci_sign_verdict_t *verdict,
    oci_error_t *err)
{
    oci_sign_check_t  c;

    memset(&c, 0, sizeof(oci_sign_check_t));
    memset(verdict, 0, sizeof(oci_sign_verdict_t));

    c.pool = pool;
    c.policy = policy;
    c.sig = sig;
    c.verdict = verdict;

    return oci_sign_check_all(&c, err);
}


static oci_status_e
oci_sign_check_all(oci_sign_check_t *c, oci_error_t *err)
{
    oci_status_e  status;

    status = oci_sign_check_read(c, err);

    if (status == OCI_OK) {
        status = oci_sign_check_stamp(c, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_check_log(c, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_check_times(c, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_check_key(c, err);
    }

    if (status != OCI_OK) {
        return status;
    }

    if (c->attestation) {
        return oci_sign_check_envelope(c, err);
    }

    c->verdict->payload = c->sig->payload;

    return oci_sign_key_verify(c->pool, c->key,
                               c->policy->key ? c->policy->alg : OCI_SHA256,
                               &c->sig->payload, &c->raw, err);
}


static oci_status_e
oci_sign_check_read(oci_sign_check_t *c, oci_error_t *err)
{
    oci_array_t  certs;

    if (oci_sign_b64_decode(c->pool, &c->sig->signature, OCI_SIGN_B64_STD,
                            &c->raw) != OCI_OK)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "illegal base64 data in the signature");
    }

    oci_array_init(&certs, c->pool, sizeof(X509 *));
    oci_array_init(&c->chain, c->pool, sizeof(X509 *));

    if (c->sig->cert.len != 0) {
        if (oci_sign_certs_pem(c->pool, &c->sig->cert, &certs, err)
            != OCI_OK)
        {
            return OCI_INVALID;
        }

        c->cert = *(X509 **) certs.elts;
    }

    if (c->sig->chain.len != 0
        && oci_sign_certs_pem(c->pool, &c->sig->chain, &c->chain, err)
           != OCI_OK)
    {
        return OCI_INVALID;
    }

    /* its last one is the root, which we do not believe */

    if (c->chain.nelts > 0) {
        c->chain.nelts--;
    }

    if (c->policy->cert != NULL) {
        c->cert = c->policy->cert;
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_check_stamp(oci_sign_check_t *c, oci_error_t *err)
{
    json_t           *root;
    oci_str_t         text, token;
    const oci_str_t  *data;
    oci_status_e      status;

    if (c->sig->time.len == 0 || !c->policy->old_times) {
        return OCI_OK;
    }

    root = oci_json_load(c->sig->time.data, c->sig->time.len, 0, err);
    text = oci_json_str(root, "SignedRFC3161Timestamp");
    status = oci_sign_b64_decode(c->pool, &text, OCI_SIGN_B64_STD, &token);
    json_decref(root);

    if (status != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0,
                         "the timestamp of the signature is malformed");
    }

    data = (c->sig->signature.len == 0) ? &c->sig->payload : &c->raw;

    status = oci_sign_time_verify(c->pool, &token, data,
                                  &c->policy->trust->tsas, &c->stamp_time,
                                  err);
    c->verdict->stamped = status == OCI_OK;
    c->verdict->stamp = c->sig->time;

    return status;
}


static oci_status_e
oci_sign_check_log(oci_sign_check_t *c, oci_error_t *err)
{
    bool           order;
    json_t        *root;
    oci_status_e   status;

    if (c->sig->bundle.len == 0) {

        if (c->policy->tlog) {
            return oci_error(err, OCI_DENIED, 0, "offline verification "
                             "failed: the signature has no log entry with "
                             "it");
        }

        return OCI_OK;
    }

    root = oci_sign_json_go(c->pool, &c->sig->bundle, &order, NULL);

    if (root == NULL || !order || !oci_sign_json_keep(c->pool, root)) {
        return oci_error(err, OCI_INVALID, 0,
                         "unmarshaling bundle: not valid JSON");
    }

    c->verdict->entry = c->sig->bundle;

    if (!c->policy->tlog) {
        return OCI_OK;
    }

    status = oci_sign_check_entry(c, root, order, err);
    c->verdict->logged = status == OCI_OK;

    return status;
}


static oci_status_e
oci_sign_check_entry(oci_sign_check_t *c, const json_t *root, bool order,
    oci_error_t *err)
{
    oci_status_e       status;
    oci_sign_body_t    parsed;
    oci_sign_entry_t   entry;

    if (!oci_sign_check_parse(c->pool, root, order, &entry)
        || oci_sign_body_parse(c->pool, &entry.body, &parsed, NULL) != OCI_OK
        || parsed.v2)
    {
        return oci_error(err, OCI_INVALID, 0, "error verifying bundle: "
                         "the log entry beside the signature is malformed");
    }

    status = oci_sign_check_body(c, &parsed, err);

    if (status == OCI_OK) {
        status = oci_sign_set_verify(c->pool, &c->policy->trust->logs,
                                     &entry, err);
    }

    c->log_time = entry.time;

    return status;
}


/* the entry in an annotation of the old format */

static bool
oci_sign_check_parse(oci_pool_t *pool, const json_t *root, bool order,
    oci_sign_entry_t *entry)
{
    json_t     *payload;
    oci_str_t   text, body, id;

    memset(entry, 0, sizeof(oci_sign_entry_t));

    payload = oci_sign_json_fold(root, "Payload", order);
    body = oci_str(json_string_value(
                       oci_sign_json_fold(payload, "body", order)));
    id = oci_str(json_string_value(
                     oci_sign_json_fold(payload, "logID", order)));
    text = oci_str(json_string_value(
                       oci_sign_json_fold(root, "SignedEntryTimestamp",
                                          order)));

    entry->known_id = oci_sign_unhex(&id, entry->id, 32);
    entry->index = (int64_t) json_integer_value(
                      oci_sign_json_fold(payload, "logIndex", order));
    entry->time = (int64_t) json_integer_value(
                      oci_sign_json_fold(payload, "integratedTime", order));

    return body.len != 0
           && oci_sign_b64_decode(pool, &body, OCI_SIGN_B64_STD, &entry->body)
              == OCI_OK
           && oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &entry->set)
              == OCI_OK;
}


static oci_status_e
oci_sign_check_body(oci_sign_check_t *c, const oci_sign_body_t *body,
    oci_error_t *err)
{
    oci_digest_t  digest;

    if (c->sig->signature.len != 0
        && !oci_str_eq(&body->signature_text, &c->sig->signature))
    {
        return oci_error(err, OCI_DENIED, 0, "error verifying bundle: "
                         "signature in bundle does not match signature "
                         "being verified");
    }

    if (!oci_sign_check_verifier(c, body, err)) {
        return OCI_DENIED;
    }

    if (!oci_str_is(&body->alg, "sha256")) {
        return oci_error(err, OCI_DENIED, 0, "error verifying bundle: "
                         "unexpected algorithm: \"%s\"", body->alg.data);
    }

    oci_digest_of(&digest, OCI_SHA256, c->sig->payload.data,
                  c->sig->payload.len);

    if (!oci_str_is(&body->hash, oci_digest_hex(&digest))) {
        return oci_error(err, OCI_DENIED, 0, "error verifying bundle: "
                         "matching bundle to payload: bundle=\"%s\", "
                         "payload=\"%s\"", body->hash.data,
                         oci_digest_hex(&digest));
    }

    return OCI_OK;
}


/* the entry must name the very key or certificate that we verify with */

static bool
oci_sign_check_verifier(oci_sign_check_t *c, const oci_sign_body_t *body,
    oci_error_t *err)
{
    int        len;
    u_char    *der;
    EVP_PKEY  *key;
    oci_str_t  want;

    key = c->policy->key;

    if (key != NULL && c->cert != NULL
        && EVP_PKEY_eq(key, X509_get0_pubkey(c->cert)) != 1)
    {
        (void) oci_error(err, OCI_DENIED, 0, "error verifying bundle: both "
                         "public key and certificate were provided but did "
                         "not match");
        return false;
    }

    if (body->certificate && c->cert != NULL) {
        der = NULL;
        len = i2d_X509(c->cert, &der);
        want = oci_str_dup(c->pool, der, len > 0 ? (size_t) len : 0);
        OPENSSL_free(der);

    } else {
        want = key ? oci_sign_key_der(c->pool, key) : oci_str(NULL);
    }

    if (want.len == 0 || body->certificate != (c->cert != NULL)
        || !oci_str_eq(&want, &body->verifier))
    {
        (void) oci_error(err, OCI_DENIED, 0, "error verifying bundle: "
                         "comparing public key PEMs: the log entry is of "
                         "another key");
        return false;
    }

    return true;
}


/*
 * A certificate is judged, with all that it leads to, at the times that the
 * log and an authority prove of the signature, and without any, now.
 */

static oci_status_e
oci_sign_check_times(oci_sign_check_t *c, oci_error_t *err)
{
    oci_status_e  status;

    if (c->cert == NULL) {
        return OCI_OK;
    }

    status = OCI_OK;

    if (c->verdict->stamped) {
        status = oci_sign_check_time(c, c->stamp_time, "checking expiry on "
                                     "certificate with timestamp: it was "
                                     "not valid then", err);
    }

    if (status == OCI_OK && c->verdict->logged) {
        status = oci_sign_check_time(c, c->log_time, "checking expiry on "
                                     "certificate with bundle: it was not "
                                     "valid then", err);
    }

    if (!c->verdict->stamped && !c->verdict->logged) {
        status = oci_sign_check_time(c, c->policy->now, "expected a signed "
                                     "timestamp to verify an expired "
                                     "certificate", err);
    }

    return status;
}


static oci_status_e
oci_sign_check_time(oci_sign_check_t *c, int64_t when, const char *how,
    oci_error_t *err)
{
    if (!oci_sign_cert_valid(c->cert, when)) {
        return oci_error(err, OCI_DENIED, 0, "%s", how);
    }

    /* by a key, a certificate beside it is not what we believe */

    return (c->policy->key != NULL) ? OCI_OK
           : oci_sign_chain_verify(c->pool, c->cert, &c->chain,
                                   &c->policy->trust->cas, when, &c->issuer,
                                   err);
}


static oci_status_e
oci_sign_check_key(oci_sign_check_t *c, oci_error_t *err)
{
    oci_status_e  status;

    if (c->policy->key != NULL) {
        c->key = c->policy->key;
        return OCI_OK;
    }

    if (c->cert == NULL) {
        return oci_error(err, OCI_NOT_FOUND, 0,
                         "no certificate found on signature");
    }

    status = oci_sign_identity_check(c->pool, c->cert, OCI_SIGN_ID_LEGACY,
                                     c->policy->identity, err);

    if (status == OCI_OK && c->policy->sct) {
        status = oci_sign_sct_verify(c->pool, c->cert, c->issuer,
                                     c->policy->detached,
                                     &c->policy->trust->ctlogs, err);
    }

    c->key = X509_get0_pubkey(c->cert);
    c->verdict->cert = c->cert;

    if (status == OCI_OK && c->key == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "the certificate's key is of no known kind");
    }

    return status;
}


/* any signature of the envelope will do; the statement is read later */

static oci_status_e
oci_sign_check_envelope(oci_sign_check_t *c, oci_error_t *err)
{
    json_t     *root, *list;
    oci_str_t   type, text, payload, pae;

    root = oci_json_load(c->sig->payload.data, c->sig->payload.len, 0, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(c->pool, root)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    type = oci_json_str(root, "payloadType");
    text = oci_json_str(root, "payload");
    list = json_object_get(root, "signatures");

    if (oci_sign_b64_decode(c->pool, &text, OCI_SIGN_B64_ANY, &payload)
        != OCI_OK || !oci_str_is(&type, OCI_SIGN_INTOTO))
    {
        return oci_error(err, OCI_INVALID, 0, "not an in-toto envelope");
    }

    pae = oci_sign_pae(c->pool, &type, &payload);

    if (!oci_sign_check_signatures(c, list, &pae)) {
        return oci_error(err, OCI_DENIED, 0, "accepted signatures do not "
                         "match threshold, Found: 0, Expected 1");
    }

    c->verdict->envelope = c->sig->payload;
    c->verdict->payload = payload;

    return oci_sign_statement_parse(c->pool, &payload, false,
                                    &c->verdict->statement, err);
}


/* is one of them by the key? */

static bool
oci_sign_check_signatures(oci_sign_check_t *c, const json_t *list,
    const oci_str_t *pae)
{
    size_t     i;
    bool       good;
    oci_str_t  text, sig;

    for (good = false, i = 0;
         !good && i < json_array_size(list) && i < OCI_SIGN_MAX_SIGNATURES;
         i++)
    {
        text = oci_json_str(json_array_get(list, i), "sig");

        good = oci_sign_b64_decode(c->pool, &text, OCI_SIGN_B64_ANY, &sig)
                   == OCI_OK
               && oci_sign_key_verify(c->pool, c->key,
                      c->policy->key ? c->policy->alg : OCI_SHA256, pae,
                      &sig, NULL) == OCI_OK;
    }

    return good;
}


static oci_status_e
oci_sign_check_claims(oci_sign_check_t *c, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_status_e          status;
    oci_sign_payload_t   *claim;

    if (c->attestation) {
        return !c->policy->claims ? OCI_OK
               : oci_sign_statement_match(&c->verdict->statement, digest,
                                          false, err);
    }

    if (!c->policy->claims
        && (c->policy->pairs == NULL || c->policy->pairs->nelts == 0))
    {
        return OCI_OK;
    }

    claim = &c->verdict->claim;
    status = oci_sign_payload_parse(c->pool, &c->sig->payload, claim, err);

    if (status != OCI_OK) {
        return status;
    }

    if (c->policy->claims && !oci_str_is(&claim->digest, digest->text)) {
        return oci_error(err, OCI_MISMATCH, 0,
                         "invalid or missing digest in claim: %.*s",
                         (int) (claim->digest.len > 160 ? 160
                                : claim->digest.len),
                         claim->digest.len ? (char *) claim->digest.data
                                           : "");
    }

    if (!oci_sign_pairs_match(claim->optional, c->policy->pairs)) {
        return oci_error(err, OCI_DENIED, 0,
                         "missing or incorrect annotation");
    }

    return OCI_OK;
}
