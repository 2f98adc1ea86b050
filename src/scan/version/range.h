/*
 * Ranges of versions, as the languages share them: alternatives by "||", each
 * of terms by "," or white space, a term of an operator and a version.
 */

#ifndef OCI_SCAN_VERSION_RANGE_H
#define OCI_SCAN_VERSION_RANGE_H

#include "oci_core.h"


/*
 * Whether the version in v is inside.  Both clear *good, which is true before,
 * when what they are given cannot be read; the range is bad then.
 */

typedef bool (*range_alternative_pt)(const void *v, const oci_str_t *text,
    bool *good);
typedef bool (*range_term_pt)(const void *v, const oci_str_t *op,
    const oci_str_t *operand, bool *good);

/* one of the alternatives holds; a bad one never goes unnoticed */

bool range_any(const oci_str_t *range, const void *v,
    range_alternative_pt alternative, bool *good);

/* all terms of an alternative hold; one without any is bad */

bool range_all(const oci_str_t *text, const void *v, range_term_pt term,
    bool *good);

/*
 * The next operator and operand of a term; operator is a slice of its
 * characters and may be empty.  False at the end of the alternative.
 */

bool range_term(oci_str_t *rest, oci_str_t *op, oci_str_t *operand);

/*
 * Whether an operator that every language has holds, order being how the
 * version compares to the operand; loose: "=>" and "=<" are operators, too.
 */

bool range_holds(const oci_str_t *op, int order, bool loose, bool *good);


#endif /* OCI_SCAN_VERSION_RANGE_H */
