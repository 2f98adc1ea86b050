/*
 * gc: removes from a store on disk what no image needs any more.
 */

#include "command/command.h"
#include "command/progress.h"
#include "command/size.h"
#include "command/term.h"
#include "images/care.h"
#include "images/verbs.h"
#include "oci_collect.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define CMD_GC_GRACE    (24 * 3600 * INT64_C(1000))     /* milliseconds */
#define CMD_GC_UPLOADS  (7 * 24 * 3600 * INT64_C(1000))

/* exit statuses, beside 1: it failed */
#define CMD_GC_PROBLEMS  2


typedef struct {
    const char  *root;
    int64_t      grace;
    int64_t      uploads;
    bool         untagged;
    bool         dry_run;
    bool         json;
    bool         quiet;
    bool         no_progress;
} cmd_gc_t;


typedef struct {
    const cmd_gc_t  *options;
    care_size_t      size;
    bool             sweeping;
} cmd_gc_report_t;


static int cmd_gc_run(cmd_t *cmd);
static void cmd_gc_defaults(void *options);
static void cmd_gc_event(void *data, const oci_collect_event_t *event);
static void cmd_gc_text(const cmd_gc_report_t *report,
    const oci_collect_event_t *event);
static void cmd_gc_json(const oci_collect_event_t *event);
static oci_status_e cmd_gc_pace(void *data, const oci_collected_t *sum);
static void cmd_gc_sum(const cmd_gc_t *options, const oci_collected_t *sum);
static void cmd_gc_sum_json(const oci_collected_t *sum, bool dry_run);


#define cmd_gc_at(member)  offsetof(cmd_gc_t, member)


static const cmd_flag_t  cmd_gc_flags[] = {
    { "dry-run", 0, CMD_BOOL, cmd_gc_at(dry_run), NULL,
      "only say what would be removed" },
    { "grace", 0, CMD_DURATION, cmd_gc_at(grace), "TIME",
      "keep what was written or needed within it (24h)" },
    { "json", 0, CMD_BOOL, cmd_gc_at(json), NULL,
      "a line of JSON for each thing that is removed, and a last one of sums" },
    { "no-progress", 0, CMD_BOOL, cmd_gc_at(no_progress), NULL,
      "no progress on the terminal" },
    { "quiet", 'q', CMD_BOOL, cmd_gc_at(quiet), NULL,
      "the sums alone" },
    { "root", 0, CMD_STRING, cmd_gc_at(root), "DIR",
      "the store: what registry_root names" },
    { "untagged", 'm', CMD_BOOL, cmd_gc_at(untagged), NULL,
      "also manifests that no tag leads to" },
    { "uploads", 0, CMD_DURATION, cmd_gc_at(uploads), "TIME",
      "remove uploads begun longer ago (168h; 0: none)" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_gc_sets[] = {
    { cmd_gc_flags, 0 },
    { NULL, 0 }
};

const cmd_verb_t  cmd_gc = {
    "gc", "", "Removes from a store what no image needs any more",
    "  tally gc --root /var/lib/registry --dry-run\n"
    "  tally gc --root /var/lib/registry --untagged --grace 72h\n",
    NULL, cmd_gc_sets, sizeof(cmd_gc_t), cmd_gc_defaults, cmd_gc_run
};


static void
cmd_gc_defaults(void *options)
{
    cmd_gc_t  *o = options;

    o->grace = CMD_GC_GRACE;
    o->uploads = CMD_GC_UPLOADS;
}


static int
cmd_gc_run(cmd_t *cmd)
{
    cmd_gc_t         *o = cmd->options;
    oci_store_t      *store;
    oci_status_e      rc;
    oci_collect_t     options;
    oci_collected_t   sum;
    cmd_gc_report_t   report;

    if (cmd->nargs != 0 || o->root == NULL) {
        return cmd_usage(cmd, (cmd->nargs != 0) ? "accepts no arguments"
                              : "which store? name it with --root");
    }

    memset(&options, 0, sizeof(oci_collect_t));
    memset(&report, 0, sizeof(cmd_gc_report_t));

    report.options = o;

    options.grace = o->grace * INT64_C(1000000);
    options.upload_age = (o->uploads + 999) / 1000;
    options.now = time(NULL);
    options.untagged = o->untagged;
    options.dry_run = o->dry_run;
    options.event = cmd_gc_event;
    options.pace = cmd_gc_pace;
    options.data = &report;

    rc = care_store_open(cmd, o->root, OCI_STORE_SYNC, &store);

    if (rc == OCI_OK && progress_open(o->quiet || o->no_progress)) {
        progress_begin("counting", PROGRESS_COUNT, 0);
        rc = care_measure(store, &report.size, NULL, NULL, &cmd->err);
        progress_begin("marking", PROGRESS_COUNT, report.size.manifests);
    }

    if (rc == OCI_OK) {
        rc = oci_collect(store, &options, &sum, &cmd->err);
    }

    progress_clear();

    if (rc != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    if (o->json) {
        cmd_gc_sum_json(&sum, o->dry_run);

    } else {
        cmd_gc_sum(o, &sum);
    }

    return (sum.problems != 0) ? CMD_GC_PROBLEMS : 0;
}


static void
cmd_gc_event(void *data, const oci_collect_event_t *event)
{
    cmd_gc_report_t  *report = data;

    progress_clear();

    if (report->options->json) {
        cmd_gc_json(event);

    } else if (!report->options->quiet
               || event->kind == OCI_COLLECT_PROBLEM)
    {
        cmd_gc_text(report, event);
    }
}


/* in the order of oci_collect_kind_e */

static const char  *const cmd_gc_kinds[] = {
    "blob", "manifest", "tag", "link", "repository", "problem"
};


static void
cmd_gc_text(const cmd_gc_report_t *report, const oci_collect_event_t *event)
{
    char   size[CMD_SIZE_LEN];
    FILE  *out;

    out = (event->kind == OCI_COLLECT_PROBLEM) ? stderr : stdout;

    fprintf(out, "%s ", (event->kind == OCI_COLLECT_PROBLEM) ? "kept:"
                        : report->options->dry_run ? "would remove"
                                                   : "removed");

    if (event->kind != OCI_COLLECT_PROBLEM) {
        fprintf(out, "%s ", cmd_gc_kinds[event->kind]);
    }

    if (event->repo.len != 0 && event->kind != OCI_COLLECT_REPO) {
        term_print(out, (char *) event->repo.data, event->repo.len);
        fprintf(out, (event->kind == OCI_COLLECT_TAG) ? ":" : "@");
    }

    term_print(out, (char *) event->name.data, event->name.len);

    if (event->kind == OCI_COLLECT_CONTENT) {
        fprintf(out, " (%s)", cmd_size(event->size, size));
    }

    fprintf(out, ": ");
    term_print(out, event->why, strlen(event->why));
    fprintf(out, "\n");
}


static void
cmd_gc_json(const oci_collect_event_t *event)
{
    char    *text;
    json_t  *line;

    line = json_pack("{ss ss% ss}", "kind", cmd_gc_kinds[event->kind],
                     (event->kind == OCI_COLLECT_TAG) ? "tag"
                     : (event->kind == OCI_COLLECT_REPO) ? "repository"
                                                         : "digest",
                     (char *) event->name.data, event->name.len, "why",
                     event->why);

    if (line != NULL && event->kind == OCI_COLLECT_CONTENT) {
        json_object_set_new(line, "size", json_integer((json_int_t)
                                                       event->size));
    }

    if (line != NULL && event->repo.len != 0) {
        json_object_set_new(line, "repository",
                            json_stringn((char *) event->repo.data,
                                         event->repo.len));
    }

    text = (line != NULL) ? json_dumps(line, JSON_COMPACT) : NULL;
    printf("%s\n", (text != NULL) ? text : "{\"kind\":\"problem\"}");

    free(text);
    json_decref(line);
}


static oci_status_e
cmd_gc_pace(void *data, const oci_collected_t *sum)
{
    cmd_gc_report_t  *report = data;

    if (sum->contents == 0) {
        progress_at(sum->manifests);
        return OCI_OK;
    }

    if (!report->sweeping) {
        report->sweeping = true;
        progress_begin("sweeping", PROGRESS_COUNT, report->size.blobs);
    }

    progress_at(sum->contents);

    return OCI_OK;
}


static void
cmd_gc_sum(const cmd_gc_t *options, const oci_collected_t *sum)
{
    char         size[CMD_SIZE_LEN];
    const char  *done;

    done = options->dry_run ? "would be removed" : "removed";

    printf("%llu repositories, %llu manifests in use, %llu blobs of %s\n",
           (unsigned long long) sum->repos,
           (unsigned long long) sum->manifests,
           (unsigned long long) sum->contents, cmd_size(sum->bytes, size));
    printf("%llu blobs %s: %s\n", (unsigned long long) sum->removed, done,
           cmd_size(sum->removed_bytes, size));
    printf("%llu manifests, %llu tags, %llu links, %llu repositories and %llu "
           "uploads %s\n", (unsigned long long) sum->removed_manifests,
           (unsigned long long) sum->removed_tags,
           (unsigned long long) sum->removed_layers,
           (unsigned long long) sum->removed_repos,
           (unsigned long long) sum->removed_uploads, done);

    if (sum->young != 0) {
        printf("%llu unused blobs are within the grace period\n",
               (unsigned long long) sum->young);
    }

    if (sum->problems != 0) {
        printf("%llu things could not be read: what they may need was kept "
               "(tally fsck tells more)\n",
               (unsigned long long) sum->problems);
    }
}


static void
cmd_gc_sum_json(const oci_collected_t *sum, bool dry_run)
{
    printf("{\"kind\":\"sum\",\"dry_run\":%s,\"repositories\":%llu,"
           "\"manifests\":%llu,\"blobs\":%llu,\"bytes\":%llu,\"young\":%llu,"
           "\"restored\":%llu,\"removed_blobs\":%llu,\"removed_bytes\":%llu,"
           "\"removed_manifests\":%llu,\"removed_tags\":%llu,"
           "\"removed_links\":%llu,\"removed_repositories\":%llu,"
           "\"removed_uploads\":%llu,\"problems\":%llu}\n",
           dry_run ? "true" : "false", (unsigned long long) sum->repos,
           (unsigned long long) sum->manifests,
           (unsigned long long) sum->contents,
           (unsigned long long) sum->bytes, (unsigned long long) sum->young,
           (unsigned long long) sum->restored,
           (unsigned long long) sum->removed,
           (unsigned long long) sum->removed_bytes,
           (unsigned long long) sum->removed_manifests,
           (unsigned long long) sum->removed_tags,
           (unsigned long long) sum->removed_layers,
           (unsigned long long) sum->removed_repos,
           (unsigned long long) sum->removed_uploads,
           (unsigned long long) sum->problems);
}
