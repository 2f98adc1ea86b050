/*
 * A store on disk in place of a registry.
 */

#include "source/source_backend.h"
#include "oci_care.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>


#define SOURCE_STORE_PAGE  10000


static oci_status_e source_store_drop_manifest(void *data,
    const oci_str_t *name, oci_error_t *err);
static oci_status_e source_store_drop_tag(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e source_store_drop_layer(void *data,
    const oci_str_t *name, oci_error_t *err);
static oci_status_e source_store_drop(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, oci_error_t *err);
static oci_status_e source_store_resolve(source_t *s,
    const oci_reference_t *ref, oci_digest_t *digest, oci_error_t *err);


static oci_status_e
source_store_manifest(source_t *s, const oci_reference_t *ref,
    source_manifest_t *manifest, oci_error_t *err)
{
    oci_status_e  rc;

    manifest->digest = ref->digest;

    if (ref->digest.alg == OCI_ALG_NONE) {
        rc = source_store_resolve(s, ref, &manifest->digest, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_store_manifest(oci_repo(s->store, s->pool, &ref->repo),
                              &manifest->digest, SOURCE_MANIFEST_MAX,
                              &manifest->content, err);
}


static oci_status_e
source_store_resolve(source_t *s, const oci_reference_t *ref,
    oci_digest_t *digest, oci_error_t *err)
{
    return oci_store_tag(oci_repo(s->store, s->pool, &ref->repo), &ref->tag,
                         digest, err);
}


static oci_status_e
source_store_file(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, int *fd, oci_error_t *err)
{
    oci_blob_t    blob;
    oci_status_e  rc;

    rc = oci_store_blob(oci_repo(s->store, s->pool, &ref->repo), digest,
                        &blob, err);
    if (rc != OCI_OK) {
        return rc;
    }

    *fd = open(blob.file, O_RDONLY|O_CLOEXEC);

    return (*fd != -1) ? OCI_OK
           : oci_error_errno(err, errno, "cannot open \"%s\"", blob.file);
}


static bool
source_store_has(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest)
{
    oci_blob_t   blob;
    oci_error_t  none;

    return oci_store_blob(oci_repo(s->store, s->pool, &ref->repo), digest,
                          &blob, &none)
           == OCI_OK;
}


static oci_status_e
source_store_put_blob(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_error_t *err)
{
    return oci_store_blob_put(oci_repo(s->store, s->pool, &ref->repo), digest,
                              content, err);
}


static oci_status_e
source_store_put_manifest(source_t *s, const oci_reference_t *ref,
    const oci_str_t *content, const char *media_type,
    const oci_manifest_t *m, bool *known, oci_error_t *err)
{
    oci_array_t          missing;
    oci_manifest_put_t   put;

    (void) media_type;

    memset(&put, 0, sizeof(put));
    put.digest = ref->digest;
    put.content = *content;
    put.manifest = m;
    put.tags = &ref->tag;
    put.modes = NULL;
    put.ntags = (ref->tag.len != 0) ? 1 : 0;

    oci_array_init(&missing, s->pool, sizeof(oci_digest_t));
    *known = true;

    return oci_store_manifest_put(oci_repo(s->store, s->pool, &ref->repo),
                                  &put, &missing, err);
}


typedef struct {
    source_t  *source;
    json_t    *descriptors;
} source_store_referrers_t;


static oci_status_e
source_store_referrer(void *data, const oci_referrer_t *referrer,
    oci_error_t *err)
{
    oci_str_t                  none = oci_null_string;
    oci_manifest_t             m;
    source_store_referrers_t  *r = data;

    if (oci_manifest_parse(&m, r->source->pool, &referrer->content, &none,
                           NULL)
        != OCI_OK)
    {
        return OCI_OK;
    }

    if (json_array_append_new(r->descriptors,
                              oci_manifest_descriptor(&m, &referrer->digest,
                                                   referrer->content.len))
        != 0)
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


static oci_status_e
source_store_referrers(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, json_t *descriptors, oci_error_t *err)
{
    source_store_referrers_t  r = { s, descriptors };

    return oci_store_referrers(oci_repo(s->store, s->pool, &ref->repo),
                               digest, NULL, source_store_referrer, &r, err);
}


static oci_status_e
source_store_list(source_t *s, const oci_reference_t *ref,
    oci_array_t *names, oci_error_t *err)
{
    bool          more;
    oci_str_t     last = oci_null_string;
    oci_status_e  rc;

    do {
        rc = (ref->repo.len == 0)
             ? oci_store_catalog(s->store, s->pool, &last,
                                 names->nelts + SOURCE_STORE_PAGE, names,
                                 &more, err)
             : oci_store_tags(oci_repo(s->store, s->pool, &ref->repo), &last,
                              names->nelts + SOURCE_STORE_PAGE, names, &more,
                              err);

        if (rc == OCI_OK && names->nelts != 0) {
            last = ((oci_str_t *) names->elts)[names->nelts - 1];
        }

    } while (rc == OCI_OK && more);

    return rc;
}


static oci_status_e
source_store_delete(source_t *s, const oci_reference_t *ref, oci_error_t *err)
{
    return (ref->digest.alg != OCI_ALG_NONE)
           ? oci_store_manifest_delete(oci_repo(s->store, s->pool, &ref->repo),
                                       &ref->digest, NULL, NULL, err)
           : oci_store_tag_delete(oci_repo(s->store, s->pool, &ref->repo),
                                  &ref->tag, err);
}


/* tags, then manifests: nothing is left that names what is gone */

static oci_status_e
source_store_delete_repo(source_t *s, const oci_reference_t *ref,
    oci_error_t *err)
{
    oci_repo_t    *repo, here = { s->store, s->pool, ref->repo, false };
    oci_status_e   rc;

    repo = &here;
    rc = oci_store_walk_places(repo, OCI_LINK_TAG, source_store_drop_tag,
                               repo, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_places(repo, OCI_LINK_REVISION,
                                   source_store_drop_manifest, repo, err);
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_places(repo, OCI_LINK_LAYER,
                                   source_store_drop_layer, repo, err);
    }

    return (rc == OCI_OK) ? oci_store_repo_remove(repo, INT64_MAX, err) : rc;
}


static oci_status_e
source_store_drop_manifest(void *data, const oci_str_t *name,
    oci_error_t *err)
{
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_digest_t   digest;
    oci_status_e   rc;

    rc = oci_digest_parse(&digest, name);

    if (rc == OCI_OK) {
        rc = oci_store_manifest_delete(data, &digest, NULL, NULL, &why);
    }

    return (rc == OCI_OK || rc == OCI_NOT_FOUND) ? OCI_OK
           : oci_error(err, rc, 0, "%s", why.text);
}


static oci_status_e
source_store_drop_tag(void *data, const oci_str_t *name, oci_error_t *err)
{
    return source_store_drop(data, OCI_LINK_TAG, name, err);
}


static oci_status_e
source_store_drop_layer(void *data, const oci_str_t *name, oci_error_t *err)
{
    return source_store_drop(data, OCI_LINK_LAYER, name, err);
}


static oci_status_e
source_store_drop(const oci_repo_t *repo, oci_link_e kind,
    const oci_str_t *name, oci_error_t *err)
{
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_store_link_remove(repo, kind, name, INT64_MAX, &why);

    return (rc == OCI_OK || rc == OCI_NOT_FOUND) ? OCI_OK
           : oci_error(err, rc, 0, "%s", why.text);
}


const source_backend_t  source_store = {
    .manifest = source_store_manifest,
    .blob = NULL,
    .file = source_store_file,
    .has = source_store_has,
    .put_blob = source_store_put_blob,
    .put_manifest = source_store_put_manifest,
    .delete = source_store_delete,
    .delete_repo = source_store_delete_repo,
    .list = source_store_list,
    .referrers = source_store_referrers
};
