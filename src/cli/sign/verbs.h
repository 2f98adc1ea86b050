/*
 * The signing verbs, for the table in main.c; and what they share.
 */

#ifndef SIGN_VERBS_H
#define SIGN_VERBS_H

#include "sign/policy.h"


extern const cmd_verb_t  cmd_generate_key_pair;
extern const cmd_verb_t  cmd_import_key_pair;
extern const cmd_verb_t  cmd_public_key;
extern const cmd_verb_t  cmd_sign_blob;
extern const cmd_verb_t  cmd_verify_blob;
extern const cmd_verb_t  cmd_verify_blob_attestation;
extern const cmd_verb_t  cmd_sign;
extern const cmd_verb_t  cmd_verify;
extern const cmd_verb_t  cmd_attest;
extern const cmd_verb_t  cmd_verify_attestation;
extern const cmd_verb_t  cmd_triangulate;
extern const cmd_verb_t  cmd_tree;
extern const cmd_verb_t  cmd_download;
extern const cmd_verb_t  cmd_attach;
extern const cmd_verb_t  cmd_clean;
extern const cmd_verb_t  cmd_copy;
extern const cmd_verb_t  cmd_save;
extern const cmd_verb_t  cmd_load;
extern const cmd_verb_t  cmd_login;
extern const cmd_verb_t  cmd_logout;


/*
 * Prints what cosign prints of an error, "Error: TEXT" and "error during
 * command execution: TEXT", and returns status.
 */

int sign_fail(cmd_t *cmd, int status);

/* one line about a log that is left out, or about none being known */

void sign_say_log(const sign_rules_t *rules, const char *what);


#endif /* SIGN_VERBS_H */
