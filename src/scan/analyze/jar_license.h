/*
 * Licences that the manifest of an archive names.
 */

#ifndef OCI_SCAN_ANALYZE_JAR_LICENSE_H
#define OCI_SCAN_ANALYZE_JAR_LICENSE_H

#include "jar_text.h"


/* adds what an attribute says to the list (of oci_str_t); false: no memory */

/* "Plugin-License-Name: X", "Plugin-License-Name-2: X": the whole line */

bool jar_license_plugin(jar_t *j, oci_array_t *list, oci_str_t line);

/* the value of "Bundle-License": identifiers, addresses, links */

bool jar_license_bundle(jar_t *j, oci_array_t *list, oci_str_t value);


#endif /* OCI_SCAN_ANALYZE_JAR_LICENSE_H */
