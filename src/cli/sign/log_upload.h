/*
 * Entries for transparency logs, Rekor v1 and v2.
 */

#ifndef SIGN_UPLOAD_H
#define SIGN_UPLOAD_H

#include "sign/policy.h"
#include "sign/image.h"


/* a certificate of the key; all are empty when none was given */

typedef struct {
    oci_str_t        pem;
    oci_str_t        der;
    oci_str_t        chain;         /* PEM of its issuers; may be empty */
} sign_cert_t;


typedef struct {
    const char      *url;           /* NULL: no log */
    sign_cert_t      cert;          /* shown in place of the key */
    bool             v2;            /* known once it was asked */
    bool             asked;
} sign_log_t;


/* the result of one upload */

typedef struct {
    json_t          *entry;         /* a tlogEntries element; in the pool */
    oci_str_t        legacy;        /* the old annotation; v1 only */
} sign_entry_t;


/*
 * Which log signatures go to: --rekor-url, --signing-config, the trusted
 * root's.  Asks before anything goes to the public log.
 */

oci_status_e sign_log_choose(cmd_t *cmd, sign_log_t *log);

/* a signing config is to be followed; reads it (the caller's reference) */

bool sign_configured(const cmd_t *cmd);
oci_status_e sign_config_read(cmd_t *cmd, json_t **root);

/*
 * The URL of a service in it, and which version of its protocol it speaks,
 * from 1 to most; empty for others, and for one that is not valid now.
 */

oci_str_t sign_config_service(const json_t *item, uint64_t most,
    uint64_t *version);

/*
 * Uploads a signature, of a message or (payload) of a DSSE envelope, with
 * an empty keyid in it or none; parts->entry is not looked at.  The answer
 * is verified: that it is of this signature, and in the log, by the log's
 * key when one is given.  Prints the index of the entry.
 */

oci_status_e sign_log_upload(cmd_t *cmd, transport_t *transport,
    sign_log_t *log, const oci_sign_new_bundle_t *parts, bool keyid,
    sign_entry_t *entry);

/*
 * The tlogEntries element (a new reference) of body, which a v2 log has at
 * index: out of its checkpoint and tiles.  They are not verified here.
 */

oci_status_e sign_tile_existing(cmd_t *cmd, transport_t *transport,
    const sign_log_t *log, uint64_t index, const oci_sign_log_t *known,
    const oci_str_t *body, json_t **entry);

/*
 * --certificate and --certificate-chain: it must be of that key, and lead to
 * the chain's root.
 */

oci_status_e sign_cert_load(oci_pool_t *pool, const sign_args_t *args,
    EVP_PKEY *key, sign_cert_t *cert, oci_error_t *err);

/* puts them, if there are any, into the notes of a layer */

void sign_cert_note(const sign_cert_t *cert, json_t *notes);

/* finds out which version a log speaks */

oci_status_e sign_log_ask(cmd_t *cmd, transport_t *transport,
    sign_log_t *log);


#endif /* SIGN_UPLOAD_H */
