/*
 * A package, as a database or a file in an image describes it.
 */

#ifndef OCI_SCAN_MODEL_PKG_H
#define OCI_SCAN_MODEL_PKG_H

#include "oci_core.h"
#include "oci_digest.h"


typedef struct {
    oci_str_t  *elts;
    size_t      nelts;
} oci_scan_strs_t;


typedef enum {
    OCI_SCAN_REL_UNKNOWN = 0,
    OCI_SCAN_REL_ROOT,
    OCI_SCAN_REL_WORKSPACE,
    OCI_SCAN_REL_DIRECT,
    OCI_SCAN_REL_INDIRECT
} oci_scan_rel_e;


typedef enum {
    OCI_SCAN_REPO_UNKNOWN = 0,
    OCI_SCAN_REPO_OFFICIAL,
    OCI_SCAN_REPO_THIRD_PARTY
} oci_scan_repo_e;


/* Red Hat's way to say which streams a layer was built from */

typedef struct {
    oci_scan_strs_t  content_sets;
    oci_str_t        nvr;
    oci_str_t        arch;
} oci_scan_build_info_t;


/* the lines from which a package was read; zeros: not known */

typedef struct {
    uint32_t  start;
    uint32_t  end;
} oci_scan_span_t;


typedef struct {
    oci_str_t               id;
    oci_str_t               name;
    oci_str_t               version;
    oci_str_t               release;
    uint32_t                epoch;
    oci_str_t               arch;
    oci_str_t               src_name;
    oci_str_t               src_version;
    oci_str_t               src_release;
    uint32_t                src_epoch;
    oci_scan_strs_t         licenses;
    oci_str_t               maintainer;
    oci_str_t               modularity;
    oci_scan_build_info_t  *build_info;
    oci_scan_repo_e         repository;
    oci_scan_rel_e          relationship;
    bool                    dev;
    bool                    indirect;
    oci_scan_strs_t         depends;        /* ids */
    oci_str_t               layer_digest;
    oci_str_t               layer_diff_id;
    oci_str_t               file_path;
    oci_str_t               digest;         /* "sha1:..." of the package */
    oci_scan_span_t        *spans;          /* in the file that lists it */
    size_t                  nspans;
    oci_scan_strs_t         files;          /* that it installed */
    oci_str_t               purl;
    oci_str_t               uid;            /* Trivy's hash of it all */
    oci_str_t               bom_ref;
    const char             *analyzed_by;
} oci_scan_pkg_t;


typedef struct {
    oci_str_t    family;
    oci_str_t    name;
    oci_str_t    supplier;
    bool         extended;                  /* Ubuntu's ESM */
} oci_scan_os_t;


#endif /* OCI_SCAN_MODEL_PKG_H */
