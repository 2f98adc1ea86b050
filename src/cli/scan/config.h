/*
 * trivy.yaml: flags for those who run the scanner from one folder.
 */

#ifndef SCAN_CONFIG_H
#define SCAN_CONFIG_H

#include "scan/scan.h"


/*
 * Sets flags, by Trivy's keys, from the file that --config names or from
 * trivy.yaml in the current folder, unless they were given on the line or in
 * the environment.  A key that is not known is a warning.  OCI_INVALID,
 * OCI_NOT_FOUND (of a file that was named) and so on, in s->err.
 */

oci_status_e scan_config(scan_t *s);

/* the same of a text; path is what it is called in messages */

oci_status_e scan_config_text(scan_t *s, const char *path,
    const oci_str_t *text);


#endif /* SCAN_CONFIG_H */
