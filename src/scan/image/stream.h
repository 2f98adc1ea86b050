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


/*
 * What a stream is allowed to take; zero means the default.  What passes and
 * is not kept costs nothing but time (a sparse lastlog of 300 GB is a few MB
 * of gzip), so that is what is bounded: seconds of the processor, not those
 * that a slow network takes.
 */

typedef struct {
    uint64_t  bytes;            /* unpacked bytes of one layer; no default */
    uint64_t  seconds;          /* of the processor, for one layer */
    uint64_t  entries;          /* tar entries of one layer */

    /* of oci_str_t: patterns of what is passed over (oci_scan_skip_add()) */

    oci_array_t  skip_dirs;
    oci_array_t  skip_files;
} oci_scan_limits_t;

#define OCI_SCAN_MAX_SECONDS  600
#define OCI_SCAN_MAX_ENTRIES  4000000


/* which digests are computed on the way; OCI_ALG_NONE: none of that side */

typedef struct {
    oci_alg_e  packed;          /* of the bytes as they are stored */
    oci_alg_e  unpacked;        /* the diffID */
} oci_scan_hashes_t;


typedef struct oci_scan_stream_s  oci_scan_stream_t;

/*
 * Opens a stream over in, which must outlive it and is not closed by it.
 * NULL: out of memory or an unreadable beginning, said in err.
 */

oci_scan_stream_t *oci_scan_stream_open(const oci_scan_reader_t *in,
    const oci_scan_limits_t *limits, oci_scan_hashes_t hashes,
    oci_error_t *err);

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

/* what was asked for; the other is left as it is */

void oci_scan_stream_digests(oci_scan_stream_t *s, oci_digest_t *packed,
    oci_digest_t *unpacked);

void oci_scan_stream_close(oci_scan_stream_t *s);           /* NULL allowed */


#endif /* OCI_SCAN_IMAGE_STREAM_H */
