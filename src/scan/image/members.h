/*
 * Named files inside of a directory or of a tar, compressed or not: what an
 * image archive is made of.  Nothing is unpacked; a member is read where it
 * lies.
 */

#ifndef OCI_SCAN_IMAGE_MEMBERS_H
#define OCI_SCAN_IMAGE_MEMBERS_H

#include "stream.h"


typedef struct box_s  box_t;

/*
 * Opens path.  OCI_NOT_FOUND: there is no such file; OCI_INVALID: neither a
 * directory nor a tar.  The box is closed with the pool.  A box may be used
 * by several threads once it is open, unless it is a compressed tar.
 */

oci_status_e box_open(box_t **box, oci_pool_t *pool,
    const char *path, oci_error_t *err);

bool box_has(box_t *box, const char *name);

/* members of a compressed tar can only be read one at a time */

bool box_serial(const box_t *box);

/*
 * The whole of a small member, in pool.  OCI_NOT_FOUND, or OCI_LIMIT when it
 * has more than max bytes.
 */

oci_status_e box_load(box_t *box, oci_pool_t *pool,
    const char *name, size_t max, oci_str_t *text, oci_error_t *err);

/* a reader over a member; its close() must be called */

oci_status_e box_reader(box_t *box, const char *name,
    oci_scan_reader_t *reader, uint64_t *size, oci_error_t *err);


#endif /* OCI_SCAN_IMAGE_MEMBERS_H */
