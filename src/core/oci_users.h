/*
 * Users and groups from text files.
 *
 * Users: lines "NAME:HASH", as htpasswd writes them; a hash is what crypt(3)
 * makes and calls by a "$" (bcrypt, SHA-256, SHA-512, yescrypt, ...), or
 * Apache's own "$apr1$".  Groups: lines "GROUP: NAME NAME ...".  Blank lines
 * and those that begin with "#" are passed over.
 */

#ifndef OCI_USERS_H
#define OCI_USERS_H

#include "oci_core.h"


#define OCI_USERS_MAX     (16 * 1024 * 1024)    /* bytes of such a file */
#define OCI_PASSWORD_MAX  4096


typedef struct {
    oci_str_t    name;
    oci_str_t    value;         /* a hash, or a group */
} oci_user_t;

typedef struct oci_users_s  oci_users_t;


/*
 * Both read whole files into the pool; text must live as long.  OCI_INVALID
 * names the line; OCI_LIMIT: too large.
 */

oci_status_e oci_users_parse(oci_users_t **users, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_groups_parse(oci_users_t **users, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/* the entries of a name, n of them; NULL: none.  Of users the first counts */

const oci_user_t *oci_users_find(const oci_users_t *users,
    const oci_str_t *name, size_t *n);

/*
 * An entry to try a password on that belongs to nobody: the same one for the
 * same name, chosen so that trying takes as long as if the user existed.
 * NULL: there are no users at all.
 */

const oci_user_t *oci_users_decoy(const oci_users_t *users,
    const oci_str_t *name);


/*
 * Is this the password?  Takes as long as the hash wants, up to seconds.
 * False too of a hash that is not known here and of a password with a NUL.
 */

bool oci_password_check(const oci_str_t *hash, const oci_str_t *password);

/*
 * Hashes a password with bcrypt of the given cost (4 to 31; 0 for 10).
 * OCI_LIMIT: longer than the 72 bytes that bcrypt looks at.
 */

oci_status_e oci_password_hash(oci_str_t *hash, oci_pool_t *pool,
    const oci_str_t *password, unsigned cost, const u_char random[16],
    oci_error_t *err);


#endif /* OCI_USERS_H */
