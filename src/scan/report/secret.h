/*
 * Secrets in the formats that show them.
 */

#ifndef OCI_SCAN_REPORT_SECRET_H
#define OCI_SCAN_REPORT_SECRET_H

#include "write.h"


void secret_json(emit_t *e, const char *key, const oci_scan_secret_t *s);

/* below the heading of a table; false: no memory */

bool secret_table(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);

/* rule and result of SARIF; uri: of the file */

void secret_sarif_rule(emit_t *e, const oci_scan_secret_t *s,
    const char *level, const char *score);
void secret_sarif_result(emit_t *e, const oci_scan_secret_t *s,
    const oci_str_t *target, const oci_str_t *uri, const char *level,
    size_t index);

/* an issue of GitLab's code quality, a finding of AWS Security Hub */

typedef void (*secret_pt)(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s, const oci_scan_style_t *style);

void secret_quality(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s, const oci_scan_style_t *style);
void secret_asff(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s, const oci_scan_style_t *style);

void secret_junit(oci_buf_t *out, const oci_scan_result_t *result);


#endif /* OCI_SCAN_REPORT_SECRET_H */
