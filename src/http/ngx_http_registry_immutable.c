/*
 * Tags that stay what they are: registry_immutable.
 */

#include "ngx_http_registry.h"
#include "oci_care.h"
#include "oci_manifest.h"


#define NGX_HTTP_REGISTRY_DEPTH     8
#define NGX_HTTP_REGISTRY_MANIFEST  (64 * 1024 * 1024)


typedef struct {
    oci_glob_t                   repo;
    oci_glob_t                   tag;
    bool                         tagged;     /* else every tag */
} ngx_http_registry_immutable_t;


/* an image that an immutable tag points to, and what is looked for in it */

typedef struct {
    ngx_http_registry_job_t     *job;
    const oci_digest_t          *digest;
    oci_repo_t                   repo;       /* its pool: of one tag */
} ngx_http_registry_part_t;


static oci_status_e ngx_http_registry_immutable_tag(void *data,
    const oci_str_t *tag, oci_error_t *err);
static oci_status_e ngx_http_registry_immutable_image(
    ngx_http_registry_part_t *part, const oci_digest_t *digest,
    ngx_uint_t depth, oci_error_t *err);
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


oci_status_e
ngx_http_registry_immutable_part(void *data, const oci_str_t *tag,
    oci_error_t *err)
{
    ngx_http_registry_job_t  *job = data;

    ngx_http_registry_part_t  part = { job, &job->route.digest, job->repo };

    return ngx_http_registry_immutable_here(job)
           ? oci_store_walk_places(&job->repo, OCI_LINK_TAG,
                                   ngx_http_registry_immutable_tag, &part, err)
           : OCI_OK;
}


ngx_uint_t
ngx_http_registry_immutable_here(const ngx_http_registry_job_t *job)
{
    ngx_uint_t                      i;
    ngx_http_registry_immutable_t  *patterns;

    if (job->immutable == NULL) {
        return 0;
    }

    patterns = job->immutable->elts;

    for (i = 0; i < job->immutable->nelts; i++) {
        if (oci_glob_match(&patterns[i].repo, &job->route.repo, NULL)) {
            return 1;
        }
    }

    return 0;
}


static oci_status_e
ngx_http_registry_immutable_tag(void *data, const oci_str_t *tag,
    oci_error_t *err)
{
    oci_digest_t               digest;
    oci_status_e               rc;
    ngx_http_registry_part_t  *part = data;

    if (!ngx_http_registry_immutable(part->job, tag)) {
        return OCI_OK;
    }

    part->repo.pool = oci_pool_create();
    if (part->repo.pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_store_tag(&part->repo, tag, &digest, err);

    /* of what the tag itself points to, its deletion asks for the tag */

    if (rc == OCI_OK && !oci_digest_eq(&digest, part->digest)) {
        rc = ngx_http_registry_immutable_image(part, &digest, 0, err);
    }

    oci_pool_destroy(part->repo.pool);

    if (rc == OCI_EXISTS) {
        return oci_error(err, OCI_DENIED, 0, "the tag \"%.*s\" is immutable: "
                         "its image needs this", (int) tag->len, tag->data);
    }

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


/* OCI_EXISTS: it is a part; what cannot be read may have it as one */

static oci_status_e
ngx_http_registry_immutable_image(ngx_http_registry_part_t *part,
    const oci_digest_t *digest, ngx_uint_t depth, oci_error_t *err)
{
    size_t          i;
    oci_str_t       content, none = oci_null_string;
    oci_status_e    rc;
    oci_manifest_t  m;

    rc = oci_store_manifest(&part->repo, digest, NGX_HTTP_REGISTRY_MANIFEST,
                            &content, NULL);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "manifest %s cannot be read",
                         digest->text);
    }

    if (oci_manifest_parse(&m, part->repo.pool, &content, &none, NULL)
        != OCI_OK)
    {
        return OCI_OK;
    }

    if (m.config != NULL && oci_digest_eq(&m.config->digest, part->digest)) {
        return OCI_EXISTS;
    }

    for (i = 0; rc == OCI_OK && i < m.nparts; i++) {

        if (oci_digest_eq(&m.parts[i].digest, part->digest)) {
            rc = OCI_EXISTS;

        } else if (m.kind == OCI_INDEX && depth < NGX_HTTP_REGISTRY_DEPTH) {
            rc = ngx_http_registry_immutable_image(part, &m.parts[i].digest,
                                                   depth + 1, err);
        }
    }

    return rc;
}
