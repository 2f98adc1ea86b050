/*
 * Ignore files in both forms, and path patterns.
 */

#include "filter/ignore.h"
#include "base/glob.h"

#include <stddef.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t           text, id;
    oci_pool_t         *pool;
    oci_scan_ignore_t   ig;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;
    id = oci_str("CVE-2020-1");

    if (oci_scan_ignore_parse(&ig, pool, &text, 0, NULL) == OCI_OK) {
        (void) oci_scan_ignore_find(&ig, &id, &text, &text, &text);
    }

    if (oci_scan_ignore_parse_yaml(&ig, pool, &text, 0, NULL) == OCI_OK) {
        (void) oci_scan_ignore_find(&ig, &id, &text, &text, &text);
    }

    (void) oci_scan_glob(&text, &id);
    oci_pool_destroy(pool);

    return 0;
}
