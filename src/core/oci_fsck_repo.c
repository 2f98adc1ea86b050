/*
 * The check of one repository: its links, its manifests, its uploads.
 */

#include "oci_checker.h"
#include "oci_manifest.h"

#include <stdlib.h>
#include <string.h>


#define OCI_FSCK_MANIFEST_MAX  (64 * 1024 * 1024)


/* a manifest, and an image that it is or is a part of */

typedef struct {
    oci_digest_t  digest;
    oci_str_t     image;
} oci_fsck_name_t;


typedef struct {
    oci_checker_t     *c;
    const oci_repo_t  *repo;
    oci_array_t        names;           /* oci_fsck_name_t */
    bool               named;           /* names has been filled */
} oci_fsck_repo_t;


static oci_status_e oci_fsck_tag(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_fsck_layer(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_fsck_revision(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_fsck_upload(void *data, const oci_link_t *link,
    oci_error_t *err);
static void oci_fsck_link(oci_fsck_repo_t *r, const oci_link_t *link,
    oci_fsck_kind_e kind, const char *why);
static bool oci_fsck_derive(oci_fsck_repo_t *r, const oci_link_t *link);
static bool oci_fsck_there(oci_fsck_repo_t *r, const oci_digest_t *digest,
    uint64_t *size);
static oci_status_e oci_fsck_manifest(oci_fsck_repo_t *r,
    const oci_link_t *link, const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_fsck_parts(oci_fsck_repo_t *r,
    const oci_digest_t *digest, const oci_manifest_t *m, oci_error_t *err);
static oci_status_e oci_fsck_part(oci_fsck_repo_t *r,
    const oci_digest_t *manifest, const oci_descriptor_t *part, bool child,
    oci_error_t *err);
static void oci_fsck_part_link(oci_fsck_repo_t *r,
    const oci_digest_t *manifest, const oci_descriptor_t *part, bool child);
static void oci_fsck_part_tell(oci_fsck_repo_t *r,
    const oci_digest_t *manifest, const oci_descriptor_t *part,
    oci_fsck_kind_e kind, const char *why, bool repaired);
static oci_status_e oci_fsck_hurt(oci_fsck_repo_t *r,
    const oci_digest_t *manifest, const oci_digest_t *digest, uint64_t size,
    oci_error_t *err);
static oci_status_e oci_fsck_reindex(oci_fsck_repo_t *r,
    const oci_digest_t *digest, const oci_str_t *content,
    const oci_manifest_t *m);
static size_t oci_fsck_images(oci_fsck_repo_t *r, const oci_digest_t *digest,
    oci_str_t *images);
static oci_status_e oci_fsck_name(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_fsck_name_add(oci_fsck_repo_t *r,
    const oci_digest_t *digest, const oci_str_t *image);


oci_status_e
oci_fsck_repo(oci_checker_t *c, const oci_repo_t *repo, oci_error_t *err)
{
    oci_status_e     rc;
    oci_fsck_repo_t  r;

    memset(&r, 0, sizeof(oci_fsck_repo_t));
    r.c = c;
    r.repo = repo;
    oci_array_init(&r.names, repo->pool, sizeof(oci_fsck_name_t));

    rc = oci_store_walk_links(repo, OCI_LINK_REVISION, oci_fsck_revision, &r,
                              err);

    if (rc != OCI_OK || c->naming) {
        return rc;
    }

    c->sum->repos++;

    rc = oci_store_walk_links(repo, OCI_LINK_TAG, oci_fsck_tag, &r, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_links(repo, OCI_LINK_LAYER, oci_fsck_layer, &r,
                                  err);
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_links(repo, OCI_LINK_UPLOAD, oci_fsck_upload, &r,
                                  err);
    }

    return rc;
}


static oci_status_e
oci_fsck_tag(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_mark_t        mark;
    oci_digest_t      again;
    oci_fsck_repo_t  *r = data;

    (void) err;

    if (link->status == OCI_OK) {

        /* registry 2.1.0 linked manifests among the layers */

        if (oci_store_manifest_mark(r->repo, &link->target, &mark, NULL)
            == OCI_NOT_FOUND
            && oci_store_blob_mark(r->repo, &link->target, &mark, NULL)
               == OCI_NOT_FOUND
            && oci_store_tag(r->repo, &link->name, &again, NULL) == OCI_OK
            && oci_digest_eq(&again, &link->target))
        {
            oci_fsck_link(r, link, OCI_FSCK_DANGLING,
                          "the tag leads to a manifest that is not here");
        }

    } else if (link->status == OCI_INVALID) {
        oci_fsck_link(r, link, OCI_FSCK_LINK, "the tag leads nowhere");

    } else if (link->status != OCI_NOT_FOUND) {

        /* a place without a link is of a push that was never acknowledged */

        oci_fsck_link(r, link, OCI_FSCK_UNREADABLE, "it cannot be read");
    }

    return oci_checker_pace(r->c, 0);
}


static oci_status_e
oci_fsck_layer(void *data, const oci_link_t *link, oci_error_t *err)
{
    uint64_t          size;
    oci_fsck_repo_t  *r = data;

    (void) err;

    if (link->status == OCI_INVALID) {
        oci_fsck_link(r, link, OCI_FSCK_LINK,
                      "it is empty or holds no digest");

    } else if (link->status == OCI_OK
               && !oci_fsck_there(r, &link->target, &size))
    {
        oci_fsck_link(r, link, OCI_FSCK_DANGLING, "its content is gone");

    } else if (link->status != OCI_OK && link->status != OCI_NOT_FOUND) {
        oci_fsck_link(r, link, OCI_FSCK_UNREADABLE, "it cannot be read");
    }

    return oci_checker_pace(r->c, 0);
}


static oci_status_e
oci_fsck_revision(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_status_e      rc;
    oci_digest_t      digest;
    oci_fsck_repo_t  *r = data;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;                  /* deleted; the place stays */
    }

    if (oci_digest_parse(&digest, &link->name) != OCI_OK) {
        return OCI_OK;                  /* a foreign directory among ours */
    }

    rc = oci_used_add(&r->c->used, &digest, err);

    if (rc == OCI_OK && link->status == OCI_OK) {
        rc = oci_fsck_manifest(r, link, &digest, err);

    } else if (rc == OCI_OK && !r->c->naming) {
        oci_fsck_link(r, link, (link->status == OCI_INVALID)
                               ? OCI_FSCK_LINK : OCI_FSCK_UNREADABLE,
                      "it is empty or holds no digest");
    }

    return (rc == OCI_OK) ? oci_checker_pace(r->c, 0) : rc;
}


static oci_status_e
oci_fsck_upload(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_fsck_repo_t  *r = data;

    (void) err;

    if (r->c->options->now - link->time >= r->c->options->upload_age) {
        oci_fsck_link(r, link, OCI_FSCK_UPLOAD,
                      "nobody goes on with this upload; tally gc removes it");
    }

    return OCI_OK;
}


static void
oci_fsck_link(oci_fsck_repo_t *r, const oci_link_t *link,
    oci_fsck_kind_e kind, const char *why)
{
    oci_str_t      image;
    oci_finding_t  finding;

    if (r->c->naming) {
        return;
    }

    memset(&finding, 0, sizeof(oci_finding_t));
    finding.kind = kind;
    finding.why = why;
    finding.path = oci_store_link_place(r->repo, link->kind, &link->name);

    if (link->status == OCI_OK) {
        finding.digest = oci_digest_str(&link->target);

    } else if (link->kind == OCI_LINK_REVISION
               || link->kind == OCI_LINK_LAYER)
    {
        finding.digest = link->name;
    }

    if (link->kind == OCI_LINK_TAG || link->kind == OCI_LINK_REVISION) {
        image = oci_strf(r->repo->pool, "%.*s%c%.*s",
                         (int) r->repo->name.len, r->repo->name.data,
                         (link->kind == OCI_LINK_TAG) ? ':' : '@',
                         (int) link->name.len, link->name.data);
        finding.images = &image;
        finding.nimages = (image.data != NULL);
    }

    if (kind == OCI_FSCK_LINK && r->c->options->repair) {
        finding.repaired = oci_fsck_derive(r, link);
    }

    oci_checker_tell(r->c, &finding);
}


/* the place of a blob's and of a manifest's link tells what it held */

static bool
oci_fsck_derive(oci_fsck_repo_t *r, const oci_link_t *link)
{
    uint64_t      size;
    oci_digest_t  digest;

    if (link->kind == OCI_LINK_TAG) {
        return oci_store_tag_derive(r->repo, &link->name, NULL) == OCI_OK;
    }

    return oci_digest_parse(&digest, &link->name) == OCI_OK
           && oci_fsck_there(r, &digest, &size)
           && oci_store_link_put(r->repo, link->kind, &link->name, &digest,
                                 NULL) == OCI_OK;
}


static bool
oci_fsck_there(oci_fsck_repo_t *r, const oci_digest_t *digest,
    uint64_t *size)
{
    oci_blob_t    blob;
    oci_pool_t   *pool;
    oci_status_e  rc;

    *size = 0;
    pool = oci_pool_create();

    if (pool == NULL) {
        return true;                    /* nothing is said of it */
    }

    rc = oci_store_content(r->c->store, pool, digest, &blob, NULL);
    if (rc == OCI_OK) {
        *size = blob.size;
    }

    oci_pool_destroy(pool);

    return rc != OCI_NOT_FOUND;
}


static oci_status_e
oci_fsck_manifest(oci_fsck_repo_t *r, const oci_link_t *link,
    const oci_digest_t *digest, oci_error_t *err)
{
    oci_str_t        content, none = oci_null_string;
    oci_repo_t       own;
    oci_mark_t       mark;
    oci_status_e     rc;
    oci_manifest_t   m;

    own = *r->repo;
    own.pool = oci_pool_create();

    if (own.pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_store_manifest(&own, digest, OCI_FSCK_MANIFEST_MAX, &content,
                            NULL);

    if (rc == OCI_NOT_FOUND) {
        if (oci_store_manifest_mark(&own, digest, &mark, NULL) == OCI_OK) {
            oci_fsck_link(r, link, OCI_FSCK_DANGLING, "its content is gone");
        }

        rc = OCI_OK;

    } else if (rc != OCI_OK) {
        oci_fsck_link(r, link, OCI_FSCK_UNREADABLE, "it cannot be read");
        rc = OCI_OK;

    } else if (oci_manifest_parse(&m, own.pool, &content, &none, NULL)
               != OCI_OK)
    {
        oci_fsck_link(r, link, OCI_FSCK_UNACCEPTED,
                      "it is no manifest that a push would be accepted with");
        rc = oci_fsck_hurt(r, digest, digest, UINT64_MAX, err);

    } else {
        rc = oci_fsck_hurt(r, digest, digest, UINT64_MAX, err);

        if (rc == OCI_OK) {
            rc = oci_fsck_parts(r, digest, &m, err);
        }

        if (rc == OCI_OK && r->c->options->repair && m.subject != NULL
            && !r->c->naming)
        {
            rc = oci_fsck_reindex(r, digest, &content, &m);
        }

        r->c->sum->manifests += !r->c->naming;
    }

    oci_pool_destroy(own.pool);

    return rc;
}


static oci_status_e
oci_fsck_parts(oci_fsck_repo_t *r, const oci_digest_t *digest,
    const oci_manifest_t *m, oci_error_t *err)
{
    size_t        i;
    oci_status_e  rc;

    rc = OCI_OK;

    if (m->config != NULL) {
        rc = oci_fsck_part(r, digest, m->config, false, err);
    }

    for (i = 0; rc == OCI_OK && i < m->nparts; i++) {
        rc = oci_fsck_part(r, digest, &m->parts[i], m->kind == OCI_INDEX,
                           err);
    }

    return rc;
}


static oci_status_e
oci_fsck_part(oci_fsck_repo_t *r, const oci_digest_t *manifest,
    const oci_descriptor_t *part, bool child, oci_error_t *err)
{
    bool          linked, there;
    uint64_t      size;
    oci_mark_t    mark;
    oci_status_e  rc;

    rc = oci_used_add(&r->c->used, &part->digest, err);

    if (rc != OCI_OK || r->c->naming) {
        return (rc != OCI_OK) ? rc
               : oci_fsck_hurt(r, manifest, &part->digest, part->size, err);
    }

    linked = oci_store_blob_mark(r->repo, &part->digest, &mark, NULL)
             != OCI_NOT_FOUND
             || (child && oci_store_manifest_mark(r->repo, &part->digest,
                                                  &mark, NULL) == OCI_OK);

    if (part->foreign && !linked) {
        return OCI_OK;
    }

    there = oci_fsck_there(r, &part->digest, &size);

    if (!there && part->digest.alg != OCI_SHA256 && linked) {
        return OCI_OK;                  /* an alias: its link was checked */
    }

    if (!there) {
        oci_fsck_part_tell(r, manifest, part, OCI_FSCK_MISSING,
                           "a manifest refers to it, and it is not here",
                           false);

    } else if (!linked) {
        oci_fsck_part_link(r, manifest, part, child);

    } else if (size != part->size && size != 0) {
        oci_fsck_part_tell(r, manifest, part, OCI_FSCK_SIZE,
                           "a manifest tells another size than it has", false);
    }

    return OCI_OK;
}


static void
oci_fsck_part_link(oci_fsck_repo_t *r, const oci_digest_t *manifest,
    const oci_descriptor_t *part, bool child)
{
    bool       repaired;
    oci_str_t  name;

    name = oci_digest_str(&part->digest);

    repaired = r->c->options->repair
               && oci_store_link_put(r->repo, child ? OCI_LINK_REVISION
                                                    : OCI_LINK_LAYER,
                                     &name, &part->digest, NULL) == OCI_OK;

    oci_fsck_part_tell(r, manifest, part, OCI_FSCK_MISSING,
                       "a manifest refers to it, and its repository does not "
                       "link to it", repaired);
}


static void
oci_fsck_part_tell(oci_fsck_repo_t *r, const oci_digest_t *manifest,
    const oci_descriptor_t *part, oci_fsck_kind_e kind, const char *why,
    bool repaired)
{
    oci_mark_t     mark;
    oci_str_t      images[OCI_FSCK_IMAGES];
    oci_finding_t  finding;

    /* a manifest that was deleted meanwhile needs nothing any more */

    if (oci_store_manifest_mark(r->repo, manifest, &mark, NULL) != OCI_OK) {
        return;
    }

    memset(&finding, 0, sizeof(oci_finding_t));
    finding.kind = kind;
    finding.why = why;
    finding.repaired = repaired;
    finding.digest = oci_digest_str(&part->digest);
    finding.path = oci_store_content_place(r->c->store, r->repo->pool,
                                           &part->digest);
    finding.images = images;
    finding.nimages = oci_fsck_images(r, manifest, images);

    oci_checker_tell(r->c, &finding);
}


/* whom damaged content hurts, and how large it should be */

static oci_status_e
oci_fsck_hurt(oci_fsck_repo_t *r, const oci_digest_t *manifest,
    const oci_digest_t *digest, uint64_t size, oci_error_t *err)
{
    size_t         i, n;
    oci_str_t      images[OCI_FSCK_IMAGES], *image;
    oci_damage_t  *damage;

    if (!r->c->naming) {
        return OCI_OK;
    }

    damage = oci_checker_damage(r->c, digest);

    if (damage == NULL) {
        return OCI_OK;
    }

    if (damage->kind == OCI_FSCK_CORRUPT && size != UINT64_MAX
        && damage->size < size)
    {
        damage->kind = OCI_FSCK_TRUNCATED;
    }

    n = oci_fsck_images(r, manifest, images);

    for (i = 0; i < n && damage->images.nelts < OCI_FSCK_IMAGES; i++) {
        image = oci_array_push(&damage->images);

        if (image == NULL) {
            return oci_nomem(err);
        }

        *image = oci_str_dup(r->c->pool, images[i].data, images[i].len);

        if (image->data == NULL) {
            return oci_nomem(err);
        }
    }

    return OCI_OK;
}


/* puts it once more, under no tag: that enters it in its subject's index */

static oci_status_e
oci_fsck_reindex(oci_fsck_repo_t *r, const oci_digest_t *digest,
    const oci_str_t *content, const oci_manifest_t *m)
{
    oci_array_t         missing;
    oci_manifest_put_t  put;

    memset(&put, 0, sizeof(oci_manifest_put_t));
    put.digest = *digest;
    put.content = *content;
    put.manifest = m;
    put.sparse = true;

    oci_array_init(&missing, r->repo->pool, sizeof(oci_digest_t));
    (void) oci_store_manifest_put(r->repo, &put, &missing, NULL);

    return OCI_OK;
}


/* the images that a manifest is, or is a part of; at most OCI_FSCK_IMAGES */

static size_t
oci_fsck_images(oci_fsck_repo_t *r, const oci_digest_t *digest,
    oci_str_t *images)
{
    size_t            i, n;
    oci_fsck_name_t  *names;

    if (!r->named) {
        r->named = true;
        (void) oci_store_walk_links(r->repo, OCI_LINK_TAG, oci_fsck_name, r,
                                    NULL);
    }

    n = 0;
    names = r->names.elts;

    for (i = 0; i < r->names.nelts && n < OCI_FSCK_IMAGES; i++) {
        if (oci_digest_eq(&names[i].digest, digest)) {
            images[n++] = names[i].image;
        }
    }

    if (n == 0) {
        images[0] = oci_strf(r->repo->pool, "%.*s@%s",
                             (int) r->repo->name.len, r->repo->name.data,
                             digest->text);
        n = (images[0].data != NULL);
    }

    return n;
}


static oci_status_e
oci_fsck_name(void *data, const oci_link_t *link, oci_error_t *err)
{
    size_t            i;
    oci_str_t         image, content, none = oci_null_string;
    oci_repo_t        own;
    oci_status_e      rc;
    oci_manifest_t    m;
    oci_fsck_repo_t  *r = data;

    if (link->status != OCI_OK) {
        return OCI_OK;
    }

    image = oci_strf(r->repo->pool, "%.*s:%.*s", (int) r->repo->name.len,
                     r->repo->name.data, (int) link->name.len,
                     link->name.data);

    own = *r->repo;
    own.pool = oci_pool_create();

    if (image.data == NULL || own.pool == NULL) {
        oci_pool_destroy(own.pool);
        return oci_nomem(err);
    }

    rc = oci_fsck_name_add(r, &link->target, &image);

    if (rc == OCI_OK
        && oci_store_manifest(&own, &link->target, OCI_FSCK_MANIFEST_MAX,
                              &content, NULL) == OCI_OK
        && oci_manifest_parse(&m, own.pool, &content, &none, NULL) == OCI_OK
        && m.kind == OCI_INDEX)
    {
        for (i = 0; rc == OCI_OK && i < m.nparts; i++) {
            rc = oci_fsck_name_add(r, &m.parts[i].digest, &image);
        }
    }

    oci_pool_destroy(own.pool);

    return rc;
}


static oci_status_e
oci_fsck_name_add(oci_fsck_repo_t *r, const oci_digest_t *digest,
    const oci_str_t *image)
{
    oci_fsck_name_t  *name;

    name = oci_array_push(&r->names);
    if (name == NULL) {
        return OCI_NOMEM;
    }

    name->digest = *digest;
    name->image = *image;

    return OCI_OK;
}
