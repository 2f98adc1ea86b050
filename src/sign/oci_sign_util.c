/*
 * Base64, hex, PEM and memory.
 */

#include "oci_sign_util.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define OCI_SIGN_PEM_LINE  64


static bool oci_sign_b64_ends(size_t n, size_t pad, oci_sign_b64_e how);
static int oci_sign_b64_value(u_char c, oci_sign_b64_e how);
static bool oci_sign_pem_body(oci_pool_t *pool, const u_char *p, size_t len,
    oci_str_t *der);


oci_status_e
oci_sign_b64_decode(oci_pool_t *pool, const oci_str_t *text,
    oci_sign_b64_e how, oci_str_t *out)
{
    int       value;
    size_t    i, n, pad;
    u_char    c, *p;
    uint32_t  bits;

    p = oci_palloc(pool, text->len / 4 * 3 + 4);
    if (p == NULL) {
        return OCI_NOMEM;
    }

    out->data = p;

    for (bits = 0, n = 0, pad = 0, i = 0; i < text->len; i++) {
        c = text->data[i];

        if (how == OCI_SIGN_B64_STD && (c == '\n' || c == '\r')) {
            continue;
        }

        if (c == '=') {
            pad++;
            continue;
        }

        value = oci_sign_b64_value(c, how);

        if (value < 0 || pad != 0) {
            return OCI_INVALID;
        }

        bits = bits << 6 | (uint32_t) value;

        if (++n % 4 == 0) {
            *p++ = (u_char) (bits >> 16);
            *p++ = (u_char) (bits >> 8);
            *p++ = (u_char) bits;
        }
    }

    if (!oci_sign_b64_ends(n, pad, how)) {
        return OCI_INVALID;
    }

    if (n % 4 == 2) {
        *p++ = (u_char) (bits >> 4);
    }

    if (n % 4 == 3) {
        *p++ = (u_char) (bits >> 10);
        *p++ = (u_char) (bits >> 2);
    }

    *p = '\0';
    out->len = (size_t) (p - out->data);

    return OCI_OK;
}


/* may so many characters and so much padding be all? */

static bool
oci_sign_b64_ends(size_t n, size_t pad, oci_sign_b64_e how)
{
    if (n % 4 == 1 || pad > 2) {
        return false;
    }

    return (pad != 0) ? (n + pad) % 4 == 0
           : n % 4 == 0 || how != OCI_SIGN_B64_STD;
}


static int
oci_sign_b64_value(u_char c, oci_sign_b64_e how)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    if (c == '+' || (c == '-' && how == OCI_SIGN_B64_ANY)) {
        return 62;
    }

    if (c == '/' || (c == '_' && how == OCI_SIGN_B64_ANY)) {
        return 63;
    }

    return -1;
}


oci_str_t
oci_sign_b64(oci_pool_t *pool, const void *data, size_t len)
{
    oci_str_t  s = oci_null_string;

    if (len > INT32_MAX / 2) {
        return s;
    }

    s.data = oci_palloc(pool, (len + 2) / 3 * 4 + 1);

    if (s.data != NULL) {
        s.len = (size_t) EVP_EncodeBlock(s.data, data, (int) len);
    }

    return s;
}


oci_str_t
oci_sign_hex(oci_pool_t *pool, const void *data, size_t len)
{
    size_t              i;
    oci_str_t           s = oci_null_string;
    const u_char       *p;
    static const char   hex[] = "0123456789abcdef";

    s.data = oci_palloc(pool, len * 2 + 1);

    if (s.data == NULL) {
        return s;
    }

    p = data;

    for (i = 0; i < len; i++) {
        s.data[s.len++] = (u_char) hex[p[i] >> 4];
        s.data[s.len++] = (u_char) hex[p[i] & 15];
    }

    s.data[s.len] = '\0';

    return s;
}


bool
oci_sign_unhex(const oci_str_t *text, u_char *out, size_t size)
{
    u_char  c;
    size_t  i;

    if (text->len != size * 2) {
        return false;
    }

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c >= '0' && c <= '9') {
            c = (u_char) (c - '0');

        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            c = (u_char) ((c | 0x20) - 'a' + 10);

        } else {
            return false;
        }

        out[i / 2] = (u_char) ((i & 1) ? (out[i / 2] | c) : (c << 4));
    }

    return true;
}


void
oci_sign_sha256(const void *data, size_t len, u_char out[32])
{
    (void) EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL);
}


void
oci_sign_wipe(oci_str_t *s)
{
    if (s->data != NULL) {
        OPENSSL_cleanse(s->data, s->len);
    }

    s->len = 0;
}


oci_status_e
oci_sign_pem_next(oci_pool_t *pool, const oci_str_t *text, size_t *pos,
    oci_str_t *label, oci_str_t *der)
{
    u_char      *p, *end, *last, *body;
    oci_str_t    stop;

    static const char  begin[] = "-----BEGIN ";

    last = text->data + text->len;
    p = (text->len == 0) ? NULL
        : memmem(text->data + *pos, text->len - *pos, begin,
                 sizeof(begin) - 1);

    if (p == NULL) {
        return OCI_NOT_FOUND;
    }

    p += sizeof(begin) - 1;
    end = memmem(p, (size_t) (last - p), "-----", 5);

    if (end == NULL || end - p > 64) {
        return OCI_NOT_FOUND;
    }

    *label = oci_str_dup(pool, p, (size_t) (end - p));
    stop = oci_strf(pool, "-----END %s-----",
                    label->data ? (char *) label->data : "");

    if (stop.data == NULL || label->data == NULL) {
        return OCI_NOMEM;
    }

    body = end + 5;
    end = memmem(body, (size_t) (last - body), stop.data, stop.len);

    if (end == NULL) {
        return OCI_NOT_FOUND;
    }

    *pos = (size_t) (end - text->data) + stop.len;

    return oci_sign_pem_body(pool, body, (size_t) (end - body), der)
           ? OCI_OK : OCI_INVALID;
}


static bool
oci_sign_pem_body(oci_pool_t *pool, const u_char *p, size_t len,
    oci_str_t *der)
{
    bool       good;
    size_t     i;
    oci_str_t  s;

    s.len = 0;
    s.data = oci_palloc(pool, len + 1);

    if (s.data == NULL) {
        return false;
    }

    for (i = 0; i < len; i++) {
        if (p[i] != ' ' && p[i] != '\t') {
            s.data[s.len++] = p[i];
        }
    }

    good = oci_sign_b64_decode(pool, &s, OCI_SIGN_B64_STD, der) == OCI_OK;
    oci_sign_wipe(&s);

    return good;
}


oci_str_t
oci_sign_pem(oci_pool_t *pool, const char *label, const oci_str_t *der)
{
    size_t     i, n;
    oci_buf_t  b = oci_null_buf;
    oci_str_t  s;

    s = oci_sign_b64(pool, der->data, der->len);

    oci_buf_addf(&b, "-----BEGIN %s-----\n", label);

    for (i = 0; i < s.len; i += OCI_SIGN_PEM_LINE) {
        n = s.len - i;

        oci_buf_add(&b, s.data + i,
                    (n < OCI_SIGN_PEM_LINE) ? n : OCI_SIGN_PEM_LINE);
        oci_buf_adds(&b, "\n");
    }

    oci_buf_addf(&b, "-----END %s-----\n", label);

    return oci_sign_buf_take(pool, &b);
}


oci_str_t
oci_sign_buf_take(oci_pool_t *pool, oci_buf_t *b)
{
    oci_str_t  s = oci_null_string;

    if (!b->failed) {
        s = oci_str_dup(pool, b->data, b->len);
    }

    oci_buf_free(b);

    return s;
}


bool
oci_sign_time_parse(const oci_str_t *text, int64_t *seconds)
{
    char        copy[40], sign;
    const char *p;
    struct tm   tm;
    unsigned    hours, minutes;

    if (text->len >= sizeof(copy) || text->len < 20) {
        return false;
    }

    memcpy(copy, text->data, text->len);
    copy[text->len] = '\0';

    memset(&tm, 0, sizeof(tm));
    p = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);

    if (p == NULL) {
        return false;
    }

    if (*p == '.') {
        p += 1 + strspn(p + 1, "0123456789");
    }

    *seconds = (int64_t) timegm(&tm);

    if (strcmp(p, "Z") == 0) {
        return true;
    }

    if (sscanf(p, "%c%2u:%2u", &sign, &hours, &minutes) != 3
        || (sign != '+' && sign != '-'))
    {
        return false;
    }

    *seconds += (int64_t) (hours * 3600 + minutes * 60)
                * ((sign == '+') ? -1 : 1);

    return true;
}


oci_str_t
oci_sign_time_text(oci_pool_t *pool, int64_t seconds)
{
    char       text[40];
    time_t     t;
    struct tm  tm;

    t = (time_t) seconds;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        text[0] = '\0';
    }

    return oci_strf(pool, "%s", text);
}
