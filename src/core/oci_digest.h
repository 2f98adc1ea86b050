/*
 * Digests and running hashes.
 *
 * Source: OCI Image Specification 1.1, descriptor.md, "Digests".
 */

#ifndef OCI_DIGEST_H
#define OCI_DIGEST_H

#include "oci_core.h"

#include <openssl/sha.h>


typedef enum {
    OCI_ALG_NONE = 0,
    OCI_SHA256,
    OCI_SHA384,
    OCI_SHA512
} oci_alg_e;


#define OCI_DIGEST_MAX      (sizeof("sha512:") - 1 + 128)
#define OCI_HASH_MAX        SHA512_DIGEST_LENGTH
#define OCI_HASH_STATE_MAX  204


/* "<algorithm>:<hex>", lower case, of exact length; text ends with a NUL */

typedef struct {
    oci_alg_e  alg;
    size_t     len;
    char       text[OCI_DIGEST_MAX + 1];
} oci_digest_t;


/*
 * Reads a digest.  OCI_INVALID: not of the form, or an algorithm other than
 * sha256, sha384 and sha512.  d is only written on OCI_OK.
 */

oci_status_e oci_digest_parse(oci_digest_t *d, const oci_str_t *text);

bool oci_digest_eq(const oci_digest_t *a, const oci_digest_t *b);
const char *oci_digest_hex(const oci_digest_t *d);
oci_str_t oci_digest_str(const oci_digest_t *d);        /* no copy */

const char *oci_alg_name(oci_alg_e alg);
oci_alg_e oci_alg_parse(const oci_str_t *name);
size_t oci_alg_hex_len(oci_alg_e alg);


/*
 * A running hash whose state can be put away and taken up again by another
 * process.  OpenSSL's EVP interface cannot do that, hence SHA256_CTX.
 */

typedef struct {
    oci_alg_e       alg;
    union {
        SHA256_CTX  sha256;
        SHA512_CTX  sha512;                 /* also SHA-384 */
    } u;
} oci_hash_t;


void oci_hash_init(oci_hash_t *h, oci_alg_e alg);
void oci_hash_update(oci_hash_t *h, const void *data, size_t len);
void oci_hash_final(oci_hash_t *h, oci_digest_t *d);
void oci_hash_bytes(oci_hash_t *h, u_char out[OCI_HASH_MAX]);

/* the digest of what is in memory */

void oci_digest_of(oci_digest_t *d, oci_alg_e alg, const void *data,
    size_t len);

/*
 * The portable form of the state, as Go's crypto/sha256 and crypto/sha512
 * marshal it and registry:2 keeps it in "hashstates": a four-byte magic, the
 * chaining values, the pending block, the length in bytes; big endian.
 *
 * Export writes at most OCI_HASH_STATE_MAX bytes to out and returns how many.
 * Import answers OCI_INVALID for anything that is not such a state of alg, or
 * whose length is not offset.
 */

size_t oci_hash_export(const oci_hash_t *h, u_char *out);
oci_status_e oci_hash_import(oci_hash_t *h, oci_alg_e alg, uint64_t offset,
    const u_char *data, size_t len);


#endif /* OCI_DIGEST_H */
