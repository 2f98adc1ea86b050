/*
 * CSAF: products have names in a tree, and statements refer to these.
 *
 * Source: OASIS CSAF 2.0, 3.2.2 "product_tree", 3.2.3 "vulnerabilities".
 */

#include "vex_csaf.h"
#include "oci_json.h"
#include "base/map.h"

#include <string.h>


#define CSAF_DEPTH     32           /* of branches */
#define CSAF_PRODUCTS  200000       /* in the tree and in all statements */


/* one product, perhaps a part of another one */

typedef struct {
    oci_array_t  ids;               /* of oci_scan_vex_id_t */
    oci_array_t  within;            /* of csaf_within_t */
} csaf_product_t;


typedef struct {
    oci_str_t    whole;             /* the ids of products */
    oci_str_t    part;
} csaf_within_t;


typedef struct {
    oci_scan_vex_t  *vex;
    oci_pool_t      *pool;
    oci_pool_t      *tmp;
    oci_scan_map_t   products;      /* by their ids */
    size_t           n;
} csaf_t;


static oci_status_e csaf_read(csaf_t *c, const json_t *doc);
static oci_status_e csaf_branches(csaf_t *c, const json_t *list,
    unsigned depth);
static oci_status_e csaf_names(csaf_t *c, const json_t *list);
static oci_status_e csaf_name(csaf_t *c, const json_t *name);
static oci_status_e csaf_relationships(csaf_t *c, const json_t *list);
static csaf_product_t *csaf_product(csaf_t *c, const oci_str_t *id);
static oci_status_e csaf_vulnerabilities(csaf_t *c, const json_t *list);
static oci_status_e csaf_statement(csaf_t *c, const json_t *vulnerability,
    const char *key, oci_scan_vex_e status);
static oci_status_e csaf_about(csaf_t *c, oci_scan_vex_statement_t *s,
    const oci_str_t *id);
static oci_status_e csaf_add(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const csaf_product_t *whole, const csaf_product_t *part);
static oci_str_t csaf_impact(const json_t *vulnerability);


oci_status_e
vex_csaf(oci_scan_vex_t *vex, oci_pool_t *pool, const json_t *doc)
{
    csaf_t        c;
    oci_status_e  rc;

    memset(&c, 0, sizeof(c));
    c.vex = vex;
    c.pool = pool;
    c.tmp = oci_pool_create();

    if (c.tmp == NULL) {
        return OCI_NOMEM;
    }

    oci_scan_map_init(&c.products, c.tmp);
    rc = csaf_read(&c, doc);
    oci_pool_destroy(c.tmp);

    return rc;
}


static oci_status_e
csaf_read(csaf_t *c, const json_t *doc)
{
    json_t        *tree;
    oci_status_e   rc;

    tree = json_object_get(doc, "product_tree");
    rc = csaf_branches(c, json_object_get(tree, "branches"), 0);

    if (rc == OCI_OK) {
        rc = csaf_names(c, json_object_get(tree, "full_product_names"));
    }

    if (rc == OCI_OK) {
        rc = csaf_relationships(c, json_object_get(tree, "relationships"));
    }

    return (rc == OCI_OK)
           ? csaf_vulnerabilities(c, json_object_get(doc, "vulnerabilities"))
           : rc;
}


static oci_status_e
csaf_branches(csaf_t *c, const json_t *list, unsigned depth)
{
    size_t         i;
    json_t        *branch;
    oci_status_e   rc;

    if (depth == CSAF_DEPTH) {
        return OCI_LIMIT;
    }

    json_array_foreach(list, i, branch) {
        rc = csaf_name(c, json_object_get(branch, "product"));

        if (rc == OCI_OK) {
            rc = csaf_branches(c, json_object_get(branch, "branches"),
                               depth + 1);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
csaf_names(csaf_t *c, const json_t *list)
{
    size_t         i;
    json_t        *name;
    oci_status_e   rc;

    json_array_foreach(list, i, name) {
        rc = csaf_name(c, name);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* a product is known by its package URL, if it has one */

static oci_status_e
csaf_name(csaf_t *c, const json_t *name)
{
    oci_str_t           id, url;
    csaf_product_t     *product;
    oci_scan_vex_id_t  *to;

    id = oci_json_str(name, "product_id");
    url = oci_json_str(json_object_get(name, "product_identification_helper"),
                       "purl");

    if (id.len == 0 || url.len == 0) {
        return OCI_OK;
    }

    if (c->n++ == CSAF_PRODUCTS) {
        return OCI_LIMIT;
    }

    product = csaf_product(c, &id);
    to = (product != NULL) ? oci_array_push(&product->ids) : NULL;

    if (to == NULL) {
        return OCI_NOMEM;
    }

    to->url = oci_scan_purl_parse(&to->purl, c->pool, &url, NULL) == OCI_OK;
    to->text = oci_str_dup(c->pool, url.data, url.len);

    return (to->text.data != NULL) ? OCI_OK : OCI_NOMEM;
}


static oci_status_e
csaf_relationships(csaf_t *c, const json_t *list)
{
    size_t           i;
    json_t          *item, *name;
    oci_str_t        id, category;
    oci_status_e     rc;
    csaf_within_t   *within;
    csaf_product_t  *product;

    json_array_foreach(list, i, item) {

        name = json_object_get(item, "full_product_name");
        id = oci_json_str(name, "product_id");
        category = oci_json_str(item, "category");

        rc = csaf_name(c, name);
        if (rc != OCI_OK) {
            return rc;
        }

        if (id.len == 0 || (!oci_str_is(&category, "default_component_of")
                            && !oci_str_is(&category, "installed_on")
                            && !oci_str_is(&category, "installed_with")))
        {
            continue;
        }

        product = (c->n++ < CSAF_PRODUCTS) ? csaf_product(c, &id) : NULL;
        within = (product != NULL) ? oci_array_push(&product->within) : NULL;

        if (within == NULL) {
            return (c->n > CSAF_PRODUCTS) ? OCI_LIMIT : OCI_NOMEM;
        }

        within->whole = oci_json_str(item, "relates_to_product_reference");
        within->part = oci_json_str(item, "product_reference");
    }

    return OCI_OK;
}


/* the one of that id, made when it is new; NULL: out of memory */

static csaf_product_t *
csaf_product(csaf_t *c, const oci_str_t *id)
{
    csaf_product_t  *product;

    product = oci_scan_map_get(&c->products, id);
    if (product != NULL) {
        return product;
    }

    product = oci_pcalloc(c->tmp, sizeof(csaf_product_t));

    if (product == NULL || !oci_scan_map_set(&c->products, id, product)) {
        return NULL;
    }

    oci_array_init(&product->ids, c->tmp, sizeof(oci_scan_vex_id_t));
    oci_array_init(&product->within, c->tmp, sizeof(csaf_within_t));

    return product;
}


/* of two with one id, the first counts */

static oci_status_e
csaf_vulnerabilities(csaf_t *c, const json_t *list)
{
    size_t           i;
    json_t          *item;
    oci_str_t        cve;
    oci_status_e     rc;
    oci_scan_map_t   seen;

    oci_scan_map_init(&seen, c->tmp);

    json_array_foreach(list, i, item) {

        if (i == OCI_SCAN_VEX_STATEMENTS) {
            return OCI_LIMIT;
        }

        cve = oci_json_str(item, "cve");

        if (cve.len == 0 || oci_scan_map_get(&seen, &cve) != NULL) {
            continue;
        }

        if (!oci_scan_map_set(&seen, &cve, item)) {
            return OCI_NOMEM;
        }

        rc = csaf_statement(c, item, "fixed", OCI_SCAN_VEX_FIXED);

        if (rc == OCI_OK) {
            rc = csaf_statement(c, item, "known_not_affected",
                                OCI_SCAN_VEX_NOT_AFFECTED);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
csaf_statement(csaf_t *c, const json_t *vulnerability, const char *key,
    oci_scan_vex_e status)
{
    size_t                     i;
    json_t                    *list, *item;
    oci_str_t                  id, why, cve, *name;
    oci_status_e               rc;
    oci_scan_vex_statement_t  *s;

    list = json_object_get(json_object_get(vulnerability, "product_status"),
                           key);

    if (json_array_size(list) == 0) {
        return OCI_OK;
    }

    s = oci_array_push(&c->vex->statements);
    if (s == NULL) {
        return OCI_NOMEM;
    }

    oci_array_init(&s->names, c->pool, sizeof(oci_str_t));
    oci_array_init(&s->products, c->pool, sizeof(oci_scan_vex_product_t));

    cve = oci_json_str(vulnerability, "cve");
    why = csaf_impact(vulnerability);
    name = oci_array_push(&s->names);

    if (name == NULL) {
        return OCI_NOMEM;
    }

    *name = oci_str_dup(c->pool, cve.data, cve.len);
    s->status = status;
    s->justification = oci_str_dup(c->pool, why.len ? why.data
                                                    : (u_char *) "", why.len);

    if (name->data == NULL || s->justification.data == NULL) {
        return OCI_NOMEM;
    }

    json_array_foreach(list, i, item) {
        id.data = (u_char *) json_string_value(item);
        id.len = json_string_length(item);

        rc = (id.len != 0) ? csaf_about(c, s, &id) : OCI_OK;
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
csaf_about(csaf_t *c, oci_scan_vex_statement_t *s, const oci_str_t *id)
{
    size_t           i;
    oci_status_e     rc;
    csaf_within_t   *within;
    csaf_product_t  *product, *whole, *part;

    product = oci_scan_map_get(&c->products, id);
    if (product == NULL) {
        return OCI_OK;
    }

    if (c->n++ >= 2 * CSAF_PRODUCTS) {
        return OCI_LIMIT;
    }

    rc = (product->ids.nelts != 0) ? csaf_add(s, c->pool, product, NULL)
                                   : OCI_OK;
    within = product->within.elts;

    for (i = 0; rc == OCI_OK && i < product->within.nelts; i++) {
        whole = oci_scan_map_get(&c->products, &within[i].whole);
        part = oci_scan_map_get(&c->products, &within[i].part);

        if (c->n++ >= 2 * CSAF_PRODUCTS) {
            return OCI_LIMIT;
        }

        /* a part without a package URL is none that could be found */

        if (whole != NULL && part != NULL && part->ids.nelts != 0) {
            rc = csaf_add(s, c->pool, whole, part);
        }
    }

    return rc;
}


static oci_status_e
csaf_add(oci_scan_vex_statement_t *s, oci_pool_t *pool,
    const csaf_product_t *whole, const csaf_product_t *part)
{
    size_t                   i, k;
    oci_array_t             *to;
    const oci_array_t       *from;
    oci_scan_vex_id_t       *id;
    oci_scan_vex_product_t  *p;

    p = oci_array_push(&s->products);
    if (p == NULL) {
        return OCI_NOMEM;
    }

    oci_array_init(&p->ids, pool, sizeof(oci_scan_vex_id_t));
    oci_array_init(&p->parts, pool, sizeof(oci_scan_vex_id_t));

    for (k = 0; k < (part != NULL ? 2 : 1); k++) {
        from = (k == 0) ? &whole->ids : &part->ids;
        to = (k == 0) ? &p->ids : &p->parts;

        for (i = 0; i < from->nelts; i++) {
            id = oci_array_push(to);
            if (id == NULL) {
                return OCI_NOMEM;
            }

            *id = ((const oci_scan_vex_id_t *) from->elts)[i];
        }
    }

    return OCI_OK;
}


/* why, in words */

static oci_str_t
csaf_impact(const json_t *vulnerability)
{
    size_t     i;
    json_t    *list, *item;
    oci_str_t  category, none = oci_null_string;

    list = json_object_get(vulnerability, "threats");

    json_array_foreach(list, i, item) {
        category = oci_json_str(item, "category");

        if (oci_str_is(&category, "impact")) {
            return oci_json_str(item, "details");
        }
    }

    return none;
}
