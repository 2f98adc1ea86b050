/*
 * JSON files that list many packages: what Composer's and .NET's have in
 * common.
 */

#ifndef OCI_SCAN_BASE_JSON_LINES_H
#define OCI_SCAN_BASE_JSON_LINES_H

#include "analyze/analyze.h"

#include <jansson.h>


/* the lines of the values in one object or array of the outermost object */

typedef struct {
    oci_str_t  key;             /* as written, without its quotes */
    uint32_t   start;
    uint32_t   end;
    bool       array;
} oci_scan_lines_t;


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      pkgs;       /* name or id -> 1 + place */
    const json_t       *targets;    /* .NET: of the runtime; or NULL */
} oci_scan_deps_t;


/*
 * Fills lines, of oci_scan_lines_t, with where the values of the outermost
 * object's key stand in text, which is well-formed JSON.  false: out of
 * memory.
 */

bool oci_scan_lines(oci_pool_t *pool, const oci_str_t *text,
    const char *key, oci_array_t *lines);


#endif /* OCI_SCAN_BASE_JSON_LINES_H */
