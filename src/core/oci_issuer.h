/*
 * An issuer of tokens whose keys are found by asking it.
 *
 * Source: OpenID Connect Discovery 1.0, sections 3 and 4.  The issuer is the
 * one that the configuration names: its document has to say the same, and
 * leads to a set of keys, at the issuer's own host or another.
 */

#ifndef OCI_ISSUER_H
#define OCI_ISSUER_H

#include "oci_fetch.h"


#define OCI_ISSUER_MAX      (128 * 1024)    /* bytes of each document */
#define OCI_ISSUER_SECONDS  10              /* for both of them */
#define OCI_ISSUER_FRESH    3600            /* s that keys are not asked for */
#define OCI_ISSUER_STALE    86400           /* s that they hold at most */
#define OCI_ISSUER_RETRY    10              /* s, while there are none */


/* OCI_INVALID, said in err: not "https://HOST[:PORT][/PATH]" */

oci_status_e oci_issuer_valid(const oci_str_t *issuer, oci_error_t *err);

/*
 * Where the issuer's document says that its keys are.  OCI_INVALID, said in
 * err: no such document, of another issuer, or keys that are not at an https
 * address.
 */

oci_status_e oci_issuer_document(oci_str_t *keys, oci_pool_t *pool,
    const oci_str_t *issuer, const oci_str_t *text, oci_error_t *err);

/*
 * Fetches the text of the issuer's set of keys, for oci_keys_load().  Blocks,
 * for at most OCI_ISSUER_SECONDS; see oci_fetch().
 */

oci_status_e oci_issuer_fetch(const oci_fetch_t *fetch, oci_str_t *keys,
    oci_pool_t *pool, const oci_str_t *issuer, const char *cacert,
    oci_error_t *err);


/*
 * When, in seconds since 1970: keys were had, and the last attempt to get them
 * ended.  0: never.
 */

typedef struct {
    int64_t   fetched;
    int64_t   tried;
} oci_issuer_times_t;

/* may these keys be used? */

bool oci_issuer_usable(const oci_issuer_times_t *times, int64_t now);

/*
 * Is the issuer to be asked now?  It is at most every so many seconds,
 * whatever tokens come; missing: one came whose key is not among the keys.
 */

bool oci_issuer_due(const oci_issuer_times_t *times, int64_t now,
    int64_t every, bool missing);


#endif /* OCI_ISSUER_H */
