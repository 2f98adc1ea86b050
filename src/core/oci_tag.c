/*
 * Manifests, and the tags that point to them.
 */

#include "oci_blob.h"
#include "oci_file.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_link.h"
#include "oci_list.h"
#include "oci_manifest.h"
#include "oci_tagged.h"

#include <string.h>
#include <sys/file.h>
#include <unistd.h>


static bool oci_manifest_in_layers(const oci_repo_t *repo,
    const oci_digest_t *digest, size_t max, oci_str_t *content);
static bool oci_tags_know(const oci_repo_t *repo,
    const oci_digest_t *digest);
static bool oci_tags_bound(const oci_manifest_put_t *put);
static oci_status_e oci_tags_check(const oci_repo_t *repo,
    const oci_manifest_put_t *put, oci_error_t *err);
static oci_status_e oci_manifest_check(const oci_repo_t *repo,
    const oci_manifest_put_t *put, oci_array_t *missing, oci_error_t *err);
static oci_status_e oci_part_check(const oci_repo_t *repo,
    const oci_descriptor_t *part, oci_array_t *missing, oci_error_t *err);
static oci_status_e oci_part_find(const oci_repo_t *repo,
    const oci_descriptor_t *part, oci_error_t *err);
static void oci_manifest_write(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_manifest_put_t *put);
static oci_status_e oci_tags_of(const oci_repo_t *repo,
    const oci_digest_t *digest, bool *rest, oci_array_t *tags,
    oci_error_t *err);
static oci_status_e oci_tag_remove_lost(const oci_repo_t *repo,
    const oci_tagged_t *tagged, oci_error_t *err);
static oci_status_e oci_tag_is(const oci_repo_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_tags_remove(const oci_repo_t *repo,
    const oci_array_t *tags, const oci_guard_t *guard, oci_error_t *err);
static oci_status_e oci_tag_remove(const oci_repo_t *repo,
    const oci_str_t *tag, oci_error_t *err);


oci_status_e
oci_fs_tag(const oci_repo_t *repo, const oci_str_t *tag, oci_digest_t *digest,
    oci_error_t *err)
{
    return oci_link_read(repo, oci_layout_tag_current(repo, tag), digest,
                         err);
}


oci_status_e
oci_fs_tag_mark(const oci_repo_t *repo, const oci_str_t *tag,
    oci_mark_t *mark, oci_error_t *err)
{
    return oci_mark_look(repo, oci_layout_tag_current(repo, tag), mark, NULL,
                         err);
}


oci_status_e
oci_fs_manifest_mark(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_mark_t *mark, oci_error_t *err)
{
    return oci_mark_look(repo, oci_layout_revision(repo, digest), mark, NULL,
                         err);
}


oci_status_e
oci_fs_manifest_renew(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err)
{
    return oci_blob_renew(repo, oci_layout_revision(repo, digest), err);
}


oci_status_e
oci_fs_manifest(const oci_repo_t *repo, const oci_digest_t *digest,
    size_t max, oci_str_t *content, oci_error_t *err)
{
    oci_error_t   lost = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_revision_read(repo, digest, max, content, &lost);

    if (rc != OCI_NOT_FOUND) {
        return rc == OCI_OK ? rc : oci_error(err, rc, 0, "%s", lost.text);
    }

    if (oci_manifest_in_layers(repo, digest, max, content)) {
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
oci_manifest_in_layers(const oci_repo_t *repo, const oci_digest_t *digest,
    size_t max, oci_str_t *content)
{
    oci_blob_t  blob;

    return oci_fs_blob(repo, digest, &blob, NULL) == OCI_OK
           && !oci_file_is_dir(oci_layout_revision_dir(repo, digest))
           && oci_tags_know(repo, digest)
           && oci_file_read(repo->pool, blob.file, max, content, NULL)
              == OCI_OK;
}


/* a tag points to it, or has pointed to it: only manifests get tags */

static bool
oci_tags_know(const oci_repo_t *repo, const oci_digest_t *digest)
{
    bool         found;
    size_t       pos;
    oci_str_t    tag;
    oci_list_t  *list;
    oci_repo_t   temp;

    if (oci_list_open(&list, repo->store, repo->pool, oci_layout_tags(repo),
                      NULL)
        != OCI_OK)
    {
        return false;
    }

    pos = 0;
    found = false;
    temp = *repo;

    while (!found && oci_list_next(list, &pos, &tag)) {
        temp.pool = oci_pool_create();
        if (temp.pool == NULL) {
            return false;
        }

        found = oci_file_exists(oci_layout_tag_index(&temp, &tag, digest));
        oci_pool_destroy(temp.pool);
    }

    return found;
}


oci_status_e
oci_fs_manifest_put(const oci_repo_t *repo, const oci_manifest_put_t *put,
    oci_array_t *missing, oci_error_t *err)
{
    int           hold, lock;
    oci_batch_t  *batch;
    oci_status_e  rc;

    batch = oci_batch_create(repo->store, repo->pool);
    if (batch == NULL) {
        return oci_nomem(err);
    }

    rc = oci_lease_hold(repo->store, repo->pool, &hold, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_repo_make(batch, repo);

    /* what is found to be there must not be deleted before we link to it */

    rc = oci_repo_lock(repo, oci_tags_bound(put) ? LOCK_EX : LOCK_SH, &lock,
                       err);

    if (rc == OCI_OK) {
        rc = oci_tags_check(repo, put, err);

        if (rc == OCI_OK && !put->sparse) {
            rc = oci_manifest_check(repo, put, missing, err);
        }

        if (rc == OCI_OK) {
            oci_manifest_write(batch, repo, put);
            rc = oci_batch_end(batch, err);
        }

        oci_repo_unlock(lock);
    }

    oci_lease_release(hold);

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
oci_tags_check(const oci_repo_t *repo, const oci_manifest_put_t *put,
    oci_error_t *err)
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

        rc = oci_fs_tag(repo, tag, &digest, &e);

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
oci_manifest_check(const oci_repo_t *repo, const oci_manifest_put_t *put,
    oci_array_t *missing, oci_error_t *err)
{
    size_t                 i;
    oci_status_e           rc;
    const oci_manifest_t  *m;

    m = put->manifest;

    if (m->config != NULL) {
        rc = oci_part_check(repo, m->config, missing, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    for (i = 0; i < m->nparts; i++) {
        rc = oci_part_check(repo, &m->parts[i], missing, err);
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
oci_part_check(const oci_repo_t *repo, const oci_descriptor_t *part,
    oci_array_t *missing, oci_error_t *err)
{
    oci_digest_t  *digest;
    oci_error_t    e = { OCI_OK, 0, "" };
    oci_status_e   rc;

    if (part->foreign) {
        return OCI_OK;
    }

    rc = oci_part_find(repo, part, &e);

    if (rc == OCI_OK) {
        return OCI_OK;
    }

    if (rc != OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "%s", e.text);
    }

    digest = oci_array_push(missing);
    if (digest == NULL) {
        return oci_nomem(err);
    }

    *digest = part->digest;

    return OCI_OK;
}


/* BuildKit's cache is an index of blobs, which registry:2 takes too */

static oci_status_e
oci_part_find(const oci_repo_t *repo, const oci_descriptor_t *part,
    oci_error_t *err)
{
    oci_blob_t    blob;
    oci_error_t   e = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = OCI_NOT_FOUND;

    if (part->manifest) {
        rc = oci_link_read(repo, oci_layout_revision(repo, &part->digest),
                           &blob.digest, &e);

        if (rc == OCI_OK) {
            rc = oci_blob_keep(repo, &blob, &e);
        }
    }

    if (rc == OCI_NOT_FOUND) {
        rc = oci_link_read(repo, oci_layout_layer(repo, &part->digest),
                           &blob.digest, err);

        return rc == OCI_OK ? oci_blob_keep(repo, &blob, err) : rc;
    }

    return rc == OCI_OK ? OCI_OK : oci_error(err, rc, 0, "%s", e.text);
}


/* content, then referrers and revision, then tags */

static void
oci_manifest_write(oci_batch_t *batch, const oci_repo_t *repo,
    const oci_manifest_put_t *put)
{
    size_t  i;

    oci_batch_put(batch, OCI_BATCH_CONTENT,
                  oci_layout_blob(repo->store, repo->pool, &put->digest),
                  put->content.data, put->content.len);

    if (put->manifest->subject != NULL) {
        oci_referrers_add(batch, repo, &put->manifest->subject->digest,
                          &put->digest);
    }

    oci_batch_put(batch, OCI_BATCH_LINK,
                  oci_layout_revision(repo, &put->digest), put->digest.text,
                  put->digest.len);

    for (i = 0; i < put->ntags; i++) {
        oci_batch_put(batch, OCI_BATCH_TAG,
                      oci_layout_tag_index(repo, &put->tags[i], &put->digest),
                      put->digest.text, put->digest.len);
        oci_batch_put(batch, OCI_BATCH_TAG,
                      oci_layout_tag_current(repo, &put->tags[i]),
                      put->digest.text, put->digest.len);
    }
}


oci_status_e
oci_fs_manifest_delete(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_guard_t *guard, bool *rest, oci_error_t *err)
{
    int           lock;
    bool          sync;
    oci_array_t   tags;
    oci_digest_t  target;
    oci_status_e  rc;

    sync = oci_store_syncs(repo->store);

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_array_init(&tags, repo->pool, sizeof(oci_str_t));
    rc = oci_link_read(repo, oci_layout_revision(repo, digest), &target, err);

    if (rc == OCI_OK) {
        rc = oci_guard_ask(guard, NULL, err);
    }

    if (rc == OCI_OK) {
        rc = oci_tags_of(repo, digest, rest, &tags, err);
    }

    /* tags first: none may be left that points to nothing */

    if (rc == OCI_OK) {
        rc = oci_tags_remove(repo, &tags, guard, err);
    }

    if (rc == OCI_OK) {
        rc = oci_file_remove(oci_layout_revision(repo, digest), sync, err);
    }

    /* 2.8 would still find it there */

    if (rc == OCI_OK) {
        (void) oci_file_remove(oci_layout_layer(repo, digest), sync, NULL);
    }

    oci_repo_unlock(lock);

    return rc;
}


/* those that point to the digest; one that cannot be read stops the delete */

static oci_status_e
oci_tags_of(const oci_repo_t *repo, const oci_digest_t *digest, bool *rest,
    oci_array_t *tags, oci_error_t *err)
{
    size_t        i;
    oci_str_t    *tag, *found;
    oci_array_t   few;
    oci_status_e  rc;

    oci_array_init(&few, repo->pool, sizeof(oci_str_t));
    rc = oci_tags_like(repo, digest, rest, &few, err);
    tag = few.elts;

    for (i = 0; rc == OCI_OK && i < few.nelts; i++) {
        rc = oci_tag_is(repo, &tag[i], digest, err);

        if (rc == OCI_OK) {
            found = oci_array_push(tags);

            if (found == NULL) {
                return oci_nomem(err);
            }

            *found = tag[i];

        } else if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;
        }
    }

    return rc;
}


/* OCI_NOT_FOUND: it points to something else, or to nothing */

static oci_status_e
oci_tag_is(const oci_repo_t *repo, const oci_str_t *tag,
    const oci_digest_t *digest, oci_error_t *err)
{
    oci_repo_t    r;
    oci_digest_t  current;
    oci_status_e  rc;

    r = *repo;
    r.pool = oci_pool_create();

    if (r.pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_fs_tag(&r, tag, &current, NULL);
    oci_pool_destroy(r.pool);

    if (rc == OCI_OK && !oci_digest_eq(&current, digest)) {
        return OCI_NOT_FOUND;
    }

    return (rc == OCI_OK || rc == OCI_NOT_FOUND)
           ? rc : oci_error(err, rc, 0, "cannot read tag \"%.*s\"",
                            (int) tag->len, tag->data);
}


static oci_status_e
oci_tags_remove(const oci_repo_t *repo, const oci_array_t *tags,
    const oci_guard_t *guard, oci_error_t *err)
{
    size_t        i;
    oci_str_t    *tag;
    oci_status_e  rc;

    rc = OCI_OK;
    tag = tags->elts;

    for (i = 0; rc == OCI_OK && i < tags->nelts; i++) {
        rc = oci_guard_ask(guard, &tag[i], err);
    }

    for (i = 0; rc == OCI_OK && i < tags->nelts; i++) {
        rc = oci_tag_remove(repo, &tag[i], err);
    }

    return rc;
}


oci_status_e
oci_fs_manifest_rest(const oci_repo_t *repo, const oci_array_t *digests,
    oci_error_t *err)
{
    int            lock;
    size_t         i;
    oci_array_t    tags;
    oci_tagged_t  *tag;
    oci_status_e   rc;

    oci_array_init(&tags, repo->pool, sizeof(oci_tagged_t));
    rc = oci_tags_all(repo, digests, &tags, err);

    if (rc != OCI_OK || tags.nelts == 0) {
        return rc;
    }

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    tag = tags.elts;

    for (i = 0; rc == OCI_OK && i < tags.nelts; i++) {
        rc = oci_tag_remove_lost(repo, &tag[i], err);
    }

    oci_repo_unlock(lock);

    return rc;
}


/* one that still points to a manifest that is still gone */

static oci_status_e
oci_tag_remove_lost(const oci_repo_t *repo, const oci_tagged_t *tagged,
    oci_error_t *err)
{
    oci_digest_t  target;
    oci_status_e  rc;

    if (oci_link_read(repo, oci_layout_revision(repo, tagged->digest),
                      &target, NULL)
        != OCI_NOT_FOUND)
    {
        return OCI_OK;
    }

    rc = oci_tag_is(repo, &tagged->tag, tagged->digest, err);

    if (rc == OCI_OK) {
        rc = oci_tag_remove(repo, &tagged->tag, err);
    }

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


oci_status_e
oci_fs_tag_delete(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err)
{
    int           lock;
    oci_status_e  rc;

    rc = oci_repo_lock(repo, LOCK_EX, &lock, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_tag_remove(repo, tag, err);
    oci_repo_unlock(lock);

    return rc;
}


static oci_status_e
oci_tag_remove(const oci_repo_t *repo, const oci_str_t *tag,
    oci_error_t *err)
{
    char  *dir;

    dir = oci_layout_tag(repo, tag);

    if (dir != NULL && !oci_file_is_dir(dir)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "no tag \"%.*s\"",
                         (int) tag->len, tag->data);
    }

    return oci_file_remove_tree(dir, oci_store_syncs(repo->store), err);
}
