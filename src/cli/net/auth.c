/*
 * Credentials of registries, and what a registry asks for.
 */

#include "net/auth.h"
#include "net/auth_config.h"
#include "oci_file.h"
#include "oci_json.h"

#include <openssl/evp.h>
#include <string.h>


static bool auth_is(const oci_str_t *name, const char *known);
static bool auth_entry(oci_pool_t *pool, const json_t *entry,
    auth_credentials_t *credentials);
static bool auth_decode(oci_pool_t *pool, const oci_str_t *text,
    auth_credentials_t *credentials);
static oci_status_e auth_ask(oci_pool_t *pool, const oci_str_t *helper,
    const char *host, auth_credentials_t *credentials, oci_error_t *err);
static bool auth_token(const u_char **p, const u_char *end, oci_str_t *token);
static bool auth_value(oci_pool_t *pool, const u_char **p, const u_char *end,
    oci_str_t *value);
static void auth_blanks(const u_char **p, const u_char *end);


oci_status_e
auth_lookup(oci_pool_t *pool, const char *host,
    auth_credentials_t *credentials, oci_error_t *err)
{
    oci_str_t      path, text, helper = oci_null_string;
    oci_status_e   rc;

    memset(credentials, 0, sizeof(auth_credentials_t));

    path = auth_config_path(pool);

    rc = oci_file_read(pool, (char *) path.data, AUTH_CONFIG_MAX, &text,
                       NULL);

    if (rc == OCI_NOT_FOUND) {
        return rc;
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "cannot read \"%s\"", path.data);
    }

    rc = auth_config_parse(pool, &text, host, credentials, &helper, err);

    if (helper.len != 0) {
        return auth_ask(pool, &helper, host, credentials, err);
    }

    return rc;
}


oci_status_e
auth_config_parse(oci_pool_t *pool, const oci_str_t *text, const char *host,
    auth_credentials_t *credentials, oci_str_t *helper, oci_error_t *err)
{
    bool         found;
    void        *it;
    json_t      *root, *auths, *entry;
    oci_str_t    name;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    found = false;
    name = oci_json_str(json_object_get(root, "credHelpers"), host);

    auths = json_object_get(root, "auths");

    for (it = json_object_iter(auths); it != NULL;
         it = json_object_iter_next(auths, it))
    {
        if (!auth_key_is(json_object_iter_key(it), host)) {
            continue;
        }

        entry = json_object_iter_value(it);
        found = auth_entry(pool, entry, credentials);

        if (found) {
            break;
        }
    }

    if (name.len == 0 && !found) {
        name = oci_json_str(root, "credsStore");
    }

    if (name.len != 0) {
        *helper = oci_str_dup(pool, name.data, name.len);
    }

    json_decref(root);

    return found ? OCI_OK : OCI_NOT_FOUND;
}


static bool
auth_entry(oci_pool_t *pool, const json_t *entry,
    auth_credentials_t *credentials)
{
    bool       found;
    oci_str_t  auth, identity, token;

    auth = oci_json_str(entry, "auth");
    identity = oci_json_str(entry, "identitytoken");
    token = oci_json_str(entry, "registrytoken");

    found = auth_decode(pool, &auth, credentials);

    if (identity.len != 0) {
        credentials->identity = oci_str_dup(pool, identity.data,
                                            identity.len);
        found = true;
    }

    if (token.len != 0) {
        credentials->token = oci_str_dup(pool, token.data, token.len);
        found = true;
    }

    return found;
}


/* base64 of "username:password" */

static bool
auth_decode(oci_pool_t *pool, const oci_str_t *text,
    auth_credentials_t *credentials)
{
    int      n;
    u_char  *plain, *colon;

    if (text->len == 0 || text->len > AUTH_ANSWER_MAX
        || text->len % 4 != 0)
    {
        return false;
    }

    plain = oci_palloc(pool, text->len + 1);
    if (plain == NULL) {
        return false;
    }

    n = EVP_DecodeBlock(plain, text->data, (int) text->len);

    while (n > 0 && plain[n - 1] == '\0') {
        n--;                        /* it counts the padding as zeros */
    }

    if (n <= 0 || (colon = memchr(plain, ':', (size_t) n)) == NULL) {
        return false;
    }

    plain[n] = '\0';
    *colon = '\0';

    credentials->username = oci_str((char *) plain);
    credentials->password.data = colon + 1;
    credentials->password.len = (size_t) (plain + n - colon - 1);

    return true;
}


/* docker-credential-NAME get: the host on stdin, JSON on stdout */

static oci_status_e
auth_ask(oci_pool_t *pool, const oci_str_t *helper, const char *host,
    auth_credentials_t *credentials, oci_error_t *err)
{
    json_t        *root;
    oci_str_t      server, answer, name, secret;
    oci_status_e   rc;

    server = oci_str(auth_server(host));

    rc = auth_helper(pool, helper, "get", &server, &answer, err);

    if (rc == OCI_DENIED) {
        return oci_error(err, OCI_NOT_FOUND, 0, "\"docker-credential-%s\" "
                         "has no credentials for \"%s\"", helper->data,
                         server.data);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_json_load(answer.data, answer.len, 0, NULL);
    name = oci_json_str(root, "Username");
    secret = oci_json_str(root, "Secret");

    if (oci_str_is(&name, "<token>")) {
        credentials->identity = oci_str_dup(pool, secret.data, secret.len);

    } else if (name.len != 0) {
        credentials->username = oci_str_dup(pool, name.data, name.len);
        credentials->password = oci_str_dup(pool, secret.data, secret.len);
    }

    rc = (name.len != 0) ? OCI_OK : OCI_NOT_FOUND;
    json_decref(root);

    return rc;
}


bool
auth_challenge_parse(oci_pool_t *pool, const oci_str_t *header,
    auth_challenge_t *challenge)
{
    bool           bearer;
    oci_str_t      name, value;
    const u_char  *p, *end, *mark;

    memset(challenge, 0, sizeof(auth_challenge_t));

    p = header->data;
    end = p + header->len;
    bearer = false;

    while (p < end) {
        auth_blanks(&p, end);

        if (!auth_token(&p, end, &name)) {
            return challenge->basic || challenge->bearer;
        }

        mark = p;
        auth_blanks(&mark, end);

        if (mark == end || *mark != '=') {

            /* a scheme: its parameters follow */

            bearer = auth_is(&name, "Bearer");
            challenge->bearer |= bearer;
            challenge->basic |= auth_is(&name, "Basic");
            continue;
        }

        p = mark + 1;

        if (!auth_value(pool, &p, end, &value)) {
            return challenge->basic || challenge->bearer;
        }

        if (bearer && auth_is(&name, "realm")) {
            challenge->realm = value;

        } else if (bearer && auth_is(&name, "service")) {
            challenge->service = value;

        } else if (bearer && auth_is(&name, "scope")) {
            challenge->scope = value;
        }
    }

    return challenge->basic || challenge->bearer;
}


static bool
auth_is(const oci_str_t *name, const char *known)
{
    return name->len == strlen(known)
           && strncasecmp((char *) name->data, known, name->len) == 0;
}


static void
auth_blanks(const u_char **p, const u_char *end)
{
    while (*p < end && (**p == ' ' || **p == '\t' || **p == ',')) {
        *p += 1;
    }
}


static bool
auth_token(const u_char **p, const u_char *end, oci_str_t *token)
{
    token->data = (u_char *) *p;

    while (*p < end && **p > ' ' && **p < 0x7f && **p != '=' && **p != ','
           && **p != '"')
    {
        *p += 1;
    }

    token->len = (size_t) (*p - token->data);

    return token->len != 0;
}


/* a token or a quoted string, without its quotes and backslashes */

static bool
auth_value(oci_pool_t *pool, const u_char **p, const u_char *end,
    oci_str_t *value)
{
    u_char  *dst;

    while (*p < end && (**p == ' ' || **p == '\t')) {
        *p += 1;
    }

    if (*p == end || **p != '"') {
        oci_str_t  token;

        if (!auth_token(p, end, &token)) {
            return false;
        }

        *value = oci_str_dup(pool, token.data, token.len);
        return value->data != NULL;
    }

    dst = oci_palloc(pool, (size_t) (end - *p) + 1);
    if (dst == NULL) {
        return false;
    }

    value->data = dst;

    for (*p += 1; *p < end && **p != '"'; *p += 1) {

        if (**p == '\\' && *p + 1 < end) {
            *p += 1;
        }

        *dst++ = **p;
    }

    if (*p == end) {
        return false;
    }

    *p += 1;
    *dst = '\0';
    value->len = (size_t) (dst - value->data);

    return true;
}
