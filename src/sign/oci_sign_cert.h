/*
 * Certificates of keyless signatures: chain, extended key usage, identity,
 * signed certificate timestamps; and RFC 3161 timestamps.
 */

#ifndef OCI_SIGN_CERT_H
#define OCI_SIGN_CERT_H

#include "oci_sign_trust.h"


/* does text match the regular expression (anywhere, unless anchored)? */

typedef bool (*oci_sign_match_pt)(const char *pattern, const oci_str_t *text);


/* the identity that must have signed; a NULL member is not checked */

typedef struct {
    const char         *subject;
    const char         *subject_regexp;
    const char         *issuer;
    const char         *issuer_regexp;
    const char         *trigger;        /* of the GitHub workflow, */
    const char         *sha;
    const char         *name;
    const char         *repository;
    const char         *ref;
    oci_sign_match_pt   match;
} oci_sign_identity_t;


/* the name and the issuer that count, of several in a certificate */

typedef enum {
    OCI_SIGN_ID_LEGACY,     /* any name; the old issuer before the new */
    OCI_SIGN_ID_BUNDLE      /* the first name; the new issuer */
} oci_sign_id_e;


typedef struct {
    oci_array_t         subjects;       /* oci_str_t */
    oci_str_t           issuer;         /* extension .1.1, as text */
    oci_str_t           issuer2;        /* extension .1.8 */
    oci_str_t           github[5];      /* .1.2 to .1.6 */
    bool                sound;          /* .1.8, if any, is one string */
} oci_sign_names_t;


void oci_sign_cert_names(oci_pool_t *pool, X509 *cert,
    oci_sign_names_t *names);

oci_status_e oci_sign_identity_check(oci_pool_t *pool, X509 *cert,
    oci_sign_id_e how, const oci_sign_identity_t *who, oci_error_t *err);


/*
 * Does cert lead, at that time, to a root of one of the authorities whose
 * validity holds then?  Every certificate of the chain must be valid then,
 * the root too.  cert must be fit for code signing; no extended key
 * usage at all is fit.  others (X509 *, may be NULL) are further
 * intermediates.  issuer is the next certificate of the chain, owned by the
 * pool; of a self-signed one it is the same.
 */

oci_status_e oci_sign_chain_verify(oci_pool_t *pool, X509 *cert,
    const oci_array_t *others, const oci_array_t *cas, int64_t when,
    X509 **issuer, oci_error_t *err);

/* from the first second to the last, both included */

bool oci_sign_cert_valid(const X509 *cert, int64_t when);

/*
 * At least one embedded SCT of a known log, over this very certificate; of a
 * certificate that has none, the detached one (an AddChainResponse of RFC
 * 6962 in JSON; NULL: there is none).
 */

oci_status_e oci_sign_sct_verify(oci_pool_t *pool, X509 *cert, X509 *issuer,
    const oci_str_t *detached, const oci_array_t *ctlogs, oci_error_t *err);

/*
 * A TimeStampResp over data by one of the authorities.  The time it says is
 * given back, in seconds since 1970.
 */

oci_status_e oci_sign_time_verify(oci_pool_t *pool, const oci_str_t *token,
    const oci_str_t *data, const oci_array_t *tsas, int64_t *when,
    oci_error_t *err);

/*
 * A TimeStampReq for data (its SHA-256), with a nonce that the caller chose
 * at random, which asks for the certificates too; RFC 3161, section 2.4.1.
 */

oci_str_t oci_sign_time_request(oci_pool_t *pool, const oci_str_t *data,
    uint64_t nonce);

/*
 * Is token the answer to that request?  Who signed it is not looked at.
 * OCI_DENIED: the authority refused, in its words; OCI_INVALID: it is of
 * something else, or no answer.
 */

oci_status_e oci_sign_time_answer(oci_pool_t *pool, const oci_str_t *token,
    const oci_str_t *data, uint64_t nonce, int64_t *when, oci_error_t *err);


#endif /* OCI_SIGN_CERT_H */
