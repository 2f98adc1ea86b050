/*
 * Escaping for the formats that are Go templates in Trivy, and times.
 */

#ifndef OCI_SCAN_REPORT_TEXT_H
#define OCI_SCAN_REPORT_TEXT_H

#include "oci_core.h"

#include <time.h>


/* as Go's xml.EscapeText */

void text_xml(oci_buf_t *b, const oci_str_t *s);

/* as Go's html.EscapeString */

void text_html(oci_buf_t *b, const oci_str_t *s);

/* as Go's %q: a Go literal in double quotes */

void text_go(oci_buf_t *b, const oci_str_t *s);

/* inside of the quotes of a JSON string */

void text_json(oci_buf_t *b, const oci_str_t *s);

/* http, https or ftp, and something after it */

bool text_is_url(const oci_str_t *s);

/* RFC 3339 in UTC; with nanoseconds when there are any, without zeros */

void text_time(char out[40], const struct timespec *when, bool nano);


/* the SHA-1 of what is in b, in hexadecimal */

void text_sha1(oci_buf_t *out, const oci_buf_t *b);


#endif /* OCI_SCAN_REPORT_TEXT_H */
