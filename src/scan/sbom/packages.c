/*
 * From components to packages.  What hangs below an operating system or an
 * application is its own; the rest is put together by type.
 */

#include "oci_scan_sbom.h"
#include "model/license.h"
#include "model/purl.h"

#include <stdio.h>
#include <string.h>


#define OCI_SCAN_SBOM_DEPTH  512


typedef struct {
    oci_scan_walker_t      *w;
    const oci_scan_sbom_t  *bom;
    oci_str_t               path;       /* of the SBOM; may be empty */
    oci_str_t               dir;        /* Bitnami's component; else empty */
    oci_scan_pkg_t         *pkgs;       /* one for each part */
    const char            **types;      /* NULL: no package, or used up */
} sbomer_t;


static const char  sbom_system[] = "system";

static oci_status_e sbom_decode(sbomer_t *s, oci_error_t *err);
static oci_status_e sbom_pkg(sbomer_t *s, size_t i, oci_error_t *err);
static const char *sbom_type(const oci_scan_purl_t *purl);
static oci_str_t sbom_name(oci_pool_t *pool,
    const oci_scan_part_t *part, const oci_scan_purl_t *purl);
static void sbom_version(oci_scan_walker_t *w,
    const oci_scan_purl_t *purl, oci_scan_pkg_t *pkg);
static oci_status_e sbom_props(sbomer_t *s, const oci_scan_part_t *part,
    oci_scan_pkg_t *pkg, oci_error_t *err);
static oci_status_e sbom_build_info(sbomer_t *s, const oci_scan_part_t *part,
    oci_scan_pkg_t *pkg, oci_scan_build_info_t *info, oci_error_t *err);
static void sbom_src(oci_scan_walker_t *w,
    const oci_scan_part_t *part, oci_scan_pkg_t *pkg);
static void sbom_evr(oci_str_t v, oci_str_t *version,
    oci_str_t *release, uint32_t *epoch);
static oci_status_e sbom_depends(sbomer_t *s, oci_error_t *err);
static oci_status_e sbom_tops(sbomer_t *s, oci_error_t *err);
static oci_status_e sbom_top_system(sbomer_t *s, size_t i, oci_error_t *err);
static oci_status_e sbom_top_application(sbomer_t *s, size_t i,
    oci_error_t *err);
static oci_status_e sbom_top(sbomer_t *s, size_t i, const char *type,
    const oci_str_t *path, oci_error_t *err);
static oci_status_e sbom_below(sbomer_t *s, size_t i,
    oci_scan_group_t *g, unsigned depth, oci_error_t *err);
static oci_status_e sbom_rest(sbomer_t *s, oci_error_t *err);
static oci_scan_group_t *sbom_group(sbomer_t *s,
    const char *type, const oci_str_t *path, oci_error_t *err);
static oci_str_t sbom_prop_of(const oci_scan_part_t *part, const char *key);


oci_status_e
oci_scan_sbom_pkgs(oci_scan_walker_t *w, const oci_scan_sbom_t *bom,
    const oci_str_t *path, oci_error_t *err)
{
    sbomer_t  s;

    memset(&s, 0, sizeof(sbomer_t));
    s.w = w;
    s.bom = bom;
    s.path = *path;

    if (oci_str_prefix(path, "opt/bitnami/")) {
        s.dir = oci_scan_text_dir(path);
    }

    s.pkgs = oci_pcalloc(w->tmp, (bom->parts.nelts + 1)
                                 * sizeof(oci_scan_pkg_t));
    s.types = oci_pcalloc(w->tmp, (bom->parts.nelts + 1)
                                  * sizeof(const char *));

    if (s.pkgs == NULL || s.types == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return sbom_decode(&s, err);
}


static oci_status_e
sbom_decode(sbomer_t *s, oci_error_t *err)
{
    size_t        i;
    oci_status_e  rc;

    for (i = 0; i < s->bom->parts.nelts; i++) {

        rc = sbom_pkg(s, i, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = sbom_depends(s, err);

    if (rc == OCI_OK) {
        rc = sbom_tops(s, err);
    }

    return (rc == OCI_OK) ? sbom_rest(s, err) : rc;
}


static oci_status_e
sbom_pkg(sbomer_t *s, size_t i, oci_error_t *err)
{
    oci_str_t               type, name, q;
    uint64_t                epoch;
    oci_scan_pkg_t         *pkg;
    oci_scan_purl_t         purl;
    const oci_scan_part_t  *part;

    part = (const oci_scan_part_t *) s->bom->parts.elts + i;
    type = sbom_prop_of(part, "Type");

    if (part->kind == OCI_SCAN_PART_OS
        || (part->kind == OCI_SCAN_PART_APPLICATION && type.len != 0)
        || part->purl.len == 0
        || oci_scan_purl_parse(&purl, s->w->pool, &part->purl, NULL)
           != OCI_OK)
    {
        return OCI_OK;
    }

    s->types[i] = sbom_type(&purl);
    if (s->types[i] == NULL) {
        return OCI_OK;
    }

    pkg = &s->pkgs[i];
    name = sbom_name(s->w->pool, part, &purl);
    pkg->name = oci_scan_kit_keep(s->w, &name);
    pkg->version = purl.version;
    pkg->id = oci_scan_pkg_id(s->w->pool, s->types[i], &name, &purl.version);
    pkg->purl = oci_scan_purl_str(s->w->pool, &purl);
    pkg->bom_ref = oci_scan_kit_keep(s->w, &part->bom_ref);
    pkg->digest = oci_scan_kit_keep(s->w, &part->digest);
    pkg->arch = oci_scan_purl_qualifier(&purl, "arch");
    pkg->modularity = oci_scan_purl_qualifier(&purl, "modularitylabel");
    pkg->analyzed_by = "sbom";

    q = oci_scan_purl_qualifier(&purl, "epoch");

    if (oci_str_number(&q, UINT32_MAX, &epoch)) {
        pkg->epoch = (uint32_t) epoch;
    }

    pkg->licenses = part->licenses;

    if (!oci_scan_license_normalize(s->w->pool, &pkg->licenses)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    sbom_version(s->w, &purl, pkg);

    if (s->dir.len != 0 && strcmp(s->types[i], "bitnami") != 0) {
        pkg->file_path = oci_scan_kit_keep(s->w, &s->dir);
    }

    if (sbom_props(s, part, pkg, err) != OCI_OK) {
        return err->status;
    }

    if (s->types[i] == sbom_system) {
        sbom_src(s->w, part, pkg);
    }

    return OCI_OK;
}


static const char *
sbom_type(const oci_scan_purl_t *purl)
{
    size_t             i;
    static const char  *const types[][2] = {
        { "apk", sbom_system }, { "deb", sbom_system },
        { "rpm", sbom_system }, { "bitnami", "bitnami" },
        { "cargo", "cargo" }, { "cocoapods", "cocoapods" },
        { "composer", "composer" }, { "conan", "conan" },
        { "conda", "conda-pkg" }, { "gem", "gemspec" },
        { "golang", "gobinary" }, { "hex", "hex" }, { "maven", "jar" },
        { "npm", "node-pkg" }, { "nuget", "nuget" }, { "pub", "pub" },
        { "pypi", "python-pkg" }, { "swift", "swift" }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (oci_str_is(&purl->type, types[i][0])) {
            return types[i][1];
        }
    }

    return NULL;
}


/* a package URL may have lost the case of a name; Maven's are exact */

static oci_str_t
sbom_name(oci_pool_t *pool, const oci_scan_part_t *part,
    const oci_scan_purl_t *purl)
{
    if (oci_str_is(&purl->type, "maven") && purl->namespace.len != 0) {
        return oci_strf(pool, "%.*s:%.*s", (int) purl->namespace.len,
                        purl->namespace.data, (int) purl->name.len,
                        purl->name.data);
    }

    if (oci_str_is(&purl->type, "cocoapods") && purl->subpath.len != 0) {
        return oci_strf(pool, "%.*s/%.*s", (int) purl->name.len,
                        purl->name.data, (int) purl->subpath.len,
                        purl->subpath.data);
    }

    if (oci_str_is(&purl->type, "cocoapods")
        || oci_str_is(&purl->type, "bitnami")
        || oci_str_is(&purl->type, "maven"))
    {
        return purl->name;
    }

    return (part->group.len == 0) ? part->name
           : oci_strf(pool, "%.*s/%.*s", (int) part->group.len,
                      part->group.data, (int) part->name.len,
                      part->name.data);
}


static void
sbom_version(oci_scan_walker_t *w, const oci_scan_purl_t *purl,
    oci_scan_pkg_t *pkg)
{
    uint32_t  epoch;

    (void) w;

    if (oci_str_is(&purl->type, "rpm")) {
        sbom_evr(purl->version, &pkg->version, &pkg->release, &epoch);
    }
}


static oci_status_e
sbom_props(sbomer_t *s, const oci_scan_part_t *part, oci_scan_pkg_t *pkg,
    oci_error_t *err)
{
    size_t                  i, j;
    uint64_t                epoch;
    oci_str_t               value;
    oci_scan_prop_t        *prop;
    oci_scan_build_info_t   info;
    const struct {
        const char         *key;
        oci_str_t          *to;
    } fields[] = {
        { "PkgID", &pkg->id }, { "FilePath", &pkg->file_path },
        { "SrcName", &pkg->src_name }, { "SrcVersion", &pkg->src_version },
        { "SrcRelease", &pkg->src_release },
        { "Modularitylabel", &pkg->modularity },
        { "LayerDigest", &pkg->layer_digest },
        { "LayerDiffID", &pkg->layer_diff_id },
        { "NVR", &info.nvr }, { "Arch", &info.arch }
    };

    memset(&info, 0, sizeof(oci_scan_build_info_t));
    prop = part->props.elts;

    for (i = 0; i < part->props.nelts; i++) {

        value = oci_scan_kit_keep(s->w, &prop[i].value);

        for (j = 0; j < sizeof(fields) / sizeof(fields[0]); j++) {
            if (oci_str_is(&prop[i].key, fields[j].key)) {
                *fields[j].to = value;
            }
        }

        if (oci_str_is(&prop[i].key, "SrcEpoch")
            && oci_str_number(&value, UINT32_MAX, &epoch))
        {
            pkg->src_epoch = (uint32_t) epoch;
        }
    }

    return sbom_build_info(s, part, pkg, &info, err);
}


/* Red Hat's, to which the content sets belong */

static oci_status_e
sbom_build_info(sbomer_t *s, const oci_scan_part_t *part, oci_scan_pkg_t *pkg,
    oci_scan_build_info_t *info, oci_error_t *err)
{
    size_t            i;
    oci_str_t        *set;
    oci_array_t       sets;
    oci_scan_prop_t  *prop;

    oci_array_init(&sets, s->w->pool, sizeof(oci_str_t));
    prop = part->props.elts;

    for (i = 0; i < part->props.nelts; i++) {

        if (!oci_str_is(&prop[i].key, "ContentSet")) {
            continue;
        }

        set = oci_array_push(&sets);
        if (set == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *set = oci_scan_kit_keep(s->w, &prop[i].value);
    }

    if (sets.nelts == 0 && info->nvr.len == 0) {
        return OCI_OK;
    }

    info->content_sets = oci_scan_strs(&sets);
    pkg->build_info = oci_palloc(s->w->pool, sizeof(oci_scan_build_info_t));

    if (pkg->build_info == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *pkg->build_info = *info;

    return OCI_OK;
}


static void
sbom_src(oci_scan_walker_t *w, const oci_scan_part_t *part,
    oci_scan_pkg_t *pkg)
{
    oci_str_t  v;

    if (part->src_name.len != 0 && pkg->src_name.len == 0) {
        pkg->src_name = oci_scan_kit_keep(w, &part->src_name);
    }

    if (part->src_version.len != 0) {

        v = oci_scan_kit_keep(w, &part->src_version);

        if (oci_str_prefix(&pkg->purl, "pkg:apk/")) {
            pkg->src_version = v;

        } else {
            sbom_evr(v, &pkg->src_version, &pkg->src_release, &pkg->src_epoch);
        }
    }

    if (pkg->src_name.len != 0 && pkg->src_version.len != 0) {
        return;
    }

    pkg->src_name = pkg->src_name.len ? pkg->src_name : pkg->name;
    pkg->src_version = pkg->src_version.len ? pkg->src_version
                                            : pkg->version;
    pkg->src_release = pkg->src_release.len ? pkg->src_release
                                            : pkg->release;
    pkg->src_epoch = pkg->src_epoch ? pkg->src_epoch : pkg->epoch;
}


/* [epoch:]version[-release] */

static void
sbom_evr(oci_str_t v, oci_str_t *version, oci_str_t *release, uint32_t *epoch)
{
    ssize_t    dash;
    uint64_t   n;
    oci_str_t  before, after;

    n = 0;

    if (oci_scan_text_cut(v, ':', &before, &after)
        && oci_str_number(&before, UINT32_MAX, &n))
    {
        v = after;
    }

    *epoch = (uint32_t) n;
    dash = oci_scan_text_find_last(&v, '-');
    *version = v;

    if (dash != -1) {
        version->len = (size_t) dash;
        *release = oci_scan_text_skip(v, (size_t) dash + 1);
    }
}


static oci_status_e
sbom_depends(sbomer_t *s, oci_error_t *err)
{
    size_t                   i, j, k;
    oci_str_t               *edge, *id;
    oci_array_t              ids;
    const oci_scan_part_t   *part;

    part = s->bom->parts.elts;

    for (i = 0; i < s->bom->parts.nelts; i++) {

        if (s->types[i] == NULL) {
            continue;
        }

        oci_array_init(&ids, s->w->pool, sizeof(oci_str_t));
        edge = part[i].edges.elts;

        for (j = 0; j < part[i].edges.nelts; j++) {

            k = (uintptr_t) oci_scan_map_get(&s->bom->refs, &edge[j]);

            if (k == 0 || s->types[k - 1] == NULL) {
                continue;
            }

            id = oci_array_push(&ids);
            if (id == NULL) {
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }

            *id = s->pkgs[k - 1].id;
        }

        s->pkgs[i].depends = oci_scan_strs(&ids);
    }

    return OCI_OK;
}


/* the operating system's packages, and those of each application */

static oci_status_e
sbom_tops(sbomer_t *s, oci_error_t *err)
{
    bool                    system;
    size_t                  i;
    oci_status_e            rc;
    const oci_scan_part_t  *part;

    part = s->bom->parts.elts;
    system = false;

    for (i = 0; i < s->bom->parts.nelts; i++) {

        rc = OCI_OK;

        if (part[i].kind == OCI_SCAN_PART_OS && !system) {
            system = true;
            rc = sbom_top_system(s, i, err);

        } else if (part[i].kind == OCI_SCAN_PART_APPLICATION) {
            rc = sbom_top_application(s, i, err);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
sbom_top_system(sbomer_t *s, size_t i, oci_error_t *err)
{
    oci_scan_os_t          *os;
    const oci_scan_part_t  *part;

    part = (const oci_scan_part_t *) s->bom->parts.elts + i;
    os = &s->w->layer->os;

    if (s->path.len == 0) {
        os->family = oci_scan_kit_keep(s->w, &part->name);
        os->name = oci_scan_kit_keep(s->w, &part->version);
    }

    return sbom_top(s, i, NULL, &s->path, err);
}


static oci_status_e
sbom_top_application(sbomer_t *s, size_t i, oci_error_t *err)
{
    oci_str_t               name;
    const char             *type;
    const oci_scan_part_t  *part;

    part = (const oci_scan_part_t *) s->bom->parts.elts + i;
    name = sbom_prop_of(part, "Type");
    type = (name.len != 0) ? oci_scan_pkg_type_name(&name) : NULL;

    if (type == NULL) {
        return OCI_OK;
    }

    return sbom_top(s, i, type, oci_scan_pkg_type_joined(&name)
                                ? &s->path : &part->name, err);
}


static oci_status_e
sbom_top(sbomer_t *s, size_t i, const char *type, const oci_str_t *path,
    oci_error_t *err)
{
    oci_scan_group_t  *g;

    g = sbom_group(s, type, path, err);

    return (g == NULL) ? err->status : sbom_below(s, i, g, 0, err);
}


static oci_status_e
sbom_below(sbomer_t *s, size_t i, oci_scan_group_t *g,
    unsigned depth, oci_error_t *err)
{
    size_t                  j, k;
    oci_str_t              *edge;
    oci_status_e            rc;
    oci_scan_pkg_t         *pkg;
    const oci_scan_part_t  *part;

    part = (const oci_scan_part_t *) s->bom->parts.elts + i;
    edge = part->edges.elts;
    rc = OCI_OK;

    for (j = 0; rc == OCI_OK && j < part->edges.nelts; j++) {

        k = (uintptr_t) oci_scan_map_get(&s->bom->refs, &edge[j]);

        if (k == 0 || s->types[k - 1] == NULL
            || depth == OCI_SCAN_SBOM_DEPTH)
        {
            continue;
        }

        pkg = oci_scan_kit_pkg(g, err);
        if (pkg == NULL) {
            return err->status;
        }

        *pkg = s->pkgs[k - 1];
        s->types[k - 1] = NULL;
        rc = sbom_below(s, k - 1, g, depth + 1, err);
    }

    return rc;
}


static oci_status_e
sbom_rest(sbomer_t *s, oci_error_t *err)
{
    size_t             i;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    for (i = 0; i < s->bom->parts.nelts; i++) {

        if (s->types[i] == NULL) {
            continue;
        }

        g = sbom_group(s, (s->types[i] == sbom_system)
                          ? NULL : s->types[i],
                       (s->dir.len != 0
                        && strcmp(s->types[i], "bitnami") == 0)
                       ? &s->dir : &s->path, err);
        pkg = (g != NULL) ? oci_scan_kit_pkg(g, err) : NULL;

        if (pkg == NULL) {
            return err->status;
        }

        *pkg = s->pkgs[i];
    }

    return OCI_OK;
}


/* the group of a type and path, made when it is not there yet */

static oci_scan_group_t *
sbom_group(sbomer_t *s, const char *type,
    const oci_str_t *path, oci_error_t *err)
{
    size_t             i;
    oci_array_t       *list;
    oci_scan_group_t  *g;

    list = type ? &s->w->layer->apps : &s->w->layer->system;
    g = list->elts;

    for (i = list->nelts; i-- > 0; ) {
        if (oci_str_eq(&g[i].path, path)
            && (type == NULL || strcmp(g[i].type, type) == 0))
        {
            return &g[i];
        }
    }

    return oci_scan_kit_group(s->w, type, path, err);
}


static oci_str_t
sbom_prop_of(const oci_scan_part_t *part, const char *key)
{
    size_t            i;
    oci_str_t         none = oci_null_string;
    oci_scan_prop_t  *prop;

    prop = part->props.elts;

    for (i = 0; i < part->props.nelts; i++) {
        if (oci_str_is(&prop[i].key, key)) {
            return prop[i].value;
        }
    }

    return none;
}
