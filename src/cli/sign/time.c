/*
 * Timestamps of signatures.
 */

#include "sign/time.h"
#include "oci_json.h"
#include "oci_sign_cert.h"
#include "oci_sign_image.h"
#include "sign/log_upload.h"
#include "sign/verbs.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>


#define SIGN_TIME_ANSWER  (1024 * 1024)


static oci_status_e sign_time_config(cmd_t *cmd, sign_time_t *t);
static oci_status_e sign_time_add(cmd_t *cmd, sign_time_t *t,
    const char *url);
static oci_status_e sign_time_one(cmd_t *cmd, sign_time_t *t,
    const char *url, const oci_str_t *data, oci_str_t *token);
static oci_status_e sign_time_check(cmd_t *cmd, sign_time_t *t,
    const char *url, const oci_str_t *data, uint64_t nonce,
    const oci_str_t *token);


oci_status_e
sign_time_choose(cmd_t *cmd, sign_time_t *t)
{
    bool           named;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    named = args->time.url != NULL && args->time.url[0] != '\0';
    memset(t, 0, sizeof(sign_time_t));
    oci_array_init(&t->urls, cmd->pool, sizeof(const char *));
    oci_sign_trust_init(&t->trust, cmd->pool);

    rc = OCI_OK;

    if (named && sign_configured(cmd)) {
        rc = oci_error(&cmd->err, OCI_INVALID, 0, "--signing-config names "
                       "the timestamp authorities: --timestamp-server-url "
                       "excludes it");

    } else if (named) {
        rc = sign_time_add(cmd, t, args->time.url);

    } else if (sign_configured(cmd)) {
        rc = sign_time_config(cmd, t);

    } else if (args->time.cacert != NULL || args->time.cert != NULL
               || args->time.key != NULL)
    {
        rc = oci_error(&cmd->err, OCI_INVALID, 0, "--timestamp-client-* is "
                       "of a timestamp authority: name it with "
                       "--timestamp-server-url");
    }

    /* of a trusted root its authorities too */

    return (rc != OCI_OK || t->urls.nelts == 0) ? rc
           : sign_trust_logs(cmd->pool, args, false, &t->trust, &cmd->err);
}


/* as many as tsaConfig wants: one, unless it says ALL or EXACT */

static oci_status_e
sign_time_config(cmd_t *cmd, sign_time_t *t)
{
    size_t         i;
    json_t        *root, *list, *item;
    uint64_t       version, least, most;
    oci_str_t      url, selector;
    oci_status_e   rc;

    rc = sign_config_read(cmd, &root);
    if (rc != OCI_OK) {
        return rc;
    }

    list = json_object_get(root, "tsaUrls");
    item = json_object_get(root, "tsaConfig");
    selector = oci_json_str(item, "selector");
    least = 1;
    most = oci_str_is(&selector, "ALL") ? json_array_size(list) : 1;

    if (oci_str_is(&selector, "EXACT")
        && oci_json_uint(item, "count", &least))
    {
        most = least;
    }

    for (i = 0; rc == OCI_OK && i < json_array_size(list)
                && t->urls.nelts < most; i++)
    {
        url = sign_config_service(json_array_get(list, i), 1, &version);

        if (url.len != 0) {
            rc = sign_time_add(cmd, t, oci_cstr(cmd->pool, &url));
        }
    }

    if (rc == OCI_OK && t->urls.nelts < least && json_array_size(list) != 0) {
        rc = oci_error(&cmd->err, OCI_INVALID, 0, "the signing config wants "
                       "%llu of its timestamp authorities, and %zu are valid "
                       "now and speak v1", (unsigned long long) least,
                       t->urls.nelts);
    }

    json_decref(root);

    return rc;
}


static oci_status_e
sign_time_add(cmd_t *cmd, sign_time_t *t, const char *url)
{
    const char  **slot;

    slot = (url != NULL) ? oci_array_push(&t->urls) : NULL;

    if (slot == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    *slot = url;

    return OCI_OK;
}


oci_status_e
sign_time_ask(cmd_t *cmd, sign_time_t *t, const oci_str_t *data,
    oci_array_t *times)
{
    size_t         i;
    oci_str_t     *token;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    oci_array_init(times, cmd->pool, sizeof(oci_str_t));

    if (t->urls.nelts != 0 && t->transport == NULL) {
        t->options.cacert = args->time.cacert;
        t->options.client_cert = args->time.cert;
        t->options.client_key = args->time.key;
        t->transport = transport_open(cmd->pool, &t->options);

        if (t->transport == NULL) {
            return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
        }
    }

    for (i = 0; i < t->urls.nelts; i++) {
        token = oci_array_push(times);

        rc = (token == NULL)
             ? oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory")
             : sign_time_one(cmd, t, ((const char **) t->urls.elts)[i], data,
                             token);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
sign_time_one(cmd_t *cmd, sign_time_t *t, const char *url,
    const oci_str_t *data, oci_str_t *token)
{
    uint64_t             nonce;
    oci_str_t            body;
    oci_status_e         rc;
    transport_reply_t    reply;
    transport_request_t  req;

    body.data = NULL;

    if (RAND_bytes((u_char *) &nonce, sizeof(nonce)) == 1) {
        body = oci_sign_time_request(cmd->pool, data, nonce);
    }

    if (body.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "POST";
    req.path = url;
    req.accept = "application/timestamp-reply";
    req.content_type = "application/timestamp-query";
    req.body = &body;
    req.max = SIGN_TIME_ANSWER;

    rc = transport_fetch(t->transport, &req, &reply, &cmd->err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status != 200 && reply.status != 201) {
        return oci_error(&cmd->err, OCI_IO, 0, "the timestamp authority at "
                         "%s answered %ld: %.*s", url, reply.status,
                         (int) (reply.body.len > 200 ? 200 : reply.body.len),
                         reply.body.len ? (char *) reply.body.data : "");
    }

    *token = reply.body;

    return sign_time_check(cmd, t, url, data, nonce, token);
}


static oci_status_e
sign_time_check(cmd_t *cmd, sign_time_t *t, const char *url,
    const oci_str_t *data, uint64_t nonce, const oci_str_t *token)
{
    int64_t       when;
    oci_str_t     text;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_sign_time_answer(cmd->pool, token, data, nonce, &when, &err);

    if (rc == OCI_OK && t->trust.tsas.nelts != 0) {
        rc = oci_sign_time_verify(cmd->pool, token, data, &t->trust.tsas,
                                  &when, &err);
    }

    if (rc != OCI_OK) {
        return oci_error(&cmd->err, rc, 0, "what the timestamp authority at "
                         "%s answered does not hold: %s", url, err.text);
    }

    text = oci_sign_time_text(cmd->pool, when);
    fprintf(stderr, "Timestamp fetched with time: %s\n",
            text.data != NULL ? (char *) text.data : "");

    return OCI_OK;
}


oci_str_t
sign_time_legacy(oci_pool_t *pool, const oci_array_t *times)
{
    oci_str_t         b64, none = oci_null_string;
    const oci_str_t  *token;

    if (times->nelts == 0) {
        return none;
    }

    token = times->elts;
    b64 = oci_sign_b64(pool, token->data, token->len);

    return b64.data == NULL ? none
           : oci_strf(pool, "{\"SignedRFC3161Timestamp\":\"%s\"}", b64.data);
}


oci_status_e
sign_time_note(cmd_t *cmd, sign_time_t *t, const oci_str_t *data,
    json_t *notes)
{
    oci_str_t     text;
    oci_array_t   times;
    oci_status_e  rc;

    rc = sign_time_ask(cmd, t, data, &times);

    if (rc == OCI_OK && times.nelts != 0) {
        text = sign_time_legacy(cmd->pool, &times);
        (void) json_object_set_new(notes, OCI_SIGN_A_TIME,
                                   json_string((char *) text.data));
    }

    return rc;
}
