/*
 * One image of tally scan --queue.
 */

#ifndef SCAN_QUEUE_IMAGE_H
#define SCAN_QUEUE_IMAGE_H

#include "oci_due.h"
#include "scan/scan.h"


typedef struct {
    int64_t  database;          /* of when it is, s since 1970 */
    int64_t  began;             /* ms since 1970 */
    bool     attest;            /* there is a key */
} queue_look_t;


/*
 * Has the image to be scanned?  Not when that was tried since this look began,
 * or too often.  note is what is noted of it.
 */

bool queue_image_due(const oci_repo_t *repo, const oci_digest_t *digest,
    const queue_look_t *look, oci_due_note_t *note);

/*
 * Scans it, puts the report beside it, and notes what it came to.  note is the
 * one with this try.  false: it failed, and the note says why.
 */

bool queue_image_scan(scan_t *s, const oci_repo_t *repo,
    const oci_digest_t *digest, const oci_due_note_t *note);


#endif /* SCAN_QUEUE_IMAGE_H */
