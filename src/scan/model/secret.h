/*
 * A secret that lies in a file, without the secret itself.
 */

#ifndef OCI_SCAN_MODEL_SECRET_H
#define OCI_SCAN_MODEL_SECRET_H

#include "oci_core.h"


typedef enum {
    OCI_SCAN_UNKNOWN = 0,
    OCI_SCAN_LOW,
    OCI_SCAN_MEDIUM,
    OCI_SCAN_HIGH,
    OCI_SCAN_CRITICAL
} oci_scan_severity_e;

#define OCI_SCAN_SEVERITIES  5


/* a line of the file around it */

typedef struct {
    uint64_t   number;
    oci_str_t  text;
    bool       cause;               /* the secret is on it */
    bool       first;
    bool       last;
} oci_scan_code_t;

typedef struct {
    oci_str_t             rule;
    oci_str_t             category;
    oci_str_t             title;
    oci_scan_severity_e   severity;
    uint64_t              start;            /* lines, from 1 */
    uint64_t              end;
    uint64_t              offset;           /* bytes */
    oci_str_t             match;            /* stars for the secret */
    oci_scan_code_t      *code;
    size_t                ncode;
    oci_str_t             layer_digest;     /* known when layers are merged */
    oci_str_t             layer_diff_id;
    oci_str_t             created_by;
} oci_scan_secret_t;

/* those of a file */

typedef struct {
    oci_str_t             path;
    oci_array_t           secrets;          /* of oci_scan_secret_t */
} oci_scan_secrets_t;


#endif /* OCI_SCAN_MODEL_SECRET_H */
