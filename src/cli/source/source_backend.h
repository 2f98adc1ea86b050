/*
 * What a kind of source does; for source*.c only.
 */

#ifndef SOURCE_BACKEND_H
#define SOURCE_BACKEND_H

#include "oci_manifest.h"
#include "source/source.h"


#define SOURCE_TRIES         5
#define SOURCE_MANIFEST_MAX  (16 * 1024 * 1024)


typedef struct {
    oci_status_e (*manifest)(source_t *s, const oci_reference_t *ref,
        source_manifest_t *manifest, oci_error_t *err);

    /*
     * A blob as it comes, its first bytes left out; OCI_RANGE: that is not
     * possible here.  Or, where blobs are files, one opened.
     */

    oci_status_e (*blob)(source_t *s, const oci_reference_t *ref,
        const oci_digest_t *digest, uint64_t from, transport_sink_pt sink,
        void *data, oci_error_t *err);
    oci_status_e (*file)(source_t *s, const oci_reference_t *ref,
        const oci_digest_t *digest, int *fd, oci_error_t *err);

    bool (*has)(source_t *s, const oci_reference_t *ref,
        const oci_digest_t *digest);
    oci_status_e (*put_blob)(source_t *s, const oci_reference_t *ref,
        const oci_digest_t *digest, const oci_str_t *content,
        oci_error_t *err);

    /* ref has the digest, and maybe a tag; known: the subject was noted */

    oci_status_e (*put_manifest)(source_t *s, const oci_reference_t *ref,
        const oci_str_t *content, const char *media_type,
        const oci_manifest_t *m, bool *known, oci_error_t *err);

    /* NULL: nothing can be deleted here */

    oci_status_e (*delete)(source_t *s, const oci_reference_t *ref,
        oci_error_t *err);

    /* NULL: the tags of a repository have to be deleted, one by one */

    oci_status_e (*delete_repo)(source_t *s, const oci_reference_t *ref,
        oci_error_t *err);

    /* NULL: there are no lists here */

    oci_status_e (*list)(source_t *s, const oci_reference_t *ref,
        oci_array_t *names, oci_error_t *err);

    /* OCI_NOT_FOUND: there is no referrers API */

    oci_status_e (*referrers)(source_t *s, const oci_reference_t *ref,
        const oci_digest_t *digest, json_t *descriptors, oci_error_t *err);
} source_backend_t;


struct source_s {
    oci_pool_t                  *pool;
    const source_backend_t      *backend;
    const transport_options_t   *transport_options;
    transport_t                 *transport;
    oci_store_t                 *store;
    const char                  *layout;
    unsigned                     share;     /* of source_watch() */
};


extern const source_backend_t  source_registry;
extern const source_backend_t  source_store;
extern const source_backend_t  source_layout;

/* with create, the folder's index is begun anew */

oci_status_e source_layout_open(source_t *s, const char *dir, bool create,
    oci_error_t *err);

/*
 * Unpacks what is small of a layout in a tar into a folder, which goes with
 * the pool.  OCI_INVALID: not a tar, or a damaged one; OCI_LIMIT.
 */

oci_status_e source_archive_open(oci_pool_t *pool, const char *file,
    const char **dir, oci_error_t *err);


#endif /* SOURCE_BACKEND_H */
