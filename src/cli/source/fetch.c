/*
 * A blob of a registry in a file.  What is cut goes on where it was.
 */

#include "source/partial.h"
#include "source/source_backend.h"
#include "command/progress.h"
#include "oci_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>


#define FETCH_BLOCK  65536


/* collects a stream in a file, which may hold the beginning of it */

typedef struct {
    int           fd;
    uint64_t      len;                  /* in the file */
    uint64_t      max;
    unsigned      share;
    oci_hash_t    hash;
} source_disk_t;


static oci_status_e source_write(void *data, const u_char *p, size_t len);
static bool source_disk_begin(source_disk_t *disk, const oci_digest_t *digest);
static void source_disk_empty(source_disk_t *disk,
    const oci_digest_t *digest);
static oci_status_e source_fetch(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, source_disk_t *disk, oci_error_t *err);


oci_status_e
source_blob_file(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, int *fd, oci_error_t *err)
{
    bool            kept;
    partial_t       partial;
    oci_error_t     why = { OCI_OK, 0, "" };
    oci_status_e    rc;
    source_disk_t   disk;

    if (source->backend->file != NULL) {
        return source->backend->file(source, ref, digest, fd, err);
    }

    rc = partial_open(&partial, source->pool, digest, size, err);
    if (rc != OCI_OK) {
        return rc;
    }

    disk.fd = partial.fd;
    disk.max = size;
    disk.share = source->share;
    kept = source_disk_begin(&disk, digest);

    rc = source_fetch(source, ref, digest, &disk, &why);

    /* what an earlier run has left may have been damaged */

    if (rc == OCI_MISMATCH && kept) {
        source_disk_empty(&disk, digest);
        memset(&why, 0, sizeof(why));
        rc = source_fetch(source, ref, digest, &disk, &why);
    }

    if (rc != OCI_IO) {
        partial_done(&partial);
    }

    if (rc == OCI_OK && lseek(disk.fd, 0, SEEK_SET) == 0) {
        *fd = disk.fd;
        return OCI_OK;
    }

    (void) close(disk.fd);

    return (rc == OCI_LIMIT)
           ? oci_error(err, rc, 0, "blob %s is larger than the %llu bytes "
                       "that its descriptor says", digest->text,
                       (unsigned long long) size)
           : oci_error(err, rc, why.sys_errno, "%s", why.text);
}


/* takes up what is there; false: nothing */

static bool
source_disk_begin(source_disk_t *disk, const oci_digest_t *digest)
{
    u_char   buf[FETCH_BLOCK];
    ssize_t  n;

    disk->len = 0;
    oci_hash_init(&disk->hash, digest->alg);

    while ((n = pread(disk->fd, buf, sizeof(buf), (off_t) disk->len)) > 0) {

        if ((uint64_t) n > disk->max - disk->len) {
            source_disk_empty(disk, digest);
            return false;
        }

        oci_hash_update(&disk->hash, buf, (size_t) n);
        disk->len += (uint64_t) n;

        if (disk->share != 0) {
            progress_add((uint64_t) n / disk->share);
        }
    }

    return disk->len != 0;
}


static void
source_disk_empty(source_disk_t *disk, const oci_digest_t *digest)
{
    disk->len = 0;
    oci_hash_init(&disk->hash, digest->alg);
    (void) oci_file_truncate(disk->fd, 0, NULL);
}


/*
 * What is missing, as often as something more arrives.  OCI_MISMATCH: it is
 * whole, and has another digest.
 */

static oci_status_e
source_fetch(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, source_disk_t *disk, oci_error_t *err)
{
    int            tries;
    uint64_t       last;
    oci_digest_t   got;
    oci_status_e   rc;

    rc = (disk->len != 0 && disk->len == disk->max) ? OCI_OK : OCI_IO;

    for (tries = 0; rc == OCI_IO; tries++) {
        last = disk->len;
        memset(err, 0, sizeof(oci_error_t));

        rc = source->backend->blob(source, ref, digest, disk->len,
                                   source_write, disk, err);

        if (rc == OCI_RANGE) {
            source_disk_empty(disk, digest);
            rc = OCI_IO;
        }

        tries = (disk->len > last) ? 0 : tries;

        if (rc == OCI_IO
            && (tries + 1 == SOURCE_TRIES || !transport_again(tries)))
        {
            return rc;
        }
    }

    if (rc != OCI_OK) {
        return rc;
    }

    oci_hash_final(&disk->hash, &got);

    return oci_digest_eq(&got, digest) ? OCI_OK
           : oci_error(err, OCI_MISMATCH, 0, "blob %s has other content: %s",
                       digest->text, got.text);
}


static oci_status_e
source_write(void *data, const u_char *p, size_t len)
{
    size_t          done;
    ssize_t         n;
    source_disk_t  *disk = data;

    if (len > disk->max - disk->len) {
        return OCI_LIMIT;
    }

    oci_hash_update(&disk->hash, p, len);

    for (done = 0; done < len; done += (size_t) n) {
        n = pwrite(disk->fd, p + done, len - done,
                   (off_t) (disk->len + done));

        if (n == -1 && errno == EINTR) {
            n = 0;
        }

        if (n == -1) {
            return OCI_NOSPACE;
        }
    }

    disk->len += len;

    if (disk->share != 0) {
        progress_add(len / disk->share);
    }

    return OCI_OK;
}
