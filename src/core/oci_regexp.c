/*
 * Regular expressions: Go's grammar is checked and, where the two mean
 * something else, rewritten for PCRE2.
 *
 * Source: https://github.com/google/re2/wiki/Syntax.
 */

#include "oci_regexp.h"

#define PCRE2_CODE_UNIT_WIDTH  8

#include <ctype.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define REGEXP_REPEAT_MAX   1000
#define REGEXP_GROUPS       64
#define REGEXP_LIMIT        10000000        /* steps of one search */
#define REGEXP_STACK_FIRST  32768
#define REGEXP_STACK_MAX    1048576


struct oci_regexp_s {
    pcre2_code  *code;
};

struct oci_regexp_room_s {
    pcre2_match_data     *match;
    pcre2_match_context  *context;
    pcre2_jit_stack      *stack;
};


static void regexp_free(void *data);
static void regexp_room_free(void *data);
static pcre2_code *regexp_pcre2(const char *pattern, char *why, size_t size);
static bool regexp_translate(oci_buf_t *out, const char *p);
static const char *regexp_copy_escape(oci_buf_t *out, const char *p,
    bool set);
static const char *regexp_escape(const char *p, bool set);
static const char *regexp_octal(const char *p);
static const char *regexp_set(oci_buf_t *out, const char *p);
static const char *regexp_set_minus(oci_buf_t *out, char kind, const char *p);
static const char *regexp_group(const char *p);
static const char *regexp_repeat(const char *p);
static size_t regexp_braces(const char *p);


oci_status_e
oci_regexp_compile(oci_regexp_t **out, oci_pool_t *pool,
    const char *pattern, oci_error_t *err)
{
    char                why[160];
    oci_regexp_t  *re;

    re = oci_pcalloc(pool, sizeof(oci_regexp_t));
    if (re == NULL) {
        return oci_nomem(err);
    }

    re->code = regexp_pcre2(pattern, why, sizeof(why));
    if (re->code == NULL) {
        return oci_error(err, OCI_INVALID, 0, "regexp \"%.128s\": %s", pattern,
                         why);
    }

    /* without it a search takes longer, and is right all the same */

    (void) pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
    *out = re;

    return (oci_pool_cleanup(pool, regexp_free, re->code) == OCI_OK) ? OCI_OK
           : oci_nomem(err);
}


static void
regexp_free(void *data)
{
    pcre2_code_free(data);
}


oci_regexp_room_t *
oci_regexp_room(oci_pool_t *pool)
{
    oci_regexp_room_t  *room;

    room = oci_pcalloc(pool, sizeof(oci_regexp_room_t));

    if (room == NULL
        || oci_pool_cleanup(pool, regexp_room_free, room) != OCI_OK)
    {
        return NULL;
    }

    room->match = pcre2_match_data_create(REGEXP_GROUPS, NULL);
    room->context = pcre2_match_context_create(NULL);
    room->stack = pcre2_jit_stack_create(REGEXP_STACK_FIRST, REGEXP_STACK_MAX,
                                         NULL);

    if (room->match == NULL || room->context == NULL) {
        return NULL;
    }

    pcre2_jit_stack_assign(room->context, NULL, room->stack);
    (void) pcre2_set_match_limit(room->context, REGEXP_LIMIT);

    return room;
}


static void
regexp_room_free(void *data)
{
    oci_regexp_room_t  *room;

    room = data;
    pcre2_match_data_free(room->match);
    pcre2_match_context_free(room->context);
    pcre2_jit_stack_free(room->stack);
}


oci_regexp_e
oci_regexp_find(const oci_regexp_t *re,
    oci_regexp_room_t *room, const oci_str_t *text, size_t from,
    oci_regexp_span_t *whole)
{
    int      rc;
    size_t  *at;

    rc = pcre2_match(re->code, text->len ? text->data : (PCRE2_SPTR) "",
                     text->len, from, PCRE2_NO_UTF_CHECK, room->match,
                     room->context);

    if (rc < 0) {
        return (rc == PCRE2_ERROR_NOMATCH) ? OCI_REGEXP_FOUND_NOT
                                           : OCI_REGEXP_FOUND_LIMIT;
    }

    at = pcre2_get_ovector_pointer(room->match);
    whole->start = at[0];
    whole->end = at[1];

    return OCI_REGEXP_FOUND;
}


/* an entry of PCRE2's table of names is a number in two bytes and the name */

bool
oci_regexp_part(const oci_regexp_t *re,
    oci_regexp_room_t *room, const char *name, unsigned *group,
    oci_regexp_span_t *part)
{
    size_t       *at;
    uint32_t      i, n, size, number, next;
    PCRE2_SPTR    table;

    (void) pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &n);
    (void) pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    (void) pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
    next = REGEXP_GROUPS;

    for (i = 0; i < n; i++, table += size) {

        number = (uint32_t) table[0] << 8 | table[1];

        if (number > *group && number < next
            && strcmp((const char *) table + 2, name) == 0)
        {
            next = number;
        }
    }

    if (next == REGEXP_GROUPS) {
        return false;
    }

    at = pcre2_get_ovector_pointer(room->match);
    part->start = at[2 * next];
    part->end = at[2 * next + 1];
    *group = next;

    return true;
}


bool
oci_regexp_next(const oci_str_t *text, const oci_regexp_span_t *whole,
    size_t *from, size_t *last)
{
    bool  counts;

    counts = whole->end != whole->start || whole->end != *last;
    *from = whole->end;

    if (whole->end == whole->start) {

        /* one character on, whose other bytes are above 0x7f */

        do {
            (*from)++;
        } while (*from < text->len && (text->data[*from] & 0xc0) == 0x80);
    }

    *last = whole->end;

    return counts;
}


bool
oci_regexp_test(const oci_regexp_t *re,
    oci_regexp_room_t *room, const oci_str_t *text)
{
    oci_regexp_span_t  whole;

    return oci_regexp_find(re, room, text, 0, &whole) == OCI_REGEXP_FOUND;
}


bool
oci_regexp_valid(const char *pattern)
{
    char         why[160];
    pcre2_code  *code;

    code = regexp_pcre2(pattern, why, sizeof(why));
    pcre2_code_free(code);

    return code != NULL;
}


bool
oci_regexp_match(const char *pattern, const oci_str_t *text)
{
    int                rc;
    char               why[160];
    pcre2_code        *code;
    pcre2_match_data  *match;

    code = regexp_pcre2(pattern, why, sizeof(why));
    if (code == NULL) {
        return false;
    }

    match = pcre2_match_data_create_from_pattern(code, NULL);

    rc = (match == NULL) ? -1
         : pcre2_match(code, text->len ? text->data : (PCRE2_SPTR) "",
                       text->len, 0, 0, match, NULL);

    pcre2_match_data_free(match);
    pcre2_code_free(code);

    return rc >= 0;
}


size_t
oci_regexp_text(const oci_str_t *raw, u_char *text, uint32_t *map)
{
    size_t  i, n, len;

    for (i = 0, len = 0; i < raw->len; /* void */ ) {

        n = oci_utf8_size(raw->data + i, raw->len - i);

        if (n == 0) {
            memcpy(text + len, "\xef\xbf\xbd", 3);
            map[len] = map[len + 1] = map[len + 2] = (uint32_t) i;
            len += 3;
            i++;
            continue;
        }

        for ( /* void */ ; n != 0; n--) {
            map[len] = (uint32_t) i;
            text[len++] = raw->data[i++];
        }
    }

    map[len] = (uint32_t) i;

    return len;
}


/* as in Go, "$" is the very end, and a line ends with \n alone */

static pcre2_code *
regexp_pcre2(const char *pattern, char *why, size_t size)
{
    int                     error;
    size_t                  at;
    oci_buf_t               out;
    pcre2_code             *code;
    pcre2_compile_context  *context;

    memset(&out, 0, sizeof(out));
    code = NULL;
    context = pcre2_compile_context_create(NULL);

    if (!regexp_translate(&out, pattern) || out.failed || context == NULL) {
        (void) snprintf(why, size, "not in Go's grammar");

    } else {
        (void) pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        code = pcre2_compile(out.len ? out.data : (PCRE2_SPTR) "", out.len,
                             PCRE2_UTF | PCRE2_DOLLAR_ENDONLY
                             | PCRE2_ALT_CIRCUMFLEX | PCRE2_DUPNAMES
                             | PCRE2_NEVER_BACKSLASH_C,
                             &error, &at, context);

        if (code == NULL) {
            (void) pcre2_get_error_message(error, (PCRE2_UCHAR *) why, size);
        }
    }

    pcre2_compile_context_free(context);
    oci_buf_free(&out);

    return code;
}


/*
 * Writes what PCRE2 is to read.  False: there is something in it that PCRE2
 * takes and Go does not; what neither takes is left to PCRE2.
 */

static bool
regexp_translate(oci_buf_t *out, const char *p)
{
    const char  *from;

    while (p != NULL && *p != '\0') {

        from = p;

        switch (*p) {

        case '\\':
            p = regexp_copy_escape(out, p, false);
            continue;

        case '[':
            p = regexp_set(out, p);
            continue;

        case '(':
            p = regexp_group(p + 1);
            break;

        case '{':
            if (regexp_braces(p) == 0) {
                oci_buf_adds(out, "\\{");     /* text, and {,3} is, too */
                p++;
                continue;
            }

            p = regexp_repeat(p);
            break;

        case '*':
        case '+':
        case '?':
            p = regexp_repeat(p);
            break;

        default:
            p++;
        }

        if (p != NULL) {
            oci_buf_add(out, from, (size_t) (p - from));
        }
    }

    return p != NULL;
}


/* \s of Go has no vertical tab, and \v is nothing else */

static const char *
regexp_copy_escape(oci_buf_t *out, const char *p, bool set)
{
    size_t              i;
    const char         *end;
    static const char  *const other[][3] = {
        { "s", "[\\t\\n\\f\\r ]", "\\t\\n\\f\\r " },
        { "S", "[^\\t\\n\\f\\r ]", "\\S\\x0b" },
        { "v", "\\x0b", "\\x0b" }
    };

    for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        if (p[1] == other[i][0][0]) {
            oci_buf_adds(out, other[i][set ? 2 : 1]);
            return p + 2;
        }
    }

    end = regexp_escape(p + 1, set);

    if (end != NULL) {
        oci_buf_add(out, p, (size_t) (end - p));
    }

    return end;
}


/* behind the backslash; NULL: no escape of RE2, \1 and \Z among them */

static const char *
regexp_escape(const char *p, bool set)
{
    const char  *end;

    if (*p == 'Q' && !set) {
        end = strstr(p, "\\E");
        return (end != NULL) ? end + 2 : p + strlen(p);
    }

    if (*p >= '0' && *p <= '7') {
        return regexp_octal(p);
    }

    if (*p == 'x' && p[1] == '{') {
        end = p + 2 + strspn(p + 2, "0123456789abcdefABCDEF");
        return (*end == '}' && end != p + 2) ? end + 1 : NULL;
    }

    if (*p == 'x') {
        return (isxdigit((u_char) p[1]) && isxdigit((u_char) p[2])) ? p + 3
               : NULL;
    }

    if ((*p == 'p' || *p == 'P') && p[1] == '{') {
        end = strchr(p, '}');
        return (end != NULL) ? end + 1 : NULL;
    }

    if (*p == 'p' || *p == 'P') {
        return isalpha((u_char) p[1]) ? p + 2 : NULL;
    }

    if (*p == '\0' || (u_char) *p >= 0x80) {
        return NULL;
    }

    return (!isalnum((u_char) *p)
            || strchr(set ? "dDsSwWafnrt" : "dDsSwWafnrtAbBz", *p) != NULL)
           ? p + 1 : NULL;
}


/* \1 would be a reference; \12 is a character, as \0 is */

static const char *
regexp_octal(const char *p)
{
    size_t  n;

    n = strspn(p, "01234567");

    if (*p != '0' && n < 2) {
        return NULL;
    }

    return p + (n > 3 ? 3 : n);
}


/* from the bracket to behind the one that closes it */

static const char *
regexp_set(oci_buf_t *out, const char *p)
{
    char         kind;
    const char  *end, *start;

    start = p++;
    p += (*p == '^');
    oci_buf_add(out, start, (size_t) (p - start));

    for (start = p; *p != '\0' && (*p != ']' || p == start); ) {

        if (*p == '\\') {
            kind = p[1];
            p = regexp_copy_escape(out, p, true);

            if (p == NULL) {
                return NULL;
            }

            p = regexp_set_minus(out, kind, p);
            continue;
        }

        if (*p == '[' && (p[1] == '.' || p[1] == '=')) {
            return NULL;        /* to RE2 these are characters */
        }

        end = (*p == '[' && p[1] == ':') ? strstr(p + 2, ":]") : NULL;
        kind = (end != NULL) ? 'w' : 'a';
        end = (end != NULL) ? end + 2 : p + 1;
        oci_buf_add(out, p, (size_t) (end - p));
        p = regexp_set_minus(out, kind, end);
    }

    oci_buf_adds(out, "]");

    return (*p == ']') ? p + 1 : NULL;
}


/* behind a class, which begins no range, RE2 takes a minus as it is */

static const char *
regexp_set_minus(oci_buf_t *out, char kind, const char *p)
{
    if (*p != '-' || strchr("dDsSwWpP", kind) == NULL) {
        return p;
    }

    oci_buf_adds(out, "\\-");

    return p + 1;
}


/* behind the parenthesis: (?flags), (?flags:re), (?P<name>re), (?<name>re) */

static const char *
regexp_group(const char *p)
{
    const char  *end;

    if (*p == '*') {
        return NULL;            /* (*VERB) */
    }

    if (*p != '?') {
        return p;
    }

    p++;

    if (p[0] == '<' || (p[0] == 'P' && p[1] == '<')) {
        p = strchr(p, '<') + 1;
        end = p;

        while (isalnum((u_char) *end) || *end == '_') {
            end++;
        }

        return (end != p && *end == '>') ? end + 1 : NULL;
    }

    p += strspn(p, "imsU");

    if (*p == '-') {
        end = p + 1;
        p = end + strspn(end, "imsU");

        if (p == end) {
            return NULL;
        }
    }

    return (*p == ':' || *p == ')') ? p + 1 : NULL;
}


/* one, lazy or not: "a*+" is possessive elsewhere, "a**" nothing at all */

static const char *
regexp_repeat(const char *p)
{
    size_t  n;

    if (*p == '{') {
        n = regexp_braces(p);

        if (n == SIZE_MAX) {
            return NULL;
        }

        p += n;

    } else {
        p++;
    }

    p += (*p == '?');

    return (*p == '*' || *p == '+' || *p == '?'
            || (*p == '{' && regexp_braces(p) != 0)) ? NULL : p;
}


/* the length of {n}, {n,} or {n,m}; 0: it is text; SIZE_MAX: too many */

static size_t
regexp_braces(const char *p)
{
    char           *end;
    const char     *start;
    unsigned long   least, most;

    start = p++;

    if (!isdigit((u_char) *p)) {
        return 0;
    }

    least = strtoul(p, &end, 10);
    most = least;

    if (*end == ',' && isdigit((u_char) end[1])) {
        most = strtoul(end + 1, &end, 10);

    } else if (*end == ',') {
        end++;
    }

    if (*end != '}') {
        return 0;
    }

    return (least > REGEXP_REPEAT_MAX || most > REGEXP_REPEAT_MAX)
           ? SIZE_MAX : (size_t) (end + 1 - start);
}
