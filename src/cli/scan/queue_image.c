/*
 * One image of tally scan --queue.
 *
 * A new report takes the place of the one before: that is removed when the
 * note names the new one.
 */

#include "scan/queue_image.h"
#include "scan/attach.h"
#include "scan/report.h"
#include "oci_gate.h"
#include "oci_json.h"

#include <string.h>


#define QUEUE_MANIFEST_MAX  (16u << 20)
#define QUEUE_REPORT_MAX    (32u << 20)


static bool queue_image_is(const oci_repo_t *repo,
    const oci_digest_t *digest);
static oci_status_e queue_image_report(scan_t *s, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_due_note_t *old,
    oci_due_note_t *note);
static json_t *queue_image_before(scan_t *s, const oci_repo_t *repo,
    const oci_due_note_t *note);
static void queue_image_drop(const oci_repo_t *repo,
    const oci_digest_t *old, const oci_digest_t *new);


bool
queue_image_due(const oci_repo_t *repo, const oci_digest_t *digest,
    const queue_look_t *look, oci_due_note_t *note)
{
    oci_mark_t  mark;

    (void) oci_due_note(repo, digest, note, NULL);

    if (note->scanned != 0 && note->database == look->database
        && (!look->attest || note->bundle.alg != OCI_ALG_NONE)
        && oci_store_manifest_mark(repo, &note->report, &mark, NULL)
           == OCI_OK)
    {
        return false;
    }

    if (note->tries != 0 && note->failing == look->database
        && (note->tries >= OCI_DUE_TRIES || note->tried >= look->began))
    {
        return false;
    }

    return queue_image_is(repo, digest);
}


/* what a gate takes for one; of an index each image is one */

static bool
queue_image_is(const oci_repo_t *repo, const oci_digest_t *digest)
{
    oci_str_t       text, none = oci_null_string;
    oci_manifest_t  m;

    return oci_store_manifest(repo, digest, QUEUE_MANIFEST_MAX, &text, NULL)
           == OCI_OK
           && oci_manifest_parse(&m, repo->pool, &text, &none, NULL) == OCI_OK
           && m.kind != OCI_INDEX
           && oci_gate_attached(&m) == OCI_GATE_IMAGE;
}


bool
queue_image_scan(scan_t *s, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_due_note_t *note)
{
    oci_status_e    rc;
    oci_due_note_t  new, failed;

    rc = queue_image_report(s, repo, digest, note, &new);

    if (rc == OCI_OK) {
        rc = oci_due_note_put(repo, digest, &new, &s->err);
    }

    if (rc == OCI_OK) {
        queue_image_drop(repo, &note->report, &new.report);
        queue_image_drop(repo, &note->bundle, &new.bundle);

        return true;
    }

    failed = *note;
    failed.error = oci_str(s->err.text);
    (void) oci_due_note_put(repo, digest, &failed, NULL);

    return false;
}


static oci_status_e
queue_image_report(scan_t *s, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_due_note_t *old,
    oci_due_note_t *note)
{
    size_t              fixable, n[OCI_SCAN_SEVERITIES];
    oci_str_t           name;
    oci_status_e        rc;
    scan_options_t      options, *given;
    oci_reference_t     ref;
    scan_attached_t     made;
    oci_scan_report_t  *report;

    given = s->o;
    options = *given;
    options.all = true;
    s->o = &options;
    name = oci_strf(s->pool, "%.*s@%s", (int) repo->name.len, repo->name.data,
                    digest->text);

    memset(&ref, 0, sizeof(ref));
    ref.host = oci_str("localhost");
    ref.repo = repo->name;
    ref.digest = *digest;

    memset(&made, 0, sizeof(made));
    made.before = queue_image_before(s, repo, old);
    made.when = old->scanned;

    rc = scan_report(s, scan_read_image, (char *) name.data, &ref, &report);

    if (rc == OCI_OK) {
        rc = scan_attach(s, (char *) name.data, &ref, report, &made);
    }

    json_decref((json_t *) made.before);
    s->o = given;

    if (rc != OCI_OK) {
        queue_image_drop(repo, &made.report, &old->report);
        return rc;
    }

    memset(note, 0, sizeof(oci_due_note_t));
    note->scanned = (int64_t) report->created.tv_sec;
    note->database = (int64_t) s->meta.updated.tv_sec;
    note->report = made.report;
    note->content = made.content;
    note->bundle = made.bundle;

    (void) oci_scan_report_count(report, n, &fixable);
    scan_log(s, SCAN_INFO, "[queue] %s\tcritical=%zu high=%zu medium=%zu "
             "low=%zu unknown=%zu fixable=%zu", (char *) name.data,
             n[OCI_SCAN_CRITICAL], n[OCI_SCAN_HIGH], n[OCI_SCAN_MEDIUM],
             n[OCI_SCAN_LOW], n[OCI_SCAN_UNKNOWN], fixable);

    return OCI_OK;
}


/* the last report; NULL: there is none, or it is larger than a gate reads */

static json_t *
queue_image_before(scan_t *s, const oci_repo_t *repo,
    const oci_due_note_t *note)
{
    oci_str_t     text;
    oci_digest_t  is;

    if (note->scanned == 0
        || oci_store_content_read(repo->store, s->pool, &note->content,
                                  QUEUE_REPORT_MAX, &text, NULL)
           != OCI_OK)
    {
        return NULL;
    }

    oci_digest_of(&is, note->content.alg, text.data, text.len);

    return oci_digest_eq(&is, &note->content)
           ? json_loadb((char *) text.data, text.len, 0, NULL) : NULL;
}


/* the same one again stays */

static void
queue_image_drop(const oci_repo_t *repo, const oci_digest_t *old,
    const oci_digest_t *new)
{
    if (old->alg != OCI_ALG_NONE && !oci_digest_eq(old, new)) {
        (void) oci_store_manifest_delete(repo, old, NULL, NULL, NULL);
    }
}
