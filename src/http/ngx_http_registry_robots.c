/*
 * registry_auth robots FILE: secrets that "tally token" makes, as the password
 * of their name or as a Bearer token.
 */

#include "ngx_http_registry_auth.h"

#include "oci_robots.h"


static char *ngx_http_registry_robots_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs);
static void *ngx_http_registry_robots_parse(oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static ngx_int_t ngx_http_registry_robots_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_robots_still(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_robots_known(ngx_http_request_t *r,
    const oci_robot_t *robot, ngx_http_registry_auth_t *auth);


const ngx_http_registry_method_type_t  ngx_http_registry_robots = {
    ngx_string("robots"),
    0,
    ngx_http_registry_robots_configure,
    ngx_http_registry_robots_check,
    ngx_http_registry_robots_still
};


static char *
ngx_http_registry_robots_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs)
{
    m->conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_watch_t));

    if (m->conf == NULL || nargs != 1) {
        return "robots needs one file";
    }

    return ngx_http_registry_watch_open(cf, m->conf, &args[0],
                                        ngx_http_registry_robots_parse);
}


static void *
ngx_http_registry_robots_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    oci_robots_t  *robots;

    return (oci_robots_parse(&robots, pool, text, err) == OCI_OK) ? robots
                                                                  : NULL;
}


static ngx_int_t
ngx_http_registry_robots_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    const oci_robot_t  *robot;

    if (auth->kind == NGX_HTTP_REGISTRY_NO_CREDENTIALS
        || !oci_str_prefix(&auth->password, OCI_ROBOT_PREFIX))
    {
        return NGX_DECLINED;
    }

    robot = oci_robots_secret(ngx_http_registry_watch(m->conf,
                                                      r->connection->log),
                              &auth->password);

    if (robot == NULL || (auth->kind == NGX_HTTP_REGISTRY_BASIC
                          && !oci_str_eq(&robot->name, &auth->user)))
    {
        return NGX_DECLINED;
    }

    return ngx_http_registry_robots_known(r, robot, auth);
}


static ngx_int_t
ngx_http_registry_robots_still(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    oci_str_t           version;
    oci_array_t         grants;
    const oci_robot_t  *robot;

    robot = oci_robots_find(ngx_http_registry_watch(m->conf,
                                                    r->connection->log),
                            &auth->who.name);
    if (robot == NULL) {
        return NGX_ABORT;
    }

    /* the token has grants of its own, which are among those of the robot */

    version = auth->version;
    grants = auth->who.grants;

    if (ngx_http_registry_robots_known(r, robot, auth) != NGX_OK) {
        return NGX_ABORT;
    }

    auth->full = auth->who.grants;
    auth->who.grants = grants;

    return oci_str_eq(&version, &auth->version) ? NGX_OK : NGX_ABORT;
}


static ngx_int_t
ngx_http_registry_robots_known(ngx_http_request_t *r,
    const oci_robot_t *robot, ngx_http_registry_auth_t *auth)
{
    ngx_uint_t                i;
    oci_grant_t              *grant, *given;
    ngx_http_registry_ctx_t  *ctx;

    if (robot->expires != 0 && robot->expires <= ngx_time()) {
        (void) oci_error(&auth->why, OCI_DENIED, 0, "\"%.*s\" has expired",
                         (int) robot->name.len, robot->name.data);
        return NGX_ABORT;
    }

    /* copied: the file may be read again while a task asks what is allowed */

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    auth->who.kind = OCI_TOKEN;
    auth->who.name = oci_str_dup(ctx->job.pool, robot->name.data,
                                 robot->name.len);
    auth->version = oci_str_dup(ctx->job.pool, robot->digest.data, 23);
    auth->who.bounded = true;
    auth->who.delegated = true;

    oci_array_init(&auth->who.grants, ctx->job.pool, sizeof(oci_grant_t));
    given = robot->grants.elts;

    for (i = 0; i < robot->grants.nelts; i++) {
        grant = oci_array_push(&auth->who.grants);
        if (grant == NULL) {
            return NGX_ERROR;
        }

        *grant = given[i];
        grant->repo.text = oci_str_dup(ctx->job.pool,
                                       given[i].repo.text.data,
                                       given[i].repo.text.len);
        if (grant->repo.text.data == NULL) {
            return NGX_ERROR;
        }
    }

    return (auth->who.name.data != NULL && auth->version.data != NULL)
           ? NGX_OK : NGX_ERROR;
}
