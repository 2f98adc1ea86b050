/*
 * Reports as JUnit's XML and as a plain page of HTML.
 */

#include "secret.h"
#include "text.h"

#include <string.h>


static void junit_suite(oci_buf_t *out, const oci_scan_result_t *result,
    size_t n);
static void junit_case(oci_buf_t *out, const oci_scan_finding_t *f);
static void html_head(oci_buf_t *out, const oci_str_t *target,
    const char *when);
static void html_result(oci_buf_t *out, const oci_scan_result_t *result);
static void html_finding(oci_buf_t *out, const oci_scan_finding_t *f);
static void html_cell(oci_buf_t *out, const char *open,
    const oci_str_t *text);


oci_status_e
write_junit(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t                     i, k;
    const oci_scan_result_t   *result;
    const oci_scan_finding_t  *f;

    (void) style;
    (void) err;

    oci_buf_adds(out, "<?xml version=\"1.0\" ?>\n"
                 "<testsuites name=\"trivy\">");

    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        junit_suite(out, &result[i], result[i].findings.nelts);
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            junit_case(out, &f[k]);
        }

        oci_buf_adds(out, "\n    </testsuite>");

        /* where Trivy lists what we do not look for */

        junit_suite(out, &result[i], 0);
        oci_buf_adds(out, "\n    </testsuite>");
        secret_junit(out, &result[i]);
    }

    oci_buf_adds(out, "\n</testsuites>\n");

    return OCI_OK;
}


static void
junit_suite(oci_buf_t *out, const oci_scan_result_t *result, size_t n)
{
    oci_buf_addf(out, "\n    <testsuite tests=\"%zu\" failures=\"%zu\" "
                 "name=\"", n, n);
    text_xml(out, &result->target);
    oci_buf_adds(out, "\" errors=\"0\" skipped=\"0\" time=\"\">");

    if (result->type.len != 0) {
        oci_buf_adds(out, "\n        <properties>\n"
                     "            <property name=\"type\" value=\"");
        text_xml(out, &result->type);
        oci_buf_adds(out, "\"></property>\n        </properties>");
    }
}


static void
junit_case(oci_buf_t *out, const oci_scan_finding_t *f)
{
    oci_str_t  text;

    oci_buf_adds(out, "\n        <testcase classname=\"");
    text_xml(out, &f->pkg->name);
    oci_buf_adds(out, "-");
    text_xml(out, &f->installed);
    oci_buf_addf(out, "\" name=\"[%s] ", oci_scan_severity_name(f->severity));
    text_xml(out, &f->id);
    oci_buf_adds(out, "\" time=\"\">\n            <failure message=\"");

    text = oci_scan_finding_str(f, "Title");
    text_xml(out, &text);
    oci_buf_adds(out, "\" type=\"description\">");

    text = oci_scan_finding_str(f, "Description");
    text_xml(out, &text);
    oci_buf_adds(out, "</failure>\n        </testcase>");
}


oci_status_e
write_html(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    char                      when[40];
    size_t                    i;
    const oci_scan_result_t  *result;

    (void) err;

    result = report->results.elts;

    if (report->results.nelts == 0) {
        oci_buf_adds(out, "<!DOCTYPE html>\n<html>\n  <head>\n    <meta "
                     "charset=\"utf-8\">\n    <title>Empty report</title>\n"
                     "  </head>\n  <body>\n    <h1>Nothing was found that "
                     "could be scanned</h1>\n  </body>\n</html>\n");
        return OCI_OK;
    }

    text_time(when, &style->now, false);
    html_head(out, &result[0].target, when);

    for (i = 0; i < report->results.nelts; i++) {
        html_result(out, &result[i]);
    }

    oci_buf_adds(out, "    </table>\n  </body>\n</html>\n");

    return OCI_OK;
}


static void
html_head(oci_buf_t *out, const oci_str_t *target, const char *when)
{
    unsigned            i;
    static const char  *rows[][2] = {
        { "CRITICAL", "#f8d7d7" }, { "HIGH", "#fde5cf" },
        { "MEDIUM", "#fcf4cf" }, { "LOW", "#e2f1db" },
        { "UNKNOWN", "#ececec" }
    };

    oci_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n  <head>\n"
                 "    <meta charset=\"utf-8\">\n    <title>");
    text_html(out, target);
    oci_buf_addf(out, " - Vulnerability report - %s</title>\n    <style>\n",
                 when);
    oci_buf_adds(out, "      body { font: 15px/1.4 sans-serif }\n"
                 "      table { border-collapse: collapse }\n"
                 "      td, th { border: 1px solid #999; padding: 4px 8px; "
                 "text-align: left; vertical-align: top }\n"
                 "      .links { font-size: 80%; word-break: break-all }\n"
                 "      .links a { display: block }\n");

    for (i = 0; i < 5; i++) {
        oci_buf_addf(out, "      .severity-%s { background: %s }\n",
                     rows[i][0], rows[i][1]);
    }

    oci_buf_adds(out, "    </style>\n  </head>\n  <body>\n    <h1>");
    text_html(out, target);
    oci_buf_addf(out, " - Vulnerability report - %s</h1>\n    <table>\n",
                 when);
}


static void
html_result(oci_buf_t *out, const oci_scan_result_t *result)
{
    size_t                     i;
    const oci_scan_finding_t  *f;

    oci_buf_adds(out, "      <tr class=\"group-header\"><th colspan=\"6\">");
    text_xml(out, &result->type);
    oci_buf_adds(out, "</th></tr>\n");

    if (result->findings.nelts == 0) {
        oci_buf_adds(out, "      <tr><th colspan=\"6\">No Vulnerabilities "
                     "found</th></tr>\n");
        return;
    }

    oci_buf_adds(out, "      <tr class=\"sub-header\">\n"
                 "        <th>Package</th>\n"
                 "        <th>Vulnerability ID</th>\n"
                 "        <th>Severity</th>\n"
                 "        <th>Installed Version</th>\n"
                 "        <th>Fixed Version</th>\n"
                 "        <th>Links</th>\n      </tr>\n");

    f = result->findings.elts;

    for (i = 0; i < result->findings.nelts; i++) {
        html_finding(out, &f[i]);
    }
}


static void
html_finding(oci_buf_t *out, const oci_scan_finding_t *f)
{
    size_t      i;
    json_t     *list, *item;
    oci_str_t   s;

    s = oci_str(oci_scan_severity_name(f->severity));

    oci_buf_addf(out, "      <tr class=\"severity-%s\">\n", s.data);
    html_cell(out, "<td class=\"pkg-name\">", &f->pkg->name);
    html_cell(out, "<td>", &f->id);
    html_cell(out, "<td class=\"severity\">", &s);
    html_cell(out, "<td class=\"pkg-version\">", &f->installed);
    html_cell(out, "<td>", &f->fixed);
    oci_buf_adds(out, "        <td class=\"links\" "
                 "data-more-links=\"off\">");

    list = json_object_get(f->record, "References");

    json_array_foreach(list, i, item) {
        s = oci_str(json_string_value(item));

        /* no link that would run a script */

        if (text_is_url(&s)) {
            oci_buf_adds(out, "\n          <a href=\"");
            text_xml(out, &s);
            oci_buf_adds(out, "\">");
            text_xml(out, &s);
            oci_buf_adds(out, "</a>");
        }
    }

    oci_buf_adds(out, "\n        </td>\n      </tr>\n");
}


static void
html_cell(oci_buf_t *out, const char *open, const oci_str_t *text)
{
    oci_buf_addf(out, "        %s", open);
    text_xml(out, text);
    oci_buf_adds(out, "</td>\n");
}
