/*
 * The SPDX lists of licences and exceptions, and expressions made of them.
 *
 * Source: SPDX License List 3.28; SPDX Specification 2.3, Annex D.
 */

#ifndef OCI_SCAN_MODEL_LICENSE_LIST_H
#define OCI_SCAN_MODEL_LICENSE_LIST_H

#include "pkg.h"


/* the identifier in its own spelling, whatever its case; NULL: none */

const char *oci_scan_license_id(const oci_str_t *id);
const char *license_list_exception(const oci_str_t *id);


/* a licence that is not on the list, with an id of its own */

typedef struct {
    oci_str_t  id;              /* LicenseRef-... */
    oci_str_t  name;
    oci_str_t  text;
    bool       whole;           /* text is what the package says, whole */
} oci_scan_license_other_t;

/* what is said of a licence that is whole */

extern const char  oci_scan_license_whole_text[];


/*
 * The licences of a package, all of which hold, as one expression in pool;
 * data is NULL when they cannot be read as one.  Those that are not on the
 * list are pushed to others, an array of oci_scan_license_other_t.
 * OCI_INVALID: no expression; OCI_NOMEM.
 */

oci_status_e oci_scan_license_expression(oci_str_t *out, oci_pool_t *pool,
    const oci_scan_strs_t *licenses, oci_array_t *others);

typedef enum {
    OCI_SCAN_LICENSE_NAME = 0,  /* anything */
    OCI_SCAN_LICENSE_ID,        /* an identifier of the list */
    OCI_SCAN_LICENSE_EXPRESSION  /* of several of these */
} oci_scan_license_e;


/*
 * One licence as the list has it, and what it is then; what cannot be read is
 * a name and as it was.  OCI_NOMEM.
 */

oci_status_e oci_scan_license_one(oci_str_t *out, oci_scan_license_e *what,
    oci_pool_t *pool, const oci_str_t *license);


#endif /* OCI_SCAN_MODEL_LICENSE_LIST_H */
