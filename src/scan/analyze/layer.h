/*
 * Layers, described: a walk over their files, each of which goes to the
 * analyzers that want it.
 */

#ifndef OCI_SCAN_ANALYZE_LAYER_H
#define OCI_SCAN_ANALYZE_LAYER_H

#include "model/layer.h"
#include "oci_scan_sbom.h"
#include "oci_scan_secret.h"


/*
 * Reads a layer from in, whatever its compression, and describes it.  The
 * digests that hashes asks for are computed into the layer.  rules: of the
 * secrets that are looked for, too; NULL: none.
 */

oci_status_e oci_scan_layer_read(oci_scan_layer_t *layer,
    const oci_scan_reader_t *in, const oci_scan_limits_t *limits,
    oci_scan_hashes_t hashes, oci_scan_rules_t *rules, oci_error_t *err);

/* the same of a directory that holds a whole file system */

oci_status_e oci_scan_layer_read_dir(oci_scan_layer_t *layer, const char *root,
    const oci_scan_limits_t *limits, oci_scan_rules_t *rules,
    oci_error_t *err);

/* describes a layer that holds this file and nothing else */

oci_status_e oci_scan_layer_read_file(oci_scan_layer_t *layer, const char *path,
    unsigned mode, const oci_str_t *text, oci_error_t *err);

/* describes an SBOM (oci_scan_sbom.h) that is the whole of what is scanned */

oci_status_e oci_scan_layer_read_sbom(oci_scan_layer_t *layer,
    const oci_scan_sbom_t *bom, oci_error_t *err);


#endif /* OCI_SCAN_ANALYZE_LAYER_H */
