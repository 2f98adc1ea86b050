/*
 * Signed certificate timestamps: RFC 6962, section 3.2 and 3.3.
 */

#include "oci_sign_cert.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <string.h>


#define OCI_SIGN_MAX_SCTS  16


static oci_str_t oci_sign_precert(oci_pool_t *pool, X509 *cert,
    X509 *issuer);
static oci_str_t oci_sign_sct_text(oci_pool_t *pool, const SCT *sct,
    const oci_str_t *precert);
static bool oci_sign_sct_good(oci_pool_t *pool, const SCT *sct,
    const oci_str_t *precert, const oci_array_t *ctlogs);
static void oci_sign_put(oci_buf_t *b, uint64_t value, int size);


oci_status_e
oci_sign_sct_verify(oci_pool_t *pool, X509 *cert, X509 *issuer,
    const oci_array_t *ctlogs, oci_error_t *err)
{
    int             i, n, good;
    oci_str_t       precert;
    STACK_OF(SCT)  *list;

    list = X509_get_ext_d2i(cert, NID_ct_precert_scts, NULL, NULL);
    n = sk_SCT_num(list);

    if (n <= 0 || n > OCI_SIGN_MAX_SCTS) {
        SCT_LIST_free(list);
        ERR_clear_error();
        return oci_error(err, OCI_DENIED, 0, "certificate does not include "
                         "required embedded SCT and no detached SCT was set");
    }

    precert = oci_sign_precert(pool, cert, issuer);

    for (good = 0, i = 0; precert.data != NULL && i < n; i++) {
        good += oci_sign_sct_good(pool, sk_SCT_value(list, i), &precert,
                                  ctlogs);
    }

    SCT_LIST_free(list);
    ERR_clear_error();

    if (good == 0) {
        return oci_error(err, OCI_DENIED, 0, "only able to verify 0 SCT "
                         "entries; unable to meet threshold of 1");
    }

    return OCI_OK;
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
oci_sign_sct_text(oci_pool_t *pool, const SCT *sct, const oci_str_t *precert)
{
    u_char    *ext;
    size_t     len;
    oci_buf_t  b = oci_null_buf;

    len = SCT_get0_extensions(sct, &ext);

    oci_sign_put(&b, 0, 1);                         /* v1 */
    oci_sign_put(&b, 0, 1);                         /* a timestamp */
    oci_sign_put(&b, SCT_get_timestamp(sct), 8);
    oci_sign_put(&b, 1, 2);                         /* of a precertificate */
    oci_buf_add(&b, precert->data, precert->len);
    oci_sign_put(&b, len, 2);
    oci_buf_add(&b, ext, len);

    return oci_sign_buf_take(pool, &b);
}


static bool
oci_sign_sct_good(oci_pool_t *pool, const SCT *sct, const oci_str_t *precert,
    const oci_array_t *ctlogs)
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

    text = oci_sign_sct_text(pool, sct, precert);
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
