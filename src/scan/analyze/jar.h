/*
 * Jars that do not say which artifact they are.
 *
 * A layer is described without any database, so that it can be remembered.
 * Such a jar is a package without a name, whose other members say what there
 * is to find it by: digest "sha1:...", src_name and src_version the manifest's
 * "group:artifact" and version, release and src_release the artifact and the
 * version of the file's name.
 */

#ifndef OCI_SCAN_ANALYZE_JAR_H
#define OCI_SCAN_ANALYZE_JAR_H

#include "model/layer.h"


/* drops packages that are the same artifact in the same file */

void oci_scan_jar_unique(oci_scan_group_t *g);


#endif /* OCI_SCAN_ANALYZE_JAR_H */
