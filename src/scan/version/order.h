/*
 * The orders behind version.h.  Strings may hold anything; none of
 * these functions keeps or allocates memory that outlives it.
 */

#ifndef OCI_SCAN_VERSION_ORDER_H
#define OCI_SCAN_VERSION_ORDER_H

#include "version.h"


typedef bool (*version_valid_pt)(const oci_str_t *v);
typedef bool (*version_cmp_pt)(const oci_str_t *a, const oci_str_t *b,
    int *order);
typedef bool (*version_in_pt)(const oci_str_t *v, const oci_str_t *range,
    bool *good);

bool deb_valid(const oci_str_t *v);
bool deb_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool rpm_valid(const oci_scan_librpm_t *rpm, const oci_str_t *v);
bool rpm_cmp(const oci_scan_librpm_t *rpm, const oci_str_t *a,
    const oci_str_t *b, int *order);
bool apk_valid(const oci_str_t *v);
bool apk_cmp(const oci_str_t *a, const oci_str_t *b, int *order);

bool npm_valid(const oci_str_t *v);
bool npm_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool npm_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool pep440_valid(const oci_str_t *v);
bool pep440_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool pep440_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool gem_valid(const oci_str_t *v);
bool gem_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool gem_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool maven_valid(const oci_str_t *v);
bool maven_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool maven_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool bitnami_valid(const oci_str_t *v);
bool bitnami_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool bitnami_in(const oci_str_t *v, const oci_str_t *range, bool *good);
bool generic_valid(const oci_str_t *v);
bool generic_cmp(const oci_str_t *a, const oci_str_t *b, int *order);
bool generic_in(const oci_str_t *v, const oci_str_t *range, bool *good);


#endif /* OCI_SCAN_VERSION_ORDER_H */
