/*
 * Lists of names.
 */

#include "sign/named.h"

#include <string.h>


#define NAMED_MAX  4096


oci_status_e
named_add(oci_array_t *names, const char *name, oci_error_t *err)
{
    size_t        i;
    const char  **slot;

    for (i = 0; i < names->nelts; i++) {
        if (strcmp(((const char **) names->elts)[i], name) == 0) {
            return OCI_OK;
        }
    }

    if (names->nelts == NAMED_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "more than %d images are named",
                         NAMED_MAX);
    }

    slot = oci_array_push(names);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = name;

    return OCI_OK;
}
