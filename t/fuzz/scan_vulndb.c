/*
 * Vulnerability databases.
 */

#include "vulndb/vulndb.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static oci_status_e each(void *ctx, const oci_str_t *root,
    const oci_str_t *id, const json_t *value, oci_error_t *err);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                  fd;
    char                 path[64];
    oci_str_t            root, name;
    oci_pool_t          *pool;
    const json_t        *record;
    oci_scan_vulndb_t   *db;

    fd = memfd_create("db", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t) size) {
        return 0;
    }

    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    pool = oci_pool_create();

    if (oci_scan_vulndb_open(&db, pool, path, NULL) == OCI_OK) {
        root = oci_str("pip::");
        name = oci_str("django");
        (void) oci_scan_vulndb_advisories(db, &root, &name, each, NULL, NULL);
        root = oci_str("alpine 3.10");
        name = oci_str("openssl");
        (void) oci_scan_vulndb_advisories(db, &root, &name, each, NULL, NULL);
        name = oci_str("CVE-2019-1549");
        (void) oci_scan_vulndb_record(db, &name, &record, NULL);
    }

    oci_pool_destroy(pool);
    (void) close(fd);

    return 0;
}


static oci_status_e
each(void *ctx, const oci_str_t *root, const oci_str_t *id,
    const json_t *value, oci_error_t *err)
{
    (void) ctx;
    (void) root;
    (void) id;
    (void) value;
    (void) err;

    return OCI_OK;
}
