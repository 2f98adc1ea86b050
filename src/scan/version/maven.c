/*
 * Maven's versions, and its ranges in both forms.
 *
 * Source: Maven's POM reference, "Version Order Specification" and
 * "Dependency Version Requirement Specification".
 */

#include "order.h"
#include "range.h"

#include <ctype.h>
#include <string.h>


#define MAVEN_ITEMS  96


typedef enum {
    MAVEN_NUMBER,
    MAVEN_WORD,
    MAVEN_LIST                  /* what follows is one level deeper */
} maven_kind_e;


typedef struct {
    maven_kind_e  kind;
    oci_str_t     text;         /* digits without zeros in front, or a word */
    int           rank;         /* of a word */
} maven_item_t;


/* lists are nested one in the other, so a flat array tells it all */

typedef struct {
    size_t        n;
    maven_item_t  item[MAVEN_ITEMS];
    u_char        lower[OCI_SCAN_VERSION_MAX + 1];
} maven_t;


static bool maven_parse(const oci_str_t *s, maven_t *v);
static bool maven_add(maven_t *v, bool digits, u_char *data, size_t len,
    bool before_digit);
static bool maven_list(maven_t *v);
static void maven_trim(maven_t *v);
static bool maven_is_null(const maven_item_t *item);
static int maven_order(const maven_t *a, const maven_t *b);
static int maven_item_order(const maven_item_t *a, const maven_item_t *b);
static int maven_null_order(const maven_t *v, size_t at);
static bool maven_brackets(const maven_t *v, oci_str_t range, bool *good);
static bool maven_bracket(const maven_t *v, oci_str_t text, u_char open,
    u_char close, bool *good);
static bool maven_alternative(const void *v, const oci_str_t *text,
    bool *good);
static bool maven_term(const void *v, const oci_str_t *op,
    const oci_str_t *operand, bool *good);
static oci_str_t maven_strip(oci_str_t s);


bool
maven_valid(const oci_str_t *v)
{
    maven_t  p;

    return maven_parse(v, &p);
}


bool
maven_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    maven_t  x, y;

    if (!maven_parse(a, &x) || !maven_parse(b, &y)) {
        return false;
    }

    *order = maven_order(&x, &y);

    return true;
}


static bool
maven_parse(const oci_str_t *s, maven_t *v)
{
    bool     digits;
    size_t   i, from;
    u_char  *p;

    if (s->len > OCI_SCAN_VERSION_MAX) {
        return false;
    }

    v->n = 0;
    p = v->lower;

    for (i = 0; i < s->len; i++) {
        p[i] = (u_char) tolower(s->data[i]);
    }

    p[s->len] = '\0';
    from = 0;
    digits = false;

    for (i = 0; i < s->len; i++) {

        if (p[i] == '.' || p[i] == '-') {

            if (!maven_add(v, i == from || digits, p + from, i - from,
                           false)
                || (p[i] == '-' && !maven_list(v)))
            {
                return false;
            }

            from = i + 1;
            continue;
        }

        if (i > from && digits != (isdigit(p[i]) != 0)) {

            if (!maven_add(v, digits, p + from, i - from, !digits)
                || !maven_list(v))
            {
                return false;
            }

            from = i;
        }

        digits = isdigit(p[i]) != 0;
    }

    if (s->len > from
        && !maven_add(v, digits, p + from, s->len - from, false))
    {
        return false;
    }

    maven_trim(v);

    return true;
}


static bool
maven_add(maven_t *v, bool digits, u_char *data, size_t len,
    bool before_digit)
{
    int                 i;
    maven_item_t       *item;
    static const char  *ranks[] = { "alpha", "beta", "milestone", "rc",
                                    "snapshot", "", "sp" };
    static const char  *aliases[][2] = {
        { "ga", "" }, { "final", "" }, { "release", "" }, { "cr", "rc" }
    };
    static const char  *letters[] = { "alpha", "beta", NULL };

    if (v->n == MAVEN_ITEMS) {
        return false;
    }

    item = &v->item[v->n++];
    item->text.data = data;
    item->text.len = len;
    item->kind = digits ? MAVEN_NUMBER : MAVEN_WORD;

    if (digits) {
        while (item->text.len != 0 && item->text.data[0] == '0') {
            item->text.data++;
            item->text.len--;
        }

        return true;
    }

    if (before_digit && len == 1 && (*data == 'a' || *data == 'b')) {
        item->text = oci_str(letters[*data - 'a']);

    } else if (before_digit && len == 1 && *data == 'm') {
        item->text = oci_str("milestone");
    }

    for (i = 0; i < 4; i++) {
        if (oci_str_is(&item->text, aliases[i][0])) {
            item->text = oci_str(aliases[i][1]);
        }
    }

    item->rank = 7;

    for (i = 0; i < 7; i++) {
        if (oci_str_is(&item->text, ranks[i])) {
            item->rank = i;
        }
    }

    return true;
}


static bool
maven_list(maven_t *v)
{
    if (v->n == MAVEN_ITEMS) {
        return false;
    }

    v->item[v->n++].kind = MAVEN_LIST;

    return true;
}


/* what is null at the end of a list is dropped, list by list */

static void
maven_trim(maven_t *v)
{
    size_t  i, end, n;

    end = v->n;

    for (i = v->n; i-- != 0; /* void */ ) {

        if (v->item[i].kind == MAVEN_LIST) {

            if (i + 1 == v->n) {
                v->n = i;               /* an empty list at the very end */
            }

            end = i;
            continue;
        }

        if (i + 1 != end) {
            continue;
        }

        if (maven_is_null(&v->item[i])) {
            n = v->n - i - 1;
            memmove(&v->item[i], &v->item[i + 1], n * sizeof(maven_item_t));
            v->n--;
            end = i;
        }
    }
}


static bool
maven_is_null(const maven_item_t *item)
{
    return item->text.len == 0;
}


static int
maven_order(const maven_t *a, const maven_t *b)
{
    int     rc;
    size_t  i;

    for (i = 0; i < a->n && i < b->n; i++) {
        rc = maven_item_order(&a->item[i], &b->item[i]);
        if (rc != 0) {
            return rc;
        }
    }

    if (i < a->n) {
        return maven_null_order(a, i);
    }

    return i < b->n ? -maven_null_order(b, i) : 0;
}


static int
maven_item_order(const maven_item_t *a, const maven_item_t *b)
{
    int               rc;
    static const int  weights[] = { 2, 0, 1 };

    if (a->kind != b->kind) {
        return weights[a->kind] < weights[b->kind] ? -1 : 1;
    }

    switch (a->kind) {

    case MAVEN_NUMBER:
        rc = (a->text.len > b->text.len) - (a->text.len < b->text.len);
        break;

    case MAVEN_WORD:
        rc = (a->rank > b->rank) - (a->rank < b->rank);

        if (rc != 0 || a->rank != 7) {
            return rc;
        }

        break;

    default:
        return 0;
    }

    if (rc == 0) {
        rc = oci_str_cmp(&a->text, &b->text);
    }

    return (rc > 0) - (rc < 0);
}


/* the rest of a longer version against nothing */

static int
maven_null_order(const maven_t *v, size_t at)
{
    for ( /* void */ ; at < v->n; at++) {

        if (v->item[at].kind == MAVEN_NUMBER && v->item[at].text.len != 0) {
            return 1;
        }

        if (v->item[at].kind == MAVEN_WORD && v->item[at].rank != 5) {
            return v->item[at].rank < 5 ? -1 : 1;
        }
    }

    return 0;
}


bool
maven_in(const oci_str_t *text, const oci_str_t *range, bool *good)
{
    maven_t  v;

    *good = maven_parse(text, &v);

    return *good && range_any(range, &v, maven_alternative, good);
}


static bool
maven_alternative(const void *v, const oci_str_t *text, bool *good)
{
    if (memchr(text->data, '[', text->len) != NULL
        || memchr(text->data, '(', text->len) != NULL)
    {
        return maven_brackets(v, *text, good);
    }

    return range_all(text, v, maven_term, good);
}


/* "[1.0,2.0),[3.0]": any of them */

static bool
maven_brackets(const maven_t *v, oci_str_t range, bool *good)
{
    bool       any;
    size_t     i, k;
    oci_str_t  text;

    any = false;

    for (i = 0; i < range.len; i++) {

        if (range.data[i] != '[' && range.data[i] != '(') {
            if (range.data[i] != ',' && !isspace(range.data[i])) {
                *good = false;
                return false;
            }

            continue;
        }

        for (k = i + 1; k < range.len && range.data[k] != ']'
             && range.data[k] != ')'; k++) { /* void */ }

        if (k == range.len) {
            *good = false;
            return false;
        }

        text.data = range.data + i + 1;
        text.len = k - i - 1;
        any = maven_bracket(v, text, range.data[i], range.data[k], good)
              || any;
        i = k;
    }

    return any;
}


static bool
maven_bracket(const maven_t *v, oci_str_t text, u_char open, u_char close,
    bool *good)
{
    int         rc;
    u_char     *comma;
    maven_t     c;
    oci_str_t   low, high;

    low = text;
    high = text;
    comma = text.len == 0 ? NULL : memchr(text.data, ',', text.len);

    if (comma != NULL) {
        low.len = (size_t) (comma - text.data);
        high.data = comma + 1;
        high.len = text.len - low.len - 1;
    }

    low = maven_strip(low);
    high = maven_strip(high);

    if (low.len != 0) {
        if (!maven_parse(&low, &c)) {
            *good = false;
            return false;
        }

        rc = maven_order(v, &c);
        if (rc < 0 || (rc == 0 && open == '(')) {
            return false;
        }
    }

    if (high.len != 0) {
        if (!maven_parse(&high, &c)) {
            *good = false;
            return false;
        }

        rc = maven_order(v, &c);
        if (rc > 0 || (rc == 0 && close == ')')) {
            return false;
        }
    }

    return true;
}


static oci_str_t
maven_strip(oci_str_t s)
{
    while (s.len != 0 && isspace(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len != 0 && isspace(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


static bool
maven_term(const void *v, const oci_str_t *op, const oci_str_t *operand,
    bool *good)
{
    maven_t  c;

    *good = maven_parse(operand, &c);

    return *good && range_holds(op, maven_order(v, &c), true, good);
}
