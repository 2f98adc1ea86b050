/*
 * JSON reports in Trivy's schema 2, and cosign's vulnerability predicate
 * around one.
 */

#include "write.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>


static void oci_scan_emit_report(oci_scan_emit_t *e, const char *key,
    const oci_scan_report_t *report, const oci_scan_style_t *style);
static void json_metadata(oci_scan_emit_t *e,
    const oci_scan_report_t *report);
static void json_layers(oci_scan_emit_t *e, const oci_scan_report_t *report);
static void json_result(oci_scan_emit_t *e, const oci_scan_result_t *result,
    const oci_scan_style_t *style);
static void json_pkg(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg);
static void json_pkg_origin(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg);
static void json_build_info(oci_scan_emit_t *e,
    const oci_scan_build_info_t *info);
static void json_identifier(oci_scan_emit_t *e, const char *key,
    const oci_scan_pkg_t *pkg);
static void json_layer(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg);
static void json_finding(oci_scan_emit_t *e, const char *key,
    const oci_scan_finding_t *f);
static void json_source(oci_scan_emit_t *e, const oci_scan_finding_t *f);
static void json_record(oci_scan_emit_t *e, const oci_scan_finding_t *f);
static void json_strings(oci_scan_emit_t *e, const char *key,
    const json_t *list);
static void json_vendors(oci_scan_emit_t *e, const json_t *vendors);
static void json_scores(oci_scan_emit_t *e, const json_t *cvss);
static void json_score(oci_scan_emit_t *e, const char *name,
    const json_t *score);
static void json_hidden(oci_scan_emit_t *e, const oci_scan_hidden_t *hidden);
static size_t json_keys(const json_t *object, const char ***keys);
static int json_by_name(const void *one, const void *two);


oci_status_e
oci_scan_write_json(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    oci_scan_emit_t  e;

    (void) err;

    oci_scan_emit_init(&e, out);
    oci_scan_emit_report(&e, NULL, report, style);
    oci_buf_adds(out, "\n");

    return OCI_OK;
}


oci_status_e
oci_scan_write_cosign(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    char             now[40];
    oci_scan_emit_t  e;

    (void) err;

    oci_scan_time(now, &style->now, true);

    oci_scan_emit_init(&e, out);
    oci_scan_emit_object(&e, NULL);

    oci_scan_emit_object(&e, "invocation");
    oci_scan_emit_null(&e, "parameters");
    oci_scan_emit_text(&e, "uri", "");
    oci_scan_emit_text(&e, "event_id", "");
    oci_scan_emit_text(&e, "builder.id", "");
    oci_scan_emit_end(&e);

    oci_scan_emit_object(&e, "scanner");
    oci_scan_emit_strf(&e, "uri", "pkg:github/aquasecurity/trivy@%s",
                       style->version);
    oci_scan_emit_text(&e, "version", style->version);

    oci_scan_emit_object(&e, "db");
    oci_scan_emit_text(&e, "uri", "");
    oci_scan_emit_text(&e, "version", "");
    oci_scan_emit_end(&e);

    oci_scan_emit_report(&e, "result", report, style);
    oci_scan_emit_end(&e);

    oci_scan_emit_object(&e, "metadata");
    oci_scan_emit_text(&e, "scanStartedOn", now);
    oci_scan_emit_text(&e, "scanFinishedOn", now);
    oci_scan_emit_end(&e);

    oci_scan_emit_end(&e);

    return OCI_OK;
}


/* the whole report as a JSON object under key */

static void
oci_scan_emit_report(oci_scan_emit_t *e, const char *key,
    const oci_scan_report_t *report, const oci_scan_style_t *style)
{
    char                      when[40];
    size_t                    i;
    const oci_scan_result_t  *result;

    oci_scan_time(when, &report->created, true);

    oci_scan_emit_object(e, key);
    oci_scan_emit_int(e, "SchemaVersion", 2);

    oci_scan_emit_object(e, "Trivy");
    oci_scan_emit_text(e, "Version", style->version);
    oci_scan_emit_end(e);

    oci_scan_emit_text(e, "ReportID", report->report_id);
    oci_scan_emit_text(e, "CreatedAt", when);
    oci_scan_emit_opt(e, "ArtifactID", &report->artifact_id);
    oci_scan_emit_opt(e, "ArtifactName", &report->name);
    oci_scan_emit_text(e, "ArtifactType", report->type);
    json_metadata(e, report);

    if (report->results.nelts != 0) {
        oci_scan_emit_array(e, "Results");
        result = report->results.elts;

        for (i = 0; i < report->results.nelts; i++) {
            json_result(e, &result[i], style);
        }

        oci_scan_emit_end(e);
    }

    oci_scan_emit_end(e);
}


static void
json_metadata(oci_scan_emit_t *e, const oci_scan_report_t *report)
{
    size_t                   i;
    const oci_scan_layer_t  *layer;

    if (report->size == 0 && report->os.family.len == 0
        && report->image_id.len == 0 && report->config == NULL
        && report->layers.nelts == 0 && report->tags.nelts == 0
        && report->digests.nelts == 0 && report->reference.len == 0)
    {
        return;
    }

    oci_scan_emit_object(e, "Metadata");
    oci_scan_emit_opt_int(e, "Size", (int64_t) report->size);

    if (report->os.family.len != 0) {
        oci_scan_emit_object(e, "OS");
        oci_scan_emit_str(e, "Family", &report->os.family);
        oci_scan_emit_str(e, "Name", &report->os.name);

        if (report->eosl) {
            oci_scan_emit_bool(e, "EOSL", true);
        }

        oci_scan_emit_opt(e, "Supplier", &report->os.supplier);

        if (report->os.extended) {
            oci_scan_emit_bool(e, "extended", true);
        }

        oci_scan_emit_end(e);
    }

    oci_scan_emit_opt(e, "ImageID", &report->image_id);

    layer = report->layers.elts;

    if (report->layers.nelts != 0) {
        oci_scan_emit_array(e, "DiffIDs");

        for (i = 0; i < report->layers.nelts; i++) {
            oci_scan_emit_str(e, NULL, &layer[i].diff_id);
        }

        oci_scan_emit_end(e);
    }

    oci_scan_emit_strs(e, "RepoTags", report->tags.elts, report->tags.nelts);
    oci_scan_emit_strs(e, "RepoDigests", report->digests.elts,
                       report->digests.nelts);
    oci_scan_emit_opt(e, "Reference", &report->reference);

    if (report->config != NULL) {
        oci_scan_emit_config(e, "ImageConfig", report->config);
    }

    json_layers(e, report);
    oci_scan_emit_end(e);
}


static void
json_layers(oci_scan_emit_t *e, const oci_scan_report_t *report)
{
    size_t                   i;
    const oci_scan_layer_t  *layer;

    /* a bill of materials names the layers of its image, no more */

    if (report->layers.nelts == 0
        || strcmp(report->type, "container_image") != 0)
    {
        return;
    }

    layer = report->layers.elts;
    oci_scan_emit_array(e, "Layers");

    for (i = 0; i < report->layers.nelts; i++) {
        oci_scan_emit_object(e, NULL);
        oci_scan_emit_opt_int(e, "Size", (int64_t) layer[i].size);
        oci_scan_emit_opt(e, "Digest", &layer[i].digest);
        oci_scan_emit_opt(e, "DiffID", &layer[i].diff_id);
        oci_scan_emit_end(e);
    }

    oci_scan_emit_end(e);
}


static void
json_result(oci_scan_emit_t *e, const oci_scan_result_t *result,
    const oci_scan_style_t *style)
{
    size_t                     i;
    const oci_scan_pkg_t      *pkg;
    const oci_scan_hidden_t   *hidden;
    const oci_scan_finding_t  *finding;

    oci_scan_emit_object(e, NULL);
    oci_scan_emit_str(e, "Target", &result->target);
    oci_scan_emit_text(e, "Class", result->class);
    oci_scan_emit_opt(e, "Type", &result->type);

    if (style->packages && result->pkgs.nelts != 0) {
        pkg = result->pkgs.elts;
        oci_scan_emit_array(e, "Packages");

        for (i = 0; i < result->pkgs.nelts; i++) {
            json_pkg(e, &pkg[i]);
        }

        oci_scan_emit_end(e);
    }

    if (result->findings.nelts != 0) {
        finding = result->findings.elts;
        oci_scan_emit_array(e, "Vulnerabilities");

        for (i = 0; i < result->findings.nelts; i++) {
            json_finding(e, NULL, &finding[i]);
        }

        oci_scan_emit_end(e);
    }

    if (style->hidden && result->hidden.nelts != 0) {
        hidden = result->hidden.elts;
        oci_scan_emit_array(e, "ExperimentalModifiedFindings");

        for (i = 0; i < result->hidden.nelts; i++) {
            json_hidden(e, &hidden[i]);
        }

        oci_scan_emit_end(e);
    }

    oci_scan_emit_end(e);
}


static void
json_pkg(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg)
{
    oci_scan_emit_object(e, NULL);
    oci_scan_emit_opt(e, "ID", &pkg->id);
    oci_scan_emit_opt(e, "Name", &pkg->name);
    json_identifier(e, "Identifier", pkg);
    oci_scan_emit_opt(e, "Version", &pkg->version);
    oci_scan_emit_opt(e, "Release", &pkg->release);
    oci_scan_emit_opt_int(e, "Epoch", pkg->epoch);
    oci_scan_emit_opt(e, "Arch", &pkg->arch);

    if (pkg->dev) {
        oci_scan_emit_bool(e, "Dev", true);
    }

    oci_scan_emit_opt(e, "SrcName", &pkg->src_name);
    oci_scan_emit_opt(e, "SrcVersion", &pkg->src_version);
    oci_scan_emit_opt(e, "SrcRelease", &pkg->src_release);
    oci_scan_emit_opt_int(e, "SrcEpoch", pkg->src_epoch);
    oci_scan_emit_strs(e, "Licenses", pkg->licenses.elts,
                       pkg->licenses.nelts);
    oci_scan_emit_opt(e, "Maintainer", &pkg->maintainer);
    oci_scan_emit_opt(e, "Modularitylabel", &pkg->modularity);
    json_pkg_origin(e, pkg);

    oci_scan_emit_strs(e, "DependsOn", pkg->depends.elts, pkg->depends.nelts);
    json_layer(e, pkg);
    oci_scan_emit_opt(e, "FilePath", &pkg->file_path);
    oci_scan_emit_opt(e, "Digest", &pkg->digest);

    if (pkg->start_line != 0 || pkg->end_line != 0) {
        oci_scan_emit_array(e, "Locations");
        oci_scan_emit_object(e, NULL);
        oci_scan_emit_opt_int(e, "StartLine", pkg->start_line);
        oci_scan_emit_opt_int(e, "EndLine", pkg->end_line);
        oci_scan_emit_end(e);
        oci_scan_emit_end(e);
    }

    oci_scan_emit_strs(e, "InstalledFiles", pkg->files.elts,
                       pkg->files.nelts);

    if (pkg->analyzed_by != NULL) {
        oci_scan_emit_text(e, "AnalyzedBy", pkg->analyzed_by);
    }

    oci_scan_emit_end(e);
}


static void
json_pkg_origin(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg)
{
    static const char  *classes[] = { "", "official", "third-party" };
    static const char  *relations[] = { "unknown", "root", "workspace",
                                        "direct", "indirect" };

    if (pkg->build_info != NULL) {
        json_build_info(e, pkg->build_info);
    }

    if (pkg->repository != OCI_SCAN_REPO_UNKNOWN) {
        oci_scan_emit_object(e, "Repository");
        oci_scan_emit_text(e, "Class", classes[pkg->repository]);
        oci_scan_emit_end(e);
    }

    if (pkg->indirect) {
        oci_scan_emit_bool(e, "Indirect", true);
    }

    if (pkg->relationship != OCI_SCAN_REL_UNKNOWN) {
        oci_scan_emit_text(e, "Relationship", relations[pkg->relationship]);
    }
}


static void
json_build_info(oci_scan_emit_t *e, const oci_scan_build_info_t *info)
{
    oci_scan_emit_object(e, "BuildInfo");
    oci_scan_emit_strs(e, "ContentSets", info->content_sets.elts,
                       info->content_sets.nelts);
    oci_scan_emit_opt(e, "Nvr", &info->nvr);
    oci_scan_emit_opt(e, "Arch", &info->arch);
    oci_scan_emit_end(e);
}


static void
json_identifier(oci_scan_emit_t *e, const char *key,
    const oci_scan_pkg_t *pkg)
{
    oci_scan_emit_object(e, key);
    oci_scan_emit_opt(e, "PURL", &pkg->purl);
    oci_scan_emit_opt(e, "UID", &pkg->uid);
    oci_scan_emit_opt(e, "BOMRef", &pkg->bom_ref);
    oci_scan_emit_end(e);
}


static void
json_layer(oci_scan_emit_t *e, const oci_scan_pkg_t *pkg)
{
    if (pkg->layer_digest.len == 0 && pkg->layer_diff_id.len == 0) {
        return;
    }

    oci_scan_emit_object(e, "Layer");
    oci_scan_emit_opt(e, "Digest", &pkg->layer_digest);
    oci_scan_emit_opt(e, "DiffID", &pkg->layer_diff_id);
    oci_scan_emit_end(e);
}


static void
json_finding(oci_scan_emit_t *e, const char *key, const oci_scan_finding_t *f)
{
    oci_scan_emit_object(e, key);
    oci_scan_emit_opt(e, "VulnerabilityID", &f->id);
    oci_scan_emit_strs(e, "VendorIDs", f->vendor_ids.elts,
                       f->vendor_ids.nelts);
    oci_scan_emit_opt(e, "PkgID", &f->pkg->id);
    oci_scan_emit_opt(e, "PkgName", &f->pkg->name);
    oci_scan_emit_opt(e, "PkgPath", &f->pkg->file_path);
    json_identifier(e, "PkgIdentifier", f->pkg);
    oci_scan_emit_opt(e, "InstalledVersion", &f->installed);
    oci_scan_emit_opt(e, "FixedVersion", &f->fixed);

    if (f->status != OCI_SCAN_STATUS_UNKNOWN) {
        oci_scan_emit_text(e, "Status", oci_scan_status_name(f->status));
    }

    json_layer(e, f->pkg);
    oci_scan_emit_opt(e, "SeveritySource", &f->severity_source);
    oci_scan_emit_opt(e, "PrimaryURL", &f->url);
    json_source(e, f);
    oci_scan_emit_opt(e, "Fingerprint", &f->fingerprint);
    json_record(e, f);
    oci_scan_emit_end(e);
}


static void
json_source(oci_scan_emit_t *e, const oci_scan_finding_t *f)
{
    if (f->source_id.len == 0) {
        return;
    }

    oci_scan_emit_object(e, "DataSource");
    oci_scan_emit_opt(e, "ID", &f->source_id);
    oci_scan_emit_opt(e, "Name", &f->source_name);
    oci_scan_emit_opt(e, "URL", &f->source_url);
    oci_scan_emit_opt(e, "BaseID", &f->source_base);
    oci_scan_emit_end(e);
}


static void
json_record(oci_scan_emit_t *e, const oci_scan_finding_t *f)
{
    oci_str_t  text;

    text = oci_scan_detail(f, "Title");
    oci_scan_emit_opt(e, "Title", &text);
    text = oci_scan_detail(f, "Description");
    oci_scan_emit_opt(e, "Description", &text);

    oci_scan_emit_text(e, "Severity", oci_scan_severity_name(f->severity));

    json_strings(e, "CweIDs", json_object_get(f->record, "CweIDs"));
    json_vendors(e, json_object_get(f->record, "VendorSeverity"));
    json_scores(e, json_object_get(f->record, "CVSS"));
    json_strings(e, "References", json_object_get(f->record, "References"));

    text = oci_scan_detail(f, "PublishedDate");
    oci_scan_emit_opt(e, "PublishedDate", &text);
    text = oci_scan_detail(f, "LastModifiedDate");
    oci_scan_emit_opt(e, "LastModifiedDate", &text);
}


static void
json_strings(oci_scan_emit_t *e, const char *key, const json_t *list)
{
    if (json_array_size(list) != 0) {
        oci_scan_emit_json(e, key, list);
    }
}


static void
json_vendors(oci_scan_emit_t *e, const json_t *vendors)
{
    size_t        i, n;
    const char  **keys;

    n = json_keys(vendors, &keys);
    if (n == 0) {
        return;
    }

    oci_scan_emit_object(e, "VendorSeverity");

    for (i = 0; i < n; i++) {
        oci_scan_emit_int(e, keys[i],
               (int64_t) json_number_value(json_object_get(vendors, keys[i])));
    }

    oci_scan_emit_end(e);
    free(keys);
}


static void
json_scores(oci_scan_emit_t *e, const json_t *cvss)
{
    size_t        i, n;
    const char  **keys;

    n = json_keys(cvss, &keys);
    if (n == 0) {
        return;
    }

    oci_scan_emit_object(e, "CVSS");

    for (i = 0; i < n; i++) {
        json_score(e, keys[i], json_object_get(cvss, keys[i]));
    }

    oci_scan_emit_end(e);
    free(keys);
}


static void
json_score(oci_scan_emit_t *e, const char *name, const json_t *score)
{
    size_t              i;
    json_t             *value;
    static const char  *vectors[] = { "V2Vector", "V3Vector", "V40Vector" };
    static const char  *scores[] = { "V2Score", "V3Score", "V40Score" };

    oci_scan_emit_object(e, name);

    for (i = 0; i < 3; i++) {
        value = json_object_get(score, vectors[i]);
        if (json_string_length(value) != 0) {
            oci_scan_emit_json(e, vectors[i], value);
        }
    }

    for (i = 0; i < 3; i++) {
        oci_scan_emit_opt_real(e, scores[i],
                        json_number_value(json_object_get(score, scores[i])));
    }

    oci_scan_emit_end(e);
}


static void
json_hidden(oci_scan_emit_t *e, const oci_scan_hidden_t *hidden)
{
    oci_scan_emit_object(e, NULL);
    oci_scan_emit_text(e, "Type", "vulnerability");
    oci_scan_emit_text(e, "Status", hidden->status);
    oci_scan_emit_str(e, "Statement", &hidden->statement);
    oci_scan_emit_str(e, "Source", &hidden->source);
    json_finding(e, "Finding", &hidden->finding);
    oci_scan_emit_end(e);
}


/* the keys of an object in Go's order; the caller frees keys unless 0 */

static size_t
json_keys(const json_t *object, const char ***keys)
{
    size_t       n;
    json_t      *value;
    const char  *key;

    n = json_object_size(object);
    if (n == 0) {
        return 0;
    }

    *keys = calloc(n, sizeof(char *));
    if (*keys == NULL) {
        return 0;
    }

    n = 0;

    json_object_foreach((json_t *) object, key, value) {
        (*keys)[n++] = key;
    }

    qsort(*keys, n, sizeof(char *), json_by_name);

    return n;
}


static int
json_by_name(const void *one, const void *two)
{
    return strcmp(*(const char *const *) one, *(const char *const *) two);
}
