/*
 * A shared library that is loaded when it is first needed.
 */

#include "oci_late.h"

#include <dlfcn.h>
#include <string.h>


oci_status_e
oci_late_load(const char *soname, const char *const *names, size_t n,
    void *table, oci_error_t *err)
{
    void   *library, *symbol;
    size_t  i;

    /* never closed: libraries leave handlers and threads behind */

    library = dlopen(soname, RTLD_LAZY | RTLD_NODELETE);

    if (library == NULL) {
        return oci_error(err, OCI_NOT_FOUND, 0, "a library is missing: %s",
                         dlerror());
    }

    for (i = 0; i < n; i++) {
        symbol = dlsym(library, names[i]);

        if (symbol == NULL) {
            return oci_error(err, OCI_NOT_FOUND, 0, "%s has no function \"%s\"",
                             soname, names[i]);
        }

        /* POSIX dlsym(): an object pointer that holds a function's address */

        memcpy((char *) table + i * sizeof(void *), &symbol, sizeof(void *));
    }

    return OCI_OK;
}
