/*
 * Steps through JSON text without keeping it in memory.
 */

#include "oci_reader.h"

#include <string.h>


#define OCI_READER_LOST  "\xef\xbf\xbd"     /* U+FFFD */


static bool oci_reader_text(oci_reader_t *r, oci_buf_t *text, bool name);
static bool oci_reader_escape(oci_reader_t *r, oci_buf_t *text, bool name);
static bool oci_reader_unicode(oci_reader_t *r, uint32_t *c);
static void oci_reader_utf8(oci_buf_t *text, uint32_t c);
static void oci_reader_add(oci_buf_t *text, const void *data, size_t len);
static bool oci_reader_digits(oci_reader_t *r);
static bool oci_reader_scalar(oci_reader_t *r);


void
oci_reader_init(oci_reader_t *r, const oci_str_t *text)
{
    r->start = text->data;
    r->pos = text->data;
    r->end = text->data + text->len;
}


u_char
oci_reader_peek(oci_reader_t *r)
{
    while (r->pos < r->end
           && (*r->pos == ' ' || *r->pos == '\t' || *r->pos == '\n'
               || *r->pos == '\r'))
    {
        r->pos++;
    }

    return (r->pos < r->end) ? *r->pos : '\0';
}


bool
oci_reader_take(oci_reader_t *r, char c)
{
    if (oci_reader_peek(r) != (u_char) c) {
        return false;
    }

    r->pos++;

    return true;
}


bool
oci_reader_done(oci_reader_t *r)
{
    (void) oci_reader_peek(r);

    return r->pos == r->end;
}


bool
oci_reader_string(oci_reader_t *r, oci_buf_t *text)
{
    return oci_reader_text(r, text, false);
}


bool
oci_reader_name(oci_reader_t *r, oci_buf_t *text)
{
    if (text != NULL) {
        text->len = 0;
        oci_buf_adds(text, "");
    }

    return oci_reader_text(r, text, true) && oci_reader_take(r, ':');
}


static bool
oci_reader_text(oci_reader_t *r, oci_buf_t *text, bool name)
{
    size_t         n;
    const u_char  *p;

    if (!oci_reader_take(r, '"')) {
        return false;
    }

    while (r->pos < r->end && *r->pos >= 0x20) {

        for (p = r->pos; p < r->end; p += n) {
            n = oci_utf8_size(p, (size_t) (r->end - p));

            if (n == 0 || *p < 0x20 || *p == '"' || *p == '\\') {
                break;
            }
        }

        oci_reader_add(text, r->pos, (size_t) (p - r->pos));
        r->pos = p;

        if (p == r->end) {
            break;
        }

        if (*p == '"') {
            r->pos++;
            return true;
        }

        if (*p == '\\') {

            if (!oci_reader_escape(r, text, name)) {
                break;
            }

        } else if (*p >= 0x80) {
            oci_reader_add(text, OCI_READER_LOST, 3);
            r->pos++;
        }
    }

    return false;
}


static bool
oci_reader_escape(oci_reader_t *r, oci_buf_t *text, bool name)
{
    uint32_t              c, low;
    const char           *p;
    const u_char         *pos;
    static const char     from[] = "\"\\/bfnrt";
    static const u_char   to[] = "\"\\/\b\f\n\r\t";

    if (r->end - r->pos < 2) {
        return false;
    }

    p = (r->pos[1] != '\0') ? strchr(from, r->pos[1]) : NULL;

    if (p != NULL) {
        oci_reader_add(text, &to[p - from], 1);
        r->pos += 2;
        return true;
    }

    if (!oci_reader_unicode(r, &c)) {
        return false;
    }

    if (c >= 0xd800 && c < 0xdc00) {
        pos = r->pos;

        if (oci_reader_unicode(r, &low) && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);

        } else {
            r->pos = pos;
        }
    }

    oci_reader_utf8(text, (c == 0 && name) ? 0xfffd : c);

    return true;
}


/* \uXXXX */

static bool
oci_reader_unicode(oci_reader_t *r, uint32_t *c)
{
    size_t  i;
    u_char  d;

    if (r->end - r->pos < 6 || r->pos[0] != '\\' || r->pos[1] != 'u') {
        return false;
    }

    *c = 0;

    for (i = 2; i < 6; i++) {
        d = r->pos[i];

        if (d >= '0' && d <= '9') {
            *c = *c << 4 | (uint32_t) (d - '0');
            continue;
        }

        d |= 0x20;

        if (d < 'a' || d > 'f') {
            return false;
        }

        *c = *c << 4 | (uint32_t) (d - 'a' + 10);
    }

    r->pos += 6;

    return true;
}


static void
oci_reader_utf8(oci_buf_t *text, uint32_t c)
{
    u_char  b[4];

    if (c >= 0xd800 && c < 0xe000) {
        oci_reader_add(text, OCI_READER_LOST, 3);

    } else if (c < 0x80) {
        b[0] = (u_char) c;
        oci_reader_add(text, b, 1);

    } else if (c < 0x800) {
        b[0] = (u_char) (0xc0 | c >> 6);
        b[1] = (u_char) (0x80 | (c & 0x3f));
        oci_reader_add(text, b, 2);

    } else if (c < 0x10000) {
        b[0] = (u_char) (0xe0 | c >> 12);
        b[1] = (u_char) (0x80 | (c >> 6 & 0x3f));
        b[2] = (u_char) (0x80 | (c & 0x3f));
        oci_reader_add(text, b, 3);

    } else {
        b[0] = (u_char) (0xf0 | c >> 18);
        b[1] = (u_char) (0x80 | (c >> 12 & 0x3f));
        b[2] = (u_char) (0x80 | (c >> 6 & 0x3f));
        b[3] = (u_char) (0x80 | (c & 0x3f));
        oci_reader_add(text, b, 4);
    }
}


static void
oci_reader_add(oci_buf_t *text, const void *data, size_t len)
{
    if (text != NULL) {
        oci_buf_add(text, data, len);
    }
}


bool
oci_reader_number(oci_reader_t *r, oci_str_t *number)
{
    (void) oci_reader_peek(r);

    number->data = (u_char *) r->pos;

    if (r->pos < r->end && *r->pos == '-') {
        r->pos++;
    }

    if (r->pos < r->end && *r->pos == '0') {
        r->pos++;

    } else if (!oci_reader_digits(r)) {
        return false;
    }

    if (r->pos < r->end && *r->pos == '.') {
        r->pos++;

        if (!oci_reader_digits(r)) {
            return false;
        }
    }

    if (r->pos < r->end && (*r->pos | 0x20) == 'e') {
        r->pos++;

        if (r->pos < r->end && (*r->pos == '+' || *r->pos == '-')) {
            r->pos++;
        }

        if (!oci_reader_digits(r)) {
            return false;
        }
    }

    number->len = (size_t) (r->pos - number->data);

    return true;
}


static bool
oci_reader_digits(oci_reader_t *r)
{
    const u_char  *p;

    p = r->pos;

    while (r->pos < r->end && *r->pos >= '0' && *r->pos <= '9') {
        r->pos++;
    }

    return r->pos != p;
}


bool
oci_reader_skip(oci_reader_t *r)
{
    u_char  c, object[OCI_READER_DEPTH + 1];
    size_t  depth;

    depth = 0;

    for ( ;; ) {

        /* a value begins */

        c = oci_reader_peek(r);

        if (c == '{' || c == '[') {

            if (depth == OCI_READER_DEPTH) {
                return false;
            }

            object[++depth] = (c == '{');
            r->pos++;

            if (oci_reader_take(r, object[depth] ? '}' : ']')) {
                depth--;

            } else if (object[depth] && !oci_reader_name(r, NULL)) {
                return false;

            } else {
                continue;
            }

        } else if (!oci_reader_scalar(r)) {
            return false;
        }

        /* one has ended, and with it perhaps what it was the last one of */

        while (depth != 0 && !oci_reader_take(r, ',')) {
            if (!oci_reader_take(r, object[depth] ? '}' : ']')) {
                return false;
            }

            depth--;
        }

        if (depth == 0) {
            return true;
        }

        if (object[depth] && !oci_reader_name(r, NULL)) {
            return false;
        }
    }
}


static bool
oci_reader_scalar(oci_reader_t *r)
{
    size_t               i, len;
    oci_str_t            number;
    static const char   *words[] = { "true", "false", "null" };

    if (oci_reader_peek(r) == '"') {
        return oci_reader_string(r, NULL);
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        len = strlen(words[i]);

        if ((size_t) (r->end - r->pos) >= len
            && memcmp(r->pos, words[i], len) == 0)
        {
            r->pos += len;
            return true;
        }
    }

    return oci_reader_number(r, &number);
}
