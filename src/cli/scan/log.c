/*
 * The scanner's log, on standard error.
 */

#include "scan/scan.h"
#include "command/progress.h"
#include "command/term.h"

#include <string.h>
#include <time.h>


static void scan_line(scan_level_e level, const char *text);


static const char  *scan_levels[] = { "DEBUG", "INFO", "WARN", "ERROR",
                                      "FATAL" };
static const char  *scan_colours[] = { "35", "34", "33", "31", "31" };


void
scan_log(const scan_t *s, scan_level_e level, const char *fmt, ...)
{
    char     text[2048];
    va_list  args;

    if ((level == SCAN_DEBUG && !s->o->log.debug)
        || (level < SCAN_FATAL && s->o->log.quiet))
    {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    scan_line(level, text);
}


int
scan_fatal(scan_t *s, const char *fmt, ...)
{
    int      n;
    char     text[2048];
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    if (n >= 0 && (size_t) n < sizeof(text) && s->err.text[0] != '\0') {
        (void) snprintf(text + n, sizeof(text) - (size_t) n, "%s%s",
                        n == 0 ? "" : ": ", s->err.text);
    }

    scan_line(SCAN_FATAL, text);

    return 1;
}


static void
scan_line(scan_level_e level, const char *text)
{
    char       when[64];
    time_t     now;
    struct tm  tm;

    progress_clear();
    now = time(NULL);

    if (gmtime_r(&now, &tm) == NULL) {
        memset(&tm, 0, sizeof(tm));
    }

    (void) strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);

    if (term_colours(stderr)) {
        fprintf(stderr, "%s\t\x1b[%sm%s\x1b[0m\t", when, scan_colours[level],
                scan_levels[level]);

    } else {
        fprintf(stderr, "%s\t%s\t", when, scan_levels[level]);
    }

    if (level == SCAN_FATAL) {
        fprintf(stderr, "Fatal error\t");
    }

    term_print(stderr, text, strlen(text));
    fputc('\n', stderr);
}


void
scan_say_os(const scan_t *s, scan_level_e level, const char *what,
    const oci_scan_report_t *report)
{
    scan_log(s, level, "%s\tfamily=\"%.*s\" version=\"%.*s\"", what,
             (int) report->os.family.len, report->os.family.data,
             (int) report->os.name.len, report->os.name.data);
}
