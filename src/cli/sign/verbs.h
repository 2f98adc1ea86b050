/*
 * The signing verbs, for the table in main.c.
 */

#ifndef SIGN_VERBS_H
#define SIGN_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_generate_key_pair;
extern const cmd_verb_t  cmd_import_key_pair;
extern const cmd_verb_t  cmd_public_key;
extern const cmd_verb_t  cmd_sign_blob;
extern const cmd_verb_t  cmd_verify_blob;
extern const cmd_verb_t  cmd_verify_blob_attestation;
extern const cmd_verb_t  cmd_sign;
extern const cmd_verb_t  cmd_verify;
extern const cmd_verb_t  cmd_attest;
extern const cmd_verb_t  cmd_attest_blob;
extern const cmd_verb_t  cmd_verify_attestation;
extern const cmd_verb_t  cmd_generate;
extern const cmd_verb_t  cmd_trusted_root;
extern const cmd_verb_t  cmd_signing_config;
extern const cmd_verb_t  cmd_initialize;
extern const cmd_verb_t  cmd_env;
extern const cmd_verb_t  cmd_bundle;
extern const cmd_verb_t  cmd_manifest;
extern const cmd_verb_t  cmd_upload;
extern const cmd_verb_t  cmd_dockerfile;
extern const cmd_verb_t  cmd_triangulate;
extern const cmd_verb_t  cmd_tree;
extern const cmd_verb_t  cmd_download;
extern const cmd_verb_t  cmd_attach;
extern const cmd_verb_t  cmd_clean;


#endif /* SIGN_VERBS_H */
