/*
 * Access: rules, the handler of nginx's access phase, and the only place that
 * writes a challenge.
 *
 * The handler is the last one of its phase, so that "allow", "auth_basic" and
 * "auth_request" have spoken before a password is hashed; with "satisfy any"
 * whoever they let in is not asked again, and rules do not hold for him.
 */

#include "ngx_http_registry_auth.h"

#include "oci_reference.h"


static ngx_uint_t ngx_http_registry_guards(
    const ngx_http_registry_loc_conf_t *conf);
static ngx_uint_t ngx_http_registry_needs(
    const ngx_http_registry_ctx_t *ctx);
static ngx_int_t ngx_http_registry_authorize(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static ngx_uint_t ngx_http_registry_permits(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t needs);
static ngx_uint_t ngx_http_registry_widens(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static oci_str_t ngx_http_registry_scope(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static ngx_int_t ngx_http_registry_access_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


enum {
    NGX_HTTP_REGISTRY_VAR_USER,
    NGX_HTTP_REGISTRY_VAR_KIND,
    NGX_HTTP_REGISTRY_VAR_RULE
};


static ngx_http_variable_t  ngx_http_registry_access_vars[] = {

    { ngx_string("registry_user"), NULL, ngx_http_registry_access_variable,
      NGX_HTTP_REGISTRY_VAR_USER, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("registry_user_kind"), NULL,
      ngx_http_registry_access_variable,
      NGX_HTTP_REGISTRY_VAR_KIND, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("registry_rule"), NULL, ngx_http_registry_access_variable,
      NGX_HTTP_REGISTRY_VAR_RULE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


char *
ngx_http_registry_set_rule(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    oci_str_t                      words[4];
    oci_error_t                    err = { OCI_OK, 0, "" };
    oci_pool_t                    *pool;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0
        && rlcf->access == NGX_CONF_UNSET_PTR)
    {
        rlcf->access = NULL;
        return NGX_CONF_OK;
    }

    if (cf->args->nelts != 5 || rlcf->access == NULL) {
        return "takes \"allow\" or \"deny\", a subject, a repository and "
               "actions, or \"off\" alone";
    }

    if (rlcf->access == NGX_CONF_UNSET_PTR) {
        pool = ngx_http_registry_conf_pool(cf);
        if (pool == NULL) {
            return NGX_CONF_ERROR;
        }

        rlcf->access = oci_access_create(pool);
        if (rlcf->access == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 0; i < 4; i++) {
        words[i] = ngx_http_registry_str(&value[i + 1]);
    }

    if (oci_access_add(rlcf->access, words,
                       (char *) cf->conf_file->file.name.data,
                       (unsigned) cf->conf_file->line, &err)
        != OCI_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_rule\": %s",
                           err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_registry_merge_auth(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *prev, ngx_http_registry_loc_conf_t *conf)
{
    ngx_conf_merge_ptr_value(conf->methods, prev->methods, NULL);
    ngx_conf_merge_ptr_value(conf->access, prev->access, NULL);
    ngx_conf_merge_ptr_value(conf->issuer, prev->issuer, NULL);

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_registry_guards(const ngx_http_registry_loc_conf_t *conf)
{
    return conf->methods != NULL || conf->access != NULL
           || conf->issuer != NULL;
}


ngx_int_t
ngx_http_registry_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    /* the token service lets in whom it knows, and others too */

    if (!conf->enable || !ngx_http_registry_guards(conf)
        || ngx_http_registry_is_token(r))
    {
        return NGX_DECLINED;
    }

    auth = ngx_http_registry_get_auth(r);
    if (auth == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    rc = ngx_http_registry_authenticate(r, auth, ngx_http_core_run_phases);

    switch (rc) {

    case NGX_OK:
        return ngx_http_registry_authorize(r, ctx);

    case NGX_AGAIN:
        return NGX_AGAIN;

    case NGX_ABORT:
        return ngx_http_registry_refuse(r, auth);

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


/* what a request asks for; of several one is enough; 0: nothing */

static ngx_uint_t
ngx_http_registry_needs(const ngx_http_registry_ctx_t *ctx)
{
    const oci_route_t  *route;

    route = &ctx->job.route;

    if (ctx->op == NULL || route->fault == OCI_ROUTE_BAD_NAME) {
        return 0;                   /* it is refused without a look */
    }

    if (ctx->op->flags & NGX_HTTP_REGISTRY_DELETES) {
        return OCI_MAY_DELETE;
    }

    switch (route->kind) {

    case OCI_ROUTE_NONE:
    case OCI_ROUTE_ROOT:
    case OCI_ROUTE_BASE:
        return 0;

    case OCI_ROUTE_CATALOG:
        return OCI_MAY_CATALOG;

    case OCI_ROUTE_UPLOADS:
    case OCI_ROUTE_UPLOAD:
        return OCI_MAY_UPLOAD;

    default:
        if (!(ctx->op->flags & NGX_HTTP_REGISTRY_WRITES)) {
            return OCI_MAY_PULL;
        }

        return (route->digest.alg != OCI_ALG_NONE)
               ? OCI_MAY_UPLOAD : OCI_MAY_CREATE|OCI_MAY_UPDATE;
    }
}


static ngx_int_t
ngx_http_registry_authorize(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx)
{
    ngx_uint_t                     needs;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    /* from now on lists, mounts and tags are asked for one by one */

    ctx->job.auth = ctx->auth;

    needs = ngx_http_registry_needs(ctx);

    if (needs != 0) {
        return ngx_http_registry_permits(r, ctx, needs)
               ? NGX_OK : ngx_http_registry_forbid(r);
    }

    /*
     * A client that may log in has to be asked here: docker does it nowhere
     * else.  Without an account it gets a token for anonymous, where tokens
     * are given.
     */

    if (ctx->job.route.kind == OCI_ROUTE_BASE
        && (conf->methods != NULL || conf->issuer != NULL)
        && ctx->auth->kind == NGX_HTTP_REGISTRY_NO_CREDENTIALS
        && ctx->auth->who.kind == OCI_ANONYMOUS)
    {
        return ngx_http_registry_challenge(r, ctx, NULL);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_registry_permits(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t needs)
{
    ngx_uint_t                 bit;
    const oci_str_t           *tag;
    const oci_route_t         *route;
    ngx_http_registry_auth_t  *auth;

    auth = ctx->auth;
    route = &ctx->job.route;

    if (needs == OCI_MAY_CATALOG) {
        return ngx_http_registry_may_list(auth);
    }

    tag = (route->kind == OCI_ROUTE_MANIFEST
           && route->digest.alg == OCI_ALG_NONE) ? &route->reference : NULL;

    for (bit = OCI_MAY_PULL; bit <= OCI_MAY_CATALOG; bit <<= 1) {
        if ((needs & bit) == 0) {
            continue;
        }

        if (ngx_http_registry_may(auth, &route->repo, tag, bit)) {
            break;
        }
    }

    /* which rule it was is worth a line in a log */

    if (auth->access != NULL) {
        (void) oci_access_may(auth->access, &auth->who, &route->repo, tag,
                              bit <= OCI_MAY_CATALOG ? bit : needs & -needs,
                              &auth->rule);
    }

    return bit <= OCI_MAY_CATALOG;
}


ngx_uint_t
ngx_http_registry_may(ngx_http_registry_auth_t *auth, const oci_str_t *repo,
    const oci_str_t *tag, ngx_uint_t action)
{
    if (auth == NULL) {
        return 1;               /* nobody asked us to decide */
    }

    if (repo == NULL) {
        return auth->access == NULL && auth->who.kind != OCI_ANONYMOUS
               && !auth->who.bounded;
    }

    if (auth->access == NULL) {
        return auth->who.kind != OCI_ANONYMOUS
               && oci_identity_granted(&auth->who, repo, action);
    }

    return oci_access_may(auth->access, &auth->who, repo, tag, action, NULL);
}


ngx_uint_t
ngx_http_registry_may_list(const ngx_http_registry_auth_t *auth)
{
    if (!oci_identity_grants(&auth->who, OCI_MAY_CATALOG)) {
        return 0;
    }

    return (auth->access != NULL)
           ? oci_access_any(auth->access, &auth->who, OCI_MAY_CATALOG)
           : auth->who.kind != OCI_ANONYMOUS;
}


ngx_int_t
ngx_http_registry_forbid(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    auth = ctx->auth;

    /* would other credentials help, as far as we can know? */

    if (auth->kind == NGX_HTTP_REGISTRY_BEARER
        && ngx_http_registry_widens(r, ctx))
    {
        return ngx_http_registry_challenge(r, ctx, "insufficient_scope");
    }

    if (auth->who.kind == OCI_ANONYMOUS
        && (conf->methods != NULL || conf->issuer != NULL))
    {
        return ngx_http_registry_challenge(r, ctx, NULL);
    }

    return NGX_HTTP_FORBIDDEN;
}


/* could a token for more than this one be had? */

static ngx_uint_t
ngx_http_registry_widens(ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx)
{
    ngx_uint_t                 needs, may;
    oci_array_t                grants;
    ngx_http_registry_auth_t  *auth;

    auth = ctx->auth;

    if (!auth->who.bounded) {
        return 0;
    }

    needs = ngx_http_registry_needs(ctx);

    /* of an outside service anything may be asked, but what we deny */

    grants = auth->who.grants;
    auth->who.grants = auth->full;
    auth->who.bounded = (auth->full.nelts != 0);
    may = ngx_http_registry_permits(r, ctx, needs);
    auth->who.bounded = true;
    auth->who.grants = grants;

    return may || auth->who.kind == OCI_ANONYMOUS;
}


/* RFC 7235, RFC 6750, and "Token Authentication" of the Docker registry */

ngx_int_t
ngx_http_registry_challenge(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, const char *error)
{
    oci_str_t         value, scope, service;
    ngx_str_t         realm;
    ngx_table_elt_t  *h;

    if (ctx->token == NULL
        && ngx_http_registry_bearer(r, &realm, &service))
    {
        scope = ngx_http_registry_scope(r, ctx);
        value = oci_strf(ctx->job.pool,
                         "Bearer realm=\"%.*s\",service=\"%.*s\"%s%s%s%s",
                         (int) realm.len, realm.data, (int) service.len,
                         service.data, (char *) scope.data,
                         error != NULL ? ",error=\"" : "",
                         error != NULL ? error : "",
                         error != NULL ? "\"" : "");

    } else {
        value = oci_str("Basic realm=\"registry\"");
    }

    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL || value.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    h->hash = 1;
    ngx_str_set(&h->key, "WWW-Authenticate");
    h->value.data = value.data;
    h->value.len = value.len;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    r->headers_out.www_authenticate = h;

    return NGX_HTTP_UNAUTHORIZED;
}


/* what the request needs, and the source of a mount: asked for in one go */

static oci_str_t
ngx_http_registry_scope(ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx)
{
    ngx_uint_t          needs;
    oci_str_t           from;
    const oci_route_t  *route;

    route = &ctx->job.route;
    needs = ngx_http_registry_needs(ctx);

    if (needs == 0) {
        return oci_str("");
    }

    if (needs == OCI_MAY_CATALOG) {
        return oci_str(",scope=\"registry:catalog:*\"");
    }

    if (route->kind == OCI_ROUTE_UPLOADS
        && ngx_http_registry_arg(r, "from", 0, &from) == NGX_OK
        && oci_name_valid(&from))
    {
        return oci_strf(ctx->job.pool, ",scope=\"repository:%.*s:pull,push "
                        "repository:%.*s:pull\"", (int) route->repo.len,
                        route->repo.data, (int) from.len, from.data);
    }

    return oci_strf(ctx->job.pool, ",scope=\"repository:%.*s:%s\"",
                    (int) route->repo.len, route->repo.data,
                    (needs & OCI_MAY_PUSH) ? "pull,push"
                                           : oci_action_name(needs));
}


ngx_int_t
ngx_http_registry_access_variables(ngx_conf_t *cf)
{
    return ngx_http_registry_variables(cf, ngx_http_registry_access_vars);
}


/*
 * limit_req asks who it is before nobody has been let in: what can be told
 * without waiting is told, so that the second request of a user is limited
 * by his name.
 */

static ngx_int_t
ngx_http_registry_access_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    oci_str_t                      value;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_auth_t      *auth;
    ngx_http_registry_loc_conf_t  *conf;

    v->not_found = 1;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (!ngx_http_registry_guards(conf)) {
        return NGX_OK;
    }

    auth = ngx_http_registry_get_auth(r);
    if (auth == NULL) {
        return NGX_ERROR;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    value = oci_str(NULL);

    if (ngx_http_registry_identify(r, auth) == NGX_OK) {

        switch (data) {

        case NGX_HTTP_REGISTRY_VAR_USER:
            value = auth->who.name;
            break;

        case NGX_HTTP_REGISTRY_VAR_KIND:
            value = oci_str(oci_who_name(auth->who.kind));
            break;

        default: /* NGX_HTTP_REGISTRY_VAR_RULE */
            if (auth->rule != NULL) {
                value = oci_strf(ctx->job.pool, "%s:%u",
                                 (char *) auth->rule->file.data,
                                 auth->rule->line);
            }
        }
    }

    if (value.len != 0) {
        v->not_found = 0;
        v->valid = 1;
        v->no_cacheable = 0;
        v->data = value.data;
        v->len = value.len;
    }

    return NGX_OK;
}
