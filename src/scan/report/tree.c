/*
 * The tree of dependencies, upside down.  Packages of one id are one: those
 * of an image often have the same file twice.
 */

#include "tree.h"
#include "terminal.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>


typedef struct tree_node_s  tree_node_t;

struct tree_node_s {
    oci_str_t        id;
    oci_scan_rel_e   relation;
    oci_array_t      parents;       /* of tree_node_t *: what needs it */
    size_t           findings;
    size_t           count[OCI_SCAN_SEVERITIES];
    size_t           seen;          /* from where it was reached last */
    size_t           shown;
};


typedef struct {
    const oci_scan_style_t  *style;
    oci_pool_t              *pool;
    oci_buf_t               *out;
    oci_scan_map_t           nodes;
    size_t                   turn;      /* of the packages that are shown */
    oci_array_t              direct;    /* of tree_node_t *: its parents */
    oci_array_t              roots;     /* above its other parents */
    oci_array_t              queue;
} tree_t;


static bool tree_fill(tree_t *tree, const oci_scan_result_t *result,
    bool *edges);
static tree_node_t *tree_node(tree_t *tree, const oci_str_t *id);
static bool tree_push(oci_array_t *list, tree_node_t *node);
static size_t tree_vulnerable(tree_t *tree, const oci_scan_result_t *result);
static bool tree_climb(tree_t *tree, tree_node_t *node);
static bool tree_parents(tree_t *tree, tree_node_t *node);
static bool tree_ancestors(tree_t *tree, const tree_node_t *node);
static void tree_package(tree_t *tree, const tree_node_t *node, bool last);
static void tree_leaf(tree_t *tree, const tree_node_t *node, bool last);
static void tree_id(tree_t *tree, const oci_str_t *id);
static int tree_by_id(const void *one, const void *two);


static const char  *tree_edges[] = { "├── ", "└── " };


oci_status_e
tree_draw(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    bool                   edges;
    size_t                 i, left;
    tree_t                 tree;
    tree_node_t           *node;
    const oci_scan_pkg_t  *pkg;

    memset(&tree, 0, sizeof(tree_t));
    tree.style = style;
    tree.pool = pool;
    tree.out = out;
    oci_scan_map_init(&tree.nodes, pool);
    oci_array_init(&tree.direct, pool, sizeof(tree_node_t *));
    oci_array_init(&tree.roots, pool, sizeof(tree_node_t *));
    oci_array_init(&tree.queue, pool, sizeof(tree_node_t *));

    if (!tree_fill(&tree, result, &edges)) {
        return OCI_NOMEM;
    }

    if (!edges) {
        return OCI_OK;
    }

    oci_buf_adds(out, "\nDependency Origin Tree (Reversed)\n"
                      "=================================\n");
    tree_id(&tree, &result->target);
    oci_buf_adds(out, "\n");

    pkg = result->pkgs.elts;
    left = tree_vulnerable(&tree, result);

    for (i = 0; left != 0; i++) {
        node = tree_node(&tree, &pkg[i].id);

        if (node->findings == 0) {
            continue;
        }

        if (!tree_climb(&tree, node)) {
            return OCI_NOMEM;
        }

        tree_package(&tree, node, --left == 0);
    }

    return OCI_OK;
}


static bool
tree_fill(tree_t *tree, const oci_scan_result_t *result, bool *edges)
{
    size_t                     i, k;
    tree_node_t               *node, *below;
    const oci_scan_pkg_t      *pkg;
    const oci_scan_finding_t  *f;

    *edges = false;
    pkg = result->pkgs.elts;
    f = result->findings.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        node = tree_node(tree, &pkg[i].id);
        if (node == NULL) {
            return false;
        }

        node->relation = pkg[i].relationship;
    }

    for (i = 0; i < result->pkgs.nelts; i++) {
        node = tree_node(tree, &pkg[i].id);

        for (k = 0; k < pkg[i].depends.nelts; k++) {
            below = tree_node(tree, &pkg[i].depends.elts[k]);
            if (below == NULL || !tree_push(&below->parents, node)) {
                return false;
            }

            *edges = true;
        }
    }

    for (i = 0; i < result->findings.nelts; i++) {
        node = tree_node(tree, &f[i].pkg->id);
        if (node == NULL) {
            return false;
        }

        node->findings++;
        node->count[f[i].severity]++;
    }

    return true;
}


static tree_node_t *
tree_node(tree_t *tree, const oci_str_t *id)
{
    tree_node_t  *node;

    node = oci_scan_map_get(&tree->nodes, id);
    if (node != NULL) {
        return node;
    }

    node = oci_pcalloc(tree->pool, sizeof(tree_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->id = *id;
    oci_array_init(&node->parents, tree->pool, sizeof(tree_node_t *));

    return oci_scan_map_set(&tree->nodes, &node->id, node) ? node : NULL;
}


static bool
tree_push(oci_array_t *list, tree_node_t *node)
{
    tree_node_t  **place;

    place = oci_array_push(list);
    if (place != NULL) {
        *place = node;
    }

    return place != NULL;
}


static size_t
tree_vulnerable(tree_t *tree, const oci_scan_result_t *result)
{
    size_t                 i, n;
    tree_node_t           *node;
    const oci_scan_pkg_t  *pkg;

    n = 0;
    pkg = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        node = tree_node(tree, &pkg[i].id);
        n += (node != NULL && node->findings != 0);
    }

    return n;
}


/*
 * What is shown below a package: its direct parents, and the ancestors that
 * its other parents come from.  Nothing below a direct one.
 */

static bool
tree_climb(tree_t *tree, tree_node_t *node)
{
    size_t         i;
    tree_node_t  **parent;

    tree->turn++;
    tree->direct.nelts = 0;
    tree->roots.nelts = 0;
    tree->queue.nelts = 0;

    if (node->relation == OCI_SCAN_REL_DIRECT) {
        return true;
    }

    if (!tree_parents(tree, node)) {
        return false;
    }

    for (i = 0; i < tree->queue.nelts; i++) {
        parent = (tree_node_t **) tree->queue.elts + i;
        if (!tree_ancestors(tree, *parent)) {
            return false;
        }
    }

    if (tree->roots.nelts != 0) {
        qsort(tree->roots.elts, tree->roots.nelts, sizeof(tree_node_t *),
              tree_by_id);
    }

    return true;
}


static bool
tree_parents(tree_t *tree, tree_node_t *node)
{
    size_t         i;
    tree_node_t  **parent;

    node->shown = tree->turn;
    parent = node->parents.elts;

    for (i = 0; i < node->parents.nelts; i++) {

        if (parent[i]->shown == tree->turn) {
            continue;
        }

        parent[i]->shown = tree->turn;

        if (parent[i]->relation == OCI_SCAN_REL_DIRECT) {
            if (!tree_push(&tree->direct, parent[i])) {
                return false;
            }

        } else {
            parent[i]->seen = tree->turn;
            if (!tree_push(&tree->queue, parent[i])) {
                return false;
            }
        }
    }

    return true;
}


/*
 * A package that nothing needs stands for a direct one: not every file says
 * which are.
 */

static bool
tree_ancestors(tree_t *tree, const tree_node_t *node)
{
    bool           root;
    size_t         i;
    tree_node_t  **parent;

    parent = node->parents.elts;

    for (i = 0; i < node->parents.nelts; i++) {

        if (parent[i]->seen == tree->turn) {
            continue;
        }

        parent[i]->seen = tree->turn;
        root = parent[i]->relation == OCI_SCAN_REL_DIRECT
               || parent[i]->parents.nelts == 0;

        if (!root) {
            if (!tree_push(&tree->queue, parent[i])) {
                return false;
            }

        } else if (parent[i]->shown != tree->turn
                   && !tree_push(&tree->roots, parent[i]))
        {
            return false;
        }
    }

    return true;
}


static void
tree_package(tree_t *tree, const tree_node_t *node, bool last)
{
    bool                       omitted;
    size_t                     i;
    const char                *bar;
    tree_node_t              **direct, **root;

    omitted = tree->roots.nelts != 0;
    direct = tree->direct.elts;
    root = tree->roots.elts;

    oci_buf_addf(tree->out, "%s%s", tree_edges[last],
                 tree->style->color ? "\x1b[31m" : "");
    tree_id(tree, &node->id);
    oci_buf_adds(tree->out, ", ");
    tree_counts(node->count, tree->style, tree->out);
    oci_buf_adds(tree->out, tree->style->color ? "\x1b[0m\n" : "\n");

    bar = last ? "    " : "│   ";

    for (i = 0; i < tree->direct.nelts; i++) {
        oci_buf_adds(tree->out, bar);
        tree_leaf(tree, direct[i], i + 1 == tree->direct.nelts && !omitted);
    }

    if (omitted) {
        oci_buf_addf(tree->out, "%s%s...(omitted)...\n", bar, tree_edges[1]);
    }

    for (i = 0; i < tree->roots.nelts; i++) {
        oci_buf_addf(tree->out, "%s    ", bar);
        tree_leaf(tree, root[i], i + 1 == tree->roots.nelts);
    }
}


static void
tree_leaf(tree_t *tree, const tree_node_t *node, bool last)
{
    oci_buf_adds(tree->out, tree_edges[last]);
    tree_id(tree, &node->id);
    oci_buf_adds(tree->out, "\n");
}


void
tree_counts(const size_t count[OCI_SCAN_SEVERITIES],
    const oci_scan_style_t *style, oci_buf_t *out)
{
    size_t       i;
    const char  *comma;

    comma = "";
    oci_buf_adds(out, "(");

    for (i = 0; i < OCI_SCAN_SEVERITIES; i++) {
        if (style->severities & (1u << i)) {
            oci_buf_addf(out, "%s%s: %zu", comma,
                         oci_scan_severity_name((oci_scan_severity_e) i),
                         count[i]);
            comma = ", ";
        }
    }

    oci_buf_adds(out, ")");
}


static void
tree_id(tree_t *tree, const oci_str_t *id)
{
    oci_str_t  clean;

    clean = terminal_clean(tree->pool, id);

    if (clean.data == NULL) {
        tree->out->failed = true;
        return;
    }

    oci_buf_add(tree->out, clean.data, clean.len);
}


static int
tree_by_id(const void *one, const void *two)
{
    const tree_node_t *const  *a = one, *const *b = two;

    return oci_str_cmp(&(*a)->id, &(*b)->id);
}
