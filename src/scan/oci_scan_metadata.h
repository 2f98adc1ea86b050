/*
 * metadata.json beside a vulnerability database: its schema and its age, and
 * whether it may be used.
 *
 * Source: the files that trivy-db publishes, and the rules of Trivy's client.
 */

#ifndef OCI_SCAN_METADATA_H
#define OCI_SCAN_METADATA_H

#include "oci_core.h"

#include <time.h>


#define OCI_SCAN_META_MAX     (64u << 10)
#define OCI_SCAN_META_SCHEMA  2


/* zero: not said */

typedef struct {
    uint64_t         version;
    struct timespec  updated;
    struct timespec  next;
    struct timespec  downloaded;
} oci_scan_meta_t;


typedef enum {
    OCI_SCAN_META_FRESH = 0,    /* use it */
    OCI_SCAN_META_STALE,        /* download a new one first */
    OCI_SCAN_META_SUSPECT,      /* the same: its download was not finished */
    OCI_SCAN_META_OLD,          /* of an older schema: download */
    OCI_SCAN_META_NEW           /* of a newer schema: this program is old */
} oci_scan_meta_e;


/* OCI_INVALID: not such a file */

oci_status_e oci_scan_meta_parse(oci_scan_meta_t *meta,
    const oci_str_t *text, oci_error_t *err);

/* reads DIR/metadata.json; OCI_NOT_FOUND: there is none */

oci_status_e oci_scan_meta_load(oci_scan_meta_t *meta, const char *dir,
    oci_error_t *err);

/* the file's text */

void oci_scan_meta_write(const oci_scan_meta_t *meta, oci_buf_t *out);

/*
 * What Trivy's client would do at now.  skip: no update is wanted, so only
 * the schema counts.
 */

oci_scan_meta_e oci_scan_meta_judge(const oci_scan_meta_t *meta,
    const struct timespec *now, bool skip);


#endif /* OCI_SCAN_METADATA_H */
