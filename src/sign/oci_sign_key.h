/*
 * Keys: cosign's encrypted private key files, public keys, signatures.
 *
 * A private key file is a PEM block around {"kdf": scrypt, "cipher":
 * nacl/secretbox, "ciphertext"}; inside is plain PKCS#8.
 */

#ifndef OCI_SIGN_KEY_H
#define OCI_SIGN_KEY_H

#include "oci_sign_util.h"


/* the cost N of scrypt in the key files that are written */

#define OCI_SIGN_SCRYPT_N  65536


/*
 * Decrypts a key file.  The key is freed with the pool.  OCI_INVALID: not a
 * key file ("unsupported pem type: X"), OCI_DENIED: wrong password
 * ("decrypt: encrypted: decryption failed"), OCI_LIMIT: scrypt parameters
 * other than N = 32768, 65536 or 131072, r = 8, p = 1.
 */

oci_status_e oci_sign_key_decrypt(oci_pool_t *pool, const oci_str_t *pem,
    const oci_str_t *password, EVP_PKEY **key, oci_error_t *err);

/*
 * The other way.  salt is 32 bytes and nonce 24, chosen by the caller at
 * random; the text of the file is given back.
 */

oci_status_e oci_sign_key_encrypt(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *password, const u_char *salt, const u_char *nonce,
    oci_str_t *pem, oci_error_t *err);

/*
 * Seals data for whoever has the private half of a Curve25519 key of 32 bytes
 * (libsodium's sealed box); false: it is no such key.
 */

bool oci_sign_seal(oci_pool_t *pool, const oci_str_t *key,
    const oci_str_t *data, oci_str_t *sealed);

oci_status_e oci_sign_key_generate(oci_pool_t *pool, EVP_PKEY **key,
    oci_error_t *err);

/*
 * Reads a private key from elsewhere: SEC1, PKCS#1, PKCS#8, plain or
 * encrypted with password.  RSA (2048 to 8192 bits), P-256, P-384, P-521,
 * Ed25519.
 */

oci_status_e oci_sign_key_import(oci_pool_t *pool, const oci_str_t *pem,
    const oci_str_t *password, EVP_PKEY **key, oci_error_t *err);

/* a "PUBLIC KEY" or "RSA PUBLIC KEY" block */

oci_status_e oci_sign_key_public(oci_pool_t *pool, const oci_str_t *pem,
    EVP_PKEY **key, oci_error_t *err);

/* SubjectPublicKeyInfo, read and written */

oci_status_e oci_sign_key_spki(oci_pool_t *pool, const oci_str_t *der,
    EVP_PKEY **key, oci_error_t *err);
oci_str_t oci_sign_key_der(oci_pool_t *pool, EVP_PKEY *key);
oci_str_t oci_sign_key_pem(oci_pool_t *pool, EVP_PKEY *key);

/* gives the key to the pool; false when it could not, the key is then gone */

bool oci_sign_key_keep(oci_pool_t *pool, EVP_PKEY *key);

/* protobuf-specs' PublicKeyDetails; NULL for a key that has none */

const char *oci_sign_key_details(EVP_PKEY *key);

/* the hash that goes with the key when nothing else is said to a v2 log */

oci_alg_e oci_sign_key_alg(EVP_PKEY *key);


/*
 * Signs and verifies data (not its digest).  ECDSA is ASN.1 DER, or r || s
 * when verified; RSA is PKCS #1 v1.5; Ed25519 is pure.
 */

oci_status_e oci_sign_key_sign(oci_pool_t *pool, EVP_PKEY *key, oci_alg_e alg,
    const oci_str_t *data, oci_str_t *signature, oci_error_t *err);

oci_status_e oci_sign_key_verify(oci_pool_t *pool, EVP_PKEY *key,
    oci_alg_e alg, const oci_str_t *data, const oci_str_t *signature,
    oci_error_t *err);


#endif /* OCI_SIGN_KEY_H */
