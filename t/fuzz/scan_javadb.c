/*
 * Java databases.  Seeds: t/data/scan_javadb.
 */

#include "oci_scan_java.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                  fd;
    char                 path[64];
    oci_pool_t          *pool;
    oci_error_t          err;
    oci_scan_jar_t       jar;
    oci_scan_javadb_t   *db;

    fd = memfd_create("db", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t) size) {
        return 0;
    }

    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    memset(&err, 0, sizeof(err));
    pool = oci_pool_create();

    if (oci_scan_javadb_open(&db, pool, path, &err) == OCI_OK) {
        memset(&jar, 0, sizeof(jar));
        jar.path = oci_str("a/tool-1.0.jar");
        jar.group = oci_str("org.demo");
        jar.artifact = oci_str("tool");
        jar.version = oci_str("1.0");
        jar.file_artifact = oci_str("tool");
        jar.file_version = oci_str("1.0");
        jar.sha1 = oci_str("da39a3ee5e6b4b0d3255bfef95601890afd80709");
        (void) oci_scan_javadb_find(db, &jar, &err);
    }

    oci_pool_destroy(pool);
    (void) close(fd);

    return 0;
}
