/*
 * JSON from outside, read with bounds.
 */

#include "oci_json.h"


static bool oci_json_shallow(const u_char *data, size_t len);


json_t *
oci_json_load(const u_char *data, size_t len, unsigned flags,
    oci_error_t *err)
{
    json_t        *root;
    size_t         how;
    json_error_t   error;

    if (!oci_json_shallow(data, len)) {
        (void) oci_error(err, OCI_LIMIT, 0,
                         "JSON is nested deeper than %d levels",
                         OCI_JSON_DEPTH);
        return NULL;
    }

    how = JSON_DECODE_ANY | JSON_ALLOW_NUL;

    if (flags & OCI_JSON_DUPLICATES) {
        how |= JSON_REJECT_DUPLICATES;
    }

    root = json_loadb((const char *) data, len, how, &error);

    if (root == NULL) {
        (void) oci_error(err, OCI_INVALID, 0, "not valid JSON: %s (line %d)",
                         error.text, error.line);
    }

    return root;
}


/* jansson's own bound is 2048 levels, more than a small stack bears */

static bool
oci_json_shallow(const u_char *data, size_t len)
{
    bool    quoted;
    size_t  i, depth;

    quoted = false;
    depth = 0;

    for (i = 0; i < len; i++) {

        if (quoted) {
            if (data[i] == '\\') {
                i++;

            } else if (data[i] == '"') {
                quoted = false;
            }

            continue;
        }

        switch (data[i]) {

        case '"':
            quoted = true;
            break;

        case '[':
        case '{':
            if (++depth > OCI_JSON_DEPTH) {
                return false;
            }

            break;

        case ']':
        case '}':
            if (depth > 0) {
                depth--;
            }

            break;
        }
    }

    return true;
}


oci_str_t
oci_json_str(const json_t *obj, const char *key)
{
    json_t     *value;
    oci_str_t   s = oci_null_string;

    value = json_object_get(obj, key);

    if (json_is_string(value)) {
        s.data = (u_char *) json_string_value(value);
        s.len = json_string_length(value);
    }

    return s;
}


bool
oci_json_uint(const json_t *obj, const char *key, uint64_t *value)
{
    json_t  *number;

    number = json_object_get(obj, key);

    if (!json_is_integer(number) || json_integer_value(number) < 0) {
        return false;
    }

    *value = (uint64_t) json_integer_value(number);

    return true;
}
