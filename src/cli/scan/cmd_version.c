/*
 * tally version: of the program and of its databases, as Trivy's callers ask.
 */

#include "scan/db.h"
#include "scan/flags.h"
#include "scan/verbs.h"

#include <stdio.h>
#include <string.h>


static int version_run(cmd_t *cmd);
static int version_json(scan_t *s);
static bool version_meta(scan_t *s, size_t i, oci_scan_meta_t *meta);
static void version_time(const char *what, const struct timespec *when);


static const struct {
    const char  *key;
    const char  *title;
    const char  *folder;
} version_dbs[] = {
    { "VulnerabilityDB", "Vulnerability DB", "db" },
    { "JavaDB", "Java DB", "java-db" },
    { NULL, NULL, NULL }
};


const cmd_verb_t  cmd_version = {
    "version", "", "Prints the version, and those of the databases",
    "  tally version --format json\n", "TRIVY_", scan_version_flags,
    sizeof(scan_options_t), NULL, version_run
};


static int
version_run(cmd_t *cmd)
{
    size_t           i;
    scan_t           s;
    const char      *format;
    oci_scan_meta_t  meta;

    /* trivy.yaml's is that of reports */

    format = ((scan_options_t *) cmd->options)->output.format;

    if (scan_init(&s, cmd) != OCI_OK) {
        return scan_fatal(&s, "%s", "");
    }

    if (cmd->nargs != 0) {
        return cmd_usage(cmd, "version takes no arguments");
    }

    /* without a home there is no cache, but there is a version */

    (void) scan_cache_dir(&s);

    if (format != NULL && strcmp(format, "json") == 0) {
        return version_json(&s);
    }

    printf("tally %s\n", TALLY_VERSION);

    for (i = 0; version_dbs[i].key != NULL; i++) {

        if (version_meta(&s, i, &meta)) {
            printf("%s:\n  Version: %llu\n", version_dbs[i].title,
                   (unsigned long long) meta.version);
            version_time("UpdatedAt", &meta.updated);
            version_time("NextUpdate", &meta.next);
            version_time("DownloadedAt", &meta.downloaded);
        }
    }

    return 0;
}


static int
version_json(scan_t *s)
{
    size_t           i;
    oci_buf_t        b;
    oci_scan_meta_t  meta;

    memset(&b, 0, sizeof(b));
    oci_buf_addf(&b, "{\"Version\":\"%s\"", TALLY_VERSION);

    for (i = 0; version_dbs[i].key != NULL; i++) {

        if (version_meta(s, i, &meta)) {
            oci_buf_addf(&b, ",\"%s\":", version_dbs[i].key);
            oci_scan_meta_write(&meta, &b);
            b.len--;                                /* its line feed */
        }
    }

    if (b.failed) {
        oci_buf_free(&b);
        return scan_fatal(s, "out of memory");
    }

    printf("%.*s}\n", (int) b.len, (char *) b.data);
    oci_buf_free(&b);

    return 0;
}


/* is there a database whose metadata is whole? */

static bool
version_meta(scan_t *s, size_t i, oci_scan_meta_t *meta)
{
    oci_str_t    dir;
    oci_error_t  none;

    if (s->cache_dir == NULL) {
        return false;
    }

    memset(&none, 0, sizeof(none));
    dir = oci_strf(s->pool, "%s/%s", s->cache_dir, version_dbs[i].folder);

    return dir.data != NULL
           && oci_scan_meta_load(meta, (char *) dir.data, &none) == OCI_OK
           && meta->version != 0 && meta->updated.tv_sec != 0
           && meta->next.tv_sec != 0;
}


static void
version_time(const char *what, const struct timespec *when)
{
    char       text[32], fraction[16];
    size_t     n;
    struct tm  tm;

    memset(&tm, 0, sizeof(tm));

    if (when->tv_sec == 0 || gmtime_r(&when->tv_sec, &tm) == NULL) {
        printf("  %s: 0001-01-01 00:00:00 +0000 UTC\n", what);
        return;
    }

    (void) strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    n = (size_t) snprintf(fraction, sizeof(fraction), ".%09ld",
                          when->tv_nsec);

    while (n != 0 && strchr("0.", fraction[n - 1]) != NULL) {
        fraction[--n] = '\0';
    }

    printf("  %s: %s%s +0000 UTC\n", what, text, fraction);
}
