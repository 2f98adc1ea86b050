/*
 * registry_gc: collects the stores while they are served.
 *
 * One worker does it, in one thread of the pool: a minute after it has started
 * and then every interval.  It looks at so many objects a second and sleeps in
 * between, so that requests have the disk.  A worker that is to leave waits
 * until what was set aside is back in its place.
 */

#include "ngx_http_registry.h"

#include "oci_collect.h"

#include <time.h>


#define NGX_HTTP_REGISTRY_GC_FIRST  60000               /* ms */
#define NGX_HTTP_REGISTRY_GC_GRACE  86400               /* seconds */
#define NGX_HTTP_REGISTRY_GC_RATE   10000
#define NGX_HTTP_REGISTRY_GC_BURST  100                 /* objects */


typedef struct {
    ngx_http_registry_chore_t      chore;
    const ngx_http_registry_gc_t  *gc;
    time_t                         now;
    ngx_msec_t                     began;
    ngx_uint_t                     objects;     /* since it slept */
    oci_collected_t                sum;
} ngx_http_registry_collect_t;


static char *ngx_http_registry_gc_parameter(ngx_conf_t *cf,
    ngx_http_registry_gc_t *gc, ngx_str_t *value);
static void ngx_http_registry_collect_begin(ngx_http_registry_chore_t *chore);
static oci_status_e ngx_http_registry_collect_run(
    ngx_http_registry_chore_t *chore);
static oci_status_e ngx_http_registry_collect_pace(void *data,
    const oci_collected_t *sum);
static ngx_uint_t ngx_http_registry_collect_done(
    ngx_http_registry_chore_t *chore);


char *
ngx_http_registry_set_gc(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    ngx_str_t               *value;
    ngx_int_t                interval;
    ngx_uint_t               i;
    ngx_http_registry_gc_t  *gc;

    if (rlcf->gc != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    gc = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_gc_t));
    if (gc == NULL) {
        return NGX_CONF_ERROR;
    }

    rlcf->gc = gc;
    gc->grace = NGX_HTTP_REGISTRY_GC_GRACE;
    gc->rate = NGX_HTTP_REGISTRY_GC_RATE;
    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") != 0) {
        interval = ngx_parse_time(&value[1], 0);

        if (interval == NGX_ERROR || interval == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\" in "
                               "\"registry_gc\": it is \"off\" or the time "
                               "between two collections, such as \"24h\"",
                               &value[1]);
            return NGX_CONF_ERROR;
        }

        gc->interval = interval;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_registry_gc_parameter(cf, gc, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_registry_gc_parameter(ngx_conf_t *cf, ngx_http_registry_gc_t *gc,
    ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  s;

    n = NGX_ERROR;

    if (ngx_strcmp(value->data, "untagged") == 0) {
        gc->untagged = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "grace=", 6) == 0) {
        s.data = value->data + 6;
        s.len = value->len - 6;
        n = ngx_parse_time(&s, 1);

        if (n != NGX_ERROR && n != 0) {
            gc->grace = n;
            return NGX_CONF_OK;
        }

    } else if (ngx_strncmp(value->data, "rate=", 5) == 0) {
        n = ngx_atoi(value->data + 5, value->len - 5);

        if (n != NGX_ERROR && n != 0) {
            gc->rate = n;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\" in "
                       "\"registry_gc\": there are grace=TIME (1s or more), "
                       "rate=OBJECTS a second, and untagged", value);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_registry_collect_init(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep)
{
    ngx_http_registry_collect_t  *c;

    c = ngx_pcalloc(cycle->pool, sizeof(ngx_http_registry_collect_t));

    if (c == NULL
        || ngx_http_registry_chore(&c->chore, keep, cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    c->gc = keep->gc;

    c->chore.begin = ngx_http_registry_collect_begin;
    c->chore.run = ngx_http_registry_collect_run;
    c->chore.done = ngx_http_registry_collect_done;
    c->chore.every = c->gc->interval;
    c->chore.timer.cancelable = 1;      /* a worker may leave without it */

    ngx_add_timer(&c->chore.timer,
                  ngx_min(NGX_HTTP_REGISTRY_GC_FIRST, c->gc->interval));

    return NGX_OK;
}


static void
ngx_http_registry_collect_begin(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_collect_t  *c;

    c = (ngx_http_registry_collect_t *) chore;
    c->now = ngx_time();
    c->began = ngx_current_msec;
    c->objects = 0;
}


/* in a thread of the pool */

static oci_status_e
ngx_http_registry_collect_run(ngx_http_registry_chore_t *chore)
{
    oci_collect_t                 options;
    ngx_http_registry_collect_t  *c;

    c = (ngx_http_registry_collect_t *) chore;
    ngx_memzero(&options, sizeof(oci_collect_t));

    options.grace = (int64_t) c->gc->grace * 1000000000;
    options.now = c->now;
    options.untagged = c->gc->untagged;
    options.pace = ngx_http_registry_collect_pace;
    options.data = c;

    return oci_collect(chore->store, &options, &c->sum, &chore->err);
}


/*
 * The only thing of nginx that a task looks at: whether its worker is to
 * leave, which waits for the thread.
 */

static oci_status_e
ngx_http_registry_collect_pace(void *data, const oci_collected_t *sum)
{
    ngx_http_registry_collect_t  *c = data;

    int64_t          nsec;
    struct timespec  pause;

    if (ngx_exiting || ngx_terminate || ngx_quit) {
        return OCI_BUSY;
    }

    if (++c->objects < NGX_HTTP_REGISTRY_GC_BURST) {
        return OCI_OK;
    }

    nsec = (int64_t) c->objects * 1000000000 / c->gc->rate;
    c->objects = 0;

    pause.tv_sec = nsec / 1000000000;
    pause.tv_nsec = nsec % 1000000000;
    (void) nanosleep(&pause, NULL);

    return OCI_OK;
}


static ngx_uint_t
ngx_http_registry_collect_done(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_collect_t  *c;

    c = (ngx_http_registry_collect_t *) chore;

    ngx_http_registry_count_collection(chore->store, chore->status, &c->sum,
                                       ngx_current_msec - c->began);

    if (chore->status == OCI_OK) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "registry: collected \"%s\": %uL blobs (%uL bytes), %uL "
                      "manifests, %uL repositories removed; %uL blobs in use "
                      "or young", oci_store_name(chore->store), c->sum.removed,
                      c->sum.removed_bytes, c->sum.removed_manifests,
                      c->sum.removed_repos, c->sum.contents - c->sum.removed);

        if (c->sum.problems != 0) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "registry: %uL things in \"%s\" could not be read, "
                          "and what they may need was kept: see \"tally fsck\"",
                          c->sum.problems, oci_store_name(chore->store));
        }

    } else if (!ngx_exiting) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "registry: cannot collect \"%s\": %s",
                      oci_store_name(chore->store), chore->err.text);
    }

    return 1;
}
