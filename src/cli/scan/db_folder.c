/*
 * The folder of a database, and how a new one takes the place
 * of the old one.
 *
 * A new database is unpacked beside the old one and renamed over it, the
 * database first, so that a scan that runs meanwhile keeps the file that it
 * has mapped, and one that starts in between sees a database that is newer
 * than its metadata say.
 */

#include "scan/db_folder.h"
#include "oci_file.h"
#include "base/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define SCAN_DB_MAX    (8LL << 30)      /* bytes of an unpacked database */
#define SCAN_DB_LEAST  8192


const scan_db_kind_t  scan_vulndb = {
    "vulndb", "vulnerability DB", "db", "trivy.db", OCI_SCAN_META_SCHEMA,
    "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip",
    { "mirror.gcr.io/aquasec/trivy-db:2", "ghcr.io/aquasecurity/trivy-db:2" },
    "\xed\xda\x0c\xed", 16
};


static oci_status_e scan_db_replace(scan_t *s, const oci_scan_archive_t *la,
    struct archive *a);
static oci_status_e scan_db_members(scan_t *s,
    const oci_scan_archive_t *la, struct archive *a, const char *dir);
static oci_status_e scan_db_member(scan_t *s,
    const oci_scan_archive_t *la, struct archive *a, const char *path);
static oci_status_e scan_db_settle(scan_t *s, const char *dir);
static oci_status_e scan_db_move(scan_t *s, const char *from);
static oci_status_e scan_db_stamp(scan_t *s);
static oci_status_e scan_db_magic(scan_t *s, const char *path);
static bool scan_db_pack(scan_t *s, const oci_scan_archive_t *la,
    struct archive *a, struct archive_entry *entry, const char *name);
static oci_status_e scan_db_folders(scan_t *s);
static char *scan_db_path(scan_t *s, const char *dir, const char *name);


oci_status_e
scan_db_check(scan_t *s)
{
    return scan_db_magic(s, scan_db_path(s, s->db_dir, s->db->file));
}


oci_status_e
scan_db_import(scan_t *s, const char *file)
{
    int           fd;
    oci_status_e  rc;

    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return oci_error_errno(&s->err, errno, "\"%s\"", file);
    }

    rc = scan_db_unpack(s, fd, file);
    (void) close(fd);

    return rc;
}


oci_status_e
scan_db_unpack(scan_t *s, int fd, const char *name)
{
    oci_status_e         rc;
    struct archive      *a;
    oci_scan_archive_t   la;

    rc = oci_scan_archive_load(&la, &s->err);

    if (rc == OCI_OK) {
        rc = scan_db_folders(s);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    a = la.archive_read_new();
    if (a == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    (void) la.archive_read_support_filter_gzip(a);
    (void) la.archive_read_support_filter_zstd(a);
    (void) la.archive_read_support_format_tar(a);

    rc = (la.archive_read_open_fd(a, fd, 1 << 16) == ARCHIVE_OK)
         ? scan_db_replace(s, &la, a)
         : oci_error(&s->err, OCI_INVALID, 0, "\"%s\" is not a tar with "
                     "%s and metadata.json: %s", name, s->db->file,
                     la.archive_error_string(a));

    (void) la.archive_read_free(a);

    return rc;
}


static oci_status_e
scan_db_replace(scan_t *s, const oci_scan_archive_t *la, struct archive *a)
{
    char          *dir;
    oci_status_e   rc;

    dir = scan_db_path(s, s->db_dir, "new.XXXXXX");
    if (dir == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    if (mkdtemp(dir) == NULL) {
        return oci_error_errno(&s->err, errno, "\"%s\"", s->db_dir);
    }

    rc = scan_db_members(s, la, a, dir);

    if (rc == OCI_OK) {
        rc = scan_db_settle(s, dir);
    }

    (void) unlink(scan_db_path(s, dir, s->db->file));
    (void) unlink(scan_db_path(s, dir, "metadata.json"));
    (void) rmdir(dir);

    return rc;
}


static oci_status_e
scan_db_members(scan_t *s, const oci_scan_archive_t *la, struct archive *a,
    const char *dir)
{
    int                    got, rc;
    unsigned               seen;
    const char            *name;
    struct archive_entry  *entry;

    seen = 0;

    while ((got = la->archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
        name = la->archive_entry_pathname(entry);

        if (name == NULL || la->archive_entry_filetype(entry) != AE_IFREG) {
            continue;
        }

        name += strncmp(name, "./", 2) == 0 ? 2 : 0;

        if (strcmp(name, s->db->file) == 0) {
            seen |= 1;

        } else if (strcmp(name, "metadata.json") == 0) {
            seen |= 2;

        } else {
            continue;
        }

        rc = scan_db_member(s, la, a, scan_db_path(s, dir, name));
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (got != ARCHIVE_EOF) {
        return oci_error(&s->err, OCI_INVALID, 0, "the archive of the "
                         "database is damaged: %s",
                         la->archive_error_string(a));
    }

    if (seen != 3) {
        return oci_error(&s->err, (seen & 1) ? OCI_INVALID : OCI_NOT_FOUND, 0,
                         "the archive lacks %s",
                         (seen & 1) ? "metadata.json" : s->db->file);
    }

    return OCI_OK;
}


static oci_status_e
scan_db_member(scan_t *s, const oci_scan_archive_t *la, struct archive *a,
    const char *path)
{
    int          fd, failed;
    off_t        sum;
    u_char      *buf;
    ssize_t      n;

    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
              0644);
    if (fd < 0) {
        return oci_error_errno(&s->err, errno, "\"%s\"", path);
    }

    sum = 0;
    failed = 0;

    buf = malloc(1 << 16);
    n = buf == NULL ? -1 : 1;
    errno = ENOMEM;

    while (n > 0) {
        n = la->archive_read_data(a, buf, 1 << 16);
        sum += n > 0 ? n : 0;

        if (n > 0 && (sum > SCAN_DB_MAX || write(fd, buf, (size_t) n) != n)) {
            failed = sum > SCAN_DB_MAX ? EFBIG : errno;
            break;
        }
    }

    free(buf);

    (void) close(fd);

    if (failed != 0) {
        return oci_error_errno(&s->err, failed, "\"%s\"", path);
    }

    if (n < 0) {
        return oci_error(&s->err, OCI_INVALID, 0, "the archive of the "
                         "database is damaged: %s",
                         la->archive_error_string(a));
    }

    return OCI_OK;
}


/* checks the new database before it replaces the old one */

static oci_status_e
scan_db_settle(scan_t *s, const char *dir)
{
    oci_status_e  rc;

    rc = oci_scan_meta_load(&s->meta, dir, &s->err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (s->meta.version != s->db->schema) {
        return oci_error(&s->err, OCI_INVALID, 0, "the version of DB schema "
                         "doesn't match. That DB: %llu, Expected: %u",
                         (unsigned long long) s->meta.version,
                         s->db->schema);
    }

    rc = scan_db_magic(s, scan_db_path(s, dir, s->db->file));

    if (rc == OCI_OK) {
        rc = scan_db_move(s, scan_db_path(s, dir, s->db->file));
    }

    return rc == OCI_OK ? scan_db_stamp(s) : rc;
}


static oci_status_e
scan_db_move(scan_t *s, const char *from)
{
    int           fd;
    oci_status_e  rc;

    fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return oci_error_errno(&s->err, errno, "\"%s\"", from);
    }

    rc = oci_file_move(fd, from, scan_db_path(s, s->db_dir, s->db->file), true,
                       &s->err);
    (void) close(fd);

    return rc;
}


/* when it came here, by which its age is judged */

static oci_status_e
scan_db_stamp(scan_t *s)
{
    oci_buf_t     b;
    oci_status_e  rc;

    memset(&b, 0, sizeof(b));
    (void) clock_gettime(CLOCK_REALTIME, &s->meta.downloaded);
    oci_scan_meta_write(&s->meta, &b);

    rc = b.failed ? oci_error(&s->err, OCI_NOMEM, 0, "out of memory")
         : oci_file_publish(scan_db_path(s, s->db_dir, "metadata.json"),
                            b.data, b.len, true, &s->err);
    oci_buf_free(&b);

    return rc;
}


/* bbolt says what it is on both first pages; the reader looks closer */

static oci_status_e
scan_db_magic(scan_t *s, const char *path)
{
    int         fd;
    size_t      len;
    u_char      page[SCAN_DB_LEAST];
    ssize_t     n;

    if (path == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return oci_error_errno(&s->err, errno, "\"%s\"", path);
    }

    n = read(fd, page, sizeof(page));
    (void) close(fd);

    if (n < (ssize_t) sizeof(page)) {
        return oci_error(&s->err, OCI_INVALID, 0, "\"%s\" is no %s: it has "
                         "only %zd bytes", path, s->db->name, n);
    }

    len = strlen(s->db->magic);

    return (memcmp(page + s->db->at, s->db->magic, len) == 0
            || memcmp(page + 4096 + s->db->at, s->db->magic, len) == 0)
           ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "\"%s\" is no %s: neither of "
                       "its first pages says so", path, s->db->name);
}


static oci_status_e
scan_db_folders(scan_t *s)
{
    char  *path, *p;

    path = (char *) oci_strf(s->pool, "%s", s->db_dir).data;
    if (path == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    for (p = path + 1; *p != '\0'; p++) {

        if (*p == '/') {
            *p = '\0';

            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return oci_error_errno(&s->err, errno, "\"%s\"", path);
            }

            *p = '/';
        }
    }

    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        return oci_error_errno(&s->err, errno, "\"%s\"", path);
    }

    return OCI_OK;
}


oci_status_e
scan_db_export(scan_t *s, const char *file)
{
    int                    i;
    bool                   good;
    struct archive        *a;
    oci_scan_archive_t     lib;
    struct archive_entry  *entry;
    const char            *names[] = { s->db->file, "metadata.json" };

    const oci_scan_archive_t  *la = &lib;

    if (oci_scan_archive_load(&lib, &s->err) != OCI_OK) {
        return s->err.status;
    }

    a = la->archive_write_new();
    entry = la->archive_entry_new();
    good = a != NULL && entry != NULL
           && la->archive_write_add_filter_gzip(a) == ARCHIVE_OK
           && la->archive_write_set_format_ustar(a) == ARCHIVE_OK
           && la->archive_write_open_filename(a, file) == ARCHIVE_OK;

    for (i = 0; good && i < 2; i++) {
        good = scan_db_pack(s, la, a, entry, names[i]);
    }

    good = (a == NULL || la->archive_write_close(a) == ARCHIVE_OK) && good;

    if (!good) {
        oci_error(&s->err, OCI_IO, 0, "cannot write \"%s\": %s", file,
                  a == NULL || la->archive_error_string(a) == NULL
                  ? "out of memory" : la->archive_error_string(a));
        (void) unlink(file);
    }

    la->archive_entry_free(entry);
    (void) la->archive_write_free(a);

    return good ? OCI_OK : s->err.status;
}


/* false: something failed, and s->err or the archive says what */

static bool
scan_db_pack(scan_t *s, const oci_scan_archive_t *la, struct archive *a,
    struct archive_entry *entry, const char *name)
{
    int          fd;
    char        *path;
    bool         good;
    u_char       buf[65536];
    ssize_t      n;
    struct stat  st;

    path = scan_db_path(s, s->db_dir, name);
    fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) != 0) {
        oci_error_errno(&s->err, errno, "\"%s\"", path);

        if (fd >= 0) {
            (void) close(fd);
        }

        return false;
    }

    la->archive_entry_clear(entry);
    la->archive_entry_set_pathname(entry, name);
    la->archive_entry_set_filetype(entry, AE_IFREG);
    la->archive_entry_set_perm(entry, 0644);
    la->archive_entry_set_size(entry, st.st_size);
    good = la->archive_write_header(a, entry) == ARCHIVE_OK;

    do {
        n = read(fd, buf, sizeof(buf));
        good = good && n >= 0
               && (n == 0
                   || la->archive_write_data(a, buf, (size_t) n) == n);
    } while (good && n > 0);

    (void) close(fd);

    return good;
}


static char *
scan_db_path(scan_t *s, const char *dir, const char *name)
{
    return (char *) oci_strf(s->pool, "%s/%s", dir, name).data;
}
