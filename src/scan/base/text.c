/*
 * Slices in, slices out.
 */

#include "text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_MIME_FIELDS  4096


static bool text_space(u_char c);
static oci_str_t text_cased(oci_pool_t *pool, const oci_str_t *s,
    int (*fn)(int));
static bool mime_line(oci_pool_t *pool, oci_str_t *rest, oci_str_t *line);
static bool mime_valid(const oci_str_t *key, const oci_str_t *value);


bool
oci_scan_text_line(oci_str_t *rest, oci_str_t *line)
{
    if (!oci_scan_text_split(rest, '\n', line)) {
        return false;
    }

    if (line->len != 0 && line->data[line->len - 1] == '\r') {
        line->len--;
    }

    return true;
}


bool
oci_scan_text_word(oci_str_t *rest, oci_str_t *word)
{
    size_t  n;

    while (rest->len != 0 && text_space(rest->data[0])) {
        *rest = oci_scan_text_skip(*rest, 1);
    }

    for (n = 0; n < rest->len && !text_space(rest->data[n]); n++) {
        /* to its end */
    }

    word->data = rest->data;
    word->len = n;
    *rest = oci_scan_text_skip(*rest, n);

    return n != 0;
}


bool
oci_scan_text_split(oci_str_t *rest, u_char sep, oci_str_t *part)
{
    u_char  *end;

    if (rest->len == 0) {
        return false;
    }

    end = memchr(rest->data, sep, rest->len);

    part->data = rest->data;
    part->len = (end == NULL) ? rest->len : (size_t) (end - rest->data);
    *rest = oci_scan_text_skip(*rest, part->len + (end != NULL));

    return true;
}


oci_str_t
oci_scan_text_trim(oci_str_t s)
{
    while (s.len != 0 && text_space(s.data[0])) {
        s = oci_scan_text_skip(s, 1);
    }

    while (s.len != 0 && text_space(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


oci_str_t
oci_scan_text_trim_set(oci_str_t s, const char *set)
{
    while (s.len != 0 && s.data[0] != '\0' && strchr(set, s.data[0])) {
        s = oci_scan_text_skip(s, 1);
    }

    while (s.len != 0 && s.data[s.len - 1] != '\0'
           && strchr(set, s.data[s.len - 1]))
    {
        s.len--;
    }

    return s;
}


oci_str_t
oci_scan_text_skip(oci_str_t s, size_t n)
{
    if (n != 0) {
        s.data += n;
        s.len -= n;
    }

    return s;
}


ssize_t
oci_scan_text_find(const oci_str_t *s, const char *text)
{
    u_char  *p;

    if (s->len == 0) {
        return -1;
    }

    p = memmem(s->data, s->len, text, strlen(text));
    return (p == NULL) ? -1 : p - s->data;
}


ssize_t
oci_scan_text_find_last(const oci_str_t *s, u_char c)
{
    u_char  *p;

    if (s->len == 0) {
        return -1;
    }

    p = memrchr(s->data, c, s->len);
    return (p == NULL) ? -1 : p - s->data;
}


bool
oci_scan_text_cut(oci_str_t s, u_char sep, oci_str_t *before, oci_str_t *after)
{
    u_char  *p;

    p = (s.len == 0) ? NULL : memchr(s.data, sep, s.len);

    before->data = s.data;
    before->len = (p == NULL) ? s.len : (size_t) (p - s.data);
    *after = oci_scan_text_skip(s, before->len + (p != NULL));

    return p != NULL;
}


bool
oci_scan_text_cut_prefix(oci_str_t *s, const char *prefix)
{
    if (!oci_str_prefix(s, prefix)) {
        return false;
    }

    *s = oci_scan_text_skip(*s, strlen(prefix));
    return true;
}


bool
oci_scan_text_cut_suffix(oci_str_t *s, const char *suffix)
{
    if (!oci_str_suffix(s, suffix)) {
        return false;
    }

    s->len -= strlen(suffix);
    return true;
}


oci_str_t
oci_scan_text_lower(oci_pool_t *pool, const oci_str_t *s)
{
    return text_cased(pool, s, tolower);
}


oci_str_t
oci_scan_text_upper(oci_pool_t *pool, const oci_str_t *s)
{
    return text_cased(pool, s, toupper);
}


oci_str_t
oci_scan_text_base(const oci_str_t *path)
{
    ssize_t  slash;

    slash = oci_scan_text_find_last(path, '/');
    return (slash == -1) ? *path
           : oci_scan_text_skip(*path, (size_t) slash + 1);
}


oci_str_t
oci_scan_text_dir(const oci_str_t *path)
{
    ssize_t    slash;
    oci_str_t  dir;

    slash = oci_scan_text_find_last(path, '/');
    dir.data = path->data;
    dir.len = (slash == -1) ? 0 : (size_t) slash;
    return dir;
}


bool
oci_scan_text_in_dir(const oci_str_t *path, const char *dir, oci_str_t *name)
{
    *name = *path;

    return oci_scan_text_cut_prefix(name, dir)
           && memchr(name->data, '/', name->len) == NULL;
}


int
oci_scan_text_order(const void *a, const void *b)
{
    return oci_str_cmp(a, b);
}


/* the key's colon must be there, and no control characters in the value */

oci_status_e
oci_scan_mime(oci_scan_mime_t *mime, oci_pool_t *pool, oci_str_t text,
    oci_error_t *err)
{
    oci_str_t          line, key, value;
    oci_scan_field_t  *field;

    oci_array_init(&mime->fields, pool, sizeof(oci_scan_field_t));
    mime->malformed = (text.len != 0
                       && (text.data[0] == ' ' || text.data[0] == '\t'));

    while (!mime->malformed && mime_line(pool, &text, &line)) {

        if (line.data == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (!oci_scan_text_cut(line, ':', &key, &value)
            || !mime_valid(&key, &value))
        {
            mime->malformed = true;
            break;
        }

        if (key.len == 0) {
            continue;
        }

        if (mime->fields.nelts == OCI_SCAN_MIME_FIELDS) {
            return oci_error(err, OCI_LIMIT, 0, "too many header fields");
        }

        field = oci_array_push(&mime->fields);
        if (field == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        field->key = key;
        field->value = oci_scan_text_trim(value);
    }

    return OCI_OK;
}


oci_str_t
oci_scan_mime_get(const oci_scan_mime_t *mime, const char *key)
{
    size_t             i;
    oci_str_t          none = oci_null_string;
    oci_scan_field_t  *field;

    field = mime->fields.elts;

    for (i = 0; i < mime->fields.nelts; i++) {
        if (field[i].key.len == strlen(key)
            && strncasecmp((char *) field[i].key.data, key, strlen(key)) == 0)
        {
            return field[i].value;
        }
    }

    return none;
}


static bool
text_space(u_char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


static oci_str_t
text_cased(oci_pool_t *pool, const oci_str_t *s, int (*fn)(int))
{
    size_t     i;
    oci_str_t  copy;

    copy = oci_str_dup(pool, s->data, s->len);

    for (i = 0; copy.data != NULL && i < copy.len; i++) {
        if (copy.data[i] < 0x80) {
            copy.data[i] = (u_char) fn(copy.data[i]);
        }
    }

    return copy;
}


/*
 * One field with its continuation lines; false at the empty line and at the
 * end.  Only a folded field is copied.
 */

static bool
mime_line(oci_pool_t *pool, oci_str_t *rest, oci_str_t *line)
{
    oci_buf_t  buf;
    oci_str_t  next;

    if (!oci_scan_text_line(rest, line)) {
        return false;
    }

    *line = oci_scan_text_trim(*line);

    if (line->len == 0) {
        return false;
    }

    if (rest->len == 0 || (rest->data[0] != ' ' && rest->data[0] != '\t')) {
        return true;
    }

    memset(&buf, 0, sizeof(oci_buf_t));
    oci_buf_add(&buf, line->data, line->len);

    while (rest->len != 0 && (rest->data[0] == ' ' || rest->data[0] == '\t'))
    {
        (void) oci_scan_text_line(rest, &next);
        next = oci_scan_text_trim(next);
        oci_buf_add(&buf, " ", 1);
        oci_buf_add(&buf, next.data, next.len);
    }

    *line = buf.failed ? (oci_str_t) oci_null_string
                       : oci_str_dup(pool, buf.data, buf.len);
    oci_buf_free(&buf);

    return true;
}


static bool
mime_valid(const oci_str_t *key, const oci_str_t *value)
{
    size_t  i;

    for (i = 0; i < key->len; i++) {
        if (!isalnum(key->data[i])
            && !strchr("!#$%&'*+-.^_`|~", key->data[i] ? key->data[i] : ' '))
        {
            return false;
        }
    }

    for (i = 0; i < value->len; i++) {
        if ((value->data[i] < 0x20 && value->data[i] != '\t')
            || value->data[i] == 0x7f)
        {
            return false;
        }
    }

    return true;
}
