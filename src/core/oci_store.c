/*
 * The store: blobs, tags and manifests in registry:2's tree.
 */

#include "oci_store.h"
#include "oci_file.h"
#include "oci_layout.h"
#include "oci_list.h"
#include "oci_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


static oci_status_e oci_blob_stat(oci_store_t *store, oci_pool_t *pool,
    oci_blob_t *blob, oci_error_t *err);
static int oci_repo_lock(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, int how);
static void oci_repo_unlock(int fd);
static bool oci_manifest_in_layers(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content);
static bool oci_tags_bound(const oci_manifest_put_t *put);
static oci_status_e oci_tags_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_error_t *err);
static bool oci_tags_know(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest);
static oci_status_e oci_manifest_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);
static oci_status_e oci_part_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, const oci_descriptor_t *part,
    oci_array_t *missing, oci_error_t *err);
static oci_status_e oci_part_find(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_descriptor_t *part, oci_error_t *err);
static oci_status_e oci_manifest_write(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_error_t *err);
static oci_status_e oci_tag_write(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *tag, const oci_digest_t *digest,
    oci_error_t *err);
static oci_status_e oci_tags_remove(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_tag_remove(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *tag, oci_error_t *err);


oci_status_e
oci_store_open(oci_store_t **store, oci_pool_t *pool, const char *root,
    unsigned flags, oci_error_t *err)
{
    oci_str_t     s;
    oci_store_t  *st;

    s = oci_str(root);

    while (s.len > 1 && s.data[s.len - 1] == '/') {
        s.len--;
    }

    if (s.len == 0 || s.len > OCI_STORE_ROOT_MAX) {
        return oci_error(err, OCI_INVALID, 0, "bad store path \"%s\"", root);
    }

    st = oci_pcalloc(pool, sizeof(oci_store_t));
    if (st == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    st->flags = flags;
    st->root = oci_cstr(pool, &s);
    st->tree = (char *) oci_strf(pool, "%s/docker/registry/v2",
                                 st->root).data;

    if (st->root == NULL || st->tree == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *store = st;

    return OCI_OK;
}


const char *
oci_store_root(const oci_store_t *store)
{
    return store->root;
}


oci_status_e
oci_store_blob(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_digest_t *digest, oci_blob_t *blob, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_link_read(pool, oci_layout_layer(store, pool, repo, digest),
                       &blob->digest, err);

    return rc == OCI_OK ? oci_blob_stat(store, pool, blob, err) : rc;
}


oci_status_e
oci_store_blob_try(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_blob_t *blob,
    oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_link_try(pool, oci_layout_layer(store, pool, repo, digest),
                      &blob->digest, err);

    return rc == OCI_OK ? oci_blob_stat(store, pool, blob, err) : rc;
}


/* where the content of blob->digest lies, and how large it is */

static oci_status_e
oci_blob_stat(oci_store_t *store, oci_pool_t *pool, oci_blob_t *blob,
    oci_error_t *err)
{
    struct stat  st;

    blob->file = oci_layout_blob(store, pool, &blob->digest);

    if (blob->file == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (stat(blob->file, &st) == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", blob->file);
    }

    if (!S_ISREG(st.st_mode)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" is not a file",
                         blob->file);
    }

    blob->size = (uint64_t) st.st_size;

    return OCI_OK;
}


oci_status_e
oci_store_blob_mount(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *from, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_blob_t    blob;
    oci_status_e  rc;

    if (from->len != 0) {
        rc = oci_store_blob(store, pool, from, digest, &blob, err);

    } else {
        blob.digest = *digest;
        rc = oci_blob_stat(store, pool, &blob, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_layer_link(store, pool, repo, &blob.digest, err);

    /* an alias stays one: found by either digest, as in registry:2 */

    if (rc == OCI_OK && !oci_digest_eq(&blob.digest, digest)) {
        rc = oci_file_publish(oci_layout_layer(store, pool, repo, digest),
                              blob.digest.text, blob.digest.len,
                              oci_store_syncs(store), err);
    }

    return rc;
}


oci_status_e
oci_store_blob_put(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, const oci_str_t *data,
    oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_file_publish(oci_layout_blob(store, pool, digest), data->data,
                          data->len, oci_store_syncs(store), err);

    if (rc != OCI_OK) {
        return rc;
    }

    return oci_layer_link(store, pool, repo, digest, err);
}


oci_status_e
oci_store_blob_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err)
{
    int           lock;
    oci_status_e  rc;

    lock = oci_repo_lock(store, pool, repo, LOCK_EX);
    rc = oci_file_remove(oci_layout_layer(store, pool, repo, digest),
                         oci_store_syncs(store), err);
    oci_repo_unlock(lock);

    return rc;
}


oci_status_e
oci_store_tag(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *tag, oci_digest_t *digest, oci_error_t *err)
{
    return oci_link_read(pool,
                         oci_layout_repo(store, pool, repo,
                                         "/_manifests/tags/%.*s/current/link",
                                         (int) tag->len, tag->data),
                         digest, err);
}


oci_status_e
oci_store_manifest(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content, oci_error_t *err)
{
    oci_error_t   lost = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_revision_read(store, pool, repo, digest, max, content, &lost);

    if (rc != OCI_NOT_FOUND) {
        return rc == OCI_OK ? rc : oci_error(err, rc, 0, "%s", lost.text);
    }

    if (oci_manifest_in_layers(store, pool, repo, digest, max, content)) {
        return OCI_OK;
    }

    return oci_error(err, OCI_NOT_FOUND, 0, "%s", lost.text);
}


/*
 * registry 2.1.0 linked manifests among the layers, where 2.8 still finds
 * them.  What was pushed as a blob lies there too, so a tag must say that it
 * was accepted as a manifest; and a deleted revision, which leaves its
 * directory, does not come back.
 */

static bool
oci_manifest_in_layers(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, size_t max,
    oci_str_t *content)
{
    oci_blob_t  blob;

    return oci_store_blob(store, pool, repo, digest, &blob, NULL) == OCI_OK
           && !oci_file_is_dir(oci_layout_repo(store, pool, repo,
                                               "/_manifests/revisions/%s/%s",
                                               oci_alg_name(digest->alg),
                                               oci_digest_hex(digest)))
           && oci_tags_know(store, pool, repo, digest)
           && oci_file_read(pool, blob.file, max, content, NULL) == OCI_OK;
}


/* a tag points to it, or has pointed to it: only manifests get tags */

static bool
oci_tags_know(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_digest_t *digest)
{
    bool         found;
    size_t       pos;
    oci_str_t    tag;
    oci_list_t  *list;
    oci_pool_t  *temp;

    if (oci_list_open(&list, store, pool,
                      oci_layout_repo(store, pool, repo, "/_manifests/tags"),
                      NULL)
        != OCI_OK)
    {
        return false;
    }

    pos = 0;
    found = false;

    while (!found && oci_list_next(list, &pos, &tag)) {
        temp = oci_pool_create();
        if (temp == NULL) {
            return false;
        }

        found = oci_file_is_dir(oci_layout_repo(store, temp, repo,
                                    "/_manifests/tags/%.*s/index/%s/%s",
                                    (int) tag.len, tag.data,
                                    oci_alg_name(digest->alg),
                                    oci_digest_hex(digest)));
        oci_pool_destroy(temp);
    }

    return found;
}


oci_status_e
oci_store_manifest_put(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err)
{
    int           lock;
    oci_status_e  rc;

    rc = oci_layout_make_repo(store, pool, &put->repo, err);
    if (rc != OCI_OK) {
        return rc;
    }

    /* what is found to be there must not be deleted before we link to it */

    lock = oci_repo_lock(store, pool, &put->repo,
                         oci_tags_bound(put) ? LOCK_EX : LOCK_SH);

    rc = oci_tags_check(store, pool, put, err);

    if (rc == OCI_OK && !put->sparse) {
        rc = oci_manifest_check(store, pool, put, missing, err);
    }

    if (rc == OCI_OK) {
        rc = oci_manifest_write(store, pool, put, err);
    }

    oci_repo_unlock(lock);

    return rc;
}


/* may any of the tags not be made, or not be moved? */

static bool
oci_tags_bound(const oci_manifest_put_t *put)
{
    size_t  i;

    for (i = 0; put->modes != NULL && i < put->ntags; i++) {
        if (put->modes[i] != (OCI_TAG_CREATE|OCI_TAG_UPDATE)) {
            return true;
        }
    }

    return false;
}


static oci_status_e
oci_tags_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_error_t *err)
{
    size_t            i;
    oci_error_t       e = { OCI_OK, 0, "" };
    oci_digest_t      digest;
    oci_status_e      rc;
    const oci_str_t  *tag;

    for (i = 0; put->modes != NULL && i < put->ntags; i++) {
        tag = &put->tags[i];

        if (put->modes[i] == (OCI_TAG_CREATE|OCI_TAG_UPDATE)) {
            continue;
        }

        rc = oci_store_tag(store, pool, &put->repo, tag, &digest, &e);

        if (rc == OCI_NOT_FOUND) {

            if (!(put->modes[i] & OCI_TAG_CREATE)) {
                return oci_error(err, OCI_DENIED, 0,
                                 "the tag \"%.*s\" does not exist and may not "
                                 "be created", (int) tag->len, tag->data);
            }

            continue;
        }

        if (rc != OCI_OK) {
            return oci_error(err, rc, e.sys_errno, "%s", e.text);
        }

        if (!(put->modes[i] & OCI_TAG_UPDATE)
            && !oci_digest_eq(&digest, &put->digest))
        {
            return oci_error(err, OCI_EXISTS, 0,
                             "the tag \"%.*s\" exists and may not be moved",
                             (int) tag->len, tag->data);
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_manifest_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err)
{
    size_t                 i;
    oci_status_e           rc;
    const oci_manifest_t  *m;

    m = put->manifest;

    if (m->config != NULL) {
        rc = oci_part_check(store, pool, put, m->config, missing, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    for (i = 0; i < m->nparts; i++) {
        rc = oci_part_check(store, pool, put, &m->parts[i], missing, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (missing->nelts != 0) {
        return oci_error(err, OCI_MISMATCH, 0,
                         "the manifest refers to %zu unknown %s",
                         missing->nelts,
                         m->kind == OCI_INDEX ? "manifests" : "blobs");
    }

    return OCI_OK;
}


static oci_status_e
oci_part_check(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, const oci_descriptor_t *part,
    oci_array_t *missing, oci_error_t *err)
{
    oci_digest_t  *digest;
    oci_error_t    e = { OCI_OK, 0, "" };
    oci_status_e   rc;

    if (part->foreign) {
        return OCI_OK;
    }

    rc = oci_part_find(store, pool, &put->repo, part, &e);

    if (rc == OCI_OK) {
        return OCI_OK;
    }

    if (rc != OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "%s", e.text);
    }

    digest = oci_array_push(missing);
    if (digest == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *digest = part->digest;

    return OCI_OK;
}


/* BuildKit's cache is an index of blobs, which registry:2 takes too */

static oci_status_e
oci_part_find(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_descriptor_t *part, oci_error_t *err)
{
    oci_blob_t    blob;
    oci_error_t   e = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = OCI_NOT_FOUND;

    if (part->manifest) {
        rc = oci_link_read(pool, oci_layout_revision(store, pool, repo,
                                                     &part->digest),
                           &blob.digest, &e);

        if (rc == OCI_OK) {
            rc = oci_blob_stat(store, pool, &blob, &e);
        }
    }

    if (rc == OCI_NOT_FOUND) {
        return oci_store_blob(store, pool, repo, &part->digest, &blob, err);
    }

    return rc == OCI_OK ? OCI_OK : oci_error(err, rc, 0, "%s", e.text);
}


/* content, referrers, revision, tags: nothing points to what is not there */

static oci_status_e
oci_manifest_write(oci_store_t *store, oci_pool_t *pool,
    const oci_manifest_put_t *put, oci_error_t *err)
{
    bool          sync;
    size_t        i;
    oci_status_e  rc;

    sync = oci_store_syncs(store);

    rc = oci_file_publish(oci_layout_blob(store, pool, &put->digest),
                          put->content.data, put->content.len, sync, err);

    if (rc == OCI_OK && put->manifest->subject != NULL) {
        rc = oci_referrers_add(store, pool, &put->repo,
                               &put->manifest->subject->digest, &put->digest,
                               err);
    }

    if (rc == OCI_OK) {
        rc = oci_file_publish(oci_layout_revision(store, pool, &put->repo,
                                                  &put->digest),
                              put->digest.text, put->digest.len, sync, err);
    }

    for (i = 0; rc == OCI_OK && i < put->ntags; i++) {
        rc = oci_tag_write(store, pool, &put->repo, &put->tags[i],
                           &put->digest, err);
    }

    return rc;
}


static oci_status_e
oci_tag_write(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *tag, const oci_digest_t *digest, oci_error_t *err)
{
    char         *path;
    oci_status_e  rc;

    path = oci_layout_repo(store, pool, repo,
                           "/_manifests/tags/%.*s/index/%s/%s/link",
                           (int) tag->len, tag->data,
                           oci_alg_name(digest->alg), oci_digest_hex(digest));

    rc = oci_file_publish(path, digest->text, digest->len,
                          oci_store_syncs(store), err);

    if (rc != OCI_OK) {
        return rc;
    }

    path = oci_layout_repo(store, pool, repo,
                           "/_manifests/tags/%.*s/current/link",
                           (int) tag->len, tag->data);

    return oci_file_publish(path, digest->text, digest->len,
                            oci_store_syncs(store), err);
}


oci_status_e
oci_store_manifest_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_digest_t *digest, oci_error_t *err)
{
    int           lock;
    oci_digest_t  target;
    oci_status_e  rc;

    lock = oci_repo_lock(store, pool, repo, LOCK_EX);

    rc = oci_link_read(pool, oci_layout_revision(store, pool, repo, digest),
                       &target, err);

    /* tags first: none may be left that points to nothing */

    if (rc == OCI_OK) {
        rc = oci_tags_remove(store, pool, repo, digest, err);
    }

    if (rc == OCI_OK) {
        rc = oci_file_remove(oci_layout_revision(store, pool, repo, digest),
                             oci_store_syncs(store), err);
    }

    /* 2.8 would still find it there */

    if (rc == OCI_OK) {
        (void) oci_file_remove(oci_layout_layer(store, pool, repo, digest),
                               oci_store_syncs(store), NULL);
    }

    oci_repo_unlock(lock);

    return rc;
}


static oci_status_e
oci_tags_remove(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_digest_t *digest, oci_error_t *err)
{
    size_t        pos;
    oci_str_t     tag;
    oci_list_t   *list;
    oci_pool_t   *temp;
    oci_error_t   e = { OCI_OK, 0, "" };
    oci_digest_t  current;
    oci_status_e  rc;

    rc = oci_list_open(&list, store, pool,
                       oci_layout_repo(store, pool, repo, "/_manifests/tags"),
                       &e);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", e.text);
    }

    pos = 0;

    while (oci_list_next(list, &pos, &tag)) {
        temp = oci_pool_create();
        if (temp == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        rc = oci_store_tag(store, temp, repo, &tag, &current, NULL);

        if (rc == OCI_OK && oci_digest_eq(&current, digest)) {
            rc = oci_tag_remove(store, temp, repo, &tag, err);

        } else if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;

        } else if (rc != OCI_OK) {
            rc = oci_error(err, rc, 0, "cannot read tag \"%.*s\"",
                           (int) tag.len, tag.data);
        }

        oci_pool_destroy(temp);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


oci_status_e
oci_store_tag_delete(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *tag, oci_error_t *err)
{
    int           lock;
    oci_status_e  rc;

    lock = oci_repo_lock(store, pool, repo, LOCK_EX);
    rc = oci_tag_remove(store, pool, repo, tag, err);
    oci_repo_unlock(lock);

    return rc;
}


static oci_status_e
oci_tag_remove(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *tag, oci_error_t *err)
{
    char  *dir;

    dir = oci_layout_repo(store, pool, repo, "/_manifests/tags/%.*s",
                          (int) tag->len, tag->data);

    if (dir != NULL && !oci_file_is_dir(dir)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "no tag \"%.*s\"",
                         (int) tag->len, tag->data);
    }

    return oci_file_remove_tree(dir, oci_store_syncs(store), err);
}


/*
 * Deletes exclude puts of the same repository, in every process on this host.
 * A file system without flock() goes without: that is what registry:2 does.
 */

static int
oci_repo_lock(oci_store_t *store, oci_pool_t *pool, const oci_str_t *repo,
    int how)
{
    int    fd, rc;
    char  *dir;

    dir = oci_layout_repo(store, pool, repo, "/_manifests");
    if (dir == NULL) {
        return -1;
    }

    fd = open(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    do {
        rc = flock(fd, how);
    } while (rc == -1 && errno == EINTR);

    return fd;
}


static void
oci_repo_unlock(int fd)
{
    if (fd != -1) {
        (void) close(fd);
    }
}
