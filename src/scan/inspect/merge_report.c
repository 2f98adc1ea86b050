/*
 * What is in an image as the results of a report, still without findings.
 */

#include "merge.h"

#include <string.h>


static bool merge_report_system(oci_scan_report_t *report,
    const oci_array_t *pkgs, const oci_str_t *name);
static bool merge_report_app(oci_scan_report_t *report,
    const oci_scan_group_t *g);


oci_status_e
merge_report(const oci_scan_merged_t *merged, oci_scan_report_t *report,
    const oci_str_t *name, oci_error_t *err)
{
    size_t                   i;
    bool                     ok;
    const oci_scan_group_t  *g;

    report->os = merged->os;

    if (merged->os.family.len == 0 && merged->repository.len != 0) {
        report->os.family = oci_str("alpine");
        report->os.name = merged->repository;

    } else if (merged->os.family.len == 0 && merged->pkgs.nelts != 0) {
        report->os.family = oci_str("none");
    }

    ok = report->os.family.len == 0
         || oci_str_is(&report->os.family, "activestate")
         || merge_report_system(report, &merged->pkgs, name);

    g = merged->apps.elts;

    for (i = 0; ok && i < merged->apps.nelts; i++) {
        ok = merge_report_app(report, &g[i]);
    }

    return ok ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
merge_report_system(oci_scan_report_t *report, const oci_array_t *pkgs,
    const oci_str_t *name)
{
    oci_scan_os_t      *os;
    oci_scan_result_t  *r;

    r = oci_scan_report_result(report);
    if (r == NULL) {
        return false;
    }

    os = &report->os;
    r->target = oci_strf(report->pool, "%.*s (%.*s %.*s%s)", (int) name->len,
                         name->data, (int) os->family.len, os->family.data,
                         (int) os->name.len, os->name.data,
                         os->extended ? "-ESM" : "");
    r->class = "os-pkgs";
    r->type = os->family;
    r->pkgs = *pkgs;

    return true;
}


static bool
merge_report_app(oci_scan_report_t *report, const oci_scan_group_t *g)
{
    const char         *title;
    oci_scan_result_t  *r;

    r = oci_scan_report_result(report);
    if (r == NULL) {
        return false;
    }

    title = merge_title(g->type);
    r->target = (g->path.len == 0 && title != NULL) ? oci_str(title)
                                                    : g->path;
    r->class = "lang-pkgs";
    r->type = oci_str(g->type);
    r->pkgs = g->pkgs;

    return true;
}


const char *
merge_title(const char *type)
{
    size_t             i;
    static const char  *const titles[][2] = {
        { "python-pkg", "Python" }, { "conda-pkg", "Conda" },
        { "gemspec", "Ruby" }, { "node-pkg", "Node.js" }, { "jar", "Java" }
    };

    for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (strcmp(type, titles[i][0]) == 0) {
            return titles[i][1];
        }
    }

    return NULL;
}
