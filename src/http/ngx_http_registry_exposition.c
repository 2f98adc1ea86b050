/*
 * registry_metrics: what was counted, for Prometheus.
 *
 * Sources: Prometheus, "Exposition formats", text format 0.0.4; OpenMetrics
 * 1.0.  Where registry:2 has a metric of the same meaning, ours has its name,
 * labels and buckets (distribution, registry/handlers/app.go, and
 * docker/go-metrics).
 */

#include "ngx_http_registry_metrics.h"


#define NGX_HTTP_REGISTRY_TEXT                                               \
    "text/plain; version=0.0.4; charset=utf-8"
#define NGX_HTTP_REGISTRY_OPENMETRICS                                        \
    "application/openmetrics-text; version=1.0.0; charset=utf-8"


typedef struct {
    oci_buf_t                       buf;
    ngx_uint_t                      open;       /* OpenMetrics */
    const char                     *name;       /* of the family */
    ngx_http_registry_metrics_t    *m;
    ngx_http_registry_looks_t      *looks;      /* NULL: no answer */
    ngx_http_registry_keep_t       *stores;
    ngx_uint_t                      nstores;
} ngx_http_registry_exposition_t;


/* a number of each store */

typedef struct {
    const char                     *name;
    const char                     *type;
    const char                     *help;
    size_t                          offset;     /* of _look_t or _tally_t */
    ngx_uint_t                      scale;      /* 1000: of a second */
} ngx_http_registry_family_t;


static ngx_int_t ngx_http_registry_metrics_handler(ngx_http_request_t *r);
static void ngx_http_registry_expose(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_expose_reply(ngx_http_request_t *r);
static void ngx_http_registry_expose_all(ngx_http_registry_exposition_t *x);
static void ngx_http_registry_family(ngx_http_registry_exposition_t *x,
    const char *name, const char *type, const char *help);
static uint64_t ngx_http_registry_sum(ngx_http_registry_exposition_t *x,
    const ngx_atomic_t *first);
static void ngx_http_registry_expose_requests(
    ngx_http_registry_exposition_t *x);
static void ngx_http_registry_expose_codes(ngx_http_registry_exposition_t *x,
    ngx_uint_t handler, ngx_uint_t method);
static void ngx_http_registry_expose_times(ngx_http_registry_exposition_t *x,
    const char *format, size_t offset);
static void ngx_http_registry_histogram(ngx_http_registry_exposition_t *x,
    const char *labels, const ngx_atomic_t *first, ngx_uint_t sizes);
static void ngx_http_registry_expose_sizes(ngx_http_registry_exposition_t *x,
    const char *name, const char *help, size_t offset);
static void ngx_http_registry_expose_flights(
    ngx_http_registry_exposition_t *x);
static void ngx_http_registry_expose_events(
    ngx_http_registry_exposition_t *x);
static void ngx_http_registry_expose_space(
    ngx_http_registry_exposition_t *x);
static void ngx_http_registry_expose_stores(
    ngx_http_registry_exposition_t *x);
static void ngx_http_registry_expose_runs(ngx_http_registry_exposition_t *x);
static void ngx_http_registry_sample(ngx_http_registry_exposition_t *x,
    const ngx_http_registry_family_t *f, const oci_store_t *store,
    uint64_t value);
static void ngx_http_registry_expose_root(ngx_http_registry_exposition_t *x,
    const oci_store_t *store);


/* in the order of oci_route_e, with registry:2's names where it has one */

static const char  *ngx_http_registry_handler_names[] = {
    "other", "root", "base", "catalog", "tags", "manifest", "blob",
    "blob_upload", "blob_upload_chunk", "referrers", "token"
};


/* in the order of ngx_http_registry_event_e */

static const struct {
    const char  *name;
    const char  *help;
    const char  *label;
    const char  *value;
} ngx_http_registry_event_names[] = {
    { "registry_storage_cache", "Pulls, by whether what was remembered of the "
      "store was enough.", "type", "Hit" },
    { "registry_storage_cache", NULL, "type", "Miss" },
    { "registry_auth_failures", "Requests refused for who asks.",
      "reason", "credentials" },
    { "registry_auth_failures", NULL, "reason", "denied" },
    { "registry_auth_failures", NULL, "reason", "limited" },
    { "registry_gate_refusals", "Pulls that a gate refused.",
      "reason", "signature" },
    { "registry_gate_refusals", NULL, "reason", "scan" },
    { "registry_gate_refusals", NULL, "reason", "error" }
};


#define ngx_http_registry_space(field)                                       \
    offsetof(ngx_http_registry_look_t, space)                                \
    + offsetof(oci_space_t, field), 1

static const ngx_http_registry_family_t  ngx_http_registry_spaces[] = {
    { "registry_storage_filesystem_size_bytes", "gauge",
      "Size of the file system that the store lies on.",
      ngx_http_registry_space(size) },
    { "registry_storage_filesystem_free_bytes", "gauge",
      "What is free of it for the registry.",
      ngx_http_registry_space(free) },
    { "registry_storage_filesystem_files", "gauge",
      "Files that the file system can have.",
      ngx_http_registry_space(files) },
    { "registry_storage_filesystem_files_free", "gauge",
      "Files that it can have besides those it has.",
      ngx_http_registry_space(files_free) },
    { NULL, NULL, NULL, 0, 0 }
};


#define ngx_http_registry_tallied(field)                                     \
    offsetof(ngx_http_registry_tally_t, field)

static const ngx_http_registry_family_t  ngx_http_registry_tallies[] = {
    { "registry_gc_removed_blobs", "counter",
      "Blobs that collections removed.",
      ngx_http_registry_tallied(removed), 1 },
    { "registry_gc_removed_bytes", "counter",
      "Bytes of the blobs that collections removed.",
      ngx_http_registry_tallied(removed_bytes), 1 },
    { "registry_gc_removed_manifests", "counter",
      "Untagged manifests that collections removed.",
      ngx_http_registry_tallied(removed_manifests), 1 },
    { "registry_gc_problems", "gauge",
      "Things that the last collection could not read.",
      ngx_http_registry_tallied(problems), 1 },
    { "registry_gc_last_duration_seconds", "gauge",
      "How long the last collection took.",
      ngx_http_registry_tallied(msec), 1000 },
    { "registry_gc_last_success_timestamp_seconds", "gauge",
      "When the last collection ended.",
      ngx_http_registry_tallied(ended), 1 },
    { "registry_storage_blobs", "gauge",
      "Blobs that the last collection left in the store.",
      ngx_http_registry_tallied(blobs), 1 },
    { "registry_storage_blob_bytes", "gauge",
      "Bytes of the blobs that the last collection left in the store.",
      ngx_http_registry_tallied(bytes), 1 },
    { NULL, NULL, NULL, 0, 0 }
};


char *
ngx_http_registry_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->monitor != NULL) {
        return "is duplicate, or beside \"registry_health\"";
    }

    value = cf->args->elts;

    if (ngx_strcasecmp(value[1].data, (u_char *) "off") == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_strcasecmp(value[1].data, (u_char *) "on") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"registry_metrics\", it "
                           "must be \"on\" or \"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    rlcf->monitor = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_monitor_t));
    if (rlcf->monitor == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_registry_metrics_handler;

    return ngx_http_registry_metrics_zone(cf);
}


static ngx_int_t
ngx_http_registry_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_registry_look(r, 0, ngx_http_registry_expose);

    /* what was counted is told all the same */

    return (rc == NGX_DECLINED) ? ngx_http_registry_expose_reply(r) : rc;
}


static void
ngx_http_registry_expose(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_registry_expose_reply(r));
}


static ngx_int_t
ngx_http_registry_expose_reply(ngx_http_request_t *r)
{
    size_t                           len;
    u_char                          *text;
    ngx_table_elt_t                 *accept;
    ngx_http_registry_ctx_t         *ctx;
    ngx_http_registry_main_conf_t   *rmcf;
    ngx_http_registry_exposition_t   x;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    rmcf = ngx_http_get_module_main_conf(r, ngx_http_registry_module);
    accept = ngx_http_registry_header_in(r, "Accept");

    ngx_memzero(&x, sizeof(ngx_http_registry_exposition_t));
    x.m = rmcf->metrics->data;
    x.looks = ctx->job.data;
    x.stores = rmcf->stores.elts;
    x.nstores = rmcf->stores.nelts;
    x.open = accept != NULL
             && ngx_strcasestrn(accept->value.data,
                                "application/openmetrics-text", 28 - 1)
                != NULL;

    ngx_http_registry_expose_all(&x);

    len = x.buf.len;
    text = x.buf.failed ? NULL : ngx_pnalloc(r->pool, len);

    if (text != NULL) {
        ngx_memcpy(text, x.buf.data, len);
    }

    oci_buf_free(&x.buf);

    return (text == NULL) ? NGX_HTTP_INTERNAL_SERVER_ERROR
           : ngx_http_registry_reply_data(r, NGX_HTTP_OK,
                                 x.open ? NGX_HTTP_REGISTRY_OPENMETRICS
                                        : NGX_HTTP_REGISTRY_TEXT,
                                 text, len);
}


static void
ngx_http_registry_expose_all(ngx_http_registry_exposition_t *x)
{
    ngx_http_registry_expose_requests(x);

    ngx_http_registry_family(x, "registry_http_request_duration_seconds",
                             "histogram",
                             "The HTTP request latencies in seconds.");
    ngx_http_registry_expose_times(x, "handler=\"%s\",method=\"%s\"",
                            offsetof(ngx_http_registry_counts_t, times));

    ngx_http_registry_expose_sizes(x, "registry_http_request_size_bytes",
                            "The HTTP request sizes in bytes.",
                            offsetof(ngx_http_registry_stripe_t, in));
    ngx_http_registry_expose_sizes(x, "registry_http_response_size_bytes",
                            "The HTTP response sizes in bytes.",
                            offsetof(ngx_http_registry_stripe_t, out));

    ngx_http_registry_expose_flights(x);

    ngx_http_registry_family(x, "registry_storage_action_seconds",
                             "histogram", "The number of seconds that the "
                             "storage action takes.");
    ngx_http_registry_expose_times(x, "driver=\"filesystem\","
                            "action=\"%s_%s\"",
                            offsetof(ngx_http_registry_counts_t, action));

    ngx_http_registry_expose_events(x);
    ngx_http_registry_expose_space(x);
    ngx_http_registry_expose_stores(x);

    if (x->open) {
        oci_buf_adds(&x->buf, "# EOF\n");
    }
}


/* the family of a counter is called without "_total" in OpenMetrics */

static void
ngx_http_registry_family(ngx_http_registry_exposition_t *x, const char *name,
    const char *type, const char *help)
{
    const char  *total;

    total = (type[0] == 'c' && !x->open) ? "_total" : "";
    x->name = name;

    oci_buf_addf(&x->buf, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, total,
                 help, name, total, type);
}


/* a counter of the first stripe, and what it is in all others */

static uint64_t
ngx_http_registry_sum(ngx_http_registry_exposition_t *x,
    const ngx_atomic_t *first)
{
    uint64_t    sum;
    ngx_uint_t  i;

    sum = 0;

    for (i = 0; i < NGX_HTTP_REGISTRY_STRIPES; i++) {
        sum += *(ngx_atomic_t *) ((u_char *) first
                                  + i * sizeof(ngx_http_registry_stripe_t));
    }

    return sum;
}


static void
ngx_http_registry_expose_requests(ngx_http_registry_exposition_t *x)
{
    ngx_uint_t  h, m;

    ngx_http_registry_family(x, "registry_http_requests", "counter",
                             "Total number of HTTP requests made.");

    for (h = 0; h < NGX_HTTP_REGISTRY_HANDLERS; h++) {
        for (m = 0; m < NGX_HTTP_REGISTRY_METHODS; m++) {
            ngx_http_registry_expose_codes(x, h, m);
        }
    }
}


static void
ngx_http_registry_expose_codes(ngx_http_registry_exposition_t *x,
    ngx_uint_t handler, ngx_uint_t method)
{
    char         code[8];
    uint64_t     n;
    ngx_uint_t   i;

    for (i = 0; i < NGX_HTTP_REGISTRY_CODES; i++) {
        n = ngx_http_registry_sum(x,
                      &x->m->stripes[0].requests[handler][method].codes[i]);
        if (n == 0) {
            continue;
        }

        (void) snprintf(code, sizeof(code),
                        i < NGX_HTTP_REGISTRY_CODES - 1 ? "%03u" : "other",
                        (unsigned) (x->m->code[i] - 1) % 1000);

        oci_buf_addf(&x->buf, "registry_http_requests_total{code=\"%s\","
                     "handler=\"%s\",method=\"%s\"} %llu\n", code,
                     ngx_http_registry_handler_names[handler],
                     ngx_http_registry_method_names[method],
                     (unsigned long long) n);
    }
}


/* of every handler and method that has been called */

static void
ngx_http_registry_expose_times(ngx_http_registry_exposition_t *x,
    const char *format, size_t offset)
{
    char        labels[80];
    ngx_uint_t  h, m;

    for (h = 0; h < NGX_HTTP_REGISTRY_HANDLERS; h++) {
        for (m = 0; m < NGX_HTTP_REGISTRY_METHODS; m++) {
            (void) snprintf(labels, sizeof(labels), format,
                            ngx_http_registry_handler_names[h],
                            ngx_http_registry_method_names[m]);

            ngx_http_registry_histogram(x, labels, (ngx_atomic_t *)
                        ((u_char *) &x->m->stripes[0].requests[h][m] + offset),
                        0);
        }
    }
}


/* of times, or of sizes; their sum lies behind their counts */

static void
ngx_http_registry_histogram(ngx_http_registry_exposition_t *x,
    const char *labels, const ngx_atomic_t *first, ngx_uint_t sizes)
{
    uint64_t    n[NGX_HTTP_REGISTRY_SIZES + 1], count;
    ngx_uint_t  i, nbounds;

    nbounds = sizes ? NGX_HTTP_REGISTRY_SIZES : NGX_HTTP_REGISTRY_DURATIONS;

    for (count = 0, i = 0; i <= nbounds; i++) {
        count += ngx_http_registry_sum(x, &first[i]);
        n[i] = count;
    }

    if (count == 0) {
        return;
    }

    for (i = 0; i < nbounds; i++) {
        oci_buf_addf(&x->buf, "%s_bucket{%s,le=\"%g\"} %llu\n", x->name,
                     labels, sizes ? (double) ((uint64_t) 1024 << i)
                             : ngx_http_registry_durations[i] / 1000.0,
                     (unsigned long long) n[i]);
    }

    oci_buf_addf(&x->buf, "%s_bucket{%s,le=\"+Inf\"} %llu\n"
                 "%s_sum{%s} %.*f\n%s_count{%s} %llu\n",
                 x->name, labels, (unsigned long long) count,
                 x->name, labels, sizes ? 0 : 6,
                 ngx_http_registry_sum(x, &first[nbounds + 1])
                 / (sizes ? 1 : 1e6),
                 x->name, labels, (unsigned long long) count);
}


static void
ngx_http_registry_expose_sizes(ngx_http_registry_exposition_t *x,
    const char *name, const char *help, size_t offset)
{
    char                        labels[40];
    ngx_uint_t                  h;
    ngx_http_registry_sizes_t  *sizes;

    ngx_http_registry_family(x, name, "histogram", help);

    sizes = (ngx_http_registry_sizes_t *) ((u_char *) &x->m->stripes[0]
                                           + offset);

    for (h = 0; h < NGX_HTTP_REGISTRY_HANDLERS; h++) {
        (void) snprintf(labels, sizeof(labels), "handler=\"%s\"",
                        ngx_http_registry_handler_names[h]);

        ngx_http_registry_histogram(x, labels, sizes[h].n, 1);
    }
}


static void
ngx_http_registry_expose_flights(ngx_http_registry_exposition_t *x)
{
    uint64_t                    sum;
    ngx_uint_t                  h, i;
    ngx_http_registry_flight_t  *f;

    ngx_http_registry_family(x, "registry_http_in_flight_requests", "gauge",
                             "The in-flight HTTP requests.");

    for (h = 0; h < NGX_HTTP_REGISTRY_HANDLERS; h++) {
        sum = 0;

        for (i = 0; i < NGX_HTTP_REGISTRY_WORKERS; i++) {
            f = &x->m->flights[i];

            if (f->flying[h] != 0 && ngx_http_registry_alive(f)) {
                sum += f->flying[h];
            }
        }

        oci_buf_addf(&x->buf, "%s{handler=\"%s\"} %llu\n", x->name,
                     ngx_http_registry_handler_names[h],
                     (unsigned long long) sum);
    }
}


/* each is there from the beginning: a first failure is a change, too */

static void
ngx_http_registry_expose_events(ngx_http_registry_exposition_t *x)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_REGISTRY_EVENTS; i++) {

        if (ngx_http_registry_event_names[i].help != NULL) {
            ngx_http_registry_family(x, ngx_http_registry_event_names[i].name,
                                  "counter",
                                  ngx_http_registry_event_names[i].help);
        }

        oci_buf_addf(&x->buf, "%s_total{%s=\"%s\"} %llu\n", x->name,
                     ngx_http_registry_event_names[i].label,
                     ngx_http_registry_event_names[i].value,
                     (unsigned long long) ngx_http_registry_sum(x,
                                           &x->m->stripes[0].events[i]));
    }
}


static void
ngx_http_registry_expose_space(ngx_http_registry_exposition_t *x)
{
    ngx_uint_t                         i;
    ngx_http_registry_look_t          *look;
    const ngx_http_registry_family_t  *f;

    for (f = ngx_http_registry_spaces; f->name != NULL; f++) {
        ngx_http_registry_family(x, f->name, f->type, f->help);

        for (i = 0; x->looks != NULL && i < x->looks->n; i++) {
            look = &x->looks->look[i];

            if (look->known) {
                ngx_http_registry_sample(x, f, look->keep->store,
                           *(uint64_t *) ((u_char *) look + f->offset));
            }
        }
    }
}


static void
ngx_http_registry_expose_stores(ngx_http_registry_exposition_t *x)
{
    ngx_uint_t                         i;
    ngx_http_registry_tally_t         *tally;
    const ngx_http_registry_family_t  *f;

    static const ngx_http_registry_family_t  uploads = {
        "registry_uploads_open", "gauge",
        "Uploads that were begun and have not ended.", 0, 1
    };

    ngx_http_registry_family(x, uploads.name, uploads.type, uploads.help);

    for (i = 0; i < x->nstores; i++) {
        tally = ngx_http_registry_tally(x->m, x->stores[i].store);

        if (tally != NULL && tally->counted) {
            ngx_http_registry_sample(x, &uploads, x->stores[i].store,
                       ngx_max((ngx_int_t) (tally->uploads + tally->since),
                               0));
        }
    }

    ngx_http_registry_expose_runs(x);

    for (f = ngx_http_registry_tallies; f->name != NULL; f++) {
        ngx_http_registry_family(x, f->name, f->type, f->help);

        for (i = 0; i < x->nstores; i++) {
            tally = ngx_http_registry_tally(x->m, x->stores[i].store);

            /* before a first collection nothing is known of what it does */

            if (tally != NULL && (f->type[0] == 'c' || tally->ended != 0)) {
                ngx_http_registry_sample(x, f, x->stores[i].store,
                       *(ngx_atomic_t *) ((u_char *) tally + f->offset));
            }
        }
    }
}


static void
ngx_http_registry_expose_runs(ngx_http_registry_exposition_t *x)
{
    ngx_uint_t                  i;
    ngx_http_registry_tally_t  *tally;

    ngx_http_registry_family(x, "registry_gc_collections", "counter",
                             "Collections, by how they ended.");

    for (i = 0; i < x->nstores; i++) {
        tally = ngx_http_registry_tally(x->m, x->stores[i].store);

        if (tally == NULL) {
            continue;
        }

        oci_buf_addf(&x->buf, "%s_total{result=\"ok\",", x->name);
        ngx_http_registry_expose_root(x, x->stores[i].store);
        oci_buf_addf(&x->buf, "} %llu\n%s_total{result=\"failed\",",
                     (unsigned long long) tally->collections, x->name);
        ngx_http_registry_expose_root(x, x->stores[i].store);
        oci_buf_addf(&x->buf, "} %llu\n",
                     (unsigned long long) tally->failed);
    }
}


static void
ngx_http_registry_sample(ngx_http_registry_exposition_t *x,
    const ngx_http_registry_family_t *f, const oci_store_t *store,
    uint64_t value)
{
    oci_buf_addf(&x->buf, "%s%s{", x->name,
                 f->type[0] == 'c' ? "_total" : "");
    ngx_http_registry_expose_root(x, store);

    oci_buf_addf(&x->buf, "} %.*f\n", f->scale == 1 ? 0 : 3,
                 (double) value / f->scale);
}


/* a name of a directory may hold anything */

static void
ngx_http_registry_expose_root(ngx_http_registry_exposition_t *x,
    const oci_store_t *store)
{
    const char  *p;

    oci_buf_adds(&x->buf, "root=\"");

    for (p = oci_store_name(store); *p != '\0'; p++) {

        if (*p == '"' || *p == '\\') {
            oci_buf_add(&x->buf, "\\", 1);
        }

        oci_buf_add(&x->buf, *p == '\n' ? "\\n" : p, *p == '\n' ? 2 : 1);
    }

    oci_buf_adds(&x->buf, "\"");
}
