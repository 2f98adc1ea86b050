/*
 * What the verbs that care for a store share.
 */

#ifndef IMAGES_CARE_H
#define IMAGES_CARE_H

#include "command/command.h"
#include "oci_care.h"


/*
 * Opens the store at root, which must be there: a folder that was named by
 * mistake is not taken for an empty store.  Otherwise what is wrong is in
 * cmd->err, with what to do.
 */

oci_status_e care_store_open(cmd_t *cmd, const char *root, unsigned flags,
    oci_store_t **store);


/* how much is there: what a line of progress counts to */

typedef struct {
    uint64_t  manifests;
    uint64_t  blobs;
    uint64_t  bytes;
} care_size_t;


/*
 * Counts, which takes a fraction of what a collection or a check does.  blob:
 * is this one to be counted?  NULL: all of them.
 */

oci_status_e care_measure(oci_store_t *store, care_size_t *size,
    bool (*blob)(void *data, const oci_digest_t *digest), void *data,
    oci_error_t *err);


#endif /* IMAGES_CARE_H */
