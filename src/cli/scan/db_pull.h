/*
 * The vulnerability database, which is an artifact in a registry.
 */

#ifndef SCAN_DB_PULL_H
#define SCAN_DB_PULL_H

#include "scan/scan.h"


/* downloads the database of that name into s->db_dir */

oci_status_e scan_db_pull(scan_t *s, const char *name);


#endif /* SCAN_DB_PULL_H */
