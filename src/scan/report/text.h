/*
 * Escaping for the formats that are Go templates in Trivy.
 */

#ifndef OCI_SCAN_REPORT_TEXT_H
#define OCI_SCAN_REPORT_TEXT_H

#include "write.h"


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


#endif /* OCI_SCAN_REPORT_TEXT_H */
