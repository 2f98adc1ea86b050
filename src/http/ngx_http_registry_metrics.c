/*
 * Counting: what requests, tasks, uploads and collections come to, in memory
 * that the workers share and a reload leaves as it is.
 *
 * A request is counted where nginx writes its line of the access log: its
 * status is known by then, whoever set it.  That costs eight additions to
 * memory that this worker alone writes to most of the time.
 */

#include "ngx_http_registry_auth.h"
#include "ngx_http_registry_metrics.h"

#include <signal.h>


static ngx_int_t ngx_http_registry_metrics_init(ngx_shm_zone_t *zone,
    void *data);
static ngx_http_registry_metrics_t *ngx_http_registry_metrics_of(
    ngx_http_registry_main_conf_t *rmcf);
static ngx_http_registry_stripe_t *ngx_http_registry_stripe(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_counts(ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_handler_of(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static ngx_uint_t ngx_http_registry_method_of(ngx_uint_t method);
static ngx_uint_t ngx_http_registry_status_of(ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_code_of(ngx_http_registry_metrics_t *m,
    ngx_uint_t status);
static void ngx_http_registry_add_time(ngx_http_registry_times_t *t,
    ngx_uint_t usec);
static void ngx_http_registry_add_size(ngx_http_registry_sizes_t *s,
    uint64_t bytes);
static void ngx_http_registry_count_auth(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t status);
static void ngx_http_registry_count_cache(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static void ngx_http_registry_count_session(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t status);
static ngx_http_registry_tally_t *ngx_http_registry_tally_now(
    oci_store_t *store);


/* registry:2's buckets, so that its dashboards say the same */

const ngx_uint_t  ngx_http_registry_durations[] = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 60000
};

const char  *ngx_http_registry_method_names[] = {
    "get", "head", "post", "put", "patch", "delete", "options", "unknown"
};


char *
ngx_http_registry_metrics_zone(ngx_conf_t *cf)
{
    size_t                          size;
    ngx_str_t                       name;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_registry_module);

    if (rmcf->metrics != NULL) {
        return NGX_CONF_OK;
    }

    /* a module of another version has another zone when it is loaded */

    name.data = ngx_pnalloc(cf->pool, sizeof("registry_metrics_")
                                      + NGX_SIZE_T_LEN);
    if (name.data == NULL) {
        return NGX_CONF_ERROR;
    }

    name.len = ngx_sprintf(name.data, "registry_metrics_%uz",
                           sizeof(ngx_http_registry_metrics_t))
               - name.data;

    size = sizeof(ngx_http_registry_metrics_t);
    size += size / 64 + 8 * ngx_pagesize;

    rmcf->metrics = ngx_shared_memory_add(cf, &name, size,
                                          &ngx_http_registry_module);
    if (rmcf->metrics == NULL) {
        return NGX_CONF_ERROR;
    }

    rmcf->metrics->init = ngx_http_registry_metrics_init;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_metrics_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t  *pool;

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data == NULL && !zone->shm.exists) {
        pool->data = ngx_slab_calloc(pool,
                                     sizeof(ngx_http_registry_metrics_t));
    }

    zone->data = pool->data;

    return (zone->data != NULL) ? NGX_OK : NGX_ERROR;
}


static ngx_http_registry_metrics_t *
ngx_http_registry_metrics_of(ngx_http_registry_main_conf_t *rmcf)
{
    return (rmcf != NULL && rmcf->metrics != NULL) ? rmcf->metrics->data
                                                   : NULL;
}


static ngx_http_registry_stripe_t *
ngx_http_registry_stripe(ngx_http_request_t *r)
{
    ngx_http_registry_metrics_t  *m;

    m = ngx_http_registry_metrics_of(
                 ngx_http_get_module_main_conf(r, ngx_http_registry_module));

    return (m != NULL) ? &m->stripes[ngx_worker % NGX_HTTP_REGISTRY_STRIPES]
                       : NULL;
}


/*
 * A place for the requests under way of this process: a free one, or that of
 * one which is no more.  When there is none they are not counted.
 */

void
ngx_http_registry_metrics_enter(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i, pid;
    ngx_http_registry_flight_t     *f;
    ngx_http_registry_metrics_t    *m;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);
    m = ngx_http_registry_metrics_of(rmcf);

    for (i = 0; m != NULL && i < NGX_HTTP_REGISTRY_WORKERS; i++) {
        f = &m->flights[i];
        pid = f->pid;

        if (ngx_http_registry_alive(f)
            || !ngx_atomic_cmp_set(&f->pid, pid, ngx_pid))
        {
            continue;
        }

        ngx_memzero((void *) f->flying, sizeof(f->flying));
        rmcf->flight = f;
        return;
    }
}


ngx_uint_t
ngx_http_registry_alive(const ngx_http_registry_flight_t *flight)
{
    return flight->pid != 0
           && (kill((pid_t) flight->pid, 0) == 0 || ngx_errno != ESRCH);
}


void
ngx_http_registry_metrics_leave(ngx_cycle_t *cycle)
{
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);

    if (rmcf != NULL && rmcf->flight != NULL) {
        rmcf->flight->pid = 0;
        rmcf->flight = NULL;
    }
}


void
ngx_http_registry_count(ngx_http_request_t *r,
    ngx_http_registry_event_e event)
{
    ngx_http_registry_stripe_t  *stripe;

    stripe = ngx_http_registry_stripe(r);

    if (stripe != NULL) {
        (void) ngx_atomic_fetch_add(&stripe->events[event], 1);
    }
}


/* a redirect within nginx begins nothing new: its request is counted */

void
ngx_http_registry_count_begin(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx)
{
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_registry_module);

    if (rmcf->flight == NULL || r->internal || !ngx_http_registry_counts(r)) {
        return;
    }

    ctx->flight = &rmcf->flight->flying[ngx_http_registry_handler_of(r, ctx)];
    (void) ngx_atomic_fetch_add(ctx->flight, 1);
}


void
ngx_http_registry_count_end(ngx_http_registry_ctx_t *ctx)
{
    if (ctx->flight != NULL) {
        (void) ngx_atomic_fetch_add(ctx->flight, -1);
    }
}


ngx_int_t
ngx_http_registry_count_request(ngx_http_request_t *r)
{
    ngx_uint_t                    status, handler;
    ngx_time_t                   *now;
    ngx_msec_int_t                ms;
    ngx_http_registry_ctx_t      *ctx;
    ngx_http_registry_counts_t   *counts;
    ngx_http_registry_stripe_t   *stripe;

    stripe = ngx_http_registry_stripe(r);

    if (stripe == NULL || !ngx_http_registry_counts(r)) {
        return NGX_OK;
    }

    ctx = ngx_http_registry_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    status = ngx_http_registry_status_of(r);
    handler = ngx_http_registry_handler_of(r, ctx);
    counts = &stripe->requests[handler]
                              [ngx_http_registry_method_of(r->method)];

    now = ngx_timeofday();
    ms = (now->sec - r->start_sec) * 1000 + (now->msec - r->start_msec);

    (void) ngx_atomic_fetch_add(&counts->codes[ngx_http_registry_code_of(
             ngx_http_registry_metrics_of(ngx_http_get_module_main_conf(r,
                                          ngx_http_registry_module)),
             status)], 1);

    ngx_http_registry_add_time(&counts->times, ngx_max(ms, 0) * 1000);
    ngx_http_registry_add_size(&stripe->in[handler], r->request_length);
    ngx_http_registry_add_size(&stripe->out[handler],
                               ngx_max(0, r->connection->sent
                                          - (off_t) r->header_size));

    ngx_http_registry_count_auth(r, ctx, status);
    ngx_http_registry_count_cache(r, ctx);
    ngx_http_registry_count_session(r, ctx, status);

    return NGX_OK;
}


/* a location with a handler of its own, such as proxy_pass, is not ours */

static ngx_uint_t
ngx_http_registry_counts(ngx_http_request_t *r)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    return r == r->main && r->content_handler == NULL
           && (conf->enable || ngx_http_registry_is_token(r));
}


static ngx_uint_t
ngx_http_registry_handler_of(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx)
{
    return ngx_http_registry_is_token(r) ? NGX_HTTP_REGISTRY_AT_TOKEN
                                         : (ngx_uint_t) ctx->job.route.kind;
}


static ngx_uint_t
ngx_http_registry_method_of(ngx_uint_t method)
{
    ngx_uint_t  i;

    static const ngx_uint_t  methods[] = {
        NGX_HTTP_GET, NGX_HTTP_HEAD, NGX_HTTP_POST, NGX_HTTP_PUT,
        NGX_HTTP_PATCH, NGX_HTTP_DELETE, NGX_HTTP_OPTIONS
    };

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i] == method) {
            break;
        }
    }

    return i;
}


/* as $status has it */

static ngx_uint_t
ngx_http_registry_status_of(ngx_http_request_t *r)
{
    if (r->err_status != 0) {
        return r->err_status;
    }

    return (r->headers_out.status != 0) ? r->headers_out.status
           : (r->http_version == NGX_HTTP_VERSION_9) ? 9 : 0;
}


/*
 * Statuses get a place as they turn up: a configuration may answer any.  The
 * last place is of all that found none.
 */

static ngx_uint_t
ngx_http_registry_code_of(ngx_http_registry_metrics_t *m, ngx_uint_t status)
{
    ngx_uint_t  i;

    status++;                               /* 0 is a free place */

    for (i = 0; i < NGX_HTTP_REGISTRY_CODES - 1; i++) {

        if (m->code[i] == 0) {
            (void) ngx_atomic_cmp_set(&m->code[i], 0, status);
        }

        if (m->code[i] == status) {
            break;
        }
    }

    return i;
}


static void
ngx_http_registry_add_time(ngx_http_registry_times_t *t, ngx_uint_t usec)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_REGISTRY_DURATIONS; i++) {
        if (usec <= ngx_http_registry_durations[i] * 1000) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&t->n[i], 1);
    (void) ngx_atomic_fetch_add(&t->usec, usec);
}


static void
ngx_http_registry_add_size(ngx_http_registry_sizes_t *s, uint64_t bytes)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_REGISTRY_SIZES; i++) {
        if (bytes <= (uint64_t) 1024 << i) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&s->n[i], 1);
    (void) ngx_atomic_fetch_add(&s->bytes, bytes);
}


/*
 * A client that has not been asked for credentials sends none: that is no
 * failure.  A 403 with an answer of ours is not about who asks.
 */

static void
ngx_http_registry_count_auth(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t status)
{
    ngx_uint_t  wrong;

    switch (status) {

    case NGX_HTTP_UNAUTHORIZED:
        wrong = (ctx->auth != NULL) ? ctx->auth->rc == NGX_ABORT
                                    : r->headers_in.authorization != NULL;

        if (wrong) {
            ngx_http_registry_count(r, NGX_HTTP_REGISTRY_AUTH_CREDENTIALS);

        } else if (ctx->auth != NULL
                   && ctx->auth->kind != NGX_HTTP_REGISTRY_NO_CREDENTIALS)
        {
            ngx_http_registry_count(r, NGX_HTTP_REGISTRY_AUTH_DENIED);
        }

        break;

    case NGX_HTTP_FORBIDDEN:
        if (!ctx->answered) {
            ngx_http_registry_count(r, NGX_HTTP_REGISTRY_AUTH_DENIED);
        }

        break;

    case NGX_HTTP_TOO_MANY_REQUESTS:
        if (ctx->auth != NULL && ctx->auth->limited) {
            ngx_http_registry_count(r, NGX_HTTP_REGISTRY_AUTH_LIMITED);
        }
    }
}


/* a pull that no thread had to look at the disk for */

static void
ngx_http_registry_count_cache(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->cache == NULL || ctx->job.repo.store == NULL
        || (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) == 0
        || (ctx->job.route.kind != OCI_ROUTE_MANIFEST
            && ctx->job.route.kind != OCI_ROUTE_BLOB))
    {
        return;
    }

    ngx_http_registry_count(r, ctx->worked ? NGX_HTTP_REGISTRY_CACHE_MISS
                                           : NGX_HTTP_REGISTRY_CACHE_HIT);
}


/* what may have gone otherwise is seen when uploads are counted again */

static void
ngx_http_registry_count_session(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_uint_t status)
{
    ngx_int_t                      change;
    ngx_http_registry_tally_t     *tally;
    ngx_http_registry_loc_conf_t  *conf;

    change = 0;

    if (ctx->job.route.kind == OCI_ROUTE_UPLOADS) {
        change = (status == NGX_HTTP_ACCEPTED);

    } else if (ctx->job.route.kind == OCI_ROUTE_UPLOAD) {
        change = -(status == NGX_HTTP_CREATED
                   || (r->method == NGX_HTTP_DELETE
                       && status == NGX_HTTP_NO_CONTENT)
                   || ctx->status == OCI_MISMATCH
                   || ctx->status == OCI_NOSPACE);
    }

    if (change == 0) {
        return;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    tally = ngx_http_registry_tally(
                 ngx_http_registry_metrics_of(ngx_http_get_module_main_conf(r,
                                              ngx_http_registry_module)),
                 conf->store);

    if (tally != NULL) {
        (void) ngx_atomic_fetch_add(&tally->since, change);
    }
}


/* who hashes a password has no store to work on yet */

void
ngx_http_registry_count_task(ngx_http_request_t *r, ngx_uint_t usec)
{
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_stripe_t  *stripe;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    stripe = ngx_http_registry_stripe(r);

    if (stripe == NULL || ctx->job.repo.store == NULL || ctx->op == NULL) {
        return;
    }

    ctx->worked = 1;

    ngx_http_registry_add_time(&stripe->requests[ctx->job.route.kind]
                  [ngx_http_registry_method_of(r->method)].action, usec);
}


ngx_http_registry_tally_t *
ngx_http_registry_tally(ngx_http_registry_metrics_t *m, oci_store_t *store)
{
    ngx_uint_t         i;
    const u_char      *p;
    ngx_atomic_uint_t  key;

    key = 5381;

    for (p = (u_char *) oci_store_name(store); *p != '\0'; p++) {
        key = key * 33 + *p;
    }

    for (i = 0; i < NGX_HTTP_REGISTRY_STORES; i++) {

        if (m->stores[i].key == 0) {
            (void) ngx_atomic_cmp_set(&m->stores[i].key, 0, key | 1);
        }

        if (m->stores[i].key == (key | 1)) {
            return &m->stores[i];
        }
    }

    return NULL;
}


static ngx_http_registry_tally_t *
ngx_http_registry_tally_now(oci_store_t *store)
{
    ngx_http_registry_metrics_t  *m;

    m = ngx_http_registry_metrics_of(
                 ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                                  ngx_http_registry_module));

    return (m != NULL) ? ngx_http_registry_tally(m, store) : NULL;
}


ngx_int_t
ngx_http_registry_uploads_since(oci_store_t *store)
{
    ngx_http_registry_tally_t  *tally;

    tally = ngx_http_registry_tally_now(store);

    return (tally != NULL) ? (ngx_int_t) tally->since : 0;
}


void
ngx_http_registry_count_uploads(oci_store_t *store, ngx_int_t open,
    ngx_int_t since)
{
    ngx_http_registry_tally_t  *tally;

    tally = ngx_http_registry_tally_now(store);

    if (tally != NULL) {
        tally->uploads = (ngx_atomic_uint_t) (open - since);
        tally->counted = 1;
    }
}


void
ngx_http_registry_count_collection(oci_store_t *store, oci_status_e status,
    const oci_collected_t *sum, ngx_msec_t msec)
{
    ngx_http_registry_tally_t  *tally;

    tally = ngx_http_registry_tally_now(store);

    if (tally == NULL) {
        return;
    }

    (void) ngx_atomic_fetch_add(status == OCI_OK ? &tally->collections
                                                 : &tally->failed, 1);
    (void) ngx_atomic_fetch_add(&tally->removed, sum->removed);
    (void) ngx_atomic_fetch_add(&tally->removed_bytes, sum->removed_bytes);
    (void) ngx_atomic_fetch_add(&tally->removed_manifests,
                                sum->removed_manifests);

    if (status != OCI_OK) {
        return;
    }

    tally->problems = sum->problems;
    tally->blobs = sum->contents - sum->removed;
    tally->bytes = sum->bytes - sum->removed_bytes;
    tally->msec = msec;
    tally->ended = ngx_time();
}
