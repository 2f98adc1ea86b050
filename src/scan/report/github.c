/*
 * Reports as snapshots for GitHub's dependency graph.
 *
 * Source: GitHub's REST API, "Dependency submission".
 */

#include "write.h"
#include "text.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>


static void github_metadata(emit_t *e, const oci_scan_report_t *report);
static oci_str_t github_join(const oci_array_t *list, oci_buf_t *b);
static oci_status_e github_manifests(emit_t *e,
    const oci_scan_report_t *report);
static int github_by_target(const void *one, const void *two);
static oci_status_e github_manifest(emit_t *e,
    const oci_scan_report_t *report, const oci_scan_result_t *result);
static void github_file(emit_t *e, const oci_scan_report_t *report,
    const oci_scan_result_t *result);
static int github_by_name(const void *one, const void *two);
static void github_package(emit_t *e,
    const oci_scan_result_t *result, const oci_scan_pkg_t *pkg);
static void github_url(emit_t *e, const oci_scan_result_t *result,
    const oci_scan_pkg_t *pkg);


oci_status_e
write_github(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t              i;
    char                when[40];
    const char         *value[5];
    oci_status_e        rc;
    emit_t              e;
    static const char  *names[] = { "GITHUB_REF", "GITHUB_SHA",
                                    "GITHUB_WORKFLOW", "GITHUB_JOB",
                                    "GITHUB_RUN_ID" };

    for (i = 0; i < 5; i++) {
        value[i] = style->env != NULL ? style->env(names[i]) : NULL;
        value[i] = value[i] != NULL ? value[i] : "";
    }

    text_time(when, &style->now, false);

    emit_init(&e, out);
    emit_object(&e, NULL);
    emit_int(&e, "version", 0);

    emit_object(&e, "detector");
    emit_text(&e, "name", "trivy");
    emit_text(&e, "version", style->version);
    emit_text(&e, "url", "https://github.com/aquasecurity/trivy");
    emit_end(&e);

    github_metadata(&e, report);

    if (*value[0] != '\0') {
        emit_text(&e, "ref", value[0]);
    }

    if (*value[1] != '\0') {
        emit_text(&e, "sha", value[1]);
    }

    emit_object(&e, "job");
    emit_strf(&e, "correlator", "%s_%s", value[2], value[3]);

    if (*value[4] != '\0') {
        emit_text(&e, "id", value[4]);
    }

    emit_end(&e);
    emit_text(&e, "scanned", when);

    rc = github_manifests(&e, report);
    emit_end(&e);

    return rc == OCI_OK ? rc : oci_error(err, rc, 0, "out of memory");
}


static void
github_metadata(emit_t *e, const oci_scan_report_t *report)
{
    oci_buf_t  b;
    oci_str_t  s;

    if (report->tags.nelts == 0 && report->digests.nelts == 0) {
        return;
    }

    emit_object(e, "metadata");

    if (report->digests.nelts != 0) {
        s = github_join(&report->digests, &b);
        emit_str(e, "aquasecurity:trivy:RepoDigest", &s);
        oci_buf_free(&b);
    }

    if (report->tags.nelts != 0) {
        s = github_join(&report->tags, &b);
        emit_str(e, "aquasecurity:trivy:RepoTag", &s);
        oci_buf_free(&b);
    }

    emit_end(e);
}


/* the caller frees b, in which the result lies */

static oci_str_t
github_join(const oci_array_t *list, oci_buf_t *b)
{
    size_t            i;
    oci_str_t         s;
    const oci_str_t  *part;

    memset(b, 0, sizeof(oci_buf_t));
    part = list->elts;

    for (i = 0; i < list->nelts; i++) {
        if (i != 0) {
            oci_buf_adds(b, ", ");
        }

        oci_buf_add(b, part[i].data, part[i].len);
    }

    s.data = b->data != NULL ? b->data : (u_char *) "";
    s.len = b->len;

    return s;
}


/* a map by target, so of equal targets the last stays */

static oci_status_e
github_manifests(emit_t *e, const oci_scan_report_t *report)
{
    size_t                     i, n;
    oci_status_e               rc;
    const oci_scan_result_t   *result, **sorted;

    n = 0;
    rc = OCI_OK;
    result = report->results.elts;

    sorted = calloc(report->results.nelts + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return OCI_NOMEM;
    }

    for (i = 0; i < report->results.nelts; i++) {
        if (result[i].pkgs.nelts != 0) {
            sorted[n++] = &result[i];
        }
    }

    qsort(sorted, n, sizeof(*sorted), github_by_target);

    if (n != 0) {
        emit_object(e, "manifests");

        for (i = 0; rc == OCI_OK && i < n; i++) {
            if (i + 1 == n || !oci_str_eq(&sorted[i]->target,
                                          &sorted[i + 1]->target))
            {
                rc = github_manifest(e, report, sorted[i]);
            }
        }

        emit_end(e);
    }

    free(sorted);

    return rc;
}


static int
github_by_target(const void *one, const void *two)
{
    int                       rc;
    const oci_scan_result_t  *a, *b;

    a = *(const oci_scan_result_t *const *) one;
    b = *(const oci_scan_result_t *const *) two;
    rc = oci_str_cmp(&a->target, &b->target);

    return rc != 0 ? rc : (a > b) - (a < b);
}


static oci_status_e
github_manifest(emit_t *e, const oci_scan_report_t *report,
    const oci_scan_result_t *result)
{
    size_t                  i, n;
    oci_buf_t               key;
    const oci_scan_pkg_t   *pkg, **sorted;

    memset(&key, 0, sizeof(key));
    n = result->pkgs.nelts;
    pkg = result->pkgs.elts;

    sorted = calloc(n, sizeof(*sorted));
    oci_buf_add(&key, result->target.data, result->target.len);

    if (sorted == NULL || key.failed) {
        free(sorted);
        return OCI_NOMEM;
    }

    for (i = 0; i < n; i++) {
        sorted[i] = &pkg[i];
    }

    qsort(sorted, n, sizeof(*sorted), github_by_name);

    emit_object(e, key.data == NULL ? "" : (char *) key.data);
    emit_opt(e, "name", &result->type);
    github_file(e, report, result);

    emit_object(e, "resolved");

    for (i = 0; i < n; i++) {
        if (i + 1 == n || !oci_str_eq(&sorted[i]->name,
                                      &sorted[i + 1]->name))
        {
            github_package(e, result, sorted[i]);
        }
    }

    emit_end(e);
    emit_end(e);

    oci_buf_free(&key);
    free(sorted);

    return OCI_OK;
}


static void
github_file(emit_t *e, const oci_scan_report_t *report,
    const oci_scan_result_t *result)
{
    u_char     *at;
    oci_buf_t   b, digests;
    oci_str_t   s, d;

    if (strcmp(result->class, "lang-pkgs") != 0) {
        return;
    }

    emit_object(e, "file");

    if (strcmp(report->type, "container_image") != 0) {
        emit_opt(e, "source_location", &result->target);

    } else {
        (void) github_join(&report->tags, &b);
        d = github_join(&report->digests, &digests);

        at = d.len == 0 ? NULL : memchr(d.data, '@', d.len);
        if (at != NULL) {
            oci_buf_add(&b, at, d.len - (size_t) (at - d.data));
        }

        s.data = b.data != NULL ? b.data : (u_char *) "";
        s.len = b.len;
        emit_opt(e, "source_location", &s);

        oci_buf_free(&digests);
        oci_buf_free(&b);
    }

    emit_end(e);
}


static int
github_by_name(const void *one, const void *two)
{
    int                    rc;
    const oci_scan_pkg_t  *a, *b;

    a = *(const oci_scan_pkg_t *const *) one;
    b = *(const oci_scan_pkg_t *const *) two;
    rc = oci_str_cmp(&a->name, &b->name);

    return rc != 0 ? rc : (a > b) - (a < b);
}


static void
github_package(emit_t *e, const oci_scan_result_t *result,
    const oci_scan_pkg_t *pkg)
{
    oci_buf_t  key;

    memset(&key, 0, sizeof(key));
    oci_buf_add(&key, pkg->name.data, pkg->name.len);

    emit_object(e, key.data == NULL ? "" : (char *) key.data);
    github_url(e, result, pkg);
    emit_text(e, "relationship",
              pkg->relationship == OCI_SCAN_REL_INDIRECT
              ? "indirect" : "direct");
    emit_strs(e, "dependencies", pkg->depends.elts,
              pkg->depends.nelts);
    emit_text(e, "scope", "runtime");

    if (pkg->file_path.len != 0) {
        emit_object(e, "metadata");
        emit_str(e, "source_location", &pkg->file_path);
        emit_end(e);
    }

    emit_end(e);
    oci_buf_free(&key);
}


/* a language's package has no qualifiers but these, whatever an SBOM says */

static void
github_url(emit_t *e, const oci_scan_result_t *result,
    const oci_scan_pkg_t *pkg)
{
    u_char     *query;
    oci_buf_t   b;
    oci_str_t   url, rest, part;

    url = pkg->purl;
    query = url.len == 0 ? NULL : memchr(url.data, '?', url.len);

    if (query == NULL || strcmp(result->class, "lang-pkgs") != 0) {
        emit_opt(e, "package_url", &url);
        return;
    }

    memset(&b, 0, sizeof(b));
    oci_buf_add(&b, url.data, (size_t) (query - url.data));

    rest.data = query + 1;
    rest.len = url.len - (size_t) (rest.data - url.data);
    query = (u_char *) "?";

    while (oci_scan_text_split(&rest, '&', &part)) {
        if (oci_str_prefix(&part, "arch=") || oci_str_prefix(&part, "epoch=")
            || oci_str_prefix(&part, "uuid="))
        {
            oci_buf_adds(&b, (char *) query);
            oci_buf_add(&b, part.data, part.len);
            query = (u_char *) "&";
        }
    }

    url.data = b.data;
    url.len = b.len;
    emit_opt(e, "package_url", &url);
    oci_buf_free(&b);
}
