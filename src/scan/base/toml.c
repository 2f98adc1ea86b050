/*
 * One pass over the text.  A header chooses the table that the next lines
 * fill; values may hold values and are read by recursion, to a depth.
 */

#include "toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    const u_char  *p;
    const u_char  *end;
    unsigned       line;
    unsigned       depth;
    oci_error_t   *err;
} toml_t;


static bool toml_line(toml_t *t, json_t *root, json_t **table);
static json_t *toml_header(toml_t *t, json_t *root);
static json_t *toml_table(toml_t *t, json_t *in, const char *key,
    bool array);
static bool toml_pair(toml_t *t, json_t *table);
static bool toml_key(toml_t *t, char **key);
static bool toml_bare(u_char c);
static json_t *toml_value(toml_t *t);
static json_t *toml_array(toml_t *t);
static json_t *toml_inline(toml_t *t);
static json_t *toml_scalar(toml_t *t);
static char *toml_string(toml_t *t, size_t *len);
static bool toml_escape(toml_t *t, oci_buf_t *b);
static bool toml_code(toml_t *t, unsigned digits, oci_buf_t *b);
static void toml_space(toml_t *t);
static void toml_blank(toml_t *t);
static bool toml_take(toml_t *t, const char *text);
static bool toml_bad(toml_t *t, const char *what);


json_t *
oci_scan_toml_load(const oci_str_t *text, oci_error_t *err)
{
    toml_t   t;
    json_t  *root, *table;

    memset(&t, 0, sizeof(toml_t));
    t.p = text->data;
    t.end = text->data + text->len;
    t.line = 1;
    t.err = err;

    (void) toml_take(&t, "\xef\xbb\xbf");
    root = json_object();
    table = root;

    for (toml_blank(&t); root != NULL && t.p < t.end; toml_blank(&t)) {
        if (!toml_line(&t, root, &table)) {
            json_decref(root);
            return NULL;
        }
    }

    return root;
}


static bool
toml_line(toml_t *t, json_t *root, json_t **table)
{
    unsigned  line;

    if (*t->p == '[') {
        *table = toml_header(t, root);
        if (*table == NULL) {
            return false;
        }

    } else if (!toml_pair(t, *table)) {
        return false;
    }

    line = t->line;
    toml_blank(t);

    return (t->p == t->end || t->line != line)
           || toml_bad(t, "more than one thing in a line");
}


/* [a.b] or [[a.b]]: the table that it opens */

static json_t *
toml_header(toml_t *t, json_t *root)
{
    bool     array, last;
    char    *key;
    json_t  *table;

    array = toml_take(t, "[[");
    t->p += array ? 0 : 1;
    table = root;

    do {
        toml_space(t);

        if (!toml_key(t, &key)) {
            return NULL;
        }

        toml_space(t);
        last = !toml_take(t, ".");
        table = toml_table(t, table, key, array && last);
        free(key);
    } while (table != NULL && !last);

    if (table != NULL && !toml_take(t, array ? "]]" : "]")) {
        (void) toml_bad(t, "a header without an end");
        return NULL;
    }

    return table;
}


/* of an array of tables the last one is meant, or a new one is added */

static json_t *
toml_table(toml_t *t, json_t *in, const char *key, bool array)
{
    json_t  *value;

    value = json_object_get(in, key);

    if (value == NULL) {
        value = array ? json_array() : json_object();
        if (json_object_set_new(in, key, value) != 0) {
            (void) toml_bad(t, "a key that is not UTF-8");
            return NULL;
        }
    }

    if (array && json_is_array(value)) {
        (void) json_array_append_new(value, json_object());
    }

    if (json_is_array(value) && json_array_size(value) != 0) {
        value = json_array_get(value, json_array_size(value) - 1);

    } else if (array) {
        value = NULL;
    }

    if (!json_is_object(value)) {
        (void) toml_bad(t, "a table where there is a value");
        return NULL;
    }

    return value;
}


/* a.b = value */

static bool
toml_pair(toml_t *t, json_t *table)
{
    bool     good;
    char    *key;
    json_t  *value;

    for ( ;; ) {

        if (!toml_key(t, &key)) {
            return false;
        }

        toml_space(t);

        if (!toml_take(t, ".")) {
            break;
        }

        table = toml_table(t, table, key, false);
        free(key);

        if (table == NULL) {
            return false;
        }

        toml_space(t);
    }

    good = toml_take(t, "=") || toml_bad(t, "a key without a value");
    good = good && (json_object_get(table, key) == NULL
                    || toml_bad(t, "a key that comes twice"));
    toml_space(t);
    value = good ? toml_value(t) : NULL;

    good = value != NULL && (json_object_set_new(table, key, value) == 0
                             || toml_bad(t, "a key that is not UTF-8"));
    free(key);
    return good;
}


static bool
toml_key(toml_t *t, char **key)
{
    size_t         len;
    const u_char  *from;

    if (t->p < t->end && (*t->p == '"' || *t->p == '\'')) {
        *key = toml_string(t, &len);
        return *key != NULL;
    }

    for (from = t->p; t->p < t->end && toml_bare(*t->p); t->p++) {
        /* void */
    }

    if (t->p == from) {
        return toml_bad(t, "no key");
    }

    *key = strndup((const char *) from, (size_t) (t->p - from));

    return *key != NULL || toml_bad(t, "out of memory");
}


static bool
toml_bare(u_char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-';
}


static json_t *
toml_value(toml_t *t)
{
    char    *s;
    size_t   len;
    json_t  *value;

    if (t->p == t->end) {
        (void) toml_bad(t, "a key without a value");
        return NULL;
    }

    if (*t->p == '"' || *t->p == '\'') {
        s = toml_string(t, &len);
        value = (s != NULL) ? json_stringn(s, len) : NULL;

        if (s != NULL && value == NULL) {
            (void) toml_bad(t, "a string that is not UTF-8");
        }

        free(s);
        return value;
    }

    if (*t->p != '[' && *t->p != '{') {
        return toml_scalar(t);
    }

    if (t->depth == OCI_SCAN_TOML_DEPTH) {
        (void) oci_error(t->err, OCI_LIMIT, 0, "TOML is nested deeper than "
                         "%d levels", OCI_SCAN_TOML_DEPTH);
        return NULL;
    }

    t->depth++;
    value = (*t->p++ == '[') ? toml_array(t) : toml_inline(t);
    t->depth--;

    return value;
}


static json_t *
toml_array(toml_t *t)
{
    json_t  *list, *value;

    list = json_array();

    for ( ;; ) {

        toml_blank(t);

        if (toml_take(t, "]")) {
            return list;
        }

        value = toml_value(t);

        if (value == NULL || json_array_append_new(list, value) != 0) {
            break;
        }

        toml_blank(t);

        if (toml_take(t, "]")) {
            return list;
        }

        if (!toml_take(t, ",")) {
            (void) toml_bad(t, "an array without an end");
            break;
        }
    }

    json_decref(list);
    return NULL;
}


static json_t *
toml_inline(toml_t *t)
{
    json_t  *table;

    table = json_object();
    toml_space(t);

    if (toml_take(t, "}")) {
        return table;
    }

    while (toml_pair(t, table)) {

        toml_space(t);

        if (toml_take(t, "}")) {
            return table;
        }

        if (!toml_take(t, ",")) {
            (void) toml_bad(t, "a table without an end");
            break;
        }

        toml_space(t);
    }

    json_decref(table);
    return NULL;
}


/* booleans and decimal numbers; the rest stays a text */

static json_t *
toml_scalar(toml_t *t)
{
    char          *s, *rest;
    json_t        *value;
    json_int_t     n;
    const u_char  *from;

    for (from = t->p; t->p < t->end; t->p++) {
        if (!toml_bare(*t->p) && memchr("+.:", *t->p, 3) == NULL) {
            break;
        }
    }

    if (t->p == from) {
        (void) toml_bad(t, "no value");
        return NULL;
    }

    s = strndup((const char *) from, (size_t) (t->p - from));
    if (s == NULL) {
        (void) toml_bad(t, "out of memory");
        return NULL;
    }

    errno = 0;
    n = strtoll(s, &rest, 10);

    value = (strcmp(s, "true") == 0) ? json_true()
            : (strcmp(s, "false") == 0) ? json_false()
            : (*rest == '\0' && errno == 0) ? json_integer(n)
            : (strspn(s, "+-") < strlen(s)
               && strchr("0123456789in", s[strspn(s, "+-")]) != NULL)
            ? json_string(s) : NULL;

    if (value == NULL) {
        (void) toml_bad(t, "a value that is none");
    }

    free(s);
    return value;
}


/* "", '', and the same by threes, which may go over lines; to be freed */

static char *
toml_string(toml_t *t, size_t *len)
{
    bool        long_one, literal, closed;
    char        mark[4];
    oci_buf_t   b;

    memset(&b, 0, sizeof(oci_buf_t));
    literal = (*t->p == '\'');
    memset(mark, literal ? '\'' : '"', 3);
    mark[3] = '\0';
    long_one = toml_take(t, mark);

    if (long_one) {
        (void) toml_take(t, "\r");
        t->line += (t->p < t->end && *t->p == '\n');
        (void) toml_take(t, "\n");

    } else {
        mark[1] = '\0';
        t->p++;
    }

    for (closed = false; t->p < t->end && !b.failed; /* void */ ) {

        closed = toml_take(t, mark);

        if (closed || (*t->p == '\n' && !long_one)) {
            break;
        }

        if (*t->p < 0x20 && memchr("\t\r\n", *t->p, 3) == NULL) {
            (void) toml_bad(t, "a control character");
            oci_buf_free(&b);
            return NULL;
        }

        if (*t->p != '\\' || literal) {
            t->line += (*t->p == '\n');
            oci_buf_add(&b, t->p++, 1);

        } else if (!toml_escape(t, &b)) {
            oci_buf_free(&b);
            return NULL;
        }
    }

    if (!closed || b.failed) {
        (void) toml_bad(t, "a string without an end");
        oci_buf_free(&b);
        return NULL;
    }

    while (long_one && t->p < t->end && *t->p == (u_char) mark[0]) {
        oci_buf_add(&b, t->p++, 1);     /* up to two belong to the text */
    }

    *len = b.len;
    oci_buf_add(&b, "", 1);

    if (b.failed) {
        (void) toml_bad(t, "out of memory");
        oci_buf_free(&b);
        return NULL;
    }

    return (char *) b.data;             /* an escape may have made a NUL */
}


static bool
toml_escape(toml_t *t, oci_buf_t *b)
{
    char         c;
    const char  *at;

    static const char  names[] = "btnfre\"\\";
    static const char  means[] = "\b\t\n\f\r\x1b\"\\";

    c = (t->end - t->p > 1) ? (char) t->p[1] : '\0';
    t->p += (c != '\0') ? 2 : 1;

    if (c == 'u' || c == 'U') {
        return toml_code(t, (c == 'u') ? 4 : 8, b);
    }

    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {

        for (t->p--; t->p < t->end && strchr(" \t\r\n", *t->p) != NULL
                     && *t->p != '\0'; t->p++)
        {
            t->line += (*t->p == '\n');
        }

        return true;
    }

    at = (c != '\0') ? strchr(names, c) : NULL;

    if (at == NULL) {
        return toml_bad(t, "an escape that is none");
    }

    oci_buf_add(b, means + (at - names), 1);
    return true;
}


static bool
toml_code(toml_t *t, unsigned digits, oci_buf_t *b)
{
    char      hex[9], *rest;
    u_char    utf8[4];
    size_t    n;
    uint32_t  c;

    if ((size_t) (t->end - t->p) < digits) {
        return toml_bad(t, "an escape that is none");
    }

    memcpy(hex, t->p, digits);
    hex[digits] = '\0';
    t->p += digits;
    c = (uint32_t) strtoul(hex, &rest, 16);

    if (*rest != '\0' || strpbrk(hex, "+- x") != NULL || c > 0x10ffff
        || (c >= 0xd800 && c < 0xe000))
    {
        return toml_bad(t, "an escape that is none");
    }

    n = (c < 0x80) ? 1 : (c < 0x800) ? 2 : (c < 0x10000) ? 3 : 4;
    utf8[0] = (u_char) ((n == 1) ? c : (0xf00u >> n) | (c >> (6 * (n - 1))));

    for (digits = 1; digits < n; digits++) {
        utf8[digits] = (u_char) (0x80 | (c >> (6 * (n - 1 - digits)) & 0x3f));
    }

    oci_buf_add(b, utf8, n);
    return true;
}


static void
toml_space(toml_t *t)
{
    while (t->p < t->end && (*t->p == ' ' || *t->p == '\t')) {
        t->p++;
    }
}


/* lines without anything, and comments */

static void
toml_blank(toml_t *t)
{
    for ( /* void */ ; t->p < t->end; t->p++) {

        if (*t->p == '#') {
            while (t->p + 1 < t->end && t->p[1] != '\n') {
                t->p++;
            }

        } else if (*t->p == '\n') {
            t->line++;

        } else if (*t->p != ' ' && *t->p != '\t' && *t->p != '\r') {
            break;
        }
    }
}


static bool
toml_take(toml_t *t, const char *text)
{
    size_t  n;

    n = strlen(text);

    if ((size_t) (t->end - t->p) < n || memcmp(t->p, text, n) != 0) {
        return false;
    }

    t->p += n;
    return true;
}


static bool
toml_bad(toml_t *t, const char *what)
{
    (void) oci_error(t->err, OCI_INVALID, 0, "not valid TOML: %s (line %u)",
                     what, t->line);
    return false;
}
