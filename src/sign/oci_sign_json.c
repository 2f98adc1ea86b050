/*
 * JSON as Go reads and writes it.
 */

#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


static bool oci_sign_utf8(oci_pool_t *pool, const oci_str_t *in,
    oci_str_t *out);
static void oci_sign_json_add(oci_buf_t *b, const json_t *value,
    bool sorted);
static void oci_sign_json_add_object(oci_buf_t *b, const json_t *value,
    bool sorted);
static int oci_sign_json_name_cmp(const void *one, const void *two);


json_t *
oci_sign_json_go(oci_pool_t *pool, const oci_str_t *text, bool *order,
    oci_error_t *err)
{
    json_t        *root;
    oci_str_t      clean;
    json_error_t   error;

    if (!oci_sign_utf8(pool, text, &clean)) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    *order = true;
    root = oci_json_load(clean.data, clean.len, OCI_JSON_DUPLICATES, NULL);

    if (root != NULL) {
        return root;
    }

    *order = false;
    root = oci_json_load(clean.data, clean.len, 0, err);

    if (root == NULL && err != NULL && err->status == OCI_INVALID) {

        /* integers that only a real holds; its depth was seen to be small */

        root = json_loadb((const char *) clean.data, clean.len,
                          JSON_DECODE_ANY | JSON_ALLOW_NUL
                          | JSON_DECODE_INT_AS_REAL, &error);

        if (root != NULL) {
            memset(err, 0, sizeof(oci_error_t));
        }
    }

    return root;
}


/* invalid bytes become U+FFFD, each its own, as in Go */

static bool
oci_sign_utf8(oci_pool_t *pool, const oci_str_t *in, oci_str_t *out)
{
    size_t     i, n, bad;

    for (bad = 0, i = 0; i < in->len; i += (n == 0) ? 1 : n) {
        n = oci_utf8_size(in->data + i, in->len - i);
        bad += (n == 0);
    }

    if (bad == 0) {
        *out = *in;
        return true;
    }

    out->len = 0;
    out->data = oci_palloc(pool, in->len + bad * 2 + 1);

    if (out->data == NULL) {
        return false;
    }

    for (i = 0; i < in->len; ) {
        n = oci_utf8_size(in->data + i, in->len - i);

        if (n == 0) {
            memcpy(out->data + out->len, "\xef\xbf\xbd", 3);
            out->len += 3;
            i++;
            continue;
        }

        memcpy(out->data + out->len, in->data + i, n);
        out->len += n;
        i += n;
    }

    return true;
}


json_t *
oci_sign_json_fold(const json_t *obj, const char *name, bool order)
{
    size_t       found;
    json_t      *value, *last;
    const char  *key;

    last = NULL;
    found = 0;

    json_object_foreach((json_t *) obj, key, value) {
        if (strcasecmp(key, name) == 0) {
            last = value;
            found++;
        }
    }

    return (found > 1 && !order) ? NULL : last;
}


oci_str_t
oci_sign_json_text(oci_pool_t *pool, const json_t *value, bool sorted)
{
    oci_buf_t  b = oci_null_buf;

    oci_sign_json_add(&b, value, sorted);

    return oci_sign_buf_take(pool, &b);
}


static void
oci_sign_json_add(oci_buf_t *b, const json_t *value, bool sorted)
{
    char    *text;
    size_t   i;

    switch (json_typeof(value)) {

    case JSON_OBJECT:
        oci_sign_json_add_object(b, value, sorted);
        return;

    case JSON_ARRAY:
        oci_buf_adds(b, "[");

        for (i = 0; i < json_array_size(value); i++) {
            oci_buf_adds(b, i == 0 ? "" : ",");
            oci_sign_json_add(b, json_array_get(value, i), sorted);
        }

        oci_buf_adds(b, "]");
        return;

    case JSON_STRING:
        oci_sign_json_quote(b, (const u_char *) json_string_value(value),
                            json_string_length(value));
        return;

    default:
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

        if (text == NULL) {
            b->failed = true;
            return;
        }

        oci_buf_adds(b, text);
        free(text);
    }
}


static void
oci_sign_json_add_object(oci_buf_t *b, const json_t *value, bool sorted)
{
    size_t        i, n;
    json_t       *member;
    const char   *key, **keys;

    n = json_object_size(value);
    keys = calloc(n + 1, sizeof(char *));

    if (keys == NULL) {
        b->failed = true;
        return;
    }

    i = 0;

    json_object_foreach((json_t *) value, key, member) {
        keys[i++] = key;
    }

    if (sorted) {
        qsort(keys, n, sizeof(char *), oci_sign_json_name_cmp);
    }

    oci_buf_adds(b, "{");

    for (i = 0; i < n; i++) {
        oci_buf_adds(b, i == 0 ? "" : ",");
        oci_sign_json_quote(b, (const u_char *) keys[i], strlen(keys[i]));
        oci_buf_adds(b, ":");
        oci_sign_json_add(b, json_object_get(value, keys[i]), sorted);
    }

    oci_buf_adds(b, "}");
    free(keys);
}


static int
oci_sign_json_name_cmp(const void *one, const void *two)
{
    return strcmp(*(const char *const *) one, *(const char *const *) two);
}


void
oci_sign_json_quote(oci_buf_t *b, const u_char *data, size_t len)
{
    size_t       i;
    u_char       c;
    const char  *p;

    static const char  from[] = "\"\\\n\r\t\b\f";
    static const char  to[] = "\"\\nrtbf";

    oci_buf_adds(b, "\"");

    for (i = 0; i < len; i++) {
        c = data[i];
        p = (c == '\0') ? NULL : strchr(from, c);

        if (p != NULL) {
            oci_buf_addf(b, "\\%c", to[p - from]);

        } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
            oci_buf_addf(b, "\\u%04x", c);

        } else if (c == 0xe2 && i + 2 < len && data[i + 1] == 0x80
                   && (data[i + 2] | 1) == 0xa9)
        {
            oci_buf_addf(b, "\\u202%c", data[i + 2] == 0xa8 ? '8' : '9');
            i += 2;

        } else {
            oci_buf_add(b, &data[i], 1);
        }
    }

    oci_buf_adds(b, "\"");
}
