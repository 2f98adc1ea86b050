/*
 * fsck: checks a store on disk, and mends what can be mended.
 */

#include "command/command.h"
#include "command/progress.h"
#include "command/size.h"
#include "command/term.h"
#include "images/care.h"
#include "images/fsck_state.h"
#include "images/verbs.h"
#include "oci_fsck.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define CMD_FSCK_GRACE    (24 * 3600 * INT64_C(1000))   /* milliseconds */
#define CMD_FSCK_UPLOADS  (7 * 24 * 3600 * INT64_C(1000))

/* exit statuses */
#define CMD_FSCK_DAMAGE      1
#define CMD_FSCK_UNREADABLE  2


typedef struct {
    const char  *root;
    const char  *rate;
    int64_t      grace;
    int64_t      uploads;
    bool         repair;
    bool         resume;
    bool         json;
    bool         quick;
    bool         no_progress;
} cmd_fsck_t;


typedef struct {
    const cmd_fsck_t    *options;
    fsck_state_t        *state;
    const oci_fscked_t  *sum;
    uint64_t             rate;          /* bytes a second; 0: any */
    uint64_t             bytes;
    struct timespec      start;
    care_size_t          size;
    bool                 reading;
} cmd_fsck_report_t;


static int cmd_fsck_run(cmd_t *cmd);
static void cmd_fsck_defaults(void *options);
static void cmd_fsck_finding(void *data, const oci_finding_t *finding);
static void cmd_fsck_text(const oci_finding_t *finding);
static void cmd_fsck_json(const oci_finding_t *finding);
static oci_status_e cmd_fsck_pace(void *data, const oci_fscked_t *sum,
    size_t bytes);
static void cmd_fsck_gentle(cmd_fsck_report_t *report);
static oci_status_e cmd_fsck_measure(cmd_t *cmd, oci_store_t *store,
    cmd_fsck_report_t *report);
static bool cmd_fsck_unknown(void *data, const oci_digest_t *digest);
static bool cmd_fsck_known(void *data, const oci_digest_t *digest);
static void cmd_fsck_good(void *data, const oci_digest_t *digest);
static void cmd_fsck_sum(const cmd_fsck_t *o, const oci_fscked_t *sum);


#define cmd_fsck_at(member)  offsetof(cmd_fsck_t, member)


static const cmd_flag_t  cmd_fsck_flags[] = {
    { "grace", 0, CMD_DURATION, cmd_fsck_at(grace), "TIME",
      "do not name blobs without manifest that are younger (24h)" },
    { "json", 0, CMD_BOOL, cmd_fsck_at(json), NULL,
      "a line of JSON for each finding, and a last one of sums" },
    { "no-progress", 0, CMD_BOOL, cmd_fsck_at(no_progress), NULL,
      "no progress on the terminal" },
    { "quick", 0, CMD_BOOL, cmd_fsck_at(quick), NULL,
      "check links and manifests, and read no blob" },
    { "rate", 0, CMD_STRING, cmd_fsck_at(rate), "SIZE",
      "read at most so many bytes a second: 50M" },
    { "repair", 0, CMD_BOOL, cmd_fsck_at(repair), NULL,
      "set damaged blobs apart, write links again that can be derived" },
    { "resume", 0, CMD_BOOL, cmd_fsck_at(resume), NULL,
      "do not read again what a check that was interrupted has read" },
    { "root", 0, CMD_STRING, cmd_fsck_at(root), "DIR",
      "the store: what registry_root names" },
    { "uploads", 0, CMD_DURATION, cmd_fsck_at(uploads), "TIME",
      "do not name uploads that are younger (168h)" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_fsck_sets[] = {
    { cmd_fsck_flags, 0 },
    { NULL, 0 }
};

const cmd_verb_t  cmd_fsck = {
    "fsck", "", "Checks every link, manifest and byte of a store",
    "  tally fsck --root /var/lib/registry --rate 50M\n"
    "  tally fsck --root /var/lib/registry --repair\n",
    NULL, cmd_fsck_sets, sizeof(cmd_fsck_t), cmd_fsck_defaults, cmd_fsck_run
};


static void
cmd_fsck_defaults(void *options)
{
    cmd_fsck_t  *o = options;

    o->grace = CMD_FSCK_GRACE;
    o->uploads = CMD_FSCK_UPLOADS;
}


static int
cmd_fsck_run(cmd_t *cmd)
{
    cmd_fsck_t         *o = cmd->options;
    oci_store_t        *store;
    oci_fsck_t          options;
    oci_fscked_t        sum;
    oci_status_e        rc;
    cmd_fsck_report_t   report;

    if (cmd->nargs != 0 || o->root == NULL) {
        return cmd_usage(cmd, (cmd->nargs != 0) ? "accepts no arguments"
                              : "which store? name it with --root");
    }

    memset(&options, 0, sizeof(oci_fsck_t));
    memset(&report, 0, sizeof(cmd_fsck_report_t));

    if (o->rate != NULL && !cmd_size_parse(o->rate, &report.rate)) {
        return cmd_usage(cmd, "--rate is a number of bytes a second: 50M");
    }

    report.options = o;
    (void) clock_gettime(CLOCK_MONOTONIC, &report.start);

    options.repair = o->repair;
    options.hash = !o->quick;
    options.now = time(NULL) * INT64_C(1000000000);
    options.idle = o->grace * INT64_C(1000000);
    options.upload_age = o->uploads * INT64_C(1000000);
    options.finding = cmd_fsck_finding;
    options.pace = cmd_fsck_pace;
    options.known = cmd_fsck_known;
    options.good = cmd_fsck_good;
    options.data = &report;

    rc = care_store_open(cmd, o->root, o->repair ? OCI_STORE_SYNC
                                                 : OCI_STORE_READONLY, &store);

    if (rc == OCI_OK && !o->quick) {
        rc = fsck_state_open(&report.state, cmd->pool, o->root, o->resume,
                             &cmd->err);
    }

    if (rc == OCI_OK && progress_open(o->no_progress)) {
        rc = cmd_fsck_measure(cmd, store, &report);
    }

    if (rc == OCI_OK) {
        rc = oci_fsck(store, &options, &sum, &cmd->err);
    }

    progress_clear();
    fsck_state_close(report.state, rc == OCI_OK);

    if (rc != OCI_OK) {
        (void) cmd_error(cmd, "%s", cmd->err.text);
        return CMD_FSCK_UNREADABLE;
    }

    cmd_fsck_sum(o, &sum);

    return (sum.unreadable != 0) ? CMD_FSCK_UNREADABLE
           : (sum.damaged != 0) ? CMD_FSCK_DAMAGE : 0;
}


static void
cmd_fsck_finding(void *data, const oci_finding_t *finding)
{
    cmd_fsck_report_t  *report = data;

    progress_clear();

    if (report->options->json) {
        cmd_fsck_json(finding);

    } else {
        cmd_fsck_text(finding);
    }
}


static void
cmd_fsck_text(const oci_finding_t *finding)
{
    size_t  i;

    printf("%-11s", oci_fsck_kind(finding->kind));
    term_print(stdout, (char *) finding->path.data, finding->path.len);
    printf(": %s%s\n", finding->why, finding->repaired ? " (repaired)" : "");

    for (i = 0; i < finding->nimages; i++) {
        printf("           hurts ");
        term_print(stdout, (char *) finding->images[i].data,
                   finding->images[i].len);
        printf("\n");
    }
}


static void
cmd_fsck_json(const oci_finding_t *finding)
{
    char    *text;
    size_t   i;
    json_t  *line, *images;

    images = json_array();

    for (i = 0; i < finding->nimages; i++) {
        json_array_append_new(images,
                              json_stringn((char *) finding->images[i].data,
                                           finding->images[i].len));
    }

    line = json_pack("{s:s s:s% s:s% s:o s:b s:s}", "kind",
                     oci_fsck_kind(finding->kind), "path",
                     (finding->path.len != 0) ? (char *) finding->path.data
                                              : "", finding->path.len,
                     "digest",
                     (finding->digest.len != 0)
                     ? (char *) finding->digest.data : "",
                     finding->digest.len, "images", images, "repaired",
                     finding->repaired, "why", finding->why);

    text = (line != NULL) ? json_dumps(line, JSON_COMPACT) : NULL;

    /* a name that is not UTF-8: the finding is told all the same */

    printf("%s\n", (text != NULL) ? text : "{\"kind\":\"unreadable\"}");

    free(text);
    json_decref(line);
}


static oci_status_e
cmd_fsck_measure(cmd_t *cmd, oci_store_t *store, cmd_fsck_report_t *report)
{
    oci_status_e  rc;

    progress_begin("counting", PROGRESS_COUNT, 0);
    rc = care_measure(store, &report->size, cmd_fsck_unknown, report,
                      &cmd->err);
    progress_begin("checking links", PROGRESS_COUNT, report->size.manifests);

    return rc;
}


static bool
cmd_fsck_unknown(void *data, const oci_digest_t *digest)
{
    return !cmd_fsck_known(data, digest);
}


static oci_status_e
cmd_fsck_pace(void *data, const oci_fscked_t *sum, size_t bytes)
{
    cmd_fsck_report_t  *report = data;

    report->bytes += bytes;

    if (report->rate != 0) {
        cmd_fsck_gentle(report);
    }

    if (sum->contents == 0) {
        progress_at(sum->manifests);
        return OCI_OK;
    }

    if (!report->reading) {
        report->reading = true;
        progress_begin(report->options->quick ? "checking blobs" : "reading",
                       report->options->quick ? PROGRESS_COUNT
                                              : PROGRESS_BYTES,
                       report->options->quick ? report->size.blobs
                                              : report->size.bytes);
    }

    progress_at(report->options->quick ? sum->contents : sum->bytes);

    return OCI_OK;
}


static void
cmd_fsck_gentle(cmd_fsck_report_t *report)
{
    int64_t          ahead;
    struct timespec  now, pause;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    ahead = (int64_t) (report->bytes * 1000 / report->rate)
            - ((int64_t) (now.tv_sec - report->start.tv_sec) * 1000
               + (now.tv_nsec - report->start.tv_nsec) / 1000000);

    if (ahead > 0) {
        pause.tv_sec = ahead / 1000;
        pause.tv_nsec = (ahead % 1000) * 1000000;
        (void) nanosleep(&pause, NULL);
    }
}


static bool
cmd_fsck_known(void *data, const oci_digest_t *digest)
{
    cmd_fsck_report_t  *report = data;

    return fsck_state_has(report->state, digest);
}


static void
cmd_fsck_good(void *data, const oci_digest_t *digest)
{
    cmd_fsck_report_t  *report = data;

    fsck_state_add(report->state, digest);
}


static void
cmd_fsck_sum(const cmd_fsck_t *o, const oci_fscked_t *sum)
{
    char  size[CMD_SIZE_LEN];

    if (o->json) {
        printf("{\"kind\":\"sum\",\"repositories\":%llu,\"manifests\":%llu,"
               "\"blobs\":%llu,\"bytes\":%llu,\"damaged\":%llu,"
               "\"repaired\":%llu,\"idle\":%llu,\"unreadable\":%llu}\n",
               (unsigned long long) sum->repos,
               (unsigned long long) sum->manifests,
               (unsigned long long) sum->contents,
               (unsigned long long) sum->bytes,
               (unsigned long long) sum->damaged,
               (unsigned long long) sum->repaired,
               (unsigned long long) sum->idle,
               (unsigned long long) sum->unreadable);
        return;
    }

    printf("%llu repositories, %llu manifests, %llu blobs; %s read\n",
           (unsigned long long) sum->repos,
           (unsigned long long) sum->manifests,
           (unsigned long long) sum->contents, cmd_size(sum->bytes, size));

    if (sum->known != 0) {
        printf("%llu blobs were read by the check that this one goes on "
               "with\n", (unsigned long long) sum->known);
    }

    printf("%llu damaged, %llu of them repaired; %llu that only cost room; "
           "%llu that cannot be read\n", (unsigned long long) sum->damaged,
           (unsigned long long) sum->repaired,
           (unsigned long long) sum->idle,
           (unsigned long long) sum->unreadable);
}
