/*
 * Upload sessions: a blob on its way into the store.
 *
 * A session belongs to the store's backend: any worker and any instance can
 * go on with it, and of the file system's also registry:2.  All functions
 * block.  An oci_upload_t is for one thread at a time; it lives in the pool
 * of the oci_repo_t, and destroying that lets go of it.
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
 * Makes a session that oci_upload_open() finds, and holds nothing of it.  now
 * is in seconds since 1970.  alg is the algorithm that the closing digest
 * will probably have.  OCI_EXISTS: there is one of that id.
 */

oci_status_e oci_upload_create(const oci_repo_t *repo, const oci_str_t *id,
    oci_alg_e alg, int64_t now, oci_error_t *err);

/*
 * Takes up a session where it stopped.  OCI_NOT_FOUND: no such session, or
 * older than age seconds (0: any age).  OCI_BUSY: somebody is writing to it.
 */

oci_status_e oci_upload_open(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, int64_t now, int64_t age, oci_error_t *err);

/*
 * Begins an upload that comes whole and has no session: nobody else sees it,
 * and nothing is left of it when it fails.  id makes its name its own.
 */

oci_status_e oci_upload_whole(oci_upload_t **upload, const oci_repo_t *repo,
    const oci_str_t *id, oci_alg_e alg, oci_error_t *err);

/* how many bytes a session holds, without opening it */

oci_status_e oci_upload_status(const oci_repo_t *repo, const oci_str_t *id,
    int64_t now, int64_t age, uint64_t *offset, oci_error_t *err);

uint64_t oci_upload_offset(const oci_upload_t *upload);

/*
 * Appends: hashed and written once.  OCI_BUSY: somebody took the session over
 * after oci_upload_rest().
 */

oci_status_e oci_upload_write(oci_upload_t *upload, const void *data,
    size_t len, oci_error_t *err);

/*
 * Nothing arrives for now: whoever opens the session may have it.  Otherwise
 * the next call goes on as if nothing had been.
 */

oci_status_e oci_upload_rest(oci_upload_t *upload, oci_error_t *err);

/* forgets all that was written since it was opened: it was refused */

oci_status_e oci_upload_refuse(oci_upload_t *upload, oci_error_t *err);

/*
 * Lets go of the session, so that it can be taken up with little work.  Of an
 * upload without a session nothing is left.
 */

oci_status_e oci_upload_suspend(oci_upload_t *upload, oci_error_t *err);

/*
 * Ends the session with a blob in the store and linked in the repository.
 * OCI_MISMATCH: the content has another digest; the session is gone then.
 * It is also gone when the disk was full or failed: what it holds then is
 * not known, or keeps the disk full.
 */

oci_status_e oci_upload_commit(oci_upload_t *upload,
    const oci_digest_t *digest, oci_error_t *err);

/* ends the session without one; OCI_NOT_FOUND: there is none */

oci_status_e oci_upload_cancel(const oci_repo_t *repo, const oci_str_t *id,
    oci_error_t *err);

/*
 * Removes all sessions older than age seconds, of all repositories, unless
 * bytes still arrive: the last one must be an hour old.  removed counts them;
 * open, unless it is NULL, counts the sessions that stay.  With age 0 all do.
 */

oci_status_e oci_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, size_t *open, oci_error_t *err);


#endif /* OCI_UPLOAD_H */
