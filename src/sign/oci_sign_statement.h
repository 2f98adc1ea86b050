/*
 * in-toto statements and DSSE envelopes.
 */

#ifndef OCI_SIGN_STATEMENT_H
#define OCI_SIGN_STATEMENT_H

#include "oci_sign_payload.h"


#define OCI_SIGN_INTOTO       "application/vnd.in-toto+json"
#define OCI_SIGN_PREDICATE    "https://sigstore.dev/cosign/sign/v1"
#define OCI_SIGN_CUSTOM       "https://cosign.sigstore.dev/attestation/v1"


typedef struct {
    json_t       *root;             /* freed with the pool */
    oci_str_t     predicate_type;
    json_t       *subjects;
    json_t       *matched;          /* the subject that was found, or NULL */
} oci_sign_statement_t;


/*
 * What "--type" means: "spdxjson" is "https://spdx.dev/Document", a name that
 * is in no table stays as it is when it is a URI.  NULL otherwise.
 */

const char *oci_sign_predicate_type(const char *name);

/* the pre-authentication encoding that a DSSE signature covers */

oci_str_t oci_sign_pae(oci_pool_t *pool, const oci_str_t *type,
    const oci_str_t *payload);

/* the statement that "cosign sign" signs for digest ("sha256:<hex>") */

oci_str_t oci_sign_statement_sign(oci_pool_t *pool,
    const oci_digest_t *digest, const oci_array_t *pairs);

/*
 * The statement of an attestation; predicate is the file's text.  version1
 * picks Statement/v1, else v0.1.  OCI_INVALID: the predicate is not JSON, or
 * not of its type.
 */

oci_status_e oci_sign_statement_attest(oci_pool_t *pool, const char *type,
    const oci_str_t *name, const oci_digest_t *digest,
    const oci_str_t *predicate, int64_t now, oci_str_t *text,
    oci_error_t *err);

/*
 * Reads a statement.  strict: as protobuf's JSON has it, an unknown member
 * or a member twice is OCI_INVALID; else as Go's encoding/json.
 */

oci_status_e oci_sign_statement_parse(oci_pool_t *pool,
    const oci_str_t *text, bool strict, oci_sign_statement_t *statement,
    oci_error_t *err);

/*
 * Is digest one of the subjects?  OCI_MISMATCH when not.  A subject's
 * digests of other algorithms are not looked at.
 */

oci_status_e oci_sign_statement_match(oci_sign_statement_t *statement,
    const oci_digest_t *digest, bool strict, oci_error_t *err);


#endif /* OCI_SIGN_STATEMENT_H */
