/*
 * Bytes of which nobody knows how many will come: in memory while they are
 * few, then in a file without a name, which is seen as memory that the kernel
 * may take back.
 */

#ifndef OCI_SCAN_ANALYZE_SPOOL_H
#define OCI_SCAN_ANALYZE_SPOOL_H

#include "oci_core.h"


#define SPOOL_MEMORY  ((size_t) 8 << 20)
#define SPOOL_MAX     ((uint64_t) 2 << 30)


/* zeroed, it is an empty one */

typedef struct {
    oci_buf_t   buf;
    bool        spilled;
    int         fd;                 /* when it is */
    uint64_t    len;
    void       *map;
} spool_t;


/* OCI_LIMIT: more than SPOOL_MAX; OCI_IO and so on: no room in TMPDIR */

oci_status_e spool_add(spool_t *spool, const void *data, size_t len,
    oci_error_t *err);

/* all of them, until the spool is freed; nothing is added then */

oci_status_e spool_text(spool_t *spool, oci_str_t *text, oci_error_t *err);

void spool_free(spool_t *spool);


#endif /* OCI_SCAN_ANALYZE_SPOOL_H */
