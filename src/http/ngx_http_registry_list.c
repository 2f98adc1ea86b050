/*
 * Lists of names: tags, repositories.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_CATALOG_N  100    /* registry:2's default page */

/* of all tags: in memory at a time */

#define NGX_HTTP_REGISTRY_TAGS_PIECE  10000


typedef struct {
    oci_str_t     last;
    size_t        n;
    oci_array_t   names;
    bool          more;

    /* all tags, in pieces */
    oci_buf_t     from;             /* the last one of the piece before */
    ngx_buf_t     out;
    unsigned      begun:1;          /* the header is sent */
    unsigned      listed:1;         /* a tag is before the next one */
    oci_buf_t     text;             /* a piece of the answer */
} ngx_http_registry_list_t;


typedef oci_status_e (*ngx_http_registry_page_pt)(
    ngx_http_registry_job_t *job, oci_str_t *last, oci_array_t *names,
    bool *more);


static ngx_http_registry_list_t *ngx_http_registry_list_new(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_registry_list_start(ngx_http_request_t *r,
    size_t n, ngx_http_registry_run_pt run, ngx_http_registry_done_pt done);
static oci_status_e ngx_http_registry_tags_run(ngx_http_registry_job_t *job);
static void ngx_http_registry_tags_done(ngx_http_request_t *r);
static oci_status_e ngx_http_registry_tags_piece(
    ngx_http_registry_job_t *job);
static void ngx_http_registry_tags_pieces(ngx_http_registry_list_t *list,
    const oci_str_t *repo);
static void ngx_http_registry_tags_got(ngx_http_request_t *r);
static void ngx_http_registry_tags_send(ngx_http_request_t *r);
static void ngx_http_registry_tags_write(ngx_http_request_t *r);
static oci_status_e ngx_http_registry_catalog_run(
    ngx_http_registry_job_t *job);
static oci_status_e ngx_http_registry_tags_page(
    ngx_http_registry_job_t *job, oci_str_t *last, oci_array_t *names,
    bool *more);
static oci_status_e ngx_http_registry_catalog_page(
    ngx_http_registry_job_t *job, oci_str_t *last, oci_array_t *names,
    bool *more);
static oci_status_e ngx_http_registry_names_run(ngx_http_registry_job_t *job,
    ngx_http_registry_page_pt page);
static ngx_uint_t ngx_http_registry_list_shows(ngx_http_registry_job_t *job,
    oci_str_t *name);
static void ngx_http_registry_catalog_done(ngx_http_request_t *r);
static json_t *ngx_http_registry_list_names(ngx_http_registry_list_t *list);
static ngx_int_t ngx_http_registry_list_link(ngx_http_request_t *r,
    ngx_http_registry_list_t *list);
static void ngx_http_registry_list_free(void *data);


/* without "n" all of them, as scripts expect that know registry:2 */

ngx_int_t
ngx_http_registry_tags(ngx_http_request_t *r)
{
    oci_str_t  n;

    if (ngx_http_registry_arg(r, "n", 0, &n) == NGX_OK) {
        return ngx_http_registry_list_start(r, 0, ngx_http_registry_tags_run,
                                            ngx_http_registry_tags_done);
    }

    return ngx_http_registry_list_start(r, NGX_HTTP_REGISTRY_TAGS_PIECE,
                                        ngx_http_registry_tags_piece,
                                        ngx_http_registry_tags_got);
}


ngx_int_t
ngx_http_registry_catalog(ngx_http_request_t *r)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (!conf->catalog) {
        return ngx_http_registry_reply_error(r, NGX_HTTP_REGISTRY_UNSUPPORTED,
                                             "the catalog is disabled", NULL);
    }

    return ngx_http_registry_list_start(r, ngx_min(conf->max_entries,
                                               NGX_HTTP_REGISTRY_CATALOG_N),
                                        ngx_http_registry_catalog_run,
                                        ngx_http_registry_catalog_done);
}


static ngx_http_registry_list_t *
ngx_http_registry_list_new(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_list_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    list = ngx_pcalloc(r->pool, sizeof(ngx_http_registry_list_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (list == NULL || cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_registry_list_free;
    cln->data = list;

    ctx->job.data = list;

    return list;
}


static ngx_int_t
ngx_http_registry_list_start(ngx_http_request_t *r, size_t n,
    ngx_http_registry_run_pt run, ngx_http_registry_done_pt done)
{
    uint64_t                       value;
    oci_str_t                      text;
    ngx_http_registry_list_t      *list;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    list = ngx_http_registry_list_new(r);
    if (list == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    list->n = n;

    if (ngx_http_registry_arg(r, "n", 0, &text) == NGX_OK) {

        if (!oci_str_number(&text, INT64_MAX, &value)) {
            return ngx_http_registry_reply_error(r,
                                        NGX_HTTP_REGISTRY_PAGINATION_INVALID,
                                        NULL, NULL);
        }

        /* more than we give in one page: the rest is behind the link */

        list->n = ngx_min(value, conf->max_entries);
    }

    (void) ngx_http_registry_arg(r, "last", 0, &list->last);

    return ngx_http_registry_begin(r, run, done);
}


static oci_status_e
ngx_http_registry_tags_run(ngx_http_registry_job_t *job)
{
    return ngx_http_registry_names_run(job, ngx_http_registry_tags_page);
}


static oci_status_e
ngx_http_registry_tags_page(ngx_http_registry_job_t *job, oci_str_t *last,
    oci_array_t *names, bool *more)
{
    ngx_http_registry_list_t  *list;

    list = job->data;

    return oci_store_tags(&job->repo, last, list->n, names, more, &job->err);
}


static oci_status_e
ngx_http_registry_catalog_run(ngx_http_registry_job_t *job)
{
    return ngx_http_registry_names_run(job, ngx_http_registry_catalog_page);
}


static oci_status_e
ngx_http_registry_catalog_page(ngx_http_registry_job_t *job, oci_str_t *last,
    oci_array_t *names, bool *more)
{
    ngx_http_registry_list_t  *list;

    list = job->data;

    return oci_store_catalog(job->repo.store, job->pool, last, list->n,
                             names, more, &job->err);
}


/* reads pages until one of ours is full of what the client may see */

static oci_status_e
ngx_http_registry_names_run(ngx_http_registry_job_t *job,
    ngx_http_registry_page_pt page)
{
    bool                       more;
    size_t                     i;
    oci_str_t                  last, *name, *copy;
    oci_array_t                names;
    oci_status_e               rc;
    ngx_http_registry_list_t  *list;

    list = job->data;
    last = list->last;
    oci_array_init(&list->names, job->pool, sizeof(oci_str_t));

    if (job->auth == NULL) {
        return page(job, &last, &list->names, &list->more);
    }

    do {
        oci_array_init(&names, job->pool, sizeof(oci_str_t));

        rc = page(job, &last, &names, &more);
        if (rc != OCI_OK) {
            return rc;
        }

        name = names.elts;

        for (i = 0; i < names.nelts; i++) {
            last = name[i];

            if (!ngx_http_registry_list_shows(job, &name[i])) {
                continue;
            }

            if (list->names.nelts == list->n) {
                list->more = true;
                return OCI_OK;
            }

            copy = oci_array_push(&list->names);
            if (copy == NULL) {
                return oci_error(&job->err, OCI_NOMEM, 0, "out of memory");
            }

            *copy = name[i];
        }

    } while (more && names.nelts != 0);

    return OCI_OK;
}


static ngx_uint_t
ngx_http_registry_list_shows(ngx_http_registry_job_t *job, oci_str_t *name)
{
    if (job->route.kind == OCI_ROUTE_CATALOG) {
        return ngx_http_registry_may(job->auth, name, NULL, OCI_MAY_CATALOG);
    }

    return ngx_http_registry_may(job->auth, &job->route.repo, name,
                                 OCI_MAY_PULL);
}


static void
ngx_http_registry_tags_done(ngx_http_request_t *r)
{
    json_t                    *json;
    ngx_int_t                  rc;
    oci_str_t                 *repo;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_list_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = ctx->job.data;

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else if (ngx_http_registry_list_link(r, list) != NGX_OK) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        repo = &ctx->job.route.repo;
        json = json_pack("{s:s%, s:o}", "name", (char *) repo->data,
                         repo->len, "tags",
                         ngx_http_registry_list_names(list));
        rc = ngx_http_registry_reply_json(r, NGX_HTTP_OK, json,
                                          "application/json");
    }

    ngx_http_finalize_request(r, rc);
}


/* a piece of the answer in list->text, in memory of its own */

static oci_status_e
ngx_http_registry_tags_piece(ngx_http_registry_job_t *job)
{
    oci_pool_t                *pool;
    oci_status_e               rc;
    ngx_http_registry_list_t  *list;

    list = job->data;
    pool = job->pool;
    job->pool = oci_pool_create();

    if (job->pool == NULL) {
        job->pool = pool;
        return oci_error(&job->err, OCI_NOMEM, 0, "out of memory");
    }

    list->more = false;
    rc = ngx_http_registry_tags_run(job);

    if (rc == OCI_OK) {
        ngx_http_registry_tags_pieces(list, &job->route.repo);
    }

    oci_pool_destroy(job->pool);
    job->pool = pool;

    if (rc == OCI_OK && (list->text.failed || list->from.failed)) {
        rc = oci_error(&job->err, OCI_NOMEM, 0, "out of memory");
    }

    list->last.data = list->from.data;
    list->last.len = list->from.len;

    return rc;
}


static void
ngx_http_registry_tags_pieces(ngx_http_registry_list_t *list,
    const oci_str_t *repo)
{
    char       *text;
    size_t      i;
    json_t     *name;
    oci_str_t  *s;

    list->text.len = 0;

    if (!list->begun) {
        oci_buf_addf(&list->text, "{\"name\":\"%.*s\",\"tags\":[",
                     (int) repo->len, repo->data);
    }

    s = list->names.elts;

    for (i = 0; i < list->names.nelts; i++) {

        /* what is not UTF-8 is no name of ours */

        name = json_stringn((char *) s[i].data, s[i].len);
        text = json_dumps(name, JSON_ENCODE_ANY);
        json_decref(name);

        if (text != NULL) {
            oci_buf_addf(&list->text, "%s%s", list->listed ? "," : "", text);
            list->listed = 1;
            free(text);
        }
    }

    if (list->more) {
        list->from.len = 0;
        oci_buf_add(&list->from, s[i - 1].data, s[i - 1].len);

    } else {
        oci_buf_adds(&list->text, "]}\n");
    }
}


static void
ngx_http_registry_tags_got(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_list_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = ctx->job.data;

    if (list->begun && ctx->status == OCI_OK) {
        ngx_http_registry_tags_send(r);
        return;
    }

    if (list->begun) {

        /* too late for an error: the client sees an answer that is cut */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "registry: %s",
                      ctx->job.err.text);
        rc = NGX_ERROR;

    } else if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else if (!list->more) {
        rc = ngx_http_registry_reply_data(r, NGX_HTTP_OK, "application/json",
                                          list->text.data, list->text.len);

    } else {
        list->begun = 1;
        rc = ngx_http_registry_reply_head(r, NGX_HTTP_OK, "application/json");

        if (rc == NGX_OK && !r->header_only) {
            ngx_http_registry_tags_send(r);
            return;
        }
    }

    ngx_http_finalize_request(r, rc);
}


/* nothing is read before the client has taken what was sent */

static void
ngx_http_registry_tags_send(ngx_http_request_t *r)
{
    ngx_buf_t                 *b;
    ngx_chain_t                out;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_list_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = ctx->job.data;

    b = &list->out;
    ngx_memzero(b, sizeof(ngx_buf_t));

    b->pos = list->text.data;
    b->last = b->pos + list->text.len;
    b->memory = 1;
    b->flush = list->more;
    b->last_buf = !list->more;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    if (!list->more) {
        ngx_http_finalize_request(r, ngx_http_output_filter(r, &out));
        return;
    }

    if (ngx_http_output_filter(r, &out) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    r->write_event_handler = ngx_http_registry_tags_write;
    ngx_http_registry_tags_write(r);
}


static void
ngx_http_registry_tags_write(ngx_http_request_t *r)
{
    ngx_event_t               *wev;
    ngx_connection_t          *c;
    ngx_http_core_loc_conf_t  *clcf;

    c = r->connection;
    wev = c->write;

    if (wev->timedout) {
        c->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (!wev->delayed && ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (!wev->delayed && !r->buffered && !c->buffered) {

        if (wev->timer_set) {
            ngx_del_timer(wev);
        }

        if (ngx_http_registry_task(r, ngx_http_registry_tags_piece,
                                   ngx_http_registry_tags_got)
            != NGX_OK)
        {
            ngx_http_finalize_request(r, NGX_ERROR);
        }

        return;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!wev->delayed && !wev->timer_set) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


static void
ngx_http_registry_catalog_done(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_registry_ctx_t   *ctx;
    ngx_http_registry_list_t  *list;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    list = ctx->job.data;

    if (ctx->status != OCI_OK) {
        rc = ngx_http_registry_reply_status(r, ctx->status);

    } else if (ngx_http_registry_list_link(r, list) != NGX_OK) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        rc = ngx_http_registry_reply_json(r, NGX_HTTP_OK,
                                 json_pack("{s:o}", "repositories",
                                           ngx_http_registry_list_names(list)),
                                 "application/json");
    }

    ngx_http_finalize_request(r, rc);
}


static json_t *
ngx_http_registry_list_names(ngx_http_registry_list_t *list)
{
    json_t     *json;
    oci_str_t  *name;
    ngx_uint_t  i;

    json = json_array();
    name = list->names.elts;

    for (i = 0; i < list->names.nelts; i++) {

        /* what is not UTF-8 is no name of ours */

        (void) json_array_append_new(json,
                                     json_stringn((char *) name[i].data,
                                                  name[i].len));
    }

    return json;
}


/* RFC 8288; relative, so that any proxy in front of us is right */

static ngx_int_t
ngx_http_registry_list_link(ngx_http_request_t *r,
    ngx_http_registry_list_t *list)
{
    u_char                   *escaped, *end;
    oci_str_t                 link, *last;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (!list->more || list->names.nelts == 0) {
        return NGX_OK;
    }

    last = (oci_str_t *) list->names.elts + list->names.nelts - 1;

    escaped = ngx_pnalloc(r->pool, last->len * 3 + 1);
    if (escaped == NULL) {
        return NGX_ERROR;
    }

    end = (u_char *) ngx_escape_uri(escaped, last->data, last->len,
                                    NGX_ESCAPE_URI_COMPONENT);
    *end = '\0';

    if (ctx->job.route.kind == OCI_ROUTE_CATALOG) {
        link = oci_strf(ctx->job.pool,
                        "</v2/_catalog?last=%s&n=%zu>; rel=\"next\"",
                        escaped, list->n);

    } else {
        link = oci_strf(ctx->job.pool,
                        "</v2/%.*s/tags/list?last=%s&n=%zu>; rel=\"next\"",
                        (int) ctx->job.route.repo.len,
                        ctx->job.route.repo.data, escaped, list->n);
    }

    return ngx_http_registry_header_str(r, "Link", link);
}


static void
ngx_http_registry_list_free(void *data)
{
    ngx_http_registry_list_t  *list = data;

    oci_buf_free(&list->text);
    oci_buf_free(&list->from);
}
