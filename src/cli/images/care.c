#include "images/care.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>


#define CARE_TREE  "docker/registry/v2"


typedef struct {
    oci_store_t  *store;
    care_size_t  *size;
    bool        (*blob)(void *data, const oci_digest_t *digest);
    void         *data;
} care_measure_t;


static const char *care_above(cmd_t *cmd, const char *root);
static oci_status_e care_measure_repo(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e care_measure_manifest(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e care_measure_blob(void *data,
    const oci_content_t *content, oci_error_t *err);


oci_status_e
care_store_open(cmd_t *cmd, const char *root, unsigned flags,
    oci_store_t **store)
{
    oci_str_t    tree;
    const char  *above;

    tree = oci_strf(cmd->pool, "%s/" CARE_TREE, root);

    if (tree.data == NULL) {
        return oci_nomem(&cmd->err);
    }

    if (access((char *) tree.data, R_OK|X_OK) == -1) {

        if (errno != ENOENT && errno != ENOTDIR) {
            return oci_error_errno(&cmd->err, errno, "cannot read \"%s\"",
                                   (char *) tree.data);
        }

        above = care_above(cmd, root);

        if (above != NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "\"%s\" is inside a "
                             "store: --root %s", root, above);
        }

        return oci_error(&cmd->err, OCI_NOT_FOUND, 0, "no store at \"%s\": "
                         "--root names the folder that holds " CARE_TREE,
                         root);
    }

    return oci_store_open(store, cmd->pool, root, flags, &cmd->err);
}


/* the root that a folder inside the tree belongs to; NULL: it is in none */

static const char *
care_above(cmd_t *cmd, const char *root)
{
    char       *p;
    size_t      i;
    oci_str_t   path;

    path = oci_str_dup(cmd->pool, (const u_char *) root, strlen(root));

    for (i = 0; path.data != NULL && i < 3; i++) {
        p = strrchr((char *) path.data, '/');

        if (p == NULL || p == (char *) path.data) {
            return NULL;
        }

        *p = '\0';

        if (access((char *) oci_strf(cmd->pool, "%s/" CARE_TREE,
                                     (char *) path.data).data, R_OK) == 0)
        {
            return (char *) path.data;
        }
    }

    return NULL;
}


oci_status_e
care_measure(oci_store_t *store, care_size_t *size,
    bool (*blob)(void *data, const oci_digest_t *digest), void *data,
    oci_error_t *err)
{
    oci_status_e    rc;
    care_measure_t  m = { store, size, blob, data };

    memset(size, 0, sizeof(care_size_t));

    rc = oci_store_walk_repos(store, care_measure_repo, &m, err);

    return (rc == OCI_OK)
           ? oci_store_walk_content(store, care_measure_blob, &m, err) : rc;
}


static oci_status_e
care_measure_repo(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_pool_t      *pool;
    oci_status_e     rc;
    care_measure_t  *m = data;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_store_walk_places(oci_repo(m->store, pool, name),
                               OCI_LINK_REVISION, care_measure_manifest, m,
                               err);
    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
care_measure_manifest(void *data, const oci_str_t *name, oci_error_t *err)
{
    care_measure_t  *m = data;

    (void) name;
    (void) err;

    m->size->manifests++;

    return OCI_OK;
}


static oci_status_e
care_measure_blob(void *data, const oci_content_t *content, oci_error_t *err)
{
    care_measure_t  *m = data;

    (void) err;

    if (content->where == OCI_WALK_CONTENT && content->status == OCI_OK
        && (m->blob == NULL || m->blob(m->data, &content->digest)))
    {
        m->size->blobs++;
        m->size->bytes += content->size;
    }

    return OCI_OK;
}
