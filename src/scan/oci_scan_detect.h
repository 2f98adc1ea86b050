/*
 * Matching: packages of a report against a vulnerability database.
 */

#ifndef OCI_SCAN_DETECT_H
#define OCI_SCAN_DETECT_H

#include "oci_scan_report.h"
#include "vulndb/vulndb.h"

#include <time.h>


typedef enum {
    OCI_SCAN_EOL_SUPPORTED = 0,
    OCI_SCAN_EOL_ENDED,
    OCI_SCAN_EOL_UNKNOWN
} oci_scan_eol_e;

oci_scan_eol_e oci_scan_eol(const oci_str_t *family,
    const oci_str_t *release, time_t now);


typedef struct {
    time_t             now;
    const oci_str_t   *sources;     /* of severities, in order; none: auto */
    size_t             nsources;
    oci_str_t          repository;  /* Alpine's release; or empty */
    void              *ctx;

    /* "INFO" or "WARN", and a line of the log; or NULL */

    void             (*log)(void *ctx, const char *level, const char *text);
} oci_scan_detect_t;


/*
 * Adds the findings of every result of the report and says in it whether the
 * system's support has ended.  OCI_INVALID: the database is damaged, or lacks
 * what this system needs.
 */

oci_status_e oci_scan_detect(oci_scan_report_t *report,
    oci_scan_vulndb_t *db, const oci_scan_detect_t *how, oci_error_t *err);


#endif /* OCI_SCAN_DETECT_H */
