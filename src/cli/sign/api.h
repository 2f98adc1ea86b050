/*
 * A service that speaks JSON over HTTP, with one key that it is asked about.
 */

#ifndef SIGN_API_H
#define SIGN_API_H

#include "net/transport.h"
#include "oci_json.h"


typedef struct {
    oci_pool_t       *pool;
    const char       *key;              /* begins the errors */
    transport_t      *transport;
    const oci_str_t  *host;             /* or NULL: that of the URL */
    oci_str_t         authorization;
} sign_api_t;


/*
 * answer: new, when it is asked for and the status is 2xx (NULL: no text).
 * Every other status is an error with what the service said: OCI_NOT_FOUND,
 * OCI_DENIED, else OCI_IO.  What is sent and got leaves no copy in memory.
 */

oci_status_e sign_api_send(const sign_api_t *api, const char *method,
    const oci_str_t *url, const json_t *body, json_t **answer,
    oci_error_t *err);


#endif /* SIGN_API_H */
