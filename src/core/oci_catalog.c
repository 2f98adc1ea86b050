/*
 * Pages of tags and of repositories.
 */

#include "oci_file.h"
#include "oci_layout.h"
#include "oci_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>


#define OCI_CATALOG_DEPTH  128      /* a name of 255 has no more components */
#define OCI_CATALOG_LOOK   128      /* times 8 bytes of directory */


typedef struct {
    oci_store_t   *store;
    oci_pool_t    *pool;
    oci_array_t   *names;
    size_t         n;
    bool           more;
    oci_error_t   *err;
} oci_catalog_t;


static oci_status_e oci_catalog_walk(oci_catalog_t *c, const oci_str_t *repo,
    const oci_str_t *last, size_t depth);
static oci_status_e oci_catalog_visit(oci_catalog_t *c,
    const oci_str_t *parent, const oci_str_t *name, const oci_str_t *last,
    size_t depth);
static void oci_catalog_look(oci_catalog_t *c, const oci_str_t *repo,
    bool *is, bool *nested);
static void oci_catalog_entries(const u_char *p, size_t len, bool *is,
    bool *nested);
static bool oci_catalog_is_repo(oci_catalog_t *c, const oci_str_t *repo);
static oci_status_e oci_page_add(oci_array_t *names, oci_pool_t *pool,
    const oci_str_t *name, oci_error_t *err);


oci_status_e
oci_fs_tags(const oci_repo_t *repo, const oci_str_t *last, size_t n,
    oci_array_t *names, bool *more, oci_error_t *err)
{
    size_t        pos;
    oci_str_t     name;
    oci_list_t   *list;
    oci_status_e  rc;

    rc = oci_list_open(&list, repo->store, repo->pool, oci_layout_tags(repo),
                       err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (oci_list_count(list) >= OCI_LIST_LARGE) {
        oci_list_save(list);
    }

    *more = false;
    pos = oci_list_seek(list, last, false);

    while (oci_list_next(list, &pos, &name)) {

        if (names->nelts == n) {
            *more = true;
            break;
        }

        rc = oci_page_add(names, repo->pool, &name, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


oci_status_e
oci_fs_catalog(oci_store_t *store, oci_pool_t *pool,
    const oci_str_t *last, size_t n, oci_array_t *names, bool *more,
    oci_error_t *err)
{
    oci_str_t      top = oci_null_string;
    oci_catalog_t  c = { store, pool, names, n, false, err };
    oci_status_e   rc;

    rc = oci_catalog_walk(&c, &top, last, 0);
    *more = c.more;

    return rc;
}


/*
 * Adds the repositories below repo that come after last.  last is relative
 * to repo; empty: all of them.
 */

static oci_status_e
oci_catalog_walk(oci_catalog_t *c, const oci_str_t *repo,
    const oci_str_t *last, size_t depth)
{
    size_t        pos;
    u_char       *slash;
    oci_str_t     name, first, rest = oci_null_string;
    oci_list_t   *list;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_list_open(&list, c->store, c->pool,
                       oci_layout_repo(oci_repo(c->store, c->pool, repo)),
                       &err);

    /* no store yet, removed meanwhile, or not a directory at all */

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(c->err, rc, 0, "%s", err.text);
    }

    if (oci_list_count(list) >= OCI_LIST_LARGE) {
        oci_list_save(list);
    }

    first = *last;
    slash = (last->len != 0) ? memchr(last->data, '/', last->len) : NULL;

    if (slash != NULL) {
        first.len = (size_t) (slash - last->data);
        rest.data = slash + 1;
        rest.len = last->len - first.len - 1;
    }

    pos = oci_list_seek(list, &first, true);

    while (!c->more && oci_list_next(list, &pos, &name)) {

        if (name.data[0] == '_') {
            continue;
        }

        if (first.len != 0 && oci_str_eq(&name, &first)) {

            /* last itself is not repeated; what lies below it may be due */

            rc = oci_catalog_visit(c, repo, &name,
                                   &rest, depth);

        } else {
            rc = oci_catalog_visit(c, repo, &name, NULL, depth);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* last: NULL for a name that comes after it, else what is left of it */

static oci_status_e
oci_catalog_visit(oci_catalog_t *c, const oci_str_t *parent,
    const oci_str_t *name, const oci_str_t *last, size_t depth)
{
    bool          is, nested;
    oci_str_t     repo, none = oci_null_string;
    oci_status_e  rc;

    repo = oci_strf(c->pool, "%.*s%s%.*s", (int) parent->len, parent->data,
                    parent->len != 0 ? "/" : "", (int) name->len, name->data);

    if (repo.data == NULL) {
        return oci_nomem(c->err);
    }

    oci_catalog_look(c, &repo, &is, &nested);

    if (last == NULL && is) {

        if (c->names->nelts == c->n) {
            c->more = true;
            return OCI_OK;
        }

        rc = oci_page_add(c->names, c->pool, &repo, c->err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (!nested || depth + 1 == OCI_CATALOG_DEPTH) {
        return OCI_OK;
    }

    return oci_catalog_walk(c, &repo, last != NULL ? last : &none, depth + 1);
}


/*
 * Whether this is a repository, and whether there may be others below it.
 * Nearly all have none and are read in one call; readdir() would fetch a
 * thousand names of the one that has.
 */

static void
oci_catalog_look(oci_catalog_t *c, const oci_str_t *repo, bool *is,
    bool *nested)
{
    int       fd;
    char     *dir;
    ssize_t   n, rest;
    uint64_t  buf[OCI_CATALOG_LOOK], more[OCI_CATALOG_LOOK];

    dir = oci_layout_repo(oci_repo(c->store, c->pool, repo));
    fd = (dir != NULL) ? open(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC) : -1;
    n = (fd != -1) ? getdents64(fd, buf, sizeof(buf)) : -1;
    rest = (n > 0) ? getdents64(fd, more, sizeof(more)) : n;

    if (fd != -1) {
        (void) close(fd);
    }

    *is = false;

    /* what cannot be read is reported by the walk through it */

    *nested = (rest != 0);

    if (n > 0) {
        oci_catalog_entries((const u_char *) buf, (size_t) n, is, nested);
    }

    *is = *is || oci_catalog_is_repo(c, repo);
}


static void
oci_catalog_entries(const u_char *p, size_t len, bool *is, bool *nested)
{
    const u_char           *last;
    const struct dirent64  *entry;

    for (last = p + len; p < last; p += entry->d_reclen) {
        entry = (const struct dirent64 *) p;

        if (entry->d_name[0] != '_') {
            *nested = *nested || (entry->d_name[0] != '.'
                                  && entry->d_type != DT_REG);

        } else if (entry->d_type == DT_DIR
                   && (strcmp(entry->d_name, "_layers") == 0
                       || strcmp(entry->d_name, "_manifests") == 0))
        {
            *is = true;
        }
    }
}


static bool
oci_catalog_is_repo(oci_catalog_t *c, const oci_str_t *repo)
{
    const oci_repo_t  *r = oci_repo(c->store, c->pool, repo);

    return oci_file_is_dir(oci_layout_layers(r))
           || oci_file_is_dir(oci_layout_manifests(r));
}


static oci_status_e
oci_page_add(oci_array_t *names, oci_pool_t *pool, const oci_str_t *name,
    oci_error_t *err)
{
    oci_str_t  *s;

    s = oci_array_push(names);

    if (s != NULL) {
        *s = oci_str_dup(pool, name->data, name->len);
    }

    if (s == NULL || s->data == NULL) {
        return oci_nomem(err);
    }

    return OCI_OK;
}
