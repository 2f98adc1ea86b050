/*
 * Members of a policy that was written for another program: each is known,
 * of its type, and can be honoured, or the policy is refused by its name.
 */

#ifndef OCI_GATE_FIELD_H
#define OCI_GATE_FIELD_H

#include "oci_gate_word.h"


#define OCI_GATE_SCOPES  10000      /* of a file */


typedef enum {
    OCI_GATE_TEXT,                  /* a string, not empty */
    OCI_GATE_LIST,                  /* an array, not empty */
    OCI_GATE_OBJECT,
    OCI_GATE_BOOL,                  /* as oci_yaml has it, or JSON */
    OCI_GATE_WHATEVER               /* it says nothing that we ask for */
} oci_gate_type_e;

typedef struct {
    const char       *name;         /* NULL ends the list */
    oci_gate_type_e   type;
    const char       *why;          /* it cannot be honoured */
} oci_gate_field_t;

/* where is for messages */

oci_status_e oci_gate_fields(const json_t *object,
    const oci_gate_field_t *fields, const char *where, oci_error_t *err);

/* the value of a member of type OCI_GATE_BOOL; false: it is not there */

bool oci_gate_true(const json_t *object, const char *name);


/* empty ones */

void oci_gate_rules_init(oci_gate_rules_t *rules, oci_pool_t *pool);

/* adds one that is in a file, or whose text this is, to a signer's trust */

oci_status_e oci_gate_trust_add(oci_gate_signer_t *signer,
    oci_gate_trust_e kind, const oci_gate_file_t *file, oci_error_t *err);

/* a new scope; a new block in it that one signer suffices for.  NULL: err */

oci_gate_scope_t *oci_gate_scope_add(oci_gate_rules_t *rules,
    oci_error_t *err);
oci_gate_require_t *oci_gate_require_add(const oci_gate_rules_t *rules,
    oci_gate_scope_t *scope, const char *what, oci_error_t *err);


/*
 * The scopes of a file, whose rules have a host.  OCI_INVALID: it is none, or
 * says what cannot be honoured; said in err.
 */

oci_status_e oci_gate_containers(oci_gate_rules_t *rules,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_gate_cluster(oci_gate_rules_t *rules, const oci_str_t *text,
    oci_error_t *err);


#endif /* OCI_GATE_FIELD_H */
