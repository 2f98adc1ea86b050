/*
 * JSON as Go writes it.
 *
 * Source: the documentation of encoding/json (Marshal, MarshalIndent, HTML
 * escaping, the notation of floats).
 */

#include "emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void emit_open(emit_t *e, const char *key, char open, char end);
static void emit_key(emit_t *e, const char *key);
static void emit_line(emit_t *e, bool comma);
static void emit_members(emit_t *e, const json_t *value);
static void quote_plain(oci_buf_t *b, const u_char *data, size_t len);
static void quote_rune(oci_buf_t *b, uint32_t rune);
static unsigned rune_len(const u_char *p, size_t left, uint32_t *least);


/* what stands for itself in a string: ASCII but ", \, <, >, & and controls */

static const bool  emit_plain[256] = {
    [' '] = true, ['!'] = true, ['#' ... '%'] = true, ['\'' ... ';'] = true,
    ['='] = true, ['?' ... '['] = true, [']' ... 0x7f] = true
};


void
emit_init(emit_t *e, oci_buf_t *buf)
{
    memset(e, 0, sizeof(emit_t));
    e->buf = buf;
}


void
emit_object(emit_t *e, const char *key)
{
    emit_open(e, key, '{', '}');
}


void
emit_array(emit_t *e, const char *key)
{
    emit_open(e, key, '[', ']');
}


static void
emit_open(emit_t *e, const char *key, char open, char end)
{
    emit_key(e, key);
    oci_buf_add(e->buf, &open, 1);

    if (e->depth + 1 < OCI_SCAN_EMIT_DEPTH) {
        e->depth++;
    }

    e->filled[e->depth] = false;
    e->close[e->depth] = end;
}


void
emit_end(emit_t *e)
{
    char  end;
    bool  filled;

    if (e->depth == 0) {
        return;
    }

    end = e->close[e->depth];
    filled = e->filled[e->depth];
    e->depth--;

    if (filled) {
        emit_line(e, false);
    }

    oci_buf_add(e->buf, &end, 1);
}


/* what comes before a value: the comma, the line, the key */

static void
emit_key(emit_t *e, const char *key)
{
    if (e->depth != 0) {
        emit_line(e, e->filled[e->depth]);
        e->filled[e->depth] = true;
    }

    if (key != NULL) {
        emit_quote(e->buf, (const u_char *) key, strlen(key), e->raw);
        oci_buf_add(e->buf, ": ", 2);
    }
}


static void
emit_line(emit_t *e, bool comma)
{
    size_t   n;
    u_char  *p;

    if (e->buf->drain != NULL && e->buf->len >= OCI_SCAN_EMIT_DRAIN) {
        e->buf->drain(e->buf);
    }

    n = 2 * (e->depth + e->indent);

    if (!oci_buf_reserve(e->buf, n + 2)) {
        return;
    }

    p = e->buf->data + e->buf->len;

    if (comma) {
        *p++ = ',';
    }

    *p++ = '\n';
    p = memset(p, ' ', n);
    p[n] = '\0';
    e->buf->len = (size_t) (p + n - e->buf->data);
}


void
emit_str(emit_t *e, const char *key, const oci_str_t *value)
{
    emit_key(e, key);
    emit_quote(e->buf, value->data, value->len, e->raw);
}


void
emit_text(emit_t *e, const char *key, const char *value)
{
    oci_str_t  s;

    s = oci_str(value);
    emit_str(e, key, &s);
}


void
emit_strf(emit_t *e, const char *key, const char *fmt, ...)
{
    int        n;
    char      *text;
    va_list    args;
    oci_str_t  s;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);

    if (n < 0) {
        e->buf->failed = true;
        return;
    }

    s.data = (u_char *) text;
    s.len = (size_t) n;
    emit_str(e, key, &s);

    free(text);
}


void
emit_int(emit_t *e, const char *key, int64_t value)
{
    emit_key(e, key);
    oci_buf_addf(e->buf, "%lld", (long long) value);
}


void
emit_real(emit_t *e, const char *key, double value)
{
    emit_key(e, key);
    emit_number(e->buf, value);
}


void
emit_bool(emit_t *e, const char *key, bool value)
{
    emit_key(e, key);
    oci_buf_adds(e->buf, value ? "true" : "false");
}


void
emit_null(emit_t *e, const char *key)
{
    emit_key(e, key);
    oci_buf_adds(e->buf, "null");
}


void
emit_json(emit_t *e, const char *key, const json_t *value)
{
    oci_str_t  s;

    switch (json_typeof(value)) {

    case JSON_OBJECT:
        emit_object(e, key);
        emit_members(e, value);
        emit_end(e);
        break;

    case JSON_ARRAY:
        emit_array(e, key);
        emit_members(e, value);
        emit_end(e);
        break;

    case JSON_STRING:
        s.data = (u_char *) json_string_value(value);
        s.len = json_string_length(value);
        emit_str(e, key, &s);
        break;

    case JSON_INTEGER:
        emit_int(e, key, json_integer_value(value));
        break;

    case JSON_REAL:
        emit_real(e, key, json_real_value(value));
        break;

    case JSON_TRUE:
    case JSON_FALSE:
        emit_bool(e, key, json_is_true(value));
        break;

    default:
        emit_null(e, key);
    }
}


static void
emit_members(emit_t *e, const json_t *value)
{
    size_t       i;
    json_t      *member;
    const char  *name;

    if (e->depth + 1 >= OCI_SCAN_EMIT_DEPTH) {
        return;
    }

    if (json_is_array(value)) {

        json_array_foreach(value, i, member) {
            emit_json(e, NULL, member);
        }

        return;
    }

    json_object_foreach((json_t *) value, name, member) {
        emit_json(e, name, member);
    }
}


void
emit_opt(emit_t *e, const char *key, const oci_str_t *value)
{
    if (value->len != 0) {
        emit_str(e, key, value);
    }
}


void
emit_opt_int(emit_t *e, const char *key, int64_t value)
{
    if (value != 0) {
        emit_int(e, key, value);
    }
}


void
emit_opt_real(emit_t *e, const char *key, double value)
{
    if (value < 0 || value > 0) {
        emit_real(e, key, value);
    }
}


void
emit_strs(emit_t *e, const char *key, const oci_str_t *values, size_t n)
{
    size_t  i;

    if (n == 0) {
        return;
    }

    emit_array(e, key);

    for (i = 0; i < n; i++) {
        emit_str(e, NULL, &values[i]);
    }

    emit_end(e);
}


void
emit_quote(oci_buf_t *b, const u_char *data, size_t len, bool raw)
{
    uint32_t       rune;
    unsigned       n;
    const u_char  *p, *end, *plain;

    p = data;
    plain = data;
    end = data + len;

    while (p < end && emit_plain[*p]) {
        p++;
    }

    if (p == end) {
        quote_plain(b, data, len);
        return;
    }

    oci_buf_add(b, "\"", 1);

    for ( ;; ) {

        while (p < end && emit_plain[*p]) {
            p++;
        }

        if (p == end) {
            break;
        }

        if (raw && (*p == '<' || *p == '>' || *p == '&')) {
            p++;
            continue;
        }

        rune = emit_rune(p, end, &n);

        if (n > 1 && rune != 0x2028 && rune != 0x2029) {
            p += n;
            continue;
        }

        oci_buf_add(b, plain, (size_t) (p - plain));
        quote_rune(b, rune);
        p += n;
        plain = p;
    }

    oci_buf_add(b, plain, (size_t) (p - plain));
    oci_buf_add(b, "\"", 1);
}


static void
quote_plain(oci_buf_t *b, const u_char *data, size_t len)
{
    u_char  *p;

    if (!oci_buf_reserve(b, len + 2)) {
        return;
    }

    p = b->data + b->len;
    *p++ = '"';

    if (len != 0) {
        memcpy(p, data, len);
    }

    p[len] = '"';
    p[len + 1] = '\0';
    b->len += len + 2;
}


/* a rune that may not stand for itself */

static void
quote_rune(oci_buf_t *b, uint32_t rune)
{
    char               text[6];
    unsigned           i;
    const char        *name;
    static const char  names[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    if (rune != 0 && rune < 0x80) {

        for (name = names; *name != '\0'; name += 2) {
            if ((uint32_t) *name == rune) {
                text[0] = '\\';
                text[1] = name[1];
                text[2] = '\0';
                oci_buf_adds(b, text);
                return;
            }
        }
    }

    memcpy(text, "\\u", 2);

    for (i = 0; i < 4; i++) {
        text[2 + i] = "0123456789abcdef"[rune >> (12 - 4 * i) & 0xf];
    }

    oci_buf_add(b, text, 6);
}


uint32_t
emit_rune(const u_char *p, const u_char *end, unsigned *len)
{
    uint32_t  rune, least;
    unsigned  i, n;

    *len = 1;

    if (*p < 0x80) {
        return *p;
    }

    n = rune_len(p, (size_t) (end - p), &least);
    if (n == 0) {
        return 0xfffd;
    }

    rune = *p & (0x7fu >> n);

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0xfffd;
        }

        rune = (rune << 6) | (p[i] & 0x3fu);
    }

    if (rune < least || rune > 0x10ffff
        || (rune >= 0xd800 && rune <= 0xdfff))
    {
        return 0xfffd;
    }

    *len = n;

    return rune;
}


static unsigned
rune_len(const u_char *p, size_t left, uint32_t *least)
{
    unsigned  n;

    if ((*p & 0xe0) == 0xc0) {
        n = 2;
        *least = 0x80;

    } else if ((*p & 0xf0) == 0xe0) {
        n = 3;
        *least = 0x800;

    } else if ((*p & 0xf8) == 0xf0) {
        n = 4;
        *least = 0x10000;

    } else {
        return 0;
    }

    return n <= left ? n : 0;
}


void
emit_number(oci_buf_t *b, double value)
{
    int    digits;
    char   text[64], *e;
    double size;

    for (digits = 1; digits < 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }

    size = value < 0 ? -value : value;

    if (size > 0 && (size < 1e-6 || size >= 1e21)) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);

        /* Go cleans e-09 up to e-9 */

        e = strstr(text, "e-0");
        if (e != NULL) {
            memmove(e + 2, e + 3, strlen(e + 3) + 1);
        }

        oci_buf_adds(b, text);
        return;
    }

    e = strchr(text, 'e');
    digits = digits - 1 - (e == NULL ? 0 : atoi(e + 1));
    oci_buf_addf(b, "%.*f", digits > 0 ? digits : 0, value);
}
