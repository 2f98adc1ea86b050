/*
 * Walks over all that is there: content, repositories, links.
 *
 * A directory is read a chunk of names at a time, and what they name is looked
 * at in the order of its inodes: on a disk that has to be asked for each, that
 * is the order in which they lie there.  Memory does not grow with the store.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define OCI_WALK_DEPTH  128             /* of a name's components */
#define OCI_WALK_CHUNK  4096            /* names */


typedef struct {
    ino_t         inode;
    char         *name;
} oci_entry_t;


/* name is in the directory that is open as dir */

typedef oci_status_e (*oci_entry_pt)(void *data, int dir, const char *name);


typedef struct {
    oci_store_t      *store;
    oci_content_pt    each;
    void             *data;
    oci_error_t      *err;
    oci_alg_e         alg;
    const char       *path;             /* of the directory above */
    int               leases;           /* of the prefix; -1: there are none */
} oci_walk_t;


typedef struct {
    oci_store_t      *store;
    const oci_str_t  *name;
    size_t            depth;
    bool              is;               /* a repository */
    oci_name_pt       each;
    void             *data;
    oci_error_t      *err;
} oci_walk_repo_t;


typedef struct {
    oci_link_e        kind;
    oci_alg_e         alg;
    int64_t           since;
    oci_link_pt       each;
    oci_name_pt       named;            /* in its place: names alone */
    void             *data;
    oci_error_t      *err;
} oci_walk_links_t;


static oci_status_e oci_walk_dir(const char *path, oci_entry_pt each,
    void *data, oci_error_t *err);
static oci_status_e oci_walk_chunk(DIR *dir, const char *path,
    oci_entry_pt each, void *data, bool *more, oci_error_t *err);
static oci_status_e oci_walk_names(DIR *dir, const char *path,
    oci_pool_t *pool, oci_array_t *names, bool *more, oci_error_t *err);
static int oci_entry_cmp(const void *a, const void *b);
static oci_status_e oci_walk_prefix(void *data, int dir, const char *name);
static oci_status_e oci_walk_digest(void *data, int dir, const char *hex);
static oci_status_e oci_walk_give(oci_walk_t *w, int dir,
    oci_content_t *c, const char *name);
static oci_status_e oci_walk_repo(oci_walk_repo_t *w);
static oci_status_e oci_walk_below(void *data, int dir, const char *name);
static oci_status_e oci_walk_places(const oci_repo_t *repo,
    oci_walk_links_t *w);
static oci_status_e oci_walk_link(void *data, int dir, const char *name);


static oci_status_e
oci_walk_dir(const char *path, oci_entry_pt each, void *data,
    oci_error_t *err)
{
    DIR           *dir;
    bool           more;
    oci_status_e   rc;

    if (path == NULL) {
        return oci_nomem(err);
    }

    dir = opendir(path);

    if (dir == NULL) {
        return (errno == ENOENT || errno == ENOTDIR) ? OCI_OK
               : oci_error(err, OCI_IO, errno, "cannot read \"%s\"", path);
    }

    do {
        rc = oci_walk_chunk(dir, path, each, data, &more, err);
    } while (rc == OCI_OK && more);

    (void) closedir(dir);

    return rc;
}


static oci_status_e
oci_walk_chunk(DIR *dir, const char *path, oci_entry_pt each, void *data,
    bool *more, oci_error_t *err)
{
    size_t         i;
    oci_pool_t    *pool;
    oci_array_t    names;
    oci_entry_t   *entry;
    oci_status_e   rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    oci_array_init(&names, pool, sizeof(oci_entry_t));
    rc = oci_walk_names(dir, path, pool, &names, more, err);
    entry = names.elts;

    if (rc == OCI_OK && names.nelts > 1) {
        qsort(entry, names.nelts, sizeof(oci_entry_t), oci_entry_cmp);
    }

    for (i = 0; rc == OCI_OK && i < names.nelts; i++) {
        rc = each(data, dirfd(dir), entry[i].name);
    }

    oci_pool_destroy(pool);

    return rc;
}


/* what may be a directory */

static oci_status_e
oci_walk_names(DIR *dir, const char *path, oci_pool_t *pool,
    oci_array_t *names, bool *more, oci_error_t *err)
{
    oci_entry_t    *entry;
    struct dirent  *d;

    *more = true;

    while (names->nelts < OCI_WALK_CHUNK) {
        errno = 0;
        d = readdir(dir);

        if (d == NULL) {
            *more = false;

            return (errno == 0) ? OCI_OK
                   : oci_error(err, OCI_IO, errno, "cannot read \"%s\"", path);
        }

        if (d->d_name[0] == '.' || d->d_type == DT_REG) {
            continue;
        }

        entry = oci_array_push(names);

        if (entry != NULL) {
            entry->inode = d->d_ino;
            entry->name = (char *) oci_str_dup(pool, (u_char *) d->d_name,
                                               strlen(d->d_name)).data;
        }

        if (entry == NULL || entry->name == NULL) {
            return oci_nomem(err);
        }
    }

    return OCI_OK;
}


static int
oci_entry_cmp(const void *a, const void *b)
{
    const oci_entry_t  *x = a, *y = b;

    return (x->inode > y->inode) - (x->inode < y->inode);
}


oci_status_e
oci_fs_walk_content(oci_store_t *store, oci_content_pt each, void *data,
    oci_error_t *err)
{
    oci_str_t      top;
    oci_walk_t     w = { store, each, data, err, OCI_SHA256, NULL, -1 };
    oci_pool_t    *pool;
    oci_status_e   rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = OCI_OK;

    for ( /* void */ ; rc == OCI_OK && w.alg <= OCI_SHA512; w.alg++) {
        top = oci_strf(pool, "%s/%s", oci_layout_blobs(store, pool),
                       oci_alg_name(w.alg));
        w.path = (char *) top.data;
        rc = oci_walk_dir(w.path, oci_walk_prefix, &w, err);
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_walk_prefix(void *data, int dir, const char *name)
{
    oci_str_t      path;
    oci_walk_t    *w = data;
    oci_pool_t    *pool;
    oci_status_e   rc;

    (void) dir;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(w->err);
    }

    /* a lease that is made after this is seen by whoever looks once more */

    path = oci_strf(pool, "%s/%s/%s", oci_layout_leases(w->store, pool),
                    oci_alg_name(w->alg), name);
    w->leases = (path.data != NULL)
                ? open((char *) path.data, O_PATH|O_DIRECTORY|O_CLOEXEC) : -1;

    path = oci_strf(pool, "%s/%s", w->path, name);
    rc = oci_walk_dir((char *) path.data, oci_walk_digest, w, w->err);

    if (w->leases != -1) {
        (void) close(w->leases);
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_walk_digest(void *data, int dir, const char *hex)
{
    int            n;
    char           text[OCI_DIGEST_MAX + 1];
    oci_str_t      name;
    oci_walk_t    *w = data;
    oci_content_t  c;
    oci_status_e   rc;

    memset(&c, 0, sizeof(oci_content_t));
    n = snprintf(text, sizeof(text), "%s:%s", oci_alg_name(w->alg), hex);
    name = oci_str(text);

    /* a foreign directory among ours */

    if (n < 0 || (size_t) n >= sizeof(text)
        || oci_digest_parse(&c.digest, &name) != OCI_OK)
    {
        return OCI_OK;
    }

    c.where = OCI_WALK_CONTENT;
    rc = oci_walk_give(w, dir, &c, OCI_LAYOUT_DATA);

    if (rc == OCI_OK) {
        c.where = OCI_WALK_ASIDE;
        rc = oci_walk_give(w, dir, &c, OCI_LAYOUT_ASIDE);
    }

    return rc;
}


static oci_status_e
oci_walk_give(oci_walk_t *w, int dir, oci_content_t *c, const char *name)
{
    char           path[OCI_DIGEST_MAX + sizeof("/damaged")];
    const char    *hex;

    hex = oci_digest_hex(&c->digest);
    (void) snprintf(path, sizeof(path), "%s/%s", hex, name);

    c->time = 0;
    c->status = oci_lease_time(dir, path, c->where == OCI_WALK_ASIDE, &c->time,
                               &c->size, NULL);

    if (c->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (c->status == OCI_OK && w->leases != -1) {
        c->status = oci_lease_time(w->leases, hex, false, &c->time, NULL,
                                   NULL);
        c->status = (c->status == OCI_NOT_FOUND) ? OCI_OK : c->status;
    }

    return w->each(w->data, c, w->err);
}


oci_status_e
oci_fs_walk_repos(oci_store_t *store, oci_name_pt each, void *data,
    oci_error_t *err)
{
    oci_str_t        top = oci_null_string;
    oci_walk_repo_t  w = { store, &top, 0, false, each, data, err };

    return oci_walk_repo(&w);
}


static oci_status_e
oci_walk_repo(oci_walk_repo_t *w)
{
    oci_pool_t    *pool;
    oci_status_e   rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(w->err);
    }

    rc = oci_walk_dir(oci_layout_repo(oci_repo(w->store, pool, w->name)),
                      oci_walk_below, w, w->err);

    if (rc == OCI_OK && w->is && w->name->len != 0) {
        rc = w->each(w->data, w->name, w->err);
    }

    oci_pool_destroy(pool);

    return rc;
}


/* a repository may have uploads before it has anything else */

static oci_status_e
oci_walk_below(void *data, int dir, const char *name)
{
    oci_str_t         child;
    oci_pool_t       *pool;
    oci_status_e      rc;
    oci_walk_repo_t  *w = data, below;

    (void) dir;

    if (name[0] == '_') {
        w->is = true;
        return OCI_OK;
    }

    if (w->depth == OCI_WALK_DEPTH) {
        return OCI_OK;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(w->err);
    }

    child = oci_strf(pool, "%.*s%s%s", (int) w->name->len, w->name->data,
                     w->name->len != 0 ? "/" : "", name);
    below = *w;
    below.name = &child;
    below.depth++;
    below.is = false;

    rc = (child.data != NULL) ? oci_walk_repo(&below) : oci_nomem(w->err);
    oci_pool_destroy(pool);

    return rc;
}


oci_status_e
oci_fs_walk_links(const oci_repo_t *repo, oci_link_e kind, int64_t since,
    oci_link_pt each, void *data, oci_error_t *err)
{
    oci_walk_links_t  w = { kind, OCI_ALG_NONE, since, each, NULL, data, err };

    return oci_walk_places(repo, &w);
}


oci_status_e
oci_fs_walk_places(const oci_repo_t *repo, oci_link_e kind, oci_name_pt each,
    void *data, oci_error_t *err)
{
    oci_walk_links_t  w = { kind, OCI_ALG_NONE, INT64_MIN, NULL, each, data,
                            err };

    return oci_walk_places(repo, &w);
}


static oci_status_e
oci_walk_places(const oci_repo_t *repo, oci_walk_links_t *w)
{
    oci_status_e  rc;

    if (w->kind == OCI_LINK_TAG) {
        return oci_walk_dir(oci_layout_tags(repo), oci_walk_link, w, w->err);
    }

    if (w->kind == OCI_LINK_UPLOAD) {
        return oci_walk_dir(oci_layout_uploads(repo), oci_walk_link, w,
                            w->err);
    }

    rc = OCI_OK;

    for (w->alg = OCI_SHA256; rc == OCI_OK && w->alg <= OCI_SHA512; w->alg++) {
        rc = oci_walk_dir(w->kind == OCI_LINK_LAYER
                          ? oci_layout_layers_of(repo, w->alg)
                          : oci_layout_revisions_of(repo, w->alg),
                          oci_walk_link, w, w->err);
    }

    return rc;
}


static oci_status_e
oci_walk_link(void *data, int dir, const char *name)
{
    char               text[NAME_MAX + sizeof("sha512:")];
    oci_link_t         link;
    oci_digest_t       digest;
    oci_walk_links_t  *w = data;

    memset(&link, 0, sizeof(link));
    link.kind = w->kind;
    link.name = oci_str(name);

    if (w->alg != OCI_ALG_NONE) {
        (void) snprintf(text, sizeof(text), "%s:%s", oci_alg_name(w->alg),
                        name);
        link.name = oci_str(text);

        if (oci_digest_parse(&digest, &link.name) != OCI_OK) {
            return OCI_OK;
        }
    }

    if (w->named != NULL) {
        return w->named(w->data, &link.name, w->err);
    }

    return oci_link_look(dir, name, w->since, &link)
           ? w->each(w->data, &link, w->err) : OCI_OK;
}
