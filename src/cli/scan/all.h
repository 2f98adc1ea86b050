/*
 * tally scan --all.
 */

#ifndef SCAN_ALL_H
#define SCAN_ALL_H

#include "scan/scan.h"


/*
 * Scans every image of the store, each manifest once: a line each, or their
 * reports.  Returns the exit status.
 */

int scan_all(scan_t *s);


#endif /* SCAN_ALL_H */
