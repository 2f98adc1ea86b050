/*
 * Package URLs, read and written.
 *
 * Source: package-url/purl-spec, PURL-SPECIFICATION and the types that image
 * packages use.
 */

#ifndef OCI_SCAN_MODEL_PURL_H
#define OCI_SCAN_MODEL_PURL_H

#include "pkg.h"


#define OCI_SCAN_PURL_MAX         4096
#define OCI_SCAN_PURL_QUALIFIERS  16


/* percent-decoded parts; what is absent is empty */

typedef struct {
    oci_str_t    type;
    oci_str_t    namespace;
    oci_str_t    name;
    oci_str_t    version;
    oci_str_t    subpath;
    size_t       nqualifiers;
    struct {
        oci_str_t  key;
        oci_str_t  value;
    } qualifier[OCI_SCAN_PURL_QUALIFIERS];
} oci_scan_purl_t;


/*
 * Parts live in pool.  OCI_INVALID: not a package URL; OCI_LIMIT: longer than
 * OCI_SCAN_PURL_MAX or with more qualifiers than we keep.
 */

oci_status_e oci_scan_purl_parse(oci_scan_purl_t *purl, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* written again, in the one form that it should have; empty: no memory */

oci_str_t oci_scan_purl_str(oci_pool_t *pool, const oci_scan_purl_t *purl);

/* empty when there is no such qualifier */

oci_str_t oci_scan_purl_qualifier(const oci_scan_purl_t *purl,
    const char *key);

/*
 * Whether target is what wanted describes: a part of wanted that is empty
 * (version, subpath) stands for any, each of its qualifiers must be there.
 */

bool oci_scan_purl_match(const oci_scan_purl_t *wanted,
    const oci_scan_purl_t *target);

/* the package URL of a package of a type, or of a system's package */

oci_str_t oci_scan_purl_of(oci_pool_t *pool, const char *type,
    const oci_scan_os_t *os, const oci_scan_pkg_t *pkg);

/* of an image: the last part of its name, and all of it as the url */

oci_str_t oci_scan_purl_image(oci_pool_t *pool, const oci_str_t *name,
    const oci_str_t *digest, const oci_str_t *arch, const oci_str_t *url);

/* "epoch:version-release" */

oci_str_t oci_scan_pkg_version(oci_pool_t *pool, const oci_scan_pkg_t *pkg);


#endif /* OCI_SCAN_MODEL_PURL_H */
