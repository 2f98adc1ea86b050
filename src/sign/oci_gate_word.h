/*
 * Words of a policy: what its directives share, and those that are not in
 * the file of the table.
 */

#ifndef OCI_GATE_WORD_H
#define OCI_GATE_WORD_H

#include "oci_gate_load.h"


/* a new signer of the block, with defaults; NULL: said in err */

oci_gate_signer_t *oci_gate_signer_add(oci_pool_t *pool,
    oci_gate_require_t *block, unsigned line, oci_error_t *err);

/* "trusted_root=FILE" and the like; known: it is one of them */

oci_status_e oci_gate_trust(oci_gate_policy_t *policy,
    oci_array_t *trust, const oci_str_t *word, bool *known,
    oci_error_t *err);

/* one of two words; second: it is the other */

oci_status_e oci_gate_either(const oci_str_t *word, const char *one,
    const char *other, bool *second, oci_error_t *err);

/* a number and s, m, h or d */

bool oci_gate_duration(const oci_str_t *text, int64_t *seconds);

/* "NAME=VALUE", whose value is returned */

bool oci_gate_option(const oci_str_t *word, const char *name,
    oci_str_t *value);

/* the name of a file, from dir on when it is relative; NULL: no memory */

char *oci_gate_path(const char *dir, oci_pool_t *pool,
    const oci_str_t *name);

/* "SUBJECT of ISSUER"; NULL: no memory */

const char *oci_gate_identity_text(oci_pool_t *pool,
    const oci_sign_identity_t *who);

/* directives: the words behind the name, and the line that they stand in */

oci_status_e oci_gate_word_require(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_key(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_keyless(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_containers(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_cluster(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_scan(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_unscanned(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
oci_status_e oci_gate_word_database(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);

#endif /* OCI_GATE_WORD_H */
