/*
 * A layer: any compression, the tar, whiteouts.
 */

#include "analyze/layer.h"
#include "scan.h"


typedef struct {
    const uint8_t  *data;
    size_t          size;
} rest_t;


static ssize_t
rest_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    rest_t  *r;

    (void) err;
    r = ctx;
    size = (size > r->size) ? r->size : size;
    memcpy(buf, r->data, size);
    r->data += size;
    r->size -= size;
    return (ssize_t) size;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rest_t              rest;
    oci_pool_t         *pool;
    oci_error_t         err;
    oci_scan_layer_t   *layer;
    oci_scan_hashes_t   hashes = { OCI_SHA256, OCI_SHA256 };
    oci_scan_limits_t   limits;
    oci_scan_reader_t   r;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    memset(&limits, 0, sizeof(oci_scan_limits_t));
    limits.bytes = 16 * 1024 * 1024;
    rest.data = data;
    rest.size = size;
    r.ctx = &rest;
    r.read = rest_read;
    r.close = NULL;
    layer = oci_scan_layer_create(pool);

    (void) oci_scan_layer_read(layer, &r, &limits, hashes, NULL, &err);
    oci_pool_destroy(pool);
    return 0;
}
