/*
 * An nginx.conf, as far as its grammar goes.
 */

#include "command/nginx_conf.h"
#include "oci_file.h"

#include <glob.h>
#include <string.h>


#define NGINX_CONF_FILE   ((size_t) 16 << 20)
#define NGINX_CONF_WORDS  256           /* of one directive */
#define NGINX_CONF_DEPTH  32            /* of includes */


typedef struct {
    oci_pool_t     *pool;
    nginx_conf_pt   each;
    void           *data;
    oci_str_t       dir;                /* of the first file, with its slash */
    unsigned        depth;
    unsigned        blocks;             /* that are open */
    oci_error_t    *err;
} nginx_conf_reader_t;


/* where in a file we are, and the words of the directive so far */

typedef struct {
    const char  *file;
    oci_str_t    rest;
    unsigned     line;
    unsigned     first;                 /* line, of the directive */
    oci_str_t    words[NGINX_CONF_WORDS];
    size_t       nwords;
} nginx_conf_text_t;


static oci_status_e nginx_conf_file(nginx_conf_reader_t *r,
    const char *file);
static oci_status_e nginx_conf_token(nginx_conf_reader_t *r,
    nginx_conf_text_t *t, int token, const oci_str_t *word);
static int nginx_conf_next(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word);
static int nginx_conf_bare(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word);
static int nginx_conf_quoted(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word);
static int nginx_conf_word(nginx_conf_reader_t *r, const u_char *data,
    size_t len, oci_str_t *word);
static void nginx_conf_blanks(nginx_conf_text_t *t);
static oci_status_e nginx_conf_give(nginx_conf_reader_t *r,
    nginx_conf_text_t *t, nginx_conf_e kind);
static oci_status_e nginx_conf_include(nginx_conf_reader_t *r,
    nginx_conf_text_t *t);
static oci_status_e nginx_conf_bad(nginx_conf_reader_t *r,
    const nginx_conf_text_t *t, const char *what);


oci_status_e
nginx_conf_read(oci_pool_t *pool, const char *file, nginx_conf_pt each,
    void *data, oci_error_t *err)
{
    const char           *slash;
    oci_status_e          rc;
    nginx_conf_reader_t   r;

    memset(&r, 0, sizeof(r));
    r.pool = pool;
    r.each = each;
    r.data = data;
    r.err = err;

    slash = strrchr(file, '/');
    r.dir = oci_str_dup(pool, (const u_char *) file,
                        slash != NULL ? (size_t) (slash + 1 - file) : 0);

    if (r.dir.data == NULL) {
        return oci_nomem(err);
    }

    rc = nginx_conf_file(&r, file);

    return (rc == OCI_OK && r.blocks != 0)
           ? oci_error(err, OCI_INVALID, 0, "%s: a block is not closed", file)
           : rc;
}


static oci_status_e
nginx_conf_file(nginx_conf_reader_t *r, const char *file)
{
    int                  token;
    oci_str_t            word;
    oci_status_e         rc;
    nginx_conf_text_t   *t;

    t = oci_pcalloc(r->pool, sizeof(nginx_conf_text_t));

    if (t == NULL) {
        return oci_nomem(r->err);
    }

    t->file = file;
    t->line = 1;

    if (++r->depth > NGINX_CONF_DEPTH) {
        return nginx_conf_bad(r, t, "includes are nested too deeply");
    }

    rc = oci_file_read(r->pool, file, NGINX_CONF_FILE, &t->rest, r->err);

    while (rc == OCI_OK && (token = nginx_conf_next(r, t, &word)) != 0) {
        rc = nginx_conf_token(r, t, token, &word);
    }

    r->depth--;

    return rc;
}


static oci_status_e
nginx_conf_token(nginx_conf_reader_t *r, nginx_conf_text_t *t, int token,
    const oci_str_t *word)
{
    switch (token) {

    case 'w':
        if (t->nwords == 0) {
            t->first = t->line;
        }

        if (t->nwords == NGINX_CONF_WORDS) {
            return nginx_conf_bad(r, t, "a directive of too many words");
        }

        t->words[t->nwords++] = *word;
        return OCI_OK;

    case ';':
        return nginx_conf_give(r, t, NGINX_CONF_LINE);

    case '{':
        r->blocks++;
        return nginx_conf_give(r, t, NGINX_CONF_OPEN);

    case '}':
        if (r->blocks == 0) {
            return nginx_conf_bad(r, t, "unexpected \"}\"");
        }

        r->blocks--;
        t->nwords = 0;
        t->first = t->line;
        return nginx_conf_give(r, t, NGINX_CONF_CLOSE);

    default:
        return nginx_conf_bad(r, t, "a quote is not closed");
    }
}


/* 'w' and the word; ';', '{', '}'; 0 at the end; '"' for a bad quote */

static int
nginx_conf_next(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word)
{
    u_char  ch;

    nginx_conf_blanks(t);

    if (t->rest.len == 0) {
        return 0;
    }

    ch = t->rest.data[0];

    if (ch == ';' || ch == '{' || ch == '}') {
        t->rest.data++;
        t->rest.len--;
        return ch;
    }

    return (ch == '"' || ch == '\'') ? nginx_conf_quoted(r, t, word)
                                     : nginx_conf_bare(r, t, word);
}


static int
nginx_conf_bare(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word)
{
    size_t   n;
    u_char  *p;

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

    t->rest.data += n;
    t->rest.len -= n;

    return nginx_conf_word(r, p, n, word);
}


static int
nginx_conf_quoted(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    oci_str_t *word)
{
    u_char   quote, *p, *end, *start;

    p = t->rest.data;
    end = p + t->rest.len;
    quote = *p++;
    start = p;

    for ( /* void */ ; p < end && *p != quote; p++) {

        if (*p == '\\' && p + 1 < end) {
            p++;
        }

        if (*p == '\n') {
            t->line++;
        }
    }

    if (p >= end) {
        return '"';
    }

    t->rest.data = p + 1;
    t->rest.len = (size_t) (end - (p + 1));

    return nginx_conf_word(r, start, (size_t) (p - start), word);
}


/* the backslashes that nginx takes away; others are part of the word */

static int
nginx_conf_word(nginx_conf_reader_t *r, const u_char *data, size_t len,
    oci_str_t *word)
{
    size_t       i;
    u_char      *out;
    const char  *at;

    static const char  from[] = "\"'\\trn", to[] = "\"'\\\t\r\n";

    out = oci_palloc(r->pool, len + 1);

    if (out == NULL) {
        return '"';
    }

    word->data = out;

    for (i = 0; i < len; i++) {
        at = (data[i] == '\\' && i + 1 < len && data[i + 1] != '\0')
             ? strchr(from, data[i + 1]) : NULL;

        i += (at != NULL);
        *out++ = (at != NULL) ? (u_char) to[at - from] : data[i];
    }

    *out = '\0';
    word->len = (size_t) (out - word->data);

    return 'w';
}


static void
nginx_conf_blanks(nginx_conf_text_t *t)
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
nginx_conf_give(nginx_conf_reader_t *r, nginx_conf_text_t *t,
    nginx_conf_e kind)
{
    bool           include;
    size_t         n;
    nginx_conf_t   conf;
    oci_status_e   rc;

    n = t->nwords;

    if (n == 0 && kind == NGINX_CONF_LINE) {
        return OCI_OK;
    }

    conf.kind = kind;
    conf.words = t->words;
    conf.n = n;
    conf.file = t->file;
    conf.line = t->first;
    conf.dir = r->dir;

    include = kind == NGINX_CONF_LINE && n == 2
              && oci_str_is(&t->words[0], "include");
    rc = r->each(r->data, &conf, r->err);

    if (rc == OCI_NOT_FOUND && include) {
        rc = nginx_conf_include(r, t);
    }

    t->nwords = 0;

    return rc;
}


static oci_status_e
nginx_conf_include(nginx_conf_reader_t *r, nginx_conf_text_t *t)
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
        return oci_nomem(r->err);
    }

    if (strpbrk(pattern, "*?[") == NULL) {
        return nginx_conf_file(r, pattern);
    }

    if (glob(pattern, 0, NULL, &found) != 0) {
        return OCI_OK;              /* as nginx has it: none is fine */
    }

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < found.gl_pathc; i++) {
        path = oci_strf(r->pool, "%s", found.gl_pathv[i]);
        rc = nginx_conf_file(r, (char *) path.data);
    }

    globfree(&found);

    return rc;
}


static oci_status_e
nginx_conf_bad(nginx_conf_reader_t *r, const nginx_conf_text_t *t,
    const char *what)
{
    return oci_error(r->err, OCI_INVALID, 0, "%s:%u: %s", t->file, t->line,
                     what);
}
