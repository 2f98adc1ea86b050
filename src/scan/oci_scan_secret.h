/*
 * Secrets: keys, tokens and passwords that lie in the files of an image.
 * Rules say what is looked for; a search holds a chunk of one file, whatever
 * the file's size, and finds what Trivy 0.74 finds.
 */

#ifndef OCI_SCAN_SECRET_H
#define OCI_SCAN_SECRET_H

#include "model/layer.h"


#define OCI_SCAN_SECRET_CONFIG_MAX  (1u << 20)


typedef struct oci_scan_rules_s  oci_scan_rules_t;


/*
 * The built-in rules, and what a configuration (trivy-secret.yaml, at path)
 * adds and takes away; config NULL: there is none.  May be used by several
 * threads.  OCI_INVALID: no such configuration.
 */

oci_status_e oci_scan_rules_create(oci_scan_rules_t **rules,
    oci_pool_t *pool, const oci_str_t *config, const char *path,
    oci_error_t *err);

/* lines for the user's eyes, of oci_str_t */

const oci_array_t *oci_scan_rules_warnings(const oci_scan_rules_t *rules);

/* a short text that is another for other rules */

const char *oci_scan_rules_key(const oci_scan_rules_t *rules);


/* a search through files, one after the other; NULL: out of memory */

typedef struct oci_scan_search_s  oci_scan_search_t;

oci_scan_search_t *oci_scan_search_create(oci_pool_t *pool,
    oci_scan_rules_t *rules);

/*
 * Begins with a file: false when it is not looked into.  root is what its
 * path has before it in the report: "/" in an image.
 */

bool oci_scan_search_file(oci_scan_search_t *s, const oci_str_t *path,
    const char *root, uint64_t size);

/* the next bytes of it; false: no more of them are wanted */

bool oci_scan_search_add(oci_scan_search_t *s, const u_char *data,
    size_t len);

/*
 * Ends the file, and adds what was found in it to the layer, in whose pool it
 * then is.
 */

oci_status_e oci_scan_search_end(oci_scan_search_t *s,
    oci_scan_layer_t *layer, oci_error_t *err);


#endif /* OCI_SCAN_SECRET_H */
