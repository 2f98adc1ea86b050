/*
 * An image contains its system and files, these contain packages, and what
 * another package depends on hangs below that one.
 */

#include "graph.h"
#include "base/map.h"
#include "model/purl.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>


static oci_str_t bom_purl(oci_pool_t *pool, const oci_scan_report_t *report);
static oci_status_e bom_root(bom_t *bom);
static oci_status_e bom_image(bom_t *bom, bom_part_t *root);
static oci_status_e bom_labels(bom_t *bom, bom_part_t *root);
static oci_status_e bom_result(bom_t *bom, const oci_scan_result_t *result);
static oci_status_e bom_packages(bom_t *bom, const oci_scan_result_t *result);
static void bom_names(bom_t *bom, bom_part_t *part);
static oci_status_e bom_props(bom_t *bom, bom_part_t *part);
static oci_status_e bom_props_build(bom_part_t *part);
static oci_status_e bom_prop(bom_part_t *part, const char *name,
    const oci_str_t *value);
static oci_status_e bom_edges(bom_t *bom,
    const oci_scan_result_t *result, size_t parent, size_t first);
static oci_status_e bom_edge(bom_t *bom, size_t from, size_t to,
    bool contains);
static bom_part_t *bom_part(bom_t *bom, bom_e kind, const char *type);
static void bom_sort(bom_part_t *part);
static int bom_by_name(const void *one, const void *two);


oci_status_e
bom_build(bom_t *bom, oci_pool_t *pool, const oci_scan_report_t *report)
{
    size_t                    i;
    oci_status_e              rc;
    const oci_scan_result_t  *result;

    rc = bom_begin(bom, pool, report);
    result = report->results.elts;

    for (i = 0; rc == OCI_OK && i < report->results.nelts; i++) {
        rc = bom_result(bom, &result[i]);
    }

    return rc;
}


oci_status_e
bom_begin(bom_t *bom, oci_pool_t *pool, const oci_scan_report_t *report)
{
    memset(bom, 0, sizeof(bom_t));
    bom->pool = pool;
    bom->report = report;
    oci_array_init(&bom->parts, pool, sizeof(bom_part_t));

    return bom_root(bom);
}


oci_str_t
bom_prop_name(oci_pool_t *pool, const bom_prop_t *prop)
{
    return prop->label.len == 0 ? oci_str(prop->name)
           : oci_strf(pool, "%s:%.*s", prop->name, (int) prop->label.len,
                      prop->label.data);
}


/* the package URL of an image by its first digest; empty: it has none */

static oci_str_t
bom_purl(oci_pool_t *pool, const oci_scan_report_t *report)
{
    oci_str_t    name, digest, host, rest, last, arch;
    oci_str_t    none = oci_null_string;
    const char  *shelf;

    if (report->digests.nelts == 0
        || !oci_scan_text_cut(*(oci_str_t *) report->digests.elts, '@', &name,
                              &digest))
    {
        return none;
    }

    name = oci_scan_text_lower(pool, &name);
    shelf = "";

    if (!oci_scan_text_cut(name, '/', &host, &rest)
        || (oci_scan_text_find(&host, ".") == -1
            && oci_scan_text_find(&host, ":") == -1
            && !oci_str_is(&host, "localhost")))
    {
        host = oci_str("index.docker.io");
        rest = name;
        shelf = oci_scan_text_find(&name, "/") == -1 ? "library/" : "";
    }

    name = oci_strf(pool, "%.*s/%s%.*s", (int) host.len, host.data, shelf,
                    (int) rest.len, rest.data);
    last = oci_scan_text_base(&rest);
    arch = oci_str(json_string_value(json_object_get(report->config,
                                                     "architecture")));

    return oci_scan_purl_image(pool, &last, &digest, &arch, &name);
}


static oci_status_e
bom_root(bom_t *bom)
{
    oci_str_t     s;
    bom_part_t   *root;
    oci_status_e  rc;

    root = bom_part(bom, OCI_SCAN_BOM_ROOT, "filesystem");
    if (root == NULL) {
        return OCI_NOMEM;
    }

    root->name = bom->report->name;
    s = oci_str("2");
    rc = bom_prop(root, "SchemaVersion", &s);

    if (strcmp(bom->report->type, "container_image") == 0) {
        root->type = "container_image";
        root->purl = bom_purl(bom->pool, bom->report);
    }

    if (rc == OCI_OK) {
        rc = bom_image(bom, root);
    }

    bom_sort(root);

    return rc;
}


static oci_status_e
bom_image(bom_t *bom, bom_part_t *root)
{
    size_t                    i;
    oci_str_t                 s, *digests, *tags;
    oci_scan_report_layer_t  *layer;
    const oci_scan_report_t  *r;

    r = bom->report;
    layer = r->layers.elts;
    digests = r->digests.elts;
    tags = r->tags.elts;

    if (r->size != 0) {
        s = oci_strf(bom->pool, "%llu", (unsigned long long) r->size);

        if (s.data == NULL || bom_prop(root, "Size", &s) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    for (i = 0; i < r->digests.nelts; i++) {
        if (bom_prop(root, "RepoDigest", &digests[i]) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    for (i = 0; i < r->layers.nelts; i++) {
        if (bom_prop(root, "DiffID", &layer[i].diff_id) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    for (i = 0; i < r->tags.nelts; i++) {
        if (bom_prop(root, "RepoTag", &tags[i]) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    if (bom_prop(root, "Reference", &r->reference) != OCI_OK) {
        return OCI_NOMEM;
    }

    return strcmp(root->type, "container_image") == 0
           ? bom_labels(bom, root) : OCI_OK;
}


static oci_status_e
bom_labels(bom_t *bom, bom_part_t *root)
{
    json_t      *labels, *value;
    oci_str_t    s;
    const char  *name;
    bom_prop_t  *prop;

    labels = json_object_get(json_object_get(bom->report->config, "config"),
                             "Labels");

    json_object_foreach(labels, name, value) {

        s = oci_str(json_string_value(value));

        if (bom_prop(root, "Labels", &s) != OCI_OK) {
            return OCI_NOMEM;
        }

        if (s.len != 0) {
            prop = root->props.elts;
            prop[root->props.nelts - 1].label = oci_str(name);
        }
    }

    return bom_prop(root, "ImageID", &bom->report->image_id);
}


/* python-pkg and the like hang below the root itself */

static oci_status_e
bom_result(bom_t *bom, const oci_scan_result_t *result)
{
    bool          system;
    size_t        parent, first;
    oci_str_t     class;
    bom_part_t   *part;
    oci_status_e  rc;

    if (strcmp(result->class, "secret") == 0) {
        return OCI_OK;                  /* no material */
    }

    parent = 0;

    if (!oci_scan_pkg_type_joined(&result->type)) {

        system = strcmp(result->class, "os-pkgs") == 0;
        parent = bom->parts.nelts;
        part = bom_part(bom, system ? OCI_SCAN_BOM_SYSTEM : OCI_SCAN_BOM_FILE,
                        system ? "os" : "application");
        if (part == NULL) {
            return OCI_NOMEM;
        }

        part->result = result;
        part->name = result->target;
        class = oci_str(result->class);

        if (system && bom->report->os.family.len != 0) {
            part->name = bom->report->os.family;
            part->version = bom->report->os.name;
        }

        if (bom_prop(part, "Class", &class) != OCI_OK
            || bom_prop(part, "Type", &result->type) != OCI_OK
            || bom_edge(bom, 0, parent, true) != OCI_OK)
        {
            return OCI_NOMEM;
        }
    }

    first = bom->parts.nelts;
    rc = bom_packages(bom, result);

    return rc == OCI_OK ? bom_edges(bom, result, parent, first) : rc;
}


static oci_status_e
bom_packages(bom_t *bom, const oci_scan_result_t *result)
{
    size_t            i;
    bom_part_t       *part;
    oci_scan_pkg_t   *pkg;

    pkg = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {

        part = bom_part(bom, OCI_SCAN_BOM_LIBRARY, "library");
        if (part == NULL) {
            return OCI_NOMEM;
        }

        part->pkg = &pkg[i];
        part->result = result;
        bom_names(bom, part);

        if (bom_props(bom, part) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


/* as the package URL has them; some packages have none */

static void
bom_names(bom_t *bom, bom_part_t *part)
{
    oci_str_t              epoch;
    oci_scan_pkg_t         src;
    oci_scan_purl_t        purl;
    const oci_scan_pkg_t  *pkg;

    pkg = part->pkg;
    part->name = pkg->name;
    part->purl = pkg->purl;

    memset(&src, 0, sizeof(oci_scan_pkg_t));
    src.version = pkg->src_version;
    src.release = pkg->src_release;
    src.epoch = pkg->src_epoch;
    part->src_version = oci_scan_pkg_version(bom->pool, &src);

    if (strcmp(part->result->class, "lang-pkgs") == 0
        && !oci_scan_pkg_type_joined(&part->result->type))
    {
        part->src_file = part->result->target;
    }

    if (pkg->purl.len == 0
        || oci_scan_purl_parse(&purl, bom->pool, &pkg->purl, NULL) != OCI_OK)
    {
        part->version = oci_scan_pkg_version(bom->pool, pkg);
        return;
    }

    part->version = purl.version;
    epoch = oci_scan_purl_qualifier(&purl, "epoch");

    if (epoch.len != 0 && !oci_str_is(&epoch, "0")) {
        part->version = oci_strf(bom->pool, "%.*s:%.*s", (int) epoch.len,
                                 epoch.data, (int) purl.version.len,
                                 purl.version.data);
    }

    if (oci_str_is(&purl.type, "maven") || oci_str_is(&purl.type, "npm")) {
        part->name = purl.name;
        part->group = purl.namespace;
    }
}


static oci_status_e
bom_props(bom_t *bom, bom_part_t *part)
{
    size_t                  i;
    oci_str_t               epoch;
    const oci_scan_pkg_t   *p;

    p = part->pkg;
    memset(&epoch, 0, sizeof(oci_str_t));

    if (p->src_epoch != 0) {
        epoch = oci_strf(bom->pool, "%u", p->src_epoch);
    }

    const struct {
        const char         *name;
        const oci_str_t    *value;
    } props[] = {
        { "FilePath", &p->file_path }, { "LayerDiffID", &p->layer_diff_id },
        { "LayerDigest", &p->layer_digest },
        { "Modularitylabel", &p->modularity }, { "PkgID", &p->id },
        { "PkgType", &part->result->type }, { "SrcEpoch", &epoch },
        { "SrcName", &p->src_name }, { "SrcRelease", &p->src_release },
        { "SrcVersion", &p->src_version }
    };

    for (i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
        if (bom_prop(part, props[i].name, props[i].value) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    if (p->build_info != NULL && bom_props_build(part) != OCI_OK) {
        return OCI_NOMEM;
    }

    bom_sort(part);

    return OCI_OK;
}


static oci_status_e
bom_props_build(bom_part_t *part)
{
    size_t                        i;
    const oci_scan_build_info_t  *info;

    info = part->pkg->build_info;

    for (i = 0; i < info->content_sets.nelts; i++) {
        if (bom_prop(part, "ContentSet", &info->content_sets.elts[i])
            != OCI_OK)
        {
            return OCI_NOMEM;
        }
    }

    return bom_prop(part, "NVR", &info->nvr) == OCI_OK
           ? bom_prop(part, "Arch", &info->arch) : OCI_NOMEM;
}


/* what is empty is left out */

static oci_status_e
bom_prop(bom_part_t *part, const char *name, const oci_str_t *value)
{
    bom_prop_t  *prop;

    if (value->len == 0) {
        return OCI_OK;
    }

    prop = oci_array_push(&part->props);
    if (prop == NULL) {
        return OCI_NOMEM;
    }

    prop->name = name;
    prop->value = *value;

    return OCI_OK;
}


/*
 * What nothing depends on belongs to the parent, as does what a project asks
 * for itself, unless the project is among the packages.
 */

static oci_status_e
bom_edges(bom_t *bom, const oci_scan_result_t *result,
    size_t parent, size_t first)
{
    bool                    root, own;
    size_t                  i, k, n, to;
    oci_scan_map_t          ids, needed;
    const oci_scan_pkg_t   *pkg;

    oci_scan_map_init(&ids, bom->pool);
    oci_scan_map_init(&needed, bom->pool);
    pkg = result->pkgs.elts;
    n = result->pkgs.nelts;
    root = false;

    for (i = 0; i < n; i++) {

        root = root || pkg[i].relationship == OCI_SCAN_REL_ROOT;

        if (!oci_scan_map_set(&ids, &pkg[i].id,
                              (void *) (uintptr_t) (first + i)))
        {
            return OCI_NOMEM;
        }

        for (k = 0; k < pkg[i].depends.nelts; k++) {
            if (!oci_scan_map_set(&needed, &pkg[i].depends.elts[k], bom)) {
                return OCI_NOMEM;
            }
        }
    }

    for (i = 0; i < n; i++) {

        own = pkg[i].relationship == OCI_SCAN_REL_DIRECT
              ? !root : oci_scan_map_get(&needed, &pkg[i].id) == NULL;

        if (own && bom_edge(bom, parent, first + i, true) != OCI_OK) {
            return OCI_NOMEM;
        }

        for (k = 0; k < pkg[i].depends.nelts; k++) {

            to = (uintptr_t) oci_scan_map_get(&ids,
                                              &pkg[i].depends.elts[k]);

            if (to != 0 && bom_edge(bom, first + i, to, false) != OCI_OK) {
                return OCI_NOMEM;
            }
        }
    }

    return OCI_OK;
}


static oci_status_e
bom_edge(bom_t *bom, size_t from, size_t to, bool contains)
{
    bom_edge_t  *edge;
    bom_part_t  *part;

    part = (bom_part_t *) bom->parts.elts + from;
    edge = oci_array_push(&part->edges);

    if (edge == NULL) {
        return OCI_NOMEM;
    }

    edge->to = to;
    edge->contains = contains;

    return OCI_OK;
}


static bom_part_t *
bom_part(bom_t *bom, bom_e kind, const char *type)
{
    bom_part_t  *part;

    part = oci_array_push(&bom->parts);

    if (part != NULL) {
        part->kind = kind;
        part->type = type;
        oci_array_init(&part->props, bom->pool, sizeof(bom_prop_t));
        oci_array_init(&part->edges, bom->pool, sizeof(bom_edge_t));
    }

    return part;
}


static void
bom_sort(bom_part_t *part)
{
    if (part->props.nelts > 1) {
        qsort(part->props.elts, part->props.nelts,
              sizeof(bom_prop_t), bom_by_name);
    }
}


static int
bom_by_name(const void *one, const void *two)
{
    int                rc;
    const bom_prop_t  *a = one, *b = two;

    rc = strcmp(a->name, b->name);

    if (rc == 0) {
        rc = oci_str_cmp(&a->label, &b->label);
    }

    return rc != 0 ? rc : oci_str_cmp(&a->value, &b->value);
}
