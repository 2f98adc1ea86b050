/*
 * Where images and their signatures are.
 */

#include "sign/image.h"

#include <stdlib.h>
#include <string.h>


struct sign_store_s {
    oci_pool_t       *pool;
    source_t         *source;
    source_options_t  options;
    oci_reference_t   ref;          /* of the repository */
};


static const char *sign_store_local(cmd_t *cmd, const char *name,
    oci_reference_t *ref);
static oci_status_e sign_store_ref(sign_store_t *store, const char *name,
    oci_reference_t *ref, oci_error_t *err);


oci_status_e
sign_store_open(cmd_t *cmd, const char *name, sign_store_t **store,
    oci_reference_t *ref, oci_error_t *err)
{
    oci_str_t          text;
    oci_error_t        first = { OCI_OK, 0, "" };
    sign_args_t       *args;
    oci_status_e       status;
    source_options_t   options;

    args = cmd->options;
    options = args->source;

    if (args->local_image) {
        options.layout = sign_store_local(cmd, name, ref);

    } else {
        text = oci_str(name);
        status = oci_reference_parse(ref, cmd->pool, &text, &first);

        if (status != OCI_OK) {
            return oci_error(err, status, 0, "parsing reference: %s",
                             first.text);
        }
    }

    *store = oci_pcalloc(cmd->pool, sizeof(sign_store_t));

    if (*store == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    (*store)->pool = cmd->pool;
    (*store)->ref = *ref;

    (*store)->options = options;

    return source_open(&(*store)->source, cmd->pool, &(*store)->options, err);
}


/* "PATH", or "PATH@DIGEST" of what an index in it names; gives the path */

static const char *
sign_store_local(cmd_t *cmd, const char *name, oci_reference_t *ref)
{
    char       *path;
    oci_str_t   text;

    memset(ref, 0, sizeof(oci_reference_t));
    ref->host = oci_str("localhost");
    ref->repo = oci_str(name);
    ref->tag = oci_str(SOURCE_MAIN);

    path = (char *) oci_strf(cmd->pool, "%s", name).data;

    if (path == NULL || strrchr(path, '@') == NULL) {
        return path;
    }

    text = oci_str(strrchr(path, '@') + 1);

    if (oci_digest_parse(&ref->digest, &text) == OCI_OK) {
        *strrchr(path, '@') = '\0';
        ref->repo = oci_str(path);
    }

    return path;
}


oci_status_e
sign_store_signatures(cmd_t *cmd, const sign_store_t *store,
    sign_store_t **sigs, oci_error_t *err)
{
    oci_str_t      text;
    const char    *name;
    oci_error_t    first = { OCI_OK, 0, "" };
    oci_status_e   status;

    *sigs = oci_palloc(cmd->pool, sizeof(sign_store_t));

    if (*sigs == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    **sigs = *store;
    name = getenv("COSIGN_REPOSITORY");

    if (name == NULL || name[0] == '\0') {
        return OCI_OK;
    }

    text = oci_str(name);
    status = oci_reference_parse(&(*sigs)->ref, cmd->pool, &text, &first);

    if (status != OCI_OK) {
        return oci_error(err, status, 0, "COSIGN_REPOSITORY: %s",
                         first.text);
    }

    return OCI_OK;
}


oci_str_t
sign_store_name(const sign_store_t *store)
{
    return oci_reference_context(&store->ref, store->pool);
}


transport_t *
sign_store_transport(sign_store_t *store)
{
    return source_transport(store->source);
}


/* the reference of a tag or a digest in this repository */

static oci_status_e
sign_store_ref(sign_store_t *store, const char *name, oci_reference_t *ref,
    oci_error_t *err)
{
    oci_str_t  text;

    *ref = store->ref;
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
sign_store_manifest(sign_store_t *store, const char *name,
    sign_manifest_t *manifest, oci_error_t *err)
{
    oci_status_e        status;
    oci_reference_t     ref;
    source_manifest_t   found;

    status = sign_store_ref(store, name, &ref, err);

    if (status == OCI_OK) {
        status = source_manifest(store->source, &ref, &found, err);
    }

    if (status == OCI_OK) {
        manifest->text = found.content;
        manifest->type = found.media_type;
        manifest->digest = found.digest;
    }

    return status;
}


oci_status_e
sign_store_blob(sign_store_t *store, const oci_digest_t *digest,
    uint64_t max, oci_str_t *text, oci_error_t *err)
{
    return source_blob(store->source, &store->ref, digest, (size_t) max,
                       text, err);
}


oci_status_e
sign_store_referrers(sign_store_t *store, const oci_digest_t *subject,
    oci_array_t *digests, oci_error_t *err)
{
    size_t         i;
    json_t        *list;
    oci_str_t      text;
    oci_digest_t   digest, *slot;
    oci_status_e   status;

    list = NULL;
    status = source_referrers(store->source, &store->ref, subject, &list,
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
sign_store_put_blob(sign_store_t *store, const oci_str_t *text,
    oci_error_t *err)
{
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, text->data, text->len);

    return source_put_blob(store->source, &store->ref, &digest, text, err);
}


oci_status_e
sign_store_put_manifest(sign_store_t *store, const char *name,
    const oci_str_t *text, const char *type, oci_error_t *err)
{
    oci_digest_t     digest;
    oci_status_e     status;
    oci_reference_t  ref;

    status = sign_store_ref(store, name, &ref, err);

    return (status != OCI_OK) ? status
           : source_put_manifest(store->source, &ref, text, type, &digest,
                                 err);
}


oci_status_e
sign_store_delete(sign_store_t *store, const char *name, oci_error_t *err)
{
    oci_status_e      status;
    oci_reference_t   ref;

    status = sign_store_ref(store, name, &ref, err);

    return (status == OCI_OK) ? source_delete(store->source, &ref, err)
                              : status;
}
