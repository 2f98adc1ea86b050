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
    oci_scan_blob_t   *blob;
    oci_scan_detail_t  detail;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    text = oci_str_dup(pool, data, size);
    blob = oci_scan_blob_create(pool);

    if (oci_scan_blob_unpack(blob, &text) == OCI_OK) {
        (void) oci_scan_merge(&detail, pool, &blob, 1, &err);
    }

    oci_pool_destroy(pool);
    return 0;
}
