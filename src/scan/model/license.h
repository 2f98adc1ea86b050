/*
 * Names of licences, as package metadata has them, made SPDX identifiers
 * where that is plain; everything else is kept as it was.
 */

#ifndef OCI_SCAN_MODEL_LICENSE_H
#define OCI_SCAN_MODEL_LICENSE_H

#include "pkg.h"


/* all give false when out of memory; the strings live in pool */

/* words: "MPL-2.0 GPL-2.0-or-later", "GPL-2.0-only AND MIT" (apk) */

bool oci_scan_license_words(oci_pool_t *pool, const oci_str_t *text,
    oci_scan_strs_t *list);

/* separated by commas, "and" and "or" (gemspec, METADATA), not normalized */

bool oci_scan_license_split(oci_pool_t *pool, const oci_str_t *text,
    oci_scan_strs_t *list);

/* each made SPDX, without those that come twice and empty ones */

bool oci_scan_license_normalize(oci_pool_t *pool, oci_scan_strs_t *list);

/* the SPDX identifier of the licence at this address; NULL: it is not known */

const char *oci_scan_license_url(oci_pool_t *pool, const oci_str_t *url);

/*
 * The SPDX identifier that a name stands for, and whether it says "or later";
 * false when it is none.
 */

bool license_known(oci_pool_t *pool, oci_str_t name, oci_str_t *id,
    bool *plus);

/* both as one name: "GPL-2.0-or-later", "GPL-2.0-only", "MPL-2.0+" */

oci_str_t license_name(oci_pool_t *pool, const oci_str_t *id, bool plus);


#endif /* OCI_SCAN_MODEL_LICENSE_H */
