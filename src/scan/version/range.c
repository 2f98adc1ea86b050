/*
 * Ranges of versions: alternatives of terms.
 */

#include "range.h"

#include <string.h>


static bool range_is_space(u_char c);


bool
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
