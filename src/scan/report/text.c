/*
 * Escaping, and times, as Go writes them.
 */

#include "text.h"
#include "emit.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>


static bool text_xml_char(uint32_t rune);
static void text_quote_rune(oci_buf_t *b, const u_char *p, unsigned n,
    uint32_t rune);
static bool text_is_print(uint32_t rune);


void
text_xml(oci_buf_t *b, const oci_str_t *s)
{
    unsigned       n;
    uint32_t       rune;
    const u_char  *p, *end;

    end = s->data + s->len;

    for (p = s->data; p < end; p += n) {
        rune = emit_rune(p, end, &n);

        switch (rune) {

        case '"':
        case '\'':
            oci_buf_addf(b, "&#%u;", rune);
            break;

        case '&':
            oci_buf_adds(b, "&amp;");
            break;

        case '<':
            oci_buf_adds(b, "&lt;");
            break;

        case '>':
            oci_buf_adds(b, "&gt;");
            break;

        case '\t':
        case '\n':
        case '\r':
            oci_buf_addf(b, "&#x%X;", rune);
            break;

        default:
            if (text_xml_char(rune) && !(rune == 0xfffd && n == 1)) {
                oci_buf_add(b, p, n);

            } else {
                oci_buf_adds(b, "\ufffd");
            }
        }
    }
}


static bool
text_xml_char(uint32_t rune)
{
    return (rune >= 0x20 && rune <= 0xd7ff)
           || (rune >= 0xe000 && rune <= 0xfffd) || rune >= 0x10000;
}


void
text_html(oci_buf_t *b, const oci_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {

        switch (s->data[i]) {

        case '"':
        case '\'':
            oci_buf_addf(b, "&#%u;", s->data[i]);
            break;

        case '&':
            oci_buf_adds(b, "&amp;");
            break;

        case '<':
            oci_buf_adds(b, "&lt;");
            break;

        case '>':
            oci_buf_adds(b, "&gt;");
            break;

        default:
            oci_buf_add(b, &s->data[i], 1);
        }
    }
}


void
text_go(oci_buf_t *b, const oci_str_t *s)
{
    unsigned       n;
    uint32_t       rune;
    const u_char  *p, *end, *plain;

    oci_buf_add(b, "\"", 1);

    end = s->data + s->len;
    plain = s->data;

    for (p = s->data; p < end; p += n) {
        rune = emit_rune(p, end, &n);

        if (rune != '"' && rune != '\\' && text_is_print(rune)
            && !(rune == 0xfffd && n == 1))
        {
            continue;
        }

        oci_buf_add(b, plain, (size_t) (p - plain));
        text_quote_rune(b, p, n, rune);
        plain = p + n;
    }

    oci_buf_add(b, plain, (size_t) (end - plain));
    oci_buf_add(b, "\"", 1);
}


static void
text_quote_rune(oci_buf_t *b, const u_char *p, unsigned n, uint32_t rune)
{
    const char         *name;
    static const char   names[] = "\"\"\\\\\aa\bb\ff\nn\rr\tt\vv";

    for (name = names; *name != '\0'; name += 2) {
        if (rune == (uint32_t) *name) {
            oci_buf_addf(b, "\\%c", name[1]);
            return;
        }
    }

    if (n == 1) {
        oci_buf_addf(b, "\\x%02x", *p);

    } else if (rune < 0x10000) {
        oci_buf_addf(b, "\\u%04x", rune);

    } else {
        oci_buf_addf(b, "\\U%08x", rune);
    }
}


/* letters, marks, numbers, punctuation, symbols; of spaces only the plain */

static bool
text_is_print(uint32_t rune)
{
    size_t  i;
    static const uint32_t  not[][2] = {
        { 0x00, 0x1f }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x600, 0x605 },
        { 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f },
        { 0x1680, 0x1680 }, { 0x180e, 0x180e }, { 0x2000, 0x200f },
        { 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x3000, 0x3000 },
        { 0xd800, 0xf8ff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
        { 0xfffe, 0xffff }, { 0xe0000, 0xe00ff }, { 0xf0000, 0x10ffff }
    };

    for (i = 0; i < sizeof(not) / sizeof(not[0]); i++) {
        if (rune >= not[i][0] && rune <= not[i][1]) {
            return false;
        }
    }

    return true;
}


void
text_json(oci_buf_t *b, const oci_str_t *s)
{
    oci_buf_t  quoted;

    memset(&quoted, 0, sizeof(quoted));
    emit_quote(&quoted, s->data, s->len, true);

    if (quoted.failed || quoted.len < 2) {
        b->failed = true;

    } else {
        oci_buf_add(b, quoted.data + 1, quoted.len - 2);
    }

    oci_buf_free(&quoted);
}


bool
text_is_url(const oci_str_t *s)
{
    return (oci_str_prefix(s, "http://") && s->len > 7)
           || (oci_str_prefix(s, "https://") && s->len > 8)
           || (oci_str_prefix(s, "ftp://") && s->len > 6);
}


void
text_time(char out[40], const struct timespec *when, bool nano)
{
    size_t     n;
    struct tm  tm;

    if (gmtime_r(&when->tv_sec, &tm) == NULL) {
        memset(&tm, 0, sizeof(tm));
    }

    n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);

    if (nano && when->tv_nsec != 0) {
        n += (size_t) snprintf(out + n, 40 - n, ".%09ld", when->tv_nsec);

        while (out[n - 1] == '0') {
            n--;
        }
    }

    out[n] = 'Z';
    out[n + 1] = '\0';
}


void
text_sha1(oci_buf_t *out, const oci_buf_t *b)
{
    u_char    hash[EVP_MAX_MD_SIZE];
    unsigned  i, n;

    if (b->failed
        || EVP_Digest(b->data, b->len, hash, &n, EVP_sha1(), NULL) != 1)
    {
        out->failed = true;
        return;
    }

    for (i = 0; i < n; i++) {
        oci_buf_addf(out, "%02x", hash[i]);
    }
}
