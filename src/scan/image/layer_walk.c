/*
 * libarchive reads the tar; a directory is walked with fts.
 */

#include "layer_walk.h"
#include "base/archive.h"
#include "oci_scan_image.h"
#include "skip.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define OCI_SCAN_PATH_MAX  4096


typedef struct {
    oci_scan_stream_t         *stream;
    struct archive            *archive;
    oci_scan_archive_t         la;
    oci_error_t               *err;
    const oci_scan_visitor_t  *v;
    const oci_scan_limits_t   *limits;
    bool                       failed;      /* the stream, not the tar */
} tar_t;


static struct archive *tar_open(tar_t *t, oci_error_t *err);
static la_ssize_t tar_more(struct archive *a, void *data, const void **buf);
static oci_status_e tar_entries(tar_t *t, uint64_t max, oci_error_t *err);
static oci_status_e tar_entry(tar_t *t,
    struct archive_entry *entry, oci_error_t *err);
static oci_status_e tar_deleted(tar_t *t, char *path,
    char *name, bool *deleted, oci_error_t *err);
static ssize_t tar_read(void *ctx, u_char *buf, size_t size, oci_error_t *err);
static oci_status_e dir_entries(FTS *fts, size_t skip,
    const oci_scan_limits_t *limits, const oci_scan_visitor_t *v,
    oci_error_t *err);
static oci_status_e dir_entry(FTSENT *e, size_t skip,
    const oci_scan_limits_t *limits, const oci_scan_visitor_t *v,
    oci_error_t *err);
static ssize_t fd_read(void *ctx, u_char *buf, size_t size, oci_error_t *err);


oci_status_e
oci_scan_walk_tar(oci_scan_stream_t *s, const oci_scan_limits_t *limits,
    const oci_scan_visitor_t *v, oci_error_t *err)
{
    tar_t         t;
    uint64_t      max;
    oci_status_e  rc;

    memset(&t, 0, sizeof(tar_t));
    t.stream = s;
    t.err = err;
    t.v = v;
    t.limits = limits;

    max = (limits != NULL) ? limits->entries : 0;
    max = max ? max : OCI_SCAN_MAX_ENTRIES;

    t.archive = tar_open(&t, err);
    if (t.archive == NULL) {
        return err->status;
    }

    rc = tar_entries(&t, max, err);

    (void) t.la.archive_read_free(t.archive);
    return rc;
}


oci_status_e
oci_scan_walk_dir(const char *root, const oci_scan_limits_t *limits,
    const oci_scan_visitor_t *v, oci_error_t *err)
{
    FTS           *fts;
    char          *path, *argv[2];
    size_t         len;
    oci_status_e   rc;

    path = strdup(root);
    if (path == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--) {
        path[len - 1] = '\0';
    }

    argv[0] = path;
    argv[1] = NULL;

    fts = fts_open(argv, FTS_PHYSICAL|FTS_NOCHDIR|FTS_COMFOLLOW, NULL);
    if (fts == NULL) {
        rc = oci_error_errno(err, errno, "cannot read \"%s\"", root);
        free(path);
        return rc;
    }

    rc = dir_entries(fts, strcmp(path, "/") ? len + 1 : 1, limits, v, err);

    (void) fts_close(fts);
    free(path);
    return rc;
}


size_t
oci_scan_walk_clean(char *path)
{
    char    *in, *out, *start, *end;
    size_t   n;

    in = path;
    out = path;
    start = path;               /* ".." cannot climb above it */

    while (*in == '/') {
        in++;
    }

    while (*in != '\0') {

        end = strchrnul(in, '/');
        n = (size_t) (end - in);

        if (n == 2 && in[0] == '.' && in[1] == '.' && out > start) {
            while (out > start && *--out != '/') {
                /* drop the last element */
            }

        } else if (n != 0 && !(n == 1 && in[0] == '.')) {

            if (out > path) {
                *out++ = '/';
            }

            memmove(out, in, n);

            if (n == 2 && in[0] == '.' && in[1] == '.') {
                start = out + n;
            }

            out += n;
        }

        in = (*end == '/') ? end + 1 : end;
    }

    *out = '\0';
    return (size_t) (out - path);
}


bool
oci_scan_skip_add(oci_array_t *patterns, const oci_str_t *pattern)
{
    oci_str_t  *elt;

    elt = oci_array_push(patterns);
    if (elt == NULL) {
        return false;
    }

    *elt = oci_str_dup(patterns->pool, pattern->data, pattern->len);

    if (elt->data != NULL) {
        elt->len = oci_scan_walk_clean((char *) elt->data);
    }

    return elt->data != NULL;
}


/*
 * hdrcharset=BINARY: names stay the bytes that they are, whatever locale the
 * command runs in.
 */

static struct archive *
tar_open(tar_t *t, oci_error_t *err)
{
    struct archive            *a;
    const oci_scan_archive_t  *la;

    if (oci_scan_archive_load(&t->la, err) != OCI_OK) {
        return NULL;
    }

    la = &t->la;
    a = la->archive_read_new();

    if (a == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    (void) la->archive_read_support_format_tar(a);
    (void) la->archive_read_support_format_gnutar(a);
    (void) la->archive_read_support_format_empty(a);
    (void) la->archive_read_set_options(a, "tar:hdrcharset=BINARY");

    if (la->archive_read_open(a, t, NULL, tar_more, NULL)
        != ARCHIVE_OK)
    {
        (void) oci_error(err, OCI_INVALID, 0, "layer is not a tar: %s",
                         la->archive_error_string(a));
        (void) la->archive_read_free(a);
        return NULL;
    }

    return a;
}


static la_ssize_t
tar_more(struct archive *a, void *data, const void **buf)
{
    tar_t         *t;
    ssize_t        n;
    const u_char  *p;

    t = data;

    n = oci_scan_stream_next(t->stream, &p, t->err);
    if (n < 0) {
        t->la.archive_set_error(a, EIO, "%s", t->err->text);
        t->failed = true;
        return ARCHIVE_FATAL;
    }

    *buf = p;
    return n;
}


static oci_status_e
tar_entries(tar_t *t, uint64_t max, oci_error_t *err)
{
    int                    rc;
    uint64_t               n;
    oci_status_e           status;
    struct archive_entry  *entry;

    for (n = 0; ; n++) {

        rc = t->la.archive_read_next_header(t->archive, &entry);

        if (rc == ARCHIVE_EOF) {
            return OCI_OK;
        }

        if (rc == ARCHIVE_RETRY || rc == ARCHIVE_FATAL) {
            return oci_error(err, OCI_INVALID, 0, "damaged layer: %s",
                             t->la.archive_error_string(t->archive));
        }

        if (n == max) {
            return oci_error(err, OCI_LIMIT, 0, "layer has more than %llu "
                             "entries", (unsigned long long) max);
        }

        status = tar_entry(t, entry, err);
        if (status != OCI_OK) {
            return status;
        }
    }
}


static oci_status_e
tar_entry(tar_t *t, struct archive_entry *entry, oci_error_t *err)
{
    bool                deleted;
    char                path[OCI_SCAN_PATH_MAX], *name;
    size_t              len;
    const char         *given;
    oci_status_e        rc;
    oci_scan_file_t     f;
    oci_scan_reader_t   content;

    const oci_scan_archive_t  *la = &t->la;

    given = la->archive_entry_pathname(entry);
    if (given == NULL) {
        given = la->archive_entry_pathname_utf8(entry);
    }

    if (given == NULL || strlen(given) >= sizeof(path)) {
        return OCI_OK;          /* no file that we look for has such a name */
    }

    memcpy(path, given, strlen(given) + 1);
    len = oci_scan_walk_clean(path);

    name = strrchr(path, '/');
    name = (name == NULL) ? path : name + 1;

    rc = tar_deleted(t, path, name, &deleted, err);
    if (rc != OCI_OK || deleted) {
        return rc;
    }

    if (la->archive_entry_filetype(entry) != AE_IFREG
        || la->archive_entry_hardlink(entry) != NULL)
    {
        return OCI_OK;
    }

    f.path.data = (u_char *) path;
    f.path.len = len;
    f.size = (uint64_t) la->archive_entry_size(entry);
    f.mode = (unsigned) la->archive_entry_perm(entry);

    if (oci_scan_skip(t->limits, &f.path)) {
        return OCI_OK;
    }

    content.ctx = t;
    content.read = tar_read;
    content.close = NULL;

    return t->v->file(t->v->ctx, &f, &content, err);
}


/* "dir/.wh..wh..opq" and "dir/.wh.name" */

static oci_status_e
tar_deleted(tar_t *t, char *path, char *name, bool *deleted, oci_error_t *err)
{
    oci_str_t  s;

    *deleted = (strncmp(name, ".wh.", 4) == 0);

    if (!*deleted) {
        return OCI_OK;
    }

    s.data = (u_char *) path;

    if (strcmp(name, ".wh..wh..opq") == 0) {
        *name = '\0';
        s.len = (name > path) ? (size_t) (name - path - 1) : 0;
        path[s.len] = '\0';
        return t->v->opaque(t->v->ctx, &s, err);
    }

    memmove(name, name + 4, strlen(name + 4) + 1);
    s.len = oci_scan_walk_clean(path);
    return t->v->whiteout(t->v->ctx, &s, err);
}


/* holes of a sparse file come out as zeros, as they would on disk */

static ssize_t
tar_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    tar_t      *t;
    la_ssize_t  n;

    t = ctx;
    n = t->la.archive_read_data(t->archive, buf, size);

    if (n < 0) {
        (void) oci_error(err, OCI_INVALID, 0, "damaged layer: %s",
                         t->la.archive_error_string(t->archive));
        return -1;
    }

    return (ssize_t) n;
}


static oci_status_e
dir_entries(FTS *fts, size_t skip, const oci_scan_limits_t *limits,
    const oci_scan_visitor_t *v, oci_error_t *err)
{
    FTSENT        *e;
    uint64_t       n, max;
    oci_status_e   rc;

    max = (limits != NULL) ? limits->entries : 0;
    max = max ? max : OCI_SCAN_MAX_ENTRIES;

    for (n = 0; (e = fts_read(fts)) != NULL; n++) {

        if (n == max) {
            return oci_error(err, OCI_LIMIT, 0, "more than %llu files",
                             (unsigned long long) max);
        }

        /* the kernel's file systems hold no packages */

        if (e->fts_info == FTS_D && e->fts_level == 1
            && (strcmp(e->fts_name, "proc") == 0
                || strcmp(e->fts_name, "sys") == 0
                || strcmp(e->fts_name, "dev") == 0))
        {
            (void) fts_set(fts, e, FTS_SKIP);
            continue;
        }

        if (e->fts_info == FTS_F) {
            rc = dir_entry(e, skip, limits, v, err);
            if (rc != OCI_OK) {
                return rc;
            }

        } else if (e->fts_info == FTS_ERR
                   || (e->fts_info != FTS_D && e->fts_info != FTS_DP
                       && e->fts_level == 0))
        {
            return oci_error_errno(err, e->fts_errno ? e->fts_errno : ENOTDIR,
                                   "cannot read \"%s\"", e->fts_path);
        }
    }

    return OCI_OK;
}


/* a file that may not be read is passed by, as Trivy does */

static oci_status_e
dir_entry(FTSENT *e, size_t skip, const oci_scan_limits_t *limits,
    const oci_scan_visitor_t *v, oci_error_t *err)
{
    int                fd;
    char               path[OCI_SCAN_PATH_MAX];
    oci_status_e       rc;
    oci_scan_file_t    f;
    oci_scan_reader_t  content;

    if (e->fts_pathlen < skip || e->fts_pathlen - skip >= sizeof(path)) {
        return OCI_OK;
    }

    memcpy(path, e->fts_path + skip, e->fts_pathlen - skip + 1);

    f.path.len = oci_scan_walk_clean(path);
    f.path.data = (u_char *) path;
    f.size = (uint64_t) e->fts_statp->st_size;
    f.mode = e->fts_statp->st_mode & 07777;

    if (oci_scan_skip(limits, &f.path)) {
        return OCI_OK;
    }

    fd = open(e->fts_accpath, O_RDONLY|O_NOFOLLOW|O_CLOEXEC|O_NONBLOCK);
    if (fd == -1) {
        return (errno == EACCES || errno == EPERM || errno == ENOENT
                || errno == ELOOP)
               ? OCI_OK
               : oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    content.ctx = &fd;
    content.read = fd_read;
    content.close = NULL;

    rc = v->file(v->ctx, &f, &content, err);

    (void) close(fd);
    return rc;
}


static ssize_t
fd_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    ssize_t  n;

    do {
        n = read(*(int *) ctx, buf, size);
    } while (n == -1 && errno == EINTR);

    if (n == -1) {
        (void) oci_error_errno(err, errno, "cannot read a file");
    }

    return n;
}
