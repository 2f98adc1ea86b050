/*
 * A repository of a source, and names within it.
 */

#include "source/repository.h"
#include "oci_json.h"

#include <string.h>


static oci_status_e repository_ref(const repository_t *repo,
    const char *name, oci_reference_t *ref, oci_error_t *err);


oci_str_t
repository_name(const repository_t *repo)
{
    return oci_reference_context(&repo->ref, repo->pool);
}


/* the reference of a tag or a digest in this repository */

static oci_status_e
repository_ref(const repository_t *repo, const char *name, oci_reference_t *ref,
    oci_error_t *err)
{
    oci_str_t  text;

    *ref = repo->ref;
    ref->tag = oci_str(NULL);
    ref->digest.alg = OCI_ALG_NONE;

    if (name == NULL) {
        return OCI_OK;
    }

    text = oci_str(name);

    if (strchr(name, ':') == NULL) {
        ref->tag = text;

        return (oci_tag_valid(&text) || strcmp(name, SOURCE_MAIN) == 0)
               ? OCI_OK
               : oci_error(err, OCI_INVALID, 0, "\"%s\" is no tag", name);
    }

    if (oci_digest_parse(&ref->digest, &text) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is no digest", name);
    }

    return OCI_OK;
}


oci_status_e
repository_manifest(const repository_t *repo, const char *name,
    source_manifest_t *manifest, oci_error_t *err)
{
    oci_status_e      status;
    oci_reference_t   ref;

    status = repository_ref(repo, name, &ref, err);

    return (status == OCI_OK)
           ? source_manifest(repo->source, &ref, manifest, err) : status;
}


oci_status_e
repository_blob(const repository_t *repo, const oci_digest_t *digest,
    uint64_t max, oci_str_t *text, oci_error_t *err)
{
    return source_blob(repo->source, &repo->ref, digest, (size_t) max,
                       text, err);
}


oci_status_e
repository_referrers(const repository_t *repo, const oci_digest_t *subject,
    oci_array_t *digests, oci_error_t *err)
{
    size_t         i;
    json_t        *list;
    oci_str_t      text;
    oci_digest_t   digest, *slot;
    oci_status_e   status;

    list = NULL;
    status = source_referrers(repo->source, &repo->ref, subject, &list,
                              err);

    for (i = 0; status == OCI_OK && i < json_array_size(list); i++) {
        text = oci_json_str(json_array_get(list, i), "digest");

        if (oci_digest_parse(&digest, &text) != OCI_OK) {
            continue;
        }

        slot = oci_array_push(digests);

        if (slot == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *slot = digest;
    }

    return status;
}


oci_status_e
repository_put_blob(const repository_t *repo, const oci_str_t *text,
    oci_error_t *err)
{
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, text->data, text->len);

    return source_put_blob(repo->source, &repo->ref, &digest, text, err);
}


oci_status_e
repository_put_manifest(const repository_t *repo, const char *name,
    const oci_str_t *text, const char *type, oci_error_t *err)
{
    oci_digest_t     digest;
    oci_status_e     status;
    oci_reference_t  ref;

    status = repository_ref(repo, name, &ref, err);

    return (status != OCI_OK) ? status
           : source_put_manifest(repo->source, &ref, text, type, &digest,
                                 err);
}


oci_status_e
repository_delete(const repository_t *repo, const char *name, oci_error_t *err)
{
    oci_status_e      status;
    oci_reference_t   ref;

    status = repository_ref(repo, name, &ref, err);

    return (status == OCI_OK) ? source_delete(repo->source, &ref, err)
                              : status;
}
