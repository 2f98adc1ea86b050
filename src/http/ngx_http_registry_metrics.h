/*
 * What is counted, in memory that all workers share: _metrics counts, and
 * _exposition reads it.
 *
 * A worker adds to one of several stripes, so that two seldom write to the
 * same line of a cache, by an atomic addition: workers of before a reload and
 * of after it may have the same one.  Who reads adds the stripes up.
 */

#ifndef NGX_HTTP_REGISTRY_METRICS_H
#define NGX_HTTP_REGISTRY_METRICS_H

#include "ngx_http_registry.h"


/* after the routes, whose numbers are those of oci_route_e */

enum {
    NGX_HTTP_REGISTRY_AT_TOKEN = OCI_ROUTE_REFERRERS + 1,
    NGX_HTTP_REGISTRY_HANDLERS
};

#define NGX_HTTP_REGISTRY_METHODS    8
#define NGX_HTTP_REGISTRY_CODES      48
#define NGX_HTTP_REGISTRY_DURATIONS  13
#define NGX_HTTP_REGISTRY_SIZES      22
#define NGX_HTTP_REGISTRY_STRIPES    8
#define NGX_HTTP_REGISTRY_WORKERS    256
#define NGX_HTTP_REGISTRY_STORES     16


/* of values up to each bound, not beyond the bound before it; others: last */

typedef struct {
    ngx_atomic_t                    n[NGX_HTTP_REGISTRY_DURATIONS + 1];
    ngx_atomic_t                    usec;
} ngx_http_registry_times_t;


typedef struct {
    ngx_atomic_t                    n[NGX_HTTP_REGISTRY_SIZES + 1];
    ngx_atomic_t                    bytes;
} ngx_http_registry_sizes_t;


typedef struct {
    ngx_atomic_t                    codes[NGX_HTTP_REGISTRY_CODES];
    ngx_http_registry_times_t       times;
    ngx_http_registry_times_t       action;     /* in the thread pool */
} ngx_http_registry_counts_t;


typedef struct {
    ngx_http_registry_counts_t      requests[NGX_HTTP_REGISTRY_HANDLERS]
                                            [NGX_HTTP_REGISTRY_METHODS];
    ngx_http_registry_sizes_t       in[NGX_HTTP_REGISTRY_HANDLERS];
    ngx_http_registry_sizes_t       out[NGX_HTTP_REGISTRY_HANDLERS];
    ngx_atomic_t                    events[NGX_HTTP_REGISTRY_EVENTS];
} ngx_http_registry_stripe_t;


/* requests under way; what a worker leaves that is killed does not count */

struct ngx_http_registry_flight_s {
    ngx_atomic_t                    pid;        /* 0: free */
    ngx_atomic_t                    flying[NGX_HTTP_REGISTRY_HANDLERS];
};


/* a store, by the hash of its name */

typedef struct {
    ngx_atomic_t                    key;        /* 0: free */

    ngx_atomic_t                    counted;    /* uploads have been */
    ngx_atomic_t                    uploads;    /* open, less since, then */
    ngx_atomic_t                    since;      /* begun, less ended */

    ngx_atomic_t                    collections;
    ngx_atomic_t                    failed;
    ngx_atomic_t                    removed;
    ngx_atomic_t                    removed_bytes;
    ngx_atomic_t                    removed_manifests;
    ngx_atomic_t                    problems;   /* of the last one */
    ngx_atomic_t                    blobs;      /* that it left */
    ngx_atomic_t                    bytes;
    ngx_atomic_t                    msec;       /* that it took */
    ngx_atomic_t                    ended;      /* seconds since 1970 */
} ngx_http_registry_tally_t;


typedef struct {
    ngx_atomic_t                    code[NGX_HTTP_REGISTRY_CODES];
    ngx_http_registry_flight_t      flights[NGX_HTTP_REGISTRY_WORKERS];
    ngx_http_registry_tally_t       stores[NGX_HTTP_REGISTRY_STORES];
    ngx_http_registry_stripe_t      stripes[NGX_HTTP_REGISTRY_STRIPES];
} ngx_http_registry_metrics_t;


extern const ngx_uint_t  ngx_http_registry_durations[];     /* ms */
extern const char       *ngx_http_registry_method_names[];


/* is there a process of these requests? */

ngx_uint_t ngx_http_registry_alive(const ngx_http_registry_flight_t *flight);

/* the place of a store; NULL: there are more than fit */

ngx_http_registry_tally_t *ngx_http_registry_tally(
    ngx_http_registry_metrics_t *m, oci_store_t *store);


#endif /* NGX_HTTP_REGISTRY_METRICS_H */
