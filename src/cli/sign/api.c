/*
 * A service that speaks JSON over HTTP.
 */

#include "sign/api.h"
#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>


#define SIGN_API_MAX  ((size_t) 4 << 20)


static oci_status_e sign_api_refused(const sign_api_t *api,
    const char *method, const transport_reply_t *reply, oci_error_t *err);
static char *sign_api_message(const oci_str_t *body);


oci_status_e
sign_api_send(const sign_api_t *api, const char *method,
    const oci_str_t *url, const json_t *body, json_t **answer,
    oci_error_t *err)
{
    char                 *text;
    oci_str_t             sent;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    text = (body != NULL) ? json_dumps(body, JSON_COMPACT) : NULL;
    sent = oci_str(text);

    if (body != NULL && text == NULL) {
        return oci_nomem(err);
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = method;
    req.path = (char *) url->data;
    req.host = api->host;
    req.accept = "application/json";
    req.content_type = (body != NULL) ? "application/json" : NULL;
    req.body = (body != NULL) ? &sent : NULL;
    req.authorization = &api->authorization;
    req.max = SIGN_API_MAX;

    rc = transport_fetch(api->transport, &req, &reply, err);
    oci_sign_wipe(&sent);
    free(text);

    if (rc == OCI_OK && (reply.status < 200 || reply.status > 299)) {
        rc = sign_api_refused(api, method, &reply, err);
    }

    if (rc == OCI_OK && answer != NULL) {
        *answer = oci_json_load(reply.body.data, reply.body.len, 0, err);
        rc = (*answer != NULL) ? OCI_OK : OCI_INVALID;
        oci_sign_wipe(&reply.body);
    }

    return rc;
}


static oci_status_e
sign_api_refused(const sign_api_t *api, const char *method,
    const transport_reply_t *reply, oci_error_t *err)
{
    char          *text;
    oci_status_e   rc;

    text = sign_api_message(&reply->body);
    rc = (reply->status == 404) ? OCI_NOT_FOUND
         : (reply->status == 401 || reply->status == 403) ? OCI_DENIED
         : OCI_IO;

    rc = oci_error(err, rc, 0, "%s: %s: status %ld%s%.200s", api->key, method,
                   reply->status, text ? ": " : "", text ? text : "");
    free(text);

    return rc;
}


/* {"message": ...}: a text, or what GitLab says of each member */

static char *
sign_api_message(const oci_str_t *body)
{
    char          *text;
    json_t        *status;
    const json_t  *message;

    status = oci_json_load(body->data, body->len, 0, NULL);
    message = json_object_get(status, "message");

    text = json_is_string(message) ? strdup(json_string_value(message))
           : message != NULL
             ? json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY)
             : NULL;
    json_decref(status);

    return text;
}
