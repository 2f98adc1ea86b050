/*
 * The vulnerability database: may the one that is here be used?
 */

#ifndef SCAN_DB_H
#define SCAN_DB_H

#include "scan/scan.h"


/*
 * Makes sure that the folder s->db_dir holds a database that may be used, by
 * Trivy's rules of age, downloading one when it must and may.
 */

oci_status_e scan_db_ready(scan_t *s);

/* downloads one from the first repository in order that has it */

oci_status_e scan_db_fetch(scan_t *s);


#endif /* SCAN_DB_H */
