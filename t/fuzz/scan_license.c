/*
 * Licence expressions: a line each, all of them one package's.
 */

#include "model/license_list.h"
#include "base/text.h"

#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t            text, line, out, *to;
    oci_pool_t          *pool;
    oci_array_t          lines, others;
    oci_scan_strs_t      list;
    oci_scan_license_e   what;

    pool = oci_pool_create();
    text = oci_str_dup(pool, data, size);
    oci_array_init(&lines, pool, sizeof(oci_str_t));
    oci_array_init(&others, pool, sizeof(oci_scan_license_other_t));

    while (oci_scan_text_line(&text, &line)) {

        to = oci_array_push(&lines);
        *to = line;
        (void) oci_scan_license_one(&out, &what, pool, &line);
    }

    list.elts = lines.elts;
    list.nelts = lines.nelts;
    (void) oci_scan_license_expression(&out, pool, &list, &others);

    oci_pool_destroy(pool);
    return 0;
}
