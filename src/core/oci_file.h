/*
 * Files that are whole or absent: the only place that renames and syncs.
 *
 * Every function may block.  A path of NULL stands for "no memory was left to
 * build it" and gives OCI_NOMEM, so that callers need not check each path.
 * Errors name the path.  What root makes belongs to whom the folder belongs
 * to that it is made in.
 */

#ifndef OCI_FILE_H
#define OCI_FILE_H

#include "oci_core.h"


/* said outright, not left to the umask: nginx's is 0 */

#define OCI_FILE_MODE  0644
#define OCI_DIR_MODE   0755


/*
 * Reads a regular file of at most max bytes into the pool.  OCI_NOT_FOUND: no
 * such file, or not a regular one.  OCI_LIMIT: larger than max.
 */

oci_status_e oci_file_read(oci_pool_t *pool, const char *path, size_t max,
    oci_str_t *content, oci_error_t *err);

/*
 * Makes path hold exactly data: a temporary file beside it, renamed over it;
 * missing directories are made.  Readers see the old content or the new.
 * With sync, content and every directory entry that leads to it are on disk
 * when this returns OCI_OK.
 */

oci_status_e oci_file_publish(const char *path, const void *data, size_t len,
    bool sync, oci_error_t *err);

/*
 * Moves the file from, open as fd, to path, which is replaced if it exists;
 * copies when they lie on different file systems.  The same promises.
 */

oci_status_e oci_file_move(int fd, const char *from, const char *path,
    bool sync, oci_error_t *err);

/* starts writing out what was written, without waiting for it */

void oci_file_flush(int fd, uint64_t offset, uint64_t len);

/* makes a directory and its parents; with sync they survive a crash */

oci_status_e oci_file_mkdirs(const char *path, bool sync, oci_error_t *err);

/* removes one file; OCI_NOT_FOUND when there is none */

oci_status_e oci_file_remove(const char *path, bool sync, oci_error_t *err);

/* removes a directory and all below it, following no link; absent is OCI_OK */

oci_status_e oci_file_remove_tree(const char *path, bool sync,
    oci_error_t *err);

bool oci_file_is_dir(const char *path);

/* writes all of data at offset; the file's own position is not used */

oci_status_e oci_file_write(int fd, uint64_t offset, const void *data,
    size_t len, oci_error_t *err);


#endif /* OCI_FILE_H */
