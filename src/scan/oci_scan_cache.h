/*
 * What layers hold, remembered in SQLite: an image whose layers are known is
 * scanned again without reading one.  An entry belongs to a digest and to a
 * version of the analyzers, so it never goes stale.
 */

#ifndef OCI_SCAN_CACHE_H
#define OCI_SCAN_CACHE_H

#include "model/layer.h"
#include "oci_scan_image.h"


typedef struct oci_scan_cache_s  oci_scan_cache_t;


/*
 * Opens or makes the cache file; directories above it must be there.  A file
 * that is no cache, or a damaged one, is an error.  May be used by several
 * threads and processes at once.
 */

oci_status_e oci_scan_cache_open(oci_scan_cache_t **cache,
    oci_pool_t *pool, const char *path, oci_error_t *err);

/*
 * rules: what else than packages was looked for (oci_scan_rules_key()); NULL:
 * nothing.
 *
 * Fills an empty layer; OCI_NOT_FOUND when the layer is not known or what is
 * kept of it cannot be read.
 */

oci_status_e oci_scan_cache_get(oci_scan_cache_t *cache,
    const oci_scan_image_layer_t *source, const char *rules,
    oci_scan_layer_t *layer);

/* to fail to remember is no error of a scan */

oci_status_e oci_scan_cache_put(oci_scan_cache_t *cache,
    const oci_scan_image_layer_t *source, const char *rules,
    const oci_scan_layer_t *layer);


/* a layer as bytes, and back; the form is ours and may change with versions */

oci_status_e oci_scan_layer_pack(const oci_scan_layer_t *layer, oci_buf_t *out);
oci_status_e oci_scan_layer_unpack(oci_scan_layer_t *layer,
    const oci_str_t *packed);


#endif /* OCI_SCAN_CACHE_H */
