/*
 * What a scan found: the image, its packages, what is known against them.
 * Matching fills it, filters thin it out, writers print it.
 */

#ifndef OCI_SCAN_REPORT_H
#define OCI_SCAN_REPORT_H

#include "model/pkg.h"
#include "model/secret.h"

#include <jansson.h>
#include <time.h>


/* the numbers of trivy-db */

typedef enum {
    OCI_SCAN_STATUS_UNKNOWN = 0,
    OCI_SCAN_NOT_AFFECTED,
    OCI_SCAN_AFFECTED,
    OCI_SCAN_FIXED,
    OCI_SCAN_INVESTIGATED,
    OCI_SCAN_WILL_NOT_FIX,
    OCI_SCAN_FIX_DEFERRED,
    OCI_SCAN_END_OF_LIFE
} oci_scan_status_e;

#define OCI_SCAN_STATUSES  8


/*
 * A vulnerability of a package.  record is what the database says about the
 * vulnerability itself, in trivy-db's form; findings of one id share it.
 * NULL: the database knows nothing but the advisory.
 */

typedef struct {
    const oci_scan_pkg_t  *pkg;
    oci_str_t              id;
    oci_scan_strs_t        vendor_ids;
    oci_str_t              installed;
    oci_str_t              fixed;
    oci_scan_status_e      status;
    oci_scan_severity_e    severity;
    oci_str_t              severity_source;
    oci_str_t              url;
    oci_str_t              source_id;
    oci_str_t              source_base;
    oci_str_t              source_name;
    oci_str_t              source_url;
    oci_str_t              fingerprint;
    const json_t          *record;
} oci_scan_finding_t;


/* a finding, or a secret, that a filter took away, and why */

typedef struct {
    oci_scan_finding_t     finding;
    const oci_scan_secret_t  *secret;       /* NULL: it is a finding */
    const char            *status;          /* "ignored", "not_affected" ... */
    oci_str_t              statement;
    oci_str_t              source;
} oci_scan_hidden_t;


/*
 * The packages of one database or file, or of all files of a type.  Class is
 * "os-pkgs" or "lang-pkgs"; or "secret", of a file, without type.
 */

typedef struct {
    oci_str_t              target;
    const char            *class;
    oci_str_t              type;
    oci_array_t            pkgs;            /* of oci_scan_pkg_t */
    oci_array_t            findings;        /* of oci_scan_finding_t */
    oci_array_t            secrets;         /* of oci_scan_secret_t */
    oci_array_t            hidden;          /* of oci_scan_hidden_t */
} oci_scan_result_t;


typedef struct {
    uint64_t               size;            /* unpacked */
    oci_str_t              digest;          /* empty: stored unpacked */
    oci_str_t              diff_id;
} oci_scan_report_layer_t;


typedef struct {
    oci_pool_t            *pool;
    const char            *type;            /* "container_image" ... */
    oci_str_t              name;            /* as the user named it */
    oci_str_t              artifact_id;
    char                   report_id[37];
    struct timespec        created;
    uint64_t               size;            /* of all layers, unpacked */
    oci_scan_os_t          os;              /* family empty: none found */
    bool                   eosl;
    bool                   artifact;    /* no image: see oci_scan_image.h */
    size_t                 left_out;    /* files that could not be read */
    oci_str_t              image_id;
    oci_str_t              reference;
    oci_array_t            tags;            /* of oci_str_t */
    oci_array_t            digests;         /* of oci_str_t */
    oci_array_t            layers;          /* of oci_scan_report_layer_t */
    const json_t          *config;          /* NULL: not an image */
    oci_array_t            results;         /* of oci_scan_result_t */
} oci_scan_report_t;


/* an empty report; NULL: out of memory */

oci_scan_report_t *oci_scan_report_create(oci_pool_t *pool);
oci_scan_result_t *oci_scan_report_result(oci_scan_report_t *report);

/* a new report id (UUID version 7) from the time and 10 random bytes */

void oci_scan_report_stamp(oci_scan_report_t *report,
    const struct timespec *now, const u_char *random);

const char *oci_scan_severity_name(oci_scan_severity_e severity);
const char *oci_scan_status_name(oci_scan_status_e status);
bool oci_scan_severity_parse(const oci_str_t *name,
    oci_scan_severity_e *severity);
bool oci_scan_status_parse(const oci_str_t *name, oci_scan_status_e *status);

/* a string of the record; empty when there is none */

oci_str_t oci_scan_finding_str(const oci_scan_finding_t *f, const char *key);

/* python-pkg and the like: one result for many files */

bool oci_scan_pkg_type_joined(const oci_str_t *type);

/* the order of a report: package, version, severity, id, path */

void oci_scan_findings_sort(oci_array_t *findings);

/* how many findings and secrets of each severity there are, and in all */

size_t oci_scan_report_count(const oci_scan_report_t *report,
    size_t count[OCI_SCAN_SEVERITIES], size_t *fixable);


/* how a report is written */

typedef struct {
    const char            *version;         /* of the scanner */
    bool                   packages;        /* list them all */
    bool                   hidden;          /* and what was filtered */
    bool                   color;
    bool                   summary;         /* the table's first part */
    bool                   detailed;        /* and its second */
    bool                   tree;            /* and what needs a package */
    bool                   secrets;         /* they were looked for */
    bool                   no_vulns;        /* and nothing else was */
    bool                   status_column;   /* the table as it is today */
    unsigned               severities;      /* bits, 1 << severity */
    const char            *root;            /* SARIF's ROOTPATH */
    struct timespec        now;
    void                 (*random)(u_char *out, size_t len);
    const char          *(*env)(const char *name);
} oci_scan_style_t;


/*
 * Writes the report in a format by Trivy's name for it: "json", "table",
 * "sarif", "cyclonedx", "spdx", "spdx-json", "github", "cosign-vuln", and
 * its templates "junit", "gitlab", "gitlab-codequality", "html", "asff".
 * OCI_NOT_FOUND: no such format.
 */

oci_status_e oci_scan_report_write(const oci_scan_report_t *report,
    const char *format, const oci_scan_style_t *style, oci_buf_t *out,
    oci_error_t *err);

bool oci_scan_report_format(const char *format);    /* is there such a one */

/* an image's configuration as it is searched for secrets */

oci_status_e oci_scan_report_config(const json_t *config, oci_buf_t *out);

/* reads a report that was written as JSON, by us or by Trivy */

oci_status_e oci_scan_report_load(oci_scan_report_t **report,
    oci_pool_t *pool, const oci_str_t *text, oci_error_t *err);

/* the same of one that is parsed, and must live as long as pool */

oci_status_e oci_scan_report_of(oci_scan_report_t **report, oci_pool_t *pool,
    const json_t *root, oci_error_t *err);


#endif /* OCI_SCAN_REPORT_H */
