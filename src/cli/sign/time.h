/*
 * Timestamps of signatures (RFC 3161), from the authorities that
 * --timestamp-server-url or the signing config names.
 */

#ifndef SIGN_TIME_H
#define SIGN_TIME_H

#include "sign/options.h"


typedef struct {
    oci_array_t           urls;         /* const char *; none: no timestamps */
    oci_sign_trust_t      trust;        /* of --trusted-root */
    transport_options_t   options;
    transport_t          *transport;
} sign_time_t;


oci_status_e sign_time_choose(cmd_t *cmd, sign_time_t *t);

/*
 * Asks each of them for a timestamp over data; times becomes an array of
 * oci_str_t, TimeStampResp.  An answer is checked, and verified when the
 * trusted root names authorities.  Says on standard error which time it is.
 */

oci_status_e sign_time_ask(cmd_t *cmd, sign_time_t *t, const oci_str_t *data,
    oci_array_t *times);

/* the first of them as the old format has it; empty when there is none */

oci_str_t sign_time_legacy(oci_pool_t *pool, const oci_array_t *times);

/* asks, and puts that into the notes of a layer, if there is any */

oci_status_e sign_time_note(cmd_t *cmd, sign_time_t *t,
    const oci_str_t *data, json_t *notes);


#endif /* SIGN_TIME_H */
