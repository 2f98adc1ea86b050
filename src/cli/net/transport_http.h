/*
 * One HTTP exchange by libcurl; below transport.c only.
 */

#ifndef TRANSPORT_HTTP_H
#define TRANSPORT_HTTP_H

#include "net/transport.h"


typedef struct transport_http_s  transport_http_t;

typedef struct {
    long        status;
    bool        registry;       /* said so by Docker-Distribution-Api-Version */
    long        retry_after;    /* s; -1: not said */
    oci_str_t   body;
    oci_str_t   content_type;
    oci_str_t   digest;
    oci_str_t   location;
    oci_str_t   link;
    oci_str_t   subject;
    oci_str_t   range;
    oci_str_t   log_index;
    oci_str_t   challenge;
} transport_http_reply_t;


transport_http_t *transport_http_open(oci_pool_t *pool,
    const transport_options_t *options);

/*
 * authorization is the header's value, or empty; it never follows a redirect
 * to another host.
 */

oci_status_e transport_http_send(transport_http_t *http, const char *url,
    const transport_request_t *req, const oci_str_t *authorization,
    transport_http_reply_t *reply, oci_error_t *err);

/* waits before the next try: as the server asks, else longer each time */

void transport_http_wait(const transport_http_reply_t *reply, int tries);

bool transport_http_same_host(const oci_str_t *url, const oci_str_t *host);

/* pairs of names and values, ended by NULL, encoded for a query or a form */

oci_str_t transport_http_form(transport_http_t *http, ...);


#endif /* TRANSPORT_HTTP_H */
