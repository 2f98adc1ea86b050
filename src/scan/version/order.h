/*
 * The orders behind version.h.  Strings may hold anything; none of
 * these functions keeps or allocates memory that outlives it.
 */

#ifndef OCI_SCAN_VERSION_ORDER_H
#define OCI_SCAN_VERSION_ORDER_H

#include "version.h"


typedef bool (*oci_scan_valid_pt)(const oci_str_t *v);
typedef bool (*oci_scan_cmp_pt)(const oci_str_t *a, const oci_str_t *b,
    int *order);
typedef bool (*oci_scan_in_pt)(const oci_str_t *v, const oci_str_t *range,
    bool *good);

bool oci_scan_deb_valid(const oci_str_t *v);
bool oci_scan_deb_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_rpm_valid(const oci_scan_librpm_t *rpm, const oci_str_t *v);
bool oci_scan_rpm_cmp(const oci_scan_librpm_t *rpm, const oci_str_t *a,
    const oci_str_t *b, int *order);
bool oci_scan_apk_valid(const oci_str_t *v);
bool oci_scan_apk_cmp(const oci_str_t *a, const oci_str_t *b, int *order);

bool oci_scan_npm_valid(const oci_str_t *v);
bool oci_scan_npm_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_npm_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool oci_scan_pep440_valid(const oci_str_t *v);
bool oci_scan_pep440_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_pep440_in(const oci_str_t *v, const oci_str_t *range,
    bool *good);
bool oci_scan_gem_valid(const oci_str_t *v);
bool oci_scan_gem_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_gem_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool oci_scan_maven_valid(const oci_str_t *v);
bool oci_scan_maven_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_maven_in(const oci_str_t *v, const oci_str_t *range,
    bool *good);
bool oci_scan_bitnami_valid(const oci_str_t *v);
bool oci_scan_bitnami_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_bitnami_in(const oci_str_t *v, const oci_str_t *range,
    bool *good);
bool oci_scan_generic_valid(const oci_str_t *v);
bool oci_scan_generic_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool oci_scan_generic_in(const oci_str_t *v, const oci_str_t *range,
    bool *good);


#endif /* OCI_SCAN_VERSION_ORDER_H */
