/*
 * oci_route and oci_range: what paths and headers mean.  Which are accepted
 * at all: t/data/route and t/data/range.
 */

#include "oci_range.h"
#include "oci_route.h"
#include "test.h"


#define HEX                                                                  \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ID  "00000000-0000-4000-8000-000000000000"


static void routes(void);
static void faults(void);
static void ranges(void);


int
main(void)
{
    routes();
    faults();
    ranges();

    return done();
}


static void
routes(void)
{
    size_t       i;
    oci_str_t    path;
    oci_route_t  r;
    static const struct {
        const char   *path;
        oci_route_e   kind;
        const char   *repo;
        const char   *reference;
    } cases[] = {
        { "/", OCI_ROUTE_ROOT, "", "" },
        { "/v2", OCI_ROUTE_BASE, "", "" },
        { "/v2/_catalog", OCI_ROUTE_CATALOG, "", "" },
        { "/v2/a/b/c/tags/list", OCI_ROUTE_TAGS, "a/b/c", "list" },
        { "/v2/tags/list/tags/list", OCI_ROUTE_TAGS, "tags/list", "list" },
        { "/v2/a/manifests/b/manifests/c", OCI_ROUTE_MANIFEST,
          "a/manifests/b", "c" },
        { "/v2/a/manifests/sha256:" HEX, OCI_ROUTE_MANIFEST, "a",
          "sha256:" HEX },
        { "/v2/blobs/uploads/blobs/uploads/", OCI_ROUTE_UPLOADS,
          "blobs/uploads", "" },
        { "/v2/a/blobs/uploads", OCI_ROUTE_UPLOADS, "a", "uploads" },
        { "/v2/a/blobs/uploads/" ID, OCI_ROUTE_UPLOAD, "a", ID },
        { "/v2/a/blobs/blobs/uploads/" ID, OCI_ROUTE_UPLOAD, "a/blobs", ID },
        { "/v2/a/uploads/blobs/sha256:" HEX, OCI_ROUTE_BLOB, "a/uploads",
          "sha256:" HEX },
        { "/v2/a/referrers/referrers/sha256:" HEX, OCI_ROUTE_REFERRERS,
          "a/referrers", "sha256:" HEX }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        path = oci_str(cases[i].path);
        oci_route_parse(&r, &path);

        is(r.kind, cases[i].kind, "%s", cases[i].path);
        is(r.fault, OCI_ROUTE_GOOD, "is good");
        ok(oci_str_is(&r.repo, cases[i].repo), "repository \"%s\"",
           cases[i].repo);
        ok(oci_str_is(&r.reference, cases[i].reference), "reference \"%s\"",
           cases[i].reference);
    }
}


static void
faults(void)
{
    size_t       i;
    oci_str_t    path;
    oci_route_t  r;
    static const struct {
        const char         *path;
        oci_route_e         kind;
        oci_route_fault_e   fault;
    } cases[] = {
        { "/v2/A/tags/list", OCI_ROUTE_TAGS, OCI_ROUTE_BAD_NAME },
        { "/v2/../tags/list", OCI_ROUTE_TAGS, OCI_ROUTE_BAD_NAME },
        { "/v2//tags/list", OCI_ROUTE_TAGS, OCI_ROUTE_BAD_NAME },
        { "/v2/a/manifests/.x", OCI_ROUTE_MANIFEST, OCI_ROUTE_BAD_TAG },
        { "/v2/a/manifests/", OCI_ROUTE_MANIFEST, OCI_ROUTE_BAD_TAG },
        { "/v2/a/manifests/sha256:x", OCI_ROUTE_MANIFEST,
          OCI_ROUTE_BAD_DIGEST },
        { "/v2/a/blobs/x", OCI_ROUTE_BLOB, OCI_ROUTE_BAD_DIGEST },
        { "/v2/a/referrers/x", OCI_ROUTE_REFERRERS, OCI_ROUTE_BAD_DIGEST },
        { "/v2/a/blobs/uploads/x", OCI_ROUTE_UPLOAD, OCI_ROUTE_BAD_ID },
        { "/v2/_catalog/x", OCI_ROUTE_NONE, OCI_ROUTE_GOOD },
        { "/v2/x", OCI_ROUTE_NONE, OCI_ROUTE_GOOD },
        { "/v2/uploads/x", OCI_ROUTE_NONE, OCI_ROUTE_GOOD },
        { "/v3/", OCI_ROUTE_NONE, OCI_ROUTE_GOOD },
        { "", OCI_ROUTE_NONE, OCI_ROUTE_GOOD }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        path = oci_str(cases[i].path);
        oci_route_parse(&r, &path);

        is(r.kind, cases[i].kind, "\"%s\": what it is", cases[i].path);
        is(r.fault, cases[i].fault, "\"%s\": what is wrong", cases[i].path);
    }
}


static void
ranges(void)
{
    size_t      i;
    uint64_t    first, last;
    oci_str_t   s;
    static const struct {
        const char  *text;
        uint64_t     first;
        uint64_t     last;
    } cases[] = {
        { "0-0", 0, 0 },
        { "0-499", 0, 499 },
        { "bytes 500-999/2000", 500, 999 },
        { "bytes=500-999", 500, 999 },
        { "7-9223372036854775806", 7, INT64_MAX - 1 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].text);

        is(oci_range_parse(&s, &first, &last), OCI_OK, "%s", cases[i].text);
        is(first, cases[i].first, "begins");
        is(last, cases[i].last, "ends");
    }
}
