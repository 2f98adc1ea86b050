/*
 * apk's database of installed packages: paragraphs of "X:value" lines.
 *
 * Source: wiki.alpinelinux.org/wiki/Apk_spec, "Installed Database".
 */

#include "analyze.h"
#include "model/license.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <string.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      provides;   /* name -> id, as oci_str_t */
    oci_scan_map_t      seen;       /* package names */
    oci_scan_pkg_t      pkg;
    oci_array_t         files;
    oci_array_t         depends;    /* still as names */
    oci_str_t           dir;
    oci_str_t           version;
} apk_t;


static bool apk_wants(const oci_scan_file_t *f);
static oci_status_e apk_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static bool apk_line(apk_t *a, oci_str_t line);
static bool apk_value(apk_t *a, u_char key, oci_str_t value);
static bool apk_file(apk_t *a, const oci_str_t *name);
static bool apk_provides(apk_t *a, oci_str_t value);
static bool apk_depends(apk_t *a, oci_str_t value);
static oci_str_t apk_bare(oci_str_t s);
static oci_str_t apk_digest(oci_scan_walker_t *w, oci_str_t value);
static bool apk_identify(apk_t *a);
static bool apk_end(apk_t *a);
static bool apk_valid(oci_str_t v);
static bool apk_digits(oci_str_t *v);


const analyzer_t  analyze_apk = {
    .wants = apk_wants,
    .max = 64 * OCI_SCAN_MB,
    .analyze = apk_read
};


static bool
apk_wants(const oci_scan_file_t *f)
{
    return oci_str_is(&f->path, "lib/apk/db/installed")
           || oci_str_is(&f->path, "usr/lib/apk/db/installed");
}


static oci_status_e
apk_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool       ok;
    apk_t      a;
    oci_str_t  rest, line;

    memset(&a, 0, sizeof(apk_t));
    a.w = w;
    a.group = oci_scan_kit_group(w, NULL, &f->path, err);
    if (a.group == NULL) {
        return err->status;
    }

    oci_scan_map_init(&a.provides, w->tmp);
    oci_scan_map_init(&a.seen, w->tmp);
    oci_array_init(&a.files, w->pool, sizeof(oci_str_t));
    oci_array_init(&a.depends, w->tmp, sizeof(oci_str_t));

    rest = *text;
    ok = true;

    while (ok && oci_scan_text_line(&rest, &line)) {
        ok = apk_line(&a, line);
    }

    if (!ok || !apk_end(&a)
        || !oci_scan_kit_resolve(w, a.group, &a.provides, true))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


static bool
apk_line(apk_t *a, oci_str_t line)
{
    if (line.len < 2) {
        return apk_end(a);
    }

    if (line.data[1] == ':'
        && !apk_value(a, line.data[0], oci_scan_text_skip(line, 2)))
    {
        return false;
    }

    return apk_identify(a);
}


static bool
apk_value(apk_t *a, u_char key, oci_str_t value)
{
    oci_scan_walker_t  *w;

    w = a->w;

    switch (key) {

    case 'P':
        a->pkg.name = oci_scan_kit_keep(w, &value);
        return a->pkg.name.data != NULL;

    case 'V':
        a->version = oci_scan_kit_keep(w, &value);
        if (apk_valid(value)) {
            a->pkg.version = a->version;
        }

        return a->version.data != NULL;

    case 'o':
        a->pkg.src_name = oci_scan_kit_keep(w, &value);
        a->pkg.src_version = a->version;
        return a->pkg.src_name.data != NULL;

    case 'L':
        return oci_scan_license_words(w->pool, &value, &a->pkg.licenses);

    case 'A':
        a->pkg.arch = oci_scan_kit_keep(w, &value);
        return a->pkg.arch.data != NULL;

    case 'm':
        a->pkg.maintainer = oci_scan_kit_keep(w, &value);
        return a->pkg.maintainer.data != NULL;

    case 'C':
        a->pkg.digest = apk_digest(w, value);
        return true;

    case 'F':
        a->dir = value;
        return true;

    case 'R':
        return apk_file(a, &value);

    case 'p':
        return apk_provides(a, value);

    case 'D':
        return apk_depends(a, value);

    default:
        return true;
    }
}


static bool
apk_file(apk_t *a, const oci_str_t *name)
{
    oci_str_t  *path;

    path = oci_array_push(&a->files);
    if (path == NULL) {
        return false;
    }

    *path = oci_strf(a->w->pool, "%.*s%s%.*s", (int) a->dir.len,
                     (char *) a->dir.data, a->dir.len ? "/" : "",
                     (int) name->len, (char *) name->data);
    if (path->data == NULL) {
        return false;
    }

    path->len = oci_scan_walk_clean((char *) path->data);
    return oci_scan_kit_own(a->w, path);
}


static bool
apk_provides(apk_t *a, oci_str_t value)
{
    oci_str_t  word, *id;

    while (oci_scan_text_word(&value, &word)) {

        id = oci_palloc(a->w->tmp, sizeof(oci_str_t));
        if (id == NULL) {
            return false;
        }

        *id = a->pkg.id;
        word = apk_bare(word);

        if (!oci_scan_map_set(&a->provides, &word, id)) {
            return false;
        }
    }

    return true;
}


/* the last "D:" of a package counts; conflicts are no dependencies */

static bool
apk_depends(apk_t *a, oci_str_t value)
{
    oci_str_t  word, *name;

    oci_array_init(&a->depends, a->w->tmp, sizeof(oci_str_t));

    while (oci_scan_text_word(&value, &word)) {

        if (word.data[0] == '!') {
            continue;
        }

        name = oci_array_push(&a->depends);
        if (name == NULL) {
            return false;
        }

        *name = apk_bare(word);
    }

    return true;
}


/* "so:libssl.so.1.1=1.1" is "so:libssl.so.1.1" */

static oci_str_t
apk_bare(oci_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '<' || s.data[i] == '>' || s.data[i] == '=') {
            s.len = i;
        }
    }

    return s;
}


/* "Q1" and base64 of a SHA-1; without it, of an MD5 */

static oci_str_t
apk_digest(oci_scan_walker_t *w, oci_str_t value)
{
    int          n;
    bool         sha1;
    char         hex[2 * 48 + 1];
    u_char       raw[64];
    unsigned     i, pad;
    oci_str_t    none = oci_null_string;

    sha1 = oci_scan_text_cut_prefix(&value, "Q1");

    if (value.len == 0 || value.len > 60 || value.len % 4 != 0) {
        return none;
    }

    for (pad = 0; pad < 2 && value.data[value.len - 1 - pad] == '='; pad++) {
        /* EVP_DecodeBlock counts padding as bytes */
    }

    n = EVP_DecodeBlock(raw, value.data, (int) value.len) - (int) pad;
    if (n <= 0) {
        return none;
    }

    for (i = 0; i < (unsigned) n; i++) {
        hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }

    hex[2 * n] = '\0';
    return oci_strf(w->pool, "%s:%s", sha1 ? "sha1" : "md5", hex);
}


/* a package provides its own name */

static bool
apk_identify(apk_t *a)
{
    oci_str_t  *id;

    if (a->pkg.name.len == 0 || a->pkg.version.len == 0
        || a->pkg.id.len != 0)
    {
        return true;
    }

    a->pkg.id = oci_scan_pkg_id(a->w->pool, NULL, &a->pkg.name,
                                &a->pkg.version);

    id = oci_palloc(a->w->tmp, sizeof(oci_str_t));
    if (id == NULL || a->pkg.id.data == NULL) {
        return false;
    }

    *id = a->pkg.id;
    return oci_scan_map_set(&a->provides, &a->pkg.name, id);
}


/* the first entry of a name wins */

static bool
apk_end(apk_t *a)
{
    oci_scan_pkg_t  *pkg;

    if (a->pkg.name.len != 0 && a->pkg.version.len != 0
        && oci_scan_map_get(&a->seen, &a->pkg.name) == NULL)
    {
        pkg = oci_array_push(&a->group->pkgs);

        if (pkg == NULL || !oci_scan_map_set(&a->seen, &a->pkg.name, a)) {
            return false;
        }

        *pkg = a->pkg;
        pkg->analyzed_by = "apk";
        pkg->files = oci_scan_strs(&a->files);
        pkg->depends = oci_scan_strs(&a->depends);
    }

    memset(&a->pkg, 0, sizeof(oci_scan_pkg_t));
    oci_array_init(&a->files, a->w->pool, sizeof(oci_str_t));
    oci_array_init(&a->depends, a->w->tmp, sizeof(oci_str_t));
    return true;
}


/* digits{.digits}{letter}{_suffix{digits}}{-rdigits} */

static bool
apk_valid(oci_str_t v)
{
    size_t       i;
    static const char  *const suffixes[] = {
        "_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p"
    };

    if (!apk_digits(&v)) {
        return false;
    }

    while (oci_scan_text_cut_prefix(&v, ".")) {
        if (!apk_digits(&v)) {
            return false;
        }
    }

    if (v.len != 0 && islower(v.data[0])) {
        v = oci_scan_text_skip(v, 1);
    }

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); ) {

        if (oci_scan_text_cut_prefix(&v, suffixes[i])) {
            (void) apk_digits(&v);
            i = 0;

        } else {
            i++;
        }
    }

    if (oci_scan_text_cut_prefix(&v, "-r") && !apk_digits(&v)) {
        return false;
    }

    return v.len == 0;
}


static bool
apk_digits(oci_str_t *v)
{
    size_t  n;

    for (n = 0; n < v->len && isdigit(v->data[n]); n++) {
        /* all of them */
    }

    *v = oci_scan_text_skip(*v, n);
    return n != 0;
}
