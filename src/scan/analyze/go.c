/*
 * The build info: Go's version and a text of "mod", "dep", "=>" and "build"
 * lines.
 *
 * Source: Go's debug/buildinfo and runtime/debug (formats only).
 */

#include "go.h"
#include "go_version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_GO_MODULES  20000


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    const elf_t        *elf;
    oci_str_t           go;
    oci_str_t           main;
    oci_str_t           main_version;
    oci_str_t           ldflags;
    oci_array_t         ids;            /* of oci_str_t */
} go_t;


static bool go_find(const elf_t *elf, oci_str_t *head, uint64_t *addr);
static bool go_pointers(const elf_t *elf, oci_str_t head,
    oci_str_t *go, oci_str_t *mod);
static bool go_pointer(const elf_t *elf, uint64_t addr,
    unsigned size, oci_str_t *s);
static bool go_varint(oci_str_t *rest, oci_str_t *s);
static bool go_lines(go_t *g, oci_str_t mod, oci_error_t *err);
static bool go_module(go_t *g, oci_str_t name,
    oci_str_t version, oci_scan_rel_e relationship, oci_error_t *err);
static bool go_root(go_t *g, oci_error_t *err);
static oci_str_t go_stdlib(go_t *g);
static void go_build(go_t *g, oci_str_t setting);
static oci_str_t go_unquote(oci_pool_t *pool, oci_str_t s);


oci_status_e
go_executable(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const elf_t *elf, oci_error_t *err)
{
    bool       ok;
    uint64_t   addr;
    oci_str_t  head, go, mod, rest;

    if (!go_find(elf, &head, &addr)) {
        return OCI_NOT_FOUND;
    }

    if (head.data[15] & 2) {

        rest = elf_at(elf, addr + OCI_SCAN_GO_HEADER);
        rest = (rest.len != 0) ? rest
                               : oci_scan_text_skip(head, OCI_SCAN_GO_HEADER);
        ok = go_inline(rest, &go, &mod);

    } else {
        ok = go_pointers(elf, head, &go, &mod);
    }

    return (ok && go.len != 0)
           ? go_info(w, &f->path, go, mod, elf, err)
           : OCI_NOT_FOUND;
}


oci_status_e
go_info(oci_scan_walker_t *w, const oci_str_t *path, oci_str_t go,
    oci_str_t mod, const elf_t *elf, oci_error_t *err)
{
    go_t  g;

    memset(&g, 0, sizeof(go_t));
    g.w = w;
    g.elf = elf;
    g.go = go;
    oci_array_init(&g.ids, w->pool, sizeof(oci_str_t));

    /* sixteen bytes before and behind mark the text */

    if (mod.len >= 33 && mod.data[mod.len - 17] == '\n') {
        mod = oci_scan_text_skip(mod, 16);
        mod.len -= 16;

    } else {
        mod.len = 0;
    }

    g.group = oci_scan_kit_group(w, "gobinary", path, err);
    if (g.group == NULL) {
        return err->status;
    }

    if (!go_module(&g, oci_str("stdlib"), go_stdlib(&g),
                   OCI_SCAN_REL_DIRECT, err)
        || !go_lines(&g, mod, err)
        || (g.main.len != 0 && !go_root(&g, err)))
    {
        return err->status;
    }

    return OCI_OK;
}


bool
go_inline(oci_str_t rest, oci_str_t *go, oci_str_t *mod)
{
    return go_varint(&rest, go) && go_varint(&rest, mod);
}


/* in a section of its own, or anywhere at 16 bytes in the data segment */

static bool
go_find(const elf_t *elf, oci_str_t *head, uint64_t *addr)
{
    ssize_t        at;
    oci_str_t      rest;
    elf_section_t  s;

    if (elf_find(elf, ".go.buildinfo", &s)) {
        rest = s.data;
        *addr = s.addr;

    } else {
        rest = elf_data(elf, addr);
    }

    *head = rest;

    while ((at = oci_scan_text_find(&rest, OCI_SCAN_GO_MAGIC)) != -1) {

        rest = oci_scan_text_skip(rest, (size_t) at);

        if ((rest.data - head->data) % 16 == 0
            && rest.len >= OCI_SCAN_GO_HEADER)
        {
            *addr += (uint64_t) (rest.data - head->data);
            *head = rest;
            return true;
        }

        rest = oci_scan_text_skip(rest, 1);
    }

    return false;
}


/* programs of Go before 1.18 point to the strings */

static bool
go_pointers(const elf_t *elf, oci_str_t head, oci_str_t *go, oci_str_t *mod)
{
    elf_t     order;
    unsigned  size;

    size = head.data[14];
    order = *elf;
    order.big = (head.data[15] & 1) != 0;

    if (size != 4 && size != 8) {
        return false;
    }

    if (!go_pointer(&order, elf_number(&order,
                    head.data + 16, size), size, go))
    {
        return false;
    }

    if (!go_pointer(&order, elf_number(&order,
                    head.data + 16 + size, size), size, mod))
    {
        mod->len = 0;
    }

    return true;
}


static bool
go_pointer(const elf_t *elf, uint64_t addr, unsigned size, oci_str_t *s)
{
    uint64_t   len;
    oci_str_t  head;

    head = elf_at(elf, addr);

    if (head.len < 2 * size) {
        return false;
    }

    len = elf_number(elf, head.data + size, size);
    *s = elf_at(elf, elf_number(elf, head.data, size));

    if (len > s->len) {
        return false;
    }

    s->len = (size_t) len;
    return true;
}


static bool
go_varint(oci_str_t *rest, oci_str_t *s)
{
    uint64_t  n;
    unsigned  shift;

    n = 0;

    for (shift = 0; shift < 35 && rest->len != 0; shift += 7) {

        n |= (uint64_t) (rest->data[0] & 0x7f) << shift;

        if ((rest->data[0] & 0x80) == 0) {

            *rest = oci_scan_text_skip(*rest, 1);

            if (n > rest->len) {
                return false;
            }

            s->data = rest->data;
            s->len = (size_t) n;
            *rest = oci_scan_text_skip(*rest, (size_t) n);
            return true;
        }

        *rest = oci_scan_text_skip(*rest, 1);
    }

    return false;
}


/* a "=>" line replaces the module of the line before it */

static bool
go_lines(go_t *g, oci_str_t mod, oci_error_t *err)
{
    bool       pending;
    size_t     n;
    oci_str_t  line, kind, name, version, rest, dep, dep_version;

    pending = false;
    memset(&dep, 0, sizeof(oci_str_t));
    dep_version = dep;

    for (n = 0; oci_scan_text_split(&mod, '\n', &line); n++) {

        if (n == OCI_SCAN_GO_MODULES) {
            (void) oci_error(err, OCI_LIMIT, 0, "too many modules");
            return false;
        }

        (void) oci_scan_text_cut(line, '\t', &kind, &rest);
        (void) oci_scan_text_cut(rest, '\t', &name, &version);
        (void) oci_scan_text_cut(version, '\t', &version, &rest);

        if (oci_str_is(&kind, "=>") && pending) {
            dep = name;
            dep_version = version;
            continue;
        }

        if (pending && dep.len != 0
            && !go_module(g, dep, dep_version, OCI_SCAN_REL_UNKNOWN,
                          err))
        {
            return false;
        }

        pending = oci_str_is(&kind, "dep");

        if (pending) {
            dep = name;
            dep_version = version;

        } else if (oci_str_is(&kind, "mod")) {
            g->main = name;
            g->main_version = version;

        } else if (oci_str_is(&kind, "build")) {
            (void) oci_scan_text_cut(line, '\t', &kind, &rest);
            go_build(g, rest);
        }
    }

    return !pending || dep.len == 0
           || go_module(g, dep, dep_version, OCI_SCAN_REL_UNKNOWN, err);
}


static bool
go_module(go_t *g, oci_str_t name, oci_str_t version,
    oci_scan_rel_e relationship, oci_error_t *err)
{
    oci_str_t       *id;
    oci_scan_pkg_t  *pkg;

    if (oci_str_is(&version, "(devel)")) {
        version.len = 0;
    }

    pkg = oci_scan_kit_pkg(g->group, err);
    if (pkg == NULL) {
        return false;
    }

    pkg->name = oci_scan_kit_keep(g->w, &name);
    pkg->version = oci_scan_kit_keep(g->w, &version);
    pkg->id = oci_scan_pkg_id(g->w->pool, "gobinary", &pkg->name,
                              &pkg->version);
    pkg->relationship = relationship;
    pkg->analyzed_by = "gobinary";

    if (relationship != OCI_SCAN_REL_ROOT) {

        id = oci_array_push(&g->ids);
        if (id == NULL) {
            (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
            return false;
        }

        *id = pkg->id;
    }

    return true;
}


static bool
go_root(go_t *g, oci_error_t *err)
{
    go_main_t         m;
    oci_scan_pkg_t   *pkg;

    m.pool = g->w->tmp;
    m.elf = g->elf;
    m.name = g->main;
    m.version = g->main_version;
    m.ldflags = g->ldflags;

    if (!go_module(g, g->main, go_version(&m),
                   OCI_SCAN_REL_ROOT, err))
    {
        return false;
    }

    pkg = (oci_scan_pkg_t *) g->group->pkgs.elts + g->group->pkgs.nelts - 1;
    pkg->depends = oci_scan_strs(&g->ids);

    if (pkg->depends.nelts > 1) {
        qsort(pkg->depends.elts, pkg->depends.nelts, sizeof(oci_str_t),
              oci_scan_text_order);
    }

    return true;
}


/* "go1.22.3 X:boringcrypto" is v1.22.3 */

static oci_str_t
go_stdlib(go_t *g)
{
    ssize_t    at;
    oci_str_t  v, rest;

    v = g->go;
    (void) oci_scan_text_cut_prefix(&v, "go");
    (void) oci_scan_text_cut(v, ' ', &v, &rest);
    at = oci_scan_text_find(&v, "-X:");

    if (at != -1) {
        v.len = (size_t) at;
    }

    return oci_strf(g->w->pool, "v%.*s", (int) v.len, v.data);
}


static void
go_build(go_t *g, oci_str_t setting)
{
    oci_str_t  key, value;

    if (oci_scan_text_cut(setting, '=', &key, &value)
        && oci_str_is(&key, "-ldflags"))
    {
        g->ldflags = go_unquote(g->w->tmp, value);
    }
}


static oci_str_t
go_unquote(oci_pool_t *pool, oci_str_t s)
{
    size_t     i, n;
    oci_str_t  out;

    if (s.len < 2 || (s.data[0] != '"' && s.data[0] != '`')
        || s.data[s.len - 1] != s.data[0])
    {
        return s;
    }

    out = oci_str_dup(pool, s.data + 1, s.len - 2);

    if (out.data == NULL || s.data[0] == '`') {
        return out;
    }

    for (i = 0, n = 0; i < out.len; i++) {

        if (out.data[i] == '\\' && i + 1 < out.len) {
            i++;
        }

        out.data[n++] = out.data[i];
    }

    out.len = n;
    return out;
}
