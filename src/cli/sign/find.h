/*
 * What is attached to an image: bundles among its referrers, layers of its
 * .sig or .att image.
 */

#ifndef SIGN_FIND_H
#define SIGN_FIND_H

#include "sign/image.h"


typedef struct {
    oci_sign_bundle_t   bundle;
    oci_str_t           text;
    oci_digest_t        digest;         /* of the referrer's manifest */
} sign_bundle_t;


typedef struct {
    oci_sign_legacy_t   sig;
    oci_str_t           media_type;
    oci_digest_t        digest;
    const json_t       *of;             /* its annotations */
    oci_str_t           predicate;      /* as annotated */
    oci_error_t         err;            /* it could not be read */
} sign_layer_t;


/* a kind of attachment, and the suffix of its tag */

typedef struct {
    const char  *type;
    const char  *suffix;            /* NULL: it has no tag */
} sign_kind_t;


extern const sign_kind_t  sign_kinds[];         /* ended by NULL */

/* the kind of that name; NULL: there is none */

const sign_kind_t *sign_kind(const char *type);

/* the tag of an image's signatures: <prefix>sha256-<hex>.<suffix> */

oci_str_t sign_tag(oci_pool_t *pool, const char *prefix,
    const oci_digest_t *digest, const char *suffix);

/* skips referrers that are no bundles; an unreadable repository is an error */

oci_status_e sign_find_bundles(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *bundles);

/*
 * The layers of the image with that tag; none when there is no such image.
 * oci11: of all referrers that are signature images instead.
 */

oci_status_e sign_find_layers(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, const char *tag, bool oci11,
    oci_array_t *layers);


/* the manifests (source_manifest_t) of those referrers, as they are listed */

oci_status_e sign_find_oci11(cmd_t *cmd, const repository_t *repo,
    const oci_digest_t *digest, oci_array_t *manifests);


#endif /* SIGN_FIND_H */
