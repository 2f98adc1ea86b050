/*
 * Orders of versions, one for each kind of package, and the ranges in which
 * advisories of languages say what is vulnerable.
 */

#ifndef OCI_SCAN_VERSION_VERSION_H
#define OCI_SCAN_VERSION_VERSION_H

#include "base/librpm.h"


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


/* an order of versions: one kind's, and the library that knows it */

typedef struct {
    oci_scan_version_e  kind;
    oci_scan_librpm_t   rpm;    /* of OCI_SCAN_VERSION_RPM alone */
} oci_scan_version_t;


/*
 * Fills the order of that kind.  OCI_NOT_FOUND: the library that compares
 * such versions is missing on this machine.
 */

oci_status_e oci_scan_version_open(oci_scan_version_t *order,
    oci_scan_version_e kind, oci_error_t *err);

/* is it a version of that kind at all? */

bool oci_scan_version_valid(const oci_scan_version_t *order,
    const oci_str_t *v);

/* sets *diff to -1, 0 or 1; false: one of them is no such version */

bool oci_scan_version_cmp(const oci_scan_version_t *order,
    const oci_str_t *a, const oci_str_t *b, int *diff);

/*
 * Does v lie in range, as the ecosystem writes ranges: ">= 1.2, < 2 || 3.x"?
 * False in *good: v or range cannot be read.
 */

bool oci_scan_version_in(const oci_scan_version_t *order, const oci_str_t *v,
    const oci_str_t *range, bool *good);


#endif /* OCI_SCAN_VERSION_VERSION_H */
