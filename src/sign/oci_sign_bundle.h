/*
 * Sigstore bundles, v0.1 to v0.3: read as protobuf's JSON has it (an unknown
 * member, or one twice, is an error), written as v0.3.
 */

#ifndef OCI_SIGN_BUNDLE_H
#define OCI_SIGN_BUNDLE_H

#include "oci_sign_log.h"


#define OCI_SIGN_BUNDLE_REGISTRY  0x1   /* v0.3 only */

#define OCI_SIGN_MAX_SIGNATURES   16
#define OCI_SIGN_MAX_TIMES        32


typedef struct {
    int            version;         /* 1, 2 or 3: of 0.x */

    X509          *cert;            /* NULL: by a public key */
    oci_str_t      cert_der;
    oci_array_t    chain;           /* X509 *: v0.1 and v0.2 */
    oci_str_t      hint;

    oci_array_t    entries;         /* oci_sign_entry_t */
    oci_array_t    bodies;          /* oci_sign_body_t, one an entry */
    oci_array_t    times;           /* oci_str_t: TimeStampResp */

    bool           dsse;            /* else a message signature */
    oci_str_t      payload;
    oci_str_t      payload_type;
    oci_array_t    signatures;      /* oci_str_t, of the envelope */
    bool           keyid;           /* a signature has a keyid */
    oci_str_t      signature;       /* the first, or the message's */
    oci_str_t      digest_alg;      /* "SHA2_256"; the message's */
    oci_str_t      digest;
} oci_sign_bundle_t;


/*
 * OCI_INVALID: not a bundle, or not one that may be verified at all.
 * What was read lives in the pool.
 */

oci_status_e oci_sign_bundle_parse(oci_pool_t *pool, const oci_str_t *text,
    unsigned flags, oci_sign_bundle_t *bundle, oci_error_t *err);


/* the parts of a new bundle; unused members are zero */

typedef struct {
    EVP_PKEY      *key;             /* its hint is written, or */
    oci_str_t      cert;            /* this certificate of it (DER) */
    oci_str_t      payload;         /* of the envelope, or */
    oci_str_t      message;         /* what was signed */
    oci_str_t      signature;
    json_t        *entry;           /* a tlogEntries element */
    oci_array_t    times;           /* oci_str_t: TimeStampResp */
} oci_sign_new_bundle_t;

oci_str_t oci_sign_bundle_text(oci_pool_t *pool,
    const oci_sign_new_bundle_t *parts);

/* {"payloadType", "payload", "signatures"} as text */

oci_str_t oci_sign_envelope_text(oci_pool_t *pool, const oci_str_t *payload,
    const oci_str_t *signature, bool keyid);

/*
 * A tlogEntries element out of Rekor v1's answer ({"<uuid>": {...}}), a new
 * reference; and the legacy annotation's text out of the same.
 */

json_t *oci_sign_entry_v1(oci_pool_t *pool, const oci_str_t *answer,
    oci_error_t *err);
oci_str_t oci_sign_entry_legacy(oci_pool_t *pool, const oci_str_t *answer,
    oci_error_t *err);


#endif /* OCI_SIGN_BUNDLE_H */
