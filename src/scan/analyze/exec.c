/*
 * Executables that know what they were made of: Go's, and Rust's when they
 * were built with cargo-auditable (a zlib stream of JSON in ".dep-v0").
 */

#include "go.h"
#include "base/go_json.h"

#include <string.h>
#include <zlib.h>


#define OCI_SCAN_RUST_MAX   (16 * 1024 * 1024)
#define OCI_SCAN_EXEC_KEEP  (1024 * 1024)       /* for a build info */


static bool executable_wants(const oci_scan_file_t *f);
static oci_status_e executable_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e executable_stream(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_scan_reader_t *content,
    oci_error_t *err);
static ssize_t exec_fill(const oci_scan_reader_t *content,
    u_char *buf, size_t *len, oci_error_t *err);
static bool exec_info(oci_str_t window, uint64_t offset,
    oci_str_t *go, oci_str_t *mod);
static oci_status_e rust_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *packed, oci_error_t *err);
static oci_status_e rust_inflate(oci_scan_walker_t *w,
    const oci_str_t *packed, oci_str_t *text, oci_error_t *err);
static oci_status_e rust_pkg(oci_scan_walker_t *w, oci_scan_group_t *g,
    const json_t *list, const json_t *entry, oci_error_t *err);
static bool rust_runtime(const json_t *entry);
static oci_str_t rust_id(oci_scan_walker_t *w, const json_t *entry);


static oci_scan_names_t  rust_names[] = {
    "dependencies", "kind", "name", "packages", "root", "version", NULL
};


const analyzer_t  analyze_executable = {
    .wants = executable_wants,
    .max = 16 * OCI_SCAN_MB,
    .magic = "\x7f" "ELF",
    .analyze = executable_read,
    .stream = executable_stream
};


static bool
executable_wants(const oci_scan_file_t *f)
{
    return (f->mode & 0111) != 0 || oci_str_suffix(&f->path, ".exe");
}


static oci_status_e
executable_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    elf_t          elf;
    oci_status_e   rc;
    elf_section_t  s;

    if (!elf_open(&elf, text)) {
        return OCI_OK;
    }

    rc = go_executable(w, f, &elf, err);

    if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
        return rc;
    }

    return elf_find(&elf, ".dep-v0", &s)
           ? rust_read(w, f, &s.data, err) : OCI_OK;
}


/*
 * An executable that is too large to keep: a window goes over it in search of
 * a build info that holds its strings itself, as Go writes it since 1.18.
 */

static oci_status_e
executable_stream(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    u_char        *buf;
    size_t         len;
    ssize_t        n;
    uint64_t       offset;
    oci_str_t      window, go, mod;

    buf = oci_palloc(w->tmp, 2 * OCI_SCAN_EXEC_KEEP);
    if (buf == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    len = 0;
    offset = 0;

    for ( ;; ) {

        n = exec_fill(content, buf, &len, err);

        if (n < 0) {
            return (err->status != OCI_OK) ? err->status : OCI_IO;
        }

        if (offset == 0 && (len < 4 || memcmp(buf, "\x7f" "ELF", 4) != 0)) {
            return OCI_OK;
        }

        window.data = buf;
        window.len = len;

        if (exec_info(window, offset, &go, &mod)) {
            return go_info(w, &f->path, go, mod, NULL, err);
        }

        if (n == 0) {
            return OCI_OK;
        }

        memmove(buf, buf + OCI_SCAN_EXEC_KEEP, len - OCI_SCAN_EXEC_KEEP);
        len -= OCI_SCAN_EXEC_KEEP;
        offset += OCI_SCAN_EXEC_KEEP;
    }
}


/* fills the window; 0 when the file ended within it */

static ssize_t
exec_fill(const oci_scan_reader_t *content, u_char *buf,
    size_t *len, oci_error_t *err)
{
    ssize_t  n;

    while (*len < 2 * OCI_SCAN_EXEC_KEEP) {

        n = content->read(content->ctx, buf + *len,
                          2 * OCI_SCAN_EXEC_KEEP - *len, err);
        if (n <= 0) {
            return n;
        }

        *len += (size_t) n;
    }

    return 1;
}


/* a header that begins in the first half, with both strings behind it */

static bool
exec_info(oci_str_t window, uint64_t offset, oci_str_t *go, oci_str_t *mod)
{
    size_t     place;
    ssize_t    at;
    oci_str_t  rest;

    rest = window;

    while ((at = oci_scan_text_find(&rest, OCI_SCAN_GO_MAGIC)) != -1) {

        rest = oci_scan_text_skip(rest, (size_t) at);
        place = (size_t) (rest.data - window.data);

        if ((offset + place) % 16 == 0 && rest.len > OCI_SCAN_GO_HEADER
            && (rest.data[15] & 2) != 0
            && go_inline(oci_scan_text_skip(rest, OCI_SCAN_GO_HEADER),
                         go, mod)
            && (oci_str_prefix(go, "go1") || oci_str_prefix(go, "devel")))
        {
            return true;
        }

        rest = oci_scan_text_skip(rest, 1);
    }

    return false;
}


static oci_status_e
rust_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *packed, oci_error_t *err)
{
    size_t              i;
    json_t             *root, *list, *entry;
    oci_str_t           text = oci_null_string;
    oci_status_e        rc;
    oci_scan_group_t   *g;

    rc = rust_inflate(w, packed, &text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_scan_json_load(&text, OCI_SCAN_JSON_WHOLE, rust_names, err);
    if (root == NULL) {
        return err->status;
    }

    g = oci_scan_kit_group(w, "rustbinary", &f->path, err);
    rc = (g == NULL) ? OCI_NOMEM : OCI_OK;
    list = json_object_get(root, "packages");

    json_array_foreach(list, i, entry) {
        if (rc == OCI_OK && rust_runtime(entry)) {
            rc = rust_pkg(w, g, list, entry, err);
        }
    }

    json_decref(root);
    return rc;
}


static oci_status_e
rust_inflate(oci_scan_walker_t *w, const oci_str_t *packed,
    oci_str_t *text, oci_error_t *err)
{
    int        rc;
    size_t     size;
    u_char    *buf;
    z_stream   z;

    memset(&z, 0, sizeof(z_stream));
    size = packed->len * 20 + 65536;
    size = (size > OCI_SCAN_RUST_MAX) ? OCI_SCAN_RUST_MAX : size;
    buf = oci_palloc(w->tmp, size);

    if (buf == NULL || inflateInit(&z) != Z_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    z.next_in = packed->data;
    z.avail_in = (uInt) packed->len;
    z.next_out = buf;
    z.avail_out = (uInt) size;
    rc = inflate(&z, Z_FINISH);
    (void) inflateEnd(&z);

    if (rc != Z_STREAM_END) {
        return oci_error(err, OCI_INVALID, 0, "damaged list of crates");
    }

    text->data = buf;
    text->len = size - z.avail_out;
    return OCI_OK;
}


static oci_status_e
rust_pkg(oci_scan_walker_t *w, oci_scan_group_t *g,
    const json_t *list, const json_t *entry, oci_error_t *err)
{
    size_t           i;
    json_t          *value, *other;
    oci_str_t        s, *id;
    oci_array_t      ids;
    oci_scan_pkg_t  *pkg;

    pkg = oci_scan_kit_pkg(g, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    s = oci_json_str(entry, "name");
    pkg->name = oci_scan_kit_keep(w, &s);
    s = oci_json_str(entry, "version");
    pkg->version = oci_scan_kit_keep(w, &s);
    pkg->id = rust_id(w, entry);
    pkg->analyzed_by = "rustbinary";
    pkg->relationship = json_is_true(json_object_get(entry, "root"))
                        ? OCI_SCAN_REL_ROOT : OCI_SCAN_REL_UNKNOWN;

    oci_array_init(&ids, w->pool, sizeof(oci_str_t));

    json_array_foreach(json_object_get(entry, "dependencies"), i, value) {

        other = json_array_get(list, (size_t) json_integer_value(value));

        if (other == NULL || !rust_runtime(other)) {
            continue;
        }

        id = oci_array_push(&ids);
        if (id == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *id = rust_id(w, other);
    }

    pkg->depends = oci_scan_strs(&ids);
    return OCI_OK;
}


/* crates that only the build needed are not in the program */

static bool
rust_runtime(const json_t *entry)
{
    oci_str_t  kind;

    kind = oci_json_str(entry, "kind");
    return kind.len == 0 || oci_str_is(&kind, "runtime");
}


static oci_str_t
rust_id(oci_scan_walker_t *w, const json_t *entry)
{
    oci_str_t  name, version;

    name = oci_json_str(entry, "name");
    version = oci_json_str(entry, "version");

    return oci_scan_pkg_id(w->pool, "rustbinary", &name, &version);
}
