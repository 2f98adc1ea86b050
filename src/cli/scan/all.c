/*
 * tally scan --all: every image of a store, each manifest once.
 */

#include "scan/all.h"
#include "scan/attach.h"
#include "scan/db.h"
#include "scan/report.h"
#include "scan/write.h"
#include "command/deadline.h"
#include "command/progress.h"
#include "command/term.h"

#include "oci_json.h"
#include "oci_scan_image.h"
#include "base/map.h"
#include "oci_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define ALL_PAGE          1000
#define ALL_MANIFEST_MAX  (16u << 20)
#define ALL_NESTED        4
#define ALL_PLATFORM      14


typedef struct {
    oci_reference_t   ref;
    char             *name;         /* "repository:tag" */
    const char       *platform;     /* as an index has it, or NULL */
} all_image_t;


typedef struct {
    scan_t           *s;
    oci_store_t      *store;
    oci_array_t       images;       /* of all_image_t */
    oci_scan_map_t    seen;         /* digests of manifests */
    scan_out_t        out;
    size_t            width;        /* of the longest name */
    size_t            failed;
    size_t            gone;         /* deleted meanwhile */
    size_t            other;        /* what is no image */
    size_t            left_out;     /* files */
    size_t            findings;
    bool              json;
    bool              written;      /* the first report */
} all_t;


static oci_status_e all_list(all_t *a);
static oci_status_e all_repository(all_t *a, const oci_str_t *repo);
static oci_status_e all_tag(all_t *a, const oci_str_t *repo,
    const oci_str_t *tag);
static oci_status_e all_manifest(all_t *a, const oci_str_t *repo,
    const oci_str_t *tag, const oci_digest_t *digest, const char *platform,
    unsigned depth);
static oci_status_e all_index(all_t *a, const oci_str_t *repo,
    const oci_str_t *tag, const json_t *index, unsigned depth);
static const char *all_platform(const all_t *a, const json_t *desc);
static bool all_wanted(const all_t *a, const char *platform);
static oci_status_e all_add(all_t *a, const oci_str_t *repo,
    const oci_str_t *tag, const oci_digest_t *digest, const char *platform);
static bool all_is_attached(const oci_str_t *tag);
static oci_status_e all_write(all_t *a);
static void all_scan(all_t *a, const all_image_t *image);
static bool all_gone(const all_t *a, oci_pool_t *pool,
    const all_image_t *image);
static const char *all_platform_of(const all_image_t *image,
    const oci_scan_report_t *report);
static void all_line(all_t *a, const all_image_t *image,
    const oci_scan_report_t *report);


int
scan_all(scan_t *s)
{
    all_t  a;

    memset(&a, 0, sizeof(a));
    a.s = s;
    a.json = strcmp(s->o->output.format, "json") == 0;

    /* Trivy's limit is of one image */

    if (s->cmd->global->timeout == 0) {
        deadline_set(0);
    }

    if (s->o->source.root == NULL) {
        return scan_fatal(s, "--all needs a store: --root DIR");
    }

    if (!a.json && strcmp(s->o->output.format, "table") != 0) {
        return scan_fatal(s, "--all writes table or json, not \"%s\"",
                          s->o->output.format);
    }

    if (!s->no_vulns && scan_db_ready(s) != OCI_OK) {
        return scan_fatal(s, "DB error");
    }

    if (all_list(&a) != OCI_OK) {
        return scan_fatal(s, "store error");
    }

    if (all_write(&a) != OCI_OK) {
        return scan_fatal(s, "report error");
    }

    scan_log(s, SCAN_INFO, "Images\tscanned=%zu failed=%zu not_images=%zu "
             "files_left_out=%zu findings=%zu",
             a.images.nelts - a.failed - a.gone, a.failed, a.other,
             a.left_out, a.findings);

    return (a.failed != 0) ? 1
           : (a.findings != 0) ? (int) s->o->output.exit_code : 0;
}


static oci_status_e
all_write(all_t *a)
{
    size_t        i;
    all_image_t  *image;

    if (scan_open(a->s, &a->out) != OCI_OK) {
        return a->s->err.status;
    }

    /* the line of progress is on the same terminal */

    if (term_colours(stdout)) {
        a->out.buf.drain = NULL;
    }

    if (a->json) {
        oci_buf_adds(&a->out.buf, "[");

    } else {
        oci_buf_addf(&a->out.buf, "%-*s  %-*s  %-24s %8s %5s %6s %4s %7s "
                     "%8s\n", (int) a->width, "IMAGE", ALL_PLATFORM,
                     "PLATFORM", "OS", "CRITICAL", "HIGH", "MEDIUM", "LOW",
                     "UNKNOWN", "FIXABLE");
    }

    image = a->images.elts;
    progress_begin("", PROGRESS_COUNT, a->images.nelts);

    for (i = 0; i < a->images.nelts; i++) {
        progress_name((u_char *) image[i].name, strlen(image[i].name));
        progress_at(i);
        all_scan(a, &image[i]);
    }

    progress_clear();

    if (a->json) {
        oci_buf_adds(&a->out.buf, "]\n");
    }

    return scan_close(a->s, &a->out, OCI_OK);
}


static oci_status_e
all_list(all_t *a)
{
    bool           more;
    size_t         i;
    oci_str_t      last, *name;
    oci_array_t    page;
    oci_status_e   rc;

    oci_array_init(&a->images, a->s->pool, sizeof(all_image_t));
    oci_scan_map_init(&a->seen, a->s->pool);
    memset(&last, 0, sizeof(last));
    a->width = sizeof("IMAGE") - 1;

    rc = oci_store_open(&a->store, a->s->pool, a->s->o->source.root,
                        OCI_STORE_SYNC, &a->s->err);

    for (more = true; rc == OCI_OK && more; /* void */ ) {
        oci_array_init(&page, a->s->pool, sizeof(oci_str_t));

        rc = oci_store_catalog(a->store, a->s->pool, &last, ALL_PAGE, &page,
                               &more, &a->s->err);
        name = page.elts;

        for (i = 0; rc == OCI_OK && i < page.nelts; i++) {
            rc = all_repository(a, &name[i]);
            last = name[i];
        }
    }

    return rc;
}


static oci_status_e
all_repository(all_t *a, const oci_str_t *repo)
{
    bool           more;
    size_t         i;
    oci_str_t      last, *tag;
    oci_array_t    page;
    oci_status_e   rc;

    memset(&last, 0, sizeof(last));
    rc = OCI_OK;

    for (more = true; rc == OCI_OK && more; /* void */ ) {
        oci_array_init(&page, a->s->pool, sizeof(oci_str_t));

        rc = oci_store_tags(oci_repo(a->store, a->s->pool, repo), &last,
                            ALL_PAGE, &page, &more, &a->s->err);
        tag = page.elts;

        for (i = 0; rc == OCI_OK && i < page.nelts; i++) {
            rc = all_tag(a, repo, &tag[i]);
            last = tag[i];
        }
    }

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


static oci_status_e
all_tag(all_t *a, const oci_str_t *repo, const oci_str_t *tag)
{
    oci_error_t    none;
    oci_digest_t   digest;

    if (all_is_attached(tag)
        || oci_store_tag(oci_repo(a->store, a->s->pool, repo), tag, &digest,
                         &none)
           != OCI_OK)
    {
        return OCI_OK;
    }

    return all_manifest(a, repo, tag, &digest, NULL, 0);
}


/* skips no image for a read error: the scan reports it */

static oci_status_e
all_manifest(all_t *a, const oci_str_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest, const char *platform, unsigned depth)
{
    json_t        *doc;
    oci_str_t      text, key;
    oci_error_t    none;
    oci_status_e   rc;

    key = oci_digest_str(digest);
    key = oci_str_dup(a->s->pool, key.data, key.len);

    if (oci_scan_map_get(&a->seen, &key) != NULL) {
        return OCI_OK;
    }

    if (!oci_scan_map_set(&a->seen, &key, a)) {
        return oci_error(&a->s->err, OCI_NOMEM, 0, "out of memory");
    }

    doc = (oci_store_manifest(oci_repo(a->store, a->s->pool, repo), digest,
                              ALL_MANIFEST_MAX, &text, &none) == OCI_OK)
          ? oci_scan_image_json(&text, &none) : NULL;

    if (json_is_array(json_object_get(doc, "manifests"))) {
        rc = all_index(a, repo, tag, doc, depth);

    } else if (doc != NULL
               && (!oci_scan_image_is(doc)
                   || json_object_get(doc, "artifactType") != NULL))
    {
        a->other++;
        rc = OCI_OK;

    } else {
        rc = all_add(a, repo, tag, digest, platform);
    }

    json_decref(doc);
    return rc;
}


/* every platform of it; what belongs to an image of it has none */

static oci_status_e
all_index(all_t *a, const oci_str_t *repo, const oci_str_t *tag,
    const json_t *index, unsigned depth)
{
    size_t         i;
    json_t        *desc;
    oci_str_t      text;
    const char    *platform;
    oci_digest_t   digest;
    oci_status_e   rc;

    rc = OCI_OK;

    json_array_foreach(json_object_get(index, "manifests"), i, desc) {

        text = oci_json_str(desc, "digest");
        platform = all_platform(a, desc);

        if (rc != OCI_OK || depth == ALL_NESTED
            || oci_digest_parse(&digest, &text) != OCI_OK
            || !all_wanted(a, platform))
        {
            continue;
        }

        rc = all_manifest(a, repo, tag, &digest, platform, depth + 1);
    }

    return rc;
}


static const char *
all_platform(const all_t *a, const json_t *desc)
{
    oci_str_t      os, arch, variant;
    const json_t  *platform;

    platform = json_object_get(desc, "platform");
    os = oci_json_str(platform, "os");
    arch = oci_json_str(platform, "architecture");
    variant = oci_json_str(platform, "variant");

    return (os.len == 0) ? NULL
           : (char *) oci_strf(a->s->pool, "%.*s/%.*s%s%.*s", (int) os.len,
                               os.data, (int) arch.len, arch.data,
                               variant.len ? "/" : "", (int) variant.len,
                               variant.data).data;
}


/* of the platform that --platform names, if it does */

static bool
all_wanted(const all_t *a, const char *platform)
{
    size_t       n;
    const char  *wish;

    wish = a->s->o->platform;

    if (platform == NULL || strncmp(platform, "unknown/", 8) == 0) {
        return platform == NULL;
    }

    n = (wish != NULL) ? strlen(wish) : 0;

    return wish == NULL
           || (strncmp(platform, wish, n) == 0
               && (platform[n] == '\0' || platform[n] == '/'));
}


static oci_status_e
all_add(all_t *a, const oci_str_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest, const char *platform)
{
    size_t         width;
    all_image_t   *image;

    image = oci_array_push(&a->images);
    if (image == NULL) {
        return oci_error(&a->s->err, OCI_NOMEM, 0, "out of memory");
    }

    memset(image, 0, sizeof(all_image_t));
    image->ref.host = oci_str("localhost");
    image->ref.repo = *repo;
    image->ref.tag = *tag;
    image->ref.digest = *digest;
    image->platform = platform;
    image->name = (char *) oci_strf(a->s->pool, "%.*s:%.*s", (int) repo->len,
                                    repo->data, (int) tag->len,
                                    tag->data).data;

    width = repo->len + 1 + tag->len;
    a->width = (width > a->width) ? width : a->width;

    return OCI_OK;
}


/* sha256-<hex>, with .sig and the like: what belongs to another image */

static bool
all_is_attached(const oci_str_t *tag)
{
    return tag->len >= 71 && oci_str_prefix(tag, "sha256-");
}


/* an image has a pool of its own: a thousand of them need no more */

static void
all_scan(all_t *a, const all_image_t *image)
{
    scan_t               s;
    size_t               fixable, count[OCI_SCAN_SEVERITIES];
    oci_status_e         rc;
    scan_options_t       quiet;
    scan_attached_t      made = { .legacy = true };
    oci_scan_report_t   *report;

    s = *a->s;
    quiet = *a->s->o;
    quiet.log.quiet = true;
    s.o = &quiet;
    s.pool = oci_pool_create();

    if (s.pool == NULL) {
        a->failed++;
        return;
    }

    rc = scan_report(&s, scan_read_image, image->name, &image->ref, &report);

    if (rc == OCI_OK && s.o->attach.report) {
        rc = scan_attach(&s, image->name, &image->ref, report, &made);
    }

    if (rc == OCI_OK && a->json) {
        oci_buf_adds(&a->out.buf, a->written ? ",\n" : "\n");
        a->written = true;
        rc = scan_render(&s, report, "json", &a->out.buf);

    } else if (rc == OCI_OK) {
        all_line(a, image, report);
    }

    if (rc == OCI_OK) {
        a->findings += oci_scan_report_count(report, count, &fixable);
        a->left_out += report->left_out;

        if (report->left_out != 0) {
            scan_log(a->s, SCAN_WARN, "%s: %zu files could not be read and "
                     "were left out", image->name, report->left_out);
        }

    } else if (all_gone(a, s.pool, image)) {
        a->gone++;
        scan_log(a->s, SCAN_DEBUG, "%s: deleted meanwhile", image->name);

    } else {
        a->failed++;
        scan_log(a->s, SCAN_ERROR, "%s%s%s%s: %s", image->name,
                 image->platform ? " (" : "",
                 image->platform ? image->platform : "",
                 image->platform ? ")" : "", s.err.text);
    }

    oci_pool_destroy(s.pool);
}


/* deleted since it was listed: no error of whoever scans */

static bool
all_gone(const all_t *a, oci_pool_t *pool, const all_image_t *image)
{
    oci_digest_t  digest;

    return oci_store_tag(oci_repo(a->store, pool, &image->ref.repo),
                         &image->ref.tag, &digest, NULL) == OCI_NOT_FOUND;
}


/* what the index says, else the image itself */

static const char *
all_platform_of(const all_image_t *image, const oci_scan_report_t *report)
{
    oci_str_t    os, arch, text;

    if (image->platform != NULL) {
        return image->platform;
    }

    os = oci_json_str(report->config, "os");
    arch = oci_json_str(report->config, "architecture");
    text = oci_strf(report->pool, "%.*s/%.*s", (int) os.len, os.data,
                    (int) arch.len, arch.data);

    return (os.len != 0 && text.data != NULL) ? (char *) text.data : "-";
}


static void
all_line(all_t *a, const all_image_t *image, const oci_scan_report_t *report)
{
    size_t     fixable, n[OCI_SCAN_SEVERITIES];
    oci_str_t  os;

    (void) oci_scan_report_count(report, n, &fixable);

    os = (report->results.nelts == 0) ? oci_str("(nothing scanned)")
         : (report->os.family.len == 0) ? oci_str("-")
         : oci_strf(report->pool, "%.*s %.*s%s",
                    (int) report->os.family.len, report->os.family.data,
                    (int) report->os.name.len, report->os.name.data,
                    report->eosl ? " (EOL)" : "");

    oci_buf_addf(&a->out.buf, "%-*s  %-*s  %-24s %8zu %5zu %6zu %4zu %7zu "
                 "%8zu\n", (int) a->width, image->name, ALL_PLATFORM,
                 all_platform_of(image, report), (char *) os.data,
                 n[OCI_SCAN_CRITICAL], n[OCI_SCAN_HIGH], n[OCI_SCAN_MEDIUM],
                 n[OCI_SCAN_LOW], n[OCI_SCAN_UNKNOWN], fixable);
}
