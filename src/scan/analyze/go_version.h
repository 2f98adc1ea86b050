/*
 * The version of a Go program's own module.
 */

#ifndef OCI_SCAN_ANALYZE_GO_VERSION_H
#define OCI_SCAN_ANALYZE_GO_VERSION_H

#include "elf.h"


typedef struct {
    oci_pool_t   *pool;
    const elf_t  *elf;                  /* with its symbols; or NULL */
    oci_str_t     name;
    oci_str_t     version;              /* of the build info */
    oci_str_t     ldflags;
} go_main_t;


/*
 * The module's version as it was released: of the build info unless it is
 * none or made up from a commit, else what -X or a symbol that looks like a
 * version says.  May be empty, or the made up one.
 */

oci_str_t go_version(const go_main_t *m);


#endif /* OCI_SCAN_ANALYZE_GO_VERSION_H */
