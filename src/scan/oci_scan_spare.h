/*
 * What of a report need not count: ignore files and VEX documents applied to
 * one that was made without them.
 */

#ifndef OCI_SCAN_SPARE_H
#define OCI_SCAN_SPARE_H

#include "oci_core.h"

#include <jansson.h>


/*
 * Takes out of a report in Trivy's JSON the vulnerabilities that an ignore
 * file (NULL: none) or one of the documents (const char *, names of files)
 * says need not count at now.  A report of NULL: the files are read, for what
 * is wrong with them.  The report must live as long as pool, which is for
 * passing work.  Blocks.
 */

oci_status_e oci_scan_spare(oci_pool_t *pool, json_t *report,
    const char *ignore, const oci_array_t *vex, int64_t now,
    oci_error_t *err);


#endif /* OCI_SCAN_SPARE_H */
