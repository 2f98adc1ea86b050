/*
 * What Go's linker leaves in a program about the modules it was made of.
 */

#ifndef OCI_SCAN_ANALYZE_GO_H
#define OCI_SCAN_ANALYZE_GO_H

#include "analyze.h"
#include "elf.h"


/* OCI_NOT_FOUND: not a program of Go */

oci_status_e go_executable(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const elf_t *elf, oci_error_t *err);

/* the same of the build info itself; elf may be NULL */

oci_status_e go_info(oci_scan_walker_t *w, const oci_str_t *path, oci_str_t go,
    oci_str_t mod, const elf_t *elf, oci_error_t *err);

/* the two strings behind a build info header that holds them inline */

bool go_inline(oci_str_t rest, oci_str_t *go, oci_str_t *mod);

/* "\xff Go buildinf:" */

#define OCI_SCAN_GO_MAGIC      "\xff Go buildinf:"
#define OCI_SCAN_GO_MAGIC_LEN  14
#define OCI_SCAN_GO_HEADER     32


#endif /* OCI_SCAN_ANALYZE_GO_H */
