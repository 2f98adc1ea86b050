/*
 * The Java database: where it is, and what it says of a jar.
 */

#include "scan/java.h"
#include "scan/db.h"
#include "scan/db_folder.h"

#include <string.h>
#include <time.h>


#define JAVA_DAY  86400


static oci_status_e java_folder(scan_t *s, scan_t *java);
static oci_status_e java_open(scan_t *s);
static bool java_due(scan_t *java);
static bool java_may_update(const scan_t *s);


static const scan_db_kind_t  java_kind = {
    "javadb", "Java DB", "java-db", "trivy-java.db", OCI_SCAN_JAVA_SCHEMA,
    "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip",
    { "mirror.gcr.io/aquasec/trivy-java-db:1",
      "ghcr.io/aquasecurity/trivy-java-db:1" },
    "SQLite format 3", 0
};


oci_status_e
scan_java_fetch(scan_t *s)
{
    scan_t        java;
    oci_status_e  rc;

    rc = java_folder(s, &java);

    if (rc == OCI_OK) {
        rc = scan_db_fetch(&java);
        s->err = java.err;
    }

    return rc;
}


oci_status_e
scan_java_import(scan_t *s, const char *file)
{
    scan_t        java;
    oci_status_e  rc;

    rc = java_folder(s, &java);

    if (rc == OCI_OK) {
        rc = scan_db_import(&java, file);
        s->err = java.err;
    }

    return rc;
}


/* the same run, but of the other database */

static oci_status_e
java_folder(scan_t *s, scan_t *java)
{
    *java = *s;
    memset(&java->meta, 0, sizeof(java->meta));
    memset(&java->err, 0, sizeof(java->err));
    java->db = &java_kind;
    java->repositories = &s->o->db.java_repositories;
    java->db_dir = (char *) oci_strf(s->pool, "%s/%s", s->cache_dir,
                                     java_kind.folder).data;

    return (java->db_dir != NULL) ? OCI_OK
           : oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
}


oci_status_e
scan_java_find(void *ctx, oci_scan_jar_t *jar, oci_error_t *err)
{
    scan_t  *s;

    s = ctx;

    if (!s->java_tried) {
        s->java_tried = true;

        if (java_open(s) != OCI_OK) {
            s->java = NULL;
            scan_log(s, SCAN_WARN, "[javadb] Jars without pom.properties are "
                     "not identified, as there is no Java database: %s",
                     s->err.text);
            memset(&s->err, 0, sizeof(s->err));
        }
    }

    return (s->java != NULL) ? oci_scan_javadb_find(s->java, jar, err)
                             : OCI_NOT_FOUND;
}


static oci_status_e
java_open(scan_t *s)
{
    scan_t        java;
    oci_str_t     path;
    oci_status_e  rc;

    rc = java_folder(s, &java);

    if (rc == OCI_OK && java_due(&java)) {
        rc = java_may_update(s) ? scan_db_fetch(&java)
             : oci_error(&java.err, OCI_NOT_FOUND, 0, "no update may be made; "
                         "\"tally db import FILE\" or "
                         "\"--download-java-db-only\" puts one there");
        s->err = java.err;
    }

    if (rc != OCI_OK) {
        return rc;
    }

    path = oci_strf(s->pool, "%s/%s", java.db_dir, java_kind.file);

    return oci_scan_javadb_open(&s->java, s->pool, (char *) path.data,
                                &s->err);
}


/* Trivy's rule: a day after its download it may be as old as it says */

static bool
java_due(scan_t *java)
{
    time_t       now;
    oci_error_t  none;

    memset(&none, 0, sizeof(none));
    now = time(NULL);

    if (oci_scan_meta_load(&java->meta, java->db_dir, &none) != OCI_OK
        || java->meta.version != OCI_SCAN_JAVA_SCHEMA)
    {
        return true;
    }

    return now >= java->meta.next.tv_sec
           && now >= java->meta.downloaded.tv_sec + JAVA_DAY
           && java_may_update(java);
}


/*
 * Who forbids the update of one database has no network for the other, unless
 * a place for it is named.
 */

static bool
java_may_update(const scan_t *s)
{
    return !s->o->db.skip_java_update && !s->o->db.offline
           && (!s->o->db.skip_update
               || s->o->db.java_repositories.nelts != 0);
}
