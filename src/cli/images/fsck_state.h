/*
 * What a check of a store has read already, so that one that was interrupted
 * can go on where it was: <root>/_tally/fsck.state.
 */

#ifndef FSCK_STATE_H
#define FSCK_STATE_H

#include "oci_digest.h"


typedef struct fsck_state_s  fsck_state_t;


/*
 * With resume, what is remembered counts; else it is forgotten.  A root where
 * nothing may be written has no state: OCI_OK, and nothing is remembered.
 */

oci_status_e fsck_state_open(fsck_state_t **state, oci_pool_t *pool,
    const char *root, bool resume, oci_error_t *err);

/* state may be NULL in all of these */

bool fsck_state_has(fsck_state_t *state, const oci_digest_t *digest);
void fsck_state_add(fsck_state_t *state, const oci_digest_t *digest);

/* done: the check has ended, the next one begins anew */

void fsck_state_close(fsck_state_t *state, bool done);


#endif /* FSCK_STATE_H */
