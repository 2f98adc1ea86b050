/*
 * The settings of registry:2 and of distribution 3: config.yml, and the
 * variables REGISTRY_... of the environment, which override it.
 */

#ifndef SETTINGS_H
#define SETTINGS_H

#include "oci_core.h"

#include <jansson.h>


#define SETTINGS_MAX  ((size_t) 1 << 20)        /* bytes of a config.yml */


/*
 * A tree of objects, arrays, strings and nulls: every scalar is a string.  A
 * setting is named by its path, "http.tls.certificate".
 */

typedef struct {
    oci_pool_t   *pool;
    oci_error_t  *err;
    json_t       *root;
    json_t       *variables;    /* path -> the variable that set it */
} settings_t;


/*
 * Reads config.yml.  OCI_INVALID in err when it is not YAML, nested or
 * aliased beyond reason, or of another version than 0.1.  The settings are
 * then empty; settings_free() is due all the same.
 */

oci_status_e settings_read(settings_t *s, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
void settings_free(settings_t *s);

/*
 * Takes over "REGISTRY_HTTP_ADDR=:80", as distribution does: words between
 * underscores are keys in whatever case, the value is YAML.  Others than
 * REGISTRY_... are passed over.
 */

oci_status_e settings_variable(settings_t *s, const char *variable);

/* NULL when there is none; a value of another kind is OCI_INVALID in err */

json_t *settings_get(const settings_t *s, const char *path);
const char *settings_text(settings_t *s, const char *path);
bool settings_true(settings_t *s, const char *path, bool otherwise);

/*
 * A duration of Go, "1h30m", in seconds, rounded up; and a number from 0 on.
 * -1 when there is none.
 */

int64_t settings_seconds(settings_t *s, const char *path);
int64_t settings_number(settings_t *s, const char *path);

/* the variable that has set the path or what it is in; NULL: the file has */

const char *settings_origin(const settings_t *s, const char *path);


#endif /* SETTINGS_H */
