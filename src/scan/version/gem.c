/*
 * RubyGems' versions and requirements.
 *
 * Source: the documentation of Gem::Version and Gem::Requirement.
 */

#include "order.h"
#include "range.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


#define GEM_SEGMENTS  64


/* a number, or a word (which makes a pre-release); digits without zeros */

typedef struct {
    bool       word;
    oci_str_t  text;
} gem_segment_t;

typedef struct {
    size_t         n;
    gem_segment_t  seg[GEM_SEGMENTS];
} gem_t;


static bool gem_parse(const oci_str_t *s, gem_t *v);
static bool gem_shape(oci_str_t s);
static bool gem_push(gem_t *v, bool word, u_char *data, size_t len);
static void gem_trim(gem_t *v);
static int gem_order(const gem_t *a, const gem_t *b);
static int gem_segment_order(const gem_segment_t *a, const gem_segment_t *b);
static bool gem_alternative(const void *v, const oci_str_t *text, bool *good);
static bool gem_term(const void *version, const oci_str_t *op,
    const oci_str_t *operand, bool *good);
static bool gem_about(const gem_t *v, const gem_t *c);
static bool gem_is_zero(const gem_segment_t *s);


static const gem_segment_t  gem_zero = { false, oci_string("0") };


bool
gem_valid(const oci_str_t *v)
{
    gem_t  p;

    return gem_parse(v, &p);
}


bool
gem_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    gem_t  x, y;

    if (!gem_parse(a, &x) || !gem_parse(b, &y)) {
        return false;
    }

    gem_trim(&x);
    gem_trim(&y);
    *order = gem_order(&x, &y);

    return true;
}


static bool
gem_parse(const oci_str_t *text, gem_t *v)
{
    size_t     i, from;
    oci_str_t  s;

    v->n = 0;
    s = *text;

    while (s.len != 0 && isspace(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len != 0 && isspace(s.data[s.len - 1])) {
        s.len--;
    }

    if (s.len == 0) {
        return gem_push(v, false, gem_zero.text.data, 1);
    }

    if (!gem_shape(s)) {
        return false;
    }

    for (i = 0; i < s.len; /* void */ ) {

        from = i;

        if (s.data[i] == '-') {
            if (!gem_push(v, true, (u_char *) "pre", 3)) {
                return false;
            }

            i++;

        } else if (isdigit(s.data[i])) {
            while (i < s.len && isdigit(s.data[i])) {
                i++;
            }

            if (!gem_push(v, false, s.data + from, i - from)) {
                return false;
            }

        } else if (isalpha(s.data[i])) {
            while (i < s.len && isalpha(s.data[i])) {
                i++;
            }

            if (!gem_push(v, true, s.data + from, i - from)) {
                return false;
            }

        } else {
            i++;
        }
    }

    return v->n != 0;
}


/* digits first, then labels after dots; dashes only after the first dash */

static bool
gem_shape(oci_str_t s)
{
    bool    dash;
    size_t  i, run;

    if (!isdigit(s.data[0])) {
        return false;
    }

    dash = false;
    run = 0;

    for (i = 0; i < s.len; i++) {

        if (isdigit(s.data[i])
            || (isalpha(s.data[i]) && (dash || memchr(s.data, '.', i))))
        {
            run++;

        } else if (s.data[i] == '.' && run != 0) {
            run = 0;

        } else if (s.data[i] == '-' && (run != 0 || dash)) {
            run = dash ? run + 1 : 0;
            dash = true;

        } else {
            return false;
        }
    }

    return run != 0;
}


static bool
gem_push(gem_t *v, bool word, u_char *data, size_t len)
{
    gem_segment_t  *s;

    if (v->n == GEM_SEGMENTS) {
        return false;
    }

    while (!word && len > 1 && *data == '0') {
        data++;
        len--;
    }

    s = &v->seg[v->n++];
    s->word = word;
    s->text.data = data;
    s->text.len = len;

    return true;
}


/* zeros at the end, and those before the first word, say nothing */

static void
gem_trim(gem_t *v)
{
    size_t  word, end;

    while (v->n > 1 && gem_is_zero(&v->seg[v->n - 1])) {
        v->n--;
    }

    for (word = 0; word < v->n && !v->seg[word].word; word++) { /* void */ }

    if (word == v->n) {
        return;
    }

    for (end = word; end > 1 && gem_is_zero(&v->seg[end - 1]); end--) {
        /* void */
    }

    memmove(&v->seg[end], &v->seg[word],
            (v->n - word) * sizeof(gem_segment_t));
    v->n -= word - end;
}


static bool
gem_is_zero(const gem_segment_t *s)
{
    return !s->word && s->text.len == 1 && s->text.data[0] == '0';
}


static int
gem_order(const gem_t *a, const gem_t *b)
{
    int                   rc;
    size_t                i;
    const gem_segment_t  *x, *y;

    for (i = 0; i < a->n || i < b->n; i++) {
        x = i < a->n ? &a->seg[i] : &gem_zero;
        y = i < b->n ? &b->seg[i] : &gem_zero;

        rc = gem_segment_order(x, y);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
gem_segment_order(const gem_segment_t *a, const gem_segment_t *b)
{
    int  rc;

    if (a->word != b->word) {
        return a->word ? -1 : 1;
    }

    if (!a->word && a->text.len != b->text.len) {
        return a->text.len < b->text.len ? -1 : 1;
    }

    rc = oci_str_cmp(&a->text, &b->text);

    return (rc > 0) - (rc < 0);
}


bool
gem_in(const oci_str_t *text, const oci_str_t *range, bool *good)
{
    gem_t  v;

    *good = gem_parse(text, &v);

    return *good && range_any(range, &v, gem_alternative, good);
}


static bool
gem_alternative(const void *v, const oci_str_t *text, bool *good)
{
    return range_all(text, v, gem_term, good);
}


static bool
gem_term(const void *version, const oci_str_t *op, const oci_str_t *operand,
    bool *good)
{
    int           rc;
    gem_t         c, x, y;
    const gem_t  *v = version;

    *good = gem_parse(operand, &c);
    if (!*good) {
        return false;
    }

    x = *v;
    y = c;
    gem_trim(&x);
    gem_trim(&y);
    rc = gem_order(&x, &y);

    if (oci_str_is(op, "~>")) {
        return rc >= 0 && gem_about(v, &c);
    }

    return range_holds(op, rc, false, good);
}


/*
 * The release of v is below c with its last number dropped and the one before
 * it raised: so v's numbers begin with those of c but the last.
 */

static bool
gem_about(const gem_t *v, const gem_t *c)
{
    int                   rc;
    size_t                i, n;
    const gem_segment_t  *s;

    for (n = 0; n < c->n && !c->seg[n].word; n++) { /* void */ }

    n = n > 1 ? n - 1 : n;

    for (i = 0; i < n; i++) {
        s = i < v->n && !v->seg[i].word ? &v->seg[i] : &gem_zero;

        rc = gem_segment_order(s, &c->seg[i]);
        if (rc != 0) {
            return rc < 0;
        }

        if (i < v->n && v->seg[i].word) {
            return true;
        }
    }

    return true;
}
