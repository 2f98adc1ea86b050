/*
 * Open addressing, at most three quarters full.
 */

#include "map.h"

#include <string.h>


static oci_scan_slot_t *map_slot(const oci_scan_map_t *map,
    const oci_str_t *key);
static bool map_grow(oci_scan_map_t *map);


void
oci_scan_map_init(oci_scan_map_t *map, oci_pool_t *pool)
{
    memset(map, 0, sizeof(oci_scan_map_t));
    map->pool = pool;
}


void *
oci_scan_map_get(const oci_scan_map_t *map, const oci_str_t *key)
{
    return (map->size == 0) ? NULL : map_slot(map, key)->value;
}


bool
oci_scan_map_set(oci_scan_map_t *map, const oci_str_t *key, void *value)
{
    oci_scan_slot_t  *slot;

    if ((map->used + 1) * 4 > map->size * 3 && !map_grow(map)) {
        return false;
    }

    slot = map_slot(map, key);

    if (slot->value == NULL) {
        map->used++;
        slot->key = *key;
    }

    slot->value = value;
    return true;
}


static oci_scan_slot_t *
map_slot(const oci_scan_map_t *map, const oci_str_t *key)
{
    size_t            i;
    uint64_t          hash;
    oci_scan_slot_t  *slot;

    hash = 0xcbf29ce484222325ULL ^ (uint64_t) (uintptr_t) map->pool;

    for (i = 0; i < key->len; i++) {
        hash = (hash ^ key->data[i]) * 0x100000001b3ULL;
    }

    hash ^= hash >> 29;

    for (i = (size_t) hash; ; i++) {

        slot = &map->slots[i & (map->size - 1)];

        if (slot->value == NULL || oci_str_eq(&slot->key, key)) {
            return slot;
        }
    }
}


static bool
map_grow(oci_scan_map_t *map)
{
    size_t           i;
    oci_scan_map_t   old;

    old = *map;
    map->size = old.size ? old.size * 2 : 64;

    map->slots = oci_pcalloc(map->pool, map->size * sizeof(oci_scan_slot_t));
    if (map->slots == NULL) {
        *map = old;
        return false;
    }

    for (i = 0; i < old.size; i++) {
        if (old.slots[i].value != NULL) {
            *map_slot(map, &old.slots[i].key) = old.slots[i];
        }
    }

    return true;
}
