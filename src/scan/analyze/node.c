/*
 * npm's package.json of an installed package.
 */

#include "analyze.h"
#include "base/go_json.h"
#include "model/license.h"

#include <ctype.h>


static bool node_wants(const oci_scan_file_t *f);
static oci_status_e node_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static bool node_valid(const json_t *root);
static bool node_strings(const json_t *map);
static bool node_name(const oci_str_t *name);
static bool node_licenses(oci_scan_walker_t *w, const json_t *value,
    oci_scan_strs_t *list);


static oci_scan_names_t  node_names[] = {
    "dependencies", "devDependencies", "license", "name",
    "optionalDependencies", "type", "version", NULL
};


const analyzer_t  analyze_node = {
    .wants = node_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = node_read
};


static bool
node_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "package.json");
}


static oci_status_e
node_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool             ok;
    json_t          *root;
    oci_str_t        name, version;
    oci_scan_pkg_t  *pkg;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_FIRST, node_names, err);
    if (root == NULL) {
        return err->status;
    }

    name = oci_json_str(root, "name");
    version = oci_json_str(root, "version");

    if (!node_valid(root) || !node_name(&name)) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "not npm's package.json");
    }

    if (name.len == 0 || version.len == 0) {
        json_decref(root);
        return OCI_OK;
    }

    pkg = oci_scan_kit_lone_pkg(w, "node-pkg", f, &name, &version, err);
    ok = (pkg != NULL);

    if (ok) {
        pkg->id = oci_scan_pkg_id(w->pool, "node-pkg", &name, &version);
        ok = pkg->id.data != NULL
             && node_licenses(w, json_object_get(root, "license"),
                              &pkg->licenses);
    }

    json_decref(root);

    return ok ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* what Go's decoder would refuse, Trivy leaves out */

static bool
node_valid(const json_t *root)
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
        if (!node_strings(json_object_get(root, maps[i]))) {
            return false;
        }
    }

    return true;
}


static bool
node_strings(const json_t *map)
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
node_name(const oci_str_t *name)
{
    size_t     i, slashes;
    oci_str_t  s;

    s = *name;
    slashes = oci_scan_text_cut_prefix(&s, "@") ? 1 : 0;

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
node_licenses(oci_scan_walker_t *w, const json_t *value, oci_scan_strs_t *list)
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
