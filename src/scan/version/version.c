/*
 * Orders of versions: which is for which kind.
 */

#include "order.h"

#include <string.h>


static const struct {
    version_valid_pt  valid;
    version_cmp_pt    cmp;
    version_in_pt     in;
} version_kinds[] = {
    { deb_valid, deb_cmp, NULL },
    { NULL, NULL, NULL },                       /* librpm's */
    { apk_valid, apk_cmp, NULL },
    { npm_valid, npm_cmp, npm_in },
    { pep440_valid, pep440_cmp, pep440_in },
    { gem_valid, gem_cmp, gem_in },
    { maven_valid, maven_cmp, maven_in },
    { bitnami_valid, bitnami_cmp, bitnami_in },
    { generic_valid, generic_cmp, generic_in }
};


oci_status_e
oci_scan_version_open(oci_scan_version_t *order, oci_scan_version_e kind,
    oci_error_t *err)
{
    memset(order, 0, sizeof(oci_scan_version_t));
    order->kind = kind;

    if (kind != OCI_SCAN_VERSION_RPM) {
        return OCI_OK;
    }

    return oci_scan_librpm_load(&order->rpm, err);
}


bool
oci_scan_version_valid(const oci_scan_version_t *order, const oci_str_t *v)
{
    if (v->len > OCI_SCAN_VERSION_MAX) {
        return false;
    }

    if (order->kind == OCI_SCAN_VERSION_RPM) {
        return rpm_valid(&order->rpm, v);
    }

    return version_kinds[order->kind].valid(v);
}


bool
oci_scan_version_cmp(const oci_scan_version_t *order, const oci_str_t *a,
    const oci_str_t *b, int *diff)
{
    *diff = 0;

    if (a->len > OCI_SCAN_VERSION_MAX || b->len > OCI_SCAN_VERSION_MAX) {
        return false;
    }

    if (order->kind == OCI_SCAN_VERSION_RPM) {
        return rpm_cmp(&order->rpm, a, b, diff);
    }

    return version_kinds[order->kind].cmp(a, b, diff);
}


bool
oci_scan_version_in(const oci_scan_version_t *order, const oci_str_t *v,
    const oci_str_t *range, bool *good)
{
    *good = false;

    if (v->len > OCI_SCAN_VERSION_MAX
        || version_kinds[order->kind].in == NULL)
    {
        return false;
    }

    *good = true;

    return version_kinds[order->kind].in(v, range, good);
}
