/*
 * The inside of an open vulnerability database.
 */

#ifndef OCI_SCAN_VULNDB_BOLT_H
#define OCI_SCAN_VULNDB_BOLT_H

#include "base/map.h"
#include "vulndb.h"

#include <endian.h>
#include <string.h>


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
    oci_scan_map_t   advisories;    /* address in map -> json_t */
    size_t           kept;          /* bytes of JSON that these were */
};


#define BOLT_HEADER   16            /* of every page */


/* little-endian numbers, as they lie on all machines that Trivy runs on */

static inline uint16_t
bolt_u16(const u_char *p)
{
    uint16_t  v;

    memcpy(&v, p, sizeof(v));
    return le16toh(v);
}

static inline uint32_t
bolt_u32(const u_char *p)
{
    uint32_t  v;

    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

static inline uint64_t
bolt_u64(const u_char *p)
{
    uint64_t  v;

    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}


/* maps the file at path into db; it must be unmapped */

oci_status_e bolt_map(oci_scan_vulndb_t *db, const char *path,
    oci_error_t *err);
void bolt_unmap(oci_scan_vulndb_t *db);

/* finds the root and the size of pages; OCI_INVALID: damaged */

oci_status_e bolt_metas(oci_scan_vulndb_t *db, oci_error_t *err);

/* OCI_INVALID, with what is wrong and what to do */

oci_status_e bolt_damaged(oci_scan_vulndb_t *db, const char *what,
    oci_error_t *err);


#endif /* OCI_SCAN_VULNDB_BOLT_H */
