/*
 * registry_health: is this worker alive, and would a push be stored?  The
 * answer is for a load balancer, its text for who reads it.
 *
 * A store that does not answer (a file system of a server that is gone) keeps
 * one thread waiting, not one for each time that it is asked for.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_SILENCE  5000             /* ms */
#define NGX_HTTP_REGISTRY_ROOM     (64 * 1024 * 1024)


static ngx_int_t ngx_http_registry_live(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_ready(ngx_http_request_t *r);
static void ngx_http_registry_looked(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_ready_reply(ngx_http_request_t *r);
static const char *ngx_http_registry_unready(oci_pool_t *pool,
    const ngx_http_registry_monitor_t *monitor,
    const ngx_http_registry_look_t *look);
static ngx_int_t ngx_http_registry_health_reply(ngx_http_request_t *r,
    ngx_uint_t good, json_t *checks);
static void ngx_http_registry_health_text(oci_buf_t *b, ngx_uint_t good,
    const json_t *checks, ngx_uint_t verbose);
static oci_status_e ngx_http_registry_look_run(ngx_http_registry_job_t *job);
static void ngx_http_registry_look_store(ngx_http_registry_look_t *look,
    ngx_uint_t push);
static void ngx_http_registry_look_end(void *data);


char *
ngx_http_registry_set_health(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value, s;
    ngx_uint_t                     i;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_registry_monitor_t   *monitor;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->monitor != NULL) {
        return "is duplicate, or beside \"registry_metrics\"";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    monitor = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_monitor_t));
    if (monitor == NULL) {
        return NGX_CONF_ERROR;
    }

    monitor->free = NGX_ERROR;
    rlcf->monitor = monitor;
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_strcmp(value[1].data, "ready") == 0) {
        clcf->handler = ngx_http_registry_ready;

    } else if (ngx_strcmp(value[1].data, "live") == 0
               && cf->args->nelts == 2)
    {
        clcf->handler = ngx_http_registry_live;
        return NGX_CONF_OK;

    } else {
        return "takes \"live\", \"off\", or \"ready\" and then \"pull\" or "
               "free=SIZE";
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "pull") == 0) {
            monitor->pull = 1;
            continue;
        }

        s.data = value[i].data + sizeof("free=") - 1;
        s.len = value[i].len - (sizeof("free=") - 1);

        if (ngx_strncmp(value[i].data, "free=", sizeof("free=") - 1) == 0) {
            monitor->free = ngx_parse_offset(&s);

            if (monitor->free >= 0) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"registry_health\": "
                           "there are \"pull\" and free=SIZE, such as "
                           "\"free=1g\"", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_live(ngx_http_request_t *r)
{
    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    return ngx_http_registry_health_reply(r, 1,
                json_pack("[{s:s, s:b}]", "name", "worker", "ok", 1));
}


static ngx_int_t
ngx_http_registry_ready(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_loc_conf_t  *conf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    rc = ngx_http_registry_look(r, !conf->monitor->pull,
                                ngx_http_registry_looked);

    return (rc == NGX_DECLINED) ? ngx_http_registry_ready_reply(r) : rc;
}


static void
ngx_http_registry_looked(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_registry_ready_reply(r));
}


static ngx_int_t
ngx_http_registry_ready_reply(ngx_http_request_t *r)
{
    json_t                         *checks, *check;
    ngx_uint_t                      i, good;
    const char                     *reason;
    ngx_http_registry_ctx_t        *ctx;
    ngx_http_registry_look_t       *look;
    ngx_http_registry_loc_conf_t   *conf;
    ngx_http_registry_looks_t      *looks;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    looks = ctx->job.data;

    if (looks == NULL) {
        return ngx_http_registry_health_reply(r, 0,
                    json_pack("[{s:s, s:b, s:s}]", "name", "store", "ok", 0,
                              "reason", "the disk does not answer"));
    }

    checks = json_array();
    good = 1;

    for (i = 0; i < looks->n; i++) {
        look = &looks->look[i];
        reason = ngx_http_registry_unready(ctx->job.pool, conf->monitor,
                                           look);
        good &= (reason == NULL);

        check = json_pack("{s:s, s:b, s:s*}", "name",
                          oci_store_name(look->keep->store), "ok",
                          reason == NULL, "reason", reason);

        if (check != NULL && look->known) {
            json_object_set_new(check, "free",
                                json_integer(look->space.free));
            json_object_set_new(check, "size",
                                json_integer(look->space.size));
        }

        json_array_append_new(checks, check);
    }

    return ngx_http_registry_health_reply(r, good, checks);
}


/* why a store is not to be used; NULL: it is */

static const char *
ngx_http_registry_unready(oci_pool_t *pool,
    const ngx_http_registry_monitor_t *monitor,
    const ngx_http_registry_look_t *look)
{
    uint64_t  least;

    if (look->err.status != OCI_OK) {
        return look->err.text;
    }

    if (monitor->pull) {
        return NULL;
    }

    if (look->keep->readonly) {
        return "\"registry_readonly\" is on";
    }

    if (look->space.readonly) {
        return "the file system is mounted read-only";
    }

    /* a small disk is not full because it is small */

    least = (monitor->free >= 0) ? (uint64_t) monitor->free
            : ngx_min(NGX_HTTP_REGISTRY_ROOM, look->space.size / 100);

    if (look->space.free < least) {
        return (char *) oci_strf(pool, "%llu bytes are free, less than %llu",
                                 (unsigned long long) look->space.free,
                                 (unsigned long long) least).data;
    }

    return (look->space.files != 0 && look->space.files_free == 0)
           ? "the file system can have no more files" : NULL;
}


/* takes checks, which may be NULL when there was no memory to make them */

static ngx_int_t
ngx_http_registry_health_reply(ngx_http_request_t *r, ngx_uint_t good,
    json_t *checks)
{
    oci_buf_t                 b = oci_null_buf;
    oci_str_t                 text;
    ngx_uint_t                status;
    ngx_table_elt_t          *accept;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_registry_get_ctx(r);

    if (ctx == NULL || checks == NULL
        || ngx_http_registry_header_str(r, "Cache-Control",
                                        oci_str("no-store"))
           != NGX_OK)
    {
        json_decref(checks);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    status = good ? NGX_HTTP_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
    accept = ngx_http_registry_header_in(r, "Accept");

    if (accept != NULL
        && ngx_strcasestrn(accept->value.data, "application/json", 16 - 1)
           != NULL)
    {
        return ngx_http_registry_reply_json(r, status,
                    json_pack("{s:b, s:o}", "ok", (int) good, "checks",
                              checks), "application/json");
    }

    ngx_http_registry_health_text(&b, good, checks, r->args.len != 0
                  && ngx_strnstr(r->args.data, "verbose", r->args.len)
                     != NULL);
    json_decref(checks);

    text = oci_buf_end(&b, ctx->job.pool);

    return (text.data == NULL) ? NGX_HTTP_INTERNAL_SERVER_ERROR
           : ngx_http_registry_reply_data(r, status, "text/plain",
                                          text.data, text.len);
}


static void
ngx_http_registry_health_text(oci_buf_t *b, ngx_uint_t good,
    const json_t *checks, ngx_uint_t verbose)
{
    size_t         i;
    json_t        *check;
    const char    *reason;

    json_array_foreach(checks, i, check) {
        reason = json_string_value(json_object_get(check, "reason"));

        if (verbose || reason != NULL) {
            oci_buf_addf(b, "[%c] %s: %s\n", reason == NULL ? '+' : '-',
                         json_string_value(json_object_get(check, "name")),
                         reason == NULL ? "ok" : reason);
        }
    }

    oci_buf_adds(b, good ? "ok\n" : "not ready\n");
}


ngx_int_t
ngx_http_registry_look(ngx_http_request_t *r, ngx_uint_t push,
    ngx_http_registry_done_pt done)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i;
    ngx_pool_cleanup_t             *cln;
    ngx_http_registry_ctx_t        *ctx;
    ngx_http_registry_keep_t       *keep;
    ngx_http_registry_looks_t      *looks;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_registry_module);
    ctx = ngx_http_registry_get_ctx(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rmcf->looks != 0
        && ngx_current_msec - rmcf->looking > NGX_HTTP_REGISTRY_SILENCE)
    {
        return NGX_DECLINED;
    }

    looks = oci_pcalloc(ctx->job.pool, sizeof(ngx_http_registry_looks_t)
                        + rmcf->stores.nelts
                          * sizeof(ngx_http_registry_look_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (looks == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    looks->n = rmcf->stores.nelts;
    looks->push = push;
    keep = rmcf->stores.elts;

    for (i = 0; i < looks->n; i++) {
        looks->look[i].keep = &keep[i];
    }

    ctx->job.data = looks;
    rc = ngx_http_registry_begin(r, ngx_http_registry_look_run, done);

    if (rc != NGX_DONE) {
        return rc;
    }

    /* the request lasts until its thread is back, whoever ends it */

    cln->handler = ngx_http_registry_look_end;
    cln->data = rmcf;

    if (rmcf->looks++ == 0) {
        rmcf->looking = ngx_current_msec;
    }

    return NGX_DONE;
}


/* in a thread of the pool; the list of stores stays as it is read once */

static oci_status_e
ngx_http_registry_look_run(ngx_http_registry_job_t *job)
{
    ngx_uint_t                  i;
    ngx_http_registry_looks_t  *looks;

    looks = job->data;

    for (i = 0; i < looks->n; i++) {
        ngx_http_registry_look_store(&looks->look[i], looks->push);
    }

    return OCI_OK;
}


static void
ngx_http_registry_look_store(ngx_http_registry_look_t *look, ngx_uint_t push)
{
    oci_status_e  rc;

    rc = oci_store_space(look->keep->store, &look->space, &look->err);
    look->known = (rc == OCI_OK);

    if (rc == OCI_OK) {
        rc = oci_store_check(look->keep->store, &look->err);
    }

    if (rc == OCI_OK && push && !look->keep->readonly
        && !look->space.readonly)
    {
        (void) oci_store_writable(look->keep->store, &look->err);
    }
}


static void
ngx_http_registry_look_end(void *data)
{
    ngx_http_registry_main_conf_t  *rmcf = data;

    rmcf->looks--;
    rmcf->looking = ngx_current_msec;       /* something came back */
}
