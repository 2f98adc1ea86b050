/*
 * Keyless signing: a key for one run, and a certificate of it that an
 * authority (Fulcio) gives for an identity token.
 */

#ifndef SIGN_KEYLESS_H
#define SIGN_KEYLESS_H

#include "sign/log_upload.h"


/* may the command sign without --key: is there a token, and who takes it? */

bool sign_keyless_wanted(const cmd_t *cmd);

/*
 * Makes the key, and gets the certificate: its key must be ours, and with
 * --trusted-root it must lead to an authority and be in a certificate log
 * that are named there.
 */

oci_status_e sign_keyless(cmd_t *cmd, EVP_PKEY **key, sign_cert_t *cert);


#endif /* SIGN_KEYLESS_H */
