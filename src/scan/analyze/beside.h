/*
 * TOML files that are of use beside another one: kept until the layer was
 * seen, as nobody knows which of the two comes first.
 */

#ifndef OCI_SCAN_ANALYZE_BESIDE_H
#define OCI_SCAN_ANALYZE_BESIDE_H

#include "model/kit.h"

#include <jansson.h>


/* keeps the file; OCI_LIMIT: there are too many of them; OCI_NOMEM */

oci_status_e beside_keep(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);

/* those that were kept, in the order of their paths */

void beside_sort(oci_scan_walker_t *w);

/* the one of this name in the folder of path, or NULL */

oci_scan_toml_t *beside_find(oci_scan_walker_t *w, const oci_str_t *path,
    const char *name);

/*
 * What it says, which belongs to the walk.  NULL: it is not TOML, which was
 * told.
 */

const json_t *beside_root(oci_scan_walker_t *w, oci_scan_toml_t *toml);


#endif /* OCI_SCAN_ANALYZE_BESIDE_H */
