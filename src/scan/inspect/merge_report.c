/*
 * What is in an image as the results of a report, still without findings.
 */

#include "merge.h"

#include <string.h>


oci_status_e
merge_report(const oci_scan_merged_t *merged,
    oci_scan_report_t *report, const oci_str_t *name, oci_error_t *err)
{
    size_t                    i;
    const char               *title;
    oci_scan_result_t        *r;
    const oci_scan_group_t   *g;

    report->os = merged->os;

    if (merged->os.family.len == 0 && merged->repository.len != 0) {
        report->os.family = oci_str("alpine");
        report->os.name = merged->repository;

    } else if (merged->os.family.len == 0 && merged->pkgs.nelts != 0) {
        report->os.family = oci_str("none");
    }

    if (report->os.family.len != 0
        && !oci_str_is(&report->os.family, "activestate"))
    {
        r = oci_scan_report_result(report);
        if (r == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        r->target = oci_strf(report->pool, "%.*s (%.*s %.*s%s)",
                             (int) name->len, name->data,
                             (int) report->os.family.len,
                             report->os.family.data,
                             (int) report->os.name.len, report->os.name.data,
                             report->os.extended ? "-ESM" : "");
        r->class = "os-pkgs";
        r->type = report->os.family;
        r->pkgs = merged->pkgs;
    }

    g = merged->apps.elts;

    for (i = 0; i < merged->apps.nelts; i++) {

        r = oci_scan_report_result(report);
        if (r == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        title = merge_title(g[i].type);
        r->target = (g[i].path.len == 0 && title != NULL) ? oci_str(title)
                                                          : g[i].path;
        r->class = "lang-pkgs";
        r->type = oci_str(g[i].type);
        r->pkgs = g[i].pkgs;
    }

    return OCI_OK;
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
