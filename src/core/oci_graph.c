/*
 * What holds the manifests of a repository.
 */

#include "oci_graph.h"

#include <stdlib.h>
#include <string.h>


#define OCI_GRAPH_MANIFEST_MAX  (64 * 1024 * 1024)


static oci_status_e oci_graph_node(void *data, const oci_link_t *link,
    oci_error_t *err);
static int oci_node_cmp(const void *a, const void *b);
static oci_status_e oci_graph_tag(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_node_t *oci_graph_named(oci_graph_t *g, const oci_str_t *tag);
static oci_status_e oci_graph_subjects(oci_graph_t *g, oci_error_t *err);
static oci_status_e oci_graph_subject(oci_graph_t *g, size_t i,
    oci_error_t *err);
static oci_status_e oci_graph_bind(oci_graph_t *g, oci_node_t *subject,
    size_t node, const oci_str_t *tag, oci_error_t *err);
static int oci_bond_cmp(const void *a, const void *b);
static oci_status_e oci_graph_live(oci_graph_t *g, oci_node_t *node,
    oci_error_t *err);
static oci_status_e oci_graph_children(oci_graph_t *g, oci_node_t *node);
static oci_status_e oci_graph_bonds(oci_graph_t *g, size_t subject);


oci_status_e
oci_graph_build(oci_graph_t *g, oci_error_t *err)
{
    oci_status_e  rc;

    oci_array_init(&g->nodes, g->repo->pool, sizeof(oci_node_t));
    oci_array_init(&g->bonds, g->repo->pool, sizeof(oci_bond_t));
    oci_array_init(&g->work, g->repo->pool, sizeof(size_t));

    rc = oci_store_walk_links(g->repo, OCI_LINK_REVISION, oci_graph_node, g,
                              err);
    if (rc != OCI_OK || g->doubt) {
        return rc;
    }

    if (g->nodes.nelts != 0) {
        qsort(g->nodes.elts, g->nodes.nelts, sizeof(oci_node_t), oci_node_cmp);
    }

    rc = oci_store_walk_links(g->repo, OCI_LINK_TAG, oci_graph_tag, g, err);

    if (rc == OCI_OK && !g->doubt) {
        rc = oci_graph_subjects(g, err);
    }

    if (g->bonds.nelts != 0) {
        qsort(g->bonds.elts, g->bonds.nelts, sizeof(oci_bond_t), oci_bond_cmp);
    }

    return rc;
}


static oci_status_e
oci_graph_node(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_node_t   *node;
    oci_graph_t  *g = data;
    oci_digest_t  digest;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (link->status != OCI_OK
        || oci_digest_parse(&digest, &link->name) != OCI_OK)
    {
        g->doubt = true;
        return OCI_OK;
    }

    node = oci_array_push(&g->nodes);
    if (node == NULL) {
        return oci_nomem(err);
    }

    node->digest = digest;
    node->time = link->time;

    return OCI_OK;
}


static int
oci_node_cmp(const void *a, const void *b)
{
    const oci_node_t  *x = a, *y = b;

    return strcmp(x->digest.text, y->digest.text);
}


oci_node_t *
oci_graph_find(oci_graph_t *g, const oci_digest_t *digest)
{
    oci_node_t  key;

    memset(&key, 0, sizeof(oci_node_t));
    key.digest = *digest;

    return (g->nodes.nelts == 0) ? NULL
           : bsearch(&key, g->nodes.elts, g->nodes.nelts, sizeof(oci_node_t),
                     oci_node_cmp);
}


static oci_status_e
oci_graph_tag(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_node_t   *node, *subject;
    oci_graph_t  *g = data;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    node = (link->status == OCI_OK) ? oci_graph_find(g, &link->target) : NULL;

    if (node == NULL) {
        g->doubt = true;
        return OCI_OK;
    }

    subject = oci_graph_named(g, &link->name);

    if (subject != NULL && subject != node) {
        return oci_graph_bind(g, subject, (size_t) (node
                              - (oci_node_t *) g->nodes.elts), &link->name,
                              err);
    }

    return oci_graph_live(g, node, err);
}


/*
 * cosign's tags, sha256-<hex> with .sig, .att or .sbom, and those of the
 * referrers tag schema: what they are named after, if it is in the repository.
 */

static oci_node_t *
oci_graph_named(oci_graph_t *g, const oci_str_t *tag)
{
    size_t        len;
    u_char       *dash, *dot;
    oci_str_t     name;
    oci_digest_t  digest;
    char          text[OCI_DIGEST_MAX + 1];

    dash = memchr(tag->data, '-', tag->len);
    dot = memchr(tag->data, '.', tag->len);
    len = (dot != NULL) ? (size_t) (dot - tag->data) : tag->len;

    if (dash == NULL || len > OCI_DIGEST_MAX) {
        return NULL;
    }

    memcpy(text, tag->data, len);
    text[dash - tag->data] = ':';
    name.data = (u_char *) text;
    name.len = len;

    return (oci_digest_parse(&digest, &name) == OCI_OK)
           ? oci_graph_find(g, &digest) : NULL;
}


/* what is young stays by itself, and a referrer with its subject */

static oci_status_e
oci_graph_subjects(oci_graph_t *g, oci_error_t *err)
{
    size_t        i;
    oci_node_t   *nodes;
    oci_status_e  rc;

    rc = OCI_OK;
    nodes = g->nodes.elts;

    for (i = 0; rc == OCI_OK && i < g->nodes.nelts; i++) {

        if (!nodes[i].live && oci_graph_young(g, &nodes[i], g->c->cutoff)) {
            rc = oci_graph_live(g, &nodes[i], err);
        }

        if (rc == OCI_OK && !nodes[i].live) {
            rc = oci_graph_subject(g, i, err);
        }
    }

    return rc;
}


static oci_status_e
oci_graph_subject(oci_graph_t *g, size_t i, oci_error_t *err)
{
    oci_node_t     *node, *subject;
    oci_pool_t     *pool;
    oci_status_e    rc;
    oci_manifest_t  m;

    node = (oci_node_t *) g->nodes.elts + i;
    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_graph_parse(g, pool, &node->digest, &m);

    if (rc == OCI_OK && m.subject != NULL) {
        subject = oci_graph_find(g, &m.subject->digest);

        if (subject != NULL && subject != node) {
            rc = oci_graph_bind(g, subject, i, NULL, err);
        }
    }

    if (rc == OCI_OK) {
        rc = oci_store_manifest_mark(g->repo, &node->digest, &node->mark,
                                     NULL);
    }

    oci_pool_destroy(pool);

    if (rc == OCI_NOMEM) {
        return oci_nomem(err);
    }

    if (rc != OCI_OK) {
        g->doubt = true;
    }

    return OCI_OK;
}


static oci_status_e
oci_graph_bind(oci_graph_t *g, oci_node_t *subject, size_t node,
    const oci_str_t *tag, oci_error_t *err)
{
    oci_bond_t  *bond;

    bond = oci_array_push(&g->bonds);
    if (bond == NULL) {
        return oci_nomem(err);
    }

    bond->subject = (size_t) (subject - (oci_node_t *) g->nodes.elts);
    bond->node = node;

    if (tag != NULL) {
        bond->tag = oci_str_dup(g->repo->pool, tag->data, tag->len);

        if (bond->tag.data == NULL) {
            return oci_nomem(err);
        }
    }

    return OCI_OK;
}


static int
oci_bond_cmp(const void *a, const void *b)
{
    const oci_bond_t  *x = a, *y = b;

    return (x->subject > y->subject) - (x->subject < y->subject);
}


static oci_status_e
oci_graph_live(oci_graph_t *g, oci_node_t *node, oci_error_t *err)
{
    size_t  *work;

    if (node->live) {
        return OCI_OK;
    }

    work = oci_array_push(&g->work);
    if (work == NULL) {
        return oci_nomem(err);
    }

    node->live = true;
    *work = (size_t) (node - (oci_node_t *) g->nodes.elts);

    return OCI_OK;
}


oci_status_e
oci_graph_follow(oci_graph_t *g, oci_error_t *err)
{
    size_t        i;
    oci_node_t   *node;
    oci_status_e  rc;

    while (g->work.nelts != 0) {
        i = ((size_t *) g->work.elts)[--g->work.nelts];
        node = (oci_node_t *) g->nodes.elts + i;

        rc = oci_keep_manifest(g->c, g->repo, &node->digest, NULL, NULL);

        if (rc == OCI_OK) {
            rc = oci_graph_children(g, node);
        }

        if (rc == OCI_OK) {
            rc = oci_graph_bonds(g, i);
        }

        if (rc == OCI_NOMEM) {
            return oci_nomem(err);
        }

        if (rc != OCI_OK) {
            g->doubt = true;
            return OCI_OK;
        }

        rc = oci_collector_pace(g->c);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* the children of an index that are manifests of the repository */

static oci_status_e
oci_graph_children(oci_graph_t *g, oci_node_t *node)
{
    size_t          i;
    oci_node_t     *child;
    oci_pool_t     *pool;
    oci_status_e    rc;
    oci_manifest_t  m;

    pool = oci_pool_create();
    if (pool == NULL) {
        return OCI_NOMEM;
    }

    rc = oci_graph_parse(g, pool, &node->digest, &m);

    for (i = 0; rc == OCI_OK && m.kind == OCI_INDEX && i < m.nparts; i++) {
        child = oci_graph_find(g, &m.parts[i].digest);

        if (child != NULL) {
            rc = oci_graph_live(g, child, NULL);
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


oci_status_e
oci_graph_parse(oci_graph_t *g, oci_pool_t *pool, const oci_digest_t *digest,
    oci_manifest_t *m)
{
    oci_str_t     content, none = oci_null_string;
    oci_repo_t    repo;
    oci_status_e  rc;

    repo = *g->repo;
    repo.pool = pool;

    rc = oci_store_manifest(&repo, digest, OCI_GRAPH_MANIFEST_MAX, &content,
                            NULL);

    return (rc == OCI_OK) ? oci_manifest_parse(m, pool, &content, &none, NULL)
                          : rc;
}


/* what stays while the subject does: bonds are in order of their subjects */

static oci_status_e
oci_graph_bonds(oci_graph_t *g, size_t subject)
{
    size_t        low, high, middle;
    oci_bond_t   *bonds;
    oci_status_e  rc;

    low = 0;
    high = g->bonds.nelts;
    bonds = g->bonds.elts;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (bonds[middle].subject < subject) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    rc = OCI_OK;

    for ( /* void */ ;
         rc == OCI_OK && low < g->bonds.nelts && bonds[low].subject == subject;
         low++)
    {
        rc = oci_graph_live(g, (oci_node_t *) g->nodes.elts + bonds[low].node,
                            NULL);
    }

    return rc;
}


/* changed or needed at or after since; in doubt, yes */

bool
oci_graph_young(oci_graph_t *g, const oci_node_t *node, int64_t since)
{
    bool          young;
    int64_t       time;
    oci_pool_t   *pool;

    if (node->time >= since) {
        return true;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return true;
    }

    young = oci_store_renewed(g->repo->store, pool, &node->digest, &time, NULL)
            != OCI_OK || time >= since;

    oci_pool_destroy(pool);

    return young;
}
