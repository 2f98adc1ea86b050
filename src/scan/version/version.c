/*
 * Orders of versions: which is for which kind.
 */

#include "order.h"

#include <string.h>


static const struct {
    oci_scan_valid_pt  valid;
    oci_scan_cmp_pt    cmp;
    oci_scan_in_pt     in;
} version_kinds[] = {
    { oci_scan_deb_valid, oci_scan_deb_cmp, NULL },
    { NULL, NULL, NULL },                       /* librpm's */
    { oci_scan_apk_valid, oci_scan_apk_cmp, NULL },
    { oci_scan_npm_valid, oci_scan_npm_cmp, oci_scan_npm_in },
    { oci_scan_pep440_valid, oci_scan_pep440_cmp, oci_scan_pep440_in },
    { oci_scan_gem_valid, oci_scan_gem_cmp, oci_scan_gem_in },
    { oci_scan_maven_valid, oci_scan_maven_cmp, oci_scan_maven_in },
    { oci_scan_bitnami_valid, oci_scan_bitnami_cmp, oci_scan_bitnami_in },
    { oci_scan_generic_valid, oci_scan_generic_cmp, oci_scan_generic_in }
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
        return oci_scan_rpm_valid(&order->rpm, v);
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
        return oci_scan_rpm_cmp(&order->rpm, a, b, diff);
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
