/*
 * A chunk's matches, and what is told of them: lines, with stars, and where
 * they are.
 */

#include "finding.h"

#include <string.h>


#define FINDING_RADIUS  2           /* lines before it */
#define FINDING_LINE    100
#define FINDING_MAX     20000       /* in a layer */
#define FINDING_GROUPS  16          /* of one name */


static void finding_text(oci_scan_search_t *s);
static void finding_rule(oci_scan_search_t *s, const rules_rule_t *rule);
static void finding_found(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_t *re, const oci_regexp_span_t *whole);
static void finding_part(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_span_t *part);
static bool finding_blocked(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_span_t *at);
static void finding_blocks(oci_scan_search_t *s, const oci_array_t *exclude,
    oci_array_t *blocks);
static oci_regexp_span_t finding_raw(const oci_scan_search_t *s,
    const oci_regexp_span_t *at);
static void finding_censor(oci_scan_search_t *s, const oci_regexp_span_t *at);
static void finding_add(oci_scan_search_t *s, const scan_match_t *m);
static bool finding_is_new(oci_scan_search_t *s, const oci_scan_secret_t *f);
static void finding_show(oci_scan_search_t *s, oci_scan_secret_t *f,
    const oci_regexp_span_t *at);
static oci_str_t finding_binary_match(oci_pool_t *pool, const oci_str_t *path,
    const oci_str_t *title);
static void finding_quote(oci_buf_t *b, const oci_str_t *s);
static oci_str_t finding_line(const oci_scan_search_t *s,
    const oci_regexp_span_t *at);
static void finding_code(oci_scan_search_t *s, oci_scan_secret_t *f,
    uint64_t first, uint64_t last);
static oci_str_t finding_clean(oci_pool_t *pool, const u_char *p, size_t len);


void
finding_chunk(oci_scan_search_t *s)
{
    size_t               i, k;
    uint64_t             found[RULES_BITS], bits;
    scan_match_t        *m;
    const rules_rule_t  *rule;

    finding_text(s);
    memcpy(found, s->rules->unkeyed, sizeof(found));
    keywords_find(&s->rules->keywords, s->text.data, s->text.len, found);

    s->matches.nelts = 0;
    s->has_blocks = false;
    rule = s->rules->rules.elts;

    for (i = 0; i < RULES_BITS; i++) {
        for (bits = found[i] & ~s->off[i]; bits != 0; bits &= bits - 1) {

            k = i * 64 + (size_t) __builtin_ctzll(bits);

            if (rule[k].pattern != NULL) {
                finding_rule(s, &rule[k]);
            }
        }
    }

    m = s->matches.elts;

    for (i = 0; i < s->matches.nelts; i++) {
        finding_add(s, &m[i]);
    }
}


/* most chunks are ASCII, and text as they are */

static void
finding_text(oci_scan_search_t *s)
{
    size_t     i;
    u_char     any;
    oci_str_t  raw;

    for (i = 0, any = 0; i < s->len; i++) {
        any |= s->raw[i];
    }

    s->mapped = (any & 0x80) != 0;
    raw.data = s->raw;
    raw.len = s->len;
    s->text = raw;

    if (s->mapped) {
        s->text.data = s->mended;
        s->text.len = oci_regexp_text(&raw, s->mended, s->map);
    }
}


static void
finding_rule(oci_scan_search_t *s, const rules_rule_t *rule)
{
    size_t              from, last;
    oci_regexp_span_t    whole;
    oci_regexp_e    rc;
    oci_regexp_t  *re;

    re = rules_compiled(s->rules, rule->pattern);
    if (re == NULL) {
        s->failed = true;
        return;
    }

    s->has_local = false;

    for (from = 0, last = SIZE_MAX; from <= s->text.len; /* void */ ) {

        rc = oci_regexp_find(re, s->room, &s->text, from, &whole);

        if (rc != OCI_REGEXP_FOUND) {
            s->gave_up = (rc == OCI_REGEXP_FOUND_LIMIT) ? rule : s->gave_up;
            return;
        }

        if (oci_regexp_next(&s->text, &whole, &from, &last)) {
            finding_found(s, rule, re, &whole);
        }
    }
}


/* the groups are of the last match, which the allow rules would overwrite */

static void
finding_found(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_t *re, const oci_regexp_span_t *whole)
{
    size_t            i, n;
    unsigned          group;
    oci_str_t         text;
    oci_regexp_span_t  parts[FINDING_GROUPS];

    parts[0] = *whole;
    n = 1;

    if (rule->group.len != 0) {

        group = 0;

        for (n = 0; n < FINDING_GROUPS
                    && oci_regexp_part(re, s->room,
                                            (char *) rule->group.data,
                                            &group, &parts[n]); n++)
        {
            /* void */
        }
    }

    text.data = s->text.data + whole->start;
    text.len = whole->end - whole->start;

    if (rules_allow_text(s->rules, &s->rules->allow, s->room, &text)
        || rules_allow_text(s->rules, &rule->allow, s->room, &text))
    {
        return;
    }

    for (i = 0; i < n; i++) {
        if (parts[i].start != SIZE_MAX) {
            finding_part(s, rule, &parts[i]);
        }
    }
}


static void
finding_part(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_span_t *part)
{
    scan_match_t      *m;
    oci_regexp_span_t   at;

    at = finding_raw(s, part);

    if (finding_blocked(s, rule, &at)) {
        return;
    }

    m = oci_array_push(&s->matches);
    if (m == NULL) {
        s->failed = true;
        return;
    }

    if (s->matches.nelts == 1) {
        memcpy(s->censored, s->raw, s->len);
    }

    m->rule = rule;
    m->at = at;
    finding_censor(s, &at);
}


static bool
finding_blocked(oci_scan_search_t *s, const rules_rule_t *rule,
    const oci_regexp_span_t *at)
{
    size_t             i, k;
    oci_array_t       *lists[2];
    oci_regexp_span_t   *block;

    if (!s->has_blocks) {
        s->has_blocks = true;
        finding_blocks(s, &s->rules->exclude, &s->blocks);
    }

    if (!s->has_local) {
        s->has_local = true;
        finding_blocks(s, &rule->exclude, &s->local);
    }

    lists[0] = &s->blocks;
    lists[1] = &s->local;

    for (i = 0; i < 2; i++) {

        block = lists[i]->elts;

        for (k = 0; k < lists[i]->nelts; k++) {
            if (block[k].start <= at->start && at->end <= block[k].end) {
                return true;
            }
        }
    }

    return false;
}


static void
finding_blocks(oci_scan_search_t *s, const oci_array_t *exclude,
    oci_array_t *blocks)
{
    size_t               i, from, last;
    oci_regexp_span_t      whole, *block;
    rules_regexp_t     **pattern;
    oci_regexp_t   *re;

    blocks->nelts = 0;
    pattern = exclude->elts;

    for (i = 0; i < exclude->nelts; i++) {

        re = rules_compiled(s->rules, pattern[i]);

        for (from = 0, last = SIZE_MAX;
             re != NULL && from <= s->text.len
             && oci_regexp_find(re, s->room, &s->text, from, &whole)
                == OCI_REGEXP_FOUND;
             /* void */ )
        {
            if (!oci_regexp_next(&s->text, &whole, &from, &last)) {
                continue;
            }

            block = oci_array_push(blocks);

            if (block == NULL) {
                s->failed = true;
                return;
            }

            *block = finding_raw(s, &whole);
        }
    }
}


static oci_regexp_span_t
finding_raw(const oci_scan_search_t *s, const oci_regexp_span_t *at)
{
    oci_regexp_span_t  raw;

    raw.start = s->mapped ? s->map[at->start] : at->start;
    raw.end = s->mapped ? s->map[at->end] : at->end;

    return raw;
}


static void
finding_censor(oci_scan_search_t *s, const oci_regexp_span_t *at)
{
    size_t  i;

    for (i = at->start; i < at->end; i++) {
        if (s->censored[i] != '\n') {
            s->censored[i] = '*';
        }
    }
}


static void
finding_add(oci_scan_search_t *s, const scan_match_t *m)
{
    oci_scan_secret_t  f;

    memset(&f, 0, sizeof(f));
    f.rule = m->rule->id;
    f.category = m->rule->category;
    f.title = m->rule->title;
    f.severity = m->rule->severity;
    f.start = finding_lines(s->raw, m->at.start);
    f.end = f.start + finding_lines(s->raw + m->at.start,
                                 m->at.end - m->at.start);
    f.start += s->lines + 1;
    f.end += s->lines + 1;
    f.offset = s->bytes + m->at.start;

    if (s->total + s->found.nelts == FINDING_MAX) {
        s->many = true;

    } else if (finding_is_new(s, &f)) {
        finding_show(s, &f, &m->at);
    }
}


/* where two chunks overlap a secret is found twice */

static bool
finding_is_new(oci_scan_search_t *s, const oci_scan_secret_t *f)
{
    oci_str_t  key;

    key = oci_strf(s->pool, "%.*s:%llu-%llu-%llu", (int) f->rule.len,
                   f->rule.data != NULL ? (char *) f->rule.data : "",
                   (unsigned long long) f->start,
                   (unsigned long long) f->end,
                   (unsigned long long) f->offset);

    return key.data != NULL && oci_scan_map_get(&s->seen, &key) == NULL
           && oci_scan_map_set(&s->seen, &key, s);
}


static void
finding_show(oci_scan_search_t *s, oci_scan_secret_t *f,
    const oci_regexp_span_t *at)
{
    oci_scan_secret_t  *kept;

    if (s->binary) {
        f->match = finding_binary_match(s->pool, &s->path, &f->title);

    } else {
        f->match = finding_line(s, at);
        finding_code(s, f, f->start - 1 - s->lines, f->end - 1 - s->lines);
    }

    kept = oci_array_push(&s->found);

    if (kept == NULL || f->match.data == NULL) {
        s->failed = true;
        return;
    }

    *kept = *f;
}


/* in such a file there are no lines to show */

static oci_str_t
finding_binary_match(oci_pool_t *pool, const oci_str_t *path,
    const oci_str_t *title)
{
    oci_buf_t  b;
    oci_str_t  s;

    memset(&b, 0, sizeof(b));
    oci_buf_adds(&b, "Binary file ");
    finding_quote(&b, path);
    oci_buf_adds(&b, " matches a rule ");
    finding_quote(&b, title);

    s = oci_str_dup(pool, b.data, b.failed ? 0 : b.len);
    oci_buf_free(&b);

    return s;
}


/* in Go's quotes */

static void
finding_quote(oci_buf_t *b, const oci_str_t *s)
{
    size_t              i, n;
    const char         *p;
    static const char   from[] = "\a\b\f\n\r\t\v\"\\";
    static const char   to[] = "abfnrtv\"\\";

    oci_buf_adds(b, "\"");

    for (i = 0; i < s->len; i += (n != 0) ? n : 1) {

        n = oci_utf8_size(s->data + i, s->len - i);
        p = (s->data[i] != '\0') ? strchr(from, s->data[i]) : NULL;

        if (p != NULL) {
            oci_buf_addf(b, "\\%c", to[p - from]);

        } else if (n == 0 || s->data[i] < 0x20 || s->data[i] == 0x7f) {
            oci_buf_addf(b, "\\x%02x", s->data[i]);

        } else {
            oci_buf_add(b, s->data + i, n);
        }
    }

    oci_buf_adds(b, "\"");
}


/* the line, or of a long one what is around the secret */

static oci_str_t
finding_line(const oci_scan_search_t *s, const oci_regexp_span_t *at)
{
    size_t         start, end;
    const u_char  *p;

    p = memrchr(s->censored, '\n', at->start);
    start = (p != NULL) ? (size_t) (p - s->censored) + 1 : 0;

    p = memchr(s->censored + at->start, '\n', s->len - at->start);
    end = (p != NULL) ? (size_t) (p - s->censored) : s->len;

    if (end - start > FINDING_LINE) {
        start = (at->start < start + 30) ? start : at->start - 30;
        end = (at->end + 20 > end) ? end : at->end + 20;
    }

    return finding_clean(s->pool, s->censored + start, end - start);
}


/* lines of the chunk, from 0 */

static void
finding_code(oci_scan_search_t *s, oci_scan_secret_t *f, uint64_t first,
    uint64_t last)
{
    uint64_t           i, from, to, n;
    const u_char      *p, *eol, *end;
    oci_scan_code_t   *line;

    end = s->censored + s->len;
    n = finding_lines(s->censored, s->len) + 1;
    from = (first < FINDING_RADIUS) ? 0 : first - FINDING_RADIUS;
    to = (last + FINDING_RADIUS > n) ? n : last + FINDING_RADIUS;
    f->code = oci_pcalloc(s->pool, (size_t) (to - from)
                                   * sizeof(oci_scan_code_t));

    for (i = 0, p = s->censored; f->code != NULL && i < to; i++, p = eol + 1) {

        eol = memchr(p, '\n', (size_t) (end - p));
        eol = (eol != NULL) ? eol : end;

        if (i < from) {
            continue;
        }

        line = &f->code[f->ncode++];
        line->number = s->lines + i + 1;
        line->cause = (i >= first && i <= last);
        line->first = (i == first);
        line->last = (i == last || (line->cause && i + 1 == to));

        if (eol - p <= FINDING_LINE) {
            line->text = finding_clean(s->pool, p, (size_t) (eol - p));

        } else {
            line->text = line->cause ? f->match
                                     : finding_clean(s->pool, p, FINDING_LINE);
        }
    }
}


/* without carriage returns, and with U+FFFD where it is not UTF-8 */

static oci_str_t
finding_clean(oci_pool_t *pool, const u_char *p, size_t len)
{
    bool       bad;
    size_t     i, n, k;
    oci_str_t  s, out, none = oci_null_string;

    s = oci_str_dup(pool, p, len);
    out.data = oci_palloc(pool, 3 * len + 1);
    out.len = 0;

    if (s.data == NULL || out.data == NULL) {
        return none;
    }

    for (i = 0, n = 0; i < len; i++) {
        if (p[i] != '\r') {
            s.data[n++] = p[i];
        }
    }

    for (i = 0, bad = false; i < n; i += (k != 0) ? k : 1) {

        k = oci_utf8_size(s.data + i, n - i);

        if (k != 0) {
            memcpy(out.data + out.len, s.data + i, k);
            out.len += k;

        } else if (!bad) {
            memcpy(out.data + out.len, "\xef\xbf\xbd", 3);
            out.len += 3;
        }

        bad = (k == 0);
    }

    out.data[out.len] = '\0';

    return out;
}


size_t
finding_lines(const u_char *p, size_t len)
{
    size_t  i, n;

    for (i = 0, n = 0; i < len; i++) {
        n += (p[i] == '\n');
    }

    return n;
}
