/*
 * YAML from outside, read with bounds, as the JSON that it stands for.
 */

#ifndef OCI_YAML_H
#define OCI_YAML_H

#include "oci_core.h"

#include <jansson.h>


#define OCI_YAML_DEPTH  32
#define OCI_YAML_NODES  100000      /* an alias may stand for many */

#define OCI_YAML_DUPLICATES  0x1    /* refuse maps with a key twice */

/*
 * All documents of text, in an array that belongs to the caller.  A plain
 * "null", "~" or nothing is null; every other scalar is a string, whether it
 * reads as a number or not.  Of a key that is there twice the last one counts.
 * NULL: OCI_INVALID or OCI_LIMIT, with the line, said in err; OCI_NOMEM.
 */

json_t *oci_yaml_load(const oci_str_t *text, unsigned flags,
    oci_error_t *err);


#endif /* OCI_YAML_H */
