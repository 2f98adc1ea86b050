/*
 * References to images, and the grammars of names and tags.
 */

#include "oci_reference.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t         text;
    oci_pool_t       *pool;
    oci_reference_t   ref;

    pool = oci_pool_create();
    if (pool == NULL) {
        return 0;
    }

    text = oci_str_dup(pool, data, size);

    (void) oci_tag_valid(&text);

    /* what is accepted is a name below a host, and no path climbs out */

    if (oci_reference_parse(&ref, pool, &text, NULL) == OCI_OK
        && (!oci_name_valid(&ref.repo) || ref.host.len == 0
            || (ref.tag.len == 0 && ref.digest.alg == OCI_ALG_NONE)))
    {
        abort();
    }

    oci_pool_destroy(pool);

    return 0;
}
