/*
 * Inclusion proofs out of tiles.
 */

#include "oci_sign_tile.h"

#include <string.h>


#define OCI_SIGN_TILE_HEIGHT  8
#define OCI_SIGN_TILE_TREE    (UINT64_C(1) << 48)     /* leaves, at most */


typedef struct {
    oci_pool_t         *pool;
    uint64_t            size;
    oci_sign_tile_pt    get;
    void               *data;
    oci_array_t        *hashes;
    oci_error_t        *err;
} oci_sign_tiles_t;


static oci_status_e oci_sign_tile_walk(oci_sign_tiles_t *t, uint64_t index,
    uint64_t low, uint64_t high);
static oci_status_e oci_sign_tile_range(oci_sign_tiles_t *t, uint64_t low,
    uint64_t high, u_char *out);
static oci_status_e oci_sign_tile_full(oci_sign_tiles_t *t, unsigned level,
    uint64_t index, u_char *out);
static uint64_t oci_sign_tile_split(uint64_t n);
static void oci_sign_tile_pair(const u_char *left, const u_char *right,
    u_char *out);


oci_status_e
oci_sign_tile_proof(oci_pool_t *pool, uint64_t index, uint64_t size,
    oci_sign_tile_pt get, void *data, oci_array_t *hashes, oci_error_t *err)
{
    oci_sign_tiles_t  t = { pool, size, get, data, hashes, err };

    oci_array_init(hashes, pool, sizeof(oci_str_t));

    if (index >= size || size > OCI_SIGN_TILE_TREE) {
        return oci_error(err, OCI_INVALID, 0,
                         "the log's tree has no such entry");
    }

    return oci_sign_tile_walk(&t, index, 0, size);
}


/* down to the leaf; on the way back up, the other half of each step */

static oci_status_e
oci_sign_tile_walk(oci_sign_tiles_t *t, uint64_t index, uint64_t low,
    uint64_t high)
{
    bool           left;
    u_char         hash[32];
    uint64_t       middle;
    oci_str_t     *slot;
    oci_status_e   status;

    if (high - low == 1) {
        return OCI_OK;
    }

    middle = low + oci_sign_tile_split(high - low);
    left = index < middle;

    status = left ? oci_sign_tile_walk(t, index, low, middle)
             : oci_sign_tile_walk(t, index, middle, high);

    if (status == OCI_OK) {
        status = left ? oci_sign_tile_range(t, middle, high, hash)
                 : oci_sign_tile_range(t, low, middle, hash);
    }

    if (status != OCI_OK) {
        return status;
    }

    slot = oci_array_push(t->hashes);

    if (slot != NULL) {
        *slot = oci_str_dup(t->pool, hash, sizeof(hash));
    }

    return (slot != NULL && slot->data != NULL) ? OCI_OK
           : oci_error(t->err, OCI_NOMEM, 0, "out of memory");
}


/* the root of the leaves from low to high, which a step of a walk left over */

static oci_status_e
oci_sign_tile_range(oci_sign_tiles_t *t, uint64_t low, uint64_t high,
    u_char *out)
{
    u_char         left[32], right[32];
    unsigned       level;
    uint64_t       middle, n;
    oci_status_e   status;

    n = high - low;

    if ((n & (n - 1)) == 0) {

        for (level = 0; (n >> level) > 1; level++) {
            /* void */
        }

        return oci_sign_tile_full(t, level, low >> level, out);
    }

    middle = low + oci_sign_tile_split(n);
    status = oci_sign_tile_range(t, low, middle, left);

    if (status == OCI_OK) {
        status = oci_sign_tile_range(t, middle, high, right);
    }

    if (status == OCI_OK) {
        oci_sign_tile_pair(left, right, out);
    }

    return status;
}


/* the node at that level of the tree, out of the tile that has it below */

static oci_status_e
oci_sign_tile_full(oci_sign_tiles_t *t, unsigned level, uint64_t index,
    u_char *out)
{
    u_char         nodes[OCI_SIGN_TILE_WIDTH][32];
    unsigned       row, width, first, count, i;
    uint64_t       n, there;
    oci_str_t      tile;
    oci_status_e   status;

    row = level / OCI_SIGN_TILE_HEIGHT;
    count = 1U << (level % OCI_SIGN_TILE_HEIGHT);
    n = (index * count) / OCI_SIGN_TILE_WIDTH;
    first = (unsigned) ((index * count) % OCI_SIGN_TILE_WIDTH);
    there = (t->size >> (row * OCI_SIGN_TILE_HEIGHT))
            - n * OCI_SIGN_TILE_WIDTH;
    width = (there >= OCI_SIGN_TILE_WIDTH) ? OCI_SIGN_TILE_WIDTH
            : (unsigned) there;

    status = t->get(t->data, row, n, width, &tile, t->err);

    if (status != OCI_OK) {
        return status;
    }

    if (tile.len < (size_t) (first + count) * 32) {
        return oci_error(t->err, OCI_INVALID, 0,
                         "a tile of the log is too short");
    }

    memcpy(nodes, tile.data + (size_t) first * 32, (size_t) count * 32);

    for ( ; count > 1; count /= 2) {
        for (i = 0; i < count / 2; i++) {
            oci_sign_tile_pair(nodes[i * 2], nodes[i * 2 + 1], nodes[i]);
        }
    }

    memcpy(out, nodes[0], 32);

    return OCI_OK;
}


/* the largest power of two that is smaller than n */

static uint64_t
oci_sign_tile_split(uint64_t n)
{
    uint64_t  k;

    for (k = 1; k * 2 < n; k *= 2) {
        /* void */
    }

    return k;
}


static void
oci_sign_tile_pair(const u_char *left, const u_char *right, u_char *out)
{
    u_char  text[65];

    text[0] = 1;
    memcpy(text + 1, left, 32);
    memcpy(text + 33, right, 32);
    oci_sign_sha256(text, sizeof(text), out);
}


oci_str_t
oci_sign_tile_path(oci_pool_t *pool, unsigned level, uint64_t n,
    unsigned width)
{
    oci_str_t  name;

    name = oci_strf(pool, "%03u", (unsigned) (n % 1000));

    for (n /= 1000; n != 0 && name.data != NULL; n /= 1000) {
        name = oci_strf(pool, "x%03u/%s", (unsigned) (n % 1000), name.data);
    }

    if (name.data == NULL) {
        return name;
    }

    return (width == OCI_SIGN_TILE_WIDTH)
           ? oci_strf(pool, "%u/%s", level, name.data)
           : oci_strf(pool, "%u/%s.p/%u", level, name.data, width);
}
