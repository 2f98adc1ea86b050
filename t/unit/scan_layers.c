/*
 * The scanner's layers on data that is made here: streams, tars, whiteouts,
 * package databases, the order of layers, the cache.
 */

#include "analyze/layer.h"
#include "oci_scan_cache.h"
#include "oci_scan_inspect.h"
#include "model/license.h"
#include "oci_scan_sbom.h"
#include "test.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>


typedef struct {
    const char  *path;
    const char  *text;
} entry_t;


typedef struct {
    oci_str_t  rest;
    size_t     step;                /* bytes that one read gives */
} memory_t;


static ssize_t
memory_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    memory_t  *m;

    (void) err;
    m = ctx;
    size = (size > m->step) ? m->step : size;
    size = (size > m->rest.len) ? m->rest.len : size;
    memcpy(buf, m->rest.data, size);
    m->rest.data += size;
    m->rest.len -= size;
    return (ssize_t) size;
}


static oci_str_t
tar_of(oci_pool_t *pool, const entry_t *e)
{
    size_t                 used;
    u_char                *buf;
    oci_str_t              tar;
    struct archive        *a;
    struct archive_entry  *entry;

    buf = oci_palloc(pool, 1024 * 1024);
    a = archive_write_new();
    (void) archive_write_set_format_ustar(a);
    (void) archive_write_set_bytes_per_block(a, 0);
    (void) archive_write_open_memory(a, buf, 1024 * 1024, &used);

    for ( ; e->path != NULL; e++) {
        entry = archive_entry_new();
        archive_entry_set_pathname(entry, e->path);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (int64_t) strlen(e->text));
        (void) archive_write_header(a, entry);
        (void) archive_write_data(a, e->text, strlen(e->text));
        archive_entry_free(entry);
    }

    (void) archive_write_close(a);
    (void) archive_write_free(a);

    tar.data = buf;
    tar.len = used;
    return tar;
}


static oci_str_t
gzip_of(oci_pool_t *pool, const oci_str_t *s)
{
    z_stream   z;
    oci_str_t  out;

    memset(&z, 0, sizeof(z_stream));
    (void) deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    out.len = deflateBound(&z, s->len) + 64;
    out.data = oci_palloc(pool, out.len);
    z.next_in = s->data;
    z.avail_in = (uInt) s->len;
    z.next_out = out.data;
    z.avail_out = (uInt) out.len;
    (void) deflate(&z, Z_FINISH);
    out.len = z.total_out;
    (void) deflateEnd(&z);
    return out;
}


static oci_str_t
zstd_of(oci_pool_t *pool, const oci_str_t *s)
{
    oci_str_t  out;

    out.len = ZSTD_compressBound(s->len);
    out.data = oci_palloc(pool, out.len);
    out.len = ZSTD_compress(out.data, out.len, s->data, s->len, 3);
    return out;
}


static oci_status_e
stream_all(oci_str_t in, size_t step, const oci_scan_limits_t *limits,
    oci_buf_t *out, oci_error_t *err)
{
    ssize_t              n;
    memory_t             m;
    const u_char        *p;
    oci_scan_reader_t    r;
    oci_scan_hashes_t    both = { OCI_SHA256, OCI_SHA256 };
    oci_scan_stream_t   *s;

    m.rest = in;
    m.step = step;
    r.ctx = &m;
    r.read = memory_read;
    r.close = NULL;
    memset(err, 0, sizeof(oci_error_t));
    memset(out, 0, sizeof(oci_buf_t));

    s = oci_scan_stream_open(&r, limits, both, err);
    if (s == NULL) {
        return err->status;
    }

    while ((n = oci_scan_stream_next(s, &p, err)) > 0) {
        oci_buf_add(out, p, (size_t) n);
    }

    oci_scan_stream_close(s);
    return (n < 0) ? err->status : OCI_OK;
}


static void
test_stream(oci_pool_t *pool)
{
    size_t             i;
    oci_buf_t          out;
    oci_str_t          plain, gz, two, zst, cut;
    oci_error_t        err;
    oci_scan_limits_t  limits;

    plain.len = 3 * 1024 * 1024 + 17;
    plain.data = oci_palloc(pool, plain.len);

    for (i = 0; i < plain.len; i++) {
        plain.data[i] = (u_char) ((i * 2654435761u) >> 13) & 0x3f;
    }

    gz = gzip_of(pool, &plain);
    zst = zstd_of(pool, &plain);

    is(stream_all(gz, 1000, NULL, &out, &err), OCI_OK, "gzip in small reads");
    ok(out.len == plain.len && memcmp(out.data, plain.data, out.len) == 0,
       "comes out as it was");
    oci_buf_free(&out);

    two.len = 2 * gz.len + 4;
    two.data = oci_pcalloc(pool, two.len);
    memcpy(two.data, gz.data, gz.len);
    memcpy(two.data + gz.len, gz.data, gz.len);
    is(stream_all(two, 1 << 20, NULL, &out, &err), OCI_OK,
       "two gzip members and zeros");
    is(out.len, 2 * plain.len, "both come out");
    oci_buf_free(&out);

    cut = gz;
    cut.len /= 2;
    is(stream_all(cut, 1 << 20, NULL, &out, &err), OCI_INVALID,
       "half a gzip file: %s", err.text);
    oci_buf_free(&out);

    is(stream_all(zst, 777, NULL, &out, &err), OCI_OK, "zstd");
    is(out.len, plain.len, "comes out whole");
    oci_buf_free(&out);

    cut = zst;
    cut.len -= 5;
    is(stream_all(cut, 1 << 20, NULL, &out, &err), OCI_INVALID,
       "zstd cut off: %s", err.text);
    oci_buf_free(&out);

    memset(&limits, 0, sizeof(oci_scan_limits_t));
    limits.bytes = 1024 * 1024;
    is(stream_all(gz, 1 << 20, &limits, &out, &err), OCI_LIMIT,
       "more than allowed: %s", err.text);
    oci_buf_free(&out);
}


static void
test_paths(void)
{
    size_t             i;
    char               path[64];
    static const char  *const cases[][2] = {
        { "./etc/os-release", "etc/os-release" }, { "/etc//x/", "etc/x" },
        { "a/./b/../c", "a/c" }, { "../../etc/passwd", "../../etc/passwd" },
        { "a/../../b", "../b" }, { ".", "" }, { "///", "" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s", cases[i][0]);
        is(oci_scan_walk_clean(path), strlen(cases[i][1]), "length of %s",
           cases[i][0]);
        is_str(path, cases[i][1], "%s is clean", cases[i][0]);
    }
}


static oci_scan_layer_t *
layer_of(oci_pool_t *pool, const entry_t *e, const char *name)
{
    memory_t            m;
    oci_error_t         err;
    oci_scan_layer_t   *layer;
    oci_scan_hashes_t   diff_id = { OCI_ALG_NONE, OCI_SHA256 };
    oci_scan_reader_t   r;

    memset(&err, 0, sizeof(oci_error_t));
    m.rest = tar_of(pool, e);
    m.step = 4096;
    r.ctx = &m;
    r.read = memory_read;
    r.close = NULL;
    layer = oci_scan_layer_create(pool);

    is(oci_scan_layer_read(layer, &r, NULL, diff_id, NULL, &err), OCI_OK,
       "layer %s %s", name, err.text);
    return layer;
}


static const entry_t  base[] = {
    { "etc/alpine-release", "3.20.3\n" },
    { "etc/apk/repositories",
      "https://dl-cdn.alpinelinux.org/alpine/v3.20/main\n" },
    { "lib/apk/db/installed",
      "C:Q1qKcZ+j23xssAXmgQhkcdHh0dbWw=\nP:musl\nV:1.2.5-r0\nA:x86_64\n"
      "L:MIT\no:musl\nm:A <a@b>\np:so:libc.musl-x86_64.so.1=1\n"
      "F:lib\nR:ld-musl-x86_64.so.1\n\n"
      "P:zlib\nV:1.3.1-r1\nA:x86_64\nL:Zlib\n"
      "D:so:libc.musl-x86_64.so.1 !bad\no:zlib\n\n"
      "P:broken\nV:not a version\n\n" },
    { "app/node_modules/a/package.json",
      "{\"name\":\"a\",\"version\":\"1.0.0\",\"license\":\"MIT\"}" },
    { "app/node_modules/b/package.json",
      "{\"name\":\"b\",\"version\":\"2.0.0\"}" },
    { "srv/x/package.json", "{\"name\":\"x\",\"version\":\"3.0.0\"}" },
    { "srv/bad/package.json", "{\"name\":1,\"version\":\"3.0.0\"}" },
    { NULL, NULL }
};

static const entry_t  upper[] = {
    { "app/node_modules/.wh.b", "" },
    { "srv/.wh..wh..opq", "" },
    { "srv/y/package.json", "{\"name\":\"y\",\"version\":\"4.0.0\"}" },
    { "lib/apk/db/installed",
      "P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\n"
      "P:curl\nV:8.0.0-r0\nA:x86_64\nL:curl\no:curl\n\n" },
    { NULL, NULL }
};


static void
test_merge(oci_pool_t *pool)
{
    oci_str_t            type;
    oci_error_t          err;
    oci_scan_pkg_t      *pkg;
    oci_scan_layer_t    *layer[2];
    oci_scan_group_t    *g;
    oci_scan_merged_t    d;

    layer[0] = layer_of(pool, base, "base");
    layer[1] = layer_of(pool, upper, "upper");
    memset(&err, 0, sizeof(oci_error_t));

    is(merge_layers(&d, pool, layer, 2, &err), OCI_OK, "merged");
    ok(oci_str_is(&d.os.family, "alpine"), "Alpine");
    ok(oci_str_is(&d.os.name, "3.20.3"), "3.20.3");
    ok(oci_str_is(&d.repository, "3.20"), "repositories of 3.20");
    is(d.pkgs.nelts, 2, "the upper database counts");

    pkg = d.pkgs.elts;
    ok(oci_str_is(&pkg[0].name, "curl"), "curl comes first");
    ok(oci_str_is(&pkg[0].layer_diff_id, layer[1]->diff_id.text),
       "curl came with the upper layer");
    ok(oci_str_is(&pkg[1].layer_diff_id, layer[0]->diff_id.text),
       "musl keeps the layer that brought it");
    ok(oci_str_is(&pkg[1].purl,
                  "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=3.20.3"),
       "package URL");
    is(pkg[1].files.nelts, 1, "with the files of its first layer");

    is(d.apps.nelts, 1, "one group for all package.json");
    g = d.apps.elts;
    type = oci_str(g->type);
    ok(oci_str_is(&type, "node-pkg"), "npm's");
    is(g->pkgs.nelts, 2, "one deleted, one behind an opaque directory");
    pkg = g->pkgs.elts;
    ok(oci_str_is(&pkg[0].name, "a") && oci_str_is(&pkg[1].name, "y"),
       "a and y are left");
}


static void
test_apk(oci_pool_t *pool)
{
    oci_scan_pkg_t    *pkg;
    oci_scan_layer_t  *layer;
    oci_scan_group_t  *g;

    layer = layer_of(pool, base, "apk");
    is(layer->system.nelts, 1, "one database");
    g = layer->system.elts;
    is(g->pkgs.nelts, 2, "an invalid version is left out");
    pkg = g->pkgs.elts;
    is(pkg[1].depends.nelts, 1, "zlib depends on one package");
    ok(oci_str_is(&pkg[1].depends.elts[0], "musl@1.2.5-r0"), "on musl");
    ok(oci_str_prefix(&pkg[0].digest, "sha1:"), "digest of musl");
    is(layer->left_out.nelts, 1, "the bad package.json is left out, and said");
}


static void
test_dpkg(oci_pool_t *pool)
{
    oci_str_t              text;
    oci_error_t            err;
    oci_scan_pkg_t        *pkg;
    oci_scan_layer_t      *layer;
    oci_scan_group_t      *g;
    static const entry_t   e[] = {
        { "etc/debian_version", "12.5\n" },
        { "var/lib/dpkg/status",
          "Package: libc6\nStatus: install ok installed\n"
          "Architecture: amd64\nSource: glibc (2.36-9)\n"
          "Version: 1:2.36-9+deb12u4\nMaintainer: X <x@debian.org>\n"
          "Description: folded\n over lines\n\n"
          "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
          "Package: npm\nStatus: install ok installed\nVersion: 9.2\n"
          "Depends: libc6 (>= 2) | other, missing\n\n"
          "Package: docker-ce\nVersion: 5\n"
          "Maintainer: Docker <support@docker.com>\n" },
        { "var/lib/dpkg/info/npm.md5sums",
          "d41d8cd98f00b204e9800998ecf8427e  usr/share/npm/package.json\n" },
        { "var/lib/dpkg/info/docker-ce.md5sums",
          "d41d8cd98f00b204e9800998ecf8427e  opt/d/package.json\n" },
        { "usr/share/npm/package.json",
          "{\"name\":\"npm\",\"version\":\"9.2.0\"}" },
        { "opt/d/package.json", "{\"name\":\"d\",\"version\":\"1.0.0\"}" },
        { "usr/share/doc/libc6/copyright",
          "License: LGPL-2.1+\n see /usr/share/common-licenses/GPL-2.\n" },
        { NULL, NULL }
    };

    layer = layer_of(pool, e, "dpkg");
    g = layer->system.elts;
    is(g->pkgs.nelts, 3, "removed packages do not count");
    pkg = g->pkgs.elts;
    is(pkg[0].epoch, 1, "epoch");
    ok(oci_str_is(&pkg[0].version, "2.36"), "version");
    ok(oci_str_is(&pkg[0].release, "9+deb12u4"), "revision");
    ok(oci_str_is(&pkg[0].src_name, "glibc"), "source");
    is(pkg[0].src_epoch, 0, "epoch of the source");
    is(pkg[1].depends.nelts, 1, "dependencies that are there");
    is(pkg[2].repository, OCI_SCAN_REPO_THIRD_PARTY, "Docker's own package");
    is(layer->apps.nelts, 1, "what Debian installed is not listed again");
    is(layer->copyrights.nelts, 1, "one copyright file");

    text = oci_str("Package: a\nbroken line\n\nPackage: b\nVersion: 1\n");
    memset(&err, 0, sizeof(oci_error_t));
    layer = oci_scan_layer_create(pool);
    is(oci_scan_layer_read_file(layer, "var/lib/dpkg/status", 0644, &text,
                                &err), OCI_OK, "a damaged entry");
    g = layer->system.elts;
    is(g->pkgs.nelts, 1, "does not hide the others");
}


static void
test_pack(oci_pool_t *pool)
{
    size_t              i;
    oci_buf_t           one, two;
    oci_str_t           packed;
    oci_scan_layer_t   *layer, *copy;

    layer = layer_of(pool, base, "to be kept");
    memset(&one, 0, sizeof(oci_buf_t));
    memset(&two, 0, sizeof(oci_buf_t));
    is(oci_scan_layer_pack(layer, &one), OCI_OK, "packed");

    packed.data = one.data;
    packed.len = one.len;
    copy = oci_scan_layer_create(pool);
    is(oci_scan_layer_unpack(copy, &packed), OCI_OK, "unpacked");
    is(oci_scan_layer_pack(copy, &two), OCI_OK, "packed again");
    ok(one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
       "nothing was lost");

    for (i = 0; i < one.len; i++) {
        packed.len = i;
        copy = oci_scan_layer_create(pool);
        if (oci_scan_layer_unpack(copy, &packed) == OCI_OK) {
            break;
        }
    }

    is(i, one.len, "no shorter one is taken");
    oci_buf_free(&one);
    oci_buf_free(&two);
}


static void
test_cache(oci_pool_t *pool)
{
    char                     dir[] = "tally-unit.XXXXXX", path[64];
    oci_pool_t              *own;
    oci_error_t              err;
    oci_scan_layer_t        *layer, *copy;
    oci_scan_cache_t        *cache;
    oci_scan_image_layer_t   source;

    memset(&err, 0, sizeof(oci_error_t));
    memset(&source, 0, sizeof(oci_scan_image_layer_t));
    own = oci_pool_create();
    ok(mkdtemp(dir) != NULL, "a directory");
    (void) snprintf(path, sizeof(path), "%s/layers.db", dir);

    is(oci_scan_cache_open(&cache, own, path, &err), OCI_OK, "cache %s",
       err.text);
    layer = layer_of(pool, base, "to be remembered");
    source.diff_id = layer->diff_id;
    copy = oci_scan_layer_create(pool);
    is(oci_scan_cache_get(cache, &source, NULL, copy), OCI_NOT_FOUND, "new");
    is(oci_scan_cache_put(cache, &source, NULL, layer), OCI_OK, "kept");
    is(oci_scan_cache_get(cache, &source, NULL, copy), OCI_OK, "known");
    is(copy->system.nelts, 1, "with its packages");

    source.digest = layer->diff_id;
    is(oci_scan_cache_get(cache, &source, NULL, oci_scan_layer_create(pool)),
       OCI_NOT_FOUND, "a blob of that digest is another thing");

    oci_pool_destroy(own);
    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/layers.db-wal", dir);
    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/layers.db-shm", dir);
    (void) unlink(path);
    is(rmdir(dir), 0, "nothing else is left");
}


static void
test_licenses(oci_pool_t *pool)
{
    size_t             i;
    oci_str_t          s;
    oci_scan_strs_t    list;
    static const char  *const cases[][2] = {
        { "GPL-2.0+", "GPL-2.0-or-later" }, { "GPL v2", "GPL-2.0-only" },
        { "Apache License, Version 2.0", "Apache-2.0" },
        { "The MIT License", "MIT" }, { "BSD", "BSD-3-Clause" },
        { "LGPLv2.1+", "LGPL-2.1-or-later" }, { "Custom", "Custom" },
        { "(WTFPL OR MIT)", "(WTFPL OR MIT)" },
        { "GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only" },
        { "GNU Lesser General Public License v2 or later (LGPLv2+)",
          "LGPL-2.0-or-later" },
        { "GNU Affero General Public License v3", "AGPL-3.0-only" },
        { "Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1" },
        { "Eclipse Public License - v 2.0", "EPL-2.0" },
        { "CDDL + GPLv2 with classpath exception",
          "CDDL + GPLv2 with classpath exception" },
        { "Bouncy Castle Licence", "MIT" }, { "AGPLv3", "AGPLv3" },
        { "BSD 3-Clause New", "BSD-3-Clause" },
        { "BSD 3-clause \"New\" or \"Revised\" License (BSD-3-Clause)",
          "BSD-3-Clause" },
        { "Academic Free License (AFL)", "AFL-2.1" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i][0]);
        list.elts = &s;
        list.nelts = 1;
        ok(oci_scan_license_normalize(pool, &list), "%s", cases[i][0]);
        is_str((char *) list.elts[0].data, cases[i][1], "is %s",
               cases[i][1]);
    }

    s = oci_str("MIT, GPL-2 or Ruby");
    ok(oci_scan_license_split(pool, &s, &list) && list.nelts == 3,
       "three licences in one line");

    s = oci_str("GNU Library or Lesser General Public License (LGPL), MIT");
    ok(oci_scan_license_split(pool, &s, &list) && list.nelts == 2
       && oci_str_is(&list.elts[0], "GNU Library or Lesser General Public "
                                    "License (LGPL)"), "a name with an or");

    s = oci_str("MIT and Distribution terms, or lesser ones, Ruby");
    ok(oci_scan_license_split(pool, &s, &list) && list.nelts == 2
       && oci_str_is(&list.elts[0], "MIT")
       && oci_str_is(&list.elts[1], "Ruby"), "half of such a name is none");
}


static oci_status_e
read_sbom(oci_pool_t *pool, oci_scan_layer_t *layer, const oci_str_t *text,
    oci_error_t *err)
{
    oci_status_e     rc;
    oci_scan_sbom_t  bom;

    rc = oci_scan_sbom_open(&bom, pool, text, err);

    return (rc == OCI_OK) ? oci_scan_layer_read_sbom(layer, &bom, err) : rc;
}


static void
test_sbom(oci_pool_t *pool)
{
    oci_str_t          text;
    oci_error_t        err;
    oci_scan_pkg_t    *pkg;
    oci_scan_layer_t  *layer;
    oci_scan_group_t  *g;

    memset(&err, 0, sizeof(oci_error_t));
    layer = oci_scan_layer_create(pool);
    text = oci_str("{\"bomFormat\":\"CycloneDX\",\"components\":["
        "{\"type\":\"operating-system\",\"bom-ref\":\"os\","
        "\"name\":\"debian\",\"version\":\"12\"},"
        "{\"type\":\"library\",\"bom-ref\":\"l\",\"name\":\"bash\","
        "\"version\":\"5\",\"purl\":\"pkg:deb/debian/bash@5\"},"
        "{\"type\":\"library\",\"name\":\"q\",\"purl\":\"pkg:npm/q@1\"}],"
        "\"dependencies\":[{\"ref\":\"os\",\"dependsOn\":[\"l\"]},"
        "{\"ref\":\"l\",\"dependsOn\":[\"l\"]}]}");

    is(read_sbom(pool, layer, &text, &err), OCI_OK, "CycloneDX %s",
       err.text);
    ok(oci_str_is(&layer->os.family, "debian"), "names its system");
    is(layer->system.nelts, 1, "a group for the system");
    is(layer->apps.nelts, 1, "and one for npm");
    g = layer->system.elts;
    pkg = g->pkgs.elts;
    ok(oci_str_is(&pkg->src_name, "bash"), "the source is the package");

    text = oci_str("SPDXVersion: SPDX-2.3\nPackageName: r\n"
        "SPDXID: SPDXRef-Package-1\n"
        "ExternalRef: PACKAGE-MANAGER purl pkg:gem/r@2\n");
    layer = oci_scan_layer_create(pool);
    is(read_sbom(pool, layer, &text, &err), OCI_OK, "tag-value");
    is(layer->apps.nelts, 1, "one gem");

    text = oci_str("{\"a\":1}");
    is(read_sbom(pool, oci_scan_layer_create(pool), &text, &err),
       OCI_INVALID, "something else: %s", err.text);
}


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();

    test_stream(pool);
    test_paths();
    test_apk(pool);
    test_dpkg(pool);
    test_merge(pool);
    test_pack(pool);
    test_cache(pool);
    test_licenses(pool);
    test_sbom(pool);

    oci_pool_destroy(pool);
    return done();
}
