/*
 * What every part of signing needs: base64 and hex as Go reads them, PEM,
 * JSON from signers, and memory that is wiped.
 */

#ifndef OCI_SIGN_UTIL_H
#define OCI_SIGN_UTIL_H

#include "oci_core.h"
#include "oci_digest.h"
#include "oci_json.h"

#include <openssl/evp.h>


/* Go's limit for an attached payload or bundle: 128 MiB */

#define OCI_SIGN_MAX_PAYLOAD  (128 * 1024 * 1024)


/*
 * How strict base64 is.  OCI_SIGN_B64_STD: standard alphabet, padded, line
 * breaks ignored (Go's encoding/base64).  OCI_SIGN_B64_ANY: either alphabet,
 * padded or not, no line breaks (protobuf's JSON).
 */

typedef enum {
    OCI_SIGN_B64_STD,
    OCI_SIGN_B64_ANY
} oci_sign_b64_e;


/* OCI_INVALID when it is not base64; out lives in the pool */

oci_status_e oci_sign_b64_decode(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_b64_e how, oci_str_t *out);

oci_str_t oci_sign_b64(oci_pool_t *pool, const void *data, size_t len);

/* lower-case hex, and back (exactly size bytes; false when it is not) */

oci_str_t oci_sign_hex(oci_pool_t *pool, const void *data, size_t len);
bool oci_sign_unhex(const oci_str_t *text, u_char *out, size_t size);

void oci_sign_sha256(const void *data, size_t len, u_char out[32]);

/* overwrites the bytes, which stay in their pool */

void oci_sign_wipe(oci_str_t *s);


/*
 * One PEM block: the first one at or behind *pos, which is moved behind it.
 * OCI_NOT_FOUND: there is no more.  The label lives in the pool.
 */

oci_status_e oci_sign_pem_next(oci_pool_t *pool, const oci_str_t *text,
    size_t *pos, oci_str_t *label, oci_str_t *der);

oci_str_t oci_sign_pem(oci_pool_t *pool, const char *label,
    const oci_str_t *der);


/*
 * JSON as Go's encoding/json reads it: invalid UTF-8 becomes U+FFFD, large
 * integers become reals.  *order is false when an object has a member twice
 * (the last one counts, but the order of members is then unknown).
 */

json_t *oci_sign_json_go(oci_pool_t *pool, const oci_str_t *text,
    bool *order, oci_error_t *err);

/*
 * The member that Go would take: names compared without case, the last one
 * wins.  NULL: absent, or not to be told because order is false.
 */

json_t *oci_sign_json_fold(const json_t *obj, const char *name, bool order);

/* compact, members sorted when asked, <, > and & escaped as Go does */

oci_str_t oci_sign_json_text(oci_pool_t *pool, const json_t *value,
    bool sorted);

/* a string as Go's encoder quotes it */

void oci_sign_json_quote(oci_buf_t *b, const u_char *data, size_t len);

/* copies the buffer to the pool and frees it */

oci_str_t oci_sign_buf_take(oci_pool_t *pool, oci_buf_t *b);

/* "2026-01-01T00:00:00Z", fractions ignored; false when it is not one */

bool oci_sign_time_parse(const oci_str_t *text, int64_t *seconds);
oci_str_t oci_sign_time_text(oci_pool_t *pool, int64_t seconds);


#endif /* OCI_SIGN_UTIL_H */
