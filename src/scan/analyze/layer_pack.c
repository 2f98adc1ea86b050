/*
 * A blob as bytes: numbers of seven bits at a time, strings with their length
 * before them, lists with their count.  Reading checks every length, as a
 * cache file may be anybody's.
 */

#include "oci_scan_cache.h"
#include "model/kit.h"

#include <stddef.h>
#include <string.h>


#define OCI_SCAN_PACK_MAGIC  0x7a11e5


typedef struct {
    oci_pool_t  *pool;
    oci_str_t    rest;
    bool         failed;
} oci_scan_unpack_t;


#define str(name)  offsetof(oci_scan_pkg_t, name)

static const size_t  oci_scan_pack_strs[] = {
    str(id), str(name), str(version), str(release), str(arch),
    str(src_name), str(src_version), str(src_release), str(maintainer),
    str(modularity), str(layer_digest), str(layer_diff_id), str(file_path),
    str(digest), str(purl), str(bom_ref)
};

static const size_t  oci_scan_pack_lists[] = {
    str(licenses), str(depends), str(files)
};

#undef str

#define OCI_SCAN_PACK_STRS                                                    \
    (sizeof(oci_scan_pack_strs) / sizeof(oci_scan_pack_strs[0]))
#define OCI_SCAN_PACK_LISTS                                                   \
    (sizeof(oci_scan_pack_lists) / sizeof(oci_scan_pack_lists[0]))


static void oci_scan_pack_number(oci_buf_t *out, uint64_t n);
static void oci_scan_pack_str(oci_buf_t *out, const oci_str_t *s);
static void oci_scan_pack_list(oci_buf_t *out, const oci_scan_strs_t *list);
static void oci_scan_pack_array(oci_buf_t *out, const oci_array_t *a);
static void oci_scan_pack_info(oci_buf_t *out,
    const oci_scan_build_info_t *info);
static void oci_scan_pack_groups(oci_buf_t *out, const oci_array_t *groups);
static void oci_scan_pack_pkg(oci_buf_t *out, const oci_scan_pkg_t *pkg);
static void oci_scan_pack_name(oci_buf_t *out, const char *name);
static uint64_t oci_scan_unpack_number(oci_scan_unpack_t *u);
static size_t oci_scan_unpack_count(oci_scan_unpack_t *u);
static oci_str_t oci_scan_unpack_str(oci_scan_unpack_t *u);
static void oci_scan_unpack_list(oci_scan_unpack_t *u,
    oci_scan_strs_t *list);
static void oci_scan_unpack_array(oci_scan_unpack_t *u, oci_array_t *a);
static oci_scan_build_info_t *oci_scan_unpack_info(oci_scan_unpack_t *u);
static void oci_scan_unpack_digest(oci_scan_unpack_t *u, oci_digest_t *d);
static void oci_scan_unpack_groups(oci_scan_unpack_t *u,
    oci_array_t *groups);
static void oci_scan_unpack_pkg(oci_scan_unpack_t *u, oci_scan_pkg_t *pkg);
static const char *oci_scan_unpack_name(oci_scan_unpack_t *u);


oci_status_e
oci_scan_blob_pack(const oci_scan_blob_t *blob, oci_buf_t *out)
{
    size_t                  i;
    oci_str_t               s;
    oci_scan_copyright_t   *c;

    oci_scan_pack_number(out, OCI_SCAN_PACK_MAGIC);
    oci_scan_pack_number(out, blob->size);

    s = (blob->digest.alg != OCI_ALG_NONE) ? oci_digest_str(&blob->digest)
                                           : oci_str("");
    oci_scan_pack_str(out, &s);
    s = (blob->diff_id.alg != OCI_ALG_NONE) ? oci_digest_str(&blob->diff_id)
                                            : oci_str("");
    oci_scan_pack_str(out, &s);

    oci_scan_pack_array(out, &blob->opaque);
    oci_scan_pack_array(out, &blob->whiteouts);
    oci_scan_pack_array(out, &blob->notes);
    oci_scan_pack_str(out, &blob->os.family);
    oci_scan_pack_str(out, &blob->os.name);
    oci_scan_pack_str(out, &blob->os.supplier);
    oci_scan_pack_number(out, blob->os.extended);
    oci_scan_pack_str(out, &blob->repository);
    oci_scan_pack_info(out, blob->build_info);
    oci_scan_pack_groups(out, &blob->system);
    oci_scan_pack_groups(out, &blob->apps);
    oci_scan_pack_number(out, blob->copyrights.nelts);
    c = blob->copyrights.elts;

    for (i = 0; i < blob->copyrights.nelts; i++) {
        oci_scan_pack_str(out, &c[i].path);
        oci_scan_pack_str(out, &c[i].name);
        oci_scan_pack_list(out, &c[i].licenses);
    }

    return out->failed ? OCI_NOMEM : OCI_OK;
}


oci_status_e
oci_scan_blob_unpack(oci_scan_blob_t *blob, const oci_str_t *packed)
{
    size_t                  i, n;
    oci_scan_unpack_t       u;
    oci_scan_copyright_t   *c;

    u.pool = blob->pool;
    u.rest = *packed;
    u.failed = false;

    if (oci_scan_unpack_number(&u) != OCI_SCAN_PACK_MAGIC) {
        return OCI_INVALID;
    }

    blob->size = oci_scan_unpack_number(&u);
    oci_scan_unpack_digest(&u, &blob->digest);
    oci_scan_unpack_digest(&u, &blob->diff_id);
    oci_scan_unpack_array(&u, &blob->opaque);
    oci_scan_unpack_array(&u, &blob->whiteouts);
    oci_scan_unpack_array(&u, &blob->notes);
    blob->os.family = oci_scan_unpack_str(&u);
    blob->os.name = oci_scan_unpack_str(&u);
    blob->os.supplier = oci_scan_unpack_str(&u);
    blob->os.extended = (oci_scan_unpack_number(&u) != 0);
    blob->repository = oci_scan_unpack_str(&u);
    blob->build_info = oci_scan_unpack_info(&u);
    oci_scan_unpack_groups(&u, &blob->system);
    oci_scan_unpack_groups(&u, &blob->apps);
    n = oci_scan_unpack_count(&u);

    for (i = 0; !u.failed && i < n; i++) {

        c = oci_array_push(&blob->copyrights);
        if (c == NULL) {
            return OCI_NOMEM;
        }

        c->path = oci_scan_unpack_str(&u);
        c->name = oci_scan_unpack_str(&u);
        oci_scan_unpack_list(&u, &c->licenses);
    }

    return (u.failed || u.rest.len != 0) ? OCI_INVALID : OCI_OK;
}


static void
oci_scan_pack_number(oci_buf_t *out, uint64_t n)
{
    size_t  len;
    u_char  bytes[10];

    len = 0;

    do {
        bytes[len++] = (u_char) ((n & 0x7f) | ((n > 0x7f) ? 0x80 : 0));
        n >>= 7;
    } while (n != 0);

    oci_buf_add(out, bytes, len);
}


static void
oci_scan_pack_str(oci_buf_t *out, const oci_str_t *s)
{
    oci_scan_pack_number(out, s->len);
    oci_buf_add(out, s->data, s->len);
}


static void
oci_scan_pack_list(oci_buf_t *out, const oci_scan_strs_t *list)
{
    size_t  i;

    oci_scan_pack_number(out, list->nelts);

    for (i = 0; i < list->nelts; i++) {
        oci_scan_pack_str(out, &list->elts[i]);
    }
}


static void
oci_scan_pack_array(oci_buf_t *out, const oci_array_t *a)
{
    oci_scan_strs_t  list;

    list.elts = a->elts;
    list.nelts = a->nelts;
    oci_scan_pack_list(out, &list);
}


static void
oci_scan_pack_info(oci_buf_t *out, const oci_scan_build_info_t *info)
{
    oci_scan_pack_number(out, info != NULL);

    if (info != NULL) {
        oci_scan_pack_list(out, &info->content_sets);
        oci_scan_pack_str(out, &info->nvr);
        oci_scan_pack_str(out, &info->arch);
    }
}


static void
oci_scan_pack_groups(oci_buf_t *out, const oci_array_t *groups)
{
    size_t             i, j;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    g = groups->elts;
    oci_scan_pack_number(out, groups->nelts);

    for (i = 0; i < groups->nelts; i++) {

        oci_scan_pack_name(out, g[i].type);
        oci_scan_pack_str(out, &g[i].path);
        oci_scan_pack_number(out, g[i].pkgs.nelts);
        pkg = g[i].pkgs.elts;

        for (j = 0; j < g[i].pkgs.nelts; j++) {
            oci_scan_pack_pkg(out, &pkg[j]);
        }
    }
}


static void
oci_scan_pack_pkg(oci_buf_t *out, const oci_scan_pkg_t *pkg)
{
    size_t         i;
    const u_char  *p;

    p = (const u_char *) pkg;

    for (i = 0; i < OCI_SCAN_PACK_STRS; i++) {
        oci_scan_pack_str(out, (const oci_str_t *) (const void *)
                               (p + oci_scan_pack_strs[i]));
    }

    for (i = 0; i < OCI_SCAN_PACK_LISTS; i++) {
        oci_scan_pack_list(out, (const oci_scan_strs_t *) (const void *)
                                (p + oci_scan_pack_lists[i]));
    }

    oci_scan_pack_number(out, pkg->epoch);
    oci_scan_pack_number(out, pkg->src_epoch);
    oci_scan_pack_number(out, pkg->repository);
    oci_scan_pack_number(out, pkg->relationship);
    oci_scan_pack_number(out, pkg->dev | pkg->indirect << 1);
    oci_scan_pack_number(out, pkg->start_line);
    oci_scan_pack_number(out, pkg->end_line);
    oci_scan_pack_name(out, pkg->analyzed_by);
    oci_scan_pack_info(out, pkg->build_info);
}


static void
oci_scan_pack_name(oci_buf_t *out, const char *name)
{
    oci_str_t  s;

    s = oci_str(name);
    oci_scan_pack_str(out, &s);
}


static uint64_t
oci_scan_unpack_number(oci_scan_unpack_t *u)
{
    uint64_t  n;
    unsigned  shift;

    n = 0;

    for (shift = 0; shift < 64 && u->rest.len != 0; shift += 7) {

        n |= (uint64_t) (u->rest.data[0] & 0x7f) << shift;
        u->rest.data++;
        u->rest.len--;

        if ((u->rest.data[-1] & 0x80) == 0) {
            return n;
        }
    }

    u->failed = true;
    return 0;
}


/* each element of a list takes a byte at least */

static size_t
oci_scan_unpack_count(oci_scan_unpack_t *u)
{
    uint64_t  n;

    n = oci_scan_unpack_number(u);

    if (n > u->rest.len) {
        u->failed = true;
        return 0;
    }

    return (size_t) n;
}


/* no copy: the packed bytes live as long as the blob */

static oci_str_t
oci_scan_unpack_str(oci_scan_unpack_t *u)
{
    oci_str_t  s;

    s.len = oci_scan_unpack_count(u);
    s.data = u->rest.data;
    u->rest.data += s.len;
    u->rest.len -= s.len;

    return s;
}


static void
oci_scan_unpack_list(oci_scan_unpack_t *u, oci_scan_strs_t *list)
{
    size_t  i, n;

    n = oci_scan_unpack_count(u);

    if (n == 0) {
        return;
    }

    list->elts = oci_palloc(u->pool, n * sizeof(oci_str_t));
    if (list->elts == NULL) {
        u->failed = true;
        return;
    }

    for (i = 0; i < n; i++) {
        list->elts[i] = oci_scan_unpack_str(u);
    }

    list->nelts = n;
}


static void
oci_scan_unpack_array(oci_scan_unpack_t *u, oci_array_t *a)
{
    size_t           i;
    oci_str_t       *elt;
    oci_scan_strs_t  list;

    memset(&list, 0, sizeof(oci_scan_strs_t));
    oci_scan_unpack_list(u, &list);

    for (i = 0; i < list.nelts; i++) {

        elt = oci_array_push(a);
        if (elt == NULL) {
            u->failed = true;
            return;
        }

        *elt = list.elts[i];
    }
}


static oci_scan_build_info_t *
oci_scan_unpack_info(oci_scan_unpack_t *u)
{
    oci_scan_build_info_t  *info;

    if (oci_scan_unpack_number(u) == 0) {
        return NULL;
    }

    info = oci_pcalloc(u->pool, sizeof(oci_scan_build_info_t));
    if (info == NULL) {
        u->failed = true;
        return NULL;
    }

    oci_scan_unpack_list(u, &info->content_sets);
    info->nvr = oci_scan_unpack_str(u);
    info->arch = oci_scan_unpack_str(u);
    return info;
}


static void
oci_scan_unpack_digest(oci_scan_unpack_t *u, oci_digest_t *d)
{
    oci_str_t  s;

    s = oci_scan_unpack_str(u);
    memset(d, 0, sizeof(oci_digest_t));

    if (s.len != 0 && oci_digest_parse(d, &s) != OCI_OK) {
        u->failed = true;
    }
}


static void
oci_scan_unpack_groups(oci_scan_unpack_t *u, oci_array_t *groups)
{
    size_t             i, j, n, npkgs;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    n = oci_scan_unpack_count(u);

    for (i = 0; !u->failed && i < n; i++) {

        g = oci_array_push(groups);
        if (g == NULL) {
            u->failed = true;
            return;
        }

        g->type = oci_scan_unpack_name(u);
        g->path = oci_scan_unpack_str(u);
        oci_array_init(&g->pkgs, u->pool, sizeof(oci_scan_pkg_t));
        npkgs = oci_scan_unpack_count(u);

        for (j = 0; !u->failed && j < npkgs; j++) {

            pkg = oci_array_push(&g->pkgs);
            if (pkg == NULL) {
                u->failed = true;
                return;
            }

            oci_scan_unpack_pkg(u, pkg);
        }
    }
}


static void
oci_scan_unpack_pkg(oci_scan_unpack_t *u, oci_scan_pkg_t *pkg)
{
    size_t     i;
    u_char    *p;
    uint64_t   flags;

    p = (u_char *) pkg;

    for (i = 0; i < OCI_SCAN_PACK_STRS; i++) {
        *(oci_str_t *) (void *) (p + oci_scan_pack_strs[i])
            = oci_scan_unpack_str(u);
    }

    for (i = 0; i < OCI_SCAN_PACK_LISTS; i++) {
        oci_scan_unpack_list(u, (oci_scan_strs_t *) (void *)
                                (p + oci_scan_pack_lists[i]));
    }

    pkg->epoch = (uint32_t) oci_scan_unpack_number(u);
    pkg->src_epoch = (uint32_t) oci_scan_unpack_number(u);
    pkg->repository = (oci_scan_repo_e) oci_scan_unpack_number(u);
    pkg->relationship = (oci_scan_rel_e) oci_scan_unpack_number(u);

    if (pkg->repository > OCI_SCAN_REPO_THIRD_PARTY
        || pkg->relationship > OCI_SCAN_REL_INDIRECT)
    {
        u->failed = true;
    }

    flags = oci_scan_unpack_number(u);
    pkg->dev = (flags & 1) != 0;
    pkg->indirect = (flags & 2) != 0;
    pkg->start_line = (uint32_t) oci_scan_unpack_number(u);
    pkg->end_line = (uint32_t) oci_scan_unpack_number(u);
    pkg->analyzed_by = oci_scan_unpack_name(u);
    pkg->build_info = oci_scan_unpack_info(u);
}


static const char *
oci_scan_unpack_name(oci_scan_unpack_t *u)
{
    oci_str_t    s;
    const char  *name;

    s = oci_scan_unpack_str(u);
    name = oci_scan_type_name(&s);
    u->failed |= (s.len != 0 && name == NULL);

    return name;
}
