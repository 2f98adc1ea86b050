/*
 * JSON files that list many packages: Composer's installed.json and .NET's
 * deps.json.  Where each entry stands in the file is told with it.
 */

#include "oci_scan_analyze.h"
#include "oci_scan_license.h"
#include "oci_json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* the lines of the values in one object or array of the outermost object */

typedef struct {
    oci_str_t  key;             /* as written, without its quotes */
    uint32_t   start;
    uint32_t   end;
    bool       array;
} oci_scan_lines_t;


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      pkgs;       /* name or id -> 1 + place */
    const json_t       *targets;    /* .NET: of the runtime; or NULL */
} oci_scan_deps_t;


static bool oci_scan_lines(oci_pool_t *pool, const oci_str_t *text,
    const char *key, oci_array_t *lines);
static const u_char *oci_scan_lines_string(const u_char *p,
    const u_char *end, oci_str_t *s);
static oci_status_e oci_scan_composer_list(oci_scan_deps_t *d,
    const json_t *list, const oci_array_t *lines, bool dev,
    oci_error_t *err);
static bool oci_scan_composer_license(oci_scan_walker_t *w,
    const json_t *value, oci_scan_strs_t *list);
static oci_status_e oci_scan_composer_depends(oci_scan_deps_t *d,
    const json_t *list, oci_error_t *err);
static oci_status_e oci_scan_dotnet_list(oci_scan_deps_t *d, json_t *root,
    const oci_array_t *lines, oci_error_t *err);
static oci_status_e oci_scan_dotnet_pkg(oci_scan_deps_t *d,
    const oci_str_t *key, const json_t *library,
    const oci_scan_lines_t *line, oci_error_t *err);
static oci_str_t oci_scan_dotnet_key(const oci_str_t *key);
static const json_t *oci_scan_dotnet_target(const oci_scan_deps_t *d,
    const oci_str_t *id);
static bool oci_scan_dotnet_runtime(const oci_scan_deps_t *d,
    const oci_str_t *id);
static bool oci_scan_dotnet_wanted(const json_t *library, bool *project);
static oci_status_e oci_scan_dotnet_graph(oci_scan_deps_t *d,
    const json_t *libraries, oci_error_t *err);
static oci_scan_pkg_t *oci_scan_dotnet_root(oci_scan_deps_t *d,
    const json_t *libraries);
static bool oci_scan_dotnet_depends(oci_scan_deps_t *d, oci_scan_pkg_t *pkg,
    const json_t *target);
static oci_str_t oci_scan_dotnet_id(oci_pool_t *pool, const char *name,
    const json_t *version);


oci_status_e
oci_scan_composer(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    json_t           *root;
    oci_array_t       lines, dev;
    oci_status_e      rc;
    oci_scan_deps_t   d;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return err->status;
    }

    memset(&d, 0, sizeof(oci_scan_deps_t));
    d.w = w;
    oci_scan_map_init(&d.pkgs, w->tmp);

    if (!json_is_object(root)) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "not of Composer 2");
    }

    d.group = oci_scan_group(w, "composer-vendor", &f->path, err);

    rc = (d.group != NULL
          && oci_scan_lines(w->tmp, text, "packages", &lines)
          && oci_scan_lines(w->tmp, text, "packages-dev", &dev))
         ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        rc = oci_scan_composer_list(&d, json_object_get(root, "packages"),
                                    &lines, false, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_composer_list(&d,
                                    json_object_get(root, "packages-dev"),
                                    &dev, true, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_composer_depends(&d, json_object_get(root, "packages"),
                                       err);
    }

    json_decref(root);
    return rc;
}


oci_status_e
oci_scan_dotnet(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    json_t           *root;
    oci_str_t         runtime;
    oci_array_t       lines;
    oci_status_e      rc;
    oci_scan_deps_t   d;

    root = oci_json_load(text->data, text->len, 0, err);
    if (root == NULL) {
        return err->status;
    }

    memset(&d, 0, sizeof(oci_scan_deps_t));
    d.w = w;
    oci_scan_map_init(&d.pkgs, w->tmp);

    runtime = oci_json_str(json_object_get(root, "runtimeTarget"), "name");
    d.targets = (runtime.len == 0) ? NULL
                : json_object_get(json_object_get(root, "targets"),
                                  (char *) runtime.data);

    d.group = oci_scan_group(w, "dotnet-core", &f->path, err);

    rc = (d.group != NULL
          && oci_scan_lines(w->tmp, text, "libraries", &lines))
         ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        rc = oci_scan_dotnet_list(&d, root, &lines, err);
    }

    if (rc == OCI_OK && d.targets != NULL) {
        rc = oci_scan_dotnet_graph(&d, json_object_get(root, "libraries"),
                                   err);
    }

    json_decref(root);
    return rc;
}


/*
 * A walk over text that was already found to be JSON: it counts lines and
 * brackets and looks at keys of the second level.
 */

static bool
oci_scan_lines(oci_pool_t *pool, const oci_str_t *text, const char *key,
    oci_array_t *lines)
{
    bool               in, array, value;
    unsigned           depth;
    uint32_t           n;
    oci_str_t          s, last;
    const u_char      *p, *end;
    oci_scan_lines_t  *line;

    oci_array_init(lines, pool, sizeof(oci_scan_lines_t));
    end = text->data + text->len;
    memset(&last, 0, sizeof(oci_str_t));
    in = false;
    array = false;
    value = false;
    depth = 0;
    n = 1;

    for (p = text->data; p < end; p++) {

        switch (*p) {

        case '\n':
            n++;
            break;

        case '"':
            p = oci_scan_lines_string(p, end, &s);
            if (!value || depth == 1 || (depth == 2 && !array)) {
                last = s;
            }
            break;

        case ':':
            value = true;
            break;

        case ',':
            value = false;
            break;

        case '{':
        case '[':
            depth++;

            if (depth == 2) {
                in = oci_str_is(&last, key);
                array = (*p == '[');
            }

            if (depth == 3 && in) {
                line = oci_array_push(lines);
                if (line == NULL) {
                    return false;
                }

                line->start = n;
                line->array = array;
                line->key = last;
            }

            value = false;
            break;

        case '}':
        case ']':
            if (depth == 3 && in && lines->nelts != 0) {
                line = (oci_scan_lines_t *) lines->elts + lines->nelts - 1;
                line->end = n;
            }

            depth -= (depth != 0);
            in = in && depth >= 2;
            value = false;
            break;
        }
    }

    return true;
}


/* returns the closing quote */

static const u_char *
oci_scan_lines_string(const u_char *p, const u_char *end, oci_str_t *s)
{
    s->data = (u_char *) (uintptr_t) (p + 1);

    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\' && p + 1 < end) {
            p++;
        }
    }

    s->len = (size_t) (p - s->data);
    return p;
}


static oci_status_e
oci_scan_composer_list(oci_scan_deps_t *d, const json_t *list,
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

        pkg = oci_scan_pkg(d->group, err);
        if (pkg == NULL) {
            return OCI_NOMEM;
        }

        pkg->name = oci_scan_keep(d->w, &name);
        pkg->version = oci_scan_keep(d->w, &version);
        pkg->id = oci_scan_pkg_id(d->w->pool, "composer", &name, &version);
        pkg->dev = dev;
        pkg->analyzed_by = "composer-vendor";

        if (i < lines->nelts) {
            pkg->start_line = line[i].start;
            pkg->end_line = line[i].end;
        }

        if (pkg->name.data == NULL
            || !oci_scan_composer_license(d->w,
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
oci_scan_composer_license(oci_scan_walker_t *w, const json_t *value,
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
oci_scan_composer_depends(oci_scan_deps_t *d, const json_t *list,
    oci_error_t *err)
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


static oci_status_e
oci_scan_dotnet_list(oci_scan_deps_t *d, json_t *root,
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
        rc = oci_scan_dotnet_pkg(d, &s, library,
                                 oci_scan_map_get(&at, &s), err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_scan_dotnet_pkg(oci_scan_deps_t *d, const oci_str_t *key,
    const json_t *library, const oci_scan_lines_t *line, oci_error_t *err)
{
    bool             project;
    oci_str_t        id, name, version;
    oci_scan_pkg_t  *pkg;

    id = oci_scan_dotnet_key(key);

    if (!oci_scan_cut(id, '/', &name, &version)
        || !oci_scan_dotnet_wanted(library, &project)
        || !oci_scan_dotnet_runtime(d, &id)
        || oci_scan_map_get(&d->pkgs, &id) != NULL)
    {
        return OCI_OK;
    }

    pkg = oci_scan_pkg(d->group, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    pkg->id = oci_scan_pkg_id(d->w->pool, "dotnet-core", &name, &version);
    pkg->name = oci_scan_keep(d->w, &name);
    pkg->version = oci_scan_keep(d->w, &version);
    pkg->analyzed_by = "dotnet-core";

    if (line != NULL) {
        pkg->start_line = line->start;
        pkg->end_line = line->end;
    }

    return (pkg->id.data != NULL
            && oci_scan_map_set(&d->pkgs, &pkg->id,
                                (void *) (uintptr_t) d->group->pkgs.nelts))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* the SDK calls the runtime that it bundles "runtimepack.NAME" */

static oci_str_t
oci_scan_dotnet_key(const oci_str_t *key)
{
    oci_str_t  s;

    s = *key;
    (void) oci_scan_cut_prefix(&s, "runtimepack.");
    return s;
}


static const json_t *
oci_scan_dotnet_target(const oci_scan_deps_t *d, const oci_str_t *id)
{
    json_t      *value;
    oci_str_t    s;
    const char  *key;

    json_object_foreach((json_t *) (uintptr_t) d->targets, key, value) {

        s = oci_str(key);
        s = oci_scan_dotnet_key(&s);

        if (oci_str_eq(&s, id)) {
            return value;
        }
    }

    return NULL;
}


/* what brings no file to run is not there at run time */

static bool
oci_scan_dotnet_runtime(const oci_scan_deps_t *d, const oci_str_t *id)
{
    const json_t  *target;

    if (d->targets == NULL) {
        return true;
    }

    target = oci_scan_dotnet_target(d, id);

    return target == NULL || json_object_get(target, "runtime") != NULL
           || json_object_get(target, "runtimeTargets") != NULL
           || json_object_get(target, "native") != NULL;
}


static bool
oci_scan_dotnet_wanted(const json_t *library, bool *project)
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
oci_scan_dotnet_graph(oci_scan_deps_t *d, const json_t *libraries,
    oci_error_t *err)
{
    size_t           i, j;
    bool             direct;
    oci_scan_pkg_t  *pkg, *root;

    pkg = d->group->pkgs.elts;

    for (i = 0; i < d->group->pkgs.nelts; i++) {
        if (!oci_scan_dotnet_depends(d, &pkg[i],
                                     oci_scan_dotnet_target(d, &pkg[i].id)))
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    root = oci_scan_dotnet_root(d, libraries);

    for (i = 0; root != NULL && i < d->group->pkgs.nelts; i++) {

        if (pkg[i].relationship != OCI_SCAN_REL_UNKNOWN
            || json_object_size(json_object_get(
                   oci_scan_dotnet_target(d, &root->id), "dependencies")) == 0)
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
oci_scan_dotnet_root(oci_scan_deps_t *d, const json_t *libraries)
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
            id = oci_scan_dotnet_id(d->w->tmp, name, version);
            (void) oci_scan_map_set(&used, &id, d);
        }
    }

    root = NULL;
    roots = 0;

    json_object_foreach((json_t *) (uintptr_t) libraries, key, library) {

        s = oci_str(key);
        s = oci_scan_dotnet_key(&s);
        i = (uintptr_t) oci_scan_map_get(&d->pkgs, &s);

        if (i != 0 && oci_scan_dotnet_wanted(library, &project) && project
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
        s = oci_scan_dotnet_key(&s);
        i = (uintptr_t) oci_scan_map_get(&d->pkgs, &s);

        if (i != 0 && oci_scan_dotnet_wanted(library, &project) && project) {
            pkg[i - 1].relationship = OCI_SCAN_REL_WORKSPACE;
        }
    }

    root->relationship = OCI_SCAN_REL_ROOT;
    return root;
}


static bool
oci_scan_dotnet_depends(oci_scan_deps_t *d, oci_scan_pkg_t *pkg,
    const json_t *target)
{
    json_t       *version;
    oci_str_t     id, *to;
    const char   *name;
    oci_array_t   ids;

    oci_array_init(&ids, d->w->pool, sizeof(oci_str_t));

    json_object_foreach(json_object_get(target, "dependencies"), name,
                        version)
    {
        id = oci_scan_dotnet_id(d->w->pool, name, version);

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
oci_scan_dotnet_id(oci_pool_t *pool, const char *name,
    const json_t *version)
{
    oci_str_t  n, v;

    n = oci_str(name);
    n = oci_scan_dotnet_key(&n);
    v = oci_str(json_string_value(version));

    return oci_scan_pkg_id(pool, "dotnet-core", &n, &v);
}
