/*
 * Reports, to standard output or a file.
 */

#include "scan/write.h"
#include "command/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>


static void scan_drain(oci_buf_t *b);
static void scan_random(u_char *out, size_t len);
static const char *scan_env(const char *name);


oci_status_e
scan_write(scan_t *s, const oci_scan_report_t *report)
{
    scan_out_t     out;
    oci_status_e   rc;

    rc = scan_open(s, &out);

    if (rc == OCI_OK) {
        rc = scan_render(s, report, s->o->output.format, &out.buf);
        rc = scan_close(s, &out, rc);
    }

    return rc;
}


oci_status_e
scan_render(scan_t *s, const oci_scan_report_t *report, const char *format,
    oci_buf_t *b)
{
    oci_scan_style_t  style;

    memset(&style, 0, sizeof(style));

    style.version = "dev";
    style.packages = s->o->output.packages;
    style.hidden = s->o->output.suppressed;
    style.color = s->o->output.file == NULL && term_colours(stdout);
    style.summary = s->summary;
    style.detailed = s->detailed;
    style.tree = s->o->output.tree;
    style.secrets = s->secrets != NULL;
    style.no_vulns = s->no_vulns;
    style.status_column = strcmp(s->o->output.table, "trivy") == 0;
    style.severities = s->severities;
    style.random = scan_random;
    style.env = scan_env;
    (void) clock_gettime(CLOCK_REALTIME, &style.now);

    return oci_scan_report_write(report, format, &style, b, &s->err);
}


oci_status_e
scan_open(scan_t *s, scan_out_t *out)
{
    memset(out, 0, sizeof(scan_out_t));
    out->buf.drain = scan_drain;
    out->buf.ctx = out;
    out->file = stdout;

    if (s->o->output.file == NULL) {
        return OCI_OK;
    }

    out->file = fopen(s->o->output.file, "we");

    return out->file != NULL
           ? OCI_OK
           : oci_error_errno(&s->err, errno, "failed to create output file: "
                             "\"%s\"", s->o->output.file);
}


/* the first error counts, and no more is written after it */

static void
scan_drain(oci_buf_t *b)
{
    scan_out_t  *out;

    out = b->ctx;

    if (out->error == 0 && b->len != 0
        && fwrite(b->data, 1, b->len, out->file) != b->len)
    {
        out->error = errno;
        b->failed = true;
    }

    b->len = 0;
}


oci_status_e
scan_close(scan_t *s, scan_out_t *out, oci_status_e rc)
{
    int  failed;

    scan_drain(&out->buf);
    failed = (s->o->output.file != NULL) ? fclose(out->file) : fflush(stdout);

    if (failed != 0 && out->error == 0) {
        out->error = errno;
    }

    if (out->error != 0) {
        memset(&s->err, 0, sizeof(oci_error_t));
        rc = (s->o->output.file != NULL)
             ? oci_error_errno(&s->err, out->error, "\"%s\"", s->o->output.file)
             : oci_error_errno(&s->err, out->error, "standard output");

    } else if (rc == OCI_OK && out->buf.failed) {
        rc = oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    oci_buf_free(&out->buf);

    return rc;
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
