/*
 * The flags that the signing commands share.  They bear cosign's names; each
 * may also come from COSIGN_<NAME>.
 */

#ifndef SIGN_ARGS_H
#define SIGN_ARGS_H

#include "command/command.h"
#include "oci_sign_verify.h"
#include "source/source.h"


typedef struct {
    source_options_t  source;       /* the registry, or a store */

    cmd_list_t    keys;
    cmd_list_t    annotations;

    const char   *bundle;
    const char   *ca_intermediates;
    const char   *ca_roots;
    const char   *certificate;
    const char   *chain;
    const char   *container_identity;
    const char   *digest_alg;
    const char   *format;
    const char   *issuer;
    const char   *issuer_regexp;
    const char   *identity;
    const char   *identity_regexp;
    const char   *output;
    const char   *output_payload;
    const char   *output_signature;
    const char   *payload;
    const char   *predicate;
    const char   *prefix;               /* of the key pair's files */
    const char   *referrers_mode;
    const char   *refused;              /* of flags that are an error */
    const char   *rekor_key;
    const char   *rekor_url;
    const char   *signature;
    const char   *signing_config;
    const char   *tag_prefix;
    const char   *trusted_root;
    const char   *tsa_cacert;
    const char   *tsa_cert;
    const char   *tsa_chain;
    const char   *tsa_key;
    const char   *tsa_token;
    const char   *tsa_url;
    const char   *type;
    const char   *wf_name;
    const char   *wf_ref;
    const char   *wf_repository;
    const char   *wf_sha;
    const char   *wf_trigger;

    int64_t       threshold;
    int64_t       workers;

    bool          b64;
    bool          check_claims;
    bool          ignore_sct;
    bool          ignore_tlog;
    bool          local_image;
    bool          new_bundle;
    bool          oci11;
    bool          offline;
    bool          private_infra;
    bool          recursive;
    bool          record_created;
    bool          require_tlog;
    bool          tlog_upload;
    bool          upload;
    bool          use_config;
    bool          use_times;
    bool          yes;
} sign_args_t;


/* sets of flags, for a verb's table */

extern const cmd_flag_t  sign_flags_check[];     /* verify: trust, identity */
extern const cmd_flag_t  sign_flags_claims[];    /* verify: images */
extern const cmd_flag_t  sign_flags_detached[];  /* verify: no statement */
extern const cmd_flag_t  sign_flags_make[];      /* sign: key, log, bundle */
extern const cmd_flag_t  sign_flags_write[];     /* sign, attest: images */
extern const cmd_flag_t  sign_flags_sign[];      /* sign alone */
extern const cmd_flag_t  sign_flags_note[];      /* annotations */
extern const cmd_flag_t  sign_flags_root[];      /* --root */
extern const cmd_flag_t  sign_flags_place[];     /* tags of signatures */

void sign_args_defaults(void *options);


/* a flag that is known and can do nothing is an error that says why */

oci_status_e sign_args_refused(cmd_t *cmd);

/*
 * The annotations as pairs.  They are CSV (a comma parts two), each is
 * NAME=VALUE.
 */

oci_status_e sign_args_pairs(oci_pool_t *pool, const sign_args_t *args,
    oci_array_t *pairs, oci_error_t *err);

#endif /* SIGN_ARGS_H */
