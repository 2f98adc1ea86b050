/*
 * Fuzzer: config.yml, and then a variable: what follows a zero byte.  Seeds:
 * t/data/config.
 */

#include "import/convert.h"

#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    FILE           *out;
    convert_t       c;
    oci_str_t       text, variable;
    settings_t      s;
    oci_pool_t     *pool;
    oci_error_t     err;
    const uint8_t  *zero;

    memset(&c, 0, sizeof(convert_t));
    memset(&err, 0, sizeof(oci_error_t));
    out = fopen("/dev/null", "w");
    pool = oci_pool_create();
    zero = memchr(data, 0, len);
    text.data = (u_char *) data;
    text.len = (zero != NULL) ? (size_t) (zero - data) : len;

    if (settings_read(&s, pool, &text, &err) == OCI_OK) {

        if (zero != NULL) {
            variable = oci_str_dup(pool, zero + 1, len - text.len - 1);
            (void) settings_variable(&s, (char *) variable.data);
        }

        if (err.status == OCI_OK) {
            (void) convert_print(&s, &c, out, out);
        }
    }

    settings_free(&s);
    oci_pool_destroy(pool);
    (void) fclose(out);

    return 0;
}
