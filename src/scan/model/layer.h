/*
 * What one layer says: packages, languages' packages, the operating system,
 * and what it deletes of the layers below.  It depends on nothing but the
 * layer, so it is cached by the layer's digest.
 */

#ifndef OCI_SCAN_MODEL_LAYER_H
#define OCI_SCAN_MODEL_LAYER_H

#include "pkg.h"
#include "secret.h"
#include "image/layer_walk.h"


/* raise it whenever a layer would be described differently */

#define OCI_SCAN_ANALYZER_VERSION  9


/* the packages of one database or of one file */

typedef struct {
    const char   *type;         /* "gobinary" ...; NULL: of the system */
    oci_str_t     path;
    oci_array_t   pkgs;         /* of oci_scan_pkg_t */
} oci_scan_group_t;


/* licences of a dpkg package, from its copyright file */

typedef struct {
    oci_str_t        path;
    oci_str_t        name;
    oci_scan_strs_t  licenses;
} oci_scan_copyright_t;


typedef struct {
    oci_pool_t             *pool;
    uint64_t                size;           /* unpacked */
    bool                    packed;         /* it was compressed */
    oci_digest_t            digest;         /* alg NONE: known by diffID */
    oci_digest_t            diff_id;
    oci_array_t             opaque;         /* of oci_str_t */
    oci_array_t             whiteouts;      /* of oci_str_t */
    oci_array_t             system;         /* of oci_scan_group_t */
    oci_array_t             apps;           /* of oci_scan_group_t */
    oci_array_t             copyrights;     /* of oci_scan_copyright_t */
    oci_array_t             secrets;        /* of oci_scan_secrets_t */
    oci_array_t             notes;          /* of oci_str_t */
    oci_array_t             left_out;       /* of oci_str_t: "path: why" */
    oci_scan_os_t           os;
    oci_str_t               repository;     /* Alpine's release; or empty */
    oci_scan_build_info_t  *build_info;     /* Red Hat's; or NULL */
} oci_scan_layer_t;


oci_scan_layer_t *oci_scan_layer_create(oci_pool_t *pool);

/* what another file or layer says of the system, added to what is known */

void oci_scan_os_merge(oci_scan_os_t *os, const oci_scan_os_t *other);


#endif /* OCI_SCAN_MODEL_LAYER_H */
