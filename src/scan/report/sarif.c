/*
 * Reports as SARIF 2.1.0, in the form that Trivy gives them.
 *
 * Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
 */

#include "secret.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>


#define SARIF_SCHEMA  "https://raw.githubusercontent.com/oasis-tcs/"         \
                      "sarif-spec/main/sarif-2.1/schema/"                    \
                      "sarif-schema-2.1.0.json"


/* findings of one id are one rule, which the last of them describes */

typedef struct {
    size_t                     index;
    const oci_scan_result_t   *result;
    const oci_scan_finding_t  *finding;
    const oci_scan_secret_t   *secret;      /* NULL: a finding's */
    oci_str_t                  url;
} sarif_rule_t;


typedef struct {
    emit_t                    *e;
    oci_pool_t                *pool;
    const oci_scan_report_t   *report;
    const oci_scan_style_t    *style;
    oci_scan_map_t             map;
    oci_array_t                rules;       /* of sarif_rule_t * */
} sarif_t;


static const char  *const sarif_scores[] = { "0.0", "2.0", "5.5", "8.0",
                                              "9.5" };


static oci_status_e sarif_collect(sarif_t *s);
static sarif_rule_t *sarif_rule_of(sarif_t *s, const oci_str_t *id);
static void sarif_run(sarif_t *s);
static void sarif_secrets(sarif_t *s, const oci_scan_result_t *result);
static void sarif_rule(sarif_t *s, const sarif_rule_t *rule);
static void sarif_help(sarif_t *s, const oci_scan_finding_t *f);
static void sarif_properties(sarif_t *s, const oci_scan_finding_t *f);
static void sarif_result(sarif_t *s, const oci_scan_result_t *result,
    const oci_scan_finding_t *f);
static void sarif_location(sarif_t *s, const oci_scan_pkg_t *pkg,
    const oci_str_t *path, const oci_str_t *installed);
static void sarif_tail(sarif_t *s);
static void sarif_text(emit_t *e, const char *key, const oci_str_t *text);
static const char *sarif_level(oci_scan_severity_e severity);
static oci_str_t sarif_path(sarif_t *s, const oci_scan_result_t *result,
    const oci_scan_finding_t *f);
static oci_str_t sarif_image(sarif_t *s, oci_str_t name);
static bool sarif_repository(oci_str_t *name, bool *hub);
static oci_str_t sarif_uri(sarif_t *s, const oci_str_t *text);


oci_status_e
write_sarif(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    emit_t        e;
    sarif_t       s;
    oci_status_e  rc;

    memset(&s, 0, sizeof(s));
    s.e = &e;
    s.report = report;
    s.style = style;

    s.pool = oci_pool_create();
    if (s.pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    emit_init(&e, out);
    oci_scan_map_init(&s.map, s.pool);
    oci_array_init(&s.rules, s.pool, sizeof(sarif_rule_t *));

    rc = sarif_collect(&s);

    if (rc == OCI_OK) {
        emit_object(&e, NULL);
        emit_text(&e, "version", "2.1.0");
        emit_text(&e, "$schema", SARIF_SCHEMA);
        emit_array(&e, "runs");
        sarif_run(&s);
        emit_end(&e);
        emit_end(&e);
    }

    oci_pool_destroy(s.pool);

    return rc == OCI_OK ? OCI_OK : oci_error(err, rc, 0, "out of memory");
}


static oci_status_e
sarif_collect(sarif_t *s)
{
    size_t                      i, k;
    sarif_rule_t               *rule;
    const oci_scan_result_t    *result;
    const oci_scan_secret_t    *secret;
    const oci_scan_finding_t   *f;

    result = s->report->results.elts;

    for (i = 0; i < s->report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            rule = sarif_rule_of(s, &f[k].id);

            if (rule == NULL) {
                return OCI_NOMEM;
            }

            rule->result = &result[i];
            rule->finding = &f[k];
            rule->url = f[k].url.len != 0 ? f[k].url : rule->url;
        }

        secret = result[i].secrets.elts;

        for (k = 0; k < result[i].secrets.nelts; k++) {
            rule = sarif_rule_of(s, &secret[k].rule);

            if (rule == NULL) {
                return OCI_NOMEM;
            }

            rule->secret = &secret[k];
        }
    }

    return OCI_OK;
}


static sarif_rule_t *
sarif_rule_of(sarif_t *s, const oci_str_t *id)
{
    sarif_rule_t  *rule, **slot;

    rule = oci_scan_map_get(&s->map, id);

    if (rule != NULL) {
        return rule;
    }

    rule = oci_pcalloc(s->pool, sizeof(sarif_rule_t));
    slot = oci_array_push(&s->rules);

    if (rule == NULL || slot == NULL || !oci_scan_map_set(&s->map, id, rule)) {
        return NULL;
    }

    rule->index = s->rules.nelts - 1;
    *slot = rule;

    return rule;
}


static void
sarif_run(sarif_t *s)
{
    size_t                      i, k;
    emit_t                     *e;
    sarif_rule_t              **rule;
    const oci_scan_result_t    *result;
    const oci_scan_finding_t   *f;

    e = s->e;
    rule = s->rules.elts;
    result = s->report->results.elts;

    emit_object(e, NULL);
    emit_object(e, "tool");
    emit_object(e, "driver");
    emit_text(e, "fullName", "Trivy Vulnerability Scanner");
    emit_text(e, "informationUri",
              "https://github.com/aquasecurity/trivy");
    emit_text(e, "name", "Trivy");
    emit_array(e, "rules");

    for (i = 0; i < s->rules.nelts; i++) {
        if (rule[i]->secret != NULL) {
            secret_sarif_rule(e, rule[i]->secret,
                              sarif_level(rule[i]->secret->severity),
                              sarif_scores[rule[i]->secret->severity]);

        } else {
            sarif_rule(s, rule[i]);
        }
    }

    emit_end(e);
    emit_text(e, "version", s->style->version);
    emit_end(e);
    emit_end(e);

    emit_array(e, "results");

    for (i = 0; i < s->report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            sarif_result(s, &result[i], &f[k]);
        }

        sarif_secrets(s, &result[i]);
    }

    emit_end(e);
    sarif_tail(s);
    emit_end(e);
}


static void
sarif_secrets(sarif_t *s, const oci_scan_result_t *result)
{
    size_t                    i;
    oci_str_t                 uri;
    sarif_rule_t             *rule;
    const oci_scan_secret_t  *secret;

    secret = result->secrets.elts;
    uri = sarif_uri(s, &result->target);

    for (i = 0; i < result->secrets.nelts; i++) {
        rule = oci_scan_map_get(&s->map, &secret[i].rule);
        secret_sarif_result(s->e, &secret[i], &result->target, &uri,
                            sarif_level(secret[i].severity), rule->index);
    }
}


static void
sarif_rule(sarif_t *s, const sarif_rule_t *rule)
{
    emit_t                    *e;
    oci_str_t                  title, description, uri;
    const oci_scan_finding_t  *f;

    e = s->e;
    f = rule->finding;
    title = oci_scan_finding_str(f, "Title");
    description = oci_scan_finding_str(f, "Description");
    uri = sarif_uri(s, &rule->url);

    emit_object(e, NULL);
    emit_str(e, "id", &f->id);
    emit_text(e, "name",
              strcmp(rule->result->class, "os-pkgs") == 0
              ? "OsPackageVulnerability"
              : "LanguageSpecificPackageVulnerability");

    sarif_text(e, "shortDescription", &title);
    sarif_text(e, "fullDescription",
               description.len != 0 ? &description : &title);

    emit_object(e, "defaultConfiguration");
    emit_text(e, "level", sarif_level(f->severity));
    emit_end(e);

    emit_opt(e, "helpUri", &uri);
    sarif_help(s, f);
    sarif_properties(s, f);
    emit_end(e);
}


static void
sarif_help(sarif_t *s, const oci_scan_finding_t *f)
{
    oci_str_t        id, url, pkg, fixed, text;
    const char      *severity;
    emit_t  *e;

    e = s->e;
    id = f->id;
    url = f->url;
    pkg = f->pkg->name;
    fixed = f->fixed;
    text = oci_scan_finding_str(f, "Description");
    severity = oci_scan_severity_name(f->severity);

    emit_object(e, "help");
    emit_strf(e, "text", "Vulnerability %.*s\nSeverity: %s\n"
              "Package: %.*s\nFixed Version: %.*s\n"
              "Link: [%.*s](%.*s)\n%.*s", (int) id.len, id.data,
              severity, (int) pkg.len, pkg.data, (int) fixed.len,
              fixed.data, (int) id.len, id.data, (int) url.len,
              url.data, (int) text.len, text.data);
    emit_strf(e, "markdown", "**Vulnerability %.*s**\n"
              "| Severity | Package | Fixed Version | Link |\n"
              "| --- | --- | --- | --- |\n"
              "|%s|%.*s|%.*s|[%.*s](%.*s)|\n\n%.*s", (int) id.len,
              id.data, severity, (int) pkg.len, pkg.data,
              (int) fixed.len, fixed.data, (int) id.len, id.data,
              (int) url.len, url.data, (int) text.len, text.data);
    emit_end(e);
}


/* in the order of a sorted map */

static void
sarif_properties(sarif_t *s, const oci_scan_finding_t *f)
{
    size_t              i;
    double              score;
    json_t             *cvss, *value;
    emit_t             *e;
    static const char  *names[][2] = {
        { "cvssv2_score", "V2Score" }, { "cvssv2_vector", "V2Vector" },
        { "cvssv3_baseScore", "V3Score" }, { "cvssv3_vector", "V3Vector" },
        { "cvssv40_baseScore", "V40Score" },
        { "cvssv40_vector", "V40Vector" }
    };

    e = s->e;
    cvss = f->severity_source.len == 0 ? NULL
           : json_object_get(json_object_get(f->record, "CVSS"),
                             (char *) f->severity_source.data);
    score = json_number_value(json_object_get(cvss, "V3Score"));

    emit_object(e, "properties");

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = json_object_get(cvss, names[i][1]);

        if (json_string_length(value) != 0) {
            emit_json(e, names[i][0], value);

        } else if (json_is_number(value)) {
            emit_opt_real(e, names[i][0], json_number_value(value));
        }
    }

    emit_text(e, "precision", "very-high");

    if (score > 0) {
        emit_strf(e, "security-severity", "%.1f", score);

    } else {
        emit_text(e, "security-severity", sarif_scores[f->severity]);
    }

    emit_array(e, "tags");
    emit_text(e, NULL, "vulnerability");
    emit_text(e, NULL, "security");
    emit_text(e, NULL, oci_scan_severity_name(f->severity));
    emit_end(e);
    emit_end(e);
}


static void
sarif_result(sarif_t *s, const oci_scan_result_t *result,
    const oci_scan_finding_t *f)
{
    emit_t        *e;
    oci_str_t      id, url, path;
    sarif_rule_t  *rule;

    e = s->e;
    id = f->id;
    url = f->url;
    path = sarif_path(s, result, f);
    rule = oci_scan_map_get(&s->map, &id);

    emit_object(e, NULL);
    emit_str(e, "ruleId", &id);
    emit_int(e, "ruleIndex", (int64_t) rule->index);
    emit_text(e, "level", sarif_level(f->severity));

    emit_object(e, "message");
    emit_strf(e, "text", "Package: %.*s\nInstalled Version: %.*s\n"
              "Vulnerability %.*s\nSeverity: %s\n"
              "Fixed Version: %.*s\nLink: [%.*s](%.*s)",
              (int) f->pkg->name.len, f->pkg->name.data,
              (int) f->installed.len, f->installed.data,
              (int) id.len, id.data,
              oci_scan_severity_name(f->severity),
              (int) f->fixed.len, f->fixed.data, (int) id.len,
              id.data, (int) url.len, url.data);
    emit_end(e);

    emit_array(e, "locations");
    sarif_location(s, f->pkg, &path, &f->installed);
    emit_end(e);
    emit_end(e);
}


static void
sarif_location(sarif_t *s, const oci_scan_pkg_t *pkg, const oci_str_t *path,
    const oci_str_t *installed)
{
    bool       known;
    emit_t    *e;
    oci_str_t  uri;

    e = s->e;
    uri = sarif_uri(s, path);
    known = pkg->nspans != 0 && pkg->spans[0].start != 0
            && oci_str_eq(installed, &pkg->version);

    emit_object(e, NULL);
    emit_object(e, "physicalLocation");
    emit_object(e, "artifactLocation");
    emit_str(e, "uri", &uri);
    emit_text(e, "uriBaseId", "ROOTPATH");
    emit_end(e);
    emit_object(e, "region");
    emit_int(e, "startLine", known ? pkg->spans[0].start : 1);
    emit_int(e, "startColumn", 1);
    emit_int(e, "endLine", known ? pkg->spans[0].end : 1);
    emit_int(e, "endColumn", 1);
    emit_end(e);
    emit_end(e);

    emit_object(e, "message");
    emit_strf(e, "text", "%.*s: %.*s@%.*s", (int) path->len,
              path->data, (int) pkg->name.len, pkg->name.data,
              (int) installed->len, installed->data);
    emit_end(e);
    emit_end(e);
}


static void
sarif_tail(sarif_t *s)
{
    emit_t                   *e;
    const oci_scan_report_t  *r;

    e = s->e;
    r = s->report;

    emit_text(e, "columnKind", "utf16CodeUnits");

    if (s->style->root != NULL) {
        emit_object(e, "originalUriBaseIds");
        emit_object(e, "ROOTPATH");
        emit_strf(e, "uri", "file://%s/", s->style->root);
        emit_end(e);
        emit_end(e);
    }

    if (strcmp(r->type, "container_image") != 0) {
        return;
    }

    emit_object(e, "properties");
    emit_str(e, "imageID", &r->image_id);
    emit_str(e, "imageName", &r->name);

    if (r->digests.nelts != 0) {
        emit_strs(e, "repoDigests", r->digests.elts,
                  r->digests.nelts);

    } else {
        emit_null(e, "repoDigests");
    }

    if (r->tags.nelts != 0) {
        emit_strs(e, "repoTags", r->tags.elts, r->tags.nelts);

    } else {
        emit_null(e, "repoTags");
    }

    emit_end(e);
}


static void
sarif_text(emit_t *e, const char *key, const oci_str_t *text)
{
    emit_object(e, key);
    emit_str(e, "text", text);
    emit_end(e);
}


static const char *
sarif_level(oci_scan_severity_e severity)
{
    static const char  *levels[] = { "note", "note", "warning", "error",
                                     "error" };

    return levels[severity];
}


/* the package's own file, or the target without its system and registry */

static oci_str_t
sarif_path(sarif_t *s, const oci_scan_result_t *result,
    const oci_scan_finding_t *f)
{
    oci_str_t   path;
    u_char     *open;

    path = f->pkg->file_path.len != 0 ? f->pkg->file_path : result->target;

    if (strcmp(result->class, "os-pkgs") != 0) {
        return path;
    }

    open = memchr(path.data, '(', path.len);

    if (open != NULL && open != path.data
        && memchr(open, ')', path.len - (size_t) (open - path.data)) != NULL)
    {
        path.len = (size_t) (open - path.data);

        while (path.len > 1 && (path.data[path.len - 1] == ' '
                                || path.data[path.len - 1] == '\t'))
        {
            path.len--;
        }
    }

    return sarif_image(s, path);
}


static oci_str_t
sarif_image(sarif_t *s, oci_str_t name)
{
    bool        hub;
    oci_str_t   repository;

    repository = name;

    if (!sarif_repository(&repository, &hub)) {
        return name;
    }

    if (hub && memchr(repository.data, '/', repository.len) == NULL) {
        return oci_strf(s->pool, "library/%.*s", (int) repository.len,
                        repository.data);
    }

    return repository;
}


/* the repository of an image's name; false when it is no such name */

static bool
sarif_repository(oci_str_t *name, bool *hub)
{
    size_t   i, domain;
    u_char  *at, *colon, *slash;

    at = memchr(name->data, '@', name->len);
    if (at != NULL) {
        name->len = (size_t) (at - name->data);
    }

    colon = memrchr(name->data, ':', name->len);
    if (colon != NULL
        && memchr(colon, '/', name->len - (size_t) (colon - name->data))
           == NULL)
    {
        name->len = (size_t) (colon - name->data);
    }

    *hub = true;
    slash = memchr(name->data, '/', name->len);

    if (slash != NULL) {
        domain = (size_t) (slash - name->data);

        if (memchr(name->data, '.', domain) != NULL
            || memchr(name->data, ':', domain) != NULL)
        {
            *hub = false;
            name->data += domain + 1;
            name->len -= domain + 1;
        }
    }

    for (i = 0; i < name->len; i++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-./",
                   name->data[i]) == NULL)
        {
            return false;
        }
    }

    return name->len >= 2 && name->len <= 255;
}


/* what may not stand in a URL is percent-encoded */

static oci_str_t
sarif_uri(sarif_t *s, const oci_str_t *text)
{
    size_t      i;
    oci_buf_t   b;
    oci_str_t   uri;

    memset(&b, 0, sizeof(b));

    for (i = 0; i < text->len; i++) {

        if (text->data[i] > 0x20 && text->data[i] < 0x7f
            && strchr("\"<>\\^`{|}", text->data[i]) == NULL)
        {
            oci_buf_add(&b, &text->data[i], 1);

        } else {
            oci_buf_addf(&b, "%%%02X", text->data[i]);
        }
    }

    uri = oci_str_dup(s->pool, b.data == NULL ? (u_char *) "" : b.data,
                      b.len);
    if (uri.data == NULL || b.failed) {
        s->e->buf->failed = true;
    }

    oci_buf_free(&b);

    return uri;
}
