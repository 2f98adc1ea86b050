/*
 * registry_ui: a page for browsers at "/", with its script and its style.
 *
 * The page is a client of the API like any other; what the API cannot tell it
 * is in /_ui/session: how one logs in here, who asks, and what he may do; and
 * in /_ui/verdict: whose signatures are good.
 * Nothing of the page is made up here, and nothing of it comes from elsewhere:
 * the policy in its header says so to the browser.
 */

#include "ngx_http_registry_auth.h"
#include "ngx_http_registry_ui_files.h"

#include "oci_reference.h"


#define NGX_HTTP_REGISTRY_UI_POLICY                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; "              \
    "img-src 'self' data:; connect-src 'self'%s%.*s; base-uri 'none'; "      \
    "form-action 'none'; frame-ancestors 'none'"


typedef struct {
    const char     *uri;
    const char     *type;
    const u_char   *data;
    size_t          len;
    const char     *etag;
} ngx_http_registry_ui_file_t;


static ngx_int_t ngx_http_registry_ui_send(ngx_http_request_t *r,
    const ngx_http_registry_ui_file_t *file);
static ngx_int_t ngx_http_registry_ui_policy(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_ui_session(ngx_http_request_t *r);
static json_t *ngx_http_registry_ui_login(ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_ui_native(ngx_http_request_t *r);
static json_t *ngx_http_registry_ui_may(ngx_http_request_t *r,
    const oci_str_t *repo);
static ngx_uint_t ngx_http_registry_ui_is(ngx_http_request_t *r,
    const char *uri);


static const ngx_http_registry_ui_file_t  ngx_http_registry_ui_page = {
    "/", "text/html; charset=utf-8", ngx_http_registry_ui_index_html,
    sizeof(ngx_http_registry_ui_index_html), NGX_HTTP_REGISTRY_UI_INDEX_HTML
};

static const ngx_http_registry_ui_file_t  ngx_http_registry_ui_files[] = {
    { "/_ui/app.js", "text/javascript; charset=utf-8",
      ngx_http_registry_ui_app_js, sizeof(ngx_http_registry_ui_app_js),
      NGX_HTTP_REGISTRY_UI_APP_JS },
    { "/_ui/app.css", "text/css; charset=utf-8",
      ngx_http_registry_ui_app_css, sizeof(ngx_http_registry_ui_app_css),
      NGX_HTTP_REGISTRY_UI_APP_CSS },
    { NULL, NULL, NULL, 0, NULL }
};


/*
 * NGX_DECLINED: the request is not for the page.  Clients that do not ask for
 * HTML get at "/" what registry:2 gives.
 */

ngx_int_t
ngx_http_registry_ui(ngx_http_request_t *r)
{
    ngx_uint_t                          i;
    ngx_table_elt_t                    *accept;
    ngx_http_registry_loc_conf_t       *conf;
    const ngx_http_registry_ui_file_t  *file;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (!conf->ui || !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_DECLINED;
    }

    if (ngx_http_registry_ui_is(r, "/")) {
        accept = ngx_http_registry_header_in(r, "Accept");

        if (ngx_http_registry_header_str(r, "Vary", oci_str("Accept"))
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return (accept != NULL
                && ngx_strcasestrn(accept->value.data, "text/html", 9 - 1)
                   != NULL)
               ? ngx_http_registry_ui_send(r, &ngx_http_registry_ui_page)
               : NGX_DECLINED;
    }

    for (i = 0; ngx_http_registry_ui_files[i].uri != NULL; i++) {
        file = &ngx_http_registry_ui_files[i];

        if (ngx_http_registry_ui_is(r, file->uri)) {
            return ngx_http_registry_ui_send(r, file);
        }
    }

    if (ngx_http_registry_ui_is(r, "/_ui/verdict")) {
        return ngx_http_registry_verdict(r);
    }

    return ngx_http_registry_ui_is(r, "/_ui/session")
           ? ngx_http_registry_ui_session(r) : NGX_DECLINED;
}


static ngx_uint_t
ngx_http_registry_ui_is(ngx_http_request_t *r, const char *uri)
{
    return r->uri.len == ngx_strlen(uri)
           && ngx_strncmp(r->uri.data, uri, r->uri.len) == 0;
}


static ngx_int_t
ngx_http_registry_ui_send(ngx_http_request_t *r,
    const ngx_http_registry_ui_file_t *file)
{
    ngx_table_elt_t  *etag;

    etag = ngx_list_push(&r->headers_out.headers);
    if (etag == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    etag->hash = 1;
    ngx_str_set(&etag->key, "ETag");
    etag->value.data = (u_char *) file->etag;
    etag->value.len = ngx_strlen(file->etag);

#if (nginx_version >= 1023000)
    etag->next = NULL;
#endif

    r->headers_out.etag = etag;

#if (NGX_HTTP_GZIP)
    r->gzip_tested = 0;
    r->gzip_ok = 0;
#endif

    if (ngx_http_registry_header_str(r, "Cache-Control", oci_str("no-cache"))
        != NGX_OK
        || ngx_http_registry_header_str(r, "X-Content-Type-Options",
                                        oci_str("nosniff"))
           != NGX_OK
        || ngx_http_registry_ui_policy(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_data(r, NGX_HTTP_OK, file->type,
                                        file->data, file->len);
}


/* a token service of another host is the one thing outside that it may ask */

static ngx_int_t
ngx_http_registry_ui_policy(ngx_http_request_t *r)
{
    u_char                   *p, *end;
    oci_str_t                 policy, service;
    ngx_str_t                 realm;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    ngx_str_null(&realm);

    if (ngx_http_registry_bearer(r, &realm, &service)) {
        end = realm.data + realm.len;
        p = ngx_strlchr(realm.data, end, ':');

        while (p != NULL && p < end && (*p == ':' || *p == '/')) {
            p++;
        }

        while (p != NULL && p < end && *p != '/' && *p != '?' && *p > ' '
               && *p != ';' && *p != ',')
        {
            p++;
        }

        realm.len = (p != NULL) ? (size_t) (p - realm.data) : 0;
    }

    policy = oci_strf(ctx->job.pool, NGX_HTTP_REGISTRY_UI_POLICY,
                      realm.len != 0 ? " " : "", (int) realm.len, realm.data);

    return (ngx_http_registry_header_str(r, "Content-Security-Policy", policy)
            == NGX_OK
            && ngx_http_registry_header_str(r, "Referrer-Policy",
                                            oci_str("no-referrer")) == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_registry_ui_session(ngx_http_request_t *r)
{
    json_t                        *json, *user;
    oci_str_t                      repo;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    user = (ctx->auth != NULL && ctx->auth->who.kind != OCI_ANONYMOUS)
           ? json_stringn((char *) ctx->auth->who.name.data,
                          ctx->auth->who.name.len) : NULL;

    json = json_pack("{s:o*, s:o*, s:b, s:b}", "user", user,
                     "login", ngx_http_registry_ui_login(r),
                     "native", (int) ngx_http_registry_ui_native(r),
                     "catalog", (int) conf->catalog);

    if (ngx_http_registry_arg(r, "repository", 0, &repo) == NGX_OK
        && oci_name_valid(&repo))
    {
        json_object_set_new(json, "may", ngx_http_registry_ui_may(r, &repo));
    }

    if (ngx_http_registry_header_str(r, "Cache-Control", oci_str("no-store"))
        != NGX_OK)
    {
        json_decref(json);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_json(r, NGX_HTTP_OK, json,
                                        "application/json");
}


/* how one comes to have credentials; NULL: there are none to be had */

static json_t *
ngx_http_registry_ui_login(ngx_http_request_t *r)
{
    oci_str_t                      service;
    ngx_str_t                      realm;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (ngx_http_registry_bearer(r, &realm, &service)) {
        return json_pack("{s:s, s:s%, s:s%}", "kind", "token",
                         "realm", realm.data, realm.len,
                         "service", service.data, service.len);
    }

    return (conf->methods != NULL) ? json_pack("{s:s}", "kind", "basic")
                                   : NULL;
}


/*
 * Does the browser itself say who it is?  Then the script leaves that to it;
 * else it does so, and no window of the browser asks for a password.
 */

static ngx_uint_t
ngx_http_registry_ui_native(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)

    X509  *cert;

    if (r->connection->ssl != NULL) {
        cert = SSL_get_peer_certificate(r->connection->ssl->connection);

        if (cert != NULL) {
            X509_free(cert);
            return 1;
        }
    }

#endif

    return r->headers_in.authorization != NULL
           || ngx_http_registry_header_in(r, "Cookie") != NULL;
}


static json_t *
ngx_http_registry_ui_may(ngx_http_request_t *r, const oci_str_t *repo)
{
    int                            push, deletes;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    push = !conf->readonly
           && ngx_http_registry_may(ctx->auth, repo, NULL, OCI_MAY_UPLOAD);
    deletes = !conf->readonly && conf->deletes
              && ngx_http_registry_may(ctx->auth, repo, NULL, OCI_MAY_DELETE);

    return json_pack("{s:b, s:b, s:b}", "pull",
                     (int) ngx_http_registry_may(ctx->auth, repo, NULL,
                                                 OCI_MAY_PULL),
                     "push", push, "delete", deletes);
}
