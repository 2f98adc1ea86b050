/*
 * Files that a command reads or writes as a whole.
 */

#include "command/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define FILE_CHUNK  16384


static oci_status_e file_fill(int fd, const char *name, size_t max,
    oci_buf_t *b, oci_error_t *err);


oci_status_e
file_read(oci_pool_t *pool, const char *name, oci_str_t *text,
    oci_error_t *err)
{
    return file_read_max(pool, name, FILE_MAX, text, err);
}


oci_status_e
file_read_max(oci_pool_t *pool, const char *name, size_t max,
    oci_str_t *text, oci_error_t *err)
{
    int           fd;
    oci_buf_t     b = oci_null_buf;
    oci_status_e  rc;

    fd = (strcmp(name, "-") == 0) ? STDIN_FILENO : open(name, O_RDONLY
                                                              | O_CLOEXEC);

    if (fd == -1) {
        return oci_error_errno(err, errno, "open %s", name);
    }

    rc = file_fill(fd, name, max, &b, err);

    if (fd != STDIN_FILENO) {
        (void) close(fd);
    }

    if (rc == OCI_OK) {
        *text = oci_str_dup(pool, b.data != NULL ? b.data : (u_char *) "",
                            b.len);
        rc = (text->data != NULL) ? OCI_OK
             : oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (b.data != NULL) {
        OPENSSL_cleanse(b.data, b.len);
    }

    oci_buf_free(&b);

    return rc;
}


/* it may be a password: what is outgrown is wiped, as realloc() would not */

static oci_status_e
file_fill(int fd, const char *name, size_t max, oci_buf_t *b,
    oci_error_t *err)
{
    u_char   *data;
    ssize_t   n;

    do {
        if (b->len == b->nalloc) {
            data = malloc(b->nalloc != 0 ? b->nalloc * 2 : FILE_CHUNK);

            if (data == NULL) {
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }

            if (b->data != NULL) {
                memcpy(data, b->data, b->len);
                OPENSSL_cleanse(b->data, b->len);
                free(b->data);
            }

            b->data = data;
            b->nalloc = (b->nalloc != 0) ? b->nalloc * 2 : FILE_CHUNK;
        }

        n = read(fd, b->data + b->len, b->nalloc - b->len);

        if (n < 0) {
            return oci_error_errno(err, errno, "read %s", name);
        }

        b->len += (size_t) n;

    } while (n != 0 && b->len <= max);

    return (b->len <= max) ? OCI_OK
           : oci_error(err, OCI_LIMIT, 0, "%s is larger than %zu MiB", name,
                       max >> 20);
}


oci_status_e
file_write(const char *name, const oci_str_t *text, int mode,
    oci_error_t *err)
{
    int      fd;
    size_t   done;
    ssize_t  n;

    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    if (fd == -1) {
        return oci_error_errno(err, errno, "open %s", name);
    }

    /* a file that was there keeps its mode, which may be too wide */

    if (mode == 0600 && fchmod(fd, 0600) != 0) {
        (void) close(fd);
        return oci_error_errno(err, errno, "chmod %s", name);
    }

    for (done = 0; done < text->len; done += (size_t) n) {
        n = write(fd, text->data + done, text->len - done);

        if (n <= 0) {
            (void) close(fd);
            return oci_error_errno(err, errno, "write %s", name);
        }
    }

    if (close(fd) != 0) {
        return oci_error_errno(err, errno, "write %s", name);
    }

    return OCI_OK;
}
