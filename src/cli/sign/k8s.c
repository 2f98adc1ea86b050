/*
 * Key pairs in secrets of Kubernetes.
 */

#include "sign/api.h"
#include "sign/kubeconfig.h"
#include "sign/place.h"
#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>


/* one server, one secret */

typedef struct {
    const char     *space;
    const char     *name;
    kubeconfig_t    kube;
    sign_api_t      api;
} sign_k8s_peer_t;


static oci_status_e sign_k8s_read(oci_pool_t *pool, const char *name,
    bool private, sign_pair_t *pair, oci_error_t *err);
static oci_status_e sign_k8s_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err);
static oci_status_e sign_k8s_open(oci_pool_t *pool, const char *name,
    sign_k8s_peer_t *peer, oci_error_t *err);
static bool sign_k8s_name(const char *text, size_t len);
static oci_status_e sign_k8s_secret(sign_k8s_peer_t *peer, json_t **secret,
    oci_error_t *err);
static oci_status_e sign_k8s_member(sign_k8s_peer_t *peer,
    const json_t *secret, const char *member, oci_str_t *value,
    oci_error_t *err);
static bool sign_k8s_immutable(sign_k8s_peer_t *peer);
static oci_status_e sign_k8s_put(sign_k8s_peer_t *peer, json_t *secret,
    bool there, const sign_pair_t *pair, oci_error_t *err);
static oci_str_t sign_k8s_path(const sign_k8s_peer_t *peer, bool named);


const sign_place_t  sign_place_k8s = {
    "k8s://", sign_k8s_read, sign_k8s_write
};


static oci_status_e
sign_k8s_read(oci_pool_t *pool, const char *name, bool private,
    sign_pair_t *pair, oci_error_t *err)
{
    json_t            *secret;
    oci_status_e       rc;
    sign_k8s_peer_t    peer;

    secret = NULL;
    rc = sign_k8s_open(pool, name, &peer, err);

    if (rc == OCI_OK) {
        rc = sign_k8s_secret(&peer, &secret, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    if (private) {
        rc = sign_k8s_member(&peer, secret, "cosign.key", &pair->key, err);

        if (rc == OCI_OK) {
            rc = sign_k8s_member(&peer, secret, "cosign.password",
                                 &pair->password, err);
        }

    } else {
        rc = sign_k8s_member(&peer, secret, "cosign.pub", &pair->public, err);
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

    memset(peer, 0, sizeof(sign_k8s_peer_t));
    peer->api.key = name;
    name += strlen(sign_place_k8s.scheme);
    slash = strchr(name, '/');

    if (slash == NULL || !sign_k8s_name(name, (size_t) (slash - name))
        || !sign_k8s_name(slash + 1, strlen(slash + 1)))
    {
        return oci_error(err, OCI_INVALID, 0, "a key in Kubernetes is named "
                         "k8s://NAMESPACE/SECRET");
    }

    space = oci_str_dup(pool, (const u_char *) name, (size_t) (slash - name));
    peer->api.pool = pool;
    peer->space = (char *) space.data;
    peer->name = slash + 1;
    rc = kubeconfig_load(pool, &peer->kube, err);

    if (rc != OCI_OK) {
        return rc;
    }

    peer->api.host = &peer->kube.host;
    peer->api.authorization = peer->kube.authorization;
    peer->api.transport = transport_open(pool, &peer->kube.options);

    return (peer->api.transport != NULL && space.data != NULL) ? OCI_OK
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

    return sign_api_send(&peer->api, "GET", &path, NULL, secret, err);
}


static oci_str_t
sign_k8s_path(const sign_k8s_peer_t *peer, bool named)
{
    return oci_strf(peer->api.pool, "%s/api/v1/namespaces/%s/secrets%s%s",
                    peer->kube.server, peer->space, named ? "/" : "",
                    named ? peer->name : "");
}


static oci_status_e
sign_k8s_member(sign_k8s_peer_t *peer, const json_t *secret,
    const char *member, oci_str_t *value, oci_error_t *err)
{
    oci_str_t  text;

    text = oci_json_str(json_object_get(secret, "data"), member);

    return (oci_sign_b64_decode(peer->api.pool, &text, OCI_SIGN_B64_STD,
                                value) == OCI_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "%s: %s is not base64",
                       peer->api.key, member);
}


static oci_status_e
sign_k8s_write(oci_pool_t *pool, const char *name, const sign_pair_t *pair,
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
    const sign_pair_t *pair, oci_error_t *err)
{
    size_t     i;
    json_t    *data;
    oci_str_t  path, coded;

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
        coded = oci_sign_b64(peer->api.pool, members[i].value->data,
                             members[i].value->len);
        (void) json_object_set_new(data, members[i].name,
                                   json_stringn((char *) coded.data,
                                                coded.len));
    }

    if (sign_k8s_immutable(peer)) {
        (void) json_object_set_new(secret, "immutable", json_true());
    }

    path = sign_k8s_path(peer, there);

    return sign_api_send(&peer->api, there ? "PUT" : "POST", &path, secret,
                         NULL, err);
}


/* Kubernetes 1.21 and later has secrets that nobody can change any more */

static bool
sign_k8s_immutable(sign_k8s_peer_t *peer)
{
    long        major, minor;
    json_t     *version;
    oci_str_t   path, text;

    path = oci_strf(peer->api.pool, "%s/version", peer->kube.server);

    if (sign_api_send(&peer->api, "GET", &path, NULL, &version, NULL)
        != OCI_OK)
    {
        return false;
    }

    text = oci_json_str(version, "major");
    major = text.len ? strtol((char *) text.data, NULL, 10) : 0;
    text = oci_json_str(version, "minor");
    minor = text.len ? strtol((char *) text.data, NULL, 10) : 0;
    json_decref(version);

    return major > 1 || (major == 1 && minor >= 21);
}
