/*
 * Where images are: a registry, a store on disk in its place, or an archive.
 *
 * What the commands do with an image they do through this, so that
 * "--root DIR" works wherever a registry does.  Everything that is fetched
 * is checked against its digest.  Results live in the pool.
 */

#ifndef SOURCE_H
#define SOURCE_H

#include "oci_digest.h"
#include "oci_reference.h"
#include "oci_store.h"
#include "net/transport.h"

#include <jansson.h>


typedef struct {
    transport_options_t  transport;
    const char          *root;          /* a store: no registry is asked */
    const char          *layout;        /* an OCI layout: the same */
    bool                 create;        /* the layout is begun anew */
} source_options_t;


/* in place of a tag: the image that a layout is about */

#define SOURCE_MAIN  "."


typedef struct source_s  source_t;


/* a source will be opened: transport_begin() where that is a registry */

void source_begin(const source_options_t *options);

/* OCI_OK even when no registry answers: that shows with the first request */

oci_status_e source_open(source_t **source, oci_pool_t *pool,
    const source_options_t *options, oci_error_t *err);

/*
 * Tells progress.h of the bytes of blobs that are taken from one source by
 * another, to NULL: by whoever calls; size of each in the end.
 */

void source_watch(source_t *from, source_t *to);

/* for what is no registry (a transparency log, say): the same connections */

transport_t *source_transport(source_t *source);


typedef struct {
    oci_digest_t  digest;
    oci_str_t     content;
    oci_str_t     media_type;
} source_manifest_t;


/*
 * The manifest that ref names by its digest, else by its tag.  OCI_NOT_FOUND:
 * there is none.
 */

oci_status_e source_manifest(source_t *source, const oci_reference_t *ref,
    source_manifest_t *manifest, oci_error_t *err);

/* a blob of at most max bytes, in memory */

oci_status_e source_blob(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err);

/*
 * A descriptor of the whole blob, at its beginning: the store's own file, or
 * one without a name that holds what the registry sent, which is no more than
 * the size that its descriptor says.  The digest holds for the latter; the
 * reader of the former must see to it.  A transfer that is cut goes on where
 * it was, in a later run as well (partial.h).
 */

oci_status_e source_blob_file(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t size, int *fd, oci_error_t *err);

/*
 * Takes a blob from another source, unless it is there already; size is what
 * its descriptor says.  Nothing larger than memory is held in memory, and what
 * was cut goes on where it was.
 */

oci_status_e source_take_blob(source_t *source, const oci_reference_t *ref,
    source_t *other, const oci_reference_t *from, const oci_digest_t *digest,
    uint64_t size, oci_error_t *err);

/* puts a blob into the repository of ref, unless it is there */

oci_status_e source_put_blob(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_error_t *err);

/*
 * Puts a manifest: under the tag of ref, or by its digest when ref has none.
 * A subject is made known to registries without a referrers API by the
 * fallback tag.
 */

oci_status_e source_put_manifest(source_t *source,
    const oci_reference_t *ref, const oci_str_t *content,
    const char *media_type, oci_digest_t *digest, oci_error_t *err);

/*
 * Removes the manifest that ref names by its digest, or else the tag; where a
 * registry deletes no tags, the manifest that the tag names.  OCI_NOT_FOUND.
 */

oci_status_e source_delete(source_t *source, const oci_reference_t *ref,
    oci_error_t *err);

/*
 * Removes the repository of ref with all that it links to.  OCI_INVALID: this
 * kind of source cannot, its tags can be deleted one by one; OCI_EXISTS:
 * somebody is pushing to it.
 */

oci_status_e source_delete_repo(source_t *source, const oci_reference_t *ref,
    oci_error_t *err);

/*
 * Names (oci_str_t): the tags of the repository of ref, or, where ref has no
 * repository, the repositories.  OCI_NOT_FOUND: no such repository.
 */

oci_status_e source_list(source_t *source, const oci_reference_t *ref,
    oci_array_t *names, oci_error_t *err);

/*
 * The descriptors (json_t *, an array that the pool releases) of what refers
 * to digest in the repository of ref, by the API or by the fallback tag.
 */

oci_status_e source_referrers(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, json_t **descriptors, oci_error_t *err);


#endif /* SOURCE_H */
