/*
 * An nginx.conf, as far as its grammar goes: words, quotes, comments, blocks
 * and includes.  What directives mean is the caller's.
 */

#ifndef NGINX_CONF_H
#define NGINX_CONF_H

#include "oci_core.h"


typedef enum {
    NGINX_CONF_LINE,            /* NAME WORD... ; */
    NGINX_CONF_OPEN,            /* NAME WORD... { */
    NGINX_CONF_CLOSE            /* } */
} nginx_conf_e;

typedef struct {
    nginx_conf_e   kind;
    oci_str_t     *words;       /* live in the pool */
    size_t         n;           /* of CLOSE: 0 */
    const char    *file;
    unsigned       line;        /* where it begins */
    oci_str_t      dir;         /* of the first file, with its slash */
} nginx_conf_t;


/*
 * What each returns other than OCI_OK ends the reading; but of an "include",
 * OCI_NOT_FOUND says that it is nginx's, and the file is read.
 */

typedef oci_status_e (*nginx_conf_pt)(void *data, const nginx_conf_t *conf,
    oci_error_t *err);

/* OCI_INVALID, said in err with file and line */

oci_status_e nginx_conf_read(oci_pool_t *pool, const char *file,
    nginx_conf_pt each, void *data, oci_error_t *err);


#endif /* NGINX_CONF_H */
