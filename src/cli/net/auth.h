/*
 * Credentials of registries, and what a registry asks for.
 */

#ifndef AUTH_H
#define AUTH_H

#include "oci_core.h"


typedef struct {
    oci_str_t  username;
    oci_str_t  password;
    oci_str_t  identity;            /* an identity token, to be exchanged */
    oci_str_t  token;               /* a registry token, to be sent as is */
} auth_credentials_t;


/*
 * What docker would use for the host: credHelpers, credsStore and auths of
 * $DOCKER_CONFIG/config.json or ~/.docker/config.json.  Runs a credential
 * helper where one is named.  OCI_NOT_FOUND: nothing is known of the host.
 */

oci_status_e auth_lookup(oci_pool_t *pool, const char *host,
    auth_credentials_t *credentials, oci_error_t *err);

/*
 * Keeps a name and a password for the host as docker login does: by the
 * credential helper that config.json names, else in config.json, which then
 * only its owner may read.  where: the path of config.json.
 */

oci_status_e auth_store(oci_pool_t *pool, const char *host,
    const auth_credentials_t *credentials, oci_str_t *where,
    oci_error_t *err);

/* forgets what is known of the host; OCI_NOT_FOUND: nothing was */

oci_status_e auth_erase(oci_pool_t *pool, const char *host, oci_str_t *where,
    oci_error_t *err);

/* as auth_lookup(), from the text of a config.json, without helpers; pure */

oci_status_e auth_config_parse(oci_pool_t *pool, const oci_str_t *text,
    const char *host, auth_credentials_t *credentials, oci_str_t *helper,
    oci_error_t *err);


typedef struct {
    bool       basic;
    bool       bearer;
    oci_str_t  realm;               /* of the bearer challenge */
    oci_str_t  service;
    oci_str_t  scope;
} auth_challenge_t;

/* reads a WWW-Authenticate header (RFC 9110, 11.6.1); false: neither scheme */

bool auth_challenge_parse(oci_pool_t *pool, const oci_str_t *header,
    auth_challenge_t *challenge);


#endif /* AUTH_H */
