/*
 * The secrets of an image's layers, as results.
 */

#ifndef OCI_SCAN_INSPECT_SECRETS_H
#define OCI_SCAN_INSPECT_SECRETS_H

#include "model/layer.h"
#include "oci_scan_image.h"
#include "oci_scan_report.h"


/*
 * Whether a layer comes with the base image: those before the last CMD that
 * has layers behind it.
 */

bool inspect_is_base(const oci_scan_image_t *image,
    const oci_scan_image_layer_t *layer);

/*
 * A file that a later layer deletes is in the image all the same: all that
 * was found in a file of this name counts, but of each rule only what the
 * last layer says.  config: the image's, or NULL.
 */

oci_status_e inspect_secrets(oci_scan_report_t *report,
    oci_scan_layer_t **layers, size_t n, const json_t *config,
    oci_error_t *err);


#endif /* OCI_SCAN_INSPECT_SECRETS_H */
