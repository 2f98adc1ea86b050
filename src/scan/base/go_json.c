/*
 * jansson parses; a pass before it replaces the few things that jansson
 * refuses and Go does not.  Text that has none of them, which is nearly all,
 * is not copied.
 */

#include "go_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define GO_JSON_VALUES  1000000     /* in any file; beyond: one for 16 bytes */
#define GO_JSON_SPREAD  16
#define GO_JSON_NAME    64
#define GO_JSON_SAFE    18          /* digits that fit an int64 */


typedef struct {
    const u_char     *p;
    const u_char     *end;
    const u_char     *run;          /* what is not yet in out */
    oci_buf_t         out;
    size_t            depth;
    size_t            values;
    oci_scan_json_e   how;
} go_json_t;


static oci_status_e go_json_pass(go_json_t *g, oci_error_t *err);
static void go_json_put(go_json_t *g, const u_char *from, const u_char *to,
    const char *text);
static void go_json_string(go_json_t *g);
static bool go_json_escape(go_json_t *g);
static bool go_json_hex(const u_char *p, const u_char *end, unsigned *code);
static bool go_json_is_key(const go_json_t *g);
static void go_json_number(go_json_t *g);
static void go_json_large(go_json_t *g, const u_char *from, char *token);
static bool go_json_deep(go_json_t *g);
static bool go_json_all_names(json_t *value, oci_scan_names_t *names,
    size_t n);
static bool go_json_rename(json_t *object, oci_scan_names_t *names,
    size_t n);
static const char *go_json_name(const char *key, oci_scan_names_t *names,
    size_t n);
static int go_json_order(const char *folded, const char *name);
static size_t go_json_count(oci_scan_names_t *names);


json_t *
oci_scan_json_load(const oci_str_t *text, oci_scan_json_e how,
    oci_scan_names_t *names, oci_error_t *err)
{
    json_t        *root;
    size_t         flags;
    go_json_t      g;
    json_error_t   error;

    memset(&g, 0, sizeof(go_json_t));
    g.p = text->data;
    g.end = text->data + text->len;
    g.run = g.p;
    g.how = how;

    if (go_json_pass(&g, err) != OCI_OK) {
        oci_buf_free(&g.out);
        return NULL;
    }

    if (g.out.len != 0) {
        go_json_put(&g, g.end, g.end, "");
    }

    flags = JSON_DECODE_ANY|JSON_ALLOW_NUL
            |((how == OCI_SCAN_JSON_V2) ? JSON_REJECT_DUPLICATES : 0);

    root = (g.out.len != 0)
           ? json_loadb((char *) g.out.data, g.out.len, flags, &error)
           : json_loadb((char *) text->data, (size_t) (g.end - text->data),
                        flags, &error);

    if (g.out.failed) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");

    } else if (root == NULL) {
        (void) oci_error(err, OCI_INVALID, 0, "not valid JSON: %s (line %d)",
                         error.text, error.line);

    } else if (!go_json_all_names(root, names, go_json_count(names))) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        json_decref(root);
        root = NULL;
    }

    oci_buf_free(&g.out);
    return root;
}


bool
oci_scan_json_names(json_t *object, oci_scan_names_t *names)
{
    return go_json_rename(object, names, go_json_count(names));
}


static oci_status_e
go_json_pass(go_json_t *g, oci_error_t *err)
{
    const u_char  *begin;

    for (begin = g->p; g->p < g->end; /* void */ ) {

        switch (*g->p) {

        case '"':
            g->p++;
            go_json_string(g);
            break;

        case '{':
        case '[':
            g->values++;
            g->depth++;
            g->p++;

            if (g->depth > OCI_SCAN_JSON_KEPT && !go_json_deep(g)) {
                return oci_error(err, OCI_LIMIT, 0, "JSON is nested deeper "
                                 "than %d levels", OCI_SCAN_JSON_LEVELS);
            }

            break;

        case '}':
        case ']':
            g->depth -= (g->depth != 0);
            g->p++;

            if (g->depth == 0 && g->how == OCI_SCAN_JSON_FIRST) {
                g->end = g->p;
            }

            break;

        case ',':
            g->values++;
            g->p++;
            break;

        case '-':
        case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9':
            go_json_number(g);
            break;

        default:
            g->p++;
            break;
        }
    }

    return (g->values > GO_JSON_VALUES
            && g->values > (size_t) (g->end - begin) / GO_JSON_SPREAD)
           ? oci_error(err, OCI_LIMIT, 0, "JSON of %zu bytes has %zu values",
                       (size_t) (g->end - begin), g->values)
           : OCI_OK;
}


/* text stands for what is from one place to the other */

static void
go_json_put(go_json_t *g, const u_char *from, const u_char *to,
    const char *text)
{
    oci_buf_add(&g->out, g->run, (size_t) (from - g->run));
    oci_buf_adds(&g->out, text);
    g->run = to;
}


/* from behind the quote to behind the other */

static void
go_json_string(go_json_t *g)
{
    size_t  n;

    while (g->p < g->end && *g->p != '"') {

        if (*g->p == '\\') {
            if (!go_json_escape(g)) {
                return;
            }

        } else if (*g->p < 0x80) {
            g->p++;

        } else {
            n = oci_utf8_size(g->p, (size_t) (g->end - g->p));

            if (n == 0 && g->how != OCI_SCAN_JSON_V2) {
                go_json_put(g, g->p, g->p + 1, "\xef\xbf\xbd");
            }

            g->p += (n != 0) ? n : 1;
        }
    }

    g->p += (g->p < g->end);
}


/* false: the text ends in it */

static bool
go_json_escape(go_json_t *g)
{
    unsigned       code, low;
    const u_char  *from;

    from = g->p;

    if (g->end - from < 2) {
        g->p = g->end;
        return false;
    }

    if (from[1] != 'u' || !go_json_hex(from + 2, g->end, &code)) {
        g->p += 2;
        return true;
    }

    g->p += 6;

    if (g->how == OCI_SCAN_JSON_V2) {
        return true;
    }

    if (code >= 0xd800 && code < 0xdc00 && g->end - g->p >= 6
        && g->p[0] == '\\' && g->p[1] == 'u'
        && go_json_hex(g->p + 2, g->end, &low)
        && low >= 0xdc00 && low < 0xe000)
    {
        g->p += 6;

    } else if ((code >= 0xd800 && code < 0xe000)
               || (code == 0 && go_json_is_key(g)))     /* jansson has none */
    {
        go_json_put(g, from, g->p, "\xef\xbf\xbd");
    }

    return true;
}


static bool
go_json_hex(const u_char *p, const u_char *end, unsigned *code)
{
    unsigned  i, digit;

    if (end - p < 4) {
        return false;
    }

    for (i = 0, *code = 0; i < 4; i++) {

        if (p[i] >= '0' && p[i] <= '9') {
            digit = p[i] - '0';

        } else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f') {
            digit = (p[i] | 0x20) - 'a' + 10u;

        } else {
            return false;
        }

        *code = *code * 16 + digit;
    }

    return true;
}


/* whether a colon follows the string that is being read */

static bool
go_json_is_key(const go_json_t *g)
{
    const u_char  *p;

    for (p = g->p; p < g->end && *p != '"'; p++) {
        p += (*p == '\\');
    }

    for (p++; p < g->end && memchr(" \t\r\n", *p, 4) != NULL; p++) {
        /* void */
    }

    return p < g->end && *p == ':';
}


static void
go_json_number(go_json_t *g)
{
    bool           whole;
    char          *token;
    const u_char  *from;

    from = g->p;
    whole = true;

    for ( /* void */ ; g->p < g->end; g->p++) {

        if (memchr("+-0123456789", *g->p, 12) == NULL) {

            if (memchr(".eE", *g->p, 3) == NULL) {
                break;
            }

            whole = false;
        }
    }

    if (whole && g->p - from <= GO_JSON_SAFE) {
        return;
    }

    token = strndup((const char *) from, (size_t) (g->p - from));

    if (token == NULL) {
        g->out.failed = true;

    } else {
        go_json_large(g, from, token);
        free(token);
    }
}


/* what no double holds is no number of use; it stays one */

static void
go_json_large(go_json_t *g, const u_char *from, char *token)
{
    char    *rest, text[64];
    double   value;

    errno = 0;

    if (strpbrk(token, ".eE") == NULL) {
        (void) strtoll(token, &rest, 10);

        if (errno != ERANGE || *rest != '\0') {
            return;
        }
    }

    value = strtod(token, &rest);

    if (*rest != '\0') {
        return;                         /* jansson will say what it is */
    }

    if (!isfinite(value)) {
        go_json_put(g, from, g->p, "0");

    } else if (strpbrk(token, ".eE") == NULL) {
        (void) snprintf(text, sizeof(text), "%.17e", value);
        go_json_put(g, from, g->p, text);
    }
}


/* from behind the bracket of what is nested too deep to its end */

static bool
go_json_deep(go_json_t *g)
{
    size_t         depth;
    const u_char  *from;

    from = g->p - 1;
    depth = g->depth;

    while (g->p < g->end && depth >= g->depth) {

        switch (*g->p++) {

        case '"':
            while (g->p < g->end && *g->p != '"') {
                g->p += 1 + (*g->p == '\\');
            }

            g->p += (g->p < g->end);
            break;

        case '{':
        case '[':
            if (++depth > OCI_SCAN_JSON_LEVELS) {
                return false;
            }

            break;

        case '}':
        case ']':
            depth--;
            break;
        }
    }

    g->p = (g->p > g->end) ? g->end : g->p;
    g->depth--;
    go_json_put(g, from, g->p, "null");
    return true;
}


static bool
go_json_all_names(json_t *value, oci_scan_names_t *names, size_t n)
{
    size_t       i;
    json_t      *inner;
    const char  *key;

    if (n == 0) {
        return true;
    }

    if (json_is_array(value)) {

        json_array_foreach(value, i, inner) {
            if (!go_json_all_names(inner, names, n)) {
                return false;
            }
        }

        return true;
    }

    if (!go_json_rename(value, names, n)) {
        return false;
    }

    json_object_foreach(value, key, inner) {
        if (!go_json_all_names(inner, names, n)) {
            return false;
        }
    }

    return true;
}


/* the last of members with one name counts, unless it is null */

static bool
go_json_rename(json_t *object, oci_scan_names_t *names, size_t n)
{
    bool         good, other;
    json_t      *copy, *value;
    const char  *key, *name;

    other = false;

    json_object_foreach(object, key, value) {
        name = go_json_name(key, names, n);
        other = other || (name != NULL && strcmp(name, key) != 0);
    }

    if (!other) {
        return true;
    }

    copy = json_copy(object);
    good = (copy != NULL && json_object_clear(object) == 0);

    json_object_foreach(copy, key, value) {

        name = go_json_name(key, names, n);
        name = (name != NULL) ? name : key;

        if (good && !(json_is_null(value)
                      && json_object_get(object, name) != NULL))
        {
            good = (json_object_set_nocheck(object, name, value) == 0);
        }
    }

    json_decref(copy);
    return good;
}


/* which of names is meant by key; NULL: none */

static const char *
go_json_name(const char *key, oci_scan_names_t *names, size_t n)
{
    int                   order;
    char                  folded[GO_JSON_NAME];
    size_t                i, low, high;
    const unsigned char  *p;

    p = (const unsigned char *) key;

    for (i = 0; *p != '\0' && i < GO_JSON_NAME - 1; i++) {

        if (p[0] == 0xc5 && p[1] == 0xbf) {             /* U+017F */
            folded[i] = 's';
            p += 2;

        } else if (p[0] == 0xe2 && p[1] == 0x84 && p[2] == 0xaa) {
            folded[i] = 'k';                            /* U+212A */
            p += 3;

        } else {
            folded[i] = (char) ((*p >= 'A' && *p <= 'Z') ? *p | 0x20 : *p);
            p++;
        }
    }

    folded[i] = '\0';

    for (low = 0, high = n; *p == '\0' && low < high; /* void */ ) {

        i = (low + high) / 2;
        order = go_json_order(folded, names[i]);

        if (order == 0) {
            return names[i];
        }

        low = (order > 0) ? i + 1 : low;
        high = (order < 0) ? i : high;
    }

    return NULL;
}


static int
go_json_order(const char *folded, const char *name)
{
    int  c;

    for ( /* void */ ; *folded != '\0' || *name != '\0'; folded++, name++) {

        c = (*name >= 'A' && *name <= 'Z') ? *name | 0x20 : *name;

        if (*folded != c) {
            return (unsigned char) *folded - (unsigned char) c;
        }
    }

    return 0;
}


static size_t
go_json_count(oci_scan_names_t *names)
{
    size_t  n;

    for (n = 0; names != NULL && names[n] != NULL; n++) { /* void */ }

    return n;
}
