/*
 * Reports read back from JSON.
 */

#include "write.h"
#include "oci_json.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    oci_pool_t         *pool;
    oci_scan_report_t  *report;
} load_t;


static void load_release(void *root);
static oci_status_e load_metadata(load_t *l, const json_t *meta);
static oci_status_e load_layers(load_t *l, const json_t *meta);
static oci_status_e load_result(load_t *l, const json_t *from);
static oci_status_e load_pkg(load_t *l, oci_scan_pkg_t *pkg,
    const json_t *from);
static void load_spans(load_t *l, oci_scan_pkg_t *pkg, const json_t *list);
static void load_origin(load_t *l, oci_scan_pkg_t *pkg, const json_t *from);
static oci_status_e load_secret(load_t *l, oci_scan_result_t *result,
    const json_t *from);
static oci_status_e load_code(load_t *l, oci_scan_secret_t *secret,
    const json_t *list);
static oci_status_e load_finding(load_t *l, oci_scan_result_t *result,
    const json_t *from);
static const oci_scan_pkg_t *load_find(load_t *l, oci_scan_result_t *result,
    const json_t *from);
static oci_scan_strs_t load_strs(oci_pool_t *pool, const json_t *list);
static unsigned load_name(const json_t *value, const char *const *names,
    unsigned n);
static void load_when(struct timespec *when, const oci_str_t *text);


static const char *const  load_classes[] = { "", "official", "third-party" };
static const char *const  load_relations[] = {
    "unknown", "root", "workspace", "direct", "indirect"
};


oci_status_e
oci_scan_report_load(oci_scan_report_t **report, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    json_t        *root;
    uint64_t       schema;
    oci_status_e   rc;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    rc = oci_pool_cleanup(pool, load_release, root);
    if (rc != OCI_OK) {
        return rc;
    }

    if (!oci_json_uint(root, "SchemaVersion", &schema) || schema != 2) {
        return oci_error(err, OCI_INVALID, 0,
                         "not a report: \"SchemaVersion\" is not 2");
    }

    return oci_scan_report_of(report, pool, root, err);
}


oci_status_e
oci_scan_report_of(oci_scan_report_t **report, oci_pool_t *pool,
    const json_t *root, oci_error_t *err)
{
    size_t        i;
    json_t       *list, *item;
    load_t        l;
    oci_str_t     s;
    oci_status_e  rc;

    l.pool = pool;
    l.report = oci_scan_report_create(pool);
    if (l.report == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    s = oci_json_str(root, "ArtifactType");
    l.report->type = s.len != 0 ? (char *) s.data : "container_image";
    l.report->name = oci_json_str(root, "ArtifactName");
    l.report->artifact_id = oci_json_str(root, "ArtifactID");

    s = oci_json_str(root, "ReportID");
    if (s.len < sizeof(l.report->report_id)) {
        memcpy(l.report->report_id, s.len == 0 ? (u_char *) "" : s.data,
               s.len);
    }

    s = oci_json_str(root, "CreatedAt");
    load_when(&l.report->created, &s);

    rc = load_metadata(&l, json_object_get(root, "Metadata"));
    list = json_object_get(root, "Results");

    json_array_foreach(list, i, item) {
        if (rc == OCI_OK) {
            rc = load_result(&l, item);
        }
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "out of memory");
    }

    *report = l.report;

    return OCI_OK;
}


static void
load_release(void *root)
{
    json_decref(root);
}


static oci_status_e
load_metadata(load_t *l, const json_t *meta)
{
    size_t              i;
    json_t             *os, *value;
    oci_str_t          *s;
    oci_array_t        *to;
    oci_scan_strs_t     list;
    oci_scan_report_t  *r;
    static const char  *keys[] = { "RepoTags", "RepoDigests" };

    r = l->report;
    (void) oci_json_uint(meta, "Size", &r->size);
    r->image_id = oci_json_str(meta, "ImageID");
    r->reference = oci_json_str(meta, "Reference");
    r->config = json_object_get(meta, "ImageConfig");

    os = json_object_get(meta, "OS");
    r->os.family = oci_json_str(os, "Family");
    r->os.name = oci_json_str(os, "Name");
    r->os.supplier = oci_json_str(os, "Supplier");
    value = json_object_get(os, "extended");
    r->os.extended = json_is_true(value);
    value = json_object_get(os, "EOSL");
    r->eosl = json_is_true(value);

    for (i = 0; i < 2; i++) {
        list = load_strs(l->pool, json_object_get(meta, keys[i]));
        to = i == 0 ? &r->tags : &r->digests;

        while (list.nelts != 0) {
            s = oci_array_push(to);
            if (s == NULL) {
                return OCI_NOMEM;
            }

            *s = *list.elts++;
            list.nelts--;
        }
    }

    return load_layers(l, meta);
}


static oci_status_e
load_layers(load_t *l, const json_t *meta)
{
    size_t                    i;
    json_t                   *list, *item;
    oci_scan_report_layer_t  *layer;

    list = json_object_get(meta, "Layers");

    json_array_foreach(list, i, item) {
        layer = oci_array_push(&l->report->layers);
        if (layer == NULL) {
            return OCI_NOMEM;
        }

        (void) oci_json_uint(item, "Size", &layer->size);
        layer->digest = oci_json_str(item, "Digest");
        layer->diff_id = oci_json_str(item, "DiffID");
    }

    return OCI_OK;
}


static oci_status_e
load_result(load_t *l, const json_t *from)
{
    size_t              i;
    json_t             *list, *item;
    oci_str_t           class;
    oci_scan_pkg_t     *pkg;
    oci_scan_result_t  *result;

    result = oci_scan_report_result(l->report);
    if (result == NULL) {
        return OCI_NOMEM;
    }

    class = oci_json_str(from, "Class");
    result->class = oci_str_is(&class, "os-pkgs") ? "os-pkgs"
                    : oci_str_is(&class, "secret") ? "secret" : "lang-pkgs";
    result->target = oci_json_str(from, "Target");
    result->type = oci_json_str(from, "Type");

    list = json_object_get(from, "Packages");

    json_array_foreach(list, i, item) {
        pkg = oci_array_push(&result->pkgs);
        if (pkg == NULL || load_pkg(l, pkg, item) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    list = json_object_get(from, "Vulnerabilities");

    json_array_foreach(list, i, item) {
        if (load_finding(l, result, item) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    list = json_object_get(from, "Secrets");

    json_array_foreach(list, i, item) {
        if (load_secret(l, result, item) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


static oci_status_e
load_secret(load_t *l, oci_scan_result_t *result, const json_t *from)
{
    json_t             *layer;
    oci_str_t           severity;
    oci_scan_secret_t  *s;

    s = oci_array_push(&result->secrets);
    if (s == NULL) {
        return OCI_NOMEM;
    }

    s->rule = oci_json_str(from, "RuleID");
    s->category = oci_json_str(from, "Category");
    s->title = oci_json_str(from, "Title");
    s->match = oci_json_str(from, "Match");
    severity = oci_json_str(from, "Severity");
    (void) oci_scan_severity_parse(&severity, &s->severity);
    (void) oci_json_uint(from, "StartLine", &s->start);
    (void) oci_json_uint(from, "EndLine", &s->end);
    (void) oci_json_uint(from, "Offset", &s->offset);

    layer = json_object_get(from, "Layer");
    s->layer_digest = oci_json_str(layer, "Digest");
    s->layer_diff_id = oci_json_str(layer, "DiffID");
    s->created_by = oci_json_str(layer, "CreatedBy");

    return load_code(l, s, json_object_get(json_object_get(from, "Code"),
                                           "Lines"));
}


static oci_status_e
load_code(load_t *l, oci_scan_secret_t *secret, const json_t *list)
{
    size_t            i;
    json_t           *item;
    oci_scan_code_t  *code;

    code = oci_pcalloc(l->pool, (json_array_size(list) + 1)
                                * sizeof(oci_scan_code_t));
    if (code == NULL) {
        return OCI_NOMEM;
    }

    json_array_foreach(list, i, item) {
        (void) oci_json_uint(item, "Number", &code[i].number);
        code[i].text = oci_json_str(item, "Content");
        code[i].cause = json_is_true(json_object_get(item, "IsCause"));
        code[i].first = json_is_true(json_object_get(item, "FirstCause"));
        code[i].last = json_is_true(json_object_get(item, "LastCause"));
    }

    secret->code = code;
    secret->ncode = json_array_size(list);

    return OCI_OK;
}


static oci_status_e
load_pkg(load_t *l, oci_scan_pkg_t *pkg, const json_t *from)
{
    json_t     *id, *layer, *value;
    uint64_t    n;
    oci_str_t   s;

    id = json_object_get(from, "Identifier");
    layer = json_object_get(from, "Layer");

    pkg->id = oci_json_str(from, "ID");
    pkg->name = oci_json_str(from, "Name");
    pkg->purl = oci_json_str(id, "PURL");
    pkg->uid = oci_json_str(id, "UID");
    pkg->bom_ref = oci_json_str(id, "BOMRef");
    pkg->version = oci_json_str(from, "Version");
    pkg->release = oci_json_str(from, "Release");
    pkg->epoch = oci_json_uint(from, "Epoch", &n) ? (uint32_t) n : 0;
    pkg->arch = oci_json_str(from, "Arch");
    value = json_object_get(from, "Dev");
    pkg->dev = json_is_true(value);
    pkg->src_name = oci_json_str(from, "SrcName");
    pkg->src_version = oci_json_str(from, "SrcVersion");
    pkg->src_release = oci_json_str(from, "SrcRelease");
    pkg->src_epoch = oci_json_uint(from, "SrcEpoch", &n) ? (uint32_t) n : 0;
    pkg->licenses = load_strs(l->pool, json_object_get(from, "Licenses"));
    pkg->maintainer = oci_json_str(from, "Maintainer");
    pkg->modularity = oci_json_str(from, "Modularitylabel");
    load_origin(l, pkg, from);

    pkg->depends = load_strs(l->pool, json_object_get(from, "DependsOn"));
    pkg->layer_digest = oci_json_str(layer, "Digest");
    pkg->layer_diff_id = oci_json_str(layer, "DiffID");
    pkg->file_path = oci_json_str(from, "FilePath");
    pkg->digest = oci_json_str(from, "Digest");

    load_spans(l, pkg, json_object_get(from, "Locations"));
    pkg->files = load_strs(l->pool, json_object_get(from, "InstalledFiles"));

    s = oci_json_str(from, "AnalyzedBy");
    pkg->analyzed_by = s.len != 0 ? (char *) s.data : NULL;

    return OCI_OK;
}


static void
load_spans(load_t *l, oci_scan_pkg_t *pkg, const json_t *list)
{
    size_t    i;
    json_t   *span;
    uint64_t  n;

    pkg->spans = oci_pcalloc(l->pool, (json_array_size(list) + 1)
                                      * sizeof(oci_scan_span_t));
    if (pkg->spans == NULL) {
        return;
    }

    json_array_foreach(list, i, span) {
        pkg->spans[i].start = oci_json_uint(span, "StartLine", &n)
                              ? (uint32_t) n : 0;
        pkg->spans[i].end = oci_json_uint(span, "EndLine", &n)
                            ? (uint32_t) n : 0;
    }

    pkg->nspans = json_array_size(list);
}


static void
load_origin(load_t *l, oci_scan_pkg_t *pkg, const json_t *from)
{
    json_t                 *value;
    oci_scan_build_info_t  *info;

    value = json_object_get(from, "BuildInfo");
    info = json_is_object(value)
           ? oci_pcalloc(l->pool, sizeof(oci_scan_build_info_t)) : NULL;

    if (info != NULL) {
        info->content_sets = load_strs(l->pool,
                                       json_object_get(value, "ContentSets"));
        info->nvr = oci_json_str(value, "Nvr");
        info->arch = oci_json_str(value, "Arch");
        pkg->build_info = info;
    }

    value = json_object_get(json_object_get(from, "Repository"), "Class");
    pkg->repository = (oci_scan_repo_e) load_name(value, load_classes, 3);
    value = json_object_get(from, "Relationship");
    pkg->relationship = (oci_scan_rel_e) load_name(value, load_relations, 5);
    value = json_object_get(from, "Indirect");
    pkg->indirect = json_is_true(value);
}


static oci_status_e
load_finding(load_t *l, oci_scan_result_t *result, const json_t *from)
{
    json_t              *source;
    oci_str_t            s;
    oci_scan_finding_t  *f;

    f = oci_array_push(&result->findings);
    if (f == NULL) {
        return OCI_NOMEM;
    }

    f->id = oci_json_str(from, "VulnerabilityID");
    f->vendor_ids = load_strs(l->pool, json_object_get(from, "VendorIDs"));
    f->installed = oci_json_str(from, "InstalledVersion");
    f->fixed = oci_json_str(from, "FixedVersion");
    f->severity_source = oci_json_str(from, "SeveritySource");
    f->url = oci_json_str(from, "PrimaryURL");
    f->fingerprint = oci_json_str(from, "Fingerprint");
    f->record = from;

    s = oci_json_str(from, "Status");
    (void) oci_scan_status_parse(&s, &f->status);
    s = oci_json_str(from, "Severity");
    (void) oci_scan_severity_parse(&s, &f->severity);

    source = json_object_get(from, "DataSource");
    f->source_id = oci_json_str(source, "ID");
    f->source_name = oci_json_str(source, "Name");
    f->source_url = oci_json_str(source, "URL");
    f->source_base = oci_json_str(source, "BaseID");

    f->pkg = load_find(l, result, from);

    return f->pkg == NULL ? OCI_NOMEM : OCI_OK;
}


/* the listed package of a finding, or what the finding says of it */

static const oci_scan_pkg_t *
load_find(load_t *l, oci_scan_result_t *result, const json_t *from)
{
    size_t           i;
    json_t          *id, *layer;
    oci_str_t        uid, path, pkg_id;
    oci_scan_pkg_t  *pkg;

    id = json_object_get(from, "PkgIdentifier");
    uid = oci_json_str(id, "UID");
    path = oci_json_str(from, "PkgPath");
    pkg_id = oci_json_str(from, "PkgID");
    pkg = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        if (oci_str_eq(&pkg[i].uid, &uid) && oci_str_eq(&pkg[i].id, &pkg_id)
            && oci_str_eq(&pkg[i].file_path, &path))
        {
            return &pkg[i];
        }
    }

    pkg = oci_pcalloc(l->pool, sizeof(oci_scan_pkg_t));
    if (pkg == NULL) {
        return NULL;
    }

    layer = json_object_get(from, "Layer");

    pkg->id = pkg_id;
    pkg->name = oci_json_str(from, "PkgName");
    pkg->file_path = path;
    pkg->uid = uid;
    pkg->purl = oci_json_str(id, "PURL");
    pkg->bom_ref = oci_json_str(id, "BOMRef");
    pkg->layer_digest = oci_json_str(layer, "Digest");
    pkg->layer_diff_id = oci_json_str(layer, "DiffID");

    return pkg;
}


static oci_scan_strs_t
load_strs(oci_pool_t *pool, const json_t *list)
{
    size_t           n;
    json_t          *value;
    oci_scan_strs_t  strs;

    memset(&strs, 0, sizeof(strs));

    n = json_array_size(list);
    strs.elts = n == 0 ? NULL : oci_pcalloc(pool, n * sizeof(oci_str_t));

    if (strs.elts == NULL) {
        return strs;
    }

    for (n = 0; n < json_array_size(list); n++) {
        value = json_array_get(list, n);

        if (json_is_string(value)) {
            strs.elts[strs.nelts].data = (u_char *) json_string_value(value);
            strs.elts[strs.nelts].len = json_string_length(value);
            strs.nelts++;
        }
    }

    return strs;
}


static unsigned
load_name(const json_t *value, const char *const *names, unsigned n)
{
    unsigned  i;

    for (i = 1; json_is_string(value) && i < n; i++) {
        if (strcmp(json_string_value(value), names[i]) == 0) {
            return i;
        }
    }

    return 0;
}


static void
load_when(struct timespec *when, const oci_str_t *text)
{
    char       *end, digits[10];
    size_t      n;
    struct tm   tm;

    memset(&tm, 0, sizeof(tm));

    if (text->len < 20) {
        return;
    }

    end = strptime((char *) text->data, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end == NULL) {
        return;
    }

    when->tv_sec = timegm(&tm);

    if (*end == '.') {
        memset(digits, '0', sizeof(digits));
        n = strspn(end + 1, "0123456789");
        memcpy(digits, end + 1, n < 9 ? n : 9);
        digits[9] = '\0';
        when->tv_nsec = strtol(digits, NULL, 10);
    }
}
