/*
 * A bill of materials inside of a layer.
 */

#include "analyze.h"
#include "oci_scan_sbom.h"


oci_status_e
oci_scan_sbom_file(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_status_e     rc;
    oci_scan_sbom_t  bom;

    rc = oci_scan_sbom_parse(&bom, w->tmp, text, err);

    return (rc == OCI_OK) ? oci_scan_sbom_pkgs(w, &bom, &f->path, err) : rc;
}
