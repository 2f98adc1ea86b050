/*
 * registry_auth oidc without keys=FILE: keys that the issuer is asked for.
 *
 * They are asked for in the thread pool, by one worker at a time, when a token
 * comes that needs them: there are none yet, they are old, or it names a key
 * that is not among them.  Its request waits meanwhile, without a thread.
 * What was had is in memory that the workers share, and survives a reload.
 * When the issuer does not answer, what was had holds for a day.
 */

#include "ngx_http_registry_auth.h"

#include "oci_issuer.h"


#define NGX_HTTP_REGISTRY_FETCHING  (OCI_ISSUER_SECONDS + 5)    /* s */


/* in shared memory */

typedef struct {
    oci_issuer_times_t           times;
    time_t                       busy;      /* a worker asks, until then */
    ngx_uint_t                   version;   /* of the text; 0: none */
    size_t                       len;
    u_char                       text[OCI_ISSUER_MAX];
} ngx_http_registry_published_t;


struct ngx_http_registry_discovery_s {
    oci_str_t                    issuer;
    ngx_str_t                    ca;        /* empty: the system's */
    time_t                       every;
    const oci_fetch_t           *fetch;
    ngx_shm_zone_t              *zone;

    /* a worker's own: the text as it has read it */

    ngx_uint_t                   version;
    oci_keys_t                  *keys;
    oci_pool_t                  *pool;

    /* and what its task has fetched */

    ngx_thread_task_t           *task;
    oci_pool_t                  *fetched;
    oci_str_t                    text;
    oci_error_t                  err;
    size_t                       nkeys;
};


static ngx_int_t ngx_http_registry_discovery_zone(ngx_conf_t *cf,
    ngx_http_registry_discovery_t *d);
static ngx_int_t ngx_http_registry_discovery_init(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_registry_discovery_close(void *data);
static ngx_http_registry_published_t *ngx_http_registry_discovery_lock(
    ngx_http_registry_discovery_t *d);
static void ngx_http_registry_discovery_unlock(
    ngx_http_registry_discovery_t *d);
static void ngx_http_registry_discovery_read(
    ngx_http_registry_discovery_t *d, ngx_http_registry_published_t *p);
static ngx_int_t ngx_http_registry_discovery_ask(ngx_http_request_t *r,
    ngx_http_registry_discovery_t *d);
static void ngx_http_registry_discovery_run(void *data, ngx_log_t *log);
static void ngx_http_registry_discovery_done(ngx_event_t *ev);
static void ngx_http_registry_discovery_end(
    ngx_http_registry_discovery_t *d, ngx_uint_t had);


ngx_http_registry_discovery_t *
ngx_http_registry_discovery(ngx_conf_t *cf, const oci_str_t *issuer,
    ngx_str_t *ca, time_t every)
{
    oci_pool_t                     *pool;
    oci_error_t                     err = { OCI_OK, 0, "" };
    ngx_pool_cleanup_t             *cln;
    ngx_http_registry_discovery_t  *d;

    d = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_discovery_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);
    pool = ngx_http_registry_conf_pool(cf);

    if (d == NULL || cln == NULL || pool == NULL) {
        return NULL;
    }

    d->issuer = *issuer;
    d->ca = *ca;
    d->every = every;
    cln->handler = ngx_http_registry_discovery_close;
    cln->data = d;

    if (oci_issuer_valid(issuer, &err) == OCI_OK) {
        d->fetch = oci_fetch_open(pool, &err);
    }

    if (d->fetch == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_auth oidc\" "
                           "without \"keys\": %s", err.text);
        return NULL;
    }

    return (ngx_http_registry_discovery_zone(cf, d) == NGX_OK) ? d : NULL;
}


/* one for an issuer and those who vouch for it, wherever it is named */

static ngx_int_t
ngx_http_registry_discovery_zone(ngx_conf_t *cf,
    ngx_http_registry_discovery_t *d)
{
    size_t     size;
    ngx_str_t  name;

    if (d->ca.len != 0) {

        if (ngx_conf_full_name(cf->cycle, &d->ca, 1) != NGX_OK) {
            return NGX_ERROR;
        }

        if (access((char *) d->ca.data, R_OK) == -1) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "\"%V\" is not to be read", &d->ca);
            return NGX_ERROR;
        }
    }

    name.len = sizeof("registry_oidc  ") - 1 + d->issuer.len + d->ca.len;
    name.data = ngx_pnalloc(cf->pool, name.len + 1);

    if (name.data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(name.data, "registry_oidc %*s %V%Z", d->issuer.len,
                d->issuer.data, &d->ca);

    /* as much again: what the allocator needs for itself */

    size = 2 * ngx_align(sizeof(ngx_http_registry_published_t), ngx_pagesize);

    d->zone = ngx_shared_memory_add(cf, &name, size,
                                    &ngx_http_registry_module);
    if (d->zone == NULL) {
        return NGX_ERROR;
    }

    d->zone->init = ngx_http_registry_discovery_init;

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_discovery_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data == NULL && !zone->shm.exists) {
        shpool->data = ngx_slab_calloc(shpool,
                                    sizeof(ngx_http_registry_published_t));
    }

    zone->data = (data != NULL) ? data : shpool->data;

    return (zone->data != NULL) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_registry_discovery_close(void *data)
{
    ngx_http_registry_discovery_t  *d = data;

    oci_pool_destroy(d->pool);
    oci_pool_destroy(d->fetched);
}


static ngx_http_registry_published_t *
ngx_http_registry_discovery_lock(ngx_http_registry_discovery_t *d)
{
    ngx_shmtx_lock(&((ngx_slab_pool_t *) d->zone->shm.addr)->mutex);

    return d->zone->data;
}


static void
ngx_http_registry_discovery_unlock(ngx_http_registry_discovery_t *d)
{
    ngx_shmtx_unlock(&((ngx_slab_pool_t *) d->zone->shm.addr)->mutex);
}


ngx_int_t
ngx_http_registry_discovered(ngx_http_request_t *r,
    ngx_http_registry_discovery_t *d, const oci_jwt_t *jwt,
    const oci_keys_t **keys)
{
    ngx_uint_t                      usable, due, busy;
    ngx_http_registry_published_t  *p;

    p = ngx_http_registry_discovery_lock(d);

    if (p->version != d->version) {
        ngx_http_registry_discovery_read(d, p);
    }

    usable = d->keys != NULL && oci_issuer_usable(&p->times, ngx_time());
    due = oci_issuer_due(&p->times, ngx_time(), d->every,
                         !usable || !oci_jwt_known(jwt, d->keys));
    busy = p->busy > ngx_time();

    if (due && !busy) {
        p->busy = ngx_time() + NGX_HTTP_REGISTRY_FETCHING;
    }

    ngx_http_registry_discovery_unlock(d);

    if (due && (busy || ngx_http_registry_discovery_ask(r, d) == NGX_OK)) {
        return NGX_AGAIN;
    }

    *keys = d->keys;

    return usable ? NGX_OK : NGX_DECLINED;
}


/* under the lock; a text that one worker has read, the others can */

static void
ngx_http_registry_discovery_read(ngx_http_registry_discovery_t *d,
    ngx_http_registry_published_t *p)
{
    oci_str_t    text;
    oci_keys_t  *keys;
    oci_pool_t  *pool;

    pool = oci_pool_create();
    if (pool == NULL) {
        return;
    }

    text.data = p->text;
    text.len = p->len;

    if (oci_keys_load(&keys, pool, &text, NULL) != OCI_OK) {
        oci_pool_destroy(pool);
        return;
    }

    oci_pool_destroy(d->pool);
    d->pool = pool;
    d->keys = keys;
    d->version = p->version;
}


static ngx_int_t
ngx_http_registry_discovery_ask(ngx_http_request_t *r,
    ngx_http_registry_discovery_t *d)
{
    ngx_thread_task_t               *task;
    ngx_http_registry_loc_conf_t    *conf;
    ngx_http_registry_discovery_t  **ctx;

    if (d->fetched != NULL) {
        return NGX_OK;              /* the one before this still goes on */
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (d->task == NULL) {
        task = ngx_thread_task_alloc(ngx_cycle->pool, sizeof(d));

        if (task != NULL) {
            ctx = task->ctx;
            *ctx = d;
            task->handler = ngx_http_registry_discovery_run;
            task->event.handler = ngx_http_registry_discovery_done;
            task->event.data = d;
            task->event.log = ngx_cycle->log;
            d->task = task;
        }
    }

    ngx_memzero(&d->err, sizeof(oci_error_t));
    d->fetched = oci_pool_create();

    if (d->task != NULL && d->fetched != NULL
        && ngx_thread_task_post(conf->thread_pool, d->task) == NGX_OK)
    {
        return NGX_OK;
    }

    (void) oci_error(&d->err, OCI_NOMEM, 0, "no thread is free to ask for it");
    ngx_http_registry_discovery_end(d, 0);

    return NGX_ERROR;
}


/* in a thread of the pool */

static void
ngx_http_registry_discovery_run(void *data, ngx_log_t *log)
{
    oci_keys_t                     *keys;
    ngx_http_registry_discovery_t  *d;

    d = *(ngx_http_registry_discovery_t **) data;
    d->nkeys = 0;

    if (oci_issuer_fetch(d->fetch, &d->text, d->fetched, &d->issuer,
                         d->ca.len != 0 ? (char *) d->ca.data : NULL, &d->err)
        == OCI_OK
        && oci_keys_load(&keys, d->fetched, &d->text, &d->err) == OCI_OK)
    {
        d->nkeys = keys->keys.nelts;
    }
}


static void
ngx_http_registry_discovery_done(ngx_event_t *ev)
{
    ngx_http_registry_discovery_t  *d = ev->data;

    ngx_http_registry_discovery_end(d, d->nkeys);
}


/* the end of an attempt, which has brought so many keys */

static void
ngx_http_registry_discovery_end(ngx_http_registry_discovery_t *d,
    ngx_uint_t had)
{
    ngx_uint_t                      new, usable;
    ngx_http_registry_published_t  *p;

    new = 0;
    p = ngx_http_registry_discovery_lock(d);

    p->busy = 0;
    p->times.tried = ngx_time();
    usable = oci_issuer_usable(&p->times, ngx_time());

    if (had != 0) {
        p->times.fetched = ngx_time();

        if (p->version == 0 || p->len != d->text.len
            || ngx_memcmp(p->text, d->text.data, p->len) != 0)
        {
            ngx_memcpy(p->text, d->text.data, d->text.len);
            p->len = d->text.len;
            p->version++;
            new = 1;
        }
    }

    ngx_http_registry_discovery_unlock(d);

    if (had == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "registry: no keys of \"%*s\": %s%s",
                      d->issuer.len, d->issuer.data, d->err.text,
                      usable ? "; those that were had before hold" : "");

    } else if (new) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "registry: %ui keys of \"%*s\"", had, d->issuer.len,
                      d->issuer.data);
    }

    oci_pool_destroy(d->fetched);
    d->fetched = NULL;
}
