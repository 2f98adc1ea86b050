/*
 * The flags that the signing commands share.  They bear cosign's names; each
 * may also come from COSIGN_<NAME>.
 */

#ifndef SIGN_ARGS_H
#define SIGN_ARGS_H

#include "command/command.h"
#include "oci_sign_verify.h"
#include "source/source.h"


/* the place of signatures beside the image */

typedef struct {
    const char   *tag_prefix;
    const char   *referrers_mode;
    bool          local;            /* the image is in a folder */
    bool          oci11;            /* old signatures are referrers */
    bool          recursive;        /* an index and its images */
} sign_place_options_t;


typedef struct {
    cmd_list_t    keys;
    const char   *cert;
    const char   *chain;
    const char   *digest_alg;
    int64_t       threshold;        /* of the keys that must have signed */
} sign_signer_options_t;


/* the content that is signed or attested */

typedef struct {
    cmd_list_t    annotations;
    const char   *container;        /* names in place of the repository */
    const char   *digest;           /* of a file that is not there */
    const char   *digest_alg;
    const char   *payload;
    const char   *predicate;
    const char   *signature;
    const char   *statement;
    const char   *type;
    bool          check;
} sign_claim_options_t;


typedef struct {
    const char   *file;             /* trusted_root.json */
    const char   *roots;
    const char   *intermediates;
    const char   *rekor_key;
    const char   *tsa_chain;
    const char   *sct;              /* beside the certificate */
    bool          ignore_sct;
    bool          use_times;
} sign_trust_options_t;


/* of a certificate, in keyless verification */

typedef struct {
    const char   *subject;
    const char   *subject_regexp;
    const char   *issuer;
    const char   *issuer_regexp;
    const char   *wf_name;
    const char   *wf_ref;
    const char   *wf_repository;
    const char   *wf_sha;
    const char   *wf_trigger;
} sign_identity_options_t;


typedef struct {
    const char   *url;
    const char   *config;           /* a signing config, as cosign has it */
    const char   *entry_type;       /* of attestations: dsse, intoto */
    bool          use_config;
    bool          upload;
    bool          ignore;
    bool          require;
    bool          private_infra;
    bool          yes;
} sign_log_options_t;


/* keyless signing */

typedef struct {
    const char   *token;            /* an identity token, or its file */
    const char   *fulcio;           /* URL of the authority */
    const char   *client;           /* audience of the token */
    const char   *provider;         /* of tokens, the only one to try */
    bool          no_ambient;
    bool          issue;            /* a certificate of a key that is given */
    bool          no_sct;           /* the certificate's is not looked at */
} sign_oidc_options_t;


/* a timestamp authority */

typedef struct {
    const char   *url;
    const char   *token;            /* a timestamp, in a file */
    const char   *cacert;
    const char   *cert;
    const char   *key;
} sign_time_options_t;


typedef struct {
    const char   *style;            /* json or text */
    const char   *format;           /* legacy, bundle or both */
    const char   *bundle;           /* verify-blob reads it */
    const char   *certificate;
    const char   *payload;
    const char   *signature;
    bool          new_bundle;
    bool          upload;
    bool          no_upload;
    bool          replace;          /* attestations of the same type go */
    bool          created;
    bool          b64;
} sign_output_options_t;


typedef struct {
    source_options_t          source;   /* the registry, or a store */
    sign_place_options_t      place;
    sign_signer_options_t     signer;
    sign_claim_options_t      claim;
    sign_trust_options_t      trust;
    sign_identity_options_t   identity;
    sign_log_options_t        log;
    sign_oidc_options_t       oidc;
    sign_time_options_t       time;
    sign_output_options_t     output;

    const char               *refused;  /* of flags that are an error */
    int64_t                   workers;  /* of flags without effect */
    bool                      offline;
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
extern const cmd_flag_t  sign_flags_old[];       /* --experimental-oci11 */
extern const cmd_flag_t  sign_flags_piv[];       /* refused: keys in cards */
extern const cmd_flag_t  sign_flags_one[];       /* refused: of one image */

/* the end of a verb's sets: where images and signatures are; base: of args */

#define sign_flags_where(base)                                               \
    { sign_flags_place, base },                                              \
    { sign_flags_root, base },                                               \
    { transport_flags, (base) + offsetof(sign_args_t, source)                \
                       + offsetof(source_options_t, transport) },            \
    { NULL, 0 }

/* the sets of a verb that verifies what a file names, from registries */

#define sign_flags_named                                                     \
    { sign_flags_check, 0 },                                                 \
    { sign_flags_claims, 0 },                                                \
    { sign_flags_note, 0 },                                                  \
    { sign_flags_place, 0 },                                                 \
    { sign_flags_old, 0 },                                                   \
    { sign_flags_one, 0 },                                                   \
    { sign_flags_piv, 0 },                                                   \
    { transport_flags, offsetof(sign_args_t, source)                         \
                       + offsetof(source_options_t, transport) },            \
    { NULL, 0 }

void sign_args_defaults(void *options);


/* the one --key of a verb that signs; NULL: keyless */

const char *sign_args_key(const sign_args_t *args);

/* a flag that is known and can do nothing is an error that says why */

oci_status_e sign_args_refused(cmd_t *cmd);

/*
 * Which formats are written, by --format or --new-bundle-format; false: the
 * value is none that is known.
 */

bool sign_args_formats(const cmd_t *cmd, bool *legacy, bool *bundle);

/*
 * The annotations as pairs.  They are CSV (a comma parts two), each is
 * NAME=VALUE.
 */

oci_status_e sign_args_pairs(oci_pool_t *pool, const sign_args_t *args,
    oci_array_t *pairs, oci_error_t *err);

#endif /* SIGN_ARGS_H */
