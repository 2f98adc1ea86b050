/*
 * Key pairs that a service keeps as its secrets: Kubernetes, GitLab, GitHub.
 */

#ifndef SIGN_PAIR_H
#define SIGN_PAIR_H

#include "sign/place.h"


bool sign_pair_named(const char *name);

/*
 * Reads the private key and its password, or the public key alone; one that
 * is missing is empty.  The caller wipes the password.
 */

oci_status_e sign_pair_read(oci_pool_t *pool, const char *name,
    bool private, sign_pair_t *pair, oci_error_t *err);

/* OCI_EXISTS: there is a key, and overwrite is false */

oci_status_e sign_pair_write(oci_pool_t *pool, const char *name,
    const sign_pair_t *pair, bool overwrite, oci_error_t *err);


#endif /* SIGN_PAIR_H */
