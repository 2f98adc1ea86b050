/*
 * A layer as bytes: numbers of seven bits at a time, strings with their length
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
} unpack_t;


#define str(name)  offsetof(oci_scan_pkg_t, name)

static const size_t  pack_strs[] = {
    str(id), str(name), str(version), str(release), str(arch),
    str(src_name), str(src_version), str(src_release), str(maintainer),
    str(modularity), str(layer_digest), str(layer_diff_id), str(file_path),
    str(digest), str(purl), str(bom_ref)
};

static const size_t  pack_lists[] = {
    str(licenses), str(depends), str(files)
};

#undef str

#define OCI_SCAN_PACK_STRS                                                    \
    (sizeof(pack_strs) / sizeof(pack_strs[0]))
#define OCI_SCAN_PACK_LISTS                                                   \
    (sizeof(pack_lists) / sizeof(pack_lists[0]))


static void pack_number(oci_buf_t *out, uint64_t n);
static void pack_str(oci_buf_t *out, const oci_str_t *s);
static void pack_list(oci_buf_t *out, const oci_scan_strs_t *list);
static void pack_array(oci_buf_t *out, const oci_array_t *a);
static void pack_spans(oci_buf_t *out, const oci_scan_pkg_t *pkg);
static void pack_info(oci_buf_t *out, const oci_scan_build_info_t *info);
static void pack_groups(oci_buf_t *out, const oci_array_t *groups);
static void pack_pkg(oci_buf_t *out, const oci_scan_pkg_t *pkg);
static void pack_name(oci_buf_t *out, const char *name);
static void pack_secrets(oci_buf_t *out, const oci_array_t *files);
static void pack_secret(oci_buf_t *out, const oci_scan_secret_t *secret);
static uint64_t unpack_number(unpack_t *u);
static size_t unpack_count(unpack_t *u);
static oci_str_t unpack_str(unpack_t *u);
static void unpack_list(unpack_t *u, oci_scan_strs_t *list);
static void unpack_array(unpack_t *u, oci_array_t *a);
static oci_scan_build_info_t *unpack_info(unpack_t *u);
static void unpack_spans(unpack_t *u, oci_scan_pkg_t *pkg);
static void unpack_digest(unpack_t *u, oci_digest_t *d);
static void unpack_groups(unpack_t *u, oci_array_t *groups);
static void unpack_pkg(unpack_t *u, oci_scan_pkg_t *pkg);
static const char *unpack_name(unpack_t *u);
static void unpack_secrets(unpack_t *u, oci_array_t *files);
static void unpack_secret(unpack_t *u, oci_scan_secret_t *secret);


oci_status_e
oci_scan_layer_pack(const oci_scan_layer_t *layer, oci_buf_t *out)
{
    size_t                  i;
    oci_str_t               s;
    oci_scan_copyright_t   *c;

    pack_number(out, OCI_SCAN_PACK_MAGIC);
    pack_number(out, layer->size);

    s = (layer->digest.alg != OCI_ALG_NONE) ? oci_digest_str(&layer->digest)
                                           : oci_str("");
    pack_str(out, &s);
    s = (layer->diff_id.alg != OCI_ALG_NONE) ? oci_digest_str(&layer->diff_id)
                                            : oci_str("");
    pack_str(out, &s);

    pack_array(out, &layer->opaque);
    pack_array(out, &layer->whiteouts);
    pack_array(out, &layer->notes);
    pack_array(out, &layer->left_out);
    pack_str(out, &layer->os.family);
    pack_str(out, &layer->os.name);
    pack_str(out, &layer->os.supplier);
    pack_number(out, layer->os.extended);
    pack_str(out, &layer->repository);
    pack_info(out, layer->build_info);
    pack_groups(out, &layer->system);
    pack_groups(out, &layer->apps);
    pack_number(out, layer->copyrights.nelts);
    c = layer->copyrights.elts;

    for (i = 0; i < layer->copyrights.nelts; i++) {
        pack_str(out, &c[i].path);
        pack_str(out, &c[i].name);
        pack_list(out, &c[i].licenses);
    }

    pack_secrets(out, &layer->secrets);

    return out->failed ? OCI_NOMEM : OCI_OK;
}


oci_status_e
oci_scan_layer_unpack(oci_scan_layer_t *layer, const oci_str_t *packed)
{
    size_t                  i, n;
    unpack_t                u;
    oci_scan_copyright_t   *c;

    u.pool = layer->pool;
    u.rest = *packed;
    u.failed = false;

    if (unpack_number(&u) != OCI_SCAN_PACK_MAGIC) {
        return OCI_INVALID;
    }

    layer->size = unpack_number(&u);
    unpack_digest(&u, &layer->digest);
    unpack_digest(&u, &layer->diff_id);
    unpack_array(&u, &layer->opaque);
    unpack_array(&u, &layer->whiteouts);
    unpack_array(&u, &layer->notes);
    unpack_array(&u, &layer->left_out);
    layer->os.family = unpack_str(&u);
    layer->os.name = unpack_str(&u);
    layer->os.supplier = unpack_str(&u);
    layer->os.extended = (unpack_number(&u) != 0);
    layer->repository = unpack_str(&u);
    layer->build_info = unpack_info(&u);
    unpack_groups(&u, &layer->system);
    unpack_groups(&u, &layer->apps);
    n = unpack_count(&u);

    for (i = 0; !u.failed && i < n; i++) {

        c = oci_array_push(&layer->copyrights);
        if (c == NULL) {
            return OCI_NOMEM;
        }

        c->path = unpack_str(&u);
        c->name = unpack_str(&u);
        unpack_list(&u, &c->licenses);
    }

    unpack_secrets(&u, &layer->secrets);

    return (u.failed || u.rest.len != 0) ? OCI_INVALID : OCI_OK;
}


static void
pack_number(oci_buf_t *out, uint64_t n)
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
pack_str(oci_buf_t *out, const oci_str_t *s)
{
    pack_number(out, s->len);
    oci_buf_add(out, s->data, s->len);
}


static void
pack_list(oci_buf_t *out, const oci_scan_strs_t *list)
{
    size_t  i;

    pack_number(out, list->nelts);

    for (i = 0; i < list->nelts; i++) {
        pack_str(out, &list->elts[i]);
    }
}


static void
pack_array(oci_buf_t *out, const oci_array_t *a)
{
    oci_scan_strs_t  list;

    list.elts = a->elts;
    list.nelts = a->nelts;
    pack_list(out, &list);
}


static void
pack_info(oci_buf_t *out, const oci_scan_build_info_t *info)
{
    pack_number(out, info != NULL);

    if (info != NULL) {
        pack_list(out, &info->content_sets);
        pack_str(out, &info->nvr);
        pack_str(out, &info->arch);
    }
}


static void
pack_spans(oci_buf_t *out, const oci_scan_pkg_t *pkg)
{
    size_t  i;

    pack_number(out, pkg->nspans);

    for (i = 0; i < pkg->nspans; i++) {
        pack_number(out, pkg->spans[i].start);
        pack_number(out, pkg->spans[i].end);
    }
}


static void
pack_groups(oci_buf_t *out, const oci_array_t *groups)
{
    size_t             i, j;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    g = groups->elts;
    pack_number(out, groups->nelts);

    for (i = 0; i < groups->nelts; i++) {

        pack_name(out, g[i].type);
        pack_str(out, &g[i].path);
        pack_number(out, g[i].pkgs.nelts);
        pkg = g[i].pkgs.elts;

        for (j = 0; j < g[i].pkgs.nelts; j++) {
            pack_pkg(out, &pkg[j]);
        }
    }
}


static void
pack_pkg(oci_buf_t *out, const oci_scan_pkg_t *pkg)
{
    size_t         i;
    const u_char  *p;

    p = (const u_char *) pkg;

    for (i = 0; i < OCI_SCAN_PACK_STRS; i++) {
        pack_str(out, (const oci_str_t *) (const void *)
                      (p + pack_strs[i]));
    }

    for (i = 0; i < OCI_SCAN_PACK_LISTS; i++) {
        pack_list(out, (const oci_scan_strs_t *) (const void *)
                       (p + pack_lists[i]));
    }

    pack_number(out, pkg->epoch);
    pack_number(out, pkg->src_epoch);
    pack_number(out, pkg->repository);
    pack_number(out, pkg->relationship);
    pack_number(out, pkg->dev | pkg->indirect << 1);
    pack_spans(out, pkg);
    pack_name(out, pkg->analyzed_by);
    pack_info(out, pkg->build_info);
}


static void
pack_name(oci_buf_t *out, const char *name)
{
    oci_str_t  s;

    s = oci_str(name);
    pack_str(out, &s);
}


static uint64_t
unpack_number(unpack_t *u)
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
unpack_count(unpack_t *u)
{
    uint64_t  n;

    n = unpack_number(u);

    if (n > u->rest.len) {
        u->failed = true;
        return 0;
    }

    return (size_t) n;
}


/* no copy: the packed bytes live as long as the layer */

static oci_str_t
unpack_str(unpack_t *u)
{
    oci_str_t  s;

    s.len = unpack_count(u);
    s.data = u->rest.data;
    u->rest.data += s.len;
    u->rest.len -= s.len;

    return s;
}


static void
unpack_list(unpack_t *u, oci_scan_strs_t *list)
{
    size_t  i, n;

    n = unpack_count(u);

    if (n == 0) {
        return;
    }

    list->elts = oci_palloc(u->pool, n * sizeof(oci_str_t));
    if (list->elts == NULL) {
        u->failed = true;
        return;
    }

    for (i = 0; i < n; i++) {
        list->elts[i] = unpack_str(u);
    }

    list->nelts = n;
}


static void
unpack_array(unpack_t *u, oci_array_t *a)
{
    size_t           i;
    oci_str_t       *elt;
    oci_scan_strs_t  list;

    memset(&list, 0, sizeof(oci_scan_strs_t));
    unpack_list(u, &list);

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
unpack_info(unpack_t *u)
{
    oci_scan_build_info_t  *info;

    if (unpack_number(u) == 0) {
        return NULL;
    }

    info = oci_pcalloc(u->pool, sizeof(oci_scan_build_info_t));
    if (info == NULL) {
        u->failed = true;
        return NULL;
    }

    unpack_list(u, &info->content_sets);
    info->nvr = unpack_str(u);
    info->arch = unpack_str(u);
    return info;
}


static void
unpack_spans(unpack_t *u, oci_scan_pkg_t *pkg)
{
    size_t  i, n;

    n = unpack_count(u);
    pkg->spans = (n != 0) ? oci_palloc(u->pool, n * sizeof(oci_scan_span_t))
                          : NULL;

    if (n != 0 && pkg->spans == NULL) {
        u->failed = true;
        return;
    }

    for (i = 0; i < n; i++) {
        pkg->spans[i].start = (uint32_t) unpack_number(u);
        pkg->spans[i].end = (uint32_t) unpack_number(u);
    }

    pkg->nspans = n;
}


static void
unpack_digest(unpack_t *u, oci_digest_t *d)
{
    oci_str_t  s;

    s = unpack_str(u);
    memset(d, 0, sizeof(oci_digest_t));

    if (s.len != 0 && oci_digest_parse(d, &s) != OCI_OK) {
        u->failed = true;
    }
}


static void
unpack_groups(unpack_t *u, oci_array_t *groups)
{
    size_t             i, j, n, npkgs;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    n = unpack_count(u);

    for (i = 0; !u->failed && i < n; i++) {

        g = oci_array_push(groups);
        if (g == NULL) {
            u->failed = true;
            return;
        }

        g->type = unpack_name(u);
        g->path = unpack_str(u);
        oci_array_init(&g->pkgs, u->pool, sizeof(oci_scan_pkg_t));
        npkgs = unpack_count(u);

        for (j = 0; !u->failed && j < npkgs; j++) {

            pkg = oci_array_push(&g->pkgs);
            if (pkg == NULL) {
                u->failed = true;
                return;
            }

            unpack_pkg(u, pkg);
        }
    }
}


static void
unpack_pkg(unpack_t *u, oci_scan_pkg_t *pkg)
{
    size_t     i;
    u_char    *p;
    uint64_t   flags;

    p = (u_char *) pkg;

    for (i = 0; i < OCI_SCAN_PACK_STRS; i++) {
        *(oci_str_t *) (void *) (p + pack_strs[i])
            = unpack_str(u);
    }

    for (i = 0; i < OCI_SCAN_PACK_LISTS; i++) {
        unpack_list(u, (oci_scan_strs_t *) (void *)
                       (p + pack_lists[i]));
    }

    pkg->epoch = (uint32_t) unpack_number(u);
    pkg->src_epoch = (uint32_t) unpack_number(u);
    pkg->repository = (oci_scan_repo_e) unpack_number(u);
    pkg->relationship = (oci_scan_rel_e) unpack_number(u);

    if (pkg->repository > OCI_SCAN_REPO_THIRD_PARTY
        || pkg->relationship > OCI_SCAN_REL_INDIRECT)
    {
        u->failed = true;
    }

    flags = unpack_number(u);
    pkg->dev = (flags & 1) != 0;
    pkg->indirect = (flags & 2) != 0;
    unpack_spans(u, pkg);
    pkg->analyzed_by = unpack_name(u);
    pkg->build_info = unpack_info(u);
}


static const char *
unpack_name(unpack_t *u)
{
    oci_str_t    s;
    const char  *name;

    s = unpack_str(u);
    name = oci_scan_pkg_type_name(&s);
    u->failed |= (s.len != 0 && name == NULL);

    return name;
}


static void
pack_secrets(oci_buf_t *out, const oci_array_t *files)
{
    size_t               i, k;
    oci_scan_secret_t   *secret;
    oci_scan_secrets_t  *file;

    pack_number(out, files->nelts);
    file = files->elts;

    for (i = 0; i < files->nelts; i++) {

        pack_str(out, &file[i].path);
        pack_number(out, file[i].secrets.nelts);
        secret = file[i].secrets.elts;

        for (k = 0; k < file[i].secrets.nelts; k++) {
            pack_secret(out, &secret[k]);
        }
    }
}


static void
pack_secret(oci_buf_t *out, const oci_scan_secret_t *secret)
{
    size_t            i;
    oci_scan_code_t  *code;

    pack_str(out, &secret->rule);
    pack_str(out, &secret->category);
    pack_str(out, &secret->title);
    pack_str(out, &secret->match);
    pack_number(out, secret->severity);
    pack_number(out, secret->start);
    pack_number(out, secret->end);
    pack_number(out, secret->offset);
    pack_number(out, secret->ncode);
    code = secret->code;

    for (i = 0; i < secret->ncode; i++) {
        pack_number(out, code[i].number);
        pack_number(out, (uint64_t) code[i].cause | code[i].first << 1
                         | code[i].last << 2);
        pack_str(out, &code[i].text);
    }
}


static void
unpack_secrets(unpack_t *u, oci_array_t *files)
{
    size_t               i, k, n, m;
    oci_scan_secret_t   *secret;
    oci_scan_secrets_t  *file;

    n = unpack_count(u);

    for (i = 0; !u->failed && i < n; i++) {

        file = oci_array_push(files);
        if (file == NULL) {
            u->failed = true;
            return;
        }

        file->path = unpack_str(u);
        oci_array_init(&file->secrets, u->pool, sizeof(oci_scan_secret_t));
        m = unpack_count(u);

        for (k = 0; !u->failed && k < m; k++) {

            secret = oci_array_push(&file->secrets);
            if (secret == NULL) {
                u->failed = true;
                return;
            }

            unpack_secret(u, secret);
        }
    }
}


static void
unpack_secret(unpack_t *u, oci_scan_secret_t *secret)
{
    size_t            i, n;
    uint64_t          flags;
    oci_scan_code_t  *code;

    secret->rule = unpack_str(u);
    secret->category = unpack_str(u);
    secret->title = unpack_str(u);
    secret->match = unpack_str(u);
    flags = unpack_number(u);
    secret->severity = (oci_scan_severity_e) flags;
    secret->start = unpack_number(u);
    secret->end = unpack_number(u);
    secret->offset = unpack_number(u);
    n = unpack_count(u);
    code = oci_pcalloc(u->pool, (n + 1) * sizeof(oci_scan_code_t));

    if (code == NULL || flags >= OCI_SCAN_SEVERITIES) {
        u->failed = true;
        return;
    }

    for (i = 0; !u->failed && i < n; i++) {
        code[i].number = unpack_number(u);
        flags = unpack_number(u);
        code[i].cause = (flags & 1) != 0;
        code[i].first = (flags & 2) != 0;
        code[i].last = (flags & 4) != 0;
        code[i].text = unpack_str(u);
    }

    secret->code = code;
    secret->ncode = n;
}
