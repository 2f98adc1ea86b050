/*
 * Blobs: sent by nginx's file path, as its static module does.
 */

#include "ngx_http_registry.h"


static oci_status_e ngx_http_registry_blob_find(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_blob_keep(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_blob_found(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_blob_answer(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_blob_send(ngx_http_request_t *r,
    oci_blob_t *blob);
static ngx_int_t ngx_http_registry_blob_open(ngx_http_request_t *r,
    ngx_str_t *path, ngx_open_file_info_t *of);
static oci_status_e ngx_http_registry_blob_unlink(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_blob_unlinked(ngx_http_request_t *r);


ngx_int_t
ngx_http_registry_blob_get(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    oci_blob_t               *blob;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    blob = ngx_palloc(r->pool, sizeof(oci_blob_t));
    if (blob == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->job.data = blob;

    /* a client that is told that it is there leaves out its push */

    if (r->method == NGX_HTTP_HEAD) {
        return ngx_http_registry_begin(r, ngx_http_registry_blob_keep,
                                       ngx_http_registry_blob_found);
    }

    ctx->job.repo.nowait = true;
    ctx->status = oci_store_blob(&ctx->job.repo, &ctx->job.route.digest, blob,
                                 &ctx->job.err);
    ctx->job.repo.nowait = false;

    if (ctx->status == OCI_BUSY) {
        return ngx_http_registry_begin(r, ngx_http_registry_blob_find,
                                       ngx_http_registry_blob_found);
    }

    return ngx_http_registry_blob_answer(r);
}


static oci_status_e
ngx_http_registry_blob_keep(ngx_http_registry_job_t *job)
{
    oci_error_t  err = { OCI_OK, 0, "" };

    /* one that cannot be renewed is there all the same */

    (void) oci_store_blob_renew(&job->repo, &job->route.digest, &err);

    return ngx_http_registry_blob_find(job);
}


/* another registry is just writing the link: not for the worker to wait */

static oci_status_e
ngx_http_registry_blob_find(ngx_http_registry_job_t *job)
{
    return oci_store_blob(&job->repo, &job->route.digest, job->data,
                          &job->err);
}


static void
ngx_http_registry_blob_found(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_registry_blob_answer(r));
}


static ngx_int_t
ngx_http_registry_blob_answer(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->status != OCI_OK) {
        return ngx_http_registry_reply_status(r, ctx->status);
    }

    return ngx_http_registry_blob_send(r, ctx->job.data);
}


static ngx_int_t
ngx_http_registry_blob_send(ngx_http_request_t *r, oci_blob_t *blob)
{
    ngx_int_t                 rc;
    ngx_str_t                 path;
    ngx_buf_t                *b;
    ngx_chain_t               out;
    ngx_open_file_info_t      of;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    path.data = (u_char *) blob->file;
    path.len = ngx_strlen(blob->file);

    rc = ngx_http_registry_blob_open(r, &path, &of);

    if (rc == NGX_DECLINED) {

        /* collected since it was found */

        return ngx_http_registry_reply_status(r, OCI_NOT_FOUND);
    }

    if (rc != NGX_OK) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNKNOWN,
                                             NULL, NULL);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file_pos = 0;
    b->file_last = of.size;
    b->in_file = of.size ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = (b->last_buf || b->in_file) ? 0 : 1;

    b->file->fd = of.fd;
    b->file->name = path;
    b->file->log = r->connection->log;
    b->file->directio = of.is_directio;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = of.size;
    ngx_str_set(&r->headers_out.content_type, "application/octet-stream");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->allow_ranges = 1;

    if (ngx_http_registry_etag(r, &ctx->job.route.digest) != NGX_OK
        || ngx_http_registry_header_str(r, "Cache-Control",
                                        oci_str("max-age=31536000"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->answered = 1;

    rc = ngx_http_send_header(r);

    if (rc > NGX_OK) {

        /* 416 of the range filter: nginx's page, in our words */

        ctx->answered = 0;
        return rc;
    }

    if (rc == NGX_ERROR || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_http_registry_blob_open(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;

    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        == NGX_OK && of->is_file)
    {
        return NGX_OK;
    }

    if (of->err == NGX_ENOENT || of->err == NGX_ENOTDIR) {
        return NGX_DECLINED;
    }

    ngx_log_error(NGX_LOG_CRIT, r->connection->log, of->err,
                  "registry: %s \"%V\" failed",
                  of->failed ? of->failed : "open", path);

    return NGX_ERROR;
}


ngx_int_t
ngx_http_registry_blob_delete(ngx_http_request_t *r)
{
    return ngx_http_registry_begin(r, ngx_http_registry_blob_unlink,
                                   ngx_http_registry_blob_unlinked);
}


static oci_status_e
ngx_http_registry_blob_unlink(ngx_http_registry_job_t *job)
{
    return oci_store_blob_delete(&job->repo, &job->route.digest, &job->err);
}


static void
ngx_http_registry_blob_unlinked(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else {
        rc = ngx_http_registry_reply_empty(r, NGX_HTTP_ACCEPTED);
    }

    ngx_http_finalize_request(r, rc);
}
