/*
 * Manifests: pulled and pushed whole, in memory, by tasks.
 */

#include "ngx_http_registry.h"
#include "ngx_http_registry_auth.h"

#include "oci_due.h"
#include "oci_gate.h"
#include "oci_manifest.h"
#include "oci_reference.h"


#define NGX_HTTP_REGISTRY_MAX_TAGS  64      /* "?tag=" in one request */
#define NGX_HTTP_REGISTRY_MAX_MISSING  100  /* that one answer names */


typedef struct {
    oci_digest_t               digest;
    oci_str_t                  content;
    ngx_http_registry_found_t  found;
    unsigned                   marked:1;    /* it may be remembered */
    unsigned                   keep:1;      /* its lease is renewed */

    /* PUT */
    oci_str_t                  content_type;
    oci_str_t                  tags[NGX_HTTP_REGISTRY_MAX_TAGS];
    unsigned                   modes[NGX_HTTP_REGISTRY_MAX_TAGS];
    ngx_uint_t                 ntags;
    unsigned                   sparse:1;
    unsigned                   scan:1;
    unsigned                   unqueued:1;  /* why is in the job's error */
    unsigned                   queried:1;   /* the tags came by "?tag=" */
    oci_manifest_t             manifest;
    oci_array_t                missing;
} ngx_http_registry_manifest_t;


static ngx_http_registry_manifest_t *ngx_http_registry_manifest_new(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_registry_manifest_holds(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static ngx_uint_t ngx_http_registry_manifest_tag_holds(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static oci_status_e ngx_http_registry_manifest_run_get(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_manifest_got(ngx_http_request_t *r);
static oci_status_e ngx_http_registry_manifest_run_judge(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_manifest_judged(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_manifest_reply(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static ngx_int_t ngx_http_registry_manifest_tags(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static ngx_uint_t ngx_http_registry_manifest_modes(
    ngx_http_registry_job_t *job, ngx_http_registry_manifest_t *m);
static void ngx_http_registry_manifest_received(ngx_http_request_t *r);
static oci_status_e ngx_http_registry_manifest_run_put(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_manifest_due(ngx_http_registry_job_t *job,
    ngx_http_registry_manifest_t *m);
static oci_status_e ngx_http_registry_manifest_digest(
    ngx_http_registry_job_t *job, ngx_http_registry_manifest_t *m);
static void ngx_http_registry_manifest_stored(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_manifest_created(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static ngx_int_t ngx_http_registry_manifest_refused(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static ngx_int_t ngx_http_registry_manifest_missing(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m);
static oci_status_e ngx_http_registry_manifest_run_delete(
    ngx_http_registry_job_t *job);
static ngx_uint_t ngx_http_registry_manifest_all(
    const ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_manifest_may(void *data,
    const oci_str_t *tag, oci_error_t *err);
static oci_status_e ngx_http_registry_manifest_fixed(
    ngx_http_registry_job_t *job, const oci_str_t *tag, oci_error_t *err);
static void ngx_http_registry_manifest_deleted(ngx_http_request_t *r);


static ngx_http_registry_manifest_t *
ngx_http_registry_manifest_new(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    m = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_manifest_t));

    if (m != NULL) {
        ctx->job.data = m;
    }

    return m;
}


ngx_int_t
ngx_http_registry_manifest_get(ngx_http_request_t *r)
{
    ngx_http_registry_manifest_t  *m;

    m = ngx_http_registry_manifest_new(r);
    if (m == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_registry_cache_get(r, &m->found) == NGX_OK
        && ngx_http_registry_manifest_holds(r, m))
    {
        switch (ngx_http_registry_gate(r, &m->found.digest, 1)) {

        case NGX_OK:
            return ngx_http_registry_manifest_reply(r, m);

        case NGX_AGAIN:
            if (r->method == NGX_HTTP_HEAD) {
                break;                  /* its bytes are not remembered */
            }

            return ngx_http_registry_begin(r,
                                       ngx_http_registry_manifest_run_judge,
                                       ngx_http_registry_manifest_judged);

        default:
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    m->keep = (r->method == NGX_HTTP_HEAD);

    return ngx_http_registry_begin(r, ngx_http_registry_manifest_run_get,
                                   ngx_http_registry_manifest_got);
}


/*
 * Is what is remembered what the store says now?  Two looks at links that the
 * kernel has in memory; all else is for a thread.  A tag that was moved just
 * now may have been moved again within the same tick of the clock: its link
 * is read.  A revision's link holds nothing that could change.
 */

static ngx_uint_t
ngx_http_registry_manifest_holds(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    ngx_uint_t                  holds, hot, settled;
    oci_mark_t                  mark;
    ngx_http_registry_job_t    *job;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_found_t  *found;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    job = &ctx->job;
    found = &m->found;
    settled = found->settled;

    if (r->method == NGX_HTTP_HEAD && found->renewed != ngx_time()) {
        return 0;
    }

    hot = ngx_http_registry_cache_hot(found);
    job->repo.nowait = hot ? OCI_NOWAIT_HOT : OCI_NOWAIT;

    holds = (job->route.digest.alg != OCI_ALG_NONE
             || ngx_http_registry_manifest_tag_holds(r, m))
            && oci_store_manifest_mark(&job->repo, &found->digest, &mark, NULL)
               == OCI_OK
            && oci_mark_eq(&mark, &found->target);

    job->repo.nowait = OCI_WAIT;

    if (holds && (!hot || found->settled != settled)) {
        found->looked = ngx_current_msec;
        ngx_http_registry_cache_held(r, found);
    }

    return holds;
}


static ngx_uint_t
ngx_http_registry_manifest_tag_holds(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    oci_mark_t                  mark;
    oci_digest_t                digest;
    ngx_http_registry_job_t    *job;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_found_t  *found;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    job = &ctx->job;
    found = &m->found;

    if (oci_store_tag_mark(&job->repo, &job->route.reference, &mark, NULL)
        != OCI_OK
        || !oci_mark_eq(&mark, &found->mark))
    {
        return 0;
    }

    if (found->settled) {
        return 1;
    }

    if (oci_store_tag(&job->repo, &job->route.reference, &digest, NULL)
        != OCI_OK
        || !oci_digest_eq(&digest, &found->digest))
    {
        return 0;
    }

    found->settled = oci_mark_settled(&mark, job->now);

    return 1;
}


/* a mark is taken before what it marks is read: it may be too old, not new */

static oci_status_e
ngx_http_registry_manifest_run_get(ngx_http_registry_job_t *job)
{
    oci_digest_t                   digest;
    oci_status_e                   rc;
    ngx_http_registry_found_t     *found;
    ngx_http_registry_manifest_t  *m;

    m = job->data;
    found = &m->found;

    ngx_memzero(found, sizeof(ngx_http_registry_found_t));
    found->digest = job->route.digest;
    m->marked = 1;

    if (found->digest.alg == OCI_ALG_NONE) {
        m->marked = (oci_store_tag_mark(&job->repo, &job->route.reference,
                                        &found->mark, NULL) == OCI_OK);
        found->settled = oci_mark_settled(&found->mark, job->now);

        rc = oci_store_tag(&job->repo, &job->route.reference, &found->digest,
                           &job->err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (oci_store_manifest_mark(&job->repo, &found->digest, &found->target,
                                NULL)
        != OCI_OK)
    {
        m->marked = 0;
    }

    /* one that cannot be renewed is there all the same */

    if (m->keep
        && oci_store_manifest_renew(&job->repo, &found->digest, NULL) == OCI_OK)
    {
        found->renewed = (time_t) job->now;
    }

    /* one that another registry took in may be larger than ours take */

    rc = oci_store_manifest(&job->repo, &found->digest, 16 * OCI_MANIFEST_MAX,
                            &m->content, &job->err);
    if (rc != OCI_OK) {
        return rc;
    }

    found->content.data = m->content.data;
    found->content.len = m->content.len;
    found->type.data = (u_char *) oci_manifest_type(&m->content, job->pool);
    found->type.len = ngx_strlen(found->type.data) + 1;

    /* what is damaged is given as it is, and not remembered */

    oci_digest_of(&digest, found->digest.alg, m->content.data,
                  m->content.len);

    if (!oci_digest_eq(&digest, &found->digest)) {
        m->marked = 0;
    }

    return OCI_OK;
}


static void
ngx_http_registry_manifest_got(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    m = ctx->job.data;

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else {
        if (m->marked) {
            ngx_http_registry_cache_set(r, &m->found);
        }

        rc = ngx_http_registry_gate(r, &m->found.digest, m->marked);

        if (rc == NGX_AGAIN
            && ngx_http_registry_task(r, ngx_http_registry_manifest_run_judge,
                                      ngx_http_registry_manifest_judged)
               == NGX_OK)
        {
            return;
        }

        rc = (rc == NGX_OK) ? ngx_http_registry_manifest_reply(r, m)
                            : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r, rc);
}


/* what was found is judged, and leaves if it may: nothing is looked up again */

static oci_status_e
ngx_http_registry_manifest_run_judge(ngx_http_registry_job_t *job)
{
    oci_str_t                      content;
    ngx_http_registry_manifest_t  *m;

    m = job->data;
    content = ngx_http_registry_str(&m->found.content);

    return ngx_http_registry_gate_judge(job, &m->found.digest, &content);
}


static void
ngx_http_registry_manifest_judged(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    m = ctx->job.data;

    if (ctx->status != OCI_OK) {
        ngx_http_registry_count(r, NGX_HTTP_REGISTRY_GATE_ERROR);
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else {
        rc = ngx_http_registry_gate_passes(r, &m->found.digest)
             ? ngx_http_registry_manifest_reply(r, m)
             : ngx_http_registry_gate_refuse(r, &m->found.digest);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_registry_manifest_reply(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    if (ngx_http_registry_etag(r, &m->found.digest) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_reply_data(r, NGX_HTTP_OK,
                                        (char *) m->found.type.data,
                                        m->found.content.data,
                                        m->found.content.len);
}


ngx_int_t
ngx_http_registry_manifest_put(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    m = ngx_http_registry_manifest_new(r);
    if (m == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    m->sparse = conf->sparse;
    m->scan = conf->scan;

    if (r->headers_in.content_type != NULL) {
        m->content_type =
            ngx_http_registry_str(&r->headers_in.content_type->value);
    }

    rc = ngx_http_registry_manifest_tags(r, m);

    if (rc == NGX_DECLINED) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_TAG_INVALID,
                                             NULL, NULL);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ngx_http_registry_manifest_modes(&ctx->job, m)) {
        return ngx_http_registry_forbid(r);
    }

    if (r->headers_in.content_length_n > (off_t) conf->max_manifest_size) {
        return ngx_http_registry_reply_error(r,
                                        NGX_HTTP_REGISTRY_MANIFEST_TOO_LARGE,
                                        NULL, NULL);
    }

    ctx->body = ngx_http_registry_body_new(r, NULL, conf->max_manifest_size);
    if (ctx->body == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->main->count++;

    ngx_http_registry_body_read(r, ngx_http_registry_manifest_received);

    return NGX_DONE;
}


/* may each tag be set?  Whether it is there already, the store will see */

static ngx_uint_t
ngx_http_registry_manifest_modes(ngx_http_registry_job_t *job,
    ngx_http_registry_manifest_t *m)
{
    ngx_uint_t  i;

    for (i = 0; i < m->ntags; i++) {

        if (ngx_http_registry_may(job->auth, &job->route.repo, &m->tags[i],
                                  OCI_MAY_CREATE))
        {
            m->modes[i] |= OCI_TAG_CREATE;
        }

        if (ngx_http_registry_may(job->auth, &job->route.repo, &m->tags[i],
                                  OCI_MAY_UPDATE))
        {
            m->modes[i] |= OCI_TAG_UPDATE;
        }

        if (m->modes[i] == 0) {
            return 0;
        }

        if (ngx_http_registry_immutable(job, &m->tags[i])) {
            m->modes[i] &= ~OCI_TAG_UPDATE;
        }
    }

    return 1;
}


/* NGX_DECLINED: one is not a tag, or there are too many */

static ngx_int_t
ngx_http_registry_manifest_tags(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    ngx_int_t                 rc;
    ngx_uint_t                n;
    oci_str_t                 tag;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->job.route.digest.alg == OCI_ALG_NONE) {
        m->tags[m->ntags++] = ctx->job.route.reference;
        return NGX_OK;
    }

    for (n = 0; /* void */ ; n++) {
        rc = ngx_http_registry_arg(r, "tag", n, &tag);

        if (rc == NGX_DECLINED) {
            return NGX_OK;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        if (!oci_tag_valid(&tag) || m->ntags == NGX_HTTP_REGISTRY_MAX_TAGS) {
            return NGX_DECLINED;
        }

        m->tags[m->ntags++] = tag;
        m->queried = 1;
    }
}


static void
ngx_http_registry_manifest_received(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    m = ctx->job.data;

    rc = ctx->body->rc;

    if (rc == NGX_OK) {
        m->content.data = ctx->body->memory.data;
        m->content.len = ctx->body->memory.len;

        if (ngx_http_registry_task(r, ngx_http_registry_manifest_run_put,
                                   ngx_http_registry_manifest_stored)
            == NGX_OK)
        {
            return;
        }

        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (rc == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        rc = ngx_http_registry_reply_error(r,
                                        NGX_HTTP_REGISTRY_MANIFEST_TOO_LARGE,
                                        NULL, NULL);
    }

    ngx_http_finalize_request(r, rc);
}


static oci_status_e
ngx_http_registry_manifest_run_put(ngx_http_registry_job_t *job)
{
    oci_status_e                   rc;
    oci_manifest_put_t             put;
    ngx_http_registry_manifest_t  *m;

    m = job->data;

    oci_array_init(&m->missing, job->pool, sizeof(oci_digest_t));

    if (m->content.len == 0) {
        return oci_error(&job->err, OCI_INVALID, 0,
                         "the request has no body: a manifest is expected");
    }

    rc = ngx_http_registry_manifest_digest(job, m);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_manifest_parse(&m->manifest, job->pool, &m->content,
                            &m->content_type, &job->err);
    if (rc != OCI_OK) {
        return rc;
    }

    put.digest = m->digest;
    put.content = m->content;
    put.manifest = &m->manifest;
    put.tags = m->tags;
    put.modes = m->modes;
    put.ntags = m->ntags;
    put.sparse = m->sparse;

    rc = oci_store_manifest_put(&job->repo, &put, &m->missing, &job->err);

    if (rc == OCI_OK && m->scan) {
        ngx_http_registry_manifest_due(job, m);
    }

    return rc;
}


/*
 * What a gate takes for an image is queued, to be scanned by "tally scan
 * --queue".  That finds by itself what could not be queued.
 */

static void
ngx_http_registry_manifest_due(ngx_http_registry_job_t *job,
    ngx_http_registry_manifest_t *m)
{
    if (m->manifest.kind != OCI_INDEX
        && oci_gate_attached(&m->manifest) == OCI_GATE_IMAGE)
    {
        m->unqueued = (oci_due_add(&job->repo, &m->digest, &job->err)
                       != OCI_OK);
    }
}


static oci_status_e
ngx_http_registry_manifest_digest(ngx_http_registry_job_t *job,
    ngx_http_registry_manifest_t *m)
{
    oci_alg_e  alg;

    alg = job->route.digest.alg;

    oci_digest_of(&m->digest, alg != OCI_ALG_NONE ? alg : OCI_SHA256,
                  m->content.data, m->content.len);

    if (alg != OCI_ALG_NONE && !oci_digest_eq(&m->digest, &job->route.digest))
    {
        return oci_error(&job->err, OCI_MISMATCH, 0,
                         "the manifest is %s, not %s", m->digest.text,
                         job->route.digest.text);
    }

    return OCI_OK;
}


static void
ngx_http_registry_manifest_stored(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_manifest_t  *m;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    m = ctx->job.data;

    if (ctx->status == OCI_BUSY && ngx_http_registry_again(r) == NGX_OK) {
        return;
    }

    if (m->unqueued) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "registry: an image that was stored is not queued to be "
                      "scanned: %s", ctx->job.err.text);
    }

    if (ctx->status == OCI_OK) {
        rc = ngx_http_registry_manifest_created(r, m);

    } else {
        rc = ngx_http_registry_manifest_refused(r, m);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_registry_manifest_created(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    ngx_uint_t                i;
    oci_str_t                 location;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    location = oci_strf(ctx->job.pool, "/v2/%.*s/manifests/%s",
                        (int) ctx->job.route.repo.len,
                        ctx->job.route.repo.data, m->digest.text);

    ctx->digest.data = (u_char *) m->digest.text;
    ctx->digest.len = m->digest.len;

    if (ngx_http_registry_header_str(r, "Location", location) != NGX_OK
        || ngx_http_registry_header_str(r, "Docker-Content-Digest",
                                        oci_digest_str(&m->digest))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (m->manifest.subject != NULL
        && ngx_http_registry_header_str(r, "OCI-Subject",
                            oci_digest_str(&m->manifest.subject->digest))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; m->queried && i < m->ntags; i++) {
        if (ngx_http_registry_header_str(r, "OCI-Tag", m->tags[i])
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_registry_reply_empty(r, NGX_HTTP_CREATED);
}


static ngx_int_t
ngx_http_registry_manifest_refused(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (m->missing.nelts != 0) {
        return ngx_http_registry_manifest_missing(r, m);
    }

    /* the client can mend these, and has to be told how */

    if (ctx->status == OCI_INVALID || ctx->status == OCI_LIMIT) {
        return ngx_http_registry_reply_error(r,
                                          NGX_HTTP_REGISTRY_MANIFEST_INVALID,
                                          ctx->job.err.text, NULL);
    }

    if (ctx->status == OCI_MISMATCH) {
        return ngx_http_registry_reply_error(r,
                                            NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                            ctx->job.err.text, NULL);
    }

    return ngx_http_registry_reply_status(r, ctx->status);
}


static ngx_int_t
ngx_http_registry_manifest_missing(ngx_http_request_t *r,
    ngx_http_registry_manifest_t *m)
{
    json_t        *errors, *json;
    ngx_uint_t     i;
    oci_digest_t  *digest;

    errors = json_array();
    digest = m->missing.elts;

    for (i = 0;
         i < ngx_min(m->missing.nelts, NGX_HTTP_REGISTRY_MAX_MISSING);
         i++)
    {
        (void) json_array_append_new(errors,
                   json_pack("{s:s, s:s, s:{s:s}}",
                             "code", "MANIFEST_BLOB_UNKNOWN",
                             "message", m->manifest.kind == OCI_INDEX
                                        ? "manifest unknown to repository"
                                        : "blob unknown to registry",
                             "detail", "digest", digest[i].text));
    }

    json = json_pack("{s:o}", "errors", errors);

    return ngx_http_registry_reply_json(r, NGX_HTTP_BAD_REQUEST, json,
                                        "application/json");
}


ngx_int_t
ngx_http_registry_manifest_delete(ngx_http_request_t *r)
{
    return ngx_http_registry_begin(r, ngx_http_registry_manifest_run_delete,
                                   ngx_http_registry_manifest_deleted);
}


static oci_status_e
ngx_http_registry_manifest_run_delete(ngx_http_registry_job_t *job)
{
    oci_status_e  rc;
    oci_guard_t   guard = { ngx_http_registry_manifest_may, job };

    if (job->route.digest.alg != OCI_ALG_NONE) {
        return oci_store_manifest_delete(&job->repo, &job->route.digest,
                                  &guard,
                                  ngx_http_registry_manifest_all(job)
                                  ? &job->rest : NULL,
                                  &job->err);
    }

    /* rules have spoken of this tag */

    rc = ngx_http_registry_manifest_fixed(job, &job->route.reference,
                                          &job->err);

    return (rc == OCI_OK) ? oci_store_tag_delete(&job->repo,
                                                 &job->route.reference,
                                                 &job->err)
                          : rc;
}


/* is there no tag that may not be deleted, whichever point to it? */

static ngx_uint_t
ngx_http_registry_manifest_all(const ngx_http_registry_job_t *job)
{
    return !ngx_http_registry_immutable_here(job)
           && (job->auth == NULL || job->auth->access == NULL);
}


/* with a manifest go its tags: each must be one that may be deleted */

static oci_status_e
ngx_http_registry_manifest_may(void *data, const oci_str_t *tag,
    oci_error_t *err)
{
    ngx_http_registry_job_t  *job = data;

    if (tag == NULL) {
        return ngx_http_registry_immutable_part(job, NULL, err);
    }

    if (!ngx_http_registry_may(job->auth, &job->route.repo, tag,
                               OCI_MAY_DELETE))
    {
        return oci_error(err, OCI_DENIED, 0, "the tag \"%.*s\" of this "
                         "manifest may not be deleted", (int) tag->len,
                         tag->data);
    }

    return ngx_http_registry_manifest_fixed(job, tag, err);
}


static oci_status_e
ngx_http_registry_manifest_fixed(ngx_http_registry_job_t *job,
    const oci_str_t *tag, oci_error_t *err)
{
    return ngx_http_registry_immutable(job, tag)
           ? oci_error(err, OCI_DENIED, 0, "the tag \"%.*s\" is immutable: it "
                       "may not be deleted", (int) tag->len, tag->data)
           : OCI_OK;
}


static void
ngx_http_registry_manifest_deleted(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (ctx->status == OCI_BUSY && ngx_http_registry_again(r) == NGX_OK) {
        return;
    }

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else {
        rc = ngx_http_registry_reply_empty(r, NGX_HTTP_ACCEPTED);
    }

    if (ctx->job.rest) {
        ngx_http_registry_rest(r);
    }

    ngx_http_finalize_request(r, rc);
}
