/*
 * The regular files of a layer, one after the other, and what the layer
 * deletes.  Links, devices and directories are not shown: an image's file is
 * the entry that holds its bytes.
 *
 * Source: OCI Image Specification 1.1, layer.md, "Whiteouts".
 */

#ifndef OCI_SCAN_IMAGE_LAYER_WALK_H
#define OCI_SCAN_IMAGE_LAYER_WALK_H

#include "stream.h"


typedef struct {
    oci_str_t  path;            /* clean, relative, without "./" */
    uint64_t   size;
    unsigned   mode;
} oci_scan_file_t;


/*
 * Called in the order of the archive.  file() may read the content, or not,
 * or a part; the reader is good until it returns.  Anything but OCI_OK ends
 * the walk with that status.  The whiteout callbacks get clean paths, too.
 */

typedef struct {
    void           *ctx;
    oci_status_e  (*file)(void *ctx, const oci_scan_file_t *f,
                          const oci_scan_reader_t *content, oci_error_t *err);
    oci_status_e  (*whiteout)(void *ctx, const oci_str_t *path,
                              oci_error_t *err);
    oci_status_e  (*opaque)(void *ctx, const oci_str_t *dir,
                            oci_error_t *err);
} oci_scan_visitor_t;


/* walks the tar that comes out of s; leaves s where the tar ended */

oci_status_e oci_scan_walk_tar(oci_scan_stream_t *s,
    const oci_scan_limits_t *limits, const oci_scan_visitor_t *v,
    oci_error_t *err);

/* walks a directory as if it were the only layer; stays on what it holds */

oci_status_e oci_scan_walk_dir(const char *root,
    const oci_scan_limits_t *limits, const oci_scan_visitor_t *v,
    oci_error_t *err);

/*
 * Cleans a path in place as Go's path.Clean does and drops leading slashes;
 * returns its new length.
 */

size_t oci_scan_walk_clean(char *path);


#endif /* OCI_SCAN_IMAGE_LAYER_WALK_H */
