/*
 * The orders of distributions: dpkg's, rpm's by librpm, apk's.
 *
 * Source: Debian Policy 5.6.12; apk-tools 2.10, on which Trivy's order of
 * Alpine versions rests.
 */

#include "order.h"

#include <ctype.h>
#include <string.h>


typedef struct {
    uint64_t   epoch;
    oci_str_t  upstream;
    oci_str_t  revision;
} deb_version_t;


typedef enum {
    APK_INVALID = -1,
    APK_DIGIT_OR_ZERO,
    APK_DIGIT,
    APK_LETTER,
    APK_SUFFIX,
    APK_SUFFIX_NO,
    APK_REVISION,
    APK_END
} apk_token_e;


static bool deb_parse(const oci_str_t *v, deb_version_t *d);
static bool deb_chars(const oci_str_t *s, const char *more);
static int deb_order(const oci_str_t *a, const oci_str_t *b);
static int deb_rank(const u_char *p, const u_char *end);
static int deb_text(const u_char **p, const u_char *pe, const u_char **q,
    const u_char *qe);
static int deb_number(const u_char **p, const u_char *pe, const u_char **q,
    const u_char *qe);
static rpmver rpm_parse(const oci_scan_librpm_t *rpm, const oci_str_t *v);
static int64_t apk_token(apk_token_e *type, oci_str_t *rest);
static int64_t apk_digits(oci_str_t *rest);
static bool apk_suffix(oci_str_t *rest, int64_t *value);
static void apk_next(apk_token_e *type, oci_str_t *rest);
static void apk_skip(oci_str_t *rest, size_t n);


bool
deb_valid(const oci_str_t *v)
{
    deb_version_t  d;

    return deb_parse(v, &d);
}


bool
deb_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    deb_version_t  x, y;

    if (!deb_parse(a, &x) || !deb_parse(b, &y)) {
        return false;
    }

    *order = (x.epoch > y.epoch) - (x.epoch < y.epoch);

    if (*order == 0) {
        *order = deb_order(&x.upstream, &y.upstream);
    }

    if (*order == 0) {
        *order = deb_order(&x.revision, &y.revision);
    }

    return true;
}


static bool
deb_parse(const oci_str_t *v, deb_version_t *d)
{
    u_char    *p;
    oci_str_t  s, epoch;

    memset(d, 0, sizeof(deb_version_t));
    s = *v;

    while (s.len != 0 && isspace(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len != 0 && isspace(s.data[s.len - 1])) {
        s.len--;
    }

    if (s.len == 0) {
        return false;
    }

    p = memchr(s.data, ':', s.len);

    if (p != NULL) {
        epoch.data = s.data;
        epoch.len = (size_t) (p - s.data);

        if (!oci_str_number(&epoch, INT32_MAX, &d->epoch)) {
            return false;
        }

        s.len -= epoch.len + 1;
        s.data = p + 1;
    }

    d->upstream = s;
    d->revision = s;
    d->revision.len = 0;

    p = s.len == 0 ? NULL : memrchr(s.data, '-', s.len);

    if (p != NULL) {
        d->revision.data = p + 1;
        d->revision.len = (size_t) (s.data + s.len - d->revision.data);
        d->upstream.len = (size_t) (p - s.data);
    }

    return d->upstream.len != 0 && isdigit(d->upstream.data[0])
           && deb_chars(&d->upstream, ".-+~:_")
           && deb_chars(&d->revision, ".+~_");
}


static bool
deb_chars(const oci_str_t *s, const char *more)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] == '\0'
            || (!isalnum(s->data[i]) && strchr(more, s->data[i]) == NULL))
        {
            return false;
        }
    }

    return true;
}


/* runs without digits and runs of digits take turns */

static int
deb_order(const oci_str_t *a, const oci_str_t *b)
{
    int            rc;
    const u_char  *p, *pe, *q, *qe;

    p = a->data;
    pe = p + a->len;
    q = b->data;
    qe = q + b->len;

    while (p < pe || q < qe) {
        rc = deb_text(&p, pe, &q, qe);

        if (rc == 0) {
            rc = deb_number(&p, pe, &q, qe);
        }

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
deb_text(const u_char **p, const u_char *pe, const u_char **q,
    const u_char *qe)
{
    int  a, b;

    while ((*p < pe && !isdigit(**p)) || (*q < qe && !isdigit(**q))) {
        a = deb_rank(*p, pe);
        b = deb_rank(*q, qe);

        if (a != b) {
            return a < b ? -1 : 1;
        }

        *p += *p < pe;
        *q += *q < qe;
    }

    return 0;
}


/* "~" before the end, letters before the rest */

static int
deb_rank(const u_char *p, const u_char *end)
{
    if (p == end || isdigit(*p)) {
        return 0;
    }

    if (*p == '~') {
        return -1;
    }

    return isalpha(*p) ? *p : *p + 256;
}


static int
deb_number(const u_char **p, const u_char *pe, const u_char **q,
    const u_char *qe)
{
    int            rc;
    size_t         n, m;
    const u_char  *a, *b;

    while (*p < pe && **p == '0') {
        (*p)++;
    }

    while (*q < qe && **q == '0') {
        (*q)++;
    }

    a = *p;
    b = *q;

    while (*p < pe && isdigit(**p)) {
        (*p)++;
    }

    while (*q < qe && isdigit(**q)) {
        (*q)++;
    }

    n = (size_t) (*p - a);
    m = (size_t) (*q - b);

    if (n != m) {
        return n < m ? -1 : 1;
    }

    rc = n == 0 ? 0 : memcmp(a, b, n);

    return (rc > 0) - (rc < 0);
}


bool
rpm_valid(const oci_scan_librpm_t *rpm, const oci_str_t *v)
{
    rpmver  r;

    r = rpm_parse(rpm, v);
    rpm->rpmverFree(r);

    return r != NULL;
}


bool
rpm_cmp(const oci_scan_librpm_t *rpm, const oci_str_t *a,
    const oci_str_t *b, int *order)
{
    bool    good;
    rpmver  x, y;

    x = rpm_parse(rpm, a);
    y = rpm_parse(rpm, b);
    good = x != NULL && y != NULL;

    if (good) {
        *order = rpm->rpmverCmp(x, y);
    }

    rpm->rpmverFree(x);
    rpm->rpmverFree(y);

    return good;
}


static rpmver
rpm_parse(const oci_scan_librpm_t *rpm, const oci_str_t *v)
{
    char  text[OCI_SCAN_VERSION_MAX + 1];

    if (v->len == 0 || v->len >= sizeof(text)
        || memchr(v->data, '\0', v->len) != NULL)
    {
        return NULL;
    }

    memcpy(text, v->data, v->len);
    text[v->len] = '\0';

    return rpm->rpmverParse(text);
}


bool
apk_valid(const oci_str_t *v)
{
    oci_str_t    rest;
    apk_token_e  type;

    rest = *v;
    type = APK_DIGIT;

    if (rest.len == 0) {
        return false;
    }

    while (type != APK_END && type != APK_INVALID) {
        (void) apk_token(&type, &rest);
    }

    return type == APK_END;
}


bool
apk_cmp(const oci_str_t *a, const oci_str_t *b, int *order)
{
    int64_t      av, bv;
    oci_str_t    x, y;
    apk_token_e  at, bt;

    if (!apk_valid(a) || !apk_valid(b)) {
        return false;
    }

    x = *a;
    y = *b;
    av = bv = 0;
    at = bt = APK_DIGIT;

    while (at == bt && at != APK_END && at != APK_INVALID && av == bv) {
        av = apk_token(&at, &x);
        bv = apk_token(&bt, &y);
    }

    if (av != bv) {
        *order = av < bv ? -1 : 1;

    } else if (at == bt) {
        *order = 0;

    } else if (at == APK_SUFFIX && apk_token(&at, &x) < 0) {
        *order = -1;

    } else if (bt == APK_SUFFIX && apk_token(&bt, &y) < 0) {
        *order = 1;

    } else {
        *order = (at < bt) - (at > bt);
    }

    return true;
}


/* the value of the token; afterwards type is that of the next one */

static int64_t
apk_token(apk_token_e *type, oci_str_t *rest)
{
    size_t   i;
    int64_t  value;

    if (rest->len == 0) {
        *type = APK_END;
        return 0;
    }

    value = 0;

    switch (*type) {

    case APK_DIGIT_OR_ZERO:

        if (rest->data[0] == '0') {
            for (i = 0; i < rest->len && rest->data[i] == '0'; i++) {
                value--;
            }

            apk_skip(rest, i);
            *type = rest->len == 0 ? APK_END : APK_DIGIT;

            return value;
        }

        value = apk_digits(rest);
        break;

    case APK_DIGIT:
    case APK_SUFFIX_NO:
    case APK_REVISION:
        value = apk_digits(rest);
        break;

    case APK_LETTER:
        value = rest->data[0];
        apk_skip(rest, 1);
        break;

    case APK_SUFFIX:
        if (apk_suffix(rest, &value)) {
            break;
        }

        /* fall through */

    default:
        *type = APK_INVALID;
        return -1;
    }

    if (rest->len == 0) {
        *type = APK_END;

    } else {
        apk_next(type, rest);
    }

    return value;
}


static int64_t
apk_digits(oci_str_t *rest)
{
    size_t   i;
    int64_t  value;

    value = 0;

    for (i = 0; i < rest->len && isdigit(rest->data[i]); i++) {
        if (value < INT64_MAX / 16) {
            value = value * 10 + (rest->data[i] - '0');
        }
    }

    apk_skip(rest, i);

    return value;
}


static bool
apk_suffix(oci_str_t *rest, int64_t *value)
{
    size_t              i;
    static const char  *names[] = { "alpha", "beta", "pre", "rc", "cvs",
                                    "svn", "git", "hg", "p" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (oci_str_prefix(rest, names[i])) {
            *value = (int64_t) i - 4;
            apk_skip(rest, strlen(names[i]));
            return true;
        }
    }

    return false;
}


static void
apk_next(apk_token_e *type, oci_str_t *rest)
{
    u_char       c;
    apk_token_e  next;

    c = rest->data[0];
    next = APK_INVALID;

    if ((*type == APK_DIGIT || *type == APK_DIGIT_OR_ZERO) && islower(c)) {
        next = APK_LETTER;

    } else if (*type == APK_LETTER && isdigit(c)) {
        next = APK_DIGIT;

    } else if (*type == APK_SUFFIX && isdigit(c)) {
        next = APK_SUFFIX_NO;

    } else {

        if (c == '.') {
            next = APK_DIGIT_OR_ZERO;

        } else if (c == '_') {
            next = APK_SUFFIX;

        } else if (c == '-' && rest->len > 1 && rest->data[1] == 'r') {
            next = APK_REVISION;
            apk_skip(rest, 1);
        }

        apk_skip(rest, 1);
    }

    if (next < *type
        && !(next == APK_DIGIT_OR_ZERO && *type == APK_DIGIT)
        && !(next == APK_SUFFIX && *type == APK_SUFFIX_NO)
        && !(next == APK_DIGIT && *type == APK_LETTER))
    {
        next = APK_INVALID;
    }

    *type = next;
}


static void
apk_skip(oci_str_t *rest, size_t n)
{
    rest->data += n;
    rest->len -= n;
}
