/*
 * The legacy signature image (tag sha256-<hex>.sig or .att): an OCI manifest
 * whose layers are payloads with the signature in their annotations.
 */

#ifndef OCI_SIGN_IMAGE_H
#define OCI_SIGN_IMAGE_H

#include "oci_sign_util.h"


#define OCI_SIGN_MT_SIMPLE    "application/vnd.dev.cosign.simplesigning.v1+json"
#define OCI_SIGN_MT_DSSE      "application/vnd.dsse.envelope.v1+json"
#define OCI_SIGN_MT_BUNDLE    "application/vnd.dev.sigstore.bundle.v0.3+json"
#define OCI_SIGN_MT_MANIFEST  "application/vnd.oci.image.manifest.v1+json"
#define OCI_SIGN_MT_CONFIG    "application/vnd.oci.image.config.v1+json"
#define OCI_SIGN_MT_EMPTY     "application/vnd.oci.empty.v1+json"
#define OCI_SIGN_MT_SIG       "application/vnd.dev.cosign.artifact.sig.v1+json"

#define OCI_SIGN_A_SIGNATURE  "dev.cosignproject.cosign/signature"
#define OCI_SIGN_A_CERT       "dev.sigstore.cosign/certificate"
#define OCI_SIGN_A_CHAIN      "dev.sigstore.cosign/chain"
#define OCI_SIGN_A_BUNDLE     "dev.sigstore.cosign/bundle"
#define OCI_SIGN_A_TIME       "dev.sigstore.cosign/rfc3161timestamp"
#define OCI_SIGN_A_PREDICATE  "predicateType"

#define OCI_SIGN_MAX_LAYERS   1000


/* one layer; annotations is an object or NULL and belongs to the manifest */

typedef struct {
    oci_str_t      media_type;
    oci_digest_t   digest;
    uint64_t       size;
    json_t        *annotations;
} oci_sign_layer_t;


typedef struct {
    json_t        *root;            /* freed with the pool */
    oci_str_t      media_type;
    oci_str_t      config_type;
    oci_digest_t   config;          /* alg is OCI_ALG_NONE when it has none */
    uint64_t       config_size;
    oci_array_t    layers;          /* oci_sign_layer_t */
} oci_sign_image_t;


/*
 * Reads a manifest.  OCI_INVALID: not one; OCI_LIMIT: more than
 * OCI_SIGN_MAX_LAYERS layers ("number of layers (N) exceeded the limit").
 */

oci_status_e oci_sign_image_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_image_t *image, oci_error_t *err);

/* a string annotation of a layer; data is NULL when it has none */

oci_str_t oci_sign_layer_note(const oci_sign_layer_t *layer,
    const char *name);


/*
 * A signature image with one layer more than manifest and config have; both
 * may be empty, for the first layer.  layer is a descriptor object, a
 * reference to which is taken.  created is RFC 3339, or NULL for Go's zero.
 * The new texts are given back; what was in the old ones stays, order and
 * unknown members included.
 */

oci_status_e oci_sign_image_append(oci_pool_t *pool,
    const oci_str_t *manifest, const oci_str_t *config, json_t *layer,
    const char *created, oci_str_t *new_manifest, oci_str_t *new_config,
    oci_error_t *err);

/*
 * A signature image as a referrer of subject (a descriptor object), in the
 * experimental way of cosign 2: the config's media type tells what it is.
 */

oci_str_t oci_sign_image_refer(oci_pool_t *pool, const oci_str_t *manifest,
    const json_t *subject, oci_error_t *err);

/* a descriptor {mediaType, size, digest, annotations}; a new reference */

json_t *oci_sign_layer_new(const char *media_type, const oci_str_t *blob,
    json_t *annotations);


/*
 * The manifest that ties one bundle to subject (a descriptor object).
 * predicate is the type of its statement, NULL for a plain message.
 */

oci_str_t oci_sign_referrer_text(oci_pool_t *pool, const oci_str_t *bundle,
    const json_t *subject, const char *predicate, int64_t created);


#endif /* OCI_SIGN_IMAGE_H */
