/*
 * Reports beside their images.
 */

#ifndef SCAN_ATTACH_H
#define SCAN_ATTACH_H

#include "scan/scan.h"

#include <jansson.h>


/*
 * What is attached.  before is the last report of the image, of that time:
 * what it has, too, says in the new one when it was first reported.
 */

typedef struct {
    const json_t   *before;         /* or NULL */
    int64_t         when;
    bool            legacy;         /* attest in the old format, too */

    oci_digest_t    report;         /* made: its manifest */
    oci_digest_t    content;        /* its blob */
    oci_digest_t    bundle;         /* the manifest of the attestation */
} scan_attached_t;


/*
 * Puts the report beside its image, as a referrer, and attests it when there
 * is a key.  The image is the one of ref, or with NULL the one that target
 * names.
 */

oci_status_e scan_attach(scan_t *s, const char *target,
    const oci_reference_t *ref, const oci_scan_report_t *report,
    scan_attached_t *made);


#endif /* SCAN_ATTACH_H */
