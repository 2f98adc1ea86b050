/*
 * Key pairs in secrets of Kubernetes.
 */

#include "sign/k8s.h"
#include "sign/kubeconfig.h"
#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>


#define SIGN_K8S_MAX  ((size_t) 4 << 20)    /* a secret has 1 MiB at most */


/* one server, one secret */

typedef struct {
    oci_pool_t     *pool;
    const char     *space;
    const char     *name;
    kubeconfig_t    kube;
    transport_t    *transport;
} sign_k8s_peer_t;


static oci_status_e sign_k8s_open(oci_pool_t *pool, const char *name,
    sign_k8s_peer_t *peer, oci_error_t *err);
static bool sign_k8s_name(const char *text, size_t len);
static oci_status_e sign_k8s_secret(sign_k8s_peer_t *peer, json_t **secret,
    oci_error_t *err);
static oci_status_e sign_k8s_send(sign_k8s_peer_t *peer, const char *method,
    const oci_str_t *path, const oci_str_t *body, json_t **answer,
    oci_error_t *err);
static oci_status_e sign_k8s_refused(const sign_k8s_peer_t *peer,
    const char *method, const transport_reply_t *reply, oci_error_t *err);
static oci_status_e sign_k8s_member(sign_k8s_peer_t *peer,
    const json_t *secret, const char *member, oci_str_t *value,
    oci_error_t *err);
static bool sign_k8s_immutable(sign_k8s_peer_t *peer);
static oci_status_e sign_k8s_put(sign_k8s_peer_t *peer, json_t *secret,
    bool there, const sign_k8s_t *pair, oci_error_t *err);
static oci_str_t sign_k8s_path(const sign_k8s_peer_t *peer, bool named);


bool
sign_k8s_named(const char *name)
{
    return strncmp(name, "k8s://", 6) == 0;
}


oci_status_e
sign_k8s_read(oci_pool_t *pool, const char *name, sign_k8s_t *pair,
    oci_error_t *err)
{
    json_t            *secret;
    oci_status_e       rc;
    sign_k8s_peer_t    peer;

    memset(pair, 0, sizeof(sign_k8s_t));
    rc = sign_k8s_open(pool, name, &peer, err);

    if (rc == OCI_OK) {
        rc = sign_k8s_secret(&peer, &secret, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    rc = sign_k8s_member(&peer, secret, "cosign.key", &pair->key, err);

    if (rc == OCI_OK) {
        rc = sign_k8s_member(&peer, secret, "cosign.pub", &pair->public, err);
    }

    if (rc == OCI_OK) {
        rc = sign_k8s_member(&peer, secret, "cosign.password",
                             &pair->password, err);
    }

    json_decref(secret);

    return rc;
}


static oci_status_e
sign_k8s_open(oci_pool_t *pool, const char *name, sign_k8s_peer_t *peer,
    oci_error_t *err)
{
    oci_str_t      space;
    const char    *slash;
    oci_status_e   rc;

    name += 6;
    slash = strchr(name, '/');

    if (slash == NULL || !sign_k8s_name(name, (size_t) (slash - name))
        || !sign_k8s_name(slash + 1, strlen(slash + 1)))
    {
        return oci_error(err, OCI_INVALID, 0, "a key in Kubernetes is named "
                         "k8s://NAMESPACE/SECRET");
    }

    memset(peer, 0, sizeof(sign_k8s_peer_t));
    space = oci_str_dup(pool, (const u_char *) name, (size_t) (slash - name));
    peer->pool = pool;
    peer->space = (char *) space.data;
    peer->name = slash + 1;
    rc = kubeconfig_load(pool, &peer->kube, err);

    if (rc != OCI_OK) {
        return rc;
    }

    peer->transport = transport_open(pool, &peer->kube.options);

    return (peer->transport != NULL && space.data != NULL) ? OCI_OK
           : oci_nomem(err);
}


/* a name of DNS, as all names there: nothing of it means anything in a URL */

static bool
sign_k8s_name(const char *text, size_t len)
{
    return len != 0 && len <= 253
           && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") >= len
           && text[0] != '.' && text[0] != '-';
}


static oci_status_e
sign_k8s_secret(sign_k8s_peer_t *peer, json_t **secret, oci_error_t *err)
{
    oci_str_t  path;

    path = sign_k8s_path(peer, true);

    return sign_k8s_send(peer, "GET", &path, NULL, secret, err);
}


static oci_str_t
sign_k8s_path(const sign_k8s_peer_t *peer, bool named)
{
    return oci_strf(peer->pool, "%s/api/v1/namespaces/%s/secrets%s%s",
                    peer->kube.server, peer->space, named ? "/" : "",
                    named ? peer->name : "");
}


static oci_status_e
sign_k8s_send(sign_k8s_peer_t *peer, const char *method,
    const oci_str_t *path, const oci_str_t *body, json_t **answer,
    oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    memset(&req, 0, sizeof(transport_request_t));
    req.method = method;
    req.path = (char *) path->data;
    req.host = &peer->kube.host;
    req.accept = "application/json";
    req.content_type = (body != NULL) ? "application/json" : NULL;
    req.body = body;
    req.authorization = &peer->kube.authorization;
    req.max = SIGN_K8S_MAX;

    rc = transport_fetch(peer->transport, &req, &reply, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status != 200 && reply.status != 201) {
        return sign_k8s_refused(peer, method, &reply, err);
    }

    *answer = oci_json_load(reply.body.data, reply.body.len, 0, err);
    oci_sign_wipe(&reply.body);

    return (*answer != NULL) ? OCI_OK : OCI_INVALID;
}


static oci_status_e
sign_k8s_refused(const sign_k8s_peer_t *peer, const char *method,
    const transport_reply_t *reply, oci_error_t *err)
{
    json_t        *status;
    oci_str_t      text;
    oci_status_e   rc;

    status = oci_json_load(reply->body.data, reply->body.len, 0, NULL);
    text = oci_json_str(status, "message");
    rc = (reply->status == 404) ? OCI_NOT_FOUND
         : (reply->status == 401 || reply->status == 403) ? OCI_DENIED
         : OCI_IO;

    rc = oci_error(err, rc, 0, "k8s://%s/%s: %s: status %ld%s%.*s",
                   peer->space, peer->name, method, reply->status,
                   text.len ? ": " : "",
                   (int) (text.len > 200 ? 200 : text.len),
                   text.len ? (char *) text.data : "");
    json_decref(status);

    return rc;
}


static oci_status_e
sign_k8s_member(sign_k8s_peer_t *peer, const json_t *secret,
    const char *member, oci_str_t *value, oci_error_t *err)
{
    oci_str_t  text;

    text = oci_json_str(json_object_get(secret, "data"), member);

    return (oci_sign_b64_decode(peer->pool, &text, OCI_SIGN_B64_STD, value)
            == OCI_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "k8s://%s/%s: %s is not base64",
                       peer->space, peer->name, member);
}


oci_status_e
sign_k8s_write(oci_pool_t *pool, const char *name, const sign_k8s_t *pair,
    bool overwrite, oci_error_t *err)
{
    bool               there;
    json_t            *secret;
    oci_error_t        why = { OCI_OK, 0, "" };
    oci_status_e       rc;
    sign_k8s_peer_t    peer;

    rc = sign_k8s_open(pool, name, &peer, err);

    if (rc != OCI_OK) {
        return rc;
    }

    secret = NULL;
    rc = sign_k8s_secret(&peer, &secret, &why);
    there = (rc == OCI_OK);

    if (!there && rc != OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    if (there && !overwrite
        && json_object_get(json_object_get(secret, "data"), "cosign.key")
           != NULL)
    {
        json_decref(secret);
        return oci_error(err, OCI_EXISTS, 0, "%s holds a key already", name);
    }

    if (!there) {
        secret = json_pack("{s:s,s:s,s:{s:s,s:s},s:{}}", "apiVersion", "v1",
                           "kind", "Secret", "metadata", "name", peer.name,
                           "namespace", peer.space, "data");
    }

    rc = sign_k8s_put(&peer, secret, there, pair, err);
    json_decref(secret);

    return rc;
}


static oci_status_e
sign_k8s_put(sign_k8s_peer_t *peer, json_t *secret, bool there,
    const sign_k8s_t *pair, oci_error_t *err)
{
    char          *text;
    size_t         i;
    json_t        *data, *answer;
    oci_str_t      path, coded, body;
    oci_status_e   rc;

    const struct {
        const char       *name;
        const oci_str_t  *value;
    } members[] = {
        { "cosign.key", &pair->key },
        { "cosign.pub", &pair->public },
        { "cosign.password", &pair->password }
    };

    data = json_object_get(secret, "data");

    if (!json_is_object(data)) {
        data = json_object();
        (void) json_object_set_new(secret, "data", data);
    }

    for (i = 0; i < 3; i++) {
        coded = oci_sign_b64(peer->pool, members[i].value->data,
                             members[i].value->len);
        (void) json_object_set_new(data, members[i].name,
                                   json_stringn((char *) coded.data,
                                                coded.len));
    }

    if (sign_k8s_immutable(peer)) {
        (void) json_object_set_new(secret, "immutable", json_true());
    }

    text = json_dumps(secret, JSON_COMPACT);

    if (text == NULL) {
        return oci_nomem(err);
    }

    path = sign_k8s_path(peer, there);
    body = oci_str(text);
    rc = sign_k8s_send(peer, there ? "PUT" : "POST", &path, &body, &answer,
                       err);
    oci_sign_wipe(&body);
    free(text);

    if (rc == OCI_OK) {
        json_decref(answer);
    }

    return rc;
}


/* Kubernetes 1.21 and later has secrets that nobody can change any more */

static bool
sign_k8s_immutable(sign_k8s_peer_t *peer)
{
    long        major, minor;
    json_t     *version;
    oci_str_t   path, text;

    path = oci_strf(peer->pool, "%s/version", peer->kube.server);

    if (sign_k8s_send(peer, "GET", &path, NULL, &version, NULL) != OCI_OK) {
        return false;
    }

    text = oci_json_str(version, "major");
    major = text.len ? strtol((char *) text.data, NULL, 10) : 0;
    text = oci_json_str(version, "minor");
    minor = text.len ? strtol((char *) text.data, NULL, 10) : 0;
    json_decref(version);

    return major > 1 || (major == 1 && minor >= 21);
}
