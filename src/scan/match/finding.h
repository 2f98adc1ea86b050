/*
 * What the matchers share: a package at a time, and how a finding is made.
 */

#ifndef OCI_SCAN_MATCH_FINDING_H
#define OCI_SCAN_MATCH_FINDING_H

#include "oci_scan_detect.h"
#include "version/version.h"


typedef struct {
    oci_scan_report_t        *report;
    oci_scan_vulndb_t        *db;
    const oci_scan_detect_t  *how;
    oci_scan_result_t        *result;
    const oci_scan_pkg_t     *pkg;
    oci_str_t                 installed;    /* as it is shown */
    oci_str_t                 compared;     /* as it is compared */
    size_t                    first;        /* finding of this package */
    const void               *rule;
    oci_scan_version_t        version;      /* the order of its versions */
} match_t;


/*
 * A finding of d->pkg; one of the same id of this package is replaced, as a
 * later source of advisories does.  NULL: no memory.
 */

oci_scan_finding_t *match_add(match_t *d, const oci_str_t *root,
    const oci_str_t *id, oci_error_t *err);

/* a copy of a string member, or of a list of them, that outlives value */

oci_str_t match_str(match_t *d, const json_t *value, const char *key);
oci_str_t match_rpm(match_t *d, const json_t *value, const char *key);
oci_scan_strs_t match_strs(match_t *d, const json_t *value, const char *key);

void match_log(match_t *d, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


#endif /* OCI_SCAN_MATCH_FINDING_H */
