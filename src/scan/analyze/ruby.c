/*
 * Specifications of installed gems.
 */

#include "analyze.h"
#include "model/license.h"

#include <string.h>


typedef struct {
    oci_str_t  var;
    oci_str_t  name;
    oci_str_t  version;
    oci_str_t  license;
} gem_t;


static bool gemspec_wants(const oci_scan_file_t *f);
static oci_status_e gemspec_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static void gem_line(oci_scan_walker_t *w, gem_t *gem, oci_str_t line);
static bool gem_field(const gem_t *gem, oci_str_t line,
    const char *field, oci_str_t *value);
static oci_str_t gem_bare(oci_str_t s);
static oci_str_t gem_licenses(oci_scan_walker_t *w, oci_str_t s);


const analyzer_t  analyze_gemspec = {
    .wants = gemspec_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = gemspec_read
};


/* .*\/specifications/.+\.gemspec */

static bool
gemspec_wants(const oci_scan_file_t *f)
{
    ssize_t  at;

    at = oci_scan_text_find(&f->path, "/specifications/");

    return at != -1 && oci_scan_text_find(&f->path, ".gemspec")
                       > at + (ssize_t) sizeof("/specifications/") - 1;
}


/*
 * A gemspec is Ruby, but RubyGems writes the installed ones in one form:
 * "s.name = "rack".freeze" behind "Gem::Specification.new do |s|".
 */

static oci_status_e
gemspec_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    gem_t            gem;
    oci_str_t        rest, line;
    oci_scan_pkg_t  *pkg;

    memset(&gem, 0, sizeof(gem_t));
    rest = *text;

    while (oci_scan_text_line(&rest, &line)
           && (gem.name.len == 0 || gem.version.len == 0
               || gem.license.len == 0))
    {
        gem_line(w, &gem, oci_scan_text_trim(line));
    }

    if (gem.name.len == 0 || gem.version.len == 0) {
        return oci_error(err, OCI_INVALID, 0, "gemspec without a name or "
                         "version");
    }

    pkg = oci_scan_kit_lone_pkg(w, "gemspec", f, &gem.name, &gem.version, err);
    if (pkg == NULL) {
        return err->status;
    }

    return (oci_scan_license_split(w->tmp, &gem.license, &pkg->licenses)
            && oci_scan_license_normalize(w->pool, &pkg->licenses))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static void
gem_line(oci_scan_walker_t *w, gem_t *gem, oci_str_t line)
{
    ssize_t    end;
    oci_str_t  s, after;

    if (oci_scan_text_find(&line, "Gem::Specification.new") != -1
        && oci_scan_text_cut(line, '|', &s, &after))
    {
        end = oci_scan_text_find_last(&after, '|');

        if (end != -1) {
            gem->var = after;
            gem->var.len = (size_t) end;
        }
    }

    if (gem->var.len == 0) {
        return;
    }

    if (gem_field(gem, line, ".name", &s)) {
        gem->name = gem_bare(s);

    } else if (gem_field(gem, line, ".version", &s)) {
        gem->version = gem_bare(s);

    } else if (gem_field(gem, line, ".licenses", &s)) {
        gem->license = gem_licenses(w, line);

    } else if (gem_field(gem, line, ".license", &s)) {
        gem->license = gem_bare(s);
    }
}


/* "s.name = value": the first word of the value, empty when it has none */

static bool
gem_field(const gem_t *gem, oci_str_t line,
    const char *field, oci_str_t *value)
{
    if (line.len < gem->var.len
        || memcmp(line.data, gem->var.data, gem->var.len) != 0)
    {
        return false;
    }

    line = oci_scan_text_skip(line, gem->var.len);

    if (!oci_scan_text_cut_prefix(&line, field)) {
        return false;
    }

    line = oci_scan_text_trim(line);

    if (!oci_scan_text_cut_prefix(&line, "=")) {
        line.len = 0;
    }

    (void) oci_scan_text_word(&line, value);
    return true;
}


static oci_str_t
gem_bare(oci_str_t s)
{
    s = oci_scan_text_trim(s);
    (void) oci_scan_text_cut_suffix(&s, ".freeze");
    return oci_scan_text_trim_set(s, "'\"");
}


/* ["MIT".freeze, "Ruby".freeze] */

static oci_str_t
gem_licenses(oci_scan_walker_t *w, oci_str_t s)
{
    ssize_t    end;
    oci_str_t  before, part, all;

    memset(&all, 0, sizeof(oci_str_t));

    if (!oci_scan_text_cut(s, '[', &before, &s)) {
        return all;
    }

    end = oci_scan_text_find_last(&s, ']');
    s.len = (end == -1) ? 0 : (size_t) end;

    while (oci_scan_text_split(&s, ',', &part)) {
        part = gem_bare(part);
        all = oci_strf(w->tmp, "%.*s%s%.*s", (int) all.len,
                       all.len ? (char *) all.data : "",
                       all.len ? ", " : "", (int) part.len, part.data);
    }

    return all;
}
