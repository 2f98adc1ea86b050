/*
 * Upload sessions: a blob on its way into the store.
 *
 * A session is a directory of registry:2's tree, so that any worker, any
 * instance, and registry:2 can go on with it.  While a session is open here,
 * nobody else can open it.  All functions block.  An oci_upload_t is for one
 * thread at a time; it lives in the pool, and destroying the pool closes it.
 */

#ifndef OCI_UPLOAD_H
#define OCI_UPLOAD_H

#include "oci_store.h"


#define OCI_UPLOAD_ID_LEN  36           /* a canonical lower-case UUID */


typedef struct oci_upload_s  oci_upload_t;


/* 16 random bytes to the id of a session (RFC 9562, version 4) */

oci_str_t oci_upload_id(oci_pool_t *pool, const u_char random[16]);
bool oci_upload_id_valid(const oci_str_t *id);

/*
 * Begins a session.  now is in seconds since 1970.  alg is the algorithm that
 * the closing digest will probably have.
 */

oci_status_e oci_upload_create(oci_upload_t **upload, oci_store_t *store,
    oci_pool_t *pool, const oci_str_t *repo, const oci_str_t *id,
    oci_alg_e alg, int64_t now, oci_error_t *err);

/*
 * Takes up a session where it stopped.  OCI_NOT_FOUND: no such session, or
 * older than age seconds (0: any age).  OCI_BUSY: somebody is writing to it.
 */

oci_status_e oci_upload_open(oci_upload_t **upload, oci_store_t *store,
    oci_pool_t *pool, const oci_str_t *repo, const oci_str_t *id,
    int64_t now, int64_t age, oci_error_t *err);

/* how many bytes a session holds, without opening it */

oci_status_e oci_upload_status(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, int64_t now, int64_t age,
    uint64_t *offset, oci_error_t *err);

uint64_t oci_upload_offset(const oci_upload_t *upload);

/* appends: hashed and written once */

oci_status_e oci_upload_write(oci_upload_t *upload, const void *data,
    size_t len, oci_error_t *err);

/* puts the hash state away, and lets go of the session */

oci_status_e oci_upload_suspend(oci_upload_t *upload, oci_error_t *err);

/*
 * Ends the session with a blob in the store and linked in the repository.
 * OCI_MISMATCH: the content has another digest; the session is gone then.
 */

oci_status_e oci_upload_commit(oci_upload_t *upload,
    const oci_digest_t *digest, oci_error_t *err);

/* ends the session without one; OCI_NOT_FOUND: there is none */

oci_status_e oci_upload_cancel(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id, oci_error_t *err);

/*
 * Removes all sessions older than age seconds, of all repositories, unless
 * bytes still arrive: the last one must be an hour old.  removed counts them.
 */

oci_status_e oci_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, oci_error_t *err);


#endif /* OCI_UPLOAD_H */
