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
    oci_str_t         text, line, out, *to;
    oci_pool_t       *pool;
    oci_array_t       lines, others;
    oci_scan_spdx_e   what;
    oci_scan_strs_t   list;

    pool = oci_pool_create();
    text = oci_str_dup(pool, data, size);
    oci_array_init(&lines, pool, sizeof(oci_str_t));
    oci_array_init(&others, pool, sizeof(oci_scan_spdx_other_t));

    while (oci_scan_line(&text, &line)) {

        to = oci_array_push(&lines);
        *to = line;
        (void) oci_scan_spdx_normalize(&out, &what, pool, &line);
    }

    list.elts = lines.elts;
    list.nelts = lines.nelts;
    (void) oci_scan_spdx_expression(&out, pool, &list, &others);

    oci_pool_destroy(pool);
    return 0;
}
