/*
 * The policies of an nginx.conf, as nginx would have them, and which
 * repositories each is for.
 */

#ifndef GATE_POLICIES_H
#define GATE_POLICIES_H

#include "oci_gate.h"


/* a policy, or (policy NULL) a registry_gate that names one */

typedef struct {
    oci_gate_policy_t  *policy;
    oci_str_t           name;
    oci_gate_names_t    repos;
} gate_policy_t;


/*
 * The policies (gate_policy_t, policy is set) of the file that are for the
 * repository, each once: those that a registry_gate names for it or, in a file
 * without any, all; with name that one.  OCI_INVALID, said in err with file
 * and line.
 */

oci_status_e gate_policies(oci_array_t *policies, oci_pool_t *pool,
    const char *file, const char *name, const oci_str_t *repo,
    oci_error_t *err);


#endif /* GATE_POLICIES_H */
