/*
 * How what is found in a layer is written down.
 */

#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define KIT_NOTES_MAX  100
#define KIT_LEFT_OUT_MAX  10000


static bool kit_resolve(oci_scan_walker_t *w, oci_scan_pkg_t *pkg,
    const oci_scan_map_t *ids, bool self);


/* texts that live in the program: a layer points to them */

static const char  *const kit_names[] = {
    "apk", "dpkg", "rpm", "rpmqa", "sbom", "python-pkg", "python-egg",
    "node-pkg", "gemspec", "conda-pkg", "gobinary", "rustbinary", "jar",
    "composer", "composer-vendor", "dotnet-core", "bitnami", "cargo",
    "nuget", "cocoapods", "swift", "hex", "conan", "pub", "julia",
    "conda-environment", "packages-props", "npm", "yarn", "pnpm", "bun",
    "pip", "pipenv", "poetry", "uv", "pylock", "bundler", "gomod", "pom",
    "gradle", "sbt", NULL
};


oci_scan_group_t *
oci_scan_kit_group(oci_scan_walker_t *w, const char *type,
    const oci_str_t *path, oci_error_t *err)
{
    oci_scan_group_t  *g;

    g = oci_array_push(type ? &w->layer->apps : &w->layer->system);

    if (g != NULL) {
        g->type = type;
        g->path = oci_scan_kit_keep(w, path);
        oci_array_init(&g->pkgs, w->pool, sizeof(oci_scan_pkg_t));
    }

    if (g == NULL || g->path.data == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    return g;
}


oci_scan_pkg_t *
oci_scan_kit_pkg(oci_scan_group_t *g, oci_error_t *err)
{
    oci_scan_pkg_t  *pkg;

    pkg = oci_array_push(&g->pkgs);
    if (pkg == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return pkg;
}


bool
oci_scan_kit_span(oci_scan_walker_t *w, oci_scan_pkg_t *pkg, uint32_t start,
    uint32_t end)
{
    size_t            n;
    oci_scan_span_t  *spans;

    n = pkg->nspans;
    spans = oci_palloc(w->pool, (n + 1) * sizeof(oci_scan_span_t));

    if (spans == NULL) {
        return false;
    }

    if (n != 0) {
        memcpy(spans, pkg->spans, n * sizeof(oci_scan_span_t));
    }

    for ( /* void */ ; n > 0 && spans[n - 1].start > start; n--) {
        spans[n] = spans[n - 1];
    }

    spans[n].start = start;
    spans[n].end = end;
    pkg->spans = spans;
    pkg->nspans++;
    return true;
}


oci_str_t
oci_scan_kit_keep(oci_scan_walker_t *w, const oci_str_t *s)
{
    return oci_str_dup(w->pool, s->data, s->len);
}


oci_str_t
oci_scan_pkg_id(oci_pool_t *pool, const char *type, const oci_str_t *name,
    const oci_str_t *version)
{
    const char  *sep;

    if (version->len == 0) {
        return oci_str_dup(pool, name->data, name->len);
    }

    sep = "@";

    if (type != NULL && strcmp(type, "dotnet-core") == 0) {
        sep = "/";

    } else if (type != NULL && strcmp(type, "jar") == 0) {
        sep = ":";

    } else if (type != NULL && strcmp(type, "gobinary") == 0
               && version->data[0] != 'v')
    {
        sep = "@v";
    }

    return oci_strf(pool, "%.*s%s%.*s", (int) name->len, name->data, sep,
                    (int) version->len, version->data);
}


oci_scan_pkg_t *
oci_scan_kit_lone_pkg(oci_scan_walker_t *w, const char *type,
    const oci_scan_file_t *f, const oci_str_t *name,
    const oci_str_t *version, oci_error_t *err)
{
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    g = oci_scan_kit_group(w, type, &f->path, err);
    if (g == NULL) {
        return NULL;
    }

    pkg = oci_scan_kit_pkg(g, err);
    if (pkg == NULL) {
        return NULL;
    }

    pkg->name = oci_scan_kit_keep(w, name);
    pkg->version = oci_scan_kit_keep(w, version);
    pkg->file_path = g->path;
    pkg->analyzed_by = type;

    return pkg;
}


oci_scan_strs_t
oci_scan_strs(const oci_array_t *a)
{
    oci_scan_strs_t  list;

    list.elts = a->elts;
    list.nelts = a->nelts;
    return list;
}


void
oci_scan_strs_sort(oci_scan_strs_t *list)
{
    size_t  i, n;

    if (list->nelts < 2) {
        return;
    }

    qsort(list->elts, list->nelts, sizeof(oci_str_t), oci_scan_text_order);

    for (i = 1, n = 1; i < list->nelts; i++) {
        if (!oci_str_eq(&list->elts[i], &list->elts[n - 1])) {
            list->elts[n++] = list->elts[i];
        }
    }

    list->nelts = n;
}


bool
oci_scan_kit_resolve(oci_scan_walker_t *w, oci_scan_group_t *g,
    const oci_scan_map_t *ids, bool self)
{
    size_t           i;
    oci_scan_pkg_t  *pkg;

    pkg = g->pkgs.elts;

    for (i = 0; i < g->pkgs.nelts; i++) {
        if (!kit_resolve(w, &pkg[i], ids, self)) {
            return false;
        }
    }

    return true;
}


static bool
kit_resolve(oci_scan_walker_t *w, oci_scan_pkg_t *pkg,
    const oci_scan_map_t *ids, bool self)
{
    size_t       i;
    oci_str_t   *id, *to;
    oci_array_t  found;

    oci_array_init(&found, w->pool, sizeof(oci_str_t));

    for (i = 0; i < pkg->depends.nelts; i++) {

        id = oci_scan_map_get(ids, &pkg->depends.elts[i]);

        if (id == NULL || id->len == 0 || (!self && oci_str_eq(id, &pkg->id)))
        {
            continue;
        }

        to = oci_array_push(&found);
        if (to == NULL) {
            return false;
        }

        *to = *id;
    }

    pkg->depends = oci_scan_strs(&found);
    oci_scan_strs_sort(&pkg->depends);

    return true;
}


bool
oci_scan_kit_own(oci_scan_walker_t *w, const oci_str_t *path)
{
    oci_str_t  key;

    key = *path;

    while (oci_scan_text_cut_prefix(&key, "/")) {
        /* as paths in the layer have none */
    }

    return key.len == 0 || oci_scan_map_set(&w->owned, &key, w);
}


void
oci_scan_kit_note(oci_scan_walker_t *w, const char *fmt, ...)
{
    char        text[512];
    va_list     args;
    oci_str_t  *note;

    if (w->layer->notes.nelts >= KIT_NOTES_MAX) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    note = oci_array_push(&w->layer->notes);
    if (note != NULL) {
        *note = oci_str_dup(w->pool, (u_char *) text, strlen(text));
    }
}


void
oci_scan_kit_left_out(oci_scan_walker_t *w, const oci_str_t *path,
    const char *why)
{
    oci_str_t  *text;

    text = (w->layer->left_out.nelts < KIT_LEFT_OUT_MAX)
           ? oci_array_push(&w->layer->left_out) : NULL;

    if (text != NULL) {
        *text = oci_strf(w->pool, "%.*s: %s", (path->len > 1000) ? 1000
                         : (int) path->len, path->data, why);
    }
}


const char *
oci_scan_pkg_type_name(const oci_str_t *name)
{
    size_t  i;

    for (i = 0; kit_names[i] != NULL; i++) {
        if (oci_str_is(name, kit_names[i])) {
            return kit_names[i];
        }
    }

    return NULL;
}
