/*
 * Whom we trust: transparency logs, certificate transparency logs,
 * certificate and timestamp authorities; from a trusted_root.json or from
 * PEM files.
 */

#ifndef OCI_SIGN_TRUST_H
#define OCI_SIGN_TRUST_H

#include "oci_sign_key.h"

#include <openssl/x509.h>


/* validity in seconds since 1970; 0: no limit on that side */

typedef struct {
    EVP_PKEY     *key;
    u_char        id[32];       /* as the log names itself in entries */
    oci_str_t     host;         /* of its base URL; empty: not known */
    int64_t       start;
    int64_t       end;
} oci_sign_log_t;


typedef struct {
    oci_array_t   roots;        /* X509 *, freed with the pool */
    oci_array_t   others;       /* intermediates, of a TSA its leaf too: then
                                   that is the only one that counts */
    int64_t       start;
    int64_t       end;
} oci_sign_ca_t;


typedef struct {
    oci_array_t   logs;         /* oci_sign_log_t */
    oci_array_t   ctlogs;       /* oci_sign_log_t */
    oci_array_t   cas;          /* oci_sign_ca_t */
    oci_array_t   tsas;         /* oci_sign_ca_t */
} oci_sign_trust_t;


void oci_sign_trust_init(oci_sign_trust_t *trust, oci_pool_t *pool);

/* adds all that a trusted_root.json names */

oci_status_e oci_sign_trust_json(oci_pool_t *pool, oci_sign_trust_t *trust,
    const oci_str_t *text, oci_error_t *err);

/* adds the keys of PEM text to logs (trust->logs or trust->ctlogs) */

oci_status_e oci_sign_trust_keys(oci_pool_t *pool, oci_array_t *logs,
    const oci_str_t *pem, oci_error_t *err);

/*
 * Adds one authority to cas (trust->cas or trust->tsas) out of PEM
 * certificates: the self-issued are roots, the rest is not.  With last_root,
 * the last certificate is the root whatever it is (--certificate-chain).
 */

oci_status_e oci_sign_trust_certs(oci_pool_t *pool, oci_array_t *cas,
    const oci_str_t *pem, bool last_root, oci_error_t *err);

/*
 * The same for one timestamp authority, whose chain has a root and exactly one
 * leaf, as cosign wants it: without a leaf, any that it ever had would do.
 */

oci_status_e oci_sign_trust_times(oci_pool_t *pool, oci_array_t *tsas,
    const oci_str_t *pem, oci_error_t *err);

/* the same in two files: every certificate of roots is one */

oci_status_e oci_sign_trust_roots(oci_pool_t *pool, oci_array_t *cas,
    const oci_str_t *roots, const oci_str_t *others, oci_error_t *err);

/* certs (X509 *) out of PEM text; OCI_INVALID for anything else in it */

oci_status_e oci_sign_certs_pem(oci_pool_t *pool, const oci_str_t *pem,
    oci_array_t *certs, oci_error_t *err);

/* one DER certificate, freed with the pool; nothing may follow it */

oci_status_e oci_sign_cert_der(oci_pool_t *pool, const oci_str_t *der,
    X509 **cert, oci_error_t *err);

/* NULL: none of that id */

const oci_sign_log_t *oci_sign_log_find(const oci_array_t *logs,
    const u_char *id);

/* is when within the validity? */

bool oci_sign_valid_at(int64_t start, int64_t end, int64_t when);

/* the bounds that a service's or a key's "validFor" says; false: no dates */

bool oci_sign_valid_for(const json_t *item, int64_t *start, int64_t *end);


#endif /* OCI_SIGN_TRUST_H */
