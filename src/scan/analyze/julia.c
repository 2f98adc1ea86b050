/*
 * Julia: Manifest.toml lists what an environment has, and the Project.toml
 * beside it what it asked for.  Packages are known by their UUIDs.
 */

#include "analyze.h"
#include "beside.h"
#include "toml_lines.h"
#include "base/toml.h"
#include "oci_json.h"

#include <string.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    const json_t       *deps;           /* name -> list of packages */
    oci_str_t           julia;          /* version of what it brings along */
    oci_scan_map_t      ids;            /* UUID -> oci_scan_pkg_t */
} julia_t;


static bool julia_wants(const oci_scan_file_t *f);
static oci_status_e julia_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e julia_deps(julia_t *j, const json_t *root,
    oci_error_t *err);
static bool julia_is_list(const json_t *value);
static oci_status_e julia_check(const julia_t *j, oci_error_t *err);
static bool julia_texts(const json_t *entry);
static bool julia_needs(const julia_t *j, const json_t *needs);
static bool julia_pkgs(julia_t *j, oci_error_t *err);
static bool julia_pkg(julia_t *j, const char *name, const json_t *entry,
    oci_error_t *err);
static bool julia_depends(const julia_t *j, oci_scan_pkg_t *pkg,
    const json_t *needs);
static bool julia_place(void *ctx, const toml_lines_t *table);
static oci_status_e julia_finish(oci_scan_walker_t *w, oci_error_t *err);
static bool julia_project(oci_scan_walker_t *w, oci_scan_group_t *g);
static bool julia_reach(oci_scan_group_t *g, const oci_scan_map_t *ids,
    const json_t *deps, oci_pool_t *pool);


const analyzer_t  analyze_julia = {
    .wants = julia_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = julia_read,
    .finish = julia_finish
};


static bool
julia_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "Manifest.toml")
           || oci_str_is(&base, "Project.toml");
}


static oci_status_e
julia_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool                      good;
    json_t                   *root;
    julia_t                   j;
    oci_status_e              rc;
    static const char *const  keys[] = { "uuid =", "version =" };

    if (oci_str_suffix(&f->path, "Project.toml")) {
        return beside_keep(w, f, text, err);
    }

    root = oci_scan_toml_load(text, err);
    if (root == NULL) {
        return err->status;
    }

    memset(&j, 0, sizeof(julia_t));
    j.w = w;
    oci_scan_map_init(&j.ids, w->tmp);

    rc = julia_deps(&j, root, err);

    if (rc == OCI_OK && json_object_size(j.deps) != 0) {
        j.group = oci_scan_kit_group(w, "julia", &f->path, err);
        good = j.group != NULL && julia_pkgs(&j, err)
               && toml_lines(*text, keys, julia_place, &j);
        rc = good ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    json_decref(root);

    return rc;
}


/* the first format is packages alone, and does not say for which Julia */

static oci_status_e
julia_deps(julia_t *j, const json_t *root, oci_error_t *err)
{
    bool         old;
    const char  *name;
    json_t      *value, *format;

    old = true;
    j->deps = root;
    j->julia = oci_str("unknown");

    json_object_foreach((json_t *) root, name, value) {
        old = old && julia_is_list(value);
    }

    if (!old) {
        format = json_object_get(root, "manifest_format");

        if (format == NULL) {
            j->deps = NULL;
            return OCI_OK;              /* a file of this name, of others */
        }

        j->deps = json_object_get(root, "deps");
        j->julia = oci_json_str(root, "julia_version");

        if (!json_is_string(format)
            || (j->deps != NULL && !json_is_object(j->deps)))
        {
            return oci_error(err, OCI_INVALID, 0, "not a manifest of Julia");
        }
    }

    return julia_check(j, err);
}


static bool
julia_is_list(const json_t *value)
{
    size_t   i;
    json_t  *entry;

    if (!json_is_array(value)) {
        return false;
    }

    json_array_foreach(value, i, entry) {
        if (!json_is_object(entry)) {
            return false;
        }
    }

    return true;
}


/* before anything is written down: one fault, and the file is left out */

static oci_status_e
julia_check(const julia_t *j, oci_error_t *err)
{
    size_t       i;
    const char  *name;
    json_t      *list, *entry;

    json_object_foreach((json_t *) j->deps, name, list) {

        if (!julia_is_list(list)) {
            return oci_error(err, OCI_INVALID, 0, "\"%.64s\" is no list of "
                             "packages", name);
        }

        json_array_foreach(list, i, entry) {
            if (!julia_texts(entry)
                || !julia_needs(j, json_object_get(entry, "deps")))
            {
                return oci_error(err, OCI_INVALID, 0, "what \"%.64s\" "
                                 "depends on is not known", name);
            }
        }
    }

    return OCI_OK;
}


static bool
julia_texts(const json_t *entry)
{
    const json_t  *uuid, *version;

    uuid = json_object_get(entry, "uuid");
    version = json_object_get(entry, "version");

    return (uuid == NULL || json_is_string(uuid))
           && (version == NULL || json_is_string(version));
}


/* names that are clear, or names with their UUIDs */

static bool
julia_needs(const julia_t *j, const json_t *needs)
{
    size_t       i;
    json_t      *value;
    const char  *name;

    json_array_foreach(needs, i, value) {
        if (!json_is_string(value)
            || json_array_size(json_object_get(j->deps,
                                               json_string_value(value)))
               != 1)
        {
            return false;
        }
    }

    json_object_foreach((json_t *) needs, name, value) {
        if (!json_is_string(value)) {
            return false;
        }
    }

    return needs == NULL || json_is_array(needs) || json_is_object(needs);
}


static bool
julia_pkgs(julia_t *j, oci_error_t *err)
{
    size_t           i;
    const char      *name;
    json_t          *list, *entry;
    oci_scan_pkg_t  *pkg;

    json_object_foreach((json_t *) j->deps, name, list) {
        json_array_foreach(list, i, entry) {
            if (!julia_pkg(j, name, entry, err)) {
                return false;
            }
        }
    }

    /* the array of packages is done growing */

    pkg = j->group->pkgs.elts;

    for (i = 0; i < j->group->pkgs.nelts; i++) {
        if (!oci_scan_map_set(&j->ids, &pkg[i].id, &pkg[i])) {
            return false;
        }
    }

    return true;
}


static bool
julia_pkg(julia_t *j, const char *name, const json_t *entry, oci_error_t *err)
{
    oci_str_t        text, uuid, version;
    oci_scan_pkg_t  *pkg;

    text = oci_str(name);
    uuid = oci_json_str(entry, "uuid");
    version = oci_json_str(entry, "version");

    if (version.len == 0) {
        version = j->julia;
    }

    pkg = oci_scan_kit_pkg(j->group, err);
    if (pkg == NULL) {
        return false;
    }

    pkg->name = oci_scan_kit_keep(j->w, &text);
    pkg->version = oci_scan_kit_keep(j->w, &version);
    pkg->id = oci_scan_kit_keep(j->w, &uuid);
    pkg->analyzed_by = "julia";

    return julia_depends(j, pkg, json_object_get(entry, "deps"));
}


static bool
julia_depends(const julia_t *j, oci_scan_pkg_t *pkg, const json_t *needs)
{
    void          *iter;
    size_t         i, n;
    oci_str_t      id, *to;
    oci_array_t    ids;
    const json_t  *value;

    oci_array_init(&ids, j->w->pool, sizeof(oci_str_t));
    iter = json_object_iter((json_t *) needs);
    n = json_is_array(needs) ? json_array_size(needs)
                             : json_object_size(needs);

    for (i = 0; i < n; i++) {

        if (json_is_array(needs)) {
            value = json_array_get(needs, i);
            value = json_object_get(j->deps, json_string_value(value));
            id = oci_json_str(json_array_get(value, 0), "uuid");

        } else {
            id = oci_str(json_string_value(json_object_iter_value(iter)));
            iter = json_object_iter_next((json_t *) needs, iter);
        }

        to = oci_array_push(&ids);
        if (to == NULL) {
            return false;
        }

        *to = oci_scan_kit_keep(j->w, &id);
    }

    pkg->depends = oci_scan_strs(&ids);
    oci_scan_strs_sort(&pkg->depends);

    return true;
}


static bool
julia_place(void *ctx, const toml_lines_t *table)
{
    julia_t         *j = ctx;
    oci_scan_pkg_t  *pkg;

    pkg = oci_scan_map_get(&j->ids, &table->value[0]);

    if (pkg == NULL) {
        return true;
    }

    pkg->nspans = 0;

    return oci_scan_kit_span(j->w, pkg, table->start, table->end);
}


static oci_status_e
julia_finish(oci_scan_walker_t *w, oci_error_t *err)
{
    size_t             i;
    oci_scan_group_t  *g;

    g = w->layer->apps.elts;

    for (i = 0; i < w->layer->apps.nelts; i++) {

        if (strcmp(g[i].type, "julia") == 0
            && oci_str_suffix(&g[i].path, "Manifest.toml")
            && !julia_project(w, &g[i]))
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


/*
 * What nobody asked for is left out, and so is what only tests ask for; a
 * manifest without a project is of nobody.
 */

static bool
julia_project(oci_scan_walker_t *w, oci_scan_group_t *g)
{
    size_t            i;
    const json_t     *root, *deps;
    oci_scan_pkg_t   *pkg;
    oci_scan_map_t    ids;
    oci_scan_toml_t  *toml;

    toml = beside_find(w, &g->path, "Project.toml");

    if (toml == NULL) {
        g->pkgs.nelts = 0;
        return true;
    }

    root = beside_root(w, toml);
    deps = json_object_get(root, "deps");

    if (root == NULL || (deps != NULL && !json_is_object(deps))) {
        return true;
    }

    oci_scan_map_init(&ids, w->walk);
    pkg = g->pkgs.elts;

    for (i = 0; i < g->pkgs.nelts; i++) {
        if (!oci_scan_map_set(&ids, &pkg[i].id, &pkg[i])) {
            return false;
        }
    }

    return julia_reach(g, &ids, deps, w->walk);
}


static bool
julia_reach(oci_scan_group_t *g, const oci_scan_map_t *ids,
    const json_t *deps, oci_pool_t *pool)
{
    size_t            i, k, n, end;
    oci_str_t         id;
    const char       *name;
    const json_t     *value;
    oci_scan_pkg_t   *pkg, **queue;

    pkg = g->pkgs.elts;
    queue = oci_palloc(pool, (g->pkgs.nelts + 1) * sizeof(*queue));
    if (queue == NULL) {
        return false;
    }

    end = 0;

    json_object_foreach((json_t *) deps, name, value) {
        id = oci_str(json_is_string(value) ? json_string_value(value) : "");
        pkg = oci_scan_map_get(ids, &id);

        if (pkg != NULL && pkg->relationship == OCI_SCAN_REL_UNKNOWN) {
            pkg->relationship = OCI_SCAN_REL_DIRECT;
            queue[end++] = pkg;
        }
    }

    for (i = 0; i < end; i++) {
        for (k = 0; k < queue[i]->depends.nelts; k++) {
            pkg = oci_scan_map_get(ids, &queue[i]->depends.elts[k]);

            if (pkg != NULL && pkg->relationship == OCI_SCAN_REL_UNKNOWN) {
                pkg->relationship = OCI_SCAN_REL_INDIRECT;
                pkg->indirect = true;
                queue[end++] = pkg;
            }
        }
    }

    pkg = g->pkgs.elts;

    for (i = 0, n = 0; i < g->pkgs.nelts; i++) {
        if (pkg[i].relationship != OCI_SCAN_REL_UNKNOWN) {
            pkg[n++] = pkg[i];
        }
    }

    g->pkgs.nelts = n;

    return true;
}
