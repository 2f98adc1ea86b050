/*
 * What sign-blob --bundle wrote before there were bundles of Sigstore's.
 */

#include "sign/old_bundle.h"

#include <string.h>


oci_status_e
sign_old_bundle(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_legacy_t *sig, oci_error_t *err)
{
    json_t     *root, *entry;
    oci_str_t   s, cert;

    memset(sig, 0, sizeof(oci_sign_legacy_t));
    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    s = oci_json_str(root, "base64Signature");
    sig->signature = oci_str_dup(pool, s.data, s.len);

    s = oci_json_str(root, "cert");
    entry = json_object_get(root, "rekorBundle");

    if (oci_str_prefix(&s, "-----BEGIN")
        || oci_sign_b64_decode(pool, &s, OCI_SIGN_B64_STD, &cert)
           != OCI_OK)
    {
        cert = oci_str_dup(pool, s.data, s.len);
    }

    /* 3.1 writes a public key there */

    if (memmem(cert.data, cert.len, "BEGIN CERTIFICATE", 17) != NULL) {
        sig->cert = cert;
    }

    if (json_is_object(entry)) {
        sig->bundle = oci_sign_json_text(pool, entry, false);
    }

    json_decref(root);

    if (sig->signature.len == 0) {
        return oci_error(err, OCI_INVALID, 0,
                         "bundle does not contain a signature");
    }

    return OCI_OK;
}
