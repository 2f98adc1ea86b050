/*
 * An empty layer, and what layers say of the system put together.
 */

#include "layer.h"

#include <string.h>


oci_scan_blob_t *
oci_scan_blob_create(oci_pool_t *pool)
{
    oci_scan_blob_t  *blob;

    blob = oci_pcalloc(pool, sizeof(oci_scan_blob_t));
    if (blob == NULL) {
        return NULL;
    }

    blob->pool = pool;
    oci_array_init(&blob->opaque, pool, sizeof(oci_str_t));
    oci_array_init(&blob->whiteouts, pool, sizeof(oci_str_t));
    oci_array_init(&blob->system, pool, sizeof(oci_scan_group_t));
    oci_array_init(&blob->apps, pool, sizeof(oci_scan_group_t));
    oci_array_init(&blob->copyrights, pool, sizeof(oci_scan_copyright_t));
    oci_array_init(&blob->notes, pool, sizeof(oci_str_t));

    return blob;
}


/*
 * The first family and name stay, but what calls itself Red Hat or Debian may
 * turn out to be something else that is made from it.
 */

void
oci_scan_os_merge(oci_scan_os_t *os, const oci_scan_os_t *other)
{
    oci_str_t  supplier;

    supplier = (os->supplier.len != 0) ? os->supplier : other->supplier;

    if (other->family.len != 0
        && (oci_str_is(&os->family, "redhat")
            || oci_str_is(&os->family, "debian")))
    {
        *os = *other;

    } else {

        if (os->family.len == 0) {
            os->family = other->family;
        }

        if (os->name.len == 0) {
            os->name = other->name;
        }

        os->extended |= other->extended;
    }

    os->supplier = supplier;
}
