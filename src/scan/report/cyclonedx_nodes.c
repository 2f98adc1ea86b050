/*
 * Components of a CycloneDX report, and what they need.
 */

#include "cyclonedx.h"
#include "base/text.h"
#include "model/purl.h"
#include "model/license_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void cdx_library(cdx_t *c, const cdx_node_t *node);
static void cdx_hash(cdx_t *c, const oci_str_t *digest);
static void cdx_licenses(cdx_t *c, const oci_scan_strs_t *licenses);
static void cdx_expression(cdx_t *c, const oci_str_t *text, size_t n);
static void cdx_properties(cdx_t *c, const cdx_node_t *node);


void
cdx_node(cdx_t *c, const cdx_node_t *node)
{
    bool       os;
    emit_t    *e;
    oci_str_t  class;

    e = &c->e;
    emit_object(e, NULL);
    emit_str(e, "bom-ref", &node->ref);

    if (node->pkg != NULL) {
        cdx_library(c, node);
        emit_end(e);
        return;
    }

    os = strcmp(node->result->class, "os-pkgs") == 0;
    class = oci_str(node->result->class);

    emit_text(e, "type", os ? "operating-system" : "application");
    emit_str(e, "name", os ? &c->report->os.family
                           : &node->result->target);

    if (os) {
        emit_opt(e, "version", &c->report->os.name);
    }

    emit_array(e, "properties");
    cdx_property(c, "Class", &class);
    cdx_property(c, "Type", &node->result->type);
    emit_end(e);
    emit_end(e);
}


static void
cdx_library(cdx_t *c, const cdx_node_t *node)
{
    emit_t                *e;
    oci_str_t              name, group, version, epoch;
    oci_scan_purl_t        purl;
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
        version = oci_scan_pkg_version(c->pool, pkg);
    }

    emit_text(e, "type", "library");

    if (pkg->maintainer.len != 0) {
        emit_object(e, "supplier");
        emit_str(e, "name", &pkg->maintainer);
        emit_end(e);
    }

    emit_opt(e, "group", &group);
    emit_str(e, "name", &name);
    emit_opt(e, "version", &version);
    cdx_hash(c, &pkg->digest);
    cdx_licenses(c, &pkg->licenses);
    emit_opt(e, "purl", &pkg->purl);
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

        emit_array(&c->e, "hashes");
        emit_object(&c->e, NULL);
        emit_text(&c->e, "alg", names[i][1]);
        emit_str(&c->e, "content", &hex);
        emit_end(&c->e);
        emit_end(&c->e);
    }
}


/*
 * When all are of SPDX's list and one is an expression, all are one
 * expression; else each is an identifier or a name.
 */

static void
cdx_licenses(cdx_t *c, const oci_scan_strs_t *licenses)
{
    bool                 all, any;
    size_t               i, n;
    oci_str_t           *text;
    oci_scan_license_e  *what;

    text = oci_pcalloc(c->pool, (licenses->nelts + 1) * sizeof(oci_str_t));
    what = oci_pcalloc(c->pool, (licenses->nelts + 1)
                                * sizeof(oci_scan_license_e));
    all = true;
    any = false;

    for (i = 0, n = 0; text != NULL && what != NULL && i < licenses->nelts;
         i++)
    {
        if (licenses->elts[i].len == 0
            || oci_scan_license_one(&text[n], &what[n], c->pool,
                                    &licenses->elts[i]) != OCI_OK)
        {
            continue;
        }

        all = all && what[n] != OCI_SCAN_LICENSE_NAME;
        any = any || what[n] == OCI_SCAN_LICENSE_EXPRESSION;
        n++;
    }

    if (n == 0) {
        return;
    }

    emit_array(&c->e, "licenses");

    if (all && any) {
        cdx_expression(c, text, n);
        n = 0;
    }

    for (i = 0; i < n; i++) {
        emit_object(&c->e, NULL);
        emit_object(&c->e, "license");
        emit_str(&c->e, what[i] == OCI_SCAN_LICENSE_ID ? "id" : "name",
                 &text[i]);
        emit_end(&c->e);
        emit_end(&c->e);
    }

    emit_end(&c->e);
}


static void
cdx_expression(cdx_t *c, const oci_str_t *text, size_t n)
{
    size_t     i;
    oci_buf_t  b;
    oci_str_t  s;

    memset(&b, 0, sizeof(b));

    for (i = 0; i < n; i++) {
        oci_buf_adds(&b, i == 0 ? "" : " AND ");
        oci_buf_add(&b, text[i].data, text[i].len);
    }

    s.data = b.data;
    s.len = b.len;
    emit_object(&c->e, NULL);
    emit_str(&c->e, "expression", &s);
    emit_end(&c->e);
    oci_buf_free(&b);
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

    emit_array(&c->e, "properties");

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
    emit_end(&c->e);
}


void
cdx_property(cdx_t *c, const char *name, const oci_str_t *value)
{
    if (value->len == 0) {
        return;
    }

    emit_object(&c->e, NULL);
    emit_strf(&c->e, "name", CDX_PREFIX "%s", name);
    emit_str(&c->e, "value", value);
    emit_end(&c->e);
}


void
cdx_needs(cdx_t *c, const cdx_node_t *node)
{
    size_t      i;
    oci_str_t  *ref;

    ref = node->needs.elts;

    if (node->needs.nelts > 1) {
        qsort(ref, node->needs.nelts, sizeof(oci_str_t), oci_scan_text_order);
    }

    emit_object(&c->e, NULL);
    emit_str(&c->e, "ref", &node->ref);
    emit_array(&c->e, "dependsOn");

    for (i = 0; i < node->needs.nelts; i++) {
        emit_str(&c->e, NULL, &ref[i]);
    }

    emit_end(&c->e);
    emit_end(&c->e);
}
