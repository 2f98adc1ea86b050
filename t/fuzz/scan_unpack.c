/*
 * A layer as the cache keeps it.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t          text;
    oci_pool_t        *pool;
    oci_error_t        err;
    oci_scan_layer_t  *layer;
    oci_scan_merged_t  merged;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    text = oci_str_dup(pool, data, size);
    layer = oci_scan_layer_create(pool);

    if (oci_scan_layer_unpack(layer, &text) == OCI_OK) {
        (void) merge_layers(&merged, pool, &layer, 1, &err);
    }

    oci_pool_destroy(pool);
    return 0;
}
