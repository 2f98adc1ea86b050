/*
 * The id by which Trivy knows a package of an image.  Fields without a value
 * do not count.
 */

#include "package_uid.h"
#include "purl.h"
#include "base/go_hash.h"

#include <inttypes.h>
#include <string.h>


static uint64_t uid_pkg(oci_pool_t *pool, const oci_scan_pkg_t *pkg);
static uint64_t uid_identifier(oci_pool_t *pool, const oci_scan_pkg_t *pkg);
static uint64_t uid_purl(const oci_scan_purl_t *purl);
static void uid_origin(uint64_t *h, const oci_scan_pkg_t *pkg);
static uint64_t uid_build_info(const oci_scan_build_info_t *info);
static uint64_t uid_locations(const oci_scan_pkg_t *pkg);
static void uid_str(uint64_t *h, const char *name, const oci_str_t *value);
static void uid_int(uint64_t *h, const char *name, int64_t value);
static void uid_bool(uint64_t *h, const char *name, bool value);
static void uid_strs(uint64_t *h, const char *name,
    const oci_scan_strs_t *list);


oci_str_t
oci_scan_uid(oci_pool_t *pool, const oci_str_t *path,
    const oci_scan_pkg_t *pkg)
{
    uint64_t  h;

    h = 0;
    oci_scan_hash_entry(&h, oci_scan_hash_text("filePath"),
                        oci_scan_hash_str(path));
    oci_scan_hash_entry(&h, oci_scan_hash_text("pkg"), uid_pkg(pool, pkg));

    return oci_strf(pool, "%" PRIx64, oci_scan_hash_finish(h));
}


static uint64_t
uid_pkg(oci_pool_t *pool, const oci_scan_pkg_t *pkg)
{
    uint64_t   h;
    oci_str_t  by;

    h = oci_scan_hash_struct("Package");

    uid_str(&h, "ID", &pkg->id);
    uid_str(&h, "Name", &pkg->name);

    if (pkg->purl.len != 0 || pkg->bom_ref.len != 0) {
        oci_scan_hash_field(&h, "Identifier", uid_identifier(pool, pkg));
    }

    uid_str(&h, "Version", &pkg->version);
    uid_str(&h, "Release", &pkg->release);
    uid_int(&h, "Epoch", pkg->epoch);
    uid_str(&h, "Arch", &pkg->arch);
    uid_bool(&h, "Dev", pkg->dev);
    uid_str(&h, "SrcName", &pkg->src_name);
    uid_str(&h, "SrcVersion", &pkg->src_version);
    uid_str(&h, "SrcRelease", &pkg->src_release);
    uid_int(&h, "SrcEpoch", pkg->src_epoch);
    uid_strs(&h, "Licenses", &pkg->licenses);
    uid_str(&h, "Maintainer", &pkg->maintainer);
    uid_str(&h, "Modularitylabel", &pkg->modularity);
    uid_origin(&h, pkg);
    uid_strs(&h, "DependsOn", &pkg->depends);
    uid_str(&h, "FilePath", &pkg->file_path);
    uid_str(&h, "Digest", &pkg->digest);

    if (pkg->nspans != 0) {
        oci_scan_hash_field(&h, "Locations", uid_locations(pkg));
    }

    uid_strs(&h, "InstalledFiles", &pkg->files);

    if (pkg->analyzed_by != NULL) {
        by = oci_str(pkg->analyzed_by);
        uid_str(&h, "AnalyzedBy", &by);
    }

    return h;
}


static uint64_t
uid_identifier(oci_pool_t *pool, const oci_scan_pkg_t *pkg)
{
    uint64_t         h;
    oci_scan_purl_t  purl;

    h = oci_scan_hash_struct("PkgIdentifier");

    if (pkg->purl.len != 0
        && oci_scan_purl_parse(&purl, pool, &pkg->purl, NULL) == OCI_OK)
    {
        oci_scan_hash_field(&h, "PURL", uid_purl(&purl));
    }

    uid_str(&h, "BOMRef", &pkg->bom_ref);

    return h;
}


static uint64_t
uid_purl(const oci_scan_purl_t *purl)
{
    size_t    i;
    uint64_t  h, list, pair;

    h = oci_scan_hash_struct("PackageURL");

    uid_str(&h, "Type", &purl->type);
    uid_str(&h, "Namespace", &purl->namespace);
    uid_str(&h, "Name", &purl->name);
    uid_str(&h, "Version", &purl->version);

    for (i = 0, list = 0; i < purl->nqualifiers; i++) {
        pair = oci_scan_hash_struct("Qualifier");
        uid_str(&pair, "Key", &purl->qualifier[i].key);
        uid_str(&pair, "Value", &purl->qualifier[i].value);
        oci_scan_hash_append(&list, pair);
    }

    if (purl->nqualifiers != 0) {
        oci_scan_hash_field(&h, "Qualifiers", list);
    }

    uid_str(&h, "Subpath", &purl->subpath);

    return h;
}


static void
uid_origin(uint64_t *h, const oci_scan_pkg_t *pkg)
{
    uint64_t           repository, layer;
    oci_str_t          class;
    static const char  *const classes[] = { "", "official", "third-party" };

    if (pkg->build_info != NULL) {
        oci_scan_hash_field(h, "BuildInfo", uid_build_info(pkg->build_info));
    }

    if (pkg->repository != OCI_SCAN_REPO_UNKNOWN) {
        repository = oci_scan_hash_struct("PackageRepository");
        class = oci_str(classes[pkg->repository]);
        uid_str(&repository, "Class", &class);
        oci_scan_hash_field(h, "Repository", repository);
    }

    uid_bool(h, "Indirect", pkg->indirect);
    uid_int(h, "Relationship", (int64_t) pkg->relationship);

    if (pkg->layer_digest.len != 0 || pkg->layer_diff_id.len != 0) {
        layer = oci_scan_hash_struct("Layer");
        uid_str(&layer, "Digest", &pkg->layer_digest);
        uid_str(&layer, "DiffID", &pkg->layer_diff_id);
        oci_scan_hash_field(h, "Layer", layer);
    }
}


static uint64_t
uid_build_info(const oci_scan_build_info_t *info)
{
    uint64_t  h;

    h = oci_scan_hash_struct("BuildInfo");

    uid_strs(&h, "ContentSets", &info->content_sets);
    uid_str(&h, "Nvr", &info->nvr);
    uid_str(&h, "Arch", &info->arch);

    return h;
}


static uint64_t
uid_locations(const oci_scan_pkg_t *pkg)
{
    size_t    i;
    uint64_t  list, h;

    list = 0;

    for (i = 0; i < pkg->nspans; i++) {
        h = oci_scan_hash_struct("Location");
        uid_int(&h, "StartLine", pkg->spans[i].start);
        uid_int(&h, "EndLine", pkg->spans[i].end);
        oci_scan_hash_append(&list, h);
    }

    return list;
}


static void
uid_str(uint64_t *h, const char *name, const oci_str_t *value)
{
    if (value->len != 0) {
        oci_scan_hash_field_str(h, name, value);
    }
}


static void
uid_int(uint64_t *h, const char *name, int64_t value)
{
    if (value != 0) {
        oci_scan_hash_field(h, name, oci_scan_hash_int(value));
    }
}


static void
uid_bool(uint64_t *h, const char *name, bool value)
{
    if (value) {
        oci_scan_hash_field(h, name, oci_scan_hash_bool(true));
    }
}


static void
uid_strs(uint64_t *h, const char *name, const oci_scan_strs_t *list)
{
    size_t    i;
    uint64_t  slice;

    if (list->nelts == 0) {
        return;
    }

    for (i = 0, slice = 0; i < list->nelts; i++) {
        oci_scan_hash_append(&slice, oci_scan_hash_str(&list->elts[i]));
    }

    oci_scan_hash_field(h, name, slice);
}
