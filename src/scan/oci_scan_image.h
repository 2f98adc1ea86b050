/*
 * An image: its configuration and its layers, wherever they are.  An archive
 * or OCI layout is read here; a registry or a store fills in the same struct
 * with oci_scan_image_set() and its own open().
 */

#ifndef OCI_SCAN_IMAGE_H
#define OCI_SCAN_IMAGE_H

#include "oci_core.h"
#include "oci_digest.h"
#include "image/stream.h"

#include <jansson.h>


typedef struct oci_scan_image_s  oci_scan_image_t;


typedef struct {
    oci_digest_t   digest;      /* of the blob; alg OCI_ALG_NONE: not known */
    oci_digest_t   diff_id;     /* as the configuration has it */
    uint64_t       size;        /* of the blob */
    const char    *name;        /* in an archive */
} oci_scan_image_layer_t;


struct oci_scan_image_s {
    oci_pool_t         *pool;
    json_t             *config;
    oci_digest_t        id;             /* of the configuration */
    oci_digest_t        manifest;       /* alg OCI_ALG_NONE: not known */
    oci_array_t         tags;           /* of oci_str_t, repository:tag */
    oci_array_t         digests;        /* of oci_str_t, repository@digest */
    oci_array_t         layers;         /* oci_scan_image_layer_t, base first */
    bool                artifact;       /* its configuration is no image's */
    bool                serial;         /* one layer at a time, in order */
    void               *ctx;

    /*
     * Opens a layer as it is stored.  Called from several threads at once
     * unless serial is set.
     */

    oci_status_e      (*open)(oci_scan_image_t *image,
                              const oci_scan_image_layer_t *layer,
                              oci_scan_reader_t *reader, oci_error_t *err);
};


typedef struct {
    const char  *ref;           /* tag or digest in a layout; NULL: first */
    const char  *os;            /* NULL: the first manifest of an index */
    const char  *arch;
    const char  *variant;
} oci_scan_choice_t;


/*
 * Makes an image of the bytes of its configuration and, when manifest is not
 * empty, of its manifest; both are checked for shape, neither for digest.
 * What is no image (artifact) and names no file system has no layers.
 * ctx and open are the caller's to fill.
 */

oci_status_e oci_scan_image_set(oci_scan_image_t **image, oci_pool_t *pool,
    const oci_str_t *config, const oci_str_t *manifest, oci_error_t *err);

/*
 * Opens what "--input" names: docker save's tar or an OCI layout, as a
 * directory or a tar, compressed or not; "PATH@DIGEST" and "PATH:TAG" choose
 * from a layout.  OCI_NOT_FOUND, OCI_INVALID, OCI_MISMATCH as said in err.
 */

oci_status_e oci_scan_image_open(oci_scan_image_t **image, oci_pool_t *pool,
    const char *path, const oci_scan_choice_t *choice, oci_error_t *err);

/*
 * A manifest or an index as others wrote it, to be released by json_decref();
 * and whether a manifest is that of an image, by the type of its configuration.
 */

json_t *oci_scan_image_json(const oci_str_t *text, oci_error_t *err);
bool oci_scan_image_is(const json_t *manifest);

/*
 * Chooses a manifest from an index: by reference, by platform, else the
 * first.  NULL when nothing fits.  Shared with the registry's reader.
 */

const json_t *oci_scan_image_choose(const json_t *index,
    const oci_scan_choice_t *choice);


/*
 * Adds a pattern (as of oci_scan_glob()) to what oci_scan_limits_t passes
 * over, as clean as paths in layers are.  false: out of memory.
 */

bool oci_scan_skip_add(oci_array_t *patterns, const oci_str_t *pattern);


#endif /* OCI_SCAN_IMAGE_H */
