/*
 * registry_token_server: who our own token service is: its key, its name, and
 * where clients find it.
 */

#include "ngx_http_registry_auth.h"

#include "oci_file.h"
#include "oci_jwk.h"


#define NGX_HTTP_REGISTRY_PEM  65536


static char *ngx_http_registry_issuer_option(ngx_conf_t *cf,
    ngx_http_registry_issuer_t *issuer, ngx_str_t *word);
static char *ngx_http_registry_issuer_keys(ngx_conf_t *cf,
    ngx_http_registry_issuer_t *issuer);
static char *ngx_http_registry_issuer_file(ngx_conf_t *cf, oci_pool_t *pool,
    ngx_str_t *path, oci_buf_t *text);
static ngx_uint_t ngx_http_registry_issuer_host(const ngx_str_t *host);


char *
ngx_http_registry_set_issuer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    ngx_http_registry_issuer_t    *issuer;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->issuer != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        rlcf->issuer = NULL;
        return NGX_CONF_OK;
    }

    issuer = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_issuer_t));
    if (issuer == NULL) {
        return NGX_CONF_ERROR;
    }

    rlcf->issuer = issuer;

    issuer->name = oci_str("tally");
    issuer->service = oci_str("registry");
    issuer->expires = 300;
    issuer->refresh = 30 * 86400;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_registry_issuer_option(cf, issuer, &value[i])
            != NGX_CONF_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of "
                               "\"registry_token_server\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    if (issuer->key.len == 0) {
        return "needs \"key=FILE\"";
    }

    if (ngx_http_registry_seen_zone(cf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_registry_issuer_keys(cf, issuer);
}


static char *
ngx_http_registry_issuer_option(ngx_conf_t *cf,
    ngx_http_registry_issuer_t *issuer, ngx_str_t *word)
{
    ngx_str_t                          value;
    ngx_http_compile_complex_value_t   ccv;

    if (ngx_http_registry_option(word, "key", &issuer->key)
        || ngx_http_registry_option(word, "certificate", &issuer->cert))
    {
        return NGX_CONF_OK;
    }

    if (ngx_http_registry_option(word, "issuer", &value)) {
        issuer->name = ngx_http_registry_str(&value);
        return NGX_CONF_OK;
    }

    if (ngx_http_registry_option(word, "service", &value)) {
        issuer->service = ngx_http_registry_str(&value);
        return ngx_http_registry_quotable(&value) ? NGX_CONF_OK
                                                  : NGX_CONF_ERROR;
    }

    if (ngx_http_registry_option(word, "expires", &value)) {
        issuer->expires = ngx_parse_time(&value, 1);

        return (issuer->expires >= 60 && issuer->expires <= 86400)
               ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (ngx_http_registry_option(word, "refresh", &value)) {
        issuer->refresh = ngx_parse_time(&value, 1);

        return (issuer->refresh != (time_t) NGX_ERROR) ? NGX_CONF_OK
                                                       : NGX_CONF_ERROR;
    }

    if (ngx_http_registry_option(word, "kid", &value)) {
        issuer->libtrust = (ngx_strcmp(value.data, "libtrust") == 0);

        return (issuer->libtrust
                || ngx_strcmp(value.data, "thumbprint") == 0)
               ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (!ngx_http_registry_option(word, "realm", &value)) {
        return NGX_CONF_ERROR;
    }

    issuer->realm = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (issuer->realm == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ccv));
    ccv.cf = cf;
    ccv.value = &value;
    ccv.complex_value = issuer->realm;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NGX_CONF_OK
                                                            : NGX_CONF_ERROR;
}


static char *
ngx_http_registry_issuer_keys(ngx_conf_t *cf,
    ngx_http_registry_issuer_t *issuer)
{
    char                *rc;
    oci_buf_t            text = oci_null_buf;
    oci_str_t            pem;
    oci_pool_t          *pool;
    oci_error_t          err = { OCI_OK, 0, "" };
    ngx_pool_cleanup_t  *cln;

    pool = oci_pool_create();
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (pool == NULL || cln == NULL) {
        return NGX_CONF_ERROR;
    }

    cln->handler = (ngx_pool_cleanup_pt) oci_pool_destroy;
    cln->data = pool;

    rc = ngx_http_registry_issuer_file(cf, pool, &issuer->key, &text);

    if (rc == NGX_CONF_OK && issuer->cert.len != 0) {
        rc = ngx_http_registry_issuer_file(cf, pool, &issuer->cert, &text);
    }

    if (rc == NGX_CONF_OK) {
        pem = oci_str_dup(pool, text.data, text.len);

        if (oci_keys_load(&issuer->keys, pool, &pem, &err) != OCI_OK
            || oci_jwt_signer(issuer->keys) == NULL)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"registry_token_server\": \"%V\" has no "
                               "private key that we can sign with%s%s",
                               &issuer->key, err.text[0] ? ": " : "",
                               err.text);
            rc = NGX_CONF_ERROR;

        } else if (issuer->cert.len != 0
                   && !oci_jwt_certified(issuer->keys))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"registry_token_server\": the first "
                               "certificate in \"%V\" is not of the key in "
                               "\"%V\"", &issuer->cert, &issuer->key);
            rc = NGX_CONF_ERROR;
        }
    }

    oci_buf_free(&text);

    return rc;
}


static char *
ngx_http_registry_issuer_file(ngx_conf_t *cf, oci_pool_t *pool,
    ngx_str_t *path, oci_buf_t *text)
{
    oci_str_t    content;
    oci_error_t  err = { OCI_OK, 0, "" };

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (oci_file_read(pool, (char *) path->data, NGX_HTTP_REGISTRY_PEM,
                      &content, &err)
        != OCI_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_token_server\": %s", err.text);
        return NGX_CONF_ERROR;
    }

    oci_buf_add(text, content.data, content.len);
    oci_buf_adds(text, "\n");

    return NGX_CONF_OK;
}


/* by default this very server, under the name that it was called by */

ngx_uint_t
ngx_http_registry_issuer_realm(ngx_http_request_t *r, ngx_str_t *realm,
    oci_str_t *service)
{
    oci_str_t                      url;
    const char                    *scheme;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    *service = conf->issuer->service;

    if (conf->issuer->realm != NULL) {
        return ngx_http_complex_value(r, conf->issuer->realm, realm)
               == NGX_OK
               && ngx_http_registry_quotable(realm);
    }

    scheme = "http";

#if (NGX_HTTP_SSL)

    if (r->connection->ssl != NULL) {
        scheme = "https";
    }

#endif

    if (r->headers_in.host == NULL
        || !ngx_http_registry_issuer_host(&r->headers_in.host->value))
    {
        return 0;
    }

    url = oci_strf(ctx->job.pool, "%s://%.*s/token", scheme,
                   (int) r->headers_in.host->value.len,
                   r->headers_in.host->value.data);
    realm->data = url.data;
    realm->len = url.len;

    return url.data != NULL;
}


/* what nginx takes for a host may hold what would end a quoted string */

static ngx_uint_t
ngx_http_registry_issuer_host(const ngx_str_t *host)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < host->len; i++) {
        ch = host->data[i];

        if (!isalnum(ch) && ngx_strchr(".:-_[]", ch) == NULL) {
            return 0;
        }
    }

    return host->len != 0;
}


/* variables in a realm may be what a client has sent */

ngx_uint_t
ngx_http_registry_quotable(const ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < ' ' || text->data[i] >= 0x7f
            || text->data[i] == '"' || text->data[i] == '\\')
        {
            return 0;
        }
    }

    return text->len != 0;
}


/* a refresh token is good for nothing but another token */

oci_str_t
ngx_http_registry_refresh_audience(oci_pool_t *pool,
    const ngx_http_registry_issuer_t *issuer)
{
    return oci_strf(pool, "%.*s#refresh", (int) issuer->service.len,
                    issuer->service.data);
}


ngx_int_t
ngx_http_registry_issuer_reply(ngx_http_request_t *r,
    ngx_http_registry_issuer_t *issuer)
{
    json_t           *jwk;
    const oci_key_t  *key;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    key = oci_jwt_signer(issuer->keys);
    jwk = oci_jwk_of(key->pkey);

    (void) json_object_set_new(jwk, "use", json_string("sig"));
    (void) json_object_set_new(jwk, "kid",
                               json_string(issuer->libtrust
                                           ? key->libtrust
                                           : key->thumbprint));

    return ngx_http_registry_reply_json(r, NGX_HTTP_OK,
                                        json_pack("{s:[o]}", "keys", jwk),
                                        "application/json");
}
