/*
 * A file is searched in chunks that overlap, as Trivy does: what a finding
 * shows of its surroundings, and which of two is kept, depends on them.
 */

#include "finding.h"
#include "base/glob.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SCAN_OVERLAP    4096
#define SCAN_MIN        10
#define SCAN_PRINTABLE  5           /* bytes in a row, in a binary file */


static void scan_free(void *data);
static bool scan_wanted(oci_scan_search_t *s, const oci_str_t *path,
    uint64_t size);
static bool scan_is_config(const oci_scan_rules_t *rules,
    const oci_str_t *path);
static void scan_choose(oci_scan_search_t *s);
static oci_str_t scan_path_text(oci_scan_search_t *s, const oci_str_t *path);
static bool scan_head(oci_scan_search_t *s, const u_char **data,
    size_t *len);
static bool scan_binary(const u_char *head, size_t len);
static void scan_bytes(oci_scan_search_t *s, const u_char *data, size_t len);
static void scan_printables(oci_scan_search_t *s, const u_char *data,
    size_t len);
static void scan_printable_end(oci_scan_search_t *s);
static void scan_move(oci_scan_search_t *s);
static oci_status_e scan_keep(oci_scan_search_t *s, oci_scan_layer_t *layer,
    oci_error_t *err);
static bool scan_note(oci_scan_layer_t *layer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static int scan_order(const void *a, const void *b);
static oci_str_t scan_copy(oci_pool_t *pool, const oci_str_t *s);


oci_scan_search_t *
oci_scan_search_create(oci_pool_t *pool, oci_scan_rules_t *rules)
{
    oci_scan_search_t  *s;

    s = oci_pcalloc(pool, sizeof(oci_scan_search_t));

    if (s == NULL || oci_pool_cleanup(pool, scan_free, s) != OCI_OK) {
        return NULL;
    }

    s->rules = rules;
    s->room = oci_regexp_room(pool);
    s->raw = malloc(SCAN_CHUNK);
    s->censored = malloc(SCAN_CHUNK);
    s->mended = malloc(3 * SCAN_CHUNK);
    s->map = malloc((3 * SCAN_CHUNK + 1) * sizeof(uint32_t));

    return (s->room != NULL && s->raw != NULL && s->censored != NULL
            && s->mended != NULL && s->map != NULL) ? s : NULL;
}


static void
scan_free(void *data)
{
    oci_scan_search_t  *s;

    s = data;
    oci_pool_destroy(s->pool);
    free(s->raw);
    free(s->censored);
    free(s->mended);
    free(s->map);
}


bool
oci_scan_search_file(oci_scan_search_t *s, const oci_str_t *path,
    const char *root, uint64_t size)
{
    oci_pool_destroy(s->pool);
    s->pool = NULL;
    s->done = true;

    if (!scan_wanted(s, path, size)) {
        return false;
    }

    s->pool = oci_pool_create();
    if (s->pool == NULL) {
        s->failed = true;
        return false;
    }

    s->path = oci_strf(s->pool, "%s%.*s", root, (int) path->len, path->data);
    oci_array_init(&s->found, s->pool, sizeof(oci_scan_secret_t));
    oci_scan_map_init(&s->seen, s->pool);
    oci_array_init(&s->matches, s->pool, sizeof(scan_match_t));
    oci_array_init(&s->blocks, s->pool, sizeof(oci_regexp_span_t));
    oci_array_init(&s->local, s->pool, sizeof(oci_regexp_span_t));
    s->gave_up = NULL;
    s->many = false;
    s->head_len = 0;
    s->head_want = (size < SCAN_HEAD) ? (size_t) size : SCAN_HEAD;
    s->binary = false;
    s->printable = 0;
    s->len = 0;
    s->overlap = 0;
    s->lines = 0;
    s->bytes = 0;

    scan_choose(s);
    s->done = false;

    return true;
}


static bool
scan_wanted(oci_scan_search_t *s, const oci_str_t *path, uint64_t size)
{
    size_t      i;
    oci_str_t   text, *pattern;

    if (size < SCAN_MIN || path->len > SCAN_CHUNK / 2
        || scan_is_config(s->rules, path))
    {
        return false;
    }

    pattern = s->rules->skip.elts;

    for (i = 0; i < s->rules->skip.nelts; i++) {
        if (oci_scan_glob(&pattern[i], path)) {
            return false;
        }
    }

    text = scan_path_text(s, path);

    return !rules_allow_path(s->rules, &s->rules->allow, s->room, &text);
}


/* the configuration itself has what it looks for */

static bool
scan_is_config(const oci_scan_rules_t *rules, const oci_str_t *path)
{
    const oci_str_t  *c;

    c = &rules->path;

    return path->len != 0 && c->len >= path->len
           && memcmp(c->data + c->len - path->len, path->data, path->len) == 0
           && (c->len == path->len || c->data[c->len - path->len - 1] == '/');
}


/* rules that are for other paths, or let this one pass */

static void
scan_choose(oci_scan_search_t *s)
{
    size_t               i;
    oci_str_t            text;
    rules_rule_t        *rule;
    oci_regexp_t   *re;

    memset(s->off, 0, sizeof(s->off));
    text = scan_path_text(s, &s->path);
    rule = s->rules->rules.elts;

    if (rules_allow_path(s->rules, &s->rules->allow, s->room, &text)) {
        memset(s->off, 0xff, sizeof(s->off));
        return;
    }

    for (i = 0; i < s->rules->rules.nelts; i++) {

        re = (rule[i].path != NULL) ? rules_compiled(s->rules, rule[i].path)
                                    : NULL;

        if ((re != NULL && !oci_regexp_test(re, s->room, &text))
            || rules_allow_path(s->rules, &rule[i].allow, s->room, &text))
        {
            s->off[i / 64] |= (uint64_t) 1 << (i % 64);
        }
    }
}


static oci_str_t
scan_path_text(oci_scan_search_t *s, const oci_str_t *path)
{
    oci_str_t  text;

    text.data = s->mended;
    text.len = oci_regexp_text(path, s->mended, s->map);

    return text;
}


bool
oci_scan_search_add(oci_scan_search_t *s, const u_char *data, size_t len)
{
    if (s->done || !scan_head(s, &data, &len)) {
        return !s->done;
    }

    if (s->binary) {
        scan_printables(s, data, len);

    } else {
        scan_bytes(s, data, len);
    }

    return !s->done;
}


/* the beginning is kept until it says what the file is; false: wait */

static bool
scan_head(oci_scan_search_t *s, const u_char **data, size_t *len)
{
    size_t  n;

    if (s->head_len == s->head_want) {
        return true;
    }

    n = s->head_want - s->head_len;
    n = (n > *len) ? *len : n;
    memcpy(s->head + s->head_len, *data, n);
    s->head_len += n;
    *data += n;
    *len -= n;

    if (s->head_len < s->head_want) {
        return false;
    }

    s->binary = scan_binary(s->head, s->head_len);

    if (s->binary && !oci_str_suffix(&s->path, ".pyc")) {
        s->done = true;
        return false;
    }

    if (s->binary) {
        scan_printables(s, s->head, s->head_len);

    } else {
        scan_bytes(s, s->head, s->head_len);
    }

    return true;
}


static bool
scan_binary(const u_char *head, size_t len)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < len; i++) {

        c = head[i];

        if (c < 7 || c == 11 || (c > 13 && c < 32 && c != 27) || c == 127) {
            return true;
        }
    }

    return false;
}


static void
scan_bytes(oci_scan_search_t *s, const u_char *data, size_t len)
{
    size_t  n;

    while (len != 0) {

        n = SCAN_CHUNK - s->len;
        n = (n > len) ? len : n;
        memcpy(s->raw + s->len, data, n);
        s->len += n;
        data += n;
        len -= n;

        if (s->len == SCAN_CHUNK) {
            finding_chunk(s);
            scan_move(s);
        }
    }
}


/* as strings(1): what could be text, of five characters and more, in lines */

static void
scan_printables(oci_scan_search_t *s, const u_char *data, size_t len)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < len; i++) {

        c = data[i];

        if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad) {
            scan_printable_end(s);
            continue;
        }

        if (s->printable < SCAN_PRINTABLE) {

            s->head[s->printable++] = c;        /* it has done its work */

            if (s->printable == SCAN_PRINTABLE) {
                scan_bytes(s, s->head, SCAN_PRINTABLE);
            }

            continue;
        }

        scan_bytes(s, &c, 1);
    }
}


static void
scan_printable_end(oci_scan_search_t *s)
{
    if (s->printable == SCAN_PRINTABLE) {
        scan_bytes(s, (u_char *) "\n", 1);
    }

    s->printable = 0;
}


/* the end of a chunk is the beginning of the next */

static void
scan_move(oci_scan_search_t *s)
{
    size_t  n;

    n = (s->len > SCAN_OVERLAP) ? s->len - SCAN_OVERLAP : 0;
    s->lines += finding_lines(s->raw, n);
    s->bytes += n;
    s->len -= n;
    memmove(s->raw, s->raw + n, s->len);
    s->overlap = s->len;
}


oci_status_e
oci_scan_search_end(oci_scan_search_t *s, oci_scan_layer_t *layer,
    oci_error_t *err)
{
    bool          wanted;
    oci_status_e  rc;

    wanted = !s->done;
    s->done = true;

    if (s->pool == NULL || !wanted) {
        return s->failed ? oci_nomem(err) : OCI_OK;
    }

    /* a file may be shorter than its header says */

    if (s->head_len < s->head_want) {
        s->head_want = s->head_len;
        s->binary = scan_binary(s->head, s->head_len);

        if (!s->binary) {
            scan_bytes(s, s->head, s->head_len);
        }
    }

    scan_printable_end(s);

    /* the last chunk, and as Trivy does its end once more */

    if (s->len > s->overlap) {
        finding_chunk(s);

        if (s->len > SCAN_OVERLAP) {
            scan_move(s);
            finding_chunk(s);
        }

    } else if (s->len != 0) {
        finding_chunk(s);
    }

    rc = s->failed ? oci_nomem(err) : scan_keep(s, layer, err);
    oci_pool_destroy(s->pool);
    s->pool = NULL;

    return rc;
}


static oci_status_e
scan_keep(oci_scan_search_t *s, oci_scan_layer_t *layer, oci_error_t *err)
{
    size_t               i, k;
    oci_scan_secret_t   *f, *to;
    oci_scan_secrets_t  *list;

    if (s->gave_up != NULL
        && !scan_note(layer, "%s: the search for \"%s\" takes too long",
                      s->path.data, s->gave_up->id.data))
    {
        return oci_nomem(err);
    }

    if (s->many
        && !scan_note(layer, "%s: the layer has too many secrets",
                      s->path.data))
    {
        return oci_nomem(err);
    }

    if (s->found.nelts == 0) {
        return OCI_OK;
    }

    qsort(s->found.elts, s->found.nelts, sizeof(oci_scan_secret_t),
          scan_order);

    list = oci_array_push(&layer->secrets);
    if (list == NULL) {
        return oci_nomem(err);
    }

    s->total += s->found.nelts;
    list->path = scan_copy(layer->pool, &s->path);
    oci_array_init(&list->secrets, layer->pool, sizeof(oci_scan_secret_t));
    f = s->found.elts;

    for (i = 0; i < s->found.nelts; i++) {

        to = oci_array_push(&list->secrets);
        if (to == NULL) {
            return oci_nomem(err);
        }

        *to = f[i];
        to->rule = scan_copy(layer->pool, &f[i].rule);
        to->category = scan_copy(layer->pool, &f[i].category);
        to->title = scan_copy(layer->pool, &f[i].title);
        to->match = scan_copy(layer->pool, &f[i].match);
        to->code = oci_pcalloc(layer->pool, (f[i].ncode + 1)
                                            * sizeof(oci_scan_code_t));
        if (to->code == NULL) {
            return oci_nomem(err);
        }

        for (k = 0; k < f[i].ncode; k++) {
            to->code[k] = f[i].code[k];
            to->code[k].text = scan_copy(layer->pool, &f[i].code[k].text);
        }
    }

    return OCI_OK;
}


static bool
scan_note(oci_scan_layer_t *layer, const char *fmt, ...)
{
    char        text[512];
    va_list     args;
    oci_str_t  *note;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    note = oci_array_push(&layer->left_out);

    if (note != NULL) {
        *note = oci_str_dup(layer->pool, (u_char *) text, strlen(text));
    }

    return note != NULL && note->data != NULL;
}


/* by rule and line; those of one line by what is shown, then by place */

static int
scan_order(const void *a, const void *b)
{
    int                       rc;
    const oci_scan_secret_t  *f, *g;

    f = a;
    g = b;
    rc = oci_str_cmp(&f->rule, &g->rule);

    if (rc == 0 && f->start != g->start) {
        rc = (f->start < g->start) ? -1 : 1;
    }

    if (rc == 0) {
        rc = oci_str_cmp(&f->match, &g->match);
    }

    return (rc != 0) ? rc : (f->offset > g->offset) - (f->offset < g->offset);
}


static oci_str_t
scan_copy(oci_pool_t *pool, const oci_str_t *s)
{
    return oci_str_dup(pool, (s->data != NULL) ? s->data : (u_char *) "",
                       s->len);
}
