/*
 * Identity tokens.
 */

#include "sign/identity.h"
#include "command/file.h"
#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define SIGN_TOKEN_MAX     (64 * 1024)
#define SIGN_TOKEN_FILE    "/var/run/sigstore/cosign/oidc-token"
#define SIGN_TOKEN_CLIENT  "sigstore"


static bool sign_token_from(const sign_args_t *args, const char *provider);
static const char *sign_token_env(const char *name);
static oci_status_e sign_token_given(cmd_t *cmd, const char *text,
    oci_str_t *token);
static oci_status_e sign_token_github(cmd_t *cmd, oci_str_t *token);


bool
sign_token_ambient(const sign_args_t *args)
{
    return (sign_token_from(args, "envvar")
            && sign_token_env("SIGSTORE_ID_TOKEN") != NULL)
           || (sign_token_from(args, "filesystem")
               && access(SIGN_TOKEN_FILE, R_OK) == 0)
           || (sign_token_from(args, "github-actions")
               && sign_token_env("ACTIONS_ID_TOKEN_REQUEST_URL") != NULL);
}


static bool
sign_token_from(const sign_args_t *args, const char *provider)
{
    return !args->oidc.no_ambient
           && (args->oidc.provider == NULL
               || strcmp(args->oidc.provider, provider) == 0);
}


static const char *
sign_token_env(const char *name)
{
    const char  *value;

    value = getenv(name);

    return (value != NULL && value[0] != '\0') ? value : NULL;
}


oci_status_e
sign_token_find(cmd_t *cmd, oci_str_t *token)
{
    const char    *value;
    sign_args_t   *args;

    args = cmd->options;

    if (args->oidc.token != NULL) {
        return sign_token_given(cmd, args->oidc.token, token);
    }

    value = sign_token_env("SIGSTORE_ID_TOKEN");

    if (sign_token_from(args, "envvar") && value != NULL) {
        return sign_token_given(cmd, value, token);
    }

    if (sign_token_from(args, "filesystem")
        && access(SIGN_TOKEN_FILE, R_OK) == 0)
    {
        return sign_token_given(cmd, SIGN_TOKEN_FILE, token);
    }

    if (sign_token_from(args, "github-actions")
        && sign_token_env("ACTIONS_ID_TOKEN_REQUEST_URL") != NULL)
    {
        return sign_token_github(cmd, token);
    }

    return oci_error(&cmd->err, OCI_INVALID, 0, "there is no identity token: "
                     "--identity-token, SIGSTORE_ID_TOKEN, or that of GitHub "
                     "Actions or Kubernetes; no browser is opened for one");
}


/* the token itself, or a file that holds it */

static oci_status_e
sign_token_given(cmd_t *cmd, const char *text, oci_str_t *token)
{
    oci_status_e  rc;

    if (strncmp(text, "ey", 2) == 0 && strchr(text, '.') != NULL
        && access(text, F_OK) != 0)
    {
        *token = oci_str_dup(cmd->pool, (const u_char *) text, strlen(text));

    } else {
        rc = file_read_max(cmd->pool, text, SIGN_TOKEN_MAX, token, &cmd->err);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    while (token->len > 0 && (token->data[token->len - 1] == '\n'
                              || token->data[token->len - 1] == '\r'
                              || token->data[token->len - 1] == ' '))
    {
        token->len--;
    }

    return OCI_OK;
}


static oci_status_e
sign_token_github(cmd_t *cmd, oci_str_t *token)
{
    json_t               *root;
    oci_str_t             url, bearer, value;
    const char           *base, *secret, *client;
    sign_args_t          *args;
    transport_t          *t;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    args = cmd->options;
    base = sign_token_env("ACTIONS_ID_TOKEN_REQUEST_URL");
    secret = sign_token_env("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    client = args->oidc.client ? args->oidc.client : SIGN_TOKEN_CLIENT;

    if (base == NULL || secret == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "GitHub Actions gives no "
                         "identity token to this job: it needs \"permissions: "
                         "id-token: write\"");
    }

    t = transport_open(cmd->pool, &args->source.transport);
    url = oci_strf(cmd->pool, "%s%caudience=%s", base,
                   strchr(base, '?') != NULL ? '&' : '?', client);
    bearer = oci_strf(cmd->pool, "bearer %s", secret);

    if (t == NULL || url.data == NULL || bearer.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "GET";
    req.path = (char *) url.data;
    req.authorization = &bearer;
    req.max = SIGN_TOKEN_MAX;

    rc = transport_fetch(t, &req, &reply, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    root = (reply.status == 200)
           ? oci_json_load(reply.body.data, reply.body.len, 0, NULL) : NULL;
    value = oci_json_str(root, "value");
    *token = oci_str_dup(cmd->pool, value.data, value.len);
    json_decref(root);

    return (token->len != 0) ? OCI_OK
           : oci_error(&cmd->err, OCI_DENIED, 0, "GitHub Actions gave no "
                       "identity token: status %ld", reply.status);
}


oci_str_t
sign_token_subject(oci_pool_t *pool, const oci_str_t *token)
{
    u_char      *dot, *end;
    json_t      *root, *verified;
    oci_str_t    part, claims, who, none = oci_null_string;

    dot = memchr(token->data, '.', token->len);
    end = (dot == NULL) ? NULL
          : memchr(dot + 1, '.', token->len
                                 - (size_t) (dot + 1 - token->data));

    if (end == NULL) {
        return none;
    }

    part.data = dot + 1;
    part.len = (size_t) (end - part.data);

    if (oci_sign_b64_decode(pool, &part, OCI_SIGN_B64_ANY, &claims) != OCI_OK)
    {
        return none;
    }

    root = oci_json_load(claims.data, claims.len, 0, NULL);
    who = oci_json_str(root, "email");
    verified = json_object_get(root, "email_verified");

    if (who.len != 0 && !json_is_true(verified)
        && strcmp(json_is_string(verified) ? json_string_value(verified) : "",
                  "true") != 0)
    {
        who.len = 0;

    } else if (who.len == 0) {
        who = oci_json_str(root, "sub");
    }

    who = oci_str_dup(pool, who.data, who.len);
    json_decref(root);

    return who;
}
