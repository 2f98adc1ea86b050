/*
 * Key pairs that forges hand to their pipelines: variables of GitLab, secrets
 * of GitHub, both with cosign's names.
 *
 * Sources: GitLab's REST API (project-level and group-level CI/CD variables),
 * GitHub's REST API (Actions secrets; they arrive in a box that is sealed for
 * the receiver's public key).
 */

#include "sign/api.h"
#include "sign/place.h"
#include "oci_sign_key.h"
#include "oci_sign_util.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>


/* one project, group, repository or organization */

typedef struct {
    sign_api_t   api;
    oci_str_t    url;
} sign_forge_t;


static oci_status_e sign_forge_open(oci_pool_t *pool, const char *key,
    const char *token, const char *host, const char *path,
    sign_forge_t *forge, oci_error_t *err);
static oci_status_e sign_gitlab_open(oci_pool_t *pool, const char *name,
    sign_forge_t *forge, oci_error_t *err);
static oci_status_e sign_gitlab_read(oci_pool_t *pool, const char *name,
    bool private, sign_pair_t *pair, oci_error_t *err);
static oci_status_e sign_gitlab_value(const sign_forge_t *forge,
    const char *variable, oci_str_t *value, oci_error_t *err);
static oci_status_e sign_gitlab_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err);
static oci_status_e sign_gitlab_put(const sign_forge_t *forge,
    const char *variable, const oci_str_t *value, oci_error_t *err);
static oci_status_e sign_github_read(oci_pool_t *pool, const char *name,
    bool private, sign_pair_t *pair, oci_error_t *err);
static oci_status_e sign_github_open(oci_pool_t *pool, const char *name,
    sign_forge_t *forge, oci_error_t *err);
static oci_status_e sign_github_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err);
static oci_status_e sign_github_put(const sign_forge_t *forge,
    const json_t *receiver, const char *secret, const oci_str_t *value,
    oci_error_t *err);
static bool sign_forge_name(const char *text);


const sign_place_t  sign_place_gitlab = {
    "gitlab://", sign_gitlab_read, sign_gitlab_write
};

const sign_place_t  sign_place_github = {
    "github://", sign_github_read, sign_github_write
};


#define SIGN_FORGE_KEY       "COSIGN_PRIVATE_KEY"
#define SIGN_FORGE_PUBLIC    "COSIGN_PUBLIC_KEY"
#define SIGN_FORGE_PASSWORD  "COSIGN_PASSWORD"


/* token: the variable with the token; host: a URL, or a name */

static oci_status_e
sign_forge_open(oci_pool_t *pool, const char *key, const char *token,
    const char *host, const char *path, sign_forge_t *forge,
    oci_error_t *err)
{
    size_t                 len;
    const char            *value;
    transport_options_t   *options;

    value = getenv(token);

    if (value == NULL || value[0] == '\0') {
        return oci_error(err, OCI_INVALID, 0, "%s: the variable %s is to "
                         "have an access token", key, token);
    }

    len = strlen(host);

    while (len != 0 && host[len - 1] == '/') {
        len--;
    }

    if (len > strlen(path)
        && strncmp(host + len - strlen(path), path, strlen(path)) == 0)
    {
        len -= strlen(path);
    }

    options = oci_pcalloc(pool, sizeof(transport_options_t));
    memset(forge, 0, sizeof(sign_forge_t));
    forge->api.pool = pool;
    forge->api.key = key;
    forge->api.authorization = oci_strf(pool, "Bearer %s", value);
    forge->api.transport = (options != NULL) ? transport_open(pool, options)
                           : NULL;
    forge->url = oci_strf(pool, "%s%.*s%s",
                          strstr(host, "://") ? "" : "https://", (int) len,
                          host, path);

    return (forge->api.transport != NULL && forge->url.data != NULL
            && forge->api.authorization.data != NULL) ? OCI_OK
           : oci_nomem(err);
}


/* a path, with or without groups, or a number; a project goes first */

static oci_status_e
sign_gitlab_open(oci_pool_t *pool, const char *name, sign_forge_t *forge,
    oci_error_t *err)
{
    size_t         i;
    json_t        *found;
    oci_str_t      url;
    const char    *p, *host;
    oci_buf_t      b = oci_null_buf;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    static const char *const  kinds[] = { "projects", "groups" };

    p = name + strlen(sign_place_gitlab.scheme);
    host = getenv("GITLAB_HOST");

    if (!sign_forge_name(p)) {
        return oci_error(err, OCI_INVALID, 0, "a key in GitLab is named "
                         "gitlab://PROJECT or gitlab://GROUP");
    }

    rc = sign_forge_open(pool, name, "GITLAB_TOKEN",
                         host && host[0] ? host : "https://gitlab.com",
                         "/api/v4", forge, err);

    if (rc != OCI_OK) {
        return rc;
    }

    for ( ; *p != '\0'; p++) {
        oci_buf_addf(&b, *p == '/' ? "%%2F" : "%c", *p);
    }

    url = oci_sign_buf_take(pool, &b);
    host = oci_cstr(pool, &forge->url);

    for (i = 0; i < 2; i++) {
        forge->url = oci_strf(pool, "%s/%s/%s", host, kinds[i], url.data);
        memset(&why, 0, sizeof(oci_error_t));
        rc = sign_api_send(&forge->api, "GET", &forge->url, NULL, &found,
                           &why);

        if (rc == OCI_OK) {
            json_decref(found);
            return OCI_OK;
        }

        if (rc != OCI_NOT_FOUND) {
            return oci_error(err, rc, 0, "%s", why.text);
        }
    }

    return oci_error(err, rc, 0, "%s is neither a project nor a group at %s; "
                     "GITLAB_HOST names another server", name, host);
}


static oci_status_e
sign_gitlab_read(oci_pool_t *pool, const char *name, bool private,
    sign_pair_t *pair, oci_error_t *err)
{
    sign_forge_t   forge;
    oci_status_e   rc;

    rc = sign_gitlab_open(pool, name, &forge, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (!private) {
        return sign_gitlab_value(&forge, SIGN_FORGE_PUBLIC, &pair->public,
                                 err);
    }

    rc = sign_gitlab_value(&forge, SIGN_FORGE_KEY, &pair->key, err);

    return (rc == OCI_OK)
           ? sign_gitlab_value(&forge, SIGN_FORGE_PASSWORD, &pair->password,
                               err)
           : rc;
}


static oci_status_e
sign_gitlab_value(const sign_forge_t *forge, const char *variable,
    oci_str_t *value, oci_error_t *err)
{
    json_t        *found;
    oci_str_t      url, text;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    url = oci_strf(forge->api.pool, "%s/variables/%s", forge->url.data,
                   variable);
    rc = sign_api_send(&forge->api, "GET", &url, NULL, &found, &why);

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "variable %s: %s", variable, why.text);
    }

    text = oci_json_str(found, "value");
    *value = oci_str_dup(forge->api.pool, text.data, text.len);
    json_decref(found);

    return (value->data != NULL) ? OCI_OK : oci_nomem(err);
}


static oci_status_e
sign_gitlab_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err)
{
    oci_str_t      old;
    sign_forge_t   forge;
    oci_status_e   rc;

    rc = sign_gitlab_open(pool, name, &forge, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (!overwrite
        && sign_gitlab_value(&forge, SIGN_FORGE_KEY, &old, NULL) == OCI_OK)
    {
        oci_sign_wipe(&old);
        return oci_error(err, OCI_EXISTS, 0, "%s holds a key already", name);
    }

    rc = sign_gitlab_put(&forge, SIGN_FORGE_PASSWORD, &pair->password, err);

    if (rc == OCI_OK) {
        rc = sign_gitlab_put(&forge, SIGN_FORGE_KEY, &pair->key, err);
    }

    return (rc == OCI_OK)
           ? sign_gitlab_put(&forge, SIGN_FORGE_PUBLIC, &pair->public, err)
           : rc;
}


/* one that is there is changed, not made */

static oci_status_e
sign_gitlab_put(const sign_forge_t *forge, const char *variable,
    const oci_str_t *value, oci_error_t *err)
{
    bool           there;
    json_t        *body;
    oci_str_t      url, old;
    oci_status_e   rc;

    there = (sign_gitlab_value(forge, variable, &old, NULL) == OCI_OK);
    url = oci_strf(forge->api.pool, "%s/variables%s%s", forge->url.data,
                   there ? "/" : "", there ? variable : "");
    body = json_pack("{s:s,s:s%,s:s,s:b,s:b,s:s}", "key", variable, "value",
                     value->len ? (char *) value->data : "", value->len,
                     "variable_type", "env_var", "protected", 0, "masked", 0,
                     "environment_scope", "*");

    if (there) {
        oci_sign_wipe(&old);
    }

    rc = (body != NULL)
         ? sign_api_send(&forge->api, there ? "PUT" : "POST", &url, body,
                         NULL, err)
         : oci_error(err, OCI_INVALID, 0, "GitLab keeps no password that is "
                     "not UTF-8");
    json_decref(body);

    return rc;
}


static oci_status_e
sign_github_read(oci_pool_t *pool, const char *name, bool private,
    sign_pair_t *pair, oci_error_t *err)
{
    (void) pool;
    (void) pair;

    return oci_error(err, OCI_INVALID, 0, "%s: GitHub gives no secret back; "
                     "a workflow has it as a variable: env://%s", name,
                     private ? SIGN_FORGE_KEY : SIGN_FORGE_PUBLIC);
}


static oci_status_e
sign_github_open(oci_pool_t *pool, const char *name, sign_forge_t *forge,
    oci_error_t *err)
{
    bool           own;
    const char    *p, *slash, *host;
    oci_status_e   rc;

    p = name + strlen(sign_place_github.scheme);
    slash = strchr(p, '/');
    host = getenv("GITHUB_HOST");
    own = (host != NULL && host[0] != '\0');

    if (!sign_forge_name(p) || (slash && strchr(slash + 1, '/') != NULL)) {
        return oci_error(err, OCI_INVALID, 0, "a key in GitHub is named "
                         "github://OWNER or github://OWNER/REPOSITORY");
    }

    rc = sign_forge_open(pool, name, "GITHUB_TOKEN",
                         own ? host : "https://api.github.com",
                         own ? "/api/v3" : "", forge, err);

    if (rc == OCI_OK) {
        forge->url = oci_strf(pool, "%s/%s/%s/actions/secrets",
                              forge->url.data, slash ? "repos" : "orgs", p);
    }

    return rc;
}


static oci_status_e
sign_github_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err)
{
    json_t        *receiver, *old;
    oci_str_t      url;
    sign_forge_t   forge;
    oci_status_e   rc;

    rc = sign_github_open(pool, name, &forge, err);

    if (rc != OCI_OK) {
        return rc;
    }

    url = oci_strf(pool, "%s/" SIGN_FORGE_KEY, forge.url.data);

    if (!overwrite
        && sign_api_send(&forge.api, "GET", &url, NULL, &old, NULL) == OCI_OK)
    {
        json_decref(old);
        return oci_error(err, OCI_EXISTS, 0, "%s holds a key already", name);
    }

    url = oci_strf(pool, "%s/public-key", forge.url.data);
    rc = sign_api_send(&forge.api, "GET", &url, NULL, &receiver, err);

    if (rc != OCI_OK) {
        return rc;
    }

    rc = sign_github_put(&forge, receiver, SIGN_FORGE_PASSWORD,
                         &pair->password, err);

    if (rc == OCI_OK) {
        rc = sign_github_put(&forge, receiver, SIGN_FORGE_KEY, &pair->key,
                             err);
    }

    if (rc == OCI_OK) {
        rc = sign_github_put(&forge, receiver, SIGN_FORGE_PUBLIC,
                             &pair->public, err);
    }

    json_decref(receiver);

    return rc;
}


/* of an organization: for its private repositories, as GitHub's own default */

static oci_status_e
sign_github_put(const sign_forge_t *forge, const json_t *receiver,
    const char *secret, const oci_str_t *value, oci_error_t *err)
{
    bool           org;
    json_t        *body;
    oci_str_t      url, id, text, key, sealed;
    oci_status_e   rc;

    id = oci_json_str(receiver, "key_id");
    text = oci_json_str(receiver, "key");

    if (id.len == 0
        || oci_sign_b64_decode(forge->api.pool, &text, OCI_SIGN_B64_STD, &key)
           != OCI_OK
        || !oci_sign_seal(forge->api.pool, &key, value, &sealed))
    {
        return oci_error(err, OCI_INVALID, 0, "%s: the public key of its "
                         "secrets is malformed", forge->api.key);
    }

    org = (strstr((char *) forge->url.data, "/orgs/") != NULL);
    text = oci_sign_b64(forge->api.pool, sealed.data, sealed.len);
    url = oci_strf(forge->api.pool, "%s/%s", forge->url.data, secret);
    body = json_pack("{s:s%,s:s%,s:s*}", "encrypted_value", text.data,
                     text.len, "key_id", id.data, id.len, "visibility",
                     org ? "private" : NULL);

    rc = (body != NULL)
         ? sign_api_send(&forge->api, "PUT", &url, body, NULL, err)
         : oci_nomem(err);
    json_decref(body);

    return rc;
}


/* names with "/" between them: nothing of it means anything else in a URL */

static bool
sign_forge_name(const char *text)
{
    bool  first;

    for (first = true; *text != '\0'; text++) {

        if (*text == '/') {
            if (first) {
                return false;
            }

            first = true;
            continue;
        }

        if (!isalnum((u_char) *text) && strchr("_-+.", *text) == NULL) {
            return false;
        }

        if (first && *text == '.') {
            return false;
        }

        first = false;
    }

    return !first;
}
