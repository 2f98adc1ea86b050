/*
 * The input buffer of a stream.
 */

#include "codec.h"


static ssize_t stream_take(oci_scan_stream_t *s, oci_error_t *err);


ssize_t
stream_fill(oci_scan_stream_t *s, oci_error_t *err)
{
    if (s->eof) {
        return 0;
    }

    s->pos = 0;
    s->len = 0;

    return stream_take(s, err);
}


ssize_t
stream_more(oci_scan_stream_t *s, oci_error_t *err)
{
    ssize_t  n;

    if (s->pos != s->len || s->full) {
        return 1;
    }

    n = stream_fill(s, err);

    if (n == 0 && s->middle) {
        (void) oci_error(err, OCI_INVALID, 0, "%s data ends too early",
                         s->format->name);
        return -1;
    }

    return (n < 0) ? -1 : (n > 0);
}


oci_status_e
stream_peek(oci_scan_stream_t *s, size_t need, oci_error_t *err)
{
    while (s->len < need && !s->eof) {

        if (stream_take(s, err) < 0) {
            return err->status;
        }
    }

    return OCI_OK;
}


/* adds what the reader gives next to what the buffer holds */

static ssize_t
stream_take(oci_scan_stream_t *s, oci_error_t *err)
{
    ssize_t  n;

    n = s->in->read(s->in->ctx, s->in_buf + s->len,
                    OCI_SCAN_IN_SIZE - s->len, err);

    if (n < 0) {
        (void) oci_error(err, OCI_IO, 0, "layer could not be read");
        return -1;
    }

    if (n == 0) {
        s->eof = true;
        return 0;
    }

    if (s->hashes.packed != OCI_ALG_NONE) {
        oci_hash_update(&s->hash_in, s->in_buf + s->len, (size_t) n);
    }

    s->len += (size_t) n;

    return n;
}
