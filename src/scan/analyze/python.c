/*
 * Python's METADATA and PKG-INFO, also inside of an egg.
 */

#include "analyze.h"
#include "base/archive.h"
#include "model/license.h"

#include <string.h>
#include <strings.h>


#define OCI_SCAN_EGG_ENTRIES  10000
#define OCI_SCAN_EGG_INFO     (1024 * 1024)


static bool python_wants(const oci_scan_file_t *f);
static bool egg_wants(const oci_scan_file_t *f);
static oci_status_e python_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e egg_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e python_text(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, const char *by, oci_error_t *err);
static oci_str_t python_license(oci_scan_walker_t *w,
    const oci_scan_mime_t *m);


const analyzer_t  analyze_python = {
    .wants = python_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = python_read
};


const analyzer_t  analyze_egg = {
    .wants = egg_wants,
    .max = 24 * OCI_SCAN_MB,
    .analyze = egg_read
};


static bool
python_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);

    return (oci_str_is(&base, "METADATA")
            && (oci_scan_text_find(&f->path, ".dist-info") != -1
                || oci_str_suffix(&f->path, ".egg-info/METADATA")))
           || oci_str_suffix(&f->path, "EGG-INFO/PKG-INFO")
           || oci_str_suffix(&f->path, ".egg-info")
           || oci_str_suffix(&f->path, ".egg-info/PKG-INFO");
}


static oci_status_e
python_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    return python_text(w, f, text, "python-pkg", err);
}


static bool
egg_wants(const oci_scan_file_t *f)
{
    return oci_str_suffix(&f->path, ".egg");
}


/* an egg that is a zip file, with its PKG-INFO inside */

static oci_status_e
egg_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
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

        rc = python_text(w, f, &info, "python-egg", err);
        break;
    }

    (void) la.archive_read_free(a);
    return rc;
}


static oci_status_e
python_text(oci_scan_walker_t *w, const oci_scan_file_t *f,
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

    pkg = oci_scan_kit_lone_pkg(w, "python-pkg", f, &name, &version, err);
    if (pkg == NULL) {
        return err->status;
    }

    pkg->analyzed_by = by;
    license = python_license(w, &m);

    return (oci_scan_license_split(w->tmp, &license, &pkg->licenses)
            && oci_scan_license_normalize(w->pool, &pkg->licenses))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* License-Expression, else the classifiers, else License */

static oci_str_t
python_license(oci_scan_walker_t *w, const oci_scan_mime_t *m)
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

        while ((at = oci_scan_text_find(&s, " :: ")) != -1) {
            s = oci_scan_text_skip(s, (size_t) at + 4);
        }

        if (!oci_str_is(&s, "OSI Approved")) {
            all = oci_strf(w->tmp, "%.*s%s%.*s", (int) all.len,
                           all.len ? (char *) all.data : "",
                           all.len ? ", " : "", (int) s.len, s.data);
        }
    }

    return (all.len != 0) ? all : oci_scan_mime_get(m, "License");
}
