/*
 * A repository of a store, as the gate asks for it.
 */

#include "oci_gate_load.h"
#include "oci_care.h"
#include "oci_file.h"

#include <string.h>


#define OCI_GATE_MANIFEST  (16 * OCI_MANIFEST_MAX)
#define OCI_GATE_LISTS     64       /* indexes that are looked at */


typedef struct {
    const oci_repo_t    *repo;
    const oci_digest_t  *child;
    oci_array_t         *found;     /* oci_digest_t */
} oci_gate_lists_t;


static oci_repo_t oci_gate_repo(const void *data, oci_pool_t *pool);
static oci_status_e oci_gate_store_manifest(void *data, oci_pool_t *pool,
    const char *name, oci_digest_t *digest, oci_str_t *content,
    oci_error_t *err);
static oci_status_e oci_gate_store_blob(void *data, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);
static oci_status_e oci_gate_store_referrers(void *data, oci_pool_t *pool,
    const oci_digest_t *subject, oci_referrer_pt each, void *ctx,
    oci_error_t *err);
static oci_status_e oci_gate_store_scanned(void *data, oci_pool_t *pool,
    const oci_digest_t *digest, oci_due_note_t *note, bool *waits,
    oci_error_t *err);
static oci_status_e oci_gate_store_mark(void *data, const char *name,
    oci_mark_t *mark);
static oci_status_e oci_gate_mark(const oci_repo_t *repo, const char *name,
    oci_mark_t *mark);
static oci_status_e oci_gate_store_parents(void *data, oci_pool_t *pool,
    const oci_digest_t *child, oci_array_t *digests, oci_error_t *err);
static oci_status_e oci_gate_lists(void *data, const oci_str_t *name,
    oci_error_t *err);
static bool oci_gate_lists_child(oci_gate_lists_t *l,
    const oci_repo_t *repo, const oci_digest_t *digest);


void
oci_gate_store(oci_gate_source_t *source, const oci_repo_t *repo,
    oci_str_t tag)
{
    source->data = (void *) repo;
    source->repo = repo->name;
    source->tag = tag;
    source->manifest = oci_gate_store_manifest;
    source->blob = oci_gate_store_blob;
    source->referrers = oci_gate_store_referrers;
    source->scanned = oci_gate_store_scanned;
    source->mark = oci_gate_store_mark;
    source->parents = oci_gate_store_parents;
}


static oci_repo_t
oci_gate_repo(const void *data, oci_pool_t *pool)
{
    oci_repo_t  repo;

    repo = *(const oci_repo_t *) data;
    repo.pool = pool;

    return repo;
}


static oci_status_e
oci_gate_store_manifest(void *data, oci_pool_t *pool, const char *name,
    oci_digest_t *digest, oci_str_t *content, oci_error_t *err)
{
    oci_str_t     text;
    oci_repo_t    repo;
    oci_status_e  rc;

    repo = oci_gate_repo(data, pool);
    text = oci_str(name);

    rc = (strchr(name, ':') != NULL) ? oci_digest_parse(digest, &text)
         : oci_store_tag(&repo, &text, digest, err);

    return (rc == OCI_OK)
           ? oci_store_manifest(&repo, digest, OCI_GATE_MANIFEST, content,
                                err)
           : rc;
}


static oci_status_e
oci_gate_store_blob(void *data, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err)
{
    oci_blob_t    blob;
    oci_repo_t    repo;
    oci_digest_t  is;
    oci_status_e  rc;

    repo = oci_gate_repo(data, pool);
    rc = oci_store_blob(&repo, digest, &blob, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (blob.size > max) {
        return oci_error(err, OCI_LIMIT, 0, "it is larger than %zu bytes",
                         max);
    }

    content->data = oci_palloc(pool, (size_t) blob.size + 1);

    if (content->data == NULL) {
        return oci_nomem(err);
    }

    rc = oci_store_blob_read(&repo, &blob, 0, content->data,
                             (size_t) blob.size, &content->len, err);

    if (rc != OCI_OK) {
        return rc;
    }

    content->data[content->len] = '\0';
    oci_digest_of(&is, digest->alg, content->data, content->len);

    return oci_digest_eq(&is, digest) ? OCI_OK
           : oci_error(err, OCI_MISMATCH, 0, "the blob is damaged");
}


static oci_status_e
oci_gate_store_referrers(void *data, oci_pool_t *pool,
    const oci_digest_t *subject, oci_referrer_pt each, void *ctx,
    oci_error_t *err)
{
    oci_repo_t  repo;

    repo = oci_gate_repo(data, pool);

    return oci_store_referrers(&repo, subject, NULL, each, ctx, err);
}


static oci_status_e
oci_gate_store_scanned(void *data, oci_pool_t *pool,
    const oci_digest_t *digest, oci_due_note_t *note, bool *waits,
    oci_error_t *err)
{
    oci_repo_t  repo;

    repo = oci_gate_repo(data, pool);
    *waits = oci_due_waits(&repo, digest);

    return oci_due_note(&repo, digest, note, err);
}


static oci_status_e
oci_gate_store_mark(void *data, const char *name, oci_mark_t *mark)
{
    oci_repo_t    repo;
    oci_status_e  rc;

    repo = oci_gate_repo(data, oci_pool_create());

    if (repo.pool == NULL) {
        return OCI_NOMEM;
    }

    rc = oci_gate_mark(&repo, name, mark);
    oci_pool_destroy(repo.pool);

    return rc;
}


static oci_status_e
oci_gate_mark(const oci_repo_t *repo, const char *name, oci_mark_t *mark)
{
    oci_str_t     text;
    oci_digest_t  digest;

    text = oci_str(name);

    if (strchr(name, ':') == NULL) {
        return oci_store_tag_mark(repo, &text, mark, NULL);
    }

    return (oci_digest_parse(&digest, &text) == OCI_OK)
           ? oci_store_manifest_mark(repo, &digest, mark, NULL)
           : OCI_INVALID;
}


oci_status_e
oci_gate_holds(const oci_gate_depends_t *depends, const oci_repo_t *repo)
{
    size_t                    i;
    oci_mark_t                mark;
    oci_status_e              rc;
    const oci_gate_depend_t  *on;

    for (i = 0; i < depends->n; i++) {
        on = &depends->on[i];

        if (on->file == NULL) {
            rc = oci_gate_mark(repo, on->name, &mark);

        } else {
            rc = repo->nowait
                 ? oci_file_mark_cached(on->file, &mark, NULL, NULL)
                 : oci_file_mark(on->file, &mark, NULL, NULL);
        }

        if (rc != OCI_OK) {
            return rc;
        }

        if (!oci_mark_eq(&mark, &on->mark)) {
            return OCI_MISMATCH;
        }
    }

    return OCI_OK;
}


/* nothing leads from an image to its indexes: all manifests are looked at */

static oci_status_e
oci_gate_store_parents(void *data, oci_pool_t *pool,
    const oci_digest_t *child, oci_array_t *digests, oci_error_t *err)
{
    oci_repo_t        repo;
    oci_gate_lists_t  l;

    repo = oci_gate_repo(data, pool);
    l.repo = &repo;
    l.child = child;
    l.found = digests;

    return oci_store_walk_places(&repo, OCI_LINK_REVISION, oci_gate_lists,
                                 &l, err);
}


static oci_status_e
oci_gate_lists(void *data, const oci_str_t *name, oci_error_t *err)
{
    bool               lists;
    oci_repo_t         repo;
    oci_digest_t       digest, *slot;
    oci_gate_lists_t  *l = data;

    if (l->found->nelts == OCI_GATE_LISTS
        || oci_digest_parse(&digest, name) != OCI_OK)
    {
        return OCI_OK;
    }

    repo = oci_gate_repo(l->repo, oci_pool_create());

    if (repo.pool == NULL) {
        return oci_nomem(err);
    }

    lists = oci_gate_lists_child(l, &repo, &digest);
    oci_pool_destroy(repo.pool);

    if (!lists) {
        return OCI_OK;
    }

    slot = oci_array_push(l->found);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = digest;

    return OCI_OK;
}


static bool
oci_gate_lists_child(oci_gate_lists_t *l, const oci_repo_t *repo,
    const oci_digest_t *digest)
{
    size_t          i;
    oci_str_t       content, none = oci_null_string;
    oci_digest_t    is;
    oci_manifest_t  m;

    if (oci_store_manifest(repo, digest, OCI_MANIFEST_MAX, &content, NULL)
        != OCI_OK
        || memmem(content.data, content.len, l->child->text, l->child->len)
           == NULL
        || oci_manifest_parse(&m, repo->pool, &content, &none, NULL)
           != OCI_OK
        || m.kind != OCI_INDEX)
    {
        return false;
    }

    /* what was signed is the digest: the content must be that */

    oci_digest_of(&is, digest->alg, content.data, content.len);

    for (i = 0; i < m.nparts; i++) {
        if (oci_digest_eq(&m.parts[i].digest, l->child)) {
            return oci_digest_eq(&is, digest);
        }
    }

    return false;
}
