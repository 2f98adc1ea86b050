/*
 * Tokens as credentials: what they say, who signed them, and who they are of
 * when our own service has made them.
 *
 * A signature is checked once: which tokens were good with which keys is
 * remembered in shared memory.  Those that a worker has seen lately it keeps
 * as it has read them, so that the requests of one pull or push read their
 * token once.
 */

#include "ngx_http_registry_auth.h"

#include "oci_json.h"
#include "oci_scope.h"

#include <openssl/crypto.h>


#define NGX_HTTP_REGISTRY_VERIFIED  600     /* s that a signature is known */
#define NGX_HTTP_REGISTRY_SESSION   86400   /* s that a push may last */


#define NGX_HTTP_REGISTRY_TOKENS     256     /* that a worker keeps */
#define NGX_HTTP_REGISTRY_TOKEN_MAX  8192    /* of one of these */


/* a token that was good: the table's, and each request's that has found it */

typedef struct {
    oci_pool_t                 *pool;
    oci_str_t                   text;
    oci_jwt_t                   jwt;
    u_char                      keys[32];   /* oci_keys_t.id */
    ngx_uint_t                  refs;
} ngx_http_registry_parsed_t;


static ngx_http_registry_parsed_t **ngx_http_registry_parsed_slot(
    const oci_str_t *token);
static ngx_http_registry_parsed_t *ngx_http_registry_parsed_find(
    ngx_http_request_t *r, const oci_str_t *token);
static void ngx_http_registry_parsed_keep(const oci_str_t *token,
    const oci_keys_t *keys);
static void ngx_http_registry_parsed_release(void *data);
static void ngx_http_registry_session_key(ngx_http_registry_auth_t *auth,
    const oci_str_t *id, ngx_http_registry_key_t *key);
static ngx_int_t ngx_http_registry_own_identity(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);


/* a user that our service knew when it made the token */

ngx_int_t
ngx_http_registry_own_check(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_str_t *audience)
{
    ngx_int_t                      rc;
    oci_jwt_t                     *jwt;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_issuer_t    *issuer;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    issuer = conf->issuer;
    jwt = ngx_http_registry_jwt(r, auth);

    if (jwt == NULL || !oci_str_eq(&jwt->issuer, &issuer->name)) {
        return NGX_DECLINED;
    }

    rc = ngx_http_registry_trusted(r, auth, issuer->keys,
                                   audience != NULL ? audience
                                                    : &issuer->service,
                                   0);
    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (audience == NULL
        && oci_scope_grants(jwt->claims, ctx->job.pool, &auth->who,
                            &auth->why)
           != OCI_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_registry_own_identity(r, auth);
}


static ngx_int_t
ngx_http_registry_own_identity(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth)
{
    uint64_t                       kind;
    ngx_uint_t                     i;
    const json_t                  *own;
    ngx_http_registry_method_t    *m;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    own = json_object_get(auth->jwt->claims, "tally");

    if (!oci_json_uint(own, "kind", &kind) || kind > OCI_WORKLOAD) {
        return NGX_ABORT;
    }

    auth->who.kind = (oci_who_e) kind;
    auth->who.name = oci_json_str(auth->jwt->claims, "sub");
    auth->who.claims = json_object_get(own, "claims");
    auth->who.delegated = json_is_true(json_object_get(own, "delegated"));

    if (kind == OCI_ANONYMOUS) {
        return NGX_OK;
    }

    if (ngx_http_registry_strings(&auth->who.groups,
                                  json_object_get(own, "groups")) != NGX_OK
        || ngx_http_registry_strings(&auth->who.names,
                                     json_object_get(own, "names"))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* whoever was removed since then is not known any more */

    auth->by = oci_json_str(own, "by");
    auth->version = oci_json_str(own, "version");
    m = (conf->methods != NULL) ? conf->methods->elts : NULL;

    for (i = 0; m != NULL && i < conf->methods->nelts; i++) {
        if (!oci_str_is(&auth->by, (char *) m[i].type->name.data)) {
            continue;
        }

        if (m[i].type->known == NULL
            || m[i].type->known(r, &m[i], auth) == NGX_OK)
        {
            return NGX_OK;
        }
    }

    (void) oci_error(&auth->why, OCI_DENIED, 0,
                     "a token of one who is not known any more");

    return NGX_ABORT;
}


oci_jwt_t *
ngx_http_registry_jwt(ngx_http_request_t *r, ngx_http_registry_auth_t *auth)
{
    oci_jwt_t                   *jwt;
    ngx_http_registry_ctx_t     *ctx;
    ngx_http_registry_parsed_t  *parsed;

    if (auth->jwt != NULL || auth->kind == NGX_HTTP_REGISTRY_NO_CREDENTIALS
        || auth->why.status != OCI_OK
        || !oci_str_prefix(&auth->password, "eyJ"))
    {
        return auth->jwt;
    }

    parsed = ngx_http_registry_parsed_find(r, &auth->password);

    if (parsed != NULL) {
        auth->jwt = &parsed->jwt;
        auth->parsed = parsed->keys;
        return auth->jwt;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    jwt = oci_pcalloc(ctx->job.pool, sizeof(oci_jwt_t));

    if (jwt != NULL && oci_jwt_parse(jwt, ctx->job.pool, &auth->password,
                                     &auth->why)
        == OCI_OK)
    {
        auth->jwt = jwt;
    }

    return auth->jwt;
}


ngx_int_t
ngx_http_registry_trusted(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_keys_t *keys,
    const oci_str_t *audience, time_t leeway)
{
    oci_str_t                 parts[3];
    oci_status_e              rc;
    ngx_http_registry_ctx_t  *ctx;
    ngx_http_registry_key_t   key;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);

    if (auth->parsed == NULL
        || ngx_memcmp(auth->parsed, keys->id, sizeof(keys->id)) != 0)
    {
        parts[0] = oci_str("jwt");
        parts[1].data = (u_char *) keys->id;
        parts[1].len = sizeof(keys->id);
        parts[2] = auth->password;

        ngx_http_registry_seen_key(&key, parts, 3);

        if (ngx_http_registry_seen(&key) == 0) {

            if (oci_jwt_verify(auth->jwt, keys, ngx_time(), &auth->why)
                != OCI_OK)
            {
                return NGX_ABORT;
            }

            ngx_http_registry_remember(&key, 1,
                                    ngx_time() + NGX_HTTP_REGISTRY_VERIFIED);
        }

        ngx_http_registry_parsed_keep(&auth->password, keys);
    }

    rc = oci_jwt_claims(auth->jwt, audience, ngx_time(), leeway, &auth->why);

    /* a push that was begun with a good token may be ended with an old one */

    if (rc == OCI_RANGE && ctx->job.route.kind == OCI_ROUTE_UPLOAD) {
        ngx_http_registry_session_key(auth, &ctx->job.route.reference, &key);

        if (ngx_http_registry_seen(&key) != 0) {
            ngx_memzero(&auth->why, sizeof(oci_error_t));
            rc = OCI_OK;
        }
    }

    return (rc == OCI_OK) ? NGX_OK : NGX_ABORT;
}


static ngx_http_registry_parsed_t **
ngx_http_registry_parsed_slot(const oci_str_t *token)
{
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_registry_module);

    if (rmcf->tokens == NULL) {
        rmcf->tokens = ngx_pcalloc(ngx_cycle->pool,
                                   NGX_HTTP_REGISTRY_TOKENS * sizeof(void *));
    }

    if (rmcf->tokens == NULL || token->len > NGX_HTTP_REGISTRY_TOKEN_MAX) {
        return NULL;
    }

    return (ngx_http_registry_parsed_t **) rmcf->tokens
           + ngx_murmur_hash2(token->data, token->len)
             % NGX_HTTP_REGISTRY_TOKENS;
}


static ngx_http_registry_parsed_t *
ngx_http_registry_parsed_find(ngx_http_request_t *r, const oci_str_t *token)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_registry_parsed_t  *parsed, **slot;

    slot = ngx_http_registry_parsed_slot(token);
    parsed = (slot != NULL) ? *slot : NULL;

    if (parsed == NULL || parsed->text.len != token->len
        || CRYPTO_memcmp(parsed->text.data, token->data, token->len) != 0)
    {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_registry_parsed_release;
    cln->data = parsed;
    parsed->refs++;

    return parsed;
}


/* without memory it is read again next time */

static void
ngx_http_registry_parsed_keep(const oci_str_t *token, const oci_keys_t *keys)
{
    oci_pool_t                  *pool;
    ngx_http_registry_parsed_t  *parsed, **slot;

    slot = ngx_http_registry_parsed_slot(token);
    pool = (slot != NULL) ? oci_pool_create() : NULL;

    if (pool == NULL) {
        return;
    }

    parsed = oci_pcalloc(pool, sizeof(ngx_http_registry_parsed_t));

    if (parsed != NULL) {
        parsed->pool = pool;
        parsed->refs = 1;
        parsed->text = oci_str_dup(pool, token->data, token->len);
        ngx_memcpy(parsed->keys, keys->id, sizeof(parsed->keys));
    }

    if (parsed == NULL || parsed->text.data == NULL
        || oci_jwt_parse(&parsed->jwt, pool, &parsed->text, NULL) != OCI_OK)
    {
        oci_pool_destroy(pool);
        return;
    }

    if (*slot != NULL) {
        ngx_http_registry_parsed_release(*slot);
    }

    *slot = parsed;
}


static void
ngx_http_registry_parsed_release(void *data)
{
    ngx_http_registry_parsed_t  *parsed = data;

    if (--parsed->refs == 0) {
        oci_pool_destroy(parsed->pool);
    }
}


/* an upload belongs to whom its first token was made for */

static void
ngx_http_registry_session_key(ngx_http_registry_auth_t *auth,
    const oci_str_t *id, ngx_http_registry_key_t *key)
{
    oci_str_t  parts[4];

    parts[0] = oci_str("session");
    parts[1] = *id;
    parts[2] = auth->jwt->issuer;
    parts[3] = oci_json_str(auth->jwt->claims, "sub");

    ngx_http_registry_seen_key(key, parts, 4);
}


void
ngx_http_registry_session(ngx_http_registry_auth_t *auth,
    const oci_str_t *id)
{
    ngx_http_registry_key_t  key;

    if (auth != NULL && auth->jwt != NULL) {
        ngx_http_registry_session_key(auth, id, &key);
        ngx_http_registry_remember(&key, 1,
                                   ngx_time() + NGX_HTTP_REGISTRY_SESSION);
    }
}


ngx_int_t
ngx_http_registry_strings(oci_array_t *list, const json_t *value)
{
    size_t      i;
    oci_str_t  *s;

    if (json_is_string(value)) {
        s = oci_array_push(list);
        if (s == NULL) {
            return NGX_ERROR;
        }

        s->data = (u_char *) json_string_value(value);
        s->len = json_string_length(value);

        return NGX_OK;
    }

    for (i = 0; i < json_array_size(value); i++) {
        if (json_is_string(json_array_get(value, i))
            && ngx_http_registry_strings(list, json_array_get(value, i))
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
