/*
 * Licence expressions, hashes and package URLs of SPDX documents, and bills
 * of materials in envelopes.  Ids are those that Trivy gives.
 */

#include "inspect/merge.h"
#include "model/purl.h"
#include "oci_scan_sbom.h"
#include "model/license_list.h"
#include "base/go_hash.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static void expressions(void);
static void others(void);
static void forms(void);
static void hashes(void);
static void urls(void);
static void envelopes(const char *folder, bool good);
static oci_str_t content(oci_pool_t *pool, const char *path);


int
main(void)
{
    const char  *top;

    top = getenv("TALLY_TOP");

    if (top != NULL && chdir(top) == -1) {
        printf("Bail out! cannot enter %s\n", top);
        return 1;
    }

    expressions();
    others();
    forms();
    hashes();
    urls();
    envelopes("t/data/scan_sbom/valid", true);
    envelopes("t/data/scan_sbom/invalid", false);

    return done();
}


static void
expressions(void)
{
    size_t             i, n;
    oci_str_t          list[4], out;
    oci_pool_t        *pool;
    oci_array_t        other;
    oci_scan_strs_t    strs;
    static const char  *const cases[][4] = {
        { "MIT", "MIT", NULL, NULL },
        { "MPL-2.0 AND MIT", "MPL-2.0", "MIT", NULL },
        { "BSD-2-Clause OR MIT OR Apache-2.0",
          "(BSD-2-Clause OR MIT OR Apache-2.0)", NULL, NULL },
        { "(MIT OR ISC) AND Zlib", "MIT or ISC", "zlib", NULL },
        { "GPL-2.0-or-later", "GPL-2.0+", NULL, NULL },
        { "LGPL-2.1-or-later WITH Classpath-exception-2.0",
          "LGPL-2.1+ with CLASSPATH-exception-2.0", NULL, NULL },
        { "LicenseRef-own", "LicenseRef-own", NULL, NULL }
    };
    static const char  *const bad[] = {
        "Historical Permission Notice and Disclaimer (HPND)", "(MIT",
        "MIT AND", "+", "", "MIT)", "MIT) OR ISC", "()"
    };

    pool = oci_pool_create();
    oci_array_init(&other, pool, sizeof(oci_scan_license_other_t));
    strs.elts = list;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {

        for (n = 0; cases[i][n + 1] != NULL; n++) {
            list[n] = oci_str(cases[i][n + 1]);
        }

        strs.nelts = n;
        is(oci_scan_license_expression(&out, pool, &strs, &other), OCI_OK,
           "\"%s\" is an expression", cases[i][1]);
        is_str((char *) out.data, cases[i][0], "\"%s\" in SPDX's way",
               cases[i][1]);
    }

    is(other.nelts, 0, "all of them are on the list");
    strs.nelts = 1;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        list[0] = oci_str(bad[i]);
        is(oci_scan_license_expression(&out, pool, &strs, &other), OCI_INVALID,
           "\"%.20s\" is none", bad[i]);
    }

    oci_pool_destroy(pool);
}


/* the ids are from Trivy's report of an image */

static void
others(void)
{
    size_t                     i;
    oci_str_t                  list[3], out;
    oci_pool_t                *pool;
    oci_array_t                other;
    oci_scan_strs_t            strs;
    oci_scan_license_other_t  *o;
    static const char       *const ids[] = {
        "LicenseRef-3a673de465827839", "LicenseRef-461e73656ab4d0",
        "LicenseRef-920c4f77f417c952"
    };

    pool = oci_pool_create();
    oci_array_init(&other, pool, sizeof(oci_scan_license_other_t));
    list[0] = oci_str("NOASSERTION");
    list[1] = oci_str("MIT/X11");
    list[2] = oci_str("Python Software Foundation License");
    strs.elts = list;
    strs.nelts = 3;

    is(oci_scan_license_expression(&out, pool, &strs, &other), OCI_OK,
       "names that are not on the list");
    is(other.nelts, 3, "each is described");
    o = other.elts;

    for (i = 0; i < other.nelts; i++) {
        is_str((char *) o[i].id.data, ids[i], "its id is a hash");
    }

    is_str((char *) o[1].text.data,
           "This component is licensed under \"MIT-X11\"", "in words");

    list[0] = oci_str("text://Do as you like;");
    strs.nelts = 1;
    is(oci_scan_license_expression(&out, pool, &strs, &other), OCI_OK,
       "a whole text");
    o = other.elts;
    ok(other.nelts == 4 && o[3].whole
       && oci_str_is(&o[3].text, "Do as you like;"), "is kept");

    oci_pool_destroy(pool);
}


static void
forms(void)
{
    size_t                 i;
    oci_str_t              in, out;
    oci_pool_t            *pool;
    oci_scan_license_e     what;
    static const struct {
        const char          *in;
        const char          *out;
        oci_scan_license_e   what;
    } cases[] = {
        { "apache-2.0", "Apache-2.0", OCI_SCAN_LICENSE_ID },
        { "MIT OR ISC", "MIT OR ISC", OCI_SCAN_LICENSE_EXPRESSION },
        { "MIT/X11", "MIT-X11", OCI_SCAN_LICENSE_NAME },
        { "a (b", "a (b", OCI_SCAN_LICENSE_NAME }
    };

    pool = oci_pool_create();

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        in = oci_str(cases[i].in);
        is(oci_scan_license_one(&out, &what, pool, &in), OCI_OK,
           "\"%s\" is read", cases[i].in);
        is_str((char *) out.data, cases[i].out, "as it is on the list");
        is(what, cases[i].what, "and known for what it is");
    }

    oci_pool_destroy(pool);
}


static void
hashes(void)
{
    oci_str_t  s;

    s = oci_str("trivy-it-alpine-310.tar.gz-container_image");
    is(oci_scan_hash_str(&s), 0xe15d37ffe6a9466u, "a string");
    is(oci_scan_hash_text(NULL), 0xcbf29ce484222325u, "an empty one");
    ok(oci_scan_hash_bool(true) != oci_scan_hash_bool(false), "a boolean");
}


static void
urls(void)
{
    oci_str_t        s, name, digest, arch;
    oci_pool_t      *pool;
    oci_error_t      err;
    oci_scan_purl_t  purl;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    s = oci_str("pkg:rpm/centos/a%2Bb@1:2?epoch=1&arch=x86_64&x=a%20b:c#d/e");
    is(oci_scan_purl_parse(&purl, pool, &s, &err), OCI_OK, "a package URL");
    s = oci_scan_purl_str(pool, &purl);
    is_str((char *) s.data,
           "pkg:rpm/centos/a%2Bb@1:2?arch=x86_64&epoch=1&x=a%20b:c#d/e",
           "its qualifiers are sorted");

    name = oci_str("alpine");
    digest = oci_str("sha256:00");
    arch = oci_str("amd64");
    s = oci_str("index.docker.io/library/alpine");
    s = oci_scan_purl_image(pool, &name, &digest, &arch, &s);
    is_str((char *) s.data, "pkg:oci/alpine@sha256:00?arch=amd64"
           "&repository_url=index.docker.io%2Flibrary%2Falpine",
           "an image's");

    oci_pool_destroy(pool);
}


static void
envelopes(const char *folder, bool good)
{
    DIR              *d;
    char              path[512];
    oci_str_t         text;
    oci_pool_t       *pool;
    oci_error_t       err;
    oci_status_e      rc;
    struct dirent    *e;
    oci_scan_sbom_t   bom;

    d = opendir(folder);
    ok(d != NULL, "%s is there", folder);

    while (d != NULL && (e = readdir(d)) != NULL) {

        if (e->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        pool = oci_pool_create();
        memset(&err, 0, sizeof(oci_error_t));
        text = content(pool, path);
        rc = oci_scan_sbom_open(&bom, pool, &text, &err);
        ok((rc == OCI_OK && bom.parts.nelts != 0) == good, "%s: %s", path,
           rc == OCI_OK ? "read" : err.text);
        oci_pool_destroy(pool);
    }

    if (d != NULL) {
        (void) closedir(d);
    }
}


static oci_str_t
content(oci_pool_t *pool, const char *path)
{
    FILE       *f;
    u_char      data[65536];
    size_t      n;
    oci_str_t   none = oci_null_string;

    f = fopen(path, "re");
    if (f == NULL) {
        return none;
    }

    n = fread(data, 1, sizeof(data), f);
    (void) fclose(f);

    return oci_str_dup(pool, data, n);
}
