/*
 * Versions of dotted numbers with a pre-release behind them: what semver,
 * npm's order and the generic one share.
 */

#ifndef OCI_SCAN_VERSION_SEMVER_H
#define OCI_SCAN_VERSION_SEMVER_H

#include "order.h"


#define OCI_SCAN_SEGMENTS  32


/* any: the index of the first wildcard, or n */

typedef struct {
    size_t     n;
    size_t     any;
    uint64_t   seg[OCI_SCAN_SEGMENTS];
    oci_str_t  pre;
} semver_t;


/*
 * Numbers with dots from the beginning of rest, which is moved behind them;
 * wild: also x, X and *.  False when there is none or one is too large.
 */

bool semver_numbers(semver_t *v, oci_str_t *rest, bool wild);

/* missing numbers are zero; without a pre-release comes after with one */

int semver_order(const semver_t *a, const semver_t *b);

/* non-empty labels of [0-9A-Za-z-~], with dots */

bool semver_labels(const oci_str_t *s, const char *more);


#endif /* OCI_SCAN_VERSION_SEMVER_H */
