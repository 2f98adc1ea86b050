/*
 * The "simple signing" payload.
 */

#include "oci_sign_payload.h"

#include <string.h>


static void oci_sign_json_free(void *root);
static oci_str_t oci_sign_fold_str(const json_t *obj, const char *name,
    bool order);


oci_str_t
oci_sign_payload_text(oci_pool_t *pool, const oci_str_t *reference,
    const oci_str_t *digest, const oci_array_t *pairs)
{
    json_t                 *optional;
    size_t                  i;
    oci_buf_t               b = oci_null_buf;
    oci_str_t               text;
    const oci_sign_pair_t  *pair;

    optional = json_object();

    for (i = 0; pairs != NULL && i < pairs->nelts; i++) {
        pair = (const oci_sign_pair_t *) pairs->elts + i;

        if (json_object_setn_new(optional, (char *) pair->name.data,
                pair->name.len,
                json_stringn((char *) pair->value.data, pair->value.len))
            != 0)
        {
            b.failed = true;
        }
    }

    oci_buf_adds(&b, "{\"critical\":{\"identity\":{\"docker-reference\":");
    oci_sign_json_quote(&b, reference->data, reference->len);
    oci_buf_adds(&b, "},\"image\":{\"docker-manifest-digest\":");
    oci_sign_json_quote(&b, digest->data, digest->len);
    oci_buf_adds(&b, "},\"type\":\"" OCI_SIGN_PAYLOAD_TYPE "\"},"
                     "\"optional\":");

    if (pairs == NULL || pairs->nelts == 0) {
        oci_buf_adds(&b, "null");

    } else {
        text = oci_sign_json_text(pool, optional, true);
        oci_buf_add(&b, text.data, text.len);
    }

    oci_buf_adds(&b, "}");
    json_decref(optional);

    return oci_sign_buf_take(pool, &b);
}


oci_status_e
oci_sign_payload_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_payload_t *payload, oci_error_t *err)
{
    bool     order;
    json_t  *critical, *identity, *image;

    memset(payload, 0, sizeof(oci_sign_payload_t));

    payload->root = oci_sign_json_go(pool, text, &order, err);

    if (payload->root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(pool, payload->root)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (!json_is_object(payload->root) && !json_is_null(payload->root)) {
        return oci_error(err, OCI_INVALID, 0, "payload is no JSON object");
    }

    critical = oci_sign_json_fold(payload->root, "critical", order);
    identity = oci_sign_json_fold(critical, "identity", order);
    image = oci_sign_json_fold(critical, "image", order);

    payload->reference = oci_sign_fold_str(identity, "docker-reference",
                                           order);
    payload->digest = oci_sign_fold_str(image, "docker-manifest-digest",
                                        order);
    payload->type = oci_sign_fold_str(critical, "type", order);
    payload->optional = oci_sign_json_fold(payload->root, "optional", order);

    if (payload->optional != NULL && !json_is_object(payload->optional)) {

        if (!json_is_null(payload->optional)) {
            return oci_error(err, OCI_INVALID, 0,
                             "optional part of the payload is no object");
        }

        payload->optional = NULL;
    }

    return OCI_OK;
}


static oci_str_t
oci_sign_fold_str(const json_t *obj, const char *name, bool order)
{
    json_t     *value;
    oci_str_t   s = oci_null_string;

    value = oci_sign_json_fold(obj, name, order);

    if (json_is_string(value)) {
        s.data = (u_char *) json_string_value(value);
        s.len = json_string_length(value);
    }

    return s;
}


bool
oci_sign_pairs_match(const json_t *object, const oci_array_t *pairs)
{
    size_t            i;
    json_t           *value;
    oci_str_t         text;
    oci_sign_pair_t  *pair;

    for (i = 0; pairs != NULL && i < pairs->nelts; i++) {
        pair = (oci_sign_pair_t *) pairs->elts + i;
        value = json_object_getn(object, (char *) pair->name.data,
                                 pair->name.len);

        if (!json_is_string(value)) {
            return false;
        }

        text.data = (u_char *) json_string_value(value);
        text.len = json_string_length(value);

        if (!oci_str_eq(&text, &pair->value)) {
            return false;
        }
    }

    return true;
}


bool
oci_sign_json_keep(oci_pool_t *pool, json_t *root)
{
    return oci_pool_cleanup(pool, oci_sign_json_free, root) == OCI_OK;
}


static void
oci_sign_json_free(void *root)
{
    json_decref(root);
}
