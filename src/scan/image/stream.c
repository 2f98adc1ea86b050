/*
 * One input buffer, one output buffer, and the bounds of what passes.
 */

#include "codec.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


static oci_status_e stream_bounds(oci_scan_stream_t *s, oci_error_t *err);
static time_t stream_clock(void);


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
    const oci_scan_limits_t *limits, oci_scan_hashes_t hashes,
    oci_error_t *err)
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

    if (s->limits.seconds == 0) {
        s->limits.seconds = OCI_SCAN_MAX_SECONDS;
    }

    s->began = stream_clock();

    s->in = in;
    s->hashes = hashes;

    if (hashes.packed != OCI_ALG_NONE) {
        oci_hash_init(&s->hash_in, hashes.packed);
    }

    if (hashes.unpacked != OCI_ALG_NONE) {
        oci_hash_init(&s->hash_out, hashes.unpacked);
    }

    if (stream_peek(s, OCI_SCAN_MAGIC_MAX, err) != OCI_OK) {
        free(s);
        return NULL;
    }

    s->format = codec_find(s->in_buf, s->len);

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

    if (stream_bounds(s, err) != OCI_OK) {
        return -1;
    }

    if (s->hashes.unpacked != OCI_ALG_NONE) {
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
        n = stream_fill(s, err);
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
    if (s->hashes.packed != OCI_ALG_NONE) {
        oci_hash_final(&s->hash_in, packed);
    }

    if (s->hashes.unpacked != OCI_ALG_NONE) {
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
stream_bounds(oci_scan_stream_t *s, oci_error_t *err)
{
    if (s->limits.bytes != 0 && s->unpacked > s->limits.bytes) {
        return oci_error(err, OCI_LIMIT, 0, "layer unpacks to more than %llu "
                         "bytes", (unsigned long long) s->limits.bytes);
    }

    if (stream_clock() - s->began > (time_t) s->limits.seconds) {
        return oci_error(err, OCI_LIMIT, 0, "layer takes more than %llu "
                         "seconds to unpack; %llu GB came out of it",
                         (unsigned long long) s->limits.seconds,
                         (unsigned long long) (s->unpacked >> 30));
    }

    return OCI_OK;
}


/* a layer is read by one thread from its beginning to its end */

static time_t
stream_clock(void)
{
    struct timespec  now;

    return (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0) ? now.tv_sec
                                                               : 0;
}
