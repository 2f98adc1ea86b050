/*
 * The bbolt file behind a vulnerability database.
 */

#include "vulndb.h"
#include "bolt.h"

#include <string.h>


#define BOLT_ELEMENT  16
#define BOLT_BUCKET   16
#define BOLT_BRANCH   1
#define BOLT_LEAF     2
#define BOLT_DEPTH    32
#define BOLT_VISITS   4000000


/* a page that was checked: all that its elements point to is inside */

typedef struct {
    const u_char        *data;
    uint64_t             span;
    unsigned             count;
    bool                 leaf;
} bolt_page_t;


typedef struct {
    oci_scan_vulndb_t   *db;
    oci_scan_bucket_pt   fn;
    void                *ctx;
    oci_error_t         *err;
    size_t               visits;
} bolt_walk_t;


static oci_status_e bolt_page(oci_scan_vulndb_t *db, uint64_t id,
    bolt_page_t *page, oci_error_t *err);
static oci_status_e bolt_check(oci_scan_vulndb_t *db, bolt_page_t *page,
    const u_char *data, uint64_t span, oci_error_t *err);
static oci_str_t bolt_key(const bolt_page_t *page, unsigned i);
static oci_str_t bolt_value(const bolt_page_t *page, unsigned i);
static uint64_t bolt_child(const bolt_page_t *page, unsigned i);
static bool bolt_is_bucket(const bolt_page_t *page, unsigned i);
static unsigned bolt_search(const bolt_page_t *page, const oci_str_t *key);
static oci_status_e bolt_open(oci_scan_vulndb_t *db,
    const oci_scan_bucket_t *bucket, bolt_page_t *page, oci_error_t *err);
static oci_status_e bolt_sub(oci_scan_vulndb_t *db, const oci_str_t *value,
    oci_scan_bucket_t *bucket, oci_error_t *err);
static oci_status_e bolt_lookup(oci_scan_vulndb_t *db,
    const oci_scan_bucket_t *bucket, const oci_str_t *key,
    bolt_page_t *page, unsigned *at, oci_error_t *err);
static oci_status_e bolt_walk(bolt_walk_t *w, const bolt_page_t *page,
    const oci_str_t *from, unsigned depth);
static oci_status_e bolt_walk_leaf(bolt_walk_t *w, const bolt_page_t *page,
    const oci_str_t *from);


static oci_status_e
bolt_page(oci_scan_vulndb_t *db, uint64_t id, bolt_page_t *page,
    oci_error_t *err)
{
    uint64_t       span, left;
    const u_char  *data;

    if (id < 2 || id >= db->pages) {
        return bolt_damaged(db, "a page that is not there", err);
    }

    data = db->map + id * db->page_size;
    left = db->size - id * db->page_size;
    span = (1 + (uint64_t) bolt_u32(data + 12)) * db->page_size;

    if (bolt_u64(data) != id || span > left) {
        return bolt_damaged(db, "a page in the wrong place", err);
    }

    return bolt_check(db, page, data, span, err);
}


/* everything that the page says is looked at before any of it is used */

static oci_status_e
bolt_check(oci_scan_vulndb_t *db, bolt_page_t *page, const u_char *data,
    uint64_t span, oci_error_t *err)
{
    unsigned       i, flags;
    uint64_t       at, end;
    const u_char  *e;

    flags = bolt_u16(data + 8);
    page->data = data;
    page->span = span;
    page->count = bolt_u16(data + 10);
    page->leaf = flags == BOLT_LEAF;

    if ((flags != BOLT_LEAF && flags != BOLT_BRANCH)
        || BOLT_HEADER + (uint64_t) page->count * BOLT_ELEMENT > span
        || (page->count == 0 && flags == BOLT_BRANCH))
    {
        return bolt_damaged(db, "a page that is neither branch nor leaf",
                            err);
    }

    for (i = 0; i < page->count; i++) {
        at = BOLT_HEADER + (uint64_t) i * BOLT_ELEMENT;
        e = data + at;

        if (page->leaf) {
            end = at + bolt_u32(e + 4) + (uint64_t) bolt_u32(e + 8)
                  + bolt_u32(e + 12);

        } else {
            end = at + bolt_u32(e) + (uint64_t) bolt_u32(e + 4);
        }

        if (end > span) {
            return bolt_damaged(db, "a key outside of its page", err);
        }
    }

    return OCI_OK;
}


static oci_str_t
bolt_key(const bolt_page_t *page, unsigned i)
{
    oci_str_t      key;
    const u_char  *e;

    e = page->data + BOLT_HEADER + (size_t) i * BOLT_ELEMENT;

    if (page->leaf) {
        key.data = (u_char *) e + bolt_u32(e + 4);
        key.len = bolt_u32(e + 8);

    } else {
        key.data = (u_char *) e + bolt_u32(e);
        key.len = bolt_u32(e + 4);
    }

    return key;
}


static oci_str_t
bolt_value(const bolt_page_t *page, unsigned i)
{
    oci_str_t      value;
    const u_char  *e;

    e = page->data + BOLT_HEADER + (size_t) i * BOLT_ELEMENT;

    value.data = (u_char *) e + bolt_u32(e + 4) + bolt_u32(e + 8);
    value.len = bolt_u32(e + 12);

    return value;
}


static uint64_t
bolt_child(const bolt_page_t *page, unsigned i)
{
    return bolt_u64(page->data + BOLT_HEADER + (size_t) i * BOLT_ELEMENT + 8);
}


static bool
bolt_is_bucket(const bolt_page_t *page, unsigned i)
{
    return bolt_u32(page->data + BOLT_HEADER + (size_t) i * BOLT_ELEMENT) & 1;
}


/* the first element of a leaf that is not less; of a branch, the child */

static unsigned
bolt_search(const bolt_page_t *page, const oci_str_t *key)
{
    unsigned   low, high, middle;
    oci_str_t  k;

    low = 0;
    high = page->count;

    while (low < high) {
        middle = low + (high - low) / 2;
        k = bolt_key(page, middle);

        if (oci_str_cmp(&k, key) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    if (page->leaf) {
        return low;
    }

    if (low < page->count) {
        k = bolt_key(page, low);

        if (oci_str_cmp(&k, key) == 0) {
            return low;
        }
    }

    return low == 0 ? 0 : low - 1;
}


oci_status_e
oci_scan_bucket_root(oci_scan_vulndb_t *db, oci_scan_bucket_t *bucket,
    oci_error_t *err)
{
    bolt_page_t   page;
    oci_status_e  rc;

    rc = bolt_page(db, db->root, &page, err);

    if (rc == OCI_OK) {
        bucket->page = page.data;
        bucket->size = page.span;
        bucket->inline_page = false;
    }

    return rc;
}


static oci_status_e
bolt_open(oci_scan_vulndb_t *db, const oci_scan_bucket_t *bucket,
    bolt_page_t *page, oci_error_t *err)
{
    return bolt_check(db, page, bucket->page, bucket->size, err);
}


/* a bucket's value is the page of its root, or a small page itself */

static oci_status_e
bolt_sub(oci_scan_vulndb_t *db, const oci_str_t *value,
    oci_scan_bucket_t *bucket, oci_error_t *err)
{
    uint64_t      root;
    bolt_page_t   page;
    oci_status_e  rc;

    if (value->len < BOLT_BUCKET) {
        return bolt_damaged(db, "a bucket without a root", err);
    }

    root = bolt_u64(value->data);
    memset(&page, 0, sizeof(bolt_page_t));

    if (root == db->root) {
        return bolt_damaged(db, "a bucket that holds itself", err);
    }

    if (root != 0) {
        rc = bolt_page(db, root, &page, err);

    } else if (value->len < BOLT_BUCKET + BOLT_HEADER) {
        rc = bolt_damaged(db, "an inline bucket without a page", err);

    } else {
        rc = bolt_check(db, &page, value->data + BOLT_BUCKET,
                        value->len - BOLT_BUCKET, err);

        if (rc == OCI_OK && !page.leaf) {
            rc = bolt_damaged(db, "an inline bucket with branches", err);
        }
    }

    if (rc == OCI_OK) {
        bucket->page = page.data;
        bucket->size = page.span;
        bucket->inline_page = root == 0;
    }

    return rc;
}


oci_status_e
oci_scan_bucket_find(oci_scan_vulndb_t *db, const oci_scan_bucket_t *parent,
    const oci_str_t *name, oci_scan_bucket_t *bucket, oci_error_t *err)
{
    unsigned      at;
    oci_str_t     value;
    bolt_page_t   page;
    oci_status_e  rc;

    rc = bolt_lookup(db, parent, name, &page, &at, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (!bolt_is_bucket(&page, at)) {
        return OCI_NOT_FOUND;
    }

    value = bolt_value(&page, at);

    return bolt_sub(db, &value, bucket, err);
}


oci_status_e
oci_scan_bucket_get(oci_scan_vulndb_t *db, const oci_scan_bucket_t *bucket,
    const oci_str_t *key, oci_str_t *value, oci_error_t *err)
{
    unsigned      at;
    bolt_page_t   page;
    oci_status_e  rc;

    rc = bolt_lookup(db, bucket, key, &page, &at, err);

    if (rc == OCI_OK && bolt_is_bucket(&page, at)) {
        return OCI_NOT_FOUND;
    }

    if (rc == OCI_OK) {
        *value = bolt_value(&page, at);
    }

    return rc;
}


static oci_status_e
bolt_lookup(oci_scan_vulndb_t *db, const oci_scan_bucket_t *bucket,
    const oci_str_t *key, bolt_page_t *page, unsigned *at, oci_error_t *err)
{
    unsigned      depth;
    oci_str_t     found;
    oci_status_e  rc;

    rc = bolt_open(db, bucket, page, err);

    for (depth = 0; rc == OCI_OK && !page->leaf; depth++) {

        if (depth == BOLT_DEPTH) {
            return bolt_damaged(db, "branches without end", err);
        }

        rc = bolt_page(db, bolt_child(page, bolt_search(page, key)), page,
                       err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    *at = bolt_search(page, key);

    if (*at == page->count) {
        return OCI_NOT_FOUND;
    }

    found = bolt_key(page, *at);

    return oci_str_eq(&found, key) ? OCI_OK : OCI_NOT_FOUND;
}


oci_status_e
oci_scan_bucket_walk(oci_scan_vulndb_t *db, const oci_scan_bucket_t *bucket,
    const oci_str_t *from, oci_scan_bucket_pt fn, void *ctx,
    oci_error_t *err)
{
    bolt_walk_t   w;
    bolt_page_t   page;
    oci_status_e  rc;

    memset(&w, 0, sizeof(w));
    w.db = db;
    w.fn = fn;
    w.ctx = ctx;
    w.err = err;

    rc = bolt_open(db, bucket, &page, err);

    return rc == OCI_OK ? bolt_walk(&w, &page, from, 0) : rc;
}


static oci_status_e
bolt_walk(bolt_walk_t *w, const bolt_page_t *page, const oci_str_t *from,
    unsigned depth)
{
    unsigned      i;
    bolt_page_t   child;
    oci_status_e  rc;

    if (depth == BOLT_DEPTH || ++w->visits > BOLT_VISITS) {
        return bolt_damaged(w->db, "branches without end", w->err);
    }

    if (page->leaf) {
        return bolt_walk_leaf(w, page, from);
    }

    i = from == NULL ? 0 : bolt_search(page, from);

    for ( /* void */ ; i < page->count; i++) {
        rc = bolt_page(w->db, bolt_child(page, i), &child, w->err);

        if (rc == OCI_OK) {
            rc = bolt_walk(w, &child, from, depth + 1);
        }

        if (rc != OCI_OK) {
            return rc;
        }

        from = NULL;
    }

    return OCI_OK;
}


static oci_status_e
bolt_walk_leaf(bolt_walk_t *w, const bolt_page_t *page,
    const oci_str_t *from)
{
    unsigned            i;
    oci_str_t           key, value;
    oci_status_e        rc;
    oci_scan_bucket_t   bucket;

    i = from == NULL ? 0 : bolt_search(page, from);

    for ( /* void */ ; i < page->count; i++) {
        key = bolt_key(page, i);
        value = bolt_value(page, i);

        if (bolt_is_bucket(page, i)) {
            rc = bolt_sub(w->db, &value, &bucket, w->err);

            if (rc == OCI_OK) {
                rc = w->fn(w->ctx, &key, NULL, &bucket, w->err);
            }

        } else {
            rc = w->fn(w->ctx, &key, &value, NULL, w->err);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}
