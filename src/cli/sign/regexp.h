/*
 * Regular expressions of identities, in Go's grammar (RE2): what cosign
 * refuses is refused, since it would mean something else there.
 */

#ifndef REGEXP_H
#define REGEXP_H

#include "oci_core.h"


bool regexp_valid(const char *pattern);

/* anywhere in text, unless anchored; false too for an invalid pattern */

bool regexp_match(const char *pattern, const oci_str_t *text);


#endif /* REGEXP_H */
