/*
 * Marking what a repository keeps in use.
 */

#include "oci_keep.h"
#include "oci_manifest.h"

#include <string.h>


#define OCI_KEEP_MANIFEST_MAX  (64 * 1024 * 1024)


typedef struct {
    oci_collector_t   *c;
    const oci_repo_t  *repo;
    bool               doubt;           /* something cannot be read */
} oci_keeping_t;


static oci_status_e oci_keep_revision(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_keep_tag(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_keep_listed(oci_keeping_t *keeping,
    const oci_digest_t *digest, const oci_digest_t *target, oci_error_t *err);
static oci_status_e oci_keep_parts(oci_collector_t *c,
    const oci_repo_t *repo, const oci_manifest_t *m, oci_error_t *err);
static oci_status_e oci_keep_part(oci_collector_t *c, const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_keep_whole(oci_collector_t *c,
    const oci_repo_t *repo, oci_error_t *err);
static oci_status_e oci_keep_link(void *data, const oci_link_t *link,
    oci_error_t *err);


oci_status_e
oci_keep_repo(oci_collector_t *c, const oci_repo_t *repo, int64_t since,
    oci_error_t *err)
{
    oci_status_e   rc;
    oci_keeping_t  keeping = { c, repo, false };

    rc = oci_store_walk_changed(repo, OCI_LINK_REVISION, since,
                                oci_keep_revision, &keeping, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_changed(repo, OCI_LINK_TAG, since, oci_keep_tag,
                                    &keeping, err);
    }

    if (rc == OCI_OK && keeping.doubt) {
        rc = oci_keep_whole(c, repo, err);
    }

    return rc;
}


static oci_status_e
oci_keep_revision(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_digest_t    digest;
    oci_keeping_t  *keeping = data;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;                  /* deleted; the place stays */
    }

    if (link->status != OCI_OK
        || oci_digest_parse(&digest, &link->name) != OCI_OK)
    {
        keeping->doubt = true;
        oci_collector_event(keeping->c, OCI_COLLECT_PROBLEM,
                            &keeping->repo->name, &link->name, 0,
                            "the link of a manifest cannot be read");
        return OCI_OK;
    }

    return oci_keep_listed(keeping, &digest, &link->target, err);
}


/* registry 2.1.0 linked manifests among the layers: only their tags tell */

static oci_status_e
oci_keep_tag(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_mark_t      mark;
    oci_keeping_t  *keeping = data;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (link->status != OCI_OK) {
        keeping->doubt = true;
        oci_collector_event(keeping->c, OCI_COLLECT_PROBLEM,
                            &keeping->repo->name, &link->name, 0,
                            "the link of a tag cannot be read");
        return OCI_OK;
    }

    if (oci_store_manifest_mark(keeping->repo, &link->target, &mark, NULL)
        == OCI_OK)
    {
        return OCI_OK;
    }

    return oci_keep_listed(keeping, &link->target, NULL, err);
}


static oci_status_e
oci_keep_listed(oci_keeping_t *keeping, const oci_digest_t *digest,
    const oci_digest_t *target, oci_error_t *err)
{
    oci_str_t     name;
    oci_mark_t    mark;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_keep_manifest(keeping->c, keeping->repo, digest, target, &why);

    if (rc == OCI_NOMEM) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    if (rc == OCI_OK) {
        return oci_collector_pace(keeping->c);
    }

    if (rc == OCI_NOT_FOUND
        && oci_store_manifest_mark(keeping->repo, digest, &mark, NULL)
           == OCI_NOT_FOUND)
    {
        return OCI_OK;                  /* deleted since the walk saw it */
    }

    name = oci_digest_str(digest);
    keeping->doubt = true;
    oci_collector_event(keeping->c, OCI_COLLECT_PROBLEM,
                        &keeping->repo->name, &name, 0, why.text);

    return OCI_OK;
}


oci_status_e
oci_keep_manifest(oci_collector_t *c, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_digest_t *target, oci_error_t *err)
{
    oci_str_t       content, none = oci_null_string;
    oci_repo_t      own;
    oci_status_e    rc;
    oci_manifest_t  m;

    rc = oci_used_add(&c->used, digest, err);

    if (rc == OCI_OK && target != NULL && !oci_digest_eq(digest, target)) {
        rc = oci_used_add(&c->used, target, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    own = *repo;
    own.pool = oci_pool_create();

    if (own.pool == NULL) {
        return oci_nomem(err);
    }

    rc = (target != NULL)
         ? oci_store_content_read(c->store, own.pool, target,
                                  OCI_KEEP_MANIFEST_MAX, &content, err)
         : oci_store_manifest(&own, digest, OCI_KEEP_MANIFEST_MAX, &content,
                              err);

    if (rc == OCI_OK) {
        rc = oci_manifest_parse(&m, own.pool, &content, &none, err);
    }

    if (rc == OCI_OK) {
        rc = oci_keep_parts(c, &own, &m, err);
        c->sum->manifests++;
    }

    oci_pool_destroy(own.pool);

    return rc;
}


static oci_status_e
oci_keep_parts(oci_collector_t *c, const oci_repo_t *repo,
    const oci_manifest_t *m, oci_error_t *err)
{
    size_t        i;
    oci_status_e  rc;

    rc = OCI_OK;

    if (m->config != NULL) {
        rc = oci_keep_part(c, repo, &m->config->digest, err);
    }

    for (i = 0; rc == OCI_OK && i < m->nparts; i++) {
        rc = oci_keep_part(c, repo, &m->parts[i].digest, err);
    }

    return rc;
}


/* registry:2 keeps other algorithms' blobs under their SHA-256: an alias */

static oci_status_e
oci_keep_part(oci_collector_t *c, const oci_repo_t *repo,
    const oci_digest_t *digest, oci_error_t *err)
{
    oci_blob_t    blob;
    oci_status_e  rc;

    if (digest->alg != OCI_SHA256
        && oci_store_blob(repo, digest, &blob, NULL) == OCI_OK)
    {
        rc = oci_used_add(&c->used, &blob.digest, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_used_add(&c->used, digest, err);
}


static oci_status_e
oci_keep_whole(oci_collector_t *c, const oci_repo_t *repo, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_store_walk_links(repo, OCI_LINK_REVISION, oci_keep_link, c, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_links(repo, OCI_LINK_LAYER, oci_keep_link, c,
                                  err);
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_links(repo, OCI_LINK_TAG, oci_keep_link, c, err);
    }

    return rc;
}


static oci_status_e
oci_keep_link(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_digest_t      digest;
    oci_status_e      rc;
    oci_collector_t  *c = data;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    rc = OCI_OK;

    if (oci_digest_parse(&digest, &link->name) == OCI_OK) {
        rc = oci_used_add(&c->used, &digest, err);
    }

    if (rc == OCI_OK && link->status == OCI_OK) {
        rc = oci_used_add(&c->used, &link->target, err);
    }

    return rc;
}
