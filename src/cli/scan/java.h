/*
 * The Java database, opened when the first jar needs it.
 */

#ifndef SCAN_JAVA_H
#define SCAN_JAVA_H

#include "oci_scan_java.h"
#include "scan/scan.h"


/* downloads it into the cache; OCI_OK, or what went wrong in s->err */

oci_status_e scan_java_fetch(scan_t *s);

/* takes it over from a tar; OCI_NOT_FOUND: there is none in it */

oci_status_e scan_java_import(scan_t *s, const char *file);

/*
 * For oci_scan_options_t, ctx is the scan_t.  Without a database nothing is
 * found, which the log says once.
 */

oci_status_e scan_java_find(void *ctx, oci_scan_jar_t *jar, oci_error_t *err);


#endif /* SCAN_JAVA_H */
