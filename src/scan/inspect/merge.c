/*
 * A group of packages is known by its path and type.  A layer first deletes,
 * then sets; what is there in the end is looked up in the layers from the
 * base on, so that a package keeps the layer that brought it although an
 * upper one wrote the whole database again.
 */

#include "merge.h"
#include "model/purl.h"
#include "base/map.h"
#include "base/text.h"
#include "model/package_uid.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    const oci_scan_group_t  *group;         /* NULL: deleted */
    oci_str_t                key;
} merge_live_t;


typedef struct {
    oci_pool_t               *pool;
    oci_pool_t               *tmp;
    oci_scan_merged_t        *merged;
    oci_scan_layer_t *const   *blobs;
    size_t                    n;
    oci_array_t               live;         /* of merge_live_t */
    oci_scan_map_t            place;        /* key -> 1 + place in live */
    oci_scan_map_t            origin;       /* package -> origin */
    oci_scan_map_t            licenses;     /* dpkg name -> oci_scan_strs_t */
} merge_t;


typedef struct {
    size_t                 layer;
    const oci_scan_pkg_t  *pkg;
} merge_origin_t;


static int pkg_order(const void *a, const void *b);
static oci_status_e merge_all(merge_t *m, oci_error_t *err);
static void merge_sort(oci_array_t *apps);
static bool merge_layer(merge_t *m, size_t layer);
static bool merge_delete(merge_t *m, const oci_scan_layer_t *blob);
static bool merge_gone(const oci_scan_map_t *gone, const oci_str_t *path);
static bool merge_set(merge_t *m, size_t layer, const oci_array_t *groups);
static bool merge_origins(merge_t *m, size_t layer, const oci_scan_group_t *g);
static oci_str_t merge_name(merge_t *m,
    const oci_scan_group_t *g, const oci_scan_pkg_t *pkg);
static bool merge_system(merge_t *m,
    const oci_scan_group_t *g, oci_array_t *to);
static void merge_build_info(merge_t *m, size_t layer, oci_scan_pkg_t *pkg);
static void merge_blame(merge_t *m, size_t layer, oci_scan_pkg_t *pkg);
static bool merge_unique(merge_t *m, oci_array_t *from);
static bool merge_once(merge_t *m, oci_scan_map_t *seen,
    const oci_scan_pkg_t *pkg);
static bool merge_foreign(merge_t *m, const oci_scan_pkg_t *pkg);
static bool merge_app(merge_t *m, const oci_scan_group_t *g);
static oci_scan_group_t *merge_group(merge_t *m,
    const oci_scan_group_t *g, bool joined);
static int group_order(const void *a, const void *b);


oci_status_e
merge_layers(oci_scan_merged_t *merged, oci_pool_t *pool,
    oci_scan_layer_t *const *blobs, size_t n, oci_error_t *err)
{
    merge_t       m;
    oci_status_e  rc;

    memset(merged, 0, sizeof(oci_scan_merged_t));
    oci_array_init(&merged->pkgs, pool, sizeof(oci_scan_pkg_t));
    oci_array_init(&merged->apps, pool, sizeof(oci_scan_group_t));

    memset(&m, 0, sizeof(merge_t));
    m.pool = pool;
    m.merged = merged;
    m.blobs = blobs;
    m.n = n;

    m.tmp = oci_pool_create();
    if (m.tmp == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&m.live, m.tmp, sizeof(merge_live_t));
    oci_scan_map_init(&m.place, m.tmp);
    oci_scan_map_init(&m.origin, m.tmp);
    oci_scan_map_init(&m.licenses, m.tmp);

    rc = merge_all(&m, err);

    oci_pool_destroy(m.tmp);
    return rc;
}


/* the order in which packages are listed */

static int
pkg_order(const void *a, const void *b)
{
    int                    rc;
    const oci_scan_pkg_t  *p, *q;

    p = a;
    q = b;

    if (p->relationship != q->relationship) {

        if (p->relationship == OCI_SCAN_REL_UNKNOWN) {
            return 1;
        }

        if (q->relationship == OCI_SCAN_REL_UNKNOWN) {
            return -1;
        }

        return (p->relationship < q->relationship) ? -1 : 1;
    }

    rc = oci_str_cmp(&p->name, &q->name);
    rc = rc ? rc : oci_str_cmp(&p->version, &q->version);
    rc = rc ? rc : oci_str_cmp(&p->id, &q->id);

    return rc ? rc : oci_str_cmp(&p->file_path, &q->file_path);
}


static oci_status_e
merge_all(merge_t *m, oci_error_t *err)
{
    bool           ok;
    size_t         i;
    oci_array_t    system;
    merge_live_t  *live;

    ok = true;

    for (i = 0; ok && i < m->n; i++) {
        ok = merge_layer(m, i);
    }

    oci_array_init(&system, m->tmp, sizeof(oci_scan_pkg_t));
    live = m->live.elts;

    for (i = 0; ok && i < m->live.nelts; i++) {

        if (live[i].group == NULL) {
            continue;
        }

        ok = (live[i].group->type == NULL)
             ? merge_system(m, live[i].group, &system)
             : merge_app(m, live[i].group);
    }

    if (!ok || !merge_unique(m, &system)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    merge_sort(&m->merged->apps);

    return OCI_OK;
}


static void
merge_sort(oci_array_t *apps)
{
    size_t             i;
    oci_scan_group_t  *g;

    g = apps->elts;

    for (i = 0; i < apps->nelts; i++) {
        if (g[i].pkgs.nelts != 0) {
            qsort(g[i].pkgs.elts, g[i].pkgs.nelts, sizeof(oci_scan_pkg_t),
                  pkg_order);
        }
    }

    if (apps->nelts != 0) {
        qsort(g, apps->nelts, sizeof(oci_scan_group_t), group_order);
    }
}


static bool
merge_layer(merge_t *m, size_t layer)
{
    size_t                        i;
    oci_scan_copyright_t         *c;
    const oci_scan_layer_t       *blob;

    blob = m->blobs[layer];
    oci_scan_os_merge(&m->merged->os, &blob->os);

    if (blob->repository.len != 0) {
        m->merged->repository = blob->repository;
    }

    c = blob->copyrights.elts;

    for (i = 0; i < blob->copyrights.nelts; i++) {
        if (!oci_scan_map_set(&m->licenses, &c[i].name, &c[i].licenses)) {
            return false;
        }
    }

    return merge_delete(m, blob)
           && merge_set(m, layer, &blob->system)
           && merge_set(m, layer, &blob->apps);
}


static bool
merge_delete(merge_t *m, const oci_scan_layer_t *blob)
{
    bool            all;
    size_t          i;
    oci_str_t      *path;
    merge_live_t   *live;
    oci_scan_map_t  gone;

    if (blob->opaque.nelts == 0 && blob->whiteouts.nelts == 0) {
        return true;
    }

    all = false;
    oci_scan_map_init(&gone, m->tmp);
    path = blob->opaque.elts;

    for (i = 0; i < blob->opaque.nelts; i++) {
        all |= (path[i].len == 0);
        if (!oci_scan_map_set(&gone, &path[i], m)) {
            return false;
        }
    }

    path = blob->whiteouts.elts;

    for (i = 0; i < blob->whiteouts.nelts; i++) {
        if (!oci_scan_map_set(&gone, &path[i], m)) {
            return false;
        }
    }

    live = m->live.elts;

    for (i = 0; i < m->live.nelts; i++) {
        if (live[i].group != NULL
            && (all || merge_gone(&gone, &live[i].group->path)))
        {
            live[i].group = NULL;
        }
    }

    return true;
}


/* the path itself, or a directory that it is in */

static bool
merge_gone(const oci_scan_map_t *gone, const oci_str_t *path)
{
    oci_str_t  p;

    for (p = *path; p.len != 0; p = oci_scan_text_dir(&p)) {
        if (oci_scan_map_get(gone, &p) != NULL) {
            return true;
        }
    }

    return false;
}


static bool
merge_set(merge_t *m, size_t layer, const oci_array_t *groups)
{
    void                    *place;
    size_t                   i;
    oci_str_t                key;
    merge_live_t            *live;
    const oci_scan_group_t  *g;

    g = groups->elts;

    for (i = 0; i < groups->nelts; i++) {

        key = oci_strf(m->tmp, "%.*s/type:%s", (int) g[i].path.len,
                       g[i].path.data, g[i].type ? g[i].type : "");
        if (key.data == NULL || !merge_origins(m, layer, &g[i])) {
            return false;
        }

        place = oci_scan_map_get(&m->place, &key);

        if (place != NULL) {
            live = (merge_live_t *) m->live.elts
                   + ((uintptr_t) place - 1);

        } else {
            live = oci_array_push(&m->live);
            place = (void *) (uintptr_t) m->live.nelts;

            if (live == NULL || !oci_scan_map_set(&m->place, &key, place)) {
                return false;
            }

            live->key = key;
        }

        live->group = &g[i];
    }

    return true;
}


/* remembers the lowest layer that has a package, by its name in a file */

static bool
merge_origins(merge_t *m, size_t layer, const oci_scan_group_t *g)
{
    size_t                  i;
    oci_str_t               name;
    merge_origin_t         *o;
    const oci_scan_pkg_t   *pkg;

    pkg = g->pkgs.elts;

    for (i = 0; i < g->pkgs.nelts; i++) {

        name = merge_name(m, g, &pkg[i]);
        if (name.data == NULL) {
            return false;
        }

        if (oci_scan_map_get(&m->origin, &name) != NULL) {
            continue;
        }

        o = oci_palloc(m->tmp, sizeof(merge_origin_t));
        if (o == NULL || !oci_scan_map_set(&m->origin, &name, o)) {
            return false;
        }

        o->layer = layer;
        o->pkg = &pkg[i];
    }

    return true;
}


/* a system's packages are known in all databases, others in their file */

static oci_str_t
merge_name(merge_t *m, const oci_scan_group_t *g, const oci_scan_pkg_t *pkg)
{
    return oci_strf(m->tmp, "%.*s%c%.*s%c%.*s%c%.*s",
                    g->type ? (int) g->path.len : 0, g->path.data,
                    g->type ? 1 : 2,
                    (int) pkg->name.len, pkg->name.data, 1,
                    (int) pkg->version.len, pkg->version.data, 1,
                    (int) pkg->release.len, pkg->release.data);
}


static bool
merge_system(merge_t *m, const oci_scan_group_t *g, oci_array_t *to)
{
    size_t                 i;
    oci_str_t              name, none = oci_null_string;
    oci_scan_pkg_t        *pkg, *from;
    oci_scan_strs_t       *licenses;
    merge_origin_t        *o;

    from = g->pkgs.elts;
    m->merged->system = true;

    for (i = 0; i < g->pkgs.nelts; i++) {

        pkg = oci_array_push(to);
        if (pkg == NULL) {
            return false;
        }

        *pkg = from[i];
        pkg->uid = oci_scan_uid(m->pool, &none, &from[i]);
        name = merge_name(m, g, pkg);
        o = oci_scan_map_get(&m->origin, &name);

        if (o != NULL && pkg->layer_diff_id.len == 0
            && pkg->layer_digest.len == 0)
        {
            merge_blame(m, o->layer, pkg);
            merge_build_info(m, o->layer, pkg);
            pkg->files = o->pkg->files;
        }

        if (m->merged->os.family.len != 0 && pkg->purl.len == 0) {
            pkg->purl = oci_scan_purl_of(m->pool, NULL, &m->merged->os, pkg);
        }

        licenses = oci_scan_map_get(&m->licenses, &pkg->name);
        if (licenses != NULL) {
            pkg->licenses = *licenses;
        }
    }

    return true;
}


/*
 * Red Hat's base layer has no content sets of its own: those of the second
 * are meant for it.  A layer built on top uses what is below.
 */

static void
merge_build_info(merge_t *m, size_t layer, oci_scan_pkg_t *pkg)
{
    size_t                  i;
    oci_scan_build_info_t  *info;

    info = m->blobs[layer]->build_info;

    if (info == NULL && layer == 0) {
        info = (m->n > 1) ? m->blobs[1]->build_info : NULL;
    }

    for (i = layer; info == NULL && i-- > 0; ) {
        info = m->blobs[i]->build_info;
    }

    if (info != NULL) {
        pkg->build_info = info;
    }
}


static void
merge_blame(merge_t *m, size_t layer, oci_scan_pkg_t *pkg)
{
    oci_scan_layer_t  *blob;

    blob = m->blobs[layer];

    if (blob->digest.alg != OCI_ALG_NONE) {
        pkg->layer_digest = oci_digest_str(&blob->digest);
    }

    if (blob->diff_id.alg != OCI_ALG_NONE) {
        pkg->layer_diff_id = oci_digest_str(&blob->diff_id);
    }
}


/*
 * A package may be in two databases, or in one and in an SBOM beside it: the
 * database's own entry is taken.
 */

static bool
merge_unique(merge_t *m, oci_array_t *from)
{
    bool             sbom;
    size_t           i, pass;
    oci_scan_map_t   seen;
    oci_scan_pkg_t  *pkg;

    oci_scan_map_init(&seen, m->tmp);
    pkg = from->elts;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < from->nelts; i++) {

            sbom = (pkg[i].analyzed_by != NULL
                    && strcmp(pkg[i].analyzed_by, "sbom") == 0);

            if (sbom == (pass == 1) && !merge_foreign(m, &pkg[i])
                && !merge_once(m, &seen, &pkg[i]))
            {
                return false;
            }
        }
    }

    if (m->merged->pkgs.nelts != 0) {
        qsort(m->merged->pkgs.elts, m->merged->pkgs.nelts,
              sizeof(oci_scan_pkg_t), pkg_order);
    }

    return true;
}


static bool
merge_once(merge_t *m, oci_scan_map_t *seen, const oci_scan_pkg_t *pkg)
{
    oci_str_t        key, version;
    oci_scan_pkg_t  *to;

    version = oci_scan_pkg_version(m->tmp, pkg);
    key = pkg->id.len
          ? oci_strf(m->tmp, "%.*s/%.*s", (int) pkg->id.len, pkg->id.data,
                     (int) pkg->file_path.len, pkg->file_path.data)
          : oci_strf(m->tmp, "%.*s@%.*s/%.*s", (int) pkg->name.len,
                     pkg->name.data, (int) version.len, version.data,
                     (int) pkg->file_path.len, pkg->file_path.data);

    if (oci_scan_map_get(seen, &key) != NULL) {
        return true;
    }

    to = oci_array_push(&m->merged->pkgs);

    if (to == NULL || key.data == NULL || !oci_scan_map_set(seen, &key, m)) {
        return false;
    }

    *to = *pkg;

    return true;
}


/* an SBOM's package of another system: its URL has another namespace */

static bool
merge_foreign(merge_t *m, const oci_scan_pkg_t *pkg)
{
    oci_str_t       s, type, namespace, own, rest;
    oci_scan_pkg_t  none;

    if (m->merged->os.family.len == 0 || pkg->purl.len == 0
        || pkg->analyzed_by == NULL || strcmp(pkg->analyzed_by, "sbom") != 0)
    {
        return false;
    }

    s = pkg->purl;

    if (!oci_scan_text_cut_prefix(&s, "pkg:")
        || !oci_scan_text_cut(s, '/', &type, &s)
        || !oci_scan_text_cut(s, '/', &namespace, &rest))
    {
        return false;
    }

    memset(&none, 0, sizeof(oci_scan_pkg_t));
    own = oci_scan_purl_of(m->tmp, NULL, &m->merged->os, &none);
    (void) oci_scan_text_cut(own, '/', &s, &own);
    (void) oci_scan_text_cut(own, '/', &own, &rest);

    return !oci_str_eq(&own, &namespace);
}


static bool
merge_app(merge_t *m, const oci_scan_group_t *g)
{
    size_t             i;
    oci_str_t          name, type;
    oci_scan_pkg_t    *pkg, *from;
    merge_origin_t    *o;
    oci_scan_group_t  *to;

    if (g->pkgs.nelts == 0) {
        return true;
    }

    type = oci_str(g->type);
    to = merge_group(m, g, oci_scan_pkg_type_joined(&type));
    if (to == NULL) {
        return false;
    }

    from = g->pkgs.elts;

    for (i = 0; i < g->pkgs.nelts; i++) {

        pkg = oci_array_push(&to->pkgs);
        if (pkg == NULL) {
            return false;
        }

        *pkg = from[i];
        pkg->uid = oci_scan_uid(m->pool, &g->path, &from[i]);
        name = merge_name(m, g, pkg);
        o = oci_scan_map_get(&m->origin, &name);

        if (o != NULL && pkg->layer_diff_id.len == 0
            && pkg->layer_digest.len == 0)
        {
            merge_blame(m, o->layer, pkg);
        }

        if (pkg->purl.len == 0 && pkg->name.len != 0) {
            pkg->purl = oci_scan_purl_of(m->pool, g->type, NULL, pkg);
        }
    }

    return true;
}


static oci_scan_group_t *
merge_group(merge_t *m, const oci_scan_group_t *g, bool joined)
{
    size_t             i;
    oci_scan_group_t  *to;

    to = m->merged->apps.elts;

    for (i = 0; joined && i < m->merged->apps.nelts; i++) {
        if (to[i].path.len == 0 && strcmp(to[i].type, g->type) == 0) {
            return &to[i];
        }
    }

    to = oci_array_push(&m->merged->apps);

    if (to != NULL) {
        to->type = g->type;
        oci_array_init(&to->pkgs, m->pool, sizeof(oci_scan_pkg_t));

        if (!joined) {
            to->path = g->path;
        }
    }

    return to;
}


/* by what the target will be called, then by type */

static int
group_order(const void *a, const void *b)
{
    int                      rc;
    oci_str_t                s, t;
    const oci_scan_group_t  *g, *h;

    g = a;
    h = b;
    s = g->path.len ? g->path : oci_str(merge_title(g->type));
    t = h->path.len ? h->path : oci_str(merge_title(h->type));
    rc = oci_str_cmp(&s, &t);

    return rc ? rc : strcmp(g->type, h->type);
}
