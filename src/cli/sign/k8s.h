/*
 * Key pairs in secrets of Kubernetes: k8s://NAMESPACE/NAME, with cosign's
 * members "cosign.key", "cosign.pub" and "cosign.password".
 */

#ifndef SIGN_K8S_H
#define SIGN_K8S_H

#include "oci_core.h"


typedef struct {
    oci_str_t   key;            /* encrypted; empty: it has none */
    oci_str_t   public;
    oci_str_t   password;
} sign_k8s_t;


bool sign_k8s_named(const char *name);

/* reads one; the caller wipes the password */

oci_status_e sign_k8s_read(oci_pool_t *pool, const char *name,
    sign_k8s_t *pair, oci_error_t *err);

/*
 * Writes one, beside what the secret holds already.  OCI_EXISTS: it holds a
 * key, and overwrite is false.
 */

oci_status_e sign_k8s_write(oci_pool_t *pool, const char *name,
    const sign_k8s_t *pair, bool overwrite, oci_error_t *err);


#endif /* SIGN_K8S_H */
