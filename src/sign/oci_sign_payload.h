/*
 * The "simple signing" payload: what a legacy signature signs.
 *
 * {"critical":{"identity":{"docker-reference":...},
 *              "image":{"docker-manifest-digest":...},
 *              "type":"cosign container image signature"},
 *  "optional":{...} or null}
 */

#ifndef OCI_SIGN_PAYLOAD_H
#define OCI_SIGN_PAYLOAD_H

#include "oci_sign_util.h"


#define OCI_SIGN_PAYLOAD_TYPE  "cosign container image signature"


typedef struct {
    oci_str_t  name;
    oci_str_t  value;
} oci_sign_pair_t;


/* a payload that was read; root belongs to the pool */

typedef struct {
    json_t     *root;
    oci_str_t   reference;
    oci_str_t   digest;         /* as written; empty when it is missing */
    oci_str_t   type;
    json_t     *optional;       /* an object, or NULL */
} oci_sign_payload_t;


/*
 * The payload's text, byte by byte as cosign writes it: optional is null
 * without pairs, else an object sorted by name in which the last pair of a
 * name counts.
 */

oci_str_t oci_sign_payload_text(oci_pool_t *pool, const oci_str_t *reference,
    const oci_str_t *digest, const oci_array_t *pairs);

/* OCI_INVALID: not JSON, or nothing that Go would read into such a payload */

oci_status_e oci_sign_payload_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_payload_t *payload, oci_error_t *err);

/* every wanted pair is a string member of object */

bool oci_sign_pairs_match(const json_t *object, const oci_array_t *pairs);

/* gives root to the pool; false when it could not, root is then gone */

bool oci_sign_json_keep(oci_pool_t *pool, json_t *root);


#endif /* OCI_SIGN_PAYLOAD_H */
