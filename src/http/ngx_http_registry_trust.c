/*
 * Tokens that others make: of a token service that we trust (registry_auth
 * token), of workloads (registry_auth oidc).
 */

#include "ngx_http_registry_auth.h"

#include "oci_json.h"
#include "oci_scope.h"


#define NGX_HTTP_REGISTRY_TOKEN  0x1
#define NGX_HTTP_REGISTRY_OIDC   0x2


/* as it was written, and what it means */

typedef struct {
    ngx_str_t                       issuer;
    ngx_str_t                       audience;
    ngx_str_t                       realm;
    ngx_str_t                       file;       /* of keys */
    ngx_str_t                       ca;
    ngx_str_t                       refresh;
    ngx_str_t                       leeway;
    ngx_str_t                       user;       /* names of claims */
    ngx_str_t                       groups;

    oci_str_t                       iss;
    oci_str_t                       aud;
    time_t                          seconds;    /* of leeway */
    ngx_http_registry_watch_t       keys;
    ngx_http_registry_discovery_t  *discovery;  /* NULL: keys are a file */
} ngx_http_registry_trust_t;


typedef struct {
    const char                     *name;
    size_t                          offset;
    ngx_uint_t                      methods;    /* that take it */
} ngx_http_registry_trust_word_t;


static char *ngx_http_registry_trust_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs);
static ngx_str_t *ngx_http_registry_trust_word(ngx_http_registry_method_t *m,
    const ngx_str_t *arg, ngx_str_t *value);
static char *ngx_http_registry_trust_check(ngx_conf_t *cf,
    ngx_http_registry_method_t *m);
static char *ngx_http_registry_trust_keys(ngx_conf_t *cf,
    ngx_http_registry_method_t *m);
static void *ngx_http_registry_keys_parse(oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static ngx_int_t ngx_http_registry_token_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_oidc_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static ngx_uint_t ngx_http_registry_trust_meant(
    const ngx_http_registry_trust_t *t, const oci_jwt_t *jwt,
    ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_trust_verify(ngx_http_request_t *r,
    ngx_http_registry_trust_t *t, ngx_http_registry_auth_t *auth);


#define NGX_HTTP_REGISTRY_WORD(name, member, methods)                        \
    { name, offsetof(ngx_http_registry_trust_t, member), methods }

static const ngx_http_registry_trust_word_t  ngx_http_registry_trust_words[] = {
    NGX_HTTP_REGISTRY_WORD("issuer", issuer, 3),
    NGX_HTTP_REGISTRY_WORD("service", audience, 3),
    NGX_HTTP_REGISTRY_WORD("audience", audience, 3),
    NGX_HTTP_REGISTRY_WORD("keys", file, 3),
    NGX_HTTP_REGISTRY_WORD("leeway", leeway, 3),
    NGX_HTTP_REGISTRY_WORD("realm", realm, NGX_HTTP_REGISTRY_TOKEN),
    NGX_HTTP_REGISTRY_WORD("user", user, NGX_HTTP_REGISTRY_OIDC),
    NGX_HTTP_REGISTRY_WORD("groups", groups, NGX_HTTP_REGISTRY_OIDC),
    NGX_HTTP_REGISTRY_WORD("ca", ca, NGX_HTTP_REGISTRY_OIDC),
    NGX_HTTP_REGISTRY_WORD("refresh", refresh, NGX_HTTP_REGISTRY_OIDC),
    { NULL, 0, 0 }
};


const ngx_http_registry_method_type_t  ngx_http_registry_token_method = {
    ngx_string("token"),
    1,
    ngx_http_registry_trust_configure,
    ngx_http_registry_token_check,
    NULL
};


const ngx_http_registry_method_type_t  ngx_http_registry_oidc_method = {
    ngx_string("oidc"),
    0,
    ngx_http_registry_trust_configure,
    ngx_http_registry_oidc_check,
    NULL
};


static char *
ngx_http_registry_trust_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs)
{
    ngx_str_t   value, *word;
    ngx_uint_t  i;

    m->conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_trust_t));
    if (m->conf == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < nargs; i++) {
        word = ngx_http_registry_trust_word(m, &args[i], &value);

        if (word == NULL || word->data != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%s parameter \"%V\" of "
                               "\"registry_auth %V\"",
                               word != NULL ? "duplicate" : "invalid",
                               &args[i], &m->type->name);
            return NGX_CONF_ERROR;
        }

        *word = value;
    }

    return ngx_http_registry_trust_check(cf, m);
}


static ngx_str_t *
ngx_http_registry_trust_word(ngx_http_registry_method_t *m,
    const ngx_str_t *arg, ngx_str_t *value)
{
    ngx_uint_t                             method;
    const ngx_http_registry_trust_word_t  *w;

    method = m->type->bearer ? NGX_HTTP_REGISTRY_TOKEN
                             : NGX_HTTP_REGISTRY_OIDC;

    for (w = ngx_http_registry_trust_words; w->name != NULL; w++) {
        if ((w->methods & method)
            && ngx_http_registry_option(arg, w->name, value))
        {
            return (ngx_str_t *) ((u_char *) m->conf + w->offset);
        }
    }

    return NULL;
}


static char *
ngx_http_registry_trust_check(ngx_conf_t *cf, ngx_http_registry_method_t *m)
{
    const char                 *lacks;
    ngx_http_registry_trust_t  *t;

    t = m->conf;
    t->iss = ngx_http_registry_str(&t->issuer);
    t->aud = ngx_http_registry_str(&t->audience);

    if (t->leeway.len == 0) {
        ngx_str_set(&t->leeway, "60s");
    }

    if (t->user.len == 0) {
        ngx_str_set(&t->user, "sub");
    }

    if (t->groups.len == 0) {
        ngx_str_set(&t->groups, "groups");
    }

    t->seconds = ngx_parse_time(&t->leeway, 1);

    lacks = (t->issuer.len == 0) ? "issuer"
            : (t->audience.len == 0) ? (m->type->bearer ? "service"
                                                        : "audience")
            : (m->type->bearer && t->file.len == 0) ? "keys"
            : (m->type->bearer && !ngx_http_registry_quotable(&t->realm))
              ? "realm"
            : (m->type->bearer && !ngx_http_registry_quotable(&t->audience))
              ? "service"
            : (t->seconds == (time_t) NGX_ERROR) ? "leeway" : NULL;

    if (lacks != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_auth %V\" needs a valid \"%s\"",
                           &m->type->name, lacks);
        return NGX_CONF_ERROR;
    }

    return ngx_http_registry_trust_keys(cf, m);
}


/* a file, or what the issuer says when it is asked */

static char *
ngx_http_registry_trust_keys(ngx_conf_t *cf, ngx_http_registry_method_t *m)
{
    time_t                      refresh;
    ngx_http_registry_trust_t  *t;

    t = m->conf;

    if (t->file.len != 0) {

        if (t->ca.len != 0 || t->refresh.len != 0) {
            return "has \"ca\" or \"refresh\" beside \"keys\"";
        }

        return ngx_http_registry_watch_open(cf, &t->keys, &t->file,
                                            ngx_http_registry_keys_parse);
    }

    if (t->refresh.len == 0) {
        ngx_str_set(&t->refresh, "60s");
    }

    refresh = ngx_parse_time(&t->refresh, 1);

    if (refresh == (time_t) NGX_ERROR || refresh == 0) {
        return "needs a valid \"refresh\", of a second or more";
    }

    t->discovery = ngx_http_registry_discovery(cf, &t->iss, &t->ca, refresh);

    return (t->discovery != NULL) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static void *
ngx_http_registry_keys_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    oci_keys_t  *keys;

    return (oci_keys_load(&keys, pool, text, err) == OCI_OK) ? keys : NULL;
}


ngx_uint_t
ngx_http_registry_bearer(ngx_http_request_t *r, ngx_str_t *realm,
    oci_str_t *service)
{
    ngx_uint_t                     i;
    ngx_http_registry_trust_t     *t;
    ngx_http_registry_method_t    *m;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->issuer != NULL) {
        return ngx_http_registry_issuer_realm(r, realm, service);
    }

    m = (conf->methods != NULL) ? conf->methods->elts : NULL;

    for (i = 0; m != NULL && i < conf->methods->nelts; i++) {
        if (m[i].type->bearer) {
            t = m[i].conf;
            *realm = t->realm;
            *service = t->aud;
            return 1;
        }
    }

    return 0;
}


/* of an outside service: what it grants is all that it says */

static ngx_int_t
ngx_http_registry_token_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    ngx_int_t                   rc;
    oci_jwt_t                  *jwt;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_trust_t  *t = m->conf;

    jwt = ngx_http_registry_jwt(r, auth);

    if (auth->kind != NGX_HTTP_REGISTRY_BEARER
        || !ngx_http_registry_trust_meant(t, jwt, auth))
    {
        return NGX_DECLINED;
    }

    rc = ngx_http_registry_trust_verify(r, t, auth);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    auth->who.name = oci_json_str(jwt->claims, "sub");
    auth->who.kind = (auth->who.name.len != 0) ? OCI_TOKEN : OCI_ANONYMOUS;
    auth->who.claims = jwt->claims;
    auth->who.delegated = true;

    return (oci_scope_grants(jwt->claims, ctx->job.pool, &auth->who,
                             &auth->why)
            == OCI_OK) ? NGX_OK : NGX_ERROR;
}


/* of a workload: as a Bearer token, or as the password of any user */

static ngx_int_t
ngx_http_registry_oidc_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    ngx_int_t                   rc;
    oci_jwt_t                  *jwt;
    ngx_http_registry_trust_t  *t = m->conf;

    jwt = ngx_http_registry_jwt(r, auth);

    if (!ngx_http_registry_trust_meant(t, jwt, auth)) {
        return NGX_DECLINED;
    }

    rc = ngx_http_registry_trust_verify(r, t, auth);

    if (rc != NGX_OK) {
        return rc;
    }

    auth->who.name = oci_json_str(jwt->claims, (char *) t->user.data);

    if (auth->who.name.len == 0) {
        (void) oci_error(&auth->why, OCI_DENIED, 0,
                         "a token without the claim \"%s\"",
                         (char *) t->user.data);
        return NGX_ABORT;
    }

    auth->who.kind = OCI_WORKLOAD;
    auth->who.claims = jwt->claims;

    return ngx_http_registry_strings(&auth->who.groups,
                                     json_object_get(jwt->claims,
                                                   (char *) t->groups.data));
}


/*
 * By this issuer, and for this audience?  Another line may trust the same
 * issuer for another one.
 */

static ngx_uint_t
ngx_http_registry_trust_meant(const ngx_http_registry_trust_t *t,
    const oci_jwt_t *jwt, ngx_http_registry_auth_t *auth)
{
    if (jwt == NULL || !oci_str_eq(&jwt->issuer, &t->iss)) {
        return 0;
    }

    return oci_jwt_audience(jwt, &t->aud, &auth->why) == OCI_OK;
}


static ngx_int_t
ngx_http_registry_trust_verify(ngx_http_request_t *r,
    ngx_http_registry_trust_t *t, ngx_http_registry_auth_t *auth)
{
    ngx_int_t          rc;
    const oci_keys_t  *keys;

    rc = NGX_OK;

    if (t->discovery == NULL) {
        keys = ngx_http_registry_watch(&t->keys, r->connection->log);

    } else {
        rc = ngx_http_registry_discovered(r, t->discovery, auth->jwt, &keys);
    }

    switch (rc) {

    case NGX_OK:
        return ngx_http_registry_trusted(r, auth, keys, &t->aud, t->seconds);

    case NGX_AGAIN:
        auth->run = NULL;
        return NGX_AGAIN;

    default:
        auth->keyless = 1;
        (void) oci_error(&auth->why, OCI_DENIED, 0,
                         "the keys of the issuer cannot be had");
        return NGX_ABORT;
    }
}
