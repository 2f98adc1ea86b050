/*
 * What the gate asks of a registry, or of a store.
 */

#include "gate/source.h"
#include "images/care.h"
#include "source/repository.h"

#include <string.h>


#define GATE_REFERRERS  10000       /* that a registry may list */


static oci_str_t gate_source_tag(const target_t *target);
static oci_status_e gate_source_store(oci_gate_source_t *source,
    target_t *target, oci_error_t *err);
static oci_status_e gate_source_manifest(void *data, oci_pool_t *pool,
    const char *name, oci_digest_t *digest, oci_str_t *content,
    oci_error_t *err);
static oci_status_e gate_source_blob(void *data, oci_pool_t *pool,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);
static oci_status_e gate_source_referrers(void *data, oci_pool_t *pool,
    const oci_digest_t *subject, oci_referrer_pt each, void *ctx,
    oci_error_t *err);


oci_status_e
gate_source(oci_gate_source_t *source, target_t *target, oci_error_t *err)
{
    repository_t  *repo;

    if (target->options.root != NULL) {
        return gate_source_store(source, target, err);
    }

    repo = oci_palloc(target->cmd->pool, sizeof(repository_t));

    if (repo == NULL) {
        return oci_nomem(err);
    }

    repo->pool = target->cmd->pool;
    repo->source = target->source;
    repo->ref = target->ref;

    memset(source, 0, sizeof(oci_gate_source_t));
    source->data = repo;
    source->repo = target->ref.repo;
    source->tag = gate_source_tag(target);
    source->manifest = gate_source_manifest;
    source->blob = gate_source_blob;
    source->referrers = gate_source_referrers;

    return OCI_OK;
}


/* which it is asked for by; a digest says more */

static oci_str_t
gate_source_tag(const target_t *target)
{
    return (target->ref.digest.alg == OCI_ALG_NONE) ? target->ref.tag
                                                    : oci_str(NULL);
}


static oci_status_e
gate_source_store(oci_gate_source_t *source, target_t *target,
    oci_error_t *err)
{
    oci_repo_t    *repo;
    oci_status_e   rc;

    repo = oci_pcalloc(target->cmd->pool, sizeof(oci_repo_t));

    if (repo == NULL) {
        return oci_nomem(err);
    }

    rc = care_store_open(target->cmd, target->options.root,
                         OCI_STORE_READONLY, &repo->store);
    repo->pool = target->cmd->pool;
    repo->name = target->ref.repo;

    if (rc == OCI_OK) {
        oci_gate_store(source, repo, gate_source_tag(target));
    }

    return rc;
}


static oci_status_e
gate_source_manifest(void *data, oci_pool_t *pool, const char *name,
    oci_digest_t *digest, oci_str_t *content, oci_error_t *err)
{
    oci_status_e        rc;
    source_manifest_t   manifest;

    (void) pool;

    rc = repository_manifest(data, name, &manifest, err);

    if (rc == OCI_OK) {
        *digest = manifest.digest;
        *content = manifest.content;
    }

    return rc;
}


static oci_status_e
gate_source_blob(void *data, oci_pool_t *pool, const oci_digest_t *digest,
    size_t max, oci_str_t *content, oci_error_t *err)
{
    (void) pool;

    return repository_blob(data, digest, max, content, err);
}


static oci_status_e
gate_source_referrers(void *data, oci_pool_t *pool,
    const oci_digest_t *subject, oci_referrer_pt each, void *ctx,
    oci_error_t *err)
{
    size_t           i;
    oci_array_t      digests;
    oci_error_t      why;
    oci_digest_t    *digest;
    oci_status_e     rc;
    oci_referrer_t   referrer;

    oci_array_init(&digests, pool, sizeof(oci_digest_t));
    rc = repository_referrers(data, subject, &digests, err);
    digest = digests.elts;

    for (i = 0;
         rc == OCI_OK && i < digests.nelts && i < GATE_REFERRERS;
         i++)
    {
        memset(&why, 0, sizeof(oci_error_t));
        rc = gate_source_manifest(data, pool, digest[i].text,
                                  &referrer.digest, &referrer.content, &why);

        if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;
            continue;
        }

        rc = (rc == OCI_OK) ? each(ctx, &referrer, err)
             : oci_error(err, rc, 0, "%s", why.text);
    }

    return rc;
}
