/*
 * Key files and public keys: whatever it is, it is refused or read.
 */

#include "oci_sign_key.h"

#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       pos;
    EVP_PKEY    *key;
    oci_str_t    text, label, der;
    oci_pool_t  *pool;
    oci_error_t  err = { OCI_OK, 0, "" };

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;
    pos = 0;

    (void) oci_sign_key_public(pool, &text, &key, &err);

    /* a key file with a valid box costs a second of scrypt: only its frame */

    while (oci_sign_pem_next(pool, &text, &pos, &label, &der) == OCI_OK) {
        (void) oci_sign_key_spki(pool, &der, &key, NULL);
    }

    if (memmem(data, size, "scrypt", 6) == NULL) {
        label = oci_str("");
        (void) oci_sign_key_decrypt(pool, &text, &label, &key, &err);
    }

    oci_pool_destroy(pool);

    return 0;
}
