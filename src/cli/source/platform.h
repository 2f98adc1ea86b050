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


#endif /* PLATFORM_H */
