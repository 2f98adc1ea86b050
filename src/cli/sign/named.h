/*
 * The images that a file names, for the verbs that verify them: a list of
 * const char *, each once.
 */

#ifndef SIGN_NAMED_H
#define SIGN_NAMED_H

#include "oci_core.h"


#define NAMED_FILE  ((size_t) 4 << 20)      /* bytes of such a file */


/*
 * Of a Dockerfile: what stages build on, and what they copy or mount from.
 * Stages are no images.  Variables are those of ARG lines, else of the
 * environment.  base: only what the last stage builds on.
 */

oci_status_e dockerfile_images(oci_pool_t *pool, const oci_str_t *text,
    bool base, oci_array_t *names, oci_error_t *err);

/*
 * Of resources of Kubernetes, in YAML: the containers of each.  name is the
 * file's, for errors.
 */

oci_status_e manifest_images(oci_pool_t *pool, const char *name,
    const oci_str_t *text, oci_array_t *names, oci_error_t *err);

/* adds one, unless it is there; OCI_LIMIT: there are too many */

oci_status_e named_add(oci_array_t *names, const char *name,
    oci_error_t *err);


#endif /* SIGN_NAMED_H */
