/*
 * A vulnerability database of Trivy's, schema 2: a bbolt file, mapped into
 * memory and read where it lies.  Everything in it is checked before it is
 * followed: a damaged file is an error, never a crash and never "nothing
 * found".
 *
 * Source: bbolt's file format, version 2; trivy-db's schema 2.
 */

#ifndef OCI_SCAN_VULNDB_VULNDB_H
#define OCI_SCAN_VULNDB_VULNDB_H

#include "oci_core.h"

#include <jansson.h>


typedef struct oci_scan_vulndb_s  oci_scan_vulndb_t;

/*
 * Maps DIR/trivy.db.  OCI_NOT_FOUND: there is none; OCI_INVALID: it is
 * damaged.  It is unmapped with the pool.  The file must not shrink: a new
 * one is renamed over it.
 */

oci_status_e oci_scan_vulndb_open(oci_scan_vulndb_t **db, oci_pool_t *pool,
    const char *path, oci_error_t *err);

/* OCI_INVALID: it is a database, but there is nothing in it */

oci_status_e oci_scan_vulndb_filled(oci_scan_vulndb_t *db, oci_error_t *err);

/* raw access: a bucket by its path of names, and what is in it */

typedef struct {
    const u_char  *page;        /* of the root, or an inline page */
    uint64_t       size;        /* of that page image */
    bool           inline_page;
} oci_scan_bucket_t;

/*
 * Called for each key in order; value is NULL for a bucket, which bucket then
 * describes.  Anything but OCI_OK ends the walk with that status.
 */

typedef oci_status_e (*oci_scan_bucket_pt)(void *ctx, const oci_str_t *key,
    const oci_str_t *value, const oci_scan_bucket_t *bucket,
    oci_error_t *err);

oci_status_e oci_scan_bucket_root(oci_scan_vulndb_t *db,
    oci_scan_bucket_t *bucket, oci_error_t *err);
oci_status_e oci_scan_bucket_find(oci_scan_vulndb_t *db,
    const oci_scan_bucket_t *parent, const oci_str_t *name,
    oci_scan_bucket_t *bucket, oci_error_t *err);
oci_status_e oci_scan_bucket_get(oci_scan_vulndb_t *db,
    const oci_scan_bucket_t *bucket, const oci_str_t *key, oci_str_t *value,
    oci_error_t *err);

/* from is the first key that is wanted; NULL: all */

oci_status_e oci_scan_bucket_walk(oci_scan_vulndb_t *db,
    const oci_scan_bucket_t *bucket, const oci_str_t *from,
    oci_scan_bucket_pt fn, void *ctx, oci_error_t *err);


/*
 * Advisories of package in the root bucket named root, or, when root ends
 * with "::", in every root bucket that begins so.  value is the advisory.
 */

typedef oci_status_e (*oci_scan_advisory_pt)(void *ctx,
    const oci_str_t *root, const oci_str_t *id, const json_t *value,
    oci_error_t *err);

oci_status_e oci_scan_vulndb_advisories(oci_scan_vulndb_t *db,
    const oci_str_t *root, const oci_str_t *package, oci_scan_advisory_pt fn,
    void *ctx, oci_error_t *err);

/*
 * The record of a vulnerability, and the data source of a root bucket; NULL
 * when there is none.  Records are kept: findings of one id share them.
 */

oci_status_e oci_scan_vulndb_record(oci_scan_vulndb_t *db,
    const oci_str_t *id, const json_t **record, oci_error_t *err);
oci_status_e oci_scan_vulndb_source(oci_scan_vulndb_t *db,
    const oci_str_t *root, const json_t **source, oci_error_t *err);


#endif /* OCI_SCAN_VULNDB_VULNDB_H */
