/*
 * Ranges of versions, as the languages share them.
 */

#ifndef OCI_SCAN_VERSION_RANGE_H
#define OCI_SCAN_VERSION_RANGE_H

#include "oci_core.h"


/*
 * Ranges are alternatives by "||", each of terms by "," or white space.
 * The next operator and operand of a term; operator is a slice of its
 * characters and may be empty.  False at the end of the alternative.
 */

bool range_or(oci_str_t *rest, oci_str_t *alternative);
bool range_term(oci_str_t *rest, oci_str_t *op, oci_str_t *operand);


#endif /* OCI_SCAN_VERSION_RANGE_H */
