/*
 * Protobuf's JSON mapping, as far as bundles and trusted roots need it: a
 * table of members for each message, and a walk that normalises what it reads.
 */

#ifndef OCI_SIGN_PROTO_H
#define OCI_SIGN_PROTO_H

#include "oci_sign_util.h"


typedef enum {
    OCI_SIGN_P_STRING,
    OCI_SIGN_P_BYTES,
    OCI_SIGN_P_INT64,
    OCI_SIGN_P_ENUM,
    OCI_SIGN_P_MESSAGE
} oci_sign_proto_e;


typedef struct oci_sign_field_s  oci_sign_field_t;

struct oci_sign_field_s {
    const char              *name;      /* camelCase; NULL ends the table */
    oci_sign_proto_e         type;
    bool                     many;
    const oci_sign_field_t  *fields;    /* of a message */
};


/*
 * A new object with camelCase names, base64 checked, integers as integers,
 * nulls left out.  NULL: not such a message.  Proto names (snake_case) are
 * taken for camelCase.
 */

json_t *oci_sign_proto_read(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *fields);

extern const oci_sign_field_t  oci_sign_bundle_fields[];
extern const oci_sign_field_t  oci_sign_trust_fields[];


#endif /* OCI_SIGN_PROTO_H */
