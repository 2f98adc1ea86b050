/*
 * What reports of scans say of an image.
 *
 * A report counts when the registry has made it itself, or when a key of the
 * policy has signed it, as cosign's "vuln" predicate about this very digest:
 * what whoever may push has written says nothing.  The newest one counts; the
 * older ones tell when a finding was first reported.
 */

#include "oci_gate_load.h"

#include <string.h>
#include <strings.h>


#define OCI_GATE_NAMED_FINDINGS  3      /* in a message */
#define OCI_GATE_REPORT  (32 * 1024 * 1024)


typedef struct {
    int64_t        time;                /* when the scan ended */
    int64_t        updated;             /* its database; 0: not said */
    json_t        *whole;
    const json_t  *results;             /* an array, or NULL */
} oci_gate_report_t;


typedef struct {
    oci_pool_t               *temp;
    const oci_gate_policy_t  *policy;
    int64_t                   now;
    oci_array_t               reports;  /* oci_gate_report_t */
    size_t                    present;  /* that may be signed */
    oci_due_note_t            note;     /* on the registry's own scan */
    bool                      waits;    /* for one */
    size_t                    kept;     /* findings that keep it back */
    oci_buf_t                 names;
} oci_gate_scanner_t;


static oci_status_e oci_gate_report_own(oci_gate_scanner_t *s,
    const oci_gate_source_t *source, const oci_digest_t *digest,
    oci_error_t *err);
static oci_str_t oci_gate_unscanned(const oci_gate_scanner_t *s,
    oci_pool_t *pool, const oci_gate_source_t *source);
static oci_status_e oci_gate_reports(oci_gate_scanner_t *s,
    const oci_gate_signatures_t *found, const oci_digest_t *digest,
    oci_error_t *err);
static bool oci_gate_report_signed(oci_gate_scanner_t *s,
    const oci_gate_found_t *f, const oci_digest_t *digest,
    const oci_gate_loaded_t *by, oci_sign_verdict_t *verdict);
static oci_status_e oci_gate_report_read(oci_gate_scanner_t *s,
    const oci_sign_verdict_t *verdict, oci_error_t *err);
static void oci_gate_report_newest(oci_array_t *reports);
static oci_status_e oci_gate_report_judge(oci_gate_scanner_t *s,
    oci_pool_t *pool, oci_gate_finding_t *finding, oci_error_t *err);
static bool oci_gate_keeps(oci_gate_scanner_t *s, const json_t *vuln);
static bool oci_gate_in_grace(oci_gate_scanner_t *s, const json_t *vuln);
static int64_t oci_gate_reported(const oci_gate_report_t *report,
    const json_t *vuln);
static bool oci_gate_same(const json_t *a, const json_t *b);
static unsigned oci_gate_severity(const json_t *vuln);
static double oci_gate_score(const json_t *vuln);
static void oci_gate_name(oci_gate_scanner_t *s, const json_t *vuln);
static oci_status_e oci_gate_found_say(oci_gate_finding_t *finding,
    bool passed, bool warning, oci_str_t text, oci_error_t *err);


const char  *const oci_gate_severities[OCI_GATE_SEVERITIES] = {
    "unknown", "low", "medium", "high", "critical"
};


oci_status_e
oci_gate_scanned(oci_pool_t *pool, oci_pool_t *temp,
    const oci_gate_policy_t *policy, const oci_gate_source_t *source,
    const oci_digest_t *digest, int64_t now, oci_gate_finding_t *finding,
    oci_error_t *err)
{
    oci_status_e            rc;
    oci_gate_scanner_t      s;
    oci_gate_signatures_t   found;

    memset(&s, 0, sizeof(oci_gate_scanner_t));
    s.temp = temp;
    s.policy = policy;
    s.now = now;
    oci_array_init(&s.reports, temp, sizeof(oci_gate_report_t));
    finding->line = policy->scan.by.line;

    rc = oci_gate_report_own(&s, source, digest, err);

    if (rc == OCI_OK && policy->scan.by.signers.nelts != 0) {
        rc = oci_gate_find(temp, source, digest, OCI_GATE_REPORTS, &found,
                           err);

        if (rc == OCI_OK) {
            s.present = found.present;
            rc = oci_gate_reports(&s, &found, digest, err);
        }
    }

    if (rc != OCI_OK) {
        return rc;
    }

    if (s.reports.nelts == 0) {
        return oci_gate_found_say(finding, policy->scan.spares,
                                  policy->scan.spares,
                                  oci_gate_unscanned(&s, pool, source), err);
    }

    rc = oci_gate_report_judge(&s, pool, finding, err);
    oci_buf_free(&s.names);

    return rc;
}


/*
 * The report that the registry has made itself needs no signature: the note
 * that names it was written where no client comes.
 */

static oci_status_e
oci_gate_report_own(oci_gate_scanner_t *s, const oci_gate_source_t *source,
    const oci_digest_t *digest, oci_error_t *err)
{
    json_t             *root;
    oci_str_t           text = oci_null_string;
    oci_error_t         why = { OCI_OK, 0, "" };
    oci_status_e        rc;
    oci_gate_report_t  *slot;

    if (source->scanned == NULL) {
        return OCI_OK;
    }

    rc = source->scanned(source->data, s->temp, digest, &s->note, &s->waits,
                         &why);

    if (rc == OCI_OK && s->note.scanned != 0) {
        rc = source->blob(source->data, s->temp, &s->note.content,
                          OCI_GATE_REPORT, &text, &why);

    } else if (rc == OCI_OK) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return (rc == OCI_IO || rc == OCI_NOMEM)
               ? oci_error(err, rc, 0, "%s", why.text) : OCI_OK;
    }

    root = oci_json_load(text.data, text.len, 0, NULL);

    if (root == NULL || !oci_sign_json_keep(s->temp, root)) {
        return (root == NULL) ? OCI_OK : oci_nomem(err);
    }

    slot = oci_array_push(&s->reports);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    slot->time = s->note.scanned;
    slot->updated = s->note.database;
    slot->whole = root;
    slot->results = json_object_get(root, "Results");

    return OCI_OK;
}


static oci_str_t
oci_gate_unscanned(const oci_gate_scanner_t *s, oci_pool_t *pool,
    const oci_gate_source_t *source)
{
    oci_buf_t  b;
    oci_str_t  text;

    memset(&b, 0, sizeof(oci_buf_t));
    oci_buf_adds(&b, "the image has not been scanned");

    if (s->policy->scan.by.signers.nelts != 0) {
        oci_buf_addf(&b, ": of %zu reports none is signed by whom the policy "
                     "names", s->present);
    }

    if (source->scanned == NULL) {
        oci_buf_adds(&b, "; a report that the registry made itself is seen "
                     "on its store alone");

    } else if (s->waits) {
        oci_buf_adds(&b, "; it is waiting to be scanned");

    } else if (s->note.error.len != 0) {
        oci_buf_addf(&b, "; its scan failed: %.200s",
                     (char *) s->note.error.data);
    }

    text = oci_strf(pool, "%.*s", (int) b.len, b.failed ? NULL : b.data);
    oci_buf_free(&b);

    return text;
}


static oci_status_e
oci_gate_reports(oci_gate_scanner_t *s, const oci_gate_signatures_t *found,
    const oci_digest_t *digest, oci_error_t *err)
{
    size_t                    i, k, n;
    oci_status_e              rc;
    oci_gate_loaded_t        *by;
    oci_sign_verdict_t        verdict;
    const oci_gate_found_t   *f;
    const oci_gate_signer_t  *signer;

    n = s->policy->scan.by.signers.nelts;
    signer = s->policy->scan.by.signers.elts;
    by = oci_pcalloc(s->temp, n * sizeof(oci_gate_loaded_t));

    if (by == NULL) {
        return oci_nomem(err);
    }

    for (i = 0; i < n; i++) {
        oci_gate_load(s->temp, s->policy, &signer[i], &by[i]);
    }

    rc = OCI_OK;
    f = found->list.elts;

    for (i = 0; rc == OCI_OK && i < found->list.nelts; i++) {

        for (k = 0; k < n; k++) {
            if (oci_gate_report_signed(s, &f[i], digest, &by[k], &verdict)) {
                rc = oci_gate_report_read(s, &verdict, err);
                break;
            }
        }
    }

    oci_gate_report_newest(&s->reports);

    return rc;
}


static bool
oci_gate_report_signed(oci_gate_scanner_t *s, const oci_gate_found_t *f,
    const oci_digest_t *digest, const oci_gate_loaded_t *by,
    oci_sign_verdict_t *verdict)
{
    size_t             i;
    oci_status_e       rc;
    oci_sign_policy_t  p;

    if (f->err.status != OCI_OK || by->err.status != OCI_OK) {
        return false;
    }

    memset(&p, 0, sizeof(oci_sign_policy_t));
    p.alg = by->signer->alg;
    p.identity = &by->signer->identity;
    p.trust = &by->trust;
    p.pairs = &(const oci_array_t) { 0 };
    p.now = s->now;
    p.claims = true;

    for (i = 0; i < by->keys.nelts; i++) {
        p.key = ((EVP_PKEY **) by->keys.elts)[i];

        rc = f->bundled
             ? oci_sign_verify_bundle(s->temp, &p, &f->bundle, digest, NULL,
                                      verdict, NULL)
             : oci_sign_verify_legacy(s->temp, &p, &f->legacy, digest, true,
                                      verdict, NULL);

        if (rc == OCI_OK
            && oci_str_is(&verdict->statement.predicate_type,
                          oci_sign_predicate_type("vuln")))
        {
            return true;
        }
    }

    return false;
}


/* one that does not say when it was made is none */

static oci_status_e
oci_gate_report_read(oci_gate_scanner_t *s, const oci_sign_verdict_t *verdict,
    oci_error_t *err)
{
    json_t             *predicate, *scanner;
    oci_str_t           text;
    oci_gate_report_t   report, *slot;

    predicate = json_object_get(verdict->statement.root, "predicate");
    scanner = json_object_get(predicate, "scanner");
    text = oci_json_str(json_object_get(predicate, "metadata"),
                        "scanFinishedOn");

    if (!oci_sign_time_parse(&text, &report.time)
        || !json_is_object(json_object_get(scanner, "result")))
    {
        return OCI_OK;
    }

    text = oci_json_str(json_object_get(scanner, "db"), "lastUpdate");

    if (!oci_sign_time_parse(&text, &report.updated)) {
        report.updated = 0;
    }

    report.whole = json_object_get(scanner, "result");
    report.results = json_object_get(report.whole, "Results");
    slot = oci_array_push(&s->reports);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = report;

    return OCI_OK;
}


/* it goes to the front */

static void
oci_gate_report_newest(oci_array_t *reports)
{
    size_t              i;
    oci_gate_report_t  *r, first;

    r = reports->elts;

    for (i = 1; i < reports->nelts; i++) {
        if (r[i].time > r[0].time) {
            first = r[i];
            r[i] = r[0];
            r[0] = first;
        }
    }
}


static oci_status_e
oci_gate_report_judge(oci_gate_scanner_t *s, oci_pool_t *pool,
    oci_gate_finding_t *finding, oci_error_t *err)
{
    size_t                     i, k;
    json_t                    *list, *vuln;
    oci_error_t                why = { OCI_OK, 0, "" };
    const oci_gate_scan_t     *scan;
    const oci_gate_report_t   *report;

    scan = &s->policy->scan;
    report = s->reports.elts;

    if ((scan->ignore != NULL || scan->vex.nelts != 0)
        && scan->spare(s->temp, report->whole, scan->ignore, &scan->vex,
                       s->now, &why) != OCI_OK)
    {
        return oci_gate_found_say(finding, false, false,
                                  oci_strf(pool, "what need not count is not "
                                           "known: %s", why.text), err);
    }

    for (i = 0; i < json_array_size(report->results); i++) {
        list = json_object_get(json_array_get(report->results, i),
                               "Vulnerabilities");

        for (k = 0; k < json_array_size(list); k++) {
            vuln = json_array_get(list, k);

            if (oci_gate_keeps(s, vuln) && !oci_gate_in_grace(s, vuln)) {
                oci_gate_name(s, vuln);
            }
        }
    }

    if (s->names.failed) {
        return oci_nomem(err);
    }

    if (s->kept != 0) {
        return oci_gate_found_say(finding, false, false,
                   oci_strf(pool, "%zu %s too severe: %s%s", s->kept,
                            s->kept == 1 ? "finding is" : "findings are",
                            (char *) s->names.data,
                            s->kept > OCI_GATE_NAMED_FINDINGS ? ", ..."
                                                              : ""), err);
    }

    if (scan->age != 0 && report->updated < s->now - scan->age) {
        return oci_gate_found_say(finding, scan->old, scan->old,
                   oci_str("the database of the newest report is too old: "
                           "scan the image again"), err);
    }

    return oci_gate_found_say(finding, true, false,
                              oci_str("scanned, and nothing too severe was "
                                      "found"), err);
}


static bool
oci_gate_keeps(oci_gate_scanner_t *s, const json_t *vuln)
{
    oci_str_t               fixed;
    const oci_gate_scan_t  *scan;

    scan = &s->policy->scan;
    fixed = oci_json_str(vuln, "FixedVersion");

    if (scan->fixable && fixed.len == 0) {
        return false;
    }

    return (scan->cvss != 0) ? oci_gate_score(vuln) >= scan->cvss
                             : oci_gate_severity(vuln) >= scan->severity;
}


/*
 * Since the first of the reports that have it; one that took the place of
 * others says itself when that was
 */

static bool
oci_gate_in_grace(oci_gate_scanner_t *s, const json_t *vuln)
{
    size_t                    i;
    int64_t                   first, when;
    const oci_gate_report_t  *r;

    if (s->policy->scan.grace == 0) {
        return false;
    }

    r = s->reports.elts;
    first = r[0].time;

    for (i = 0; i < s->reports.nelts; i++) {
        when = oci_gate_reported(&r[i], vuln);

        if (when < first) {
            first = when;
        }
    }

    return s->now - first < s->policy->scan.grace;
}


/* when, by that report; INT64_MAX: it does not have it */

static int64_t
oci_gate_reported(const oci_gate_report_t *report, const json_t *vuln)
{
    size_t         i, k;
    int64_t        when;
    oci_str_t      text;
    const json_t  *list;

    for (i = 0; i < json_array_size(report->results); i++) {
        list = json_object_get(json_array_get(report->results, i),
                               "Vulnerabilities");

        for (k = 0; k < json_array_size(list); k++) {

            if (!oci_gate_same(json_array_get(list, k), vuln)) {
                continue;
            }

            text = oci_json_str(json_array_get(list, k), "FirstReported");

            return (oci_sign_time_parse(&text, &when) && when < report->time)
                   ? when : report->time;
        }
    }

    return INT64_MAX;
}


static bool
oci_gate_same(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "VulnerabilityID"),
                      json_object_get(b, "VulnerabilityID"))
           && json_equal(json_object_get(a, "PkgName"),
                         json_object_get(b, "PkgName"));
}


/* what nobody has rated is no reason to refuse; one that we do not know is */

static unsigned
oci_gate_severity(const json_t *vuln)
{
    unsigned   i;
    oci_str_t  text;

    text = oci_json_str(vuln, "Severity");

    for (i = 0; i < OCI_GATE_SEVERITIES; i++) {
        if (text.len == strlen(oci_gate_severities[i])
            && strncasecmp((char *) text.data, oci_gate_severities[i],
                           text.len) == 0)
        {
            return i;
        }
    }

    return OCI_GATE_SEVERITIES;
}


/* the highest that anybody gives it; 0: nobody does */

static double
oci_gate_score(const json_t *vuln)
{
    void    *it;
    double   score, n;
    json_t  *cvss;

    score = 0;
    cvss = json_object_get(vuln, "CVSS");

    for (it = json_object_iter(cvss);
         it != NULL;
         it = json_object_iter_next(cvss, it))
    {
        n = json_number_value(json_object_get(json_object_iter_value(it),
                                              "V3Score"));
        score = (n > score) ? n : score;
    }

    return score;
}


static void
oci_gate_name(oci_gate_scanner_t *s, const json_t *vuln)
{
    oci_str_t  id, pkg, fixed;

    if (s->kept++ >= OCI_GATE_NAMED_FINDINGS) {
        return;
    }

    id = oci_json_str(vuln, "VulnerabilityID");
    pkg = oci_json_str(vuln, "PkgName");
    fixed = oci_json_str(vuln, "FixedVersion");

    oci_buf_addf(&s->names, "%s%.64s in %.64s", s->kept > 1 ? ", " : "",
                 id.len ? (char *) id.data : "?",
                 pkg.len ? (char *) pkg.data : "?");

    if (fixed.len != 0) {
        oci_buf_addf(&s->names, " (fixed in %.64s)", (char *) fixed.data);
    }
}


static oci_status_e
oci_gate_found_say(oci_gate_finding_t *finding, bool passed, bool warning,
    oci_str_t text, oci_error_t *err)
{
    finding->passed = passed;
    finding->warning = warning;
    finding->text = text;

    return (text.data != NULL) ? OCI_OK : oci_nomem(err);
}
