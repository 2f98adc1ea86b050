/*
 * Package metadata of languages that is one small text file for a package:
 * Python's METADATA and PKG-INFO, package.json, gemspecs, conda-meta.
 */

#include "analyze.h"
#include "base/archive.h"
#include "model/license.h"
#include "oci_json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_EGG_ENTRIES  10000
#define OCI_SCAN_EGG_INFO     (1024 * 1024)


typedef struct {
    oci_str_t  var;
    oci_str_t  name;
    oci_str_t  version;
    oci_str_t  license;
} oci_scan_gem_t;


static oci_status_e oci_scan_python_text(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, const char *by,
    oci_error_t *err);
static oci_str_t oci_scan_python_license(oci_scan_walker_t *w,
    const oci_scan_mime_t *m);
static bool oci_scan_node_valid(const json_t *root);
static bool oci_scan_node_name(const oci_str_t *name);
static bool oci_scan_node_strings(const json_t *map);
static bool oci_scan_node_licenses(oci_scan_walker_t *w, const json_t *value,
    oci_scan_strs_t *list);
static void oci_scan_gem_line(oci_scan_walker_t *w, oci_scan_gem_t *gem,
    oci_str_t line);
static bool oci_scan_gem_field(const oci_scan_gem_t *gem, oci_str_t line,
    const char *field, oci_str_t *value);
static oci_str_t oci_scan_gem_bare(oci_str_t s);
static oci_str_t oci_scan_gem_licenses(oci_scan_walker_t *w, oci_str_t s);


oci_status_e
oci_scan_python(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    return oci_scan_python_text(w, f, text, "python-pkg", err);
}


/* an egg that is a zip file, with its PKG-INFO inside */

oci_status_e
oci_scan_egg(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    int                     n;
    u_char                 *buf;
    ssize_t                 len;
    oci_str_t               name, info;
    oci_status_e            rc;
    struct archive         *a;
    oci_scan_archive_t      la;
    struct archive_entry   *entry;

    if (oci_scan_archive_load(&la, err) != OCI_OK) {
        return err->status;
    }

    buf = oci_palloc(w->tmp, OCI_SCAN_EGG_INFO);
    a = la.archive_read_new();

    if (a == NULL || buf == NULL) {
        (void) la.archive_read_free(a);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    (void) la.archive_read_support_format_zip_seekable(a);
    rc = OCI_OK;

    if (la.archive_read_open_memory(a, text->data, text->len) != ARCHIVE_OK) {
        rc = oci_error(err, OCI_INVALID, 0, "not a zip file");
    }

    for (n = 0; rc == OCI_OK && n < OCI_SCAN_EGG_ENTRIES; n++) {

        if (la.archive_read_next_header(a, &entry) < ARCHIVE_WARN
            || la.archive_entry_pathname(entry) == NULL)
        {
            break;
        }

        name = oci_str(la.archive_entry_pathname(entry));

        if (!oci_str_suffix(&name, "EGG-INFO/PKG-INFO")
            && !oci_str_suffix(&name, ".egg-info")
            && !oci_str_suffix(&name, ".egg-info/PKG-INFO")
            && !oci_str_suffix(&name, ".egg-info/METADATA"))
        {
            continue;
        }

        len = la.archive_read_data(a, buf, OCI_SCAN_EGG_INFO);
        info.data = buf;
        info.len = (len > 0) ? (size_t) len : 0;

        rc = oci_scan_python_text(w, f, &info, "python-egg", err);
        break;
    }

    (void) la.archive_read_free(a);
    return rc;
}


oci_status_e
oci_scan_node(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool             ok;
    json_t          *root;
    oci_str_t        name, version;
    oci_scan_pkg_t  *pkg;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return err->status;
    }

    name = oci_json_str(root, "name");
    version = oci_json_str(root, "version");

    if (!oci_scan_node_valid(root) || !oci_scan_node_name(&name)) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "not npm's package.json");
    }

    if (name.len == 0 || version.len == 0) {
        json_decref(root);
        return OCI_OK;
    }

    pkg = oci_scan_lone_pkg(w, "node-pkg", f, &name, &version, err);
    ok = (pkg != NULL);

    if (ok) {
        pkg->id = oci_scan_pkg_id(w->pool, "node-pkg", &name, &version);
        ok = pkg->id.data != NULL
             && oci_scan_node_licenses(w, json_object_get(root, "license"),
                                       &pkg->licenses);
    }

    json_decref(root);

    return ok ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/*
 * A gemspec is Ruby, but RubyGems writes the installed ones in one form:
 * "s.name = "rack".freeze" behind "Gem::Specification.new do |s|".
 */

oci_status_e
oci_scan_gemspec(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t        rest, line;
    oci_scan_gem_t   gem;
    oci_scan_pkg_t  *pkg;

    memset(&gem, 0, sizeof(oci_scan_gem_t));
    rest = *text;

    while (oci_scan_line(&rest, &line)
           && (gem.name.len == 0 || gem.version.len == 0
               || gem.license.len == 0))
    {
        oci_scan_gem_line(w, &gem, oci_scan_trim(line));
    }

    if (gem.name.len == 0 || gem.version.len == 0) {
        return oci_error(err, OCI_INVALID, 0, "gemspec without a name or "
                         "version");
    }

    pkg = oci_scan_lone_pkg(w, "gemspec", f, &gem.name, &gem.version, err);
    if (pkg == NULL) {
        return err->status;
    }

    return (oci_scan_license_split(w->tmp, &gem.license, &pkg->licenses)
            && oci_scan_license_normalize(w->pool, &pkg->licenses))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


oci_status_e
oci_scan_conda(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool             ok;
    json_t          *root;
    oci_str_t        name, version, license;
    oci_scan_pkg_t  *pkg;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return err->status;
    }

    name = oci_json_str(root, "name");
    version = oci_json_str(root, "version");
    license = oci_json_str(root, "license");

    if (name.len == 0 || version.len == 0) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "no name or version");
    }

    pkg = oci_scan_lone_pkg(w, "conda-pkg", f, &name, &version, err);

    ok = pkg != NULL
         && oci_scan_license_split(w->tmp, &license, &pkg->licenses)
         && oci_scan_license_normalize(w->pool, &pkg->licenses);

    json_decref(root);

    return ok ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static oci_status_e
oci_scan_python_text(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, const char *by, oci_error_t *err)
{
    oci_str_t         name, version, license;
    oci_status_e      rc;
    oci_scan_pkg_t   *pkg;
    oci_scan_mime_t   m;

    rc = oci_scan_mime(&m, w->tmp, *text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    name = oci_scan_mime_get(&m, "name");
    version = oci_scan_mime_get(&m, "version");

    if (name.len == 0 || version.len == 0) {
        return oci_error(err, OCI_INVALID, 0, "no name or version");
    }

    pkg = oci_scan_lone_pkg(w, "python-pkg", f, &name, &version, err);
    if (pkg == NULL) {
        return err->status;
    }

    pkg->analyzed_by = by;
    license = oci_scan_python_license(w, &m);

    return (oci_scan_license_split(w->tmp, &license, &pkg->licenses)
            && oci_scan_license_normalize(w->pool, &pkg->licenses))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* License-Expression, else the classifiers, else License */

static oci_str_t
oci_scan_python_license(oci_scan_walker_t *w, const oci_scan_mime_t *m)
{
    size_t             i;
    ssize_t            at;
    oci_str_t          s, all;
    oci_scan_field_t  *field;

    s = oci_scan_mime_get(m, "License-Expression");
    if (s.len != 0) {
        return s;
    }

    memset(&all, 0, sizeof(oci_str_t));
    field = m->fields.elts;

    for (i = 0; i < m->fields.nelts; i++) {

        s = field[i].value;

        if (field[i].key.len != 10
            || strncasecmp((char *) field[i].key.data, "Classifier", 10) != 0
            || !oci_str_prefix(&s, "License :: "))
        {
            continue;
        }

        while ((at = oci_scan_find(&s, " :: ")) != -1) {
            s = oci_scan_skip(s, (size_t) at + 4);
        }

        if (!oci_str_is(&s, "OSI Approved")) {
            all = oci_strf(w->tmp, "%.*s%s%.*s", (int) all.len,
                           all.len ? (char *) all.data : "",
                           all.len ? ", " : "", (int) s.len, s.data);
        }
    }

    return (all.len != 0) ? all : oci_scan_mime_get(m, "License");
}


/* what Go's decoder would refuse, Trivy leaves out */

static bool
oci_scan_node_valid(const json_t *root)
{
    size_t             i;
    const json_t      *value;
    static const char  *const strings[] = { "name", "version" };
    static const char  *const maps[] = {
        "dependencies", "optionalDependencies", "devDependencies"
    };

    if (!json_is_object(root)) {
        return false;
    }

    for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        value = json_object_get(root, strings[i]);
        if (value != NULL && !json_is_string(value) && !json_is_null(value)) {
            return false;
        }
    }

    for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        if (!oci_scan_node_strings(json_object_get(root, maps[i]))) {
            return false;
        }
    }

    return true;
}


static bool
oci_scan_node_strings(const json_t *map)
{
    json_t      *value;
    const char  *key;

    if (map == NULL || json_is_null(map)) {
        return true;
    }

    if (!json_is_object(map)) {
        return false;
    }

    json_object_foreach((json_t *) (uintptr_t) map, key, value) {
        if (!json_is_string(value) && !json_is_null(value)) {
            return false;
        }
    }

    return true;
}


/* (@scope/)?name, of letters, digits, "-", "." and "_" */

static bool
oci_scan_node_name(const oci_str_t *name)
{
    size_t     i, slashes;
    oci_str_t  s;

    s = *name;
    slashes = oci_scan_cut_prefix(&s, "@") ? 1 : 0;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '/' && slashes == 1 && i > 0 && i + 1 < s.len) {
            slashes = 0;

        } else if (!isalnum(s.data[i]) && s.data[i] != '-'
                   && s.data[i] != '.' && s.data[i] != '_')
        {
            return false;
        }
    }

    return slashes == 0;
}


static bool
oci_scan_node_licenses(oci_scan_walker_t *w, const json_t *value,
    oci_scan_strs_t *list)
{
    size_t         i;
    oci_str_t     *to;
    oci_array_t    all;
    const json_t  *one;

    oci_array_init(&all, w->tmp, sizeof(oci_str_t));

    for (i = 0; ; i++) {

        one = json_is_array(value) ? json_array_get(value, i) : value;

        if (one == NULL || (i != 0 && !json_is_array(value))) {
            break;
        }

        if (json_is_object(one)) {
            one = json_object_get(one, "type");

        } else if (json_is_array(value)) {
            all.nelts = 0;
            break;
        }

        if (!json_is_string(one) || json_string_length(one) == 0) {
            continue;
        }

        to = oci_array_push(&all);
        if (to == NULL) {
            return false;
        }

        *to = oci_str(json_string_value(one));
    }

    *list = oci_scan_strs(&all);
    return oci_scan_license_normalize(w->pool, list);
}


static void
oci_scan_gem_line(oci_scan_walker_t *w, oci_scan_gem_t *gem, oci_str_t line)
{
    ssize_t    end;
    oci_str_t  s, after;

    if (oci_scan_find(&line, "Gem::Specification.new") != -1
        && oci_scan_cut(line, '|', &s, &after))
    {
        end = oci_scan_find_last(&after, '|');

        if (end != -1) {
            gem->var = after;
            gem->var.len = (size_t) end;
        }
    }

    if (gem->var.len == 0) {
        return;
    }

    if (oci_scan_gem_field(gem, line, ".name", &s)) {
        gem->name = oci_scan_gem_bare(s);

    } else if (oci_scan_gem_field(gem, line, ".version", &s)) {
        gem->version = oci_scan_gem_bare(s);

    } else if (oci_scan_gem_field(gem, line, ".licenses", &s)) {
        gem->license = oci_scan_gem_licenses(w, line);

    } else if (oci_scan_gem_field(gem, line, ".license", &s)) {
        gem->license = oci_scan_gem_bare(s);
    }
}


/* "s.name = value": the first word of the value, empty when it has none */

static bool
oci_scan_gem_field(const oci_scan_gem_t *gem, oci_str_t line,
    const char *field, oci_str_t *value)
{
    if (line.len < gem->var.len
        || memcmp(line.data, gem->var.data, gem->var.len) != 0)
    {
        return false;
    }

    line = oci_scan_skip(line, gem->var.len);

    if (!oci_scan_cut_prefix(&line, field)) {
        return false;
    }

    line = oci_scan_trim(line);

    if (!oci_scan_cut_prefix(&line, "=")) {
        line.len = 0;
    }

    (void) oci_scan_word(&line, value);
    return true;
}


static oci_str_t
oci_scan_gem_bare(oci_str_t s)
{
    s = oci_scan_trim(s);
    (void) oci_scan_cut_suffix(&s, ".freeze");
    return oci_scan_trim_set(s, "'\"");
}


/* ["MIT".freeze, "Ruby".freeze] */

static oci_str_t
oci_scan_gem_licenses(oci_scan_walker_t *w, oci_str_t s)
{
    ssize_t    end;
    oci_str_t  before, part, all;

    memset(&all, 0, sizeof(oci_str_t));

    if (!oci_scan_cut(s, '[', &before, &s)) {
        return all;
    }

    end = oci_scan_find_last(&s, ']');
    s.len = (end == -1) ? 0 : (size_t) end;

    while (oci_scan_split(&s, ',', &part)) {
        part = oci_scan_gem_bare(part);
        all = oci_strf(w->tmp, "%.*s%s%.*s", (int) all.len,
                       all.len ? (char *) all.data : "",
                       all.len ? ", " : "", (int) part.len, part.data);
    }

    return all;
}
