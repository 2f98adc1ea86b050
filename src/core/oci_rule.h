/*
 * One rule: how it is written, and whom it is about.  The table of them is
 * oci_access.
 */

#ifndef OCI_RULE_H
#define OCI_RULE_H

#include "oci_access.h"


typedef enum {
    OCI_SUBJECT_ALL = 0,
    OCI_SUBJECT_ANONYMOUS,
    OCI_SUBJECT_KNOWN,              /* whoever logged in */
    OCI_SUBJECT_USER,
    OCI_SUBJECT_GROUP,
    OCI_SUBJECT_TOKEN,
    OCI_SUBJECT_CERTIFICATE,
    OCI_SUBJECT_WORKLOAD,
    OCI_SUBJECT_CLAIM,
    OCI_SUBJECT_PATTERN             /* the key of all that has to be matched */
} oci_subject_e;


typedef struct {
    oci_rule_t     rule;            /* what is shown; the first member */
    unsigned       actions;
    oci_subject_e  subject;
    oci_glob_t     value;           /* of the subject */
    oci_str_t      claim;
    oci_glob_t     repo;
    oci_glob_t     tag;
    bool           tagged;
} oci_access_rule_t;


/* OCI_INVALID, said in err; see oci_access_add() */

oci_status_e oci_rule_parse(oci_access_rule_t *rule, oci_pool_t *pool,
    const oci_str_t words[4], oci_error_t *err);

/* is the identity among those that the rule is about? */

bool oci_rule_is_about(const oci_access_rule_t *rule,
    const oci_identity_t *who);

/* the subject that an identity is by its name */

oci_subject_e oci_rule_subject_of(oci_who_e kind);


#endif /* OCI_RULE_H */
