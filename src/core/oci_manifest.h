/*
 * Manifests: what a document is, and what it refers to.
 *
 * Sources: OCI Image Specification 1.1, manifest.md and image-index.md;
 * Docker Image Manifest V 2, Schema 2.
 */

#ifndef OCI_MANIFEST_H
#define OCI_MANIFEST_H

#include "oci_core.h"
#include "oci_digest.h"

#include <jansson.h>


#define OCI_TYPE_OCI_MANIFEST                                                \
    "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_OCI_INDEX                                                   \
    "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_DOCKER_MANIFEST                                             \
    "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_TYPE_DOCKER_LIST                                                 \
    "application/vnd.docker.distribution.manifest.list.v2+json"


typedef enum {
    OCI_IMAGE,                  /* config and layers; artifacts too */
    OCI_INDEX                   /* a list of manifests */
} oci_kind_e;


typedef struct {
    oci_digest_t  digest;
    uint64_t      size;
    oci_str_t     media_type;
    oci_str_t     artifact_type;
    bool          foreign;      /* may be kept elsewhere: need not exist here */
    bool          manifest;     /* may be a manifest of the repository */
    json_t       *json;         /* the descriptor; borrowed from the root */
} oci_descriptor_t;


typedef struct oci_manifest_s {
    oci_kind_e         kind;
    oci_str_t          media_type;      /* of the document itself */
    oci_str_t          artifact_type;   /* declared, or that of the config */
    oci_descriptor_t  *config;          /* NULL: none */
    oci_descriptor_t  *subject;         /* NULL: none */
    oci_descriptor_t  *parts;           /* layers or manifests */
    size_t             nparts;
    json_t            *annotations;     /* borrowed; NULL: none */
    json_t            *root;            /* released with the pool */
} oci_manifest_t;


/*
 * Reads a manifest.  content_type is what the client declared, empty if
 * nothing; it must not contradict the document.  OCI_INVALID, said in err:
 * not JSON, schema 1, an unknown media type, image and index at once, a bad
 * descriptor.  m lives in the pool; content is not kept.
 */

oci_status_e oci_manifest_parse(oci_manifest_t *m, oci_pool_t *pool,
    const oci_str_t *content, const oci_str_t *content_type,
    oci_error_t *err);

/*
 * The Content-Type to serve a stored document with: what it says itself, else
 * what its members tell.  Never fails: anything is served as something.
 */

const char *oci_manifest_type(const oci_str_t *content, oci_pool_t *pool);

/* the descriptor of a referrer in the index that answers for its subject */

json_t *oci_manifest_descriptor(const oci_manifest_t *m,
    const oci_digest_t *digest, uint64_t size);


#endif /* OCI_MANIFEST_H */
