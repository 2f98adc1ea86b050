/*
 * The database's folder: import, export, and what a download ends in.
 */

#ifndef SCAN_DB_H
#define SCAN_DB_H

#include "scan/scan.h"
#include "base/archive.h"


/* does the folder hold what looks like a database? */

oci_status_e scan_db_check(scan_t *s);

/* downloads one from the first repository in order that has it */

oci_status_e scan_db_fetch(scan_t *s);

/* a tar, compressed or not, with trivy.db and metadata.json */

oci_status_e scan_db_import(scan_t *s, const char *file);
oci_status_e scan_db_unpack(scan_t *s, const oci_scan_archive_t *la,
    struct archive *a);

/* writes the same as a tar.gz */

oci_status_e scan_db_export(scan_t *s, const char *file);


#endif /* SCAN_DB_H */
