/*
 * Licences in usr/share/doc, which belong to packages of dpkg.
 *
 * Source: Debian Policy 12.5; its machine-readable copyright format 1.0.
 */

#include "analyze.h"
#include "model/license.h"

#include <ctype.h>
#include <string.h>


static bool license_wants(const oci_scan_file_t *f);
static oci_status_e license_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static bool license_line(oci_scan_walker_t *w, oci_str_t line,
    oci_array_t *licenses);


const analyzer_t  analyze_dpkg_license = {
    .wants = license_wants,
    .max = 2 * OCI_SCAN_MB,
    .analyze = license_read
};


static bool
license_wants(const oci_scan_file_t *f)
{
    oci_str_t  rest;

    rest = f->path;

    return oci_scan_text_cut_prefix(&rest, "usr/share/doc/")
           && oci_scan_text_cut_suffix(&rest, "/copyright")
           && memchr(rest.data, '/', rest.len) == NULL;
}


/* "License:" fields, or references to usr/share/common-licenses */

static oci_status_e
license_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t              rest, line, name;
    oci_array_t            licenses;
    oci_scan_copyright_t  *c;

    oci_array_init(&licenses, w->tmp, sizeof(oci_str_t));
    rest = *text;

    while (oci_scan_text_line(&rest, &line)) {
        if (!license_line(w, line, &licenses)) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    if (licenses.nelts == 0) {
        return OCI_OK;
    }

    name = oci_scan_text_dir(&f->path);
    name = oci_scan_text_base(&name);
    c = oci_array_push(&w->layer->copyrights);

    if (c != NULL) {
        c->path = oci_scan_kit_keep(w, &f->path);
        c->name = oci_scan_kit_keep(w, &name);
        c->licenses = oci_scan_strs(&licenses);
    }

    return (c != NULL && c->path.data != NULL && c->name.data != NULL
            && oci_scan_license_normalize(w->pool, &c->licenses))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
license_line(oci_scan_walker_t *w, oci_str_t line,
    oci_array_t *licenses)
{
    size_t           i;
    ssize_t          at;
    oci_str_t       *to, after;
    oci_scan_strs_t  list;
    static const char  dir[] = "usr/share/common-licenses/";

    memset(&list, 0, sizeof(oci_scan_strs_t));
    at = oci_scan_text_find(&line, "/usr/share/common-licenses/");

    if (oci_scan_text_cut_prefix(&line, "License:")) {

        (void) oci_scan_text_cut(oci_scan_text_trim(line), '(', &line, &after);
        (void) oci_scan_text_cut_prefix(&line,
                                        "The main library is licensed under ");
        (void) oci_scan_text_cut_suffix(&line, " license");
        line = oci_scan_text_trim(line);

        if (!oci_scan_license_split(w->tmp, &line, &list)) {
            return false;
        }

    } else if (at != -1) {

        line = oci_scan_text_skip(line, (size_t) at + sizeof(dir));

        for (i = 0; i < line.len && (isalnum(line.data[i])
             || (line.data[i] != '\0' && strchr("_.+-", line.data[i])));
             i++)
        {
            /* the name, which does not end in a dot, dash or underscore */
        }

        while (i > 0 && !isalnum(line.data[i - 1]) && line.data[i - 1] != '+')
        {
            i--;
        }

        line.len = i;
        list.elts = &line;
        list.nelts = (i > 1) ? 1 : 0;
    }

    for (i = 0; i < list.nelts; i++) {

        to = oci_array_push(licenses);
        if (to == NULL) {
            return false;
        }

        *to = list.elts[i];
    }

    return true;
}
