/*
 * oci_reference: names, tags, and what may be left out of a reference.
 */

#include "oci_reference.h"
#include "test.h"


static void names(void);
static void tags(void);
static void references(void);


int
main(void)
{
    names();
    tags();
    references();

    return done();
}


static void
names(void)
{
    char                long_name[300];
    size_t              i;
    oci_str_t           s;
    static const char  *good[] = {
        "a", "a/b", "a-b", "a--b", "a---b", "a_b", "a__b", "a.b", "0/1/2",
        "tags/list", "blobs/uploads"
    };
    static const char  *bad[] = {
        "", "/", "a/", "/a", "a//b", "a___b", "a..b", "a.", "-a", "a-", "A",
        "a/_layers", "..", "a/../b", "a b", "a:b", "a\nb", "a/.b", "\xc3\xa9"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        s = oci_str(good[i]);
        ok(oci_name_valid(&s), "\"%s\" is a name", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = oci_str(bad[i]);
        ok(!oci_name_valid(&s), "bad name %zu is none", i);
    }

    memset(long_name, 'a', sizeof(long_name));
    s.data = (u_char *) long_name;
    s.len = 255;
    ok(oci_name_valid(&s), "255 characters are a name");
    s.len = 256;
    ok(!oci_name_valid(&s), "256 are none");
}


static void
tags(void)
{
    char                long_tag[200];
    size_t              i;
    oci_str_t           s;
    static const char  *good[] = { "1", "latest", "_x", "A.b-C_9" };
    static const char  *bad[] = { "", ".x", "-x", "a/b", "a:b", "a b" };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        s = oci_str(good[i]);
        ok(oci_tag_valid(&s), "\"%s\" is a tag", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = oci_str(bad[i]);
        ok(!oci_tag_valid(&s), "\"%s\" is no tag", bad[i]);
    }

    memset(long_tag, 'a', sizeof(long_tag));
    s.data = (u_char *) long_tag;
    s.len = 128;
    ok(oci_tag_valid(&s), "128 characters are a tag");
    s.len = 129;
    ok(!oci_tag_valid(&s), "129 are none");
}


static void
references(void)
{
    size_t            i;
    oci_str_t         s;
    oci_pool_t       *pool;
    oci_reference_t   ref;

    static const struct {
        const char  *text;
        const char  *host;
        const char  *repo;
        const char  *tag;
    } cases[] = {
        { "alpine", "index.docker.io", "library/alpine", "latest" },
        { "a/b:1", "index.docker.io", "a/b", "1" },
        { "docker.io/alpine", "index.docker.io", "library/alpine", "latest" },
        { "localhost/a", "localhost", "a", "latest" },
        { "localhost:5000/a/b:x", "localhost:5000", "a/b", "x" },
        { "r.example/a", "r.example", "a", "latest" },
        { "[::1]:5000/a", "[::1]:5000", "a", "latest" }
    };

    pool = oci_pool_create();

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].text);

        if (!is(oci_reference_parse(&ref, pool, &s, NULL), OCI_OK,
                "\"%s\" is read", cases[i].text))
        {
            continue;
        }

        is_str((char *) ref.host.data, cases[i].host, "its host");
        is_str((char *) ref.repo.data, cases[i].repo, "its repository");
        is_str((char *) ref.tag.data, cases[i].tag, "its tag");
    }

    s = oci_str("r.example/a@sha256:e3b0c44298fc1c149afbf4c8996fb924"
                "27ae41e4649b934ca495991b7852b855");
    is(oci_reference_parse(&ref, pool, &s, NULL), OCI_OK, "with a digest");
    is(ref.tag.len, 0, "there is no tag then");
    is(ref.digest.alg, OCI_SHA256, "the digest is read");

    s = oci_str("r.example/a@sha256:bad");
    is(oci_reference_parse(&ref, pool, &s, NULL), OCI_INVALID,
       "a bad digest is refused");

    oci_pool_destroy(pool);
}
