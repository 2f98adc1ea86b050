/*
 * Reports, to standard output or a file.
 */

#include "scan.h"
#include "term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>


static void scan_random(u_char *out, size_t len);
static const char *scan_env(const char *name);


oci_status_e
scan_write(scan_t *s, const oci_scan_report_t *report)
{
    oci_buf_t      b;
    oci_status_e   rc;

    memset(&b, 0, sizeof(b));

    rc = scan_render(s, report, s->o->format, &b);

    if (rc == OCI_OK) {
        rc = scan_put(s, &b);
    }

    oci_buf_free(&b);

    return rc;
}


oci_status_e
scan_render(scan_t *s, const oci_scan_report_t *report, const char *format,
    oci_buf_t *b)
{
    oci_scan_style_t  style;

    memset(&style, 0, sizeof(style));

    style.version = "dev";
    style.packages = s->o->list_all_pkgs;
    style.hidden = s->o->show_suppressed;
    style.color = s->o->output == NULL && term_colours(stdout);
    style.summary = s->summary;
    style.status_column = strcmp(s->o->table, "trivy") == 0;
    style.severities = s->severities;
    style.random = scan_random;
    style.env = scan_env;
    (void) clock_gettime(CLOCK_REALTIME, &style.now);

    if (strcmp(format, "table") == 0 && !s->detailed) {
        style.severities = 0;
    }

    return oci_scan_report_write(report, format, &style, b, &s->err);
}


oci_status_e
scan_put(scan_t *s, const oci_buf_t *b)
{
    FILE  *f;
    bool   good;

    if (s->o->output == NULL) {
        good = fwrite(b->data, 1, b->len, stdout) == b->len
               && fflush(stdout) == 0;

        return good ? OCI_OK
                    : oci_error_errno(&s->err, errno, "standard output");
    }

    f = fopen(s->o->output, "we");
    if (f == NULL) {
        return oci_error_errno(&s->err, errno, "failed to create output "
                               "file: \"%s\"", s->o->output);
    }

    good = fwrite(b->data, 1, b->len, f) == b->len;
    good = fclose(f) == 0 && good;

    return good ? OCI_OK
                : oci_error_errno(&s->err, errno, "\"%s\"", s->o->output);
}


static void
scan_random(u_char *out, size_t len)
{
    if (getrandom(out, len, 0) != (ssize_t) len) {
        abort();
    }
}


static const char *
scan_env(const char *name)
{
    return getenv(name);
}
