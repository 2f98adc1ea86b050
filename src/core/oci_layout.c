/*
 * Where things lie in registry:2's tree, and the links in it.
 */

#include "oci_layout.h"
#include "oci_file.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define OCI_LAYOUT_TAIL  768            /* a tag and two digests at most */

/*
 * registry 2.8 truncates a link before it writes it again, so a link that
 * is empty and was changed just now is looked at so many times more: a busy
 * machine may stop that registry in between for some tens of milliseconds.
 */
#define OCI_LINK_TRIES   100
#define OCI_LINK_PAUSE   1000           /* microseconds */


static bool oci_link_young(const char *path);


bool
oci_store_syncs(const oci_store_t *store)
{
    return (store->flags & OCI_STORE_SYNC) != 0;
}


char *
oci_layout_blob(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    const char  *hex;

    hex = oci_digest_hex(digest);

    return (char *) oci_strf(pool, "%s/blobs/%s/%.2s/%s/data", store->tree,
                             oci_alg_name(digest->alg), hex, hex).data;
}


char *
oci_layout_repo(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const char *fmt, ...)
{
    int      n;
    char     tail[OCI_LAYOUT_TAIL];
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(tail, sizeof(tail), fmt, args);
    va_end(args);

    if (n < 0 || n >= (int) sizeof(tail)) {
        return NULL;
    }

    return (char *) oci_strf(pool, "%s/repositories/%.*s%s", store->tree,
                             (int) repo->len, repo->data, tail).data;
}


char *
oci_layout_layer(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest)
{
    return oci_layout_repo(store, pool, repo, "/_layers/%s/%s/link",
                           oci_alg_name(digest->alg), oci_digest_hex(digest));
}


char *
oci_layout_revision(const oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest)
{
    return oci_layout_repo(store, pool, repo,
                           "/_manifests/revisions/%s/%s/link",
                           oci_alg_name(digest->alg), oci_digest_hex(digest));
}


oci_status_e
oci_link_read(oci_pool_t *pool, const char *path, oci_digest_t *digest,
    oci_error_t *err)
{
    int           tries;
    oci_status_e  rc;

    for (tries = 0; tries < OCI_LINK_TRIES; tries++) {
        rc = oci_link_try(pool, path, digest, err);

        if (rc != OCI_BUSY) {
            return rc;
        }

        (void) usleep(OCI_LINK_PAUSE);
    }

    return oci_error(err, OCI_NOT_FOUND, 0, "damaged link \"%s\"", path);
}


oci_status_e
oci_link_try(oci_pool_t *pool, const char *path, oci_digest_t *digest,
    oci_error_t *err)
{
    oci_str_t     content;
    oci_status_e  rc;

    rc = oci_file_read(pool, path, OCI_LINK_MAX, &content, err);

    if (rc == OCI_OK && content.len == 0 && oci_link_young(path)) {
        return OCI_BUSY;
    }

    if (rc == OCI_LIMIT
        || (rc == OCI_OK && oci_digest_parse(digest, &content) != OCI_OK))
    {
        return oci_error(err, OCI_NOT_FOUND, 0, "damaged link \"%s\"", path);
    }

    return rc;
}


static bool
oci_link_young(const char *path)
{
    struct stat  st;

    return stat(path, &st) == 0 && time(NULL) - st.st_mtime <= 1;
}


oci_status_e
oci_layer_link(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_digest_t *digest, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_layout_make_repo(store, pool, repo, err);
    if (rc != OCI_OK) {
        return rc;
    }

    return oci_file_publish(oci_layout_layer(store, pool, repo, digest),
                            digest->text, digest->len,
                            oci_store_syncs(store), err);
}


oci_status_e
oci_layout_make_repo(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_mkdirs(oci_layout_repo(store, pool, repo, "/_layers"),
                         oci_store_syncs(store), err);
    if (rc != OCI_OK) {
        return rc;
    }

    return oci_file_mkdirs(oci_layout_repo(store, pool, repo, "/_manifests"),
                           oci_store_syncs(store), err);
}


oci_status_e
oci_revision_read(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content, oci_error_t *err)
{
    oci_digest_t  target;
    oci_status_e  rc;

    rc = oci_link_read(pool, oci_layout_revision(store, pool, repo, digest),
                       &target, err);

    if (rc != OCI_OK) {
        return rc;
    }

    return oci_file_read(pool, oci_layout_blob(store, pool, &target), max,
                         content, err);
}
