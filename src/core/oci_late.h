/*
 * A shared library that is loaded when it is first needed.  What most runs
 * of the command never use (libcurl and its thirty libraries, libarchive)
 * then costs them neither time nor memory.
 *
 * A user lists the functions once:
 *
 *     #define LIB_FUNCTIONS(X)  X(lib_open) X(lib_close)
 *
 *     typedef struct {
 *         LIB_FUNCTIONS(OCI_LATE_FIELD)
 *     } lib_t;
 *
 *     static const char *const  names[] = { LIB_FUNCTIONS(OCI_LATE_NAME) };
 *
 * and calls lib.lib_open() after oci_late_load() filled the structure.
 */

#ifndef OCI_LATE_H
#define OCI_LATE_H

#include "oci_core.h"


#define OCI_LATE_FIELD(name)  __typeof__(name) *name;
#define OCI_LATE_NAME(name)   #name,

/*
 * Loads the library with this soname, as the dynamic linker finds it, and
 * fills table, an array of n pointers to functions, in the order of names.
 * Loading again is cheap: it is found in memory, where it stays until exit.
 * OCI_NOT_FOUND and the linker's words when the library or a function is not
 * there.
 */

oci_status_e oci_late_load(const char *soname, const char *const *names,
    size_t n, void *table, oci_error_t *err);

/*
 * Begins to load it beside what the caller does until then; oci_late_load()
 * waits for what is left of it, and says what failed.
 */

void oci_late_begin(const char *soname);


#endif /* OCI_LATE_H */
