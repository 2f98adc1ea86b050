/*
 * The parts of an ELF file that say how it was built.  Every offset is
 * checked against the bytes that are there.
 *
 * Source: System V ABI, "Object Files".
 */

#ifndef OCI_SCAN_ANALYZE_ELF_H
#define OCI_SCAN_ANALYZE_ELF_H

#include "oci_core.h"


typedef struct {
    oci_str_t  file;
    bool       big;             /* big endian */
    bool       wide;            /* 64 bits */
    uint64_t   shoff;
    uint64_t   phoff;
    unsigned   shnum;
    unsigned   shentsize;
    unsigned   shstrndx;
    unsigned   phnum;
    unsigned   phentsize;
} elf_t;


typedef struct {
    oci_str_t  name;
    oci_str_t  data;            /* empty when the file has none of it */
    uint32_t   type;
    uint32_t   link;
    uint64_t   addr;
    uint64_t   entsize;
} elf_section_t;


/* false: not an ELF file, or one that is cut off in its header */

bool elf_open(elf_t *elf, const oci_str_t *file);

bool elf_find(const elf_t *elf, const char *name, elf_section_t *s);

/* what a loaded program finds at addr, up to the end of its segment */

oci_str_t elf_at(const elf_t *elf, uint64_t addr);

/* the first segment that is loaded for writing, and its address */

oci_str_t elf_data(const elf_t *elf, uint64_t *addr);

/* calls fn for each symbol that has bytes, until it returns false */

void elf_symbols(const elf_t *elf, bool (*fn)(void *ctx, const oci_str_t *name,
    const oci_str_t *bytes), void *ctx);

/* n bytes of p as a number, 1 <= n <= 8 */

uint64_t elf_number(const elf_t *elf, const u_char *p, unsigned n);


#endif /* OCI_SCAN_ANALYZE_ELF_H */
