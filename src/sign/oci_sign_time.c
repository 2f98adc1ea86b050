/*
 * RFC 3161 timestamps.
 */

#include "oci_sign_cert.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <time.h>


static TS_RESP *oci_sign_time_read(const oci_str_t *token);
static bool oci_sign_time_imprint(TS_TST_INFO *info, const oci_str_t *data);
static bool oci_sign_time_said(TS_TST_INFO *info, int64_t *when);
static bool oci_sign_time_signed(PKCS7 *token, const oci_sign_ca_t *tsa,
    int64_t when);
static bool oci_sign_time_named(const oci_sign_ca_t *tsa, X509 *signer);
static bool oci_sign_time_granted(TS_RESP *resp);
static const char *oci_sign_time_words(oci_pool_t *pool, TS_RESP *resp);
static bool oci_sign_time_ours(TS_TST_INFO *info, const oci_str_t *data,
    uint64_t nonce, int64_t *when);


oci_status_e
oci_sign_time_verify(oci_pool_t *pool, const oci_str_t *token,
    const oci_str_t *data, const oci_array_t *tsas, int64_t *when,
    oci_error_t *err)
{
    bool                  good;
    size_t                i;
    TS_RESP              *resp;
    TS_TST_INFO          *info;
    const oci_sign_ca_t  *tsa;

    (void) pool;

    resp = oci_sign_time_read(token);
    info = (resp == NULL) ? NULL : TS_RESP_get_tst_info(resp);

    good = info != NULL && oci_sign_time_imprint(info, data)
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


/* NULL: not one TimeStampResp, from the first byte to the last */

static TS_RESP *
oci_sign_time_read(const oci_str_t *token)
{
    TS_RESP       *resp;
    const u_char  *p;

    if (token->len == 0 || token->len > INT32_MAX) {
        return NULL;
    }

    p = token->data;
    resp = d2i_TS_RESP(NULL, &p, (long) token->len);

    if (p != token->data + token->len) {
        TS_RESP_free(resp);
        return NULL;
    }

    return resp;
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
        good = TS_RESP_verify_signature(token, others, store, &signer) == 1
               && oci_sign_time_named(tsa, signer);
        X509_free(signer);
    }

    X509_STORE_free(store);
    sk_X509_free(others);

    return good;
}


/* a leaf that the trust names is the only one of its authority */

static bool
oci_sign_time_named(const oci_sign_ca_t *tsa, X509 *signer)
{
    bool     any;
    X509    *cert;
    size_t   i;

    any = true;

    for (i = 0; i < tsa->others.nelts; i++) {
        cert = ((X509 **) tsa->others.elts)[i];

        if (X509_check_ca(cert) != 1) {
            any = false;

            if (X509_cmp(cert, signer) == 0) {
                return true;
            }
        }
    }

    return any;
}


oci_str_t
oci_sign_time_request(oci_pool_t *pool, const oci_str_t *data,
    uint64_t nonce)
{
    int              len;
    bool             good;
    TS_REQ          *req;
    u_char           sum[32], *der;
    oci_str_t        text = oci_null_string;
    X509_ALGOR      *alg;
    ASN1_INTEGER    *number;
    TS_MSG_IMPRINT  *imprint;

    req = TS_REQ_new();
    alg = X509_ALGOR_new();
    number = ASN1_INTEGER_new();
    imprint = TS_MSG_IMPRINT_new();
    oci_sign_sha256(data->data, data->len, sum);

    good = req != NULL && alg != NULL && number != NULL && imprint != NULL
           && X509_ALGOR_set0(alg, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL)
              == 1
           && TS_MSG_IMPRINT_set_algo(imprint, alg) == 1
           && TS_MSG_IMPRINT_set_msg(imprint, sum, sizeof(sum)) == 1
           && ASN1_INTEGER_set_uint64(number, nonce) == 1
           && TS_REQ_set_version(req, 1) == 1
           && TS_REQ_set_msg_imprint(req, imprint) == 1
           && TS_REQ_set_nonce(req, number) == 1
           && TS_REQ_set_cert_req(req, 1) == 1;

    der = NULL;
    len = good ? i2d_TS_REQ(req, &der) : -1;

    if (len > 0) {
        text = oci_str_dup(pool, der, (size_t) len);
    }

    OPENSSL_free(der);
    TS_MSG_IMPRINT_free(imprint);
    ASN1_INTEGER_free(number);
    X509_ALGOR_free(alg);
    TS_REQ_free(req);
    ERR_clear_error();

    return text;
}


oci_status_e
oci_sign_time_answer(oci_pool_t *pool, const oci_str_t *token,
    const oci_str_t *data, uint64_t nonce, int64_t *when, oci_error_t *err)
{
    TS_RESP       *resp;
    oci_status_e   rc;

    resp = oci_sign_time_read(token);

    if (resp == NULL) {
        rc = oci_error(err, OCI_INVALID, 0, "not a timestamp");

    } else if (!oci_sign_time_granted(resp)) {
        rc = oci_error(err, OCI_DENIED, 0, "it grants no timestamp%s",
                       oci_sign_time_words(pool, resp));

    } else {
        rc = oci_sign_time_ours(TS_RESP_get_tst_info(resp), data, nonce,
                                when)
             ? OCI_OK
             : oci_error(err, OCI_INVALID, 0, "the timestamp is not of what "
                         "was asked for");
    }

    TS_RESP_free(resp);
    ERR_clear_error();

    return rc;
}


/* PKIStatus: granted, or grantedWithMods */

static bool
oci_sign_time_granted(TS_RESP *resp)
{
    uint64_t  n;

    return ASN1_INTEGER_get_uint64(&n, TS_STATUS_INFO_get0_status(
                                           TS_RESP_get_status_info(resp)))
           == 1 && n <= 1;
}


static const char *
oci_sign_time_words(oci_pool_t *pool, TS_RESP *resp)
{
    oci_str_t                        s;
    ASN1_UTF8STRING                 *word;
    const STACK_OF(ASN1_UTF8STRING) *words;

    words = TS_STATUS_INFO_get0_text(TS_RESP_get_status_info(resp));

    if (sk_ASN1_UTF8STRING_num(words) < 1) {
        return "";
    }

    word = sk_ASN1_UTF8STRING_value(words, 0);
    s = oci_strf(pool, ": %.*s",
                 ASN1_STRING_length(word) > 200 ? 200
                                                : ASN1_STRING_length(word),
                 (const char *) ASN1_STRING_get0_data(word));

    return s.data != NULL ? (char *) s.data : "";
}


static bool
oci_sign_time_ours(TS_TST_INFO *info, const oci_str_t *data, uint64_t nonce,
    int64_t *when)
{
    uint64_t             n;
    const ASN1_INTEGER  *number;

    number = (info != NULL) ? TS_TST_INFO_get_nonce(info) : NULL;

    return number != NULL && ASN1_INTEGER_get_uint64(&n, number) == 1
           && n == nonce && oci_sign_time_imprint(info, data)
           && oci_sign_time_said(info, when);
}
