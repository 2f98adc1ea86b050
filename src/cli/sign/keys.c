/*
 * Keys and passwords, from files, the environment, the terminal.
 */

#include "sign/policy.h"
#include "sign/kms.h"
#include "sign/pair.h"
#include "command/password.h"
#include "command/file.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>


#define SIGN_KEY_MAX  (64 * 1024)


static oci_status_e sign_key_secret(oci_pool_t *pool, const char *name,
    EVP_PKEY **key, oci_error_t *err);
static oci_status_e sign_key_fetch(oci_pool_t *pool, const char *name,
    oci_str_t *text, oci_error_t *err);
static oci_status_e sign_key_text(oci_pool_t *pool, const char *name,
    oci_str_t *text, oci_error_t *err);
static bool sign_key_token(const char *name);
static oci_status_e sign_password_stdin(oci_pool_t *pool, bool confirm,
    oci_str_t *text, oci_error_t *err);


oci_status_e
sign_public_load(oci_pool_t *pool, const char *name, EVP_PKEY **key,
    oci_error_t *err)
{
    oci_str_t     text;
    oci_error_t   first = { OCI_OK, 0, "" };
    oci_status_e  status;

    if (sign_key_token(name)) {
        return sign_token_load(pool, name, false, key, err);
    }

    if (sign_kms_named(name)) {
        return sign_kms_public(pool, name, key, err);
    }

    status = (strncmp(name, "https://", 8) == 0
              || strncmp(name, "http://", 7) == 0)
             ? sign_key_fetch(pool, name, &text, &first)
             : sign_key_text(pool, name, &text, &first);

    if (status == OCI_OK) {
        status = oci_sign_key_public(pool, &text, key, &first);
    }

    if (status != OCI_OK) {
        return oci_error(err, status, 0, "loading verifier from key opts: "
                         "loading public key: %s", first.text);
    }

    return OCI_OK;
}


oci_status_e
sign_private_load(oci_pool_t *pool, const char *name, EVP_PKEY **key,
    oci_error_t *err)
{
    size_t        pos;
    oci_str_t     text, password, label, der;
    oci_status_e  status;

    if (sign_key_token(name)) {
        return sign_token_load(pool, name, true, key, err);
    }

    if (sign_pair_named(name)) {
        return sign_key_secret(pool, name, key, err);
    }

    status = sign_key_text(pool, name, &text, err);

    if (status != OCI_OK) {
        return status;
    }

    /* what is no key file is refused before a password is asked for */

    pos = 0;

    if (oci_sign_pem_next(pool, &text, &pos, &label, &der) == OCI_OK) {
        oci_sign_wipe(&der);

        if (!oci_str_is(&label, "ENCRYPTED SIGSTORE PRIVATE KEY")
            && !oci_str_is(&label, "ENCRYPTED COSIGN PRIVATE KEY"))
        {
            oci_sign_wipe(&text);
            return oci_error(err, OCI_INVALID, 0, "unsupported pem type: %s",
                             label.data);
        }
    }

    status = sign_password(pool, false, &password, err);

    if (status != OCI_OK) {
        return status;
    }

    status = oci_sign_key_decrypt(pool, &text, &password, key, err);

    oci_sign_wipe(&password);
    oci_sign_wipe(&text);

    return status;
}


/* one that is kept with its password */

static oci_status_e
sign_key_secret(oci_pool_t *pool, const char *name, EVP_PKEY **key,
    oci_error_t *err)
{
    sign_pair_t   pair;
    oci_status_e  rc;

    rc = sign_pair_read(pool, name, true, &pair, err);

    if (rc == OCI_OK) {
        rc = (pair.key.len != 0)
             ? oci_sign_key_decrypt(pool, &pair.key, &pair.password, key, err)
             : oci_error(err, OCI_NOT_FOUND, 0, "%s has no private key",
                         name);
    }

    oci_sign_wipe(&pair.password);

    return rc;
}


/* a public key from a web server, as cosign has it: TLS vouches for it */

static oci_status_e
sign_key_fetch(oci_pool_t *pool, const char *name, oci_str_t *text,
    oci_error_t *err)
{
    transport_t           *t;
    oci_status_e           rc;
    transport_reply_t      reply;
    transport_request_t    req;
    transport_options_t   *options;

    options = oci_pcalloc(pool, sizeof(transport_options_t));
    t = (options != NULL) ? transport_open(pool, options) : NULL;

    if (t == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "GET";
    req.path = name;
    req.max = SIGN_KEY_MAX;

    rc = transport_fetch(t, &req, &reply, err);
    *text = reply.body;

    return (rc != OCI_OK || reply.status == 200) ? rc
           : oci_error(err, OCI_NOT_FOUND, 0, "%s: status %ld", name,
                       reply.status);
}


static oci_status_e
sign_key_text(oci_pool_t *pool, const char *name, oci_str_t *text,
    oci_error_t *err)
{
    sign_pair_t    pair;
    const char    *value;
    oci_status_e   rc;

    if (sign_pair_named(name)) {
        rc = sign_pair_read(pool, name, false, &pair, err);
        *text = pair.public;
        return rc;
    }

    if (strncmp(name, "env://", 6) == 0) {
        value = getenv(name + 6);

        if (value == NULL) {
            return oci_error(err, OCI_NOT_FOUND, 0, "loading env var \"%s\": "
                             "it is not set", name + 6);
        }

        *text = oci_str_dup(pool, (const u_char *) value, strlen(value));

        return OCI_OK;
    }

    if (strstr(name, "://") != NULL) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is no key that tally "
                         "can read: use a file, env://NAME, "
                         "k8s://NAMESPACE/NAME, gitlab://PROJECT, pkcs11: "
                         "or a plugin's", name);
    }

    return file_read(pool, name, text, err);
}


static bool
sign_key_token(const char *name)
{
    return strncmp(name, "pkcs11:", 7) == 0;
}


oci_status_e
sign_password(oci_pool_t *pool, bool confirm, oci_str_t *text,
    oci_error_t *err)
{
    bool          same;
    oci_str_t     again;
    const char   *value;
    oci_status_e  status;

    value = getenv("COSIGN_PASSWORD");

    if (value != NULL) {
        *text = oci_str_dup(pool, (const u_char *) value, strlen(value));
        return OCI_OK;
    }

    if (!isatty(STDIN_FILENO)) {
        return sign_password_stdin(pool, confirm, text, err);
    }

    status = password_ask(pool, "Enter password for private key: ",
                                    text, err);

    if (status != OCI_OK || !confirm) {
        return status;
    }

    status = password_ask(pool,
                 "Enter password for private key again: ", &again, err);

    if (status != OCI_OK) {
        oci_sign_wipe(text);
        return status;
    }

    same = oci_str_eq(text, &again);
    oci_sign_wipe(&again);

    if (!same) {
        oci_sign_wipe(text);
        return oci_error(err, OCI_INVALID, 0, "passwords do not match");
    }

    return OCI_OK;
}


/*
 * All of it, a line feed at the end included, as cosign has it.  A new key
 * gets no empty password just because nobody was there to say one.
 */

static oci_status_e
sign_password_stdin(oci_pool_t *pool, bool confirm, oci_str_t *text,
    oci_error_t *err)
{
    oci_status_e  status;

    status = file_read(pool, "-", text, err);

    if (status == OCI_OK && confirm && text->len == 0) {
        return oci_error(err, OCI_INVALID, 0, "standard input has no "
                         "password; a key without one is made with "
                         "COSIGN_PASSWORD= in the environment");
    }

    return status;
}
