/*
 * The inside of an open vulnerability database.
 */

#ifndef VULNDB_H
#define VULNDB_H

#include "oci_scan_map.h"
#include "oci_scan_vulndb.h"


struct oci_scan_vulndb_s {
    oci_pool_t      *pool;
    const char      *path;
    const u_char    *map;
    uint64_t         size;
    uint64_t         page_size;
    uint64_t         pages;         /* beyond the last that is in use */
    uint64_t         root;
    oci_scan_map_t   records;       /* id -> json_t */
    oci_scan_map_t   sources;
};


/* releases what was kept of it */

void oci_scan_vulndb_forget(oci_scan_vulndb_t *db);


#endif /* VULNDB_H */
