/*
 * Verifying images by their names, for the verbs that find the names.
 */

#ifndef SIGN_VERIFY_IMAGES_H
#define SIGN_VERIFY_IMAGES_H

#include "sign/options.h"


/*
 * Says what was found (const char *), and verifies all of it, with the flags
 * of verify, one after the other; gives the exit status.
 */

int cmd_verify_found(cmd_t *cmd, const oci_array_t *names,
    const char *where);


#endif /* SIGN_VERIFY_IMAGES_H */
