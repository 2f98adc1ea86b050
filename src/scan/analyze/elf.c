/*
 * Reads 32 and 64 bits, both byte orders.
 */

#include "elf.h"
#include "base/text.h"

#include <elf.h>
#include <string.h>


#define OCI_SCAN_SECTIONS_MAX  4096
#define OCI_SCAN_SYMBOLS_MAX   4000000


typedef struct {
    uint64_t  offset;
    uint64_t  addr;
    uint64_t  size;             /* in the file */
    uint32_t  type;
    uint32_t  flags;
} elf_segment_t;


static bool elf_section(const elf_t *elf, unsigned i, elf_section_t *s);
static bool elf_segment(const elf_t *elf, unsigned i, elf_segment_t *s);
static oci_str_t elf_slice(const oci_str_t *s, uint64_t offset, uint64_t size);
static oci_str_t elf_text(const oci_str_t *table, uint64_t at);


bool
elf_open(elf_t *elf, const oci_str_t *file)
{
    const u_char  *p;

    memset(elf, 0, sizeof(elf_t));
    p = file->data;

    if (file->len < sizeof(Elf32_Ehdr) || memcmp(p, ELFMAG, SELFMAG) != 0) {
        return false;
    }

    elf->file = *file;
    elf->wide = (p[EI_CLASS] == ELFCLASS64);
    elf->big = (p[EI_DATA] == ELFDATA2MSB);

    if (elf->wide && file->len < sizeof(Elf64_Ehdr)) {
        return false;
    }

#define field(name)                                                           \
    (elf->wide ? elf_number(elf, p + offsetof(Elf64_Ehdr, name),              \
                            (unsigned) sizeof(((Elf64_Ehdr *) 0)->name))      \
               : elf_number(elf, p + offsetof(Elf32_Ehdr, name),              \
                            (unsigned) sizeof(((Elf32_Ehdr *) 0)->name)))

    elf->shoff = field(e_shoff);
    elf->phoff = field(e_phoff);
    elf->shnum = (unsigned) field(e_shnum);
    elf->shentsize = (unsigned) field(e_shentsize);
    elf->shstrndx = (unsigned) field(e_shstrndx);
    elf->phnum = (unsigned) field(e_phnum);
    elf->phentsize = (unsigned) field(e_phentsize);

#undef field

    return elf->shnum <= OCI_SCAN_SECTIONS_MAX
           && elf->phnum <= OCI_SCAN_SECTIONS_MAX;
}


static bool
elf_section(const elf_t *elf, unsigned i, elf_section_t *s)
{
    uint64_t       offset, size, name;
    oci_str_t      head;
    const u_char  *p;

    memset(s, 0, sizeof(elf_section_t));

    head = elf_slice(&elf->file,
                     elf->shoff + (uint64_t) i * elf->shentsize,
                     elf->wide ? sizeof(Elf64_Shdr)
                               : sizeof(Elf32_Shdr));
    if (head.len == 0 || i >= elf->shnum) {
        return false;
    }

    p = head.data;

#define field(f)                                                              \
    (elf->wide ? elf_number(elf, p + offsetof(Elf64_Shdr, f),                 \
                               (unsigned) sizeof(((Elf64_Shdr *) 0)->f))      \
               : elf_number(elf, p + offsetof(Elf32_Shdr, f),                 \
                               (unsigned) sizeof(((Elf32_Shdr *) 0)->f)))

    name = field(sh_name);
    offset = field(sh_offset);
    size = field(sh_size);
    s->type = (uint32_t) field(sh_type);
    s->link = (uint32_t) field(sh_link);
    s->addr = field(sh_addr);
    s->entsize = field(sh_entsize);

#undef field

    if (s->type != SHT_NOBITS) {
        s->data = elf_slice(&elf->file, offset, size);
    }

    s->name.len = (size_t) name;        /* where it is, for the caller */
    return true;
}


bool
elf_find(const elf_t *elf, const char *name, elf_section_t *s)
{
    unsigned       i;
    elf_section_t  names;

    if (!elf_section(elf, elf->shstrndx, &names)) {
        return false;
    }

    for (i = 0; i < elf->shnum; i++) {

        if (!elf_section(elf, i, s)) {
            return false;
        }

        s->name = elf_text(&names.data, s->name.len);

        if (oci_str_is(&s->name, name)) {
            return true;
        }
    }

    return false;
}


oci_str_t
elf_at(const elf_t *elf, uint64_t addr)
{
    unsigned       i;
    oci_str_t      none = oci_null_string;
    elf_segment_t  s;

    for (i = 0; i < elf->phnum && elf_segment(elf, i, &s); i++) {

        if (s.type == PT_LOAD && addr >= s.addr && addr - s.addr < s.size) {
            return elf_slice(&elf->file, s.offset + (addr - s.addr),
                             s.size - (addr - s.addr));
        }
    }

    return none;
}


oci_str_t
elf_data(const elf_t *elf, uint64_t *addr)
{
    unsigned       i;
    oci_str_t      none = oci_null_string;
    elf_segment_t  s;

    for (i = 0; i < elf->phnum && elf_segment(elf, i, &s); i++) {

        if (s.type == PT_LOAD && (s.flags & (PF_X|PF_W)) == PF_W) {
            *addr = s.addr;
            return elf_slice(&elf->file, s.offset, s.size);
        }
    }

    return none;
}


void
elf_symbols(const elf_t *elf, bool (*fn)(void *ctx, const oci_str_t *name,
    const oci_str_t *bytes), void *ctx)
{
    size_t          i, n, size;
    uint64_t        value, length;
    oci_str_t       name, bytes;
    const u_char   *p;
    elf_section_t   table, names, in;

    if (!elf_find(elf, ".symtab", &table)
        || !elf_section(elf, table.link, &names))
    {
        return;
    }

    size = elf->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    n = table.data.len / size;

    for (i = 0; i < n && i < OCI_SCAN_SYMBOLS_MAX; i++) {

        p = table.data.data + i * size;

#define field(f)                                                              \
    (elf->wide ? elf_number(elf, p + offsetof(Elf64_Sym, f),                  \
                                (unsigned) sizeof(((Elf64_Sym *) 0)->f))      \
               : elf_number(elf, p + offsetof(Elf32_Sym, f),                  \
                                (unsigned) sizeof(((Elf32_Sym *) 0)->f)))

        name = elf_text(&names.data, field(st_name));
        value = field(st_value);
        length = field(st_size);

        if (length == 0 || name.len == 0 || !oci_str_suffix(&name, ".str")
            || !elf_section(elf, (unsigned) field(st_shndx), &in))
        {
            continue;
        }

#undef field

        bytes = elf_slice(&in.data, value - in.addr, length);

        if (bytes.len != 0 && !fn(ctx, &name, &bytes)) {
            return;
        }
    }
}


uint64_t
elf_number(const elf_t *elf, const u_char *p, unsigned n)
{
    unsigned  i;
    uint64_t  v;

    for (i = 0, v = 0; i < n; i++) {
        v = (v << 8) | p[elf->big ? i : n - 1 - i];
    }

    return v;
}


static bool
elf_segment(const elf_t *elf, unsigned i, elf_segment_t *s)
{
    oci_str_t      head;
    const u_char  *p;

    head = elf_slice(&elf->file,
                     elf->phoff + (uint64_t) i * elf->phentsize,
                     elf->wide ? sizeof(Elf64_Phdr)
                               : sizeof(Elf32_Phdr));
    if (head.len == 0) {
        return false;
    }

    p = head.data;

#define field(f)                                                              \
    (elf->wide ? elf_number(elf, p + offsetof(Elf64_Phdr, f),                 \
                               (unsigned) sizeof(((Elf64_Phdr *) 0)->f))      \
               : elf_number(elf, p + offsetof(Elf32_Phdr, f),                 \
                               (unsigned) sizeof(((Elf32_Phdr *) 0)->f)))

    s->offset = field(p_offset);
    s->addr = field(p_vaddr);
    s->size = field(p_filesz);
    s->type = (uint32_t) field(p_type);
    s->flags = (uint32_t) field(p_flags);

#undef field

    return true;
}


static oci_str_t
elf_slice(const oci_str_t *s, uint64_t offset, uint64_t size)
{
    oci_str_t  part = oci_null_string;

    if (offset <= s->len && size <= s->len - offset && size != 0) {
        part.data = s->data + offset;
        part.len = (size_t) size;
    }

    return part;
}


static oci_str_t
elf_text(const oci_str_t *table, uint64_t at)
{
    u_char     *end;
    oci_str_t   s = oci_null_string;

    if (at < table->len) {
        s.data = table->data + at;
        end = memchr(s.data, '\0', table->len - (size_t) at);
        s.len = (end == NULL) ? 0 : (size_t) (end - s.data);
    }

    return s;
}
