/*
 * The way to a registry: HTTP by libcurl, with credentials as docker has them.
 *
 * One transport serves one command: it keeps the connection, what a host
 * speaks (https or http), and the tokens that were given out.  For one thread.
 *
 * Sources: OCI Distribution Specification 1.1; Docker's token authentication
 * specification; RFC 9110 (challenges), RFC 8288 (links).
 */

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "command/command.h"


typedef struct {
    const char  *username;
    const char  *password;
    const char  *token;             /* sent as it is, as a bearer token */
    const char  *cacert;            /* PEM file, beside the system's */
    const char  *client_cert;
    const char  *client_key;
    bool         allow_http;
    bool         allow_insecure;    /* do not verify certificates */
    const char  *server_name;       /* in the registry's certificate */
} transport_options_t;


/* --registry-username and so on; cosign's names.  base: of the options */

extern const cmd_flag_t  transport_flags[];


typedef struct transport_s  transport_t;


/*
 * A request is to come: what it needs is loaded beside what comes before it,
 * a key that is decrypted, say.
 */

void transport_begin(void);

/* NULL: out of memory.  The transport is closed with the pool. */

transport_t *transport_open(oci_pool_t *pool,
    const transport_options_t *options);


/* gets the answer's body piece by piece; not OCI_OK ends the transfer */

typedef oci_status_e (*transport_sink_pt)(void *data, const u_char *p,
    size_t len);


typedef struct {
    const char         *method;         /* "GET", "HEAD", "PUT", ... */
    const oci_str_t    *host;           /* with the port */
    const oci_str_t    *repo;           /* what is asked for: the scope */
    bool                push;           /* of the scope: pull,push */
    const char         *path;           /* from "/v2/" on, or a whole URL */
    const char         *accept;         /* NULL: anything */
    const char         *content_type;
    const oci_str_t    *body;           /* to send; NULL: none */
    uint64_t            body_at;        /* of a PATCH: where the body goes */
    uint64_t            from;           /* of the content: the rest of it */
    unsigned            share;          /* 1 of so many bytes counts */
    bool                once;           /* a body that was cut is not re-sent */
    const oci_str_t    *authorization;  /* of transport_fetch(); or NULL */
    size_t              max;            /* of the answer in memory */
    transport_sink_pt   sink;           /* in place of memory; for 2xx */
    void               *data;
} transport_request_t;


typedef struct {
    long                status;
    oci_str_t           body;           /* in the pool */
    oci_str_t           content_type;
    oci_str_t           digest;         /* Docker-Content-Digest */
    oci_str_t           location;
    oci_str_t           link;           /* of rel="next", as it was said */
    oci_str_t           subject;        /* OCI-Subject */
    oci_str_t           range;          /* of an upload: what has arrived */
    oci_str_t           log_index;      /* X-Log-Index, of a log */
} transport_reply_t;


/* say every request on standard error, without what may be a secret */

void transport_verbose(bool verbose);

/*
 * One request with all that belongs to it: the choice of https and http,
 * authentication, redirects, retries.  OCI_OK: there is an answer, of any
 * status.  OCI_IO, OCI_DENIED, OCI_LIMIT: none, and err says why; OCI_RANGE:
 * only the whole is sent where the rest was asked for.  It ends with the time
 * of the command (deadline.h).  With share, progress.h is told of each byte
 * that is sent.
 */

oci_status_e transport_send(transport_t *t, const transport_request_t *req,
    transport_reply_t *reply, oci_error_t *err);

/*
 * Waits before another try of what was cut, longer each time; false: no time
 * is left for it.
 */

bool transport_again(int tries);

/* an answer of a status that was not expected, as an error */

oci_status_e transport_refused(const transport_request_t *req,
    const transport_reply_t *reply, oci_error_t *err);

/*
 * A request to any URL that is not a registry's (a log, say): no credentials
 * of registries, no choice of protocol.
 */

oci_status_e transport_fetch(transport_t *t, const transport_request_t *req,
    transport_reply_t *reply, oci_error_t *err);


#endif /* TRANSPORT_H */
