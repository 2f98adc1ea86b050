/*
 * Escaping for the formats that are Go templates in Trivy, and times.
 */

#ifndef OCI_SCAN_REPORT_TEXT_H
#define OCI_SCAN_REPORT_TEXT_H

#include "oci_core.h"

#include <time.h>


/* as Go's xml.EscapeText */

void oci_scan_xml(oci_buf_t *b, const oci_str_t *s);

/* as Go's html.EscapeString */

void oci_scan_html(oci_buf_t *b, const oci_str_t *s);

/* as Go's %q: a Go literal in double quotes */

void oci_scan_go_quote(oci_buf_t *b, const oci_str_t *s);

/* inside of the quotes of a JSON string */

void oci_scan_json_text(oci_buf_t *b, const oci_str_t *s);

/* http, https or ftp, and something after it */

bool oci_scan_is_url(const oci_str_t *s);

/* RFC 3339 in UTC; with nanoseconds when there are any, without zeros */

void oci_scan_time(char out[40], const struct timespec *when, bool nano);


#endif /* OCI_SCAN_REPORT_TEXT_H */
