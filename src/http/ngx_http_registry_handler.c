/*
 * From a request to the endpoint that answers it.
 */

#include "ngx_http_registry_auth.h"


#define NGX_HTTP_REGISTRY_READ  (NGX_HTTP_GET|NGX_HTTP_HEAD)


static const ngx_http_registry_op_t *ngx_http_registry_find_op(
    oci_route_e route, ngx_uint_t method);
static ngx_int_t ngx_http_registry_root(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_base(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_route(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static ngx_int_t ngx_http_registry_path(ngx_http_request_t *r,
    ngx_pool_t *pool, oci_str_t *path);
static void ngx_http_registry_ctx_free(void *data);
static ngx_int_t ngx_http_registry_lost(ngx_http_request_t *r);
static size_t ngx_http_registry_unslash(ngx_http_request_t *r,
    const oci_str_t *uri);
static ngx_int_t ngx_http_registry_fault(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_no_method(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_allow(ngx_http_request_t *r,
    const char *name);


/* registry:2 calls these by other names, or not at all; ours go to logs */

static const ngx_http_registry_op_t  ngx_http_registry_ops[] = {

    { OCI_ROUTE_ROOT, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("root"), ngx_http_registry_root },

    { OCI_ROUTE_BASE, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("base"), ngx_http_registry_base },

    { OCI_ROUTE_CATALOG, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("catalog"), ngx_http_registry_catalog },

    { OCI_ROUTE_TAGS, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("tags"), ngx_http_registry_tags },

    { OCI_ROUTE_REFERRERS, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("referrers"), ngx_http_registry_referrers },

    { OCI_ROUTE_MANIFEST, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("manifest_get"), ngx_http_registry_manifest_get },

    { OCI_ROUTE_MANIFEST, NGX_HTTP_PUT, NGX_HTTP_REGISTRY_WRITES,
      ngx_string("manifest_put"), ngx_http_registry_manifest_put },

    { OCI_ROUTE_MANIFEST, NGX_HTTP_DELETE,
      NGX_HTTP_REGISTRY_WRITES|NGX_HTTP_REGISTRY_DELETES,
      ngx_string("manifest_delete"), ngx_http_registry_manifest_delete },

    { OCI_ROUTE_BLOB, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("blob_get"), ngx_http_registry_blob_get },

    { OCI_ROUTE_BLOB, NGX_HTTP_DELETE,
      NGX_HTTP_REGISTRY_WRITES|NGX_HTTP_REGISTRY_DELETES,
      ngx_string("blob_delete"), ngx_http_registry_blob_delete },

    { OCI_ROUTE_UPLOADS, NGX_HTTP_POST, NGX_HTTP_REGISTRY_WRITES,
      ngx_string("upload_start"), ngx_http_registry_upload_post },

    { OCI_ROUTE_UPLOAD, NGX_HTTP_PATCH, NGX_HTTP_REGISTRY_WRITES,
      ngx_string("upload_chunk"), ngx_http_registry_upload_patch },

    { OCI_ROUTE_UPLOAD, NGX_HTTP_PUT, NGX_HTTP_REGISTRY_WRITES,
      ngx_string("upload_finish"), ngx_http_registry_upload_put },

    { OCI_ROUTE_UPLOAD, NGX_HTTP_REGISTRY_READ, 0,
      ngx_string("upload_status"), ngx_http_registry_upload_get },

    { OCI_ROUTE_UPLOAD, NGX_HTTP_DELETE, NGX_HTTP_REGISTRY_WRITES,
      ngx_string("upload_cancel"), ngx_http_registry_upload_delete },

    { OCI_ROUTE_NONE, 0, 0, ngx_null_string, NULL }
};


static const struct {
    ngx_uint_t   method;
    const char  *name;
} ngx_http_registry_methods[] = {
    { NGX_HTTP_GET, "GET" },
    { NGX_HTTP_HEAD, "HEAD" },
    { NGX_HTTP_POST, "POST" },
    { NGX_HTTP_PUT, "PUT" },
    { NGX_HTTP_PATCH, "PATCH" },
    { NGX_HTTP_DELETE, "DELETE" },
    { 0, NULL }
};


static const struct {
    ngx_http_registry_error_e   error;
    const char                 *message;
} ngx_http_registry_faults[] = {
    { NGX_HTTP_REGISTRY_UNKNOWN, NULL },                /* GOOD */
    { NGX_HTTP_REGISTRY_NAME_INVALID, NULL },           /* BAD_NAME */
    { NGX_HTTP_REGISTRY_TAG_INVALID, NULL },            /* BAD_TAG */
    { NGX_HTTP_REGISTRY_DIGEST_INVALID, NGX_HTTP_REGISTRY_BAD_DIGEST },
    { NGX_HTTP_REGISTRY_UPLOAD_UNKNOWN, NULL }          /* BAD_ID */
};


ngx_int_t
ngx_http_registry_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    oci_route_e                    route;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (ngx_http_registry_is_token(r)) {
        return ngx_http_registry_token(r);
    }

    if (!conf->enable) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_registry_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_registry_ui(r);
    if (rc != NGX_DECLINED) {
        return rc;
    }

#if (NGX_HTTP_GZIP)

    /* a blob is sent as it is, with its length and a strong ETag */

    r->gzip_tested = 1;
    r->gzip_ok = 0;

#endif

    route = ctx->job.route.kind;

    if (route == OCI_ROUTE_NONE) {
        return ngx_http_registry_lost(r);
    }

    if (ctx->op == NULL) {
        return ngx_http_registry_no_method(r);
    }

    if (conf->readonly && (ctx->op->flags & NGX_HTTP_REGISTRY_WRITES)) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNSUPPORTED,
                                             "the registry is read-only",
                                             NULL);
    }

    if (!conf->deletes && (ctx->op->flags & NGX_HTTP_REGISTRY_DELETES)) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNSUPPORTED,
                                             "deleting is disabled", NULL);
    }

    if (ctx->job.route.fault != OCI_ROUTE_GOOD) {
        return ngx_http_registry_fault(r);
    }

    ctx->job.repo.store = conf->store;
    ctx->job.repo.pool = ctx->job.pool;
    ctx->job.repo.name = ctx->job.route.repo;
    ctx->job.now = ngx_time();
    ctx->job.upload_timeout = conf->upload_timeout;
    ctx->job.immutable = conf->immutable;

    return ctx->op->handler(r);
}


ngx_http_registry_ctx_t *
ngx_http_registry_get_ctx(ngx_http_request_t *r)
{
    ngx_str_t                *uri;
    ngx_pool_cleanup_t       *cln;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx != NULL) {
        uri = r->valid_unparsed_uri ? &r->unparsed_uri : &r->uri;

        /* a variable of ours was used before the URI was rewritten */

        if ((uri->data != ctx->uri.data || uri->len != ctx->uri.len)
            && ngx_http_registry_route(r, ctx) != NGX_OK)
        {
            return NULL;
        }

        return ctx;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_ctx_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (ctx == NULL || cln == NULL) {
        return NULL;
    }

    ctx->job.pool = oci_pool_create();
    if (ctx->job.pool == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_registry_ctx_free;
    cln->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_http_registry_module);

    if (ngx_http_registry_route(r, ctx) != NGX_OK) {
        return NULL;
    }

    ngx_http_registry_count_begin(r, ctx);

    return ctx;
}


static ngx_int_t
ngx_http_registry_route(ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx)
{
    oci_str_t  path;

    ctx->uri = r->valid_unparsed_uri ? r->unparsed_uri : r->uri;

    switch (ngx_http_registry_path(r, r->pool, &path)) {

    case NGX_OK:
        oci_route_parse(&ctx->job.route, &path);
        break;

    case NGX_ERROR:
        return NGX_ERROR;

    default: /* NGX_DECLINED: not a path of ours, whatever it is */
        ngx_memzero(&ctx->job.route, sizeof(oci_route_t));
        ctx->job.route.kind = OCI_ROUTE_BLOB;
        ctx->job.route.fault = OCI_ROUTE_BAD_NAME;
    }

    ctx->op = ngx_http_registry_find_op(ctx->job.route.kind, r->method);

    return NGX_OK;
}


/*
 * The path as the client sent it, decoded once.  nginx's own r->uri has
 * slashes merged and "." and ".." resolved: good for choosing a location, but
 * a name that contains them must be refused, not repaired.  An encoded slash
 * is refused as well: locations saw another path than we would.
 */

static ngx_int_t
ngx_http_registry_path(ngx_http_request_t *r, ngx_pool_t *pool,
    oci_str_t *path)
{
    size_t   i;
    u_char  *dst, *src, *args;

    if (!r->valid_unparsed_uri) {
        *path = ngx_http_registry_str(&r->uri);
        return NGX_OK;
    }

    *path = ngx_http_registry_str(&r->unparsed_uri);
    args = ngx_strlchr(path->data, path->data + path->len, '?');

    if (args != NULL) {
        path->len = args - path->data;
    }

    src = path->data;
    dst = ngx_pnalloc(pool, path->len + 1);

    if (dst == NULL) {
        return NGX_ERROR;
    }

    path->data = dst;
    ngx_unescape_uri(&dst, &src, path->len, 0);

    for (i = 0; i + 2 < path->len; i++) {
        src = r->unparsed_uri.data + i;

        if (src[0] == '%' && src[1] == '2' && (src[2] | 0x20) == 'f') {
            return NGX_DECLINED;
        }
    }

    path->len = dst - path->data;

    return NGX_OK;
}


static void
ngx_http_registry_ctx_free(void *data)
{
    ngx_http_registry_ctx_t  *ctx = data;

    ngx_http_registry_count_end(ctx);
    oci_pool_destroy(ctx->job.pool);
}


static const ngx_http_registry_op_t *
ngx_http_registry_find_op(oci_route_e route, ngx_uint_t method)
{
    const ngx_http_registry_op_t  *op;

    for (op = ngx_http_registry_ops; op->handler != NULL; op++) {
        if (op->route == route && (op->methods & method)) {
            return op;
        }
    }

    return NULL;
}


/*
 * No page of ours.  One slash too many behind a page is answered as
 * registry:2 does: with where it is.
 */

static ngx_int_t
ngx_http_registry_lost(ngx_http_request_t *r)
{
    size_t                    len;
    oci_str_t                 uri, location;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    uri = ngx_http_registry_str(&ctx->uri);
    len = ngx_http_registry_unslash(r, &uri);

    if (len == 0) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_NOT_FOUND,
                                             NULL, NULL);
    }

    location = oci_strf(ctx->job.pool, "%.*s%.*s", (int) len, uri.data,
                        (int) (uri.len - len - 1), uri.data + len + 1);

    if (ngx_http_registry_header_str(r, "Location", location) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_empty(r, NGX_HTTP_MOVED_PERMANENTLY);
}


/* where the slash is that is too many; 0: there is none */

static size_t
ngx_http_registry_unslash(ngx_http_request_t *r, const oci_str_t *uri)
{
    size_t        len;
    u_char       *args;
    oci_str_t     path;
    oci_route_t   route;

    args = ngx_strlchr(uri->data, uri->data + uri->len, '?');
    len = (args != NULL) ? (size_t) (args - uri->data) : uri->len;

    if (!(r->method & NGX_HTTP_REGISTRY_READ) || len < 2
        || uri->data[len - 1] != '/'
        || ngx_http_registry_path(r, r->pool, &path) != NGX_OK)
    {
        return 0;
    }

    path.len--;
    oci_route_parse(&route, &path);

    return (route.kind >= OCI_ROUTE_CATALOG
            && route.fault == OCI_ROUTE_GOOD) ? len - 1 : 0;
}


static ngx_int_t
ngx_http_registry_fault(ngx_http_request_t *r)
{
    oci_str_t                *tag;
    oci_route_fault_e         fault;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    fault = ctx->job.route.fault;

    /* what cannot be a tag cannot be there either */

    if (fault == OCI_ROUTE_BAD_TAG && (r->method & NGX_HTTP_REGISTRY_READ)) {
        tag = &ctx->job.route.reference;

        return ngx_http_registry_reply_error(r,
                                          NGX_HTTP_REGISTRY_MANIFEST_UNKNOWN,
                                          NULL,
                                          json_pack("{s:s%}", "Tag",
                                                    tag->data, tag->len));
    }

    return ngx_http_registry_reply_error(r,
                                    ngx_http_registry_faults[fault].error,
                                    ngx_http_registry_faults[fault].message,
                                    NULL);
}


static ngx_int_t
ngx_http_registry_no_method(ngx_http_request_t *r)
{
    if (ngx_http_registry_allow(r, "Allow") != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_http_registry_reply_empty(r, NGX_HTTP_NO_CONTENT);
    }

    return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNSUPPORTED,
                                         "this method is not allowed for this "
                                         "URL", NULL);
}


/* names the methods of the request's route in a header */

static ngx_int_t
ngx_http_registry_allow(ngx_http_request_t *r, const char *name)
{
    ngx_uint_t                i;
    oci_buf_t                 b = oci_null_buf;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    for (i = 0; ngx_http_registry_methods[i].name != NULL; i++) {

        if (ngx_http_registry_find_op(ctx->job.route.kind,
                                      ngx_http_registry_methods[i].method)
            != NULL)
        {
            oci_buf_addf(&b, "%s%s", b.len != 0 ? ", " : "",
                         ngx_http_registry_methods[i].name);
        }
    }

    oci_buf_adds(&b, b.len != 0 ? ", OPTIONS" : "OPTIONS");

    return ngx_http_registry_header_str(r, name,
                                        oci_buf_end(&b, ctx->job.pool));
}


/*
 * A browser asks before it sends credentials: the answer must not need any.
 * The filter adds who may ask.  A location with a handler of its own, such as
 * proxy_pass, answers for itself.
 */

ngx_int_t
ngx_http_registry_preflight(ngx_http_request_t *r)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (!conf->enable || r->method != NGX_HTTP_OPTIONS || conf->cors == NULL
        || r->content_handler != NULL || r != r->main)
    {
        return NGX_DECLINED;
    }

    if (ngx_http_registry_get_ctx(r) == NULL
        || ngx_http_registry_allow(r, "Access-Control-Allow-Methods")
           != NGX_OK
        || ngx_http_registry_header_str(r, "Access-Control-Allow-Headers",
                 oci_str("Accept, Authorization, Content-Range, "
                         "Content-Type, If-None-Match, Range"))
           != NGX_OK
        || ngx_http_registry_header_str(r, "Access-Control-Max-Age",
                                        oci_str("86400"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r,
                  ngx_http_registry_reply_empty(r, NGX_HTTP_NO_CONTENT));

    return NGX_DONE;
}


ngx_int_t
ngx_http_registry_arg(ngx_http_request_t *r, const char *name, ngx_uint_t n,
    oci_str_t *value)
{
    size_t   len;
    u_char  *p, *end, *amp, *src, *dst;

    len = ngx_strlen(name);
    p = r->args.data;
    end = p + r->args.len;

    for ( /* void */ ; p < end; p = amp + 1) {
        amp = ngx_strlchr(p, end, '&');

        if (amp == NULL) {
            amp = end;
        }

        if ((size_t) (amp - p) <= len || p[len] != '='
            || ngx_strncmp(p, name, len) != 0)
        {
            continue;
        }

        if (n-- != 0) {
            continue;
        }

        src = p + len + 1;
        value->len = amp - src;
        value->data = ngx_pnalloc(r->pool, value->len + 1);

        if (value->data == NULL) {
            return NGX_ERROR;
        }

        dst = value->data;
        ngx_unescape_uri(&dst, &src, value->len, 0);
        value->len = dst - value->data;
        *dst = '\0';

        return NGX_OK;
    }

    return NGX_DECLINED;
}


ngx_table_elt_t *
ngx_http_registry_header_in(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i];
            }
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_registry_root(ngx_http_request_t *r)
{
    if (ngx_http_registry_header_str(r, "Cache-Control", oci_str("no-cache"))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_empty(r, NGX_HTTP_OK);
}


static ngx_int_t
ngx_http_registry_base(ngx_http_request_t *r)
{
    return ngx_http_registry_reply_data(r, NGX_HTTP_OK, "application/json",
                                        (u_char *) "{}", 2);
}
