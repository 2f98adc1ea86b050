/*
 * Text on a terminal: what is harmless there, and how wide it is.
 */

#include "terminal.h"
#include "emit.h"
#include "text.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>


static bool terminal_is_unsafe(uint32_t rune);
static bool terminal_is_space(uint32_t rune);


oci_str_t
terminal_clean(oci_pool_t *pool, const oci_str_t *text)
{
    uint32_t       rune;
    unsigned       n;
    oci_buf_t      b;
    oci_str_t      clean;
    const u_char  *p, *end;

    memset(&b, 0, sizeof(b));

    p = text->data;
    end = p + text->len;

    for ( /* void */ ; p < end; p += n) {
        rune = emit_rune(p, end, &n);

        if (rune == 0xfffd && n == 1) {
            oci_buf_adds(&b, "\ufffd");

        } else if (!terminal_is_unsafe(rune)) {
            oci_buf_add(&b, p, n);

        } else if (rune < 0x100) {
            oci_buf_addf(&b, "\\x%02x", rune);

        } else {
            oci_buf_addf(&b, "\\u%04x", rune);
        }
    }

    clean = oci_str_dup(pool, b.data == NULL ? (u_char *) "" : b.data, b.len);

    if (b.failed) {
        clean.data = NULL;
    }

    oci_buf_free(&b);

    return clean;
}


static bool
terminal_is_unsafe(uint32_t rune)
{
    return (rune < 0x20 && rune != '\n' && rune != '\t')
           || (rune >= 0x7f && rune < 0xa0)
           || (rune >= 0x202a && rune <= 0x202e)
           || (rune >= 0x2066 && rune <= 0x2069);
}


size_t
terminal_width(const u_char *data, size_t len)
{
    int            w;
    size_t         width;
    uint32_t       rune;
    unsigned       n;
    locale_t       utf8, old;
    const u_char  *p, *end;

    width = 0;
    end = data + len;

    for (p = data; p < end && *p < 0x80; p++) {
        width += *p >= 0x20 && *p != 0x7f;
    }

    if (p >= end) {
        return width;
    }

    /* wcwidth() asks the thread's locale, which is the caller's to choose */

    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    old = utf8 != (locale_t) 0 ? uselocale(utf8) : (locale_t) 0;

    for ( /* void */ ; p < end; p += n) {
        rune = emit_rune(p, end, &n);
        w = utf8 != (locale_t) 0 ? wcwidth((wchar_t) rune) : 1;
        width += w > 0 ? (size_t) w : 0;
    }

    if (utf8 != (locale_t) 0) {
        (void) uselocale(old);
        freelocale(utf8);
    }

    return width;
}


oci_str_t
terminal_trim(oci_str_t s)
{
    uint32_t  rune;
    unsigned  n;
    u_char   *p, *end, *kept;

    p = s.data;
    end = p + s.len;

    while (p < end) {
        rune = emit_rune(p, end, &n);
        if (!terminal_is_space(rune)) {
            break;
        }

        p += n;
    }

    s.data = p;
    kept = p;

    while (p < end) {
        rune = emit_rune(p, end, &n);
        p += n;

        if (!terminal_is_space(rune)) {
            kept = p;
        }
    }

    s.len = (size_t) (kept - s.data);

    return s;
}


static bool
terminal_is_space(uint32_t rune)
{
    return (rune >= 9 && rune <= 13) || rune == ' ' || rune == 0x85
           || rune == 0xa0 || rune == 0x1680
           || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028
           || rune == 0x2029 || rune == 0x202f || rune == 0x205f
           || rune == 0x3000;
}
