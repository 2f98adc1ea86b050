/*
 * The table of report formats.
 */

#include "write.h"

#include <string.h>


static const struct {
    const char   *name;
    writer_pt     write;
} report_formats[] = {
    { "json", write_json },
    { "table", write_table },
    { "sarif", write_sarif },
    { "github", write_github },
    { "cyclonedx", write_cyclonedx },
    { "spdx", write_spdx },
    { "spdx-json", write_spdx_json },
    { "cosign-vuln", write_cosign },
    { "junit", write_junit },
    { "html", write_html },
    { "gitlab", write_gitlab },
    { "gitlab-codequality", write_quality },
    { "asff", write_asff },
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
