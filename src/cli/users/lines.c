/*
 * Files with a line for each name.
 */

#include "users/lines.h"
#include "oci_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define LINES_MAX  ((size_t) 16 << 20)


static void lines_edit(oci_buf_t *out, const oci_str_t *text,
    const oci_str_t *name, char stop, const oci_str_t *line, bool *found);
static oci_status_e lines_write(oci_pool_t *pool, const char *file,
    const oci_buf_t *text, const struct stat *old, oci_error_t *err);
static bool lines_owned(int fd, const struct stat *old);


oci_status_e
lines_set(oci_pool_t *pool, const char *file, const oci_str_t *name,
    char stop, const oci_str_t *line, bool *found, oci_error_t *err)
{
    bool          there;
    oci_buf_t     out = oci_null_buf;
    oci_str_t     text = oci_null_string;
    struct stat   st;
    oci_status_e  rc;

    there = stat(file, &st) == 0;

    if (there || line == NULL) {
        rc = oci_file_read(pool, file, LINES_MAX, &text, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    lines_edit(&out, &text, name, stop, line, found);

    if (line == NULL && !*found) {
        oci_buf_free(&out);
        return OCI_OK;
    }

    rc = out.failed ? oci_error(err, OCI_NOMEM, 0, "out of memory")
                    : lines_write(pool, file, &out, there ? &st : NULL, err);
    oci_buf_free(&out);

    return rc;
}


static void
lines_edit(oci_buf_t *out, const oci_str_t *text, const oci_str_t *name,
    char stop, const oci_str_t *line, bool *found)
{
    size_t         len;
    const u_char  *p, *end, *next;

    *found = false;
    end = text->data + text->len;

    for (p = text->data; p < end; p = next) {
        next = memchr(p, '\n', (size_t) (end - p));
        next = (next != NULL) ? next + 1 : end;
        len = (size_t) (next - p);

        if (len > name->len && p[name->len] == (u_char) stop
            && memcmp(p, name->data, name->len) == 0)
        {
            if (line != NULL && !*found) {
                oci_buf_addf(out, "%.*s\n", (int) line->len, line->data);
            }

            *found = true;
            continue;
        }

        oci_buf_add(out, p, len);

        if (p[len - 1] != '\n') {
            oci_buf_adds(out, "\n");
        }
    }

    if (line != NULL && !*found) {
        oci_buf_addf(out, "%.*s\n", (int) line->len, line->data);
    }
}


static oci_status_e
lines_write(oci_pool_t *pool, const char *file, const oci_buf_t *text,
    const struct stat *old, oci_error_t *err)
{
    int           fd;
    char         *temp;
    oci_status_e  rc;

    temp = (char *) oci_strf(pool, "%s.%ld.tmp", file, (long) getpid()).data;

    if (temp == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    fd = open(temp, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
    if (fd == -1) {
        return oci_error_errno(err, errno, "cannot make \"%s\"", temp);
    }

    rc = oci_file_write(fd, 0, text->len ? (char *) text->data : "",
                        text->len, err);

    if (rc == OCI_OK && !lines_owned(fd, old)) {
        rc = oci_error_errno(err, errno, "cannot change \"%s\"", temp);
    }

    if (rc == OCI_OK) {
        rc = oci_file_move(fd, temp, file, true, err);
    }

    if (rc != OCI_OK) {
        (void) unlink(temp);
    }

    (void) close(fd);

    return rc;
}


/* nginx's workers must be able to read a new one, as htpasswd makes it */

static bool
lines_owned(int fd, const struct stat *old)
{
    if (old == NULL) {
        return fchmod(fd, 0644) == 0;
    }

    return (fchown(fd, old->st_uid, old->st_gid) == 0 || geteuid() != 0)
           && fchmod(fd, old->st_mode & 0777) == 0;
}
