/*
 * scan and its kin: from what is named to a report and an exit status.
 */

#include "command/file.h"
#include "scan/all.h"
#include "scan/attach.h"
#include "scan/db.h"
#include "scan/flags.h"
#include "scan/java.h"
#include "scan/queue.h"
#include "scan/report.h"
#include "scan/verbs.h"
#include "scan/write.h"

#include <string.h>
#include <time.h>


#define SCAN_REPORT_MAX  ((size_t) 1024 << 20)


static int cmd_image_run(cmd_t *cmd);
static int cmd_folder_run(cmd_t *cmd);
static int cmd_sbom_run(cmd_t *cmd);
static int cmd_convert_run(cmd_t *cmd);
static int scan_run(cmd_t *cmd, scan_read_pt read);
static int scan_begin(scan_t *s, cmd_t *cmd, const char **target);
static int scan_one(scan_t *s, scan_read_pt read, const char *target);
static int scan_finish(scan_t *s, oci_scan_report_t *report);
static void scan_first_line(scan_t *s, const oci_scan_report_t *report);


static const char  scan_examples[] =
    "  tally scan registry.example/app:1 --severity HIGH,CRITICAL\n"
    "  tally scan --input app.tar --format json --output app.json\n"
    "  tally scan --input app.tar --ignore-unfixed --exit-code 1\n";


const cmd_verb_t  cmd_scan = {
    "scan", "[IMAGE]",
    "Looks for known vulnerabilities, and secrets, in an image",
    scan_examples, "TRIVY_", scan_all_flags, sizeof(scan_options_t),
    scan_defaults, cmd_image_run
};


const cmd_verb_t  cmd_image = {
    "image", "[IMAGE]", "The same as scan, by the name that Trivy has for it",
    scan_examples, "TRIVY_", scan_all_flags, sizeof(scan_options_t),
    scan_defaults, cmd_image_run
};


const cmd_verb_t  cmd_rootfs = {
    "rootfs", "DIR", "The same for a folder with a root file system", NULL,
    "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults,
    cmd_folder_run
};


const cmd_verb_t  cmd_fs = {
    "fs", "DIR", "The same as rootfs, by the other name that Trivy has for it",
    NULL, "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults,
    cmd_folder_run
};


const cmd_verb_t  cmd_sbom = {
    "sbom", "FILE", "The same for a bill of materials, CycloneDX or SPDX",
    "  tally sbom app.cdx.json --severity HIGH,CRITICAL\n", "TRIVY_",
    scan_all_flags, sizeof(scan_options_t), scan_defaults, cmd_sbom_run
};


const cmd_verb_t  cmd_convert = {
    "convert", "REPORT.json", "Writes a JSON report in another format",
    NULL, "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults,
    cmd_convert_run
};


static int
cmd_image_run(cmd_t *cmd)
{
    return scan_run(cmd, scan_read_image);
}


static int
cmd_folder_run(cmd_t *cmd)
{
    return scan_run(cmd, scan_read_folder);
}


static int
cmd_sbom_run(cmd_t *cmd)
{
    return scan_run(cmd, scan_read_sbom);
}


static int
cmd_convert_run(cmd_t *cmd)
{
    scan_t              s;
    oci_str_t           text;
    const char         *target;
    oci_scan_report_t  *report;

    if (scan_begin(&s, cmd, &target) != 0) {
        return 1;
    }

    if (target == NULL) {
        return scan_fatal(&s, "Require at least 1 argument");
    }

    if (file_read_max(s.pool, target, SCAN_REPORT_MAX, &text, &s.err)
        != OCI_OK
        || oci_scan_report_load(&report, s.pool, &text, &s.err) != OCI_OK)
    {
        return scan_fatal(&s, "convert error");
    }

    return (scan_filter(&s, report) == OCI_OK)
           ? scan_finish(&s, report) : scan_fatal(&s, "filter error");
}


static int
scan_run(cmd_t *cmd, scan_read_pt read)
{
    scan_t           s;
    const char      *target;
    scan_options_t  *o;

    o = cmd->options;

    if ((o->all || o->queue) && cmd->nargs != 0) {
        return cmd_usage(cmd, o->all ? "--all scans every image: it takes no "
                                       "arguments"
                                     : "--queue scans what is pushed: it "
                                       "takes no arguments");
    }

    if (o->queue && o->all) {
        return cmd_usage(cmd, "--all and --queue exclude each other");
    }

    if (scan_begin(&s, cmd, &target) != 0) {
        return 1;
    }

    scan_only_list(&s);

    if (o->db.only) {
        return (scan_db_ready(&s) == OCI_OK) ? 0 : scan_fatal(&s, "DB error");
    }

    if (o->db.java_only) {
        return (scan_java_fetch(&s) == OCI_OK) ? 0
               : scan_fatal(&s, "Java DB error");
    }

    if (o->all) {
        return scan_all(&s);
    }

    if (o->queue) {
        return scan_queue(&s);
    }

    if (read == scan_read_image && scan_is_sbom(target)) {
        read = scan_read_sbom;
    }

    return scan_one(&s, read, target);
}


/* target stays NULL for what needs none */

static int
scan_begin(scan_t *s, cmd_t *cmd, const char **target)
{
    if (scan_prepare(s, cmd) != OCI_OK) {
        return scan_fatal(s, "flag error");
    }

    *target = (s->o->input != NULL) ? s->o->input : cmd->args[0];

    if (s->o->db.only || s->o->db.java_only || s->o->all || s->o->queue) {
        return 0;
    }

    if (*target == NULL) {
        return scan_fatal(s, "Require at least 1 argument");
    }

    return (cmd->nargs <= 1) ? 0 : cmd_usage(cmd, "one image at a time");
}


static int
scan_one(scan_t *s, scan_read_pt read, const char *target)
{
    scan_attached_t     made = { .legacy = true };
    oci_scan_report_t  *report;

    if (s->o->attach.report
        && (s->o->input != NULL || read != scan_read_image))
    {
        return scan_fatal(s, "--attach is for an image in a registry or in "
                          "a store");
    }

    if (!s->only_list && !s->no_vulns) {

        if (scan_db_ready(s) != OCI_OK) {
            return scan_fatal(s, "DB error");
        }

        scan_log(s, SCAN_INFO, "[vuln] Vulnerability scanning is enabled");
    }

    if (scan_report(s, read, target, NULL, &report) != OCI_OK) {
        return scan_fatal(s, "scan error");
    }

    if (s->o->attach.report
        && scan_attach(s, target, NULL, report, &made) != OCI_OK)
    {
        return scan_fatal(s, "attach error");
    }

    return scan_finish(s, report);
}


static int
scan_finish(scan_t *s, oci_scan_report_t *report)
{
    size_t  fixable, count[OCI_SCAN_SEVERITIES];

    scan_first_line(s, report);

    if (scan_write(s, report) != OCI_OK) {
        return scan_fatal(s, "report error");
    }

    if (s->o->output.exit_on_eol != 0 && report->eosl) {
        scan_say_os(s, SCAN_ERROR, "Detected EOL OS", report);
        return (int) s->o->output.exit_on_eol;
    }

    if (s->o->output.exit_code != 0
        && oci_scan_report_count(report, count, &fixable) != 0)
    {
        return (int) s->o->output.exit_code;
    }

    return 0;
}


/* the summary comes first: how many findings can be fixed */

static void
scan_first_line(scan_t *s, const oci_scan_report_t *report)
{
    size_t  sum, fixable, count[OCI_SCAN_SEVERITIES];

    sum = oci_scan_report_count(report, count, &fixable);

    if (sum == 0 && s->no_vulns && s->secrets != NULL) {
        scan_log(s, SCAN_INFO, "[report] No issues detected with "
                 "scanner(s).\tscanners=[secret]");

    } else if (report->results.nelts == 0) {
        scan_log(s, SCAN_WARN, "[report] Supported files for scanner(s) not "
                 "found.\tscanners=[vuln]");
    }

    if (s->meta.updated.tv_sec != 0) {
        scan_log(s, SCAN_INFO, "Findings\ttotal=%zu fixable=%zu "
                 "critical=%zu high=%zu database_age_days=%lld", sum,
                 fixable, count[OCI_SCAN_CRITICAL], count[OCI_SCAN_HIGH],
                 (long long) (time(NULL) - s->meta.updated.tv_sec) / 86400);
    }
}
