/*
 * Is this signature good?  Everything that decides is here, and needs
 * neither network nor command line: the registry module links it too.
 */

#ifndef OCI_SIGN_VERIFY_H
#define OCI_SIGN_VERIFY_H

#include "oci_sign_bundle.h"
#include "oci_sign_cert.h"
#include "oci_sign_image.h"
#include "oci_sign_statement.h"


typedef struct {
    EVP_PKEY                   *key;        /* NULL: by certificate */
    oci_alg_e                   alg;        /* that key signs with */
    X509                       *cert;       /* given beside the signature */
    const oci_sign_identity_t  *identity;   /* needed without a key */
    const oci_sign_trust_t     *trust;
    const oci_array_t          *pairs;      /* oci_sign_pair_t to be found */
    int64_t                     now;

    bool                        tlog;       /* an entry is demanded */
    bool                        sct;        /* an SCT is demanded */
    const oci_str_t            *detached;   /* it is not in the certificate */
    bool                        times;      /* timestamps are demanded */
    bool                        old_times;  /* legacy: use what there is */
    bool                        claims;     /* the digest must be in it */
} oci_sign_policy_t;


/* the verified facts, for messages about them */

typedef struct {
    bool                        logged;
    bool                        stamped;
    X509                       *cert;       /* NULL: by the key */
    oci_str_t                   payload;    /* legacy: the signed text */
    oci_str_t                   envelope;   /* of an attestation: its JSON */
    oci_sign_payload_t          claim;      /* legacy signature */
    oci_sign_statement_t        statement;  /* bundle, attestation */
    oci_str_t                   entry;      /* legacy: log annotation */
    oci_str_t                   stamp;      /* legacy: time annotation */
} oci_sign_verdict_t;


/*
 * One legacy layer.  Texts as in the annotations, empty when absent; only a
 * missing signature annotation has data NULL.
 */

typedef struct {
    oci_str_t                   payload;
    oci_str_t                   signature;
    oci_str_t                   cert;
    oci_str_t                   chain;
    oci_str_t                   bundle;
    oci_str_t                   time;
} oci_sign_legacy_t;


/*
 * A legacy signature or (attestation) a legacy DSSE envelope of the image
 * with that digest.  OCI_OK: every check that policy asks for was made and
 * passed.  OCI_NOT_FOUND: there is neither key nor certificate to check by.
 */

oci_status_e oci_sign_verify_legacy(oci_pool_t *pool,
    const oci_sign_policy_t *policy, const oci_sign_legacy_t *sig,
    const oci_digest_t *digest, bool attestation,
    oci_sign_verdict_t *verdict, oci_error_t *err);

/*
 * The same for data that is not an image: its signature is detached, and
 * nothing is read into it.
 */

oci_status_e oci_sign_verify_data(oci_pool_t *pool,
    const oci_sign_policy_t *policy, const oci_sign_legacy_t *sig,
    oci_sign_verdict_t *verdict, oci_error_t *err);

/*
 * A bundle: an in-toto statement about digest, or (data) a signature of the
 * message data.  The predicate type is left to the caller.
 */

oci_status_e oci_sign_verify_bundle(oci_pool_t *pool,
    const oci_sign_policy_t *policy, const oci_sign_bundle_t *bundle,
    const oci_digest_t *digest, const oci_str_t *data,
    oci_sign_verdict_t *verdict, oci_error_t *err);

/*
 * What a log answered to a signer: is the entry of the new bundle of this
 * key, signature and content (data), and in the log?  When trust has logs,
 * by the key of one of them; else in the tree that the answer describes.
 */

oci_status_e oci_sign_verify_entry(oci_pool_t *pool,
    const oci_sign_trust_t *trust, EVP_PKEY *key,
    const oci_sign_bundle_t *bundle, const oci_str_t *data,
    oci_error_t *err);


#endif /* OCI_SIGN_VERIFY_H */
