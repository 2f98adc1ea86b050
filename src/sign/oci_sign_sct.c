/*
 * Signed certificate timestamps: RFC 6962, section 3.2 and 3.3.
 */

#include "oci_sign_cert.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <string.h>


#define OCI_SIGN_MAX_SCTS  16

/* LogEntryType */

#define OCI_SIGN_X509      0
#define OCI_SIGN_PRECERT   1


static oci_str_t oci_sign_precert(oci_pool_t *pool, X509 *cert,
    X509 *issuer);
static oci_status_e oci_sign_sct_beside(oci_pool_t *pool, X509 *cert,
    const oci_str_t *detached, const oci_array_t *ctlogs, oci_error_t *err);
static SCT *oci_sign_sct_read(oci_pool_t *pool, const oci_str_t *text);
static bool oci_sign_sct_fill(oci_pool_t *pool, SCT *sct, const json_t *root);
static oci_str_t oci_sign_sct_text(oci_pool_t *pool, const SCT *sct,
    int type, const oci_str_t *entry);
static bool oci_sign_sct_good(oci_pool_t *pool, const SCT *sct, int type,
    const oci_str_t *entry, const oci_array_t *ctlogs);
static void oci_sign_put(oci_buf_t *b, uint64_t value, int size);


oci_status_e
oci_sign_sct_verify(oci_pool_t *pool, X509 *cert, X509 *issuer,
    const oci_str_t *detached, const oci_array_t *ctlogs, oci_error_t *err)
{
    int             i, n, good;
    oci_str_t       precert;
    STACK_OF(SCT)  *list;

    list = X509_get_ext_d2i(cert, NID_ct_precert_scts, NULL, NULL);
    n = sk_SCT_num(list);

    if (list == NULL && detached != NULL) {
        ERR_clear_error();
        return oci_sign_sct_beside(pool, cert, detached, ctlogs, err);
    }

    if (n <= 0 || n > OCI_SIGN_MAX_SCTS) {
        SCT_LIST_free(list);
        ERR_clear_error();
        return oci_error(err, OCI_DENIED, 0, "certificate does not include "
                         "required embedded SCT and no detached SCT was set");
    }

    precert = oci_sign_precert(pool, cert, issuer);

    for (good = 0, i = 0; precert.data != NULL && i < n; i++) {
        good += oci_sign_sct_good(pool, sk_SCT_value(list, i),
                                  OCI_SIGN_PRECERT, &precert, ctlogs);
    }

    SCT_LIST_free(list);
    ERR_clear_error();

    if (good == 0) {
        return oci_error(err, OCI_DENIED, 0, "only able to verify 0 SCT "
                         "entries; unable to meet threshold of 1");
    }

    return OCI_OK;
}


/* over the certificate as it is, not over a precertificate */

static oci_status_e
oci_sign_sct_beside(oci_pool_t *pool, X509 *cert, const oci_str_t *detached,
    const oci_array_t *ctlogs, oci_error_t *err)
{
    int         len;
    SCT        *sct;
    bool        good;
    u_char     *der;
    oci_buf_t   b = oci_null_buf;
    oci_str_t   entry;

    sct = oci_sign_sct_read(pool, detached);

    if (sct == NULL) {
        return oci_error(err, OCI_INVALID, 0, "the detached SCT is no "
                         "AddChainResponse of a certificate log");
    }

    der = NULL;
    len = i2d_X509(cert, &der);

    if (len > 0) {
        oci_sign_put(&b, (uint64_t) len, 3);
        oci_buf_add(&b, der, (size_t) len);
    }

    OPENSSL_free(der);
    entry = oci_sign_buf_take(pool, &b);
    good = len > 0 && entry.data != NULL
           && oci_sign_sct_good(pool, sct, OCI_SIGN_X509, &entry, ctlogs);
    SCT_free(sct);

    return good ? OCI_OK
           : oci_error(err, OCI_DENIED, 0, "the detached SCT is of another "
                       "certificate, or of a log that is not known");
}


static SCT *
oci_sign_sct_read(oci_pool_t *pool, const oci_str_t *text)
{
    SCT     *sct;
    json_t  *root;

    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, NULL);
    sct = (root != NULL) ? SCT_new() : NULL;

    if (sct != NULL && !oci_sign_sct_fill(pool, sct, root)) {
        SCT_free(sct);
        sct = NULL;
    }

    json_decref(root);
    ERR_clear_error();

    return sct;
}


static bool
oci_sign_sct_fill(oci_pool_t *pool, SCT *sct, const json_t *root)
{
    uint64_t   version, when;
    oci_str_t  id, more, signature, text;

    text = oci_json_str(root, "id");

    if (!oci_json_uint(root, "sct_version", &version) || version != 0
        || !oci_json_uint(root, "timestamp", &when)
        || oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &id) != OCI_OK)
    {
        return false;
    }

    text = oci_json_str(root, "extensions");

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &more) != OCI_OK
        || more.len > 65535)
    {
        return false;
    }

    text = oci_json_str(root, "signature");

    /* hash, kind and length go before a signature of TLS */

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &signature)
            != OCI_OK
        || signature.len < 4 || signature.data[0] != 4
        || (size_t) (signature.data[2] << 8 | signature.data[3])
           != signature.len - 4)
    {
        return false;
    }

    SCT_set_timestamp(sct, when);

    return SCT_set_version(sct, SCT_VERSION_V1) == 1
           && SCT_set1_log_id(sct, id.data, id.len) == 1
           && SCT_set1_extensions(sct, more.data, more.len) == 1
           && SCT_set1_signature(sct, signature.data + 4, signature.len - 4)
              == 1;
}


/* issuer key hash, then the length and DER of the TBS without its SCTs */

static oci_str_t
oci_sign_precert(oci_pool_t *pool, X509 *cert, X509 *issuer)
{
    int         at, len;
    X509       *copy;
    u_char      sum[32], *der;
    EVP_PKEY   *key;
    oci_str_t   spki;
    oci_buf_t   b = oci_null_buf;

    copy = X509_dup(cert);
    key = X509_get0_pubkey(issuer);

    if (copy == NULL || key == NULL) {
        X509_free(copy);
        return oci_str(NULL);
    }

    at = X509_get_ext_by_NID(copy, NID_ct_precert_scts, -1);
    X509_EXTENSION_free(X509_delete_ext(copy, at));

    der = NULL;
    len = i2d_re_X509_tbs(copy, &der);
    X509_free(copy);

    spki = oci_sign_key_der(pool, key);
    oci_sign_sha256(spki.data, spki.len, sum);

    if (len > 0) {
        oci_buf_add(&b, sum, sizeof(sum));
        oci_sign_put(&b, (uint64_t) len, 3);
        oci_buf_add(&b, der, (size_t) len);
    }

    OPENSSL_free(der);

    return (len > 0) ? oci_sign_buf_take(pool, &b) : oci_str(NULL);
}


static oci_str_t
oci_sign_sct_text(oci_pool_t *pool, const SCT *sct, int type,
    const oci_str_t *entry)
{
    u_char    *ext;
    size_t     len;
    oci_buf_t  b = oci_null_buf;

    len = SCT_get0_extensions(sct, &ext);

    oci_sign_put(&b, 0, 1);                         /* v1 */
    oci_sign_put(&b, 0, 1);                         /* a timestamp */
    oci_sign_put(&b, SCT_get_timestamp(sct), 8);
    oci_sign_put(&b, (uint64_t) type, 2);
    oci_buf_add(&b, entry->data, entry->len);
    oci_sign_put(&b, len, 2);
    oci_buf_add(&b, ext, len);

    return oci_sign_buf_take(pool, &b);
}


static bool
oci_sign_sct_good(oci_pool_t *pool, const SCT *sct, int type,
    const oci_str_t *entry, const oci_array_t *ctlogs)
{
    u_char                *id, *sig;
    size_t                 id_len, sig_len;
    oci_str_t              text, signature;
    const oci_sign_log_t  *log;

    id_len = SCT_get0_log_id(sct, &id);
    sig_len = SCT_get0_signature(sct, &sig);

    if (SCT_get_version(sct) != SCT_VERSION_V1 || id_len != 32) {
        return false;
    }

    log = oci_sign_log_find(ctlogs, id);

    if (log == NULL
        || !oci_sign_valid_at(log->start, log->end,
                              (int64_t) (SCT_get_timestamp(sct) / 1000)))
    {
        return false;
    }

    text = oci_sign_sct_text(pool, sct, type, entry);
    signature.data = sig;
    signature.len = sig_len;

    return text.data != NULL
           && oci_sign_key_verify(pool, log->key, OCI_SHA256, &text,
                                  &signature, NULL) == OCI_OK;
}


static void
oci_sign_put(oci_buf_t *b, uint64_t value, int size)
{
    u_char  c;

    while (size-- > 0) {
        c = (u_char) (value >> (size * 8));
        oci_buf_add(b, &c, 1);
    }
}
