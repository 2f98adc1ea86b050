/*
 * VEX documents, attested too, metadata of databases, package URLs.
 */

#include "oci_scan_metadata.h"
#include "filter/vex.h"

#include <stddef.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t         text;
    oci_pool_t       *pool;
    oci_scan_vex_t    vex;
    oci_scan_purl_t   purl;
    oci_scan_meta_t   meta;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;

    if (oci_scan_purl_parse(&purl, pool, &text, NULL) == OCI_OK) {
        (void) oci_scan_purl_match(&purl, &purl);
    }

    (void) oci_scan_vex_parse(&vex, pool, &text, NULL);
    (void) oci_scan_vex_attested(&vex, pool, &text, NULL);
    (void) oci_scan_meta_parse(&meta, &text, NULL);
    oci_pool_destroy(pool);

    return 0;
}
