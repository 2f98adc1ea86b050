/*
 * Collection: removes what no image needs any more, while clients push and
 * pull, with other instances and registry:2 beside it.
 *
 * In use is what a manifest of a repository refers to: every manifest that a
 * repository links to or, with untagged, those that a tag leads to: itself,
 * the children of an index, the referrers of a subject, and the signatures
 * that cosign keeps under tags named after it.  What is not in use and was
 * neither written nor needed for the grace period goes: content, and links to
 * content that is gone, untagged manifests, repositories that hold nothing,
 * and uploads that were given up.
 *
 * What cannot be read is never taken for unused: all that its repository
 * links to stays, and a report says so.
 *
 * How content goes safely is said in oci_care.h.
 */

#ifndef OCI_COLLECT_H
#define OCI_COLLECT_H

#include "oci_care.h"


typedef enum {
    OCI_COLLECT_CONTENT,        /* removed; name is its digest */
    OCI_COLLECT_MANIFEST,       /* untagged, unlinked; name is its digest */
    OCI_COLLECT_TAG,            /* a signature's whose subject went */
    OCI_COLLECT_LAYER,          /* a link whose content is gone */
    OCI_COLLECT_REPO,           /* empty */
    OCI_COLLECT_PROBLEM         /* why something stays that might go */
} oci_collect_kind_e;


typedef struct {
    oci_collect_kind_e  kind;
    oci_str_t           repo;           /* empty for content */
    oci_str_t           name;
    uint64_t            size;           /* of content */
    const char         *why;
} oci_collect_event_t;


/* what was seen and done; in a dry run, what would have been */

typedef struct {
    uint64_t  repos;
    uint64_t  manifests;                /* in use */
    uint64_t  contents;                 /* in their place */
    uint64_t  bytes;
    uint64_t  young;                    /* unused, within the grace period */
    uint64_t  restored;                 /* needed again while it was aside */
    uint64_t  removed;
    uint64_t  removed_bytes;
    uint64_t  removed_manifests;
    uint64_t  removed_tags;
    uint64_t  removed_layers;
    uint64_t  removed_repos;
    uint64_t  removed_uploads;
    uint64_t  problems;
} oci_collected_t;


typedef struct {
    int64_t       grace;                /* nanoseconds, at least 0 */
    int64_t       upload_age;           /* seconds; 0: uploads stay */
    int64_t       now;                  /* seconds since 1970, for uploads */
    bool          untagged;
    bool          dry_run;

    /* called for each thing that is removed or a problem; NULL: nobody */
    void        (*event)(void *data, const oci_collect_event_t *event);

    /*
     * Called after each object that was looked at: may sleep, to be gentle.
     * What it returns other than OCI_OK ends the collection and is returned;
     * what was set aside is put back first.  NULL: nobody.
     */
    oci_status_e (*pace)(void *data, const oci_collected_t *sum);
    void         *data;
} oci_collect_t;


/*
 * Collects once; blocks for as long as it takes.  OCI_OK also with problems:
 * sum counts them.  OCI_BUSY: locks do not work here, nothing was done.
 * Memory: 8 bytes for each blob in use, 160 bytes for each of the untagged
 * manifests of one repository and for 131,072 blobs on their way out.
 */

oci_status_e oci_collect(oci_store_t *store, const oci_collect_t *options,
    oci_collected_t *sum, oci_error_t *err);


#endif /* OCI_COLLECT_H */
