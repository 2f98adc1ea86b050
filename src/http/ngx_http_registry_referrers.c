/*
 * Referrers: what is attached to a manifest, as an index.
 */

#include "ngx_http_registry.h"

#include "oci_manifest.h"


/* no more than any client reads of a manifest */

#define NGX_HTTP_REGISTRY_PAGE  OCI_MANIFEST_MAX


typedef struct {
    oci_str_t     filter;           /* by artifactType */
    oci_digest_t  after;            /* of the page before */
    oci_digest_t  end;              /* the last one of this page */
    bool          more;
    oci_buf_t     index;            /* while it is made */
    oci_str_t     answer;
} ngx_http_registry_referrers_t;


static oci_status_e ngx_http_registry_referrers_run(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_referrers_each(void *data,
    const oci_referrer_t *referrer, oci_error_t *err);
static bool ngx_http_registry_referrers_add(ngx_http_registry_referrers_t *list,
    json_t *descriptor);
static void ngx_http_registry_referrers_done(ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_referrers_link(ngx_http_request_t *r,
    ngx_http_registry_referrers_t *list);


ngx_int_t
ngx_http_registry_referrers(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    oci_str_t                       last;
    ngx_http_registry_ctx_t        *ctx;
    ngx_http_registry_referrers_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    list = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_referrers_t));
    if (list == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->job.data = list;

    if (ngx_http_registry_arg(r, "artifactType", 0, &list->filter)
        == NGX_ERROR)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_registry_arg(r, "last", 0, &last);

    if (rc == NGX_OK && oci_digest_parse(&list->after, &last) != OCI_OK) {
        return ngx_http_registry_reply_error(r,
                                             NGX_HTTP_REGISTRY_DIGEST_INVALID,
                                             NGX_HTTP_REGISTRY_BAD_DIGEST,
                                             NULL);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_registry_begin(r, ngx_http_registry_referrers_run,
                                   ngx_http_registry_referrers_done);
}


static oci_status_e
ngx_http_registry_referrers_run(ngx_http_registry_job_t *job)
{
    oci_status_e                    rc;
    ngx_http_registry_referrers_t  *list;

    list = job->data;

    oci_buf_adds(&list->index, "{\"schemaVersion\":2,\"mediaType\":\""
                               OCI_TYPE_OCI_INDEX "\",\"manifests\":[");

    rc = oci_store_referrers(&job->repo, &job->route.digest,
                             list->after.alg != OCI_ALG_NONE ? &list->after
                                                             : NULL,
                             ngx_http_registry_referrers_each, list,
                             &job->err);

    oci_buf_adds(&list->index, "]}\n");

    if (rc == OCI_LIMIT && list->more) {
        rc = OCI_OK;
    }

    list->answer = oci_buf_end(&list->index, job->pool);

    if (rc == OCI_OK && list->answer.data == NULL) {
        rc = oci_error(&job->err, OCI_NOMEM, 0, "out of memory");
    }

    return rc;
}


static oci_status_e
ngx_http_registry_referrers_each(void *data, const oci_referrer_t *referrer,
    oci_error_t *err)
{
    oci_str_t                       none = oci_null_string;
    oci_pool_t                     *pool;
    oci_status_e                    rc;
    oci_manifest_t                  m;
    ngx_http_registry_referrers_t  *list = data;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = OCI_OK;

    if (oci_manifest_parse(&m, pool, &referrer->content, &none, NULL)
        == OCI_OK
        && (list->filter.len == 0
            || oci_str_eq(&list->filter, &m.artifact_type)))
    {
        if (ngx_http_registry_referrers_add(list,
                          oci_manifest_descriptor(&m, &referrer->digest,
                                                  referrer->content.len)))
        {
            list->end = referrer->digest;

        } else {
            rc = OCI_LIMIT;
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


/* takes descriptor; false when it has to go on the next page */

static bool
ngx_http_registry_referrers_add(ngx_http_registry_referrers_t *list,
    json_t *descriptor)
{
    char    *text;
    size_t   len;

    text = (descriptor != NULL) ? json_dumps(descriptor, JSON_COMPACT) : NULL;
    json_decref(descriptor);

    if (text == NULL) {
        list->index.failed = true;
        return true;
    }

    len = ngx_strlen(text);

    if (list->end.alg != OCI_ALG_NONE) {

        if (list->index.len + len > NGX_HTTP_REGISTRY_PAGE) {
            list->more = true;
            free(text);
            return false;
        }

        oci_buf_adds(&list->index, ",");
    }

    oci_buf_add(&list->index, text, len);
    free(text);

    return true;
}


static void
ngx_http_registry_referrers_done(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_http_registry_ctx_t        *ctx;
    ngx_http_registry_referrers_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = ctx->job.data;

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else if (ngx_http_registry_referrers_link(r, list) != NGX_OK
               || (list->filter.len != 0
                   && ngx_http_registry_header_str(r, "OCI-Filters-Applied",
                                                   oci_str("artifactType"))
                      != NGX_OK))
    {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        rc = ngx_http_registry_reply_data(r, NGX_HTTP_OK, OCI_TYPE_OCI_INDEX,
                                          list->answer.data, list->answer.len);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_registry_referrers_link(ngx_http_request_t *r,
    ngx_http_registry_referrers_t *list)
{
    u_char                   *filter, *end;
    oci_str_t                 link;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (!list->more) {
        return NGX_OK;
    }

    filter = ngx_pnalloc(r->pool, list->filter.len * 3 + 1);
    if (filter == NULL) {
        return NGX_ERROR;
    }

    end = (u_char *) ngx_escape_uri(filter, list->filter.data,
                                    list->filter.len,
                                    NGX_ESCAPE_URI_COMPONENT);
    *end = '\0';

    link = oci_strf(ctx->job.pool,
                    "</v2/%.*s/referrers/%s?%s%s%slast=%s>; rel=\"next\"",
                    (int) ctx->job.route.repo.len, ctx->job.route.repo.data,
                    ctx->job.route.digest.text,
                    list->filter.len != 0 ? "artifactType=" : "", filter,
                    list->filter.len != 0 ? "&" : "", list->end.text);

    return ngx_http_registry_header_str(r, "Link", link);
}
