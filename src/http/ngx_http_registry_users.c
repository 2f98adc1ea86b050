/*
 * registry_auth htpasswd FILE [groups=FILE]: users and their passwords.
 *
 * A password that was right is remembered for a while, by a hash of it, of
 * the name and of the line of the file: whoever changes the file changes that.
 */

#include "ngx_http_registry_auth.h"

#include "oci_users.h"


#define NGX_HTTP_REGISTRY_GOOD  300         /* s that a password is known */


typedef struct {
    ngx_http_registry_watch_t   users;
    ngx_http_registry_watch_t   groups;     /* path.len is 0: none */
} ngx_http_registry_users_t;


static char *ngx_http_registry_users_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs);
static void *ngx_http_registry_users_parse(oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static void *ngx_http_registry_groups_parse(oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static ngx_int_t ngx_http_registry_users_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static oci_status_e ngx_http_registry_users_run(
    ngx_http_registry_job_t *job);
static ngx_int_t ngx_http_registry_users_still(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);
static ngx_int_t ngx_http_registry_users_known(ngx_http_request_t *r,
    ngx_http_registry_users_t *u, ngx_http_registry_auth_t *auth,
    const oci_str_t *hash);
static ngx_int_t ngx_http_registry_users_version(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_str_t *hash);


const ngx_http_registry_method_type_t  ngx_http_registry_htpasswd = {
    ngx_string("htpasswd"),
    0,
    ngx_http_registry_users_configure,
    ngx_http_registry_users_check,
    ngx_http_registry_users_still
};


static char *
ngx_http_registry_users_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs)
{
    ngx_str_t                   path;
    ngx_uint_t                  i;
    ngx_http_registry_users_t  *u;

    u = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_users_t));

    if (u == NULL || nargs == 0) {
        return "names no file of users";
    }

    m->conf = u;

    for (i = 1; i < nargs; i++) {

        if (!ngx_http_registry_option(&args[i], "groups", &path)
            || u->groups.path.len != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of "
                               "\"registry_auth htpasswd\"", &args[i]);
            return NGX_CONF_ERROR;
        }

        if (ngx_http_registry_watch_open(cf, &u->groups, &path,
                                         ngx_http_registry_groups_parse)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_registry_watch_open(cf, &u->users, &args[0],
                                        ngx_http_registry_users_parse);
}


static void *
ngx_http_registry_users_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    oci_users_t  *users;

    return (oci_users_parse(&users, pool, text, err) == OCI_OK) ? users
                                                                : NULL;
}


static void *
ngx_http_registry_groups_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    oci_users_t  *users;

    return (oci_groups_parse(&users, pool, text, err) == OCI_OK) ? users
                                                                 : NULL;
}


static ngx_int_t
ngx_http_registry_users_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    oci_str_t                   parts[4];
    const oci_user_t           *user;
    const oci_users_t          *users;
    ngx_http_registry_ctx_t    *ctx;
    ngx_http_registry_users_t  *u = m->conf;

    if (auth->kind != NGX_HTTP_REGISTRY_BASIC) {
        return NGX_DECLINED;
    }

    if (auth->tried) {

        if (!auth->good) {
            (void) oci_error(&auth->why, OCI_DENIED, 0, "wrong password");
            return NGX_ABORT;
        }

        ngx_http_registry_remember(&auth->key, 1,
                                   ngx_time() + NGX_HTTP_REGISTRY_GOOD);

        return ngx_http_registry_users_known(r, u, auth, &auth->hash);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    users = ngx_http_registry_watch(&u->users, r->connection->log);
    user = oci_users_find(users, &auth->user, NULL);

    auth->run = ngx_http_registry_users_run;

    if (user == NULL) {
        user = oci_users_decoy(users, &auth->user);

        if (user != NULL && !auth->decoy) {
            auth->hash = oci_str_dup(ctx->job.pool, user->value.data,
                                     user->value.len);
            auth->decoy = 1;
        }

        return NGX_DECLINED;
    }

    parts[0] = oci_str("password");
    parts[1] = auth->user;
    parts[2] = auth->password;
    parts[3] = user->value;

    ngx_http_registry_seen_key(&auth->key, parts, 4);

    if (ngx_http_registry_seen(&auth->key) != 0) {
        return ngx_http_registry_users_known(r, u, auth, &user->value);
    }

    auth->decoy = 0;
    auth->hash = oci_str_dup(ctx->job.pool, user->value.data,
                             user->value.len);

    return (auth->hash.data != NULL) ? NGX_AGAIN : NGX_ERROR;
}


/* in a thread of the pool */

static oci_status_e
ngx_http_registry_users_run(ngx_http_registry_job_t *job)
{
    ngx_http_registry_auth_t  *auth = job->data;

    return oci_password_check(&auth->hash, &auth->password) ? OCI_OK
                                                            : OCI_DENIED;
}


/* the one of a token, if his password is what it was */

static ngx_int_t
ngx_http_registry_users_still(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    oci_str_t                   version;
    const oci_user_t           *user;
    ngx_http_registry_users_t  *u = m->conf;

    version = auth->version;
    auth->user = auth->who.name;

    user = oci_users_find(ngx_http_registry_watch(&u->users,
                                                  r->connection->log),
                          &auth->user, NULL);

    if (user == NULL
        || ngx_http_registry_users_known(r, u, auth, &user->value) != NGX_OK)
    {
        return NGX_ABORT;
    }

    return oci_str_eq(&version, &auth->version) ? NGX_OK : NGX_ABORT;
}


static ngx_int_t
ngx_http_registry_users_known(ngx_http_request_t *r,
    ngx_http_registry_users_t *u, ngx_http_registry_auth_t *auth,
    const oci_str_t *hash)
{
    size_t                    n;
    oci_str_t                *group;
    oci_users_t              *groups;
    const oci_user_t         *entry;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    auth->who.kind = OCI_USER;
    auth->who.name = auth->user;
    auth->who.groups.nelts = 0;

    /* tokens are bound to it: one to be made, and one that is shown */

    if ((auth->kind == NGX_HTTP_REGISTRY_BEARER
         || ngx_http_registry_is_token(r))
        && ngx_http_registry_users_version(r, auth, hash) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (u->groups.path.len == 0) {
        return NGX_OK;
    }

    groups = ngx_http_registry_watch(&u->groups, r->connection->log);
    entry = oci_users_find(groups, &auth->user, &n);

    for ( /* void */ ; n != 0; n--, entry++) {
        group = oci_array_push(&auth->who.groups);

        if (group == NULL) {
            return NGX_ERROR;
        }

        *group = oci_str_dup(ctx->job.pool, entry->value.data,
                             entry->value.len);
        if (group->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_users_version(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_str_t *hash)
{
    oci_digest_t              digest;
    ngx_http_registry_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    oci_digest_of(&digest, OCI_SHA256, hash->data, hash->len);
    auth->version = oci_str_dup(ctx->job.pool,
                                (u_char *) oci_digest_hex(&digest), 16);

    return (auth->version.data != NULL) ? NGX_OK : NGX_ERROR;
}
