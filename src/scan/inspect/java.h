/*
 * Jars without a name get one, or go.
 */

#ifndef OCI_SCAN_INSPECT_JAVA_H
#define OCI_SCAN_INSPECT_JAVA_H

#include "oci_scan_inspect.h"


/* what options->java finds; what it does not find is noted and dropped */

oci_status_e inspect_java(oci_scan_layer_t *layer,
    const oci_scan_options_t *options, oci_error_t *err);


#endif /* OCI_SCAN_INSPECT_JAVA_H */
