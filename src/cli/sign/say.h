/*
 * What is said of verified signatures.
 */

#ifndef SIGN_SAY_H
#define SIGN_SAY_H

#include "sign/find.h"
#include "sign/policy.h"


/* one verified signature */

typedef struct {
    oci_sign_verdict_t   verdict;
    bool                 bundle;
    EVP_PKEY            *key;
} sign_good_t;


/* warns when the log is left out, or when none is known */

void sign_say_log(const sign_rules_t *rules, const char *what);

/* "Verification for ..." and the checks that were made, on stderr */

void sign_say_checks(cmd_t *cmd, const sign_rules_t *rules,
    const oci_array_t *good, const char *name);

/* the array of verified signatures, or a line each (text), on stdout */

oci_status_e sign_say_signatures(cmd_t *cmd, const oci_array_t *good,
    const char *name, const oci_digest_t *digest, bool text);


#endif /* SIGN_SAY_H */
