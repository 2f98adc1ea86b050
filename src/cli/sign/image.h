/*
 * Where images and their signatures are: a registry, a store's tree or a
 * layout, seen as the few operations that signing needs.
 */

#ifndef SIGN_STORE_H
#define SIGN_STORE_H

#include "oci_reference.h"
#include "sign/options.h"


typedef struct sign_store_s  sign_store_t;


/* a manifest as it was found */

typedef struct {
    oci_str_t      text;
    oci_str_t      type;
    oci_digest_t   digest;
} sign_manifest_t;


/*
 * The repository of an image, opened once a command.  OCI_INVALID: "parsing
 * reference: ...".
 */

oci_status_e sign_store_open(cmd_t *cmd, const char *name,
    sign_store_t **store, oci_reference_t *ref, oci_error_t *err);

/*
 * Where its signatures are: the same repository, or that of
 * COSIGN_REPOSITORY.
 */

oci_status_e sign_store_signatures(cmd_t *cmd, const sign_store_t *store,
    sign_store_t **sigs, oci_error_t *err);

/* "host/repository" */

oci_str_t sign_store_name(const sign_store_t *store);

/* for what is no registry: a transparency log */

transport_t *sign_store_transport(sign_store_t *store);

/* name is a tag or a digest; OCI_NOT_FOUND when there is none */

oci_status_e sign_store_manifest(sign_store_t *store, const char *name,
    sign_manifest_t *manifest, oci_error_t *err);

/* the whole blob; its digest holds, and it is no larger than max */

oci_status_e sign_store_blob(sign_store_t *store, const oci_digest_t *digest,
    uint64_t max, oci_str_t *text, oci_error_t *err);

/*
 * The digests (oci_digest_t) of the manifests whose subject is that digest,
 * in the order of the list, by the API or by the fallback tag.  None at all
 * is OCI_OK.
 */

oci_status_e sign_store_referrers(sign_store_t *store,
    const oci_digest_t *subject, oci_array_t *digests, oci_error_t *err);

/* writes; a manifest goes to name, a tag, or to its digest when NULL */

oci_status_e sign_store_put_blob(sign_store_t *store, const oci_str_t *text,
    oci_error_t *err);
oci_status_e sign_store_put_manifest(sign_store_t *store, const char *name,
    const oci_str_t *text, const char *type, oci_error_t *err);

/* removes a tag, or a manifest by its digest; OCI_NOT_FOUND */

oci_status_e sign_store_delete(sign_store_t *store, const char *name,
    oci_error_t *err);


#endif /* SIGN_STORE_H */
