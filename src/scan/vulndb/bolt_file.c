/*
 * The file of a vulnerability database in memory, and its two first pages.
 */

#include "bolt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#define BOLT_MAGIC    0xed0cdaedu
#define BOLT_VERSION  2


static bool bolt_meta(oci_scan_vulndb_t *db, uint64_t at, uint64_t *txid);


oci_status_e
bolt_map(oci_scan_vulndb_t *db, const char *path, oci_error_t *err)
{
    int           fd, failed;
    void         *map;
    struct stat   st;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return oci_error_errno(err, errno, "vulnerability database \"%s\"",
                               path);
    }

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void) close(fd);
        return oci_error(err, OCI_INVALID, 0, "vulnerability database "
                         "\"%s\" is no file", path);
    }

    if (st.st_size < 2048) {
        (void) close(fd);
        return oci_error(err, OCI_INVALID, 0, "vulnerability database "
                         "\"%s\": file size too small %lld", path,
                         (long long) st.st_size);
    }

    map = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    failed = errno;
    (void) close(fd);

    if (map == MAP_FAILED) {
        return oci_error_errno(err, failed, "vulnerability database \"%s\"",
                               path);
    }

    db->map = map;
    db->size = (uint64_t) st.st_size;

    return OCI_OK;
}


void
bolt_unmap(oci_scan_vulndb_t *db)
{
    (void) munmap((void *) db->map, db->size);
}


/* the newer of two valid metas; the first one tells the size of pages */

oci_status_e
bolt_metas(oci_scan_vulndb_t *db, oci_error_t *err)
{
    uint64_t  size, first, second;

    first = second = 0;

    if (bolt_meta(db, 0, &first)) {
        size = db->page_size;

        if (bolt_meta(db, size, &second) && second < first) {
            (void) bolt_meta(db, 0, &first);
        }

        db->page_size = size;

    } else {
        for (size = 4096; size <= 65536; size *= 2) {
            if (bolt_meta(db, size, &second) && db->page_size == size) {
                break;
            }
        }

        if (size > 65536
            && !(bolt_meta(db, 1024, &second) && db->page_size == 1024)
            && !(bolt_meta(db, 2048, &second) && db->page_size == 2048))
        {
            return bolt_damaged(db, "no valid first page", err);
        }
    }

    if (db->size < 2 * db->page_size || db->pages < 3
        || db->pages > db->size / db->page_size)
    {
        return bolt_damaged(db, "it is shorter than it says", err);
    }

    return OCI_OK;
}


static bool
bolt_meta(oci_scan_vulndb_t *db, uint64_t at, uint64_t *txid)
{
    size_t         i;
    uint64_t       hash, size;
    const u_char  *m;

    if (at + BOLT_HEADER + 64 > db->size) {
        return false;
    }

    m = db->map + at + BOLT_HEADER;
    hash = 0xcbf29ce484222325u;

    for (i = 0; i < 56; i++) {
        hash = (hash ^ m[i]) * 0x100000001b3u;
    }

    size = bolt_u32(m + 8);

    if (bolt_u32(m) != BOLT_MAGIC || bolt_u32(m + 4) != BOLT_VERSION
        || bolt_u64(m + 56) != hash || size < 1024 || size > 65536
        || (size & (size - 1)) != 0)
    {
        return false;
    }

    db->page_size = size;
    db->root = bolt_u64(m + 16);
    db->pages = bolt_u64(m + 40);
    *txid = bolt_u64(m + 48);

    return true;
}


oci_status_e
bolt_damaged(oci_scan_vulndb_t *db, const char *what, oci_error_t *err)
{
    return oci_error(err, OCI_INVALID, 0, "the vulnerability database \"%s\" "
                     "is damaged: %s; fetch it again with \"tally db pull\"",
                     db->path, what);
}
