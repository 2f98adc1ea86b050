/*
 * A plain tar is indexed once and read with pread; a compressed one is read
 * again from its beginning when a member behind the current one is not what
 * is wanted next, which archives in manifest order never need.
 */

#include "members.h"
#include "base/archive.h"
#include "layer_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define OCI_SCAN_BOX_MEMBERS  200000
#define OCI_SCAN_BOX_LINKS    8
#define OCI_SCAN_BOX_NAME     4096


typedef struct {
    char      *name;
    char      *link;            /* of a symbolic or hard link; clean */
    uint64_t   offset;          /* in the file; 0: compressed tar */
    uint64_t   size;
} box_member_t;


struct box_s {
    oci_pool_t         *pool;
    int                 fd;
    bool                dir;
    bool                packed;
    oci_array_t         members;    /* of box_member_t */
    oci_scan_stream_t  *stream;     /* of a compressed tar */
    oci_scan_reader_t   file;
    struct archive     *archive;
    oci_scan_archive_t  la;
    size_t              next;       /* the member that comes next */
};


typedef struct {
    int       fd;
    bool      own;                  /* close it */
    uint64_t  offset;
    uint64_t  left;
} box_range_t;


static oci_status_e box_packed(box_t *box, const box_member_t *m,
    oci_scan_reader_t *reader, uint64_t *size, oci_error_t *err);
static bool box_name(const char *given, char *name);
static void box_close(void *data);
static oci_status_e box_index(box_t *box, oci_error_t *err);
static oci_status_e box_rewind(box_t *box, oci_error_t *err);
static oci_status_e box_archive(box_t *box, oci_error_t *err);
static oci_status_e box_member(box_t *box,
    struct archive_entry *entry, oci_error_t *err);
static char *box_link(box_t *box, const char *name,
    struct archive_entry *entry);
static box_member_t *box_find(box_t *box, const char *name);
static oci_status_e box_file(box_t *box, const char *name,
    box_range_t *range, oci_error_t *err);
static oci_status_e box_seek(box_t *box, size_t index, oci_error_t *err);
static la_ssize_t box_more(struct archive *a, void *data, const void **buf);
static ssize_t box_fd_read(void *ctx, u_char *buf, size_t size,
    oci_error_t *err);
static ssize_t box_data(void *ctx, u_char *buf, size_t size, oci_error_t *err);
static ssize_t range_read(void *ctx, u_char *buf, size_t size,
    oci_error_t *err);
static void range_close(void *ctx);


oci_status_e
box_open(box_t **out, oci_pool_t *pool, const char *path, oci_error_t *err)
{
    box_t       *box;
    u_char       magic[3];
    ssize_t      n;
    struct stat  st;

    box = oci_pcalloc(pool, sizeof(box_t));
    if (box == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    box->pool = pool;
    oci_array_init(&box->members, pool, sizeof(box_member_t));

    box->fd = open(path, O_RDONLY|O_CLOEXEC);
    if (box->fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    if (oci_pool_cleanup(pool, box_close, box) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (fstat(box->fd, &st) == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", path);
    }

    *out = box;
    box->dir = S_ISDIR(st.st_mode);

    if (box->dir) {
        return OCI_OK;
    }

    n = pread(box->fd, magic, 3, 0);
    box->packed = !(n == 3 && magic[0] >= 0x20 && magic[0] < 0x7f
                    && memcmp(magic, "BZh", 3) != 0);

    return box_index(box, err);
}


bool
box_has(box_t *box, const char *name)
{
    return box->dir ? faccessat(box->fd, name, F_OK, 0) == 0
                    : box_find(box, name) != NULL;
}


bool
box_serial(const box_t *box)
{
    return box->packed;
}


oci_status_e
box_load(box_t *box, oci_pool_t *pool, const char *name,
    size_t max, oci_str_t *text, oci_error_t *err)
{
    u_char             *buf;
    size_t              len;
    ssize_t             n;
    uint64_t            size;
    oci_status_e        rc;
    oci_scan_reader_t   r;

    rc = box_reader(box, name, &r, &size, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (size > max) {
        oci_scan_reader_close(&r);
        return oci_error(err, OCI_LIMIT, 0, "\"%s\" has more than %zu bytes",
                         name, max);
    }

    buf = oci_palloc(pool, (size_t) size + 1);

    for (len = 0, n = 1; buf != NULL && len < size && n > 0; len += n) {
        n = r.read(r.ctx, buf + len, (size_t) size - len, err);
        if (n < 0) {
            break;
        }
    }

    oci_scan_reader_close(&r);

    if (buf == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (n < 0 || len != size) {
        return oci_error(err, OCI_IO, 0, "cannot read \"%s\"", name);
    }

    buf[len] = '\0';
    text->data = buf;
    text->len = len;
    return OCI_OK;
}


oci_status_e
box_reader(box_t *box, const char *given, oci_scan_reader_t *reader,
    uint64_t *size, oci_error_t *err)
{
    char           name[OCI_SCAN_BOX_NAME];
    box_range_t   *range;
    oci_status_e   rc;
    box_member_t  *m;

    if (!box_name(given, name)) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" leads out of the "
                         "archive", given);
    }

    m = box->dir ? NULL : box_find(box, name);

    if (!box->dir && m == NULL) {
        return oci_error(err, OCI_NOT_FOUND, 0, "archive has no \"%s\"",
                         name);
    }

    if (!box->dir && box->packed) {
        return box_packed(box, m, reader, size, err);
    }

    range = calloc(1, sizeof(box_range_t));
    if (range == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    reader->ctx = range;
    reader->read = range_read;
    reader->close = range_close;
    rc = OCI_OK;

    if (box->dir) {
        rc = box_file(box, name, range, err);

    } else {
        range->fd = box->fd;
        range->offset = m->offset;
        range->left = m->size;
    }

    *size = range->left;

    if (rc != OCI_OK) {
        free(range);
    }

    return rc;
}


static oci_status_e
box_packed(box_t *box, const box_member_t *m, oci_scan_reader_t *reader,
    uint64_t *size, oci_error_t *err)
{
    *size = m->size;
    reader->ctx = box;
    reader->read = box_data;
    reader->close = NULL;

    return box_seek(box, (size_t) (m - (box_member_t *) box->members.elts),
                    err);
}


/* the clean name; false when it is none, or climbs out with ".." */

static bool
box_name(const char *given, char *name)
{
    if (strlen(given) >= OCI_SCAN_BOX_NAME) {
        return false;
    }

    memcpy(name, given, strlen(given) + 1);

    return oci_scan_walk_clean(name) != 0 && strncmp(name, "..", 2) != 0;
}


static void
box_close(void *data)
{
    box_t  *box;

    box = data;

    if (box->archive != NULL) {
        (void) box->la.archive_read_free(box->archive);
    }

    oci_scan_stream_close(box->stream);
    (void) close(box->fd);
}


static oci_status_e
box_index(box_t *box, oci_error_t *err)
{
    int                    rc;
    oci_status_e           status;
    struct archive_entry  *entry;

    status = box_rewind(box, err);

    while (status == OCI_OK) {

        rc = box->la.archive_read_next_header(box->archive, &entry);

        if (rc == ARCHIVE_EOF) {
            break;
        }

        if (rc == ARCHIVE_RETRY || rc == ARCHIVE_FATAL) {
            return oci_error(err, OCI_INVALID, 0, "not an image archive: %s",
                             box->la.archive_error_string(box->archive));
        }

        if (box->members.nelts == OCI_SCAN_BOX_MEMBERS) {
            return oci_error(err, OCI_LIMIT, 0, "archive has more than %d "
                             "members", OCI_SCAN_BOX_MEMBERS);
        }

        status = box_member(box, entry, err);
        box->next++;
    }

    return status;
}


static oci_status_e
box_rewind(box_t *box, oci_error_t *err)
{
    const oci_scan_hashes_t  none = { OCI_ALG_NONE, OCI_ALG_NONE };

    if (box->archive != NULL) {
        (void) box->la.archive_read_free(box->archive);
        box->archive = NULL;
    }

    oci_scan_stream_close(box->stream);
    box->stream = NULL;
    box->next = 0;

    if (lseek(box->fd, 0, SEEK_SET) == -1) {
        return oci_error_errno(err, errno, "cannot read the archive");
    }

    if (box->packed) {
        box->file.ctx = box;
        box->file.read = box_fd_read;

        box->stream = oci_scan_stream_open(&box->file, NULL, none, err);
        if (box->stream == NULL) {
            return err->status;
        }
    }

    return box_archive(box, err);
}


static oci_status_e
box_archive(box_t *box, oci_error_t *err)
{
    int                        rc;
    struct archive            *a;
    const oci_scan_archive_t  *la;

    la = &box->la;

    if (oci_scan_archive_load(&box->la, err) != OCI_OK) {
        return err->status;
    }

    a = la->archive_read_new();
    if (a == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    box->archive = a;
    (void) la->archive_read_support_format_tar(a);
    (void) la->archive_read_support_format_gnutar(a);
    (void) la->archive_read_set_options(a, "tar:hdrcharset=BINARY");

    rc = box->packed ? la->archive_read_open(a, box, NULL, box_more,
                                             NULL)
                     : la->archive_read_open_fd(a, box->fd, 64 * 1024);

    return (rc == ARCHIVE_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "not an image archive: %s",
                       la->archive_error_string(a));
}


static oci_status_e
box_member(box_t *box, struct archive_entry *entry, oci_error_t *err)
{
    char           name[4096];
    const char    *given;
    box_member_t  *m;

    m = oci_array_push(&box->members);
    if (m == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    given = box->la.archive_entry_pathname(entry);
    if (given == NULL || strlen(given) >= sizeof(name)) {
        return OCI_OK;          /* it has no name, so it is not found */
    }

    memcpy(name, given, strlen(given) + 1);
    (void) oci_scan_walk_clean(name);

    if (box->la.archive_entry_filetype(entry) == AE_IFDIR) {
        return OCI_OK;
    }

    m->link = box_link(box, name, entry);
    m->size = (uint64_t) box->la.archive_entry_size(entry);
    m->offset = (uint64_t) box->la.archive_filter_bytes(box->archive, -1);
    m->name = (char *) oci_str_dup(box->pool, (u_char *) name,
                                   strlen(name)).data;

    return (m->name == NULL) ? oci_error(err, OCI_NOMEM, 0, "out of memory")
                             : OCI_OK;
}


/* docker save writes a layer once and links to it where it comes again */

static char *
box_link(box_t *box, const char *name, struct archive_entry *entry)
{
    char         path[8192];
    const char  *to, *slash;

    to = box->la.archive_entry_hardlink(entry);
    slash = NULL;

    if (to == NULL) {
        to = box->la.archive_entry_symlink(entry);
        slash = strrchr(name, '/');
    }

    if (to == NULL || strlen(to) + strlen(name) + 2 > sizeof(path)) {
        return NULL;
    }

    (void) snprintf(path, sizeof(path), "%.*s%s",
                    (slash != NULL) ? (int) (slash - name + 1) : 0, name, to);
    (void) oci_scan_walk_clean(path);

    return (char *) oci_str_dup(box->pool, (u_char *) path,
                                strlen(path)).data;
}


static box_member_t *
box_find(box_t *box, const char *name)
{
    size_t         i;
    unsigned       hops;
    box_member_t  *m;

    m = box->members.elts;

    for (hops = 0; name != NULL && hops < OCI_SCAN_BOX_LINKS; hops++) {

        for (i = 0; i < box->members.nelts; i++) {
            if (m[i].name != NULL && strcmp(m[i].name, name) == 0) {
                break;
            }
        }

        if (i == box->members.nelts) {
            return NULL;
        }

        if (m[i].link == NULL) {
            return &m[i];
        }

        name = m[i].link;
    }

    return NULL;
}


/* below the directory, whatever ".." or a link in there says */

static oci_status_e
box_file(box_t *box, const char *name, box_range_t *range, oci_error_t *err)
{
    struct stat  st;

    range->own = true;
    range->fd = openat(box->fd, name, O_RDONLY|O_CLOEXEC|O_NOFOLLOW);

    if (range->fd == -1) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", name);
    }

    if (fstat(range->fd, &st) == -1 || !S_ISREG(st.st_mode)) {
        (void) close(range->fd);
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is not a file", name);
    }

    range->left = (uint64_t) st.st_size;
    return OCI_OK;
}


static oci_status_e
box_seek(box_t *box, size_t index, oci_error_t *err)
{
    oci_status_e           rc;
    struct archive_entry  *entry;

    if (box->archive == NULL || box->next > index) {
        rc = box_rewind(box, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    while (box->next <= index) {

        if (box->la.archive_read_next_header(box->archive, &entry)
            < ARCHIVE_WARN)
        {
            return oci_error(err, OCI_IO, 0, "archive changed: %s",
                             box->la.archive_error_string(box->archive));
        }

        box->next++;
    }

    return OCI_OK;
}


static la_ssize_t
box_more(struct archive *a, void *data, const void **buf)
{
    box_t         *box;
    ssize_t        n;
    oci_error_t    err;
    const u_char  *p;

    box = data;
    memset(&err, 0, sizeof(oci_error_t));

    n = oci_scan_stream_next(box->stream, &p, &err);
    if (n < 0) {
        box->la.archive_set_error(a, EIO, "%s", err.text);
        return ARCHIVE_FATAL;
    }

    *buf = p;
    return n;
}


static ssize_t
box_fd_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    box_t   *box;
    ssize_t  n;

    box = ctx;

    do {
        n = read(box->fd, buf, size);
    } while (n == -1 && errno == EINTR);

    if (n == -1) {
        (void) oci_error_errno(err, errno, "cannot read the archive");
    }

    return n;
}


static ssize_t
box_data(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    box_t      *box;
    la_ssize_t  n;

    box = ctx;
    n = box->la.archive_read_data(box->archive, buf, size);

    if (n < 0) {
        (void) oci_error(err, OCI_INVALID, 0, "damaged archive: %s",
                         box->la.archive_error_string(box->archive));
        return -1;
    }

    return (ssize_t) n;
}


static ssize_t
range_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    ssize_t       n;
    box_range_t  *range;

    range = ctx;

    if (size > range->left) {
        size = (size_t) range->left;
    }

    if (size == 0) {
        return 0;
    }

    do {
        n = pread(range->fd, buf, size, (off_t) range->offset);
    } while (n == -1 && errno == EINTR);

    if (n == -1) {
        (void) oci_error_errno(err, errno, "cannot read the layer");
        return -1;
    }

    if (n == 0) {
        (void) oci_error(err, OCI_INVALID, 0, "archive ends too early");
        return -1;
    }

    range->offset += (uint64_t) n;
    range->left -= (uint64_t) n;
    return n;
}


static void
range_close(void *ctx)
{
    box_range_t  *range;

    range = ctx;

    if (range->own) {
        (void) close(range->fd);
    }

    free(range);
}
