/*
 * A shared library that is loaded when it is first needed.
 */

#include "oci_late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>


/* never closed: libraries leave handlers and threads behind */

#define OCI_LATE_FLAGS  (RTLD_LAZY|RTLD_NODELETE)


static void *oci_late_run(void *soname);


oci_status_e
oci_late_load(const char *soname, const char *const *names, size_t n,
    void *table, oci_error_t *err)
{
    void   *library, *symbol;
    size_t  i;

    library = dlopen(soname, OCI_LATE_FLAGS);

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


/* the linker's own lock makes oci_late_load() wait */

void
oci_late_begin(const char *soname)
{
    pthread_t  thread;

    if (pthread_create(&thread, NULL, oci_late_run, (void *) soname) == 0) {
        (void) pthread_detach(thread);
    }
}


static void *
oci_late_run(void *soname)
{
    (void) dlopen(soname, OCI_LATE_FLAGS);

    return NULL;
}
