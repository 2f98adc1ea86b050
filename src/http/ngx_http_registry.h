/*
 * ngx_http_registry_module: an OCI registry inside nginx.
 *
 * A request goes through these files in this order: _handler (route, what may
 * be done at all), one of _blob, _upload, _manifest, _list (the endpoints),
 * with _task (work in the thread pool), _body (an unbuffered request body)
 * and _reply (answers) below them; _filter turns nginx's own refusals into
 * the specification's JSON, _probe looks at the store when nginx starts,
 * _maintain looks after it in between.  _metrics counts, _exposition tells,
 * _health says whether pushes would be stored.
 */

#ifndef NGX_HTTP_REGISTRY_H
#define NGX_HTTP_REGISTRY_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "oci_access.h"
#include "oci_collect.h"
#include "oci_core.h"
#include "oci_route.h"
#include "oci_store.h"

#include <jansson.h>


typedef struct ngx_http_registry_issuer_s  ngx_http_registry_issuer_t;
typedef struct ngx_http_registry_flight_s  ngx_http_registry_flight_t;


/* how a store is collected, see _collect */

typedef struct {
    ngx_msec_t                      interval;
    time_t                          grace;      /* seconds */
    ngx_uint_t                      rate;       /* objects a second */
    ngx_flag_t                      untagged;
} ngx_http_registry_gc_t;


/* a location that tells of the registry and is none itself */

typedef struct {
    off_t                           free;       /* bytes; -1: by the disk */
    ngx_flag_t                      pull;       /* reading alone counts */
} ngx_http_registry_monitor_t;


typedef struct {
    ngx_flag_t                      enable;
    ngx_str_t                       root;
    ngx_flag_t                      deletes;
    ngx_flag_t                      readonly;
    ngx_flag_t                      fsync;
    ngx_flag_t                      catalog;
    ngx_flag_t                      scan;
    ngx_flag_t                      sparse;
    ngx_flag_t                      ui;
    ngx_uint_t                      mount;
    ngx_uint_t                      max_entries;
    size_t                          max_manifest_size;
    time_t                          upload_timeout;
    ngx_array_t                    *cors;           /* ngx_str_t: origins */
    ngx_array_t                    *methods;        /* of registry_auth */
    oci_access_t                   *access;         /* of registry_rule */
    ngx_array_t                    *immutable;      /* of _immutable */
    ngx_array_t                    *gates;          /* of _gate */
    oci_access_t                   *gate_bypass;
    void                           *admission;      /* of _admit; or NULL */
    ngx_http_registry_issuer_t     *issuer;         /* our token service */
    ngx_http_registry_gc_t         *gc;             /* of registry_gc */
    ngx_str_t                       pool_name;
    ngx_thread_pool_t              *thread_pool;
    oci_store_t                    *store;
    size_t                          cache_size;     /* 0: off */
    ngx_shm_zone_t                 *cache;
    ngx_http_registry_monitor_t    *monitor;        /* see _health */
} ngx_http_registry_loc_conf_t;


/* from which repositories a blob may be mounted */

#define NGX_HTTP_REGISTRY_MOUNT_OFF   0
#define NGX_HTTP_REGISTRY_MOUNT_FROM  1     /* the one that "from" names */
#define NGX_HTTP_REGISTRY_MOUNT_ANY   2     /* without "from": from any */


typedef struct {
    ngx_array_t                     stores;     /* ngx_http_registry_keep_t */
    ngx_shm_zone_t                 *seen;       /* see _seen; or NULL */
    void                          **tokens;     /* see _bearer; or NULL */
    ngx_shm_zone_t                 *metrics;    /* see _metrics; or NULL */
    ngx_http_registry_flight_t     *flight;     /* this worker's; or NULL */
    ngx_uint_t                      looks;      /* under way, see _health */
    ngx_msec_t                      looking;    /* since when */
    ngx_array_t                    *policies;   /* of _gate; or NULL */
    void                          **verdicts;   /* the worker's, see _gate */
} ngx_http_registry_main_conf_t;


/* a store that this nginx looks after, see _maintain */

typedef struct {
    oci_store_t                    *store;
    ngx_thread_pool_t              *thread_pool;
    ngx_http_registry_gc_t         *gc;         /* NULL: not collected */
    time_t                          upload_timeout;
    void                           *rests;      /* the worker's, see _rest */
    unsigned                        readonly:1; /* wherever it is served */
} ngx_http_registry_keep_t;


typedef struct ngx_http_registry_ctx_s  ngx_http_registry_ctx_t;
typedef struct ngx_http_registry_op_s   ngx_http_registry_op_t;
typedef struct ngx_http_registry_auth_s  ngx_http_registry_auth_t;
typedef struct ngx_http_registry_gate_s  ngx_http_registry_gate_t;


/*
 * What a task works on.  While it is in the thread pool nothing of this is
 * touched by the worker, and the task touches nothing else.
 */

typedef struct {
    oci_repo_t                      repo;           /* of the route */
    oci_pool_t                     *pool;
    oci_route_t                     route;
    oci_error_t                     err;
    int64_t                         now;            /* seconds since 1970 */
    int64_t                         upload_timeout; /* seconds */
    ngx_http_registry_auth_t       *auth;           /* NULL: all is allowed */
    const ngx_array_t              *immutable;      /* NULL: no tag is */
    ngx_http_registry_gate_t       *gate;           /* see _gate */
    void                           *data;           /* the endpoint's own */
    bool                            rest;           /* of it, see _rest */
} ngx_http_registry_job_t;


typedef oci_status_e (*ngx_http_registry_run_pt)(
    ngx_http_registry_job_t *job);
typedef void (*ngx_http_registry_done_pt)(ngx_http_request_t *r);


/* consecutive bytes of a request body */

typedef struct {
    u_char                         *data;
    size_t                          len;
} ngx_http_registry_slice_t;

#define NGX_HTTP_REGISTRY_SLICES  64


typedef struct {
    ngx_http_registry_slice_t       slices[NGX_HTTP_REGISTRY_SLICES];
    ngx_uint_t                      nslices;    /* not written yet */

    ngx_chain_t                    *pending;    /* received */
    ngx_chain_t                    *busy;       /* given to the task */
    ngx_buf_t                      *spare;      /* the other slab */

    ngx_http_registry_run_pt        write;      /* NULL: keep in memory */
    ngx_http_registry_run_pt        rest;       /* NULL: nothing to let go */
    ngx_event_t                     idle;
    ngx_http_registry_done_pt       done;
    oci_buf_t                       memory;
    size_t                          limit;      /* of what memory may hold */
    uint64_t                        received;
    ngx_int_t                       rc;         /* why reading has failed */
    unsigned                        borrowed:1; /* it was read before us */
    unsigned                        asleep:1;   /* rest is in the pool */
} ngx_http_registry_body_t;


struct ngx_http_registry_ctx_s {
    ngx_http_registry_job_t         job;
    const ngx_http_registry_op_t   *op;
    ngx_str_t                       uri;        /* what the route is of */

    ngx_thread_task_t              *task;
    ngx_http_registry_done_pt       done;
    ngx_http_registry_done_pt       last;       /* what done was */
    ngx_msec_t                      again;      /* until then */
    oci_status_e                    status;     /* of the last task */

    ngx_http_registry_body_t       *body;
    ngx_http_registry_auth_t       *auth;       /* who asks; see _auth.h */
    void                           *token;      /* what /token is asked */
    ngx_uint_t                      retry_after;    /* s, of 429 and 503 */

    ngx_str_t                       digest;     /* for $registry_digest */
    ngx_str_t                       error;      /* replaces nginx's page */
    unsigned                        answered:1; /* the reply is our own */
    unsigned                        refused:1;  /* error waits to be sent */
    unsigned                        marked:1;   /* common headers are there */
    unsigned                        worked:1;   /* a thread, on the store */
    ngx_atomic_t                   *flight;     /* counts it; or NULL */
};


/* an operation of the API */

#define NGX_HTTP_REGISTRY_WRITES   0x1
#define NGX_HTTP_REGISTRY_DELETES  0x2

struct ngx_http_registry_op_s {
    oci_route_e                     route;
    ngx_uint_t                      methods;
    ngx_uint_t                      flags;
    ngx_str_t                       name;
    ngx_int_t                     (*handler)(ngx_http_request_t *r);
};


/* the answers to clients, see ngx_http_registry_reply.c */

typedef enum {
    NGX_HTTP_REGISTRY_UNKNOWN = 0,
    NGX_HTTP_REGISTRY_NOT_FOUND,
    NGX_HTTP_REGISTRY_BLOB_UNKNOWN,
    NGX_HTTP_REGISTRY_UPLOAD_UNKNOWN,
    NGX_HTTP_REGISTRY_UPLOAD_RANGE,
    NGX_HTTP_REGISTRY_UPLOAD_BUSY,
    NGX_HTTP_REGISTRY_DIGEST_INVALID,
    NGX_HTTP_REGISTRY_SIZE_INVALID,
    NGX_HTTP_REGISTRY_NAME_INVALID,
    NGX_HTTP_REGISTRY_NAME_UNKNOWN,
    NGX_HTTP_REGISTRY_TAG_INVALID,
    NGX_HTTP_REGISTRY_MANIFEST_UNKNOWN,
    NGX_HTTP_REGISTRY_MANIFEST_INVALID,
    NGX_HTTP_REGISTRY_MANIFEST_PART_UNKNOWN,
    NGX_HTTP_REGISTRY_MANIFEST_TOO_LARGE,
    NGX_HTTP_REGISTRY_PAGINATION_INVALID,
    NGX_HTTP_REGISTRY_UNSUPPORTED,
    NGX_HTTP_REGISTRY_NO_SPACE,
    NGX_HTTP_REGISTRY_BUSY,
    NGX_HTTP_REGISTRY_DENIED
} ngx_http_registry_error_e;


/* for DIGEST_INVALID, where a digest is not one at all */

#define NGX_HTTP_REGISTRY_BAD_DIGEST                                         \
    "invalid digest: \"sha256:\", \"sha384:\" or \"sha512:\" and all of "     \
    "its lower-case hexadecimal digits"


extern ngx_module_t  ngx_http_registry_module;


/* _handler */

ngx_int_t ngx_http_registry_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_preflight(ngx_http_request_t *r);

/* the request's context, made and its route parsed at first use; or NULL */

ngx_http_registry_ctx_t *ngx_http_registry_get_ctx(ngx_http_request_t *r);

/*
 * The value of a query argument, percent-decoded; NGX_DECLINED: not given,
 * NGX_ERROR: no memory.  The n-th one when it is given several times.
 */

ngx_int_t ngx_http_registry_arg(ngx_http_request_t *r, const char *name,
    ngx_uint_t n, oci_str_t *value);


/* a header of the request that nginx has no field for; NULL: absent */

ngx_table_elt_t *ngx_http_registry_header_in(ngx_http_request_t *r,
    const char *name);


/* _task: runs in the thread pool, then done(r) in the worker */

ngx_int_t ngx_http_registry_task(ngx_http_request_t *r,
    ngx_http_registry_run_pt run, ngx_http_registry_done_pt done);

/*
 * The same, as the last thing that a content handler does.  When the queue of
 * the pool is full it answers 503, unless the request goes on with an upload.
 */

ngx_int_t ngx_http_registry_begin(ngx_http_request_t *r,
    ngx_http_registry_run_pt run, ngx_http_registry_done_pt done);


/*
 * The last task once more, in a moment: it was OCI_BUSY.  NGX_DECLINED: that
 * has been going on for a minute.
 */

ngx_int_t ngx_http_registry_again(ngx_http_request_t *r);


/*
 * _body: reads the request's body without buffering it.  Each piece goes to
 * write in the thread pool, or, when that is NULL, to body->memory, which may
 * hold limit bytes.  done(r) is called once, with body->rc NGX_OK when all
 * has been received (and ctx->status that of the writes), else the status to
 * end the request with.  The last slices are not written then: whatever ends
 * the request writes them first, in the same task.  rest, if it is set, is a
 * task for when nothing arrives for a second.
 */

ngx_http_registry_body_t *ngx_http_registry_body_new(ngx_http_request_t *r,
    ngx_http_registry_run_pt write, size_t limit);
void ngx_http_registry_body_read(ngx_http_request_t *r,
    ngx_http_registry_done_pt done);
ngx_uint_t ngx_http_registry_has_body(ngx_http_request_t *r);


/*
 * _reply: each answers and returns what to finalize the request with.  The
 * body is discarded when it has not been read.
 */

ngx_int_t ngx_http_registry_reply_empty(ngx_http_request_t *r,
    ngx_uint_t status);
ngx_int_t ngx_http_registry_reply_data(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, const u_char *data, size_t len);

/* the header alone, of a body that follows in pieces */

ngx_int_t ngx_http_registry_reply_head(ngx_http_request_t *r,
    ngx_uint_t status, const char *type);

/* takes json, which may be NULL when there was no memory to make it */

ngx_int_t ngx_http_registry_reply_json(ngx_http_request_t *r,
    ngx_uint_t status, json_t *json, const char *type);

/* one of the errors above; detail is added, or NULL; never logged */

ngx_int_t ngx_http_registry_reply_error(ngx_http_request_t *r,
    ngx_http_registry_error_e error, const char *message, json_t *detail);

/* what the meaning of a core result is at this endpoint; logs it */

ngx_int_t ngx_http_registry_reply_status(ngx_http_request_t *r,
    oci_status_e status);

/* adds a header; the text must live as long as the request */

ngx_int_t ngx_http_registry_header_str(ngx_http_request_t *r,
    const char *name, oci_str_t value);
ngx_int_t ngx_http_registry_etag(ngx_http_request_t *r,
    const oci_digest_t *digest);

/* the JSON of an error, in the request's pool; empty: out of memory */

ngx_str_t ngx_http_registry_error_text(ngx_http_request_t *r,
    const char *code, const char *message, json_t *detail);


/*
 * _cache: what was found for the repository and reference of a request, in
 * memory that the workers share.  It is believed only after its marks have
 * been compared with those of now.
 */

typedef struct {
    oci_mark_t                      mark;       /* of the tag or the blob */
    oci_mark_t                      target;     /* where it leads, see below */
    oci_digest_t                    digest;     /* of what is there */
    time_t                          renewed;    /* by a HEAD, see below */
    ngx_msec_t                      looked;     /* see _cache_hot; 0: never */
    off_t                           size;       /* of the blob */
    ngx_str_t                       type;       /* with its NUL */
    ngx_str_t                       content;
    unsigned                        settled:1;  /* the mark of the tag */
} ngx_http_registry_found_t;

char *ngx_http_registry_set_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_cache_zone(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf);

/*
 * target marks the manifest's link in the repository or the blob's content;
 * type is the media type of a manifest, the file of a blob.  A blob's content
 * is remembered when it is small.  A HEAD that finds something lets its client
 * leave out a push: it renews the lease of it, once in a second.
 */

/* NGX_DECLINED: nothing.  What is found lives in r->pool; of HEAD, no bytes */

ngx_int_t ngx_http_registry_cache_get(ngx_http_request_t *r,
    ngx_http_registry_found_t *found);
void ngx_http_registry_cache_set(ngx_http_request_t *r,
    const ngx_http_registry_found_t *found);

/* what was found still holds: remembers looked and settled */

void ngx_http_registry_cache_held(ngx_http_request_t *r,
    const ngx_http_registry_found_t *found);

/* may the worker look at it again as OCI_NOWAIT_HOT says */

static ngx_inline ngx_uint_t
ngx_http_registry_cache_hot(const ngx_http_registry_found_t *found)
{
    return found->looked != 0 && ngx_current_msec - found->looked < 1000;
}



/* the endpoints */

ngx_int_t ngx_http_registry_blob_get(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_blob_delete(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_upload_post(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_upload_patch(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_upload_put(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_upload_get(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_upload_delete(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_manifest_get(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_manifest_put(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_manifest_delete(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_tags(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_catalog(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_referrers(ngx_http_request_t *r);


/*
 * _access: may whoever asks do this?  Everybody may where auth is NULL.  Reads
 * memory alone: a task may ask too.  With repo NULL: in every repository that
 * there is or may ever be?
 */

ngx_uint_t ngx_http_registry_may(ngx_http_registry_auth_t *auth,
    const oci_str_t *repo, const oci_str_t *tag, ngx_uint_t action);

/* remembers who began an upload with a token: he may end it with that */

void ngx_http_registry_session(ngx_http_registry_auth_t *auth,
    const oci_str_t *id);

/* what to finalize with when not: 403, or 401 with its challenge set */

ngx_int_t ngx_http_registry_forbid(ngx_http_request_t *r);


/* _immutable: tags of the route's repository; a task may ask, too */

char *ngx_http_registry_set_immutable(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_uint_t ngx_http_registry_immutable(const ngx_http_registry_job_t *job,
    const oci_str_t *tag);

/* may there be such a tag at all? */

ngx_uint_t ngx_http_registry_immutable_here(
    const ngx_http_registry_job_t *job);

/*
 * A guard of a deletion, data is its job: is the route's digest a part of the
 * image that an immutable tag points to?  OCI_DENIED: it is, err names that
 * tag; tag is not looked at.
 */

oci_status_e ngx_http_registry_immutable_part(void *data,
    const oci_str_t *tag, oci_error_t *err);
oci_pool_t *ngx_http_registry_conf_pool(ngx_conf_t *cf);


/*
 * _metrics: counts what happens, where a location has registry_metrics.  All
 * of it is cheap, waits for nothing, and may be called where nothing counts.
 */

typedef enum {
    NGX_HTTP_REGISTRY_CACHE_HIT = 0,
    NGX_HTTP_REGISTRY_CACHE_MISS,
    NGX_HTTP_REGISTRY_AUTH_CREDENTIALS,     /* wrong */
    NGX_HTTP_REGISTRY_AUTH_DENIED,          /* by a rule */
    NGX_HTTP_REGISTRY_AUTH_LIMITED,         /* too many were wrong */
    NGX_HTTP_REGISTRY_GATE_SIGNATURE,       /* pulls that a gate refused */
    NGX_HTTP_REGISTRY_GATE_SCAN,
    NGX_HTTP_REGISTRY_GATE_ERROR,
    NGX_HTTP_REGISTRY_EVENTS
} ngx_http_registry_event_e;

void ngx_http_registry_count(ngx_http_request_t *r,
    ngx_http_registry_event_e event);

/* the context of a request is there; it is given back */

void ngx_http_registry_count_begin(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
void ngx_http_registry_count_end(ngx_http_registry_ctx_t *ctx);

/* the phase of logs; a task that took so long in its thread */

ngx_int_t ngx_http_registry_count_request(ngx_http_request_t *r);
void ngx_http_registry_count_task(ngx_http_request_t *r, ngx_uint_t usec);

/* a store's uploads have been counted, by who noted since before; collected */

ngx_int_t ngx_http_registry_uploads_since(oci_store_t *store);
void ngx_http_registry_count_uploads(oci_store_t *store, ngx_int_t open,
    ngx_int_t since);
void ngx_http_registry_count_collection(oci_store_t *store,
    oci_status_e status, const oci_collected_t *sum, ngx_msec_t msec);

char *ngx_http_registry_metrics_zone(ngx_conf_t *cf);
void ngx_http_registry_metrics_enter(ngx_cycle_t *cycle);
void ngx_http_registry_metrics_leave(ngx_cycle_t *cycle);


/* _exposition, _health: the directives registry_metrics and registry_health */

char *ngx_http_registry_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_set_health(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * Looks at all stores in a thread, and writes to each when it is to be asked
 * for pushes.  done(r) then finds them in job.data.  NGX_DECLINED: they have
 * not answered for seconds, and are not asked again; job.data is NULL.
 */

typedef struct {
    ngx_http_registry_keep_t       *keep;
    oci_space_t                     space;
    oci_error_t                     err;        /* status OCI_OK: it is good */
    unsigned                        known:1;    /* space is */
} ngx_http_registry_look_t;

typedef struct {
    ngx_uint_t                      n;
    ngx_uint_t                      push;
    ngx_http_registry_look_t        look[];
} ngx_http_registry_looks_t;

ngx_int_t ngx_http_registry_look(ngx_http_request_t *r, ngx_uint_t push,
    ngx_http_registry_done_pt done);


/*
 * _gate: may this manifest leave?  sound: its bytes are known to be those of
 * the digest; what is not is judged whatever is remembered.  NGX_OK: it may;
 * NGX_AGAIN: that has to be judged, in a task, by _gate_judge(), and then
 * _gate_passes() says it; _gate_refuse() answers why not.  NGX_ERROR: no
 * memory.
 */

#define NGX_HTTP_REGISTRY_POLICY_CONF   0x00100000
#define NGX_HTTP_REGISTRY_REQUIRE_CONF  0x00200000

char *ngx_http_registry_set_policy(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_set_policy_word(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_set_gate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_set_gate_bypass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_merge_gate(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *prev, ngx_http_registry_loc_conf_t *conf);
ngx_int_t ngx_http_registry_gate_variables(ngx_conf_t *cf);

/* adds each of a table that ends with a variable without a name */

ngx_int_t ngx_http_registry_variables(ngx_conf_t *cf,
    ngx_http_variable_t *v);

ngx_int_t ngx_http_registry_gate(ngx_http_request_t *r,
    const oci_digest_t *digest, ngx_uint_t sound);
oci_status_e ngx_http_registry_gate_judge(ngx_http_registry_job_t *job,
    const oci_digest_t *digest, const oci_str_t *content);
ngx_uint_t ngx_http_registry_gate_passes(ngx_http_request_t *r,
    const oci_digest_t *digest);
ngx_int_t ngx_http_registry_gate_refuse(ngx_http_request_t *r,
    const oci_digest_t *digest);

/*
 * In a task: what the policies of gates for the job's repository say of a
 * manifest.  message says why it is refused, and stays empty otherwise; what
 * is only reported is added to warnings (oci_str_t).
 */

oci_status_e ngx_http_registry_gate_image(ngx_http_registry_job_t *job,
    const ngx_array_t *gates, const oci_digest_t *digest,
    const oci_str_t *content, const oci_str_t *name, oci_str_t *message,
    oci_array_t *warnings);


/* _admit: the directive registry_admission */

char *ngx_http_registry_set_admission(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* _ui: a page for browsers; NGX_DECLINED: that is not what is asked for */

ngx_int_t ngx_http_registry_ui(ngx_http_request_t *r);

/* _verdict: what gates say of an image, for the page */

ngx_int_t ngx_http_registry_verdict(ngx_http_request_t *r);


/* _filter */

ngx_int_t ngx_http_registry_filter_init(ngx_conf_t *cf);

/*
 * _maintain: whether a store can be used or made, without making it; makes a
 * missing one and gives it away; expires uploads
 */

char *ngx_http_registry_maintain_check(ngx_conf_t *cf,
    ngx_http_registry_keep_t *keep);
ngx_int_t ngx_http_registry_maintain_stores(ngx_cycle_t *cycle);
ngx_int_t ngx_http_registry_maintain_init(ngx_cycle_t *cycle);


/*
 * _chore: work on a store that no request waits for.  Whoever does it begins
 * its own struct with this one, in memory that lasts as long as the worker.
 * The timer is for the caller to set; then begin() in the worker, run() in a
 * thread, done() in the worker: whether it is to begin once more, after every.
 */

typedef struct ngx_http_registry_chore_s  ngx_http_registry_chore_t;

struct ngx_http_registry_chore_s {
    oci_store_t                    *store;
    void                          (*begin)(ngx_http_registry_chore_t *c);
    oci_status_e                  (*run)(ngx_http_registry_chore_t *c);
    ngx_uint_t                    (*done)(ngx_http_registry_chore_t *c);
    ngx_msec_t                      every;
    oci_status_e                    status;     /* what run() returned */
    oci_error_t                     err;
    ngx_event_t                     timer;
    ngx_thread_task_t              *task;
    ngx_thread_pool_t              *thread_pool;
};

ngx_int_t ngx_http_registry_chore(ngx_http_registry_chore_t *c,
    const ngx_http_registry_keep_t *keep, ngx_cycle_t *cycle);


/*
 * _rest: has oci_store_manifest_rest() done, soon, of what the request has
 * deleted
 */

void ngx_http_registry_rest(ngx_http_request_t *r);


/*
 * _collect: the directive registry_gc; the timer of the one worker that
 * collects a store
 */

char *ngx_http_registry_set_gc(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_registry_collect_init(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);


/* _probe: warns of what will fail in a root as it is */

void ngx_http_registry_probe(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep);


static ngx_inline oci_str_t
ngx_http_registry_str(const ngx_str_t *s)
{
    oci_str_t  v;

    v.len = s->len;
    v.data = s->data;

    return v;
}


#endif /* NGX_HTTP_REGISTRY_H */
