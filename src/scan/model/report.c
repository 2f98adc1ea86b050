/*
 * A report in memory: made, named, counted, put in order.
 */

#include "oci_scan_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int report_by_order(const void *one, const void *two);
static int report_by_package(const oci_scan_finding_t *a,
    const oci_scan_finding_t *b);


static const char  *report_severities[] = {
    "UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"
};


static const char  *report_statuses[] = {
    "unknown", "not_affected", "affected", "fixed", "under_investigation",
    "will_not_fix", "fix_deferred", "end_of_life"
};


oci_scan_report_t *
oci_scan_report_create(oci_pool_t *pool)
{
    oci_scan_report_t  *report;

    report = oci_pcalloc(pool, sizeof(oci_scan_report_t));
    if (report == NULL) {
        return NULL;
    }

    report->pool = pool;
    report->type = "container_image";

    oci_array_init(&report->tags, pool, sizeof(oci_str_t));
    oci_array_init(&report->digests, pool, sizeof(oci_str_t));
    oci_array_init(&report->layers, pool, sizeof(oci_scan_report_layer_t));
    oci_array_init(&report->results, pool, sizeof(oci_scan_result_t));

    return report;
}


oci_scan_result_t *
oci_scan_report_result(oci_scan_report_t *report)
{
    oci_scan_result_t  *result;

    result = oci_array_push(&report->results);
    if (result == NULL) {
        return NULL;
    }

    oci_array_init(&result->pkgs, report->pool, sizeof(oci_scan_pkg_t));
    oci_array_init(&result->findings, report->pool,
                   sizeof(oci_scan_finding_t));
    oci_array_init(&result->secrets, report->pool, sizeof(oci_scan_secret_t));
    oci_array_init(&result->hidden, report->pool, sizeof(oci_scan_hidden_t));

    return result;
}


void
oci_scan_report_stamp(oci_scan_report_t *report, const struct timespec *now,
    const u_char *r)
{
    uint64_t  ms;

    report->created = *now;
    ms = (uint64_t) now->tv_sec * 1000 + (uint64_t) now->tv_nsec / 1000000;

    snprintf(report->report_id, sizeof(report->report_id),
             "%08x-%04x-7%03x-%04x-%02x%02x%02x%02x%02x%02x",
             (unsigned) (ms >> 16 & 0xffffffff), (unsigned) (ms & 0xffff),
             (r[0] << 8 | r[1]) & 0xfff, ((r[2] << 8 | r[3]) & 0x3fff) | 0x8000,
             r[4], r[5], r[6], r[7], r[8], r[9]);
}


const char *
oci_scan_severity_name(oci_scan_severity_e severity)
{
    return severity < OCI_SCAN_SEVERITIES ? report_severities[severity]
                                          : report_severities[0];
}


const char *
oci_scan_status_name(oci_scan_status_e status)
{
    return status < OCI_SCAN_STATUSES ? report_statuses[status]
                                      : report_statuses[0];
}


bool
oci_scan_severity_parse(const oci_str_t *name, oci_scan_severity_e *severity)
{
    unsigned  i;

    for (i = 0; i < OCI_SCAN_SEVERITIES; i++) {
        if (oci_str_is(name, report_severities[i])) {
            *severity = (oci_scan_severity_e) i;
            return true;
        }
    }

    return false;
}


bool
oci_scan_status_parse(const oci_str_t *name, oci_scan_status_e *status)
{
    unsigned  i;

    for (i = 0; i < OCI_SCAN_STATUSES; i++) {
        if (oci_str_is(name, report_statuses[i])) {
            *status = (oci_scan_status_e) i;
            return true;
        }
    }

    return false;
}


oci_str_t
oci_scan_finding_str(const oci_scan_finding_t *f, const char *key)
{
    json_t     *value;
    oci_str_t   s = oci_string("");

    value = json_object_get(f->record, key);

    if (json_is_string(value)) {
        s.data = (u_char *) json_string_value(value);
        s.len = json_string_length(value);
    }

    return s;
}


bool
oci_scan_pkg_type_joined(const oci_str_t *type)
{
    size_t              i;
    static const char  *joined[] = { "python-pkg", "conda-pkg", "gemspec",
                                     "node-pkg", "jar" };

    for (i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
        if (oci_str_is(type, joined[i])) {
            return true;
        }
    }

    return false;
}


void
oci_scan_findings_sort(oci_array_t *findings)
{
    if (findings->nelts > 1) {
        qsort(findings->elts, findings->nelts, sizeof(oci_scan_finding_t),
              report_by_order);
    }
}


static int
report_by_order(const void *one, const void *two)
{
    int                        rc;
    const oci_scan_finding_t  *a = one, *b = two;

    rc = report_by_package(a, b);
    if (rc != 0) {
        return rc;
    }

    if (a->severity != b->severity) {
        return a->severity > b->severity ? -1 : 1;
    }

    rc = oci_str_cmp(&a->id, &b->id);

    return rc != 0 ? rc : oci_str_cmp(&a->pkg->file_path, &b->pkg->file_path);
}


static int
report_by_package(const oci_scan_finding_t *a, const oci_scan_finding_t *b)
{
    int  rc;

    rc = oci_str_cmp(&a->pkg->name, &b->pkg->name);
    if (rc == 0) {
        rc = oci_str_cmp(&a->pkg->id, &b->pkg->id);
    }

    return rc != 0 ? rc : oci_str_cmp(&a->installed, &b->installed);
}


size_t
oci_scan_report_count(const oci_scan_report_t *report,
    size_t count[OCI_SCAN_SEVERITIES], size_t *fixable)
{
    size_t                     i, k, sum;
    const oci_scan_result_t   *result;
    const oci_scan_secret_t   *secret;
    const oci_scan_finding_t  *f;

    memset(count, 0, OCI_SCAN_SEVERITIES * sizeof(size_t));
    sum = 0;
    *fixable = 0;
    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            sum++;
            count[f[k].severity]++;
            *fixable += f[k].fixed.len != 0;
        }

        secret = result[i].secrets.elts;

        for (k = 0; k < result[i].secrets.nelts; k++) {
            sum++;
            count[secret[k].severity]++;
        }
    }

    return sum;
}
