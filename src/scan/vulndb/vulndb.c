/*
 * An open database: Trivy's schema over its buckets, which are advisories,
 * records and data sources.
 */

#include "oci_json.h"
#include "bolt.h"

#include <string.h>


/* the end of a walk that has seen all it wanted */

#define VULNDB_STOP  OCI_EXISTS

/*
 * Packages of one source, copies of one module, programs with the same
 * standard library ask for the same advisories: so much JSON is kept parsed,
 * which takes some ten times its size.
 */

#define VULNDB_KEPT  (512 * 1024)


typedef struct {
    oci_scan_vulndb_t    *db;
    const oci_str_t      *prefix;
    const oci_str_t      *package;
    const oci_str_t      *root;
    oci_scan_advisory_pt  fn;
    void                 *ctx;
} vulndb_walk_t;


static oci_status_e vulndb_top(void *ctx, const oci_str_t *key,
    const oci_str_t *value, const oci_scan_bucket_t *bucket,
    oci_error_t *err);
static void vulndb_close(void *data);
static oci_status_e vulndb_roots(void *ctx, const oci_str_t *key,
    const oci_str_t *value, const oci_scan_bucket_t *bucket,
    oci_error_t *err);
static oci_status_e vulndb_package(vulndb_walk_t *w,
    const oci_scan_bucket_t *root, oci_error_t *err);
static oci_status_e vulndb_advisory(void *ctx, const oci_str_t *key,
    const oci_str_t *value, const oci_scan_bucket_t *bucket,
    oci_error_t *err);
static json_t *vulndb_parsed(oci_scan_vulndb_t *db, const oci_str_t *value,
    oci_error_t *err);
static oci_status_e vulndb_json(oci_scan_vulndb_t *db, oci_scan_map_t *map,
    const char *bucket, const oci_str_t *key, const json_t **json,
    oci_error_t *err);
static void vulndb_release(oci_scan_map_t *map);


oci_status_e
oci_scan_vulndb_open(oci_scan_vulndb_t **out, oci_pool_t *pool,
    const char *path, oci_error_t *err)
{
    oci_status_e        rc;
    oci_scan_bucket_t   root;
    oci_scan_vulndb_t  *db;

    db = oci_pcalloc(pool, sizeof(oci_scan_vulndb_t));
    if (db == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    db->pool = pool;
    db->path = (char *) oci_str_dup(pool, (const u_char *) path,
                                    strlen(path)).data;
    oci_scan_map_init(&db->records, pool);
    oci_scan_map_init(&db->sources, pool);
    oci_scan_map_init(&db->advisories, pool);

    rc = bolt_map(db, path, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_pool_cleanup(pool, vulndb_close, db);

    if (rc == OCI_OK) {
        rc = bolt_metas(db, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_root(db, &root, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_walk(db, &root, NULL, vulndb_top, NULL, err);
    }

    *out = db;

    return rc;
}


/* the walk itself looks at the page of each root bucket: few, and telling */

static oci_status_e
vulndb_top(void *ctx, const oci_str_t *key, const oci_str_t *value,
    const oci_scan_bucket_t *bucket, oci_error_t *err)
{
    (void) ctx;
    (void) key;
    (void) value;
    (void) bucket;
    (void) err;

    return OCI_OK;
}


static void
vulndb_close(void *data)
{
    oci_scan_vulndb_t  *db = data;

    vulndb_release(&db->records);
    vulndb_release(&db->sources);
    vulndb_release(&db->advisories);
    bolt_unmap(db);
}


oci_status_e
oci_scan_vulndb_advisories(oci_scan_vulndb_t *db, const oci_str_t *root,
    const oci_str_t *package, oci_scan_advisory_pt fn, void *ctx,
    oci_error_t *err)
{
    oci_status_e        rc;
    vulndb_walk_t       w;
    oci_scan_bucket_t   top, bucket;

    memset(&w, 0, sizeof(w));
    w.db = db;
    w.package = package;
    w.fn = fn;
    w.ctx = ctx;

    rc = oci_scan_bucket_root(db, &top, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (oci_str_suffix(root, "::")) {
        w.prefix = root;
        rc = oci_scan_bucket_walk(db, &top, root, vulndb_roots, &w, err);

        return rc == VULNDB_STOP ? OCI_OK : rc;
    }

    rc = oci_scan_bucket_find(db, &top, root, &bucket, err);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    w.root = root;

    return rc == OCI_OK ? vulndb_package(&w, &bucket, err) : rc;
}


static oci_status_e
vulndb_roots(void *ctx, const oci_str_t *key, const oci_str_t *value,
    const oci_scan_bucket_t *bucket, oci_error_t *err)
{
    vulndb_walk_t  *w = ctx;

    (void) value;

    if (key->len < w->prefix->len
        || memcmp(key->data, w->prefix->data, w->prefix->len) != 0)
    {
        return VULNDB_STOP;
    }

    if (bucket == NULL) {
        return OCI_OK;
    }

    w->root = key;

    return vulndb_package(w, bucket, err);
}


static oci_status_e
vulndb_package(vulndb_walk_t *w, const oci_scan_bucket_t *root,
    oci_error_t *err)
{
    oci_status_e        rc;
    oci_scan_bucket_t   bucket;

    rc = oci_scan_bucket_find(w->db, root, w->package, &bucket, err);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    return rc == OCI_OK
           ? oci_scan_bucket_walk(w->db, &bucket, NULL, vulndb_advisory, w,
                                  err)
           : rc;
}


static oci_status_e
vulndb_advisory(void *ctx, const oci_str_t *key, const oci_str_t *value,
    const oci_scan_bucket_t *bucket, oci_error_t *err)
{
    json_t         *json;
    oci_error_t     why;
    oci_status_e    rc;
    vulndb_walk_t  *w = ctx;

    (void) bucket;

    if (value == NULL) {
        return OCI_OK;
    }

    memset(&why, 0, sizeof(why));
    json = vulndb_parsed(w->db, value, &why);

    if (json == NULL) {
        return oci_error(err, OCI_INVALID, 0, "the vulnerability database "
                         "\"%s\" is damaged: advisory \"%.*s\": %.200s",
                         w->db->path, (int) (key->len < 64 ? key->len : 64),
                         key->data, why.text);
    }

    rc = w->fn(w->ctx, w->root, key, json, err);
    json_decref(json);

    return rc;
}


/* a reference to the advisory, kept since last time or parsed */

static json_t *
vulndb_parsed(oci_scan_vulndb_t *db, const oci_str_t *value,
    oci_error_t *err)
{
    json_t     *json;
    oci_str_t   address;

    address.data = (u_char *) &value->data;
    address.len = sizeof(value->data);

    json = oci_scan_map_get(&db->advisories, &address);
    if (json != NULL) {
        return json_incref(json);
    }

    json = oci_json_load(value->data, value->len, 0, err);

    if (json == NULL || value->len > VULNDB_KEPT - db->kept) {
        return json;
    }

    address = oci_str_dup(db->pool, address.data, address.len);

    if (address.data != NULL
        && oci_scan_map_set(&db->advisories, &address, json))
    {
        db->kept += value->len;
        (void) json_incref(json);
    }

    return json;
}


oci_status_e
oci_scan_vulndb_filled(oci_scan_vulndb_t *db, oci_error_t *err)
{
    oci_str_t           name;
    oci_status_e        rc;
    oci_scan_bucket_t   top, bucket;

    name = oci_str("vulnerability");
    rc = oci_scan_bucket_root(db, &top, err);

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_find(db, &top, &name, &bucket, err);
    }

    if (rc == OCI_NOT_FOUND) {
        return oci_error(err, OCI_INVALID, 0, "the vulnerability database "
                         "\"%s\" holds no vulnerabilities: it was not "
                         "written to its end", db->path);
    }

    return rc;
}


oci_status_e
oci_scan_vulndb_record(oci_scan_vulndb_t *db, const oci_str_t *id,
    const json_t **record, oci_error_t *err)
{
    return vulndb_json(db, &db->records, "vulnerability", id, record, err);
}


oci_status_e
oci_scan_vulndb_source(oci_scan_vulndb_t *db, const oci_str_t *root,
    const json_t **source, oci_error_t *err)
{
    return vulndb_json(db, &db->sources, "data-source", root, source, err);
}


static oci_status_e
vulndb_json(oci_scan_vulndb_t *db, oci_scan_map_t *map, const char *name,
    const oci_str_t *key, const json_t **json, oci_error_t *err)
{
    json_t             *found;
    oci_str_t           bucket_name, value, kept;
    oci_status_e        rc;
    oci_scan_bucket_t   top, bucket;

    *json = oci_scan_map_get(map, key);
    if (*json != NULL) {
        return OCI_OK;
    }

    bucket_name = oci_str(name);
    rc = oci_scan_bucket_root(db, &top, err);

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_find(db, &top, &bucket_name, &bucket, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_get(db, &bucket, key, &value, err);
    }

    if (rc != OCI_OK) {
        return rc == OCI_NOT_FOUND ? OCI_OK : rc;
    }

    found = oci_json_load(value.data, value.len, 0, err);
    if (found == NULL) {
        return OCI_INVALID;
    }

    kept = oci_str_dup(db->pool, key->data, key->len);

    if (kept.data == NULL || !oci_scan_map_set(map, &kept, found)) {
        json_decref(found);
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *json = found;

    return OCI_OK;
}


static void
vulndb_release(oci_scan_map_t *map)
{
    size_t  i;

    for (i = 0; i < map->size; i++) {
        if (map->slots[i].value != NULL) {
            json_decref(map->slots[i].value);
            map->slots[i].value = NULL;
        }
    }
}
