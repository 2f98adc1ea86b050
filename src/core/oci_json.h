/*
 * JSON from outside, read with bounds.  Everything else is jansson's own.
 */

#ifndef OCI_JSON_H
#define OCI_JSON_H

#include "oci_core.h"

#include <jansson.h>


#define OCI_JSON_DUPLICATES  0x1        /* refuse objects with a key twice */


/*
 * Parses one JSON value and nothing after it.  NULL: not JSON (OCI_INVALID),
 * or nested deeper than OCI_JSON_DEPTH (OCI_LIMIT), said in err.
 * The result belongs to the caller: json_decref().
 */

#define OCI_JSON_DEPTH   128

json_t *oci_json_load(const u_char *data, size_t len, unsigned flags,
    oci_error_t *err);

/* the string member key of obj; empty when obj has no such string */

oci_str_t oci_json_str(const json_t *obj, const char *key);

/* the non-negative integer member key of obj; false when it has none */

bool oci_json_uint(const json_t *obj, const char *key, uint64_t *value);


#endif /* OCI_JSON_H */
