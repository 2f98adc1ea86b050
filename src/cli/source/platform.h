/*
 * --platform, of the manifests of an index.
 */

#ifndef PLATFORM_H
#define PLATFORM_H

#include "oci_scan_image.h"


/*
 * Sets what "OS", "OS/ARCH" or "OS/ARCH/VARIANT" says, and leaves the rest of
 * choice as it is.
 */

void platform_parse(oci_pool_t *pool, const char *text,
    oci_scan_choice_t *choice);

/*
 * The manifest of an index that is for a platform.  OCI_MISMATCH: it is no
 * index; OCI_NOT_FOUND: it has none; OCI_INVALID: it has several.
 */

oci_status_e platform_digest(oci_pool_t *pool, const oci_str_t *index,
    const char *platform, oci_digest_t *digest, oci_error_t *err);


#endif /* PLATFORM_H */
