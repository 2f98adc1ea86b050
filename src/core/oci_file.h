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

#include "oci_store.h"

#include <fcntl.h>
#include <sys/stat.h>


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
 * Reads up to len bytes from offset on; n is how many there were.  With
 * nowait OCI_BUSY, if any of them had to come from a disk or a server.
 */

oci_status_e oci_file_read_at(const char *path, bool nowait, uint64_t offset,
    void *buf, size_t len, size_t *n, oci_error_t *err);

/* the state of a regular file, and its size unless that is NULL */

oci_status_e oci_file_mark(const char *path, oci_mark_t *mark, uint64_t *size,
    oci_error_t *err);

/*
 * The same two without waiting for a disk or a server: OCI_BUSY, the kernel
 * does not have it in memory.  Where it cannot tell (before Linux 5.12) they
 * may wait.  The length of content is max at most.
 */

/*
 * How large a file is now, open as fd or, with -1, at path.  A file that
 * another machine writes to too looks as it was for a second or longer: this
 * asks the server of a network file system.
 */

oci_status_e oci_file_size(int fd, const char *path, uint64_t *size,
    oci_error_t *err);


oci_status_e oci_file_read_cached(oci_pool_t *pool, const char *path,
    size_t max, oci_str_t *content, oci_error_t *err);
oci_status_e oci_file_mark_cached(const char *path, oci_mark_t *mark,
    uint64_t *size, oci_error_t *err);

/*
 * Whether path is on a disk of this machine or in its memory: to look at what
 * was looked at a moment ago waits for nobody there.  Not to be taken for a
 * proof: what is not known to be so is not.
 */

bool oci_file_local(const char *path);

bool oci_file_is_dir(const char *path);
bool oci_file_exists(const char *path);         /* whatever it is */

/* is path a name of the open file? */

bool oci_file_same(int fd, const char *path);

/* nanoseconds since 1970 */

int64_t oci_file_time(const struct timespec *t);

/* when path was made, so; 0: there is none, or its file system does not tell */

int64_t oci_file_born(const char *path);

/* "/" for "/name", "." for "name"; false for "/"; dir may be path itself */

bool oci_file_parent(const char *path, char *dir);

/*
 * Opens a file; with O_CREAT its missing directories are made, nothing is
 * synced.  OCI_EXISTS: with O_EXCL, it is there.
 */

oci_status_e oci_file_open(const char *path, int flags, int *fd,
    oci_error_t *err);

/*
 * A lock of the open file, not of the process: it also keeps two threads
 * apart, and ends with the descriptor.  OCI_BUSY: another has it.  OCI_NOMEM:
 * errno says why there is none.  A file system without locks goes without.
 */

oci_status_e oci_file_lock(int fd);
void oci_file_unlock(int fd);

/*
 * Makes path hold exactly data: a temporary file beside it, renamed over it;
 * missing directories are made.  Readers see the old content or the new.
 * With sync, content, its directory's entry and those of the directories that
 * were made here are on disk when this returns OCI_OK; a store knows more, and
 * writes by oci_batch.h.
 */

oci_status_e oci_file_publish(const char *path, const void *data, size_t len,
    bool sync, oci_error_t *err);

/*
 * Moves the file from, open as fd, to path, which is replaced if it exists;
 * copies when they lie on different file systems.  The same promises.
 */

oci_status_e oci_file_move(int fd, const char *from, const char *path,
    bool sync, oci_error_t *err);

/*
 * The steps of it, for a batch.  oci_file_temp() makes a whole temporary file
 * beside path, whose name it puts into temp (PATH_MAX), synced or not.
 * oci_file_place() gives a file its place, by copying where it must, and syncs
 * no directory.
 */

oci_status_e oci_file_temp(const char *path, const void *data, size_t len,
    bool sync, char *temp, oci_error_t *err);
oci_status_e oci_file_place(int fd, const char *from, const char *path,
    bool sync, oci_error_t *err);

/* OCI_IO: what the disk holds is not known, and another sync does not tell */

oci_status_e oci_file_sync(int fd, const char *path, oci_error_t *err);

/* one directory; OCI_NOT_FOUND, without an error: its parent is missing */

oci_status_e oci_file_mkdir(const char *path, bool *made, oci_error_t *err);

/* starts writing out what was written, without waiting for it */

void oci_file_flush(int fd, uint64_t offset, uint64_t len);

/* makes a directory and its parents; with sync those made survive a crash */

oci_status_e oci_file_mkdirs(const char *path, bool sync, oci_error_t *err);

/* removes one file; OCI_NOT_FOUND when there is none */

oci_status_e oci_file_remove(const char *path, bool sync, oci_error_t *err);

/* removes a directory and all below it, following no link; absent is OCI_OK */

oci_status_e oci_file_remove_tree(const char *path, bool sync,
    oci_error_t *err);

/* renames within a directory; with sync that survives a crash */

oci_status_e oci_file_rename(const char *from, const char *to, bool sync,
    oci_error_t *err);

/* writes all of data at offset; the file's own position is not used */

oci_status_e oci_file_write(int fd, uint64_t offset, const void *data,
    size_t len, oci_error_t *err);

oci_status_e oci_file_truncate(int fd, uint64_t size, oci_error_t *err);


#endif /* OCI_FILE_H */
