/*
 * One table of formats.  ISA-L inflates gzip where it exists, as it is several
 * times faster than zlib; what is neither gzip, zstd nor plain goes through
 * libarchive's filters.
 */

#include "codec.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#if (TALLY_HAVE_ISAL)
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif


static bool codec_magic(const u_char *data, const codec_t *f);
static bool plain_open(oci_scan_stream_t *s, oci_error_t *err);
static ssize_t plain_next(oci_scan_stream_t *s, oci_error_t *err);
static bool gzip_open(oci_scan_stream_t *s, oci_error_t *err);
static ssize_t gzip_next(oci_scan_stream_t *s, oci_error_t *err);
static void gzip_close(oci_scan_stream_t *s);
static oci_status_e gzip_member(oci_scan_stream_t *s, oci_error_t *err);
static oci_status_e gzip_inflate(oci_scan_stream_t *s, size_t *made,
    bool *end, oci_error_t *err);
static bool zstd_open(oci_scan_stream_t *s, oci_error_t *err);
static ssize_t zstd_next(oci_scan_stream_t *s, oci_error_t *err);
static void zstd_close(oci_scan_stream_t *s);
static bool la_open(oci_scan_stream_t *s, oci_error_t *err);
static ssize_t la_next(oci_scan_stream_t *s, oci_error_t *err);
static void la_close(oci_scan_stream_t *s);
static la_ssize_t la_read(struct archive *a, void *data, const void **buf);


/* zstd's second is a skippable frame, bzip2's a stream without a block */

static const codec_t  codecs[] = {
    { "gzip",  "\x1f\x8b", 2, gzip_open, gzip_next, gzip_close },
    { "zstd",  "\x28\xb5\x2f\xfd", 4, zstd_open, zstd_next, zstd_close },
    { "zstd",  "?\x2a\x4d\x18", 4, zstd_open, zstd_next, zstd_close },
    { "xz",    "\xfd" "7zXZ\0", 6, la_open, la_next, la_close },
    { "bzip2", "BZh?1AY&SY", 10, la_open, la_next, la_close },
    { "bzip2", "BZh?\x17" "rE8P\x90", 10, la_open, la_next, la_close },
    { "lz4",   "\x04\x22\x4d\x18", 4, la_open, la_next, la_close },
    { "plain", "", 0, plain_open, plain_next, NULL }
};


const codec_t *
codec_find(const u_char *data, size_t len)
{
    const codec_t  *f;

    for (f = codecs; f->magic_len != 0; f++) {
        if (len >= f->magic_len && codec_magic(data, f)) {
            break;
        }
    }

    return f;
}


/* "?" is any byte: a tar may begin with a file that is called "BZh" */

static bool
codec_magic(const u_char *data, const codec_t *f)
{
    size_t  i;

    for (i = 0; i < f->magic_len; i++) {
        if (f->magic[i] != '?' && data[i] != (u_char) f->magic[i]) {
            return false;
        }
    }

    return true;
}


static bool
plain_open(oci_scan_stream_t *s, oci_error_t *err)
{
    (void) s;
    (void) err;
    return true;
}


static ssize_t
plain_next(oci_scan_stream_t *s, oci_error_t *err)
{
    ssize_t  n;

    if (s->pos == s->len) {
        n = stream_fill(s, err);
        if (n <= 0) {
            return n;
        }
    }

    s->out = s->in_buf + s->pos;
    n = (ssize_t) (s->len - s->pos);
    s->pos = s->len;
    return n;
}


/*
 * A gzip file is one member after another.  Zero padding behind the last is
 * accepted, as gzip itself does; other bytes there are ignored with it.
 */

static ssize_t
gzip_next(oci_scan_stream_t *s, oci_error_t *err)
{
    bool     end;
    size_t   made;
    ssize_t  n;

    s->out = s->out_buf;
    made = 0;
    end = false;

    while (made == 0) {

        n = stream_more(s, err);
        if (n <= 0) {
            return n;
        }

        if (!s->middle) {
            if (s->in_buf[s->pos] != 0x1f) {
                return 0;
            }

            if (gzip_member(s, err) != OCI_OK) {
                return -1;
            }
        }

        if (gzip_inflate(s, &made, &end, err) != OCI_OK) {
            return -1;
        }

        s->middle = !end;
        s->full = (!end && made == OCI_SCAN_OUT_SIZE);
    }

    return (ssize_t) made;
}


#if (TALLY_HAVE_ISAL)

static bool
gzip_open(oci_scan_stream_t *s, oci_error_t *err)
{
    s->codec = malloc(sizeof(struct inflate_state));
    if (s->codec == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return false;
    }

    return true;
}


static oci_status_e
gzip_member(oci_scan_stream_t *s, oci_error_t *err)
{
    struct inflate_state  *z;

    (void) err;
    z = s->codec;
    isal_inflate_init(z);
    z->crc_flag = ISAL_GZIP;
    s->middle = true;
    return OCI_OK;
}


static oci_status_e
gzip_inflate(oci_scan_stream_t *s, size_t *made, bool *end, oci_error_t *err)
{
    int                    rc;
    struct inflate_state  *z;

    z = s->codec;
    z->next_in = s->in_buf + s->pos;
    z->avail_in = (uint32_t) (s->len - s->pos);
    z->next_out = s->out_buf;
    z->avail_out = OCI_SCAN_OUT_SIZE;

    rc = isal_inflate(z);

    if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT) {
        return oci_error(err, OCI_INVALID, 0, "damaged gzip data (%d)", rc);
    }

    s->pos = s->len - z->avail_in;
    *made = OCI_SCAN_OUT_SIZE - z->avail_out;
    *end = (z->block_state == ISAL_BLOCK_FINISH);
    return OCI_OK;
}


static void
gzip_close(oci_scan_stream_t *s)
{
    free(s->codec);
}

#else

static bool
gzip_open(oci_scan_stream_t *s, oci_error_t *err)
{
    z_stream  *z;

    z = calloc(1, sizeof(z_stream));
    if (z == NULL || inflateInit2(z, 15 + 16) != Z_OK) {
        free(z);
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return false;
    }

    s->codec = z;
    return true;
}


static oci_status_e
gzip_member(oci_scan_stream_t *s, oci_error_t *err)
{
    if (inflateReset(s->codec) != Z_OK) {
        return oci_error(err, OCI_INVALID, 0, "damaged gzip data");
    }

    s->middle = true;
    return OCI_OK;
}


static oci_status_e
gzip_inflate(oci_scan_stream_t *s, size_t *made, bool *end, oci_error_t *err)
{
    int        rc;
    z_stream  *z;

    z = s->codec;
    z->next_in = s->in_buf + s->pos;
    z->avail_in = (uInt) (s->len - s->pos);
    z->next_out = s->out_buf;
    z->avail_out = OCI_SCAN_OUT_SIZE;

    rc = inflate(z, Z_NO_FLUSH);

    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
        return oci_error(err, OCI_INVALID, 0, "damaged gzip data (%d)", rc);
    }

    s->pos = s->len - z->avail_in;
    *made = OCI_SCAN_OUT_SIZE - z->avail_out;
    *end = (rc == Z_STREAM_END);
    return OCI_OK;
}


static void
gzip_close(oci_scan_stream_t *s)
{
    (void) inflateEnd(s->codec);
    free(s->codec);
}

#endif


/* a window of more than 64 MiB is refused: memory is not the sender's */

static bool
zstd_open(oci_scan_stream_t *s, oci_error_t *err)
{
    s->codec = ZSTD_createDStream();
    if (s->codec == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return false;
    }

    (void) ZSTD_DCtx_setParameter(s->codec, ZSTD_d_windowLogMax, 26);
    return true;
}


static ssize_t
zstd_next(oci_scan_stream_t *s, oci_error_t *err)
{
    size_t          rc;
    ssize_t         n;
    ZSTD_inBuffer   in;
    ZSTD_outBuffer  out;

    out.dst = s->out_buf;
    out.size = OCI_SCAN_OUT_SIZE;
    out.pos = 0;
    s->out = s->out_buf;

    while (out.pos == 0) {

        n = stream_more(s, err);
        if (n <= 0) {
            return n;
        }

        in.src = s->in_buf;
        in.size = s->len;
        in.pos = s->pos;
        rc = ZSTD_decompressStream(s->codec, &out, &in);
        s->pos = in.pos;

        if (ZSTD_isError(rc)) {
            (void) oci_error(err, OCI_INVALID, 0, "damaged zstd data: %s",
                             ZSTD_getErrorName(rc));
            return -1;
        }

        s->middle = (rc != 0);
        s->full = (rc != 0 && out.pos == OCI_SCAN_OUT_SIZE);
    }

    return (ssize_t) out.pos;
}


static void
zstd_close(oci_scan_stream_t *s)
{
    (void) ZSTD_freeDStream(s->codec);
}


static bool
la_open(oci_scan_stream_t *s, oci_error_t *err)
{
    struct archive        *a;
    struct archive_entry  *entry;

    if (oci_scan_archive_load(&s->la, err) != OCI_OK) {
        return false;
    }

    a = s->la.archive_read_new();
    if (a == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return false;
    }

    (void) s->la.archive_read_support_filter_xz(a);
    (void) s->la.archive_read_support_filter_bzip2(a);
    (void) s->la.archive_read_support_filter_lz4(a);
    (void) s->la.archive_read_support_format_raw(a);

    s->codec_err = err;

    if (s->la.archive_read_open(a, s, NULL, la_read, NULL)
            != ARCHIVE_OK
        || s->la.archive_read_next_header(a, &entry) != ARCHIVE_OK)
    {
        (void) oci_error(err, OCI_INVALID, 0, "damaged %s data: %s",
                         s->format->name, s->la.archive_error_string(a));
        (void) s->la.archive_read_free(a);
        return false;
    }

    s->codec = a;
    return true;
}


static ssize_t
la_next(oci_scan_stream_t *s, oci_error_t *err)
{
    la_ssize_t  n;

    s->codec_err = err;
    s->out = s->out_buf;
    n = s->la.archive_read_data(s->codec, s->out_buf, OCI_SCAN_OUT_SIZE);

    if (n < 0) {
        (void) oci_error(err, OCI_INVALID, 0, "damaged %s data: %s",
                         s->format->name, s->la.archive_error_string(s->codec));
        return -1;
    }

    return (ssize_t) n;
}


static void
la_close(oci_scan_stream_t *s)
{
    (void) s->la.archive_read_free(s->codec);
}


static la_ssize_t
la_read(struct archive *a, void *data, const void **buf)
{
    ssize_t             n;
    oci_scan_stream_t  *s;

    (void) a;
    s = data;

    if (s->pos == s->len) {
        n = stream_fill(s, s->codec_err);
        if (n <= 0) {
            return n;
        }
    }

    *buf = s->in_buf + s->pos;
    n = (ssize_t) (s->len - s->pos);
    s->pos = s->len;
    return n;
}
