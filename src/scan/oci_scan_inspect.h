/*
 * From an image, a directory or an SBOM to a report that lists packages:
 * what comes before matching.
 */

#ifndef OCI_SCAN_INSPECT_H
#define OCI_SCAN_INSPECT_H

#include "oci_scan_cache.h"
#include "inspect/merge.h"
#include "oci_scan_java.h"
#include "oci_scan_report.h"
#include "oci_scan_secret.h"


typedef struct {
    oci_scan_limits_t   limits;
    unsigned            threads;        /* 0: one for each core */
    oci_scan_cache_t   *cache;          /* NULL: none */
    oci_scan_rules_t   *secrets;        /* NULL: they are not looked for */
    void               *ctx;

    /* called from any thread when a layer is done, of n in all; or NULL */

    void              (*progress)(void *ctx, size_t done, size_t n);

    /* a line for the user's eyes, left_out: of a file; or NULL */

    void              (*note)(void *ctx, const oci_str_t *text,
                              bool left_out);

    /*
     * Says which artifact a jar is, as oci_scan_javadb_find() does; called
     * from one thread, only for jars that do not say it; or NULL.
     */

    oci_status_e      (*java)(void *ctx, oci_scan_jar_t *jar,
                              oci_error_t *err);
} oci_scan_options_t;


/*
 * Analyzes the layers of an image side by side and fills the report: results
 * with packages, the system, layers, names.  name is what the user called
 * it.  OCI_MISMATCH: a layer is not what its digest says.
 */

oci_status_e oci_scan_inspect_image(oci_scan_image_t *image,
    const oci_scan_options_t *options, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err);

/* the same of a directory with a root file system */

oci_status_e oci_scan_inspect_dir(const char *root,
    const oci_scan_options_t *options, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err);


/*
 * The same of a bill of materials, in memory.  OCI_INVALID when it is none
 * that we read.
 */

oci_status_e oci_scan_inspect_sbom(const oci_str_t *text,
    const oci_scan_options_t *options, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err);

/*
 * Secrets in the image's configuration, whose text is as Trivy searches it
 * (oci_scan_report_config()), as one more result.
 */

oci_status_e oci_scan_inspect_config(oci_scan_report_t *report,
    oci_scan_rules_t *rules, const oci_str_t *text, oci_error_t *err);

/*
 * Fills what the image itself says: id, tags, digests, reference,
 * configuration, artifact id.  The report refers to the image, which must
 * stay.
 */

oci_status_e oci_scan_identify(oci_scan_report_t *report,
    const oci_scan_image_t *image, oci_error_t *err);

/* fingerprints of all findings, once targets and ids are final */

oci_status_e oci_scan_fingerprint(oci_scan_report_t *report,
    oci_error_t *err);


#endif /* OCI_SCAN_INSPECT_H */
