/*
 * A fuzzer of one analyzer: the input is a file of the name that it wants.
 */

#ifndef FUZZ_SCAN_H
#define FUZZ_SCAN_H

#include "analyze/layer.h"
#include "inspect/merge.h"
#include "oci_scan_cache.h"

#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static inline int
fuzz_file(const char *path, unsigned mode, const uint8_t *data, size_t size)
{
    oci_buf_t            buf;
    oci_str_t            text;
    oci_pool_t          *pool;
    oci_error_t          err;
    oci_scan_layer_t    *layer;
    oci_scan_merged_t    merged;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    memset(&buf, 0, sizeof(oci_buf_t));
    text = oci_str_dup(pool, data, size);
    layer = oci_scan_layer_create(pool);

    if (oci_scan_layer_read_file(layer, path, mode, &text, &err) == OCI_OK) {
        (void) oci_scan_layer_pack(layer, &buf);
        (void) merge_layers(&merged, pool, &layer, 1, &err);
    }

    oci_buf_free(&buf);
    oci_pool_destroy(pool);
    return 0;
}


#endif /* FUZZ_SCAN_H */
