/*
 * base64 of RFC 4648, section 5, without padding, as tokens and their keys
 * have it.  One text for some bytes: what would decode to the same by another
 * is refused.
 */

#ifndef OCI_BASE64URL_H
#define OCI_BASE64URL_H

#include "oci_core.h"


/* data is NULL: it is not that, or no memory; a NUL follows both */

oci_str_t oci_base64url_decode(oci_pool_t *pool, const oci_str_t *text);
oci_str_t oci_base64url_encode(oci_pool_t *pool, const u_char *data,
    size_t len);


#endif /* OCI_BASE64URL_H */
