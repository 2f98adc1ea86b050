/*
 * The generic order (any number of numbers, semver's pre-releases) and
 * Bitnami's, in which what follows the numbers is a revision.
 *
 * Source: Semantic Versioning 2.0.0, 11.
 */

#include "semver.h"
#include "range.h"

#include <ctype.h>
#include <string.h>


typedef bool (*semver_parse_pt)(const oci_str_t *s, semver_t *v);
typedef int (*semver_order_pt)(const semver_t *a, const semver_t *b);


/* the version that is asked about, and the dialect of its ranges */

typedef struct {
    semver_t          v;
    semver_parse_pt   bound;
    semver_order_pt   order;
} semver_in_t;


static int semver_numbers_order(const semver_t *a, const semver_t *b);
static int semver_pre_order(const oci_str_t *a, const oci_str_t *b);
static bool semver_alternative(const void *in, const oci_str_t *text,
    bool *good);
static bool semver_term(const void *ctx, const oci_str_t *op,
    const oci_str_t *operand, bool *good);
static bool semver_below(const semver_t *v, const semver_t *c, u_char kind,
    semver_order_pt order);
static void semver_bump(semver_t *v, u_char kind);
static void semver_caret(semver_t *v);
static bool generic_parse(const oci_str_t *s, semver_t *v);
static bool bitnami_parse(const oci_str_t *s, semver_t *v);
static bool bitnami_bound(const oci_str_t *s, semver_t *v);
static int bitnami_order(const semver_t *a, const semver_t *b);
static bool semver_tail(oci_str_t *rest, semver_t *v, const char *more);


bool
generic_valid(const oci_str_t *v)
{
    semver_t  p;

    return generic_parse(v, &p);
}


bool
generic_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    semver_t  x, y;

    if (!generic_parse(a, &x) || !generic_parse(b, &y)) {
        return false;
    }

    *order = semver_order(&x, &y);

    return true;
}


bool
generic_in(const oci_str_t *v, const oci_str_t *range, bool *good)
{
    semver_in_t  in = { .bound = generic_parse, .order = semver_order };

    *good = generic_parse(v, &in.v);

    return *good && range_any(range, &in, semver_alternative, good);
}


bool
bitnami_valid(const oci_str_t *v)
{
    semver_t  p;

    return bitnami_parse(v, &p);
}


bool
bitnami_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    semver_t  x, y;

    if (!bitnami_parse(a, &x) || !bitnami_parse(b, &y)) {
        return false;
    }

    *order = bitnami_order(&x, &y);

    return true;
}


bool
bitnami_in(const oci_str_t *v, const oci_str_t *range, bool *good)
{
    semver_in_t  in = { .bound = bitnami_bound, .order = bitnami_order };

    *good = bitnami_parse(v, &in.v);

    return *good && range_any(range, &in, semver_alternative, good);
}


static bool
semver_alternative(const void *in, const oci_str_t *text, bool *good)
{
    return range_all(text, in, semver_term, good);
}


static bool
semver_term(const void *ctx, const oci_str_t *op, const oci_str_t *operand,
    bool *good)
{
    int                 rc;
    u_char              kind;
    semver_t            c;
    const semver_in_t  *in = ctx;

    *good = in->bound(operand, &c);
    if (!*good) {
        return false;
    }

    rc = in->order(&in->v, &c);
    kind = oci_str_is(op, "~>") ? '>'
           : oci_str_is(op, "~") || oci_str_is(op, "^") ? op->data[0] : 0;

    return kind == 0 ? range_holds(op, rc, true, good)
                     : rc >= 0 && semver_below(&in->v, &c, kind, in->order);
}


static bool
semver_below(const semver_t *v, const semver_t *c,
    u_char kind, semver_order_pt order)
{
    semver_t  top;

    top = *c;

    if (kind == '^') {
        semver_caret(&top);

    } else {
        semver_bump(&top, kind);
    }

    return order(v, &top) < 0;
}


static void
semver_bump(semver_t *v, u_char kind)
{
    if (v->n == 1) {
        v->seg[0]++;
        return;
    }

    if (kind == '~' && v->n == 2) {
        v->seg[1]++;
        return;
    }

    v->seg[v->n - 1] = 0;
    v->seg[v->n - 2]++;
    v->pre.len = 0;
}


static void
semver_caret(semver_t *v)
{
    size_t  i;

    for (i = 0; i + 1 < v->n && v->seg[i] == 0; i++) { /* void */ }

    v->seg[i]++;

    for (i++; i < v->n; i++) {
        v->seg[i] = 0;
    }

    v->pre.len = 0;
}


static bool
generic_parse(const oci_str_t *s, semver_t *v)
{
    oci_str_t  rest;

    rest = *s;

    if (rest.len != 0 && rest.data[0] == 'v') {
        rest.data++;
        rest.len--;
    }

    if (!semver_numbers(v, &rest, false)) {
        return false;
    }

    if (rest.len == 0 || rest.data[0] == '+') {
        return semver_tail(&rest, v, "-~");
    }

    if (rest.data[0] == '-') {
        rest.data++;
        rest.len--;

    } else if (!isalpha(rest.data[0]) && rest.data[0] != '~') {
        return false;
    }

    return rest.len != 0 && semver_tail(&rest, v, "-~");
}


static bool
bitnami_parse(const oci_str_t *s, semver_t *v)
{
    return bitnami_bound(s, v) && v->n == 3;
}


static bool
bitnami_bound(const oci_str_t *s, semver_t *v)
{
    oci_str_t  rest;

    rest = *s;

    if (!semver_numbers(v, &rest, false) || v->n > 3) {
        return false;
    }

    if (rest.len != 0 && rest.data[0] == '-') {
        rest.data++;
        rest.len--;

        return rest.len != 0 && semver_tail(&rest, v, "-");
    }

    return (rest.len == 0 || rest.data[0] == '+')
           && semver_tail(&rest, v, "-");
}


/* a revision comes after none */

static int
bitnami_order(const semver_t *a, const semver_t *b)
{
    int  rc;

    rc = semver_numbers_order(a, b);

    if (rc != 0) {
        return rc;
    }

    if (a->pre.len == 0 || b->pre.len == 0) {
        return (a->pre.len != 0) - (b->pre.len != 0);
    }

    return semver_pre_order(&a->pre, &b->pre);
}


/* labels and "+build", of which only the former count */

static bool
semver_tail(oci_str_t *rest, semver_t *v, const char *more)
{
    u_char     *plus;
    oci_str_t   build;

    v->pre = *rest;
    plus = rest->len == 0 ? NULL : memchr(rest->data, '+', rest->len);

    if (plus != NULL) {
        v->pre.len = (size_t) (plus - rest->data);
        build.data = plus + 1;
        build.len = rest->len - v->pre.len - 1;

        if (!semver_labels(&build, more)) {
            return false;
        }
    }

    return v->pre.len == 0 || semver_labels(&v->pre, more);
}


bool
semver_labels(const oci_str_t *s, const char *more)
{
    size_t  i, run;

    run = 0;

    for (i = 0; i < s->len; i++) {

        if (s->data[i] == '.') {
            if (run == 0) {
                return false;
            }

            run = 0;
            continue;
        }

        if (s->data[i] == '\0' || (!isalnum(s->data[i])
                                   && strchr(more, s->data[i]) == NULL))
        {
            return false;
        }

        run++;
    }

    return run != 0;
}


bool
semver_numbers(semver_t *v, oci_str_t *rest, bool wild)
{
    size_t    n;
    uint64_t  value;

    memset(v, 0, sizeof(semver_t));
    v->any = OCI_SCAN_SEGMENTS;

    for ( ;; ) {
        value = 0;

        for (n = 0; n < rest->len && isdigit(rest->data[n]); n++) {
            if (value > (UINT64_MAX - 9) / 10) {
                return false;
            }

            value = value * 10 + (rest->data[n] - '0');
        }

        if (n == 0 && wild && rest->len != 0
            && strchr("xX*", rest->data[0]) != NULL)
        {
            v->any = v->n < v->any ? v->n : v->any;
            n = 1;
        }

        if (n == 0 || v->n == OCI_SCAN_SEGMENTS) {
            return false;
        }

        v->seg[v->n++] = value;
        rest->data += n;
        rest->len -= n;

        if (rest->len < 2 || rest->data[0] != '.'
            || !(isdigit(rest->data[1])
                 || (wild && strchr("xX*", rest->data[1]) != NULL)))
        {
            break;
        }

        rest->data++;
        rest->len--;
    }

    v->any = v->any < v->n ? v->any : v->n;

    return true;
}


int
semver_order(const semver_t *a, const semver_t *b)
{
    int  rc;

    rc = semver_numbers_order(a, b);

    if (rc != 0) {
        return rc;
    }

    if (a->pre.len == 0 || b->pre.len == 0) {
        return (a->pre.len == 0) - (b->pre.len == 0);
    }

    return semver_pre_order(&a->pre, &b->pre);
}


static int
semver_numbers_order(const semver_t *a, const semver_t *b)
{
    size_t    i;
    uint64_t  x, y;

    for (i = 0; i < a->n || i < b->n; i++) {
        x = i < a->n ? a->seg[i] : 0;
        y = i < b->n ? b->seg[i] : 0;

        if (x != y) {
            return x < y ? -1 : 1;
        }
    }

    return 0;
}


/* dotted labels; numbers before words */

static int
semver_pre_order(const oci_str_t *a, const oci_str_t *b)
{
    int        rc;
    bool       an, bn;
    size_t     i, k;
    oci_str_t  x, y, p, q;

    x = *a;
    y = *b;

    for ( ;; ) {

        if (x.len == 0 || y.len == 0) {
            return (x.len != 0) - (y.len != 0);
        }

        for (i = 0; i < x.len && x.data[i] != '.'; i++) { /* void */ }
        for (k = 0; k < y.len && y.data[k] != '.'; k++) { /* void */ }

        p.data = x.data;
        p.len = i;
        q.data = y.data;
        q.len = k;
        an = strspn((char *) p.data, "0123456789") >= p.len;
        bn = strspn((char *) q.data, "0123456789") >= q.len;

        if (an != bn) {
            return an ? -1 : 1;
        }

        if (an) {
            while (p.len > 1 && p.data[0] == '0') {
                p.data++;
                p.len--;
            }

            while (q.len > 1 && q.data[0] == '0') {
                q.data++;
                q.len--;
            }

            if (p.len != q.len) {
                return p.len < q.len ? -1 : 1;
            }
        }

        rc = oci_str_cmp(&p, &q);
        if (rc != 0) {
            return rc < 0 ? -1 : 1;
        }

        i += i < x.len;
        k += k < y.len;
        x.data += i;
        x.len -= i;
        y.data += k;
        y.len -= k;
    }
}
