/*
 * What leaves by way of nginx's own pages is made to look like ours: the API
 * version on every answer, the specification's JSON for every refusal, and
 * what a browser needs to be allowed to read them.
 */

#include "ngx_http_registry.h"


static ngx_int_t ngx_http_registry_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_registry_common(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_http_registry_loc_conf_t *conf);
static ngx_int_t ngx_http_registry_refuse(ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_cause(ngx_http_request_t *r);
#if (NGX_HTTP_SSL)
static ngx_int_t ngx_http_registry_certificate(ngx_http_request_t *r);
#endif
static ngx_int_t ngx_http_registry_later(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static void ngx_http_registry_uncache(ngx_http_request_t *r);
static json_t *ngx_http_registry_refused(ngx_http_registry_ctx_t *ctx,
    ngx_uint_t status);
static ngx_int_t ngx_http_registry_cors(ngx_http_request_t *r,
    ngx_http_registry_loc_conf_t *conf);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/*
 * docker tries again what is neither denied nor unsupported.  494 to 497 are
 * nginx's own numbers for what it sends as 400, in its words.
 */

static const struct {
    ngx_uint_t   status;            /* 0: all others */
    const char  *code;
    const char  *message;
} ngx_http_registry_refusals[] = {
    { 400, "UNSUPPORTED", "bad request" },
    { 401, "UNAUTHORIZED", "authentication required" },
    { 402, "DENIED", "payment required" },
    { 403, "DENIED", "requested access to the resource is denied" },
    { 404, "UNKNOWN", "no such page" },
    { 405, "UNSUPPORTED", "this method is not supported" },
    { 406, "UNSUPPORTED", "not acceptable" },
    { 408, "UNKNOWN", "the request did not arrive in time" },
    { 409, "DENIED", "conflict" },
    { 410, "DENIED", "gone" },
    { 411, "SIZE_INVALID", "a Content-Length is required" },
    { 412, "DENIED", "precondition failed" },
    { 413, "DENIED", "the request is larger than allowed" },
    { 414, "NAME_INVALID", "the request line is too long" },
    { 415, "UNSUPPORTED", "unsupported media type" },
    { 416, "RANGE_INVALID", "the range is outside of the content" },
    { 421, "DENIED", "misdirected request" },
    { 429, "TOOMANYREQUESTS", "too many requests, try again later" },
    { 431, "SIZE_INVALID", "request header or cookie too large" },
    { NGX_HTTPS_CERT_ERROR, "DENIED", "the SSL certificate error" },
    { NGX_HTTPS_NO_CERT, "DENIED", "no required SSL certificate was sent" },
    { NGX_HTTP_TO_HTTPS, "UNSUPPORTED",
      "the plain HTTP request was sent to HTTPS port" },
    { 498, "UNKNOWN", "the request was cancelled" },
    { 499, "UNKNOWN", "the client has closed the connection" },
    { 500, "UNKNOWN", "internal server error" },
    { 501, "UNSUPPORTED", "not implemented" },
    { 502, "UNAVAILABLE", "bad gateway" },
    { 503, "UNAVAILABLE", "the registry is busy, try again later" },
    { 504, "UNAVAILABLE", "gateway timeout" },
    { 505, "UNSUPPORTED", "HTTP version not supported" },
    { 507, "UNAVAILABLE", "no space left in the registry's store" },
    { 0, "UNKNOWN", "the request failed" }
};


ngx_int_t
ngx_http_registry_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_registry_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_registry_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_header_filter(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    /* a location with a handler of its own, such as proxy_pass, is not ours */

    if ((!conf->enable && (ctx == NULL || ctx->token == NULL))
        || r->content_handler != NULL || r != r->main)
    {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_registry_common(r, ctx, conf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->headers_out.status >= NGX_HTTP_BAD_REQUEST
        && (ctx == NULL || !ctx->answered)
        && ngx_http_registry_refuse(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/*
 * What every answer has; once, though a range that cannot be given brings an
 * answer here that nginx then replaces by its 416.
 */

static ngx_int_t
ngx_http_registry_common(ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx,
    ngx_http_registry_loc_conf_t *conf)
{
    if (ctx != NULL && ctx->marked) {
        return NGX_OK;
    }

    if (ngx_http_registry_header_str(r, "Docker-Distribution-Api-Version",
                                     oci_str("registry/2.0"))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx != NULL) {
        ctx->marked = 1;
    }

    return ngx_http_registry_cors(r, conf);
}


/* puts the specification's JSON in place of nginx's page */

static ngx_int_t
ngx_http_registry_refuse(ngx_http_request_t *r)
{
    ngx_str_t                 text;
    ngx_uint_t                i, cause;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_registry_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    cause = ngx_http_registry_cause(r);

    /* for clients and the access log it is what RFC 6585 calls it */

    if (cause == 431) {
        r->err_status = 431;
        r->headers_out.status = 431;
        ngx_str_set(&r->headers_out.status_line,
                    "431 Request Header Fields Too Large");
    }

    for (i = 0; ngx_http_registry_refusals[i].status != 0; i++) {
        if (ngx_http_registry_refusals[i].status == cause) {
            break;
        }
    }

    text = ngx_http_registry_error_text(r, ngx_http_registry_refusals[i].code,
                                        ngx_http_registry_refusals[i].message,
                                        ngx_http_registry_refused(ctx,
                                               r->headers_out.status));
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_registry_later(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->error = text;
    ctx->refused = 1;

    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);
    ngx_http_registry_uncache(r);

    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
    r->headers_out.content_length_n = text.len;

    if (r->headers_out.content_length != NULL) {
        r->headers_out.content_length->hash = 0;
        r->headers_out.content_length = NULL;
    }

    return NGX_OK;
}


/*
 * The number that nginx refused the request with.  It sends 400 for several
 * and forgets which, so that it is asked again for what it had asked.
 */

static ngx_uint_t
ngx_http_registry_cause(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)
    ngx_int_t                  rc;
#endif
#if (nginx_version >= 1029008)
    ngx_http_core_srv_conf_t  *cscf;
#endif

    if (r->headers_out.status != NGX_HTTP_BAD_REQUEST) {
        return r->headers_out.status;
    }

#if (nginx_version >= 1029008)

    /* with HTTP/2 and HTTP/3 it does not go on reading */

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    if (r->headers_in.count > cscf->max_headers) {
        return 431;
    }

#endif

#if (NGX_HTTP_SSL)

    if (r->http_connection->ssl) {

        if (r->connection->ssl == NULL) {
            return NGX_HTTP_TO_HTTPS;
        }

        rc = ngx_http_registry_certificate(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

#endif

    /* only for a header that is too large it goes on reading after a 400 */

    return (r->lingering_close && r->request_body == NULL)
           ? 431 : NGX_HTTP_BAD_REQUEST;
}


#if (NGX_HTTP_SSL)

static ngx_int_t
ngx_http_registry_certificate(ngx_http_request_t *r)
{
    long                      rc;
    X509                     *cert;
    const char               *why;
    ngx_connection_t         *c;
    ngx_http_ssl_srv_conf_t  *sscf;

    c = r->connection;
    sscf = ngx_http_get_module_srv_conf(r, ngx_http_ssl_module);

    if (!sscf->verify) {
        return NGX_OK;
    }

    rc = SSL_get_verify_result(c->ssl->connection);

    if (rc != X509_V_OK
        && (sscf->verify != 3 || !ngx_ssl_verify_error_optional(rc)))
    {
        return NGX_HTTPS_CERT_ERROR;
    }

    if (sscf->verify == 1) {
        cert = SSL_get_peer_certificate(c->ssl->connection);

        if (cert == NULL) {
            return NGX_HTTPS_NO_CERT;
        }

        X509_free(cert);
    }

    return (ngx_ssl_ocsp_get_status(c, &why) == NGX_OK) ? NGX_OK
                                                        : NGX_HTTPS_CERT_ERROR;
}

#endif


/* a client that is told "later" is told when */

static ngx_int_t
ngx_http_registry_later(ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx)
{
    if (r->headers_out.status != NGX_HTTP_TOO_MANY_REQUESTS
        && r->headers_out.status != NGX_HTTP_SERVICE_UNAVAILABLE)
    {
        return NGX_OK;
    }

    return ngx_http_registry_header_str(r, "Retry-After",
                                        oci_strf(ctx->job.pool, "%u",
                                                 (unsigned) ngx_max(1,
                                                      ctx->retry_after)));
}


/* a blob may be kept for a year, the refusal of a part of it may not */

static void
ngx_http_registry_uncache(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("Cache-Control") - 1
                && ngx_strncmp(h[i].key.data, "Cache-Control", h[i].key.len)
                   == 0)
            {
                h[i].hash = 0;
            }
        }
    }
}


/*
 * What may not be done, in the form of registry:2.  Without a detail docker
 * takes "denied" for a fault that passes, and tries five times.
 */

static json_t *
ngx_http_registry_refused(ngx_http_registry_ctx_t *ctx, ngx_uint_t status)
{
    const char         *action;
    const oci_route_t  *route;

    if (status != NGX_HTTP_UNAUTHORIZED && status != NGX_HTTP_FORBIDDEN) {
        return NULL;
    }

    route = &ctx->job.route;

    if (route->repo.len == 0 || route->fault == OCI_ROUTE_BAD_NAME
        || ctx->op == NULL)
    {
        return json_array();
    }

    action = (ctx->op->flags & NGX_HTTP_REGISTRY_DELETES) ? "delete"
             : (ctx->op->flags & NGX_HTTP_REGISTRY_WRITES) ? "push" : "pull";

    return json_pack("[{s:s, s:s, s:s%, s:s}]", "Type", "repository",
                     "Class", "", "Name", route->repo.data, route->repo.len,
                     "Action", action);
}


static ngx_int_t
ngx_http_registry_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t                *b;
    ngx_chain_t              *cl, out;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx == NULL || ctx->error.data == NULL || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl != NULL; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (!ctx->refused) {
        return NGX_OK;
    }

    ctx->refused = 0;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->error.data;
    b->last = ctx->error.data + ctx->error.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


/* Fetch Standard, "CORS protocol" */

static ngx_int_t
ngx_http_registry_cors(ngx_http_request_t *r,
    ngx_http_registry_loc_conf_t *conf)
{
    ngx_str_t        *allowed;
    oci_str_t         origin;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    if (conf->cors == NULL) {
        return NGX_OK;
    }

    if (ngx_http_registry_header_str(r, "Vary", oci_str("Origin")) != NGX_OK) {
        return NGX_ERROR;
    }

    h = ngx_http_registry_header_in(r, "Origin");
    if (h == NULL) {
        return NGX_OK;
    }

    allowed = conf->cors->elts;
    origin = ngx_http_registry_str(&h->value);

    for (i = 0; i < conf->cors->nelts; i++) {

        if (oci_str_is(&origin, (char *) allowed[i].data)) {

            /* a page that was named may send its user's credentials */

            if (ngx_http_registry_header_str(r,
                                          "Access-Control-Allow-Credentials",
                                          oci_str("true"))
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            break;
        }

        if (allowed[i].len == 1 && allowed[i].data[0] == '*') {
            origin = oci_str("*");
            break;
        }
    }

    if (i == conf->cors->nelts) {
        return NGX_OK;
    }

    if (ngx_http_registry_header_str(r, "Access-Control-Allow-Origin", origin)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_registry_header_str(r, "Access-Control-Expose-Headers",
                 oci_str("Content-Length, Docker-Content-Digest, "
                         "Docker-Distribution-Api-Version, "
                         "Docker-Upload-UUID, ETag, Link, Location, "
                         "OCI-Filters-Applied, OCI-Subject, OCI-Tag, Range, "
                         "Retry-After, Warning, WWW-Authenticate"));
}
