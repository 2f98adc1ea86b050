/*
 * An empty layer, and what layers say of the system put together.
 */

#include "layer.h"

#include <string.h>


oci_scan_layer_t *
oci_scan_layer_create(oci_pool_t *pool)
{
    oci_scan_layer_t  *layer;

    layer = oci_pcalloc(pool, sizeof(oci_scan_layer_t));
    if (layer == NULL) {
        return NULL;
    }

    layer->pool = pool;
    oci_array_init(&layer->opaque, pool, sizeof(oci_str_t));
    oci_array_init(&layer->whiteouts, pool, sizeof(oci_str_t));
    oci_array_init(&layer->system, pool, sizeof(oci_scan_group_t));
    oci_array_init(&layer->apps, pool, sizeof(oci_scan_group_t));
    oci_array_init(&layer->copyrights, pool, sizeof(oci_scan_copyright_t));
    oci_array_init(&layer->secrets, pool, sizeof(oci_scan_secrets_t));
    oci_array_init(&layer->notes, pool, sizeof(oci_str_t));
    oci_array_init(&layer->left_out, pool, sizeof(oci_str_t));

    return layer;
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
