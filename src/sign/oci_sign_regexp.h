/*
 * Regular expressions of identities, in Go's grammar (RE2): what cosign
 * refuses is refused, since it would mean something else there.
 */

#ifndef OCI_SIGN_REGEXP_H
#define OCI_SIGN_REGEXP_H

#include "oci_core.h"


bool oci_sign_regexp_valid(const char *pattern);

/* anywhere in text, unless anchored; false too for an invalid pattern */

bool oci_sign_regexp_match(const char *pattern, const oci_str_t *text);


#endif /* OCI_SIGN_REGEXP_H */
