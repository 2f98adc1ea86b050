/*
 * The id of the package that a Cargo.toml describes.
 */

#ifndef OCI_SCAN_ANALYZE_CARGO_ID_H
#define OCI_SCAN_ANALYZE_CARGO_ID_H

#include "oci_core.h"

#include <jansson.h>


/*
 * "name@version"; version is the workspace's, which the package may take over.
 * A workspace that is no package is called by its hash.  data is NULL when out
 * of memory.
 */

oci_str_t cargo_id(oci_pool_t *pool, const json_t *root,
    const oci_str_t *version);


#endif /* OCI_SCAN_ANALYZE_CARGO_ID_H */
