/*
 * Describes a layer: every file that an analyzer wants is read into one
 * buffer, analyzed, and forgotten.
 */

#include "analyze.h"
#include "layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_BUF_KEPT      (4 * OCI_SCAN_MB)
#define OCI_SCAN_DELETED_MAX   1000000


/* who wants a file */

typedef struct {
    uint32_t           rows;                /* a bit for each analyzer */
    size_t             max;
    const char        *magic;               /* of the only one; or NULL */
    const analyzer_t  *stream;              /* the first that can */
} visit_wanted_t;


/* a reader that shows the search what it reads */

typedef struct {
    oci_scan_search_t        *search;
    const oci_scan_reader_t  *from;
    bool                      more;
} visit_tee_t;


static void walker_init(oci_scan_walker_t *w,
    oci_scan_layer_t  *layer, oci_scan_visitor_t *v);
static void walker_search(oci_scan_walker_t *w, oci_scan_rules_t *rules,
    const char *root);
static oci_status_e walker_finish(oci_scan_walker_t *w,
    oci_status_e rc, oci_error_t *err);
static oci_status_e visit(void *ctx, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err);
static ssize_t visit_tee(void *ctx, u_char *buf, size_t size,
    oci_error_t *err);
static oci_status_e visit_packages(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_scan_reader_t *content,
    oci_error_t *err);
static void visit_ask(visit_wanted_t *wanted, const oci_scan_file_t *f);
static oci_status_e visit_file(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const visit_wanted_t *wanted,
    const oci_scan_reader_t *content, oci_error_t *err);
static oci_status_e visit_reset(oci_scan_walker_t *w, oci_error_t *err);
static oci_status_e visit_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const char *magic,
    const oci_scan_reader_t *content, oci_str_t *text, oci_error_t *err);
static ssize_t memory_read(void *ctx, u_char *buf, size_t size,
    oci_error_t *err);
static oci_status_e visit_whiteout(void *ctx, const oci_str_t *path,
    oci_error_t *err);
static oci_status_e visit_opaque(void *ctx, const oci_str_t *dir,
    oci_error_t *err);
static oci_status_e visit_delete(oci_scan_walker_t *w,
    oci_array_t *list, const oci_str_t *path, oci_error_t *err);
static void drop_owned(oci_scan_walker_t *w);
static void drop_owned_pkgs(oci_scan_walker_t *w, oci_scan_group_t *g);


oci_status_e
oci_scan_layer_read(oci_scan_layer_t *layer, const oci_scan_reader_t *in,
    const oci_scan_limits_t *limits, oci_scan_hashes_t hashes,
    oci_scan_rules_t *rules, oci_error_t *err)
{
    oci_status_e          rc;
    oci_scan_stream_t    *s;
    oci_scan_walker_t     w;
    oci_scan_visitor_t    v;

    s = oci_scan_stream_open(in, limits, hashes, err);
    if (s == NULL) {
        return err->status;
    }

    walker_init(&w, layer, &v);
    walker_search(&w, rules, "/");

    rc = (w.walk == NULL || w.tmp == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : oci_scan_walk_tar(s, limits, &v, err);

    rc = walker_finish(&w, rc, err);

    if (rc == OCI_OK) {
        rc = oci_scan_stream_drain(s, err);
    }

    layer->size = oci_scan_stream_size(s);
    layer->packed = oci_scan_stream_packed(s);
    oci_scan_stream_digests(s, &layer->digest, &layer->diff_id);
    oci_scan_stream_close(s);

    return rc;
}


oci_status_e
oci_scan_layer_read_dir(oci_scan_layer_t *layer, const char *root,
    const oci_scan_limits_t *limits, oci_scan_rules_t *rules,
    oci_error_t *err)
{
    oci_status_e        rc;
    oci_scan_walker_t   w;
    oci_scan_visitor_t  v;

    walker_init(&w, layer, &v);
    walker_search(&w, rules, "");

    rc = (w.walk == NULL || w.tmp == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : oci_scan_walk_dir(root, limits, &v, err);

    return walker_finish(&w, rc, err);
}


oci_status_e
oci_scan_layer_read_file(oci_scan_layer_t *layer, const char *path,
    unsigned mode, const oci_str_t *text, oci_error_t *err)
{
    oci_str_t           rest;
    oci_status_e        rc;
    oci_scan_file_t     f;
    oci_scan_reader_t   content;
    oci_scan_walker_t   w;
    oci_scan_visitor_t  v;

    rest = *text;
    f.path = oci_str(path);
    f.size = text->len;
    f.mode = mode;
    content.ctx = &rest;
    content.read = memory_read;
    content.close = NULL;

    walker_init(&w, layer, &v);

    rc = (w.walk == NULL || w.tmp == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : v.file(v.ctx, &f, &content, err);

    return walker_finish(&w, rc, err);
}


oci_status_e
oci_scan_layer_read_sbom(oci_scan_layer_t *layer, const oci_scan_sbom_t *bom,
    oci_error_t *err)
{
    oci_str_t           none = oci_null_string;
    oci_status_e        rc;
    oci_scan_walker_t   w;
    oci_scan_visitor_t  v;

    walker_init(&w, layer, &v);

    rc = (w.walk == NULL || w.tmp == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : oci_scan_sbom_pkgs(&w, bom, &none, err);

    return walker_finish(&w, rc, err);
}


static void
walker_init(oci_scan_walker_t *w, oci_scan_layer_t *layer,
    oci_scan_visitor_t *v)
{
    memset(w, 0, sizeof(oci_scan_walker_t));
    w->layer = layer;
    w->pool = layer->pool;
    w->walk = oci_pool_create();
    w->tmp = oci_pool_create();

    oci_scan_map_init(&w->md5sums, w->walk);
    oci_scan_map_init(&w->digests, w->walk);
    oci_scan_map_init(&w->owned, w->walk);
    oci_array_init(&w->tomls, w->walk, sizeof(oci_scan_toml_t));

    v->ctx = w;
    v->file = visit;
    v->whiteout = visit_whiteout;
    v->opaque = visit_opaque;
}


/* a walk without a search, when there is no memory for it, is none */

static void
walker_search(oci_scan_walker_t *w, oci_scan_rules_t *rules, const char *root)
{
    if (rules == NULL || w->walk == NULL || w->tmp == NULL) {
        return;
    }

    w->root = root;
    w->search = oci_scan_search_create(w->walk, rules);

    if (w->search == NULL) {
        oci_pool_destroy(w->walk);
        w->walk = NULL;
    }
}


static oci_status_e
walker_finish(oci_scan_walker_t *w, oci_status_e rc, oci_error_t *err)
{
    size_t  i;

    for (i = 0; rc == OCI_OK && analyze_table[i] != NULL; i++) {
        if (analyze_table[i]->finish != NULL) {
            rc = analyze_table[i]->finish(w, err);
        }
    }

    if (rc == OCI_OK) {
        drop_owned(w);
    }

    oci_pool_destroy(w->walk);
    oci_pool_destroy(w->tmp);
    free(w->buf);
    return rc;
}


/* what the analyzers read of a file is searched on its way; then the rest */

static oci_status_e
visit(void *ctx, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    ssize_t             n;
    u_char              chunk[16384];
    visit_tee_t         tee;
    oci_status_e        rc;
    oci_scan_walker_t  *w;
    oci_scan_reader_t   reader;

    w = ctx;

    if (w->search == NULL
        || !oci_scan_search_file(w->search, &f->path, w->root, f->size))
    {
        return visit_packages(w, f, content, err);
    }

    tee.search = w->search;
    tee.from = content;
    tee.more = true;
    reader.ctx = &tee;
    reader.read = visit_tee;
    reader.close = NULL;

    rc = visit_packages(w, f, &reader, err);

    for (n = 1; rc == OCI_OK && tee.more && n > 0; /* void */ ) {
        n = visit_tee(&tee, chunk, sizeof(chunk), err);
        rc = (n >= 0) ? OCI_OK : OCI_IO;
    }

    if (rc == OCI_IO) {
        return (err->status != OCI_OK) ? err->status
               : oci_error(err, OCI_IO, 0, "cannot read \"%s\"",
                           (char *) f->path.data);
    }

    return (rc == OCI_OK) ? oci_scan_search_end(w->search, w->layer, err)
                          : rc;
}


static ssize_t
visit_tee(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    ssize_t       n;
    visit_tee_t  *tee;

    tee = ctx;
    n = tee->from->read(tee->from->ctx, buf, size, err);

    if (n > 0 && tee->more) {
        tee->more = oci_scan_search_add(tee->search, buf, (size_t) n);
    }

    return n;
}


static oci_status_e
visit_packages(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    char            why[64];
    oci_status_e    rc;
    visit_wanted_t  wanted;

    visit_ask(&wanted, f);

    if (wanted.rows == 0) {
        return OCI_OK;
    }

    if (wanted.stream != NULL
        && (wanted.stream->analyze == NULL || f->size > wanted.max))
    {
        rc = wanted.stream->stream(w, f, content, err);

    } else if (f->size > wanted.max) {
        (void) snprintf(why, sizeof(why), "larger than %zu MB",
                        wanted.max / OCI_SCAN_MB);
        oci_scan_kit_left_out(w, &f->path, why);
        return OCI_OK;

    } else {
        rc = visit_file(w, f, &wanted, content, err);
    }

    return (rc == OCI_OK) ? visit_reset(w, err) : rc;
}


/* each analyzer is asked once */

static void
visit_ask(visit_wanted_t *wanted, const oci_scan_file_t *f)
{
    size_t             i;
    const analyzer_t  *a;

    memset(wanted, 0, sizeof(visit_wanted_t));

    for (i = 0; analyze_table[i] != NULL; i++) {
        a = analyze_table[i];

        if (!a->wants(f)) {
            continue;
        }

        wanted->magic = (wanted->rows == 0) ? a->magic : NULL;
        wanted->rows |= 1u << i;

        if (a->max > wanted->max) {
            wanted->max = a->max;
        }

        if (wanted->stream == NULL && a->stream != NULL) {
            wanted->stream = a;
        }
    }
}


/* what is damaged is noted and left out; what is short of memory is not */

static oci_status_e
visit_file(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const visit_wanted_t *wanted, const oci_scan_reader_t *content,
    oci_error_t *err)
{
    size_t         i;
    oci_str_t      text;
    oci_error_t    e;
    oci_status_e   rc;

    rc = visit_read(w, f, wanted->magic, content, &text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    for (i = 0; wanted->rows >> i != 0; i++) {

        if ((wanted->rows >> i & 1) == 0) {
            continue;
        }

        memset(&e, 0, sizeof(oci_error_t));
        rc = analyze_table[i]->analyze(w, f, &text, &e);

        if (rc == OCI_NOMEM) {
            return oci_error(err, rc, 0, "%s", e.text);
        }

        if (rc != OCI_OK) {
            oci_scan_kit_left_out(w, &f->path, e.text);
        }
    }

    return OCI_OK;
}


/* what one file needed is given back before the next */

static oci_status_e
visit_reset(oci_scan_walker_t *w, oci_error_t *err)
{
    oci_pool_destroy(w->tmp);
    w->tmp = oci_pool_create();

    if (w->nalloc > OCI_SCAN_BUF_KEPT) {
        free(w->buf);
        w->buf = NULL;
        w->nalloc = 0;
    }

    return (w->tmp != NULL) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static oci_status_e
visit_read(oci_scan_walker_t *w, const oci_scan_file_t *f, const char *magic,
    const oci_scan_reader_t *content, oci_str_t *text, oci_error_t *err)
{
    size_t   len, size;
    ssize_t  n;
    u_char  *buf;

    size = (size_t) f->size;

    if (size + 1 > w->nalloc) {

        buf = realloc(w->buf, size + 1);
        if (buf == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        w->buf = buf;
        w->nalloc = size + 1;
    }

    for (len = 0; len < size; len += (size_t) n) {

        n = content->read(content->ctx, w->buf + len, size - len, err);

        if (n < 0) {
            return (err->status != OCI_OK) ? err->status
                   : oci_error(err, OCI_IO, 0, "cannot read \"%s\"",
                               (char *) f->path.data);
        }

        if (n == 0) {
            break;
        }

        if (len == 0 && magic != NULL
            && ((size_t) n < strlen(magic)
                || memcmp(w->buf, magic, strlen(magic)) != 0))
        {
            break;
        }
    }

    w->buf[len] = '\0';
    text->data = w->buf;
    text->len = len;
    return OCI_OK;
}


static ssize_t
memory_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    oci_str_t  *rest;

    (void) err;
    rest = ctx;
    size = (size > rest->len) ? rest->len : size;

    if (size != 0) {
        memcpy(buf, rest->data, size);
        *rest = oci_scan_text_skip(*rest, size);
    }

    return (ssize_t) size;
}


static oci_status_e
visit_whiteout(void *ctx, const oci_str_t *path, oci_error_t *err)
{
    oci_scan_walker_t  *w;

    w = ctx;
    return visit_delete(w, &w->layer->whiteouts, path, err);
}


static oci_status_e
visit_opaque(void *ctx, const oci_str_t *dir, oci_error_t *err)
{
    oci_scan_walker_t  *w;

    w = ctx;
    return visit_delete(w, &w->layer->opaque, dir, err);
}


static oci_status_e
visit_delete(oci_scan_walker_t *w, oci_array_t *list,
    const oci_str_t *path, oci_error_t *err)
{
    oci_str_t  *elt;

    if (list->nelts == OCI_SCAN_DELETED_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "layer deletes more than %d "
                         "files", OCI_SCAN_DELETED_MAX);
    }

    elt = oci_array_push(list);

    if (elt != NULL) {
        *elt = oci_scan_kit_keep(w, path);
    }

    return (elt != NULL && elt->data != NULL) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/*
 * What a distribution's package installed, its advisories speak for: such
 * files are no findings of their language's.  Google's distroless has no list
 * of files, hence the three paths.
 */

static void
drop_owned(oci_scan_walker_t *w)
{
    size_t             i, n;
    oci_str_t          s;
    oci_scan_group_t  *g;
    static const char  *const always[] = {
        "usr/lib/python2.7/argparse.egg-info",
        "usr/lib/python2.7/lib-dynload/Python-2.7.egg-info",
        "usr/lib/python2.7/wsgiref.egg-info"
    };

    for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        s = oci_str(always[i]);
        (void) oci_scan_kit_own(w, &s);
    }

    g = w->layer->apps.elts;

    for (i = 0, n = 0; i < w->layer->apps.nelts; i++) {

        if (oci_scan_map_get(&w->owned, &g[i].path) != NULL) {
            continue;
        }

        g[n] = g[i];
        drop_owned_pkgs(w, &g[n]);
        n++;
    }

    w->layer->apps.nelts = n;
}


static void
drop_owned_pkgs(oci_scan_walker_t *w, oci_scan_group_t *g)
{
    size_t           i, n;
    oci_scan_pkg_t  *pkg;

    pkg = g->pkgs.elts;

    for (i = 0, n = 0; i < g->pkgs.nelts; i++) {
        if (oci_scan_map_get(&w->owned, &pkg[i].file_path) == NULL) {
            pkg[n++] = pkg[i];
        }
    }

    g->pkgs.nelts = n;
}
