/*
 * Where each entry of a list of packages stands in its file.
 */

#include "json_lines.h"

#include <string.h>


typedef struct {
    oci_array_t  *lines;
    const char   *key;
    oci_str_t     last;         /* the last key, or string of an array */
    uint32_t      n;            /* of the line */
    uint32_t      seen;         /* the line where the last object began */
    unsigned      level;        /* of the objects that are meant */
    unsigned      depth;
    bool          in;           /* the value of key */
    bool          array;        /* which is an array */
    bool          value;        /* behind a colon */
} lines_t;


static bool lines_open(lines_t *l, bool array);
static void lines_close(lines_t *l);
static const u_char *lines_string(const u_char *p,
    const u_char *end, oci_str_t *s);


/*
 * A walk over text that was already found to be JSON: it counts lines and
 * brackets and looks at keys of the second level.
 */

bool
oci_scan_lines(oci_pool_t *pool, const oci_str_t *text, const char *key,
    unsigned levels, oci_array_t *lines)
{
    lines_t        l;
    oci_str_t      s;
    const u_char  *p, *end;

    oci_array_init(lines, pool, sizeof(oci_scan_lines_t));
    memset(&l, 0, sizeof(lines_t));
    l.lines = lines;
    l.key = key;
    l.n = 1;
    l.level = levels + 2;
    end = text->data + text->len;

    for (p = text->data; p < end; p++) {

        switch (*p) {

        case '\n':
            l.n++;
            break;

        case '"':
            p = lines_string(p, end, &s);
            if (!l.value || l.depth == 1 || (l.depth < l.level && !l.array)) {
                l.last = s;
            }
            break;

        case ':':
            l.value = true;
            break;

        case ',':
            l.value = false;
            break;

        case '{':
        case '[':
            if (!lines_open(&l, *p == '[')) {
                return false;
            }
            break;

        case '}':
        case ']':
            lines_close(&l);
            break;
        }
    }

    return true;
}


static bool
lines_open(lines_t *l, bool array)
{
    oci_scan_lines_t  *line;

    l->depth++;
    l->value = false;

    if (l->depth == 2) {
        l->in = oci_str_is(&l->last, l->key);
        l->array = array;
    }

    if (l->depth != l->level || !l->in) {
        return true;
    }

    line = oci_array_push(l->lines);
    if (line == NULL) {
        return false;
    }

    line->start = (l->n != l->seen) ? l->n : 0;
    l->seen = l->n;
    line->array = l->array;
    line->key = l->last;

    return true;
}


static void
lines_close(lines_t *l)
{
    oci_scan_lines_t  *line;

    if (l->depth == l->level && l->in && l->lines->nelts != 0) {
        line = (oci_scan_lines_t *) l->lines->elts + l->lines->nelts - 1;
        line->end = (line->start != 0) ? l->n : 0;
    }

    l->depth -= (l->depth != 0);
    l->in = l->in && l->depth >= 2;
    l->value = false;
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
