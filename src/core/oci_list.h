/*
 * Sorted listings of directories that may be very large.
 *
 * A listing can be remembered under <root>/_tally/lists.  It is derived: as
 * long as the directory has not changed since, a page costs the page; when it
 * has, or when the remembered one is damaged, the directory is read again.
 */

#ifndef OCI_LIST_H
#define OCI_LIST_H

#include "oci_store.h"


#define OCI_LIST_LARGE  1000        /* from here on remembering pays */


typedef struct oci_list_s  oci_list_t;


/*
 * The subdirectories of dir, in byte order.  OCI_NOT_FOUND: no such
 * directory.  The list lives in the pool.
 */

oci_status_e oci_list_open(oci_list_t **list, oci_store_t *store,
    oci_pool_t *pool, const char *dir, oci_error_t *err);

/* true: nothing has changed since the listing was saved */

bool oci_list_unchanged(const oci_list_t *list);

/* the listing that was saved before the last change; NULL: none is known */

oci_list_t *oci_list_before(oci_list_t *list);

/* remembers the listing; failing to costs time, nothing else */

void oci_list_save(oci_list_t *list);

/* the file of a saved listing; its users add suffixes for files beside it */

const char *oci_list_file(const oci_list_t *list);

size_t oci_list_count(const oci_list_t *list);

/*
 * Lines that were made out of what lies below dir, kept beside its listing;
 * time is that of the store's clock, in nanoseconds since 1970, when the
 * making began.  NULL: none are kept, or they are those of another directory.
 * They are as old as they are: whether they are still true the caller knows.
 */

oci_list_t *oci_list_kept(oci_store_t *store, oci_pool_t *pool,
    const char *dir, int64_t *time);

/*
 * Keeps such lines: begun before the first one is made; count of them, each
 * ended by a NUL.  Not to be able to costs time, nothing else.
 */

oci_list_t *oci_list_begin(oci_store_t *store, oci_pool_t *pool,
    const char *dir);
void oci_list_keep(oci_list_t *list, oci_buf_t *lines, size_t count);

/* the index to go on from: the first name after name, or name with equal */

size_t oci_list_seek(const oci_list_t *list, const oci_str_t *name,
    bool equal);

/* the name at pos, which moves on; false at the end; start with 0 */

bool oci_list_next(const oci_list_t *list, size_t *pos, oci_str_t *name);


#endif /* OCI_LIST_H */
