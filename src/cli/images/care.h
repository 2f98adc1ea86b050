/*
 * What the verbs that care for a store share.
 */

#ifndef IMAGES_CARE_H
#define IMAGES_CARE_H

#include "command/command.h"
#include "oci_store.h"


/*
 * Opens the store at root, which must be there: a folder that was named by
 * mistake is not taken for an empty store.  Otherwise what is wrong is in
 * cmd->err, with what to do.
 */

oci_status_e care_store_open(cmd_t *cmd, const char *root, unsigned flags,
    oci_store_t **store);


#endif /* IMAGES_CARE_H */
