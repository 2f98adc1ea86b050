/*
 * JSON reports in Trivy's schema 2, and cosign's vulnerability predicate
 * around one.
 */

#include "secret.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>


static void json_report(emit_t *e, const char *key,
    const oci_scan_report_t *report, const oci_scan_style_t *style);
static void json_metadata(emit_t *e, const oci_scan_report_t *report);
static void json_layers(emit_t *e, const oci_scan_report_t *report);
static void json_result(emit_t *e, const oci_scan_result_t *result,
    const oci_scan_style_t *style);
static void json_pkg(emit_t *e, const oci_scan_pkg_t *pkg);
static void json_spans(emit_t *e, const oci_scan_pkg_t *pkg);
static void json_pkg_origin(emit_t *e, const oci_scan_pkg_t *pkg);
static void json_build_info(emit_t *e, const oci_scan_build_info_t *info);
static void json_identifier(emit_t *e, const char *key,
    const oci_scan_pkg_t *pkg);
static void json_layer(emit_t *e, const oci_scan_pkg_t *pkg);
static void json_finding(emit_t *e, const char *key,
    const oci_scan_finding_t *f);
static void json_source(emit_t *e, const oci_scan_finding_t *f);
static void json_record(emit_t *e, const oci_scan_finding_t *f);
static void json_strings(emit_t *e, const char *key, const json_t *list);
static void json_vendors(emit_t *e, const json_t *vendors);
static void json_scores(emit_t *e, const json_t *cvss);
static void json_score(emit_t *e, const char *name, const json_t *score);
static void json_hidden(emit_t *e, const oci_scan_hidden_t *hidden);
static size_t json_keys(const json_t *object, const char ***keys);
static int json_by_name(const void *one, const void *two);


oci_status_e
write_json(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    emit_t  e;

    (void) err;

    emit_init(&e, out);
    json_report(&e, NULL, report, style);
    oci_buf_adds(out, "\n");

    return OCI_OK;
}


oci_status_e
write_cosign(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    char    now[40];
    emit_t  e;

    (void) err;

    text_time(now, &style->now, true);

    emit_init(&e, out);
    emit_object(&e, NULL);

    emit_object(&e, "invocation");
    emit_null(&e, "parameters");
    emit_text(&e, "uri", "");
    emit_text(&e, "event_id", "");
    emit_text(&e, "builder.id", "");
    emit_end(&e);

    emit_object(&e, "scanner");
    emit_strf(&e, "uri", "pkg:github/aquasecurity/trivy@%s",
              style->version);
    emit_text(&e, "version", style->version);

    emit_object(&e, "db");
    emit_text(&e, "uri", "");
    emit_text(&e, "version", "");
    emit_end(&e);

    json_report(&e, "result", report, style);
    emit_end(&e);

    emit_object(&e, "metadata");
    emit_text(&e, "scanStartedOn", now);
    emit_text(&e, "scanFinishedOn", now);
    emit_end(&e);

    emit_end(&e);

    return OCI_OK;
}


/* the whole report as a JSON object under key */

static void
json_report(emit_t *e, const char *key,
    const oci_scan_report_t *report, const oci_scan_style_t *style)
{
    char                      when[40];
    size_t                    i;
    const oci_scan_result_t  *result;

    text_time(when, &report->created, true);

    emit_object(e, key);
    emit_int(e, "SchemaVersion", 2);

    emit_object(e, "Trivy");
    emit_text(e, "Version", style->version);
    emit_end(e);

    emit_text(e, "ReportID", report->report_id);
    emit_text(e, "CreatedAt", when);
    emit_opt(e, "ArtifactID", &report->artifact_id);
    emit_opt(e, "ArtifactName", &report->name);
    emit_text(e, "ArtifactType", report->type);
    json_metadata(e, report);

    if (report->results.nelts != 0) {
        emit_array(e, "Results");
        result = report->results.elts;

        for (i = 0; i < report->results.nelts; i++) {
            json_result(e, &result[i], style);
        }

        emit_end(e);
    }

    emit_end(e);
}


static void
json_metadata(emit_t *e, const oci_scan_report_t *report)
{
    size_t                          i;
    const oci_scan_report_layer_t  *layer;

    if (report->size == 0 && report->os.family.len == 0
        && report->image_id.len == 0 && report->config == NULL
        && report->layers.nelts == 0 && report->tags.nelts == 0
        && report->digests.nelts == 0 && report->reference.len == 0)
    {
        return;
    }

    emit_object(e, "Metadata");
    emit_opt_int(e, "Size", (int64_t) report->size);

    if (report->os.family.len != 0) {
        emit_object(e, "OS");
        emit_str(e, "Family", &report->os.family);
        emit_str(e, "Name", &report->os.name);

        if (report->eosl) {
            emit_bool(e, "EOSL", true);
        }

        emit_opt(e, "Supplier", &report->os.supplier);

        if (report->os.extended) {
            emit_bool(e, "extended", true);
        }

        emit_end(e);
    }

    emit_opt(e, "ImageID", &report->image_id);

    layer = report->layers.elts;

    if (report->layers.nelts != 0) {
        emit_array(e, "DiffIDs");

        for (i = 0; i < report->layers.nelts; i++) {
            emit_str(e, NULL, &layer[i].diff_id);
        }

        emit_end(e);
    }

    emit_strs(e, "RepoTags", report->tags.elts, report->tags.nelts);
    emit_strs(e, "RepoDigests", report->digests.elts,
              report->digests.nelts);
    emit_opt(e, "Reference", &report->reference);

    if (report->config != NULL && !config_empty(report->config)) {
        emit_config(e, "ImageConfig", report->config);
    }

    json_layers(e, report);
    emit_end(e);
}


static void
json_layers(emit_t *e, const oci_scan_report_t *report)
{
    size_t                          i;
    const oci_scan_report_layer_t  *layer;

    /* a bill of materials names the layers of its image, no more */

    if (report->layers.nelts == 0
        || strcmp(report->type, "container_image") != 0)
    {
        return;
    }

    layer = report->layers.elts;
    emit_array(e, "Layers");

    for (i = 0; i < report->layers.nelts; i++) {
        emit_object(e, NULL);
        emit_opt_int(e, "Size", (int64_t) layer[i].size);
        emit_opt(e, "Digest", &layer[i].digest);
        emit_opt(e, "DiffID", &layer[i].diff_id);
        emit_end(e);
    }

    emit_end(e);
}


static void
json_result(emit_t *e, const oci_scan_result_t *result,
    const oci_scan_style_t *style)
{
    size_t                     i;
    const oci_scan_pkg_t      *pkg;
    const oci_scan_secret_t   *secret;
    const oci_scan_hidden_t   *hidden;
    const oci_scan_finding_t  *finding;

    emit_object(e, NULL);
    emit_str(e, "Target", &result->target);
    emit_text(e, "Class", result->class);
    emit_opt(e, "Type", &result->type);

    if (style->packages && result->pkgs.nelts != 0) {
        pkg = result->pkgs.elts;
        emit_array(e, "Packages");

        for (i = 0; i < result->pkgs.nelts; i++) {
            json_pkg(e, &pkg[i]);
        }

        emit_end(e);
    }

    if (result->findings.nelts != 0) {
        finding = result->findings.elts;
        emit_array(e, "Vulnerabilities");

        for (i = 0; i < result->findings.nelts; i++) {
            json_finding(e, NULL, &finding[i]);
        }

        emit_end(e);
    }

    if (result->secrets.nelts != 0) {
        secret = result->secrets.elts;
        emit_array(e, "Secrets");

        for (i = 0; i < result->secrets.nelts; i++) {
            secret_json(e, NULL, &secret[i]);
        }

        emit_end(e);
    }

    if (style->hidden && result->hidden.nelts != 0) {
        hidden = result->hidden.elts;
        emit_array(e, "ExperimentalModifiedFindings");

        for (i = 0; i < result->hidden.nelts; i++) {
            json_hidden(e, &hidden[i]);
        }

        emit_end(e);
    }

    emit_end(e);
}


static void
json_pkg(emit_t *e, const oci_scan_pkg_t *pkg)
{
    emit_object(e, NULL);
    emit_opt(e, "ID", &pkg->id);
    emit_opt(e, "Name", &pkg->name);
    json_identifier(e, "Identifier", pkg);
    emit_opt(e, "Version", &pkg->version);
    emit_opt(e, "Release", &pkg->release);
    emit_opt_int(e, "Epoch", pkg->epoch);
    emit_opt(e, "Arch", &pkg->arch);

    if (pkg->dev) {
        emit_bool(e, "Dev", true);
    }

    emit_opt(e, "SrcName", &pkg->src_name);
    emit_opt(e, "SrcVersion", &pkg->src_version);
    emit_opt(e, "SrcRelease", &pkg->src_release);
    emit_opt_int(e, "SrcEpoch", pkg->src_epoch);
    emit_strs(e, "Licenses", pkg->licenses.elts,
              pkg->licenses.nelts);
    emit_opt(e, "Maintainer", &pkg->maintainer);
    emit_opt(e, "Modularitylabel", &pkg->modularity);
    json_pkg_origin(e, pkg);

    emit_strs(e, "DependsOn", pkg->depends.elts, pkg->depends.nelts);
    json_layer(e, pkg);
    emit_opt(e, "FilePath", &pkg->file_path);
    emit_opt(e, "Digest", &pkg->digest);

    json_spans(e, pkg);

    emit_strs(e, "InstalledFiles", pkg->files.elts,
              pkg->files.nelts);

    if (pkg->analyzed_by != NULL) {
        emit_text(e, "AnalyzedBy", pkg->analyzed_by);
    }

    emit_end(e);
}


static void
json_spans(emit_t *e, const oci_scan_pkg_t *pkg)
{
    size_t  i;

    if (pkg->nspans == 0) {
        return;
    }

    emit_array(e, "Locations");

    for (i = 0; i < pkg->nspans; i++) {
        emit_object(e, NULL);
        emit_opt_int(e, "StartLine", pkg->spans[i].start);
        emit_opt_int(e, "EndLine", pkg->spans[i].end);
        emit_end(e);
    }

    emit_end(e);
}


static void
json_pkg_origin(emit_t *e, const oci_scan_pkg_t *pkg)
{
    static const char  *classes[] = { "", "official", "third-party" };
    static const char  *relations[] = { "unknown", "root", "workspace",
                                        "direct", "indirect" };

    if (pkg->build_info != NULL) {
        json_build_info(e, pkg->build_info);
    }

    if (pkg->repository != OCI_SCAN_REPO_UNKNOWN) {
        emit_object(e, "Repository");
        emit_text(e, "Class", classes[pkg->repository]);
        emit_end(e);
    }

    if (pkg->indirect) {
        emit_bool(e, "Indirect", true);
    }

    if (pkg->relationship != OCI_SCAN_REL_UNKNOWN) {
        emit_text(e, "Relationship", relations[pkg->relationship]);
    }
}


static void
json_build_info(emit_t *e, const oci_scan_build_info_t *info)
{
    emit_object(e, "BuildInfo");
    emit_strs(e, "ContentSets", info->content_sets.elts,
              info->content_sets.nelts);
    emit_opt(e, "Nvr", &info->nvr);
    emit_opt(e, "Arch", &info->arch);
    emit_end(e);
}


static void
json_identifier(emit_t *e, const char *key, const oci_scan_pkg_t *pkg)
{
    emit_object(e, key);
    emit_opt(e, "PURL", &pkg->purl);
    emit_opt(e, "UID", &pkg->uid);
    emit_opt(e, "BOMRef", &pkg->bom_ref);
    emit_end(e);
}


static void
json_layer(emit_t *e, const oci_scan_pkg_t *pkg)
{
    if (pkg->layer_digest.len == 0 && pkg->layer_diff_id.len == 0) {
        return;
    }

    emit_object(e, "Layer");
    emit_opt(e, "Digest", &pkg->layer_digest);
    emit_opt(e, "DiffID", &pkg->layer_diff_id);
    emit_end(e);
}


static void
json_finding(emit_t *e, const char *key, const oci_scan_finding_t *f)
{
    emit_object(e, key);
    emit_opt(e, "VulnerabilityID", &f->id);
    emit_strs(e, "VendorIDs", f->vendor_ids.elts,
              f->vendor_ids.nelts);
    emit_opt(e, "PkgID", &f->pkg->id);
    emit_opt(e, "PkgName", &f->pkg->name);
    emit_opt(e, "PkgPath", &f->pkg->file_path);
    json_identifier(e, "PkgIdentifier", f->pkg);
    emit_opt(e, "InstalledVersion", &f->installed);
    emit_opt(e, "FixedVersion", &f->fixed);

    if (f->status != OCI_SCAN_STATUS_UNKNOWN) {
        emit_text(e, "Status", oci_scan_status_name(f->status));
    }

    json_layer(e, f->pkg);
    emit_opt(e, "SeveritySource", &f->severity_source);
    emit_opt(e, "PrimaryURL", &f->url);
    json_source(e, f);
    emit_opt(e, "Fingerprint", &f->fingerprint);
    json_record(e, f);
    emit_end(e);
}


static void
json_source(emit_t *e, const oci_scan_finding_t *f)
{
    if (f->source_id.len == 0) {
        return;
    }

    emit_object(e, "DataSource");
    emit_opt(e, "ID", &f->source_id);
    emit_opt(e, "Name", &f->source_name);
    emit_opt(e, "URL", &f->source_url);
    emit_opt(e, "BaseID", &f->source_base);
    emit_end(e);
}


static void
json_record(emit_t *e, const oci_scan_finding_t *f)
{
    oci_str_t  text;

    text = oci_scan_finding_str(f, "Title");
    emit_opt(e, "Title", &text);
    text = oci_scan_finding_str(f, "Description");
    emit_opt(e, "Description", &text);

    emit_text(e, "Severity", oci_scan_severity_name(f->severity));

    json_strings(e, "CweIDs", json_object_get(f->record, "CweIDs"));
    json_vendors(e, json_object_get(f->record, "VendorSeverity"));
    json_scores(e, json_object_get(f->record, "CVSS"));
    json_strings(e, "References", json_object_get(f->record, "References"));

    text = oci_scan_finding_str(f, "PublishedDate");
    emit_opt(e, "PublishedDate", &text);
    text = oci_scan_finding_str(f, "LastModifiedDate");
    emit_opt(e, "LastModifiedDate", &text);
}


static void
json_strings(emit_t *e, const char *key, const json_t *list)
{
    if (json_array_size(list) != 0) {
        emit_json(e, key, list);
    }
}


static void
json_vendors(emit_t *e, const json_t *vendors)
{
    size_t        i, n;
    const char  **keys;

    n = json_keys(vendors, &keys);
    if (n == 0) {
        return;
    }

    emit_object(e, "VendorSeverity");

    for (i = 0; i < n; i++) {
        emit_int(e, keys[i],
               (int64_t) json_number_value(json_object_get(vendors, keys[i])));
    }

    emit_end(e);
    free(keys);
}


static void
json_scores(emit_t *e, const json_t *cvss)
{
    size_t        i, n;
    const char  **keys;

    n = json_keys(cvss, &keys);
    if (n == 0) {
        return;
    }

    emit_object(e, "CVSS");

    for (i = 0; i < n; i++) {
        json_score(e, keys[i], json_object_get(cvss, keys[i]));
    }

    emit_end(e);
    free(keys);
}


static void
json_score(emit_t *e, const char *name, const json_t *score)
{
    size_t              i;
    json_t             *value;
    static const char  *vectors[] = { "V2Vector", "V3Vector", "V40Vector" };
    static const char  *scores[] = { "V2Score", "V3Score", "V40Score" };

    emit_object(e, name);

    for (i = 0; i < 3; i++) {
        value = json_object_get(score, vectors[i]);
        if (json_string_length(value) != 0) {
            emit_json(e, vectors[i], value);
        }
    }

    for (i = 0; i < 3; i++) {
        emit_opt_real(e, scores[i],
                        json_number_value(json_object_get(score, scores[i])));
    }

    emit_end(e);
}


static void
json_hidden(emit_t *e, const oci_scan_hidden_t *hidden)
{
    emit_object(e, NULL);
    emit_text(e, "Type", hidden->secret != NULL ? "secret" : "vulnerability");
    emit_text(e, "Status", hidden->status);
    emit_str(e, "Statement", &hidden->statement);
    emit_str(e, "Source", &hidden->source);

    if (hidden->secret != NULL) {
        secret_json(e, "Finding", hidden->secret);

    } else {
        json_finding(e, "Finding", &hidden->finding);
    }

    emit_end(e);
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
