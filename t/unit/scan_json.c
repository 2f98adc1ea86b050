/*
 * JSON of others: what Go's decoders take is taken, and means the same.
 */

#include "base/go_json.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static oci_scan_names_t  names[] = {
    "dependencies", "keys", "name", "optionalDependencies", "version", NULL
};


/* the value of "name", or why there is none */

static const char *
name_of(const char *text, size_t len, oci_scan_json_e how)
{
    json_t       *root;
    oci_str_t     s;
    oci_error_t   err;
    static char   out[256];

    s.data = (u_char *) (uintptr_t) text;
    s.len = len;
    memset(&err, 0, sizeof(oci_error_t));

    root = oci_scan_json_load(&s, how, (how == OCI_SCAN_JSON_V2) ? NULL
                                                                 : names,
                              &err);
    if (root == NULL) {
        return (err.status == OCI_LIMIT) ? "LIMIT" : "INVALID";
    }

    s = oci_json_str(root, "name");
    (void) snprintf(out, sizeof(out), "%.*s", (int) s.len, s.data);
    json_decref(root);
    return out;
}


static void
test_values(void)
{
    size_t  i;

    static const struct {
        const char  *text;
        const char  *first;
        const char  *whole;
        const char  *v2;
    } cases[] = {
        { "{\"name\":\"a\"}", "a", "a", "a" },
        { "{\"name\":\"a\"} // b", "a", "INVALID", "INVALID" },
        { "{\"name\":\"a\"}{\"name\":\"b\"}", "a", "INVALID", "INVALID" },
        { " {\"name\":\"a\"} ", "a", "a", "a" },
        { "{\"name\":\"J\xe9r\"}", "J\xef\xbf\xbdr", "J\xef\xbf\xbdr",
          "INVALID" },
        { "{\"x\":\"\xc3\xa9\xe2\x82\",\"name\":\"a\"}", "a", "a",
          "INVALID" },
        { "{\"name\":\"\xed\xa0\x80\"}",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "INVALID" },
        { "{\"name\":\"a\\ud800b\"}", "a\xef\xbf\xbd" "b",
          "a\xef\xbf\xbd" "b", "INVALID" },
        { "{\"name\":\"\\udc00\\ud83d\\ude00\"}",
          "\xef\xbf\xbd\xf0\x9f\x98\x80", "\xef\xbf\xbd\xf0\x9f\x98\x80",
          "INVALID" },
        { "{\"name\":\"\\ud83d\\ud83d\\ude00\"}",
          "\xef\xbf\xbd\xf0\x9f\x98\x80", "\xef\xbf\xbd\xf0\x9f\x98\x80",
          "INVALID" },
        { "{\"\\u0000\":1,\"name\":\"a\"}", "a", "a", "INVALID" },
        { "{\"x\":123456789012345678901234567890,\"name\":\"a\"}", "a", "a",
          "a" },
        { "{\"x\":-9223372036854775809,\"name\":\"a\"}", "a", "a", "a" },
        { "{\"x\":1e999,\"y\":-1E+9999,\"name\":\"a\"}", "a", "a", "a" },
        { "{\"x\":01,\"name\":\"a\"}", "INVALID", "INVALID", "INVALID" },
        { "{\"x\":1.,\"name\":\"a\"}", "INVALID", "INVALID", "INVALID" },
        { "{\"x\":123456789012345678901234567890-,\"name\":\"a\"}",
          "INVALID", "INVALID", "INVALID" },
        { "{\"Name\":\"a\"}", "a", "a", "" },
        { "{\"NAME\":\"a\",\"name\":\"b\"}", "b", "b", "b" },
        { "{\"name\":\"a\",\"NAME\":\"b\"}", "b", "b", "a" },
        { "{\"name\":\"a\",\"NAME\":null}", "a", "a", "a" },
        { "{\"name\":\"a\",\"name\":\"b\"}", "b", "b", "INVALID" },
        { "{\"namE\":\"a\",\"\\u212aeys\":1}", "a", "a", "" },
        { "{\"nam\":\"a\",\"names\":\"b\"}", "", "", "" },
        { "{\"name\":\"a\tb\"}", "INVALID", "INVALID", "INVALID" },
        { "{\"name\":\"a\",}", "INVALID", "INVALID", "INVALID" },
        { "{\"name\":\"a\"", "INVALID", "INVALID", "INVALID" },
        { "{\"name\":\"a\\", "INVALID", "INVALID", "INVALID" },
        { "{\"name\":\"\\ud8", "INVALID", "INVALID", "INVALID" },
        { "\xef\xbb\xbf{\"name\":\"a\"}", "INVALID", "INVALID", "INVALID" },
        { "", "INVALID", "INVALID", "INVALID" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_str(name_of(cases[i].text, strlen(cases[i].text),
                       OCI_SCAN_JSON_FIRST),
               cases[i].first, "Decode(%s)", cases[i].text);
        is_str(name_of(cases[i].text, strlen(cases[i].text),
                       OCI_SCAN_JSON_WHOLE),
               cases[i].whole, "Unmarshal(%s)", cases[i].text);
        is_str(name_of(cases[i].text, strlen(cases[i].text),
                       OCI_SCAN_JSON_V2),
               cases[i].v2, "v2 Unmarshal(%s)", cases[i].text);
    }
}


static void
test_depth(void)
{
    char    *text, *p;
    size_t   i;

    static const struct {
        unsigned     depth;
        const char  *want;
    } cases[] = {
        { 10, "a" }, { 500, "a" }, { 999, "a" }, { 1000, "a" },
        { 9999, "a" }, { 10000, "LIMIT" }, { 2000000, "LIMIT" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = malloc(cases[i].depth * 2 + 64);
        p = text + sprintf(text, "{\"x\":");
        memset(p, '[', cases[i].depth);
        memset(p + cases[i].depth, ']', cases[i].depth);
        p += 2 * cases[i].depth;
        p += sprintf(p, ",\"name\":\"a\"}");
        is_str(name_of(text, (size_t) (p - text), OCI_SCAN_JSON_FIRST),
               cases[i].want, "%u levels in the outermost", cases[i].depth);
        free(text);
    }
}


static void
test_many(void)
{
    char    *text;
    size_t   i, n;

    n = 1500000;
    text = malloc(n * 3 + 64);
    text[0] = '[';

    for (i = 0; i < n; i++) {
        memcpy(text + 1 + i * 3, "{},", 3);
    }

    text[n * 3] = ']';
    is_str(name_of(text, n * 3 + 1, OCI_SCAN_JSON_FIRST), "LIMIT",
           "too many values for their bytes");
    free(text);
}


int
main(void)
{
    test_values();
    test_depth();
    test_many();
    return done();
}
