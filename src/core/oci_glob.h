/*
 * Patterns of names, as in .gitignore: "*" and "?" stand within a component,
 * "**" across them.  "a/" followed by "**" is all that lies below a, not a
 * itself; a leading "**" with a slash is any depth, none included.
 * "${user}" (or "$user") is the name of whoever asks, taken literally; a name
 * that is empty or holds a slash matches nothing.
 */

#ifndef OCI_GLOB_H
#define OCI_GLOB_H

#include "oci_core.h"


#define OCI_GLOB_MAX  512


/* what a pattern is matched against, which decides what can never match */

typedef enum {
    OCI_GLOB_REPOSITORY = 0,
    OCI_GLOB_TAG,
    OCI_GLOB_TEXT           /* anything; "*" crosses slashes, no "${user}" */
} oci_glob_e;


typedef struct {
    oci_str_t  text;        /* compiled */
    oci_str_t  prefix;      /* components before the first special one */
    bool       literal;
    bool       user;        /* it holds "${user}" */
} oci_glob_t;


/*
 * Compiles a pattern into the pool.  OCI_INVALID, said in err: it can never
 * match anything of this kind.
 */

oci_status_e oci_glob_compile(oci_glob_t *glob, oci_pool_t *pool,
    oci_glob_e kind, const oci_str_t *pattern, oci_error_t *err);

/*
 * Compiles REPOSITORY[:TAG]; tagged: there is a tag.  Otherwise as
 * oci_glob_compile().
 */

oci_status_e oci_glob_target(oci_glob_t *repo, oci_glob_t *tag, bool *tagged,
    oci_pool_t *pool, const oci_str_t *target, oci_error_t *err);

/* pure; user may be NULL */

bool oci_glob_match(const oci_glob_t *glob, const oci_str_t *text,
    const oci_str_t *user);


#endif /* OCI_GLOB_H */
