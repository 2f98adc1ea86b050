/*
 * The id by which Trivy knows a package of an image.
 */

#ifndef OCI_SCAN_MODEL_PACKAGE_UID_H
#define OCI_SCAN_MODEL_PACKAGE_UID_H

#include "pkg.h"


/*
 * The hash of all that the analyzer said of the package, in hexadecimal;
 * path is where it was found, empty for a system's.  What merging adds (the
 * layer, the package URL, licences of copyright files) must not be there yet.
 * Empty: no memory.
 *
 * Source: pkg/dependency and pkg/fanal/types of Trivy (the structure whose
 * fields are hashed).
 */

oci_str_t oci_scan_uid(oci_pool_t *pool, const oci_str_t *path,
    const oci_scan_pkg_t *pkg);


#endif /* OCI_SCAN_MODEL_PACKAGE_UID_H */
