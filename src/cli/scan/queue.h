/*
 * tally scan --queue.
 */

#ifndef SCAN_QUEUE_H
#define SCAN_QUEUE_H

#include "scan/scan.h"


/*
 * Scans what is pushed into the store, and all that is there whenever the
 * database changes, until it is ended; with --once what there is to do now.
 * Returns the exit status.
 */

int scan_queue(scan_t *s);


#endif /* SCAN_QUEUE_H */
