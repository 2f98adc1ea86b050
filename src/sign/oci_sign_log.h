/*
 * Transparency log entries: Rekor v1 (SET, inclusion proof, checkpoint) and
 * Rekor v2 (checkpoint and inclusion).
 *
 * Sources: RFC 9162 section 2.1.3.2 (inclusion), C2SP signed-note and
 * tlog-checkpoint.
 */

#ifndef OCI_SIGN_LOG_H
#define OCI_SIGN_LOG_H

#include "oci_sign_trust.h"


#define OCI_SIGN_MAX_HASHES   64        /* of an inclusion proof */
#define OCI_SIGN_MAX_COSIGNS  32        /* signatures of a checkpoint */
#define OCI_SIGN_MAX_ENTRIES  32        /* of a bundle */


typedef struct {
    oci_str_t      body;            /* canonical, decoded */
    int64_t        index;           /* global */
    int64_t        time;            /* integratedTime; 0: not known */
    u_char         id[32];          /* of the log */
    bool           known_id;        /* false: it was not 32 bytes */
    oci_str_t      set;             /* data is NULL: no promise */

    bool           proof;           /* the following five are set */
    int64_t        proof_index;
    int64_t        tree_size;
    oci_str_t      root;
    oci_array_t    hashes;          /* oci_str_t */
    oci_str_t      checkpoint;
} oci_sign_entry_t;


/* the content of a v1 body; raw is decoded, DER of key or certificate */

typedef struct {
    bool           v2;              /* nothing else is set then */
    oci_str_t      kind;            /* hashedrekord, dsse, intoto */
    oci_str_t      version;         /* of the kind: 0.0.1, 0.0.2 */
    oci_str_t      signature;       /* decoded; none in intoto 0.0.1 */
    oci_str_t      signature_text;
    oci_str_t      verifier;        /* DER */
    bool           certificate;     /* verifier is one */
    oci_str_t      alg;             /* of hash: "sha256" */
    oci_str_t      hash;            /* hex: of data, or of the envelope */
    oci_str_t      payload_hash;    /* hex; dsse and intoto only */
} oci_sign_body_t;


typedef struct {
    oci_str_t      name;
    u_char         hint[4];
    oci_str_t      signature;
} oci_sign_cosign_t;


typedef struct {
    oci_str_t      text;            /* what is signed */
    oci_str_t      origin;
    uint64_t       size;
    oci_str_t      root;
    oci_array_t    signatures;      /* oci_sign_cosign_t */
} oci_sign_checkpoint_t;


oci_status_e oci_sign_body_parse(oci_pool_t *pool, const oci_str_t *body,
    oci_sign_body_t *parsed, oci_error_t *err);

oci_status_e oci_sign_checkpoint_parse(oci_pool_t *pool,
    const oci_str_t *note, oci_sign_checkpoint_t *checkpoint,
    oci_error_t *err);

/* "... - <digits>": a tree of Rekor v1 */

bool oci_sign_checkpoint_v1(const oci_sign_checkpoint_t *checkpoint);

/* is leaf (hash) at index of a tree of size with that root? */

bool oci_sign_inclusion(const u_char *leaf, uint64_t index, uint64_t size,
    const oci_array_t *hashes, const u_char *root);

/*
 * The signed entry timestamp, by the log of that id, known and valid at
 * that time; else OCI_DENIED.
 */

oci_status_e oci_sign_set_verify(oci_pool_t *pool, const oci_array_t *logs,
    const oci_sign_entry_t *entry, oci_error_t *err);

/*
 * Checkpoint and inclusion proof.  body is the leaf's content: v1 the
 * entry's own, v2 what the verifier built from the bundle itself.
 */

oci_status_e oci_sign_proof_verify(oci_pool_t *pool,
    const oci_sign_log_t *log, const oci_sign_entry_t *entry,
    const oci_str_t *body, oci_error_t *err);

/* gives a v2 log, of which only the key is known, its host and so its id */

void oci_sign_log_name(oci_pool_t *pool, oci_sign_log_t *log,
    const oci_str_t *host);

/*
 * Is body in the tree that the entry's own proof and checkpoint describe?
 * Whose tree that is, is not looked at.
 */

bool oci_sign_proof_leads(oci_pool_t *pool, const oci_sign_entry_t *entry,
    const oci_str_t *body);

/*
 * The body that a v2 log holds of a signature: digest is of what was signed,
 * verifier is the SPKI of key, or the DER of a certificate with that key.
 * data is NULL for a key that such a log does not take.
 */

oci_str_t oci_sign_body_v2(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *verifier, bool certificate, const oci_str_t *data,
    const oci_str_t *signature);

/* the request to a log; data are the signed bytes, cert (DER) may be empty */

oci_str_t oci_sign_request_v1(oci_pool_t *pool, const oci_str_t *data,
    const oci_str_t *signature, const oci_str_t *verifier_pem);
oci_str_t oci_sign_request_dsse(oci_pool_t *pool, const oci_str_t *envelope,
    const oci_str_t *verifier_pem);
oci_str_t oci_sign_request_intoto(oci_pool_t *pool,
    const oci_str_t *envelope, const oci_str_t *payload,
    const oci_str_t *signature, bool keyid, const oci_str_t *verifier_pem);
oci_str_t oci_sign_request_v2(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *cert, const oci_str_t *data, const oci_str_t *signature);


#endif /* OCI_SIGN_LOG_H */
