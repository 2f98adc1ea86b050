/*
 * What verbs that list and remove are about: a registry, a store, or one of
 * their repositories.
 */

#ifndef IMAGES_TARGET_H
#define IMAGES_TARGET_H

#include "command/command.h"
#include "oci_manifest.h"
#include "source/source.h"


typedef struct {
    cmd_t             *cmd;
    source_options_t   options;
    source_t          *source;
    oci_reference_t    ref;             /* repo empty: all of them */
    bool               named;           /* by a tag or a digest */
} target_t;


/*
 * Opens what name says: with a root the name of a repository, or NULL; else
 * HOST or HOST/REPOSITORY.  Both may have a tag or digest.  Otherwise what is
 * wrong is in cmd->err.
 */

oci_status_e target_open(target_t *t, cmd_t *cmd,
    const source_options_t *options, const char *name);

/* "host/repository", or the repository of a store */

oci_str_t target_name(const target_t *t);


/*
 * Calls each for the manifest that ref names and, of an index, for each of its
 * children.  A child that is not there is left out.
 */

typedef oci_status_e (*target_each_pt)(void *data, const oci_digest_t *digest,
    size_t len, const oci_manifest_t *m, oci_error_t *err);

oci_status_e target_walk(target_t *t, const oci_reference_t *ref,
    target_each_pt each, void *data, oci_error_t *err);


#endif /* IMAGES_TARGET_H */
