/*
 * oci_core: errors, pools, strings, arrays, buffers; and oci_json's readers.
 */

#include "oci_core.h"
#include "oci_json.h"
#include "test.h"

#include <errno.h>
#include <stdlib.h>


static void errors(void);
static void errnos(void);
static void pools(void);
static void cleanups(void);
static void strings(void);
static void order(void);
static void numbers(void);
static void arrays(void);
static void buffers(void);
static void json_limits(void);
static void json_members(void);

static void formats(void);
static void format(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));


int
main(void)
{
    errors();
    errnos();
    pools();
    cleanups();
    strings();
    order();
    numbers();
    arrays();
    buffers();
    json_limits();
    json_members();

    formats();

    return done();
}


static void
errors(void)
{
    char         text[2000];
    oci_error_t  err = { OCI_OK, 0, "" };

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';

    is(oci_error(&err, OCI_LIMIT, 0, "first %d", 1), OCI_LIMIT,
       "the status is returned");
    is(oci_error(&err, OCI_IO, EIO, "second"), OCI_IO, "also the second time");
    is(err.status, OCI_LIMIT, "but the first error is kept");
    is_str(err.text, "first 1", "with its text");
    is(oci_error(NULL, OCI_IO, 0, "x"), OCI_IO, "no error wanted");

    memset(&err, 0, sizeof(err));
    (void) oci_error(&err, OCI_IO, ENOSPC, "%s", text);
    is(strlen(err.text), sizeof(err.text) - 1, "a long text is cut");

    memset(&err, 0, sizeof(err));
    (void) oci_error(&err, OCI_IO, 99999, "odd");
    is_str(err.text, "odd: unknown error", "an unknown errno");
}


static void
errnos(void)
{
    size_t  i;
    static const struct {
        int           number;
        oci_status_e  status;
    } cases[] = {
        { ENOENT, OCI_NOT_FOUND }, { ENOTDIR, OCI_NOT_FOUND },
        { ENOSPC, OCI_NOSPACE }, { EDQUOT, OCI_NOSPACE },
        { EFBIG, OCI_NOSPACE }, { EACCES, OCI_DENIED }, { EPERM, OCI_DENIED },
        { EROFS, OCI_DENIED }, { ENOMEM, OCI_NOMEM }, { EIO, OCI_IO },
        { EMFILE, OCI_NOMEM }, { ELOOP, OCI_IO }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is(oci_error_errno(NULL, cases[i].number, "x"), cases[i].status,
           "errno %d", cases[i].number);
    }
}


static void
pools(void)
{
    bool         good;
    size_t       i, size;
    u_char      *p[500];
    oci_pool_t  *pool;

    pool = oci_pool_create();
    good = true;

    for (i = 0; i < 500; i++) {
        size = i * 37 % 5000;
        p[i] = oci_palloc(pool, size);
        good = good && p[i] != NULL && (uintptr_t) p[i] % 16 == 0;
        memset(p[i], (int) i, size);
    }

    for (i = 0; i < 500; i++) {
        size = i * 37 % 5000;
        good = good && (size == 0 || (p[i][0] == (u_char) i
                                      && p[i][size - 1] == (u_char) i));
    }

    ok(good, "allocations are aligned and do not overlap");
    ok(oci_palloc(pool, SIZE_MAX) == NULL, "nobody has that much");
    ok(oci_palloc(pool, SIZE_MAX - 16) == NULL, "nor after rounding");

    p[0] = oci_pcalloc(pool, 3000);
    for (i = 0; i < 3000 && p[0][i] == 0; i++) { /* void */ }
    is(i, 3000, "pcalloc() zeroes");

    oci_pool_destroy(pool);
    oci_pool_destroy(NULL);
}


static char  calls[8];


static void
call(void *data)
{
    (void) strcat(calls, data);
}


static void
cleanups(void)
{
    char         a[] = "a", b[] = "b", c[] = "c";
    oci_pool_t  *pool;

    pool = oci_pool_create();
    is(oci_pool_cleanup(pool, call, a), OCI_OK, "a cleanup");
    oci_pool_cleanup(pool, call, b);
    oci_pool_cleanup(pool, call, c);
    is_str(calls, "", "waits for the end of the pool");
    oci_pool_destroy(pool);
    is_str(calls, "cba", "the last added is called first");
}


static void
strings(void)
{
    oci_str_t    s, empty = oci_null_string;
    oci_pool_t  *pool;

    pool = oci_pool_create();

    s = oci_str(NULL);
    is(s.len, 0, "no text");
    ok(oci_str_eq(&s, &empty), "is the empty string");
    ok(oci_str_is(&s, ""), "is \"\"");
    ok(oci_str_prefix(&s, ""), "begins with nothing");
    ok(!oci_str_prefix(&s, "a"), "not with something");
    ok(oci_str_suffix(&s, ""), "ends with nothing");

    s = oci_str("hello");
    ok(oci_str_is(&s, "hello"), "equal");
    ok(!oci_str_is(&s, "hell"), "longer");
    ok(!oci_str_is(&s, "hello!"), "shorter");
    ok(oci_str_prefix(&s, "hello") && oci_str_suffix(&s, "hello"), "whole");
    ok(oci_str_suffix(&s, "lo") && !oci_str_suffix(&s, "ol"), "suffix");

    s = oci_str_dup(pool, (const u_char *) "a\0b", 3);
    is(s.len, 3, "a NUL is a character");
    is(s.data[3], 0, "and a NUL ends it");
    ok(!oci_str_is(&s, "a"), "which is not the end");

    s = oci_str_dup(pool, NULL, 0);
    ok(s.data != NULL && s.len == 0, "a copy of nothing");

    s = oci_strf(pool, "%s-%05d", "x", 42);
    is_str((char *) s.data, "x-00042", "formatted");
    is(s.len, 7, "and measured");
    s = oci_strf(pool, "%9000s", "x");
    is(s.len, 9000, "however long");

    oci_pool_destroy(pool);
}


static void
order(void)
{
    size_t              i, j;
    bool                good;
    oci_str_t           a, b;
    static const char  *sorted[] = { "", "A", "a", "a-b", "a.b", "aa", "b",
                                     "\xc3\xa4" };

    good = true;

    for (i = 0; i < 8; i++) {
        for (j = 0; j < 8; j++) {
            int  rc;

            a = oci_str(sorted[i]);
            b = oci_str(sorted[j]);
            rc = oci_str_cmp(&a, &b);
            good = good && (rc > 0) - (rc < 0) == (i > j) - (i < j);
        }
    }

    ok(good, "bytewise order");
}


static void
numbers(void)
{
    size_t     i;
    uint64_t   value;
    oci_str_t  s;
    static const struct {
        const char  *text;
        uint64_t     max;
        bool         good;
        uint64_t     value;
    } cases[] = {
        { "0", 0, true, 0 }, { "7", 7, true, 7 }, { "8", 7, false, 0 },
        { "007", 7, true, 7 }, { "", 7, false, 0 }, { "-1", 7, false, 0 },
        { "+1", 7, false, 0 }, { " 1", 7, false, 0 }, { "1 ", 7, false, 0 },
        { "0x1", 99, false, 0 }, { "1e1", 99, false, 0 },
        { "2147483647", INT64_MAX, true, 2147483647 },
        { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, false, 0 },
        { "99999999999999999999999", UINT64_MAX, false, 0 },
        { "9223372036854775807", INT64_MAX, true, INT64_MAX },
        { "9223372036854775808", INT64_MAX, false, 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].text);
        value = 0;
        is(oci_str_number(&s, cases[i].max, &value), cases[i].good,
           "\"%s\" of at most %llu", cases[i].text,
           (unsigned long long) cases[i].max);

        if (cases[i].good) {
            ok(value == cases[i].value, "its value");
        }
    }
}


static void
arrays(void)
{
    bool          good;
    size_t        i;
    int          *p;
    oci_pool_t   *pool;
    oci_array_t   a;

    pool = oci_pool_create();
    oci_array_init(&a, pool, sizeof(int));
    good = true;

    for (i = 0; i < 10000; i++) {
        p = oci_array_push(&a);
        good = good && *p == 0;
        *p = (int) i;
    }

    for (i = 0; i < 10000; i++) {
        good = good && ((int *) a.elts)[i] == (int) i;
    }

    ok(good && a.nelts == 10000, "an array grows, new elements are zero");
    oci_pool_destroy(pool);
}


static void
buffers(void)
{
    size_t     i;
    oci_buf_t  b = oci_null_buf;

    oci_buf_add(&b, NULL, 0);
    is(b.len, 0, "nothing added");

    for (i = 0; i < 3000; i++) {
        oci_buf_adds(&b, "ab");
        oci_buf_addf(&b, "%zu;", i);
    }

    is(b.len, strlen((char *) b.data), "the text ends with a NUL");
    ok(strstr((char *) b.data, "ab2999;") != NULL && !b.failed, "is whole");
    oci_buf_free(&b);
    ok(b.data == NULL && b.len == 0, "freed");
}


static void
json_limits(void)
{
    char         *text;
    json_t       *root;
    oci_error_t   err = { OCI_OK, 0, "" };

    text = malloc(4 * 1024 * 1024);
    memset(text, '[', 4 * 1024 * 1024);

    ok(oci_json_load((u_char *) text, 4 * 1024 * 1024, 0, &err) == NULL,
       "four million brackets");
    is(err.status, OCI_LIMIT, "are refused as too deep");

    memset(text, ' ', 4 * 1024 * 1024);
    text[0] = '"';
    text[4 * 1024 * 1024 - 1] = '"';
    root = oci_json_load((u_char *) text, 4 * 1024 * 1024, 0, NULL);
    is(json_string_length(root), 4 * 1024 * 1024 - 2, "a very long string");
    json_decref(root);
    free(text);

    memset(&err, 0, sizeof(err));
    ok(oci_json_load((const u_char *) "", 0, 0, &err) == NULL, "no bytes");
    is(err.status, OCI_INVALID, "are no JSON");
    ok(oci_json_load((const u_char *) "{\"a\":1,\"a\":2}", 13,
                     OCI_JSON_DUPLICATES, NULL) == NULL, "a key twice");
    root = oci_json_load((const u_char *) "{\"a\":1,\"a\":2}", 13, 0, NULL);
    ok(root != NULL, "is read where it does not matter");
    json_decref(root);
}


static void
json_members(void)
{
    json_t      *root;
    uint64_t     n;
    const char  *text = "{\"s\":\"a\\u0000b\",\"n\":7,\"m\":-1,\"r\":1.0}";

    root = oci_json_load((const u_char *) text, strlen(text), 0, NULL);
    is(oci_json_str(root, "s").len, 3, "a string with a NUL");
    is(oci_json_str(root, "n").len, 0, "a number is no string");
    is(oci_json_str(root, "x").len, 0, "nor is nothing");
    is(oci_json_str(NULL, "x").len, 0, "of nothing");
    ok(oci_json_uint(root, "n", &n) && n == 7, "a number");
    ok(!oci_json_uint(root, "m", &n), "not a negative one");
    ok(!oci_json_uint(root, "r", &n), "nor one with a fraction");
    ok(!oci_json_uint(root, "s", &n), "nor a string");
    json_decref(root);
}


/* what is quick, and what is left to printf: the same */

static void
formats(void)
{
    char  *volatile none = NULL;

    format("nothing");
    format("%s", "");
    format("%s/%s", "a", "bc");
    format("%.*s|", 2, "abc");
    format("%.*s|", 0, none);
    format("%.2s/%s", "abcdef", "abcdef");
    format("%.9s", "abc");
    format("%d of %s", 7, "x");
    format("%s: 100%%", "x");
    format("%s %5s", "x", "y");
    format("%s%zu", "x", (size_t) 12345678901);
}


static void
format(const char *fmt, ...)
{
    int      n, m;
    char     got[16], want[16];
    size_t   size;
    va_list  args;

    for (size = 1; size <= sizeof(got); size++) {
        va_start(args, fmt);
        n = oci_vformat(got, size, fmt, args);
        va_end(args);
        va_start(args, fmt);
        m = vsnprintf(want, size, fmt, args);
        va_end(args);

        if (n != m || strcmp(got, want) != 0) {
            break;
        }
    }

    is(size, sizeof(got) + 1, "\"%s\", whatever the room", fmt);
}
