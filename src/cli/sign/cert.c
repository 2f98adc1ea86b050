/*
 * A certificate that is put into signatures, beside or in place of the key.
 */

#include "sign/log_upload.h"
#include "command/file.h"

#include <string.h>
#include <time.h>


static oci_status_e sign_cert_of(oci_pool_t *pool, X509 *leaf, EVP_PKEY *key,
    sign_cert_t *cert, oci_error_t *err);
static oci_status_e sign_cert_chain(oci_pool_t *pool, const char *name,
    X509 *leaf, sign_cert_t *cert, oci_error_t *err);


oci_status_e
sign_cert_load(oci_pool_t *pool, const sign_args_t *args, EVP_PKEY *key,
    sign_cert_t *cert, oci_error_t *err)
{
    X509          *leaf;
    oci_str_t      text;
    oci_array_t    certs;
    oci_status_e   status;

    memset(cert, 0, sizeof(sign_cert_t));

    if (args->signer.cert == NULL) {
        return (args->signer.chain == NULL) ? OCI_OK
               : oci_error(err, OCI_INVALID, 0,
                           "--certificate-chain goes with --certificate");
    }

    oci_array_init(&certs, pool, sizeof(X509 *));
    status = file_read(pool, args->signer.cert, &text, err);

    if (status == OCI_OK) {
        status = oci_sign_certs_pem(pool, &text, &certs, err);
    }

    if (status != OCI_OK) {
        return status;
    }

    if (certs.nelts != 1) {
        return oci_error(err, OCI_INVALID, 0, "%s has %zu certificates, and "
                         "must have one; issuers go to --certificate-chain",
                         args->signer.cert, certs.nelts);
    }

    leaf = *(X509 **) certs.elts;
    status = sign_cert_of(pool, leaf, key, cert, err);

    return (status != OCI_OK || args->signer.chain == NULL) ? status
           : sign_cert_chain(pool, args->signer.chain, leaf, cert, err);
}


/* the certificate must be of the key that signs */

static oci_status_e
sign_cert_of(oci_pool_t *pool, X509 *leaf, EVP_PKEY *key, sign_cert_t *cert,
    oci_error_t *err)
{
    int         len;
    u_char     *der;
    oci_str_t   ours, theirs;

    der = NULL;
    len = i2d_X509(leaf, &der);
    cert->der = oci_str_dup(pool, der, len > 0 ? (size_t) len : 0);
    OPENSSL_free(der);

    cert->pem = oci_sign_pem(pool, "CERTIFICATE", &cert->der);
    ours = oci_sign_key_der(pool, key);
    theirs = (X509_get0_pubkey(leaf) != NULL)
             ? oci_sign_key_der(pool, X509_get0_pubkey(leaf))
             : oci_str(NULL);

    if (cert->pem.data == NULL || ours.len == 0
        || !oci_str_eq(&ours, &theirs))
    {
        return oci_error(err, OCI_MISMATCH, 0, "the public key in the "
                         "certificate is not that of --key");
    }

    return OCI_OK;
}


static oci_status_e
sign_cert_chain(oci_pool_t *pool, const char *name, X509 *leaf,
    sign_cert_t *cert, oci_error_t *err)
{
    X509           *issuer;
    oci_str_t       text;
    oci_array_t     cas;
    oci_status_e    status;

    oci_array_init(&cas, pool, sizeof(oci_sign_ca_t));
    status = file_read(pool, name, &text, err);

    if (status == OCI_OK) {
        status = oci_sign_trust_certs(pool, &cas, &text, true, err);
    }

    if (status == OCI_OK) {
        status = oci_sign_chain_verify(pool, leaf, NULL, &cas,
                                       (int64_t) time(NULL), &issuer, err);
    }

    cert->chain = text;

    return status;
}


void
sign_cert_note(const sign_cert_t *cert, json_t *notes)
{
    if (cert->pem.len == 0) {
        return;
    }

    (void) json_object_set_new(notes, OCI_SIGN_A_CERT,
                               json_string((char *) cert->pem.data));
    (void) json_object_set_new(notes, OCI_SIGN_A_CHAIN,
                               json_stringn(cert->chain.len
                                            ? (char *) cert->chain.data : "",
                                            cert->chain.len));
}
