/*
 * Walks over all that is there: content, repositories, links.
 *
 * Directories are read as they are, neither sorted nor remembered: memory does
 * not grow with them.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_link.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>


#define OCI_WALK_DEPTH  128             /* of a name's components */


typedef struct {
    oci_store_t     *store;
    oci_content_pt   each;
    void            *data;
    oci_error_t     *err;
} oci_walk_t;


static oci_status_e oci_walk_open(const char *path, DIR **dir,
    oci_error_t *err);
static struct dirent *oci_walk_next(DIR *dir, const char *path,
    oci_status_e *rc, oci_error_t *err);
static oci_status_e oci_walk_alg(oci_walk_t *w, oci_alg_e alg);
static oci_status_e oci_walk_prefix(oci_walk_t *w, oci_alg_e alg,
    const char *path);
static oci_status_e oci_walk_digest(oci_walk_t *w, oci_alg_e alg,
    const char *hex);
static oci_status_e oci_walk_give(oci_walk_t *w, oci_pool_t *pool,
    const oci_digest_t *digest, oci_walk_e where, const char *path);
static oci_status_e oci_walk_repo(oci_store_t *store, const oci_str_t *name,
    size_t depth, oci_name_pt each, void *data, oci_error_t *err);
static oci_status_e oci_walk_places(const oci_repo_t *repo, oci_link_e kind,
    oci_alg_e alg, const char *path, oci_link_pt each, void *data,
    oci_error_t *err);
static oci_status_e oci_walk_link(const oci_repo_t *repo, oci_link_e kind,
    oci_alg_e alg, const char *name, oci_link_pt each, void *data,
    oci_error_t *err);


/* dir is NULL when there is none */

static oci_status_e
oci_walk_open(const char *path, DIR **dir, oci_error_t *err)
{
    *dir = NULL;

    if (path == NULL) {
        return oci_nomem(err);
    }

    *dir = opendir(path);

    if (*dir == NULL && errno != ENOENT && errno != ENOTDIR) {
        return oci_error(err, OCI_IO, errno, "cannot read \"%s\"", path);
    }

    return OCI_OK;
}


/* the next entry that is no file, while rc is OCI_OK; closes dir at the end */

static struct dirent *
oci_walk_next(DIR *dir, const char *path, oci_status_e *rc, oci_error_t *err)
{
    struct dirent  *entry;

    while (dir != NULL && *rc == OCI_OK) {
        errno = 0;
        entry = readdir(dir);

        if (entry == NULL) {
            if (errno != 0) {
                *rc = oci_error(err, OCI_IO, errno, "cannot read \"%s\"",
                                path);
            }

            break;
        }

        if (entry->d_name[0] != '.' && entry->d_type != DT_REG) {
            return entry;
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }

    return NULL;
}


oci_status_e
oci_fs_walk_content(oci_store_t *store, oci_content_pt each, void *data,
    oci_error_t *err)
{
    oci_alg_e     alg;
    oci_status_e  rc;
    oci_walk_t    w = { store, each, data, err };

    rc = OCI_OK;

    for (alg = OCI_SHA256; rc == OCI_OK && alg <= OCI_SHA512; alg++) {
        rc = oci_walk_alg(&w, alg);
    }

    return rc;
}


static oci_status_e
oci_walk_alg(oci_walk_t *w, oci_alg_e alg)
{
    DIR            *dir;
    char           *top, *path;
    oci_pool_t     *pool;
    oci_status_e    rc;
    struct dirent  *entry;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(w->err);
    }

    top = (char *) oci_strf(pool, "%s/%s", oci_layout_blobs(w->store, pool),
                            oci_alg_name(alg)).data;
    rc = oci_walk_open(top, &dir, w->err);

    while ((entry = oci_walk_next(dir, top, &rc, w->err)) != NULL) {
        path = (char *) oci_strf(pool, "%s/%s", top, entry->d_name).data;
        rc = oci_walk_prefix(w, alg, path);
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_walk_prefix(oci_walk_t *w, oci_alg_e alg, const char *path)
{
    DIR            *dir;
    oci_status_e    rc;
    struct dirent  *entry;

    rc = oci_walk_open(path, &dir, w->err);

    while ((entry = oci_walk_next(dir, path, &rc, w->err)) != NULL) {
        rc = oci_walk_digest(w, alg, entry->d_name);
    }

    return rc;
}


static oci_status_e
oci_walk_digest(oci_walk_t *w, oci_alg_e alg, const char *hex)
{
    oci_str_t     text;
    oci_pool_t   *pool;
    oci_digest_t  digest;
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(w->err);
    }

    text = oci_strf(pool, "%s:%s", oci_alg_name(alg), hex);
    rc = OCI_OK;

    /* a foreign directory among ours */

    if (text.data != NULL && oci_digest_parse(&digest, &text) == OCI_OK) {
        rc = oci_walk_give(w, pool, &digest, OCI_WALK_CONTENT,
                           oci_layout_blob(w->store, pool, &digest));

        if (rc == OCI_OK) {
            rc = oci_walk_give(w, pool, &digest, OCI_WALK_ASIDE,
                               oci_layout_aside(w->store, pool, &digest));
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_walk_give(oci_walk_t *w, oci_pool_t *pool, const oci_digest_t *digest,
    oci_walk_e where, const char *path)
{
    oci_mark_t     mark;
    oci_content_t  c;

    memset(&c, 0, sizeof(c));
    c.digest = *digest;
    c.where = where;
    c.status = oci_file_mark(path, &mark, &c.size, NULL);

    if (c.status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (c.status == OCI_OK) {
        c.status = oci_fs_renewed(w->store, pool, digest, &c.time, NULL);
    }

    return w->each(w->data, &c, w->err);
}


oci_status_e
oci_fs_walk_repos(oci_store_t *store, oci_name_pt each, void *data,
    oci_error_t *err)
{
    oci_str_t  top = oci_null_string;

    return oci_walk_repo(store, &top, 0, each, data, err);
}


/* a repository may have uploads before it has anything else */

static oci_status_e
oci_walk_repo(oci_store_t *store, const oci_str_t *name, size_t depth,
    oci_name_pt each, void *data, oci_error_t *err)
{
    DIR            *dir;
    bool            is;
    char           *path;
    oci_str_t       child;
    oci_pool_t     *pool;
    oci_status_e    rc;
    struct dirent  *entry;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    is = false;
    path = oci_layout_repo(oci_repo(store, pool, name));
    rc = oci_walk_open(path, &dir, err);

    while ((entry = oci_walk_next(dir, path, &rc, err)) != NULL) {

        if (entry->d_name[0] == '_') {
            is = true;
            continue;
        }

        if (depth == OCI_WALK_DEPTH) {
            continue;
        }

        child = oci_strf(pool, "%.*s%s%s", (int) name->len, name->data,
                         name->len != 0 ? "/" : "", entry->d_name);

        rc = (child.data != NULL)
             ? oci_walk_repo(store, &child, depth + 1, each, data, err)
             : oci_nomem(err);
    }

    if (rc == OCI_OK && is && name->len != 0) {
        rc = each(data, name, err);
    }

    oci_pool_destroy(pool);

    return rc;
}


oci_status_e
oci_fs_walk_links(const oci_repo_t *repo, oci_link_e kind, oci_link_pt each,
    void *data, oci_error_t *err)
{
    oci_alg_e     alg;
    oci_status_e  rc;

    if (kind == OCI_LINK_TAG) {
        return oci_walk_places(repo, kind, OCI_ALG_NONE, oci_layout_tags(repo),
                               each, data, err);
    }

    if (kind == OCI_LINK_UPLOAD) {
        return oci_walk_places(repo, kind, OCI_ALG_NONE,
                               oci_layout_uploads(repo), each, data, err);
    }

    rc = OCI_OK;

    for (alg = OCI_SHA256; rc == OCI_OK && alg <= OCI_SHA512; alg++) {
        rc = oci_walk_places(repo, kind, alg, kind == OCI_LINK_LAYER
                                   ? oci_layout_layers_of(repo, alg)
                                   : oci_layout_revisions_of(repo, alg),
                             each, data, err);
    }

    return rc;
}


static oci_status_e
oci_walk_places(const oci_repo_t *repo, oci_link_e kind, oci_alg_e alg,
    const char *path, oci_link_pt each, void *data, oci_error_t *err)
{
    DIR            *dir;
    oci_status_e    rc;
    struct dirent  *entry;

    rc = oci_walk_open(path, &dir, err);

    while ((entry = oci_walk_next(dir, path, &rc, err)) != NULL) {
        rc = oci_walk_link(repo, kind, alg, entry->d_name, each, data, err);
    }

    return rc;
}


static oci_status_e
oci_walk_link(const oci_repo_t *repo, oci_link_e kind, oci_alg_e alg,
    const char *name, oci_link_pt each, void *data, oci_error_t *err)
{
    char          *path;
    oci_link_t     link;
    oci_mark_t     mark;
    oci_repo_t     temp;
    oci_digest_t   digest;
    oci_status_e   rc;

    temp = *repo;
    temp.pool = oci_pool_create();

    if (temp.pool == NULL) {
        return oci_nomem(err);
    }

    memset(&link, 0, sizeof(link));
    link.kind = kind;
    rc = OCI_OK;

    if (kind == OCI_LINK_TAG || kind == OCI_LINK_UPLOAD) {
        link.name = oci_str(name);

    } else {
        link.name = oci_strf(temp.pool, "%s:%s", oci_alg_name(alg), name);

        if (link.name.data == NULL
            || oci_digest_parse(&digest, &link.name) != OCI_OK)
        {
            oci_pool_destroy(temp.pool);
            return OCI_OK;
        }
    }

    path = oci_link_path(&temp, kind, &link.name);

    link.status = (kind == OCI_LINK_UPLOAD)
                  ? OCI_OK : oci_link_try(temp.pool, path, &link.target, NULL);

    if (oci_file_mark(path, &mark, NULL, NULL) == OCI_OK) {
        link.time = (int64_t) mark.value[4];
    }

    rc = each(data, &link, err);
    oci_pool_destroy(temp.pool);

    return rc;
}
