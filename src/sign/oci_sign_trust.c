/*
 * Whom we trust.
 */

#include "oci_sign_trust.h"
#include "oci_sign_proto.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>


static oci_status_e oci_sign_trust_logs(oci_pool_t *pool, oci_array_t *logs,
    const json_t *list, oci_error_t *err);
static oci_status_e oci_sign_trust_log(oci_pool_t *pool, oci_array_t *logs,
    const json_t *item, oci_error_t *err);
static oci_status_e oci_sign_trust_cas(oci_pool_t *pool, oci_array_t *cas,
    const json_t *list, oci_error_t *err);
static oci_str_t oci_sign_url_host(oci_pool_t *pool, const oci_str_t *url);
static oci_sign_ca_t *oci_sign_trust_ca(oci_pool_t *pool, oci_array_t *cas);
static bool oci_sign_trust_push(oci_array_t *certs, X509 *cert);
static void oci_sign_cert_free(void *cert);


void
oci_sign_trust_init(oci_sign_trust_t *trust, oci_pool_t *pool)
{
    oci_array_init(&trust->logs, pool, sizeof(oci_sign_log_t));
    oci_array_init(&trust->ctlogs, pool, sizeof(oci_sign_log_t));
    oci_array_init(&trust->cas, pool, sizeof(oci_sign_ca_t));
    oci_array_init(&trust->tsas, pool, sizeof(oci_sign_ca_t));
}


oci_status_e
oci_sign_trust_json(oci_pool_t *pool, oci_sign_trust_t *trust,
    const oci_str_t *text, oci_error_t *err)
{
    json_t        *raw, *root;
    oci_str_t      type;
    oci_status_e   status;

    raw = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (raw == NULL) {
        return OCI_INVALID;
    }

    root = oci_sign_proto_read(pool, raw, oci_sign_trust_fields);
    json_decref(raw);

    if (root == NULL) {
        return oci_error(err, OCI_INVALID, 0, "not a trusted root: it has a "
                         "member of no meaning or of another type");
    }

    type = oci_json_str(root, "mediaType");

    if (!oci_str_prefix(&type, "application/vnd.dev.sigstore.trustedroot")) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0,
                         "not a trusted root: its mediaType is another one");
    }

    status = oci_sign_trust_logs(pool, &trust->logs,
                                 json_object_get(root, "tlogs"), err);

    if (status == OCI_OK) {
        status = oci_sign_trust_logs(pool, &trust->ctlogs,
                                     json_object_get(root, "ctlogs"), err);
    }

    if (status == OCI_OK) {
        status = oci_sign_trust_cas(pool, &trust->cas,
                     json_object_get(root, "certificateAuthorities"), err);
    }

    if (status == OCI_OK) {
        status = oci_sign_trust_cas(pool, &trust->tsas,
                     json_object_get(root, "timestampAuthorities"), err);
    }

    json_decref(root);

    return status;
}


static oci_status_e
oci_sign_trust_logs(oci_pool_t *pool, oci_array_t *logs, const json_t *list,
    oci_error_t *err)
{
    size_t        i;
    oci_status_e  status;

    for (i = 0; i < json_array_size(list); i++) {
        status = oci_sign_trust_log(pool, logs, json_array_get(list, i), err);

        if (status != OCI_OK) {
            return status;
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_trust_log(oci_pool_t *pool, oci_array_t *logs, const json_t *item,
    oci_error_t *err)
{
    json_t          *key;
    oci_str_t        text, der, id, url;
    oci_sign_log_t  *log;

    key = json_object_get(item, "publicKey");
    text = oci_json_str(key, "rawBytes");

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, &der) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0,
                         "trusted root: a log has no public key");
    }

    text = oci_json_str(json_object_get(item, "logId"), "keyId");

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, &id) != OCI_OK
        || id.len != 32)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "trusted root: a log has no identity of 32 bytes");
    }

    log = oci_array_push(logs);

    if (log == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    memcpy(log->id, id.data, 32);
    url = oci_json_str(item, "baseUrl");
    log->host = oci_sign_url_host(pool, &url);

    if (!oci_sign_valid_for(key, &log->start, &log->end)) {
        return oci_error(err, OCI_INVALID, 0,
                         "trusted root: validity of a log is not a date");
    }

    /* a bound that was lost must not become no bound */

    text = oci_json_str(json_object_get(key, "validFor"), "start");

    if (text.len == 0) {
        return oci_error(err, OCI_INVALID, 0, "trusted root: validity of a "
                         "log has no start");
    }

    if (oci_sign_key_spki(pool, &der, &log->key, NULL) != OCI_OK) {
        logs->nelts--;      /* a kind of key that we cannot use: not a log */
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_trust_cas(oci_pool_t *pool, oci_array_t *cas, const json_t *list,
    oci_error_t *err)
{
    X509           *cert;
    size_t          i, k, n;
    json_t         *item, *certs;
    oci_str_t       text, der;
    oci_sign_ca_t  *ca;

    for (i = 0; i < json_array_size(list); i++) {
        item = json_array_get(list, i);
        certs = json_object_get(json_object_get(item, "certChain"),
                                "certificates");
        n = json_array_size(certs);
        ca = oci_sign_trust_ca(pool, cas);

        if (ca == NULL || n == 0
            || !oci_sign_valid_for(item, &ca->start, &ca->end))
        {
            return oci_error(err, OCI_INVALID, 0, "trusted root: "
                             "an authority has no chain or validity");
        }

        for (k = 0; k < n; k++) {
            text = oci_json_str(json_array_get(certs, k), "rawBytes");

            if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, &der)
                    != OCI_OK
                || oci_sign_cert_der(pool, &der, &cert, err) != OCI_OK
                || !oci_sign_trust_push((k + 1 == n) ? &ca->roots
                                        : &ca->others, cert))
            {
                return oci_error(err, OCI_INVALID, 0,
                                 "trusted root: not a certificate");
            }
        }
    }

    return OCI_OK;
}


bool
oci_sign_valid_for(const json_t *item, int64_t *start, int64_t *end)
{
    json_t     *period;
    oci_str_t   text;

    period = json_object_get(item, "validFor");
    text = oci_json_str(period, "start");
    *start = *end = 0;

    if (text.len != 0 && !oci_sign_time_parse(&text, start)) {
        return false;
    }

    text = oci_json_str(period, "end");

    return text.len == 0 || oci_sign_time_parse(&text, end);
}


static oci_str_t
oci_sign_url_host(oci_pool_t *pool, const oci_str_t *url)
{
    u_char     *p, *end;
    oci_str_t   none = oci_null_string;

    p = (url->len == 0) ? NULL : memmem(url->data, url->len, "://", 3);

    if (p == NULL) {
        return none;
    }

    p += 3;
    end = url->data + url->len;

    if (p < end && *p == '[') {
        p++;
        end = memchr(p, ']', (size_t) (end - p));
        return end ? oci_str_dup(pool, p, (size_t) (end - p)) : none;
    }

    return oci_str_dup(pool, p, strcspn((char *) p, ":/?#"));
}


oci_status_e
oci_sign_trust_keys(oci_pool_t *pool, oci_array_t *logs,
    const oci_str_t *pem, oci_error_t *err)
{
    size_t           pos, n;
    oci_str_t        label, der;
    oci_sign_log_t  *log;

    for (pos = 0, n = 0;
         oci_sign_pem_next(pool, pem, &pos, &label, &der) == OCI_OK; n++)
    {
        log = oci_array_push(logs);

        if (log == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (oci_sign_key_spki(pool, &der, &log->key, err) != OCI_OK) {
            logs->nelts--;
            return OCI_INVALID;
        }

        oci_sign_sha256(der.data, der.len, log->id);
    }

    if (n == 0) {
        return oci_error(err, OCI_INVALID, 0, "no public key of a log in it");
    }

    return OCI_OK;
}


oci_status_e
oci_sign_trust_certs(oci_pool_t *pool, oci_array_t *cas,
    const oci_str_t *pem, bool last_root, oci_error_t *err)
{
    X509           *cert;
    bool            root;
    size_t          i;
    oci_array_t     certs;
    oci_status_e    status;
    oci_sign_ca_t  *ca;

    oci_array_init(&certs, pool, sizeof(X509 *));
    status = oci_sign_certs_pem(pool, pem, &certs, err);

    if (status != OCI_OK) {
        return status;
    }

    ca = oci_sign_trust_ca(pool, cas);

    for (i = 0; ca != NULL && i < certs.nelts; i++) {
        cert = ((X509 **) certs.elts)[i];

        root = last_root ? (i + 1 == certs.nelts)
               : X509_NAME_cmp(X509_get_subject_name(cert),
                               X509_get_issuer_name(cert)) == 0;

        if (!oci_sign_trust_push(root ? &ca->roots : &ca->others, cert)) {
            ca = NULL;
        }
    }

    return ca ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


oci_status_e
oci_sign_trust_times(oci_pool_t *pool, oci_array_t *tsas,
    const oci_str_t *pem, oci_error_t *err)
{
    size_t          i, leaves;
    oci_status_e    rc;
    oci_sign_ca_t  *tsa;

    rc = oci_sign_trust_certs(pool, tsas, pem, false, err);

    if (rc != OCI_OK) {
        return rc;
    }

    tsa = (oci_sign_ca_t *) tsas->elts + tsas->nelts - 1;

    for (leaves = 0, i = 0; i < tsa->others.nelts; i++) {
        leaves += (X509_check_ca(((X509 **) tsa->others.elts)[i]) != 1);
    }

    return (leaves == 1 && tsa->roots.nelts != 0) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "the chain of a timestamp "
                       "authority must contain exactly one leaf certificate "
                       "and a root");
}


oci_status_e
oci_sign_trust_roots(oci_pool_t *pool, oci_array_t *cas,
    const oci_str_t *roots, const oci_str_t *others, oci_error_t *err)
{
    oci_status_e    status;
    oci_sign_ca_t  *ca;

    ca = oci_sign_trust_ca(pool, cas);

    if (ca == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    status = oci_sign_certs_pem(pool, roots, &ca->roots, err);

    if (status == OCI_OK && others->len != 0) {
        status = oci_sign_certs_pem(pool, others, &ca->others, err);
    }

    return status;
}


static oci_sign_ca_t *
oci_sign_trust_ca(oci_pool_t *pool, oci_array_t *cas)
{
    oci_sign_ca_t  *ca;

    ca = oci_array_push(cas);

    if (ca != NULL) {
        oci_array_init(&ca->roots, pool, sizeof(X509 *));
        oci_array_init(&ca->others, pool, sizeof(X509 *));
    }

    return ca;
}


static bool
oci_sign_trust_push(oci_array_t *certs, X509 *cert)
{
    X509  **slot;

    slot = oci_array_push(certs);

    if (slot != NULL) {
        *slot = cert;
    }

    return slot != NULL;
}


oci_status_e
oci_sign_certs_pem(oci_pool_t *pool, const oci_str_t *pem,
    oci_array_t *certs, oci_error_t *err)
{
    X509       *cert;
    size_t      pos, n;
    oci_str_t   label, der;

    for (pos = 0, n = 0;
         oci_sign_pem_next(pool, pem, &pos, &label, &der) == OCI_OK; n++)
    {
        if (!oci_str_is(&label, "CERTIFICATE")) {
            return oci_error(err, OCI_INVALID, 0,
                             "expected certificates, found \"%s\"",
                             label.data);
        }

        if (oci_sign_cert_der(pool, &der, &cert, err) != OCI_OK
            || !oci_sign_trust_push(certs, cert))
        {
            return OCI_INVALID;
        }
    }

    if (n == 0) {
        return oci_error(err, OCI_INVALID, 0, "no certificate in it");
    }

    return OCI_OK;
}


oci_status_e
oci_sign_cert_der(oci_pool_t *pool, const oci_str_t *der, X509 **cert,
    oci_error_t *err)
{
    X509          *parsed;
    const u_char  *p;

    p = der->data;
    parsed = (der->len == 0 || der->len > INT32_MAX) ? NULL
             : d2i_X509(NULL, &p, (long) der->len);
    ERR_clear_error();

    if (parsed == NULL || p != der->data + der->len) {
        X509_free(parsed);
        return oci_error(err, OCI_INVALID, 0, "not a certificate");
    }

    if (oci_pool_cleanup(pool, oci_sign_cert_free, parsed) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *cert = parsed;

    return OCI_OK;
}


static void
oci_sign_cert_free(void *cert)
{
    X509_free(cert);
}


const oci_sign_log_t *
oci_sign_log_find(const oci_array_t *logs, const u_char *id)
{
    size_t                 i;
    const oci_sign_log_t  *log;

    for (i = 0; i < logs->nelts; i++) {
        log = (const oci_sign_log_t *) logs->elts + i;

        if (memcmp(log->id, id, 32) == 0) {
            return log;
        }
    }

    return NULL;
}


bool
oci_sign_valid_at(int64_t start, int64_t end, int64_t when)
{
    return (start == 0 || when >= start) && (end == 0 || when <= end);
}
