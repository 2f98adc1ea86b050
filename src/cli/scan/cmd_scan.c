/*
 * tally scan: from what is named to a report and an exit status.
 */

#include "oci_scan_cache.h"
#include "oci_scan_detect.h"
#include "oci_scan_inspect.h"
#include "oci_scan_sbom.h"
#include "scan/db.h"
#include "command/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>


#define SCAN_SBOM_MAX    ((size_t) 256 << 20)
#define SCAN_REPORT_MAX  ((size_t) 1024 << 20)


static int scan_one(scan_t *s, const char *target);
static oci_status_e scan_filter(scan_t *s, oci_scan_report_t *report);
static int scan_finish(scan_t *s, oci_scan_report_t *report);
static bool scan_is_folder(const scan_t *s);
static oci_status_e scan_inspect(scan_t *s, const char *target,
    const oci_reference_t *ref, oci_scan_report_t *report,
    oci_scan_detail_t *detail);
static oci_status_e scan_image(scan_t *s, const char *target,
    oci_scan_image_t **image);
static bool scan_is_sbom(const scan_t *s, const char *target);
static oci_status_e scan_load(scan_t *s, const char *path, size_t max,
    oci_str_t *text);
static oci_status_e scan_convert(scan_t *s, const char *path,
    oci_scan_report_t **report);
static oci_status_e scan_match(scan_t *s, oci_scan_report_t *report,
    oci_scan_detail_t *detail);
static void scan_kinds_kept(scan_t *s, oci_scan_report_t *report);
static oci_status_e scan_stamp(scan_t *s, oci_scan_report_t *report);
static void scan_note(void *ctx, const oci_str_t *text);
static void scan_progress(void *ctx, size_t done, size_t n);
static void scan_detect_log(void *ctx, const char *level, const char *text);
static void scan_first_line(scan_t *s, const oci_scan_report_t *report);


int
scan_run(cmd_t *cmd)
{
    scan_t       s;
    const char  *target;

    if (scan_prepare(&s, cmd) != OCI_OK) {
        return scan_fatal(&s, "flag error");
    }

    if (s.o->download_db_only) {
        return scan_db_ready(&s) == OCI_OK ? 0 : scan_fatal(&s, "DB error");
    }

    if (s.o->all) {
        return (cmd->nargs == 0) ? scan_all(&s)
               : cmd_usage(cmd, "--all is of every image: none is named");
    }

    target = s.o->input != NULL ? s.o->input : cmd->args[0];

    if (target == NULL) {
        return scan_fatal(&s, "Require at least 1 argument");
    }

    if (cmd->nargs > 1) {
        return cmd_usage(cmd, "one image at a time");
    }

    return scan_one(&s, target);
}


static int
scan_one(scan_t *s, const char *target)
{
    oci_scan_report_t  *report;

    if (strcmp(s->cmd->verb->name, "convert") == 0) {
        if (scan_convert(s, target, &report) != OCI_OK) {
            return scan_fatal(s, "convert error");
        }

        return (scan_filter(s, report) == OCI_OK)
               ? scan_finish(s, report) : scan_fatal(s, "filter error");
    }

    if (s->o->attach && (s->o->input != NULL || scan_is_folder(s)
                         || scan_is_sbom(s, target)))
    {
        return scan_fatal(s, "--attach is for an image in a registry or in "
                          "a store");
    }

    if (!s->only_list) {

        if (scan_db_ready(s) != OCI_OK) {
            return scan_fatal(s, "DB error");
        }

        scan_log(s, SCAN_INFO, "[vuln] Vulnerability scanning is enabled");
    }

    if (scan_report(s, target, NULL, &report) != OCI_OK) {
        return scan_fatal(s, "scan error");
    }

    if (s->o->attach && scan_attach(s, target, NULL, report) != OCI_OK) {
        return scan_fatal(s, "attach error");
    }

    return scan_finish(s, report);
}


oci_status_e
scan_report(scan_t *s, const char *target, const oci_reference_t *ref,
    oci_scan_report_t **out)
{
    oci_status_e        rc;
    oci_scan_detail_t   detail;
    oci_scan_report_t  *report;

    report = oci_scan_report_create(s->pool);
    if (report == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    *out = report;
    rc = scan_inspect(s, target, ref, report, &detail);

    if (rc == OCI_OK) {
        rc = scan_stamp(s, report);
    }

    if (rc == OCI_OK && s->only_list) {
        scan_kinds_kept(s, report);

    } else if (rc == OCI_OK) {
        rc = scan_match(s, report, &detail);
    }

    return (rc == OCI_OK) ? scan_filter(s, report) : rc;
}


static oci_status_e
scan_filter(scan_t *s, oci_scan_report_t *report)
{
    oci_scan_filter_t  filter;

    memset(&filter, 0, sizeof(filter));
    filter.severities = s->severities;
    filter.statuses = s->statuses;
    filter.ignore = s->has_ignore ? &s->ignore : NULL;
    filter.vex = s->vex;
    filter.nvex = s->nvex;

    return oci_scan_filter(report, &filter, &s->err);
}


static int
scan_finish(scan_t *s, oci_scan_report_t *report)
{
    size_t  fixable, count[OCI_SCAN_SEVERITIES];

    scan_first_line(s, report);

    if (scan_write(s, report) != OCI_OK) {
        return scan_fatal(s, "report error");
    }

    if (s->o->exit_on_eol != 0 && report->eosl) {
        scan_log(s, SCAN_ERROR, "Detected EOL OS\tfamily=\"%.*s\" "
                 "version=\"%.*s\"", (int) report->os.family.len,
                 report->os.family.data, (int) report->os.name.len,
                 report->os.name.data);
        return (int) s->o->exit_on_eol;
    }

    if (s->o->exit_code != 0
        && oci_scan_report_count(report, count, &fixable) != 0)
    {
        return (int) s->o->exit_code;
    }

    return 0;
}


static bool
scan_is_folder(const scan_t *s)
{
    return strcmp(s->cmd->verb->name, "rootfs") == 0
           || strcmp(s->cmd->verb->name, "fs") == 0;
}


static oci_status_e
scan_inspect(scan_t *s, const char *target, const oci_reference_t *ref,
    oci_scan_report_t *report, oci_scan_detail_t *detail)
{
    oci_str_t            name, text;
    oci_error_t          why;
    oci_status_e         rc;
    oci_scan_image_t    *image;
    oci_scan_options_t   options;

    memset(&options, 0, sizeof(options));
    memset(detail, 0, sizeof(oci_scan_detail_t));
    memset(&why, 0, sizeof(why));

    options.ctx = s;
    options.note = scan_note;
    options.progress = scan_progress;
    name = oci_str(target);

    if (scan_is_folder(s)) {
        report->type = "filesystem";
        rc = oci_scan_inspect_dir(target, &options, &name, report, detail,
                                  &s->err);

    } else if (ref == NULL && scan_is_sbom(s, target)) {
        rc = scan_load(s, target, SCAN_SBOM_MAX, &text);

        if (rc == OCI_OK) {
            rc = oci_scan_inspect_sbom(&text, &options, &name, report, detail,
                                       &s->err);
        }

        if (rc == OCI_OK) {
            scan_log(s, SCAN_INFO, "Detected SBOM format\tformat=\"%s\"",
                     report->type);
        }

    } else {
        (void) oci_scan_cache_open(&options.cache, s->pool,
                                   (char *) oci_strf(s->pool, "%s/layers.db",
                                                     s->cache_dir).data,
                                   &why);
        rc = (ref != NULL) ? scan_remote_image(s, ref, &image)
             : scan_image(s, target, &image);

        if (rc == OCI_OK) {
            rc = oci_scan_inspect_image(image, &options, &name, report,
                                        detail, &s->err);
        }

        if (rc == OCI_OK) {
            rc = oci_scan_identify(report, image, &s->err);
        }
    }

    if (rc == OCI_OK && report->os.family.len != 0) {
        scan_log(s, SCAN_INFO, "Detected OS\tfamily=\"%.*s\" "
                 "version=\"%.*s\"", (int) report->os.family.len,
                 report->os.family.data, (int) report->os.name.len,
                 report->os.name.data);
    }

    return rc;
}


static oci_status_e
scan_image(scan_t *s, const char *target, oci_scan_image_t **image)
{
    oci_scan_choice_t  choice;

    if (s->o->input == NULL) {
        return scan_remote(s, target, image);
    }

    memset(&choice, 0, sizeof(choice));

    if (s->o->platform != NULL) {
        scan_platform(s, &choice);
    }

    return oci_scan_image_open(image, s->pool, target, &choice, &s->err);
}


/* by the verb, or by how the file begins that --input names */

static bool
scan_is_sbom(const scan_t *s, const char *target)
{
    int          fd;
    char         head[512];
    ssize_t      n;
    oci_str_t    text;
    struct stat  st;

    if (strcmp(s->cmd->verb->name, "sbom") == 0) {
        return true;
    }

    if (stat(target, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }

    fd = open(target, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }

    n = read(fd, head, sizeof(head));
    (void) close(fd);

    text.data = (u_char *) head;
    text.len = n > 0 ? (size_t) n : 0;

    return oci_scan_sbom_likely(&text);
}


/* the whole of a file, "-" for standard input, in s->pool */

static oci_status_e
scan_load(scan_t *s, const char *path, size_t max, oci_str_t *text)
{
    FILE          *f;
    size_t         n;
    u_char         chunk[65536];
    oci_buf_t      b;
    oci_status_e   rc;

    memset(&b, 0, sizeof(b));

    f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (f == NULL) {
        return oci_error_errno(&s->err, errno, "\"%s\"", path);
    }

    do {
        n = fread(chunk, 1, sizeof(chunk), f);
        oci_buf_add(&b, chunk, n);
    } while (n != 0 && !b.failed && b.len <= max);

    rc = OCI_OK;

    if (ferror(f)) {
        rc = oci_error_errno(&s->err, errno, "\"%s\"", path);

    } else if (b.len > max) {
        rc = oci_error(&s->err, OCI_LIMIT, 0, "\"%s\" is larger than %zu MB",
                       path, max >> 20);
    }

    if (f != stdin) {
        (void) fclose(f);
    }

    if (rc == OCI_OK) {
        *text = oci_str_dup(s->pool, b.data != NULL ? b.data : (u_char *) "",
                            b.len);

        if (b.failed || text->data == NULL) {
            rc = oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
        }
    }

    oci_buf_free(&b);

    return rc;
}


static oci_status_e
scan_convert(scan_t *s, const char *path, oci_scan_report_t **report)
{
    oci_str_t     text;
    oci_status_e  rc;

    rc = scan_load(s, path, SCAN_REPORT_MAX, &text);

    return (rc == OCI_OK)
           ? oci_scan_report_load(report, s->pool, &text, &s->err) : rc;
}


static oci_status_e
scan_match(scan_t *s, oci_scan_report_t *report, oci_scan_detail_t *detail)
{
    size_t              at, n;
    char               *path;
    oci_str_t           value, *sources;
    const char         *rest;
    oci_status_e        rc;
    oci_scan_detect_t   how;
    oci_scan_vulndb_t  *db;

    memset(&how, 0, sizeof(how));
    how.now = time(NULL);
    how.repository = detail->repository;
    how.ctx = s;
    how.log = scan_detect_log;

    at = 0;
    rest = NULL;

    for (n = 0; scan_list_next(&s->o->severity_source, &at, &rest, &value);
         n++) { /* void */ }

    sources = oci_pcalloc(s->pool, (n + 1) * sizeof(oci_str_t));
    path = (char *) oci_strf(s->pool, "%s/trivy.db", s->db_dir).data;

    if (sources == NULL || path == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    at = 0;
    rest = NULL;

    for (n = 0; scan_list_next(&s->o->severity_source, &at, &rest, &value);
         n++)
    {
        sources[n] = oci_str_dup(s->pool, value.data, value.len);
    }

    how.sources = sources;
    how.nsources = n;

    scan_kinds_kept(s, report);

    rc = oci_scan_vulndb_open(&db, s->pool, path, &s->err);

    if (rc == OCI_OK) {
        rc = oci_scan_detect(report, db, &how, &s->err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_fingerprint(report, &s->err);
    }

    if (rc == OCI_OK && report->eosl) {
        scan_log(s, SCAN_WARN, "This OS version is no longer supported by "
                 "the distribution\tfamily=\"%.*s\" version=\"%.*s\"",
                 (int) report->os.family.len, report->os.family.data,
                 (int) report->os.name.len, report->os.name.data);
        scan_log(s, SCAN_WARN, "The vulnerability detection may be "
                 "insufficient because security updates are not provided");
    }

    return rc;
}


/* --pkg-types: results of the other kind are not shown at all */

static void
scan_kinds_kept(scan_t *s, oci_scan_report_t *report)
{
    bool                os;
    size_t              i, n;
    oci_scan_result_t  *result;

    if (s->os_pkgs == s->lang_pkgs) {
        return;
    }

    result = report->results.elts;

    for (i = 0, n = 0; i < report->results.nelts; i++) {
        os = strcmp(result[i].class, "os-pkgs") == 0;

        if (os == s->os_pkgs) {
            result[n++] = result[i];
        }
    }

    report->results.nelts = n;
}


static oci_status_e
scan_stamp(scan_t *s, oci_scan_report_t *report)
{
    u_char            random[10];
    struct timespec   now;

    if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random)
        || clock_gettime(CLOCK_REALTIME, &now) != 0)
    {
        return oci_error_errno(&s->err, errno, "no random numbers");
    }

    oci_scan_report_stamp(report, &now, random);

    return OCI_OK;
}


static void
scan_note(void *ctx, const oci_str_t *text)
{
    scan_log(ctx, SCAN_DEBUG, "%.*s", (int) text->len, text->data);
}


/* on a terminal, and only when there is something to wait for */

static void
scan_progress(void *ctx, size_t done, size_t n)
{
    scan_t  *s = ctx;

    if (s->o->quiet || s->o->no_progress || n < 2 || !term_colours(stderr)) {
        return;
    }

    fprintf(stderr, "\r\x1b[Klayers %zu of %zu%s", done, n,
            done == n ? "\r\x1b[K" : "");
}


static void
scan_detect_log(void *ctx, const char *level, const char *text)
{
    scan_log(ctx, strcmp(level, "WARN") == 0 ? SCAN_WARN : SCAN_INFO, "%s",
             text);
}


/* what can be done about it, before anything else */

static void
scan_first_line(scan_t *s, const oci_scan_report_t *report)
{
    size_t  sum, fixable, count[OCI_SCAN_SEVERITIES];

    sum = oci_scan_report_count(report, count, &fixable);

    if (report->results.nelts == 0) {
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
