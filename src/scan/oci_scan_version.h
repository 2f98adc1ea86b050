/*
 * Orders of versions, one for each kind of package, and the ranges in which
 * advisories of languages say what is vulnerable.
 */

#ifndef OCI_SCAN_VERSION_H
#define OCI_SCAN_VERSION_H

#include "oci_core.h"


#define OCI_SCAN_VERSION_MAX  1024      /* longer is no version */


typedef enum {
    OCI_SCAN_VERSION_DEB = 0,
    OCI_SCAN_VERSION_RPM,       /* epoch:version-release */
    OCI_SCAN_VERSION_APK,
    OCI_SCAN_VERSION_NPM,
    OCI_SCAN_VERSION_PEP440,
    OCI_SCAN_VERSION_GEM,
    OCI_SCAN_VERSION_MAVEN,
    OCI_SCAN_VERSION_BITNAMI,
    OCI_SCAN_VERSION_GENERIC
} oci_scan_version_e;


/*
 * Can versions of that kind be compared on this machine?  OCI_NOT_FOUND: the
 * library that does it is missing, and no version would be one.
 */

oci_status_e oci_scan_version_ready(oci_scan_version_e kind,
    oci_error_t *err);

/* is it a version of that kind at all? */

bool oci_scan_version_valid(oci_scan_version_e kind, const oci_str_t *v);

/* sets *order to -1, 0 or 1; false: one of them is no such version */

bool oci_scan_version_cmp(oci_scan_version_e kind, const oci_str_t *a,
    const oci_str_t *b, int *order);

/*
 * Does v lie in range, as the ecosystem writes ranges: ">= 1.2, < 2 || 3.x"?
 * False in *good: v or range cannot be read.
 */

bool oci_scan_version_in(oci_scan_version_e kind, const oci_str_t *v,
    const oci_str_t *range, bool *good);


#endif /* OCI_SCAN_VERSION_H */
