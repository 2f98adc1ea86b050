/*
 * Cargo.toml beside a Cargo.lock: what the program needs itself, and so what
 * of the lock file is for its tests alone, which is left out.
 */

#include "analyze.h"
#include "beside.h"
#include "cargo_id.h"
#include "image/layer_walk.h"
#include "version/version.h"
#include "oci_json.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    json_t             *deps;           /* name -> what Cargo.toml says */
    oci_str_t           root;           /* an id */
    oci_array_t         members;        /* of oci_str_t: ids */
    oci_scan_map_t      kept;           /* id -> oci_scan_pkg_t */
    oci_scan_map_t      ids;
} cargo_toml_t;


static bool cargo_toml_wants(const oci_scan_file_t *f);
static oci_status_e cargo_toml_finish(oci_scan_walker_t *w,
    oci_error_t *err);
static bool cargo_toml_group(oci_scan_walker_t *w, oci_scan_group_t *g,
    const oci_scan_toml_t *toml);
static bool cargo_toml_members(cargo_toml_t *c, const oci_scan_toml_t *toml,
    const oci_str_t *version);
static bool cargo_toml_member(cargo_toml_t *c, const oci_str_t *dir,
    const char *member, const oci_str_t *version);
static json_t *cargo_toml_deps(const json_t *root);
static bool cargo_toml_direct(cargo_toml_t *c);
static oci_scan_pkg_t *cargo_toml_find(cargo_toml_t *c, const char *name,
    const char *wanted);
static bool cargo_toml_below(cargo_toml_t *c);
static bool cargo_toml_projects(cargo_toml_t *c);
static bool cargo_toml_project(cargo_toml_t *c, const oci_str_t *id,
    oci_scan_rel_e relationship);
static bool cargo_toml_keep(cargo_toml_t *c, oci_scan_pkg_t *pkg,
    oci_scan_rel_e relationship);
static bool cargo_toml_rest(cargo_toml_t *c);


const analyzer_t  analyze_cargo_toml = {
    .wants = cargo_toml_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = beside_keep,
    .finish = cargo_toml_finish
};


static bool
cargo_toml_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "Cargo.toml");
}


static oci_status_e
cargo_toml_finish(oci_scan_walker_t *w, oci_error_t *err)
{
    bool               good;
    size_t             i;
    oci_scan_toml_t   *toml;
    oci_scan_group_t  *g;

    good = true;
    g = w->layer->apps.elts;
    beside_sort(w);

    for (i = 0; good && i < w->layer->apps.nelts; i++) {

        if (strcmp(g[i].type, "cargo") != 0
            || !oci_str_suffix(&g[i].path, "Cargo.lock"))
        {
            continue;
        }

        toml = beside_find(w, &g[i].path, "Cargo.toml");

        if (toml != NULL && beside_root(w, toml) != NULL) {
            good = cargo_toml_group(w, &g[i], toml);
        }
    }

    return good ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
cargo_toml_group(oci_scan_walker_t *w, oci_scan_group_t *g,
    const oci_scan_toml_t *toml)
{
    bool             good;
    size_t           i;
    oci_str_t        version;
    cargo_toml_t     c;
    oci_scan_pkg_t  *pkg;

    memset(&c, 0, sizeof(cargo_toml_t));
    c.w = w;
    c.group = g;
    oci_array_init(&c.members, w->pool, sizeof(oci_str_t));
    oci_scan_map_init(&c.kept, w->walk);
    oci_scan_map_init(&c.ids, w->walk);
    pkg = g->pkgs.elts;
    good = true;

    for (i = 0; good && i < g->pkgs.nelts; i++) {
        good = oci_scan_map_set(&c.ids, &pkg[i].id, &pkg[i]);
    }

    version = oci_json_str(json_object_get(json_object_get(toml->root,
                                                           "workspace"),
                                           "package"), "version");
    c.deps = cargo_toml_deps(toml->root);
    c.root = cargo_id(w->pool, toml->root, &version);

    good = good && c.deps != NULL && c.root.data != NULL
           && cargo_toml_members(&c, toml, &version)
           && cargo_toml_direct(&c) && cargo_toml_below(&c)
           && cargo_toml_projects(&c) && cargo_toml_rest(&c);
    json_decref(c.deps);

    return good;
}


static bool
cargo_toml_members(cargo_toml_t *c, const oci_scan_toml_t *toml,
    const oci_str_t *version)
{
    size_t      i;
    json_t     *value;
    oci_str_t   dir;

    dir = oci_scan_text_dir(&toml->path);

    json_array_foreach(json_object_get(json_object_get(toml->root,
                                                       "workspace"),
                                       "members"), i, value)
    {
        if (json_is_string(value)
            && !cargo_toml_member(c, &dir, json_string_value(value),
                                  version))
        {
            return false;
        }
    }

    return true;
}


/* a member may be a pattern; what the root asks for comes before it */

static bool
cargo_toml_member(cargo_toml_t *c, const oci_str_t *dir, const char *member,
    const oci_str_t *version)
{
    size_t            i;
    json_t           *deps;
    oci_str_t         path, *id;
    oci_scan_toml_t  *toml;

    path = oci_strf(c->w->walk, "%.*s%s%s/Cargo.toml", (int) dir->len,
                    dir->data, dir->len ? "/" : "", member);
    if (path.data == NULL) {
        return false;
    }

    path.len = oci_scan_walk_clean((char *) path.data);
    toml = c->w->tomls.elts;

    for (i = 0; i < c->w->tomls.nelts; i++) {

        if (fnmatch((char *) path.data, (char *) toml[i].path.data,
                    FNM_PATHNAME) != 0
            || beside_root(c->w, &toml[i]) == NULL)
        {
            continue;
        }

        id = oci_array_push(&c->members);
        deps = cargo_toml_deps(toml[i].root);

        if (id == NULL || deps == NULL
            || json_object_update_missing(c->deps, deps) != 0)
        {
            json_decref(deps);
            return false;
        }

        json_decref(deps);
        *id = cargo_id(c->w->pool, toml[i].root, version);
    }

    return true;
}


/* of the program, of its platforms, of the workspace: the later count */

static json_t *
cargo_toml_deps(const json_t *root)
{
    json_t      *deps, *target;
    const char  *key;

    deps = json_object();

    (void) json_object_update(deps, json_object_get(root, "dependencies"));

    json_object_foreach(json_object_get(root, "target"), key, target) {
        (void) json_object_update(deps, json_object_get(target,
                                                        "dependencies"));
    }

    (void) json_object_update(deps,
                              json_object_get(json_object_get(root,
                                                              "workspace"),
                                              "dependencies"));
    return deps;
}


static bool
cargo_toml_direct(cargo_toml_t *c)
{
    json_t          *value;
    const char      *name, *wanted;
    oci_scan_pkg_t  *pkg;

    json_object_foreach(c->deps, name, value) {

        value = json_is_object(value) ? json_object_get(value, "version")
                                      : value;
        wanted = json_string_value(value);

        if (wanted == NULL) {
            continue;
        }

        pkg = cargo_toml_find(c, name, wanted);

        if (pkg != NULL && !cargo_toml_keep(c, pkg, OCI_SCAN_REL_DIRECT)) {
            return false;
        }
    }

    return true;
}


/*
 * The first of that name, by its version's text, that the requirement allows:
 * "1.2" is "^1.2", and a comma is a space to npm's reader, whose rules for the
 * rest are the same.
 */

static oci_scan_pkg_t *
cargo_toml_find(cargo_toml_t *c, const char *name, const char *wanted)
{
    bool                 good;
    char                *p;
    size_t               i;
    oci_str_t            range;
    oci_scan_pkg_t      *pkg, *found;
    oci_scan_version_t   npm;

    range = oci_strf(c->w->tmp, "%s%s",
                     (*wanted >= '0' && *wanted <= '9'
                      && strpbrk(wanted, "*,<>=~^ ") == NULL) ? "^" : "",
                     wanted);

    if (range.data == NULL
        || oci_scan_version_open(&npm, OCI_SCAN_VERSION_NPM, NULL) != OCI_OK)
    {
        return NULL;
    }

    for (p = (char *) range.data; *p != '\0'; p++) {
        *p = (*p == ',') ? ' ' : *p;
    }

    pkg = c->group->pkgs.elts;
    found = NULL;

    for (i = 0; i < c->group->pkgs.nelts; i++) {

        if (oci_str_is(&pkg[i].name, name)
            && (found == NULL
                || oci_str_cmp(&pkg[i].version, &found->version) < 0)
            && oci_scan_version_in(&npm, &pkg[i].version, &range, &good)
            && good)
        {
            found = &pkg[i];
        }
    }

    return found;
}


/* what they need, and so on: as often as something is added */

static bool
cargo_toml_below(cargo_toml_t *c)
{
    bool             more;
    size_t           i, j;
    oci_scan_map_t   done;
    oci_scan_pkg_t  *pkg, *other;

    oci_scan_map_init(&done, c->w->walk);
    pkg = c->group->pkgs.elts;

    for (more = true; more; /* void */ ) {

        for (i = 0, more = false; i < c->group->pkgs.nelts; i++) {

            if (oci_scan_map_get(&c->kept, &pkg[i].id) != &pkg[i]
                || oci_scan_map_get(&done, &pkg[i].id) != NULL)
            {
                continue;
            }

            more = true;

            if (!oci_scan_map_set(&done, &pkg[i].id, &pkg[i])) {
                return false;
            }

            for (j = 0; j < pkg[i].depends.nelts; j++) {

                other = oci_scan_map_get(&c->ids, &pkg[i].depends.elts[j]);

                if (other != NULL
                    && oci_scan_map_get(&c->kept, &other->id) == NULL
                    && !cargo_toml_keep(c, other, OCI_SCAN_REL_INDIRECT))
                {
                    return false;
                }
            }
        }
    }

    return true;
}


static bool
cargo_toml_projects(cargo_toml_t *c)
{
    size_t           i;
    oci_str_t       *id;
    oci_scan_pkg_t  *pkg;

    id = c->members.elts;

    for (i = 0; i < c->members.nelts; i++) {
        if (!oci_str_eq(&id[i], &c->root)
            && !cargo_toml_project(c, &id[i], OCI_SCAN_REL_WORKSPACE))
        {
            return false;
        }
    }

    if (!cargo_toml_project(c, &c->root, OCI_SCAN_REL_ROOT)) {
        return false;
    }

    if (oci_scan_map_get(&c->kept, &c->root) != NULL) {
        return true;
    }

    /* the lock file does not have it: it is no package itself */

    pkg = oci_pcalloc(c->w->pool, sizeof(oci_scan_pkg_t));
    if (pkg == NULL) {
        return false;
    }

    pkg->id = c->root;
    pkg->name = oci_str("");
    pkg->version = oci_str("");
    pkg->analyzed_by = "cargo";
    pkg->depends = oci_scan_strs(&c->members);

    return cargo_toml_keep(c, pkg, OCI_SCAN_REL_ROOT);
}


/* a project's own needs are also those of its tests */

static bool
cargo_toml_project(cargo_toml_t *c, const oci_str_t *id,
    oci_scan_rel_e relationship)
{
    size_t           i, n;
    oci_scan_pkg_t  *pkg;

    pkg = oci_scan_map_get(&c->ids, id);

    if (pkg == NULL) {
        return true;
    }

    for (i = 0, n = 0; i < pkg->depends.nelts; i++) {
        if (oci_scan_map_get(&c->kept, &pkg->depends.elts[i]) != NULL) {
            pkg->depends.elts[n++] = pkg->depends.elts[i];
        }
    }

    pkg->depends.nelts = n;
    return cargo_toml_keep(c, pkg, relationship);
}


static bool
cargo_toml_keep(cargo_toml_t *c, oci_scan_pkg_t *pkg,
    oci_scan_rel_e relationship)
{
    pkg->relationship = relationship;
    pkg->indirect = (relationship == OCI_SCAN_REL_INDIRECT);
    return oci_scan_map_set(&c->kept, &pkg->id, pkg);
}


/* the group becomes what was kept */

static bool
cargo_toml_rest(cargo_toml_t *c)
{
    size_t           i;
    oci_array_t      rest;
    oci_scan_pkg_t  *pkg, *root, *to;

    oci_array_init(&rest, c->w->pool, sizeof(oci_scan_pkg_t));
    pkg = c->group->pkgs.elts;
    root = oci_scan_map_get(&c->kept, &c->root);

    for (i = 0; i <= c->group->pkgs.nelts; i++) {

        if (i < c->group->pkgs.nelts
            && oci_scan_map_get(&c->kept, &pkg[i].id) != &pkg[i])
        {
            continue;
        }

        if (i == c->group->pkgs.nelts
            && oci_scan_map_get(&c->ids, &c->root) != NULL)
        {
            break;
        }

        to = oci_array_push(&rest);
        if (to == NULL) {
            return false;
        }

        *to = (i < c->group->pkgs.nelts) ? pkg[i] : *root;
    }

    c->group->pkgs = rest;
    return true;
}
