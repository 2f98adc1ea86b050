/*
 * Files with a line for each name, which a running nginx reads.
 */

#ifndef LINES_H
#define LINES_H

#include "oci_core.h"


/*
 * Puts line in place of those that begin with name and then stop, or at the
 * end; with line NULL takes them away.  The file is there whole or as it was,
 * with its mode and owner; one that does not exist is made, unless line is
 * NULL.  found tells whether there was such a line.
 */

oci_status_e lines_set(oci_pool_t *pool, const char *file,
    const oci_str_t *name, char stop, const oci_str_t *line, bool *found,
    oci_error_t *err);


#endif /* LINES_H */
