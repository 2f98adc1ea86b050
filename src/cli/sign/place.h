/*
 * The places that keep key pairs, each of them a row.
 */

#ifndef SIGN_PLACE_H
#define SIGN_PLACE_H

#include "oci_core.h"


typedef struct {
    oci_str_t   key;            /* encrypted */
    oci_str_t   public;
    oci_str_t   password;
} sign_pair_t;


typedef struct {
    const char  *scheme;        /* "k8s://" */

    /* as sign_pair_read() and sign_pair_write() promise */

    oci_status_e  (*read)(oci_pool_t *pool, const char *name, bool private,
                          sign_pair_t *pair, oci_error_t *err);
    oci_status_e  (*write)(oci_pool_t *pool, const char *name,
                           const sign_pair_t *pair, bool overwrite,
                           oci_error_t *err);
} sign_place_t;


/*
 * k8s://NAMESPACE/NAME: a secret with cosign's members "cosign.key",
 * "cosign.pub" and "cosign.password".
 */

extern const sign_place_t  sign_place_k8s;

/*
 * gitlab://PROJECT or GROUP: variables COSIGN_PRIVATE_KEY, COSIGN_PUBLIC_KEY
 * and COSIGN_PASSWORD of its pipelines.
 */

extern const sign_place_t  sign_place_gitlab;

/*
 * github://OWNER[/REPOSITORY]: secrets of those names for its workflows,
 * which nobody else can read.
 */

extern const sign_place_t  sign_place_github;


#endif /* SIGN_PLACE_H */
