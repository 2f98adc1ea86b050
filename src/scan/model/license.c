/*
 * A name is brought into a standard form (upper case, "LICENSE" and
 * "-OR-LATER" taken off, "V2" made "-2") and looked up in a table of usual
 * names, then in SPDX's list.
 */

#include "license.h"
#include "license_forms.h"
#include "license_list.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


static bool license_push(oci_array_t *a, oci_str_t s);
static oci_str_t license_id(oci_pool_t *pool, oci_str_t name);
static oci_str_t license_key(oci_pool_t *pool, oci_str_t name, bool *plus);
static oci_str_t license_upper(oci_pool_t *pool, oci_str_t name);
static const char *license_find(oci_pool_t *pool, const oci_str_t *key,
    bool *plus);
static bool license_gnu(const oci_str_t *id);
static size_t license_version(const oci_str_t *s, size_t at,
    oci_str_t *number);
static size_t license_number(const oci_str_t *s, size_t p, oci_str_t *number);
static oci_str_t license_versions(oci_pool_t *pool, const oci_str_t *s);
static bool license_is_text(oci_pool_t *pool, const oci_str_t *s);
static size_t license_separator(const oci_str_t *s, size_t at);
static bool license_part(oci_pool_t *pool, oci_array_t *list, oci_str_t part);
static bool license_join(oci_pool_t *pool, oci_str_t *last,
    const oci_str_t *part, oci_str_t name);


bool
oci_scan_license_words(oci_pool_t *pool, const oci_str_t *text,
    oci_scan_strs_t *list)
{
    bool         with;
    oci_str_t    rest, word, *last;
    oci_array_t  a;

    oci_array_init(&a, pool, sizeof(oci_str_t));
    rest = license_versions(pool, text);
    with = false;

    while (oci_scan_text_word(&rest, &word)) {

        word = oci_scan_text_trim_set(word, "()");

        if (word.len == 0 || oci_str_is(&word, "AND")
            || oci_str_is(&word, "OR"))
        {
            continue;
        }

        if (oci_str_is(&word, "WITH")) {
            with = true;
            continue;
        }

        word = license_id(pool, word);

        if (with && a.nelts != 0) {
            last = (oci_str_t *) a.elts + a.nelts - 1;
            *last = oci_strf(pool, "%.*s WITH %.*s", (int) last->len,
                             last->data, (int) word.len, word.data);
            with = false;

        } else if (!license_push(&a, word)) {
            return false;
        }
    }

    list->elts = a.elts;
    list->nelts = a.nelts;
    return true;
}


/* a whole licence text is one entry, marked as text */

bool
oci_scan_license_split(oci_pool_t *pool, const oci_str_t *text,
    oci_scan_strs_t *list)
{
    size_t       i, n, start;
    oci_str_t    part;
    oci_array_t  a;

    oci_array_init(&a, pool, sizeof(oci_str_t));
    memset(list, 0, sizeof(oci_scan_strs_t));

    if (text->len == 0) {
        return true;
    }

    if (license_is_text(pool, text)) {
        part = oci_strf(pool, "text://%.*s", (int) text->len, text->data);
        if (!license_push(&a, part)) {
            return false;
        }

        start = text->len + 1;

    } else {
        start = 0;
    }

    for (i = start; i <= text->len && start <= text->len; i++) {

        n = (i < text->len) ? license_separator(text, i) : 1;

        if (n == 0) {
            continue;
        }

        part.data = text->data + start;
        part.len = i - start;

        if (!license_part(pool, &a, part)) {
            return false;
        }

        start = i + n;
        i = start - 1;
    }

    list->elts = a.elts;
    list->nelts = a.nelts;
    return true;
}


bool
oci_scan_license_normalize(oci_pool_t *pool, oci_scan_strs_t *list)
{
    size_t     i, j, n;
    oci_str_t  id, *elts;

    if (list->nelts == 0) {
        return true;
    }

    elts = oci_palloc(pool, list->nelts * sizeof(oci_str_t));
    if (elts == NULL) {
        return false;
    }

    for (i = 0, n = 0; i < list->nelts; i++) {

        id = license_id(pool, list->elts[i]);
        if (id.data == NULL) {
            return false;
        }

        for (j = 0; j < n && !oci_str_eq(&elts[j], &id); j++) {
            /* is it there already? */
        }

        if (j == n && id.len != 0) {
            elts[n++] = id;
        }
    }

    list->elts = elts;
    list->nelts = n;
    return true;
}


static bool
license_push(oci_array_t *a, oci_str_t s)
{
    oci_str_t  *elt;

    elt = oci_array_push(a);
    if (elt == NULL || s.data == NULL) {
        return false;
    }

    *elt = s;
    return true;
}


bool
license_known(oci_pool_t *pool, oci_str_t name, oci_str_t *id, bool *plus)
{
    oci_str_t    key;
    const char  *found;

    key = license_key(pool, oci_scan_text_trim(name), plus);
    found = license_find(pool, &key, plus);

    if (found == NULL) {
        return false;
    }

    *id = oci_str(found);
    (void) oci_scan_text_cut_suffix(id, "+");
    return true;
}


/* GNU's licences say "-only" or "-or-later", the others "+" or nothing */

oci_str_t
license_name(oci_pool_t *pool, const oci_str_t *id, bool plus)
{
    const char  *tail;

    tail = license_gnu(id) ? (plus ? "-or-later" : "-only")
                                    : (plus ? "+" : "");

    return oci_strf(pool, "%.*s%s", (int) id->len, id->data, tail);
}


static oci_str_t
license_id(oci_pool_t *pool, oci_str_t name)
{
    bool       plus;
    oci_str_t  id;

    if (license_known(pool, name, &id, &plus)) {
        return license_name(pool, &id, plus);
    }

    name = oci_scan_text_trim(name);

    return oci_str_dup(pool, name.data, name.len);
}


static oci_str_t
license_key(oci_pool_t *pool, oci_str_t name, bool *plus)
{
    size_t             i, end;
    oci_str_t          key, number;
    static const char  *const later[] = { "+", "-OR-LATER", " OR LATER" };

    *plus = false;
    key = license_upper(pool, name);

    if (oci_str_prefix(&key, "HTTP")) {
        return key;
    }

    (void) oci_scan_text_cut_prefix(&key, "THE ");
    (void) oci_scan_text_cut_suffix(&key, " LICENSE");
    (void) oci_scan_text_cut_suffix(&key, " LICENSED");
    (void) oci_scan_text_cut_suffix(&key, "-LICENSE");
    (void) oci_scan_text_cut_suffix(&key, "-LICENSED");

    if (!oci_str_is(&key, "UNLICENSE")) {
        (void) oci_scan_text_cut_suffix(&key, "LICENSE");
    }

    if (!oci_str_is(&key, "UNLICENSED")) {
        (void) oci_scan_text_cut_suffix(&key, "LICENSED");
    }

    for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        *plus |= oci_scan_text_cut_suffix(&key, later[i]);
    }

    (void) oci_scan_text_cut_suffix(&key, "-ONLY");
    (void) oci_scan_text_cut_suffix(&key, " ONLY");

    for (i = 0; i < key.len; i++) {

        end = license_version(&key, i, &number);

        if (end == key.len) {
            return oci_strf(pool, "%.*s-%.*s", (int) i + 1, key.data,
                            (int) number.len, number.data);
        }
    }

    return key;
}


/* upper case, single spaces, "LICENCE" as "LICENSE" */

static oci_str_t
license_upper(oci_pool_t *pool, oci_str_t name)
{
    ssize_t    at;
    oci_buf_t  buf;
    oci_str_t  word, out;

    memset(&buf, 0, sizeof(oci_buf_t));

    while (oci_scan_text_word(&name, &word)) {
        oci_buf_add(&buf, " ", buf.len != 0);
        oci_buf_add(&buf, word.data, word.len);
    }

    out.data = buf.data;
    out.len = buf.failed ? 0 : buf.len;
    out = oci_scan_text_upper(pool, &out);
    oci_buf_free(&buf);

    while ((at = oci_scan_text_find(&out, "LICENCE")) != -1) {
        out.data[at + 5] = 'S';
    }

    return out;
}


static const char *
license_find(oci_pool_t *pool, const oci_str_t *key, bool *plus)
{
    char        *text;
    const char  *id;

    text = oci_cstr(pool, key);
    id = (text != NULL) ? license_form(text) : NULL;

    if (id == NULL) {
        return oci_scan_license_id(key);
    }

    *plus |= (id[strlen(id) - 1] == '+');
    return id;
}

static bool
license_gnu(const oci_str_t *id)
{
    size_t             i;
    static const char  *const ids[] = {
        "AGPL-1.0", "AGPL-3.0", "GFDL-1.1", "GFDL-1.1-invariants",
        "GFDL-1.1-no-invariants", "GFDL-1.2", "GFDL-1.2-invariants",
        "GFDL-1.2-no-invariants", "GFDL-1.3", "GFDL-1.3-invariants",
        "GFDL-1.3-no-invariants", "GPL-1.0", "GPL-2.0", "GPL-3.0",
        "LGPL-2.0", "LGPL-2.1", "LGPL-3.0"
    };

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (oci_str_is(id, ids[i])) {
            return true;
        }
    }

    return false;
}


/*
 * Whether a version begins behind the letter at "at": "L-2.0", "L V2",
 * "E, VERSION 2.0".  Returns where it ends, or 0.
 */

static size_t
license_version(const oci_str_t *s, size_t at, oci_str_t *number)
{
    size_t             p, q, n, w, step;
    static const char  *const words[] = {
        "V", "V.", "VER", "VER.", "VERSION", "VERSION-", "-", ""
    };

    if ((!isalpha(s->data[at]) && s->data[at] != ')')
        || toupper(s->data[at]) == 'V')
    {
        return 0;
    }

    for (step = 0; step < 2; step++) {

        p = at + 1;

        if (step == 0) {
            if (s->len - p < 8
                || strncasecmp((char *) s->data + p, " LICENSE", 8) != 0)
            {
                continue;
            }

            p += 8;
        }

        while (p < s->len && isspace(s->data[p])) {
            p++;
        }

        for (n = 0; n < 2; n++) {

            if (n == 0 && (p == s->len || !strchr(",(-", s->data[p])
                           || s->data[p] == '\0'))
            {
                continue;
            }

            for (q = p + (n == 0); q < s->len && isspace(s->data[q]); q++) {
                /* to what follows */
            }

            for (w = 0; w < sizeof(words) / sizeof(words[0]); w++) {

                if (s->len - q >= strlen(words[w])
                    && strncasecmp((char *) s->data + q, words[w],
                                   strlen(words[w])) == 0)
                {
                    size_t  end;

                    end = license_number(s, q + strlen(words[w]), number);
                    if (end != 0) {
                        return end;
                    }
                }
            }
        }
    }

    return 0;
}


static size_t
license_number(const oci_str_t *s, size_t p, oci_str_t *number)
{
    while (p < s->len && isspace(s->data[p])) {
        p++;
    }

    if (p >= s->len || s->data[p] < '1' || s->data[p] > '9') {
        return 0;
    }

    number->data = s->data + p++;

    while (p + 1 < s->len && s->data[p] == '.' && isdigit(s->data[p + 1])) {
        p += 2;
    }

    number->len = (size_t) (s->data + p - number->data);
    return p + (p < s->len && s->data[p] == ')');
}


static oci_str_t
license_versions(oci_pool_t *pool, const oci_str_t *s)
{
    size_t     i, end;
    oci_buf_t  buf;
    oci_str_t  number;

    memset(&buf, 0, sizeof(oci_buf_t));

    for (i = 0; i < s->len; i++) {

        oci_buf_add(&buf, s->data + i, 1);
        end = license_version(s, i, &number);

        if (end != 0) {
            oci_buf_add(&buf, "-", 1);
            oci_buf_add(&buf, number.data, number.len);
            i = end - 1;
        }
    }

    return oci_buf_end(&buf, pool);
}


static bool
license_is_text(oci_pool_t *pool, const oci_str_t *s)
{
    size_t             i;
    oci_str_t          lower;
    static const char  *const marks[] = {
        "http://", "https://", "(c)", "as-is", ";", "hereby",
        "permission to use", "permission is", "use in source",
        "use, copy, modify", "using"
    };

    lower = oci_scan_text_lower(pool, s);

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (oci_scan_text_find(&lower, marks[i]) != -1) {
            return true;
        }
    }

    return false;
}


/* the length of ", ", ",or ", " and " ... at this place, or 0 */

static size_t
license_separator(const oci_str_t *s, size_t at)
{
    size_t     p, q;
    oci_str_t  rest;

    p = at + (s->data[at] == ',');

    for (q = p; q < s->len && (s->data[q] == ' ' || s->data[q] == '_'); q++) {
        /* blanks */
    }

    if (q > p) {
        rest.data = s->data + q;
        rest.len = s->len - q;

        if (oci_scan_text_cut_prefix(&rest, "or")
            || oci_scan_text_cut_prefix(&rest, "and"))
        {
            q = (size_t) (rest.data - s->data);

            for (p = q; p < s->len && (s->data[p] == ' '
                                       || s->data[p] == '_'); p++)
            {
                /* blanks */
            }

            if (p > q) {
                return p - at;
            }
        }
    }

    if (s->data[at] != ',') {
        return 0;
    }

    for (p = at + 1; p < s->len && s->data[p] == ' '; p++) {
        /* blanks */
    }

    return p - at;
}


/*
 * Some names hold a separator themselves: those are put together again.  What
 * begins as their second half does is none by itself, as in Trivy.
 */

static bool
license_part(oci_pool_t *pool, oci_array_t *list, oci_str_t part)
{
    size_t             i;
    oci_str_t          lower, word, after, *last;
    static const struct {
        const char    *word;
        const char    *name;
    } whole[] = {
        { "lesser", "GNU Library or Lesser General Public License (LGPL)" },
        { "distribution", "Common Development and Distribution License 1.0 "
          "(CDDL-1.0)" },
        { "disclaimer", "Historical Permission Notice and Disclaimer (HPND)" }
    };

    lower = oci_scan_text_lower(pool, &part);
    (void) oci_scan_text_cut(lower, ' ', &word, &after);

    if (list->nelts == 0) {
        return license_push(list, part);
    }

    last = (oci_str_t *) list->elts + list->nelts - 1;

    if (oci_str_is(&word, "ver") || oci_str_is(&word, "version")) {
        *last = oci_strf(pool, "%.*s, %.*s", (int) last->len, last->data,
                         (int) part.len, part.data);
        return last->data != NULL;
    }

    if (oci_str_is(&word, "later")) {
        *last = oci_strf(pool, "%.*s or %.*s", (int) last->len, last->data,
                         (int) part.len, part.data);
        return last->data != NULL;
    }

    for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        if (oci_str_is(&word, whole[i].word)) {
            return license_join(pool, last, &part, oci_str(whole[i].name));
        }
    }

    return license_push(list, part);
}


static bool
license_join(oci_pool_t *pool, oci_str_t *last, const oci_str_t *part,
    oci_str_t name)
{
    oci_str_t  mid;

    if (last->len + part->len >= name.len
        || memcmp(name.data, last->data, last->len) != 0
        || memcmp(name.data + name.len - part->len, part->data, part->len)
           != 0)
    {
        return true;
    }

    mid.data = name.data + last->len;
    mid.len = name.len - last->len - part->len;

    if (oci_str_is(&mid, " or ") || oci_str_is(&mid, " and ")) {
        *last = oci_str_dup(pool, name.data, name.len);
    }

    return last->data != NULL;
}
