/*
 * The elements of an SPDX document, between the bill of materials and the two
 * writers.
 */

#ifndef OCI_SCAN_REPORT_SPDX_H
#define OCI_SCAN_REPORT_SPDX_H

#include "model/license_list.h"
#include "graph.h"


/* a package and, when it is known by a file with a digest, that file */

typedef struct {
    const bom_part_t  *part;
    oci_str_t          id;                  /* without "SPDXRef-" */
    oci_str_t          name;
    oci_str_t          supplier;
    oci_str_t          source;
    oci_str_t          license;             /* empty: cannot be said */
    oci_str_t          digest;
    oci_str_t          file;                /* the file's id; or empty */
    oci_str_t          code;                /* the verification code */
    const char        *purpose;
    oci_array_t        urls;                /* of oci_str_t: advisories */
} spdx_elt_t;


typedef struct {
    oci_str_t                   from;
    oci_str_t                   to;
    const char                 *type;
} spdx_rel_t;


typedef struct {
    oci_pool_t                 *pool;
    const oci_scan_report_t    *report;
    const char                 *root_type;
    bom_t                       bom;
    spdx_elt_t                **packages;   /* by purpose, name, id */
    size_t                      npackages;
    spdx_elt_t                **files;      /* by id */
    size_t                      nfiles;
    oci_array_t                 others;     /* licences, by id; may repeat */
    oci_array_t                 relations;  /* of spdx_rel_t */
} spdx_doc_t;


/* fills the document, whose pool is set; OCI_NOMEM */

oci_status_e spdx_collect(spdx_doc_t *doc, const oci_scan_report_t *report);

/* puts the packages in order of their ids, as tag-value has them */

void spdx_by_id(spdx_doc_t *doc);

/* SPDX's name of a digest's algorithm and the hex; NULL: it has none */

const char *spdx_sum(const oci_str_t *digest, oci_str_t *hex);

/* whether a property has a field of its own, so that it is no annotation */

bool spdx_has_field(const char *property);

#endif /* OCI_SCAN_REPORT_SPDX_H */
