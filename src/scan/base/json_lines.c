/*
 * Where each entry of a list of packages stands in its file.
 */

#include "json_lines.h"

#include <string.h>


static const u_char *lines_string(const u_char *p,
    const u_char *end, oci_str_t *s);


/*
 * A walk over text that was already found to be JSON: it counts lines and
 * brackets and looks at keys of the second level.
 */

bool
oci_scan_lines(oci_pool_t *pool, const oci_str_t *text, const char *key,
    oci_array_t *lines)
{
    bool               in, array, value;
    unsigned           depth;
    uint32_t           n;
    oci_str_t          s, last;
    const u_char      *p, *end;
    oci_scan_lines_t  *line;

    oci_array_init(lines, pool, sizeof(oci_scan_lines_t));
    end = text->data + text->len;
    memset(&last, 0, sizeof(oci_str_t));
    in = false;
    array = false;
    value = false;
    depth = 0;
    n = 1;

    for (p = text->data; p < end; p++) {

        switch (*p) {

        case '\n':
            n++;
            break;

        case '"':
            p = lines_string(p, end, &s);
            if (!value || depth == 1 || (depth == 2 && !array)) {
                last = s;
            }
            break;

        case ':':
            value = true;
            break;

        case ',':
            value = false;
            break;

        case '{':
        case '[':
            depth++;

            if (depth == 2) {
                in = oci_str_is(&last, key);
                array = (*p == '[');
            }

            if (depth == 3 && in) {
                line = oci_array_push(lines);
                if (line == NULL) {
                    return false;
                }

                line->start = n;
                line->array = array;
                line->key = last;
            }

            value = false;
            break;

        case '}':
        case ']':
            if (depth == 3 && in && lines->nelts != 0) {
                line = (oci_scan_lines_t *) lines->elts + lines->nelts - 1;
                line->end = n;
            }

            depth -= (depth != 0);
            in = in && depth >= 2;
            value = false;
            break;
        }
    }

    return true;
}


/* returns the closing quote */

static const u_char *
lines_string(const u_char *p, const u_char *end, oci_str_t *s)
{
    s->data = (u_char *) (uintptr_t) (p + 1);

    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\' && p + 1 < end) {
            p++;
        }
    }

    s->len = (size_t) (p - s->data);
    return p;
}
