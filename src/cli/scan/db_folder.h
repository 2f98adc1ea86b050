/*
 * The folder of a database, s->db_dir, with the database (s->db says which)
 * and metadata.json: how a new one takes its place, import, export.
 */

#ifndef SCAN_DB_FOLDER_H
#define SCAN_DB_FOLDER_H

#include "scan/scan.h"


/* the one of vulnerabilities */

extern const scan_db_kind_t  scan_vulndb;

/* does the folder hold what looks like a database? */

oci_status_e scan_db_check(scan_t *s);

/*
 * Takes a database over from a tar, compressed or not, with it and
 * metadata.json; or from one that is open, and called name in errors.
 * OCI_NOT_FOUND: there is no such database in it.
 */

oci_status_e scan_db_import(scan_t *s, const char *file);
oci_status_e scan_db_unpack(scan_t *s, int fd, const char *name);

/* writes the same as a tar.gz */

oci_status_e scan_db_export(scan_t *s, const char *file);


#endif /* SCAN_DB_FOLDER_H */
