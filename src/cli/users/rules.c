/*
 * The rules of an nginx.conf.
 *
 * Only what is needed of nginx's grammar: words, quotes, comments, blocks and
 * includes.  Other directives are passed over unread.
 */

#include "users/rules.h"
#include "oci_file.h"

#include <glob.h>
#include <string.h>


#define RULES_FILE   ((size_t) 16 << 20)
#define RULES_WORDS  64             /* of one directive, that we look at */
#define RULES_DEPTH  32             /* of includes */


typedef struct {
    oci_pool_t   *pool;
    oci_array_t  *blocks;
    oci_array_t   stack;            /* size_t: indices of blocks */
    oci_str_t     dir;              /* of the first file, with its slash */
    unsigned      depth;
    oci_error_t  *err;
} rules_t;


/* where in a file we are, and the words of the directive so far */

typedef struct {
    const char  *file;
    oci_str_t    rest;
    unsigned     line;
    unsigned     first;             /* line, of the directive */
    oci_str_t    words[RULES_WORDS];
    size_t       nwords;
} rules_text_t;


static oci_status_e rules_file(rules_t *r, const char *file);
static int rules_token(rules_t *r, rules_text_t *t, oci_str_t *word);
static int rules_quoted(rules_t *r, rules_text_t *t, oci_str_t *word);
static void rules_blanks(rules_text_t *t);
static oci_status_e rules_directive(rules_t *r, rules_text_t *t);
static oci_status_e rules_include(rules_t *r, rules_text_t *t);
static oci_status_e rules_rule(rules_t *r, rules_text_t *t);
static oci_status_e rules_open(rules_t *r, rules_text_t *t);
static oci_status_e rules_bad(rules_t *r, const rules_text_t *t,
    const char *what);


oci_status_e
rules_read(oci_array_t *blocks, oci_pool_t *pool, const char *file,
    oci_error_t *err)
{
    rules_t        r;
    const char    *slash;
    rules_text_t   t;
    oci_status_e   rc;

    memset(&r, 0, sizeof(r));
    memset(&t, 0, sizeof(t));
    r.pool = pool;
    r.blocks = blocks;
    r.err = err;
    oci_array_init(&r.stack, pool, sizeof(size_t));

    slash = strrchr(file, '/');
    r.dir = oci_str_dup(pool, (const u_char *) file,
                        slash != NULL ? (size_t) (slash + 1 - file) : 0);

    /* a file of rules alone is a block of its own */

    t.file = file;
    t.first = 1;
    t.words[0] = oci_str("top");
    t.nwords = 1;

    rc = rules_open(&r, &t);

    return (rc == OCI_OK) ? rules_file(&r, file) : rc;
}


static oci_status_e
rules_file(rules_t *r, const char *file)
{
    int            token;
    oci_str_t      word;
    rules_text_t   t;
    oci_status_e   rc;

    memset(&t, 0, sizeof(t));
    t.file = file;
    t.line = 1;

    if (++r->depth > RULES_DEPTH) {
        return rules_bad(r, &t, "includes are nested too deeply");
    }

    rc = oci_file_read(r->pool, file, RULES_FILE, &t.rest, r->err);
    if (rc != OCI_OK) {
        return rc;
    }

    while (rc == OCI_OK && (token = rules_token(r, &t, &word)) != 0) {

        switch (token) {

        case 'w':
            if (t.nwords == 0) {
                t.first = t.line;
            }

            if (t.nwords < RULES_WORDS) {
                t.words[t.nwords++] = word;
            }

            break;

        case ';':
            rc = rules_directive(r, &t);
            t.nwords = 0;
            break;

        case '{':
            rc = rules_open(r, &t);
            t.nwords = 0;
            break;

        case '}':
            if (r->stack.nelts < 2) {
                return rules_bad(r, &t, "unexpected \"}\"");
            }

            r->stack.nelts--;
            t.nwords = 0;
            break;

        default:
            return rules_bad(r, &t, "a quote is not closed");
        }
    }

    r->depth--;

    return rc;
}


/* 'w' and the word; ';', '{', '}'; 0 at the end; '"' for a bad quote */

static int
rules_token(rules_t *r, rules_text_t *t, oci_str_t *word)
{
    u_char  ch, *p;
    size_t  n;

    rules_blanks(t);

    if (t->rest.len == 0) {
        return 0;
    }

    ch = t->rest.data[0];

    if (ch == ';' || ch == '{' || ch == '}') {
        t->rest.data++;
        t->rest.len--;
        return ch;
    }

    if (ch == '"' || ch == '\'') {
        return rules_quoted(r, t, word);
    }

    p = t->rest.data;

    for (n = 0; n < t->rest.len; n++) {

        if (p[n] == '\\' && n + 1 < t->rest.len) {
            n++;
            continue;
        }

        if (p[n] == '$' && n + 1 < t->rest.len && p[n + 1] == '{') {
            n++;                    /* a variable, and no block */
            continue;
        }

        if (p[n] == ' ' || p[n] == '\t' || p[n] == '\r' || p[n] == '\n'
            || p[n] == ';' || p[n] == '{')
        {
            break;
        }
    }

    word->data = p;
    word->len = n;
    t->rest.data += n;
    t->rest.len -= n;

    return 'w';
}


static int
rules_quoted(rules_t *r, rules_text_t *t, oci_str_t *word)
{
    u_char   quote, *p, *end, *out;

    p = t->rest.data;
    end = p + t->rest.len;
    quote = *p++;

    out = oci_palloc(r->pool, t->rest.len);
    if (out == NULL) {
        return '"';
    }

    word->data = out;

    for ( /* void */ ; p < end && *p != quote; p++) {
        if (*p == '\\' && p + 1 < end && (p[1] == quote || p[1] == '\\')) {
            p++;
        }

        if (*p == '\n') {
            t->line++;
        }

        *out++ = *p;
    }

    if (p == end) {
        return '"';
    }

    word->len = (size_t) (out - word->data);
    t->rest.data = p + 1;
    t->rest.len = (size_t) (end - (p + 1));

    return 'w';
}


static void
rules_blanks(rules_text_t *t)
{
    bool  comment;

    comment = false;

    for ( /* void */ ; t->rest.len != 0; t->rest.data++, t->rest.len--) {

        switch (t->rest.data[0]) {

        case '\n':
            comment = false;
            t->line++;
            break;

        case ' ':
        case '\t':
        case '\r':
            break;

        case '#':
            comment = true;
            break;

        default:
            if (!comment) {
                return;
            }
        }
    }
}


static oci_status_e
rules_directive(rules_t *r, rules_text_t *t)
{
    if (t->nwords == 2 && oci_str_is(&t->words[0], "include")) {
        return rules_include(r, t);
    }

    if (t->nwords != 0 && oci_str_is(&t->words[0], "registry_rule")) {
        return rules_rule(r, t);
    }

    return OCI_OK;
}


static oci_status_e
rules_include(rules_t *r, rules_text_t *t)
{
    char          *pattern;
    glob_t         found;
    size_t         i;
    oci_str_t     *name, path;
    oci_status_e   rc;

    name = &t->words[1];

    path = oci_strf(r->pool, "%s%.*s",
                    (name->len != 0 && name->data[0] == '/')
                    ? "" : (char *) r->dir.data,
                    (int) name->len, name->data);
    pattern = (char *) path.data;

    if (pattern == NULL) {
        return oci_error(r->err, OCI_NOMEM, 0, "out of memory");
    }

    if (strpbrk(pattern, "*?[") == NULL) {
        return rules_file(r, pattern);
    }

    if (glob(pattern, 0, NULL, &found) != 0) {
        return OCI_OK;              /* as nginx has it: none is fine */
    }

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < found.gl_pathc; i++) {
        path = oci_strf(r->pool, "%s", found.gl_pathv[i]);
        rc = rules_file(r, (char *) path.data);
    }

    globfree(&found);

    return rc;
}


static oci_status_e
rules_rule(rules_t *r, rules_text_t *t)
{
    size_t          top;
    oci_error_t     e = { OCI_OK, 0, "" };
    rules_block_t  *block;

    top = ((size_t *) r->stack.elts)[r->stack.nelts - 1];
    block = (rules_block_t *) r->blocks->elts + top;

    if (block->access == NULL) {
        block->access = oci_access_create(r->pool);

        if (block->access == NULL) {
            return oci_error(r->err, OCI_NOMEM, 0, "out of memory");
        }
    }

    if (t->nwords != 5) {
        return rules_bad(r, t, "registry_rule takes four words");
    }

    if (oci_access_add(block->access, t->words + 1, t->file, t->first, &e)
        != OCI_OK)
    {
        return rules_bad(r, t, e.text);
    }

    return OCI_OK;
}


static oci_status_e
rules_open(rules_t *r, rules_text_t *t)
{
    size_t         *slot;
    rules_block_t  *block;

    slot = oci_array_push(&r->stack);
    block = oci_array_push(r->blocks);

    if (slot == NULL || block == NULL) {
        return oci_error(r->err, OCI_NOMEM, 0, "out of memory");
    }

    *slot = r->blocks->nelts - 1;

    block->where = oci_strf(r->pool, "%.*s%s%.*s at %s:%u",
                            t->nwords ? (int) t->words[0].len : 0,
                            t->words[0].data, t->nwords > 1 ? " " : "",
                            t->nwords > 1
                            ? (int) t->words[t->nwords - 1].len : 0,
                            t->words[t->nwords > 1 ? t->nwords - 1 : 0].data,
                            t->file, t->first);

    return OCI_OK;
}


static oci_status_e
rules_bad(rules_t *r, const rules_text_t *t, const char *what)
{
    return oci_error(r->err, OCI_INVALID, 0, "%s:%u: %s", t->file, t->line,
                     what);
}
