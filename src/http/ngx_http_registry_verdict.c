/*
 * /_ui/verdict?repository=NAME&digest=DIGEST: what the gates of a repository
 * say of an image, and by whose keys, whether it may leave or not.  Signatures
 * are verified anew each time, in a thread.
 */

#include "ngx_http_registry_auth.h"
#include "ngx_http_registry_gate.h"

#include "oci_reference.h"


typedef struct {
    const oci_gate_policy_t  *policies[NGX_HTTP_REGISTRY_POLICIES];
    oci_gate_verdict_t        verdicts[NGX_HTTP_REGISTRY_POLICIES];
    ngx_uint_t                n;
} ngx_http_registry_verdicts_t;


static ngx_int_t ngx_http_registry_verdict_image(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx);
static oci_status_e ngx_http_registry_verdict_run(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_verdict_done(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_verdict_reply(ngx_http_request_t *r,
    ngx_http_registry_verdicts_t *v);
static json_t *ngx_http_registry_verdict_json(
    const oci_gate_policy_t *policy, const oci_gate_verdict_t *verdict);


ngx_int_t
ngx_http_registry_verdict(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_verdicts_t  *v;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    rc = ngx_http_registry_verdict_image(r, ctx);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (!ngx_http_registry_may(ctx->auth, &ctx->job.route.repo, NULL,
                               OCI_MAY_PULL))
    {
        return ngx_http_registry_forbid(r);
    }

    v = oci_pcalloc(ctx->job.pool, sizeof(ngx_http_registry_verdicts_t));
    if (v == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    v->n = ngx_http_registry_policies(
                 ngx_http_get_module_loc_conf(r, ngx_http_registry_module),
                 &ctx->job.route.repo, v->policies);
    ctx->job.data = v;

    if (v->n > NGX_HTTP_REGISTRY_POLICIES) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return (v->n == 0) ? ngx_http_registry_verdict_reply(r, v)
           : ngx_http_registry_begin(r, ngx_http_registry_verdict_run,
                                     ngx_http_registry_verdict_done);
}


/* NGX_DECLINED: it is named, and the request goes on as if for its manifest */

static ngx_int_t
ngx_http_registry_verdict_image(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx)
{
    oci_str_t                      repo, digest;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (ngx_http_registry_arg(r, "repository", 0, &repo) != NGX_OK
        || !oci_name_valid(&repo))
    {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_NAME_INVALID,
                                             NULL, NULL);
    }

    if (ngx_http_registry_arg(r, "digest", 0, &digest) != NGX_OK
        || oci_digest_parse(&ctx->job.route.digest, &digest) != OCI_OK)
    {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                             NGX_HTTP_REGISTRY_BAD_DIGEST,
                                             NULL);
    }

    ctx->job.route.kind = OCI_ROUTE_MANIFEST;
    ctx->job.route.repo = repo;
    ctx->job.route.reference = digest;
    ctx->job.repo.store = conf->store;
    ctx->job.repo.pool = ctx->job.pool;
    ctx->job.repo.name = repo;
    ctx->job.now = ngx_time();

    return NGX_DECLINED;
}


static oci_status_e
ngx_http_registry_verdict_run(ngx_http_registry_job_t *job)
{
    ngx_uint_t                     i;
    oci_str_t                      content;
    oci_status_e                   rc;
    oci_gate_source_t              source;
    ngx_http_registry_verdicts_t  *v;

    v = job->data;
    oci_gate_store(&source, &job->repo, oci_str(NULL));

    rc = oci_store_manifest(&job->repo, &job->route.digest,
                            16 * OCI_MANIFEST_MAX, &content, &job->err);

    for (i = 0; rc == OCI_OK && i < v->n; i++) {
        rc = oci_gate_judge(job->pool, v->policies[i], &source,
                            &job->route.digest, &content, job->now,
                            &v->verdicts[i], &job->err);
    }

    return rc;
}


static void
ngx_http_registry_verdict_done(ngx_http_request_t *r)
{
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    ngx_http_finalize_request(r, (ctx->status == OCI_OK)
                         ? ngx_http_registry_verdict_reply(r, ctx->job.data)
                         : ngx_http_registry_reply_status(r, ctx->status));
}


static ngx_int_t
ngx_http_registry_verdict_reply(ngx_http_request_t *r,
    ngx_http_registry_verdicts_t *v)
{
    json_t      *all;
    ngx_uint_t   i;

    if (ngx_http_registry_header_str(r, "Cache-Control", oci_str("no-store"))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    all = json_array();

    for (i = 0; i < v->n; i++) {
        (void) json_array_append_new(all,
                    ngx_http_registry_verdict_json(v->policies[i],
                                                   &v->verdicts[i]));
    }

    return ngx_http_registry_reply_json(r, NGX_HTTP_OK,
                                        json_pack("{s:o}", "policies", all),
                                        "application/json");
}


static json_t *
ngx_http_registry_verdict_json(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict)
{
    size_t                    i;
    json_t                   *reasons;
    const oci_gate_reason_t  *reason;

    reasons = json_array();
    reason = verdict->reasons.elts;

    for (i = 0; i < verdict->reasons.nelts; i++) {
        (void) json_array_append_new(reasons,
                    json_pack("{s:b, s:s%}", "passed", (int) reason[i].passed,
                              "text", reason[i].text.data,
                              reason[i].text.len));
    }

    return json_pack("{s:s%, s:b, s:b, s:o}", "policy", policy->name.data,
                     policy->name.len, "passed", (int) verdict->passed,
                     "report", (int) policy->report, "reasons", reasons);
}
