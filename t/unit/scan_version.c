/*
 * Orders of versions, and ranges.
 */

#include "version/version.h"
#include "test.h"

#include <stdlib.h>


static void orders(void);
static void ranges(void);
static void refused(void);

static const oci_scan_version_t *of(oci_scan_version_e kind);


static const char  *names[] = { "deb", "rpm", "apk", "npm", "pep440", "gem",
                                "maven", "bitnami", "generic" };


int
main(void)
{
    orders();
    ranges();
    refused();

    return done();
}


static void
orders(void)
{
    int                  diff;
    size_t               i;
    oci_str_t            a, b;
    static const struct {
        oci_scan_version_e   kind;
        const char          *less;
        const char          *more;
    } cases[] = {
        { OCI_SCAN_VERSION_DEB, "1.0~rc1-1", "1.0-1" },
        { OCI_SCAN_VERSION_DEB, "2.9", "1:0.1" },
        { OCI_SCAN_VERSION_DEB, "1.0-1", "1.0-1+deb10u1" },
        { OCI_SCAN_VERSION_RPM, "1.0-1.el8", "1.0-2.el8" },
        { OCI_SCAN_VERSION_RPM, "9.9-1", "1:0.1-1" },
        { OCI_SCAN_VERSION_APK, "1.2_rc1-r0", "1.2-r0" },
        { OCI_SCAN_VERSION_APK, "1.1.1c-r0", "1.1.1d-r0" },
        { OCI_SCAN_VERSION_APK, "1.2-r9", "1.2-r10" },
        { OCI_SCAN_VERSION_APK, "1.2", "1.2_p1" },
        { OCI_SCAN_VERSION_NPM, "1.0.0-alpha", "1.0.0" },
        { OCI_SCAN_VERSION_NPM, "1.0.0-2", "1.0.0-10" },
        { OCI_SCAN_VERSION_PEP440, "1.0.dev1", "1.0a1" },
        { OCI_SCAN_VERSION_PEP440, "1.0", "1.0.post1" },
        { OCI_SCAN_VERSION_GEM, "1.0.a", "1.0" },
        { OCI_SCAN_VERSION_MAVEN, "1.0-SNAPSHOT", "1.0" },
        { OCI_SCAN_VERSION_MAVEN, "1.0-alpha-1", "1.0-beta" },
        { OCI_SCAN_VERSION_MAVEN, "1.0", "1.0-sp" },
        { OCI_SCAN_VERSION_MAVEN, "1.9", "1.10" },
        { OCI_SCAN_VERSION_BITNAMI, "1.19.10", "1.19.10-3" },
        { OCI_SCAN_VERSION_GENERIC, "v1.2.3-rc.1", "1.2.3" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        a = oci_str(cases[i].less);
        b = oci_str(cases[i].more);

        ok(oci_scan_version_cmp(of(cases[i].kind), &a, &b, &diff)
           && diff < 0,
           "%s: %s is before %s", names[cases[i].kind], cases[i].less,
           cases[i].more);
        ok(oci_scan_version_cmp(of(cases[i].kind), &b, &a, &diff)
           && diff > 0,
           "%s: %s is after %s", names[cases[i].kind], cases[i].more,
           cases[i].less);
    }

    a = oci_str("1.0.0");
    b = oci_str("1");
    ok(oci_scan_version_cmp(of(OCI_SCAN_VERSION_MAVEN), &a, &b, &diff)
       && diff == 0, "maven: 1.0.0 is 1");
}


static void
ranges(void)
{
    bool                 good, in;
    size_t               i;
    oci_str_t            v, range;
    static const struct {
        oci_scan_version_e   kind;
        const char          *version;
        const char          *range;
        bool                 in;
    } cases[] = {
        { OCI_SCAN_VERSION_NPM, "1.2.9", "~1.2.3", true },
        { OCI_SCAN_VERSION_NPM, "1.3.0", "~1.2.3", false },
        { OCI_SCAN_VERSION_NPM, "2.0.0-rc1", "^1.2.3", false },
        { OCI_SCAN_VERSION_NPM, "2.5.0", "1.x || >=2.5.0 <3", true },
        { OCI_SCAN_VERSION_PEP440, "1.0rc1", "<1.0", false },
        { OCI_SCAN_VERSION_PEP440, "2.2.5", "~=2.2.0", true },
        { OCI_SCAN_VERSION_PEP440, "1.4", "==1.*, !=1.5.*", true },
        { OCI_SCAN_VERSION_GEM, "5.2.4.3", "~> 5.2.4, >= 5.2.4.3", true },
        { OCI_SCAN_VERSION_GEM, "5.3.0", "~> 5.2.4", false },
        { OCI_SCAN_VERSION_MAVEN, "1.5", "[1.0,2.0)", true },
        { OCI_SCAN_VERSION_MAVEN, "2.0", "[1.0,2.0),[3.0]", false },
        { OCI_SCAN_VERSION_MAVEN, "1.5", ">= 1.0, < 1.5.1", true },
        { OCI_SCAN_VERSION_GENERIC, "v0.3.2", "<0.3.3", true },
        { OCI_SCAN_VERSION_GENERIC, "1.4.0", ">=1.0,<1.4 || >=2", false },
        { OCI_SCAN_VERSION_GENERIC, "1.4.9", "^1.2", true },
        { OCI_SCAN_VERSION_BITNAMI, "1.19.10-3", "<1.19.10", false }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        v = oci_str(cases[i].version);
        range = oci_str(cases[i].range);
        in = oci_scan_version_in(of(cases[i].kind), &v, &range, &good);

        ok(good && in == cases[i].in, "%s: %s is %sin %s",
           names[cases[i].kind], cases[i].version,
           cases[i].in ? "" : "not ", cases[i].range);
    }
}


static void
refused(void)
{
    bool       good;
    oci_str_t  v, range;

    v = oci_str("not a version");
    ok(!oci_scan_version_valid(of(OCI_SCAN_VERSION_DEB), &v)
       && !oci_scan_version_valid(of(OCI_SCAN_VERSION_NPM), &v)
       && !oci_scan_version_valid(of(OCI_SCAN_VERSION_PEP440), &v)
       && !oci_scan_version_valid(of(OCI_SCAN_VERSION_GENERIC), &v),
       "text is no version");

    v = oci_str("1.0.0");
    range = oci_str(">= 1, what");
    (void) oci_scan_version_in(of(OCI_SCAN_VERSION_GENERIC), &v, &range,
                               &good);
    ok(!good, "a bad range is told apart from one that does not fit");
}


static const oci_scan_version_t *
of(oci_scan_version_e kind)
{
    static oci_scan_version_t  order;

    if (oci_scan_version_open(&order, kind, NULL) != OCI_OK) {
        printf("Bail out! no order of %s versions\n", names[kind]);
        exit(1);
    }

    return &order;
}
