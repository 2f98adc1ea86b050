/*
 * The formats that a stream may have, below image/stream.h.
 */

#ifndef OCI_SCAN_IMAGE_CODEC_H
#define OCI_SCAN_IMAGE_CODEC_H

#include "base/archive.h"
#include "stream.h"


#define OCI_SCAN_IN_SIZE   (256 * 1024)
#define OCI_SCAN_OUT_SIZE  (512 * 1024)
#define OCI_SCAN_MAGIC_MAX  10


typedef struct {
    const char  *name;
    const char  *magic;
    size_t       magic_len;
    bool       (*open)(oci_scan_stream_t *s, oci_error_t *err);
    ssize_t    (*next)(oci_scan_stream_t *s, oci_error_t *err);
    void       (*close)(oci_scan_stream_t *s);
} codec_t;


struct oci_scan_stream_s {
    const oci_scan_reader_t  *in;
    const codec_t            *format;
    oci_scan_limits_t         limits;
    time_t                    began;
    uint64_t                  unpacked;
    oci_hash_t                hash_in;
    oci_hash_t                hash_out;
    oci_scan_hashes_t         hashes;
    size_t                    pos;          /* of what in_buf holds */
    size_t                    len;
    bool                      eof;          /* the reader has no more */
    bool                      done;         /* nothing more comes out */
    bool                      middle;       /* inside a member or frame */
    bool                      full;         /* the codec may hold more */
    const u_char             *out;          /* where next() left it */
    void                     *codec;
    oci_scan_archive_t        la;           /* when that is libarchive's */
    oci_error_t              *codec_err;    /* of libarchive's callback */
    u_char                    in_buf[OCI_SCAN_IN_SIZE];
    u_char                    out_buf[OCI_SCAN_OUT_SIZE];
};


/* by the first bytes; what is of no known format is taken as it is */

const codec_t *codec_find(const u_char *data, size_t len);

/* reads into the empty input buffer; what is there must be used up */

ssize_t stream_fill(oci_scan_stream_t *s, oci_error_t *err);

/* a reader may give less than need at first: reads until they are there */

oci_status_e stream_peek(oci_scan_stream_t *s, size_t need, oci_error_t *err);

/* 1: the codec has work to do; 0: the end; -1: an error, or cut short */

ssize_t stream_more(oci_scan_stream_t *s, oci_error_t *err);


#endif /* OCI_SCAN_IMAGE_CODEC_H */
