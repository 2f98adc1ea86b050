/*
 * SPDX as an SBOM: JSON, and lines of tags and values.
 */

#include "read.h"

#include <string.h>


static oci_status_e spdx_version(oci_str_t version, oci_error_t *err);
static oci_status_e spdx_part(oci_scan_sbom_t *bom, const json_t *p,
    oci_error_t *err);
static oci_status_e spdx_notes(oci_scan_part_t *part, const json_t *p,
    oci_error_t *err);
static oci_str_t spdx_ref(oci_str_t id);
static void spdx_kind(oci_scan_part_t *part);
static oci_status_e spdx_license(oci_scan_sbom_t *bom,
    oci_scan_part_t *part, oci_str_t declared, oci_error_t *err);
static void spdx_source(oci_scan_part_t *part, oci_str_t info);
static oci_status_e spdx_note(oci_scan_part_t *part,
    oci_str_t text, oci_error_t *err);
static oci_status_e spdx_relation(oci_scan_sbom_t *bom,
    oci_str_t from, oci_str_t type, oci_str_t to, oci_error_t *err);
static oci_status_e spdx_tag(oci_scan_sbom_t *bom, oci_scan_part_t **part,
    oci_str_t *name, oci_str_t key, oci_str_t value, oci_error_t *err);
static oci_scan_part_t *spdx_named(oci_scan_sbom_t *bom, oci_str_t name,
    oci_str_t id, oci_error_t *err);
static oci_status_e spdx_tag_package(oci_scan_sbom_t *bom,
    oci_scan_part_t *part, oci_str_t key, oci_str_t value, oci_error_t *err);
static void spdx_words(oci_str_t value, oci_str_t *a, oci_str_t *b,
    oci_str_t *c);
static bool spdx_tag_value(oci_str_t *rest, oci_str_t *value);


oci_status_e
sbom_spdx(oci_scan_sbom_t *bom, const json_t *root, oci_error_t *err)
{
    size_t        i;
    json_t       *p, *r;
    oci_status_e  rc;

    rc = spdx_version(oci_json_str(root, "spdxVersion"), err);

    json_array_foreach(json_object_get(root, "packages"), i, p) {
        if (rc == OCI_OK) {
            rc = spdx_part(bom, p, err);
        }
    }

    json_array_foreach(json_object_get(root, "relationships"), i, r) {
        if (rc == OCI_OK) {
            rc = spdx_relation(bom,
                               oci_json_str(r, "spdxElementId"),
                               oci_json_str(r, "relationshipType"),
                               oci_json_str(r, "relatedSpdxElement"),
                               err);
        }
    }

    return rc;
}


static oci_status_e
spdx_version(oci_str_t version, oci_error_t *err)
{
    return (oci_str_is(&version, "SPDX-2.1")
            || oci_str_is(&version, "SPDX-2.2")
            || oci_str_is(&version, "SPDX-2.3"))
           ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "SPDX of an unknown version, "
                       "\"%.*s\"", (version.len > 20) ? 20
                       : (int) version.len, version.data);
}


/* "Tag: value" lines; a value may be a text between <text> and </text> */

oci_status_e
sbom_tags(oci_scan_sbom_t *bom, const oci_str_t *text, oci_error_t *err)
{
    ssize_t           colon;
    oci_str_t         rest, line, key, value, name;
    oci_status_e      rc;
    oci_scan_part_t  *part;

    rest = *text;
    part = NULL;
    memset(&name, 0, sizeof(oci_str_t));

    while (rest.len != 0) {

        line = rest;
        colon = oci_scan_text_find(&line, ":");

        if (colon == -1 || memchr(line.data, '\n', (size_t) colon) != NULL
            || line.data[0] == '#')
        {
            (void) oci_scan_text_line(&rest, &line);
            continue;
        }

        key.data = line.data;
        key.len = (size_t) colon;
        rest = oci_scan_text_skip(rest, (size_t) colon + 1);

        if (!spdx_tag_value(&rest, &value)) {
            return oci_error(err, OCI_INVALID, 0, "a text without an end");
        }

        rc = spdx_tag(bom, &part, &name, key, value, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
spdx_part(oci_scan_sbom_t *bom, const json_t *p, oci_error_t *err)
{
    size_t            i;
    json_t           *e;
    oci_str_t         ref, s, value;
    oci_status_e      rc;
    oci_scan_part_t  *part;

    ref = spdx_ref(oci_json_str(p, "SPDXID"));
    part = sbom_part(bom, &ref, err);
    if (part == NULL) {
        return err->status;
    }

    spdx_kind(part);
    part->name = oci_json_str(p, "name");
    part->version = oci_json_str(p, "versionInfo");
    spdx_source(part, oci_json_str(p, "sourceInfo"));

    rc = spdx_license(bom, part, oci_json_str(p, "licenseDeclared"), err);

    json_array_foreach(json_object_get(p, "externalRefs"), i, e) {

        s = oci_json_str(e, "referenceType");

        if (oci_str_is(&s, "purl") && part->purl.len == 0) {
            part->purl = oci_json_str(e, "referenceLocator");
        }
    }

    json_array_foreach(json_object_get(p, "checksums"), i, e) {
        value = oci_json_str(e, "checksumValue");
        s = sbom_hash(bom->pool, oci_json_str(e, "algorithm"), &value);
        part->digest = part->digest.len ? part->digest : s;
    }

    return (rc == OCI_OK) ? spdx_notes(part, p, err) : rc;
}


/* annotations, or, where there are none, what 2.2 had in their place */

static oci_status_e
spdx_notes(oci_scan_part_t *part, const json_t *p, oci_error_t *err)
{
    size_t         i;
    json_t        *e;
    oci_status_e   rc;
    const json_t  *list;

    rc = OCI_OK;
    list = json_object_get(p, "annotations");

    json_array_foreach(list, i, e) {
        if (rc == OCI_OK) {
            rc = spdx_note(part, oci_json_str(e, "comment"), err);
        }
    }

    if (json_array_size(list) != 0) {
        return rc;
    }

    json_array_foreach(json_object_get(p, "attributionTexts"), i, e) {
        if (rc == OCI_OK) {
            rc = spdx_note(part, oci_str(json_string_value(e)), err);
        }
    }

    return rc;
}


static oci_str_t
spdx_ref(oci_str_t id)
{
    (void) oci_scan_text_cut_prefix(&id, "SPDXRef-");
    return id;
}


static void
spdx_kind(oci_scan_part_t *part)
{
    part->kind = oci_str_prefix(&part->ref, "OperatingSystem")
                 ? OCI_SCAN_PART_OS
                 : oci_str_prefix(&part->ref, "Application")
                 ? OCI_SCAN_PART_APPLICATION : OCI_SCAN_PART_LIBRARY;
}


static oci_status_e
spdx_license(oci_scan_sbom_t *bom, oci_scan_part_t *part,
    oci_str_t declared, oci_error_t *err)
{
    oci_str_t    s, *to;
    oci_array_t  list;

    oci_array_init(&list, bom->pool, sizeof(oci_str_t));

    while (!oci_str_is(&declared, "NONE")
           && oci_scan_text_split(&declared, ',', &s))
    {
        to = oci_array_push(&list);
        if (to == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *to = s;
    }

    part->licenses = oci_scan_strs(&list);
    return OCI_OK;
}


static void
spdx_source(oci_scan_part_t *part, oci_str_t info)
{
    if (oci_scan_text_cut_prefix(&info, "built package from: ")) {
        (void) oci_scan_text_cut(info, ' ', &part->src_name,
                                 &part->src_version);
    }
}


/* "Key: value", as Trivy keeps what SPDX has no field for */

static oci_status_e
spdx_note(oci_scan_part_t *part, oci_str_t text, oci_error_t *err)
{
    ssize_t    at;
    oci_str_t  key;

    at = oci_scan_text_find(&text, ": ");
    if (at == -1) {
        return OCI_OK;
    }

    key = text;
    key.len = (size_t) at;

    return sbom_prop(part, key,
                     oci_scan_text_skip(text, (size_t) at + 2), err);
}


static oci_status_e
spdx_relation(oci_scan_sbom_t *bom, oci_str_t from, oci_str_t type,
    oci_str_t to, oci_error_t *err)
{
    size_t  i;

    from = spdx_ref(from);
    to = spdx_ref(to);

    if (oci_str_is(&type, "DESCRIBES") || oci_str_is(&type, "DESCRIBE")) {

        i = (uintptr_t) oci_scan_map_get(&bom->refs, &to);

        if (i != 0) {
            ((oci_scan_part_t *) bom->parts.elts)[i - 1].root = true;
        }

        return OCI_OK;
    }

    return sbom_edge(bom, &from, &to, err);
}


static oci_status_e
spdx_tag(oci_scan_sbom_t *bom, oci_scan_part_t **part, oci_str_t *name,
    oci_str_t key, oci_str_t value, oci_error_t *err)
{
    oci_str_t  a, b, c;

    if (oci_str_is(&key, "SPDXVersion")) {
        return spdx_version(value, err);
    }

    if (oci_str_is(&key, "PackageName")) {
        *name = value;
        *part = NULL;
        return OCI_OK;
    }

    if (oci_str_is(&key, "FileName") || oci_str_is(&key, "SnippetSPDXID")) {
        name->len = 0;
        *part = NULL;
        return OCI_OK;
    }

    if (oci_str_is(&key, "Relationship")) {
        spdx_words(value, &a, &b, &c);
        return spdx_relation(bom, a, b, c, err);
    }

    if (oci_str_is(&key, "SPDXID") && name->len != 0 && *part == NULL) {
        *part = spdx_named(bom, *name, value, err);
        return (*part == NULL) ? err->status : OCI_OK;
    }

    return (*part == NULL) ? OCI_OK
           : spdx_tag_package(bom, *part, key, value, err);
}


static oci_scan_part_t *
spdx_named(oci_scan_sbom_t *bom, oci_str_t name, oci_str_t id,
    oci_error_t *err)
{
    oci_str_t         ref;
    oci_scan_part_t  *part;

    ref = spdx_ref(id);
    part = sbom_part(bom, &ref, err);

    if (part != NULL) {
        spdx_kind(part);
        part->name = name;
    }

    return part;
}


static oci_status_e
spdx_tag_package(oci_scan_sbom_t *bom, oci_scan_part_t *part, oci_str_t key,
    oci_str_t value, oci_error_t *err)
{
    oci_str_t  a, b, c;

    if (oci_str_is(&key, "PackageLicenseDeclared")) {
        return spdx_license(bom, part, value, err);
    }

    if (oci_str_is(&key, "PackageAttributionText")
        || oci_str_is(&key, "AnnotationComment"))
    {
        return spdx_note(part, value, err);
    }

    if (oci_str_is(&key, "PackageVersion")) {
        part->version = value;

    } else if (oci_str_is(&key, "PackageSourceInfo")) {
        spdx_source(part, value);

    } else if (oci_str_is(&key, "PackageChecksum")) {
        (void) oci_scan_text_cut(value, ':', &a, &b);
        b = oci_scan_text_trim(b);
        part->digest = sbom_hash(bom->pool, a, &b);

    } else if (oci_str_is(&key, "ExternalRef")) {
        spdx_words(value, &a, &b, &c);

        if (oci_str_is(&b, "purl") && part->purl.len == 0) {
            part->purl = c;
        }
    }

    return OCI_OK;
}


static void
spdx_words(oci_str_t value, oci_str_t *a, oci_str_t *b, oci_str_t *c)
{
    (void) oci_scan_text_word(&value, a);
    (void) oci_scan_text_word(&value, b);
    (void) oci_scan_text_word(&value, c);
}


static bool
spdx_tag_value(oci_str_t *rest, oci_str_t *value)
{
    ssize_t    end;
    oci_str_t  s;

    s = *rest;

    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s = oci_scan_text_skip(s, 1);
    }

    if (!oci_scan_text_cut_prefix(&s, "<text>")) {

        *rest = s;

        if (!oci_scan_text_line(rest, value)) {
            value->len = 0;
        }

        *value = oci_scan_text_trim(*value);
        return true;
    }

    end = oci_scan_text_find(&s, "</text>");
    if (end == -1) {
        return false;
    }

    value->data = s.data;
    value->len = (size_t) end;
    *rest = oci_scan_text_skip(s, (size_t) end + 7);
    return true;
}
