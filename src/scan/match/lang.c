/*
 * Matching packages of languages.
 */

#include "match.h"

#include <ctype.h>
#include <string.h>


typedef struct {
    const char          *type;
    const char          *root;
    oci_scan_version_e   version;
    bool                 keep_case;
} lang_rule_t;


static const lang_rule_t *lang_rule(const oci_str_t *type);
static oci_status_e lang_result(match_t *d, oci_error_t *err);
static oci_str_t lang_name(match_t *d, const lang_rule_t *rule);
static oci_status_e lang_advisory(void *ctx, const oci_str_t *root,
    const oci_str_t *id, const json_t *value, oci_error_t *err);
static void lang_withdraw(match_t *d, const oci_str_t *id);
static bool lang_vulnerable(match_t *d, const oci_str_t *id,
    const json_t *value);
static bool lang_has_empty(const json_t *list);
static bool lang_in(match_t *d, const oci_str_t *id, const json_t *one,
    const json_t *two, bool *good);
static void lang_join(oci_buf_t *b, const json_t *list);
static oci_str_t lang_fixed(match_t *d, const json_t *value);
static void lang_bounds(oci_buf_t *b, const char *range);
static void lang_unique(oci_buf_t *b, const char *text, size_t len);


static const lang_rule_t  lang_rules[] = {
    { "bitnami", "bitnami::", OCI_SCAN_VERSION_BITNAMI, false },
    { "bundler", "rubygems::", OCI_SCAN_VERSION_GEM, false },
    { "bun", "npm::", OCI_SCAN_VERSION_NPM, false },
    { "cargo", "cargo::", OCI_SCAN_VERSION_GENERIC, false },
    { "cocoapods", "cocoapods::", OCI_SCAN_VERSION_GEM, true },
    { "composer", "composer::", OCI_SCAN_VERSION_GENERIC, false },
    { "composer-vendor", "composer::", OCI_SCAN_VERSION_GENERIC, false },
    { "conan", "conan::", OCI_SCAN_VERSION_GENERIC, false },
    { "dotnet-core", "nuget::", OCI_SCAN_VERSION_GENERIC, false },
    { "gemspec", "rubygems::", OCI_SCAN_VERSION_GEM, false },
    { "gobinary", "go::", OCI_SCAN_VERSION_GENERIC, true },
    { "gomod", "go::", OCI_SCAN_VERSION_GENERIC, true },
    { "gradle", "maven::", OCI_SCAN_VERSION_MAVEN, false },
    { "hex", "erlang::", OCI_SCAN_VERSION_GENERIC, false },
    { "jar", "maven::", OCI_SCAN_VERSION_MAVEN, false },
    { "julia", "julia::", OCI_SCAN_VERSION_GENERIC, true },
    { "kubernetes", "k8s::", OCI_SCAN_VERSION_GENERIC, false },
    { "node-pkg", "npm::", OCI_SCAN_VERSION_NPM, false },
    { "npm", "npm::", OCI_SCAN_VERSION_NPM, false },
    { "nuget", "nuget::", OCI_SCAN_VERSION_GENERIC, false },
    { "packages-props", "nuget::", OCI_SCAN_VERSION_GENERIC, false },
    { "pip", "pip::", OCI_SCAN_VERSION_PEP440, false },
    { "pipenv", "pip::", OCI_SCAN_VERSION_PEP440, false },
    { "pnpm", "npm::", OCI_SCAN_VERSION_NPM, false },
    { "poetry", "pip::", OCI_SCAN_VERSION_PEP440, false },
    { "pom", "maven::", OCI_SCAN_VERSION_MAVEN, false },
    { "pub", "pub::", OCI_SCAN_VERSION_GENERIC, false },
    { "python-pkg", "pip::", OCI_SCAN_VERSION_PEP440, false },
    { "rustbinary", "cargo::", OCI_SCAN_VERSION_GENERIC, false },
    { "sbt", "maven::", OCI_SCAN_VERSION_MAVEN, false },
    { "swift", "swift::", OCI_SCAN_VERSION_GENERIC, false },
    { "uv", "pip::", OCI_SCAN_VERSION_PEP440, false },
    { "yarn", "npm::", OCI_SCAN_VERSION_NPM, false },
    { NULL, NULL, OCI_SCAN_VERSION_GENERIC, false }
};


oci_status_e
match_langs(match_t *d, oci_error_t *err)
{
    size_t        i, files;
    oci_status_e  rc;

    files = 0;

    for (i = 0; i < d->report->results.nelts; i++) {
        d->result = (oci_scan_result_t *) d->report->results.elts + i;
        files += strcmp(d->result->class, "lang-pkgs") == 0;
    }

    match_log(d, "INFO", "Number of language-specific files\tnum=%zu",
              files);

    for (i = 0; i < d->report->results.nelts; i++) {
        d->result = (oci_scan_result_t *) d->report->results.elts + i;
        d->rule = lang_rule(&d->result->type);

        if (strcmp(d->result->class, "lang-pkgs") != 0) {
            continue;
        }

        if (d->rule == NULL) {
            if (!oci_str_is(&d->result->type, "conda-pkg")) {
                match_log(d, "WARN", "The library type is not supported for "
                          "vulnerability scanning\ttype=\"%.*s\"",
                          (int) d->result->type.len, d->result->type.data);
            }

            continue;
        }

        match_log(d, "INFO", "[%.*s] Detecting vulnerabilities...",
                  (int) d->result->type.len, d->result->type.data);

        rc = lang_result(d, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static const lang_rule_t *
lang_rule(const oci_str_t *type)
{
    size_t  i;

    for (i = 0; lang_rules[i].type != NULL; i++) {
        if (oci_str_is(type, lang_rules[i].type)) {
            return &lang_rules[i];
        }
    }

    return NULL;
}


static oci_status_e
lang_result(match_t *d, oci_error_t *err)
{
    size_t              i;
    oci_str_t           root, name;
    oci_status_e        rc;
    const lang_rule_t  *rule;

    rule = d->rule;
    root = oci_str(rule->root);

    rc = oci_scan_version_open(&d->version, rule->version, err);
    if (rc != OCI_OK) {
        return rc;
    }

    for (i = 0; i < d->result->pkgs.nelts; i++) {
        d->pkg = (oci_scan_pkg_t *) d->result->pkgs.elts + i;
        d->installed = d->pkg->version;
        d->first = d->result->findings.nelts;

        if (d->pkg->version.len == 0) {
            continue;
        }

        name = lang_name(d, rule);
        if (name.data == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        rc = oci_scan_vulndb_advisories(d->db, &root, &name, lang_advisory, d,
                                        err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* as the database's keys are written */

static oci_str_t
lang_name(match_t *d, const lang_rule_t *rule)
{
    size_t     i;
    oci_str_t  name;

    name = d->pkg->name;

    if (strcmp(rule->root, "swift::") == 0) {

        if (oci_str_prefix(&name, "https://")) {
            name.data += 8;
            name.len -= 8;
        }

        if (oci_str_suffix(&name, ".git")) {
            name.len -= 4;
        }
    }

    name = oci_str_dup(d->report->pool, name.data, name.len);

    for (i = 0; name.data != NULL && !rule->keep_case && i < name.len; i++) {
        name.data[i] = (u_char) tolower(name.data[i]);

        if (name.data[i] == '_' && rule->version == OCI_SCAN_VERSION_PEP440) {
            name.data[i] = '-';
        }
    }

    return name;
}


static oci_status_e
lang_advisory(void *ctx, const oci_str_t *root, const oci_str_t *id,
    const json_t *value, oci_error_t *err)
{
    match_t             *d = ctx;
    oci_scan_finding_t  *f;

    if (!lang_vulnerable(d, id, value)) {
        lang_withdraw(d, id);
        return OCI_OK;
    }

    f = match_add(d, root, id, err);
    if (f == NULL) {
        return OCI_NOMEM;
    }

    f->vendor_ids = match_strs(d, value, "VendorIDs");
    f->fixed = lang_fixed(d, value);

    return OCI_OK;
}


/* of several sources that know a vulnerability the last one counts */

static void
lang_withdraw(match_t *d, const oci_str_t *id)
{
    size_t               i;
    oci_array_t         *list;
    oci_scan_finding_t  *f;

    list = &d->result->findings;
    f = list->elts;

    for (i = d->first; i < list->nelts; i++) {

        if (oci_str_eq(&f[i].id, id)) {
            list->nelts--;
            memmove(&f[i], &f[i + 1], (list->nelts - i) * sizeof(f[0]));
            return;
        }
    }
}


static bool
lang_vulnerable(match_t *d, const oci_str_t *id, const json_t *value)
{
    bool     in, good;
    json_t  *bad, *patched, *unaffected;

    bad = json_object_get(value, "VulnerableVersions");
    patched = json_object_get(value, "PatchedVersions");
    unaffected = json_object_get(value, "UnaffectedVersions");

    if (lang_has_empty(bad) || lang_has_empty(patched)) {
        return true;
    }

    in = false;

    if (json_array_size(bad) != 0) {
        in = lang_in(d, id, bad, NULL, &good);

        if (!in || !good) {
            return false;
        }
    }

    if (json_array_size(patched) == 0 && json_array_size(unaffected) == 0) {
        return in;
    }

    in = lang_in(d, id, patched, unaffected, &good);

    return good && !in;
}


static bool
lang_has_empty(const json_t *list)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(list, i, item) {
        if (json_is_string(item) && json_string_length(item) == 0) {
            return true;
        }
    }

    return false;
}


static bool
lang_in(match_t *d, const oci_str_t *id, const json_t *one,
    const json_t *two, bool *good)
{
    bool       in;
    oci_buf_t  b;
    oci_str_t  range;

    memset(&b, 0, sizeof(b));
    lang_join(&b, one);
    lang_join(&b, two);

    range.data = b.data != NULL ? b.data : (u_char *) "";
    range.len = b.len;

    in = oci_scan_version_in(&d->version, &d->pkg->version, &range, good);

    if (!*good || b.failed) {
        match_log(d, "WARN", "Version matching error\tpackage=\"%.*s\" "
                  "version=\"%.*s\" id=\"%.*s\"", (int) d->pkg->name.len,
                  d->pkg->name.data, (int) d->pkg->version.len,
                  d->pkg->version.data, (int) id->len, id->data);
        *good = false;
    }

    oci_buf_free(&b);

    return in && *good;
}


static void
lang_join(oci_buf_t *b, const json_t *list)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(list, i, item) {

        if (json_is_string(item)) {
            oci_buf_adds(b, b->len == 0 ? "" : " || ");
            oci_buf_adds(b, json_string_value(item));
        }
    }
}


/* what is patched, or else where vulnerable versions end */

static oci_str_t
lang_fixed(match_t *d, const json_t *value)
{
    size_t      i;
    json_t     *list, *item;
    oci_buf_t   b;
    oci_str_t   fixed;

    memset(&b, 0, sizeof(b));
    list = json_object_get(value, "PatchedVersions");

    json_array_foreach(list, i, item) {
        if (json_is_string(item)) {
            lang_unique(&b, json_string_value(item),
                        json_string_length(item));
        }
    }

    if (json_array_size(list) == 0) {
        list = json_object_get(value, "VulnerableVersions");

        json_array_foreach(list, i, item) {
            if (json_is_string(item)) {
                lang_bounds(&b, json_string_value(item));
            }
        }
    }

    fixed = oci_str_dup(d->report->pool,
                        b.data != NULL ? b.data : (u_char *) "", b.len);
    oci_buf_free(&b);

    return fixed;
}


static void
lang_bounds(oci_buf_t *b, const char *range)
{
    size_t  n, len;

    for ( /* void */ ; *range != '\0'; range += n + (range[n] == ',')) {
        range += strspn(range, " \t");
        n = strcspn(range, ",");

        if (n == 0 || range[0] != '<' || range[1] == '=') {
            continue;
        }

        len = n - 1;

        while (len != 0 && isspace((u_char) range[n - len])) {
            len--;
        }

        while (len != 0 && isspace((u_char) range[n - 1])) {
            len--;
            n--;
        }

        lang_unique(b, range + n - len, len);
        n = strcspn(range, ",");
    }
}


/* adds to a list joined by ", " what is not in it */

static void
lang_unique(oci_buf_t *b, const char *text, size_t len)
{
    size_t  i, n;
    char   *end;

    for (i = 0; i < b->len; i += n + 2) {
        end = memmem(b->data + i, b->len - i, ", ", 2);
        n = end != NULL ? (size_t) (end - (char *) b->data) - i : b->len - i;

        if (n == len && memcmp(b->data + i, text, len) == 0) {
            return;
        }
    }

    if (b->len != 0) {
        oci_buf_add(b, ", ", 2);
    }

    oci_buf_add(b, text, len);
}
