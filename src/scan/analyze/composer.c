/*
 * Composer's installed.json: the packages of a PHP application.
 */

#include "analyze.h"
#include "base/go_json.h"
#include "base/json_lines.h"
#include "model/license.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      pkgs;       /* name or id -> 1 + place */
} composer_t;


static bool composer_wants(const oci_scan_file_t *f);
static oci_status_e composer_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e composer_list(composer_t *d, const json_t *list,
    const oci_array_t *lines, bool dev, oci_error_t *err);
static bool composer_license(oci_scan_walker_t *w,
    const json_t *value, oci_scan_strs_t *list);
static oci_status_e composer_depends(composer_t *d,
    const json_t *list, oci_error_t *err);


const analyzer_t  analyze_composer = {
    .wants = composer_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = composer_read
};


static bool
composer_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "installed.json");
}


static oci_status_e
composer_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    json_t           *root;
    oci_array_t       lines, dev;
    oci_status_e      rc;
    composer_t   d;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_V2, NULL, err);
    if (root == NULL) {
        return err->status;
    }

    memset(&d, 0, sizeof(composer_t));
    d.w = w;
    oci_scan_map_init(&d.pkgs, w->tmp);

    if (!json_is_object(root)) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "not of Composer 2");
    }

    d.group = oci_scan_kit_group(w, "composer-vendor", &f->path, err);

    rc = (d.group != NULL
          && oci_scan_lines(w->tmp, text, "packages", 1, &lines)
          && oci_scan_lines(w->tmp, text, "packages-dev", 1, &dev))
         ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        rc = composer_list(&d, json_object_get(root, "packages"),
                           &lines, false, err);
    }

    if (rc == OCI_OK) {
        rc = composer_list(&d,
                           json_object_get(root, "packages-dev"),
                           &dev, true, err);
    }

    if (rc == OCI_OK) {
        rc = composer_depends(&d, json_object_get(root, "packages"),
                              err);
    }

    json_decref(root);
    return rc;
}


static oci_status_e
composer_list(composer_t *d, const json_t *list,
    const oci_array_t *lines, bool dev, oci_error_t *err)
{
    size_t             i;
    json_t            *entry;
    oci_str_t          name, version;
    oci_scan_pkg_t    *pkg;
    oci_scan_lines_t  *line;

    line = lines->elts;

    json_array_foreach(list, i, entry) {

        name = oci_json_str(entry, "name");
        version = oci_json_str(entry, "version");

        if (oci_scan_map_get(&d->pkgs, &name) != NULL) {
            continue;
        }

        pkg = oci_scan_kit_pkg(d->group, err);
        if (pkg == NULL) {
            return OCI_NOMEM;
        }

        pkg->name = oci_scan_kit_keep(d->w, &name);
        pkg->version = oci_scan_kit_keep(d->w, &version);
        pkg->id = oci_scan_pkg_id(d->w->pool, "composer", &name, &version);
        pkg->dev = dev;
        pkg->analyzed_by = "composer-vendor";

        if (pkg->name.data == NULL
            || (i < lines->nelts
                && !oci_scan_kit_span(d->w, pkg, line[i].start, line[i].end))
            || !composer_license(d->w,
                                 json_object_get(entry, "license"),
                                 &pkg->licenses)
            || !oci_scan_map_set(&d->pkgs, &pkg->name,
                                 (void *) (uintptr_t) d->group->pkgs.nelts))
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


static bool
composer_license(oci_scan_walker_t *w, const json_t *value,
    oci_scan_strs_t *list)
{
    size_t        i;
    oci_str_t     s, *to;
    oci_array_t   all;
    json_t       *one;

    if (json_is_string(value)) {
        s = oci_str(json_string_value(value));
        return oci_scan_license_split(w->tmp, &s, list)
               && oci_scan_license_normalize(w->pool, list);
    }

    oci_array_init(&all, w->tmp, sizeof(oci_str_t));

    json_array_foreach(value, i, one) {

        if (!json_is_string(one)) {
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


/* what "require" names, without PHP itself and its extensions */

static oci_status_e
composer_depends(composer_t *d, const json_t *list, oci_error_t *err)
{
    void             *place, *other;
    size_t            i;
    json_t           *entry, *value;
    oci_str_t         name, *id;
    oci_array_t       ids;
    const char       *key;
    oci_scan_pkg_t   *pkg;

    pkg = d->group->pkgs.elts;

    json_array_foreach(list, i, entry) {

        name = oci_json_str(entry, "name");
        place = oci_scan_map_get(&d->pkgs, &name);
        oci_array_init(&ids, d->w->pool, sizeof(oci_str_t));

        json_object_foreach(json_object_get(entry, "require"), key, value) {

            name = oci_str(key);
            other = oci_scan_map_get(&d->pkgs, &name);

            if (other == NULL || oci_str_is(&name, "php")
                || oci_str_prefix(&name, "ext"))
            {
                continue;
            }

            id = oci_array_push(&ids);
            if (id == NULL) {
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }

            *id = pkg[(uintptr_t) other - 1].id;
        }

        if (place != NULL) {
            pkg[(uintptr_t) place - 1].depends = oci_scan_strs(&ids);
            oci_scan_strs_sort(&pkg[(uintptr_t) place - 1].depends);
        }
    }

    return OCI_OK;
}
