/*
 * What is done beside requests.
 *
 * At start, by the master: a store that does not exist yet is made and given
 * to the user that the workers run as, and _probe looks at it.  "nginx -t" and
 * "nginx -s" read the configuration too, the latter in a process of its own
 * before the master does: reading only looks whether the store can be made, so
 * that one that cannot be leaves a running nginx as it is.
 *
 * In between, by one worker: uploads that nobody finished are removed, a
 * minute after it has started and then every hour, in the thread pool.  Where
 * there are metrics it is done at once: what is left is counted by it.
 */

#include "ngx_http_registry.h"

#include "oci_upload.h"


#define NGX_HTTP_REGISTRY_SOON   100            /* ms */
#define NGX_HTTP_REGISTRY_FIRST  60000
#define NGX_HTTP_REGISTRY_EVERY  3600000


typedef struct {
    oci_store_t        *store;
    time_t              upload_timeout;
    time_t              now;
    size_t              removed;
    size_t              open;
    ngx_int_t           since;
    oci_status_e        status;
    oci_error_t         err;
    ngx_thread_pool_t  *thread_pool;
    ngx_thread_task_t  *task;
    ngx_event_t         timer;
} ngx_http_registry_maintain_t;


static ngx_int_t ngx_http_registry_maintain_store(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);
static ngx_int_t ngx_http_registry_maintain_add(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);
static void ngx_http_registry_maintain_timer(ngx_event_t *ev);
static void ngx_http_registry_maintain_run(void *data, ngx_log_t *log);
static void ngx_http_registry_maintain_done(ngx_event_t *ev);
static ngx_msec_t ngx_http_registry_maintain_every(
    ngx_http_registry_maintain_t *m);


char *
ngx_http_registry_maintain_check(ngx_conf_t *cf,
    ngx_http_registry_keep_t *keep)
{
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_store_check(keep->store, &err);

    if (rc == OCI_OK || rc == OCI_NOT_FOUND) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_root\": %s",
                       err.text);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_registry_maintain_stores(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_http_registry_keep_t       *keep;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);

    if (rmcf == NULL) {
        return NGX_OK;
    }

    keep = rmcf->stores.elts;

    for (i = 0; i < rmcf->stores.nelts; i++) {

        /* on reload an error would end a master that is serving */

        if (ngx_http_registry_maintain_store(cycle, &keep[i]) != NGX_OK
            && ngx_is_init_cycle(cycle->old_cycle))
        {
            return NGX_ERROR;
        }

        ngx_http_registry_probe(cycle, &keep[i]);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_maintain_store(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep)
{
    oci_error_t       err = { OCI_OK, 0, "" };
    ngx_uint_t        give;
    ngx_core_conf_t  *ccf;

    if (ngx_test_config || keep->readonly) {
        return NGX_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    give = (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT);

    if (oci_store_prepare(keep->store, give ? ccf->user : (uid_t) -1,
                          give ? ccf->group : (gid_t) -1, &err)
        != OCI_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "\"registry_root\": %s",
                      err.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_registry_maintain_init(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_http_registry_keep_t       *keep;
    ngx_http_registry_main_conf_t  *rmcf;

    if (ngx_worker != 0
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);
    if (rmcf == NULL) {
        return NGX_OK;
    }

    keep = rmcf->stores.elts;

    for (i = 0; i < rmcf->stores.nelts; i++) {
        if (!keep[i].readonly
            && (keep[i].upload_timeout != 0 || rmcf->metrics != NULL)
            && ngx_http_registry_maintain_add(cycle, &keep[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (keep[i].gc != NULL
            && ngx_http_registry_collect_init(cycle, &keep[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_maintain_add(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep)
{
    ngx_msec_t                      first;
    ngx_thread_task_t              *task;
    ngx_http_registry_maintain_t   *m;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);
    task = ngx_thread_task_alloc(cycle->pool,
                                 sizeof(ngx_http_registry_maintain_t));
    if (task == NULL) {
        return NGX_ERROR;
    }

    m = task->ctx;
    m->store = keep->store;
    m->upload_timeout = keep->upload_timeout;
    m->thread_pool = keep->thread_pool;
    m->task = task;

    task->handler = ngx_http_registry_maintain_run;
    task->event.handler = ngx_http_registry_maintain_done;
    task->event.data = m;
    task->event.log = cycle->log;

    m->timer.handler = ngx_http_registry_maintain_timer;
    m->timer.data = m;
    m->timer.log = cycle->log;
    m->timer.cancelable = 1;            /* a worker may leave without it */

    first = (rmcf->metrics != NULL) ? NGX_HTTP_REGISTRY_SOON
                                    : NGX_HTTP_REGISTRY_FIRST;

    ngx_add_timer(&m->timer,
                  ngx_min(first, ngx_http_registry_maintain_every(m)));

    return NGX_OK;
}


static void
ngx_http_registry_maintain_timer(ngx_event_t *ev)
{
    ngx_http_registry_maintain_t  *m;

    m = ev->data;
    m->now = ngx_time();
    m->since = ngx_http_registry_uploads_since(m->store);
    ngx_memzero(&m->err, sizeof(oci_error_t));

    if (ngx_thread_task_post(m->thread_pool, m->task) != NGX_OK) {
        ngx_add_timer(&m->timer, NGX_HTTP_REGISTRY_EVERY);
    }
}


/* in a thread of the pool */

static void
ngx_http_registry_maintain_run(void *data, ngx_log_t *log)
{
    ngx_http_registry_maintain_t  *m = data;

    m->status = oci_upload_expire(m->store, m->now, m->upload_timeout,
                                  &m->removed, &m->open, &m->err);
}


static void
ngx_http_registry_maintain_done(ngx_event_t *ev)
{
    ngx_http_registry_maintain_t  *m;

    m = ev->data;

    if (m->status == OCI_OK) {
        ngx_http_registry_count_uploads(m->store, m->open, m->since);
    }

    if (m->status != OCI_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "registry: cannot expire uploads in \"%s\": %s",
                      oci_store_name(m->store), m->err.text);

    } else if (m->removed != 0) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "registry: removed %uz expired uploads in \"%s\"",
                      m->removed, oci_store_name(m->store));
    }

    if (!ngx_exiting) {
        ngx_add_timer(&m->timer, ngx_http_registry_maintain_every(m));
    }
}


static ngx_msec_t
ngx_http_registry_maintain_every(ngx_http_registry_maintain_t *m)
{
    return (m->upload_timeout == 0) ? NGX_HTTP_REGISTRY_EVERY
           : ngx_min(NGX_HTTP_REGISTRY_EVERY,
                     (ngx_msec_t) m->upload_timeout * 1000);
}
