/*
 * Uploads: sessions, chunks, and what closes them.
 *
 * Every request that may carry bytes takes the same way: begin (create or
 * open the session, compare offsets) in a task, then the body, each piece in
 * a task, then end (commit or suspend) in a task.  Without a body it is one
 * task; and with a short one, which need not be refused before it is read:
 * begin then is part of the first task that has bytes.
 */

#include "ngx_http_registry.h"

#include "oci_range.h"
#include "oci_reference.h"
#include "oci_upload.h"

#include <openssl/rand.h>


#define NGX_HTTP_REGISTRY_UPLOAD_SHORT  65536


typedef struct {
    oci_upload_t              *upload;      /* NULL: not begun yet */
    ngx_http_registry_body_t  *body;
    oci_str_t                  id;
    oci_alg_e                  alg;         /* expected */
    oci_digest_t               digest;      /* of the closing request */
    oci_str_t                  from;        /* mount from there */
    uint64_t                   first;       /* Content-Range */
    uint64_t                   last;
    uint64_t                   offset;
    ngx_uint_t                 answer;      /* the status, if all goes well */
    unsigned                   create:1;
    unsigned                   commit:1;
    unsigned                   mount:1;
    unsigned                   mounted:1;
    unsigned                   ranged:1;
    unsigned                   cancel:1;
    unsigned                   bodied:1;    /* bytes come with it */
    unsigned                   refused:1;   /* they were the wrong ones */
} ngx_http_registry_upload_t;


static ngx_http_registry_upload_t *ngx_http_registry_upload_new(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_upload_id(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);
static ngx_int_t ngx_http_registry_upload_digest(ngx_http_request_t *r,
    const char *arg, oci_digest_t *digest);
static ngx_uint_t ngx_http_registry_upload_source(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u, ngx_uint_t mount);
static ngx_int_t ngx_http_registry_upload_start(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);
static ngx_int_t ngx_http_registry_upload_range(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);
static ngx_int_t ngx_http_registry_upload_go(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);
static ngx_int_t ngx_http_registry_upload_body(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);

static oci_status_e ngx_http_registry_upload_run_whole(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_begin(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_write(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_end(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_rest(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_suspend(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_status(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_upload_run_cancel(
    ngx_http_registry_job_t *job);

static void ngx_http_registry_upload_begun(ngx_http_request_t *r);
static void ngx_http_registry_upload_received(ngx_http_request_t *r);
static void ngx_http_registry_upload_broken(ngx_http_request_t *r);
static void ngx_http_registry_upload_done(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_upload_failed(ngx_http_request_t *r,
    oci_status_e status);
static ngx_int_t ngx_http_registry_upload_created(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);
static ngx_int_t ngx_http_registry_upload_headers(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u);


ngx_int_t
ngx_http_registry_upload_post(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    oci_str_t                      name;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_upload_t    *u;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    u = ngx_http_registry_upload_new(r);
    if (u == NULL || ngx_http_registry_upload_id(r, u) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    u->create = 1;
    u->alg = OCI_SHA256;

    rc = ngx_http_registry_arg(r, "digest-algorithm", 0, &name);

    if (rc == NGX_OK) {
        u->alg = oci_alg_parse(&name);

        if (u->alg == OCI_ALG_NONE) {
            return ngx_http_registry_reply_error(r,
                                            NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                            "unknown digest algorithm: it is "
                                            "sha256, sha384 or sha512", NULL);
        }
    }

    rc = ngx_http_registry_upload_digest(r, "mount", &u->digest);

    if (rc != NGX_DECLINED) {
        u->mount = (rc == NGX_OK
                    && ngx_http_registry_upload_source(r, u, conf->mount));

        /* what one may not read one may not mount: to him it is not there */

        if (!ngx_http_registry_may(ctx->job.auth,
                                   u->from.len != 0 ? &u->from : NULL, NULL,
                                   OCI_MAY_PULL))
        {
            u->mount = 0;
        }

        return ngx_http_registry_upload_start(r, u);
    }

    rc = ngx_http_registry_upload_digest(r, "digest", &u->digest);

    if (rc == NGX_OK) {
        u->commit = 1;
        u->alg = u->digest.alg;

        /* no length at all: the bytes come later, in requests of their own */

        if (r->headers_in.content_length_n < 0 && !r->headers_in.chunked) {
            u->commit = 0;
        }
    }

    if (rc == NGX_ERROR) {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                             NGX_HTTP_REGISTRY_BAD_DIGEST,
                                             NULL);
    }

    return ngx_http_registry_upload_start(r, u);
}


/*
 * Where a blob may be mounted from, if at all.  What no repository can have
 * is not an error: an upload begins, as when the blob is not there.
 */

static ngx_uint_t
ngx_http_registry_upload_source(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u, ngx_uint_t mount)
{
    if (ngx_http_registry_arg(r, "from", 0, &u->from) != NGX_OK
        || u->from.len == 0)
    {
        return mount == NGX_HTTP_REGISTRY_MOUNT_ANY;
    }

    return mount != NGX_HTTP_REGISTRY_MOUNT_OFF && oci_name_valid(&u->from);
}


ngx_int_t
ngx_http_registry_upload_patch(ngx_http_request_t *r)
{
    ngx_http_registry_upload_t  *u;

    u = ngx_http_registry_upload_new(r);
    if (u == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_upload_start(r, u);
}


ngx_int_t
ngx_http_registry_upload_put(ngx_http_request_t *r)
{
    ngx_http_registry_upload_t  *u;

    u = ngx_http_registry_upload_new(r);
    if (u == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_registry_upload_digest(r, "digest", &u->digest) != NGX_OK) {
        return ngx_http_registry_reply_error(r,
                                          NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                          "the closing request needs a valid "
                                          "digest in its query", NULL);
    }

    u->commit = 1;

    return ngx_http_registry_upload_start(r, u);
}


ngx_int_t
ngx_http_registry_upload_get(ngx_http_request_t *r)
{
    ngx_http_registry_upload_t  *u;

    u = ngx_http_registry_upload_new(r);
    if (u == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    u->answer = NGX_HTTP_NO_CONTENT;

    return ngx_http_registry_begin(r, ngx_http_registry_upload_run_status,
                                   ngx_http_registry_upload_done);
}


ngx_int_t
ngx_http_registry_upload_delete(ngx_http_request_t *r)
{
    ngx_http_registry_upload_t  *u;

    u = ngx_http_registry_upload_new(r);
    if (u == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    u->answer = NGX_HTTP_NO_CONTENT;
    u->cancel = 1;

    return ngx_http_registry_begin(r, ngx_http_registry_upload_run_cancel,
                                   ngx_http_registry_upload_done);
}


static ngx_http_registry_upload_t *
ngx_http_registry_upload_new(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_upload_t  *u;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    u = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_upload_t));
    if (u == NULL) {
        return NULL;
    }

    u->id = ctx->job.route.reference;
    u->answer = NGX_HTTP_ACCEPTED;
    ctx->job.data = u;

    return u;
}


static ngx_int_t
ngx_http_registry_upload_id(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    u_char                    random[16];
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return NGX_ERROR;
    }

    u->id = oci_upload_id(ctx->job.pool, random);

    return (u->id.data != NULL) ? NGX_OK : NGX_ERROR;
}


/* NGX_DECLINED: not given; NGX_ERROR: given, but not a digest */

static ngx_int_t
ngx_http_registry_upload_digest(ngx_http_request_t *r, const char *arg,
    oci_digest_t *digest)
{
    ngx_int_t  rc;
    oci_str_t  text;

    rc = ngx_http_registry_arg(r, arg, 0, &text);

    if (rc != NGX_OK) {
        return rc;
    }

    return (oci_digest_parse(digest, &text) == OCI_OK) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_registry_upload_start(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    ngx_int_t  rc;

    rc = ngx_http_registry_upload_range(r, u);

    if (rc == NGX_DECLINED) {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_SIZE_INVALID,
                                             "Content-Range and Content-"
                                             "Length do not agree", NULL);
    }

    if (rc == NGX_ERROR) {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_UPLOAD_RANGE,
                                             "invalid Content-Range: it is "
                                             "\"<first>-<last>\"", NULL);
    }

    return ngx_http_registry_upload_go(r, u);
}


static ngx_int_t
ngx_http_registry_upload_range(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    off_t             length;
    oci_str_t         text;
    ngx_table_elt_t  *h;

    h = ngx_http_registry_header_in(r, "Content-Range");
    if (h == NULL) {
        return NGX_OK;
    }

    text = ngx_http_registry_str(&h->value);
    length = r->headers_in.content_length_n;

    if (text.len == 0 || length == 0) {
        return NGX_OK;          /* a closing request without bytes */
    }

    if (oci_range_parse(&text, &u->first, &u->last) != OCI_OK) {
        return NGX_ERROR;
    }

    u->ranged = 1;

    if (length > 0 && (uint64_t) length != u->last - u->first + 1) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_upload_go(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    off_t  length;

    u->bodied = ngx_http_registry_has_body(r);

    if (!u->bodied) {
        return ngx_http_registry_begin(r, ngx_http_registry_upload_run_whole,
                                       ngx_http_registry_upload_done);
    }

    length = r->headers_in.content_length_n;

    if (length > 0 && length <= NGX_HTTP_REGISTRY_UPLOAD_SHORT
        && r->headers_in.expect == NULL && !u->mount)
    {
        if (ngx_http_registry_upload_body(r, u) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        r->main->count++;
        ngx_http_registry_body_read(r, ngx_http_registry_upload_received);

        return NGX_DONE;
    }

    return ngx_http_registry_begin(r, ngx_http_registry_upload_run_begin,
                                   ngx_http_registry_upload_begun);
}


static ngx_int_t
ngx_http_registry_upload_body(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    u->body = ngx_http_registry_body_new(r,
                                         ngx_http_registry_upload_run_write,
                                         0);
    if (u->body == NULL) {
        return NGX_ERROR;
    }

    if (!(u->create && u->commit)) {
        u->body->rest = ngx_http_registry_upload_run_rest;
    }

    return NGX_OK;
}


static oci_status_e
ngx_http_registry_upload_run_whole(ngx_http_registry_job_t *job)
{
    oci_status_e                 rc;
    ngx_http_registry_upload_t  *u;

    u = job->data;

    rc = ngx_http_registry_upload_run_begin(job);

    if (rc != OCI_OK || u->upload == NULL) {
        return rc;
    }

    return ngx_http_registry_upload_run_end(job);
}


static oci_status_e
ngx_http_registry_upload_run_begin(ngx_http_registry_job_t *job)
{
    oci_status_e                 rc;
    ngx_http_registry_upload_t  *u;

    u = job->data;

    if (u->mount
        && oci_store_blob_mount(&job->repo, &u->from, &u->digest, NULL)
           == OCI_OK)
    {
        u->mounted = 1;
        return OCI_OK;
    }

    if (u->create && !u->commit) {
        rc = oci_upload_create(&job->repo, &u->id, u->alg, job->now,
                               &job->err);

        /* without a body that is all there is to do */

        if (rc != OCI_OK || !u->bodied) {
            return rc;
        }
    }

    rc = (u->create && u->commit)
         ? oci_upload_whole(&u->upload, &job->repo, &u->id, u->alg, &job->err)
         : oci_upload_open(&u->upload, &job->repo, &u->id, job->now,
                           job->upload_timeout, &job->err);

    if (rc != OCI_OK) {
        return rc;
    }

    u->offset = oci_upload_offset(u->upload);

    if (u->ranged && u->first != u->offset) {
        (void) oci_upload_suspend(u->upload, NULL);
        u->upload = NULL;

        return oci_error(&job->err, OCI_RANGE, 0,
                         "chunk at %llu of an upload that stands at %llu",
                         (unsigned long long) u->first,
                         (unsigned long long) u->offset);
    }

    return OCI_OK;
}


static oci_status_e
ngx_http_registry_upload_run_write(ngx_http_registry_job_t *job)
{
    ngx_uint_t                   i;
    oci_status_e                 rc;
    ngx_http_registry_upload_t  *u;

    u = job->data;

    if (u->upload == NULL && u->body->nslices != 0) {
        rc = ngx_http_registry_upload_run_begin(job);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    for (i = 0; i < u->body->nslices; i++) {
        rc = oci_upload_write(u->upload, u->body->slices[i].data,
                              u->body->slices[i].len, &job->err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
ngx_http_registry_upload_run_end(ngx_http_registry_job_t *job)
{
    oci_status_e                 rc;
    ngx_http_registry_upload_t  *u;

    u = job->data;

    if (u->body != NULL) {
        rc = ngx_http_registry_upload_run_write(job);
        if (rc != OCI_OK) {
            if (u->upload != NULL) {
                (void) oci_upload_suspend(u->upload, NULL);
            }

            return rc;
        }
    }

    if (u->upload == NULL) {
        return oci_error(&job->err, OCI_INVALID, 0, "the body is missing");
    }

    u->offset = oci_upload_offset(u->upload);

    if (u->commit) {
        return oci_upload_commit(u->upload, &u->digest, &job->err);
    }

    return oci_upload_suspend(u->upload, &job->err);
}


/* a client that is silent, or gone without a word, holds nothing */

static oci_status_e
ngx_http_registry_upload_run_rest(ngx_http_registry_job_t *job)
{
    ngx_http_registry_upload_t  *u;

    u = job->data;

    return (u->upload != NULL) ? oci_upload_rest(u->upload, &job->err)
                               : OCI_OK;
}


/* the request has failed; what arrived may be continued, if it was right */

static oci_status_e
ngx_http_registry_upload_run_suspend(ngx_http_registry_job_t *job)
{
    ngx_http_registry_upload_t  *u;

    u = job->data;

    if (!u->refused) {
        (void) ngx_http_registry_upload_run_write(job);

    } else if (u->upload != NULL) {
        (void) oci_upload_refuse(u->upload, NULL);
    }

    return (u->upload != NULL) ? oci_upload_suspend(u->upload, NULL) : OCI_OK;
}


static oci_status_e
ngx_http_registry_upload_run_status(ngx_http_registry_job_t *job)
{
    ngx_http_registry_upload_t  *u;

    u = job->data;

    return oci_upload_status(&job->repo, &u->id, job->now,
                             job->upload_timeout, &u->offset, &job->err);
}


static oci_status_e
ngx_http_registry_upload_run_cancel(ngx_http_registry_job_t *job)
{
    return oci_upload_cancel(&job->repo, &job->route.reference, &job->err);
}


static void
ngx_http_registry_upload_begun(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_upload_t  *u;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    u = ctx->job.data;

    if (ctx->status != OCI_OK || u->mounted) {
        ngx_http_registry_upload_done(r);
        return;
    }

    if (ngx_http_registry_upload_body(r, u) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_registry_body_read(r, ngx_http_registry_upload_received);
}


static void
ngx_http_registry_upload_received(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_upload_t  *u;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    u = ctx->job.data;

    if (ctx->body->rc != NGX_OK || ctx->status != OCI_OK) {
        rc = ngx_http_registry_task(r, ngx_http_registry_upload_run_suspend,
                                    ngx_http_registry_upload_broken);

    } else if (u->ranged
               && ctx->body->received != u->last - u->first + 1)
    {
        ctx->body->rc = NGX_HTTP_BAD_REQUEST;
        u->refused = 1;
        rc = ngx_http_registry_task(r, ngx_http_registry_upload_run_suspend,
                                    ngx_http_registry_upload_broken);

    } else {
        rc = ngx_http_registry_task(r, ngx_http_registry_upload_run_end,
                                    ngx_http_registry_upload_done);
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}


static void
ngx_http_registry_upload_broken(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_registry_ctx_t     *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (r->connection->error) {
        rc = NGX_HTTP_CLIENT_CLOSED_REQUEST;

    } else if (ctx->job.err.status != OCI_OK) {
        rc = ngx_http_registry_upload_failed(r, ctx->job.err.status);

    } else if (ctx->body->rc == NGX_HTTP_BAD_REQUEST) {
        rc = ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_SIZE_INVALID,
                                           NULL, NULL);

    } else {
        rc = ctx->body->rc;
    }

    ngx_http_finalize_request(r, rc);
}


static void
ngx_http_registry_upload_done(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_upload_t  *u;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    u = ctx->job.data;

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_upload_failed(r, ctx->status);

    } else if (u->commit || u->mounted) {
        rc = ngx_http_registry_upload_created(r, u);

    } else if (!u->cancel
               && ngx_http_registry_upload_headers(r, u) != NGX_OK)
    {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        rc = ngx_http_registry_reply_empty(r, u->answer);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_registry_upload_failed(ngx_http_request_t *r, oci_status_e status)
{
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_upload_t  *u;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    u = ctx->job.data;

    if (status == OCI_RANGE
        && ngx_http_registry_upload_headers(r, u) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_status(r, status);
}


/* 201: the blob is in the repository */

static ngx_int_t
ngx_http_registry_upload_created(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    oci_str_t                 location;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    location = oci_strf(ctx->job.pool, "/v2/%.*s/blobs/%s",
                        (int) ctx->job.route.repo.len,
                        ctx->job.route.repo.data, u->digest.text);

    ctx->digest.data = (u_char *) u->digest.text;
    ctx->digest.len = u->digest.len;

    if (ngx_http_registry_header_str(r, "Location", location) != NGX_OK
        || ngx_http_registry_header_str(r, "Docker-Content-Digest",
                                        oci_digest_str(&u->digest))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_empty(r, NGX_HTTP_CREATED);
}


/* where the session is, and where it stands */

static ngx_int_t
ngx_http_registry_upload_headers(ngx_http_request_t *r,
    ngx_http_registry_upload_t *u)
{
    oci_str_t                 location, range;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    location = oci_strf(ctx->job.pool, "/v2/%.*s/blobs/uploads/%.*s",
                        (int) ctx->job.route.repo.len,
                        ctx->job.route.repo.data,
                        (int) u->id.len, u->id.data);

    if (u->create) {
        ngx_http_registry_session(ctx->job.auth, &u->id);
    }

    range = oci_strf(ctx->job.pool, "0-%llu",
                     (unsigned long long) (u->offset != 0 ? u->offset - 1
                                                          : 0));

    if (ngx_http_registry_header_str(r, "Location", location) != NGX_OK
        || ngx_http_registry_header_str(r, "Range", range) != NGX_OK
        || ngx_http_registry_header_str(r, "Docker-Upload-UUID", u->id)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_OK;
}
