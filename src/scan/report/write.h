/*
 * What the writers of reports share.
 */

#ifndef OCI_SCAN_REPORT_WRITE_H
#define OCI_SCAN_REPORT_WRITE_H

#include "oci_scan_report.h"
#include "emit.h"


/* a writer of one format; the error is OCI_NOMEM or said in err */

typedef oci_status_e (*writer_pt)(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);

oci_status_e write_json(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_cosign(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_sarif(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_github(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_junit(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_html(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_gitlab(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_quality(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_asff(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_cyclonedx(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_spdx(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_spdx_json(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
oci_status_e write_table(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);


/* the image's configuration in the order that Go's struct has */

void emit_config(emit_t *e, const char *key, const json_t *config);
bool config_empty(const json_t *config);   /* it would say nothing */


#endif /* OCI_SCAN_REPORT_WRITE_H */
