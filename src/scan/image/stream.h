/*
 * A layer as a stream: bytes come in through a callback, in whatever
 * compression they were stored, and leave unpacked, chunk by chunk.  Nothing
 * is kept but one input and one output buffer.
 */

#ifndef OCI_SCAN_IMAGE_STREAM_H
#define OCI_SCAN_IMAGE_STREAM_H

#include "oci_core.h"
#include "oci_digest.h"


/*
 * Where bytes come from: a file, an archive member, a registry, a store.
 * read() returns how many bytes it wrote to buf, 0 at the end, -1 after an
 * error that it has put into err.  close() may be NULL.
 */

typedef struct {
    void     *ctx;
    ssize_t (*read)(void *ctx, u_char *buf, size_t size, oci_error_t *err);
    void    (*close)(void *ctx);
} oci_scan_reader_t;


void oci_scan_reader_close(oci_scan_reader_t *r);


/* what a stream is allowed to grow to; zero means the default */

typedef struct {
    uint64_t  bytes;            /* unpacked bytes of one layer */
    uint64_t  ratio;            /* unpacked : packed, beyond OCI_SCAN_FREE */
    uint64_t  entries;          /* tar entries of one layer */
} oci_scan_limits_t;

#define OCI_SCAN_MAX_BYTES    (64ULL << 30)
#define OCI_SCAN_MAX_RATIO    200
#define OCI_SCAN_FREE         (2ULL << 30)
#define OCI_SCAN_MAX_ENTRIES  4000000

#define OCI_SCAN_HASH_IN      0x1   /* digest of the packed bytes */
#define OCI_SCAN_HASH_OUT     0x2   /* diffID: digest of the unpacked bytes */


typedef struct oci_scan_stream_s  oci_scan_stream_t;

/*
 * Opens a stream over in, which must outlive it and is not closed by it.
 * NULL: out of memory or an unreadable beginning, said in err.
 */

oci_scan_stream_t *oci_scan_stream_open(const oci_scan_reader_t *in,
    const oci_scan_limits_t *limits, unsigned flags, oci_error_t *err);

/*
 * The next unpacked bytes, valid until the next call; 0 at the end, -1 after
 * an error: OCI_INVALID for damaged data, OCI_LIMIT for a bomb.
 */

ssize_t oci_scan_stream_next(oci_scan_stream_t *s, const u_char **data,
    oci_error_t *err);

/* reads both sides to their end, so that digests and sizes are whole */

oci_status_e oci_scan_stream_drain(oci_scan_stream_t *s, oci_error_t *err);

bool oci_scan_stream_packed(const oci_scan_stream_t *s);
uint64_t oci_scan_stream_size(const oci_scan_stream_t *s);  /* unpacked */
void oci_scan_stream_digests(oci_scan_stream_t *s, oci_digest_t *packed,
    oci_digest_t *unpacked);
void oci_scan_stream_close(oci_scan_stream_t *s);           /* NULL allowed */


#endif /* OCI_SCAN_IMAGE_STREAM_H */
