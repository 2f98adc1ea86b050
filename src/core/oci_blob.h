/*
 * Content by its digest.  For the file system's backend alone.
 */

#ifndef OCI_BLOB_H
#define OCI_BLOB_H

#include "oci_fs.h"


/*
 * Where the content of blob->digest lies, and how large it is; renews its
 * lease: what is found stays.  What was set aside is brought back; with
 * repo->nowait that is OCI_BUSY.
 */

oci_status_e oci_blob_keep(const oci_repo_t *repo, oci_blob_t *blob,
    oci_error_t *err);

/* the same for what a link leads to; OCI_NOT_FOUND: there is no such link */

oci_status_e oci_blob_renew(const oci_repo_t *repo, const char *link,
    oci_error_t *err);


#endif /* OCI_BLOB_H */
