/*
 * oci_space: the room of a store, and whether it takes a push.
 */

#include "oci_store.h"
#include "tree.h"


int
main(void)
{
    oci_pool_t   *pool;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_space_t   space;
    oci_store_t  *store;

    pool = oci_pool_create();
    is(oci_store_open(&store, pool, tree_make(), 0, &err), OCI_OK, "opened");

    is(oci_store_space(store, &space, &err), OCI_OK, "space");
    ok(space.size > 0 && space.free <= space.size, "free is part of it");
    ok(space.files_free <= space.files, "so are free files");

    is(oci_store_writable(store, &err), OCI_OK, "an empty root takes pushes");
    is(tree_count(tree_path("_tally")), 0, "and nothing is left of the trial");

    tree_text(tree_path("docker/registry/v2/blobs"), "no directory");
    is(oci_store_writable(store, &err), OCI_DENIED, "closed further down");
    ok(strstr(err.text, "v2/blobs\": Permission denied") != NULL, "said: %s",
       err.text);

    tree_remove();
    memset(&err, 0, sizeof(err));
    is(oci_store_writable(store, &err), OCI_NOT_FOUND, "a root that is gone");
    is(oci_store_space(store, &space, NULL), OCI_NOT_FOUND, "has no space");
    ok(!tree_exists(tree_path("_tally")), "and is not made");

    oci_pool_destroy(pool);

    return done();
}
