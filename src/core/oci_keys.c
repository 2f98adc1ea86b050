/*
 * Keys that tokens are signed with.
 */

#include "oci_base64url.h"
#include "oci_json.h"
#include "oci_jwk.h"
#include "oci_keys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>


static void oci_keys_free(void *data);
static oci_status_e oci_keys_json(oci_keys_t *keys, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e oci_keys_pem(oci_keys_t *keys, const oci_str_t *text,
    oci_error_t *err);
static void oci_keys_block(oci_keys_t *keys, const char *name,
    const u_char *data, long len);
static oci_key_t *oci_keys_add(oci_keys_t *keys, EVP_PKEY *pkey, X509 *cert,
    bool secret);
static bool oci_key_ids(oci_key_t *key);


oci_status_e
oci_keys_load(oci_keys_t **keys, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    size_t         i;
    oci_keys_t    *k;
    oci_status_e   rc;

    k = oci_pcalloc(pool, sizeof(oci_keys_t));

    if (k == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&k->keys, pool, sizeof(oci_key_t));
    (void) SHA256(text->len != 0 ? text->data : (const u_char *) "",
                  text->len, k->id);

    if (oci_pool_cleanup(pool, oci_keys_free, k) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (i = 0; i < text->len; i++) {
        if (text->data[i] != ' ' && text->data[i] != '\t'
            && text->data[i] != '\r' && text->data[i] != '\n')
        {
            break;
        }
    }

    rc = (i < text->len && text->data[i] == '{')
         ? oci_keys_json(k, pool, text, err) : oci_keys_pem(k, text, err);

    ERR_clear_error();

    if (rc == OCI_OK && k->keys.nelts == 0) {
        rc = oci_error(err, OCI_INVALID, 0,
                       "no key for signatures: RSA of %d bits or more, "
                       "P-256, P-384, P-521, Ed25519 or Ed448",
                       OCI_RSA_BITS_MIN);
    }

    *keys = k;

    return rc;
}


static void
oci_keys_free(void *data)
{
    size_t       i;
    oci_key_t   *key;
    oci_keys_t  *keys = data;

    key = keys->keys.elts;

    for (i = 0; i < keys->keys.nelts; i++) {
        EVP_PKEY_free(key[i].pkey);
        X509_free(key[i].cert);
    }

    X509_STORE_free(keys->roots);
}


/* RFC 7517, section 5; a single key is taken too */

static oci_status_e
oci_keys_json(oci_keys_t *keys, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    size_t      i;
    json_t     *root, *set, *jwk;
    oci_str_t   use, kid, alg;
    EVP_PKEY   *pkey;
    oci_key_t  *key;

    root = oci_json_load(text->data, text->len,
                         OCI_JSON_DUPLICATES, err);
    if (root == NULL) {
        return OCI_INVALID;
    }

    set = json_object_get(root, "keys");

    for (i = 0; i == 0 || i < json_array_size(set); i++) {
        jwk = json_is_array(set) ? json_array_get(set, i) : root;
        use = oci_json_str(jwk, "use");

        if (use.len != 0 && !oci_str_is(&use, "sig")) {
            continue;
        }

        pkey = oci_jwk_parse(pool, jwk);
        if (pkey == NULL) {
            continue;
        }

        key = oci_keys_add(keys, pkey, NULL, false);

        if (key != NULL) {
            kid = oci_json_str(jwk, "kid");
            alg = oci_json_str(jwk, "alg");
            key->kid = oci_str_dup(pool, kid.data, kid.len);
            key->alg = oci_str_dup(pool, alg.data, alg.len);
        }
    }

    json_decref(root);

    return OCI_OK;
}


static oci_status_e
oci_keys_pem(oci_keys_t *keys, const oci_str_t *text, oci_error_t *err)
{
    BIO     *bio;
    char    *name, *header;
    long     len;
    u_char  *data;

    bio = BIO_new_mem_buf(text->data, (int) text->len);
    if (bio == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    while (PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
        oci_keys_block(keys, name, data, len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t) len);
    }

    BIO_free(bio);

    return OCI_OK;
}


static void
oci_keys_block(oci_keys_t *keys, const char *name, const u_char *data,
    long len)
{
    X509      *cert;
    EVP_PKEY  *pkey;

    if (strcmp(name, PEM_STRING_X509) == 0) {
        cert = d2i_X509(NULL, &data, len);
        pkey = (cert != NULL) ? X509_get_pubkey(cert) : NULL;

        if (pkey == NULL) {
            X509_free(cert);
            return;
        }

        if (oci_keys_add(keys, pkey, cert, false) == NULL) {
            return;
        }

        if (keys->roots == NULL) {
            keys->roots = X509_STORE_new();
        }

        if (keys->roots != NULL) {
            (void) X509_STORE_add_cert(keys->roots, cert);
        }

        return;
    }

    if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
        pkey = d2i_PUBKEY(NULL, &data, len);

    } else if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) {
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &data, len);

    } else if (strstr(name, PEM_STRING_PKCS8INF) != NULL) {
        pkey = d2i_AutoPrivateKey(NULL, &data, len);

    } else {
        return;
    }

    if (pkey != NULL) {
        (void) oci_keys_add(keys, pkey, NULL,
                            strstr(name, PEM_STRING_PKCS8INF) != NULL);
    }
}


/* takes pkey and cert; NULL: not for us */

static oci_key_t *
oci_keys_add(oci_keys_t *keys, EVP_PKEY *pkey, X509 *cert, bool secret)
{
    oci_key_t  *key, new;

    memset(&new, 0, sizeof(new));
    new.pkey = pkey;
    new.cert = cert;
    new.secret = secret;

    key = NULL;

    if (keys->keys.nelts < OCI_KEYS_MAX && oci_jwk_usable(pkey)
        && oci_key_ids(&new))
    {
        key = oci_array_push(&keys->keys);
    }

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        X509_free(cert);
        return NULL;
    }

    *key = new;

    return key;
}


/* libtrust: 240 bits of SHA-256 of the key in DER, base32 in groups of four */

static bool
oci_key_ids(oci_key_t *key)
{
    int                len;
    char              *text, *p;
    json_t            *jwk;
    size_t             i, bit;
    u_char            *der, md[SHA256_DIGEST_LENGTH];
    oci_str_t          thumbprint;
    oci_pool_t        *pool;
    static const char  base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    der = NULL;
    len = i2d_PUBKEY(key->pkey, &der);

    if (len <= 0) {
        return false;
    }

    (void) SHA256(der, (size_t) len, md);
    OPENSSL_free(der);

    p = key->libtrust;

    for (i = 0, bit = 0; i < 48; i++, bit += 5) {
        if (i != 0 && i % 4 == 0) {
            *p++ = ':';
        }

        *p++ = base32[((md[bit / 8] << 8 | md[bit / 8 + 1])
                       >> (11 - bit % 8)) & 0x1f];
    }

    jwk = oci_jwk_of(key->pkey);
    text = (jwk != NULL) ? json_dumps(jwk, JSON_COMPACT|JSON_SORT_KEYS)
                         : NULL;
    json_decref(jwk);
    pool = oci_pool_create();

    if (text == NULL || pool == NULL) {
        free(text);
        oci_pool_destroy(pool);
        return false;
    }

    (void) SHA256((u_char *) text, strlen(text), md);
    free(text);

    thumbprint = oci_base64url_encode(pool, md, sizeof(md));

    if (thumbprint.data != NULL) {
        memcpy(key->thumbprint, thumbprint.data, thumbprint.len + 1);
    }

    oci_pool_destroy(pool);

    return key->thumbprint[0] != '\0';
}
