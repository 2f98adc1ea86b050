/*
 * Blobs: sent by nginx's file path, as its static module does.
 */

#include "ngx_http_registry.h"

#include <linux/openat2.h>
#include <sys/syscall.h>


/* bytes: up to that the content is remembered, too */

#define NGX_HTTP_REGISTRY_SMALL  16384


typedef struct {
    oci_blob_t                 blob;
    ngx_http_registry_found_t  found;       /* content.data NULL: in a file */
    unsigned                   marked:1;    /* it may be remembered */
} ngx_http_registry_blob_t;


static ngx_uint_t ngx_http_registry_blob_holds(ngx_http_request_t *r,
    ngx_http_registry_blob_t *b);
static ngx_uint_t ngx_http_registry_blob_fits(
    const ngx_http_registry_found_t *found, int64_t now);
static oci_status_e ngx_http_registry_blob_find(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_blob_read(
    ngx_http_registry_job_t *job, ngx_http_registry_blob_t *b);
static oci_status_e ngx_http_registry_blob_keep(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_blob_found(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_blob_answer(ngx_http_request_t *r);
static void ngx_http_registry_blob_remember(ngx_http_request_t *r,
    ngx_http_registry_blob_t *b);
static ngx_int_t ngx_http_registry_blob_send_file(ngx_http_request_t *r,
    ngx_str_t *path, ngx_open_file_info_t *of);
static ngx_int_t ngx_http_registry_blob_send_memory(ngx_http_request_t *r,
    ngx_http_registry_blob_t *blob);
static ngx_int_t ngx_http_registry_blob_send(ngx_http_request_t *r,
    ngx_buf_t *b, off_t size);
static ngx_uint_t ngx_http_registry_blob_plain(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_blob_open_cached(ngx_http_request_t *r,
    ngx_str_t *path, ngx_open_file_info_t *of);
static ngx_int_t ngx_http_registry_blob_open(ngx_http_request_t *r,
    ngx_str_t *path, ngx_open_file_info_t *of);
static oci_status_e ngx_http_registry_blob_unlink(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_blob_unlinked(ngx_http_request_t *r);


ngx_int_t
ngx_http_registry_blob_get(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  path;
    ngx_open_file_info_t       of;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_blob_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    b = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_blob_t));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->job.data = b;

    if (ngx_http_registry_blob_plain(r)
        && ngx_http_registry_cache_get(r, &b->found) == NGX_OK
        && ngx_http_registry_blob_holds(r, b))
    {
        if (b->found.content.len != 0 || r->method == NGX_HTTP_HEAD) {
            return ngx_http_registry_blob_send_memory(r, b);
        }

        path.data = b->found.type.data;
        path.len = b->found.type.len - 1;

        if (ngx_http_registry_blob_open_cached(r, &path, &of) == NGX_OK) {
            return ngx_http_registry_blob_send_file(r, &path, &of);
        }
    }

    ngx_memzero(&b->found, sizeof(ngx_http_registry_found_t));

    /* a client that is told that it is there leaves out its push */

    if (r->method == NGX_HTTP_HEAD) {
        return ngx_http_registry_begin(r, ngx_http_registry_blob_keep,
                                       ngx_http_registry_blob_found);
    }

    ctx->job.repo.nowait = OCI_NOWAIT;
    ctx->status = ngx_http_registry_blob_find(&ctx->job);
    ctx->job.repo.nowait = OCI_WAIT;

    if (ctx->status == OCI_BUSY) {
        return ngx_http_registry_begin(r, ngx_http_registry_blob_find,
                                       ngx_http_registry_blob_found);
    }

    return ngx_http_registry_blob_answer(r);
}


/*
 * Are the link and, when no file is opened, the content those of then?  A
 * small one whose bytes are not remembered yet is found anew.
 */

static ngx_uint_t
ngx_http_registry_blob_holds(ngx_http_request_t *r,
    ngx_http_registry_blob_t *b)
{
    ngx_uint_t                  holds, head, hot;
    oci_mark_t                  mark;
    ngx_http_registry_job_t    *job;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_found_t  *found;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    job = &ctx->job;
    found = &b->found;
    head = (r->method == NGX_HTTP_HEAD);

    if (head ? found->renewed != ngx_time()
             : found->content.len == 0
               && ngx_http_registry_blob_fits(found, job->now))
    {
        return 0;
    }

    hot = ngx_http_registry_cache_hot(found);
    job->repo.nowait = hot ? OCI_NOWAIT_HOT : OCI_NOWAIT;

    holds = oci_store_blob_mark(&job->repo, &job->route.digest, &mark, NULL)
            == OCI_OK
            && oci_mark_eq(&mark, &found->mark)
            && ((found->content.len == 0 && !head)
                || (oci_store_content_mark(&job->repo, &found->digest, &mark,
                                           NULL)
                    == OCI_OK
                    && oci_mark_eq(&mark, &found->target)));

    job->repo.nowait = OCI_WAIT;

    if (holds && !hot) {
        found->looked = ngx_current_msec;
        ngx_http_registry_cache_held(r, found);
    }

    return holds;
}


/* small, and too old for another change to leave the same mark */

static ngx_uint_t
ngx_http_registry_blob_fits(const ngx_http_registry_found_t *found,
    int64_t now)
{
    return found->size > 0 && found->size <= NGX_HTTP_REGISTRY_SMALL
           && oci_mark_settled(&found->target, now);
}


/* in a thread, or in the worker with repo.nowait */

static oci_status_e
ngx_http_registry_blob_find(ngx_http_registry_job_t *job)
{
    oci_status_e               rc;
    ngx_http_registry_blob_t  *b;

    b = job->data;

    b->marked = (oci_store_blob_mark(&job->repo, &job->route.digest,
                                     &b->found.mark, NULL) == OCI_OK);

    rc = oci_store_blob(&job->repo, &job->route.digest, &b->blob, &job->err);

    if (rc != OCI_OK) {
        return rc;
    }

    b->found.digest = b->blob.digest;
    b->found.target = b->blob.mark;
    b->found.size = (off_t) b->blob.size;

    return b->marked ? ngx_http_registry_blob_read(job, b) : OCI_OK;
}


/* what cannot be read so, not whole, or is damaged, is sent from its file */

static oci_status_e
ngx_http_registry_blob_read(ngx_http_registry_job_t *job,
    ngx_http_registry_blob_t *b)
{
    size_t        n;
    u_char       *data;
    oci_digest_t  digest;
    oci_status_e  rc;

    if (!ngx_http_registry_blob_fits(&b->found, job->now)) {
        return OCI_OK;
    }

    data = oci_palloc(job->pool, b->blob.size + 1);

    if (data == NULL) {
        return OCI_OK;
    }

    /* one byte more, which is not there */

    rc = oci_store_blob_read(&job->repo, &b->blob, 0, data, b->blob.size + 1,
                             &n, NULL);

    if (rc != OCI_OK || n != b->blob.size) {
        return (rc == OCI_BUSY) ? rc : OCI_OK;
    }

    oci_digest_of(&digest, b->blob.digest.alg, data, n);

    if (oci_digest_eq(&digest, &b->blob.digest)) {
        b->found.content.data = data;
        b->found.content.len = n;
    }

    return OCI_OK;
}


static oci_status_e
ngx_http_registry_blob_keep(ngx_http_registry_job_t *job)
{
    ngx_http_registry_blob_t  *b;

    b = job->data;

    /* one that cannot be renewed is there all the same */

    if (oci_store_blob_renew(&job->repo, &job->route.digest, NULL) == OCI_OK)
    {
        b->found.renewed = (time_t) job->now;
    }

    return ngx_http_registry_blob_find(job);
}


static void
ngx_http_registry_blob_found(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_registry_blob_answer(r));
}


static ngx_int_t
ngx_http_registry_blob_answer(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  path;
    ngx_open_file_info_t       of;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_blob_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    b = ctx->job.data;

    if (ctx->status != OCI_OK) {
        return ngx_http_registry_reply_status(r, ctx->status);
    }

    ngx_http_registry_blob_remember(r, b);

    if (b->found.content.len != 0) {
        return ngx_http_registry_blob_send_memory(r, b);
    }

    path.data = (u_char *) b->blob.file;
    path.len = ngx_strlen(path.data);

    rc = ngx_http_registry_blob_open(r, &path, &of);

    if (rc == NGX_DECLINED) {

        /* collected since it was found */

        return ngx_http_registry_reply_status(r, OCI_NOT_FOUND);
    }

    if (rc != NGX_OK) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNKNOWN,
                                             NULL, NULL);
    }

    return ngx_http_registry_blob_send_file(r, &path, &of);
}


static void
ngx_http_registry_blob_remember(ngx_http_request_t *r,
    ngx_http_registry_blob_t *b)
{
    if (!b->marked || !ngx_http_registry_blob_plain(r)) {
        return;
    }

    b->found.type.data = (u_char *) b->blob.file;
    b->found.type.len = ngx_strlen(b->blob.file) + 1;

    ngx_http_registry_cache_set(r, &b->found);
}


static ngx_int_t
ngx_http_registry_blob_send_file(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file_pos = 0;
    b->file_last = of->size;
    b->in_file = of->size ? 1 : 0;

    b->file->fd = of->fd;
    b->file->name = *path;
    b->file->log = r->connection->log;
    b->file->directio = of->is_directio;

    return ngx_http_registry_blob_send(r, b, of->size);
}


static ngx_int_t
ngx_http_registry_blob_send_memory(ngx_http_request_t *r,
    ngx_http_registry_blob_t *blob)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = blob->found.content.data;
    b->last = b->pos + blob->found.content.len;
    b->memory = 1;

    return ngx_http_registry_blob_send(r, b, blob->found.size);
}


static ngx_int_t
ngx_http_registry_blob_send(ngx_http_request_t *r, ngx_buf_t *b, off_t size)
{
    ngx_int_t                 rc;
    ngx_chain_t               out;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = (b->last_buf || b->in_file || b->memory) ? 0 : 1;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = size;
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


/* nothing that nginx itself has to do for it when it is opened */

static ngx_uint_t
ngx_http_registry_blob_plain(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    return clcf->open_file_cache == NULL
           && clcf->directio == NGX_OPEN_FILE_DIRECTIO_OFF
           && clcf->read_ahead == 0;
}


/* NGX_DECLINED: not what the kernel has in memory, or not there at all */

static ngx_int_t
ngx_http_registry_blob_open_cached(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_file_info_t            fi;
    struct open_how            how;
    ngx_pool_cleanup_t        *cln;
    ngx_pool_cleanup_file_t   *file;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_pool_cleanup_file_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&how, sizeof(struct open_how));
    how.flags = O_RDONLY|O_NONBLOCK|O_CLOEXEC;
    how.resolve = RESOLVE_CACHED;

    ngx_memzero(of, sizeof(ngx_open_file_info_t));
    of->fd = syscall(SYS_openat2, AT_FDCWD, path->data, &how, sizeof(how));

    if (of->fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    cln->handler = ngx_pool_cleanup_file;
    file = cln->data;
    file->fd = of->fd;
    file->name = path->data;
    file->log = r->pool->log;

    if (ngx_fd_info(of->fd, &fi) == NGX_FILE_ERROR || !ngx_is_file(&fi)) {
        return NGX_DECLINED;
    }

    of->size = ngx_file_size(&fi);
    of->is_file = 1;

    return NGX_OK;
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
    oci_guard_t  guard = { ngx_http_registry_immutable_part, job };

    return oci_store_blob_delete(&job->repo, &job->route.digest, &guard,
                                 &job->err);
}


static void
ngx_http_registry_blob_unlinked(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->status == OCI_BUSY && ngx_http_registry_again(r) == NGX_OK) {
        return;
    }

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else {
        rc = ngx_http_registry_reply_empty(r, NGX_HTTP_ACCEPTED);
    }

    ngx_http_finalize_request(r, rc);
}
