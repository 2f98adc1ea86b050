/*
 * An nginx.conf that does what a config.yml of registry:2 asks for.
 */

#ifndef CONVERT_H
#define CONVERT_H

#include "import/settings.h"

#include <stdio.h>


/* where things are on this machine; NULL: as below */

typedef struct {
    const char  *module;        /* modules/ngx_http_registry_module.so */
    const char  *user;          /* www-data; "": none is named */
    const char  *pid;           /* /run/nginx-registry.pid */
    const char  *error_log;     /* /var/log/nginx/registry-error.log */
    const char  *access_log;    /* /var/log/nginx/registry-access.log */
    const char  *temp;          /* of temporary files: nginx's own */
    bool         ipv6;          /* ":5000" is one of IPv6 as well */
} convert_t;


/*
 * Writes nginx.conf to out, with a comment for each setting that has no
 * equivalent, and to warn a line for each of those that are missed.
 * OCI_INVALID in the error of s, and nothing written, for what cannot be had
 * or would protect less than the registry did.
 */

oci_status_e convert_print(settings_t *s, const convert_t *c, FILE *out,
    FILE *warn);


#endif /* CONVERT_H */
