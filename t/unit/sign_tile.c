/*
 * Inclusion proofs out of tiles: for trees of many sizes the proof of each
 * entry that is asked for leads to the root that the leaves have.
 */

#include "test.h"
#include "oci_sign_log.h"
#include "oci_sign_tile.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    uint64_t    size;
    u_char     *level[4];       /* hashes of full tiles' rows: 0, 8, 16 */
    uint64_t    count[4];
} tree_t;


static void
pair(const u_char *left, const u_char *right, u_char *out)
{
    u_char  text[65];

    text[0] = 1;
    memcpy(text + 1, left, 32);
    memcpy(text + 33, right, 32);
    oci_sign_sha256(text, sizeof(text), out);
}


/* the root of n hashes, as RFC 9162 defines it */

static void
root_of(const u_char *hashes, uint64_t n, u_char *out)
{
    u_char    left[32], right[32];
    uint64_t  k;

    if (n == 1) {
        memcpy(out, hashes, 32);
        return;
    }

    for (k = 1; k * 2 < n; k *= 2) {
        /* void */
    }

    root_of(hashes, k, left);
    root_of(hashes + k * 32, n - k, right);
    pair(left, right, out);
}


static void
tree_make(tree_t *tree, uint64_t size)
{
    int       row;
    uint64_t  i;

    memset(tree, 0, sizeof(tree_t));
    tree->size = size;
    tree->count[0] = size;
    tree->level[0] = malloc(size * 32);

    for (i = 0; i < size; i++) {
        oci_sign_sha256(&i, sizeof(i), tree->level[0] + i * 32);
    }

    for (row = 1; row < 4; row++) {
        tree->count[row] = tree->count[row - 1] / 256;
        tree->level[row] = malloc(tree->count[row] * 32 + 1);

        for (i = 0; i < tree->count[row]; i++) {
            root_of(tree->level[row - 1] + i * 256 * 32, 256,
                    tree->level[row] + i * 32);
        }
    }
}


static oci_status_e
tree_get(void *data, unsigned level, uint64_t n, unsigned width,
    oci_str_t *tile, oci_error_t *err)
{
    tree_t  *tree = data;

    (void) err;

    if (level > 3 || n * 256 + width > tree->count[level]) {
        return OCI_NOT_FOUND;
    }

    tile->data = tree->level[level] + n * 256 * 32;
    tile->len = width * 32;

    return OCI_OK;
}


static oci_status_e
short_get(void *data, unsigned level, uint64_t n, unsigned width,
    oci_str_t *tile, oci_error_t *err)
{
    oci_status_e  status;

    status = tree_get(data, level, n, width, tile, err);
    tile->len = 0;

    return status;
}


static bool
proofs_hold(oci_pool_t *pool, uint64_t size)
{
    bool          good;
    u_char        root[32];
    tree_t        tree;
    uint64_t      i, step;
    oci_array_t   hashes;
    oci_error_t   err = { OCI_OK, 0, "" };

    tree_make(&tree, size);
    root_of(tree.level[0], size, root);
    step = size > 300 ? size / 97 : 1;

    for (good = true, i = 0; good && i < size; i += step) {
        good = oci_sign_tile_proof(pool, i, size, tree_get, &tree, &hashes,
                                   &err) == OCI_OK
               && oci_sign_inclusion(tree.level[0] + i * 32, i, size,
                                     &hashes, root);
    }

    good = good && oci_sign_tile_proof(pool, size - 1, size, tree_get, &tree,
                                       &hashes, &err) == OCI_OK
           && oci_sign_inclusion(tree.level[0] + (size - 1) * 32, size - 1,
                                 size, &hashes, root)
           && oci_sign_tile_proof(pool, size, size, tree_get, &tree, &hashes,
                                  &err) == OCI_INVALID
           && (size == 1
               || oci_sign_tile_proof(pool, 0, size, short_get, &tree,
                                      &hashes, &err) == OCI_INVALID);

    for (i = 0; i < 4; i++) {
        free(tree.level[i]);
    }

    return good;
}


int
main(void)
{
    size_t       i;
    oci_str_t    path;
    oci_pool_t  *pool;

    static const uint64_t  sizes[] = {
        1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, 1000, 65535, 65536,
        65537, 70000, 131073
    };

    pool = oci_pool_create();

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        ok(proofs_hold(pool, sizes[i]), "proofs in a tree of %llu",
                (unsigned long long) sizes[i]);
    }

    path = oci_sign_tile_path(pool, 0, 7, 256);
    ok(oci_str_is(&path, "0/007"), "path of a full tile");
    path = oci_sign_tile_path(pool, 1, 1234067, 12);
    ok(oci_str_is(&path, "1/x001/x234/067.p/12"),
            "path of a tile far off that is not full");

    oci_pool_destroy(pool);

    return done();
}
