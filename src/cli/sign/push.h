/*
 * Signatures to where their image is, none of another signer lost.
 */

#ifndef SIGN_PUSH_H
#define SIGN_PUSH_H

#include "sign/find.h"


/*
 * Adds a layer (payload with its annotations, an object whose reference is
 * taken) to the image with that tag.  With key and a layer there already
 * that says the same and that key has signed, nothing is written.  After
 * writing, the tag is read again: when another signer was faster, the layer
 * is added once more.
 */

oci_status_e sign_push_layer(cmd_t *cmd, const repository_t *repo,
    const char *tag, const char *media_type, const oci_str_t *payload,
    json_t *annotations, EVP_PKEY *key, const char *created);

/* the same as a referrer of subject, in place of a tag */

oci_status_e sign_push_referrer(cmd_t *cmd, const repository_t *repo,
    const source_manifest_t *subject, const oci_str_t *payload,
    json_t *annotations, EVP_PKEY *key, const char *created);

/*
 * One bundle, as a referrer of subject; predicate may be NULL.  made is the
 * digest of the manifest that was pushed.
 */

oci_status_e sign_push_bundle(cmd_t *cmd, const repository_t *repo,
    const source_manifest_t *subject, const oci_str_t *bundle,
    const char *predicate, oci_digest_t *made);


#endif /* SIGN_PUSH_H */
