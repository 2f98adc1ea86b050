/*
 * Versions and ranges of every kind: the first byte chooses the kind, a line
 * end divides the version from the range.
 */

#include "version/version.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                  one, two;
    bool                 good;
    u_char              *copy, *eol;
    oci_str_t            v, range;
    oci_scan_version_t   order;
    oci_scan_version_e   kind;

    if (size < 2) {
        return 0;
    }

    kind = (oci_scan_version_e) (data[0] % (OCI_SCAN_VERSION_GENERIC + 1));
    copy = malloc(size);

    if (oci_scan_version_open(&order, kind, NULL) != OCI_OK) {
        abort();
    }

    memcpy(copy, data + 1, size - 1);
    copy[size - 1] = '\0';

    eol = memchr(copy, '\n', size - 1);
    v.data = copy;
    v.len = eol != NULL ? (size_t) (eol - copy) : size - 1;
    range.data = eol != NULL ? eol + 1 : copy;
    range.len = eol != NULL ? size - 2 - v.len : size - 1;

    (void) oci_scan_version_in(&order, &v, &range, &good);

    if (oci_scan_version_cmp(&order, &v, &range, &one)
        && oci_scan_version_cmp(&order, &range, &v, &two) && one != -two)
    {
        abort();
    }

    free(copy);

    return 0;
}
