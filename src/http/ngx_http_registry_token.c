/*
 * registry_token_server: our own token service, at /token.
 *
 * Source: "Docker Registry v2 authentication": the token specification (GET)
 * and its OAuth2 form (POST).  Whoever is known by one of the methods gets a
 * token for what was asked for and the rules allow, which may be nothing; it
 * says who it is too, so that rules about tags, and later changes of any
 * rule, hold where the token is used.
 */

#include "ngx_http_registry_auth.h"

#include "oci_reference.h"
#include "oci_scope.h"

#include <openssl/rand.h>


#define NGX_HTTP_REGISTRY_FORM      (128 * 1024)
#define NGX_HTTP_REGISTRY_SCOPES    64      /* in one request */


/* what was asked for */

typedef struct {
    oci_str_t    args;          /* of the query, or the body */
    const char  *error;         /* what is wrong with it: RFC 6749's word */
    const char  *why;
} ngx_http_registry_request_t;


static void ngx_http_registry_token_posted(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_token_body(ngx_http_request_t *r,
    oci_str_t *body);
static void ngx_http_registry_token_form(ngx_http_request_t *r,
    ngx_http_registry_request_t *q);
static void ngx_http_registry_token_secret(ngx_http_request_t *r,
    ngx_http_registry_request_t *q, const char *user, const char *secret);
static ngx_int_t ngx_http_registry_token_fault(ngx_http_request_t *r,
    const ngx_http_registry_request_t *q);
static ngx_int_t ngx_http_registry_token_arg(ngx_http_request_t *r,
    ngx_http_registry_request_t *q, const char *name, ngx_uint_t n,
    oci_str_t *value);
static void ngx_http_registry_token_go(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_token_answer(ngx_http_request_t *r,
    ngx_http_registry_request_t *q);
static ngx_int_t ngx_http_registry_issue(ngx_http_registry_ctx_t *ctx,
    ngx_http_registry_issuer_t *issuer, json_t *claims, oci_str_t *token);
static json_t *ngx_http_registry_token_access(ngx_http_request_t *r,
    ngx_http_registry_request_t *q);
static json_t *ngx_http_registry_token_grant(ngx_http_registry_auth_t *auth,
    const oci_scope_t *scope);
static json_t *ngx_http_registry_token_actions(
    ngx_http_registry_auth_t *auth, const oci_scope_t *scope);
static json_t *ngx_http_registry_token_claims(ngx_http_registry_auth_t *auth,
    const oci_str_t *issuer, const oci_str_t *audience, time_t expires);
static json_t *ngx_http_registry_token_list(const oci_array_t *strings);
static json_t *ngx_http_registry_token_string(const oci_str_t *s);


ngx_uint_t
ngx_http_registry_is_token(ngx_http_request_t *r)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    return conf->issuer != NULL
           && ((r->uri.len == sizeof("/token") - 1
                && ngx_strncmp(r->uri.data, "/token", r->uri.len) == 0)
               || (r->uri.len == sizeof("/token/jwks.json") - 1
                   && ngx_strncmp(r->uri.data, "/token/jwks.json", r->uri.len)
                      == 0));
}


ngx_int_t
ngx_http_registry_token(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_request_t   *q;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    auth = ngx_http_registry_get_auth(r);
    q = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_request_t));

    if (auth == NULL || q == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    ctx->token = q;

    if (ngx_http_registry_header_str(r, "Cache-Control", oci_str("no-store"))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->uri.len != sizeof("/token") - 1) {
        return ngx_http_registry_issuer_reply(r, conf->issuer);
    }

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        q->args = ngx_http_registry_str(&r->args);
        r->main->count++;
        ngx_http_registry_token_go(r);
        return NGX_DONE;
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (r->headers_in.content_length_n > NGX_HTTP_REGISTRY_FORM
        || r->headers_in.chunked)
    {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_registry_token_posted);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


static void
ngx_http_registry_token_posted(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_http_registry_ctx_t      *ctx;
    ngx_http_registry_request_t  *q;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    q = ctx->token;

    rc = ngx_http_registry_token_body(r, &q->args);

    if (rc == NGX_OK) {
        ngx_http_registry_token_form(r, q);

        if (q->error == NULL) {
            ngx_http_registry_token_go(r);
            return;
        }

        rc = ngx_http_registry_token_fault(r, q);
    }

    ngx_http_finalize_request(r, rc);
}


/* a body that nginx has put into a file is more than any client sends */

static ngx_int_t
ngx_http_registry_token_body(ngx_http_request_t *r, oci_str_t *body)
{
    size_t        len;
    u_char       *p;
    ngx_chain_t  *cl;

    len = 0;

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        if (!ngx_buf_in_memory(cl->buf)) {
            return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        }

        len += ngx_buf_size(cl->buf);
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body->data = p;
    body->len = len;

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, ngx_buf_size(cl->buf));
    }

    return NGX_OK;
}


/* takes the credentials out of the body */

static void
ngx_http_registry_token_form(ngx_http_request_t *r,
    ngx_http_registry_request_t *q)
{
    oci_str_t                 grant;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ngx_http_registry_token_arg(r, q, "grant_type", 0, &grant) != NGX_OK)
    {
        q->error = "invalid_request";
        q->why = "the form has no \"grant_type\"";
        return;
    }

    if (oci_str_is(&grant, "password")) {
        ngx_http_registry_token_secret(r, q, "username", "password");
        return;
    }

    if (oci_str_is(&grant, "refresh_token")) {
        ctx->auth->refresh = 1;
        ngx_http_registry_token_secret(r, q, NULL, "refresh_token");
        return;
    }

    if (oci_str_is(&grant, "client_credentials")) {

        /* RFC 6749, section 2.3.1: in the header, or in the form */

        if (r->headers_in.authorization == NULL) {
            ngx_http_registry_token_secret(r, q, "client_id",
                                           "client_secret");
        }

        return;
    }

    q->error = "unsupported_grant_type";
    q->why = "\"grant_type\" is none of password, refresh_token, "
             "client_credentials";
}


/* a password with its user, or a Bearer token */

static void
ngx_http_registry_token_secret(ngx_http_request_t *r,
    ngx_http_registry_request_t *q, const char *user, const char *secret)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_auth_t  *auth;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    auth = ctx->auth;

    auth->identified = 0;
    auth->given = 1;
    auth->kind = (user != NULL) ? NGX_HTTP_REGISTRY_BASIC
                                : NGX_HTTP_REGISTRY_BEARER;

    if ((user != NULL
         && ngx_http_registry_token_arg(r, q, user, 0, &auth->user) != NGX_OK)
        || ngx_http_registry_token_arg(r, q, secret, 0, &auth->password)
           != NGX_OK)
    {
        q->error = "invalid_request";
        q->why = "the form lacks what its \"grant_type\" needs";
    }
}


/* as OAuth2's clients read it, and as a registry's do */

static ngx_int_t
ngx_http_registry_token_fault(ngx_http_request_t *r,
    const ngx_http_registry_request_t *q)
{
    return ngx_http_registry_reply_json(r, NGX_HTTP_BAD_REQUEST,
               json_pack("{s:[{s:s, s:s}], s:s, s:s}", "errors",
                         "code", "UNSUPPORTED", "message", q->why,
                         "error", q->error, "error_description", q->why),
               "application/json");
}


/* as ngx_http_registry_arg(), with "+" for a blank, as forms have it */

static ngx_int_t
ngx_http_registry_token_arg(ngx_http_request_t *r,
    ngx_http_registry_request_t *q, const char *name, ngx_uint_t n,
    oci_str_t *value)
{
    size_t     i;
    ngx_int_t  rc;
    ngx_str_t  args, copy;

    copy.len = q->args.len;
    copy.data = ngx_pnalloc(r->pool, copy.len + 1);

    if (copy.data == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < copy.len; i++) {
        copy.data[i] = (q->args.data[i] == '+') ? ' ' : q->args.data[i];
    }

    args = r->args;
    r->args = copy;
    rc = ngx_http_registry_arg(r, name, n, value);
    r->args = args;

    return rc;
}


static void
ngx_http_registry_token_go(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_auth_t  *auth;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    auth = ctx->auth;

    rc = ngx_http_registry_authenticate(r, auth, ngx_http_registry_token_go);

    switch (rc) {

    case NGX_AGAIN:
        return;

    case NGX_OK:
        rc = ngx_http_registry_token_answer(r, ctx->token);
        break;

    case NGX_ABORT:
        rc = ngx_http_registry_refuse(r, auth);
        break;

    default:
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_registry_token_answer(ngx_http_request_t *r,
    ngx_http_registry_request_t *q)
{
    char                           issued[sizeof("1970-01-01T00:00:00Z")];
    json_t                        *claims, *access;
    ngx_tm_t                       tm;
    oci_str_t                      arg, token, refresh, audience;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_issuer_t    *issuer;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    auth = ctx->auth;
    issuer = conf->issuer;

    if (ngx_http_registry_token_arg(r, q, "service", 0, &arg) == NGX_OK
        && !oci_str_eq(&arg, &issuer->service))
    {
        q->error = "invalid_target";
        q->why = "\"service\" is not the one that tokens are made for";
        return ngx_http_registry_token_fault(r, q);
    }

    access = ngx_http_registry_token_access(r, q);
    claims = ngx_http_registry_token_claims(auth, &issuer->name,
                                            &issuer->service,
                                            issuer->expires);

    if (access == NULL || json_object_set_new(claims, "access", access) != 0
        || ngx_http_registry_issue(ctx, issuer, claims, &token) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    refresh = oci_str(NULL);

    if (auth->who.kind != OCI_ANONYMOUS && issuer->refresh != 0
        && !auth->who.bounded
        && ((ngx_http_registry_token_arg(r, q, "offline_token", 0, &arg)
             == NGX_OK && oci_str_is(&arg, "true"))
            || (ngx_http_registry_token_arg(r, q, "access_type", 0, &arg)
                == NGX_OK && oci_str_is(&arg, "offline"))))
    {
        audience = ngx_http_registry_refresh_audience(ctx->job.pool, issuer);
        claims = ngx_http_registry_token_claims(auth, &issuer->name,
                                                &audience, issuer->refresh);

        if (ngx_http_registry_issue(ctx, issuer, claims, &refresh) != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ngx_gmtime(ngx_time(), &tm);
    *ngx_snprintf((u_char *) issued, sizeof(issued) - 1,
                  "%4d-%02d-%02dT%02d:%02d:%02dZ", tm.ngx_tm_year,
                  tm.ngx_tm_mon, tm.ngx_tm_mday, tm.ngx_tm_hour,
                  tm.ngx_tm_min, tm.ngx_tm_sec) = '\0';

    return ngx_http_registry_reply_json(r, NGX_HTTP_OK,
               json_pack("{s:s, s:s, s:I, s:s, s:s*}",
                         "token", token.data, "access_token", token.data,
                         "expires_in", (json_int_t) issuer->expires,
                         "issued_at", issued, "refresh_token", refresh.data),
               "application/json");
}


/* takes claims, which may be NULL */

static ngx_int_t
ngx_http_registry_issue(ngx_http_registry_ctx_t *ctx,
    ngx_http_registry_issuer_t *issuer, json_t *claims, oci_str_t *token)
{
    oci_status_e      rc;
    const oci_key_t  *key;

    key = oci_jwt_signer(issuer->keys);

    rc = (claims != NULL)
         ? oci_jwt_sign(token, ctx->job.pool, issuer->keys,
                        issuer->libtrust ? key->libtrust : key->thumbprint,
                        issuer->cert.len != 0, claims, &ctx->job.err)
         : OCI_NOMEM;

    json_decref(claims);

    return (rc == OCI_OK) ? NGX_OK : NGX_ERROR;
}


static json_t *
ngx_http_registry_token_access(ngx_http_request_t *r,
    ngx_http_registry_request_t *q)
{
    json_t                   *list, *grant;
    oci_str_t                 scopes;
    ngx_uint_t                n, left;
    oci_scope_t               scope;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = json_array();
    left = NGX_HTTP_REGISTRY_SCOPES;

    for (n = 0; n < NGX_HTTP_REGISTRY_SCOPES; n++) {

        if (ngx_http_registry_token_arg(r, q, "scope", n, &scopes) != NGX_OK)
        {
            break;
        }

        while (left != 0 && oci_scope_next(&scopes, &scope)) {
            left--;
            grant = ngx_http_registry_token_grant(ctx->auth, &scope);

            if (grant != NULL) {
                (void) json_array_append_new(list, grant);
            }
        }
    }

    return list;
}


/* what of a scope the rules allow; NULL: nothing that is worth a word */

static json_t *
ngx_http_registry_token_grant(ngx_http_registry_auth_t *auth,
    const oci_scope_t *scope)
{
    json_t  *actions;

    if (oci_str_is(&scope->type, "registry")) {

        if (!oci_str_is(&scope->name, "catalog")
            || !ngx_http_registry_may_list(auth))
        {
            return NULL;
        }

        return json_pack("{s:s, s:s, s:[s]}", "type", "registry",
                         "name", "catalog", "actions", "*");
    }

    if (!oci_str_is(&scope->type, "repository")
        || !oci_name_valid(&scope->name))
    {
        return NULL;
    }

    actions = ngx_http_registry_token_actions(auth, scope);

    if (json_array_size(actions) == 0) {
        json_decref(actions);
        return NULL;
    }

    return json_pack("{s:s, s:o, s:o}", "type", "repository",
                     "name", ngx_http_registry_token_string(&scope->name),
                     "actions", actions);
}


static json_t *
ngx_http_registry_token_actions(ngx_http_registry_auth_t *auth,
    const oci_scope_t *scope)
{
    json_t      *list;
    u_char      *p, *end, *comma;
    unsigned     asked, allowed;
    oci_str_t    word;
    ngx_uint_t   i;

    static const struct {
        const char  *name;
        unsigned     action;
    } actions[] = {
        { "pull", OCI_MAY_PULL },
        { "push", OCI_MAY_UPLOAD },
        { "delete", OCI_MAY_DELETE }
    };

    asked = 0;
    allowed = 0;
    end = scope->actions.data + scope->actions.len;

    for (p = scope->actions.data; p < end; p = comma + 1) {
        comma = ngx_strlchr(p, end, ',');

        if (comma == NULL) {
            comma = end;
        }

        word.data = p;
        word.len = comma - p;
        asked |= oci_action_parse(&word);
    }

    list = json_array();

    for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if ((asked & actions[i].action)
            && ngx_http_registry_may(auth, &scope->name, NULL,
                                     actions[i].action))
        {
            allowed++;
            (void) json_array_append_new(list, json_string(actions[i].name));
        }
    }

    if (asked == OCI_MAY_ALL && allowed == i) {
        (void) json_array_append_new(list, json_string("*"));
    }

    return list;
}


static json_t *
ngx_http_registry_token_claims(ngx_http_registry_auth_t *auth,
    const oci_str_t *issuer, const oci_str_t *audience, time_t expires)
{
    char                   jti[33];
    json_t                *own;
    u_char                 random[16];
    const oci_identity_t  *who;

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return NULL;
    }

    *ngx_hex_dump((u_char *) jti, random, sizeof(random)) = '\0';

    who = &auth->who;
    own = json_pack("{s:I, s:b, s:o*, s:o*, s:o*, s:O*, s:o*}",
                    "kind", (json_int_t) who->kind,
                    "delegated", who->delegated,
                    "by", auth->by.len
                          ? ngx_http_registry_token_string(&auth->by) : NULL,
                    "groups", ngx_http_registry_token_list(&who->groups),
                    "names", ngx_http_registry_token_list(&who->names),
                    "claims", who->claims,
                    "version", auth->version.len
                         ? ngx_http_registry_token_string(&auth->version)
                         : NULL);

    /* a clock a little behind ours takes it as well */

    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:s, s:o}",
                     "iss", ngx_http_registry_token_string(issuer),
                     "sub", ngx_http_registry_token_string(&who->name),
                     "aud", ngx_http_registry_token_string(audience),
                     "iat", (json_int_t) ngx_time(),
                     "nbf", (json_int_t) ngx_time() - 10,
                     "exp", (json_int_t) (ngx_time() + expires),
                     "jti", jti, "tally", own);
}


static json_t *
ngx_http_registry_token_list(const oci_array_t *strings)
{
    json_t           *list;
    size_t            i;
    const oci_str_t  *s;

    if (strings->nelts == 0) {
        return NULL;
    }

    s = strings->elts;
    list = json_array();

    for (i = 0; i < strings->nelts; i++) {
        (void) json_array_append_new(list,
                                     ngx_http_registry_token_string(&s[i]));
    }

    return list;
}


/* a name that is not UTF-8 has no place in JSON: it is nobody's there */

static json_t *
ngx_http_registry_token_string(const oci_str_t *s)
{
    json_t  *json;

    json = json_stringn(s->len != 0 ? (char *) s->data : "", s->len);

    return (json != NULL) ? json : json_string("");
}
