/*
 * metadata.json of a vulnerability database.
 */

#include "oci_scan_metadata.h"
#include "oci_json.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define META_HOUR  3600


static bool meta_time(const json_t *root, const char *key,
    struct timespec *when);
static void meta_text(oci_buf_t *out, const char *key,
    const struct timespec *when);
static bool meta_before(const struct timespec *a, const struct timespec *b);


oci_status_e
oci_scan_meta_parse(oci_scan_meta_t *meta, const oci_str_t *text,
    oci_error_t *err)
{
    bool          good;
    json_t       *root;
    oci_error_t   why;

    memset(meta, 0, sizeof(oci_scan_meta_t));
    memset(&why, 0, sizeof(why));

    if (text->len > OCI_SCAN_META_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "metadata.json is too large");
    }

    root = oci_json_load(text->data, text->len, 0, &why);
    if (root == NULL) {
        return oci_error(err, OCI_INVALID, 0, "metadata.json: %s", why.text);
    }

    good = oci_json_uint(root, "Version", &meta->version)
           && meta_time(root, "UpdatedAt", &meta->updated)
           && meta_time(root, "NextUpdate", &meta->next)
           && meta_time(root, "DownloadedAt", &meta->downloaded);

    json_decref(root);

    if (!good) {
        return oci_error(err, OCI_INVALID, 0,
                         "metadata.json: no version, or a bad time");
    }

    return OCI_OK;
}


/* absent is fine; the year 1 is Go's way to say nothing */

static bool
meta_time(const json_t *root, const char *key, struct timespec *when)
{
    int         n, zone_h, zone_m;
    char       *end, sign;
    long        unit;
    oci_str_t   s;
    struct tm   tm;

    s = oci_json_str(root, key);
    if (s.len == 0) {
        return true;
    }

    memset(&tm, 0, sizeof(tm));
    end = strptime((char *) s.data, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end == NULL) {
        return false;
    }

    if (tm.tm_year + 1900 <= 1) {
        return true;
    }

    when->tv_sec = timegm(&tm);

    if (*end == '.') {
        for (unit = 100000000; isdigit((u_char) *++end); unit /= 10) {
            when->tv_nsec += (*end - '0') * unit;
        }
    }

    if (*end == 'Z') {
        return end[1] == '\0';
    }

    n = 0;
    if (sscanf(end, "%c%2d:%2d%n", &sign, &zone_h, &zone_m, &n) != 3
        || end[n] != '\0' || (sign != '+' && sign != '-'))
    {
        return false;
    }

    n = zone_h * META_HOUR + zone_m * 60;
    when->tv_sec += sign == '-' ? n : -n;

    return true;
}


oci_status_e
oci_scan_meta_load(oci_scan_meta_t *meta, const char *dir, oci_error_t *err)
{
    int         fd, failed;
    char       *path, text[OCI_SCAN_META_MAX];
    size_t      have;
    ssize_t     n;
    oci_str_t   s;

    if (asprintf(&path, "%s/metadata.json", dir) < 0) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    fd = open(path, O_RDONLY | O_CLOEXEC);
    failed = errno;

    if (fd < 0) {
        oci_error_errno(err, failed, "\"%s\"", path);
        free(path);
        return failed == ENOENT || failed == ENOTDIR ? OCI_NOT_FOUND : OCI_IO;
    }

    have = 0;

    do {
        n = read(fd, text + have, sizeof(text) - have);
        failed = errno;
        have += n > 0 ? (size_t) n : 0;
    } while (n > 0 && have < sizeof(text));

    (void) close(fd);

    if (n < 0) {
        oci_error_errno(err, failed, "\"%s\"", path);
        free(path);
        return OCI_IO;
    }

    free(path);

    s.data = (u_char *) text;
    s.len = have;

    return oci_scan_meta_parse(meta, &s, err);
}


void
oci_scan_meta_write(const oci_scan_meta_t *meta, oci_buf_t *out)
{
    oci_buf_addf(out, "{\"Version\":%llu,",
                 (unsigned long long) meta->version);
    meta_text(out, "NextUpdate", &meta->next);
    oci_buf_adds(out, ",");
    meta_text(out, "UpdatedAt", &meta->updated);
    oci_buf_adds(out, ",");
    meta_text(out, "DownloadedAt", &meta->downloaded);
    oci_buf_adds(out, "}\n");
}


static void
meta_text(oci_buf_t *out, const char *key, const struct timespec *when)
{
    char       text[48];
    size_t     n;
    struct tm  tm;

    if (when->tv_sec == 0 || gmtime_r(&when->tv_sec, &tm) == NULL) {
        oci_buf_addf(out, "\"%s\":\"0001-01-01T00:00:00Z\"", key);
        return;
    }

    n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t) snprintf(text + n, sizeof(text) - n, ".%09ld",
                           when->tv_nsec);

    while (text[n - 1] == '0') {
        n--;
    }

    n -= text[n - 1] == '.';
    oci_buf_addf(out, "\"%s\":\"%.*sZ\"", key, (int) n, text);
}


oci_scan_meta_e
oci_scan_meta_judge(const oci_scan_meta_t *meta, const struct timespec *now,
    bool skip)
{
    struct timespec  hour;

    if (meta->downloaded.tv_sec == 0 && !skip) {
        return OCI_SCAN_META_SUSPECT;
    }

    if (meta->version > OCI_SCAN_META_SCHEMA) {
        return OCI_SCAN_META_NEW;
    }

    if (meta->version != OCI_SCAN_META_SCHEMA) {
        return OCI_SCAN_META_OLD;
    }

    hour = meta->downloaded;
    hour.tv_sec += META_HOUR;

    if (skip || meta_before(now, &meta->next) || meta_before(now, &hour)) {
        return OCI_SCAN_META_FRESH;
    }

    return OCI_SCAN_META_STALE;
}


static bool
meta_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec
                                  : a->tv_nsec < b->tv_nsec;
}
