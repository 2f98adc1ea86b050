/*
 * base64url.
 */

#include "oci_base64url.h"


oci_str_t
oci_base64url_decode(oci_pool_t *pool, const oci_str_t *text)
{
    int        v;
    size_t     i;
    u_char     ch;
    uint32_t   bits;
    oci_str_t  out = oci_null_string;

    if (text->len == 0 || text->len % 4 == 1) {
        return out;
    }

    out.data = oci_palloc(pool, text->len / 4 * 3 + 4);
    if (out.data == NULL) {
        return out;
    }

    bits = 0;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        v = (ch >= 'A' && ch <= 'Z') ? ch - 'A'
            : (ch >= 'a' && ch <= 'z') ? ch - 'a' + 26
            : (ch >= '0' && ch <= '9') ? ch - '0' + 52
            : (ch == '-') ? 62 : (ch == '_') ? 63 : -1;

        if (v < 0) {
            out.data = NULL;
            out.len = 0;
            return out;
        }

        bits = bits << 6 | (uint32_t) v;

        if (i % 4 != 0) {
            out.data[out.len++] = (u_char) (bits >> (6 - 2 * (i % 4)));
        }
    }

    /* another text would give the same bytes, if these were not nought */

    if (text->len % 4 != 0
        && (bits & (text->len % 4 == 2 ? 0x0f : 0x03)) != 0)
    {
        out.data = NULL;
        out.len = 0;
        return out;
    }

    out.data[out.len] = '\0';

    return out;
}


oci_str_t
oci_base64url_encode(oci_pool_t *pool, const u_char *data, size_t len)
{
    u_char            *p;
    size_t             i;
    uint32_t           bits;
    oci_str_t          out = oci_null_string;
    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";

    p = oci_palloc(pool, len / 3 * 4 + 5);
    if (p == NULL) {
        return out;
    }

    out.data = p;
    bits = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | data[i];

        switch (i % 3) {

        case 0:
            *p++ = (u_char) digits[bits >> 2 & 0x3f];
            break;

        case 1:
            *p++ = (u_char) digits[bits >> 4 & 0x3f];
            break;

        default:
            *p++ = (u_char) digits[bits >> 6 & 0x3f];
            *p++ = (u_char) digits[bits & 0x3f];
        }
    }

    if (len % 3 == 1) {
        *p++ = (u_char) digits[bits << 4 & 0x3f];

    } else if (len % 3 == 2) {
        *p++ = (u_char) digits[bits << 2 & 0x3f];
    }

    *p = '\0';
    out.len = (size_t) (p - out.data);

    return out;
}
