/*
 * What was found out about credentials, in memory that the workers share:
 * which were good lately, how often some were wrong, who began an upload.
 *
 * The table never grows: a key belongs to one row, and in a full row the
 * entry that would expire first makes room.  It holds neither names nor
 * passwords, only hashes of them with a secret that is made at start.
 */

#include "ngx_http_registry_auth.h"

#include "oci_digest.h"

#include <openssl/rand.h>


#define NGX_HTTP_REGISTRY_SEEN_SIZE  (1024 * 1024)
#define NGX_HTTP_REGISTRY_SEEN_ROW   8


typedef struct {
    ngx_http_registry_key_t  key;
    uint32_t                 value;
    uint32_t                 expires;
} ngx_http_registry_entry_t;


typedef struct {
    u_char                     secret[32];
    ngx_uint_t                 nrows;
    ngx_http_registry_entry_t  entries[1];
} ngx_http_registry_seen_t;


static ngx_int_t ngx_http_registry_seen_init(ngx_shm_zone_t *zone,
    void *data);
static ngx_shm_zone_t *ngx_http_registry_seen_get(void);
static ngx_http_registry_entry_t *ngx_http_registry_seen_row(
    ngx_http_registry_seen_t *seen, const ngx_http_registry_key_t *key);


char *
ngx_http_registry_seen_zone(ngx_conf_t *cf)
{
    ngx_str_t                       name = ngx_string("registry_auth");
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_registry_module);

    if (rmcf->seen != NULL) {
        return NGX_CONF_OK;
    }

    rmcf->seen = ngx_shared_memory_add(cf, &name, NGX_HTTP_REGISTRY_SEEN_SIZE,
                                       &ngx_http_registry_module);
    if (rmcf->seen == NULL) {
        return NGX_CONF_ERROR;
    }

    rmcf->seen->init = ngx_http_registry_seen_init;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_seen_init(ngx_shm_zone_t *zone, void *data)
{
    size_t                     size;
    ngx_slab_pool_t           *shpool;
    ngx_http_registry_seen_t  *seen;

    if (data != NULL) {             /* a reload */
        zone->data = data;
        return NGX_OK;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        zone->data = shpool->data;
        return NGX_OK;
    }

    /* leave the allocator what it needs for itself */

    size = zone->shm.size - zone->shm.size / 8;
    seen = ngx_slab_calloc(shpool, size);

    if (seen == NULL || RAND_bytes(seen->secret, sizeof(seen->secret)) != 1) {
        return NGX_ERROR;
    }

    seen->nrows = (size - sizeof(ngx_http_registry_seen_t))
                  / sizeof(ngx_http_registry_entry_t)
                  / NGX_HTTP_REGISTRY_SEEN_ROW;

    shpool->data = seen;
    zone->data = seen;

    return NGX_OK;
}


static ngx_shm_zone_t *
ngx_http_registry_seen_get(void)
{
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_registry_module);

    return rmcf->seen;
}


void
ngx_http_registry_seen_key(ngx_http_registry_key_t *key,
    const oci_str_t *parts, ngx_uint_t n)
{
    u_char                     md[OCI_HASH_MAX];
    uint64_t                   len;
    oci_hash_t                 hash;
    ngx_uint_t                 i;
    ngx_http_registry_seen_t  *seen;

    seen = ngx_http_registry_seen_get()->data;

    oci_hash_init(&hash, OCI_SHA256);
    oci_hash_update(&hash, seen->secret, sizeof(seen->secret));

    for (i = 0; i < n; i++) {
        len = parts[i].len;
        oci_hash_update(&hash, &len, sizeof(len));
        oci_hash_update(&hash, parts[i].data, parts[i].len);
    }

    oci_hash_bytes(&hash, md);
    ngx_memcpy(key->data, md, sizeof(key->data));
}


static ngx_http_registry_entry_t *
ngx_http_registry_seen_row(ngx_http_registry_seen_t *seen,
    const ngx_http_registry_key_t *key)
{
    uint32_t  row;

    ngx_memcpy(&row, key->data, sizeof(row));

    return seen->entries + (row % seen->nrows) * NGX_HTTP_REGISTRY_SEEN_ROW;
}


uint32_t
ngx_http_registry_seen(const ngx_http_registry_key_t *key)
{
    uint32_t                    value;
    ngx_uint_t                  i;
    ngx_shm_zone_t             *zone;
    ngx_slab_pool_t            *shpool;
    ngx_http_registry_entry_t  *e;

    zone = ngx_http_registry_seen_get();
    shpool = (ngx_slab_pool_t *) zone->shm.addr;
    e = ngx_http_registry_seen_row(zone->data, key);
    value = 0;

    ngx_shmtx_lock(&shpool->mutex);

    for (i = 0; i < NGX_HTTP_REGISTRY_SEEN_ROW; i++) {
        if (e[i].expires > (uint32_t) ngx_time()
            && ngx_memcmp(&e[i].key, key, sizeof(*key)) == 0)
        {
            value = e[i].value;
            break;
        }
    }

    ngx_shmtx_unlock(&shpool->mutex);

    return value;
}


void
ngx_http_registry_remember(const ngx_http_registry_key_t *key, uint32_t value,
    time_t expires)
{
    ngx_uint_t                  i;
    ngx_shm_zone_t             *zone;
    ngx_slab_pool_t            *shpool;
    ngx_http_registry_entry_t  *e, *oldest;

    zone = ngx_http_registry_seen_get();
    shpool = (ngx_slab_pool_t *) zone->shm.addr;
    e = ngx_http_registry_seen_row(zone->data, key);
    oldest = e;

    ngx_shmtx_lock(&shpool->mutex);

    for (i = 0; i < NGX_HTTP_REGISTRY_SEEN_ROW; i++) {

        if (ngx_memcmp(&e[i].key, key, sizeof(*key)) == 0) {
            oldest = &e[i];
            break;
        }

        if (e[i].expires < oldest->expires) {
            oldest = &e[i];
        }
    }

    oldest->key = *key;
    oldest->value = value;
    oldest->expires = (uint32_t) expires;

    ngx_shmtx_unlock(&shpool->mutex);
}
