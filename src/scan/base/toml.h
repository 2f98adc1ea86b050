/*
 * TOML, read into the values that JSON has: tables are objects, dates and what
 * else JSON lacks are strings as written.
 *
 * Source: TOML 1.0.0.
 */

#ifndef OCI_SCAN_BASE_TOML_H
#define OCI_SCAN_BASE_TOML_H

#include "oci_core.h"

#include <jansson.h>


/*
 * NULL: not TOML (OCI_INVALID), or nested deeper than OCI_SCAN_TOML_DEPTH
 * (OCI_LIMIT), said in err with the line.  The result belongs to the caller:
 * json_decref().
 */

#define OCI_SCAN_TOML_DEPTH  64

json_t *oci_scan_toml_load(const oci_str_t *text, oci_error_t *err);


#endif /* OCI_SCAN_BASE_TOML_H */
