/*
 * Path patterns with "**" and alternatives.
 */

#include "glob.h"

#include <stdio.h>
#include <string.h>


#define GLOB_STEPS    200000    /* a hostile pattern matches nothing */
#define GLOB_PATTERN  4096


/* both texts end with a NUL */

typedef struct {
    const char  *start;         /* of the pattern */
    unsigned     steps;
} glob_state_t;


static bool glob_literal(const oci_str_t *pattern, const oci_str_t *path,
    bool *matched);
static bool glob_within(const oci_str_t *path, oci_str_t s);
static size_t glob_set(const oci_str_t *pattern, size_t i);
static bool glob_braces(glob_state_t *g, const char *pattern,
    const char *path);
static const char *glob_find(const char *p, char a, char b);
static bool glob_plain(glob_state_t *g, const char *p, const char *s);
static bool glob_tail(glob_state_t *g, const char *p, const char *s);
static bool glob_segments(glob_state_t *g, const char *p, const char *s);
static bool glob_star(glob_state_t *g, const char *p, const char *s);
static const char *glob_class(const char *p, uint32_t c, bool *matched);
static uint32_t glob_member(const char **p);
static uint32_t glob_rune(const char **s);


bool
oci_scan_glob(const oci_str_t *pattern, const oci_str_t *path)
{
    bool          matched;
    oci_str_t     p, s;
    oci_pool_t   *pool;
    glob_state_t  g;

    if (pattern->len >= GLOB_PATTERN || pattern->len == 0) {
        return pattern->len == path->len;
    }

    if (glob_literal(pattern, path, &matched)) {
        return matched;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return false;
    }

    p = oci_str_dup(pool, pattern->data, pattern->len);
    s = oci_str_dup(pool, path->len == 0 ? (u_char *) "" : path->data,
                    path->len);
    g.steps = 0;

    matched = p.data != NULL && s.data != NULL
              && glob_braces(&g, (char *) p.data, (char *) s.data);

    oci_pool_destroy(pool);

    return matched;
}


/*
 * Most patterns that are tried on every file say no more than the end of its
 * name, or a folder that it is in: "**"/NAME, "**"/"*"END, "**"/NAME/"**".
 */

static bool
glob_literal(const oci_str_t *pattern, const oci_str_t *path, bool *matched)
{
    size_t     i;
    bool       end, folder;
    oci_str_t  s;

    if (!oci_str_prefix(pattern, "**/")) {
        return false;
    }

    folder = pattern->len > 6 && oci_str_suffix(pattern, "/**");
    end = !folder && pattern->len > 4 && pattern->data[3] == '*';
    s.data = pattern->data + 3 + end;
    s.len = pattern->len - 3 - end - (folder ? 3 : 0);

    for (i = 0; i < s.len; i++) {
        if (strchr("*?[{\\", s.data[i]) != NULL
            || (end && s.data[i] == '/'))
        {
            return false;
        }
    }

    if (folder) {
        *matched = glob_within(path, s);

    } else {
        *matched = path->len >= s.len && s.len != 0
                   && memcmp(path->data + path->len - s.len, s.data, s.len)
                      == 0
                   && (end || path->len == s.len
                       || path->data[path->len - s.len - 1] == '/');
    }

    return true;
}


static bool
glob_within(const oci_str_t *path, oci_str_t s)
{
    const u_char  *p, *end;

    end = path->data + path->len;

    for (p = path->data; p != NULL && (size_t) (end - p) >= s.len; p++) {

        if (memcmp(p, s.data, s.len) == 0
            && (p + s.len == end || p[s.len] == '/'))
        {
            return true;
        }

        p = memchr(p, '/', (size_t) (end - p));
        if (p == NULL) {
            break;
        }
    }

    return false;
}


bool
oci_scan_glob_valid(const oci_str_t *pattern)
{
    size_t  i, depth;

    depth = 0;

    for (i = 0; i < pattern->len; i++) {

        switch (pattern->data[i]) {

        case '\\':
            i++;
            break;

        case '[':
            i = glob_set(pattern, i + 1);
            break;

        case '{':
            depth++;
            break;

        case '}':
            if (depth-- == 0) {
                return false;
            }

            break;
        }

        if (i >= pattern->len) {
            return false;
        }
    }

    return depth == 0;
}


/* where a set is closed, or behind the pattern */

static size_t
glob_set(const oci_str_t *pattern, size_t i)
{
    if (i < pattern->len && strchr("^!", pattern->data[i]) != NULL) {
        i++;
    }

    if (i < pattern->len && pattern->data[i] == ']') {
        return pattern->len;
    }

    for ( /* void */ ; i < pattern->len && pattern->data[i] != ']'; i++) {
        i += (pattern->data[i] == '\\');
    }

    return i;
}


/* the first {a,b} is replaced by each of its alternatives in turn */

static bool
glob_braces(glob_state_t *g, const char *pattern, const char *path)
{
    int          n;
    char         text[GLOB_PATTERN];
    const char  *open, *end, *alt, *comma;

    open = glob_find(pattern, '{', '{');
    end = open == NULL ? NULL : glob_find(open + 1, '}', '}');

    if (end == NULL) {
        g->start = pattern;
        return glob_plain(g, pattern, path);
    }

    for (alt = open + 1; alt <= end; alt = comma + 1) {
        comma = glob_find(alt, ',', '}');
        if (comma == NULL || ++g->steps > GLOB_STEPS) {
            return false;
        }

        n = snprintf(text, sizeof(text), "%.*s%.*s%s",
                     (int) (open - pattern), pattern,
                     (int) (comma - alt), alt, end + 1);
        if (n < 0 || (size_t) n >= sizeof(text)) {
            return false;
        }

        if (glob_braces(g, text, path)) {
            return true;
        }
    }

    return false;
}


/* a or b outside of nested braces and not after a backslash */

static const char *
glob_find(const char *p, char a, char b)
{
    unsigned  depth;

    depth = 0;

    for ( /* void */ ; *p != '\0'; p++) {

        if (*p == '\\' && p[1] != '\0') {
            p++;
            continue;
        }

        if (depth == 0 && (*p == a || *p == b)) {
            return p;
        }

        if (*p == '{') {
            depth++;

        } else if (*p == '}' && depth != 0) {
            depth--;
        }
    }

    return NULL;
}


static bool
glob_plain(glob_state_t *g, const char *p, const char *s)
{
    bool  matched;

    for ( ;; ) {

        if (++g->steps > GLOB_STEPS) {
            return false;
        }

        switch (*p) {

        case '\0':
            return *s == '\0';

        case '*':
            return glob_tail(g, p, s);

        case '?':
            if (*s == '\0' || *s == '/') {
                return false;
            }

            p++;
            (void) glob_rune(&s);
            continue;

        case '[':
            if (*s == '\0' || *s == '/') {
                return false;
            }

            p = glob_class(p + 1, glob_rune(&s), &matched);
            if (p == NULL || !matched) {
                return false;
            }

            continue;

        case '/':
            if (*s == '\0') {
                return strcmp(p, "/**") == 0;
            }

            break;

        case '\\':
            p += p[1] != '\0';
            break;
        }

        if (*p != *s) {
            return false;
        }

        p++;
        s++;
    }
}


/* at a star */

static bool
glob_tail(glob_state_t *g, const char *p, const char *s)
{
    bool  first;

    first = p == g->start || p[-1] == '/';

    if (first && p[1] == '*' && (p[2] == '\0' || p[2] == '/')) {
        return p[2] == '\0' || glob_segments(g, p + 3, s);
    }

    return glob_star(g, p, s);
}


static bool
glob_segments(glob_state_t *g, const char *p, const char *s)
{
    for ( ;; ) {

        if (glob_plain(g, p, s)) {
            return true;
        }

        s = strchr(s, '/');
        if (s == NULL || g->steps > GLOB_STEPS) {
            return false;
        }

        s++;
    }
}


static bool
glob_star(glob_state_t *g, const char *p, const char *s)
{
    while (*p == '*') {
        p++;
    }

    for ( ;; ) {

        if (glob_plain(g, p, s)) {
            return true;
        }

        if (*s == '\0' || *s == '/' || g->steps > GLOB_STEPS) {
            return false;
        }

        s++;
    }
}


/* past the "]"; NULL: there is none, or nothing before it */

static const char *
glob_class(const char *p, uint32_t c, bool *matched)
{
    bool      negate;
    uint32_t  low, high;

    negate = *p == '!' || *p == '^';
    p += negate;
    *matched = false;

    if (*p == ']') {
        return NULL;
    }

    do {
        low = glob_member(&p);
        high = low;

        if (*p == '-' && p[1] != ']' && p[1] != '\0') {
            p++;
            high = glob_member(&p);
        }

        if (*p == '\0') {
            return NULL;
        }

        if (low <= c && c <= high) {
            *matched = true;
        }

    } while (*p != ']');

    *matched = *matched != negate;

    return p + 1;
}


static uint32_t
glob_member(const char **p)
{
    *p += **p == '\\' && (*p)[1] != '\0';

    return (**p != '\0') ? glob_rune(p) : 0;
}


/* a character, of several bytes perhaps; of others each is U+FFFD */

static uint32_t
glob_rune(const char **s)
{
    size_t         i, n;
    uint32_t       rune;
    const u_char  *p;

    p = (const u_char *) *s;
    n = oci_utf8_size(p, strnlen(*s, 4));

    if (n <= 1) {
        *s += 1;
        return (n == 1) ? *p : 0xfffd;
    }

    rune = *p & (0x7fu >> n);

    for (i = 1; i < n; i++) {
        rune = rune << 6 | (p[i] & 0x3f);
    }

    *s += n;

    return rune;
}
