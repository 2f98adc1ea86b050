/*
 * An image that a signing verb is about, and where its signatures are.
 */

#ifndef SIGN_IMAGE_H
#define SIGN_IMAGE_H

#include "sign/options.h"
#include "source/repository.h"


typedef struct {
    cmd_t              *cmd;
    const char         *name;       /* as it was given */
    repository_t        at;         /* ref: of the image itself */
    repository_t        sigs;       /* the same, or COSIGN_REPOSITORY */
    source_manifest_t   manifest;
} sign_image_t;


/*
 * Opens the repositories; the image itself is not looked at.  OCI_INVALID:
 * "parsing reference: ...".
 */

oci_status_e sign_image_open(sign_image_t *image, cmd_t *cmd,
    const char *name, oci_error_t *err);

/* reads the manifest of an image that is open; OCI_NOT_FOUND */

oci_status_e sign_image_read(sign_image_t *image, oci_error_t *err);

/* both of it, with errors in cmd->err */

oci_status_e sign_image_load(sign_image_t *image, cmd_t *cmd,
    const char *name);

/* for what is no registry: a transparency log */

transport_t *sign_image_transport(const sign_image_t *image);


#endif /* SIGN_IMAGE_H */
