/*
 * Reports as CycloneDX 1.7: the packages, what depends on what, and what is
 * known against them.
 *
 * Source: ECMA-424, CycloneDX Specification 1.7, JSON.
 */

#include "report.h"
#include "oci_scan_map.h"
#include "oci_scan_merge.h"
#include "oci_scan_purl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CDX_PREFIX  "aquasecurity:trivy:"


/* pkg NULL: the system or a file that packages were found in */

typedef struct {
    oci_str_t                  ref;
    const oci_scan_result_t   *result;
    const oci_scan_pkg_t      *pkg;
    oci_array_t                needs;       /* of oci_str_t: refs */
} cdx_node_t;


typedef struct {
    oci_str_t                  id;
    oci_str_t                  ref;
    const oci_scan_finding_t  *finding;
} cdx_finding_t;


typedef struct {
    oci_scan_emit_t            e;
    oci_pool_t                *pool;
    const oci_scan_report_t   *report;
    const oci_scan_style_t    *style;
    cdx_node_t                 root;
    oci_array_t                nodes;       /* of cdx_node_t */
    oci_array_t                findings;    /* of cdx_finding_t */
    oci_scan_map_t             purls;       /* url -> first of its packages */
    oci_scan_map_t             twice;
} cdx_t;


static oci_status_e cdx_collect(cdx_t *c);
static oci_status_e cdx_purls(cdx_t *c);
static oci_status_e cdx_result(cdx_t *c, const oci_scan_result_t *result);
static oci_status_e cdx_packages(cdx_t *c, const oci_scan_result_t *result,
    size_t first);
static oci_status_e cdx_edges(cdx_t *c, const oci_scan_result_t *result,
    size_t first, oci_array_t *parent);
static oci_status_e cdx_findings(cdx_t *c, const oci_scan_result_t *result,
    size_t first);
static oci_status_e cdx_need(oci_array_t *needs, const oci_str_t *ref);
static oci_str_t cdx_ref(cdx_t *c, const oci_scan_pkg_t *pkg);
static oci_str_t cdx_uuid(cdx_t *c);
static void cdx_head(cdx_t *c);
static void cdx_root(cdx_t *c);
static void cdx_node(cdx_t *c, const cdx_node_t *node);
static void cdx_library(cdx_t *c, const cdx_node_t *node);
static void cdx_hash(cdx_t *c, const oci_str_t *digest);
static void cdx_licenses(cdx_t *c, const oci_scan_strs_t *licenses);
static bool cdx_expression(cdx_t *c, const oci_scan_strs_t *licenses);
static void cdx_properties(cdx_t *c, const cdx_node_t *node);
static void cdx_property(cdx_t *c, const char *name, const oci_str_t *value);
static void cdx_needs(cdx_t *c, const cdx_node_t *node);
static size_t cdx_vulnerability(cdx_t *c, cdx_finding_t *f, size_t n);
static void cdx_ratings(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_rating(cdx_t *c, const char *vendor, const json_t *cvss,
    unsigned severity);
static void cdx_cwes(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_advice(cdx_t *c, const cdx_finding_t *f, size_t n);
static void cdx_advisories(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_date(cdx_t *c, const char *key, const oci_str_t *when);
static int cdx_by_ref(const void *one, const void *two);
static int cdx_by_text(const void *one, const void *two);
static int cdx_by_id(const void *one, const void *two);


static const char  *cdx_severities[] = { "unknown", "low", "medium", "high",
                                         "critical" };


oci_status_e
oci_scan_write_cyclonedx(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    cdx_t          *c;
    size_t          i;
    cdx_node_t     *node;
    oci_pool_t     *pool;
    oci_status_e    rc;
    cdx_finding_t  *f;

    pool = oci_pool_create();
    c = pool == NULL ? NULL : oci_pcalloc(pool, sizeof(cdx_t));

    if (c == NULL) {
        oci_pool_destroy(pool);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    c->pool = pool;
    c->report = report;
    c->style = style;
    oci_scan_emit_init(&c->e, out);
    c->e.raw = true;

    rc = cdx_collect(c);

    if (rc == OCI_OK) {
        node = c->nodes.elts;
        f = c->findings.elts;

        cdx_head(c);
        oci_scan_emit_array(&c->e, "components");

        for (i = 0; i < c->nodes.nelts; i++) {
            if (!oci_str_eq(&node[i].ref, &c->root.ref)) {
                cdx_node(c, &node[i]);
            }
        }

        oci_scan_emit_end(&c->e);
        oci_scan_emit_array(&c->e, "dependencies");

        for (i = 0; i < c->nodes.nelts; i++) {
            cdx_needs(c, &node[i]);
        }

        oci_scan_emit_end(&c->e);
        oci_scan_emit_array(&c->e, "vulnerabilities");

        for (i = 0; i < c->findings.nelts; /* void */ ) {
            i += cdx_vulnerability(c, &f[i], c->findings.nelts - i);
        }

        oci_scan_emit_end(&c->e);
        oci_scan_emit_end(&c->e);
        oci_buf_adds(out, "\n");
    }

    oci_pool_destroy(pool);

    return rc == OCI_OK ? rc : oci_error(err, rc, 0, "out of memory");
}


static oci_status_e
cdx_collect(cdx_t *c)
{
    size_t                    i;
    cdx_node_t               *node;
    oci_status_e              rc;
    const oci_scan_result_t  *result;

    oci_array_init(&c->nodes, c->pool, sizeof(cdx_node_t));
    oci_array_init(&c->findings, c->pool, sizeof(cdx_finding_t));
    oci_array_init(&c->root.needs, c->pool, sizeof(oci_str_t));
    oci_scan_map_init(&c->purls, c->pool);
    oci_scan_map_init(&c->twice, c->pool);

    c->root.ref = cdx_uuid(c);
    rc = c->root.ref.data == NULL ? OCI_NOMEM : cdx_purls(c);
    result = c->report->results.elts;

    for (i = 0; rc == OCI_OK && i < c->report->results.nelts; i++) {
        rc = cdx_result(c, &result[i]);
    }

    node = rc == OCI_OK ? oci_array_push(&c->nodes) : NULL;
    if (node == NULL) {
        return OCI_NOMEM;
    }

    *node = c->root;

    qsort(c->nodes.elts, c->nodes.nelts, sizeof(cdx_node_t), cdx_by_ref);

    if (c->findings.nelts > 1) {
        qsort(c->findings.elts, c->findings.nelts, sizeof(cdx_finding_t),
              cdx_by_id);
    }

    return OCI_OK;
}


/* a package URL that several packages have is no reference */

static oci_status_e
cdx_purls(cdx_t *c)
{
    size_t                    i, k;
    oci_scan_pkg_t           *pkg;
    const oci_scan_result_t  *result;

    result = c->report->results.elts;

    for (i = 0; i < c->report->results.nelts; i++) {
        pkg = result[i].pkgs.elts;

        for (k = 0; k < result[i].pkgs.nelts; k++) {

            if (pkg[k].purl.len == 0) {
                continue;
            }

            if (!oci_scan_map_set(oci_scan_map_get(&c->purls, &pkg[k].purl)
                                  == NULL ? &c->purls : &c->twice,
                                  &pkg[k].purl, &pkg[k]))
            {
                return OCI_NOMEM;
            }
        }
    }

    return OCI_OK;
}


static oci_status_e
cdx_result(cdx_t *c, const oci_scan_result_t *result)
{
    size_t        first, at;
    cdx_node_t   *node;
    oci_array_t   own;
    oci_status_e  rc;

    if (oci_scan_joined_type(&result->type)) {
        first = c->nodes.nelts;
        rc = cdx_packages(c, result, first);

        return rc == OCI_OK ? cdx_edges(c, result, first, &c->root.needs)
                            : rc;
    }

    at = c->nodes.nelts;
    node = oci_array_push(&c->nodes);
    if (node == NULL) {
        return OCI_NOMEM;
    }

    node->result = result;
    node->ref = cdx_uuid(c);
    oci_array_init(&own, c->pool, sizeof(oci_str_t));

    if (node->ref.data == NULL
        || cdx_need(&c->root.needs, &node->ref) != OCI_OK)
    {
        return OCI_NOMEM;
    }

    first = c->nodes.nelts;
    rc = cdx_packages(c, result, first);

    if (rc == OCI_OK) {
        rc = cdx_edges(c, result, first, &own);
    }

    node = (cdx_node_t *) c->nodes.elts + at;
    node->needs = own;

    return rc;
}


static oci_status_e
cdx_packages(cdx_t *c, const oci_scan_result_t *result, size_t first)
{
    size_t                 i;
    cdx_node_t            *node;
    const oci_scan_pkg_t  *pkg;

    pkg = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        node = oci_array_push(&c->nodes);
        if (node == NULL) {
            return OCI_NOMEM;
        }

        node->result = result;
        node->pkg = &pkg[i];
        node->ref = cdx_ref(c, &pkg[i]);
        oci_array_init(&node->needs, c->pool, sizeof(oci_str_t));

        if (node->ref.data == NULL) {
            return OCI_NOMEM;
        }
    }

    return cdx_findings(c, result, first);
}


/* what nothing depends on belongs to the parent itself */

static oci_status_e
cdx_edges(cdx_t *c, const oci_scan_result_t *result, size_t first,
    oci_array_t *parent)
{
    size_t           i, k;
    cdx_node_t      *node, *other;
    oci_scan_map_t   ids, needed;

    oci_scan_map_init(&ids, c->pool);
    oci_scan_map_init(&needed, c->pool);
    node = (cdx_node_t *) c->nodes.elts + first;

    for (i = 0; i < result->pkgs.nelts; i++) {

        if (!oci_scan_map_set(&ids, &node[i].pkg->id, &node[i])) {
            return OCI_NOMEM;
        }

        for (k = 0; k < node[i].pkg->depends.nelts; k++) {
            if (!oci_scan_map_set(&needed, &node[i].pkg->depends.elts[k],
                                  &node[i]))
            {
                return OCI_NOMEM;
            }
        }
    }

    for (i = 0; i < result->pkgs.nelts; i++) {

        if (oci_scan_map_get(&needed, &node[i].pkg->id) == NULL
            && cdx_need(parent, &node[i].ref) != OCI_OK)
        {
            return OCI_NOMEM;
        }

        for (k = 0; k < node[i].pkg->depends.nelts; k++) {
            other = oci_scan_map_get(&ids, &node[i].pkg->depends.elts[k]);

            if (other != NULL
                && cdx_need(&node[i].needs, &other->ref) != OCI_OK)
            {
                return OCI_NOMEM;
            }
        }
    }

    return OCI_OK;
}


static oci_status_e
cdx_findings(cdx_t *c, const oci_scan_result_t *result, size_t first)
{
    size_t                     i, k;
    cdx_node_t                *node;
    cdx_finding_t             *f;
    const oci_scan_finding_t  *from;

    node = (cdx_node_t *) c->nodes.elts + first;
    from = result->findings.elts;

    for (i = 0; i < result->findings.nelts; i++) {

        for (k = 0; k < result->pkgs.nelts; k++) {
            if (node[k].pkg == from[i].pkg) {
                break;
            }
        }

        if (k == result->pkgs.nelts) {
            continue;
        }

        f = oci_array_push(&c->findings);
        if (f == NULL) {
            return OCI_NOMEM;
        }

        f->id = from[i].id;
        f->ref = node[k].ref;
        f->finding = &from[i];
    }

    return OCI_OK;
}


static oci_status_e
cdx_need(oci_array_t *needs, const oci_str_t *ref)
{
    oci_str_t  *s;

    s = oci_array_push(needs);
    if (s == NULL) {
        return OCI_NOMEM;
    }

    *s = *ref;

    return OCI_OK;
}


static oci_str_t
cdx_ref(cdx_t *c, const oci_scan_pkg_t *pkg)
{
    if (pkg->bom_ref.len != 0) {
        return pkg->bom_ref;
    }

    if (pkg->purl.len == 0
        || oci_scan_map_get(&c->twice, &pkg->purl) != NULL)
    {
        return cdx_uuid(c);
    }

    return pkg->purl;
}


static oci_str_t
cdx_uuid(cdx_t *c)
{
    u_char  r[16];

    c->style->random(r, sizeof(r));

    return oci_strf(c->pool, "%02x%02x%02x%02x-%02x%02x-4%01x%02x-%02x%02x-"
                    "%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4],
                    r[5], r[6] & 15, r[7], (r[8] & 0x3f) | 0x80, r[9], r[10],
                    r[11], r[12], r[13], r[14], r[15]);
}


static void
cdx_head(cdx_t *c)
{
    char              when[40];
    oci_str_t         serial;
    oci_scan_emit_t  *e;

    e = &c->e;
    serial = cdx_uuid(c);
    oci_scan_time(when, &c->style->now, false);
    when[strlen(when) - 1] = '\0';

    oci_scan_emit_object(e, NULL);
    oci_scan_emit_text(e, "$schema",
                       "http://cyclonedx.org/schema/bom-1.7.schema.json");
    oci_scan_emit_text(e, "bomFormat", "CycloneDX");
    oci_scan_emit_text(e, "specVersion", "1.7");
    oci_scan_emit_strf(e, "serialNumber", "urn:uuid:%s", serial.data);
    oci_scan_emit_int(e, "version", 1);

    oci_scan_emit_object(e, "metadata");
    oci_scan_emit_strf(e, "timestamp", "%s+00:00", when);
    oci_scan_emit_object(e, "tools");
    oci_scan_emit_array(e, "components");
    oci_scan_emit_object(e, NULL);
    oci_scan_emit_text(e, "type", "application");
    oci_scan_emit_object(e, "manufacturer");
    oci_scan_emit_text(e, "name", "Aqua Security Software Ltd.");
    oci_scan_emit_end(e);
    oci_scan_emit_text(e, "group", "aquasecurity");
    oci_scan_emit_text(e, "name", "trivy");
    oci_scan_emit_text(e, "version", c->style->version);
    oci_scan_emit_end(e);
    oci_scan_emit_end(e);
    oci_scan_emit_end(e);

    cdx_root(c);
    oci_scan_emit_end(e);
}


static void
cdx_root(cdx_t *c)
{
    size_t                    i;
    oci_str_t                 s, *ids;
    oci_scan_emit_t          *e;
    const oci_str_t          *list;
    const oci_scan_layer_t   *layer;
    const oci_scan_report_t  *r;

    e = &c->e;
    r = c->report;
    layer = r->layers.elts;

    oci_scan_emit_object(e, "component");
    oci_scan_emit_str(e, "bom-ref", &c->root.ref);
    oci_scan_emit_text(e, "type", strcmp(r->type, "container_image") == 0
                                  ? "container" : "application");
    oci_scan_emit_str(e, "name", &r->name);
    oci_scan_emit_array(e, "properties");

    ids = oci_pcalloc(c->pool, (r->layers.nelts + 1) * sizeof(oci_str_t));

    for (i = 0; ids != NULL && i < r->layers.nelts; i++) {
        ids[i] = layer[i].diff_id;
    }

    if (ids != NULL && r->layers.nelts > 1) {
        qsort(ids, r->layers.nelts, sizeof(oci_str_t), cdx_by_text);
    }

    for (i = 0; ids != NULL && i < r->layers.nelts; i++) {
        cdx_property(c, "DiffID", &ids[i]);
    }

    cdx_property(c, "ImageID", &r->image_id);
    cdx_property(c, "Reference", &r->reference);

    list = r->digests.elts;
    for (i = 0; i < r->digests.nelts; i++) {
        cdx_property(c, "RepoDigest", &list[i]);
    }

    list = r->tags.elts;
    for (i = 0; i < r->tags.nelts; i++) {
        cdx_property(c, "RepoTag", &list[i]);
    }

    s = oci_str("2");
    cdx_property(c, "SchemaVersion", &s);
    s = oci_strf(c->pool, "%llu", (unsigned long long) r->size);
    cdx_property(c, "Size", &s);

    oci_scan_emit_end(e);
    oci_scan_emit_end(e);
}


static void
cdx_node(cdx_t *c, const cdx_node_t *node)
{
    bool              os;
    oci_str_t         class;
    oci_scan_emit_t  *e;

    e = &c->e;
    oci_scan_emit_object(e, NULL);
    oci_scan_emit_str(e, "bom-ref", &node->ref);

    if (node->pkg != NULL) {
        cdx_library(c, node);
        oci_scan_emit_end(e);
        return;
    }

    os = strcmp(node->result->class, "os-pkgs") == 0;
    class = oci_str(node->result->class);

    oci_scan_emit_text(e, "type", os ? "operating-system" : "application");
    oci_scan_emit_str(e, "name", os ? &c->report->os.family
                                    : &node->result->target);

    if (os) {
        oci_scan_emit_opt(e, "version", &c->report->os.name);
    }

    oci_scan_emit_array(e, "properties");
    cdx_property(c, "Class", &class);
    cdx_property(c, "Type", &node->result->type);
    oci_scan_emit_end(e);
    oci_scan_emit_end(e);
}


static void
cdx_library(cdx_t *c, const cdx_node_t *node)
{
    oci_str_t              name, group, version, epoch;
    oci_scan_purl_t        purl;
    oci_scan_emit_t       *e;
    const oci_scan_pkg_t  *pkg;

    e = &c->e;
    pkg = node->pkg;
    name = pkg->name;
    group = oci_str("");
    version = pkg->version;

    if (pkg->purl.len != 0
        && oci_scan_purl_parse(&purl, c->pool, &pkg->purl, NULL) == OCI_OK)
    {
        version = purl.version;
        epoch = oci_scan_purl_qualifier(&purl, "epoch");

        if (epoch.len != 0 && !oci_str_is(&epoch, "0")) {
            version = oci_strf(c->pool, "%s:%s", epoch.data, version.data);
        }

        if (oci_str_is(&purl.type, "maven") || oci_str_is(&purl.type, "npm"))
        {
            name = purl.name;
            group = purl.namespace;
        }

    } else {
        version = oci_scan_full_version(c->pool, pkg);
    }

    oci_scan_emit_text(e, "type", "library");

    if (pkg->maintainer.len != 0) {
        oci_scan_emit_object(e, "supplier");
        oci_scan_emit_str(e, "name", &pkg->maintainer);
        oci_scan_emit_end(e);
    }

    oci_scan_emit_opt(e, "group", &group);
    oci_scan_emit_str(e, "name", &name);
    oci_scan_emit_opt(e, "version", &version);
    cdx_hash(c, &pkg->digest);
    cdx_licenses(c, &pkg->licenses);
    oci_scan_emit_opt(e, "purl", &pkg->purl);
    cdx_properties(c, node);
}


static void
cdx_hash(cdx_t *c, const oci_str_t *digest)
{
    size_t      i, n;
    oci_str_t   hex;
    static const char  *names[][2] = {
        { "md5:", "MD5" }, { "sha1:", "SHA-1" }, { "sha256:", "SHA-256" },
        { "sha512:", "SHA-512" }
    };

    for (i = 0; i < 4; i++) {

        if (!oci_str_prefix(digest, names[i][0])) {
            continue;
        }

        n = strlen(names[i][0]);
        hex.data = digest->data + n;
        hex.len = digest->len - n;

        oci_scan_emit_array(&c->e, "hashes");
        oci_scan_emit_object(&c->e, NULL);
        oci_scan_emit_text(&c->e, "alg", names[i][1]);
        oci_scan_emit_str(&c->e, "content", &hex);
        oci_scan_emit_end(&c->e);
        oci_scan_emit_end(&c->e);
    }
}


/* an identifier is one word; anything else is a name */

static void
cdx_licenses(cdx_t *c, const oci_scan_strs_t *licenses)
{
    bool       id;
    size_t     i, k;
    oci_str_t  s;

    if (licenses->nelts == 0) {
        return;
    }

    oci_scan_emit_array(&c->e, "licenses");

    if (cdx_expression(c, licenses)) {
        oci_scan_emit_end(&c->e);
        return;
    }

    for (i = 0; i < licenses->nelts; i++) {
        s = licenses->elts[i];
        id = s.len != 0;

        for (k = 0; k < s.len; k++) {
            id = id && strchr(" /(),:;\"", s.data[k]) == NULL;
        }

        oci_scan_emit_object(&c->e, NULL);
        oci_scan_emit_object(&c->e, "license");
        oci_scan_emit_str(&c->e, id ? "id" : "name", &s);
        oci_scan_emit_end(&c->e);
        oci_scan_emit_end(&c->e);
    }

    oci_scan_emit_end(&c->e);
}


/* identifiers joined by OR, AND, WITH in one of them: one expression of all */

static bool
cdx_expression(cdx_t *c, const oci_scan_strs_t *licenses)
{
    bool        joined, plain;
    size_t      i, k;
    oci_buf_t   b;
    oci_str_t   s;

    memset(&b, 0, sizeof(b));
    joined = false;
    plain = true;

    for (i = 0; i < licenses->nelts; i++) {
        s = licenses->elts[i];
        joined = joined || memmem(s.data, s.len, " OR ", 4) != NULL
                 || memmem(s.data, s.len, " AND ", 5) != NULL
                 || memmem(s.data, s.len, " WITH ", 6) != NULL;

        for (k = 0; k < s.len; k++) {
            plain = plain && strchr("/,:;\"", s.data[k]) == NULL;
        }

        oci_buf_adds(&b, i == 0 ? "" : " AND ");
        oci_buf_add(&b, s.data, s.len);
    }

    if (joined && plain) {
        s.data = b.data;
        s.len = b.len;
        oci_scan_emit_object(&c->e, NULL);
        oci_scan_emit_str(&c->e, "expression", &s);
        oci_scan_emit_end(&c->e);
    }

    oci_buf_free(&b);

    return joined && plain;
}


static void
cdx_properties(cdx_t *c, const cdx_node_t *node)
{
    size_t                 i;
    oci_str_t              epoch;
    const oci_scan_pkg_t  *p;

    p = node->pkg;
    epoch = oci_str("");

    if (p->src_epoch != 0) {
        epoch = oci_strf(c->pool, "%u", p->src_epoch);
    }

    oci_scan_emit_array(&c->e, "properties");

    if (p->build_info != NULL) {
        cdx_property(c, "Arch", &p->build_info->arch);

        for (i = 0; i < p->build_info->content_sets.nelts; i++) {
            cdx_property(c, "ContentSet",
                         &p->build_info->content_sets.elts[i]);
        }
    }

    cdx_property(c, "FilePath", &p->file_path);
    cdx_property(c, "LayerDiffID", &p->layer_diff_id);
    cdx_property(c, "LayerDigest", &p->layer_digest);
    cdx_property(c, "Modularitylabel", &p->modularity);

    if (p->build_info != NULL) {
        cdx_property(c, "NVR", &p->build_info->nvr);
    }

    cdx_property(c, "PkgID", &p->id);
    cdx_property(c, "PkgType", &node->result->type);
    cdx_property(c, "SrcEpoch", &epoch);
    cdx_property(c, "SrcName", &p->src_name);
    cdx_property(c, "SrcRelease", &p->src_release);
    cdx_property(c, "SrcVersion", &p->src_version);
    oci_scan_emit_end(&c->e);
}


static void
cdx_property(cdx_t *c, const char *name, const oci_str_t *value)
{
    if (value->len == 0) {
        return;
    }

    oci_scan_emit_object(&c->e, NULL);
    oci_scan_emit_strf(&c->e, "name", CDX_PREFIX "%s", name);
    oci_scan_emit_str(&c->e, "value", value);
    oci_scan_emit_end(&c->e);
}


static void
cdx_needs(cdx_t *c, const cdx_node_t *node)
{
    size_t      i;
    oci_str_t  *ref;

    ref = node->needs.elts;

    if (node->needs.nelts > 1) {
        qsort(ref, node->needs.nelts, sizeof(oci_str_t), cdx_by_text);
    }

    oci_scan_emit_object(&c->e, NULL);
    oci_scan_emit_str(&c->e, "ref", &node->ref);
    oci_scan_emit_array(&c->e, "dependsOn");

    for (i = 0; i < node->needs.nelts; i++) {
        oci_scan_emit_str(&c->e, NULL, &ref[i]);
    }

    oci_scan_emit_end(&c->e);
    oci_scan_emit_end(&c->e);
}


/* all findings of one id are one entry; returns how many there were */

static size_t
cdx_vulnerability(cdx_t *c, cdx_finding_t *f, size_t left)
{
    size_t                     i, n;
    oci_str_t                  s;
    oci_scan_emit_t           *e;
    const oci_scan_finding_t  *first;

    e = &c->e;
    first = f->finding;

    for (n = 1; n < left && oci_str_eq(&f[n].id, &f->id); n++) { /* void */ }

    oci_scan_emit_object(e, NULL);
    oci_scan_emit_str(e, "id", &f->id);

    if (first->source_id.len != 0) {
        oci_scan_emit_object(e, "source");
        oci_scan_emit_opt(e, "name", &first->source_id);
        oci_scan_emit_opt(e, "url", &first->source_url);
        oci_scan_emit_end(e);
    }

    cdx_ratings(c, first);
    cdx_cwes(c, first);
    s = oci_scan_detail(first, "Description");
    oci_scan_emit_opt(e, "description", &s);
    cdx_advice(c, f, n);
    cdx_advisories(c, first);
    s = oci_scan_detail(first, "PublishedDate");
    cdx_date(c, "published", &s);
    s = oci_scan_detail(first, "LastModifiedDate");
    cdx_date(c, "updated", &s);

    oci_scan_emit_array(e, "affects");

    for (i = 0; i < n; i++) {
        oci_scan_emit_object(e, NULL);
        oci_scan_emit_str(e, "ref", &f[i].ref);
        oci_scan_emit_array(e, "versions");
        oci_scan_emit_object(e, NULL);
        oci_scan_emit_str(e, "version", &f[i].finding->installed);
        oci_scan_emit_text(e, "status", "affected");
        oci_scan_emit_end(e);
        oci_scan_emit_end(e);
        oci_scan_emit_end(e);
    }

    oci_scan_emit_end(e);
    oci_scan_emit_end(e);

    return n;
}


static void
cdx_ratings(cdx_t *c, const oci_scan_finding_t *f)
{
    size_t       i, n;
    double       level;
    json_t      *vendors, *value, *cvss;
    oci_str_t   *sorted;
    const char  *name;

    vendors = json_object_get(f->record, "VendorSeverity");
    cvss = json_object_get(f->record, "CVSS");
    sorted = oci_pcalloc(c->pool, (json_object_size(vendors) + 1)
                                  * sizeof(oci_str_t));
    n = 0;

    json_object_foreach(vendors, name, value) {
        if (sorted != NULL) {
            sorted[n++] = oci_str(name);
        }
    }

    if (n > 1) {
        qsort(sorted, n, sizeof(oci_str_t), cdx_by_text);
    }

    oci_scan_emit_array(&c->e, "ratings");

    for (i = 0; i < n; i++) {
        name = (char *) sorted[i].data;
        level = json_number_value(json_object_get(vendors, name));
        cdx_rating(c, name, json_object_get(cvss, name),
                   level >= 0 && level < 5 ? (unsigned) level : 0);
    }

    oci_scan_emit_end(&c->e);
}


static void
cdx_rating(cdx_t *c, const char *vendor, const json_t *cvss,
    unsigned severity)
{
    size_t      i;
    double      score;
    oci_str_t   vector;
    const char  *level, *method;
    static const char  *keys[][3] = {
        { "V2Score", "V2Vector", "CVSSv2" },
        { "V3Score", "V3Vector", "CVSSv3" },
        { "V40Score", "V40Vector", "CVSSv4" }
    };

    for (i = 0; i < (cvss == NULL ? 1u : 3u); i++) {
        score = json_number_value(json_object_get(cvss, keys[i][0]));
        vector = oci_str(json_string_value(json_object_get(cvss,
                                                           keys[i][1])));
        level = cdx_severities[severity];
        method = keys[i][2];

        if (cvss != NULL && vector.len == 0 && !(score > 0)) {
            continue;
        }

        if (i == 0 && cvss != NULL && strcmp(vendor, "nvd") == 0) {
            level = score < 4 ? "info" : score < 7 ? "medium" : "high";
        }

        if (i == 1 && oci_str_prefix(&vector, "CVSS:3.1")) {
            method = "CVSSv31";
        }

        oci_scan_emit_object(&c->e, NULL);
        oci_scan_emit_object(&c->e, "source");
        oci_scan_emit_text(&c->e, "name", vendor);
        oci_scan_emit_end(&c->e);

        if (cvss != NULL) {
            oci_scan_emit_real(&c->e, "score", score);
        }

        oci_scan_emit_text(&c->e, "severity", level);

        if (cvss != NULL) {
            oci_scan_emit_text(&c->e, "method", method);
            oci_scan_emit_opt(&c->e, "vector", &vector);
        }

        oci_scan_emit_end(&c->e);
    }
}


static void
cdx_cwes(cdx_t *c, const oci_scan_finding_t *f)
{
    size_t   i;
    json_t  *list, *item;

    list = json_object_get(f->record, "CweIDs");

    if (json_array_size(list) == 0) {
        return;
    }

    oci_scan_emit_array(&c->e, "cwes");

    json_array_foreach(list, i, item) {
        if (json_string_length(item) > 4) {
            oci_scan_emit_int(&c->e, NULL,
                              atoi(json_string_value(item) + 4));
        }
    }

    oci_scan_emit_end(&c->e);
}


static void
cdx_advice(cdx_t *c, const cdx_finding_t *f, size_t n)
{
    size_t      i, k;
    oci_buf_t   b;
    oci_str_t  *line, s;

    line = oci_pcalloc(c->pool, (n + 1) * sizeof(oci_str_t));
    k = 0;

    for (i = 0; line != NULL && i < n; i++) {
        if (f[i].finding->fixed.len != 0) {
            line[k++] = oci_strf(c->pool, "Upgrade %.*s to version %.*s",
                                 (int) f[i].finding->pkg->name.len,
                                 f[i].finding->pkg->name.data,
                                 (int) f[i].finding->fixed.len,
                                 f[i].finding->fixed.data);
        }
    }

    if (k == 0) {
        return;
    }

    qsort(line, k, sizeof(oci_str_t), cdx_by_text);
    memset(&b, 0, sizeof(b));

    for (i = 0; i < k; i++) {
        if (i == 0 || !oci_str_eq(&line[i], &line[i - 1])) {
            oci_buf_adds(&b, i == 0 ? "" : "; ");
            oci_buf_add(&b, line[i].data, line[i].len);
        }
    }

    s.data = b.data;
    s.len = b.len;
    oci_scan_emit_str(&c->e, "recommendation", &s);
    oci_buf_free(&b);
}


static void
cdx_advisories(cdx_t *c, const oci_scan_finding_t *f)
{
    bool             open;
    size_t           i;
    json_t          *list, *item;
    oci_str_t        url, *kept;
    oci_scan_map_t   seen;

    open = false;
    oci_scan_map_init(&seen, c->pool);
    list = json_object_get(f->record, "References");

    for (i = 0; i <= json_array_size(list); i++) {
        item = i == 0 ? NULL : json_array_get(list, i - 1);
        url = i == 0 ? f->url : oci_str(json_string_value(item));
        kept = oci_palloc(c->pool, sizeof(oci_str_t));

        if (kept == NULL || url.len == 0
            || memmem(url.data, url.len, "://", 3) == NULL
            || oci_scan_map_get(&seen, &url) != NULL)
        {
            continue;
        }

        *kept = url;
        (void) oci_scan_map_set(&seen, kept, kept);

        if (!open) {
            oci_scan_emit_array(&c->e, "advisories");
            open = true;
        }

        url.len = strcspn((char *) url.data, " ") < url.len
                  ? strcspn((char *) url.data, " ") : url.len;
        oci_scan_emit_object(&c->e, NULL);
        oci_scan_emit_str(&c->e, "url", &url);
        oci_scan_emit_end(&c->e);
    }

    if (open) {
        oci_scan_emit_end(&c->e);
    }
}


static void
cdx_date(cdx_t *c, const char *key, const oci_str_t *when)
{
    if (when->len >= 19) {
        oci_scan_emit_strf(&c->e, key, "%.19s+00:00", when->data);
    }
}


static int
cdx_by_ref(const void *one, const void *two)
{
    const cdx_node_t  *a = one, *b = two;

    return oci_str_cmp(&a->ref, &b->ref);
}


static int
cdx_by_text(const void *one, const void *two)
{
    return oci_str_cmp(one, two);
}


static int
cdx_by_id(const void *one, const void *two)
{
    int                   rc;
    const cdx_finding_t  *a = one, *b = two;

    rc = oci_str_cmp(&a->id, &b->id);

    return rc != 0 ? rc : oci_str_cmp(&a->ref, &b->ref);
}
