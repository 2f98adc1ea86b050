/*
 * JSON files that list many packages: what Composer's and .NET's have in
 * common.
 */

#ifndef OCI_SCAN_BASE_JSON_LINES_H
#define OCI_SCAN_BASE_JSON_LINES_H

#include "oci_core.h"


/* the lines of one value */

typedef struct {
    oci_str_t  key;             /* as written, without its quotes */
    uint32_t   start;           /* zero, and so is end: see below */
    uint32_t   end;
    bool       array;
} oci_scan_lines_t;


/*
 * Fills lines, of oci_scan_lines_t, with where the objects stand in text, which
 * is well-formed JSON, that are so many levels below the outermost object's
 * key: 1 for those in its array or object.  Of several that begin in one line
 * Trivy knows the first alone.  false: out of memory.
 */

bool oci_scan_lines(oci_pool_t *pool, const oci_str_t *text,
    const char *key, unsigned levels, oci_array_t *lines);


#endif /* OCI_SCAN_BASE_JSON_LINES_H */
