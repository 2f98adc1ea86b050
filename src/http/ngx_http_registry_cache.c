/*
 * What pulls remember: to what a tag or a digest of a repository led, in
 * memory that the workers share.
 *
 * Content never changes under its digest, so its bytes and media type may be
 * remembered.  What leads to it may change at any time: beside them are the
 * marks (oci_mark_t) of the links that led there, and whoever uses them
 * compares these with the marks of now.  They lie under a hash of their name;
 * another name of the same hash has other marks.
 *
 * The zone is of a fixed size; what was used longest ago makes room.
 */

#include "ngx_http_registry.h"


#define NGX_HTTP_REGISTRY_CACHE_MIN    (64 * 1024)
#define NGX_HTTP_REGISTRY_CACHE_SHARE  16       /* of the zone, for one */
#define NGX_HTTP_REGISTRY_CACHE_EVICT  64       /* at most, for one */


typedef struct {
    ngx_rbtree_t        tree;
    ngx_rbtree_node_t   sentinel;
    ngx_queue_t         queue;              /* the latest used first */
} ngx_http_registry_zone_t;


typedef struct {
    ngx_rbtree_node_t          node;
    ngx_queue_t                queue;
    ngx_http_registry_found_t  found;       /* type and content: lengths */
    u_char                     data[1];     /* type, then content */
} ngx_http_registry_node_t;


static ngx_int_t ngx_http_registry_cache_init(ngx_shm_zone_t *zone,
    void *data);
static ngx_rbtree_key_t ngx_http_registry_cache_key(ngx_http_request_t *r);
static ngx_http_registry_node_t *ngx_http_registry_cache_find(
    ngx_http_registry_zone_t *zone, ngx_rbtree_key_t key);
static ngx_http_registry_node_t *ngx_http_registry_cache_alloc(
    ngx_slab_pool_t *pool, ngx_http_registry_zone_t *zone, size_t size);
static void ngx_http_registry_cache_remove(ngx_slab_pool_t *pool,
    ngx_http_registry_zone_t *zone, ngx_http_registry_node_t *n);


char *
ngx_http_registry_set_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t                        size;
    ngx_str_t                     *value;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->cache_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        rlcf->cache_size = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    if (size < NGX_HTTP_REGISTRY_CACHE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"registry_cache\": it is "
                           "\"off\" or a size of 64k or more", &value[1]);
        return NGX_CONF_ERROR;
    }

    rlcf->cache_size = size;

    return NGX_CONF_OK;
}


/* one zone for all that ask for the same size */

char *
ngx_http_registry_cache_zone(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf)
{
    ngx_str_t  name;

    if (conf->cache_size == 0) {
        return NGX_CONF_OK;
    }

    name.data = ngx_pnalloc(cf->pool, sizeof("registry_cache__")
                                      + 2 * NGX_SIZE_T_LEN);
    if (name.data == NULL) {
        return NGX_CONF_ERROR;
    }

    /* a module of another version has another zone when it is loaded */

    name.len = ngx_sprintf(name.data, "registry_cache_%uz_%uz",
                           conf->cache_size,
                           sizeof(ngx_http_registry_node_t))
               - name.data;

    conf->cache = ngx_shared_memory_add(cf, &name, conf->cache_size,
                                        &ngx_http_registry_module);
    if (conf->cache == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->cache->init = ngx_http_registry_cache_init;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_cache_init(ngx_shm_zone_t *shm, void *data)
{
    ngx_slab_pool_t           *pool;
    ngx_http_registry_zone_t  *zone;

    pool = (ngx_slab_pool_t *) shm->shm.addr;

    /* a reload goes on with what is there: it is checked at each use */

    if (data != NULL || shm->shm.exists) {
        shm->data = pool->data;
        return NGX_OK;
    }

    zone = ngx_slab_alloc(pool, sizeof(ngx_http_registry_zone_t));
    if (zone == NULL) {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&zone->tree, &zone->sentinel, ngx_rbtree_insert_value);
    ngx_queue_init(&zone->queue);

    pool->data = zone;
    pool->log_nomem = 0;
    shm->data = zone;

    return NGX_OK;
}


ngx_int_t
ngx_http_registry_cache_get(ngx_http_request_t *r,
    ngx_http_registry_found_t *found)
{
    size_t                         len;
    u_char                        *data;
    ngx_slab_pool_t               *pool;
    ngx_rbtree_key_t               key;
    ngx_http_registry_node_t      *n;
    ngx_http_registry_zone_t      *zone;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (conf->cache == NULL) {
        return NGX_DECLINED;
    }

    zone = conf->cache->data;
    pool = (ngx_slab_pool_t *) conf->cache->shm.addr;
    key = ngx_http_registry_cache_key(r);
    data = NULL;

    ngx_shmtx_lock(&pool->mutex);

    n = ngx_http_registry_cache_find(zone, key);

    if (n != NULL) {
        *found = n->found;
        len = found->type.len;

        if (r->method != NGX_HTTP_HEAD) {
            len += found->content.len;
        }

        data = ngx_pnalloc(r->pool, len + 1);

        if (data != NULL) {
            ngx_memcpy(data, n->data, len);
        }

        ngx_queue_remove(&n->queue);
        ngx_queue_insert_head(&zone->queue, &n->queue);
    }

    ngx_shmtx_unlock(&pool->mutex);

    if (data == NULL) {
        return NGX_DECLINED;
    }

    found->type.data = data;
    found->content.data = data + found->type.len;

    return NGX_OK;
}


void
ngx_http_registry_cache_set(ngx_http_request_t *r,
    const ngx_http_registry_found_t *found)
{
    size_t                         size;
    ngx_slab_pool_t               *pool;
    ngx_rbtree_key_t               key;
    ngx_http_registry_node_t      *n;
    ngx_http_registry_zone_t      *zone;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);
    size = sizeof(ngx_http_registry_node_t) + found->type.len
           + found->content.len;

    if (conf->cache == NULL
        || size > conf->cache_size / NGX_HTTP_REGISTRY_CACHE_SHARE)
    {
        return;
    }

    zone = conf->cache->data;
    pool = (ngx_slab_pool_t *) conf->cache->shm.addr;
    key = ngx_http_registry_cache_key(r);

    ngx_shmtx_lock(&pool->mutex);

    n = ngx_http_registry_cache_find(zone, key);

    if (n != NULL) {
        ngx_http_registry_cache_remove(pool, zone, n);
    }

    n = ngx_http_registry_cache_alloc(pool, zone, size);

    if (n != NULL) {
        n->found = *found;
        ngx_memcpy(n->data, found->type.data, found->type.len);
        ngx_memcpy(n->data + found->type.len, found->content.data,
                   found->content.len);

        n->node.key = key;
        ngx_rbtree_insert(&zone->tree, &n->node);
        ngx_queue_insert_head(&zone->queue, &n->queue);
    }

    ngx_shmtx_unlock(&pool->mutex);
}


void
ngx_http_registry_cache_held(ngx_http_request_t *r,
    const ngx_http_registry_found_t *found)
{
    ngx_slab_pool_t               *pool;
    ngx_rbtree_key_t               key;
    ngx_http_registry_node_t      *n;
    ngx_http_registry_zone_t      *zone;
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    zone = conf->cache->data;
    pool = (ngx_slab_pool_t *) conf->cache->shm.addr;
    key = ngx_http_registry_cache_key(r);

    ngx_shmtx_lock(&pool->mutex);

    n = ngx_http_registry_cache_find(zone, key);

    if (n != NULL && oci_mark_eq(&n->found.mark, &found->mark)
        && oci_mark_eq(&n->found.target, &found->target))
    {
        n->found.looked = found->looked;
        n->found.settled = found->settled;
    }

    ngx_shmtx_unlock(&pool->mutex);
}


/* FNV-1a of what was asked for, and of which store */

static ngx_rbtree_key_t
ngx_http_registry_cache_key(ngx_http_request_t *r)
{
    size_t                         i, k;
    uint64_t                       h;
    oci_str_t                      parts[3];
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    parts[0] = oci_str(oci_store_name(conf->store));
    parts[1] = ctx->job.route.repo;
    parts[2] = ctx->job.route.reference;

    h = 14695981039346656037ULL ^ ctx->job.route.kind;

    for (i = 0; i < 3; i++) {
        h = (h ^ '/') * 1099511628211ULL;

        for (k = 0; k < parts[i].len; k++) {
            h = (h ^ parts[i].data[k]) * 1099511628211ULL;
        }
    }

    return (ngx_rbtree_key_t) h;
}


static ngx_http_registry_node_t *
ngx_http_registry_cache_find(ngx_http_registry_zone_t *zone,
    ngx_rbtree_key_t key)
{
    ngx_rbtree_node_t  *node;

    node = zone->tree.root;

    while (node != &zone->sentinel) {

        if (node->key == key) {
            return (ngx_http_registry_node_t *) node;
        }

        node = (key < node->key) ? node->left : node->right;
    }

    return NULL;
}


static ngx_http_registry_node_t *
ngx_http_registry_cache_alloc(ngx_slab_pool_t *pool,
    ngx_http_registry_zone_t *zone, size_t size)
{
    ngx_uint_t                 i;
    ngx_queue_t               *last;
    ngx_http_registry_node_t  *n;

    for (i = 0; i < NGX_HTTP_REGISTRY_CACHE_EVICT; i++) {
        n = ngx_slab_alloc_locked(pool, size);

        if (n != NULL || ngx_queue_empty(&zone->queue)) {
            return n;
        }

        last = ngx_queue_last(&zone->queue);
        ngx_http_registry_cache_remove(pool, zone,
                    ngx_queue_data(last, ngx_http_registry_node_t, queue));
    }

    return NULL;
}


static void
ngx_http_registry_cache_remove(ngx_slab_pool_t *pool,
    ngx_http_registry_zone_t *zone, ngx_http_registry_node_t *n)
{
    ngx_rbtree_delete(&zone->tree, &n->node);
    ngx_queue_remove(&n->queue);
    ngx_slab_free_locked(pool, n);
}
