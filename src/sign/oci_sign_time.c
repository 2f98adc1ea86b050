/*
 * RFC 3161 timestamps.
 */

#include "oci_sign_cert.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <time.h>


static bool oci_sign_time_imprint(TS_TST_INFO *info, const oci_str_t *data);
static bool oci_sign_time_said(TS_TST_INFO *info, int64_t *when);
static bool oci_sign_time_signed(PKCS7 *token, const oci_sign_ca_t *tsa,
    int64_t when);


oci_status_e
oci_sign_time_verify(oci_pool_t *pool, const oci_str_t *token,
    const oci_str_t *data, const oci_array_t *tsas, int64_t *when,
    oci_error_t *err)
{
    bool                  good;
    size_t                i;
    TS_RESP              *resp;
    TS_TST_INFO          *info;
    const u_char         *p;
    const oci_sign_ca_t  *tsa;

    (void) pool;

    p = token->data;
    resp = (token->len == 0 || token->len > INT32_MAX) ? NULL
           : d2i_TS_RESP(NULL, &p, (long) token->len);
    info = (resp == NULL) ? NULL : TS_RESP_get_tst_info(resp);

    good = info != NULL && p == token->data + token->len
           && oci_sign_time_imprint(info, data)
           && oci_sign_time_said(info, when);

    for (i = 0; good && i < tsas->nelts; i++) {
        tsa = (const oci_sign_ca_t *) tsas->elts + i;

        if (oci_sign_valid_at(tsa->start, tsa->end, *when)
            && oci_sign_time_signed(TS_RESP_get_token(resp), tsa, *when))
        {
            break;
        }
    }

    good = good && i < tsas->nelts;

    TS_RESP_free(resp);
    ERR_clear_error();

    if (!good) {
        return oci_error(err, OCI_DENIED, 0,
                         "unable to verify signed timestamp");
    }

    return OCI_OK;
}


static bool
oci_sign_time_imprint(TS_TST_INFO *info, const oci_str_t *data)
{
    int                 nid;
    u_char              sum[EVP_MAX_MD_SIZE];
    unsigned            len;
    const EVP_MD       *md;
    ASN1_OCTET_STRING  *said;
    TS_MSG_IMPRINT     *imprint;

    imprint = TS_TST_INFO_get_msg_imprint(info);
    nid = OBJ_obj2nid(TS_MSG_IMPRINT_get_algo(imprint)->algorithm);

    if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512) {
        return false;
    }

    md = EVP_get_digestbynid(nid);
    said = TS_MSG_IMPRINT_get_msg(imprint);

    return md != NULL
           && EVP_Digest(data->data, data->len, sum, &len, md, NULL) == 1
           && (unsigned) ASN1_STRING_length(said) == len
           && memcmp(ASN1_STRING_get0_data(said), sum, len) == 0;
}


static bool
oci_sign_time_said(TS_TST_INFO *info, int64_t *when)
{
    struct tm  tm;

    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1) {
        return false;
    }

    *when = (int64_t) timegm(&tm);

    return true;
}


static bool
oci_sign_time_signed(PKCS7 *token, const oci_sign_ca_t *tsa, int64_t when)
{
    bool             good;
    X509            *signer;
    size_t           i;
    X509_STORE      *store;
    STACK_OF(X509)  *others;

    store = X509_STORE_new();
    others = sk_X509_new_null();
    good = store != NULL && others != NULL;

    for (i = 0; good && i < tsa->roots.nelts; i++) {
        good = X509_STORE_add_cert(store, ((X509 **) tsa->roots.elts)[i])
               == 1;
    }

    for (i = 0; good && i < tsa->others.nelts; i++) {
        good = sk_X509_push(others, ((X509 **) tsa->others.elts)[i]) > 0;
    }

    if (good) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
                                   (time_t) when);
        (void) X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);

        signer = NULL;
        good = TS_RESP_verify_signature(token, others, store, &signer) == 1;
        X509_free(signer);
    }

    X509_STORE_free(store);
    sk_X509_free(others);

    return good;
}
