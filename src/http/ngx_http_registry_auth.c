/*
 * Credentials: what came with a request, and which method knows it.
 */

#include "ngx_http_registry_auth.h"


#define NGX_HTTP_REGISTRY_WRONG     1000    /* ms until a wrong one is told */
#define NGX_HTTP_REGISTRY_FAILURES  10      /* of a name at an address */
#define NGX_HTTP_REGISTRY_LOOK      50      /* ms until what is awaited may
                                               have come */


static ngx_int_t ngx_http_registry_credentials(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_basic(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_str_t *value);
static ngx_int_t ngx_http_registry_ask(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_own(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_http_registry_issuer_t *issuer);
static ngx_int_t ngx_http_registry_failed(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_uint_t add);
static void ngx_http_registry_auth_done(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_auth_wait(ngx_http_request_t *r,
    ngx_msec_t delay);
static void ngx_http_registry_auth_waited(ngx_http_request_t *r);


/* all that registry_auth may name */

static const ngx_http_registry_method_type_t  *ngx_http_registry_methods[] = {
    &ngx_http_registry_htpasswd,
    &ngx_http_registry_token_method,
    &ngx_http_registry_oidc_method,
    &ngx_http_registry_robots,
    &ngx_http_registry_certificates,
    NULL
};


char *
ngx_http_registry_set_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                              *value;
    ngx_uint_t                              i;
    ngx_http_registry_method_t             *m;
    ngx_http_registry_loc_conf_t           *rlcf = conf;
    const ngx_http_registry_method_type_t  *type;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {

        if (rlcf->methods != NGX_CONF_UNSET_PTR) {
            return "has \"off\" beside a method";
        }

        rlcf->methods = NULL;
        return NGX_CONF_OK;
    }

    if (rlcf->methods == NULL) {
        return "has \"off\" beside a method";
    }

    if (rlcf->methods == NGX_CONF_UNSET_PTR) {
        rlcf->methods = ngx_array_create(cf->pool, 2,
                                         sizeof(ngx_http_registry_method_t));
        if (rlcf->methods == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 0; ngx_http_registry_methods[i] != NULL; i++) {
        type = ngx_http_registry_methods[i];

        if (type->name.len == value[1].len
            && ngx_strcmp(type->name.data, value[1].data) == 0)
        {
            m = ngx_array_push(rlcf->methods);
            if (m == NULL) {
                return NGX_CONF_ERROR;
            }

            m->type = type;

            if (ngx_http_registry_seen_zone(cf) != NGX_CONF_OK) {
                return NGX_CONF_ERROR;
            }

            return type->configure(cf, m, value + 2, cf->args->nelts - 2);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown method \"%V\" in \"registry_auth\"",
                       &value[1]);

    return NGX_CONF_ERROR;
}


ngx_uint_t
ngx_http_registry_option(const ngx_str_t *word, const char *name,
    ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (word->len <= len || word->data[len] != '='
        || ngx_strncmp(word->data, name, len) != 0)
    {
        return 0;
    }

    value->data = word->data + len + 1;
    value->len = word->len - len - 1;

    return 1;
}


ngx_http_registry_auth_t *
ngx_http_registry_get_auth(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_registry_get_ctx(r);

    if (ctx == NULL || ctx->auth != NULL) {
        return (ctx != NULL) ? ctx->auth : NULL;
    }

    auth = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_auth_t));
    if (auth == NULL) {
        return NULL;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    auth->access = conf->access;
    oci_array_init(&auth->who.groups, ctx->job.pool, sizeof(oci_str_t));
    oci_array_init(&auth->who.names, ctx->job.pool, sizeof(oci_str_t));
    oci_array_init(&auth->who.grants, ctx->job.pool, sizeof(oci_grant_t));

    ctx->auth = auth;

    return auth;
}


ngx_int_t
ngx_http_registry_identify(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth)
{
    ngx_int_t                      rc;
    ngx_http_registry_loc_conf_t  *conf;

    if (auth->identified) {
        return auth->rc;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->methods == NULL && conf->issuer == NULL) {
        rc = NGX_OK;

    } else {
        rc = (auth->tried || auth->given)
             ? NGX_OK : ngx_http_registry_credentials(r, auth);

        if (rc == NGX_OK) {
            rc = ngx_http_registry_ask(r, auth);
        }
    }

    if (rc == NGX_AGAIN
        && ngx_http_registry_failed(r, auth, 0) >= NGX_HTTP_REGISTRY_FAILURES)
    {
        auth->limited = 1;
        rc = NGX_ABORT;
    }

    auth->identified = (rc != NGX_ERROR);
    auth->rc = rc;

    return rc;
}


static ngx_int_t
ngx_http_registry_credentials(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth)
{
    ngx_str_t  value;

    if (r->headers_in.authorization == NULL) {
        return NGX_OK;
    }

    value = r->headers_in.authorization->value;

    if (value.len >= sizeof("Basic ") - 1
        && ngx_strncasecmp(value.data, (u_char *) "Basic ",
                           sizeof("Basic ") - 1)
           == 0)
    {
        value.data += sizeof("Basic ") - 1;
        value.len -= sizeof("Basic ") - 1;

        return ngx_http_registry_basic(r, auth, &value);
    }

    if (value.len >= sizeof("Bearer ") - 1
        && ngx_strncasecmp(value.data, (u_char *) "Bearer ",
                           sizeof("Bearer ") - 1)
           == 0)
    {
        auth->kind = NGX_HTTP_REGISTRY_BEARER;
        auth->password.data = value.data + sizeof("Bearer ") - 1;
        auth->password.len = value.len - (sizeof("Bearer ") - 1);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_basic(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_str_t *value)
{
    u_char     *colon;
    ngx_str_t   text;

    while (value->len != 0 && value->data[0] == ' ') {
        value->data++;
        value->len--;
    }

    text.len = ngx_base64_decoded_length(value->len);
    text.data = ngx_pnalloc(r->pool, text.len + 1);

    if (text.data == NULL) {
        return NGX_ERROR;
    }

    auth->kind = NGX_HTTP_REGISTRY_BASIC;

    if (value->len == 0 || ngx_decode_base64(&text, value) != NGX_OK) {
        return NGX_ABORT;
    }

    colon = ngx_strlchr(text.data, text.data + text.len, ':');

    if (colon == NULL) {
        return NGX_ABORT;
    }

    auth->user.data = text.data;
    auth->user.len = colon - text.data;
    auth->password.data = colon + 1;
    auth->password.len = text.data + text.len - (colon + 1);

    /* podman without a login answers a challenge with an empty one */

    if (auth->user.len == 0 && auth->password.len == 0) {
        auth->kind = NGX_HTTP_REGISTRY_NO_CREDENTIALS;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_ask(ngx_http_request_t *r, ngx_http_registry_auth_t *auth)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_http_registry_method_t    *m;
    ngx_http_registry_loc_conf_t  *conf;

    if (auth->tried) {

        if (auth->decoy) {
            (void) oci_error(&auth->why, OCI_DENIED, 0, "no such user");
            return NGX_ABORT;
        }

        return auth->method->type->check(r, auth->method, auth);
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->issuer != NULL && auth->kind == NGX_HTTP_REGISTRY_BEARER) {
        rc = ngx_http_registry_own(r, auth, conf->issuer);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    m = (conf->methods != NULL) ? conf->methods->elts : NULL;

    for (i = 0; m != NULL && i < conf->methods->nelts; i++) {
        rc = m[i].type->check(r, &m[i], auth);

        if (rc != NGX_DECLINED) {
            auth->method = &m[i];
            auth->by = ngx_http_registry_str(&m[i].type->name);
            return rc;
        }
    }

    if (auth->kind == NGX_HTTP_REGISTRY_NO_CREDENTIALS) {
        return NGX_OK;
    }

    /* a name that nobody has takes as long as one that somebody has */

    if (auth->decoy) {
        return NGX_AGAIN;
    }

    (void) oci_error(&auth->why, OCI_DENIED, 0,
                     "no method knows these credentials");

    return NGX_ABORT;
}


static ngx_int_t
ngx_http_registry_own(ngx_http_request_t *r, ngx_http_registry_auth_t *auth,
    ngx_http_registry_issuer_t *issuer)
{
    ngx_int_t                 rc;
    oci_str_t                 audience;
    ngx_http_registry_ctx_t  *ctx;

    if (!auth->refresh) {
        return ngx_http_registry_own_check(r, auth, NULL);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    audience = ngx_http_registry_refresh_audience(ctx->job.pool, issuer);

    if (audience.data == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_registry_own_check(r, auth, &audience);

    return (rc == NGX_DECLINED) ? NGX_ABORT : rc;
}


ngx_int_t
ngx_http_registry_authenticate(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_http_event_handler_pt handler)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    auth->resume = handler;

    rc = ngx_http_registry_identify(r, auth);

    if (rc == NGX_AGAIN && auth->run == NULL) {
        auth->identified = 0;
        return ngx_http_registry_auth_wait(r, NGX_HTTP_REGISTRY_LOOK);
    }

    if (rc == NGX_AGAIN) {
        ctx->job.data = auth;

        return (ngx_http_registry_task(r, auth->run,
                                       ngx_http_registry_auth_done)
                == NGX_OK) ? NGX_AGAIN : NGX_ERROR;
    }

    if (rc != NGX_ABORT || auth->delayed) {
        return rc;
    }

    auth->delayed = 1;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "registry: credentials refused: %s",
                  auth->limited ? "too many wrong ones" : auth->why.text);

    if (auth->limited || auth->keyless
        || auth->kind != NGX_HTTP_REGISTRY_BASIC)
    {
        return rc;
    }

    (void) ngx_http_registry_failed(r, auth, 1);

    return ngx_http_registry_auth_wait(r, NGX_HTTP_REGISTRY_WRONG);
}


ngx_int_t
ngx_http_registry_refuse(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (auth->limited) {
        ctx->retry_after = NGX_HTTP_REGISTRY_RETRY;
        return NGX_HTTP_TOO_MANY_REQUESTS;
    }

    if (auth->keyless) {
        ctx->retry_after = NGX_HTTP_REGISTRY_RETRY_ISSUER;
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    return ngx_http_registry_challenge(r, ctx,
                                       auth->kind == NGX_HTTP_REGISTRY_BEARER
                                       ? "invalid_token" : NULL);
}


/* how often this name was tried in vain from this address */

static ngx_int_t
ngx_http_registry_failed(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_uint_t add)
{
    uint32_t                 n;
    oci_str_t                parts[3];
    ngx_http_registry_key_t  key;

    parts[0] = oci_str("failed");
    parts[1] = ngx_http_registry_str(&r->connection->addr_text);
    parts[2] = auth->user;

    ngx_http_registry_seen_key(&key, parts, 3);
    n = ngx_http_registry_seen(&key);

    if (add != 0) {
        ngx_http_registry_remember(&key, n + add,
                                   ngx_time() + NGX_HTTP_REGISTRY_RETRY);
    }

    return n;
}


static void
ngx_http_registry_auth_done(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_auth_t  *auth;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    auth = ctx->auth;

    auth->tried = 1;
    auth->identified = 0;
    auth->good = (ctx->status == OCI_OK);

    r->write_event_handler = auth->resume;
    auth->resume(r);
}


static ngx_int_t
ngx_http_registry_auth_wait(ngx_http_request_t *r, ngx_msec_t delay)
{
    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_registry_auth_waited;

    r->connection->write->delayed = 1;
    ngx_add_timer(r->connection->write, delay);

    return NGX_AGAIN;
}


static void
ngx_http_registry_auth_waited(ngx_http_request_t *r)
{
    ngx_event_t              *wev;
    ngx_http_registry_ctx_t  *ctx;

    wev = r->connection->write;

    if (wev->delayed) {
        if (ngx_handle_write_event(wev, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ctx->auth->resume;

    ctx->auth->resume(r);
}
