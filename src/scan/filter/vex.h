/*
 * Statements that a product is not affected by a vulnerability: OpenVEX and
 * CSAF documents, and CycloneDX ones about a CycloneDX bill of materials.
 *
 * Source: OpenVEX Specification 0.2.0; CycloneDX 1.6, "vulnerabilities"; CSAF
 * 2.0.
 */

#ifndef OCI_SCAN_FILTER_VEX_H
#define OCI_SCAN_FILTER_VEX_H

#include "model/purl.h"


#define OCI_SCAN_VEX_MAX         (32u << 20)    /* bytes of a document */
#define OCI_SCAN_VEX_STATEMENTS  200000


typedef enum {
    OCI_SCAN_VEX_UNKNOWN = 0,
    OCI_SCAN_VEX_NOT_AFFECTED,
    OCI_SCAN_VEX_AFFECTED,
    OCI_SCAN_VEX_FIXED,
    OCI_SCAN_VEX_INVESTIGATED
} oci_scan_vex_e;


/* what a statement is about; text is an id that is no package URL */

typedef struct {
    bool             url;
    oci_str_t        text;
    oci_scan_purl_t  purl;
} oci_scan_vex_id_t;


typedef struct {
    oci_array_t  ids;           /* of oci_scan_vex_id_t, any of them fits */
    oci_array_t  parts;         /* the same of its subcomponents */
} oci_scan_vex_product_t;


typedef struct {
    oci_array_t     names;      /* of oci_str_t: the id and its aliases */
    oci_array_t     products;   /* of oci_scan_vex_product_t */
    oci_scan_vex_e  status;
    size_t          order;      /* in the document */
    oci_str_t       justification;
    oci_str_t       timestamp;  /* of the statement or of its document */
} oci_scan_vex_statement_t;


typedef struct oci_scan_vex_s  oci_scan_vex_t;

struct oci_scan_vex_s {
    bool         cyclonedx;
    oci_str_t    source;        /* where it came from, as it is shown */
    oci_array_t  statements;    /* of oci_scan_vex_statement_t, oldest first */

    /*
     * Of many documents, the one about a package, named by its URL without
     * version; NULL: none.  about is NULL when this is a document.
     */

    const oci_scan_vex_t  *(*about)(void *ctx, const oci_str_t *purl);
    void                    *ctx;
};


/* OCI_INVALID: no OpenVEX, CSAF or CycloneDX document */

oci_status_e oci_scan_vex_parse(oci_scan_vex_t *vex, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_vex_load(oci_scan_vex_t *vex, oci_pool_t *pool,
    const char *path, oci_error_t *err);

/*
 * The same of an attestation: an in-toto statement, alone, in a DSSE envelope
 * or in a bundle, whose signature is not looked at.  OCI_NOT_FOUND, which is
 * not said in err: the statement is about something else.
 */

oci_status_e oci_scan_vex_attested(oci_scan_vex_t *vex, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

/*
 * The newest statement about vulnerability id in product, of which part is a
 * component (NULL: the product itself is meant); NULL when there is none.
 */

const oci_scan_vex_statement_t *oci_scan_vex_find(const oci_scan_vex_t *vex,
    const oci_str_t *id, const oci_scan_purl_t *product,
    const oci_scan_purl_t *part);

/*
 * The same in a CycloneDX document: bom is the serial number and version of
 * the bill, "urn:cdx:UUID/1", ref the component's bom-ref or package URL.
 */

const oci_scan_vex_statement_t *oci_scan_vex_find_ref(
    const oci_scan_vex_t *vex, const oci_str_t *id, const oci_str_t *bom,
    const oci_str_t *ref);

/* "not_affected", "fixed" ... */

const char *oci_scan_vex_name(oci_scan_vex_e status);


#endif /* OCI_SCAN_FILTER_VEX_H */
