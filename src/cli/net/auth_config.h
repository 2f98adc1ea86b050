/*
 * docker's config.json, and the credential helpers that it names; for auth*.c
 * only.
 */

#ifndef AUTH_CONFIG_H
#define AUTH_CONFIG_H

#include "oci_core.h"


#define AUTH_CONFIG_MAX  (1024 * 1024)
#define AUTH_ANSWER_MAX  65536


/* $DOCKER_CONFIG/config.json or ~/.docker/config.json; no data: no memory */

oci_str_t auth_config_path(oci_pool_t *pool);

/* is that key of "auths" the host's? */

bool auth_key_is(const char *key, const char *host);

/* the name of the host in "auths" and for helpers */

const char *auth_server(const char *host);

/*
 * Runs docker-credential-NAME with an action ("get", "store", "erase") and
 * its input.  OCI_DENIED, with nothing said in err: it failed.  answer may be
 * NULL, else it is at most AUTH_ANSWER_MAX bytes.
 */

oci_status_e auth_helper(oci_pool_t *pool, const oci_str_t *name,
    const char *action, const oci_str_t *input, oci_str_t *answer,
    oci_error_t *err);


#endif /* AUTH_CONFIG_H */
