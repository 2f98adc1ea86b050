/*
 * The check of a store: repositories, then content, then whom damage hurts.
 */

#include "oci_checker.h"

#include <stdlib.h>
#include <string.h>


#define OCI_FSCK_BUFFER  (1024 * 1024)


static oci_status_e oci_fsck_all(oci_checker_t *c, oci_error_t *err);
static oci_status_e oci_fsck_each_repo(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_fsck_content(void *data, const oci_content_t *content,
    oci_error_t *err);
static void oci_fsck_orphan(oci_checker_t *c, const oci_content_t *content);
static oci_status_e oci_fsck_hash(oci_checker_t *c,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_fsck_digest(oci_checker_t *c, oci_pool_t *pool,
    const oci_digest_t *digest, uint64_t *size, oci_error_t *err);
static oci_status_e oci_fsck_damaged(oci_checker_t *c,
    const oci_digest_t *digest, uint64_t size, oci_error_t *err);
static oci_status_e oci_fsck_damages(oci_checker_t *c, oci_error_t *err);
static bool oci_fsck_condemn(oci_checker_t *c, const oci_damage_t *damage);


static const char  *const oci_fsck_kinds[] = {
    "corrupt", "truncated", "empty", "link", "dangling", "missing", "size",
    "unaccepted", "orphan", "upload", "unreadable"
};


const char *
oci_fsck_kind(oci_fsck_kind_e kind)
{
    return oci_fsck_kinds[kind];
}


oci_status_e
oci_fsck(oci_store_t *store, const oci_fsck_t *options, oci_fscked_t *sum,
    oci_error_t *err)
{
    oci_status_e   rc;
    oci_checker_t  c;

    memset(&c, 0, sizeof(oci_checker_t));
    memset(sum, 0, sizeof(oci_fscked_t));

    c.store = store;
    c.options = options;
    c.sum = sum;

    c.pool = oci_pool_create();
    if (c.pool == NULL) {
        return oci_nomem(err);
    }

    oci_array_init(&c.damages, c.pool, sizeof(oci_damage_t));

    rc = oci_used_init(&c.used, c.pool, err);

    if (rc == OCI_OK) {
        rc = oci_fsck_all(&c, err);
    }

    oci_pool_destroy(c.pool);

    return rc;
}


static oci_status_e
oci_fsck_all(oci_checker_t *c, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_store_walk_repos(c->store, oci_fsck_each_repo, c, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_content(c->store, oci_fsck_content, c, err);
    }

    if (rc != OCI_OK || c->damages.nelts == 0) {
        return rc;
    }

    qsort(c->damages.elts, c->damages.nelts, sizeof(oci_damage_t),
          oci_checker_cmp);

    c->naming = true;
    rc = oci_store_walk_repos(c->store, oci_fsck_each_repo, c, err);

    return (rc == OCI_OK) ? oci_fsck_damages(c, err) : rc;
}


static oci_status_e
oci_fsck_each_repo(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_pool_t     *pool;
    oci_status_e    rc;
    oci_checker_t  *c = data;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_fsck_repo(c, oci_repo(c->store, pool, name), err);

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_fsck_content(void *data, const oci_content_t *content, oci_error_t *err)
{
    oci_finding_t   finding;
    oci_checker_t  *c = data;

    if (content->where != OCI_WALK_CONTENT) {
        return OCI_OK;                  /* a collector has it in hand */
    }

    c->sum->contents++;

    if (content->status != OCI_OK) {
        memset(&finding, 0, sizeof(oci_finding_t));
        finding.kind = OCI_FSCK_UNREADABLE;
        finding.digest = oci_digest_str(&content->digest);
        finding.path = oci_store_content_place(c->store, c->pool,
                                               &content->digest);
        finding.why = "it cannot be looked at";
        oci_checker_tell(c, &finding);
        return OCI_OK;
    }

    if (!oci_used_has(&c->used, &content->digest)
        && c->options->now - content->time >= c->options->idle)
    {
        oci_fsck_orphan(c, content);
    }

    return oci_fsck_hash(c, &content->digest, err);
}


static void
oci_fsck_orphan(oci_checker_t *c, const oci_content_t *content)
{
    oci_pool_t     *pool;
    oci_finding_t   finding;

    pool = oci_pool_create();
    if (pool == NULL) {
        return;
    }

    memset(&finding, 0, sizeof(oci_finding_t));
    finding.kind = OCI_FSCK_ORPHAN;
    finding.digest = oci_digest_str(&content->digest);
    finding.path = oci_store_content_place(c->store, pool, &content->digest);
    finding.why = "no manifest refers to it; tally gc removes it";
    oci_checker_tell(c, &finding);

    oci_pool_destroy(pool);
}


static oci_status_e
oci_fsck_hash(oci_checker_t *c, const oci_digest_t *digest, oci_error_t *err)
{
    uint64_t              size;
    oci_pool_t           *pool;
    oci_status_e          rc;
    oci_finding_t         finding;
    const oci_fsck_t     *o = c->options;

    if (!o->hash) {
        return oci_checker_pace(c, 0);
    }

    if (o->known != NULL && o->known(o->data, digest)) {
        c->sum->known++;
        return OCI_OK;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_fsck_digest(c, pool, digest, &size, err);

    if (rc == OCI_OK && o->good != NULL) {
        o->good(o->data, digest);
    }

    if (rc == OCI_MISMATCH) {
        rc = oci_fsck_damaged(c, digest, size, err);

    } else if (rc == OCI_IO || rc == OCI_DENIED) {
        memset(&finding, 0, sizeof(oci_finding_t));
        finding.kind = OCI_FSCK_UNREADABLE;
        finding.digest = oci_digest_str(digest);
        finding.path = oci_store_content_place(c->store, pool, digest);
        finding.why = "it cannot be read";
        oci_checker_tell(c, &finding);
        rc = OCI_OK;
    }

    oci_pool_destroy(pool);

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;     /* collected meanwhile */
}


/* OCI_MISMATCH: its bytes have another digest; err is of what pace says */

static oci_status_e
oci_fsck_digest(oci_checker_t *c, oci_pool_t *pool,
    const oci_digest_t *digest, uint64_t *size, oci_error_t *err)
{
    size_t         n;
    u_char        *buf;
    oci_str_t      none = oci_null_string;
    oci_hash_t     hash;
    oci_blob_t     blob;
    oci_digest_t   is;
    oci_status_e   rc;

    *size = 0;
    buf = malloc(OCI_FSCK_BUFFER);

    if (buf == NULL) {
        return oci_nomem(err);
    }

    oci_hash_init(&hash, digest->alg);
    rc = oci_store_content(c->store, pool, digest, &blob, NULL);

    while (rc == OCI_OK) {
        rc = oci_store_blob_read(oci_repo(c->store, pool, &none), &blob,
                                 *size, buf, OCI_FSCK_BUFFER, &n, NULL);

        if (rc != OCI_OK || n == 0) {
            break;
        }

        oci_hash_update(&hash, buf, n);
        *size += n;
        c->sum->bytes += n;
        rc = oci_checker_pace(c, n);
    }

    free(buf);

    if (rc != OCI_OK) {
        return rc;
    }

    oci_hash_final(&hash, &is);

    return oci_digest_eq(&is, digest) ? OCI_OK : OCI_MISMATCH;
}


static oci_status_e
oci_fsck_damaged(oci_checker_t *c, const oci_digest_t *digest, uint64_t size,
    oci_error_t *err)
{
    oci_damage_t  *damage;

    damage = oci_array_push(&c->damages);
    if (damage == NULL) {
        return oci_nomem(err);
    }

    damage->digest = *digest;
    damage->size = size;
    damage->kind = (size == 0) ? OCI_FSCK_EMPTY : OCI_FSCK_CORRUPT;
    oci_array_init(&damage->images, c->pool, sizeof(oci_str_t));

    return OCI_OK;
}


static oci_status_e
oci_fsck_damages(oci_checker_t *c, oci_error_t *err)
{
    size_t          i;
    oci_damage_t   *damages;
    oci_finding_t   finding;

    (void) err;

    damages = c->damages.elts;

    for (i = 0; i < c->damages.nelts; i++) {
        memset(&finding, 0, sizeof(oci_finding_t));
        finding.kind = damages[i].kind;
        finding.digest = oci_digest_str(&damages[i].digest);
        finding.path = oci_store_content_place(c->store, c->pool,
                                               &damages[i].digest);
        finding.images = damages[i].images.elts;
        finding.nimages = damages[i].images.nelts;
        finding.why = "its bytes have another digest";

        if (c->options->repair) {
            finding.repaired = oci_fsck_condemn(c, &damages[i]);
            finding.why = "its bytes have another digest: it was set apart, "
                          "push it again";
        }

        oci_checker_tell(c, &finding);
    }

    return OCI_OK;
}


/* what was pushed again since it was read is good */

static bool
oci_fsck_condemn(oci_checker_t *c, const oci_damage_t *damage)
{
    uint64_t       size;
    oci_pool_t    *pool;
    oci_status_e   rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return false;
    }

    rc = oci_fsck_digest(c, pool, &damage->digest, &size, NULL);

    if (rc == OCI_MISMATCH) {
        rc = oci_store_condemn(c->store, pool, &damage->digest, NULL);
    }

    oci_pool_destroy(pool);

    return rc == OCI_OK;
}
