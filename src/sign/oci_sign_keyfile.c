/*
 * cosign's encrypted private key file, and keys from elsewhere.
 */

#include "oci_sign_key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <string.h>


#define OCI_SIGN_SALT   32
#define OCI_SIGN_NONCE  crypto_secretbox_NONCEBYTES


typedef struct {
    uint64_t   n;
    oci_str_t  salt;
    oci_str_t  nonce;
    oci_str_t  ciphertext;
} oci_sign_box_t;


static oci_status_e oci_sign_box_open(oci_pool_t *pool,
    const oci_sign_box_t *box, const oci_str_t *password, oci_str_t *plain,
    oci_error_t *err);
static oci_status_e oci_sign_box_pem(oci_pool_t *pool, const u_char *salt,
    const u_char *nonce, const u_char *box, size_t len, oci_str_t *pem,
    oci_error_t *err);
static oci_status_e oci_sign_box_parse(oci_pool_t *pool,
    const oci_str_t *text, oci_sign_box_t *box, oci_error_t *err);
static bool oci_sign_box_members(oci_pool_t *pool, const json_t *root,
    oci_sign_box_t *box, oci_error_t *err);
static bool oci_sign_scrypt(const oci_str_t *password, const u_char *salt,
    size_t salt_len, uint64_t n, u_char *out);
static oci_status_e oci_sign_pkcs8(oci_pool_t *pool, const oci_str_t *der,
    EVP_PKEY **key, oci_error_t *err);
static int oci_sign_import_password(char *buf, int size, int rwflag,
    void *data);


oci_status_e
oci_sign_key_decrypt(oci_pool_t *pool, const oci_str_t *pem,
    const oci_str_t *password, EVP_PKEY **key, oci_error_t *err)
{
    size_t          pos;
    oci_str_t       label, text, plain;
    oci_status_e    status;
    oci_sign_box_t  box;

    pos = 0;

    if (oci_sign_pem_next(pool, pem, &pos, &label, &text) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0, "invalid pem block");
    }

    if (!oci_str_is(&label, "ENCRYPTED SIGSTORE PRIVATE KEY")
        && !oci_str_is(&label, "ENCRYPTED COSIGN PRIVATE KEY"))
    {
        oci_sign_wipe(&text);
        return oci_error(err, OCI_INVALID, 0, "unsupported pem type: %s",
                         label.data);
    }

    status = oci_sign_box_parse(pool, &text, &box, err);

    if (status != OCI_OK) {
        return status;
    }

    status = oci_sign_box_open(pool, &box, password, &plain, err);

    if (status != OCI_OK) {
        return status;
    }

    status = oci_sign_pkcs8(pool, &plain, key, err);
    oci_sign_wipe(&plain);

    return status;
}


static oci_status_e
oci_sign_box_open(oci_pool_t *pool, const oci_sign_box_t *box,
    const oci_str_t *password, oci_str_t *plain, oci_error_t *err)
{
    bool    good;
    u_char  secret[crypto_secretbox_KEYBYTES];

    plain->len = box->ciphertext.len - crypto_secretbox_MACBYTES;
    plain->data = oci_palloc(pool, plain->len + 1);

    if (plain->data == NULL
        || !oci_sign_scrypt(password, box->salt.data, box->salt.len, box->n,
                            secret))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    good = crypto_secretbox_open_easy(plain->data, box->ciphertext.data,
                                      box->ciphertext.len, box->nonce.data,
                                      secret) == 0;

    OPENSSL_cleanse(secret, sizeof(secret));

    if (!good) {
        return oci_error(err, OCI_DENIED, 0,
                         "decrypt: encrypted: decryption failed");
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_box_parse(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_box_t *box, oci_error_t *err)
{
    bool     good;
    json_t  *root;

    root = oci_json_load(text->data, text->len, 0, NULL);

    if (root == NULL) {
        return oci_error(err, OCI_INVALID, 0, "decrypt: not a key file");
    }

    good = oci_sign_box_members(pool, root, box, err);
    json_decref(root);

    if (!good) {
        return oci_error(err, OCI_INVALID, 0, "decrypt: not a key file");
    }

    return OCI_OK;
}


static bool
oci_sign_box_members(oci_pool_t *pool, const json_t *root,
    oci_sign_box_t *box, oci_error_t *err)
{
    json_t     *kdf, *params, *cipher;
    uint64_t    r, p;
    oci_str_t   name, salt, nonce, text;

    kdf = json_object_get(root, "kdf");
    params = json_object_get(kdf, "params");
    cipher = json_object_get(root, "cipher");

    name = oci_json_str(kdf, "name");

    if (!oci_str_is(&name, "scrypt")) {
        return false;
    }

    name = oci_json_str(cipher, "name");

    if (!oci_str_is(&name, "nacl/secretbox")) {
        return false;
    }

    if (!oci_json_uint(params, "N", &box->n)
        || !oci_json_uint(params, "r", &r) || !oci_json_uint(params, "p", &p)
        || r != 8 || p != 1
        || (box->n != 32768 && box->n != 65536 && box->n != 131072))
    {
        (void) oci_error(err, OCI_LIMIT, 0,
                         "decrypt: unsupported scrypt parameters");
        return false;
    }

    salt = oci_json_str(kdf, "salt");
    nonce = oci_json_str(cipher, "nonce");
    text = oci_json_str(root, "ciphertext");

    return oci_sign_b64_decode(pool, &salt, OCI_SIGN_B64_STD, &box->salt)
               == OCI_OK
           && oci_sign_b64_decode(pool, &nonce, OCI_SIGN_B64_STD,
                                  &box->nonce) == OCI_OK
           && oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD,
                                  &box->ciphertext) == OCI_OK
           && box->salt.len > 0 && box->nonce.len == OCI_SIGN_NONCE
           && box->ciphertext.len > crypto_secretbox_MACBYTES;
}


static bool
oci_sign_scrypt(const oci_str_t *password, const u_char *salt,
    size_t salt_len, uint64_t n, u_char *out)
{
    return sodium_init() >= 0
           && crypto_pwhash_scryptsalsa208sha256_ll(password->data,
                  password->len, salt, salt_len, n, 8, 1, out,
                  crypto_secretbox_KEYBYTES) == 0;
}


bool
oci_sign_seal(oci_pool_t *pool, const oci_str_t *key, const oci_str_t *data,
    oci_str_t *sealed)
{
    if (sodium_init() < 0 || key->len != crypto_box_PUBLICKEYBYTES) {
        return false;
    }

    sealed->len = data->len + crypto_box_SEALBYTES;
    sealed->data = oci_palloc(pool, sealed->len);

    return sealed->data != NULL
           && crypto_box_seal(sealed->data, data->data, data->len, key->data)
              == 0;
}


static oci_status_e
oci_sign_pkcs8(oci_pool_t *pool, const oci_str_t *der, EVP_PKEY **key,
    oci_error_t *err)
{
    const u_char         *p;
    PKCS8_PRIV_KEY_INFO  *info;

    p = der->data;
    *key = NULL;
    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long) der->len);

    if (info != NULL) {
        *key = EVP_PKCS82PKEY(info);
        PKCS8_PRIV_KEY_INFO_free(info);
    }

    ERR_clear_error();

    if (*key == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "the decrypted key is not PKCS #8");
    }

    if (!oci_sign_key_keep(pool, *key)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


oci_status_e
oci_sign_key_encrypt(oci_pool_t *pool, EVP_PKEY *key,
    const oci_str_t *password, const u_char *salt, const u_char *nonce,
    oci_str_t *pem, oci_error_t *err)
{
    int                   len;
    u_char               *der, *box, secret[crypto_secretbox_KEYBYTES];
    PKCS8_PRIV_KEY_INFO  *info;

    der = NULL;
    info = EVP_PKEY2PKCS8(key);
    len = (info == NULL) ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);

    if (len <= 0) {
        return oci_error(err, OCI_INVALID, 0, "the key cannot be encoded");
    }

    box = oci_palloc(pool, (size_t) len + crypto_secretbox_MACBYTES);

    if (box == NULL
        || !oci_sign_scrypt(password, salt, OCI_SIGN_SALT, OCI_SIGN_SCRYPT_N,
                            secret))
    {
        OPENSSL_clear_free(der, (size_t) len);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    (void) crypto_secretbox_easy(box, der, (size_t) len, nonce, secret);

    OPENSSL_cleanse(secret, sizeof(secret));
    OPENSSL_clear_free(der, (size_t) len);

    return oci_sign_box_pem(pool, salt, nonce, box,
                            (size_t) len + crypto_secretbox_MACBYTES, pem,
                            err);
}


static oci_status_e
oci_sign_box_pem(oci_pool_t *pool, const u_char *salt, const u_char *nonce,
    const u_char *box, size_t len, oci_str_t *pem, oci_error_t *err)
{
    oci_str_t  json, b64[3];

    b64[0] = oci_sign_b64(pool, salt, OCI_SIGN_SALT);
    b64[1] = oci_sign_b64(pool, nonce, OCI_SIGN_NONCE);
    b64[2] = oci_sign_b64(pool, box, len);

    if (b64[0].data == NULL || b64[1].data == NULL || b64[2].data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    json = oci_strf(pool,
                    "{\"kdf\":{\"name\":\"scrypt\",\"params\":{\"N\":%d,"
                    "\"r\":8,\"p\":1},\"salt\":\"%s\"},\"cipher\":{\"name\":"
                    "\"nacl/secretbox\",\"nonce\":\"%s\"},"
                    "\"ciphertext\":\"%s\"}", OCI_SIGN_SCRYPT_N,
                    b64[0].data, b64[1].data, b64[2].data);
    *pem = oci_sign_pem(pool, "ENCRYPTED SIGSTORE PRIVATE KEY", &json);

    return (pem->data == NULL) ? OCI_NOMEM : OCI_OK;
}


oci_status_e
oci_sign_key_generate(oci_pool_t *pool, EVP_PKEY **key, oci_error_t *err)
{
    *key = EVP_EC_gen("P-256");

    if (*key == NULL || !oci_sign_key_keep(pool, *key)) {
        ERR_clear_error();
        return oci_error(err, OCI_IO, 0, "no key could be generated");
    }

    return OCI_OK;
}


oci_status_e
oci_sign_key_import(oci_pool_t *pool, const oci_str_t *pem,
    const oci_str_t *password, EVP_PKEY **key, oci_error_t *err)
{
    BIO           *bio;
    EVP_PKEY      *parsed;
    oci_str_t      der;
    EVP_PKEY      *again;
    oci_status_e   status;

    bio = BIO_new_mem_buf(pem->data, (int) pem->len);
    parsed = (bio == NULL || pem->len > INT32_MAX) ? NULL
             : PEM_read_bio_PrivateKey(bio, NULL, oci_sign_import_password,
                                       (void *) password);
    BIO_free(bio);
    ERR_clear_error();

    if (parsed == NULL) {
        return oci_error(err, OCI_INVALID, 0, "unsupported private key, or "
                         "the password of its PEM file is another one");
    }

    if (!oci_sign_key_keep(pool, parsed)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    der = oci_sign_key_der(pool, parsed);
    status = oci_sign_key_spki(pool, &der, &again, err);

    if (status == OCI_OK) {
        *key = parsed;
    }

    return status;
}


static int
oci_sign_import_password(char *buf, int size, int rwflag, void *data)
{
    const oci_str_t  *password;

    (void) rwflag;
    password = data;

    if (password == NULL || password->len > (size_t) size) {
        return -1;
    }

    if (password->len != 0) {
        memcpy(buf, password->data, password->len);
    }

    return (int) password->len;
}
