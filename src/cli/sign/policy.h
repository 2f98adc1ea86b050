/*
 * From flags and environment to a policy: keys, trust, identity.
 */

#ifndef SIGN_POLICY_H
#define SIGN_POLICY_H

#include "sign/options.h"


typedef struct {
    oci_array_t           keys;         /* EVP_PKEY *; empty: by identity */
    uint64_t              threshold;    /* how many of them must have signed */
    oci_array_t           pairs;        /* oci_sign_pair_t */
    oci_sign_identity_t   identity;
    oci_sign_trust_t      trust;
    oci_str_t             detached;     /* SCT */
    oci_sign_policy_t     policy;       /* key is set for each key in turn */
    bool                  skipped;      /* the log was left out on request */
    bool                  unknown;      /* no log is known at all */
    bool                  old_only;     /* the log is known by cosign's variable
                                           alone: not for bundles */
} sign_rules_t;


oci_status_e sign_rules_load(oci_pool_t *pool, const sign_args_t *args,
    sign_rules_t *rules, oci_error_t *err);

/* a public key: a file, env://NAME, or a PKCS #11 URI */

oci_status_e sign_public_load(oci_pool_t *pool, const char *name,
    EVP_PKEY **key, oci_error_t *err);

/*
 * A key to sign with: an encrypted key file or env://NAME (the password is
 * asked for, or COSIGN_PASSWORD), or a PKCS #11 URI.
 */

oci_status_e sign_private_load(oci_pool_t *pool, const char *name,
    EVP_PKEY **key, oci_error_t *err);

/*
 * The password of a private key: COSIGN_PASSWORD, else the terminal (twice
 * when confirm), else all of standard input.  Wipe it after use.
 */

oci_status_e sign_password(oci_pool_t *pool, bool confirm, oci_str_t *text,
    oci_error_t *err);

/*
 * A key in a token by its PKCS #11 URI; private: one that signs.  The PIN is
 * in the URI (pin-value, pin-source), in COSIGN_PKCS11_PIN, or asked for.
 */

oci_status_e sign_token_load(oci_pool_t *pool, const char *uri, bool private,
    EVP_PKEY **key, oci_error_t *err);

/*
 * The trusted root, and for signing the signing config, that "initialize"
 * brought, where the flags and the environment name no trust (and no
 * services) themselves: they are then as if --trusted-root and
 * --signing-config had named them.
 */

oci_status_e sign_trust_verify(cmd_t *cmd);
oci_status_e sign_trust_sign(cmd_t *cmd);

/*
 * Adds the logs of --trusted-root and --rekor-key, or (env) else of cosign's
 * variable; of a trusted root all else too.
 */

oci_status_e sign_trust_logs(oci_pool_t *pool, const sign_args_t *args,
    bool env, oci_sign_trust_t *trust, oci_error_t *err);

/* is a log named: --rekor-url, --rekor-key, --trusted-root, variables? */

bool sign_log_known(const sign_args_t *args);


#endif /* SIGN_POLICY_H */
