/*
 * The Update Framework: which files a repository says are good, by a root
 * that was trusted before.  Nothing is fetched here, nothing kept.
 *
 * Source: The Update Framework Specification 1.0, sections 4 and 5.  Keys are
 * ed25519, ecdsa (P-256, P-384) and rsa (PSS); signatures are of canonical
 * JSON.  A threshold counts keys, not their ids.  Succinct roles (TAP 15) are
 * not read: what they hold is not found.
 */

#ifndef OCI_SIGN_TUF_H
#define OCI_SIGN_TUF_H

#include "oci_sign_key.h"


/* the most bytes of each, where no other metadata says how many there are */

#define OCI_SIGN_TUF_ROOT       (512 * 1024)
#define OCI_SIGN_TUF_TIMESTAMP  (16 * 1024)
#define OCI_SIGN_TUF_SNAPSHOT   (2 * 1024 * 1024)
#define OCI_SIGN_TUF_TARGETS    (5 * 1024 * 1024)

/* new roots in one update; delegated roles that one file is looked for in */

#define OCI_SIGN_TUF_ROTATIONS  256
#define OCI_SIGN_TUF_ROLES      32

/* keys of a role, signatures of a document */

#define OCI_SIGN_TUF_KEYS       64


/* metadata that was verified; all of it belongs to the pool */

typedef struct {
    oci_pool_t  *pool;
    int64_t      now;           /* seconds since 1970 */
    json_t      *root;          /* signed parts; NULL: not known yet */
    json_t      *timestamp;
    json_t      *snapshot;
    json_t      *targets;       /* of each role, by its name */
} oci_sign_tuf_t;


/* what metadata says of a file */

typedef struct {
    const json_t  *says;        /* length and hashes, of those there are */
    uint64_t       version;     /* 0 for a target */
    size_t         max;         /* bytes */
} oci_sign_tuf_file_t;


/*
 * Reads one document, {"signed": ..., "signatures": ...}: is it metadata of
 * this type ("root", "timestamp", "snapshot", "targets"), of version 1 of the
 * specification?  No signature is looked at.  The document belongs to the
 * pool.
 */

oci_status_e oci_sign_tuf_read(oci_pool_t *pool, const oci_str_t *text,
    const char *type, json_t **document, oci_error_t *err);

/*
 * Is the document signed by as many keys as the role of delegator (the signed
 * part of a root, or of targets) demands?  OCI_DENIED: it is not.
 */

oci_status_e oci_sign_tuf_signed(oci_pool_t *pool, const json_t *document,
    const json_t *delegator, const char *role, oci_error_t *err);


/* OCI_NOMEM alone can go wrong */

oci_status_e oci_sign_tuf_init(oci_sign_tuf_t *tuf, oci_pool_t *pool,
    int64_t now);

/*
 * The four steps of the client's workflow, in their order.  The first root is
 * trusted for its own signatures; each further one has the next version and
 * is signed by both.  OCI_DENIED: signatures, expiry or a version that was
 * newer before; OCI_INVALID: not metadata; OCI_MISMATCH: other hashes.
 *
 * Metadata that was kept is shown first, what the repository says now
 * afterwards.  Expired metadata is refused, and still keeps what comes
 * afterwards from being older.
 */

oci_status_e oci_sign_tuf_root(oci_sign_tuf_t *tuf, const oci_str_t *text,
    oci_error_t *err);

/* OCI_EXISTS: it is the version that was known, which stays */

oci_status_e oci_sign_tuf_timestamp(oci_sign_tuf_t *tuf,
    const oci_str_t *text, oci_error_t *err);

/* kept: it was verified before, by a timestamp that may be gone */

oci_status_e oci_sign_tuf_snapshot(oci_sign_tuf_t *tuf,
    const oci_str_t *text, bool kept, oci_error_t *err);

/* parent: NULL for the role "targets", else the role that delegates to it */

oci_status_e oci_sign_tuf_targets(oci_sign_tuf_t *tuf, const char *role,
    const char *parent, const oci_str_t *text, oci_error_t *err);


/* the file of "snapshot", "targets" or a delegated role; false: none */

bool oci_sign_tuf_meta(const oci_sign_tuf_t *tuf, const char *role,
    oci_sign_tuf_file_t *file);

/* are file names prefixed by versions and hashes? */

bool oci_sign_tuf_consistent(const oci_sign_tuf_t *tuf);


/*
 * Looks for a target in "targets" and the roles that it delegates to, the
 * most trusted first.  load() shows the metadata of a role to
 * oci_sign_tuf_targets().  OCI_NOT_FOUND: there is no such target.
 */

typedef oci_status_e (*oci_sign_tuf_load_pt)(void *data, const char *role,
    const char *parent, oci_error_t *err);

oci_status_e oci_sign_tuf_find(oci_sign_tuf_t *tuf, const char *path,
    oci_sign_tuf_load_pt load, void *data, oci_sign_tuf_file_t *file,
    oci_error_t *err);

/* the hash that a target's name is prefixed with; NULL: none that we know */

const char *oci_sign_tuf_prefix(const oci_sign_tuf_file_t *file);

/* has content the length and every hash that the metadata says? */

oci_status_e oci_sign_tuf_check(const oci_sign_tuf_file_t *file,
    const char *name, const oci_str_t *content, oci_error_t *err);


#endif /* OCI_SIGN_TUF_H */
