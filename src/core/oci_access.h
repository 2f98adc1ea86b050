/*
 * Access: who asks, and what the rules say about it.
 *
 * Rules are ordered: the first that speaks of a request decides it, and what
 * no rule speaks of is refused.  A table is built while the configuration is
 * read and never changes afterwards: any number of threads may ask it.
 * Asking costs a few look-ups, however many rules there are.
 */

#ifndef OCI_ACCESS_H
#define OCI_ACCESS_H

#include "oci_core.h"
#include "oci_glob.h"

#include <jansson.h>


/* what is asked for: one of these; what a rule or a grant gives: several */

#define OCI_MAY_PULL     0x01
#define OCI_MAY_UPLOAD   0x02       /* blobs, and manifests by digest */
#define OCI_MAY_CREATE   0x04       /* a tag that does not exist */
#define OCI_MAY_UPDATE   0x08       /* a tag that does */
#define OCI_MAY_DELETE   0x10
#define OCI_MAY_CATALOG  0x20       /* see the name in the catalog */

#define OCI_MAY_PUSH     (OCI_MAY_UPLOAD|OCI_MAY_CREATE|OCI_MAY_UPDATE)
#define OCI_MAY_ALL                                                          \
    (OCI_MAY_PULL|OCI_MAY_PUSH|OCI_MAY_DELETE|OCI_MAY_CATALOG)


/*
 * The word of an action, as in rules, grants and challenges: pull, push,
 * create, update, delete, catalog, "*".  0: it is none.
 */

unsigned oci_action_parse(const oci_str_t *word);
const char *oci_action_name(unsigned action);


typedef enum {
    OCI_ANONYMOUS = 0,
    OCI_USER,
    OCI_TOKEN,              /* a robot's, or of an outside service */
    OCI_CERTIFICATE,
    OCI_WORKLOAD
} oci_who_e;


/* what a token may at most, whatever the rules say */

typedef struct {
    oci_glob_t   repo;
    unsigned     actions;
} oci_grant_t;


/*
 * Who asks.  Groups and names are oci_str_t; names are the other names of a
 * certificate.  With bounded set, nothing is allowed that no grant covers;
 * with delegated set, what a grant covers needs no rule, it is only not to be
 * denied by one.
 */

typedef struct {
    oci_who_e      kind;
    oci_str_t      name;            /* empty: anonymous */
    oci_array_t    groups;
    oci_array_t    names;
    const json_t  *claims;          /* an object, or NULL */
    oci_array_t    grants;          /* oci_grant_t */
    bool           bounded;
    bool           delegated;
} oci_identity_t;

const char *oci_who_name(oci_who_e kind);

/* does a grant cover the action?  True of an identity without bounds */

bool oci_identity_granted(const oci_identity_t *who, const oci_str_t *repo,
    unsigned action);

/* or for any repository? */

bool oci_identity_grants(const oci_identity_t *who, unsigned action);


typedef struct {
    oci_str_t    text;              /* as it was written */
    oci_str_t    file;
    unsigned     line;
    bool         allow;
} oci_rule_t;


typedef struct oci_access_s  oci_access_t;

oci_access_t *oci_access_create(oci_pool_t *pool);      /* NULL: no memory */

/*
 * Adds "allow|deny SUBJECT REPOSITORY[:TAG] ACTION,...".  OCI_INVALID, said
 * in err: an unknown word, or a pattern that can never match.
 *
 * SUBJECT: "*" is everybody; "anonymous" of allow is everybody too (no login
 * is needed), of deny those who did not log in; "$user" is whoever logged in;
 * NAME or user=NAME, group=, token=, certificate=, workload= one of that kind
 * and claim:KEY=VALUE one whose token says so.  Names may be patterns.
 *
 * A rule with a tag speaks of requests about a tag.  One that allows covers
 * the blobs and digests of the repository as well: they have no tag.
 */

oci_status_e oci_access_add(oci_access_t *access, const oci_str_t words[4],
    const char *file, unsigned line, oci_error_t *err);

/* tag may be NULL; rule, if not NULL, is the one that decides, or NULL */

bool oci_access_may(const oci_access_t *access, const oci_identity_t *who,
    const oci_str_t *repo, const oci_str_t *tag, unsigned action,
    const oci_rule_t **rule);

/* is there a repository at all for which a rule may allow this? */

bool oci_access_any(const oci_access_t *access, const oci_identity_t *who,
    unsigned action);


#endif /* OCI_ACCESS_H */
