/*
 * Reports, to standard output or a file.
 */

#ifndef SCAN_WRITE_H
#define SCAN_WRITE_H

#include "scan/scan.h"

#include <stdio.h>


/* writes the report as the options say */

oci_status_e scan_write(scan_t *s, const oci_scan_report_t *report);

/* the report in a format */

oci_status_e scan_render(scan_t *s, const oci_scan_report_t *report,
    const char *format, oci_buf_t *b);


/*
 * Where --output says.  What is added to buf is written now and then, the
 * rest by scan_close(), which returns rc unless something failed.
 */

typedef struct {
    oci_buf_t   buf;
    FILE       *file;
    int         error;          /* errno of the first write that failed */
} scan_out_t;

oci_status_e scan_open(scan_t *s, scan_out_t *out);
oci_status_e scan_close(scan_t *s, scan_out_t *out, oci_status_e rc);


#endif /* SCAN_WRITE_H */
