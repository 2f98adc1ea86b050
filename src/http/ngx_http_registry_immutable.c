/*
 * Tags that stay what they are: registry_immutable.
 */

#include "ngx_http_registry.h"


typedef struct {
    oci_glob_t                   repo;
    oci_glob_t                   tag;
    bool                         tagged;     /* else every tag */
} ngx_http_registry_immutable_t;


static char *ngx_http_registry_immutable_add(ngx_conf_t *cf,
    ngx_array_t *patterns, oci_pool_t *pool, ngx_str_t *word);


char *
ngx_http_registry_set_immutable(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    char                          *rv;
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    oci_pool_t                    *pool;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {

        if (rlcf->immutable != NGX_CONF_UNSET_PTR) {
            return "is duplicate";
        }

        rlcf->immutable = NULL;
        return NGX_CONF_OK;
    }

    if (rlcf->immutable == NULL) {
        return "is duplicate";
    }

    if (rlcf->immutable == NGX_CONF_UNSET_PTR) {
        rlcf->immutable = ngx_array_create(cf->pool, 4,
                                       sizeof(ngx_http_registry_immutable_t));
    }

    pool = ngx_http_registry_conf_pool(cf);

    if (rlcf->immutable == NULL || pool == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_registry_immutable_add(cf, rlcf->immutable, pool,
                                             &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_registry_immutable_add(ngx_conf_t *cf, ngx_array_t *patterns,
    oci_pool_t *pool, ngx_str_t *word)
{
    oci_str_t                       text;
    oci_error_t                     err = { OCI_OK, 0, "" };
    ngx_http_registry_immutable_t  *pattern;

    text = ngx_http_registry_str(word);

    /* a pattern is of names alone, whoever asks */

    if (ngx_strlchr(word->data, word->data + word->len, '$') != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_immutable\": no name has a \"$\": "
                           "\"%V\"", word);
        return NGX_CONF_ERROR;
    }

    pattern = ngx_array_push(patterns);
    if (pattern == NULL) {
        return NGX_CONF_ERROR;
    }

    if (oci_glob_target(&pattern->repo, &pattern->tag, &pattern->tagged, pool,
                        &text, &err)
        != OCI_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_immutable\": %s", err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* memory that goes with the configuration; NULL: there is none */

oci_pool_t *
ngx_http_registry_conf_pool(ngx_conf_t *cf)
{
    oci_pool_t          *pool;
    ngx_pool_cleanup_t  *cln;

    pool = oci_pool_create();
    if (pool == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        oci_pool_destroy(pool);
        return NULL;
    }

    cln->handler = (ngx_pool_cleanup_pt) oci_pool_destroy;
    cln->data = pool;

    return pool;
}


ngx_uint_t
ngx_http_registry_immutable(const ngx_http_registry_job_t *job,
    const oci_str_t *tag)
{
    ngx_uint_t                      i;
    ngx_http_registry_immutable_t  *patterns;

    if (job->immutable == NULL) {
        return 0;
    }

    patterns = job->immutable->elts;

    for (i = 0; i < job->immutable->nelts; i++) {

        if (oci_glob_match(&patterns[i].repo, &job->route.repo, NULL)
            && (!patterns[i].tagged
                || oci_glob_match(&patterns[i].tag, tag, NULL)))
        {
            return 1;
        }
    }

    return 0;
}
