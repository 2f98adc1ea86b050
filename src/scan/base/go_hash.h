/*
 * Hashes of Go structures, as Trivy's ids of packages and SPDX elements are:
 * FNV-1 of 64 bits over names and values, fields in any order.
 *
 * Source: github.com/mitchellh/hashstructure, format 2, slices as sets and
 * nil as zero.
 */

#ifndef OCI_SCAN_BASE_GO_HASH_H
#define OCI_SCAN_BASE_GO_HASH_H

#include "oci_core.h"


uint64_t oci_scan_hash_str(const oci_str_t *s);
uint64_t oci_scan_hash_text(const char *s);     /* NULL: as "" */
uint64_t oci_scan_hash_bool(bool value);

/* a structure begins with its type's name; each exported field is added */

uint64_t oci_scan_hash_struct(const char *name);
void oci_scan_hash_field(uint64_t *hash, const char *name, uint64_t value);

void oci_scan_hash_field_str(uint64_t *hash, const char *name,
    const oci_str_t *value);

/*
 * A slice is 0 at first, its elements are added in any order.  Only one that
 * is marked as a set in its structure is finished.
 */

void oci_scan_hash_add(uint64_t *slice, uint64_t element);

/* the same of a slice whose order counts */

void oci_scan_hash_append(uint64_t *slice, uint64_t element);

/* any integer, as 64 bits */

uint64_t oci_scan_hash_int(int64_t value);

/* a map is 0 at first, and finished */

void oci_scan_hash_entry(uint64_t *map, uint64_t key, uint64_t value);
uint64_t oci_scan_hash_finish(uint64_t slice);


#endif /* OCI_SCAN_BASE_GO_HASH_H */
