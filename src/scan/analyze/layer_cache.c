/*
 * One table.  The connection is shared by threads: SQLite is opened in its
 * serialized mode, and each call prepares its own statement.
 */

#include "oci_scan_cache.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>


#define OCI_SCAN_CACHE_NAME  (OCI_DIGEST_MAX + 64)
#define OCI_SCAN_CACHE_WAIT  2000       /* ms for another process */


struct oci_scan_cache_s {
    sqlite3  *db;
};


static void cache_close(void *data);
static sqlite3_stmt *cache_prepare(oci_scan_cache_t *cache,
    const char *sql, const oci_scan_image_layer_t *source,
    const char *rules);


oci_status_e
oci_scan_cache_open(oci_scan_cache_t **out, oci_pool_t *pool,
    const char *path, oci_error_t *err)
{
    int                rc;
    oci_scan_cache_t  *cache;

    cache = oci_pcalloc(pool, sizeof(oci_scan_cache_t));
    if (cache == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = sqlite3_open_v2(path, &cache->db,
                         SQLITE_OPEN_READWRITE|SQLITE_OPEN_CREATE
                         |SQLITE_OPEN_FULLMUTEX, NULL);

    if (oci_pool_cleanup(pool, cache_close, cache) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (rc == SQLITE_OK) {
        (void) sqlite3_busy_timeout(cache->db, OCI_SCAN_CACHE_WAIT);
        rc = sqlite3_exec(cache->db,
                          "PRAGMA journal_mode = DELETE;"
                          "PRAGMA synchronous = OFF;"
                          "CREATE TABLE IF NOT EXISTS layers ("
                          " digest TEXT NOT NULL, version INTEGER NOT NULL,"
                          " blob BLOB NOT NULL,"
                          " PRIMARY KEY (digest, version)) WITHOUT ROWID",
                          NULL, NULL, NULL);
    }

    if (rc != SQLITE_OK) {
        return oci_error(err, OCI_IO, 0, "cannot open the layer cache "
                         "\"%s\": %s; remove it", path,
                         sqlite3_errmsg(cache->db));
    }

    *out = cache;
    return OCI_OK;
}


oci_status_e
oci_scan_cache_get(oci_scan_cache_t *cache,
    const oci_scan_image_layer_t *source, const char *rules,
    oci_scan_layer_t *layer)
{
    oci_str_t      packed;
    oci_status_e   rc;
    sqlite3_stmt  *st;

    rc = OCI_NOT_FOUND;
    st = cache_prepare(cache, "SELECT blob FROM layers WHERE "
                       "digest = ? AND version = ?", source, rules);

    if (st != NULL && sqlite3_step(st) == SQLITE_ROW) {

        packed.len = (size_t) sqlite3_column_bytes(st, 0);
        packed = oci_str_dup(layer->pool, sqlite3_column_blob(st, 0),
                             packed.len);

        if (packed.data != NULL
            && oci_scan_layer_unpack(layer, &packed) == OCI_OK)
        {
            rc = OCI_OK;
            layer->diff_id = source->diff_id;

        } else {
            *layer = *oci_scan_layer_create(layer->pool);
        }
    }

    (void) sqlite3_finalize(st);
    return rc;
}


oci_status_e
oci_scan_cache_put(oci_scan_cache_t *cache,
    const oci_scan_image_layer_t *source, const char *rules,
    const oci_scan_layer_t *layer)
{
    oci_buf_t      buf;
    oci_status_e   rc;
    sqlite3_stmt  *st;

    memset(&buf, 0, sizeof(oci_buf_t));
    rc = oci_scan_layer_pack(layer, &buf);

    if (rc == OCI_OK) {

        st = cache_prepare(cache, "INSERT OR REPLACE INTO layers "
                           "(digest, version, blob) VALUES "
                           "(?, ?, ?)", source, rules);

        if (st == NULL
            || sqlite3_bind_blob64(st, 3, buf.data, buf.len, SQLITE_STATIC)
               != SQLITE_OK
            || sqlite3_step(st) != SQLITE_DONE)
        {
            rc = OCI_IO;
        }

        (void) sqlite3_finalize(st);
    }

    oci_buf_free(&buf);
    return rc;
}


static void
cache_close(void *data)
{
    oci_scan_cache_t  *cache;

    cache = data;
    (void) sqlite3_close(cache->db);
}


/*
 * The digest is the layer's, as it was checked; a layer that was only known by
 * its diffID is kept apart, as the same one may also exist compressed.
 */

static sqlite3_stmt *
cache_prepare(oci_scan_cache_t *cache, const char *sql,
    const oci_scan_image_layer_t *source, const char *rules)
{
    char           name[OCI_SCAN_CACHE_NAME];
    const char    *key;
    sqlite3_stmt  *st;

    key = (source->digest.alg != OCI_ALG_NONE) ? source->digest.text
                                               : source->diff_id.text;

    if (sqlite3_prepare_v2(cache->db, sql, -1, &st, NULL) != SQLITE_OK) {
        return NULL;
    }

    (void) snprintf(name, sizeof(name), "%s%s%s", key,
                    rules != NULL ? " " : "", rules != NULL ? rules : "");
    (void) sqlite3_bind_text(st, 1, name, -1, SQLITE_TRANSIENT);
    (void) sqlite3_bind_int(st, 2, OCI_SCAN_ANALYZER_VERSION
                            + ((source->digest.alg != OCI_ALG_NONE) ? 0
                                                                    : 1000));
    return st;
}
