/*
 * Answers: bodies from memory, and the table of errors.
 *
 * Source: OCI Distribution Specification 1.1, "Error Codes"; the statuses are
 * registry:2's, where the specification leaves them open.
 */

#include "ngx_http_registry.h"


typedef struct {
    ngx_uint_t   status;
    const char  *code;
    const char  *message;
} ngx_http_registry_error_t;


/* in the order of ngx_http_registry_error_e */

static const ngx_http_registry_error_t  ngx_http_registry_errors[] = {
    { 500, "UNKNOWN", "internal error, see the registry's log" },
    { 404, "UNKNOWN", "no such page" },
    { 404, "BLOB_UNKNOWN", "blob unknown to registry" },
    { 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry" },
    { 416, "BLOB_UPLOAD_INVALID",
      "the chunk does not begin where the upload stands" },
    { 409, "BLOB_UPLOAD_INVALID",
      "another request is writing to this upload" },
    { 400, "DIGEST_INVALID",
      "provided digest did not match uploaded content" },
    { 400, "SIZE_INVALID",
      "provided length did not match content length" },
    { 400, "NAME_INVALID",
      "invalid repository name: lower-case letters and digits, separated by "
      "\".\", \"_\", \"__\", \"-\" or \"/\", up to 255 characters" },
    { 404, "NAME_UNKNOWN", "repository name not known to registry" },
    { 400, "TAG_INVALID",
      "invalid tag: up to 128 letters, digits, \"_\", \".\" and \"-\", "
      "neither \".\" nor \"-\" first" },
    { 404, "MANIFEST_UNKNOWN", "manifest unknown" },
    { 400, "MANIFEST_INVALID", "manifest invalid" },
    { 404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry" },
    { 413, "MANIFEST_INVALID",
      "the manifest is larger than this registry allows" },
    { 400, "PAGINATION_NUMBER_INVALID",
      "invalid number of results requested: \"n\" is a decimal number" },
    { 405, "UNSUPPORTED", "the operation is unsupported" },
    { 507, "UNAVAILABLE", "no space left in the registry's store" },
    { 503, "UNAVAILABLE", "the registry is busy, try again later" },
    { 403, "DENIED", "requested access to the resource is denied" }
};


/* what "it does not exist" is called, by route */

static const ngx_http_registry_error_e  ngx_http_registry_absent[] = {
    NGX_HTTP_REGISTRY_NOT_FOUND,            /* OCI_ROUTE_NONE */
    NGX_HTTP_REGISTRY_NOT_FOUND,            /* OCI_ROUTE_ROOT */
    NGX_HTTP_REGISTRY_NOT_FOUND,            /* OCI_ROUTE_BASE */
    NGX_HTTP_REGISTRY_NOT_FOUND,            /* OCI_ROUTE_CATALOG */
    NGX_HTTP_REGISTRY_NAME_UNKNOWN,         /* OCI_ROUTE_TAGS */
    NGX_HTTP_REGISTRY_MANIFEST_UNKNOWN,     /* OCI_ROUTE_MANIFEST */
    NGX_HTTP_REGISTRY_BLOB_UNKNOWN,         /* OCI_ROUTE_BLOB */
    NGX_HTTP_REGISTRY_UPLOAD_UNKNOWN,       /* OCI_ROUTE_UPLOADS */
    NGX_HTTP_REGISTRY_UPLOAD_UNKNOWN,       /* OCI_ROUTE_UPLOAD */
    NGX_HTTP_REGISTRY_NAME_UNKNOWN          /* OCI_ROUTE_REFERRERS */
};


static void ngx_http_registry_type(ngx_http_request_t *r, ngx_uint_t status,
    const char *type);
static ngx_int_t ngx_http_registry_send(ngx_http_request_t *r,
    ngx_buf_t *b);
static ngx_int_t ngx_http_registry_own(ngx_http_request_t *r);
static json_t *ngx_http_registry_absent_detail(const oci_route_t *route);
static json_t *ngx_http_registry_message(const char *text);
static ngx_int_t ngx_http_registry_header(ngx_http_request_t *r,
    const char *name, const char *value, size_t len);


ngx_int_t
ngx_http_registry_reply_empty(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc;

    rc = ngx_http_registry_own(r);
    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = status;

    if (status == NGX_HTTP_NO_CONTENT) {
        r->header_only = 1;

    } else {
        r->headers_out.content_length_n = 0;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_send_special(r, NGX_HTTP_LAST);
}


ngx_int_t
ngx_http_registry_reply_data(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, const u_char *data, size_t len)
{
    ngx_int_t   rc;
    ngx_buf_t  *b;

    rc = ngx_http_registry_own(r);
    if (rc != NGX_OK) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = (u_char *) data;
    b->last = b->pos + len;
    b->memory = (len != 0);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    ngx_http_registry_type(r, status, type);
    r->headers_out.content_length_n = len;

    return ngx_http_registry_send(r, b);
}


ngx_int_t
ngx_http_registry_reply_head(ngx_http_request_t *r, ngx_uint_t status,
    const char *type)
{
    ngx_int_t  rc;

    rc = ngx_http_registry_own(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_registry_type(r, status, type);

    return ngx_http_send_header(r);
}


static void
ngx_http_registry_type(ngx_http_request_t *r, ngx_uint_t status,
    const char *type)
{
    r->headers_out.status = status;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
}


static ngx_int_t
ngx_http_registry_send(ngx_http_request_t *r, ngx_buf_t *b)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* the reply is ours: no error page, no compression, an unread body is left */

static ngx_int_t
ngx_http_registry_own(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    /* who waits for "100 Continue" is not invited to send what nobody reads */

    r->expect_tested = 1;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ctx->answered = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_registry_reply_json(ngx_http_request_t *r, ngx_uint_t status,
    json_t *json, const char *type)
{
    char       *text;
    size_t      len;
    ngx_str_t   body;

    text = (json != NULL) ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);

    if (text == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* a line feed, as registry:2 ends its lists: kind to a terminal */

    len = ngx_strlen(text);
    text[len] = '\n';

    body.len = len + 1;
    body.data = ngx_pnalloc(r->pool, body.len);

    if (body.data != NULL) {
        ngx_memcpy(body.data, text, body.len);
    }

    free(text);

    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_data(r, status, type, body.data, body.len);
}


ngx_int_t
ngx_http_registry_reply_error(ngx_http_request_t *r,
    ngx_http_registry_error_e error, const char *message, json_t *detail)
{
    ngx_str_t                         text;
    const ngx_http_registry_error_t  *e;

    e = &ngx_http_registry_errors[error];

    if (e->status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_registry_header_str(r, "Retry-After", oci_str("1"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text = ngx_http_registry_error_text(r, e->code,
                                        message != NULL ? message
                                                        : e->message,
                                        detail);
    if (text.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_data(r, e->status, "application/json",
                                        text.data, text.len);
}


ngx_int_t
ngx_http_registry_reply_status(ngx_http_request_t *r, oci_status_e status)
{
    json_t                     *detail;
    ngx_uint_t                  level;
    const char                 *message;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_error_e   error;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    level = NGX_LOG_INFO;
    detail = NULL;
    message = NULL;

    switch (status) {

    case OCI_NOT_FOUND:
        error = ngx_http_registry_absent[ctx->job.route.kind];
        detail = ngx_http_registry_absent_detail(&ctx->job.route);
        break;

    case OCI_MISMATCH:
        error = NGX_HTTP_REGISTRY_DIGEST_INVALID;
        message = ctx->job.err.text;    /* which digest it has instead */
        break;

    case OCI_INVALID:
        error = NGX_HTTP_REGISTRY_MANIFEST_INVALID;
        break;

    case OCI_RANGE:
        error = NGX_HTTP_REGISTRY_UPLOAD_RANGE;
        break;

    case OCI_BUSY:
        error = (ctx->job.route.kind == OCI_ROUTE_UPLOAD)
                ? NGX_HTTP_REGISTRY_UPLOAD_BUSY : NGX_HTTP_REGISTRY_BUSY;
        break;

    case OCI_NOMEM:
        level = NGX_LOG_ERR;
        error = NGX_HTTP_REGISTRY_BUSY;
        break;

    case OCI_NOSPACE:
        level = NGX_LOG_CRIT;
        error = NGX_HTTP_REGISTRY_NO_SPACE;
        break;

    case OCI_DENIED:
    case OCI_EXISTS:

        /* by a rule; if not, by the file system */

        if (ctx->job.err.sys_errno == 0) {
            error = NGX_HTTP_REGISTRY_DENIED;
            message = ctx->job.err.text;
            detail = json_object();     /* docker tries again without one */
            break;
        }

        /* fall through */

    default:
        level = NGX_LOG_CRIT;
        error = NGX_HTTP_REGISTRY_UNKNOWN;
    }

    ngx_log_error(level, r->connection->log, 0, "registry: %s",
                  ctx->job.err.text);

    return ngx_http_registry_reply_error(r, error, message, detail);
}


/*
 * As registry:2 has it: docker only recognizes an error that has a detail, or
 * a message of its own, and then says which image it did not find.
 */

static json_t *
ngx_http_registry_absent_detail(const oci_route_t *route)
{
    switch (route->kind) {

    case OCI_ROUTE_TAGS:
        return json_pack("{s:s%}", "name", route->repo.data,
                         route->repo.len);

    case OCI_ROUTE_BLOB:
        return json_string(route->digest.text);

    case OCI_ROUTE_MANIFEST:
        if (route->digest.alg == OCI_ALG_NONE) {
            return json_pack("{s:s%}", "Tag", route->reference.data,
                             route->reference.len);
        }

        return json_pack("{s:s%, s:s}", "Name", route->repo.data,
                         route->repo.len, "Revision", route->digest.text);

    default:
        return NULL;
    }
}


ngx_str_t
ngx_http_registry_error_text(ngx_http_request_t *r, const char *code,
    const char *message, json_t *detail)
{
    char       *dump;
    json_t     *json;
    ngx_str_t   text;

    ngx_str_null(&text);

    json = json_pack("{s:[{s:s, s:o, s:o*}]}", "errors", "code", code,
                     "message", ngx_http_registry_message(message),
                     "detail", detail);
    dump = (json != NULL) ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);

    if (dump == NULL) {
        return text;
    }

    text.len = ngx_strlen(dump) + 1;
    text.data = ngx_pnalloc(r->pool, text.len);

    if (text.data != NULL) {
        ngx_memcpy(text.data, dump, text.len - 1);
        text.data[text.len - 1] = '\n';
    }

    free(dump);

    return text;
}


/* a message that quotes what came from outside may end within a character */

static json_t *
ngx_http_registry_message(const char *text)
{
    char    *p, *copy;
    json_t  *json;

    json = json_string(text);

    if (json != NULL) {
        return json;
    }

    copy = strdup(text);
    if (copy == NULL) {
        return NULL;
    }

    for (p = copy; *p != '\0'; p++) {
        if ((u_char) *p >= 0x80) {
            *p = '?';
        }
    }

    json = json_string(copy);
    free(copy);

    return json;
}


static ngx_int_t
ngx_http_registry_header(ngx_http_request_t *r, const char *name,
    const char *value, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = len;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}


ngx_int_t
ngx_http_registry_header_str(ngx_http_request_t *r, const char *name,
    oci_str_t value)
{
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_registry_header(r, name, (char *) value.data, value.len);
}


ngx_int_t
ngx_http_registry_etag(ngx_http_request_t *r, const oci_digest_t *digest)
{
    ngx_str_t                *inm;
    oci_str_t                 value;
    ngx_table_elt_t          *etag;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    value = oci_strf(ctx->job.pool, "\"%s\"", digest->text);
    etag = ngx_list_push(&r->headers_out.headers);

    if (etag == NULL || value.data == NULL) {
        return NGX_ERROR;
    }

    etag->hash = 1;
    ngx_str_set(&etag->key, "ETag");
    etag->value.data = value.data;
    etag->value.len = value.len;

#if (nginx_version >= 1023000)
    etag->next = NULL;
#endif

    r->headers_out.etag = etag;

    /* clients send the bare digest too */

    if (r->headers_in.if_none_match != NULL) {
        inm = &r->headers_in.if_none_match->value;

        if (inm->len == digest->len
            && ngx_strncmp(inm->data, digest->text, inm->len) == 0)
        {
            *inm = etag->value;
        }
    }

    ctx->digest.data = value.data + 1;
    ctx->digest.len = value.len - 2;

    return ngx_http_registry_header(r, "Docker-Content-Digest",
                                    (char *) ctx->digest.data,
                                    ctx->digest.len);
}
