/*
 * Where the tables of a lock file stand.
 */

#ifndef OCI_SCAN_ANALYZE_TOML_LINES_H
#define OCI_SCAN_ANALYZE_TOML_LINES_H

#include "oci_core.h"


/* a table, and what two of its keys say; lines count from 1 */

typedef struct {
    oci_str_t  value[2];
    uint32_t   start;
    uint32_t   end;
} toml_lines_t;

typedef bool (*toml_lines_pt)(void *ctx, const toml_lines_t *table);


/*
 * Calls keep() of each table whose first key says something.  A table begins
 * with its header and ends before the empty line or the header behind it.
 * False: keep() said so.
 */

bool toml_lines(oci_str_t text, const char *const keys[2],
    toml_lines_pt keep, void *ctx);


#endif /* OCI_SCAN_ANALYZE_TOML_LINES_H */
