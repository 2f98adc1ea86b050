/*
 * Marking what the tags of a repository lead to, and removing the manifests
 * that none leads to.
 */

#include "oci_graph.h"

#include <string.h>


static oci_status_e oci_graph_remove(oci_graph_t *g, oci_error_t *err);
static oci_status_e oci_graph_untag(oci_graph_t *g, oci_error_t *err);
static oci_status_e oci_node_remove(oci_graph_t *g, oci_node_t *node,
    oci_error_t *err);
static oci_status_e oci_graph_look_again(oci_graph_t *g, oci_error_t *err);
static oci_status_e oci_graph_needed(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_node_restore(oci_graph_t *g, oci_node_t *node,
    oci_error_t *err);


oci_status_e
oci_keep_tagged(oci_collector_t *c, const oci_repo_t *repo, oci_error_t *err)
{
    oci_graph_t   g;
    oci_status_e  rc;

    memset(&g, 0, sizeof(oci_graph_t));
    g.c = c;
    g.repo = repo;
    rc = oci_graph_build(&g, err);

    if (rc == OCI_OK && g.doubt) {
        return oci_keep_repo(c, repo, INT64_MIN, err);
    }

    if (rc == OCI_OK) {
        rc = oci_graph_follow(&g, err);
    }

    if (rc == OCI_OK && g.doubt) {
        return oci_keep_repo(c, repo, INT64_MIN, err);
    }

    return (rc == OCI_OK) ? oci_graph_remove(&g, err) : rc;
}


static oci_status_e
oci_graph_remove(oci_graph_t *g, oci_error_t *err)
{
    size_t        i;
    oci_node_t   *nodes;
    oci_status_e  rc;

    nodes = g->nodes.elts;
    rc = oci_graph_untag(g, err);

    for (i = 0; rc == OCI_OK && i < g->nodes.nelts; i++) {
        if (!nodes[i].live) {
            rc = oci_node_remove(g, &nodes[i], err);
        }
    }

    return (rc == OCI_OK && !g->c->options->dry_run)
           ? oci_graph_look_again(g, err) : rc;
}


/* the tags of signatures whose subject goes: no tag is left without manifest */

static oci_status_e
oci_graph_untag(oci_graph_t *g, oci_error_t *err)
{
    size_t        i;
    oci_bond_t   *bonds;
    oci_node_t   *nodes;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_digest_t  target;
    oci_status_e  rc;

    rc = OCI_OK;
    bonds = g->bonds.elts;
    nodes = g->nodes.elts;

    for (i = 0; rc == OCI_OK && i < g->bonds.nelts; i++) {

        if (bonds[i].tag.len == 0 || nodes[bonds[i].node].live) {
            continue;
        }

        if (!g->c->options->dry_run
            && oci_store_tag(g->repo, &bonds[i].tag, &target, NULL) == OCI_OK
            && oci_digest_eq(&target, &nodes[bonds[i].node].digest))
        {
            rc = oci_store_link_remove(g->repo, OCI_LINK_TAG, &bonds[i].tag,
                                       INT64_MAX, &why);
        }

        if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;                /* deleted meanwhile */

        } else if (rc == OCI_OK) {
            g->c->sum->removed_tags++;
            oci_collector_event(g->c, OCI_COLLECT_TAG, &g->repo->name,
                                &bonds[i].tag, 0, "its subject is unused");
        }
    }

    return oci_collector_rc(rc, OCI_NOT_FOUND, &why, err);
}


/* unless it was renewed, or written again by a registry without leases */

static oci_status_e
oci_node_remove(oci_graph_t *g, oci_node_t *node, oci_error_t *err)
{
    oci_str_t     name;
    oci_mark_t    mark;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    name = oci_digest_str(&node->digest);

    if (!g->c->options->dry_run) {

        if (oci_store_manifest_mark(g->repo, &node->digest, &mark, NULL)
            != OCI_OK || !oci_mark_eq(&mark, &node->mark))
        {
            return oci_node_restore(g, node, err);
        }

        rc = oci_store_link_remove(g->repo, OCI_LINK_REVISION, &name,
                                   g->c->cutoff, &why);

        if (rc == OCI_EXISTS) {
            return oci_node_restore(g, node, err);
        }

        rc = oci_collector_rc(rc, OCI_NOT_FOUND, &why, err);

        if (rc != OCI_OK) {
            return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
        }

        node->removed = true;
    }

    g->c->sum->removed_manifests++;
    oci_collector_event(g->c, OCI_COLLECT_MANIFEST, &g->repo->name, &name, 0,
                        "no tag leads to it");

    return oci_collector_pace(g->c);
}


/*
 * Whatever was about to refer to them has done so now: registry:2, which knows
 * no leases, is seen by the links that it wrote.
 */

static oci_status_e
oci_graph_look_again(oci_graph_t *g, oci_error_t *err)
{
    size_t        i;
    int64_t       time;
    oci_node_t   *nodes;
    oci_status_e  rc;

    nodes = g->nodes.elts;

    for (i = 0; i < g->nodes.nelts && !nodes[i].removed; i++) { /* void */ }

    if (i == g->nodes.nelts) {
        return OCI_OK;
    }

    rc = oci_store_drain(g->repo->store, &time, err);

    for ( /* void */ ; rc == OCI_OK && i < g->nodes.nelts; i++) {
        if (nodes[i].removed && oci_graph_young(g, &nodes[i], g->c->start)) {
            rc = oci_node_restore(g, &nodes[i], err);
        }
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_changed(g->repo, OCI_LINK_TAG, g->c->start,
                                    oci_graph_needed, g, err);
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_changed(g->repo, OCI_LINK_REVISION, g->c->start,
                                    oci_graph_needed, g, err);
    }

    return rc;
}


static oci_status_e
oci_graph_needed(void *data, const oci_link_t *link, oci_error_t *err)
{
    size_t          i;
    oci_node_t     *node;
    oci_pool_t     *pool;
    oci_graph_t    *g = data;
    oci_status_e    rc;
    oci_manifest_t  m;

    if (link->status != OCI_OK) {
        return OCI_OK;
    }

    rc = OCI_OK;
    node = oci_graph_find(g, &link->target);

    if (node != NULL && node->removed) {
        rc = oci_node_restore(g, node, err);
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    if (rc == OCI_OK
        && oci_graph_parse(g, pool, &link->target, &m) == OCI_OK
        && m.kind == OCI_INDEX)
    {
        for (i = 0; rc == OCI_OK && i < m.nparts; i++) {
            node = oci_graph_find(g, &m.parts[i].digest);

            if (node != NULL && node->removed) {
                rc = oci_node_restore(g, node, err);
            }
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_node_restore(oci_graph_t *g, oci_node_t *node, oci_error_t *err)
{
    oci_str_t     name;
    oci_mark_t    mark;
    oci_status_e  rc;

    rc = OCI_OK;
    node->live = true;

    if (node->removed) {
        name = oci_digest_str(&node->digest);
        node->removed = false;
        g->c->sum->restored++;

        rc = oci_store_link_put(g->repo, OCI_LINK_REVISION, &name,
                                &node->digest, err);
    }

    if (rc == OCI_OK) {
        rc = oci_keep_manifest(g->c, g->repo, &node->digest, NULL, err);
    }

    if (rc == OCI_NOT_FOUND
        && oci_store_manifest_mark(g->repo, &node->digest, &mark, NULL)
           == OCI_NOT_FOUND)
    {
        return OCI_OK;                  /* deleted meanwhile, by whomever */
    }

    return rc;
}
