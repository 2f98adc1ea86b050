/*
 * A map from strings to whatever, in a pool.  Keys are not copied.  The hash
 * is seeded by the caller's choice of pool address, so that a database made
 * to collide cannot be made in advance.
 */

#ifndef OCI_SCAN_BASE_MAP_H
#define OCI_SCAN_BASE_MAP_H

#include "oci_core.h"


typedef struct {
    oci_str_t   key;
    void       *value;
} oci_scan_slot_t;

typedef struct {
    oci_pool_t       *pool;
    oci_scan_slot_t  *slots;
    size_t            size;         /* a power of two, or zero */
    size_t            used;
} oci_scan_map_t;


void oci_scan_map_init(oci_scan_map_t *map, oci_pool_t *pool);

/* NULL when there is no such key */

void *oci_scan_map_get(const oci_scan_map_t *map, const oci_str_t *key);

/* sets or replaces; value must not be NULL; false: out of memory */

bool oci_scan_map_set(oci_scan_map_t *map, const oci_str_t *key,
    void *value);


#endif /* OCI_SCAN_BASE_MAP_H */
