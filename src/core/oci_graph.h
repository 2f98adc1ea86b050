/*
 * The manifests of one repository and what holds them: tags, indexes and
 * subjects.  A part of collection.
 */

#ifndef OCI_GRAPH_H
#define OCI_GRAPH_H

#include "oci_keep.h"
#include "oci_manifest.h"


typedef struct {
    oci_digest_t  digest;
    oci_mark_t    mark;
    int64_t       time;                 /* of the link */
    bool          live;
    bool          removed;
} oci_node_t;


/* node stays while subject does; tag: the name that says so, or empty */

typedef struct {
    size_t     subject;
    size_t     node;
    oci_str_t  tag;
} oci_bond_t;


typedef struct {
    oci_collector_t   *c;
    const oci_repo_t  *repo;
    oci_array_t        nodes;           /* oci_node_t, by digest */
    oci_array_t        bonds;           /* oci_bond_t, by subject */
    oci_array_t        work;            /* size_t: live, not yet followed */
    bool               doubt;
} oci_graph_t;


/*
 * Reads what the repository holds, and which of it is held by a tag or young;
 * g has its collector and repository, the rest is zero.  doubt is set when
 * something cannot be read: then nothing may be said of any of them.
 */

oci_status_e oci_graph_build(oci_graph_t *g, oci_error_t *err);

/* marks what is held as in use, and all that it holds in turn; sets doubt */

oci_status_e oci_graph_follow(oci_graph_t *g, oci_error_t *err);

/* NULL: not a manifest of the repository */

oci_node_t *oci_graph_find(oci_graph_t *g, const oci_digest_t *digest);

/* one manifest, in memory of the pool */

oci_status_e oci_graph_parse(oci_graph_t *g, oci_pool_t *pool,
    const oci_digest_t *digest, oci_manifest_t *m);

/* changed or needed at or after since; in doubt, yes */

bool oci_graph_young(oci_graph_t *g, const oci_node_t *node,
    int64_t since);


#endif /* OCI_GRAPH_H */
