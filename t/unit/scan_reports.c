/*
 * The package lists of Trivy's own reports, against ours, for every image of
 * the shared data; and rpm databases against what rpm lists.
 */

#include "oci_json.h"
#include "analyze/layer.h"
#include "oci_scan_inspect.h"
#include "base/text.h"
#include "test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>


typedef struct {
    const char  *image;
    const char  *report;
    bool         cached;        /* the report's layers came from a cache */
} case_t;


static const case_t  cases[] = {
    { "trivy-it-alpine-310.tar.gz", "trivy-it-alpine-310.real", false },
    { "debian-bookworm.tar.gz", "debian-bookworm.real", false },
    { "debian-buster.tar.gz", "debian-buster.real", false },
    { "ubuntu-1804.tar.gz", "ubuntu-1804.real", false },
    { "centos-6.tar.gz", "centos-6.fixture", false },
    { "opensuse-leap-151.tar.gz", "opensuse-leap-151.real", false },
    { "photon-30.tar.gz", "photon-30.real", false },
    { "busybox-musl", "busybox-musl.real", false },
    { "alpine-3.20", "alpine-3.20.3.real", true },
    { "alpine-3.20@sha256:98c5812169ca66b27ffb8bb0e254d6fe52e26d1982fadf9a5e"
      "3e983f2c3c73e4", "python-alpine-like.real", true },
    { "fanal-image3_gz_layers.tar", "fanal-image3_gz_layers.real", false },
    { "layers-apkdb-removed.tar.gz", "layers-apkdb-removed.real", false },
    { "layers-node.tar.gz", "layers-node.real", false },
    { "layers-node-opaque.tar.gz", "layers-node-opaque.real", false },
    { "poly-a.tar.gz", "poly-a.real", false }
};


static const char *
shared(void)
{
    const char   *dir;
    struct stat   st;

    dir = getenv("TALLY_SHARED");
    dir = (dir != NULL) ? dir : "../shared";

    return (stat(dir, &st) == 0) ? dir : NULL;
}


static oci_str_t
load(oci_pool_t *pool, const char *path)
{
    int         n;
    gzFile      f;
    u_char      chunk[65536];
    oci_buf_t   buf;
    oci_str_t   s = oci_null_string;

    memset(&buf, 0, sizeof(oci_buf_t));
    f = gzopen(path, "rb");

    while (f != NULL && (n = gzread(f, chunk, sizeof(chunk))) > 0) {
        oci_buf_add(&buf, chunk, (size_t) n);
    }

    if (f != NULL) {
        (void) gzclose(f);
        s = oci_str_dup(pool, buf.data, buf.len);
    }

    oci_buf_free(&buf);
    return s;
}


static bool
same(const json_t *want, const char *key, const oci_str_t *got)
{
    oci_str_t  s;

    s = oci_json_str(want, key);

    if (!oci_str_eq(&s, got)) {
        printf("# %s: want \"%.*s\", got \"%.*s\"\n", key, (int) s.len,
               s.data, (int) got->len, got->data);
    }

    return oci_str_eq(&s, got);
}


static bool
same_list(const json_t *want, const char *key, const oci_scan_strs_t *got)
{
    size_t         i;
    oci_str_t      s;
    const json_t  *list;

    list = json_object_get(want, key);

    for (i = 0; i < json_array_size(list) && i < got->nelts; i++) {
        s = oci_str(json_string_value(json_array_get(list, i)));
        if (!oci_str_eq(&s, &got->elts[i])) {
            printf("# %s: want %s, got %.*s\n", key, s.data,
                   (int) got->elts[i].len, got->elts[i].data);
            return false;
        }
    }

    return json_array_size(list) == got->nelts;
}


static bool
same_pkg(const json_t *want, const oci_scan_pkg_t *p, bool cached)
{
    json_int_t     epoch;
    const json_t  *id, *layer;

    id = json_object_get(want, "Identifier");
    layer = json_object_get(want, "Layer");
    epoch = json_integer_value(json_object_get(want, "Epoch"));

    return same(want, "ID", &p->id) && same(want, "Name", &p->name)
           && same(want, "Version", &p->version)
           && same(want, "Release", &p->release)
           && epoch == (json_int_t) p->epoch
           && same(want, "Arch", &p->arch)
           && same(want, "SrcName", &p->src_name)
           && same(want, "SrcVersion", &p->src_version)
           && same(want, "SrcRelease", &p->src_release)
           && same(want, "Maintainer", &p->maintainer)
           && same(want, "FilePath", &p->file_path)
           && same(want, "Digest", &p->digest)
           && same(id, "PURL", &p->purl)
           && same(layer, "DiffID", &p->layer_diff_id)
           && (cached || same(layer, "Digest", &p->layer_digest))
           && same_list(want, "Licenses", &p->licenses)
           && same_list(want, "DependsOn", &p->depends)
           && same_list(want, "InstalledFiles", &p->files);
}


static const json_t *
wanted(const json_t *report, const oci_scan_result_t *r)
{
    size_t      i;
    json_t     *result;
    oci_str_t   target, type;

    json_array_foreach(json_object_get(report, "Results"), i, result) {

        target = oci_json_str(result, "Target");
        type = oci_json_str(result, "Type");

        if (oci_str_eq(&type, &r->type)
            && (strcmp(r->class, "os-pkgs") == 0
                || oci_str_eq(&target, &r->target)))
        {
            return result;
        }
    }

    return NULL;
}


static size_t
different(const json_t *report, const oci_scan_report_t *ours, bool cached)
{
    size_t              i, j, n;
    json_t             *list;
    oci_scan_pkg_t     *pkg;
    oci_scan_result_t  *r;

    n = 0;
    r = ours->results.elts;

    for (i = 0; i < ours->results.nelts; i++) {

        list = json_object_get(wanted(report, &r[i]), "Packages");
        pkg = r[i].pkgs.elts;

        if (json_array_size(list) != r[i].pkgs.nelts) {
            printf("# %.*s: want %zu packages, got %zu\n",
                   (int) r[i].target.len, r[i].target.data,
                   json_array_size(list), r[i].pkgs.nelts);
            n++;
        }

        for (j = 0; j < r[i].pkgs.nelts && j < json_array_size(list); j++) {
            n += !same_pkg(json_array_get(list, j), &pkg[j], cached);
        }
    }

    return n;
}


static void
test_image(const char *dir, const case_t *c)
{
    json_t              *report;
    oci_str_t            text, name;
    oci_pool_t          *pool;
    oci_error_t          err;
    oci_status_e         rc;
    oci_scan_image_t    *image;
    oci_scan_merged_t    merged;
    oci_scan_report_t   *ours;
    oci_scan_options_t   options;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    memset(&options, 0, sizeof(oci_scan_options_t));
    ours = oci_scan_report_create(pool);
    name = oci_str(c->image);

    text = oci_strf(pool, "%s/data/scan/images/%s", dir, c->image);
    rc = oci_scan_image_open(&image, pool, (char *) text.data, NULL, &err);

    if (rc == OCI_OK) {
        rc = oci_scan_inspect_image(image, &options, &name, ours, &merged,
                                    &err);
    }

    is(rc, OCI_OK, "%s is read %s", c->image, err.text);

    text = oci_strf(pool, "%s/data/scan/reports/%s.json", dir, c->report);
    if (access((char *) text.data, R_OK) == -1) {
        text = oci_strf(pool, "%s.gz", (char *) text.data);
    }

    text = load(pool, (char *) text.data);
    report = oci_json_load(text.data, text.len, 0, &err);

    is(ours->results.nelts,
       json_array_size(json_object_get(report, "Results")),
       "%s: as many results as Trivy", c->image);
    is(different(report, ours, c->cached), 0, "%s: the same packages",
       c->image);

    json_decref(report);
    oci_pool_destroy(pool);
}


/* name, epoch, version, release, arch, source rpm, vendor, label */

static bool
listed(const oci_array_t *pkgs, oci_str_t line)
{
    size_t           i, n;
    oci_str_t        f[8], none;
    oci_scan_pkg_t  *p;

    memset(f, 0, sizeof(f));
    none = oci_str("(none)");
    p = pkgs->elts;

    for (n = 0; n < 8 && oci_scan_text_split(&line, '\t', &f[n]); n++) {
        if (oci_str_eq(&f[n], &none)) {
            f[n].len = 0;
        }
    }

    for (i = 0; i < pkgs->nelts; i++) {
        if (oci_str_eq(&p[i].name, &f[0]) && oci_str_eq(&p[i].version, &f[2])
            && oci_str_eq(&p[i].release, &f[3])
            && p[i].epoch == (f[1].len ? (uint32_t) atoi((char *) f[1].data)
                                       : 0)
            && (oci_str_eq(&p[i].arch, &f[4]) || f[4].len == 0)
            && oci_str_eq(&p[i].maintainer, &f[6])
            && oci_str_eq(&p[i].modularity, &f[7]))
        {
            return true;
        }
    }

    printf("# not listed: %.*s\n", (int) f[0].len, f[0].data);
    return false;
}


static void
test_rpm(const char *dir, const char *name)
{
    size_t             i, n, missing;
    oci_str_t          path, text, line;
    oci_pool_t        *pool;
    oci_error_t        err;
    oci_scan_layer_t  *blob;
    oci_scan_group_t  *g;
    static const char  *const places[] = {
        "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite.gz",
        "rpmdb.sqlite.gz", "var/lib/rpm/Packages", "var/lib/rpm/Packages.gz",
        "var/lib/rpm/Packages.db", "usr/lib/sysimage/rpm/Packages.db",
        "usr/lib/sysimage/rpm/Packages.db.gz"
    };

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    blob = oci_scan_layer_create(pool);
    n = 0;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {

        path = oci_strf(pool, "%s/data/scan/pkgdb/rpm/%s/%s", dir, name,
                        places[i]);
        if (access((char *) path.data, R_OK) == -1) {
            continue;
        }

        text = load(pool, (char *) path.data);
        is(oci_scan_layer_read_file(blob, strstr(places[i], "Packages.db")
                                    ? "var/lib/rpm/Packages.db"
                                    : strstr(places[i], "Packages")
                                    ? "var/lib/rpm/Packages"
                                    : "var/lib/rpm/rpmdb.sqlite", 0644, &text,
                                    &err), OCI_OK, "rpm %s %s", name,
           err.text);
        n++;
    }

    g = blob->system.elts;
    path = oci_strf(pool, "%s/data/scan/pkgdb/rpm/%s/expected.tsv", dir,
                    name);
    text = load(pool, (char *) path.data);
    missing = 0;
    i = 0;

    while (n == 1 && blob->system.nelts == 1
           && oci_scan_text_line(&text, &line))
    {
        missing += !listed(&g->pkgs, line);
        i++;
    }

    ok(n == 1 && blob->system.nelts == 1 && i == g->pkgs.nelts
       && missing == 0, "rpm %s: %zu packages", name, i);
    oci_pool_destroy(pool);
}


int
main(void)
{
    DIR            *d;
    char            path[4096];
    size_t          i;
    const char     *dir;
    struct dirent  *e;

    dir = shared();

    if (dir == NULL) {
        printf("1..0 # SKIP no shared data (set TALLY_SHARED)\n");
        return 0;
    }

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_image(dir, &cases[i]);
    }

    (void) snprintf(path, sizeof(path), "%s/data/scan/pkgdb/rpm", dir);
    d = opendir(path);

    while (d != NULL && (e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.') {
            test_rpm(dir, e->d_name);
        }
    }

    if (d != NULL) {
        (void) closedir(d);
    }

    return done();
}
