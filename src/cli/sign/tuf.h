/*
 * A TUF repository, and the folder where what it said is kept: trust that
 * renews itself.
 *
 * The folder is TUF_ROOT, else ~/.sigstore/root, laid out as cosign and
 * sigstore-go have it, so that both may use the same one: remote.json names
 * the mirror, MIRROR/ has the metadata and MIRROR/targets the files.
 */

#ifndef SIGN_TUF_H
#define SIGN_TUF_H

#include "command/command.h"
#include "oci_sign_tuf.h"


#define TUF_TRUSTED_ROOT    "trusted_root.json"
#define TUF_SIGNING_CONFIG  "signing_config.v0.2.json"


typedef struct {
    oci_pool_t      *pool;
    oci_sign_tuf_t   set;
    const char      *mirror;        /* http(s):// or file://, no / behind */
    const char      *top;           /* TUF_ROOT */
    const char      *folder;        /* of this mirror */
    bool             offline;       /* what is kept, and nothing else */
} tuf_t;


/*
 * mirror is a URL or a folder; NULL: the one that was remembered, TUF_MIRROR
 * first.  OCI_NOT_FOUND: none was.
 */

oci_status_e tuf_open(oci_pool_t *pool, const char *mirror, tuf_t *tuf,
    oci_error_t *err);

/*
 * Takes root.json (NULL: the one that is kept, or TUF_ROOT_JSON's;
 * OCI_NOT_FOUND: there is none) and brings all metadata up to date: from the
 * mirror, or, offline, as it was kept.
 */

oci_status_e tuf_update(tuf_t *tuf, const oci_str_t *root, oci_error_t *err);

/* the path of a target, whose content is good; OCI_NOT_FOUND: there is none */

oci_status_e tuf_target(tuf_t *tuf, const char *name, const char **path,
    oci_error_t *err);

/* remembers the mirror */

oci_status_e tuf_remember(const tuf_t *tuf, oci_error_t *err);

/*
 * A target of the repository that was initialized; path is NULL when none
 * was.  What is kept counts until it expires; then, unless offline, the
 * mirror is asked.  OCI_NOT_FOUND: the repository has no such target.
 */

oci_status_e tuf_kept(oci_pool_t *pool, const char *name, bool offline,
    const char **path, oci_error_t *err);

/* reads a file or a URL (http, https, file) of at most max bytes */

oci_status_e tuf_fetch(oci_pool_t *pool, const char *url, size_t max,
    oci_str_t *content, oci_error_t *err);


#endif /* SIGN_TUF_H */
