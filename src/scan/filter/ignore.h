/*
 * Ignore files: .trivyignore (an id on each line) and its YAML form.
 *
 * Source: Trivy's documentation, "Filtering", "By Finding IDs".
 */

#ifndef OCI_SCAN_FILTER_IGNORE_H
#define OCI_SCAN_FILTER_IGNORE_H

#include "model/purl.h"

#include <time.h>


#define OCI_SCAN_IGNORE_MAX    (4u << 20)       /* bytes of such a file */
#define OCI_SCAN_IGNORE_RULES  100000

#define OCI_SCAN_IGNORE_VULNS    1
#define OCI_SCAN_IGNORE_SECRETS  2


typedef struct {
    unsigned     kinds;         /* bits of what it is about */
    oci_str_t    id;
    oci_str_t    statement;
    oci_array_t  paths;         /* of oci_str_t; none: any path */
    oci_array_t  purls;         /* of oci_scan_purl_t; none: any package */
} oci_scan_ignore_rule_t;


typedef struct {
    oci_str_t    path;          /* of the file, as it is shown */
    oci_array_t  rules;         /* of oci_scan_ignore_rule_t */
    oci_array_t  warnings;      /* of oci_str_t: lines that have no effect */
} oci_scan_ignore_t;


/*
 * Reads text; rules that have expired at now are left out.  A line with a bad
 * date is left out too, and said in warnings.  The rules live in pool, text
 * may go.  A line is about everything; of the YAML form the lists
 * "vulnerabilities" and "secrets" are kept.
 */

oci_status_e oci_scan_ignore_parse(oci_scan_ignore_t *ignore,
    oci_pool_t *pool, const oci_str_t *text, time_t now, oci_error_t *err);
oci_status_e oci_scan_ignore_parse_yaml(oci_scan_ignore_t *ignore,
    oci_pool_t *pool, const oci_str_t *text, time_t now, oci_error_t *err);

/* either, by the end of the name: .yml and .yaml, or anything else */

oci_status_e oci_scan_ignore_load(oci_scan_ignore_t *ignore,
    oci_pool_t *pool, const char *path, time_t now, oci_error_t *err);

/*
 * The rule that hides a finding, or NULL.  target is where it was found, path
 * the package's own file, purl its package URL; any but id may be empty.
 */

const oci_scan_ignore_rule_t *oci_scan_ignore_find(
    const oci_scan_ignore_t *ignore, const oci_str_t *id,
    const oci_str_t *target, const oci_str_t *path, const oci_str_t *purl);

/* the same of a secret, by the rule that found it and its file */

const oci_scan_ignore_rule_t *oci_scan_ignore_secret(
    const oci_scan_ignore_t *ignore, const oci_str_t *id,
    const oci_str_t *target);


#endif /* OCI_SCAN_FILTER_IGNORE_H */
