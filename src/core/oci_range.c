/*
 * The Content-Range of an uploaded chunk.
 */

#include "oci_range.h"

#include <string.h>


oci_status_e
oci_range_parse(const oci_str_t *text, uint64_t *first, uint64_t *last)
{
    u_char     *dash, *slash;
    oci_str_t   s, from, to;

    s = *text;

    if (oci_str_prefix(&s, "bytes ") || oci_str_prefix(&s, "bytes=")) {
        s.data += sizeof("bytes ") - 1;
        s.len -= sizeof("bytes ") - 1;
    }

    slash = (s.len != 0) ? memchr(s.data, '/', s.len) : NULL;

    if (slash != NULL) {
        s.len = (size_t) (slash - s.data);
    }

    dash = (s.len != 0) ? memchr(s.data, '-', s.len) : NULL;

    if (dash == NULL) {
        return OCI_INVALID;
    }

    from.data = s.data;
    from.len = (size_t) (dash - s.data);
    to.data = dash + 1;
    to.len = s.len - from.len - 1;

    if (!oci_str_number(&from, INT64_MAX - 1, first)
        || !oci_str_number(&to, INT64_MAX - 1, last)
        || *last < *first)
    {
        return OCI_INVALID;
    }

    return OCI_OK;
}
