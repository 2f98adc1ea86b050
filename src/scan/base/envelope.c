/*
 * The payload of a DSSE envelope.
 */

#include "envelope.h"
#include "oci_json.h"

#include <openssl/evp.h>


oci_status_e
oci_scan_envelope(oci_pool_t *pool, const json_t *envelope, oci_str_t *out,
    oci_error_t *err)
{
    int              n, tail;
    oci_str_t        type, text;
    EVP_ENCODE_CTX  *ctx;

    type = oci_json_str(envelope, "payloadType");
    text = oci_json_str(envelope, "payload");

    if (!oci_str_is(&type, "application/vnd.in-toto+json")) {
        return oci_error(err, OCI_INVALID, 0, "the payload of the envelope "
                         "is no in-toto statement");
    }

    out->data = oci_palloc(pool, text.len + 3);
    ctx = EVP_ENCODE_CTX_new();

    if (out->data == NULL || ctx == NULL || text.len > INT32_MAX) {
        EVP_ENCODE_CTX_free(ctx);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    n = 0;
    tail = 0;
    EVP_DecodeInit(ctx);

    if (EVP_DecodeUpdate(ctx, out->data, &n, text.data, (int) text.len) < 0
        || EVP_DecodeFinal(ctx, out->data + n, &tail) < 0)
    {
        EVP_ENCODE_CTX_free(ctx);
        return oci_error(err, OCI_INVALID, 0, "the payload of the envelope "
                         "is not base64");
    }

    EVP_ENCODE_CTX_free(ctx);
    out->len = (size_t) n + (size_t) tail;

    return OCI_OK;
}
