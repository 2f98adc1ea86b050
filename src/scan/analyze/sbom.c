/*
 * A bill of materials inside of a layer.
 */

#include "analyze.h"
#include "oci_scan_sbom.h"


static bool sbom_wants(const oci_scan_file_t *f);
static oci_status_e sbom_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);


const analyzer_t  analyze_sbom = {
    .wants = sbom_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = sbom_read
};


static bool
sbom_wants(const oci_scan_file_t *f)
{
    return oci_scan_text_find(&f->path, ".dist-info/sboms/") == -1
           && (oci_str_suffix(&f->path, ".spdx")
               || oci_str_suffix(&f->path, ".spdx.json")
               || oci_str_suffix(&f->path, ".cdx")
               || oci_str_suffix(&f->path, ".cdx.json"));
}


static oci_status_e
sbom_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_status_e     rc;
    oci_scan_sbom_t  bom;

    rc = oci_scan_sbom_parse(&bom, w->tmp, text, err);

    return (rc == OCI_OK) ? oci_scan_sbom_pkgs(w, &bom, &f->path, err) : rc;
}
