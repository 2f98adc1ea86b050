/*
 * Reports as SPDX 2.3: JSON and tag-value.  Both are written from one list of
 * elements, so that they say the same.
 *
 * Source: SPDX Specification 2.3, clauses 6 to 12.
 */

#include "write.h"
#include "text.h"
#include "model/license_list.h"
#include "base/text.h"
#include "graph.h"
#include "spdx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SPDX_TOOL  "trivy"


typedef struct {
    spdx_doc_t                doc;
    emit_t                    e;
    oci_buf_t                *out;
    char                      when[40];
    oci_str_t                 space;
    const oci_scan_style_t   *style;
} spdx_out_t;


static oci_status_e spdx_open(spdx_out_t *s, const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err);
static void spdx_json_head(spdx_out_t *s);
static void spdx_json_package(spdx_out_t *s, const spdx_elt_t *elt);
static void spdx_json_sums(spdx_out_t *s, const oci_str_t *digest);
static void spdx_json_refs(spdx_out_t *s, const spdx_elt_t *elt);
static void spdx_json_ref(spdx_out_t *s, const char *category,
    const char *type, const oci_str_t *locator);
static void spdx_json_notes(spdx_out_t *s, const spdx_elt_t *elt);
static void spdx_json_files(spdx_out_t *s);
static void spdx_json_licenses(spdx_out_t *s);
static void spdx_json_relations(spdx_out_t *s);
static void spdx_tag_head(spdx_out_t *s);
static void spdx_tag_files(spdx_out_t *s);
static void spdx_tag_package(spdx_out_t *s, const spdx_elt_t *elt);
static void spdx_tag_rest(spdx_out_t *s);
static void spdx_tag(spdx_out_t *s, const char *tag, const oci_str_t *value);
static void spdx_tag_sum(spdx_out_t *s, const char *tag,
    const oci_str_t *digest);


oci_status_e
write_spdx_json(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t        i;
    spdx_out_t    s;
    spdx_elt_t  **elt;
    oci_status_e  rc;

    rc = spdx_open(&s, report, style, out, err);

    if (rc == OCI_OK) {
        spdx_json_head(&s);
        elt = s.doc.packages;
        emit_array(&s.e, "packages");

        for (i = 0; i < s.doc.npackages; i++) {
            spdx_json_package(&s, elt[i]);
        }

        emit_end(&s.e);
        spdx_json_files(&s);
        spdx_json_licenses(&s);
        spdx_json_relations(&s);
        emit_end(&s.e);
    }

    oci_pool_destroy(s.doc.pool);

    return rc;
}


oci_status_e
write_spdx(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t        i;
    spdx_out_t    s;
    spdx_elt_t  **elt;
    oci_status_e  rc;

    rc = spdx_open(&s, report, style, out, err);

    if (rc == OCI_OK) {
        spdx_tag_head(&s);
        spdx_tag_files(&s);
        elt = s.doc.packages;
        spdx_by_id(&s.doc);

        for (i = 0; i < s.doc.npackages; i++) {
            spdx_tag_package(&s, elt[i]);
        }

        spdx_tag_rest(&s);
    }

    oci_pool_destroy(s.doc.pool);

    return rc;
}


static oci_status_e
spdx_open(spdx_out_t *s, const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    u_char        r[16];
    oci_str_t     name;
    oci_pool_t   *pool;
    oci_status_e  rc;

    memset(s, 0, sizeof(spdx_out_t));
    pool = oci_pool_create();
    s->doc.pool = pool;

    if (pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    s->out = out;
    s->style = style;
    emit_init(&s->e, out);
    text_time(s->when, &style->now, false);

    rc = spdx_collect(&s->doc, report);
    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "out of memory");
    }

    name = report->name;

    if (!oci_scan_text_cut_prefix(&name, "https://")) {
        (void) oci_scan_text_cut_prefix(&name, "http://");
    }

    style->random(r, sizeof(r));
    s->space = oci_strf(pool, "http://trivy.dev/%s/%.*s-%02x%02x%02x%02x-"
                        "%02x%02x-4%01x%02x-%02x%02x-%02x%02x%02x%02x%02x"
                        "%02x", s->doc.root_type, (int) name.len, name.data,
                        r[0], r[1], r[2], r[3], r[4], r[5], r[6] & 15, r[7],
                        (r[8] & 0x3f) | 0x80, r[9], r[10], r[11], r[12],
                        r[13], r[14], r[15]);

    return s->space.data != NULL ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static void
spdx_json_head(spdx_out_t *s)
{
    emit_t  *e;

    e = &s->e;

    emit_object(e, NULL);
    emit_text(e, "spdxVersion", "SPDX-2.3");
    emit_text(e, "dataLicense", "CC0-1.0");
    emit_text(e, "SPDXID", "SPDXRef-DOCUMENT");
    emit_str(e, "name", &s->doc.report->name);
    emit_str(e, "documentNamespace", &s->space);

    emit_object(e, "creationInfo");
    emit_array(e, "creators");
    emit_text(e, NULL, "Organization: aquasecurity");
    emit_strf(e, NULL, "Tool: " SPDX_TOOL "-%s", s->style->version);
    emit_end(e);
    emit_text(e, "created", s->when);
    emit_end(e);
}


static void
spdx_json_package(spdx_out_t *s, const spdx_elt_t *elt)
{
    emit_t  *e;

    e = &s->e;

    emit_object(e, NULL);
    emit_str(e, "name", &elt->name);
    emit_strf(e, "SPDXID", "SPDXRef-%s", elt->id.data);
    emit_opt(e, "versionInfo", &elt->part->version);
    emit_opt(e, "supplier", &elt->supplier);
    emit_text(e, "downloadLocation", "NONE");
    emit_bool(e, "filesAnalyzed", elt->file.len != 0);

    if (elt->file.len != 0) {
        emit_object(e, "packageVerificationCode");
        emit_str(e, "packageVerificationCodeValue", &elt->code);
        emit_end(e);

    } else {
        spdx_json_sums(s, &elt->digest);
    }

    emit_opt(e, "sourceInfo", &elt->source);
    emit_opt(e, "licenseConcluded", &elt->license);
    emit_opt(e, "licenseDeclared", &elt->license);
    spdx_json_refs(s, elt);
    emit_text(e, "primaryPackagePurpose", elt->purpose);
    spdx_json_notes(s, elt);
    emit_end(e);
}


static void
spdx_json_sums(spdx_out_t *s, const oci_str_t *digest)
{
    oci_str_t    hex;
    const char  *name;

    name = spdx_sum(digest, &hex);

    if (name == NULL) {
        return;
    }

    emit_array(&s->e, "checksums");
    emit_object(&s->e, NULL);
    emit_text(&s->e, "algorithm", name);
    emit_str(&s->e, "checksumValue", &hex);
    emit_end(&s->e);
    emit_end(&s->e);
}


static void
spdx_json_refs(spdx_out_t *s, const spdx_elt_t *elt)
{
    size_t      i;
    oci_str_t  *url;

    if (elt->part->purl.len == 0 && elt->urls.nelts == 0) {
        return;
    }

    emit_array(&s->e, "externalRefs");

    if (elt->part->purl.len != 0) {
        spdx_json_ref(s, "PACKAGE-MANAGER", "purl", &elt->part->purl);
    }

    url = elt->urls.elts;

    for (i = 0; i < elt->urls.nelts; i++) {
        spdx_json_ref(s, "SECURITY", "advisory", &url[i]);
    }

    emit_end(&s->e);
}


static void
spdx_json_ref(spdx_out_t *s, const char *category, const char *type,
    const oci_str_t *locator)
{
    emit_object(&s->e, NULL);
    emit_text(&s->e, "referenceCategory", category);
    emit_text(&s->e, "referenceType", type);
    emit_str(&s->e, "referenceLocator", locator);
    emit_end(&s->e);
}


/* what SPDX has no field for */

static void
spdx_json_notes(spdx_out_t *s, const spdx_elt_t *elt)
{
    bool               open;
    size_t             i;
    emit_t            *e;
    oci_str_t          name;
    const bom_prop_t  *prop;

    e = &s->e;
    open = false;
    prop = elt->part->props.elts;

    for (i = 0; i < elt->part->props.nelts; i++) {

        if (spdx_has_field(prop[i].name)) {
            continue;
        }

        if (!open) {
            emit_array(e, "annotations");
            open = true;
        }

        name = bom_prop_name(s->doc.pool, &prop[i]);
        emit_object(e, NULL);
        emit_strf(e, "annotator", "Tool: " SPDX_TOOL "-%s",
                  s->style->version);
        emit_text(e, "annotationDate", s->when);
        emit_text(e, "annotationType", "OTHER");
        emit_strf(e, "comment", "%.*s: %.*s", (int) name.len,
                  name.data, (int) prop[i].value.len,
                  prop[i].value.data);
        emit_end(e);
    }

    if (open) {
        emit_end(e);
    }
}


static void
spdx_json_files(spdx_out_t *s)
{
    size_t        i;
    emit_t       *e;
    spdx_elt_t   *elt;

    e = &s->e;

    if (s->doc.nfiles == 0) {
        return;
    }

    emit_array(e, "files");

    for (i = 0; i < s->doc.nfiles; i++) {
        elt = s->doc.files[i];
        emit_object(e, NULL);
        emit_str(e, "fileName", &elt->part->pkg->file_path);
        emit_strf(e, "SPDXID", "SPDXRef-%s", elt->file.data);
        spdx_json_sums(s, &elt->digest);
        emit_text(e, "copyrightText", "");
        emit_end(e);
    }

    emit_end(e);
}


static void
spdx_json_licenses(spdx_out_t *s)
{
    size_t                     i;
    emit_t                    *e;
    oci_scan_license_other_t  *other;

    e = &s->e;
    other = s->doc.others.elts;

    if (s->doc.others.nelts == 0) {
        return;
    }

    emit_array(e, "hasExtractedLicensingInfos");

    for (i = 0; i < s->doc.others.nelts; i++) {

        if (i != 0 && oci_str_eq(&other[i].id, &other[i - 1].id)) {
            continue;
        }

        emit_object(e, NULL);
        emit_str(e, "licenseId", &other[i].id);
        emit_str(e, "extractedText", &other[i].text);
        emit_opt(e, "name", &other[i].name);

        if (other[i].whole) {
            emit_text(e, "comment", oci_scan_license_whole_text);
        }

        emit_end(e);
    }

    emit_end(e);
}


static void
spdx_json_relations(spdx_out_t *s)
{
    size_t       i;
    emit_t      *e;
    spdx_rel_t  *rel;

    e = &s->e;
    rel = s->doc.relations.elts;
    emit_array(e, "relationships");

    for (i = 0; i < s->doc.relations.nelts; i++) {
        emit_object(e, NULL);
        emit_strf(e, "spdxElementId", "SPDXRef-%s",
                  rel[i].from.data);
        emit_strf(e, "relatedSpdxElement", "SPDXRef-%s",
                  rel[i].to.data);
        emit_text(e, "relationshipType", rel[i].type);
        emit_end(e);
    }

    emit_end(e);
}


static void
spdx_tag_head(spdx_out_t *s)
{
    oci_buf_adds(s->out, "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n"
                 "SPDXID: SPDXRef-DOCUMENT\n");
    spdx_tag(s, "DocumentName", &s->doc.report->name);
    spdx_tag(s, "DocumentNamespace", &s->space);
    oci_buf_addf(s->out, "Creator: Organization: aquasecurity\n"
                 "Creator: Tool: " SPDX_TOOL "-%s\nCreated: %s\n\n",
                 s->style->version, s->when);
}


static void
spdx_tag_files(spdx_out_t *s)
{
    size_t       i;
    spdx_elt_t  *elt;

    if (s->doc.nfiles != 0) {
        oci_buf_adds(s->out, "##### Unpackaged files\n\n");
    }

    for (i = 0; i < s->doc.nfiles; i++) {
        elt = s->doc.files[i];
        spdx_tag(s, "FileName", &elt->part->pkg->file_path);
        oci_buf_addf(s->out, "SPDXID: SPDXRef-%s\n", elt->file.data);
        spdx_tag_sum(s, "FileChecksum", &elt->digest);
        oci_buf_adds(s->out, "\n");
    }
}


static void
spdx_tag_package(spdx_out_t *s, const spdx_elt_t *elt)
{
    size_t      i;
    oci_str_t  *url;

    oci_buf_addf(s->out, "##### Package: %.*s\n\n", (int) elt->name.len,
                 elt->name.data);
    spdx_tag(s, "PackageName", &elt->name);
    oci_buf_addf(s->out, "SPDXID: SPDXRef-%s\n", elt->id.data);
    spdx_tag(s, "PackageVersion", &elt->part->version);
    spdx_tag(s, "PackageSupplier", &elt->supplier);
    oci_buf_addf(s->out, "PackageDownloadLocation: NONE\n"
                 "PrimaryPackagePurpose: %s\n", elt->purpose);

    if (elt->file.len != 0) {
        spdx_tag(s, "PackageVerificationCode", &elt->code);

    } else {
        oci_buf_adds(s->out, "FilesAnalyzed: false\n");
        spdx_tag_sum(s, "PackageChecksum", &elt->digest);
    }

    spdx_tag(s, "PackageSourceInfo", &elt->source);
    spdx_tag(s, "PackageLicenseConcluded", &elt->license);
    spdx_tag(s, "PackageLicenseDeclared", &elt->license);

    if (elt->part->purl.len != 0) {
        oci_buf_addf(s->out, "ExternalRef: PACKAGE-MANAGER purl %.*s\n",
                     (int) elt->part->purl.len, elt->part->purl.data);
    }

    url = elt->urls.elts;

    for (i = 0; i < elt->urls.nelts; i++) {
        oci_buf_addf(s->out, "ExternalRef: SECURITY advisory %.*s\n",
                     (int) url[i].len, url[i].data);
    }

    oci_buf_adds(s->out, "\n");
}


static void
spdx_tag_rest(spdx_out_t *s)
{
    size_t                     i;
    oci_str_t                  text;
    spdx_rel_t                *rel;
    oci_scan_license_other_t  *other;

    other = s->doc.others.elts;
    rel = s->doc.relations.elts;

    if (s->doc.others.nelts != 0) {
        oci_buf_adds(s->out, "##### Other Licenses\n\n");
    }

    for (i = 0; i < s->doc.others.nelts; i++) {

        if (i != 0 && oci_str_eq(&other[i].id, &other[i - 1].id)) {
            continue;
        }

        spdx_tag(s, "LicenseID", &other[i].id);
        spdx_tag(s, "ExtractedText", &other[i].text);
        spdx_tag(s, "LicenseName", &other[i].name);
        text = oci_str(other[i].whole ? oci_scan_license_whole_text : "");
        spdx_tag(s, "LicenseComment", &text);
        oci_buf_adds(s->out, "\n");
    }

    oci_buf_adds(s->out, "##### Relationships\n\n");

    for (i = 0; i < s->doc.relations.nelts; i++) {
        oci_buf_addf(s->out, "Relationship: SPDXRef-%s %s SPDXRef-%s\n",
                     rel[i].from.data, rel[i].type, rel[i].to.data);
    }

    oci_buf_adds(s->out, "\n");
}


/* several lines are a text */

static void
spdx_tag(spdx_out_t *s, const char *tag, const oci_str_t *value)
{
    bool  lines;

    if (value->len == 0) {
        return;
    }

    lines = oci_scan_text_find(value, "\n") != -1;
    oci_buf_addf(s->out, "%s: %s", tag, lines ? "<text>" : "");
    oci_buf_add(s->out, value->data, value->len);
    oci_buf_adds(s->out, lines ? "</text>\n" : "\n");
}


static void
spdx_tag_sum(spdx_out_t *s, const char *tag, const oci_str_t *digest)
{
    oci_str_t    hex;
    const char  *name;

    name = spdx_sum(digest, &hex);

    if (name != NULL) {
        oci_buf_addf(s->out, "%s: %s: %.*s\n", tag, name, (int) hex.len,
                     hex.data);
    }
}
