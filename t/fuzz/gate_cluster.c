/*
 * ClusterImagePolicy, and the YAML that it is written in.  Seeds:
 * t/data/gate_cluster.
 */

#include "oci_gate_field.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t         text;
    oci_pool_t       *pool;
    oci_error_t       err = { OCI_OK, 0, "" };
    oci_gate_rules_t  rules;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;

    oci_gate_rules_init(&rules, pool);
    rules.host = "registry.example";

    (void) oci_gate_cluster(&rules, &text, &err);
    oci_pool_destroy(pool);

    return 0;
}
