/*
 * Regular expressions: RE2's grammar, PCRE2's machine.
 *
 * Source: https://github.com/google/re2/wiki/Syntax.
 */

#include "oci_sign_regexp.h"

#define PCRE2_CODE_UNIT_WIDTH  8

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>


#define OCI_SIGN_RE_REPEAT  1000


static bool oci_sign_re_re2(const char *p);
static const char *oci_sign_re_escape(const char *p, bool set);
static const char *oci_sign_re_octal(const char *p);
static const char *oci_sign_re_set(const char *p);
static const char *oci_sign_re_group(const char *p);
static const char *oci_sign_re_repeat(const char *p);
static size_t oci_sign_re_braces(const char *p);
static pcre2_code *oci_sign_re_compile(const char *pattern);


bool
oci_sign_regexp_valid(const char *pattern)
{
    pcre2_code  *code;

    code = oci_sign_re_re2(pattern) ? oci_sign_re_compile(pattern) : NULL;
    pcre2_code_free(code);

    return code != NULL;
}


bool
oci_sign_regexp_match(const char *pattern, const oci_str_t *text)
{
    int                rc;
    pcre2_code        *code;
    pcre2_match_data  *match;

    code = oci_sign_re_re2(pattern) ? oci_sign_re_compile(pattern) : NULL;

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


/* as in Go, "$" is the very end */

static pcre2_code *
oci_sign_re_compile(const char *pattern)
{
    int     error;
    size_t  at;

    return pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &at,
                         NULL);
}


/*
 * Is there nothing in it that PCRE2 takes and RE2 does not?  What neither
 * takes is left to PCRE2.
 */

static bool
oci_sign_re_re2(const char *p)
{
    while (p != NULL && *p != '\0') {

        switch (*p) {

        case '\\':
            p = oci_sign_re_escape(p + 1, false);
            break;

        case '[':
            p = oci_sign_re_set(p + 1);
            break;

        case '(':
            p = oci_sign_re_group(p + 1);
            break;

        case '*':
        case '+':
        case '?':
        case '{':
            p = oci_sign_re_repeat(p);
            break;

        default:
            p++;
        }
    }

    return p != NULL;
}


/* behind the backslash; NULL: no escape of RE2, \1 and \Z among them */

static const char *
oci_sign_re_escape(const char *p, bool set)
{
    const char  *end;

    if (*p == 'Q' && !set) {
        end = strstr(p, "\\E");
        return (end != NULL) ? end + 2 : p + strlen(p);
    }

    if (*p >= '0' && *p <= '7') {
        return oci_sign_re_octal(p);
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
oci_sign_re_octal(const char *p)
{
    size_t  n;

    n = strspn(p, "01234567");

    if (*p != '0' && n < 2) {
        return NULL;
    }

    return p + (n > 3 ? 3 : n);
}


/* behind the bracket, to behind the one that closes it */

static const char *
oci_sign_re_set(const char *p)
{
    const char  *end, *start;

    p += (*p == '^');

    for (start = p; *p != '\0' && (*p != ']' || p == start); ) {

        if (*p == '\\') {
            p = oci_sign_re_escape(p + 1, true);

            if (p == NULL) {
                return NULL;
            }

            continue;
        }

        if (*p == '[' && (p[1] == '.' || p[1] == '=')) {
            return NULL;        /* to RE2 these are characters */
        }

        end = (*p == '[' && p[1] == ':') ? strstr(p + 2, ":]") : NULL;
        p = (end != NULL) ? end + 2 : p + 1;
    }

    return (*p == ']') ? p + 1 : NULL;
}


/* behind the parenthesis: (?flags), (?flags:re), (?P<name>re), (?<name>re) */

static const char *
oci_sign_re_group(const char *p)
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
oci_sign_re_repeat(const char *p)
{
    size_t  n;

    if (*p == '{') {
        n = oci_sign_re_braces(p);

        if (n == 0) {

            /* text to RE2; a younger PCRE2 reads {,3} as 0 to 3 */

            return (p[1] == ',') ? NULL : p + 1;
        }

        if (n == SIZE_MAX) {
            return NULL;
        }

        p += n;

    } else {
        p++;
    }

    p += (*p == '?');

    return (*p == '*' || *p == '+' || *p == '?'
            || (*p == '{' && oci_sign_re_braces(p) != 0)) ? NULL : p;
}


/* the length of {n}, {n,} or {n,m}; 0: it is text; SIZE_MAX: too many */

static size_t
oci_sign_re_braces(const char *p)
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

    return (least > OCI_SIGN_RE_REPEAT || most > OCI_SIGN_RE_REPEAT)
           ? SIZE_MAX : (size_t) (end + 1 - start);
}
