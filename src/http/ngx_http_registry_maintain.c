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
    ngx_http_registry_chore_t  chore;
    time_t                     upload_timeout;
    time_t                     now;
    size_t                     removed;
    size_t                     open;
    ngx_int_t                  since;
} ngx_http_registry_maintain_t;


static ngx_int_t ngx_http_registry_maintain_store(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);
static ngx_int_t ngx_http_registry_maintain_add(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);
static void ngx_http_registry_maintain_begin(ngx_http_registry_chore_t *chore);
static oci_status_e ngx_http_registry_maintain_run(
    ngx_http_registry_chore_t *chore);
static ngx_uint_t ngx_http_registry_maintain_done(
    ngx_http_registry_chore_t *chore);


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
    ngx_http_registry_maintain_t   *m;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);
    m = ngx_pcalloc(cycle->pool, sizeof(ngx_http_registry_maintain_t));

    if (m == NULL
        || ngx_http_registry_chore(&m->chore, keep, cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    m->upload_timeout = keep->upload_timeout;

    m->chore.begin = ngx_http_registry_maintain_begin;
    m->chore.run = ngx_http_registry_maintain_run;
    m->chore.done = ngx_http_registry_maintain_done;
    m->chore.every = (m->upload_timeout == 0) ? NGX_HTTP_REGISTRY_EVERY
                     : ngx_min(NGX_HTTP_REGISTRY_EVERY,
                               (ngx_msec_t) m->upload_timeout * 1000);
    m->chore.timer.cancelable = 1;      /* a worker may leave without it */

    first = (rmcf->metrics != NULL) ? NGX_HTTP_REGISTRY_SOON
                                    : NGX_HTTP_REGISTRY_FIRST;

    ngx_add_timer(&m->chore.timer, ngx_min(first, m->chore.every));

    return NGX_OK;
}


static void
ngx_http_registry_maintain_begin(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_maintain_t  *m;

    m = (ngx_http_registry_maintain_t *) chore;
    m->now = ngx_time();
    m->since = ngx_http_registry_uploads_since(chore->store);
}


/* in a thread of the pool */

static oci_status_e
ngx_http_registry_maintain_run(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_maintain_t  *m;

    m = (ngx_http_registry_maintain_t *) chore;

    return oci_upload_expire(chore->store, m->now, m->upload_timeout,
                             &m->removed, &m->open, &chore->err);
}


static ngx_uint_t
ngx_http_registry_maintain_done(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_maintain_t  *m;

    m = (ngx_http_registry_maintain_t *) chore;

    if (chore->status == OCI_OK) {
        ngx_http_registry_count_uploads(chore->store, m->open, m->since);
    }

    if (chore->status != OCI_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "registry: cannot expire uploads in \"%s\": %s",
                      oci_store_name(chore->store), chore->err.text);

    } else if (m->removed != 0) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "registry: removed %uz expired uploads in \"%s\"",
                      m->removed, oci_store_name(chore->store));
    }

    return 1;
}
