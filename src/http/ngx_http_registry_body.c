/*
 * A request body, as it arrives.
 *
 * nginx reads into one slab and hands out slices of it, which stay valid
 * until their buffer's pos is advanced.  A task hashes and writes the slices
 * that have arrived; meanwhile the rest of the slab fills, then a second
 * slab.  When both are full nothing is read: the client is slowed down to
 * the speed of the disk, and memory stays at two slabs.
 *
 * HTTP/2 has one slab, since there it is also the window that is advertised.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_IDLE  1000            /* ms without a byte */


static ngx_uint_t ngx_http_registry_body_taken(ngx_http_request_t *r);
static void ngx_http_registry_body_start(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_body_borrow(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_pump(ngx_http_request_t *r);
static void ngx_http_registry_body_collect(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_keep(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_next(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_idle(ngx_event_t *ev);
static void ngx_http_registry_body_rested(ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_body_post(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_slice(ngx_http_registry_body_t *b);
static void ngx_http_registry_body_run(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static void ngx_http_registry_body_written(ngx_http_request_t *r);
static void ngx_http_registry_body_release(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_registry_body_swap(ngx_http_request_t *r,
    ngx_http_registry_body_t *b);
static ngx_uint_t ngx_http_registry_body_uses(ngx_chain_t *in,
    ngx_buf_t *slab);
static void ngx_http_registry_body_free(void *data);


ngx_uint_t
ngx_http_registry_has_body(ngx_http_request_t *r)
{
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked;
}


ngx_http_registry_body_t *
ngx_http_registry_body_new(ngx_http_request_t *r,
    ngx_http_registry_run_pt write, size_t limit)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_body_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    b = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_body_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (b == NULL || cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_registry_body_free;
    cln->data = b;

    b->write = write;
    b->limit = limit;
    b->idle.handler = ngx_http_registry_body_idle;
    b->idle.data = r;
    b->idle.log = r->connection->log;
    ctx->body = b;

    return b;
}


void
ngx_http_registry_body_read(ngx_http_request_t *r,
    ngx_http_registry_done_pt done)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    ctx->body->done = done;
    ctx->status = OCI_OK;

    if (ngx_http_registry_body_taken(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "registry: another module has read the request body "
                      "into a file or thrown it away: use "
                      "\"mirror_request_body off\", and no registry in an "
                      "\"error_page\" of a proxy");

        ctx->body->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        done(r);
        return;
    }

    if (r->request_body != NULL
        && ngx_http_registry_body_borrow(r, ctx->body) != NGX_OK)
    {
        ctx->body->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        done(r);
        return;
    }

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_registry_body_start);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->body->rc = rc;
        done(r);
    }
}


/*
 * What mirror or a proxy before us has in memory is as good as unread; a
 * subrequest has no other body than that.
 */

static ngx_uint_t
ngx_http_registry_body_taken(ngx_http_request_t *r)
{
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return r->discard_body || r != r->main;
    }

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        if (cl->buf->in_file) {
            return 1;
        }
    }

    return 0;
}


/*
 * What has been read is not ours alone: a mirror sends it after us.  We go
 * through buffers of our own, over the same bytes.
 */

static ngx_int_t
ngx_http_registry_body_borrow(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    ngx_buf_t    *buf;
    ngx_chain_t  *cl, *in, **ll;

    b->borrowed = 1;
    ll = &b->pending;

    for (in = r->request_body->bufs; in != NULL; in = in->next) {

        if (ngx_buf_size(in->buf) == 0) {
            continue;
        }

        buf = ngx_alloc_buf(r->pool);
        cl = ngx_alloc_chain_link(r->pool);

        if (buf == NULL || cl == NULL) {
            return NGX_ERROR;
        }

        *buf = *in->buf;
        cl->buf = buf;
        cl->next = NULL;
        *ll = cl;
        ll = &cl->next;

        b->received += ngx_buf_size(buf);
    }

    return NGX_OK;
}


/* called at once, since nothing is buffered */

static void
ngx_http_registry_body_start(ngx_http_request_t *r)
{
    /* taken by ngx_http_read_client_request_body(); we hold one already */

    r->main->count--;

    r->read_event_handler = ngx_http_registry_body_pump;

    ngx_http_registry_body_pump(r);
}


static void
ngx_http_registry_body_pump(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_body_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    b = ctx->body;

    for ( ;; ) {
        ngx_http_registry_body_collect(r, b);

        if (b->write == NULL && b->pending != NULL && b->rc == NGX_OK) {
            ngx_http_registry_body_keep(r, b);
        }

        if (!r->reading_body || b->rc != NGX_OK || ctx->status != OCI_OK) {
            break;
        }

        ngx_http_registry_body_swap(r, b);

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            b->rc = rc;
            break;
        }

        /* nothing more for now, or no room for it */

        if (r->reading_body && r->request_body->bufs == NULL
            && !ngx_http_registry_body_post(r, b))
        {
            break;
        }
    }

    ngx_http_registry_body_next(r, b);
}


/* waits for more, for a task, or is done */

static void
ngx_http_registry_body_next(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (b->busy != NULL || b->asleep) {
        return;
    }

    if (r->reading_body && b->rc == NGX_OK && ctx->status == OCI_OK) {

        if (b->rest != NULL && !b->idle.timer_set) {
            ngx_add_timer(&b->idle, NGX_HTTP_REGISTRY_IDLE);
        }

        return;
    }

    if (b->idle.timer_set) {
        ngx_del_timer(&b->idle);
    }

    b->nslices = 0;

    if (b->write != NULL && b->pending != NULL && ctx->status == OCI_OK) {
        ngx_http_registry_body_slice(b);

        /* what is left in the end goes with the task that ends it all */

        if (b->pending != NULL) {
            ngx_http_registry_body_run(r, b);

            if (b->busy != NULL) {
                return;
            }

            b->nslices = 0;
        }
    }

    r->read_event_handler = ngx_http_block_reading;

    b->done(r);
}


/* nothing has arrived for a while */

static void
ngx_http_registry_body_idle(ngx_event_t *ev)
{
    ngx_http_request_t        *r;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_body_t  *b;

    r = ev->data;
    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    b = ctx->body;

    if (b->busy == NULL && !b->asleep
        && ngx_http_registry_task(r, b->rest, ngx_http_registry_body_rested)
           == NGX_OK)
    {
        b->asleep = 1;
    }
}


static void
ngx_http_registry_body_rested(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_body_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    b = ctx->body;

    b->asleep = 0;

    if (b->pending != NULL || !r->reading_body || ctx->status != OCI_OK) {
        ngx_http_registry_body_pump(r);
        return;
    }

    /* it rests once: the next byte wakes it */
}


static void
ngx_http_registry_body_collect(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    size_t        len;
    ngx_chain_t  *cl, **ll;

    if (b->borrowed) {
        return;
    }

    ll = &b->pending;

    while (*ll != NULL) {
        ll = &(*ll)->next;
    }

    *ll = r->request_body->bufs;
    r->request_body->bufs = NULL;

    while (*ll != NULL) {
        cl = *ll;
        len = ngx_buf_size(cl->buf);

        if (len == 0) {
            *ll = cl->next;
            ngx_free_chain(r->pool, cl);
            continue;
        }

        b->received += len;
        ll = &cl->next;
    }
}


static void
ngx_http_registry_body_keep(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    ngx_chain_t  *cl;

    for (cl = b->pending; cl != NULL; cl = cl->next) {

        if (b->memory.len + ngx_buf_size(cl->buf) > b->limit) {
            b->rc = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
            break;
        }

        oci_buf_add(&b->memory, cl->buf->pos, ngx_buf_size(cl->buf));
    }

    if (b->memory.failed) {
        b->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_registry_body_release(r, b->pending);
    b->pending = NULL;
}


/* 0: there is nothing to do, or a task works already */

static ngx_uint_t
ngx_http_registry_body_post(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    if (b->write == NULL || b->pending == NULL || b->busy != NULL
        || b->asleep)
    {
        return 0;
    }

    if (b->idle.timer_set) {
        ngx_del_timer(&b->idle);
    }

    ngx_http_registry_body_slice(b);
    ngx_http_registry_body_run(r, b);

    return b->busy != NULL;
}


/* moves as much as one task takes from pending to busy */

static void
ngx_http_registry_body_slice(ngx_http_registry_body_t *b)
{
    ngx_buf_t                  *buf;
    ngx_chain_t               **ll;
    ngx_http_registry_slice_t  *s;

    b->nslices = 0;
    s = NULL;

    for (ll = &b->pending; *ll != NULL; ll = &(*ll)->next) {
        buf = (*ll)->buf;

        if (s != NULL && s->data + s->len == buf->pos) {
            s->len += ngx_buf_size(buf);
            continue;
        }

        if (b->nslices == NGX_HTTP_REGISTRY_SLICES) {
            break;
        }

        s = &b->slices[b->nslices++];
        s->data = buf->pos;
        s->len = ngx_buf_size(buf);
    }

    b->busy = b->pending;
    b->pending = *ll;
    *ll = NULL;
}


static void
ngx_http_registry_body_run(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    if (ngx_http_registry_task(r, b->write, ngx_http_registry_body_written)
        != NGX_OK)
    {
        ngx_http_registry_body_release(r, b->busy);
        b->busy = NULL;
        b->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static void
ngx_http_registry_body_written(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_body_t  *b;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    b = ctx->body;

    ngx_http_registry_body_release(r, b->busy);
    b->busy = NULL;

    ngx_http_registry_body_pump(r);
}


/* lets nginx use the memory again */

static void
ngx_http_registry_body_release(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t  *cl;

    while (in != NULL) {
        cl = in;
        in = in->next;

        cl->buf->pos = cl->buf->last;
        ngx_free_chain(r->pool, cl);
    }
}


/* goes on in the other slab, when this one is full and that one is not used */

static void
ngx_http_registry_body_swap(ngx_http_request_t *r,
    ngx_http_registry_body_t *b)
{
    size_t                     size;
    ngx_buf_t                 *buf;
    ngx_http_core_loc_conf_t  *clcf;

#if (NGX_HTTP_V2)
    if (r->stream) {
        return;
    }
#endif

#if (NGX_HTTP_V3)
    if (r->http_version >= NGX_HTTP_VERSION_30) {
        return;
    }
#endif

    buf = r->request_body->buf;

    if (buf == NULL || buf->last != buf->end || buf->pos != buf->last
        || !ngx_http_registry_body_uses(b->busy, buf))
    {
        return;
    }

    if (b->spare == NULL) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
        size = buf->end - buf->start;

        /* one that was made to measure holds the whole body */

        if (size < clcf->client_body_buffer_size) {
            return;
        }

        b->spare = ngx_create_temp_buf(r->pool, size);
        if (b->spare == NULL) {
            return;
        }
    }

    if (ngx_http_registry_body_uses(b->busy, b->spare)
        || ngx_http_registry_body_uses(b->pending, b->spare))
    {
        return;
    }

    r->request_body->buf = b->spare;
    r->request_body->buf->pos = b->spare->start;
    r->request_body->buf->last = b->spare->start;
    b->spare = buf;
}


static ngx_uint_t
ngx_http_registry_body_uses(ngx_chain_t *in, ngx_buf_t *slab)
{
    for ( /* void */ ; in != NULL; in = in->next) {
        if (in->buf->pos >= slab->start && in->buf->pos < slab->end) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_registry_body_free(void *data)
{
    ngx_http_registry_body_t  *b = data;

    if (b->idle.timer_set) {
        ngx_del_timer(&b->idle);
    }

    oci_buf_free(&b->memory);
}
