/*
 * Where things lie in registry:2's tree, and what we keep beside it.
 */

#include "oci_layout.h"

#include <stdio.h>


#define OCI_LAYOUT_TAIL  768            /* a tag and two digests at most */


static char *oci_layout_content(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, const char *name);
static char *oci_layout_below(oci_pool_t *pool, const char *base,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));


char *
oci_layout_blob(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    return oci_layout_content(store, pool, digest, OCI_LAYOUT_DATA);
}


/* beside its place: one rename, on one file system; registry:2 skips it */

char *
oci_layout_aside(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    return oci_layout_content(store, pool, digest, OCI_LAYOUT_ASIDE);
}


char *
oci_layout_damaged(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    return oci_layout_content(store, pool, digest, "damaged");
}


static char *
oci_layout_content(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest, const char *name)
{
    const char  *hex;

    hex = oci_digest_hex(digest);

    return oci_layout_below(pool, oci_fs(store)->tree, "/blobs/%s/%.2s/%s/%s",
                            oci_alg_name(digest->alg), hex, hex, name);
}


char *
oci_layout_blobs(const oci_store_t *store, oci_pool_t *pool)
{
    return oci_layout_below(pool, oci_fs(store)->tree, "/blobs");
}


char *
oci_layout_repo(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_fs(repo->store)->tree,
                            "/repositories/%.*s", (int) repo->name.len,
                            repo->name.data);
}


char *
oci_layout_layers(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo), "/_layers");
}


char *
oci_layout_layers_of(const oci_repo_t *repo, oci_alg_e alg)
{
    return oci_layout_below(repo->pool, oci_layout_layers(repo), "/%s",
                            oci_alg_name(alg));
}


char *
oci_layout_layer(const oci_repo_t *repo, const oci_digest_t *digest)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo),
                            "/_layers/%s/%s/link", oci_alg_name(digest->alg),
                            oci_digest_hex(digest));
}


char *
oci_layout_manifests(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo), "/_manifests");
}


char *
oci_layout_revisions_of(const oci_repo_t *repo, oci_alg_e alg)
{
    return oci_layout_below(repo->pool, oci_layout_manifests(repo),
                            "/revisions/%s", oci_alg_name(alg));
}


char *
oci_layout_revision_dir(const oci_repo_t *repo, const oci_digest_t *digest)
{
    return oci_layout_below(repo->pool,
                            oci_layout_revisions_of(repo, digest->alg),
                            "/%s", oci_digest_hex(digest));
}


char *
oci_layout_revision(const oci_repo_t *repo, const oci_digest_t *digest)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo),
                            "/_manifests/revisions/%s/%s/link",
                            oci_alg_name(digest->alg),
                            oci_digest_hex(digest));
}


char *
oci_layout_tags(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_layout_manifests(repo), "/tags");
}


char *
oci_layout_tag(const oci_repo_t *repo, const oci_str_t *tag)
{
    return oci_layout_below(repo->pool, oci_layout_tags(repo), "/%.*s",
                            (int) tag->len, tag->data);
}


char *
oci_layout_tag_current(const oci_repo_t *repo, const oci_str_t *tag)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo),
                            "/_manifests/tags/%.*s/current/link",
                            (int) tag->len, tag->data);
}


char *
oci_layout_tag_index(const oci_repo_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest)
{
    return oci_layout_below(repo->pool, oci_layout_tag(repo, tag),
                            "/index/%s/%s/link", oci_alg_name(digest->alg),
                            oci_digest_hex(digest));
}


char *
oci_layout_tag_history(const oci_repo_t *repo, const oci_str_t *tag,
    oci_alg_e alg)
{
    return oci_layout_below(repo->pool, oci_layout_tag(repo, tag),
                            "/index/%s", oci_alg_name(alg));
}


char *
oci_layout_referrers(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo), "/_referrers");
}


char *
oci_layout_subject(const oci_repo_t *repo, const oci_digest_t *subject,
    oci_alg_e alg)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo),
                            "/_referrers/subjects/%s/%s/%s",
                            oci_alg_name(subject->alg),
                            oci_digest_hex(subject), oci_alg_name(alg));
}


char *
oci_layout_referrer(const oci_repo_t *repo, const oci_digest_t *subject,
    const oci_digest_t *digest)
{
    return oci_layout_below(repo->pool,
                            oci_layout_subject(repo, subject, digest->alg),
                            "/%s/link", oci_digest_hex(digest));
}


char *
oci_layout_uploads(const oci_repo_t *repo)
{
    return oci_layout_below(repo->pool, oci_layout_repo(repo), "/_uploads");
}


char *
oci_layout_upload(const oci_repo_t *repo, const oci_str_t *id)
{
    return oci_layout_below(repo->pool, oci_layout_uploads(repo), "/%.*s",
                            (int) id->len, id->data);
}


/* a name that is no id: registry:2 does not look at it */

char *
oci_layout_upload_whole(const oci_repo_t *repo, const oci_str_t *id)
{
    return oci_layout_below(repo->pool, oci_layout_uploads(repo), "/%.*s.tmp",
                            (int) id->len, id->data);
}


char *
oci_layout_upload_file(const oci_repo_t *repo, const oci_str_t *id,
    const char *name)
{
    return oci_layout_below(repo->pool, oci_layout_upload(repo, id), "/%s",
                            name);
}


char *
oci_layout_list(const oci_store_t *store, oci_pool_t *pool, const char *id)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/lists/%s",
                            id);
}


char *
oci_layout_trial(const oci_store_t *store, oci_pool_t *pool)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/trial");
}


char *
oci_layout_hold(const oci_store_t *store, oci_pool_t *pool)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/hold");
}


char *
oci_layout_drain(const oci_store_t *store, oci_pool_t *pool)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/drain");
}


char *
oci_layout_leases(const oci_store_t *store, oci_pool_t *pool)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/leases");
}


char *
oci_layout_lease(const oci_store_t *store, oci_pool_t *pool,
    const oci_digest_t *digest)
{
    const char  *hex;

    hex = oci_digest_hex(digest);

    return oci_layout_below(pool, oci_layout_leases(store, pool),
                            "/%s/%.2s/%s", oci_alg_name(digest->alg), hex,
                            hex);
}


char *
oci_layout_own(const oci_store_t *store, oci_pool_t *pool, const char *name)
{
    return oci_layout_below(pool, oci_fs(store)->root, "/_tally/%s", name);
}


static char *
oci_layout_below(oci_pool_t *pool, const char *base, const char *fmt, ...)
{
    int      n;
    char     tail[OCI_LAYOUT_TAIL];
    va_list  args;

    va_start(args, fmt);
    n = oci_vformat(tail, sizeof(tail), fmt, args);
    va_end(args);

    if (base == NULL || n < 0 || n >= (int) sizeof(tail)) {
        return NULL;
    }

    return (char *) oci_strf(pool, "%s%s", base, tail).data;
}
