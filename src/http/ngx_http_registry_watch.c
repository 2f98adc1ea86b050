/*
 * Files that are read again when they have changed, without a reload.
 *
 * They are small and looked at when credentials are: a stat() in the worker,
 * as nginx's auth_basic opens its file for every request.  Requests that have
 * arrived in the same millisecond share one.
 */

#include "ngx_http_registry_auth.h"

#include "oci_file.h"


#define NGX_HTTP_REGISTRY_WATCH_MAX  (16 * 1024 * 1024)


static ngx_int_t ngx_http_registry_watch_read(ngx_http_registry_watch_t *w,
    oci_error_t *err);
static void ngx_http_registry_watch_close(void *data);


char *
ngx_http_registry_watch_open(ngx_conf_t *cf, ngx_http_registry_watch_t *w,
    ngx_str_t *path, ngx_http_registry_parse_pt parse)
{
    oci_error_t          err = { OCI_OK, 0, "" };
    ngx_pool_cleanup_t  *cln;

    w->path = *path;
    w->parse = parse;

    if (ngx_conf_full_name(cf->cycle, &w->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_registry_watch_close;
    cln->data = w;

    (void) stat((char *) w->path.data, &w->st);

    if (ngx_http_registry_watch_read(w, &err) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": %s", &w->path,
                           err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


void *
ngx_http_registry_watch(ngx_http_registry_watch_t *w, ngx_log_t *log)
{
    oci_error_t  err = { OCI_OK, 0, "" };
    struct stat  st;

    if (w->looked == ngx_current_msec) {
        return w->data;
    }

    w->looked = ngx_current_msec;

    if (stat((char *) w->path.data, &st) == -1) {
        ngx_memzero(&st, sizeof(st));
    }

    if (st.st_mtim.tv_sec == w->st.st_mtim.tv_sec
        && st.st_mtim.tv_nsec == w->st.st_mtim.tv_nsec
        && st.st_ctim.tv_nsec == w->st.st_ctim.tv_nsec
        && st.st_ino == w->st.st_ino && st.st_size == w->st.st_size)
    {
        return w->data;
    }

    w->st = st;

    if (ngx_http_registry_watch_read(w, &err) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "registry: \"%V\": %s; what it held before holds",
                      &w->path, err.text);
    }

    return w->data;
}


static ngx_int_t
ngx_http_registry_watch_read(ngx_http_registry_watch_t *w, oci_error_t *err)
{
    void        *data;
    oci_str_t    text;
    oci_pool_t  *pool;

    pool = oci_pool_create();
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&text, sizeof(text));

    /* one that has gone lets nobody in; at start it is missed */

    if (w->data == NULL || w->st.st_ino != 0) {
        (void) oci_file_read(pool, (char *) w->path.data,
                             NGX_HTTP_REGISTRY_WATCH_MAX, &text, err);
    }

    data = (err->status == OCI_OK) ? w->parse(pool, &text, err) : NULL;

    if (data == NULL) {
        oci_pool_destroy(pool);
        return NGX_ERROR;
    }

    oci_pool_destroy(w->pool);
    w->pool = pool;
    w->data = data;

    return NGX_OK;
}


static void
ngx_http_registry_watch_close(void *data)
{
    ngx_http_registry_watch_t  *w = data;

    oci_pool_destroy(w->pool);
}
