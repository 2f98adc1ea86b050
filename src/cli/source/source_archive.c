/*
 * An OCI layout in a tar, as skopeo's oci-archive: what is small enough to be
 * a manifest or a signature is unpacked into a folder that lasts as long as
 * the command; layers are not needed to verify.
 */

#include "source/source_backend.h"
#include "oci_file.h"
#include "base/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


#define ARCHIVE_MEMBERS  200000
#define ARCHIVE_MEMBER   SOURCE_MANIFEST_MAX
#define ARCHIVE_TOTAL    (256 * 1024 * 1024)


typedef struct {
    oci_scan_archive_t   la;
    struct archive      *archive;
    oci_pool_t          *pool;
    const char          *dir;
    uint64_t             total;
} source_archive_t;


static oci_status_e archive_members(source_archive_t *a, oci_error_t *err);
static oci_status_e archive_member(source_archive_t *a, const char *name,
    size_t size, oci_error_t *err);
static bool archive_wanted(const char *name);
static void archive_remove(void *data);


oci_status_e
source_archive_open(oci_pool_t *pool, const char *file, const char **dir,
    oci_error_t *err)
{
    char               *made;
    const char         *tmp;
    oci_status_e        rc;
    source_archive_t    a;

    memset(&a, 0, sizeof(a));
    a.pool = pool;

    rc = oci_scan_archive_load(&a.la, err);
    if (rc != OCI_OK) {
        return rc;
    }

    tmp = getenv("TMPDIR");
    made = (char *) oci_strf(pool, "%s/tally-XXXXXX",
                             (tmp != NULL && tmp[0] == '/') ? tmp : "/tmp")
           .data;

    if (made == NULL || mkdtemp(made) == NULL
        || oci_pool_cleanup(pool, archive_remove, made) != OCI_OK)
    {
        return oci_error_errno(err, errno, "cannot make a temporary folder");
    }

    a.dir = made;
    *dir = made;
    a.archive = a.la.archive_read_new();

    if (a.archive == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    (void) a.la.archive_read_support_filter_gzip(a.archive);
    (void) a.la.archive_read_support_filter_zstd(a.archive);
    (void) a.la.archive_read_support_format_tar(a.archive);

    rc = (a.la.archive_read_open_filename(a.archive, file, 65536)
          == ARCHIVE_OK)
         ? archive_members(&a, err)
         : oci_error(err, OCI_INVALID, 0, "\"%s\" is neither a folder nor a "
                     "tar: %s", file, a.la.archive_error_string(a.archive));

    (void) a.la.archive_read_free(a.archive);

    return rc;
}


static oci_status_e
archive_members(source_archive_t *a, oci_error_t *err)
{
    int                    got;
    size_t                 n;
    int64_t                size;
    const char            *name;
    oci_status_e           rc;
    struct archive_entry  *entry;

    for (n = 0; n < ARCHIVE_MEMBERS; n++) {
        got = a->la.archive_read_next_header(a->archive, &entry);

        if (got == ARCHIVE_EOF) {
            return OCI_OK;
        }

        if (got < ARCHIVE_WARN) {
            return oci_error(err, OCI_INVALID, 0, "damaged archive: %s",
                             a->la.archive_error_string(a->archive));
        }

        name = a->la.archive_entry_pathname(entry);
        size = a->la.archive_entry_size(entry);

        if (name == NULL || size < 0 || size > ARCHIVE_MEMBER
            || a->la.archive_entry_filetype(entry) != AE_IFREG)
        {
            continue;
        }

        name += (strncmp(name, "./", 2) == 0) ? 2 : 0;

        rc = archive_wanted(name)
             ? archive_member(a, name, (size_t) size, err) : OCI_OK;

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_error(err, OCI_LIMIT, 0, "the archive has more than %d members",
                     ARCHIVE_MEMBERS);
}


static oci_status_e
archive_member(source_archive_t *a, const char *name, size_t size,
    oci_error_t *err)
{
    u_char        *data;
    ssize_t        n;
    oci_status_e   rc;

    a->total += size;

    if (a->total > ARCHIVE_TOTAL) {
        return oci_error(err, OCI_LIMIT, 0, "the archive has more than %d MB "
                         "of manifests", ARCHIVE_TOTAL >> 20);
    }

    data = malloc(size + 1);
    if (data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    n = a->la.archive_read_data(a->archive, data, size);

    rc = (n == (ssize_t) size)
         ? oci_file_publish((char *) oci_strf(a->pool, "%s/%s", a->dir,
                                              name).data,
                            data, size, false, err)
         : oci_error(err, OCI_INVALID, 0, "damaged archive: \"%s\" is cut "
                     "short", name);
    free(data);

    return rc;
}


/* nothing else can name a file outside of the folder */

static bool
archive_wanted(const char *name)
{
    char          text[256];
    char         *slash;
    oci_str_t     s;
    oci_digest_t  digest;

    if (strcmp(name, "index.json") == 0 || strcmp(name, "oci-layout") == 0) {
        return true;
    }

    if (strncmp(name, "blobs/", 6) != 0 || strlen(name) >= sizeof(text)) {
        return false;
    }

    memcpy(text, name + 6, strlen(name + 6) + 1);
    slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }

    *slash = ':';
    s = oci_str(text);

    return oci_digest_parse(&digest, &s) == OCI_OK;
}


static void
archive_remove(void *data)
{
    (void) oci_file_remove_tree(data, false, NULL);
}
