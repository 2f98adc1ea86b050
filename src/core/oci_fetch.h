/*
 * One GET over TLS, by libcurl, for what the module has to ask somebody else.
 *
 * Only https is spoken, and the certificate has to prove the host.  Nothing is
 * redirected, no credentials are sent, and answers have a bound in bytes and
 * seconds.  libcurl is loaded by those who need it, and by nobody else.
 */

#ifndef OCI_FETCH_H
#define OCI_FETCH_H

#include "oci_core.h"


typedef struct oci_fetch_s  oci_fetch_t;

/*
 * Loads libcurl; before there are threads.  NULL: it is not there, or this
 * was built without it, said in err.
 */

oci_fetch_t *oci_fetch_open(oci_pool_t *pool, oci_error_t *err);

/*
 * The body of an answer of 200, which lives as long as the pool.  cacert is a
 * file of certificates to believe, NULL: the system's.  Blocks, for at most
 * seconds; any number of threads may call it at once.  OCI_LIMIT: longer than
 * max; OCI_IO: anything else that went wrong, said in err.
 */

oci_status_e oci_fetch(const oci_fetch_t *fetch, oci_str_t *body,
    oci_pool_t *pool, const char *url, const char *cacert, unsigned seconds,
    size_t max, oci_error_t *err);


#endif /* OCI_FETCH_H */
