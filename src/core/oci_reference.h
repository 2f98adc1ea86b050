/*
 * Names of repositories and tags, and references to images.
 *
 * Sources: OCI Distribution Specification 1.1, "Pulling manifests" (the
 * grammars); for what may be left out of a reference, what docker and
 * go-containerregistry do.
 */

#ifndef OCI_REFERENCE_H
#define OCI_REFERENCE_H

#include "oci_core.h"
#include "oci_digest.h"


#define OCI_NAME_MAX  255
#define OCI_TAG_MAX   128
#define OCI_HUB       "index.docker.io"


/* pure; bounded by the lengths above */

bool oci_name_valid(const oci_str_t *name);
bool oci_tag_valid(const oci_str_t *tag);


/*
 * "[host[:port]/]repository[:tag][@digest]".  Without a host it is an image
 * of Docker Hub, whose short names are below "library/"; without tag and
 * digest the tag is "latest".
 */

typedef struct {
    oci_str_t     host;         /* with the port, if any */
    oci_str_t     repo;
    oci_str_t     tag;          /* empty: none */
    oci_digest_t  digest;       /* alg OCI_ALG_NONE: none */
} oci_reference_t;


/* OCI_INVALID, said in err; the parts live in the pool */

oci_status_e oci_reference_parse(oci_reference_t *ref, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* "host/repo", without tag and digest */

oci_str_t oci_reference_context(const oci_reference_t *ref,
    oci_pool_t *pool);


#endif /* OCI_REFERENCE_H */
