/*
 * Work in the thread pool: the one place that leaves the worker and returns.
 *
 * When the pool's queue is full, a request that has done nothing yet is told
 * to come back later; one that has begun, or goes on with an upload, waits
 * here and asks again: it would lose what it has sent.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_SLOW        60000     /* ms */
#define NGX_HTTP_REGISTRY_AGAIN       10
#define NGX_HTTP_REGISTRY_AGAIN_MOST  1000


typedef struct {
    ngx_http_registry_run_pt   run;
    ngx_http_registry_job_t   *job;
    oci_status_e               status;
    ngx_msec_t                 again;       /* 0: it is in the pool */
    ngx_uint_t                 usec;        /* that it took there */
} ngx_http_registry_task_t;


static ngx_int_t ngx_http_registry_task_set(ngx_http_request_t *r,
    ngx_http_registry_run_pt run, ngx_http_registry_done_pt done);
static ngx_int_t ngx_http_registry_task_post(ngx_http_request_t *r);
static void ngx_http_registry_task_leave(ngx_http_request_t *r);
static void ngx_http_registry_task_wait(ngx_http_request_t *r);
static void ngx_http_registry_task_run(void *data, ngx_log_t *log);
static void ngx_http_registry_task_event(ngx_event_t *ev);
static void ngx_http_registry_task_late(ngx_http_request_t *r);
static void ngx_http_registry_task_resume(ngx_http_request_t *r);


ngx_int_t
ngx_http_registry_task(ngx_http_request_t *r, ngx_http_registry_run_pt run,
    ngx_http_registry_done_pt done)
{
    if (ngx_http_registry_task_set(r, run, done) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_registry_task_post(r) != NGX_OK) {
        ngx_http_registry_task_wait(r);
    }

    ngx_http_registry_task_leave(r);

    return NGX_OK;
}


ngx_int_t
ngx_http_registry_begin(ngx_http_request_t *r, ngx_http_registry_run_pt run,
    ngx_http_registry_done_pt done)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ngx_http_registry_task_set(r, run, done) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_registry_task_post(r) != NGX_OK) {

        if (ctx->job.route.kind != OCI_ROUTE_UPLOAD) {
            return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_BUSY,
                                                 NULL, NULL);
        }

        ngx_http_registry_task_wait(r);
    }

    ngx_http_registry_task_leave(r);
    r->main->count++;

    return NGX_DONE;
}


ngx_int_t
ngx_http_registry_again(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_task_t  *t;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    t = ctx->task->ctx;

    if (ctx->again == 0) {
        ctx->again = ngx_current_msec + NGX_HTTP_REGISTRY_SLOW;

    } else if ((ngx_msec_int_t) (ngx_current_msec - ctx->again) > 0) {
        return NGX_DECLINED;
    }

    ngx_memzero(&ctx->job.err, sizeof(oci_error_t));

    if (ngx_http_registry_task_set(r, t->run, ctx->last) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_registry_task_wait(r);
    ngx_http_registry_task_leave(r);

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_task_set(ngx_http_request_t *r,
    ngx_http_registry_run_pt run, ngx_http_registry_done_pt done)
{
    ngx_thread_task_t         *task;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_task_t  *t;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->task == NULL) {
        task = ngx_thread_task_alloc(r->pool,
                                     sizeof(ngx_http_registry_task_t));
        if (task == NULL) {
            return NGX_ERROR;
        }

        task->handler = ngx_http_registry_task_run;
        task->event.handler = ngx_http_registry_task_event;
        task->event.data = r;
        task->event.log = r->connection->log;
        ctx->task = task;
    }

    t = ctx->task->ctx;
    t->run = run;
    t->job = &ctx->job;
    t->again = 0;
    ctx->done = done;
    ctx->last = done;

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_task_post(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (ngx_thread_task_post(conf->thread_pool, ctx->task) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a worker that is to leave goes as soon as no timer is left */

    ngx_add_timer(&ctx->task->event, NGX_HTTP_REGISTRY_SLOW);

    return NGX_OK;
}


/*
 * A request that is terminated meanwhile is kept until the task is back:
 * nginx then puts its own finalizer in place of our write handler.
 */

static void
ngx_http_registry_task_leave(ngx_http_request_t *r)
{
    r->main->blocked++;
    r->aio = 1;
    r->write_event_handler = ngx_http_registry_task_resume;
}


/* asks again, less and less often: nginx logs each time */

static void
ngx_http_registry_task_wait(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_task_t  *t;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    t = ctx->task->ctx;

    t->again = (t->again == 0) ? NGX_HTTP_REGISTRY_AGAIN
               : ngx_min(2 * t->again, NGX_HTTP_REGISTRY_AGAIN_MOST);

    ngx_add_timer(&ctx->task->event, t->again);
}


/* in a thread of the pool */

static void
ngx_http_registry_task_run(void *data, ngx_log_t *log)
{
    ngx_http_registry_task_t  *t = data;

    struct timespec  begin, end;

    (void) clock_gettime(CLOCK_MONOTONIC, &begin);
    t->status = t->run(t->job);
    (void) clock_gettime(CLOCK_MONOTONIC, &end);

    t->usec = (end.tv_sec - begin.tv_sec) * 1000000
              + (end.tv_nsec - begin.tv_nsec) / 1000;
}


static void
ngx_http_registry_task_event(ngx_event_t *ev)
{
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_task_t  *t;

    r = ev->data;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_http_registry_task_late(r);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    t = ctx->task->ctx;
    ctx->status = t->status;
    ngx_http_registry_count_task(r, t->usec);

    r->main->blocked--;
    r->aio = 0;

#if (nginx_version >= 1025004)

    if (r->main->terminated) {
        c->write->handler(c->write);
        return;
    }

#endif

    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_registry_task_late(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_task_t  *t;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    t = ctx->task->ctx;

    if (t->again == 0) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "registry: the disk keeps a request waiting");

        ngx_add_timer(&ctx->task->event, NGX_HTTP_REGISTRY_SLOW);

    } else if (ngx_http_registry_task_post(r) == NGX_OK) {
        t->again = 0;

    } else {
        ngx_http_registry_task_wait(r);
    }
}


static void
ngx_http_registry_task_resume(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_done_pt   done;

    /* the client's socket became writable: not what we wait for */

    if (r->aio) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    done = ctx->done;

    if (done != NULL) {
        ctx->done = NULL;
        r->write_event_handler = ngx_http_request_empty_handler;
        done(r);
    }
}
