/*
 * .NET's deps.json: the libraries of a program and what needs what.
 */

#include "analyze.h"
#include "base/go_json.h"
#include "base/json_lines.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      pkgs;       /* name or id -> 1 + place */
    const json_t       *targets;    /* of the runtime; or NULL */
} dotnet_t;


static bool dotnet_wants(const oci_scan_file_t *f);
static oci_status_e dotnet_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e dotnet_list(dotnet_t *d, json_t *root,
    const oci_array_t *lines, oci_error_t *err);
static oci_status_e dotnet_pkg(dotnet_t *d, const oci_str_t *key,
    const json_t *library, const oci_scan_lines_t *line, oci_error_t *err);
static oci_str_t dotnet_key(const oci_str_t *key);
static const json_t *dotnet_target(const dotnet_t *d, const oci_str_t *id);
static bool dotnet_runtime(const dotnet_t *d, const oci_str_t *id);
static bool dotnet_has(const json_t *target, const char *key);
static bool dotnet_wanted(const json_t *library, bool *project);
static oci_status_e dotnet_graph(dotnet_t *d,
    const json_t *libraries, oci_error_t *err);
static oci_scan_pkg_t *dotnet_root(dotnet_t *d, const json_t *libraries);
static bool dotnet_depends(dotnet_t *d, oci_scan_pkg_t *pkg,
    const json_t *target);
static oci_str_t dotnet_id(oci_pool_t *pool, const char *name,
    const json_t *version);


const analyzer_t  analyze_dotnet = {
    .wants = dotnet_wants,
    .max = 8 * OCI_SCAN_MB,
    .analyze = dotnet_read
};


static bool
dotnet_wants(const oci_scan_file_t *f)
{
    return oci_str_suffix(&f->path, ".deps.json");
}


static oci_status_e
dotnet_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    json_t           *root;
    oci_str_t         runtime;
    oci_array_t       lines;
    oci_status_e      rc;
    dotnet_t   d;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_V2, NULL, err);
    if (root == NULL) {
        return err->status;
    }

    memset(&d, 0, sizeof(dotnet_t));
    d.w = w;
    oci_scan_map_init(&d.pkgs, w->tmp);

    runtime = oci_json_str(json_object_get(root, "runtimeTarget"), "name");
    d.targets = (runtime.len == 0) ? NULL
                : json_object_get(json_object_get(root, "targets"),
                                  (char *) runtime.data);

    d.group = oci_scan_kit_group(w, "dotnet-core", &f->path, err);

    rc = (d.group != NULL
          && oci_scan_lines(w->tmp, text, "libraries", 1, &lines))
         ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        rc = dotnet_list(&d, root, &lines, err);
    }

    if (rc == OCI_OK && d.targets != NULL) {
        rc = dotnet_graph(&d, json_object_get(root, "libraries"),
                          err);
    }

    json_decref(root);
    return rc;
}


static oci_status_e
dotnet_list(dotnet_t *d, json_t *root,
    const oci_array_t *lines, oci_error_t *err)
{
    size_t             i;
    json_t            *library;
    oci_str_t          s;
    const char        *key;
    oci_status_e       rc;
    oci_scan_map_t     at;
    oci_scan_lines_t  *line;

    oci_scan_map_init(&at, d->w->tmp);
    line = lines->elts;

    for (i = 0; i < lines->nelts; i++) {
        if (!oci_scan_map_set(&at, &line[i].key, &line[i])) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    json_object_foreach(json_object_get(root, "libraries"), key, library) {

        s = oci_str(key);
        rc = dotnet_pkg(d, &s, library, oci_scan_map_get(&at, &s), err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
dotnet_pkg(dotnet_t *d, const oci_str_t *key,
    const json_t *library, const oci_scan_lines_t *line, oci_error_t *err)
{
    bool             project;
    oci_str_t        id, name, version;
    oci_scan_pkg_t  *pkg;

    id = dotnet_key(key);

    if (!oci_scan_text_cut(id, '/', &name, &version)
        || !dotnet_wanted(library, &project)
        || !dotnet_runtime(d, &id)
        || oci_scan_map_get(&d->pkgs, &id) != NULL)
    {
        return OCI_OK;
    }

    pkg = oci_scan_kit_pkg(d->group, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    pkg->id = oci_scan_pkg_id(d->w->pool, "dotnet-core", &name, &version);
    pkg->name = oci_scan_kit_keep(d->w, &name);
    pkg->version = oci_scan_kit_keep(d->w, &version);
    pkg->analyzed_by = "dotnet-core";

    return (pkg->id.data != NULL
            && (line == NULL
                || oci_scan_kit_span(d->w, pkg, line->start, line->end))
            && oci_scan_map_set(&d->pkgs, &pkg->id,
                                (void *) (uintptr_t) d->group->pkgs.nelts))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* the SDK calls the runtime that it bundles "runtimepack.NAME" */

static oci_str_t
dotnet_key(const oci_str_t *key)
{
    oci_str_t  s;

    s = *key;
    (void) oci_scan_text_cut_prefix(&s, "runtimepack.");
    return s;
}


static const json_t *
dotnet_target(const dotnet_t *d, const oci_str_t *id)
{
    json_t      *value;
    oci_str_t    s;
    const char  *key;

    json_object_foreach((json_t *) (uintptr_t) d->targets, key, value) {

        s = oci_str(key);
        s = dotnet_key(&s);

        if (oci_str_eq(&s, id)) {
            return value;
        }
    }

    return NULL;
}


/* what brings no file to run is not there at run time */

static bool
dotnet_runtime(const dotnet_t *d, const oci_str_t *id)
{
    const json_t  *target;

    if (d->targets == NULL) {
        return true;
    }

    target = dotnet_target(d, id);

    return target == NULL || dotnet_has(target, "runtime")
           || dotnet_has(target, "runtimeTargets")
           || dotnet_has(target, "native");
}


static bool
dotnet_has(const json_t *target, const char *key)
{
    const json_t  *value;

    value = json_object_get(target, key);
    return value != NULL && !json_is_null(value);
}


static bool
dotnet_wanted(const json_t *library, bool *project)
{
    oci_str_t  type;

    type = oci_json_str(library, "type");
    *project = (type.len == 7
                && strncasecmp((char *) type.data, "project", 7) == 0);

    return *project
           || (type.len == 7
               && strncasecmp((char *) type.data, "package", 7) == 0)
           || (type.len == 11
               && strncasecmp((char *) type.data, "runtimepack", 11) == 0);
}


static oci_status_e
dotnet_graph(dotnet_t *d, const json_t *libraries, oci_error_t *err)
{
    size_t           i, j;
    bool             direct;
    oci_scan_pkg_t  *pkg, *root;

    pkg = d->group->pkgs.elts;

    for (i = 0; i < d->group->pkgs.nelts; i++) {
        if (!dotnet_depends(d, &pkg[i],
                            dotnet_target(d, &pkg[i].id)))
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    root = dotnet_root(d, libraries);

    for (i = 0; root != NULL && i < d->group->pkgs.nelts; i++) {

        if (pkg[i].relationship != OCI_SCAN_REL_UNKNOWN
            || json_object_size(json_object_get(
                   dotnet_target(d, &root->id), "dependencies")) == 0)
        {
            continue;
        }

        direct = false;

        for (j = 0; j < root->depends.nelts; j++) {
            direct |= oci_str_eq(&root->depends.elts[j], &pkg[i].id);
        }

        pkg[i].relationship = direct ? OCI_SCAN_REL_DIRECT
                                     : OCI_SCAN_REL_INDIRECT;
        pkg[i].indirect = !direct;
    }

    return OCI_OK;
}


/* the only project on which nothing depends; others are parts of it */

static oci_scan_pkg_t *
dotnet_root(dotnet_t *d, const json_t *libraries)
{
    bool              project;
    json_t           *target, *version, *library;
    size_t            i, roots;
    oci_str_t         id, s;
    const char       *key, *name;
    oci_scan_map_t    used;
    oci_scan_pkg_t   *pkg, *root;

    oci_scan_map_init(&used, d->w->tmp);
    pkg = d->group->pkgs.elts;

    json_object_foreach((json_t *) (uintptr_t) d->targets, key, target) {
        json_object_foreach(json_object_get(target, "dependencies"), name,
                            version)
        {
            id = dotnet_id(d->w->tmp, name, version);
            (void) oci_scan_map_set(&used, &id, d);
        }
    }

    root = NULL;
    roots = 0;

    json_object_foreach((json_t *) (uintptr_t) libraries, key, library) {

        s = oci_str(key);
        s = dotnet_key(&s);
        i = (uintptr_t) oci_scan_map_get(&d->pkgs, &s);

        if (i != 0 && dotnet_wanted(library, &project) && project
            && oci_scan_map_get(&used, &s) == NULL)
        {
            roots++;
            root = &pkg[i - 1];
        }
    }

    if (roots != 1) {
        return NULL;
    }

    json_object_foreach((json_t *) (uintptr_t) libraries, key, library) {

        s = oci_str(key);
        s = dotnet_key(&s);
        i = (uintptr_t) oci_scan_map_get(&d->pkgs, &s);

        if (i != 0 && dotnet_wanted(library, &project) && project) {
            pkg[i - 1].relationship = OCI_SCAN_REL_WORKSPACE;
        }
    }

    root->relationship = OCI_SCAN_REL_ROOT;
    return root;
}


static bool
dotnet_depends(dotnet_t *d, oci_scan_pkg_t *pkg, const json_t *target)
{
    json_t       *version;
    oci_str_t     id, *to;
    const char   *name;
    oci_array_t   ids;

    oci_array_init(&ids, d->w->pool, sizeof(oci_str_t));

    json_object_foreach(json_object_get(target, "dependencies"), name,
                        version)
    {
        id = dotnet_id(d->w->pool, name, version);

        if (oci_scan_map_get(&d->pkgs, &id) == NULL) {
            continue;
        }

        to = oci_array_push(&ids);
        if (to == NULL) {
            return false;
        }

        *to = id;
    }

    pkg->depends = oci_scan_strs(&ids);
    oci_scan_strs_sort(&pkg->depends);
    return true;
}


static oci_str_t
dotnet_id(oci_pool_t *pool, const char *name, const json_t *version)
{
    oci_str_t  n, v;

    n = oci_str(name);
    n = dotnet_key(&n);
    v = oci_str(json_string_value(version));

    return oci_scan_pkg_id(pool, "dotnet-core", &n, &v);
}
