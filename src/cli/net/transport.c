/*
 * The way to a registry: one request with all that belongs to it.
 */

#include "net/transport.h"
#include "net/auth.h"
#include "command/deadline.h"
#include "oci_json.h"
#include "oci_late.h"
#include "net/transport_http.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>


#define TRANSPORT_TOKEN_MAX  (1024 * 1024)
#define TRANSPORT_TRIES      4


typedef enum {
    TRANSPORT_UNKNOWN = 0,
    TRANSPORT_HTTPS,
    TRANSPORT_HTTP
} transport_scheme_e;


typedef struct {
    oci_str_t            host;
    oci_str_t            repo;
    bool                 push;
    transport_scheme_e   scheme;
    oci_str_t            authorization;     /* the header's value */
} transport_host_t;


struct transport_s {
    oci_pool_t                  *pool;
    const transport_options_t   *options;
    oci_array_t                  hosts;     /* transport_host_t */
    transport_http_t            *http;
};


const cmd_flag_t  transport_flags[] = {
    { "k8s-keychain", 0, CMD_REFUSED, 0, "false",
      "credentials are those of docker's config.json and its helpers" },
    { "registry-username", 0, CMD_STRING,
      offsetof(transport_options_t, username), "NAME",
      "user name for the registry" },
    { "registry-password", 0, CMD_STRING,
      offsetof(transport_options_t, password), "PASSWORD",
      "password for the registry" },
    { "registry-server-name", 0, CMD_STRING,
      offsetof(transport_options_t, server_name), "NAME",
      "the name in the registry's certificate, when it has another" },
    { "registry-token", 0, CMD_STRING,
      offsetof(transport_options_t, token), "TOKEN",
      "bearer token for the registry" },
    { "registry-cacert", 0, CMD_STRING,
      offsetof(transport_options_t, cacert), "FILE",
      "certificates (PEM) to trust beside the system's" },
    { "registry-client-cert", 0, CMD_STRING,
      offsetof(transport_options_t, client_cert), "FILE",
      "certificate (PEM) to show to the registry" },
    { "registry-client-key", 0, CMD_STRING,
      offsetof(transport_options_t, client_key), "FILE",
      "key (PEM) of that certificate" },
    { "allow-http-registry", 0, CMD_BOOL,
      offsetof(transport_options_t, allow_http), "",
      "use plain HTTP where the registry has no TLS" },
    { "allow-insecure-registry", 0, CMD_BOOL,
      offsetof(transport_options_t, allow_insecure), "",
      "do not verify the registry's certificate" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


static transport_host_t *transport_host(transport_t *t,
    const transport_request_t *req);
static bool transport_loopback(const oci_str_t *host);
static bool transport_private(const oci_str_t *host);
static size_t transport_order(transport_t *t, const transport_host_t *h,
    const transport_request_t *req, transport_scheme_e order[2]);
static oci_status_e transport_try(transport_t *t, transport_host_t *h,
    const transport_request_t *req, transport_reply_t *reply,
    oci_error_t *err);
static oci_str_t transport_url(transport_t *t, const transport_host_t *h,
    transport_scheme_e scheme, const char *path);
static bool transport_busy(long status);
static oci_status_e transport_once(transport_t *t, transport_host_t *h,
    transport_scheme_e scheme, const transport_request_t *req,
    transport_http_reply_t *got, oci_error_t *err);
static oci_status_e transport_login(transport_t *t, transport_host_t *h,
    const transport_request_t *req, const oci_str_t *header,
    oci_error_t *err);
static oci_status_e transport_credentials(transport_t *t,
    const oci_str_t *host, auth_credentials_t *c, oci_error_t *err);
static oci_str_t transport_basic(oci_pool_t *pool,
    const auth_credentials_t *c);
static oci_str_t transport_token_form(transport_t *t,
    const transport_request_t *req, const auth_challenge_t *challenge,
    const auth_credentials_t *c);
static oci_status_e transport_token(transport_t *t, transport_host_t *h,
    const transport_request_t *req, const auth_challenge_t *challenge,
    const auth_credentials_t *c, oci_error_t *err);
static oci_str_t transport_scope(oci_pool_t *pool,
    const transport_request_t *req, const auth_challenge_t *challenge);
static oci_status_e transport_token_read(transport_t *t, transport_host_t *h,
    const oci_str_t *body, oci_error_t *err);
static void transport_fill(oci_pool_t *pool, transport_reply_t *reply,
    const transport_http_reply_t *got);
static oci_str_t transport_next(oci_pool_t *pool, const oci_str_t *link);


void
transport_begin(void)
{
    oci_late_begin(TALLY_LIBCURL);
}


transport_t *
transport_open(oci_pool_t *pool, const transport_options_t *options)
{
    transport_t  *t;

    t = oci_pcalloc(pool, sizeof(transport_t));
    if (t == NULL) {
        return NULL;
    }

    t->pool = pool;
    t->options = options;
    t->http = transport_http_open(pool, options);

    oci_array_init(&t->hosts, pool, sizeof(transport_host_t *));

    return (t->http != NULL) ? t : NULL;
}


oci_status_e
transport_send(transport_t *t, const transport_request_t *req,
    transport_reply_t *reply, oci_error_t *err)
{
    transport_host_t  *h;

    memset(reply, 0, sizeof(transport_reply_t));

    h = transport_host(t, req);
    if (h == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return transport_try(t, h, req, reply, err);
}


/* finds the state of the host, for this repository and these actions */

static transport_host_t *
transport_host(transport_t *t, const transport_request_t *req)
{
    size_t              i;
    transport_host_t   *h, **slot;
    transport_scheme_e  scheme;

    slot = t->hosts.elts;
    scheme = TRANSPORT_UNKNOWN;

    for (i = 0; i < t->hosts.nelts; i++) {
        h = slot[i];

        if (!oci_str_eq(&h->host, req->host)) {
            continue;
        }

        scheme = h->scheme;

        if (oci_str_eq(&h->repo, req->repo) && h->push >= req->push) {
            return h;
        }
    }

    h = oci_pcalloc(t->pool, sizeof(transport_host_t));
    slot = oci_array_push(&t->hosts);

    if (h == NULL || slot == NULL) {
        return NULL;
    }

    *slot = h;
    h->host = oci_str_dup(t->pool, req->host->data, req->host->len);
    h->repo = oci_str_dup(t->pool, req->repo->data, req->repo->len);
    h->push = req->push;
    h->scheme = scheme;

    return h;
}


/*
 * https first, http only where it is allowed: on hosts of this machine, where
 * http comes first since that saves the TLS library's start, in networks that
 * are private by their addresses, and where a flag says so.
 */

static oci_status_e
transport_try(transport_t *t, transport_host_t *h,
    const transport_request_t *req, transport_reply_t *reply,
    oci_error_t *err)
{
    size_t                   i, n;
    oci_error_t              first = { OCI_OK, 0, "" };
    oci_error_t              again = { OCI_OK, 0, "" };
    oci_status_e             rc;
    transport_scheme_e       order[2];
    transport_http_reply_t   got;

    n = transport_order(t, h, req, order);
    rc = OCI_IO;

    for (i = 0; i < n; i++) {
        rc = transport_once(t, h, order[i], req, &got,
                            i == 0 ? &first : &again);

        /* "plain HTTP was sent to an HTTPS port" is no answer */

        if (rc == OCI_OK && i + 1 < n && order[i] == TRANSPORT_HTTP
            && got.status == 400 && !got.registry)
        {
            continue;
        }

        if (rc == OCI_OK) {
            h->scheme = order[i];
            transport_fill(t->pool, reply, &got);
            return OCI_OK;
        }
    }

    return oci_error(err, rc, 0, "%s", first.status != OCI_OK ? first.text
                                                              : again.text);
}


/* https alone, or both where plain HTTP is allowed or likely */

static size_t
transport_order(transport_t *t, const transport_host_t *h,
    const transport_request_t *req, transport_scheme_e order[2])
{
    order[0] = TRANSPORT_HTTPS;
    order[1] = TRANSPORT_HTTP;

    if (h->scheme != TRANSPORT_UNKNOWN) {
        order[0] = h->scheme;
        return 1;
    }

    if (transport_loopback(req->host)) {
        order[0] = TRANSPORT_HTTP;
        order[1] = TRANSPORT_HTTPS;
        return 2;
    }

    return (t->options->allow_http || t->options->allow_insecure
            || transport_private(req->host)) ? 2 : 1;
}


static bool
transport_loopback(const oci_str_t *host)
{
    oci_str_t  name;
    u_char    *colon;

    name = *host;

    if (oci_str_prefix(&name, "[::1]")) {
        return true;
    }

    colon = memchr(name.data, ':', name.len);

    if (colon != NULL) {
        name.len = (size_t) (colon - name.data);
    }

    return oci_str_is(&name, "localhost") || oci_str_prefix(&name, "127.")
           || oci_str_suffix(&name, ".localhost");
}


/* RFC 1918, and names that stay in the local network, as for cosign */

static bool
transport_private(const oci_str_t *host)
{
    unsigned  a, b, c, d;
    char      text[64];
    oci_str_t name;

    name = *host;

    if (oci_str_suffix(&name, ".local")) {
        return true;
    }

    if (name.len >= sizeof(text)) {
        return false;
    }

    memcpy(text, name.data, name.len);
    text[name.len] = '\0';

    return sscanf(text, "%3u.%3u.%3u.%3u", &a, &b, &c, &d) == 4
           && (a == 10 || (a == 172 && b >= 16 && b <= 31)
               || (a == 192 && b == 168));
}


/* with login, when the registry asks for it, and a few tries */

static oci_status_e
transport_once(transport_t *t, transport_host_t *h, transport_scheme_e scheme,
    const transport_request_t *req, transport_http_reply_t *got,
    oci_error_t *err)
{
    bool           asked;
    int            i;
    oci_str_t      url, authorization;
    oci_status_e   rc;

    asked = false;

    if (t->options->token != NULL && t->options->username != NULL) {
        return oci_error(err, OCI_INVALID, 0, "--registry-token and "
                         "--registry-username exclude each other");
    }

    if (t->options->token != NULL && h->authorization.len == 0) {
        h->authorization = oci_strf(t->pool, "Bearer %s", t->options->token);
    }

    for (i = 0; /* void */ ; i++) {

        url = transport_url(t, h, scheme, req->path);
        authorization = transport_http_same_host(&url, &h->host)
                        ? h->authorization : oci_str(NULL);

        rc = transport_http_send(t->http, (char *) url.data, req,
                                 &authorization, got, err);

        if (rc == OCI_OK && got->status == 401 && !asked
            && got->challenge.len != 0)
        {
            asked = true;

            rc = transport_login(t, h, req, &got->challenge, err);
            if (rc != OCI_OK) {
                return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
            }

            continue;
        }

        if (rc != OCI_OK || i + 1 >= TRANSPORT_TRIES
            || !transport_busy(got->status))
        {
            return rc;
        }

        transport_http_wait(got, i);
    }
}


/* a path of the host, or a whole URL as it is */

static oci_str_t
transport_url(transport_t *t, const transport_host_t *h,
    transport_scheme_e scheme, const char *path)
{
    return (path[0] != '/') ? oci_str(path)
           : oci_strf(t->pool, "%s://%s%s",
                      scheme == TRANSPORT_HTTP ? "http" : "https",
                      h->host.data, path);
}


/* an answer that asks for another try */

static bool
transport_busy(long status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}


/* OCI_NOT_FOUND: there is nothing to log in with; the 401 stands */

static oci_status_e
transport_login(transport_t *t, transport_host_t *h,
    const transport_request_t *req, const oci_str_t *header,
    oci_error_t *err)
{
    oci_status_e        rc;
    auth_challenge_t    challenge;
    auth_credentials_t  c;

    if (!auth_challenge_parse(t->pool, header, &challenge)
        || t->options->token != NULL)
    {
        return OCI_NOT_FOUND;
    }

    rc = transport_credentials(t, req->host, &c, err);
    if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
        return rc;
    }

    if (challenge.bearer && challenge.realm.len != 0) {
        return transport_token(t, h, req, &challenge, &c, err);
    }

    if (c.username.len == 0) {
        return OCI_NOT_FOUND;
    }

    h->authorization = transport_basic(t->pool, &c);

    return OCI_OK;
}


static oci_status_e
transport_credentials(transport_t *t, const oci_str_t *host,
    auth_credentials_t *c, oci_error_t *err)
{
    memset(c, 0, sizeof(auth_credentials_t));

    if (t->options->username != NULL) {
        c->username = oci_str(t->options->username);
        c->password = oci_str(t->options->password);
        return OCI_OK;
    }

    return auth_lookup(t->pool, (char *) host->data, c, err);
}


static oci_str_t
transport_basic(oci_pool_t *pool, const auth_credentials_t *c)
{
    u_char     *b64;
    oci_str_t   plain, value = oci_null_string;

    plain = oci_strf(pool, "%.*s:%.*s", (int) c->username.len,
                     c->username.data, (int) c->password.len,
                     c->password.data);

    b64 = oci_palloc(pool, plain.len * 4 / 3 + 8);

    if (plain.data == NULL || b64 == NULL) {
        return value;
    }

    (void) EVP_EncodeBlock(b64, plain.data, (int) plain.len);
    value = oci_strf(pool, "Basic %s", b64);

    explicit_bzero(plain.data, plain.len);

    return value;
}


static oci_status_e
transport_token(transport_t *t, transport_host_t *h,
    const transport_request_t *req, const auth_challenge_t *challenge,
    const auth_credentials_t *c, oci_error_t *err)
{
    oci_str_t                url, basic, form;
    oci_status_e             rc;
    transport_request_t      ask;
    transport_http_reply_t   got;

    memset(&ask, 0, sizeof(ask));
    ask.max = TRANSPORT_TOKEN_MAX;

    form = transport_token_form(t, req, challenge, c);
    basic = oci_str(NULL);

    if (c->identity.len != 0) {
        url = challenge->realm;
        ask.method = "POST";
        ask.body = &form;
        ask.content_type = "application/x-www-form-urlencoded";

    } else {
        url = oci_strf(t->pool, "%s%c%s", challenge->realm.data,
                       strchr((char *) challenge->realm.data, '?') ? '&'
                                                                   : '?',
                       form.data);
        ask.method = "GET";
        basic = (c->username.len != 0) ? transport_basic(t->pool, c) : basic;
    }

    if (url.data == NULL || form.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = transport_http_send(t->http, (char *) url.data, &ask, &basic, &got,
                             err);

    if (rc == OCI_OK && got.status != 200) {
        return oci_error(err, OCI_DENIED, 0,
                         "the token service of \"%s\" answers %ld",
                         req->host->data, got.status);
    }

    return (rc == OCI_OK) ? transport_token_read(t, h, &got.body, err) : rc;
}


/* an identity token is exchanged by POST, as OAuth 2 has it */

static oci_str_t
transport_token_form(transport_t *t, const transport_request_t *req,
    const auth_challenge_t *challenge, const auth_credentials_t *c)
{
    oci_str_t  scope;

    scope = transport_scope(t->pool, req, challenge);

    if (c->identity.len == 0) {
        return transport_http_form(t->http, "service",
                                   challenge->service.data,
                                   "scope", scope.data, NULL);
    }

    return transport_http_form(t->http, "grant_type", "refresh_token",
                               "refresh_token", c->identity.data,
                               "service", challenge->service.data,
                               "client_id", "tally",
                               "scope", scope.data, NULL);
}


/* the scope that the registry named, else the one of this request */

static oci_str_t
transport_scope(oci_pool_t *pool, const transport_request_t *req,
    const auth_challenge_t *challenge)
{
    if (challenge->scope.len != 0 || req->repo->len == 0) {
        return challenge->scope;
    }

    return oci_strf(pool, "repository:%s:%s", req->repo->data,
                    req->push ? "pull,push" : "pull");
}


static oci_status_e
transport_token_read(transport_t *t, transport_host_t *h,
    const oci_str_t *body, oci_error_t *err)
{
    json_t     *root;
    oci_str_t   token;

    root = oci_json_load(body->data, body->len, 0, err);
    token = oci_json_str(root, "token");

    if (token.len == 0) {
        token = oci_json_str(root, "access_token");
    }

    if (token.len != 0) {
        h->authorization = oci_strf(t->pool, "Bearer %s", token.data);
    }

    json_decref(root);

    if (token.len == 0) {
        return oci_error(err, OCI_DENIED, 0,
                         "the token service of \"%s\" gave no token",
                         h->host.data);
    }

    return OCI_OK;
}


static void
transport_fill(oci_pool_t *pool, transport_reply_t *reply,
    const transport_http_reply_t *got)
{
    reply->status = got->status;
    reply->body = got->body;
    reply->content_type = got->content_type;
    reply->digest = got->digest;
    reply->location = got->location;
    reply->subject = got->subject;
    reply->range = got->range;
    reply->log_index = got->log_index;

    reply->link = transport_next(pool, &got->link);
}


/* the target of rel="next" in a Link header; RFC 8288, section 3 */

static oci_str_t
transport_next(oci_pool_t *pool, const oci_str_t *link)
{
    u_char      *p, *end, *last, *close;
    oci_str_t    params, none = oci_null_string;

    p = link->data;
    last = (link->len != 0) ? p + link->len : p;

    while (p < last && (p = memchr(p, '<', (size_t) (last - p))) != NULL) {
        close = memchr(p, '>', (size_t) (last - p));

        if (close == NULL) {
            break;
        }

        end = memchr(close, '<', (size_t) (last - close));
        end = (end != NULL) ? end : last;
        params.data = close + 1;
        params.len = (size_t) (end - close - 1);

        if (memmem(params.data, params.len, "rel=\"next\"", 10) != NULL
            || memmem(params.data, params.len, "rel=next", 8) != NULL)
        {
            return oci_str_dup(pool, p + 1, (size_t) (close - p - 1));
        }

        p = end;
    }

    return none;
}


bool
transport_again(int tries)
{
    transport_http_reply_t  none = { .retry_after = -1 };

    transport_http_wait(&none, tries);

    return deadline_left() != 0;
}


oci_status_e
transport_refused(const transport_request_t *req,
    const transport_reply_t *reply, oci_error_t *err)
{
    json_t        *root, *first;
    oci_str_t      code, message;
    oci_status_e   rc;

    rc = (reply->status == 404) ? OCI_NOT_FOUND
         : (reply->status == 401 || reply->status == 403) ? OCI_DENIED
         : (reply->status == 507) ? OCI_NOSPACE : OCI_IO;

    root = oci_json_load(reply->body.data, reply->body.len, 0, NULL);
    first = json_array_get(json_object_get(root, "errors"), 0);
    code = oci_json_str(first, "code");
    message = oci_json_str(first, "message");

    if (code.len != 0) {
        (void) oci_error(err, rc, 0, "%s %s%s: %s: %s", req->method,
                         req->host->data, req->path, code.data,
                         message.len != 0 ? (char *) message.data : "");

    } else {
        (void) oci_error(err, rc, 0, "%s %s%s: unexpected status code %ld",
                         req->method, req->host->data, req->path,
                         reply->status);
    }

    json_decref(root);

    return rc;
}


oci_status_e
transport_fetch(transport_t *t, const transport_request_t *req,
    transport_reply_t *reply, oci_error_t *err)
{
    oci_str_t                none = oci_null_string;
    oci_status_e             rc;
    transport_http_reply_t   got;

    memset(reply, 0, sizeof(transport_reply_t));

    rc = transport_http_send(t->http, req->path, req,
                             req->authorization ? req->authorization : &none,
                             &got, err);

    if (rc == OCI_OK) {
        transport_fill(t->pool, reply, &got);
    }

    return rc;
}
