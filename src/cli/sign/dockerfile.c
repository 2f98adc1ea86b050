/*
 * The images that a Dockerfile names.
 */

#include "sign/named.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


typedef struct {
    const char  *name;
    const char  *value;             /* of an ARG; the image of a stage */
} dockerfile_pair_t;

typedef struct {
    oci_pool_t   *pool;
    oci_error_t  *err;
    oci_array_t  *names;            /* const char *: images */
    oci_array_t   args;             /* dockerfile_pair_t */
    oci_array_t   stages;           /* dockerfile_pair_t */
    const char   *base;             /* of the last stage */
    bool          from;             /* a FROM was seen */
} dockerfile_t;


static oci_status_e dockerfile_read(dockerfile_t *d, const oci_str_t *text);
static oci_status_e dockerfile_line(dockerfile_t *d, char *line);
static oci_status_e dockerfile_from(dockerfile_t *d, char *rest);
static oci_status_e dockerfile_arg(dockerfile_t *d, char *rest);
static oci_status_e dockerfile_flags(dockerfile_t *d, char *rest);
static oci_status_e dockerfile_source(dockerfile_t *d, const char *name);
static oci_status_e dockerfile_note(dockerfile_t *d, const char *name);
static oci_status_e dockerfile_expand(dockerfile_t *d, const char *text,
    const char **out);
static const char *dockerfile_variable(dockerfile_t *d, const char **p);
static const dockerfile_pair_t *dockerfile_find(const oci_array_t *pairs,
    const char *name, size_t len,
    int (*compare)(const char *a, const char *b, size_t n));
static char *dockerfile_word(char **rest);


oci_status_e
dockerfile_images(oci_pool_t *pool, const oci_str_t *text, bool base,
    oci_array_t *names, oci_error_t *err)
{
    dockerfile_t  d;
    oci_status_e  rc;

    memset(&d, 0, sizeof(dockerfile_t));
    d.pool = pool;
    d.err = err;
    d.names = names;
    oci_array_init(&d.args, pool, sizeof(dockerfile_pair_t));
    oci_array_init(&d.stages, pool, sizeof(dockerfile_pair_t));
    rc = dockerfile_read(&d, text);

    if (rc == OCI_OK && base) {
        names->nelts = 0;
        rc = (d.base != NULL) ? dockerfile_note(&d, d.base) : OCI_OK;
    }

    return rc;
}


/* lines that a backslash joins are one; comments within them are left out */

static oci_status_e
dockerfile_read(dockerfile_t *d, const oci_str_t *text)
{
    char          *copy, *line, *rest, *end;
    oci_buf_t      b = oci_null_buf;
    oci_status_e   rc;

    copy = oci_cstr(d->pool, text);
    rest = copy;
    rc = (copy != NULL) ? OCI_OK
         : oci_error(d->err, OCI_NOMEM, 0, "out of memory");

    while (rc == OCI_OK && (line = strsep(&rest, "\n")) != NULL) {
        line += strspn(line, " \t");

        if (*line == '#') {
            continue;
        }

        end = line + strlen(line);

        while (end > line && isspace((u_char) end[-1])) {
            *--end = '\0';
        }

        if (end > line && end[-1] == '\\') {
            end[-1] = ' ';
            oci_buf_adds(&b, line);
            continue;
        }

        oci_buf_adds(&b, line);
        rc = b.failed ? oci_error(d->err, OCI_NOMEM, 0, "out of memory")
             : dockerfile_line(d, (char *) oci_str_dup(d->pool, b.data,
                                                       b.len).data);
        b.len = 0;
    }

    oci_buf_free(&b);

    return rc;
}


static oci_status_e
dockerfile_line(dockerfile_t *d, char *line)
{
    size_t   i;
    char    *rest, *word;

    static const struct {
        const char     *word;
        oci_status_e  (*read)(dockerfile_t *d, char *rest);
    } words[] = {
        { "FROM", dockerfile_from },
        { "ARG", dockerfile_arg },
        { "COPY", dockerfile_flags },
        { "ADD", dockerfile_flags },
        { "RUN", dockerfile_flags }
    };

    rest = line;
    word = (line != NULL) ? dockerfile_word(&rest) : NULL;

    for (i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i].word, word) == 0) {
            return words[i].read(d, rest);
        }
    }

    return OCI_OK;
}


/* FROM [--platform=...] IMAGE [AS NAME] */

static oci_status_e
dockerfile_from(dockerfile_t *d, char *rest)
{
    char                      *word, *as, *name;
    const char                *image;
    oci_status_e               rc;
    dockerfile_pair_t         *stage;
    const dockerfile_pair_t   *known;

    do {
        word = dockerfile_word(&rest);
    } while (word != NULL && strncmp(word, "--", 2) == 0);

    if (word == NULL) {
        return oci_error(d->err, OCI_INVALID, 0, "a FROM without an "
                         "image");
    }

    rc = dockerfile_expand(d, word, &image);

    if (rc != OCI_OK) {
        return rc;
    }

    d->from = true;
    known = dockerfile_find(&d->stages, image, strlen(image),
                            strncasecmp);
    d->base = (known != NULL) ? known->value : image;

    if (known == NULL) {
        rc = dockerfile_note(d, image);
    }

    as = dockerfile_word(&rest);
    name = dockerfile_word(&rest);

    if (rc != OCI_OK || as == NULL || name == NULL
        || strcasecmp(as, "AS") != 0)
    {
        return rc;
    }

    stage = oci_array_push(&d->stages);

    if (stage == NULL) {
        return oci_error(d->err, OCI_NOMEM, 0, "out of memory");
    }

    stage->name = name;
    stage->value = d->base;

    return OCI_OK;
}


/* one before the first FROM is what FROM lines may name */

static oci_status_e
dockerfile_arg(dockerfile_t *d, char *rest)
{
    char               *word, *equal, *value;
    size_t              len;
    oci_status_e        rc;
    dockerfile_pair_t  *arg;

    while (!d->from && (word = dockerfile_word(&rest)) != NULL) {
        equal = strchr(word, '=');

        if (equal == NULL) {
            continue;
        }

        *equal = '\0';
        value = equal + 1;
        len = strlen(value);

        if (len >= 2 && (*value == '"' || *value == '\'')
            && value[len - 1] == *value)
        {
            value[len - 1] = '\0';
            value++;
        }

        arg = oci_array_push(&d->args);

        if (arg == NULL) {
            return oci_error(d->err, OCI_NOMEM, 0, "out of memory");
        }

        arg->name = word;
        arg->value = "";
        rc = dockerfile_expand(d, value, &arg->value);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* COPY --from=IMAGE, RUN --mount=type=bind,from=IMAGE */

static oci_status_e
dockerfile_flags(dockerfile_t *d, char *rest)
{
    char          *word, *part;
    oci_status_e   rc;

    for (rc = OCI_OK; rc == OCI_OK; ) {
        word = dockerfile_word(&rest);

        if (word == NULL || strncmp(word, "--", 2) != 0) {
            break;
        }

        if (strncmp(word, "--from=", 7) == 0) {
            rc = dockerfile_source(d, word + 7);

        } else if (strncmp(word, "--mount=", 8) == 0) {
            word += 8;

            while (rc == OCI_OK && (part = strsep(&word, ",")) != NULL) {
                if (strncmp(part, "from=", 5) == 0) {
                    rc = dockerfile_source(d, part + 5);
                }
            }
        }
    }

    return rc;
}


/* a stage, by name or number, is no image of its own */

static oci_status_e
dockerfile_source(dockerfile_t *d, const char *name)
{
    const char    *image;
    oci_status_e   rc;

    rc = dockerfile_expand(d, name, &image);

    return (rc != OCI_OK || image[strspn(image, "0123456789")] == '\0'
            || dockerfile_find(&d->stages, image, strlen(image), strncasecmp)
               != NULL)
           ? rc : dockerfile_note(d, image);
}


static oci_status_e
dockerfile_note(dockerfile_t *d, const char *name)
{
    return (strcmp(name, "scratch") == 0) ? OCI_OK
           : named_add(d->names, name, d->err);
}


/* what has no value is an error: it would be another image */

static oci_status_e
dockerfile_expand(dockerfile_t *d, const char *text, const char **out)
{
    oci_buf_t    b = oci_null_buf;
    oci_str_t    s;
    const char  *p, *value;

    for (p = text; *p != '\0'; ) {

        if (*p != '$') {
            oci_buf_add(&b, p++, 1);
            continue;
        }

        p++;
        value = dockerfile_variable(d, &p);

        if (value == NULL) {
            oci_buf_free(&b);
            return oci_error(d->err, OCI_INVALID, 0, "\"%.200s\" has a "
                             "variable without a value: set it in the "
                             "environment", text);
        }

        oci_buf_adds(&b, value);
    }

    s = oci_str_dup(d->pool, b.data != NULL ? b.data : (u_char *) "",
                    b.len);
    *out = oci_cstr(d->pool, &s);
    oci_buf_free(&b);

    return (*out != NULL) ? OCI_OK
           : oci_error(d->err, OCI_NOMEM, 0, "out of memory");
}


/* NAME, {NAME}, {NAME:-VALUE}; p ends behind it */

static const char *
dockerfile_variable(dockerfile_t *d, const char **p)
{
    bool                       braces;
    size_t                     len, rest;
    oci_str_t                  name;
    const char                *value, *start;
    const dockerfile_pair_t   *arg;

    braces = **p == '{';
    start = *p + braces;

    for (len = 0; isalnum((u_char) start[len]) || start[len] == '_'; len++) {
        /* void */
    }

    name = oci_str_dup(d->pool, (const u_char *) start, len);
    arg = dockerfile_find(&d->args, start, len, strncmp);
    value = (arg != NULL) ? arg->value
            : (len != 0) ? getenv(oci_cstr(d->pool, &name)) : NULL;
    *p = start + len;

    if (!braces) {
        return value;
    }

    rest = strcspn(*p, "}");

    if ((*p)[rest] != '}' || (rest != 0 && strncmp(*p, ":-", 2) != 0)) {
        return NULL;
    }

    if ((value == NULL || *value == '\0') && rest != 0) {
        name = oci_str_dup(d->pool, (const u_char *) *p + 2, rest - 2);
        value = oci_cstr(d->pool, &name);
    }

    *p += rest + 1;

    return value;
}


static const dockerfile_pair_t *
dockerfile_find(const oci_array_t *pairs, const char *name, size_t len,
    int (*compare)(const char *a, const char *b, size_t n))
{
    size_t                     i;
    const dockerfile_pair_t   *pair;

    for (i = pairs->nelts; i > 0; i--) {
        pair = (const dockerfile_pair_t *) pairs->elts + i - 1;

        if (strlen(pair->name) == len && compare(pair->name, name, len) == 0)
        {
            return pair;
        }
    }

    return NULL;
}


static char *
dockerfile_word(char **rest)
{
    char  *word;

    if (*rest == NULL) {
        return NULL;
    }

    *rest += strspn(*rest, " \t");

    if (**rest == '\0') {
        return NULL;
    }

    word = *rest;
    *rest += strcspn(*rest, " \t");

    if (**rest != '\0') {
        *(*rest)++ = '\0';
    }

    return word;
}
