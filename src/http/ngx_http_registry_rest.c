/*
 * The rest of deletes: a manifest in a repository of very many tags goes with
 * those that an index knows, and the answer with it.  A second later all tags
 * of the repository are looked at, once for all manifests that went meanwhile.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_REST_AFTER  1000      /* ms */


typedef struct {
    oci_str_t                   repo;
    oci_array_t                 digests;        /* oci_digest_t */
} ngx_http_registry_rest_t;


/* one for a store in each worker that deletes there */

typedef struct {
    ngx_http_registry_chore_t   chore;
    oci_pool_t                 *pool;           /* of waiting; or NULL */
    oci_array_t                 waiting;        /* ngx_http_registry_rest_t */
    oci_pool_t                 *now;            /* of running; or NULL */
    oci_array_t                 running;
} ngx_http_registry_rests_t;


static ngx_http_registry_rests_t *ngx_http_registry_rests(
    const oci_store_t *store);
static ngx_int_t ngx_http_registry_rest_add(ngx_http_registry_rests_t *rests,
    const oci_str_t *repo, const oci_digest_t *digest);
static ngx_http_registry_rest_t *ngx_http_registry_rest_of(
    ngx_http_registry_rests_t *rests, const oci_str_t *repo);
static void ngx_http_registry_rest_begin(ngx_http_registry_chore_t *chore);
static oci_status_e ngx_http_registry_rest_run(
    ngx_http_registry_chore_t *chore);
static ngx_uint_t ngx_http_registry_rest_done(
    ngx_http_registry_chore_t *chore);


void
ngx_http_registry_rest(ngx_http_request_t *r)
{
    ngx_http_registry_job_t    *job;
    ngx_http_registry_rests_t  *rests;

    job = &ngx_http_registry_get_ctx(r)->job;
    rests = ngx_http_registry_rests(job->repo.store);

    if (rests == NULL
        || ngx_http_registry_rest_add(rests, &job->route.repo,
                                      &job->route.digest)
           != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "registry: no memory to look for tags that others moved "
                      "to a deleted manifest");
        return;
    }

    if (rests->now == NULL && !rests->chore.timer.timer_set) {
        ngx_add_timer(&rests->chore.timer, rests->chore.every);
    }
}


static ngx_http_registry_rests_t *
ngx_http_registry_rests(const oci_store_t *store)
{
    ngx_uint_t                      i;
    ngx_cycle_t                    *cycle;
    ngx_http_registry_keep_t       *keep;
    ngx_http_registry_rests_t      *rests;
    ngx_http_registry_main_conf_t  *rmcf;

    cycle = (ngx_cycle_t *) ngx_cycle;
    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_registry_module);
    keep = rmcf->stores.elts;

    for (i = 0; keep[i].store != store; i++) {
        if (i + 1 == rmcf->stores.nelts) {
            return NULL;
        }
    }

    if (keep[i].rests != NULL) {
        return keep[i].rests;
    }

    rests = ngx_pcalloc(cycle->pool, sizeof(ngx_http_registry_rests_t));

    if (rests == NULL
        || ngx_http_registry_chore(&rests->chore, &keep[i], cycle) != NGX_OK)
    {
        return NULL;
    }

    rests->chore.begin = ngx_http_registry_rest_begin;
    rests->chore.run = ngx_http_registry_rest_run;
    rests->chore.done = ngx_http_registry_rest_done;
    rests->chore.every = NGX_HTTP_REGISTRY_REST_AFTER;
    keep[i].rests = rests;

    return rests;
}


static ngx_int_t
ngx_http_registry_rest_add(ngx_http_registry_rests_t *rests,
    const oci_str_t *repo, const oci_digest_t *digest)
{
    oci_digest_t              *d;
    ngx_http_registry_rest_t  *rest;

    if (rests->pool == NULL) {
        rests->pool = oci_pool_create();

        if (rests->pool == NULL) {
            return NGX_ERROR;
        }

        oci_array_init(&rests->waiting, rests->pool,
                       sizeof(ngx_http_registry_rest_t));
    }

    rest = ngx_http_registry_rest_of(rests, repo);
    d = (rest != NULL) ? oci_array_push(&rest->digests) : NULL;

    if (d == NULL) {
        return NGX_ERROR;
    }

    *d = *digest;

    return NGX_OK;
}


static ngx_http_registry_rest_t *
ngx_http_registry_rest_of(ngx_http_registry_rests_t *rests,
    const oci_str_t *repo)
{
    size_t                     i;
    u_char                    *name;
    ngx_http_registry_rest_t  *rest;

    rest = rests->waiting.elts;

    for (i = 0; i < rests->waiting.nelts; i++) {
        if (oci_str_eq(&rest[i].repo, repo)) {
            return &rest[i];
        }
    }

    name = (u_char *) oci_cstr(rests->pool, repo);
    rest = (name != NULL) ? oci_array_push(&rests->waiting) : NULL;

    if (rest != NULL) {
        rest->repo.data = name;
        rest->repo.len = repo->len;
        oci_array_init(&rest->digests, rests->pool, sizeof(oci_digest_t));
    }

    return rest;
}


static void
ngx_http_registry_rest_begin(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_rests_t  *rests;

    rests = (ngx_http_registry_rests_t *) chore;

    if (rests->now == NULL) {
        rests->now = rests->pool;
        rests->running = rests->waiting;
        rests->pool = NULL;
    }
}


/* in a thread of the pool */

static oci_status_e
ngx_http_registry_rest_run(ngx_http_registry_chore_t *chore)
{
    size_t                      i;
    oci_status_e                rc, failed;
    ngx_http_registry_rest_t   *rest;
    ngx_http_registry_rests_t  *rests;

    rests = (ngx_http_registry_rests_t *) chore;
    rest = rests->running.elts;
    failed = OCI_OK;

    for (i = 0; i < rests->running.nelts; i++) {
        rc = oci_store_manifest_rest(oci_repo(chore->store, rests->now,
                                              &rest[i].repo),
                                     &rest[i].digests, &chore->err);
        if (rc != OCI_OK) {
            failed = rc;
        }
    }

    return failed;
}


/* what failed because others wait is done once more, whole */

static ngx_uint_t
ngx_http_registry_rest_done(ngx_http_registry_chore_t *chore)
{
    ngx_http_registry_rests_t  *rests;

    rests = (ngx_http_registry_rests_t *) chore;

    if (chore->status == OCI_BUSY) {
        return 1;
    }

    if (chore->status != OCI_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "registry: cannot look for tags that others moved to a "
                      "deleted manifest: %s", chore->err.text);
    }

    oci_pool_destroy(rests->now);
    rests->now = NULL;

    return rests->pool != NULL;
}
