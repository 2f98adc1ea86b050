/*
 * registry_admission: Kubernetes asks whether what is to run may run.  The
 * answer is what the gate says of a pull of the same images, from the store:
 * nothing is fetched.  Tags become digests, so that what was looked at is what
 * runs.
 */

#include "ngx_http_registry.h"

#include "oci_gate_review.h"
#include "oci_reference.h"


/* directive and request */

typedef struct {
    ngx_array_t                 hosts;      /* oci_str_t; empty: the server's */
    ngx_uint_t                  strict;     /* images of others are refused */
} ngx_http_registry_admission_t;

typedef struct {
    const ngx_http_registry_admission_t  *conf;
    const ngx_array_t                    *gates;
    oci_str_t                             host;     /* that was asked */
    oci_str_t                             text;     /* what was sent */
    oci_gate_review_t                     review;
    oci_array_t                           warnings;
    oci_str_t                             message;
} ngx_http_registry_admit_t;


static ngx_int_t ngx_http_registry_admit(ngx_http_request_t *r);
static void ngx_http_registry_admit_received(ngx_http_request_t *r);
static oci_status_e ngx_http_registry_admit_run(ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_admit_image(
    ngx_http_registry_job_t *job, oci_gate_review_image_t *image);
static ngx_uint_t ngx_http_registry_admit_ours(
    const ngx_http_registry_admit_t *a, const oci_str_t *host);
static oci_status_e ngx_http_registry_admit_other(
    ngx_http_registry_job_t *job, const oci_gate_review_image_t *image);
static void ngx_http_registry_admit_done(ngx_http_request_t *r);


char *
ngx_http_registry_set_admission(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    oci_str_t                      *host;
    ngx_str_t                      *value;
    ngx_uint_t                      i;
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_registry_loc_conf_t   *rlcf = conf;
    ngx_http_registry_admission_t  *admission;

    value = cf->args->elts;

    if (rlcf->admission != NULL) {
        return "is duplicate";
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    admission = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_admission_t));

    if (admission == NULL
        || ngx_array_init(&admission->hosts, cf->pool, 2, sizeof(oci_str_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (i == 1 && ngx_strcmp(value[i].data, "on") == 0) {
            continue;
        }

        if (i > 1 && ngx_strcmp(value[i].data, "others=deny") == 0) {
            admission->strict = 1;
            continue;
        }

        if (i > 1 && ngx_strcmp(value[i].data, "others=allow") == 0) {
            continue;
        }

        if (i == 1 || value[i].len <= 5
            || ngx_strncmp(value[i].data, "host=", 5) != 0)
        {
            return "takes \"off\", or \"on\" and then host=NAME[:PORT] of "
                   "this registry and others=allow or others=deny";
        }

        host = ngx_array_push(&admission->hosts);
        if (host == NULL) {
            return NGX_CONF_ERROR;
        }

        host->data = value[i].data + 5;
        host->len = value[i].len - 5;
    }

    rlcf->admission = admission;
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_registry_admit;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_admit(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_admit_t     *a;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (r->headers_in.content_length_n > OCI_GATE_REVIEW_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    ctx = ngx_http_registry_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    a = oci_pcalloc(ctx->job.pool, sizeof(ngx_http_registry_admit_t));
    ctx->body = ngx_http_registry_body_new(r, NULL, OCI_GATE_REVIEW_MAX);

    if (a == NULL || ctx->body == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    a->conf = conf->admission;
    a->gates = conf->gates;
    oci_array_init(&a->warnings, ctx->job.pool, sizeof(oci_str_t));

    if (r->headers_in.host != NULL) {
        a->host = ngx_http_registry_str(&r->headers_in.host->value);
    }

    ctx->job.data = a;
    ctx->job.repo.store = conf->store;
    ctx->job.repo.pool = ctx->job.pool;
    ctx->job.now = ngx_time();

    r->main->count++;

    ngx_http_registry_body_read(r, ngx_http_registry_admit_received);

    return NGX_DONE;
}


static void
ngx_http_registry_admit_received(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_admit_t  *a;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    a = ctx->job.data;
    rc = ctx->body->rc;
    a->text.data = ctx->body->memory.data;
    a->text.len = ctx->body->memory.len;

    if (rc == NGX_OK
        && ngx_http_registry_task(r, ngx_http_registry_admit_run,
                                  ngx_http_registry_admit_done)
           == NGX_OK)
    {
        return;
    }

    ngx_http_finalize_request(r, rc == NGX_OK
                                 ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc);
}


static oci_status_e
ngx_http_registry_admit_run(ngx_http_registry_job_t *job)
{
    size_t                      i;
    oci_status_e                rc;
    ngx_http_registry_admit_t  *a;
    oci_gate_review_image_t    *image;

    a = job->data;
    rc = oci_gate_review_parse(&a->review, job->pool, &a->text, &job->err);
    image = a->review.images.elts;

    for (i = 0;
         rc == OCI_OK && a->message.len == 0 && i < a->review.images.nelts;
         i++)
    {
        rc = ngx_http_registry_admit_image(job, &image[i]);
    }

    return rc;
}


/* sets the message, when it may not run */

static oci_status_e
ngx_http_registry_admit_image(ngx_http_registry_job_t *job,
    oci_gate_review_image_t *image)
{
    oci_str_t                   content;
    oci_error_t                 why = { OCI_OK, 0, "" };
    oci_digest_t                digest;
    oci_status_e                rc;
    oci_reference_t             ref;
    ngx_http_registry_admit_t  *a;

    a = job->data;

    if (oci_reference_parse(&ref, job->pool, &image->name, &why) != OCI_OK
        || !ngx_http_registry_admit_ours(a, &ref.host))
    {
        return ngx_http_registry_admit_other(job, image);
    }

    job->route.repo = ref.repo;
    job->route.reference = ref.tag;
    job->route.digest = ref.digest;
    job->repo.name = ref.repo;
    digest = ref.digest;

    rc = (digest.alg != OCI_ALG_NONE) ? OCI_OK
         : oci_store_tag(&job->repo, &ref.tag, &digest, &why);

    if (rc == OCI_OK) {
        rc = oci_store_manifest(&job->repo, &digest, 16 * OCI_MANIFEST_MAX,
                                &content, &why);
    }

    if (rc == OCI_NOT_FOUND) {
        a->message = oci_strf(job->pool, "%.*s: there is no such image",
                              (int) image->name.len, image->name.data);
        return (a->message.data != NULL) ? OCI_OK : OCI_NOMEM;
    }

    if (rc != OCI_OK) {
        return oci_error(&job->err, rc, 0, "%s", why.text);
    }

    if (ref.digest.alg == OCI_ALG_NONE) {
        image->pinned = oci_strf(job->pool, "%.*s@%s",
                                 (int) image->name.len, image->name.data,
                                 digest.text);
    }

    return ngx_http_registry_gate_image(job, a->gates, &digest, &content,
                                        &image->name, &a->message,
                                        &a->warnings);
}


/* by the names that were given, or by the one that was asked */

static ngx_uint_t
ngx_http_registry_admit_ours(const ngx_http_registry_admit_t *a,
    const oci_str_t *host)
{
    ngx_uint_t        i;
    const oci_str_t  *hosts;

    hosts = a->conf->hosts.elts;

    for (i = 0; i < a->conf->hosts.nelts; i++) {
        if (oci_str_eq(&hosts[i], host)) {
            return 1;
        }
    }

    return a->conf->hosts.nelts == 0 && oci_str_eq(&a->host, host);
}


static oci_status_e
ngx_http_registry_admit_other(ngx_http_registry_job_t *job,
    const oci_gate_review_image_t *image)
{
    oci_str_t                   text, *slot;
    ngx_http_registry_admit_t  *a;

    a = job->data;
    text = oci_strf(job->pool, "%.*s is of another registry, and has not been "
                    "verified", (int) image->name.len, image->name.data);

    if (text.data == NULL) {
        return oci_nomem(&job->err);
    }

    if (a->conf->strict) {
        a->message = text;
        return OCI_OK;
    }

    slot = oci_array_push(&a->warnings);

    if (slot == NULL) {
        return oci_nomem(&job->err);
    }

    *slot = text;

    return OCI_OK;
}


static void
ngx_http_registry_admit_done(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_admit_t  *a;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    a = ctx->job.data;

    if (ctx->status != OCI_OK) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "registry: admission: %s", ctx->job.err.text);
    }

    if (ctx->status == OCI_INVALID || ctx->status == OCI_LIMIT) {
        rc = ngx_http_registry_reply_json(r, NGX_HTTP_BAD_REQUEST,
                 json_pack("{s:[{s:s, s:s}]}", "errors", "code",
                           "UNSUPPORTED", "message", ctx->job.err.text),
                 "application/json");

    } else if (ctx->status != OCI_OK) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        if (a->message.len != 0) {
            ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                          "registry: admission: %s", a->message.data);
        }

        rc = ngx_http_registry_reply_json(r, NGX_HTTP_OK,
                 oci_gate_review_answer(&a->review, ctx->job.pool,
                                        &a->message, &a->warnings),
                 "application/json");
    }

    ngx_http_finalize_request(r, rc);
}
