/*
 * rpm's database, read by librpm in a process of its own: the file comes from
 * an image, and a crash or an endless loop in there must not be ours.
 */

#ifndef OCI_SCAN_ANALYZE_RPM_CHILD_H
#define OCI_SCAN_ANALYZE_RPM_CHILD_H

#include "oci_core.h"


/*
 * One package, as the child process tells it; slices of one buffer.  Lists
 * are encoded as they came: rpm_item() takes them apart.
 */

typedef struct {
    oci_str_t  name;
    oci_str_t  epoch;           /* decimal; empty: none */
    oci_str_t  version;
    oci_str_t  release;
    oci_str_t  arch;
    oci_str_t  source;
    oci_str_t  vendor;
    oci_str_t  license;
    oci_str_t  modularity;
    oci_str_t  md5;             /* hexadecimal */
    oci_str_t  provides;
    oci_str_t  requires;
    oci_str_t  files;
} rpm_pkg_t;


/*
 * Reads the database file, which lies alone in its directory under the name
 * that rpm gives it.  The answer is in buf (oci_buf_free() it);
 * rpm_next() takes one package after another.
 * OCI_INVALID: the child failed, was killed or took too long.
 */

oci_status_e rpm_read(const char *dir, oci_buf_t *buf, oci_error_t *err);
bool rpm_next(oci_str_t *rest, rpm_pkg_t *pkg);
bool rpm_item(oci_str_t *list, oci_str_t *item);


#endif /* OCI_SCAN_ANALYZE_RPM_CHILD_H */
