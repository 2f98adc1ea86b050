/*
 * npm's versions and ranges; pre-releases are in a range like any other.
 *
 * Source: node-semver's README, "Ranges", "Advanced Range Syntax".
 */

#include "semver.h"
#include "range.h"

#include <ctype.h>
#include <string.h>


/* from (inclusive unless open) to below (exclusive unless closed) */

typedef struct {
    semver_t  low;
    semver_t  high;
    bool      has_low;
    bool      has_high;
    bool      open;
    bool      closed;
    bool      never;
} npm_span_t;


static bool npm_parse(const oci_str_t *s, semver_t *v);
static bool npm_partial(const oci_str_t *s, semver_t *v);
static bool npm_tail(oci_str_t *rest, semver_t *v);
static bool npm_alternative(const void *v, const oci_str_t *text, bool *good);
static bool npm_bound(const semver_t *v, const char *op,
    const oci_str_t *operand, bool *good);
static bool npm_term(const void *v, const oci_str_t *op,
    const oci_str_t *operand, bool *good);
static bool npm_hyphen(oci_str_t text, oci_str_t *from, oci_str_t *to);
static bool npm_span(npm_span_t *span, const oci_str_t *op,
    const semver_t *c);
static void npm_span_plain(npm_span_t *span, const semver_t *c);
static void npm_span_order(npm_span_t *span, const oci_str_t *op,
    const semver_t *c);
static void npm_floor(semver_t *v, const semver_t *c);
static void npm_next(semver_t *v, const semver_t *c, size_t at);
static bool npm_inside(const npm_span_t *span, const semver_t *v);


static const oci_str_t  npm_zero = oci_string("0");


bool
npm_valid(const oci_str_t *v)
{
    semver_t  p;

    return npm_parse(v, &p);
}


bool
npm_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    semver_t  x, y;

    if (!npm_parse(a, &x) || !npm_parse(b, &y)) {
        return false;
    }

    *order = semver_order(&x, &y);

    return true;
}


/* three numbers, strictly */

static bool
npm_parse(const oci_str_t *s, semver_t *v)
{
    return npm_partial(s, v) && v->n == 3 && v->any == 3;
}


static bool
npm_partial(const oci_str_t *s, semver_t *v)
{
    oci_str_t  rest;

    rest = *s;

    while (rest.len != 0 && (isspace(rest.data[0]) || rest.data[0] == '='
                             || rest.data[0] == 'v'))
    {
        rest.data++;
        rest.len--;
    }

    while (rest.len != 0 && isspace(rest.data[rest.len - 1])) {
        rest.len--;
    }

    return semver_numbers(v, &rest, true) && v->n <= 3
           && npm_tail(&rest, v);
}


static bool
npm_tail(oci_str_t *rest, semver_t *v)
{
    u_char     *plus;
    oci_str_t   build;

    plus = rest->len == 0 ? NULL : memchr(rest->data, '+', rest->len);

    if (plus != NULL) {
        build.data = plus + 1;
        build.len = (size_t) (rest->data + rest->len - build.data);
        rest->len = (size_t) (plus - rest->data);

        if (!semver_labels(&build, "-")) {
            return false;
        }
    }

    if (rest->len == 0) {
        return true;
    }

    if (rest->data[0] != '-') {
        return false;
    }

    v->pre.data = rest->data + 1;
    v->pre.len = rest->len - 1;

    return semver_labels(&v->pre, "-");
}


bool
npm_in(const oci_str_t *v, const oci_str_t *range, bool *good)
{
    semver_t  p;

    *good = npm_parse(v, &p);

    return *good && range_any(range, &p, npm_alternative, good);
}


/* an alternative without a term is any version */

static bool
npm_alternative(const void *v, const oci_str_t *text, bool *good)
{
    bool       above;
    oci_str_t  rest, op, operand, from, to;

    if (npm_hyphen(*text, &from, &to)) {
        above = npm_bound(v, ">=", &from, good);

        return npm_bound(v, "<=", &to, good) && above;
    }

    rest = *text;

    return !range_term(&rest, &op, &operand)
           || range_all(text, v, npm_term, good);
}


static bool
npm_bound(const semver_t *v, const char *op, const oci_str_t *operand,
    bool *good)
{
    semver_t    c;
    oci_str_t   s;
    npm_span_t  span;

    if (!npm_partial(operand, &c)) {
        *good = false;
        return false;
    }

    s = oci_str(op);
    memset(&span, 0, sizeof(npm_span_t));
    npm_span_order(&span, &s, &c);

    return npm_inside(&span, v);
}


static bool
npm_term(const void *v, const oci_str_t *op, const oci_str_t *operand,
    bool *good)
{
    semver_t    c;
    npm_span_t  span;

    *good = npm_partial(operand, &c) && npm_span(&span, op, &c);

    return *good && npm_inside(&span, v);
}


/* "1.2 - 2.3" */

static bool
npm_hyphen(oci_str_t text, oci_str_t *from, oci_str_t *to)
{
    u_char  *p;

    p = text.len == 0 ? NULL : memmem(text.data, text.len, " - ", 3);

    if (p == NULL) {
        return false;
    }

    from->data = text.data;
    from->len = (size_t) (p - text.data);
    to->data = p + 3;
    to->len = text.len - from->len - 3;

    return true;
}


static bool
npm_span(npm_span_t *span, const oci_str_t *op, const semver_t *c)
{
    size_t  i;

    memset(span, 0, sizeof(npm_span_t));

    if (op->len == 0 || oci_str_is(op, "=") || oci_str_is(op, "==")) {
        npm_span_plain(span, c);
        return true;
    }

    if (oci_str_is(op, "~") || oci_str_is(op, "~>")) {

        if (c->any == 0) {
            return true;
        }

        span->has_low = span->has_high = true;
        npm_floor(&span->low, c);
        span->low.pre = c->any == 3 ? c->pre : span->low.pre;
        npm_next(&span->high, c, c->any > 1 ? 1 : 0);

        return true;
    }

    if (oci_str_is(op, "^")) {

        if (c->any == 0) {
            return true;
        }

        span->has_low = span->has_high = true;
        npm_floor(&span->low, c);

        for (i = 0; i + 1 < c->any && c->seg[i] == 0; i++) { /* void */ }

        npm_next(&span->high, c, i);

        return true;
    }

    if (oci_str_is(op, ">") || oci_str_is(op, "<") || oci_str_is(op, ">=")
        || oci_str_is(op, "<="))
    {
        npm_span_order(span, op, c);
        return true;
    }

    return false;
}


static void
npm_span_plain(npm_span_t *span, const semver_t *c)
{
    if (c->any == 0) {
        return;
    }

    span->has_low = span->has_high = true;
    npm_floor(&span->low, c);

    if (c->any == 3) {
        span->high = span->low;
        span->closed = true;
        return;
    }

    npm_next(&span->high, c, c->any - 1);
}


static void
npm_span_order(npm_span_t *span, const oci_str_t *op,
    const semver_t *c)
{
    bool  equal;

    equal = op->len == 2;

    if (op->data[0] == '>') {

        if (c->any == 0) {
            span->never = !equal;
            return;
        }

        span->has_low = true;

        if (equal || c->any == 3) {
            npm_floor(&span->low, c);
            span->open = !equal;

        } else {
            npm_next(&span->low, c, c->any - 1);
        }

        return;
    }

    if (c->any == 0) {
        span->never = !equal;
        return;
    }

    span->has_high = true;

    if (equal && c->any < 3) {
        npm_next(&span->high, c, c->any - 1);

    } else {
        npm_floor(&span->high, c);
        span->closed = equal;
    }
}


/* wildcards are zero; below the first version of it, pre-releases too */

static void
npm_floor(semver_t *v, const semver_t *c)
{
    size_t  i;

    *v = *c;
    v->n = 3;
    v->any = 3;

    for (i = c->any; i < 3; i++) {
        v->seg[i] = 0;
    }

    if (c->any < 3) {
        v->pre = npm_zero;
    }
}


/* the first version after all those that share the numbers up to at */

static void
npm_next(semver_t *v, const semver_t *c, size_t at)
{
    size_t  i;

    memset(v, 0, sizeof(semver_t));
    v->n = 3;
    v->any = 3;

    for (i = 0; i <= at; i++) {
        v->seg[i] = c->seg[i];
    }

    v->seg[at]++;
    v->pre = npm_zero;
}


static bool
npm_inside(const npm_span_t *span, const semver_t *v)
{
    int  rc;

    if (span->never) {
        return false;
    }

    if (span->has_low) {
        rc = semver_order(v, &span->low);
        if (rc < 0 || (rc == 0 && span->open)) {
            return false;
        }
    }

    if (span->has_high) {
        rc = semver_order(v, &span->high);
        if (rc > 0 || (rc == 0 && !span->closed)) {
            return false;
        }
    }

    return true;
}
