/*
 * Uploads that nobody finished.
 */

#include "oci_upload.h"
#include "oci_layout.h"
#include "oci_list.h"

#include <string.h>
#include <sys/stat.h>


#define OCI_EXPIRE_DEPTH  128       /* of a name's components */
#define OCI_EXPIRE_QUIET  3600      /* s without a byte */


typedef struct {
    oci_store_t  *store;
    int64_t       now;
    int64_t       age;
    size_t        removed;
    oci_error_t  *err;
} oci_expire_t;


static oci_status_e oci_expire_walk(oci_expire_t *e, const oci_str_t *repo,
    size_t depth);
static oci_status_e oci_expire_repo(oci_expire_t *e, oci_pool_t *pool,
    const oci_str_t *repo);
static bool oci_expire_due(oci_expire_t *e, oci_pool_t *pool,
    const oci_str_t *repo, const oci_str_t *id);


oci_status_e
oci_upload_expire(oci_store_t *store, int64_t now, int64_t age,
    size_t *removed, oci_error_t *err)
{
    oci_str_t     top = oci_null_string;
    oci_expire_t  e = { store, now, age, 0, err };
    oci_status_e  rc;

    rc = oci_expire_walk(&e, &top, 0);
    *removed = e.removed;

    return rc;
}


/* a repository may have uploads before it has anything else */

static oci_status_e
oci_expire_walk(oci_expire_t *e, const oci_str_t *repo, size_t depth)
{
    size_t        pos;
    oci_str_t     name, child;
    oci_pool_t   *pool;
    oci_list_t   *list;
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_error(e->err, OCI_NOMEM, 0, "out of memory");
    }

    rc = oci_list_open(&list, e->store, pool,
                       oci_layout_repo(e->store, pool, repo, "%s", ""), NULL);

    if (rc != OCI_OK) {
        oci_pool_destroy(pool);
        return (rc == OCI_NOT_FOUND) ? OCI_OK
               : oci_error(e->err, rc, 0, "cannot list \"%s\"",
                           repo->len != 0 ? (char *) repo->data
                                          : "repositories");
    }

    pos = 0;

    while (rc == OCI_OK && oci_list_next(list, &pos, &name)) {

        if (oci_str_is(&name, "_uploads")) {
            rc = oci_expire_repo(e, pool, repo);

        } else if (name.data[0] != '_' && depth < OCI_EXPIRE_DEPTH) {
            child = oci_strf(pool, "%.*s%s%.*s", (int) repo->len, repo->data,
                             repo->len != 0 ? "/" : "",
                             (int) name.len, name.data);

            rc = oci_expire_walk(e, &child, depth + 1);
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_expire_repo(oci_expire_t *e, oci_pool_t *pool, const oci_str_t *repo)
{
    size_t       pos;
    oci_str_t    id;
    oci_list_t  *list;

    if (oci_list_open(&list, e->store, pool,
                      oci_layout_repo(e->store, pool, repo, "/_uploads"),
                      NULL) != OCI_OK)
    {
        return OCI_OK;
    }

    pos = 0;

    while (oci_list_next(list, &pos, &id)) {

        if (oci_upload_id_valid(&id)
            && oci_expire_due(e, pool, repo, &id)
            && oci_upload_cancel(e->store, pool, repo, &id, NULL) == OCI_OK)
        {
            e->removed++;
        }
    }

    return OCI_OK;
}


/* too old, and no byte has arrived lately */

static bool
oci_expire_due(oci_expire_t *e, oci_pool_t *pool, const oci_str_t *repo,
    const oci_str_t *id)
{
    char         *path;
    uint64_t      offset;
    struct stat   st;

    if (oci_upload_status(e->store, pool, repo, id, e->now, e->age, &offset,
                          NULL)
        != OCI_NOT_FOUND)
    {
        return false;
    }

    path = oci_layout_repo(e->store, pool, repo, "/_uploads/%.*s/data",
                           (int) id->len, id->data);

    if (path == NULL) {
        return false;
    }

    if (stat(path, &st) == -1) {

        /* without data it never was one; its directory tells how old it is */

        path[strlen(path) - (sizeof("/data") - 1)] = '\0';

        if (stat(path, &st) == -1) {
            return false;
        }
    }

    return e->now - (int64_t) st.st_mtim.tv_sec > OCI_EXPIRE_QUIET;
}
