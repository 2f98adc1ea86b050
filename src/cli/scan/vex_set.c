/*
 * The documents of VEX repositories, each read when a finding asks for it.
 */

#include "scan/vex_repo.h"
#include "base/go_json.h"
#include "base/map.h"
#include "oci_file.h"
#include "oci_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>


#define VEX_INDEX_MAX  ((size_t) 64 << 20)
#define VEX_SPEC       "0.1"


/* what one of them has, by package */

typedef struct {
    vex_repo_t       *repo;
    char             *dir;
    oci_scan_map_t    packages;     /* package URL -> json_t * of the index */
} vex_index_t;


typedef struct {
    scan_t           *s;
    oci_pool_t       *pool;
    oci_array_t       indexes;      /* of vex_index_t, the first comes first */
    oci_scan_map_t    documents;    /* path -> oci_scan_vex_t * */
} vex_set_t;


static oci_status_e vex_index(vex_set_t *set, vex_repo_t *repo);
static void vex_index_free(void *index);
static const oci_scan_vex_t *vex_about(void *ctx, const oci_str_t *purl);
static const oci_scan_vex_t *vex_document(vex_set_t *set,
    const vex_index_t *index, const json_t *entry);
static char *vex_inside(vex_set_t *set, const vex_index_t *index,
    const oci_str_t *location);


static oci_scan_names_t  vex_names[] = {
    "format", "id", "location", "packages", NULL
};


oci_status_e
scan_vex_repo(scan_t *s, oci_scan_vex_t *vex)
{
    size_t         i;
    vex_set_t     *set;
    vex_repo_t    *repo;
    oci_array_t    repos;
    oci_status_e   rc;

    oci_array_init(&vex->statements, s->pool,
                   sizeof(oci_scan_vex_statement_t));
    set = oci_pcalloc(s->pool, sizeof(vex_set_t));

    if (set == NULL) {
        return oci_nomem(&s->err);
    }

    set->s = s;
    set->pool = s->pool;
    oci_array_init(&set->indexes, s->pool, sizeof(vex_index_t));
    oci_scan_map_init(&set->documents, s->pool);

    rc = vex_repo_list(s, &repos);
    repo = repos.elts;

    for (i = 0; rc == OCI_OK && i < repos.nelts; i++) {

        if (!repo[i].enabled) {
            continue;
        }

        if (!s->o->db.skip_vex_update && !s->o->db.offline) {
            rc = vex_repo_update(&repo[i]);
        }

        if (rc == OCI_OK) {
            rc = vex_index(set, &repo[i]);
        }
    }

    if (rc == OCI_OK && set->indexes.nelts == 0) {
        scan_log(s, SCAN_WARN, "[vex] No available VEX repository found "
                 "locally");
    }

    vex->about = vex_about;
    vex->ctx = set;

    return rc;
}


static oci_status_e
vex_index(vex_set_t *set, vex_repo_t *repo)
{
    size_t         i;
    json_t        *root, *item;
    oci_str_t      path, text, id;
    oci_status_e   rc;
    vex_index_t   *index;

    path = oci_strf(set->pool, "%s/" VEX_SPEC "/index.json", repo->dir);
    rc = (path.data == NULL) ? oci_nomem(&set->s->err)
         : oci_file_read(set->pool, (char *) path.data, VEX_INDEX_MAX, &text,
                         &set->s->err);

    if (rc == OCI_NOT_FOUND) {
        memset(&set->s->err, 0, sizeof(oci_error_t));
        scan_log(set->s, SCAN_WARN, "[vex] VEX repository not found locally, "
                 "skipping this repository\trepo=\"%s\"", repo->name.data);
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_scan_json_load(&text, OCI_SCAN_JSON_FIRST, vex_names,
                              &set->s->err);
    if (root == NULL) {
        return set->s->err.status;
    }

    index = oci_array_push(&set->indexes);

    if (index == NULL
        || oci_pool_cleanup(set->pool, vex_index_free, root) != OCI_OK)
    {
        return oci_nomem(&set->s->err);
    }

    index->repo = repo;
    index->dir = (char *) oci_strf(set->pool, "%s/" VEX_SPEC, repo->dir).data;
    oci_scan_map_init(&index->packages, set->pool);

    json_array_foreach(json_object_get(root, "packages"), i, item) {

        id = oci_json_str(item, "id");

        if (id.len != 0 && !oci_scan_map_set(&index->packages, &id, item)) {
            return oci_nomem(&set->s->err);
        }
    }

    return (index->dir != NULL) ? OCI_OK : oci_nomem(&set->s->err);
}


static void
vex_index_free(void *index)
{
    json_decref(index);
}


/* the first repository that has the package is the only one that counts */

static const oci_scan_vex_t *
vex_about(void *ctx, const oci_str_t *purl)
{
    size_t        i;
    json_t       *entry;
    vex_set_t    *set;
    vex_index_t  *index;

    set = ctx;
    index = set->indexes.elts;

    for (i = 0; i < set->indexes.nelts; i++) {

        entry = oci_scan_map_get(&index[i].packages, purl);

        if (entry != NULL) {
            return vex_document(set, &index[i], entry);
        }
    }

    return NULL;
}


/* read once; one that cannot be read says nothing */

static const oci_scan_vex_t *
vex_document(vex_set_t *set, const vex_index_t *index, const json_t *entry)
{
    char            *path;
    oci_str_t        key, location, format;
    oci_error_t      why;
    oci_status_e     rc;
    oci_scan_vex_t  *vex;

    location = oci_json_str(entry, "location");
    format = oci_json_str(entry, "format");
    key = oci_strf(set->pool, "%s/%.*s", index->dir, (int) location.len,
                   location.len ? (char *) location.data : "");
    vex = (key.data != NULL) ? oci_scan_map_get(&set->documents, &key) : NULL;

    if (vex != NULL || key.data == NULL) {
        return vex;
    }

    vex = oci_pcalloc(set->pool, sizeof(oci_scan_vex_t));
    if (vex == NULL || !oci_scan_map_set(&set->documents, &key, vex)) {
        return NULL;
    }

    oci_array_init(&vex->statements, set->pool,
                   sizeof(oci_scan_vex_statement_t));
    memset(&why, 0, sizeof(why));
    path = vex_inside(set, index, &location);

    if (path == NULL) {
        rc = oci_error(&why, OCI_NOT_FOUND, 0, "there is no such file in the "
                       "repository");

    } else if (format.len != 0 && !oci_str_is(&format, "openvex")
               && !oci_str_is(&format, "csaf"))
    {
        rc = oci_error(&why, OCI_INVALID, 0, "unsupported VEX format: %.32s",
                       format.data);

    } else {
        rc = oci_scan_vex_load(vex, set->pool, path, &why);
    }

    vex->source = oci_strf(set->pool, "VEX Repository: %s (%s)",
                           index->repo->name.data, index->repo->url.data);

    if (rc != OCI_OK) {
        vex->statements.nelts = 0;
        scan_log(set->s, SCAN_WARN, "[vex] Failed to open the VEX document\t"
                 "location=\"%.*s\" err=\"%s\"", (int) location.len,
                 location.len ? (char *) location.data : "", why.text);
    }

    return vex;
}


/* what an index names may lie in its repository alone, links followed */

static char *
vex_inside(vex_set_t *set, const vex_index_t *index,
    const oci_str_t *location)
{
    char       top[PATH_MAX], real[PATH_MAX];
    size_t     n;
    oci_str_t  path;

    path = oci_strf(set->pool, "%s/%.*s", index->dir, (int) location->len,
                    location->len ? (char *) location->data : "");

    if (path.data == NULL || realpath(index->dir, top) == NULL
        || realpath((char *) path.data, real) == NULL)
    {
        return NULL;
    }

    n = strlen(top);

    return (strncmp(real, top, n) == 0 && real[n] == '/')
           ? (char *) oci_strf(set->pool, "%s", real).data : NULL;
}
