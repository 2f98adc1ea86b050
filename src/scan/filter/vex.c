/*
 * OpenVEX and CycloneDX VEX; CSAF is in vex_csaf.c.
 */

#include "vex.h"
#include "oci_json.h"
#include "vex_csaf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static oci_status_e vex_read(const char *path, oci_buf_t *b,
    oci_error_t *err);
static oci_status_e vex_openvex(oci_scan_vex_t *vex, oci_pool_t *pool,
    const json_t *doc);
static oci_status_e vex_statement(oci_scan_vex_statement_t *s,
    oci_pool_t *pool, const json_t *doc, const json_t *statement);
static oci_status_e vex_names(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *vulnerability);
static oci_status_e vex_add_name(oci_scan_vex_statement_t *s,
    oci_pool_t *pool, const json_t *name);
static oci_status_e vex_product(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *product);
static oci_status_e vex_ids(oci_array_t *ids, oci_pool_t *pool,
    const json_t *component);
static oci_status_e vex_id(oci_array_t *ids, oci_pool_t *pool,
    const json_t *value);
static int vex_by_time(const void *one, const void *two);
static oci_status_e vex_cyclonedx(oci_scan_vex_t *vex, oci_pool_t *pool,
    const json_t *doc);
static oci_status_e vex_analysis(oci_scan_vex_statement_t *s,
    oci_pool_t *pool, const json_t *vulnerability);
static bool vex_named(const oci_scan_vex_statement_t *s, const oci_str_t *id);
static bool vex_about(const oci_scan_vex_statement_t *s,
    const oci_scan_purl_t *product, const oci_scan_purl_t *part);
static bool vex_fits(const oci_array_t *ids, const oci_scan_purl_t *purl);
static bool vex_links(const oci_scan_vex_statement_t *s, const oci_str_t *bom,
    const oci_str_t *ref);
static bool vex_is_link(const oci_str_t *link, const oci_str_t *bom,
    const oci_str_t *ref);
static oci_str_t vex_dup(oci_pool_t *pool, const json_t *obj,
    const char *key);


static const struct {
    const char      *name;
    oci_scan_vex_e   status;
} vex_statuses[] = {
    { "not_affected", OCI_SCAN_VEX_NOT_AFFECTED },
    { "affected", OCI_SCAN_VEX_AFFECTED },
    { "fixed", OCI_SCAN_VEX_FIXED },
    { "under_investigation", OCI_SCAN_VEX_INVESTIGATED },
    { "unknown", OCI_SCAN_VEX_UNKNOWN },
    { NULL, OCI_SCAN_VEX_UNKNOWN }
};


static const struct {
    const char      *name;
    oci_scan_vex_e   status;
} vex_states[] = {
    { "resolved", OCI_SCAN_VEX_FIXED },
    { "resolved_with_pedigree", OCI_SCAN_VEX_FIXED },
    { "exploitable", OCI_SCAN_VEX_AFFECTED },
    { "in_triage", OCI_SCAN_VEX_INVESTIGATED },
    { "false_positive", OCI_SCAN_VEX_NOT_AFFECTED },
    { "not_affected", OCI_SCAN_VEX_NOT_AFFECTED },
    { NULL, OCI_SCAN_VEX_UNKNOWN }
};


oci_status_e
oci_scan_vex_load(oci_scan_vex_t *vex, oci_pool_t *pool, const char *path,
    oci_error_t *err)
{
    oci_buf_t     b;
    oci_str_t     text;
    oci_status_e  rc;

    memset(&b, 0, sizeof(b));

    rc = vex_read(path, &b, err);

    if (rc == OCI_OK) {
        text.data = b.data != NULL ? b.data : (u_char *) "";
        text.len = b.len;

        rc = oci_scan_vex_parse(vex, pool, &text, err);
        vex->source = oci_str_dup(pool, (const u_char *) path, strlen(path));
    }

    oci_buf_free(&b);

    return rc;
}


static oci_status_e
vex_read(const char *path, oci_buf_t *b, oci_error_t *err)
{
    int      failed;
    FILE    *f;
    size_t   n;
    u_char   chunk[8192];

    f = fopen(path, "re");
    if (f == NULL) {
        return oci_error_errno(err, errno, "VEX document \"%s\"", path);
    }

    do {
        n = fread(chunk, 1, sizeof(chunk), f);
        oci_buf_add(b, chunk, n);
    } while (n == sizeof(chunk) && b->len <= OCI_SCAN_VEX_MAX && !b->failed);

    failed = ferror(f) ? errno : 0;
    (void) fclose(f);

    if (failed != 0) {
        return oci_error_errno(err, failed, "VEX document \"%s\"", path);
    }

    return b->failed ? oci_error(err, OCI_NOMEM, 0, "out of memory") : OCI_OK;
}


oci_status_e
oci_scan_vex_parse(oci_scan_vex_t *vex, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    json_t        *doc;
    oci_str_t      context, format;
    oci_status_e   rc;

    memset(vex, 0, sizeof(oci_scan_vex_t));
    oci_array_init(&vex->statements, pool, sizeof(oci_scan_vex_statement_t));

    if (text->len > OCI_SCAN_VEX_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "VEX document is too large");
    }

    doc = oci_json_load(text->data, text->len, 0, err);
    if (doc == NULL) {
        return OCI_INVALID;
    }

    context = oci_json_str(doc, "@context");
    format = oci_json_str(doc, "bomFormat");

    if (oci_str_is(&format, "CycloneDX")) {
        vex->cyclonedx = true;
        rc = vex_cyclonedx(vex, pool, doc);

    } else if (context.len != 0) {
        rc = vex_openvex(vex, pool, doc);

    } else if (json_is_object(json_object_get(doc, "document"))
               && json_is_array(json_object_get(doc, "vulnerabilities")))
    {
        rc = vex_csaf(vex, pool, doc);

    } else {
        rc = oci_error(err, OCI_INVALID, 0,
                       "no OpenVEX, CycloneDX or CSAF document");
    }

    json_decref(doc);

    if (rc == OCI_LIMIT) {
        oci_error(err, rc, 0, "VEX document has too many statements");

    } else if (rc != OCI_OK) {
        oci_error(err, rc, 0, "out of memory");
    }

    return rc;
}


static oci_status_e
vex_openvex(oci_scan_vex_t *vex, oci_pool_t *pool, const json_t *doc)
{
    size_t                     i;
    json_t                    *list, *item;
    oci_status_e               rc;
    oci_scan_vex_statement_t  *s;

    list = json_object_get(doc, "statements");

    json_array_foreach(list, i, item) {

        if (i == OCI_SCAN_VEX_STATEMENTS) {
            return OCI_LIMIT;
        }

        s = oci_array_push(&vex->statements);
        if (s == NULL) {
            return OCI_NOMEM;
        }

        s->order = i;

        rc = vex_statement(s, pool, doc, item);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (vex->statements.nelts > 1) {
        qsort(vex->statements.elts, vex->statements.nelts,
              sizeof(oci_scan_vex_statement_t), vex_by_time);
    }

    return OCI_OK;
}


static oci_status_e
vex_statement(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *doc, const json_t *statement)
{
    size_t     i;
    json_t    *products, *item;
    oci_str_t  status;

    oci_array_init(&s->names, pool, sizeof(oci_str_t));
    oci_array_init(&s->products, pool, sizeof(oci_scan_vex_product_t));

    status = oci_json_str(statement, "status");

    for (i = 0; vex_statuses[i].name != NULL; i++) {
        if (oci_str_is(&status, vex_statuses[i].name)) {
            s->status = vex_statuses[i].status;
        }
    }

    s->justification = vex_dup(pool, statement, "justification");
    s->timestamp = vex_dup(pool, statement, "timestamp");

    if (s->timestamp.len == 0) {
        s->timestamp = vex_dup(pool, doc, "timestamp");
    }

    if (vex_names(s, pool, json_object_get(statement, "vulnerability"))
        != OCI_OK)
    {
        return OCI_NOMEM;
    }

    products = json_object_get(statement, "products");

    json_array_foreach(products, i, item) {
        if (vex_product(s, pool, item) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


/* an object with @id, name and aliases; older documents have a string */

static oci_status_e
vex_names(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *vulnerability)
{
    size_t   i;
    json_t  *aliases, *alias;

    if (vex_add_name(s, pool, vulnerability) != OCI_OK
        || vex_add_name(s, pool, json_object_get(vulnerability, "@id"))
           != OCI_OK
        || vex_add_name(s, pool, json_object_get(vulnerability, "name"))
           != OCI_OK)
    {
        return OCI_NOMEM;
    }

    aliases = json_object_get(vulnerability, "aliases");

    json_array_foreach(aliases, i, alias) {
        if (vex_add_name(s, pool, alias) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_add_name(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *name)
{
    oci_str_t  *text;

    if (!json_is_string(name) || json_string_length(name) == 0) {
        return OCI_OK;
    }

    text = oci_array_push(&s->names);
    if (text == NULL) {
        return OCI_NOMEM;
    }

    *text = oci_str_dup(pool, (const u_char *) json_string_value(name),
                        json_string_length(name));

    return text->data == NULL ? OCI_NOMEM : OCI_OK;
}


static oci_status_e
vex_product(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *product)
{
    size_t                   i;
    json_t                  *parts, *part;
    oci_scan_vex_product_t  *p;

    p = oci_array_push(&s->products);
    if (p == NULL) {
        return OCI_NOMEM;
    }

    oci_array_init(&p->ids, pool, sizeof(oci_scan_vex_id_t));
    oci_array_init(&p->parts, pool, sizeof(oci_scan_vex_id_t));

    if (vex_ids(&p->ids, pool, product) != OCI_OK) {
        return OCI_NOMEM;
    }

    parts = json_object_get(product, "subcomponents");

    json_array_foreach(parts, i, part) {
        if (vex_ids(&p->parts, pool, part) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_ids(oci_array_t *ids, oci_pool_t *pool, const json_t *component)
{
    json_t      *more, *value;
    const char  *kind;

    if (vex_id(ids, pool, component) != OCI_OK
        || vex_id(ids, pool, json_object_get(component, "@id")) != OCI_OK)
    {
        return OCI_NOMEM;
    }

    more = json_object_get(component, "identifiers");

    json_object_foreach(more, kind, value) {
        if (vex_id(ids, pool, value) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_id(oci_array_t *ids, oci_pool_t *pool, const json_t *value)
{
    oci_str_t           text;
    oci_scan_vex_id_t  *id;

    if (!json_is_string(value) || json_string_length(value) == 0) {
        return OCI_OK;
    }

    id = oci_array_push(ids);
    if (id == NULL) {
        return OCI_NOMEM;
    }

    text.data = (u_char *) json_string_value(value);
    text.len = json_string_length(value);

    id->url = oci_scan_purl_parse(&id->purl, pool, &text, NULL) == OCI_OK;
    id->text = oci_str_dup(pool, text.data, text.len);

    return id->text.data == NULL ? OCI_NOMEM : OCI_OK;
}


/* RFC 3339 in UTC sorts as text; equal times keep the document's order */

static int
vex_by_time(const void *one, const void *two)
{
    int                              rc;
    const oci_scan_vex_statement_t  *a = one, *b = two;

    rc = oci_str_cmp(&a->timestamp, &b->timestamp);

    return rc != 0 ? rc : (a->order > b->order) - (a->order < b->order);
}


static oci_status_e
vex_cyclonedx(oci_scan_vex_t *vex, oci_pool_t *pool, const json_t *doc)
{
    size_t                     i;
    json_t                    *list, *item;
    oci_scan_vex_statement_t  *s;

    list = json_object_get(doc, "vulnerabilities");

    json_array_foreach(list, i, item) {

        if (i == OCI_SCAN_VEX_STATEMENTS) {
            return OCI_LIMIT;
        }

        s = oci_array_push(&vex->statements);
        if (s == NULL || vex_analysis(s, pool, item) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_analysis(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const json_t *vulnerability)
{
    size_t                   i;
    json_t                  *analysis, *affects, *item;
    oci_str_t                state;
    oci_scan_vex_product_t  *p;

    oci_array_init(&s->names, pool, sizeof(oci_str_t));
    oci_array_init(&s->products, pool, sizeof(oci_scan_vex_product_t));

    analysis = json_object_get(vulnerability, "analysis");
    state = oci_json_str(analysis, "state");

    for (i = 0; vex_states[i].name != NULL; i++) {
        if (oci_str_is(&state, vex_states[i].name)) {
            s->status = vex_states[i].status;
        }
    }

    s->justification = vex_dup(pool, analysis, "justification");

    if (vex_add_name(s, pool, json_object_get(vulnerability, "id"))
        != OCI_OK)
    {
        return OCI_NOMEM;
    }

    affects = json_object_get(vulnerability, "affects");

    json_array_foreach(affects, i, item) {
        p = oci_array_push(&s->products);
        if (p == NULL) {
            return OCI_NOMEM;
        }

        oci_array_init(&p->ids, pool, sizeof(oci_scan_vex_id_t));
        oci_array_init(&p->parts, pool, sizeof(oci_scan_vex_id_t));

        if (vex_id(&p->ids, pool, json_object_get(item, "ref")) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return OCI_OK;
}


const oci_scan_vex_statement_t *
oci_scan_vex_find(const oci_scan_vex_t *vex, const oci_str_t *id,
    const oci_scan_purl_t *product, const oci_scan_purl_t *part)
{
    size_t                           i;
    const oci_scan_vex_statement_t  *s;

    s = vex->statements.elts;

    for (i = vex->statements.nelts; i-- != 0; /* void */ ) {
        if (vex_named(&s[i], id) && vex_about(&s[i], product, part)) {
            return &s[i];
        }
    }

    return NULL;
}


const oci_scan_vex_statement_t *
oci_scan_vex_find_ref(const oci_scan_vex_t *vex, const oci_str_t *id,
    const oci_str_t *bom, const oci_str_t *ref)
{
    size_t                           i;
    const oci_scan_vex_statement_t  *s;

    s = vex->statements.elts;

    for (i = vex->statements.nelts; i-- != 0; /* void */ ) {
        if (vex_named(&s[i], id)) {
            return vex_links(&s[i], bom, ref) ? &s[i] : NULL;
        }
    }

    return NULL;
}


static bool
vex_named(const oci_scan_vex_statement_t *s, const oci_str_t *id)
{
    size_t            i;
    const oci_str_t  *name;

    name = s->names.elts;

    for (i = 0; i < s->names.nelts; i++) {
        if (oci_str_eq(&name[i], id)) {
            return true;
        }
    }

    return false;
}


/* a product that names its parts is meant for them only */

static bool
vex_about(const oci_scan_vex_statement_t *s, const oci_scan_purl_t *product,
    const oci_scan_purl_t *part)
{
    size_t                         i;
    const oci_scan_vex_product_t  *p;

    p = s->products.elts;

    for (i = 0; i < s->products.nelts; i++) {

        if (!vex_fits(&p[i].ids, product)) {
            continue;
        }

        if (p[i].parts.nelts == 0
            || (part != NULL && vex_fits(&p[i].parts, part)))
        {
            return true;
        }
    }

    return false;
}


static bool
vex_fits(const oci_array_t *ids, const oci_scan_purl_t *purl)
{
    size_t                    i;
    const oci_scan_vex_id_t  *id;

    id = ids->elts;

    for (i = 0; i < ids->nelts; i++) {
        if (id[i].url && oci_scan_purl_match(&id[i].purl, purl)) {
            return true;
        }
    }

    return false;
}


/* a BOM-Link is "urn:cdx:UUID/VERSION#REF" with REF percent-encoded */

static bool
vex_links(const oci_scan_vex_statement_t *s, const oci_str_t *bom,
    const oci_str_t *ref)
{
    size_t                         i;
    const oci_scan_vex_product_t  *p;

    p = s->products.elts;

    for (i = 0; i < s->products.nelts; i++) {
        if (p[i].ids.nelts != 0
            && vex_is_link(&((oci_scan_vex_id_t *) p[i].ids.elts)->text, bom,
                           ref))
        {
            return true;
        }
    }

    return false;
}


/* "BOM#REF", the reference with percent-encoding */

static bool
vex_is_link(const oci_str_t *link, const oci_str_t *bom, const oci_str_t *ref)
{
    size_t    k, n;
    unsigned  hex;

    if (link->len <= bom->len || bom->len == 0
        || memcmp(link->data, bom->data, bom->len) != 0
        || link->data[bom->len] != '#')
    {
        return false;
    }

    n = 0;

    for (k = bom->len + 1; k < link->len && n < ref->len; k++, n++) {
        hex = link->data[k];

        if (hex == '%' && link->len - k > 2
            && sscanf((char *) link->data + k + 1, "%2x", &hex) == 1)
        {
            k += 2;
        }

        if (hex != ref->data[n]) {
            return false;
        }
    }

    return k == link->len && n == ref->len;
}


const char *
oci_scan_vex_name(oci_scan_vex_e status)
{
    size_t  i;

    for (i = 0; vex_statuses[i].name != NULL; i++) {
        if (vex_statuses[i].status == status) {
            return vex_statuses[i].name;
        }
    }

    return "unknown";
}


static oci_str_t
vex_dup(oci_pool_t *pool, const json_t *obj, const char *key)
{
    oci_str_t  s;

    s = oci_json_str(obj, key);

    return oci_str_dup(pool, s.len == 0 ? (u_char *) "" : s.data, s.len);
}
