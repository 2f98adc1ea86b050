/*
 * Which images may leave, request by request.
 *
 * Policies and verdicts are of oci_gate.h, and _policy.c has where they are
 * written in a configuration.  Here is which of them a request meets, and
 * what a worker remembers: of an image that may leave, what that rests on.
 * Each time the same links and files are looked at, and nothing else.  What
 * may not leave is judged anew each time: a signature that is missing may
 * come at any moment.
 */

#include "ngx_http_registry_auth.h"
#include "ngx_http_registry_gate.h"

#include <openssl/sha.h>


#define NGX_HTTP_REGISTRY_VERDICTS   4096   /* that a worker remembers */
#define NGX_HTTP_REGISTRY_KEY        SHA256_DIGEST_LENGTH


/* a request's: the policies for what it asks for, and what they said */

struct ngx_http_registry_gate_s {
    const oci_gate_policy_t   *policies[NGX_HTTP_REGISTRY_POLICIES];
    oci_gate_verdict_t        *verdicts;    /* of those that are judged */
    unsigned                   judge[NGX_HTTP_REGISTRY_POLICIES];
    ngx_uint_t                 n;
    ngx_str_t                  state;       /* for $registry_gate */
    ngx_str_t                  name;        /* of the policy that decided */
    oci_str_t                  message;     /* why it refuses */
};


/* what a worker knows of an image and a policy */

typedef struct {
    u_char                     key[NGX_HTTP_REGISTRY_KEY];
    int64_t                    until;       /* 0: for ever */
    oci_gate_depends_t         depends;
} ngx_http_registry_verdict_t;


static ngx_http_registry_gate_t *ngx_http_registry_gate_new(
    ngx_http_request_t *r, ngx_http_registry_ctx_t *ctx,
    ngx_http_registry_loc_conf_t *conf);
static ngx_uint_t ngx_http_registry_gate_known(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_digest_t *digest);
static void ngx_http_registry_gate_remember(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_digest_t *digest,
    const oci_gate_verdict_t *verdict);
static ngx_http_registry_verdict_t **ngx_http_registry_gate_slot(
    ngx_http_request_t *r, const oci_gate_policy_t *policy,
    const oci_digest_t *digest, u_char *key);
static oci_str_t ngx_http_registry_gate_tag(
    const ngx_http_registry_job_t *job);
static void ngx_http_registry_gate_warn(ngx_http_request_t *r,
    const oci_gate_verdict_t *verdict);
static ngx_uint_t ngx_http_registry_gate_spares(ngx_http_request_t *r,
    ngx_http_registry_gate_t *gate, ngx_uint_t i);
static oci_str_t ngx_http_registry_gate_message(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_gate_verdict_t *verdict);
static oci_str_t ngx_http_registry_gate_reasons(oci_pool_t *pool,
    const oci_str_t *image, const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict);
static ngx_int_t ngx_http_registry_gate_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t  ngx_http_registry_gate_vars[] = {

    { ngx_string("registry_gate"), NULL, ngx_http_registry_gate_variable,
      offsetof(ngx_http_registry_gate_t, state), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("registry_gate_policy"), NULL,
      ngx_http_registry_gate_variable,
      offsetof(ngx_http_registry_gate_t, name), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_registry_gate(ngx_http_request_t *r, const oci_digest_t *digest,
    ngx_uint_t sound)
{
    ngx_uint_t                     i;
    ngx_int_t                      rc;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_gate_t      *gate;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->gates == NULL) {
        return NGX_OK;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    gate = ngx_http_registry_gate_new(r, ctx, conf);
    if (gate == NULL) {
        return NGX_ERROR;
    }

    if (gate->n == 0) {
        return NGX_OK;
    }

    if (conf->gate_bypass != NULL && ctx->auth != NULL
        && oci_access_may(conf->gate_bypass, &ctx->auth->who,
                          &ctx->job.route.repo, NULL, OCI_MAY_PULL, NULL))
    {
        ngx_str_set(&gate->state, "bypass");
        return NGX_OK;
    }

    rc = NGX_OK;

    for (i = 0; i < gate->n; i++) {
        gate->judge[i] = !sound
                         || !ngx_http_registry_gate_known(r,
                                                gate->policies[i], digest);
        if (gate->judge[i]) {
            rc = NGX_AGAIN;
        }
    }

    if (rc == NGX_OK) {
        ngx_str_set(&gate->state, "pass");
        return NGX_OK;
    }

    gate->verdicts = ngx_pcalloc(r->pool,
                                 gate->n * sizeof(oci_gate_verdict_t));

    return (gate->verdicts != NULL) ? NGX_AGAIN : NGX_ERROR;
}


static ngx_http_registry_gate_t *
ngx_http_registry_gate_new(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, ngx_http_registry_loc_conf_t *conf)
{
    ngx_http_registry_gate_t  *gate;

    gate = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_gate_t));
    if (gate == NULL) {
        return NULL;
    }

    gate->n = ngx_http_registry_policies(conf, &ctx->job.route.repo,
                                         gate->policies);

    if (gate->n > NGX_HTTP_REGISTRY_POLICIES) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "more than %d policies are for \"%V\"",
                      NGX_HTTP_REGISTRY_POLICIES, &r->uri);
        return NULL;
    }

    ctx->job.gate = gate;

    return gate;
}


ngx_uint_t
ngx_http_registry_policies(const ngx_http_registry_loc_conf_t *conf,
    const oci_str_t *repo,
    const oci_gate_policy_t *policies[NGX_HTTP_REGISTRY_POLICIES])
{
    ngx_uint_t                  i, n;
    ngx_http_registry_gated_t  *gated;

    if (conf->gates == NULL) {
        return 0;
    }

    gated = conf->gates->elts;
    n = 0;

    for (i = 0; i < conf->gates->nelts; i++) {

        if (!oci_gate_names_match(&gated[i].repos, repo)) {
            continue;
        }

        if (n == NGX_HTTP_REGISTRY_POLICIES) {
            return n + 1;
        }

        policies[n++] = gated[i].policy;
    }

    return n;
}


/* nothing is waited for: what the kernel does not know, a thread looks at */

static ngx_uint_t
ngx_http_registry_gate_known(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_digest_t *digest)
{
    u_char                         key[NGX_HTTP_REGISTRY_KEY];
    ngx_uint_t                     known;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_verdict_t  **slot, *v;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    slot = ngx_http_registry_gate_slot(r, policy, digest, key);

    if (slot == NULL || *slot == NULL) {
        return 0;
    }

    v = *slot;

    if (ngx_memcmp(v->key, key, NGX_HTTP_REGISTRY_KEY) != 0
        || (v->until != 0 && v->until <= ctx->job.now))
    {
        return 0;
    }

    ctx->job.repo.nowait = OCI_NOWAIT;
    known = (oci_gate_holds(&v->depends, &ctx->job.repo) == OCI_OK);
    ctx->job.repo.nowait = OCI_WAIT;

    return known;
}


/* one that rests on what changed just now may have changed again unseen */

static void
ngx_http_registry_gate_remember(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_digest_t *digest,
    const oci_gate_verdict_t *verdict)
{
    size_t                         i;
    u_char                         key[NGX_HTTP_REGISTRY_KEY];
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_verdict_t  **slot;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (verdict->depends.lost) {
        return;
    }

    for (i = 0; i < verdict->depends.n; i++) {
        if (!oci_mark_settled(&verdict->depends.on[i].mark, ctx->job.now)) {
            return;
        }
    }

    slot = ngx_http_registry_gate_slot(r, policy, digest, key);

    if (slot == NULL) {
        return;
    }

    if (*slot == NULL) {
        *slot = ngx_palloc(ngx_cycle->pool,
                           sizeof(ngx_http_registry_verdict_t));
        if (*slot == NULL) {
            return;
        }
    }

    ngx_memcpy((*slot)->key, key, NGX_HTTP_REGISTRY_KEY);
    (*slot)->until = verdict->until;
    (*slot)->depends = verdict->depends;
}


/* its place in the worker's table, which may be another's; NULL: no memory */

static ngx_http_registry_verdict_t **
ngx_http_registry_gate_slot(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_digest_t *digest, u_char *key)
{
    ngx_uint_t                      n;
    oci_str_t                       tag, text;
    ngx_http_registry_ctx_t        *ctx;
    ngx_http_registry_loc_conf_t   *conf;
    ngx_http_registry_main_conf_t  *rmcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    rmcf = ngx_http_get_module_main_conf(r, ngx_http_registry_module);

    if (rmcf->verdicts == NULL) {
        rmcf->verdicts = ngx_pcalloc(ngx_cycle->pool,
                                NGX_HTTP_REGISTRY_VERDICTS * sizeof(void *));
        if (rmcf->verdicts == NULL) {
            return NULL;
        }
    }

    tag = policy->rules.nelts ? ngx_http_registry_gate_tag(&ctx->job)
                              : oci_str(NULL);
    text = oci_strf(ctx->job.pool, "%s\n%.*s\n%.*s\n%.*s\n%s",
                    oci_store_name(conf->store), (int) policy->name.len,
                    policy->name.data, (int) ctx->job.route.repo.len,
                    ctx->job.route.repo.data, (int) tag.len,
                    tag.len ? (char *) tag.data : "", digest->text);
    if (text.data == NULL) {
        return NULL;
    }

    (void) SHA256(text.data, text.len, key);
    n = (key[0] << 8 | key[1]) % NGX_HTTP_REGISTRY_VERDICTS;

    return (ngx_http_registry_verdict_t **) rmcf->verdicts + n;
}


/* the tag that is asked for; empty: it is a digest */

static oci_str_t
ngx_http_registry_gate_tag(const ngx_http_registry_job_t *job)
{
    return (job->route.digest.alg == OCI_ALG_NONE) ? job->route.reference
                                                   : oci_str(NULL);
}


oci_status_e
ngx_http_registry_gate_judge(ngx_http_registry_job_t *job,
    const oci_digest_t *digest, const oci_str_t *content)
{
    ngx_uint_t                 i;
    oci_status_e               rc;
    oci_gate_source_t          source;
    ngx_http_registry_gate_t  *gate;

    gate = job->gate;
    oci_gate_store(&source, &job->repo, ngx_http_registry_gate_tag(job));

    for (i = 0; i < gate->n; i++) {

        if (!gate->judge[i]) {
            continue;
        }

        rc = oci_gate_judge(job->pool, gate->policies[i], &source, digest,
                            content, job->now, &gate->verdicts[i],
                            &job->err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


ngx_uint_t
ngx_http_registry_gate_passes(ngx_http_request_t *r,
    const oci_digest_t *digest)
{
    ngx_uint_t                 i, passes;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_gate_t  *gate;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    gate = ctx->job.gate;
    ngx_str_set(&gate->state, "pass");
    passes = 1;

    for (i = 0; i < gate->n && passes; i++) {

        if (gate->judge[i] && gate->verdicts[i].warned
            && gate->verdicts[i].passed)
        {
            ngx_http_registry_gate_warn(r, &gate->verdicts[i]);

        } else if (gate->judge[i] && gate->verdicts[i].passed) {
            ngx_http_registry_gate_remember(r, gate->policies[i], digest,
                                            &gate->verdicts[i]);

        } else if (gate->judge[i]) {
            passes = ngx_http_registry_gate_spares(r, gate, i);
        }
    }

    return passes;
}


/* each warning of one that passes, to whoever asks: RFC 7234, section 5.5 */

static void
ngx_http_registry_gate_warn(ngx_http_request_t *r,
    const oci_gate_verdict_t *verdict)
{
    size_t                     i, k;
    oci_str_t                  text;
    ngx_http_registry_ctx_t   *ctx;
    const oci_gate_reason_t   *reason;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    reason = verdict->reasons.elts;

    for (i = 0; i < verdict->reasons.nelts; i++) {

        if (!reason[i].warning) {
            continue;
        }

        text = oci_strf(ctx->job.pool, "299 - \"%s\"",
                        (char *) reason[i].text.data);

        /* what a report says is somebody else's text */

        for (k = 7; k + 1 < text.len; k++) {
            if (text.data[k] < ' ' || text.data[k] > '~'
                || text.data[k] == '"' || text.data[k] == '\\')
            {
                text.data[k] = '?';
            }
        }

        if (text.data != NULL) {
            (void) ngx_http_registry_header_str(r, "Warning", text);
        }
    }
}


/* a policy that has said no: does it only report? */

static ngx_uint_t
ngx_http_registry_gate_spares(ngx_http_request_t *r,
    ngx_http_registry_gate_t *gate, ngx_uint_t i)
{
    const oci_gate_policy_t  *policy;

    policy = gate->policies[i];

    gate->message = ngx_http_registry_gate_message(r, policy,
                                                   &gate->verdicts[i]);
    gate->name.data = policy->name.data;
    gate->name.len = policy->name.len;

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0, "registry: %s%s",
                  policy->report ? "would be refused: " : "",
                  gate->message.data ? gate->message.data
                                     : (u_char *) "out of memory");

    if (policy->report) {
        ngx_str_set(&gate->state, "report");
        return 1;
    }

    ngx_str_set(&gate->state, "refuse");
    ngx_http_registry_count(r, gate->verdicts[i].scan
                               ? NGX_HTTP_REGISTRY_GATE_SCAN
                               : NGX_HTTP_REGISTRY_GATE_SIGNATURE);

    return 0;
}


ngx_int_t
ngx_http_registry_gate_refuse(ngx_http_request_t *r,
    const oci_digest_t *digest)
{
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_gate_t  *gate;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    gate = ctx->job.gate;

    return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_DENIED,
                     (char *) gate->message.data,
                     json_pack("{s:s%, s:s}", "policy", gate->name.data,
                               gate->name.len, "digest", digest->text));
}


oci_status_e
ngx_http_registry_gate_image(ngx_http_registry_job_t *job,
    const ngx_array_t *gates, const oci_digest_t *digest,
    const oci_str_t *content, const oci_str_t *name, oci_str_t *message,
    oci_array_t *warnings)
{
    ngx_uint_t                  i;
    oci_str_t                   text, *slot;
    oci_status_e                rc;
    oci_gate_source_t           source;
    oci_gate_verdict_t          verdict;
    ngx_http_registry_gated_t  *gated;

    gated = (gates != NULL) ? gates->elts : NULL;
    oci_gate_store(&source, &job->repo, ngx_http_registry_gate_tag(job));

    for (i = 0; gates != NULL && i < gates->nelts; i++) {

        if (!oci_gate_names_match(&gated[i].repos, &job->repo.name)) {
            continue;
        }

        rc = oci_gate_judge(job->pool, gated[i].policy, &source, digest,
                            content, job->now, &verdict, &job->err);
        if (rc != OCI_OK) {
            return rc;
        }

        if (verdict.passed) {
            continue;
        }

        text = ngx_http_registry_gate_reasons(job->pool, name,
                                              gated[i].policy, &verdict);
        if (text.data == NULL) {
            return oci_nomem(&job->err);
        }

        if (!gated[i].policy->report) {
            *message = text;
            return OCI_OK;
        }

        slot = oci_array_push(warnings);
        if (slot == NULL) {
            return oci_nomem(&job->err);
        }

        *slot = text;
    }

    return OCI_OK;
}


/* what is missing, which lines say so, which command shows more */

static oci_str_t
ngx_http_registry_gate_message(ngx_http_request_t *r,
    const oci_gate_policy_t *policy, const oci_gate_verdict_t *verdict)
{
    ngx_str_t                  host;
    oci_str_t                  text, image;
    ngx_http_registry_ctx_t   *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    image = oci_strf(ctx->job.pool, "%.*s%s%.*s",
                     (int) ctx->job.route.repo.len, ctx->job.route.repo.data,
                     ctx->job.route.digest.alg != OCI_ALG_NONE ? "@" : ":",
                     (int) ctx->job.route.reference.len,
                     ctx->job.route.reference.data);
    text = ngx_http_registry_gate_reasons(ctx->job.pool, &image, policy,
                                          verdict);
    ngx_str_null(&host);

    if (r->headers_in.host != NULL && r->headers_in.host->value.len < 256) {
        host = r->headers_in.host->value;
    }

    return (text.data == NULL || image.data == NULL) ? oci_str(NULL)
           : oci_strf(ctx->job.pool, "%s; see: tally gate --policy %s "
                      "%.*s%s%s", (char *) text.data, policy->file,
                      (int) host.len, host.data, host.len ? "/" : "",
                      (char *) image.data);
}


static oci_str_t
ngx_http_registry_gate_reasons(oci_pool_t *pool, const oci_str_t *image,
    const oci_gate_policy_t *policy, const oci_gate_verdict_t *verdict)
{
    size_t                      i;
    oci_buf_t                   b = oci_null_buf;
    const oci_gate_reason_t    *reason;

    oci_buf_addf(&b, "%.*s is refused by the policy \"%.*s\"",
                 (int) image->len, image->data, (int) policy->name.len,
                 policy->name.data);

    reason = verdict->reasons.elts;

    for (i = 0; i < verdict->reasons.nelts; i++) {
        if (!reason[i].passed) {
            oci_buf_addf(&b, ": %s (%s:%u)", (char *) reason[i].text.data,
                         reason[i].file, reason[i].line);
        }
    }

    return oci_buf_end(&b, pool);
}


ngx_int_t
ngx_http_registry_gate_variables(ngx_conf_t *cf)
{
    return ngx_http_registry_variables(cf, ngx_http_registry_gate_vars);
}


static ngx_int_t
ngx_http_registry_gate_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                *value;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    value = (ctx != NULL && ctx->job.gate != NULL)
            ? (ngx_str_t *) ((u_char *) ctx->job.gate + data) : NULL;

    v->not_found = (value == NULL || value->len == 0);

    if (!v->not_found) {
        v->valid = 1;
        v->no_cacheable = 0;
        v->data = value->data;
        v->len = value->len;
    }

    return NGX_OK;
}
