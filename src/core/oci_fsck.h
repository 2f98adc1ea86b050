/*
 * The check of a store: every link, every manifest with all that it refers to
 * and, unless asked not to, every byte; while clients push and pull.
 *
 * What is found damaged is looked at a second time before it is told, so that
 * a push, a delete or a collection beside it is not taken for damage.
 */

#ifndef OCI_FSCK_H
#define OCI_FSCK_H

#include "oci_care.h"


typedef enum {
    /* damage */
    OCI_FSCK_CORRUPT,           /* content that has another digest */
    OCI_FSCK_TRUNCATED,         /* the same, and shorter than it was pushed */
    OCI_FSCK_EMPTY,             /* the same, of no byte */
    OCI_FSCK_LINK,              /* a link that is empty or holds no digest */
    OCI_FSCK_DANGLING,          /* a link to what is not there */
    OCI_FSCK_MISSING,           /* a manifest refers to what is not there */
    OCI_FSCK_SIZE,              /* a manifest tells another size */
    OCI_FSCK_UNACCEPTED,        /* linked as a manifest, and is none */

    /* what costs room alone */
    OCI_FSCK_ORPHAN,            /* content that no manifest refers to */
    OCI_FSCK_UPLOAD,            /* an upload that nobody will go on with */

    /* what cannot be said */
    OCI_FSCK_UNREADABLE
} oci_fsck_kind_e;

const char *oci_fsck_kind(oci_fsck_kind_e kind);        /* "corrupt" */


typedef struct {
    oci_fsck_kind_e   kind;
    oci_str_t         path;             /* of the file, below the root */
    oci_str_t         digest;           /* of the content; empty: none */
    const oci_str_t  *images;           /* REPO:TAG or REPO@DIGEST */
    size_t            nimages;          /* at most OCI_FSCK_IMAGES */
    bool              repaired;
    const char       *why;
} oci_finding_t;

#define OCI_FSCK_IMAGES  100


typedef struct {
    uint64_t  repos;
    uint64_t  manifests;
    uint64_t  contents;
    uint64_t  bytes;                    /* that were hashed */
    uint64_t  known;                    /* contents that known() vouches for */
    uint64_t  damaged;
    uint64_t  repaired;
    uint64_t  idle;                     /* orphans and uploads */
    uint64_t  unreadable;
} oci_fscked_t;


typedef struct {
    bool          repair;
    bool          hash;                 /* read every byte */
    int64_t       now;                  /* ns since 1970 */
    int64_t       idle;                 /* ns: younger orphans are not told */
    int64_t       upload_age;           /* ns: nor are younger uploads */

    void        (*finding)(void *data, const oci_finding_t *finding);

    /*
     * Called after each object and each piece of content, with how many bytes
     * of it were read: may sleep.  Other than OCI_OK ends the check.
     */
    oci_status_e (*pace)(void *data, const oci_fscked_t *sum, size_t bytes);

    /* content that was read before, and what was read now; NULL: nobody */
    bool        (*known)(void *data, const oci_digest_t *digest);
    void        (*good)(void *data, const oci_digest_t *digest);
    void         *data;
} oci_fsck_t;


/*
 * Checks once; blocks for as long as it takes.  With repair: damaged content
 * is set apart, so that a client that asks for it pushes it again; links that
 * can be derived are written again; the referrers of manifests are indexed
 * anew.  OCI_OK whatever was found: sum tells.
 */

oci_status_e oci_fsck(oci_store_t *store, const oci_fsck_t *options,
    oci_fscked_t *sum, oci_error_t *err);


#endif /* OCI_FSCK_H */
