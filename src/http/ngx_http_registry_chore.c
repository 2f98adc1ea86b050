/*
 * Chores: work on a store that no request waits for, in the thread pool.
 */

#include "ngx_http_registry.h"


static void ngx_http_registry_chore_timer(ngx_event_t *ev);
static void ngx_http_registry_chore_run(void *data, ngx_log_t *log);
static void ngx_http_registry_chore_done(ngx_event_t *ev);


ngx_int_t
ngx_http_registry_chore(ngx_http_registry_chore_t *c,
    const ngx_http_registry_keep_t *keep, ngx_cycle_t *cycle)
{
    c->task = ngx_thread_task_alloc(cycle->pool, 0);
    if (c->task == NULL) {
        return NGX_ERROR;
    }

    c->store = keep->store;
    c->thread_pool = keep->thread_pool;

    c->task->ctx = c;
    c->task->handler = ngx_http_registry_chore_run;
    c->task->event.handler = ngx_http_registry_chore_done;
    c->task->event.data = c;
    c->task->event.log = cycle->log;

    c->timer.handler = ngx_http_registry_chore_timer;
    c->timer.data = c;
    c->timer.log = cycle->log;

    return NGX_OK;
}


static void
ngx_http_registry_chore_timer(ngx_event_t *ev)
{
    ngx_http_registry_chore_t  *c;

    c = ev->data;
    ngx_memzero(&c->err, sizeof(oci_error_t));
    c->begin(c);

    if (ngx_thread_task_post(c->thread_pool, c->task) != NGX_OK) {
        ngx_add_timer(&c->timer, c->every);
    }
}


/* in a thread of the pool */

static void
ngx_http_registry_chore_run(void *data, ngx_log_t *log)
{
    ngx_http_registry_chore_t  *c = data;

    c->status = c->run(c);
}


static void
ngx_http_registry_chore_done(ngx_event_t *ev)
{
    ngx_uint_t                  again;
    ngx_http_registry_chore_t  *c;

    c = ev->data;
    again = c->done(c);

    if (again && !ngx_exiting) {
        ngx_add_timer(&c->timer, c->every);
    }
}
