/*
 * Matching: the common part, and what is filled in once all is found.
 */

#include "match.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


static oci_status_e match_fill(match_t *d, oci_error_t *err);
static oci_status_e match_fill_one(match_t *d, oci_scan_finding_t *f,
    oci_error_t *err);
static void match_severity(match_t *d, oci_scan_finding_t *f,
    const oci_str_t *source);
static bool match_vendor(oci_scan_finding_t *f, const oci_str_t *source);
static oci_status_e match_own_severity(match_t *d, oci_scan_finding_t *f,
    oci_error_t *err);
static void match_release(void *json);
static oci_str_t match_url(match_t *d, const oci_scan_finding_t *f);
static oci_str_t match_reference(const oci_scan_finding_t *f);


oci_status_e
oci_scan_detect(oci_scan_report_t *report, oci_scan_vulndb_t *db,
    const oci_scan_detect_t *how, oci_error_t *err)
{
    size_t        i;
    match_t       d;
    oci_status_e  rc;

    memset(&d, 0, sizeof(d));
    d.report = report;
    d.db = db;
    d.how = how;
    rc = oci_scan_vulndb_filled(db, err);

    for (i = 0; rc == OCI_OK && i < report->results.nelts; i++) {
        d.result = (oci_scan_result_t *) report->results.elts + i;

        if (strcmp(d.result->class, "os-pkgs") == 0) {
            rc = match_os(&d, err);
        }
    }

    if (rc == OCI_OK) {
        rc = match_langs(&d, err);
    }

    return rc == OCI_OK ? match_fill(&d, err) : rc;
}


static oci_status_e
match_fill(match_t *d, oci_error_t *err)
{
    size_t              i, k;
    oci_status_e        rc;
    oci_scan_result_t  *result;

    result = d->report->results.elts;

    for (i = 0; i < d->report->results.nelts; i++) {

        for (k = 0; k < result[i].findings.nelts; k++) {
            rc = match_fill_one(d, (oci_scan_finding_t *)
                                   result[i].findings.elts + k, err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}


static oci_status_e
match_fill_one(match_t *d, oci_scan_finding_t *f, oci_error_t *err)
{
    oci_str_t     source;
    oci_status_e  rc;

    if (f->fixed.len != 0) {
        f->status = OCI_SCAN_FIXED;

    } else if (f->status == OCI_SCAN_STATUS_UNKNOWN) {
        f->status = OCI_SCAN_AFFECTED;
    }

    rc = oci_scan_vulndb_record(d->db, &f->id, &f->record, err);
    if (rc != OCI_OK || f->record == NULL) {
        return rc;
    }

    if (f->severity_source.len != 0) {
        rc = match_own_severity(d, f, err);

    } else {
        source = f->source_base.len != 0 ? f->source_base : f->source_id;
        match_severity(d, f, &source);
    }

    f->url = match_url(d, f);

    return rc;
}


static void
match_severity(match_t *d, oci_scan_finding_t *f, const oci_str_t *source)
{
    size_t      i;
    oci_str_t   s;

    for (i = 0; i < d->how->nsources; i++) {

        if (oci_str_is(&d->how->sources[i], "auto")) {
            break;
        }

        if (match_vendor(f, &d->how->sources[i])) {
            return;
        }
    }

    if (d->how->nsources != 0 && i == d->how->nsources) {
        return;
    }

    if (match_vendor(f, source)) {
        return;
    }

    s = oci_str("ghsa");
    if (oci_str_prefix(&f->id, "GHSA-") && match_vendor(f, &s)
        && f->severity != OCI_SCAN_UNKNOWN)
    {
        return;
    }

    s = oci_str("nvd");
    if (f->severity_source.len == 0 && match_vendor(f, &s)
        && f->severity != OCI_SCAN_UNKNOWN)
    {
        return;
    }

    f->severity = OCI_SCAN_UNKNOWN;
    f->severity_source.len = 0;

    s = oci_scan_finding_str(f, "Severity");
    (void) oci_scan_severity_parse(&s, &f->severity);
}


static bool
match_vendor(oci_scan_finding_t *f, const oci_str_t *source)
{
    double       n;
    json_t      *vendors, *value;
    const char  *name;

    vendors = json_object_get(f->record, "VendorSeverity");

    json_object_foreach(vendors, name, value) {

        if (!oci_str_is(source, name) || !json_is_number(value)) {
            continue;
        }

        n = json_number_value(value);
        f->severity = n >= 0 && n < OCI_SCAN_SEVERITIES
                      ? (oci_scan_severity_e) n : OCI_SCAN_UNKNOWN;
        f->severity_source = oci_str(name);

        return true;
    }

    return false;
}


/* a package's own severity becomes one of the vendors' in the record */

static oci_status_e
match_own_severity(match_t *d, oci_scan_finding_t *f, oci_error_t *err)
{
    json_t  *record, *vendors;

    record = json_copy((json_t *) f->record);
    vendors = json_copy(json_object_get(f->record, "VendorSeverity"));

    if (vendors == NULL) {
        vendors = json_object();
    }

    if (record == NULL || vendors == NULL
        || json_object_set_new(vendors, (char *) f->severity_source.data,
                               json_integer(f->severity)) != 0
        || json_object_set_new(record, "VendorSeverity", vendors) != 0)
    {
        json_decref(record);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    f->record = record;

    return oci_pool_cleanup(d->report->pool, match_release, record);
}


static void
match_release(void *json)
{
    json_decref(json);
}


static oci_str_t
match_url(match_t *d, const oci_scan_finding_t *f)
{
    size_t      i;
    oci_str_t   url;
    static const char  *places[][2] = {
        { "CVE-", "https://avd.aquasec.com/nvd/" },
        { "RUSTSEC-", "https://osv.dev/vulnerability/" },
        { "GHSA-", "https://github.com/advisories/" },
        { "TEMP-", "https://security-tracker.debian.org/tracker/" }
    };

    for (i = 0; i < 4; i++) {

        if (!oci_str_prefix(&f->id, places[i][0])) {
            continue;
        }

        url = oci_strf(d->report->pool, "%s%.*s", places[i][1],
                       (int) f->id.len, f->id.data);

        for (i = url.len - f->id.len; url.data != NULL && i < url.len
             && oci_str_prefix(&f->id, "CVE-"); i++)
        {
            url.data[i] = (u_char) tolower(url.data[i]);
        }

        return url;
    }

    return match_reference(f);
}


static oci_str_t
match_reference(const oci_scan_finding_t *f)
{
    size_t      i, k;
    json_t     *list, *item;
    oci_str_t   s, none = oci_string("");
    static const char  *prefixes[][2] = {
        { "debian", "http://www.debian.org" },
        { "debian", "https://www.debian.org" },
        { "ubuntu", "http://www.ubuntu.com" },
        { "ubuntu", "https://usn.ubuntu.com" },
        { "redhat", "https://access.redhat.com" },
        { "suse-cvrf", "http://lists.opensuse.org" },
        { "suse-cvrf", "https://lists.opensuse.org" },
        { "oracle-oval", "http://linux.oracle.com/errata" },
        { "oracle-oval", "https://linux.oracle.com/errata" },
        { "nodejs-security-wg", "https://www.npmjs.com" },
        { "nodejs-security-wg", "https://hackerone.com" },
        { "ruby-advisory-db", "https://groups.google.com" }
    };

    list = json_object_get(f->record, "References");

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {

        if (!oci_str_is(&f->source_id, prefixes[i][0])) {
            continue;
        }

        json_array_foreach(list, k, item) {
            s = oci_str(json_string_value(item));

            if (oci_str_prefix(&s, prefixes[i][1])) {
                return s;
            }
        }
    }

    return none;
}
