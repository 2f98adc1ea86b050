/*
 * From components to SPDX elements.  An element's id is a hash of all that is
 * known of its component, so that equal scans have equal ids.
 */

#include "spdx.h"
#include "model/purl.h"
#include "base/text.h"
#include "base/go_hash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>


static oci_status_e spdx_elements(spdx_doc_t *doc, spdx_elt_t *elts);
static oci_status_e spdx_root(spdx_doc_t *doc, spdx_elt_t *elt);
static oci_status_e spdx_element(spdx_doc_t *doc, spdx_elt_t *elt);
static oci_status_e spdx_library(spdx_doc_t *doc, spdx_elt_t *elt);
static void spdx_name(spdx_doc_t *doc, spdx_elt_t *elt);
static oci_status_e spdx_license(spdx_doc_t *doc, spdx_elt_t *elt);
static oci_status_e spdx_file(spdx_doc_t *doc, spdx_elt_t *elt);
static oci_status_e spdx_advisories(spdx_doc_t *doc, spdx_elt_t *elts);
static uint64_t spdx_hash(spdx_doc_t *doc, const bom_part_t *part);
static uint64_t spdx_hash_identifier(spdx_doc_t *doc,
    const oci_scan_pkg_t *pkg);
static uint64_t spdx_hash_purl(spdx_doc_t *doc, const oci_scan_pkg_t *pkg);
static uint64_t spdx_hash_files(const oci_scan_pkg_t *pkg);
static uint64_t spdx_hash_props(spdx_doc_t *doc, const bom_part_t *part);
static oci_status_e spdx_relations(spdx_doc_t *doc, const spdx_elt_t *elts);
static oci_status_e spdx_relation(spdx_doc_t *doc,
    const oci_str_t *from, const oci_str_t *to, const char *type);
static int spdx_order(const void *one, const void *two);
static int spdx_id_order(const void *one, const void *two);
static int spdx_file_order(const void *one, const void *two);
static int spdx_file_id_order(const void *one, const void *two);
static int spdx_other_order(const void *one, const void *two);
static int spdx_relation_order(const void *one, const void *two);


oci_status_e
spdx_collect(spdx_doc_t *doc, const oci_scan_report_t *report)
{
    size_t        i, n;
    spdx_elt_t   *elts;
    oci_status_e  rc;

    doc->report = report;
    oci_array_init(&doc->others, doc->pool, sizeof(oci_scan_license_other_t));
    oci_array_init(&doc->relations, doc->pool, sizeof(spdx_rel_t));

    rc = bom_build(&doc->bom, doc->pool, report);
    if (rc != OCI_OK) {
        return rc;
    }

    n = doc->bom.parts.nelts;
    elts = oci_pcalloc(doc->pool, n * sizeof(spdx_elt_t));
    doc->packages = oci_pcalloc(doc->pool, n * sizeof(void *));
    doc->files = oci_pcalloc(doc->pool, n * sizeof(void *));

    if (elts == NULL || doc->packages == NULL || doc->files == NULL) {
        return OCI_NOMEM;
    }

    rc = spdx_elements(doc, elts);

    if (rc == OCI_OK) {
        rc = spdx_advisories(doc, elts);
    }

    if (rc == OCI_OK) {
        rc = spdx_relations(doc, elts);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    for (i = 0; i < n; i++) {

        doc->packages[doc->npackages++] = &elts[i];

        if (elts[i].file.len != 0) {
            doc->files[doc->nfiles++] = &elts[i];
        }
    }

    qsort(doc->packages, doc->npackages, sizeof(void *), spdx_order);
    qsort(doc->files, doc->nfiles, sizeof(void *), spdx_file_order);

    if (doc->others.nelts > 1) {
        qsort(doc->others.elts, doc->others.nelts,
              sizeof(oci_scan_license_other_t), spdx_other_order);
    }

    return OCI_OK;
}


void
spdx_by_id(spdx_doc_t *doc)
{
    qsort(doc->packages, doc->npackages, sizeof(void *), spdx_id_order);
    qsort(doc->files, doc->nfiles, sizeof(void *), spdx_file_id_order);
}


const char *
spdx_sum(const oci_str_t *digest, oci_str_t *hex)
{
    size_t             i;
    static const char  *const names[][2] = {
        { "md5:", "MD5" }, { "sha1:", "SHA1" }, { "sha256:", "SHA256" },
        { "sha512:", "SHA512" }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {

        *hex = *digest;

        if (oci_scan_text_cut_prefix(hex, names[i][0])) {
            return names[i][1];
        }
    }

    return NULL;
}


bool
spdx_has_field(const char *property)
{
    size_t             i;
    static const char  *const names[] = {
        "SrcName", "SrcRelease", "SrcEpoch", "SrcVersion", "FilePath"
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(property, names[i]) == 0) {
            return true;
        }
    }

    return false;
}


static oci_status_e
spdx_elements(spdx_doc_t *doc, spdx_elt_t *elts)
{
    size_t             i;
    oci_status_e       rc;
    const bom_part_t  *part;

    part = doc->bom.parts.elts;
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < doc->bom.parts.nelts; i++) {

        elts[i].part = &part[i];
        elts[i].license = oci_str("NOASSERTION");
        oci_array_init(&elts[i].urls, doc->pool, sizeof(oci_str_t));
        spdx_name(doc, &elts[i]);

        rc = i == 0 ? spdx_root(doc, &elts[i]) : spdx_element(doc, &elts[i]);

        if (rc == OCI_OK && elts[i].id.data == NULL) {
            rc = OCI_NOMEM;
        }
    }

    return rc;
}


static oci_status_e
spdx_root(spdx_doc_t *doc, spdx_elt_t *elt)
{
    bool       image;
    oci_str_t  s;

    doc->root_type = elt->part->type;
    image = strcmp(doc->root_type, "container_image") == 0;
    elt->purpose = image ? "CONTAINER" : "SOURCE";

    s = oci_strf(doc->pool, "%.*s-%s", (int) elt->part->name.len,
                 elt->part->name.data, doc->root_type);
    elt->id = oci_strf(doc->pool, "%s-%llx",
                       image ? "ContainerImage" : "Filesystem",
                       (unsigned long long) oci_scan_hash_str(&s));

    return s.data == NULL ? OCI_NOMEM : OCI_OK;
}


static oci_status_e
spdx_element(spdx_doc_t *doc, spdx_elt_t *elt)
{
    const char  *kind;

    switch (elt->part->kind) {

    case OCI_SCAN_BOM_SYSTEM:
        kind = "OperatingSystem";
        elt->purpose = "OPERATING-SYSTEM";
        break;

    case OCI_SCAN_BOM_FILE:
        kind = "Application";
        elt->purpose = "APPLICATION";
        break;

    default:
        kind = "Package";
        elt->purpose = "LIBRARY";
        break;
    }

    elt->id = oci_strf(doc->pool, "%s-%llx", kind,
                       (unsigned long long) spdx_hash(doc, elt->part));

    return elt->part->pkg == NULL ? OCI_OK : spdx_library(doc, elt);
}


static oci_status_e
spdx_library(spdx_doc_t *doc, spdx_elt_t *elt)
{
    const bom_part_t      *part;
    const oci_scan_pkg_t  *pkg;

    part = elt->part;
    pkg = part->pkg;
    elt->supplier = oci_str("NOASSERTION");

    if (pkg->maintainer.len != 0) {
        elt->supplier = oci_strf(doc->pool, "Organization: %.*s",
                                 (int) pkg->maintainer.len,
                                 pkg->maintainer.data);
    }

    if (pkg->src_name.len != 0) {
        elt->source = oci_strf(doc->pool, "built package from: %.*s %.*s",
                               (int) pkg->src_name.len, pkg->src_name.data,
                               (int) part->src_version.len,
                               part->src_version.data);

    } else if (part->src_file.len != 0) {
        elt->source = oci_strf(doc->pool, "package found in: %.*s",
                               (int) part->src_file.len, part->src_file.data);
    }

    elt->digest = pkg->digest;

    if (pkg->file_path.len != 0 && pkg->digest.len != 0
        && spdx_file(doc, elt) != OCI_OK)
    {
        return OCI_NOMEM;
    }

    return spdx_license(doc, elt);
}


static void
spdx_name(spdx_doc_t *doc, spdx_elt_t *elt)
{
    bool               maven;
    const bom_part_t  *part;

    part = elt->part;
    elt->name = part->name;

    if (part->purl.len == 0 || part->group.len == 0) {
        return;
    }

    maven = oci_str_prefix(&part->purl, "pkg:maven/");
    elt->name = oci_strf(doc->pool, "%.*s%s%.*s", (int) part->group.len,
                         part->group.data, maven ? ":" : "/",
                         (int) part->name.len, part->name.data);
}


/* what is no expression is left out, as Trivy does */

static oci_status_e
spdx_license(spdx_doc_t *doc, spdx_elt_t *elt)
{
    size_t        before;
    oci_status_e  rc;

    if (elt->part->pkg->licenses.nelts == 0) {
        return OCI_OK;
    }

    before = doc->others.nelts;
    rc = oci_scan_license_expression(&elt->license, doc->pool,
                                     &elt->part->pkg->licenses, &doc->others);
    if (rc == OCI_INVALID) {
        doc->others.nelts = before;
        memset(&elt->license, 0, sizeof(oci_str_t));
        return OCI_OK;
    }

    return rc;
}


/*
 * The verification code of one file: the SHA-1 of its SHA-1, as text, or of
 * nothing when another digest is known.
 */

static oci_status_e
spdx_file(spdx_doc_t *doc, spdx_elt_t *elt)
{
    u_char        sum[EVP_MAX_MD_SIZE];
    unsigned      i, n;
    oci_str_t     hex;
    const char   *name;
    static const char  digits[] = "0123456789abcdef";

    name = spdx_sum(&elt->digest, &hex);

    if (name == NULL || strcmp(name, "SHA1") != 0) {
        hex.len = 0;
    }

    elt->file = oci_strf(doc->pool, "File-%llx", (unsigned long long)
                         oci_scan_hash_str(&elt->part->pkg->file_path));
    elt->code.data = oci_pcalloc(doc->pool, 2 * sizeof(sum) + 1);

    if (elt->code.data == NULL || elt->file.data == NULL
        || EVP_Digest(hex.data, hex.len, sum, &n, EVP_sha1(), NULL) != 1)
    {
        return OCI_NOMEM;
    }

    for (i = 0; i < n; i++) {
        elt->code.data[elt->code.len++] = (u_char) digits[sum[i] >> 4];
        elt->code.data[elt->code.len++] = (u_char) digits[sum[i] & 15];
    }

    return OCI_OK;
}


static oci_status_e
spdx_advisories(spdx_doc_t *doc, spdx_elt_t *elts)
{
    size_t                     i, k, at;
    oci_str_t                 *url;
    const oci_scan_pkg_t      *pkgs;
    const oci_scan_result_t   *result;
    const oci_scan_finding_t  *f;

    for (i = 0; i < doc->bom.parts.nelts; i++) {

        /* once for each result, at the first of its packages */

        result = elts[i].part->result;

        if (elts[i].part->pkg == NULL
            || elts[i].part->pkg != result->pkgs.elts)
        {
            continue;
        }

        f = result->findings.elts;
        pkgs = result->pkgs.elts;

        for (k = 0; k < result->findings.nelts; k++) {

            if (f[k].pkg < pkgs || f[k].pkg >= pkgs + result->pkgs.nelts) {
                continue;
            }

            at = i + (size_t) (f[k].pkg - pkgs);
            url = oci_array_push(&elts[at].urls);

            if (url == NULL) {
                return OCI_NOMEM;
            }

            *url = f[k].url;
        }
    }

    return OCI_OK;
}


/* as Go's hash of the component would be */

static uint64_t
spdx_hash(spdx_doc_t *doc, const bom_part_t *part)
{
    size_t                 i;
    uint64_t               h, set;
    oci_scan_pkg_t         none;
    const oci_scan_pkg_t  *pkg;

    memset(&none, 0, sizeof(oci_scan_pkg_t));
    pkg = part->pkg != NULL ? part->pkg : &none;

    h = oci_scan_hash_struct("Component");
    oci_scan_hash_field(&h, "Type", oci_scan_hash_text(part->type));
    oci_scan_hash_field(&h, "Root", oci_scan_hash_bool(false));
    oci_scan_hash_field_str(&h, "Name", &part->name);
    oci_scan_hash_field_str(&h, "Group", &part->group);
    oci_scan_hash_field_str(&h, "Version", &part->version);
    oci_scan_hash_field_str(&h, "SrcName", &pkg->src_name);
    oci_scan_hash_field_str(&h, "SrcVersion", &part->src_version);
    oci_scan_hash_field_str(&h, "SrcFile", &part->src_file);

    for (i = 0, set = 0; i < pkg->licenses.nelts; i++) {
        oci_scan_hash_add(&set, oci_scan_hash_str(&pkg->licenses.elts[i]));
    }

    oci_scan_hash_field(&h, "Licenses", set);
    oci_scan_hash_field(&h, "PkgIdentifier", spdx_hash_identifier(doc, pkg));
    oci_scan_hash_field_str(&h, "Supplier", &pkg->maintainer);
    oci_scan_hash_field(&h, "Files", spdx_hash_files(pkg));
    oci_scan_hash_field(&h, "Properties", spdx_hash_props(doc, part));

    return h;
}


static uint64_t
spdx_hash_identifier(spdx_doc_t *doc, const oci_scan_pkg_t *pkg)
{
    uint64_t  h;

    h = oci_scan_hash_struct("PkgIdentifier");
    oci_scan_hash_field_str(&h, "UID", &pkg->uid);
    oci_scan_hash_field(&h, "PURL", spdx_hash_purl(doc, pkg));
    oci_scan_hash_field_str(&h, "BOMRef", &pkg->bom_ref);

    return h;
}


static uint64_t
spdx_hash_purl(spdx_doc_t *doc, const oci_scan_pkg_t *pkg)
{
    size_t           i;
    uint64_t         h, set, pair;
    oci_scan_purl_t  u;

    if (pkg->purl.len == 0
        || oci_scan_purl_parse(&u, doc->pool, &pkg->purl, NULL) != OCI_OK)
    {
        memset(&u, 0, sizeof(oci_scan_purl_t));
    }

    for (i = 0, set = 0; i < u.nqualifiers; i++) {
        pair = oci_scan_hash_struct("Qualifier");
        oci_scan_hash_field_str(&pair, "Key", &u.qualifier[i].key);
        oci_scan_hash_field_str(&pair, "Value", &u.qualifier[i].value);
        oci_scan_hash_add(&set, pair);
    }

    h = oci_scan_hash_struct("PackageURL");
    oci_scan_hash_field_str(&h, "Type", &u.type);
    oci_scan_hash_field_str(&h, "Namespace", &u.namespace);
    oci_scan_hash_field_str(&h, "Name", &u.name);
    oci_scan_hash_field_str(&h, "Version", &u.version);
    oci_scan_hash_field(&h, "Qualifiers", set);
    oci_scan_hash_field_str(&h, "Subpath", &u.subpath);

    return h;
}


static uint64_t
spdx_hash_files(const oci_scan_pkg_t *pkg)
{
    uint64_t  h, set, sums;

    set = 0;
    sums = 0;

    if (pkg->digest.len != 0) {
        oci_scan_hash_add(&sums, oci_scan_hash_str(&pkg->digest));
    }

    if (pkg->file_path.len != 0 || pkg->digest.len != 0) {
        h = oci_scan_hash_struct("File");
        oci_scan_hash_field_str(&h, "Path", &pkg->file_path);
        oci_scan_hash_field(&h, "Digests", sums);
        oci_scan_hash_add(&set, h);
    }

    return set;
}


static uint64_t
spdx_hash_props(spdx_doc_t *doc, const bom_part_t *part)
{
    size_t             i;
    uint64_t           h, set;
    oci_str_t          name;
    const bom_prop_t  *prop;

    prop = part->props.elts;

    for (i = 0, set = 0; i < part->props.nelts; i++) {
        name = bom_prop_name(doc->pool, &prop[i]);
        h = oci_scan_hash_struct("Property");
        oci_scan_hash_field_str(&h, "Name", &name);
        oci_scan_hash_field_str(&h, "Value", &prop[i].value);
        oci_scan_hash_field(&h, "Namespace", oci_scan_hash_text(""));
        oci_scan_hash_field(&h, "External", oci_scan_hash_bool(false));
        oci_scan_hash_add(&set, h);
    }

    return oci_scan_hash_finish(set);
}


static oci_status_e
spdx_relations(spdx_doc_t *doc, const spdx_elt_t *elts)
{
    size_t             i, k;
    oci_str_t          document;
    const bom_edge_t  *edge;

    document = oci_str("DOCUMENT");

    if (spdx_relation(doc, &document, &elts[0].id, "DESCRIBES") != OCI_OK) {
        return OCI_NOMEM;
    }

    for (i = 0; i < doc->bom.parts.nelts; i++) {

        edge = elts[i].part->edges.elts;

        for (k = 0; k < elts[i].part->edges.nelts; k++) {
            if (spdx_relation(doc, &elts[i].id, &elts[edge[k].to].id,
                              edge[k].contains ? "CONTAINS" : "DEPENDS_ON")
                != OCI_OK)
            {
                return OCI_NOMEM;
            }
        }

        if (elts[i].file.len != 0
            && spdx_relation(doc, &elts[i].id, &elts[i].file, "CONTAINS")
               != OCI_OK)
        {
            return OCI_NOMEM;
        }
    }

    qsort(doc->relations.elts, doc->relations.nelts,
          sizeof(spdx_rel_t), spdx_relation_order);

    return OCI_OK;
}


static oci_status_e
spdx_relation(spdx_doc_t *doc, const oci_str_t *from,
    const oci_str_t *to, const char *type)
{
    spdx_rel_t  *rel;

    rel = oci_array_push(&doc->relations);
    if (rel == NULL) {
        return OCI_NOMEM;
    }

    rel->from = *from;
    rel->to = *to;
    rel->type = type;

    return OCI_OK;
}


static int
spdx_order(const void *one, const void *two)
{
    int                               rc;
    const spdx_elt_t *const *a = one, *const *b = two;

    rc = strcmp((*a)->purpose, (*b)->purpose);

    if (rc == 0) {
        rc = oci_str_cmp(&(*a)->name, &(*b)->name);
    }

    return rc != 0 ? rc : oci_str_cmp(&(*a)->id, &(*b)->id);
}


static int
spdx_id_order(const void *one, const void *two)
{
    const spdx_elt_t  *const *a = one, *const *b = two;

    return oci_str_cmp(&(*a)->id, &(*b)->id);
}


static int
spdx_file_order(const void *one, const void *two)
{
    int                               rc;
    const spdx_elt_t *const *a = one, *const *b = two;

    rc = oci_str_cmp(&(*a)->part->pkg->file_path,
                     &(*b)->part->pkg->file_path);

    return rc != 0 ? rc : oci_str_cmp(&(*a)->file, &(*b)->file);
}


static int
spdx_file_id_order(const void *one, const void *two)
{
    const spdx_elt_t  *const *a = one, *const *b = two;

    return oci_str_cmp(&(*a)->file, &(*b)->file);
}


static int
spdx_other_order(const void *one, const void *two)
{
    const oci_scan_license_other_t  *a = one, *b = two;

    return oci_str_cmp(&a->id, &b->id);
}


static int
spdx_relation_order(const void *one, const void *two)
{
    int                rc;
    const spdx_rel_t  *a = one, *b = two;

    rc = oci_str_cmp(&a->from, &b->from);

    if (rc == 0) {
        rc = oci_str_cmp(&a->to, &b->to);
    }

    return rc != 0 ? rc : strcmp(a->type, b->type);
}
