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


static oci_status_e attach_push(scan_t *s, oci_reference_t *ref,
    const oci_scan_report_t *report, const oci_str_t *text);
static oci_status_e attach_manifest(scan_t *s,
    const oci_scan_report_t *report, const source_manifest_t *subject,
    const oci_digest_t *blob, size_t size, oci_str_t *content);
static json_t *attach_notes(scan_t *s, const oci_scan_report_t *report);
static json_t *attach_descriptor(const char *type, const oci_digest_t *digest,
    uint64_t size);
static void attach_time(json_t *notes, const char *key,
    const struct timespec *when);
static oci_status_e attach_dated(scan_t *s, const oci_buf_t *report,
    oci_str_t *predicate);
static oci_status_e attach_sign(scan_t *s, const oci_reference_t *ref,
    const oci_scan_report_t *report);


oci_status_e
scan_attach(scan_t *s, const char *target, const oci_reference_t *given,
    const oci_scan_report_t *report)
{
    oci_buf_t          b;
    oci_str_t          text;
    oci_status_e       rc;
    oci_reference_t    ref;

    memset(&b, 0, sizeof(b));
    text = oci_str(target);

    rc = (given != NULL) ? OCI_OK
         : oci_reference_parse(&ref, s->pool, &text, &s->err);

    if (given != NULL) {
        ref = *given;
    }

    if (rc == OCI_OK) {
        rc = scan_render(s, report, "json", &b);
    }

    if (rc == OCI_OK) {
        text.data = b.data;
        text.len = b.len;
        rc = attach_push(s, &ref, report, &text);
    }

    oci_buf_free(&b);

    return (rc == OCI_OK && s->o->attach.key != NULL)
           ? attach_sign(s, &ref, report) : rc;
}


/* from here on ref names the image by its digest: tags move */

static oci_status_e
attach_push(scan_t *s, oci_reference_t *ref,
    const oci_scan_report_t *report, const oci_str_t *text)
{
    source_t           *source;
    oci_str_t           empty = oci_string("{}"), content;
    oci_digest_t        none, blob, made;
    oci_status_e        rc;
    oci_reference_t     to;
    source_manifest_t   subject;

    oci_digest_of(&none, OCI_SHA256, empty.data, empty.len);
    oci_digest_of(&blob, OCI_SHA256, text->data, text->len);

    rc = source_open(&source, s->pool, &s->o->source, &s->err);

    if (rc == OCI_OK) {
        rc = source_manifest(source, ref, &subject, &s->err);
    }

    if (rc == OCI_OK) {
        ref->digest = subject.digest;
        rc = source_put_blob(source, ref, &none, &empty, &s->err);
    }

    if (rc == OCI_OK) {
        rc = source_put_blob(source, ref, &blob, text, &s->err);
    }

    if (rc == OCI_OK) {
        rc = attach_manifest(s, report, &subject, &blob, text->len, &content);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    to = *ref;
    memset(&to.tag, 0, sizeof(oci_str_t));
    memset(&to.digest, 0, sizeof(oci_digest_t));

    rc = source_put_manifest(source, &to, &content,
                             "application/vnd.oci.image.manifest.v1+json",
                             &made, &s->err);

    if (rc == OCI_OK) {
        scan_log(s, SCAN_INFO, "Report attached\tdigest=\"%s\" "
                 "subject=\"%s\"", made.text, subject.digest.text);
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
    const oci_scan_report_t *report)
{
    oci_buf_t           b;
    oci_str_t           name, predicate;
    oci_status_e        rc;

    memset(&b, 0, sizeof(b));
    name = oci_reference_context(ref, s->pool);
    name = oci_strf(s->pool, "%s@%s", (char *) name.data, ref->digest.text);

    rc = scan_render(s, report, "cosign-vuln", &b);

    if (rc == OCI_OK) {
        rc = attach_dated(s, &b, &predicate);
    }

    if (rc == OCI_OK) {
        rc = sign_attest(s->pool, (char *) name.data, s->o->attach.key, "vuln",
                         &predicate, &s->o->source, &s->err);
    }

    oci_buf_free(&b);

    return rc;
}


/* how old the database is, which Trivy's format leaves out: a gate asks */

static oci_status_e
attach_dated(scan_t *s, const oci_buf_t *report, oci_str_t *predicate)
{
    char    *text;
    json_t  *root;

    root = json_loadb((char *) report->data, report->len, 0, NULL);
    attach_time(json_object_get(json_object_get(root, "scanner"), "db"),
                "lastUpdate", &s->meta.updated);
    text = json_dumps(root, JSON_COMPACT);
    json_decref(root);

    if (text == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    *predicate = oci_str_dup(s->pool, (u_char *) text, strlen(text));
    free(text);

    return (predicate->data != NULL) ? OCI_OK
           : oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
}
