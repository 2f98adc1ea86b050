/*
 * The digests of a stream, before and after unpacking.  Of a large one they
 * are computed by a thread of their own, since they take half as long as the
 * unpacking.
 */

#ifndef OCI_SCAN_HASHER_H
#define OCI_SCAN_HASHER_H

#include "oci_digest.h"


typedef struct oci_scan_hasher_s  oci_scan_hasher_t;

typedef enum {
    OCI_SCAN_PACKED = 0,
    OCI_SCAN_UNPACKED
} oci_scan_hashed_e;


/* SHA-256 of both; NULL: out of memory */

oci_scan_hasher_t *oci_scan_hasher_create(void);

/* for one thread; data is copied when it is not hashed at once */

void oci_scan_hasher_update(oci_scan_hasher_t *h, oci_scan_hashed_e which,
    const u_char *data, size_t len);

/* waits for what was handed over; each of the two is final once */

void oci_scan_hasher_final(oci_scan_hasher_t *h, oci_scan_hashed_e which,
    oci_digest_t *digest);

void oci_scan_hasher_destroy(oci_scan_hasher_t *h);


#endif /* OCI_SCAN_HASHER_H */
