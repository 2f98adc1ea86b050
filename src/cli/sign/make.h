/*
 * Signatures in the making: a key with its certificate, the log that is told
 * of them, the authorities that put a time on them.
 */

#ifndef SIGN_MAKE_H
#define SIGN_MAKE_H

#include "sign/image.h"
#include "sign/keyless.h"
#include "sign/log_upload.h"
#include "sign/time.h"


typedef struct {
    cmd_t         *cmd;
    EVP_PKEY      *key;
    const char    *kms;             /* who has the private one; or NULL */
    sign_log_t     log;
    bool           keyid;           /* envelopes have one, as cosign 2's */
    sign_time_t    time;
    transport_t   *transport;       /* to the log */
    oci_digest_t   pushed;          /* the manifest of the last bundle */
} sign_make_t;


/* chooses log and authorities by the flags; nothing is asked of them yet */

oci_status_e sign_make_choose(sign_make_t *m, cmd_t *cmd);

/* may it be signed: is there one --key, or what keyless signing needs? */

bool sign_make_signer(const cmd_t *cmd);

/*
 * Loads the key of that name, and the certificate of the flags; NULL: keyless,
 * a new key and a certificate that an authority gives.
 */

oci_status_e sign_make_key(sign_make_t *m, const char *name);

/* from here on the log is reached by transport; asks what it speaks */

oci_status_e sign_make_begin(sign_make_t *m, transport_t *transport);


/*
 * Signs parts->payload as DSSE, or without one parts->message, and sets the
 * rest of parts but entry.
 */

oci_status_e sign_make_signature(sign_make_t *m, oci_alg_e alg,
    oci_sign_new_bundle_t *parts);

/*
 * The same with all that a bundle has: the hash that the log wants,
 * timestamps, the entry of the log.
 */

oci_status_e sign_make_parts(sign_make_t *m, oci_sign_new_bundle_t *parts,
    sign_entry_t *entry);

/*
 * Adds to the notes of a layer of the old format: certificate, a timestamp of
 * timed, the entry of the log.
 */

oci_status_e sign_make_notes(sign_make_t *m,
    const oci_sign_new_bundle_t *parts, const oci_str_t *timed,
    json_t *notes);

/*
 * Makes a bundle of the statement, writes it to --bundle and pushes it beside
 * the image, as the flags want it.
 */

oci_status_e sign_make_bundle(sign_make_t *m, const sign_image_t *image,
    const oci_str_t *statement, const char *predicate);


#endif /* SIGN_MAKE_H */
