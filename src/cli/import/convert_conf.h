/*
 * What the files that write an nginx.conf share.
 */

#ifndef CONVERT_CONF_H
#define CONVERT_CONF_H

#include "import/convert.h"


/* one text for each level of nginx.conf, and who writes there */

typedef struct {
    settings_t       *s;
    const convert_t  *c;
    FILE             *notes;
    FILE             *main;
    FILE             *http;
    FILE             *server;
    FILE             *more;             /* servers behind the first */
    bool              tls;
    bool              dollar;           /* a value has one */
} convert_conf_t;


/* the levels and formats of the logs; the TLS of the server */

void convert_log(convert_conf_t *conf);
void convert_tls(convert_conf_t *conf);

/* "name value;", the value as a word of nginx.conf */

void convert_line(convert_conf_t *conf, FILE *out, const char *name,
    const char *value);

/* the word alone; a "$" is kept from naming a variable where there are any */

void convert_quoted(convert_conf_t *conf, FILE *out, const char *text,
    bool variables);

const char *convert_or(const char *value, const char *otherwise);

/* OCI_INVALID: "path why" */

void convert_bad(convert_conf_t *conf, const char *path, const char *why);


#endif /* CONVERT_CONF_H */
