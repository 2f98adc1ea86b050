/*
 * Robots: secrets with a name, an end and a list of what they are good for.
 *
 * One line each, in a file of text:
 *
 *     NAME sha256:HEX EXPIRES ACTION,... REPOSITORY [REPOSITORY ...]
 *
 * EXPIRES is a UTC time such as 2027-01-31T00:00:00Z, or "never".  The hash is
 * of the secret, which is 256 random bits in itself and needs no slow one.
 */

#ifndef OCI_ROBOTS_H
#define OCI_ROBOTS_H

#include "oci_access.h"
#include "oci_digest.h"


#define OCI_ROBOT_PREFIX  "tally_"


typedef struct {
    oci_str_t     name;
    oci_str_t     digest;       /* "sha256:..." of the secret */
    oci_array_t   grants;       /* oci_grant_t */
    int64_t       expires;      /* seconds since 1970; 0: never */
} oci_robot_t;

typedef struct {
    oci_array_t   list;         /* oci_robot_t */
} oci_robots_t;


/* text must live as long as the pool; OCI_INVALID names the line */

oci_status_e oci_robots_parse(oci_robots_t **robots, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* NULL: there is none of that name, or of that secret */

const oci_robot_t *oci_robots_find(const oci_robots_t *robots,
    const oci_str_t *name);
const oci_robot_t *oci_robots_secret(const oci_robots_t *robots,
    const oci_str_t *secret);

/* a name that a line can hold, and a user name too */

bool oci_robot_name_valid(const oci_str_t *name);


#endif /* OCI_ROBOTS_H */
