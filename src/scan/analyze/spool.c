/*
 * A spool: a buffer, then a file.
 */

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


static oci_status_e spool_spill(spool_t *spool, oci_error_t *err);
static int spool_file(void);
static oci_status_e spool_write(spool_t *spool, const u_char *p, size_t len,
    oci_error_t *err);


oci_status_e
spool_add(spool_t *spool, const void *data, size_t len, oci_error_t *err)
{
    oci_status_e  rc;

    if (len > SPOOL_MAX - spool->len) {
        return oci_error(err, OCI_LIMIT, 0, "larger than %llu MB",
                         (unsigned long long) (SPOOL_MAX >> 20));
    }

    spool->len += len;

    if (!spool->spilled && spool->len <= SPOOL_MEMORY) {
        oci_buf_add(&spool->buf, data, len);
        return spool->buf.failed ? oci_nomem(err) : OCI_OK;
    }

    rc = spool->spilled ? OCI_OK : spool_spill(spool, err);

    return (rc == OCI_OK) ? spool_write(spool, data, len, err) : rc;
}


static oci_status_e
spool_spill(spool_t *spool, oci_error_t *err)
{
    oci_status_e  rc;

    spool->fd = spool_file();
    if (spool->fd < 0) {
        return oci_error_errno(err, errno, "cannot make a temporary file, "
                               "set TMPDIR");
    }

    spool->spilled = true;
    rc = spool_write(spool, spool->buf.data, spool->buf.len, err);
    oci_buf_free(&spool->buf);

    return rc;
}


static int
spool_file(void)
{
    int          fd;
    char         path[256];
    const char  *dir;

    dir = getenv("TMPDIR");
    dir = (dir != NULL && *dir != '\0') ? dir : P_tmpdir;
    fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

    if (fd >= 0) {
        return fd;
    }

    /* a file system that has none without a name */

    (void) snprintf(path, sizeof(path), "%.200s/tally.XXXXXX", dir);
    fd = mkostemp(path, O_CLOEXEC);

    if (fd >= 0) {
        (void) unlink(path);
    }

    return fd;
}


static oci_status_e
spool_write(spool_t *spool, const u_char *p, size_t len, oci_error_t *err)
{
    ssize_t  n;

    while (len != 0) {

        n = write(spool->fd, p, len);

        if (n < 0 && errno != EINTR) {
            return oci_error_errno(err, errno, "cannot write a temporary "
                                   "file, set TMPDIR");
        }

        n = (n < 0) ? 0 : n;
        p += n;
        len -= (size_t) n;
    }

    return OCI_OK;
}


oci_status_e
spool_text(spool_t *spool, oci_str_t *text, oci_error_t *err)
{
    if (!spool->spilled) {
        text->data = (spool->buf.len != 0) ? spool->buf.data : (u_char *) "";
        text->len = spool->buf.len;
        return OCI_OK;
    }

    spool->map = mmap(NULL, (size_t) spool->len, PROT_READ, MAP_SHARED,
                      spool->fd, 0);

    if (spool->map == MAP_FAILED) {
        spool->map = NULL;
        return oci_error_errno(err, errno, "cannot map a temporary file");
    }

    text->data = spool->map;
    text->len = (size_t) spool->len;

    return OCI_OK;
}


void
spool_free(spool_t *spool)
{
    oci_buf_free(&spool->buf);

    if (spool->map != NULL) {
        (void) munmap(spool->map, (size_t) spool->len);
    }

    if (spool->spilled) {
        (void) close(spool->fd);
    }
}
