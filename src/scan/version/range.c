/*
 * Ranges of versions: alternatives of terms.
 */

#include "range.h"

#include <string.h>


static bool range_or(oci_str_t *rest, oci_str_t *alternative);
static bool range_is_space(u_char c);


/* less, equal and more are the orders of which an operator holds */

static const struct {
    const char  *op;
    bool         loose;
    bool         less;
    bool         equal;
    bool         more;
} range_operators[] = {
    { "", false, false, true, false },
    { "=", false, false, true, false },
    { "==", false, false, true, false },
    { "!=", false, true, false, true },
    { ">", false, false, false, true },
    { "<", false, true, false, false },
    { ">=", false, false, true, true },
    { "<=", false, true, true, false },
    { "=>", true, false, true, true },
    { "=<", true, true, true, false }
};


bool
range_any(const oci_str_t *range, const void *v,
    range_alternative_pt alternative, bool *good)
{
    bool       any;
    oci_str_t  rest, text;

    any = false;
    rest = *range;

    while (range_or(&rest, &text)) {
        any = alternative(v, &text, good) || any;

        if (!*good) {
            return false;
        }
    }

    return any;
}


bool
range_all(const oci_str_t *text, const void *v, range_term_pt term,
    bool *good)
{
    bool       all, some;
    oci_str_t  rest, op, operand;

    all = true;
    some = false;
    rest = *text;

    while (*good && range_term(&rest, &op, &operand)) {
        some = true;
        all = term(v, &op, &operand, good) && all;
    }

    *good = *good && some;

    return *good && all;
}


bool
range_holds(const oci_str_t *op, int order, bool loose, bool *good)
{
    size_t  i;

    for (i = 0; i < sizeof(range_operators) / sizeof(range_operators[0]);
         i++)
    {
        if (oci_str_is(op, range_operators[i].op)
            && (loose || !range_operators[i].loose))
        {
            return order < 0 ? range_operators[i].less
                   : order > 0 ? range_operators[i].more
                   : range_operators[i].equal;
        }
    }

    *good = false;

    return false;
}


static bool
range_or(oci_str_t *rest, oci_str_t *alternative)
{
    u_char  *p;

    if (rest->data == NULL) {
        return false;
    }

    p = memmem(rest->data, rest->len, "||", 2);
    *alternative = *rest;

    if (p == NULL) {
        rest->data = NULL;
        rest->len = 0;
        return true;
    }

    alternative->len = (size_t) (p - rest->data);
    rest->data = p + 2;
    rest->len -= alternative->len + 2;

    return true;
}


bool
range_term(oci_str_t *rest, oci_str_t *op, oci_str_t *operand)
{
    u_char  *p, *end;

    p = rest->data;
    end = p + rest->len;

    while (p < end && (range_is_space(*p) || *p == ',')) {
        p++;
    }

    if (p == end) {
        return false;
    }

    op->data = p;

    while (p < end && strchr("<>=!~^", *p) != NULL) {
        p++;
    }

    op->len = (size_t) (p - op->data);

    while (p < end && range_is_space(*p)) {
        p++;
    }

    operand->data = p;

    while (p < end && !range_is_space(*p) && *p != ','
           && (p == operand->data || strchr("<>=!~^", *p) == NULL
               || *p == '~'))
    {
        p++;
    }

    operand->len = (size_t) (p - operand->data);
    rest->data = p;
    rest->len = (size_t) (end - p);

    return true;
}


static bool
range_is_space(u_char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
