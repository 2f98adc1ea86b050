/*
 * Files that a command reads or writes as a whole.
 */

#ifndef FILE_H
#define FILE_H

#include "oci_core.h"


#define FILE_MAX  ((size_t) 128 << 20)


/*
 * Reads the whole file, at most FILE_MAX or max bytes, into the pool; "-" is
 * standard input.  A zero byte that is not counted follows the text.
 */

oci_status_e file_read(oci_pool_t *pool, const char *name, oci_str_t *text,
    oci_error_t *err);
oci_status_e file_read_max(oci_pool_t *pool, const char *name, size_t max,
    oci_str_t *text, oci_error_t *err);

/*
 * Writes the file, with that mode when it is new; one that exists is
 * overwritten.  Mode 0600 is set on one that exists, too.
 */

oci_status_e file_write(const char *name, const oci_str_t *text, int mode,
    oci_error_t *err);


#endif /* FILE_H */
