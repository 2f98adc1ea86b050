#include "oci_used.h"

#include <stdlib.h>
#include <string.h>


#define OCI_USED_FIRST  4096
#define OCI_USED_HEX    16             /* hexadecimal digits of a key */


static void oci_used_free(void *data);
static uint64_t oci_used_key(const oci_digest_t *digest);
static oci_status_e oci_used_grow(oci_used_t *used, oci_error_t *err);
static void oci_used_sort(oci_used_t *used);
static int oci_used_cmp(const void *a, const void *b);


oci_status_e
oci_used_init(oci_used_t *used, oci_pool_t *pool, oci_error_t *err)
{
    memset(used, 0, sizeof(oci_used_t));

    if (oci_pool_cleanup(pool, oci_used_free, used) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


static void
oci_used_free(void *data)
{
    oci_used_t  *used = data;

    free(used->keys);
    used->keys = NULL;
}


oci_status_e
oci_used_add(oci_used_t *used, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_status_e  rc;

    if (used->nkeys == used->nalloc) {
        rc = oci_used_grow(used, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    used->keys[used->nkeys++] = oci_used_key(digest);

    return OCI_OK;
}


bool
oci_used_has(oci_used_t *used, const oci_digest_t *digest)
{
    uint64_t  key;

    if (used->nsorted != used->nkeys) {
        oci_used_sort(used);
    }

    key = oci_used_key(digest);

    return used->nkeys != 0
           && bsearch(&key, used->keys, used->nkeys, sizeof(uint64_t),
                      oci_used_cmp) != NULL;
}


static uint64_t
oci_used_key(const oci_digest_t *digest)
{
    char  hex[OCI_USED_HEX + 1];

    memcpy(hex, oci_digest_hex(digest), OCI_USED_HEX);
    hex[OCI_USED_HEX] = '\0';

    return strtoull(hex, NULL, 16) ^ digest->alg;
}


/* many images share their layers: what is there twice goes before more comes */

static oci_status_e
oci_used_grow(oci_used_t *used, oci_error_t *err)
{
    size_t     n;
    uint64_t  *keys;

    oci_used_sort(used);

    if (used->nkeys < used->nalloc / 2) {
        return OCI_OK;
    }

    n = (used->nalloc != 0) ? 2 * used->nalloc : OCI_USED_FIRST;

    keys = realloc(used->keys, n * sizeof(uint64_t));
    if (keys == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    used->keys = keys;
    used->nalloc = n;

    return OCI_OK;
}


static void
oci_used_sort(oci_used_t *used)
{
    size_t  i, n;

    if (used->nsorted != used->nkeys) {
        qsort(used->keys, used->nkeys, sizeof(uint64_t), oci_used_cmp);
    }

    n = 0;

    for (i = 0; i < used->nkeys; i++) {
        if (n == 0 || used->keys[i] != used->keys[n - 1]) {
            used->keys[n++] = used->keys[i];
        }
    }

    used->nkeys = n;
    used->nsorted = n;
}


static int
oci_used_cmp(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}
