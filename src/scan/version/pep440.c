/*
 * Python's versions and specifiers.
 *
 * Source: PyPA specifications, "Version specifiers" (PEP 440).
 */

#include "order.h"
#include "range.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


#define PEP440_SEGMENTS  32
#define PEP440_NONE      (-1)


/* pre: phase 'a', 'b', 'r' or 0; numbers that are absent are PEP440_NONE */

typedef struct {
    int64_t    epoch;
    size_t     n;
    int64_t    seg[PEP440_SEGMENTS];
    int        phase;
    int64_t    pre;
    int64_t    post;
    int64_t    dev;
    oci_str_t  local;
} pep440_t;


/* the version that is asked about, also as it was written */

typedef struct {
    pep440_t          v;
    const oci_str_t  *text;
} pep440_in_t;


static bool pep440_parse(const oci_str_t *s, pep440_t *v);
static bool pep440_release(oci_str_t *s, pep440_t *v);
static bool pep440_suffixes(oci_str_t *s, pep440_t *v);
static bool pep440_number(oci_str_t *s, int64_t *value);
static bool pep440_word(oci_str_t *s, const char *const *words,
    size_t *which);
static void pep440_separator(oci_str_t *s);
static bool pep440_local(const oci_str_t *s);
static int pep440_order(const pep440_t *a, const pep440_t *b);
static int pep440_release_order(const pep440_t *a, const pep440_t *b);
static int pep440_phase(const pep440_t *v);
static int pep440_local_order(oci_str_t a, oci_str_t b);
static bool pep440_alternative(const void *in, const oci_str_t *text,
    bool *good);
static bool pep440_term(const void *ctx, const oci_str_t *op,
    const oci_str_t *operand, bool *good);
static bool pep440_wildcard(const pep440_t *v, const oci_str_t *operand,
    bool *good);
static bool pep440_compatible(const pep440_t *v, const pep440_t *c);
static bool pep440_prefix(const pep440_t *v, const pep440_t *c, size_t n);
static bool pep440_before(const pep440_t *v, const pep440_t *c);
static bool pep440_after(const pep440_t *v, const pep440_t *c);
static int pep440_sign(int64_t a, int64_t b);
static oci_str_t pep440_skip(const oci_str_t *s, size_t n);


bool
pep440_valid(const oci_str_t *v)
{
    pep440_t  p;

    return pep440_parse(v, &p);
}


bool
pep440_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    pep440_t  x, y;

    if (!pep440_parse(a, &x) || !pep440_parse(b, &y)) {
        return false;
    }

    *order = pep440_order(&x, &y);

    if (*order == 0) {
        *order = pep440_local_order(x.local, y.local);
    }

    return true;
}


static bool
pep440_parse(const oci_str_t *text, pep440_t *v)
{
    u_char     *plus;
    oci_str_t   s;

    memset(v, 0, sizeof(pep440_t));
    v->pre = v->post = v->dev = PEP440_NONE;
    s = *text;

    while (s.len != 0 && isspace(s.data[0])) {
        s = pep440_skip(&s, 1);
    }

    while (s.len != 0 && isspace(s.data[s.len - 1])) {
        s.len--;
    }

    if (s.len != 0 && tolower(s.data[0]) == 'v') {
        s = pep440_skip(&s, 1);
    }

    plus = s.len == 0 ? NULL : memchr(s.data, '+', s.len);

    if (plus != NULL) {
        v->local.data = plus + 1;
        v->local.len = (size_t) (s.data + s.len - v->local.data);
        s.len = (size_t) (plus - s.data);

        if (!pep440_local(&v->local)) {
            return false;
        }
    }

    return pep440_release(&s, v) && pep440_suffixes(&s, v) && s.len == 0;
}


static bool
pep440_release(oci_str_t *s, pep440_t *v)
{
    int64_t  value;

    if (!pep440_number(s, &value)) {
        return false;
    }

    if (s->len != 0 && s->data[0] == '!') {
        v->epoch = value;
        *s = pep440_skip(s, 1);

        if (!pep440_number(s, &value)) {
            return false;
        }
    }

    v->seg[v->n++] = value;

    while (s->len > 1 && s->data[0] == '.' && isdigit(s->data[1])) {
        *s = pep440_skip(s, 1);

        if (v->n == PEP440_SEGMENTS || !pep440_number(s, &value)) {
            return false;
        }

        v->seg[v->n++] = value;
    }

    return true;
}


static bool
pep440_suffixes(oci_str_t *s, pep440_t *v)
{
    size_t                    which;
    oci_str_t                 mark;
    static const char *const  pre[] = { "alpha", "beta", "preview", "pre",
                                        "rc", "a", "b", "c", NULL };
    static const char         phases[] = "abrrrabr";
    static const char *const  post[] = { "post", "rev", "r", NULL };
    static const char *const  dev[] = { "dev", NULL };

    mark = *s;
    pep440_separator(s);

    if (pep440_word(s, pre, &which)) {
        v->phase = (u_char) phases[which];
        pep440_separator(s);

        if (!pep440_number(s, &v->pre)) {
            v->pre = 0;
        }

    } else {
        *s = mark;
    }

    mark = *s;

    if (s->len > 1 && s->data[0] == '-' && isdigit(s->data[1])) {
        *s = pep440_skip(s, 1);

        if (!pep440_number(s, &v->post)) {
            return false;
        }

    } else {
        pep440_separator(s);

        if (pep440_word(s, post, &which)) {
            pep440_separator(s);

            if (!pep440_number(s, &v->post)) {
                v->post = 0;
            }

        } else {
            *s = mark;
        }
    }

    mark = *s;
    pep440_separator(s);

    if (!pep440_word(s, dev, &which)) {
        *s = mark;
        return true;
    }

    pep440_separator(s);

    if (!pep440_number(s, &v->dev)) {
        v->dev = 0;
    }

    return true;
}


static bool
pep440_number(oci_str_t *s, int64_t *value)
{
    size_t   n;
    int64_t  x;

    x = 0;

    for (n = 0; n < s->len && isdigit(s->data[n]); n++) {
        if (x > (INT64_MAX - 9) / 10) {
            return false;
        }

        x = x * 10 + (s->data[n] - '0');
    }

    if (n == 0) {
        return false;
    }

    *value = x;
    *s = pep440_skip(s, n);

    return true;
}


static bool
pep440_word(oci_str_t *s, const char *const *words, size_t *which)
{
    size_t  i, n;

    for (i = 0; words[i] != NULL; i++) {
        n = strlen(words[i]);

        if (s->len >= n && strncasecmp((char *) s->data, words[i], n) == 0) {
            *which = i;
            *s = pep440_skip(s, n);
            return true;
        }
    }

    return false;
}


static void
pep440_separator(oci_str_t *s)
{
    if (s->len != 0 && (s->data[0] == '-' || s->data[0] == '_'
                        || s->data[0] == '.'))
    {
        *s = pep440_skip(s, 1);
    }
}


static bool
pep440_local(const oci_str_t *s)
{
    size_t  i;
    bool    mark;

    mark = true;

    for (i = 0; i < s->len; i++) {

        if (isalnum(s->data[i])) {
            mark = false;

        } else if (mark || (s->data[i] != '-' && s->data[i] != '_'
                            && s->data[i] != '.'))
        {
            return false;

        } else {
            mark = true;
        }
    }

    return !mark;
}


/* all but the local part */

static int
pep440_order(const pep440_t *a, const pep440_t *b)
{
    int  rc;

    rc = pep440_sign(a->epoch, b->epoch);

    if (rc == 0) {
        rc = pep440_release_order(a, b);
    }

    if (rc == 0) {
        rc = pep440_phase(a) - pep440_phase(b);
    }

    if (rc == 0) {
        rc = pep440_sign(a->pre, b->pre);
    }

    if (rc == 0) {
        rc = pep440_sign(a->post, b->post);
    }

    if (rc == 0) {
        rc = pep440_sign(a->dev == PEP440_NONE ? INT64_MAX : a->dev,
                         b->dev == PEP440_NONE ? INT64_MAX : b->dev);
    }

    return (rc > 0) - (rc < 0);
}


static int
pep440_release_order(const pep440_t *a, const pep440_t *b)
{
    int      rc;
    size_t   i;

    for (i = 0; i < a->n || i < b->n; i++) {
        rc = pep440_sign(i < a->n ? a->seg[i] : 0, i < b->n ? b->seg[i] : 0);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/* a development release alone comes before all pre-releases */

static int
pep440_phase(const pep440_t *v)
{
    switch (v->phase) {

    case 'a':
        return 1;

    case 'b':
        return 2;

    case 'r':
        return 3;

    default:
        return v->post == PEP440_NONE && v->dev != PEP440_NONE ? 0 : 4;
    }
}


/* no local part first; numbers after words; parts one by one */

static int
pep440_local_order(oci_str_t a, oci_str_t b)
{
    int        rc;
    bool       an, bn;
    size_t     i, k;
    int64_t    x, y;
    oci_str_t  p, q;

    while (a.len != 0 && b.len != 0) {
        for (i = 0; i < a.len && isalnum(a.data[i]); i++) { /* void */ }
        for (k = 0; k < b.len && isalnum(b.data[k]); k++) { /* void */ }

        p = a;
        p.len = i;
        q = b;
        q.len = k;

        an = pep440_number(&p, &x) && p.len == 0;
        bn = pep440_number(&q, &y) && q.len == 0;

        if (an != bn) {
            return an ? 1 : -1;
        }

        if (an) {
            rc = pep440_sign(x, y);

        } else {
            rc = strncasecmp((char *) a.data, (char *) b.data, i < k ? i : k);
            rc = rc != 0 ? rc : pep440_sign((int64_t) i, (int64_t) k);
        }

        if (rc != 0) {
            return rc < 0 ? -1 : 1;
        }

        a = pep440_skip(&a, i + (i < a.len));
        b = pep440_skip(&b, k + (k < b.len));
    }

    return (a.len != 0) - (b.len != 0);
}


bool
pep440_in(const oci_str_t *text, const oci_str_t *range, bool *good)
{
    pep440_in_t  in = { .text = text };

    *good = pep440_parse(text, &in.v);

    return *good && range_any(range, &in, pep440_alternative, good);
}


static bool
pep440_alternative(const void *in, const oci_str_t *text, bool *good)
{
    oci_str_t  rest, op, operand;

    rest = *text;

    return range_term(&rest, &op, &operand)
           && range_all(text, in, pep440_term, good);
}


static bool
pep440_term(const void *ctx, const oci_str_t *op, const oci_str_t *operand,
    bool *good)
{
    int                 rc;
    bool                equal, not;
    pep440_t            c;
    const pep440_t     *v;
    const pep440_in_t  *in = ctx;

    v = &in->v;

    if (oci_str_is(op, "===")) {
        return in->text->len == operand->len
               && strncasecmp((char *) in->text->data,
                              (char *) operand->data, operand->len) == 0;
    }

    not = oci_str_is(op, "!=");
    equal = op->len == 0 || oci_str_is(op, "=") || oci_str_is(op, "==");

    if ((equal || not) && oci_str_suffix(operand, ".*")) {
        return pep440_wildcard(v, operand, good) != not;
    }

    if (!pep440_parse(operand, &c)) {
        *good = false;
        return false;
    }

    rc = pep440_order(v, &c);

    if (equal || not) {
        return (rc == 0 && (c.local.len == 0
                            || pep440_local_order(v->local, c.local) == 0))
               != not;
    }

    if (oci_str_is(op, "<")) {
        return rc < 0 && pep440_before(v, &c);
    }

    if (oci_str_is(op, ">")) {
        return rc >= 0 && pep440_after(v, &c) && rc > 0;
    }

    if (oci_str_is(op, "~=") && c.n > 1) {
        return rc >= 0 && pep440_compatible(v, &c);
    }

    return range_holds(op, rc, false, good);
}


static bool
pep440_wildcard(const pep440_t *v, const oci_str_t *operand, bool *good)
{
    pep440_t   c;
    oci_str_t  s;

    s = *operand;
    s.len -= 2;

    if (!pep440_parse(&s, &c)) {
        *good = false;
        return false;
    }

    return pep440_prefix(v, &c, c.n)
           && (c.phase == 0 || (v->phase == c.phase && v->pre == c.pre))
           && (c.post == PEP440_NONE || v->post == c.post);
}


static bool
pep440_compatible(const pep440_t *v, const pep440_t *c)
{
    return pep440_prefix(v, c, c->n - 1);
}


static bool
pep440_prefix(const pep440_t *v, const pep440_t *c, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if ((i < v->n ? v->seg[i] : 0) != c->seg[i]) {
            return false;
        }
    }

    return v->epoch == c->epoch;
}


/* "<1.0" does not mean 1.0's own pre-releases */

static bool
pep440_before(const pep440_t *v, const pep440_t *c)
{
    bool  vpre, cpre;

    vpre = v->phase != 0 || v->dev != PEP440_NONE;
    cpre = c->phase != 0 || c->dev != PEP440_NONE;

    return cpre || !vpre || v->epoch != c->epoch
           || pep440_release_order(v, c) != 0;
}


/* ">1.0" means neither its post-releases nor its local versions */

static bool
pep440_after(const pep440_t *v, const pep440_t *c)
{
    bool  same;

    same = v->epoch == c->epoch && pep440_release_order(v, c) == 0;

    if (same && c->post == PEP440_NONE && v->post != PEP440_NONE) {
        return false;
    }

    return !(same && v->local.len != 0);
}


static int
pep440_sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}


static oci_str_t
pep440_skip(const oci_str_t *s, size_t n)
{
    oci_str_t  rest;

    rest.data = s->data + n;
    rest.len = s->len - n;

    return rest;
}
