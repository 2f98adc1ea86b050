/*
 * From what is named to a report: what is in it, what is known against that,
 * and what of this is wanted.
 */

#include "scan/report.h"
#include "scan/image.h"
#include "scan/java.h"
#include "scan/secrets.h"
#include "scan/vex.h"
#include "command/file.h"
#include "command/progress.h"
#include "oci_scan_cache.h"
#include "oci_scan_detect.h"
#include "oci_scan_inspect.h"
#include "oci_scan_sbom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>


#define SCAN_SBOM_MAX  ((size_t) 256 << 20)


/* the input and the output of a reader */

struct scan_reading_s {
    scan_t                 *s;
    const char             *target;     /* what is named */
    const oci_reference_t  *ref;        /* the image of that name; or NULL */
    oci_str_t               name;
    oci_scan_options_t      options;
    oci_scan_report_t      *report;
    oci_scan_merged_t       merged;
};


static oci_status_e scan_skips(scan_t *s, const cmd_list_t *list,
    oci_array_t *patterns);
static oci_status_e scan_list(scan_t *s, scan_reading_t *r, scan_read_pt read);
static oci_status_e scan_image(scan_reading_t *r, oci_scan_image_t **image);
static oci_status_e scan_match(scan_t *s, oci_scan_report_t *report,
    oci_scan_merged_t *merged);
static oci_status_e scan_detect(scan_t *s, oci_scan_report_t *report,
    const oci_scan_detect_t *how);
static oci_status_e scan_sources(scan_t *s, oci_scan_detect_t *how);
static void scan_kinds_kept(scan_t *s, oci_scan_report_t *report);
static void scan_relations_kept(scan_t *s, oci_array_t *pkgs);
static oci_status_e scan_stamp(scan_t *s, oci_scan_report_t *report);
static void scan_note(void *ctx, const oci_str_t *text, bool left_out);
static void scan_progress(void *ctx, size_t done, size_t n);
static void scan_detect_log(void *ctx, const char *level, const char *text);


oci_status_e
scan_report(scan_t *s, scan_read_pt read, const char *target,
    const oci_reference_t *ref, oci_scan_report_t **report)
{
    oci_status_e    rc;
    scan_reading_t  r;

    memset(&r, 0, sizeof(r));
    r.s = s;
    r.ref = ref;
    r.target = target;
    r.name = oci_str(target);
    r.options.ctx = s;
    r.options.note = scan_note;
    r.options.java = scan_java_find;
    r.options.progress = s->o->all ? NULL : scan_progress;
    r.options.secrets = s->secrets;

    r.report = oci_scan_report_create(s->pool);
    if (r.report == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    *report = r.report;
    rc = scan_skips(s, &s->o->skip_dirs, &r.options.limits.skip_dirs);

    if (rc == OCI_OK) {
        rc = scan_skips(s, &s->o->skip_files, &r.options.limits.skip_files);
    }

    if (!s->o->all) {
        progress_begin("layers", PROGRESS_COUNT, 0);
    }

    if (rc == OCI_OK) {
        rc = scan_list(s, &r, read);
    }

    progress_clear();

    if (rc == OCI_OK && !s->only_list && !s->no_vulns) {
        rc = scan_match(s, r.report, &r.merged);
    }

    if (rc == OCI_OK) {
        rc = scan_vex_image(s, r.report);
    }

    return (rc == OCI_OK) ? scan_filter(s, r.report) : rc;
}


/* as in Trivy, patterns are relative to the root, with or without its "/" */

static oci_status_e
scan_skips(scan_t *s, const cmd_list_t *list, oci_array_t *patterns)
{
    size_t       at;
    oci_str_t    value;
    const char  *rest;

    at = 0;
    rest = NULL;
    oci_array_init(patterns, s->pool, sizeof(oci_str_t));

    while (scan_list_next(list, &at, &rest, &value)) {
        if (!oci_scan_skip_add(patterns, &value)) {
            return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


/* the packages of the kinds that are asked for, and when this was */

static oci_status_e
scan_list(scan_t *s, scan_reading_t *r, scan_read_pt read)
{
    oci_status_e  rc;

    rc = read(r);

    if (rc == OCI_OK && r->report->os.family.len != 0) {
        scan_say_os(s, SCAN_INFO, "Detected OS", r->report);
    }

    if (rc == OCI_OK) {
        rc = scan_stamp(s, r->report);
        scan_kinds_kept(s, r->report);
    }

    return rc;
}


oci_status_e
scan_read_folder(scan_reading_t *r)
{
    r->report->type = "filesystem";

    return oci_scan_inspect_dir(r->target, &r->options, &r->name, r->report,
                                &r->merged, &r->s->err);
}


oci_status_e
scan_read_sbom(scan_reading_t *r)
{
    oci_str_t     text;
    oci_status_e  rc;

    rc = file_read_max(r->s->pool, r->target, SCAN_SBOM_MAX, &text,
                       &r->s->err);

    if (rc == OCI_OK) {
        rc = oci_scan_inspect_sbom(&text, &r->options, &r->name, r->report,
                                   &r->merged, &r->s->err);
    }

    if (rc == OCI_OK) {
        scan_log(r->s, SCAN_INFO, "Detected SBOM format\tformat=\"%s\"",
                 r->report->type);
    }

    return rc;
}


/*
 * Without a cache of layers, which may be missing or full, it takes longer.
 * A part of a layer is not what the cache has by its digest.
 */

oci_status_e
scan_read_image(scan_reading_t *r)
{
    scan_t            *s;
    oci_str_t          path;
    oci_error_t        none;
    oci_status_e       rc;
    oci_scan_image_t  *image;

    s = r->s;
    path = oci_strf(s->pool, "%s/layers.db", s->cache_dir);
    memset(&none, 0, sizeof(none));

    if (r->options.limits.skip_dirs.nelts == 0
        && r->options.limits.skip_files.nelts == 0)
    {
        (void) oci_scan_cache_open(&r->options.cache, s->pool,
                                   (char *) path.data, &none);
    }

    rc = scan_image(r, &image);

    if (rc == OCI_OK) {
        rc = oci_scan_inspect_image(image, &r->options, &r->name, r->report,
                                    &r->merged, &s->err);
    }

    if (rc == OCI_OK && s->config_secrets && s->secrets != NULL) {
        rc = scan_image_config(s, r->report, image);
    }

    return (rc == OCI_OK) ? oci_scan_identify(r->report, image, &s->err) : rc;
}


static oci_status_e
scan_image(scan_reading_t *r, oci_scan_image_t **image)
{
    scan_t             *s;
    oci_scan_choice_t   choice;

    s = r->s;

    if (r->ref != NULL) {
        return scan_remote_image(s, r->ref, image);
    }

    if (s->o->input == NULL) {
        return scan_remote(s, r->target, image);
    }

    memset(&choice, 0, sizeof(choice));

    if (s->o->platform != NULL) {
        scan_platform(s, &choice);
    }

    return oci_scan_image_open(image, s->pool, r->target, &choice, &s->err);
}


bool
scan_is_sbom(const char *path)
{
    int          fd;
    char         head[512];
    ssize_t      n;
    oci_str_t    text;
    struct stat  st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }

    n = read(fd, head, sizeof(head));
    (void) close(fd);

    text.data = (u_char *) head;
    text.len = n > 0 ? (size_t) n : 0;

    return oci_scan_sbom_likely(&text);
}


static oci_status_e
scan_match(scan_t *s, oci_scan_report_t *report, oci_scan_merged_t *merged)
{
    oci_status_e       rc;
    oci_scan_detect_t  how;

    memset(&how, 0, sizeof(how));
    how.now = time(NULL);
    how.repository = merged->repository;
    how.ctx = s;
    how.log = scan_detect_log;

    rc = scan_sources(s, &how);

    if (rc == OCI_OK) {
        rc = scan_detect(s, report, &how);
    }

    if (rc == OCI_OK && report->eosl) {
        scan_say_os(s, SCAN_WARN, "This OS version is no longer supported by "
                    "the distribution", report);
        scan_log(s, SCAN_WARN, "The vulnerability detection may be "
                 "insufficient because security updates are not provided");
    }

    return rc;
}


static oci_status_e
scan_detect(scan_t *s, oci_scan_report_t *report,
    const oci_scan_detect_t *how)
{
    oci_str_t           path;
    oci_status_e        rc;
    oci_scan_vulndb_t  *db;

    path = oci_strf(s->pool, "%s/trivy.db", s->db_dir);
    if (path.data == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    rc = oci_scan_vulndb_open(&db, s->pool, (char *) path.data, &s->err);

    if (rc == OCI_OK) {
        rc = oci_scan_detect(report, db, how, &s->err);
    }

    return (rc == OCI_OK) ? oci_scan_fingerprint(report, &s->err) : rc;
}


/* --vuln-severity-source, as an array */

static oci_status_e
scan_sources(scan_t *s, oci_scan_detect_t *how)
{
    size_t        at;
    oci_str_t     value, *source;
    oci_array_t   sources;
    const char   *rest;

    at = 0;
    rest = NULL;
    oci_array_init(&sources, s->pool, sizeof(oci_str_t));

    while (scan_list_next(&s->o->filter.severity_source, &at, &rest, &value)) {
        source = oci_array_push(&sources);
        if (source == NULL) {
            return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
        }

        *source = oci_str_dup(s->pool, value.data, value.len);
    }

    how->sources = sources.elts;
    how->nsources = sources.nelts;

    return OCI_OK;
}


oci_status_e
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


/*
 * --pkg-types: results of the other kind are not shown at all; and
 * --pkg-relationships.
 */

static void
scan_kinds_kept(scan_t *s, oci_scan_report_t *report)
{
    bool                os;
    size_t              i, n;
    oci_scan_result_t  *result;

    result = report->results.elts;

    for (i = 0, n = 0; i < report->results.nelts; i++) {

        if (strcmp(result[i].class, "secret") == 0) {
            result[n++] = result[i];
            continue;
        }

        os = strcmp(result[i].class, "os-pkgs") == 0;
        scan_relations_kept(s, &result[i].pkgs);

        if ((s->os_pkgs == s->lang_pkgs || os == s->os_pkgs)
            && (os || result[i].pkgs.nelts != 0))
        {
            result[n++] = result[i];
        }
    }

    report->results.nelts = n;
}


static void
scan_relations_kept(scan_t *s, oci_array_t *pkgs)
{
    size_t           i, n;
    oci_scan_pkg_t  *pkg;

    pkg = pkgs->elts;

    for (i = 0, n = 0; s->relations != 0 && i < pkgs->nelts; i++) {
        if (s->relations >> pkg[i].relationship & 1) {
            pkg[n++] = pkg[i];
        }
    }

    pkgs->nelts = (s->relations != 0) ? n : pkgs->nelts;
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
scan_note(void *ctx, const oci_str_t *text, bool left_out)
{
    scan_log(ctx, left_out ? SCAN_WARN : SCAN_DEBUG, "%s%.*s",
             left_out ? "Left out: " : "", (int) text->len, text->data);
}


static void
scan_progress(void *ctx, size_t done, size_t n)
{
    (void) ctx;

    progress_total(n);
    progress_at(done);
}


static void
scan_detect_log(void *ctx, const char *level, const char *text)
{
    scan_log(ctx, strcmp(level, "WARN") == 0 ? SCAN_WARN : SCAN_INFO, "%s",
             text);
}
