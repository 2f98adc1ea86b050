/*
 * The table of report formats.
 */

#include "write.h"

#include <string.h>


static const struct {
    const char          *name;
    oci_scan_writer_pt   write;
} report_formats[] = {
    { "json", oci_scan_write_json },
    { "table", oci_scan_write_table },
    { "sarif", oci_scan_write_sarif },
    { "github", oci_scan_write_github },
    { "cyclonedx", oci_scan_write_cyclonedx },
    { "spdx", oci_scan_write_spdx },
    { "spdx-json", oci_scan_write_spdx_json },
    { "cosign-vuln", oci_scan_write_cosign },
    { "junit", oci_scan_write_junit },
    { "html", oci_scan_write_html },
    { "gitlab", oci_scan_write_gitlab },
    { "gitlab-codequality", oci_scan_write_quality },
    { "asff", oci_scan_write_asff },
    { NULL, NULL }
};


oci_status_e
oci_scan_report_write(const oci_scan_report_t *report, const char *format,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t        i;
    oci_status_e  rc;

    for (i = 0; report_formats[i].name != NULL; i++) {

        if (strcmp(report_formats[i].name, format) != 0) {
            continue;
        }

        rc = report_formats[i].write(report, style, out, err);

        if (rc == OCI_OK && out->failed) {
            rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        return rc;
    }

    return oci_error(err, OCI_NOT_FOUND, 0, "no report format \"%s\"",
                     format);
}


bool
oci_scan_report_format(const char *format)
{
    size_t  i;

    for (i = 0; report_formats[i].name != NULL; i++) {
        if (strcmp(report_formats[i].name, format) == 0) {
            return true;
        }
    }

    return false;
}
