/*
 * Path patterns.
 */

#ifndef OCI_SCAN_BASE_GLOB_H
#define OCI_SCAN_BASE_GLOB_H

#include "oci_core.h"


/*
 * Whether a path is what a pattern describes: "*" within a path segment, "**"
 * across segments, "?", "[a-z]", "{a,b}", a backslash before any of them.
 */

bool oci_scan_glob(const oci_str_t *pattern, const oci_str_t *path);

/* whether each bracket and brace is closed, and nothing ends in a backslash */

bool oci_scan_glob_valid(const oci_str_t *pattern);


#endif /* OCI_SCAN_BASE_GLOB_H */
