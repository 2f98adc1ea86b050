/*
 * The rules of an nginx.conf, as nginx would have them: registry_rule in http,
 * server and location, and in the files that they include.
 */

#ifndef RULES_H
#define RULES_H

#include "oci_access.h"


/* the rules that stand in one block; an inner one does not inherit */

typedef struct {
    oci_str_t      where;       /* "http", "server of FILE:LINE", ... */
    oci_access_t  *access;      /* NULL: this block has none of its own */
} rules_block_t;


/*
 * Reads the configuration; blocks (rules_block_t) that have rules are added,
 * in the order in which they begin.  OCI_INVALID, said in err with file and
 * line.
 */

oci_status_e rules_read(oci_array_t *blocks, oci_pool_t *pool,
    const char *file, oci_error_t *err);


#endif /* RULES_H */
