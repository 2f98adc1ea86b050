/*
 * Reports as CycloneDX 1.7: the packages, what depends on what, and what is
 * known against them.
 *
 * Source: ECMA-424, CycloneDX Specification 1.7, JSON.
 */

#include "cyclonedx.h"
#include "text.h"
#include "base/text.h"
#include "model/purl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


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
static int cdx_by_ref(const void *one, const void *two);
static int cdx_by_id(const void *one, const void *two);


oci_status_e
write_cyclonedx(const oci_scan_report_t *report,
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
    emit_init(&c->e, out);
    c->e.raw = true;

    rc = cdx_collect(c);

    if (rc == OCI_OK) {
        node = c->nodes.elts;
        f = c->findings.elts;

        cdx_head(c);
        emit_array(&c->e, "components");

        for (i = 0; i < c->nodes.nelts; i++) {
            if (!oci_str_eq(&node[i].ref, &c->root.ref)) {
                cdx_node(c, &node[i]);
            }
        }

        emit_end(&c->e);
        emit_array(&c->e, "dependencies");

        for (i = 0; i < c->nodes.nelts; i++) {
            cdx_needs(c, &node[i]);
        }

        emit_end(&c->e);
        emit_array(&c->e, "vulnerabilities");

        for (i = 0; i < c->findings.nelts; /* void */ ) {
            i += cdx_vulnerability(c, &f[i], c->findings.nelts - i);
        }

        emit_end(&c->e);
        emit_end(&c->e);
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
    bom_part_t               *root;
    oci_status_e              rc;
    const oci_scan_result_t  *result;

    oci_array_init(&c->nodes, c->pool, sizeof(cdx_node_t));
    oci_array_init(&c->findings, c->pool, sizeof(cdx_finding_t));
    oci_array_init(&c->root.needs, c->pool, sizeof(oci_str_t));
    oci_scan_map_init(&c->purls, c->pool);
    oci_scan_map_init(&c->twice, c->pool);

    rc = bom_begin(&c->bom, c->pool, c->report);
    if (rc != OCI_OK) {
        return rc;
    }

    root = c->bom.parts.elts;
    c->root.ref = root->purl.len != 0 ? root->purl : cdx_uuid(c);
    rc = c->root.ref.data == NULL ? OCI_NOMEM : cdx_purls(c);
    result = c->report->results.elts;

    for (i = 0; rc == OCI_OK && i < c->report->results.nelts; i++) {
        rc = (strcmp(result[i].class, "secret") == 0)
             ? OCI_OK : cdx_result(c, &result[i]);
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

    if (oci_scan_pkg_type_joined(&result->type)) {
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
    char       when[40];
    emit_t    *e;
    oci_str_t  serial;

    e = &c->e;
    serial = cdx_uuid(c);
    text_time(when, &c->style->now, false);
    when[strlen(when) - 1] = '\0';

    emit_object(e, NULL);
    emit_text(e, "$schema",
              "http://cyclonedx.org/schema/bom-1.7.schema.json");
    emit_text(e, "bomFormat", "CycloneDX");
    emit_text(e, "specVersion", "1.7");
    emit_strf(e, "serialNumber", "urn:uuid:%s", serial.data);
    emit_int(e, "version", 1);

    emit_object(e, "metadata");
    emit_strf(e, "timestamp", "%s+00:00", when);
    emit_object(e, "tools");
    emit_array(e, "components");
    emit_object(e, NULL);
    emit_text(e, "type", "application");
    emit_object(e, "manufacturer");
    emit_text(e, "name", "Aqua Security Software Ltd.");
    emit_end(e);
    emit_text(e, "group", "aquasecurity");
    emit_text(e, "name", "trivy");
    emit_text(e, "version", c->style->version);
    emit_end(e);
    emit_end(e);
    emit_end(e);

    cdx_root(c);
    emit_end(e);
}


static void
cdx_root(cdx_t *c)
{
    size_t             i;
    emit_t            *e;
    oci_str_t          name;
    bom_prop_t        *prop;
    const bom_part_t  *root;

    e = &c->e;
    root = c->bom.parts.elts;
    prop = root->props.elts;

    emit_object(e, "component");
    emit_str(e, "bom-ref", &c->root.ref);
    emit_text(e, "type", strcmp(root->type, "container_image") == 0
                         ? "container" : "application");
    emit_str(e, "name", &root->name);
    emit_opt(e, "purl", &root->purl);
    emit_array(e, "properties");

    for (i = 0; i < root->props.nelts; i++) {
        name = bom_prop_name(c->pool, &prop[i]);
        cdx_property(c, (char *) name.data, &prop[i].value);
    }

    emit_end(e);
    emit_end(e);
}


static int
cdx_by_ref(const void *one, const void *two)
{
    const cdx_node_t  *a = one, *b = two;

    return oci_str_cmp(&a->ref, &b->ref);
}


static int
cdx_by_id(const void *one, const void *two)
{
    int                   rc;
    const cdx_finding_t  *a = one, *b = two;

    rc = oci_str_cmp(&a->id, &b->id);

    return rc != 0 ? rc : oci_str_cmp(&a->ref, &b->ref);
}
