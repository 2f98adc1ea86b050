/*
 * The Java database: two tables of SQLite.
 *
 * Source: the files that trivy-java-db publishes.
 */

#include "oci_scan_java.h"

#include <openssl/crypto.h>
#include <sqlite3.h>
#include <string.h>


#define JAVA_SHA1  20


struct oci_scan_javadb_s {
    oci_pool_t  *pool;
    sqlite3     *db;
    bool         broken;
};


static void java_close(void *data);
static sqlite3_stmt *java_ask(oci_scan_javadb_t *db, const char *sql,
    const oci_str_t *first, const oci_str_t *second);
static bool java_row(oci_scan_javadb_t *db, sqlite3_stmt *st);
static bool java_by_manifest(oci_scan_javadb_t *db, oci_scan_jar_t *jar);
static bool java_by_sha1(oci_scan_javadb_t *db, oci_scan_jar_t *jar);
static bool java_by_name(oci_scan_javadb_t *db, oci_scan_jar_t *jar);
static oci_str_t java_text(oci_scan_javadb_t *db, sqlite3_stmt *st, int i);


oci_status_e
oci_scan_javadb_open(oci_scan_javadb_t **out, oci_pool_t *pool,
    const char *path, oci_error_t *err)
{
    int                 rc;
    oci_scan_javadb_t  *db;

    db = oci_pcalloc(pool, sizeof(oci_scan_javadb_t));
    if (db == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    db->pool = pool;
    rc = sqlite3_open_v2(path, &db->db,
                         SQLITE_OPEN_READONLY|SQLITE_OPEN_NOMUTEX, NULL);

    if (oci_pool_cleanup(pool, java_close, db) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db->db,
                          "PRAGMA trusted_schema = OFF;"
                          "PRAGMA cell_size_check = ON;"
                          "SELECT group_id, artifact_id FROM artifacts "
                          "LIMIT 1;"
                          "SELECT artifact_id, version, sha1, archive_type "
                          "FROM indices LIMIT 1", NULL, NULL, NULL);
    }

    if (rc != SQLITE_OK) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is no Java database: "
                         "%s", path, sqlite3_errmsg(db->db));
    }

    *out = db;
    return OCI_OK;
}


static void
java_close(void *data)
{
    oci_scan_javadb_t  *db;

    db = data;
    (void) sqlite3_close(db->db);
}


oci_status_e
oci_scan_javadb_find(oci_scan_javadb_t *db, oci_scan_jar_t *jar,
    oci_error_t *err)
{
    bool  found;

    db->broken = false;
    found = java_by_manifest(db, jar) || java_by_sha1(db, jar)
            || java_by_name(db, jar);

    if (db->broken) {
        return oci_error(err, OCI_INVALID, 0, "the Java database is damaged: "
                         "%s", sqlite3_errmsg(db->db));
    }

    return found ? OCI_OK : OCI_NOT_FOUND;
}


static bool
java_by_manifest(oci_scan_javadb_t *db, oci_scan_jar_t *jar)
{
    bool           found;
    sqlite3_stmt  *st;

    if (jar->group.len == 0 || jar->artifact.len == 0
        || jar->version.len == 0)
    {
        return false;
    }

    st = java_ask(db, "SELECT 1 FROM artifacts a JOIN indices i "
                  "ON i.artifact_id = a.id "
                  "WHERE a.group_id = ? AND a.artifact_id = ? LIMIT 1",
                  &jar->group, &jar->artifact);
    found = java_row(db, st);
    (void) sqlite3_finalize(st);

    return found;
}


static bool
java_by_sha1(oci_scan_javadb_t *db, oci_scan_jar_t *jar)
{
    bool           found;
    char          *text;
    long           len;
    u_char        *sha1;
    oci_str_t      none = oci_null_string;
    sqlite3_stmt  *st;

    text = oci_cstr(db->pool, &jar->sha1);
    sha1 = (text != NULL) ? OPENSSL_hexstr2buf(text, &len) : NULL;

    if (sha1 == NULL || len != JAVA_SHA1) {
        OPENSSL_free(sha1);
        return false;
    }

    st = java_ask(db, "SELECT a.group_id, a.artifact_id, i.version "
                  "FROM indices i JOIN artifacts a ON a.id = i.artifact_id "
                  "WHERE i.sha1 = ? LIMIT 1", &none, &none);

    if (st != NULL) {
        (void) sqlite3_bind_blob(st, 1, sha1, JAVA_SHA1, SQLITE_STATIC);
    }

    found = java_row(db, st);

    if (found) {
        jar->group = java_text(db, st, 0);
        jar->artifact = java_text(db, st, 1);
        jar->version = java_text(db, st, 2);
    }

    (void) sqlite3_finalize(st);
    OPENSSL_free(sha1);

    return found;
}


/* javax.servlet:jstl and jstl:jstl are both in jstl-1.2.jar */

static bool
java_by_name(oci_scan_javadb_t *db, oci_scan_jar_t *jar)
{
    bool           found;
    sqlite3_stmt  *st;

    if (jar->file_artifact.len == 0 || jar->file_version.len == 0) {
        return false;
    }

    st = java_ask(db, "SELECT a.group_id FROM artifacts a "
                  "WHERE a.artifact_id = ? AND EXISTS (SELECT 1 FROM indices i "
                  "WHERE i.artifact_id = a.id AND i.version = ? "
                  "AND i.archive_type = 'jar') "
                  "ORDER BY (SELECT count(*) FROM indices i "
                  "WHERE i.artifact_id = a.id) DESC, a.group_id LIMIT 1",
                  &jar->file_artifact, &jar->file_version);
    found = java_row(db, st);

    if (found) {
        jar->group = java_text(db, st, 0);
        jar->artifact = jar->file_artifact;
        jar->version = jar->file_version;
    }

    (void) sqlite3_finalize(st);

    return found;
}


static sqlite3_stmt *
java_ask(oci_scan_javadb_t *db, const char *sql, const oci_str_t *first,
    const oci_str_t *second)
{
    sqlite3_stmt  *st;

    if (sqlite3_prepare_v2(db->db, sql, -1, &st, NULL) != SQLITE_OK) {
        return NULL;
    }

    if (first->len != 0) {
        (void) sqlite3_bind_text(st, 1, (char *) first->data,
                                 (int) first->len, SQLITE_STATIC);
    }

    if (second->len != 0) {
        (void) sqlite3_bind_text(st, 2, (char *) second->data,
                                 (int) second->len, SQLITE_STATIC);
    }

    return st;
}


static bool
java_row(oci_scan_javadb_t *db, sqlite3_stmt *st)
{
    int  rc;

    rc = (st != NULL) ? sqlite3_step(st) : SQLITE_ERROR;
    db->broken |= rc != SQLITE_ROW && rc != SQLITE_DONE;

    return rc == SQLITE_ROW;
}


static oci_str_t
java_text(oci_scan_javadb_t *db, sqlite3_stmt *st, int i)
{
    oci_str_t      none = oci_null_string;
    const u_char  *text;

    text = sqlite3_column_text(st, i);

    return (text != NULL) ? oci_str_dup(db->pool, text, strlen((char *) text))
                          : none;
}
