/*
 * The terminal.
 */

#include "command/term.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static size_t term_utf8(const u_char *p, size_t len);


void
term_print(FILE *stream, const char *text, size_t len)
{
    size_t         i, n, plain;
    const u_char  *p;

    p = (const u_char *) text;
    plain = 0;

    for (i = 0; i < len; i += n) {
        n = term_utf8(p + i, len - i);

        if (n != 0) {
            continue;
        }

        n = 1;
        (void) fwrite(p + plain, 1, i - plain, stream);
        fprintf(stream, "\\x%02x", p[i]);
        plain = i + 1;
    }

    (void) fwrite(p + plain, 1, len - plain, stream);
}


/*
 * The length of the printable character at p; 0: none.  RFC 3629; U+0080 to
 * U+009F are control characters too.
 */

static size_t
term_utf8(const u_char *p, size_t len)
{
    size_t    i, n;
    uint32_t  c;

    if (p[0] < 0x80) {
        return (p[0] >= ' ' && p[0] != 0x7f) || p[0] == '\n' || p[0] == '\t';
    }

    n = (p[0] >= 0xf0) ? 4 : (p[0] >= 0xe0) ? 3 : (p[0] >= 0xc2) ? 2 : 0;

    if (n == 0 || n > len || p[0] > 0xf4) {
        return 0;
    }

    c = p[0] & (0xffu >> (n + 1));

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    if (c < 0xa0 || (n == 3 && c < 0x800) || (n == 4 && c < 0x10000)
        || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff
        || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069))
    {
        return 0;
    }

    return n;
}


bool
term_colours(FILE *stream)
{
    const char  *term;

    term = getenv("TERM");

    return isatty(fileno(stream)) && getenv("NO_COLOR") == NULL
           && term != NULL && strcmp(term, "dumb") != 0;
}
