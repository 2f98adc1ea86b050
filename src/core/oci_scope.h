/*
 * What tokens are asked for and what they grant, as registries write it.
 *
 * Source: "Docker Registry v2 authentication": token scopes, and the claim
 * "access".
 */

#ifndef OCI_SCOPE_H
#define OCI_SCOPE_H

#include "oci_access.h"


/* one of "repository:NAME:ACTION,..." and "registry:catalog:*" */

typedef struct {
    oci_str_t  type;
    oci_str_t  name;
    oci_str_t  actions;
} oci_scope_t;


/*
 * Takes the first scope off a list with blanks between them; false at its
 * end.  What is no scope is passed over.
 */

bool oci_scope_next(oci_str_t *list, oci_scope_t *scope);

/* what the claim "access" grants, added to who's grants */

oci_status_e oci_scope_grants(const json_t *claims, oci_pool_t *pool,
    oci_identity_t *who, oci_error_t *err);


#endif /* OCI_SCOPE_H */
