/*
 * The Java database (trivy-java-db, schema 1): which Maven artifact a jar is
 * that does not say so itself.
 */

#ifndef OCI_SCAN_JAVA_H
#define OCI_SCAN_JAVA_H

#include "oci_core.h"


#define OCI_SCAN_JAVA_SCHEMA  1


/* what is known of a jar; empty where nothing is */

typedef struct {
    oci_str_t   path;
    oci_str_t   group;              /* by the manifest */
    oci_str_t   artifact;
    oci_str_t   version;
    oci_str_t   file_artifact;      /* by the file's name */
    oci_str_t   file_version;
    oci_str_t   sha1;               /* in hex */
} oci_scan_jar_t;


typedef struct oci_scan_javadb_s  oci_scan_javadb_t;

/*
 * Opens a database, closed with the pool.  For one thread.  OCI_INVALID: not
 * such a one.
 */

oci_status_e oci_scan_javadb_open(oci_scan_javadb_t **db, oci_pool_t *pool,
    const char *path, oci_error_t *err);

/*
 * Finds the artifact by Trivy's rules: what the manifest says, if there is
 * such an artifact; else by SHA-1; else by the file's name, of the group that
 * has published most.  Sets group, artifact and version, in the database's
 * pool.  OCI_NOT_FOUND: it is none that is known.  OCI_INVALID: the database
 * is damaged.
 */

oci_status_e oci_scan_javadb_find(oci_scan_javadb_t *db, oci_scan_jar_t *jar,
    oci_error_t *err);


#endif /* OCI_SCAN_JAVA_H */
