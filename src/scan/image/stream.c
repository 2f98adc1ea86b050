/*
 * One input buffer, one output buffer, and the bounds of what passes.
 */

#include "codec.h"

#include <stdlib.h>
#include <string.h>


static oci_status_e oci_scan_stream_bounds(oci_scan_stream_t *s,
    oci_error_t *err);


void
oci_scan_reader_close(oci_scan_reader_t *r)
{
    if (r->close != NULL) {
        r->close(r->ctx);
        r->close = NULL;
    }
}


oci_scan_stream_t *
oci_scan_stream_open(const oci_scan_reader_t *in,
    const oci_scan_limits_t *limits, unsigned flags, oci_error_t *err)
{
    oci_scan_stream_t  *s;

    s = malloc(sizeof(oci_scan_stream_t));
    if (s == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    memset(s, 0, offsetof(oci_scan_stream_t, in_buf));

    if (limits != NULL) {
        s->limits = *limits;
    }

    s->limits.bytes = s->limits.bytes ? s->limits.bytes : OCI_SCAN_MAX_BYTES;
    s->limits.ratio = s->limits.ratio ? s->limits.ratio : OCI_SCAN_MAX_RATIO;

    s->in = in;
    s->flags = flags;
    oci_hash_init(&s->hash_in, OCI_SHA256);
    oci_hash_init(&s->hash_out, OCI_SHA256);

    if (oci_scan_stream_peek(s, 6, err) != OCI_OK) {
        free(s);
        return NULL;
    }

    s->format = oci_scan_format(s->in_buf, s->len);

    if (!s->format->open(s, err)) {
        free(s);
        return NULL;
    }

    return s;
}


ssize_t
oci_scan_stream_next(oci_scan_stream_t *s, const u_char **data,
    oci_error_t *err)
{
    ssize_t  n;

    if (s->done) {
        return 0;
    }

    n = s->format->next(s, err);

    if (n < 0) {
        return -1;
    }

    if (n == 0) {
        s->done = true;
        return 0;
    }

    s->unpacked += (uint64_t) n;

    if (oci_scan_stream_bounds(s, err) != OCI_OK) {
        return -1;
    }

    if (s->flags & OCI_SCAN_HASH_OUT) {
        oci_hash_update(&s->hash_out, s->out, (size_t) n);
    }

    *data = s->out;
    return n;
}


oci_status_e
oci_scan_stream_drain(oci_scan_stream_t *s, oci_error_t *err)
{
    ssize_t        n;
    const u_char  *data;

    do {
        n = oci_scan_stream_next(s, &data, err);
    } while (n > 0);

    while (n == 0 && !s->eof) {
        s->pos = s->len;
        n = oci_scan_stream_fill(s, err);
        n = (n < 0) ? -1 : 0;
    }

    return (n < 0) ? err->status : OCI_OK;
}


bool
oci_scan_stream_packed(const oci_scan_stream_t *s)
{
    return s->format->magic_len != 0;
}


uint64_t
oci_scan_stream_size(const oci_scan_stream_t *s)
{
    return s->unpacked;
}


void
oci_scan_stream_digests(oci_scan_stream_t *s, oci_digest_t *packed,
    oci_digest_t *unpacked)
{
    if (packed != NULL) {
        oci_hash_final(&s->hash_in, packed);
    }

    if (unpacked != NULL) {
        oci_hash_final(&s->hash_out, unpacked);
    }
}


void
oci_scan_stream_close(oci_scan_stream_t *s)
{
    if (s == NULL) {
        return;
    }

    if (s->format->close != NULL) {
        s->format->close(s);
    }

    free(s);
}


static oci_status_e
oci_scan_stream_bounds(oci_scan_stream_t *s, oci_error_t *err)
{
    if (s->unpacked > s->limits.bytes) {
        return oci_error(err, OCI_LIMIT, 0, "layer unpacks to more than %llu "
                         "bytes", (unsigned long long) s->limits.bytes);
    }

    if (s->unpacked > OCI_SCAN_FREE
        && s->unpacked / s->limits.ratio > s->packed)
    {
        return oci_error(err, OCI_LIMIT, 0, "layer unpacks to more than %llu "
                         "times its size",
                         (unsigned long long) s->limits.ratio);
    }

    return OCI_OK;
}
