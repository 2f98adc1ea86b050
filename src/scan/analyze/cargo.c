/*
 * Cargo.lock: what a Rust program was built from.
 */

#include "analyze.h"
#include "toml_lines.h"
#include "base/toml.h"
#include "oci_json.h"

#include <string.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      versions;       /* name -> oci_str_t, the last one's */
    oci_scan_map_t      ids;            /* id -> oci_scan_pkg_t */
} cargo_t;


static bool cargo_wants(const oci_scan_file_t *f);
static oci_status_e cargo_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static bool cargo_pkgs(cargo_t *c, const json_t *list, oci_error_t *err);
static bool cargo_depends(cargo_t *c, oci_scan_pkg_t *pkg,
    const json_t *list);
static oci_str_t cargo_depend(cargo_t *c, oci_str_t text);
static bool cargo_lines(cargo_t *c, oci_str_t text);
static bool cargo_place(void *ctx, const toml_lines_t *table);


const analyzer_t  analyze_cargo = {
    .wants = cargo_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = cargo_read
};


static bool
cargo_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "Cargo.lock");
}


static oci_status_e
cargo_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool      good;
    json_t   *root, *list;
    cargo_t   c;

    root = oci_scan_toml_load(text, err);
    if (root == NULL) {
        return err->status;
    }

    list = json_object_get(root, "package");

    if (json_array_size(list) == 0) {
        json_decref(root);
        return OCI_OK;
    }

    c.w = w;
    c.group = oci_scan_kit_group(w, "cargo", &f->path, err);
    oci_scan_map_init(&c.versions, w->tmp);

    good = c.group != NULL && cargo_pkgs(&c, list, err)
           && cargo_lines(&c, *text);
    json_decref(root);

    return good ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
cargo_pkgs(cargo_t *c, const json_t *list, oci_error_t *err)
{
    size_t           i;
    json_t          *entry;
    oci_str_t        name, version;
    oci_scan_pkg_t  *pkg;

    json_array_foreach(list, i, entry) {

        name = oci_json_str(entry, "name");
        version = oci_json_str(entry, "version");
        pkg = oci_scan_kit_pkg(c->group, err);

        if (pkg == NULL) {
            return false;
        }

        pkg->name = oci_scan_kit_keep(c->w, &name);
        pkg->version = oci_scan_kit_keep(c->w, &version);
        pkg->id = oci_scan_pkg_id(c->w->pool, "cargo", &name, &version);
        pkg->analyzed_by = "cargo";

        /* the array of packages is done growing when this is asked */

        if (pkg->id.data == NULL
            || !oci_scan_map_set(&c->versions, &pkg->name,
                                 (void *) (uintptr_t) (i + 1)))
        {
            return false;
        }
    }

    pkg = c->group->pkgs.elts;

    json_array_foreach(list, i, entry) {
        if (!cargo_depends(c, &pkg[i], json_object_get(entry,
                                                       "dependencies")))
        {
            return false;
        }
    }

    return true;
}


static bool
cargo_depends(cargo_t *c, oci_scan_pkg_t *pkg, const json_t *list)
{
    size_t        i;
    json_t       *value;
    oci_str_t     id, *to;
    oci_array_t   ids;

    oci_array_init(&ids, c->w->pool, sizeof(oci_str_t));

    json_array_foreach(list, i, value) {

        if (!json_is_string(value)) {
            continue;
        }

        id = cargo_depend(c, oci_str(json_string_value(value)));

        if (id.len != 0) {
            to = oci_array_push(&ids);
            if (to == NULL) {
                return false;
            }

            *to = id;
        }
    }

    pkg->depends = oci_scan_strs(&ids);
    oci_scan_strs_sort(&pkg->depends);
    return true;
}


/* "name" where there is one of it, else "name version", once with a source */

static oci_str_t
cargo_depend(cargo_t *c, oci_str_t text)
{
    size_t           n, at;
    oci_str_t        word[4];
    oci_scan_pkg_t  *pkg;

    for (n = 0; n < 4 && oci_scan_text_word(&text, &word[n]); n++) {
        /* void */
    }

    if (n == 1) {
        at = (uintptr_t) oci_scan_map_get(&c->versions, &word[0]);
        pkg = c->group->pkgs.elts;

        return (at != 0) ? pkg[at - 1].id : oci_str("");
    }

    return (n == 2 || n == 3)
           ? oci_scan_pkg_id(c->w->pool, "cargo", &word[0], &word[1])
           : oci_str("");
}


static bool
cargo_lines(cargo_t *c, oci_str_t text)
{
    size_t                    i;
    oci_scan_pkg_t           *pkg;
    static const char *const  keys[] = { "name =", "version =" };

    oci_scan_map_init(&c->ids, c->w->tmp);
    pkg = c->group->pkgs.elts;

    for (i = 0; i < c->group->pkgs.nelts; i++) {
        if (!oci_scan_map_set(&c->ids, &pkg[i].id, &pkg[i])) {
            return false;
        }
    }

    return toml_lines(text, keys, cargo_place, c);
}


static bool
cargo_place(void *ctx, const toml_lines_t *table)
{
    cargo_t         *c = ctx;
    oci_str_t        id;
    oci_scan_pkg_t  *pkg;

    id = oci_scan_pkg_id(c->w->tmp, "cargo", &table->value[0],
                         &table->value[1]);
    pkg = oci_scan_map_get(&c->ids, &id);

    if (pkg == NULL) {
        return true;
    }

    pkg->nspans = 0;
    return oci_scan_kit_span(c->w, pkg, table->start, table->end);
}
