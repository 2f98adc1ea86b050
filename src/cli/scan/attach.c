/*
 * tally scan --attach: the report where its image is.
 *
 * It is an artifact whose subject is the image: one layer, the report as
 * JSON.  Its annotations say what a gate or a page needs to know without
 * reading it.
 */

#include "scan/attach.h"
#include "scan/write.h"
#include "sign/attest.h"

#include "oci_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


#define ATTACH_TYPE    "application/vnd.aquasec.trivy.report+json"
#define ATTACH_EMPTY   "application/vnd.oci.empty.v1+json"
#define ATTACH_NOTE    "io.tally.scan."
#define ATTACH_FIRST   "FirstReported"


static oci_status_e attach_push(scan_t *s, oci_reference_t *ref,
    const oci_scan_report_t *report, const oci_str_t *text,
    scan_attached_t *made);
static oci_status_e attach_manifest(scan_t *s,
    const oci_scan_report_t *report, const source_manifest_t *subject,
    const oci_digest_t *blob, size_t size, oci_str_t *content);
static json_t *attach_notes(scan_t *s, const oci_scan_report_t *report);
static json_t *attach_descriptor(const char *type, const oci_digest_t *digest,
    uint64_t size);
static void attach_time(json_t *notes, const char *key,
    const struct timespec *when);
static oci_status_e attach_json(scan_t *s, const scan_attached_t *made,
    const oci_scan_report_t *report, oci_str_t *text);
static oci_status_e attach_sign(scan_t *s, const oci_reference_t *ref,
    const oci_scan_report_t *report, scan_attached_t *made);
static oci_status_e attach_predicate(scan_t *s, const scan_attached_t *made,
    const oci_scan_report_t *report, oci_str_t *text);
static oci_status_e attach_load(scan_t *s, const oci_scan_report_t *report,
    const char *format, json_t **root);
static oci_status_e attach_dump(scan_t *s, json_t *root, oci_str_t *text);
static void attach_first(const scan_attached_t *made, json_t *results);
static void attach_each(const json_t *results, json_t *firsts, json_t *when);
static void attach_learn(json_t *vuln, const char *key, json_t *firsts,
    const json_t *when);


oci_status_e
scan_attach(scan_t *s, const char *target, const oci_reference_t *given,
    const oci_scan_report_t *report, scan_attached_t *made)
{
    oci_str_t          text;
    oci_status_e       rc;
    oci_reference_t    ref;

    text = oci_str(target);

    rc = (given != NULL) ? OCI_OK
         : oci_reference_parse(&ref, s->pool, &text, &s->err);

    if (given != NULL) {
        ref = *given;
    }

    if (rc == OCI_OK) {
        rc = attach_json(s, made, report, &text);
    }

    if (rc == OCI_OK) {
        rc = attach_push(s, &ref, report, &text, made);
    }

    return (rc == OCI_OK && s->o->attach.key != NULL)
           ? attach_sign(s, &ref, report, made) : rc;
}


/* the report, as it is written elsewhere unless there is one to go by */

static oci_status_e
attach_json(scan_t *s, const scan_attached_t *made,
    const oci_scan_report_t *report, oci_str_t *text)
{
    json_t        *root;
    oci_buf_t      b;
    oci_status_e   rc;

    if (made->before != NULL) {
        rc = attach_load(s, report, "json", &root);

        if (rc != OCI_OK) {
            return rc;
        }

        attach_first(made, json_object_get(root, "Results"));

        return attach_dump(s, root, text);
    }

    memset(&b, 0, sizeof(b));
    rc = scan_render(s, report, "json", &b);

    if (rc == OCI_OK) {
        *text = oci_str_dup(s->pool, b.data, b.len);
        rc = (text->data != NULL) ? OCI_OK : oci_nomem(&s->err);
    }

    oci_buf_free(&b);

    return rc;
}


/* from here on ref names the image by its digest: tags move */

static oci_status_e
attach_push(scan_t *s, oci_reference_t *ref,
    const oci_scan_report_t *report, const oci_str_t *text,
    scan_attached_t *made)
{
    source_t           *source;
    oci_str_t           empty = oci_string("{}"), content;
    oci_digest_t        none;
    oci_status_e        rc;
    oci_reference_t     to;
    source_manifest_t   subject;

    oci_digest_of(&none, OCI_SHA256, empty.data, empty.len);
    oci_digest_of(&made->content, OCI_SHA256, text->data, text->len);

    rc = source_open(&source, s->pool, &s->o->source, &s->err);

    if (rc == OCI_OK) {
        rc = source_manifest(source, ref, &subject, &s->err);
    }

    if (rc == OCI_OK) {
        ref->digest = subject.digest;
        rc = source_put_blob(source, ref, &none, &empty, &s->err);
    }

    if (rc == OCI_OK) {
        rc = source_put_blob(source, ref, &made->content, text, &s->err);
    }

    if (rc == OCI_OK) {
        rc = attach_manifest(s, report, &subject, &made->content, text->len,
                             &content);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    to = *ref;
    memset(&to.tag, 0, sizeof(oci_str_t));
    memset(&to.digest, 0, sizeof(oci_digest_t));

    rc = source_put_manifest(source, &to, &content,
                             "application/vnd.oci.image.manifest.v1+json",
                             &made->report, &s->err);

    if (rc == OCI_OK) {
        scan_log(s, SCAN_INFO, "Report attached\tdigest=\"%s\" "
                 "subject=\"%s\"", made->report.text, subject.digest.text);
    }

    return rc;
}


static oci_status_e
attach_manifest(scan_t *s, const oci_scan_report_t *report,
    const source_manifest_t *subject, const oci_digest_t *blob, size_t size,
    oci_str_t *content)
{
    char          *out;
    json_t        *doc;
    oci_str_t      empty = oci_string("{}");
    oci_digest_t   none;

    oci_digest_of(&none, OCI_SHA256, empty.data, empty.len);

    doc = json_pack("{s:i, s:s, s:s, s:o, s:[o], s:o, s:o}",
                    "schemaVersion", 2,
                    "mediaType", "application/vnd.oci.image.manifest.v1+json",
                    "artifactType", ATTACH_TYPE,
                    "config", attach_descriptor(ATTACH_EMPTY, &none,
                                                empty.len),
                    "layers", attach_descriptor(ATTACH_TYPE, blob, size),
                    "subject", attach_descriptor(
                                   (char *) subject->media_type.data,
                                   &subject->digest, subject->content.len),
                    "annotations", attach_notes(s, report));
    out = json_dumps(doc, JSON_COMPACT);
    json_decref(doc);

    if (out == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    *content = oci_str_dup(s->pool, (u_char *) out, strlen(out));
    free(out);

    return OCI_OK;
}


static json_t *
attach_notes(scan_t *s, const oci_scan_report_t *report)
{
    char                 text[32];
    size_t               i, sum, fixable, n[OCI_SCAN_SEVERITIES];
    json_t              *notes;
    static const char   *const names[OCI_SCAN_SEVERITIES] = {
        ATTACH_NOTE "unknown", ATTACH_NOTE "low", ATTACH_NOTE "medium",
        ATTACH_NOTE "high", ATTACH_NOTE "critical"
    };

    notes = json_object();
    sum = oci_scan_report_count(report, n, &fixable);

    attach_time(notes, "org.opencontainers.image.created", &report->created);
    attach_time(notes, ATTACH_NOTE "db.updated", &s->meta.updated);
    (void) snprintf(text, sizeof(text), "%llu",
                    (unsigned long long) s->meta.version);
    (void) json_object_set_new(notes, ATTACH_NOTE "db.version",
                               json_string(text));

    for (i = 0; i < OCI_SCAN_SEVERITIES; i++) {
        (void) snprintf(text, sizeof(text), "%zu", n[i]);
        (void) json_object_set_new(notes, names[i], json_string(text));
    }

    (void) snprintf(text, sizeof(text), "%zu", sum);
    (void) json_object_set_new(notes, ATTACH_NOTE "total", json_string(text));
    (void) snprintf(text, sizeof(text), "%zu", fixable);
    (void) json_object_set_new(notes, ATTACH_NOTE "fixable",
                               json_string(text));

    return notes;
}


static json_t *
attach_descriptor(const char *type, const oci_digest_t *digest, uint64_t size)
{
    return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest",
                     digest->text, "size", (json_int_t) size);
}


static void
attach_time(json_t *notes, const char *key, const struct timespec *when)
{
    char       text[32];
    struct tm  tm;

    if (gmtime_r(&when->tv_sec, &tm) != NULL
        && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) != 0)
    {
        (void) json_object_set_new(notes, key, json_string(text));
    }
}


/* cosign's predicate of type vuln, by the digest that was scanned */

static oci_status_e
attach_sign(scan_t *s, const oci_reference_t *ref,
    const oci_scan_report_t *report, scan_attached_t *made)
{
    oci_str_t     name, predicate;
    oci_status_e  rc;

    name = oci_reference_context(ref, s->pool);
    name = oci_strf(s->pool, "%s@%s", (char *) name.data, ref->digest.text);

    rc = attach_predicate(s, made, report, &predicate);

    return (rc != OCI_OK) ? rc
           : sign_attest(s->pool, (char *) name.data, s->o->attach.key,
                         "vuln", &predicate, made->legacy, &s->o->source,
                         &made->bundle, &s->err);
}


/* how old the database is, which Trivy's format leaves out: a gate asks */

static oci_status_e
attach_predicate(scan_t *s, const scan_attached_t *made,
    const oci_scan_report_t *report, oci_str_t *text)
{
    json_t        *root, *scanner;
    oci_status_e   rc;

    rc = attach_load(s, report, "cosign-vuln", &root);

    if (rc != OCI_OK) {
        return rc;
    }

    scanner = json_object_get(root, "scanner");
    attach_time(json_object_get(scanner, "db"), "lastUpdate",
                &s->meta.updated);
    attach_first(made, json_object_get(json_object_get(scanner, "result"),
                                       "Results"));

    return attach_dump(s, root, text);
}


static oci_status_e
attach_load(scan_t *s, const oci_scan_report_t *report, const char *format,
    json_t **root)
{
    oci_buf_t     b;
    oci_status_e  rc;

    memset(&b, 0, sizeof(b));
    rc = scan_render(s, report, format, &b);
    *root = (rc == OCI_OK) ? json_loadb((char *) b.data, b.len, 0, NULL)
                           : NULL;
    oci_buf_free(&b);

    return (rc != OCI_OK || *root != NULL) ? rc : oci_nomem(&s->err);
}


/* root is the caller's no more */

static oci_status_e
attach_dump(scan_t *s, json_t *root, oci_str_t *text)
{
    char  *out;

    out = json_dumps(root, JSON_COMPACT);
    json_decref(root);

    if (out == NULL) {
        return oci_nomem(&s->err);
    }

    *text = oci_str_dup(s->pool, (u_char *) out, strlen(out));
    free(out);

    return (text->data != NULL) ? OCI_OK : oci_nomem(&s->err);
}


/*
 * Each finding of the last report says when it was first reported, which a
 * gate with a grace asks: the reports before it are not kept.
 */

static void
attach_first(const scan_attached_t *made, json_t *results)
{
    json_t           *firsts, *when;
    struct timespec   at = { (time_t) made->when, 0 };

    if (made->before == NULL) {
        return;
    }

    firsts = json_object();
    when = json_object();
    attach_time(when, ATTACH_FIRST, &at);
    attach_each(json_object_get(made->before, "Results"), firsts, when);
    attach_each(results, firsts, NULL);

    json_decref(when);
    json_decref(firsts);
}


/*
 * Learns of each finding when it was first reported, which is when unless it
 * says so itself; or, without when, has each say what was learnt.
 */

static void
attach_each(const json_t *results, json_t *firsts, json_t *when)
{
    char        key[512];
    size_t      i, k;
    json_t     *vuln, *list, *first;
    oci_str_t   id, pkg;

    for (i = 0; i < json_array_size(results); i++) {
        list = json_object_get(json_array_get(results, i), "Vulnerabilities");

        for (k = 0; k < json_array_size(list); k++) {
            vuln = json_array_get(list, k);
            id = oci_json_str(vuln, "VulnerabilityID");
            pkg = oci_json_str(vuln, "PkgName");
            (void) snprintf(key, sizeof(key), "%.*s %.*s", (int) id.len,
                            id.data, (int) pkg.len, pkg.data);

            if (when != NULL) {
                attach_learn(vuln, key, firsts, when);
                continue;
            }

            first = json_object_get(firsts, key);

            if (first != NULL) {
                (void) json_object_set(vuln, ATTACH_FIRST, first);
            }
        }
    }
}


static void
attach_learn(json_t *vuln, const char *key, json_t *firsts,
    const json_t *when)
{
    json_t  *first;

    first = json_object_get(vuln, ATTACH_FIRST);

    (void) json_object_set(firsts, key,
                           json_is_string(first) ? first
                           : json_object_get(when, ATTACH_FIRST));
}
