/*
 * Upload sessions, while they are open.  For oci_upload.c and oci_commit.c
 * alone.
 */

#ifndef OCI_SESSION_H
#define OCI_SESSION_H

#include "oci_fs.h"


typedef struct {
    oci_upload_t  base;
    oci_repo_t    repo;
    oci_str_t     id;
    oci_hash_t    hash;
    oci_hash_t    first_hash;   /* as it was opened */
    uint64_t      first;
    uint64_t      flushed;
    char         *data;
    int           fd;
    int           lock;         /* startedat */
    bool          whole;        /* without a session */
    bool          resumed;      /* the hash state came from a file */
    bool          resting;      /* the lock is let go */
} oci_fs_upload_t;


/* takes the lock again after a rest; OCI_BUSY: it was taken over */

oci_status_e oci_upload_wake(oci_fs_upload_t *u, oci_error_t *err);

/* how long the file is */

oci_status_e oci_upload_measure(oci_fs_upload_t *u, uint64_t *size,
    oci_error_t *err);

/* hashes all that was written anew */

oci_status_e oci_upload_rehash(oci_fs_upload_t *u, oci_alg_e alg,
    oci_error_t *err);

/* ends it, nothing is left */

void oci_upload_end(oci_fs_upload_t *u);


#endif /* OCI_SESSION_H */
