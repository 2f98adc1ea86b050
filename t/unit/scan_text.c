/*
 * The scanner's text: JSON as Go writes it, tables, ignore files, VEX,
 * metadata of databases.
 */

#include "filter/ignore.h"
#include "base/glob.h"
#include "oci_scan_metadata.h"
#include "filter/vex.h"
#include "report/emit.h"
#include "report/grid.h"
#include "test.h"


static void emit(void);
static void drained(void);
static void drain(oci_buf_t *b);
static void reals(void);
static void grid(void);
static void glob(void);
static void ignore(void);
static void ignore_yaml(void);
static void vex(void);
static void csaf(void);
static const oci_scan_vex_statement_t *csaf_find(const oci_scan_vex_t *v,
    oci_pool_t *pool, const char *id, const char *product, const char *part);
static void meta(void);
static bool globs(const char *pattern, const char *path);


int
main(void)
{
    emit();
    drained();
    reals();
    grid();
    glob();
    ignore();
    ignore_yaml();
    vex();
    csaf();
    meta();

    return done();
}


static void
emit(void)
{
    emit_t     e;
    oci_buf_t  b;
    oci_str_t  s;

    memset(&b, 0, sizeof(b));
    emit_init(&e, &b);

    s = oci_str("<a&b>\"\\\n\x01\xe2\x80\xa8\xff");

    emit_object(&e, NULL);
    emit_str(&e, "text", &s);
    emit_array(&e, "none");
    emit_end(&e);
    emit_int(&e, "n", -1);
    emit_end(&e);

    is_str((char *) b.data,
           "{\n  \"text\": \"\\u003ca\\u0026b\\u003e\\\"\\\\\\n\\u0001"
           "\\u2028\\ufffd\",\n  \"none\": [],\n  \"n\": -1\n}",
           "JSON is escaped and indented as Go does it");

    oci_buf_free(&b);
}


/* the same text, and never more than a piece of it in memory */

static void
drained(void)
{
    size_t     i, k;
    emit_t     e;
    oci_buf_t  whole, pieces, b[2];

    memset(&whole, 0, sizeof(whole));
    memset(&pieces, 0, sizeof(pieces));
    memset(b, 0, sizeof(b));
    b[0].ctx = &whole;
    b[1].ctx = &pieces;
    b[1].drain = drain;

    for (k = 0; k < 2; k++) {
        emit_init(&e, &b[k]);
        emit_array(&e, NULL);

        for (i = 0; i < 30000; i++) {
            emit_strf(&e, NULL, "text number %zu", i);
        }

        emit_end(&e);
        ok(k == 0 || b[k].nalloc < 4 * OCI_SCAN_EMIT_DRAIN,
           "%zu bytes of memory", b[k].nalloc);
        drain(&b[k]);
    }

    ok(whole.len > 8 * OCI_SCAN_EMIT_DRAIN && whole.len == pieces.len
       && memcmp(whole.data, pieces.data, whole.len) == 0,
       "%zu bytes, the same at once and in pieces", whole.len);

    oci_buf_free(&whole);
    oci_buf_free(&pieces);
    oci_buf_free(&b[0]);
    oci_buf_free(&b[1]);
}


static void
drain(oci_buf_t *b)
{
    oci_buf_add(b->ctx, b->data, b->len);
    b->len = 0;
}


static void
reals(void)
{
    size_t              i;
    oci_buf_t           b;
    static const struct {
        double       value;
        const char  *text;
    } cases[] = {
        { 5, "5" }, { 5.3, "5.3" }, { 0.1, "0.1" }, { 100, "100" },
        { 1e21, "1e+21" }, { 1e-7, "1e-7" }, { -2.5, "-2.5" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&b, 0, sizeof(b));
        emit_number(&b, cases[i].value);
        is_str((char *) b.data, cases[i].text, "the number %s",
               cases[i].text);
        oci_buf_free(&b);
    }
}


static void
grid(void)
{
    size_t              i;
    oci_buf_t           b;
    oci_str_t           s;
    oci_pool_t         *pool;
    grid_t              g;
    static const char  *head[] = { "A", "Bee" };
    static const char  *cells[] = { "x", "1", "x", "\x1b[31m" };

    memset(&b, 0, sizeof(b));
    pool = oci_pool_create();
    grid_init(&g, pool, head, 2);
    g.merge = true;

    for (i = 0; i < 4; i++) {
        s = oci_str(cells[i]);
        (void) grid_cell(&g, &s);
    }

    is(grid_draw(&g, &b), OCI_OK, "a table is drawn");
    is_str((char *) b.data,
           "┌───┬──────────┐\n"
           "│ A │   Bee    │\n"
           "├───┼──────────┤\n"
           "│ x │ 1        │\n"
           "│   ├──────────┤\n"
           "│   │ \\x1b[31m │\n"
           "└───┴──────────┘\n",
           "equal cells are merged, escapes are shown");

    oci_buf_free(&b);
    oci_pool_destroy(pool);
}


static bool
globs(const char *pattern, const char *path)
{
    oci_str_t  p, s;

    p = oci_str(pattern);
    s = oci_str(path);

    return oci_scan_glob(&p, &s);
}


static void
glob(void)
{
    ok(globs("usr/*/a", "usr/lib/a"), "* stands for a segment");
    ok(!globs("usr/*/a", "usr/lib/b/a"), "* does not cross a slash");
    ok(globs("usr/**/a", "usr/lib/b/a"), "** crosses slashes");
    ok(globs("a?c", "a\xc3\xa9" "c") && globs("a[!b]c", "a\xc3\xa9" "c")
       && globs("a[\xc3\xa8-\xc3\xaa]c", "a\xc3\xa9" "c"),
       "a character of two bytes is one");
    ok(!globs("a[\xc3\xa8]c", "a\xc3\xa9" "c")
       && !globs("a?c", "a\xc3\xa9\xc3\xa9" "c"), "and no other");
    ok(globs("a?c", "a\xff" "c") && !globs("a[\xfe]c", "a\xc3\xa9" "c"),
       "so is a byte that is none");
    ok(globs("[a-c]", "b") && globs("[\\]]", "]") && !globs("[a-c]", "d"),
       "ranges, and what is escaped");
    ok(!globs("[]a]", "a") && !globs("[a", "a") && !globs("[a-", "a")
       && !globs("[!", "a"), "what no bracket closes is nothing");
    ok(globs("usr/**/a", "usr/a"), "** stands for nothing, too");
    ok(globs("**/*.jar", "srv/x.jar"), "** at the beginning");
    ok(globs("srv/**", "srv/a/b"), "** at the end");
    ok(globs("{a,b/*}/c", "b/x/c"), "alternatives");
    ok(globs("[a-c]?", "b1") && !globs("[!a-c]?", "b1"), "classes");
    ok(!globs("a", "ab"), "all of the path counts");
}


static void
ignore(void)
{
    oci_str_t           text, id, none;
    oci_pool_t         *pool;
    oci_error_t         err;
    oci_scan_ignore_t   ig;

    memset(&err, 0, sizeof(err));
    memset(&none, 0, sizeof(none));
    none = oci_str("");
    pool = oci_pool_create();
    text = oci_str("# why\nCVE-1 # not this\n\nCVE-2 exp:2020-01-01\n"
                   "CVE-3 exp:2099-01-01\r\nCVE-4 exp:2020-13-99\n");

    is(oci_scan_ignore_parse(&ig, pool, &text, 1700000000, &err), OCI_OK,
       "an ignore file is read");
    is(ig.warnings.nelts, 1, "a bad date is told");

    id = oci_str("CVE-1");
    ok(oci_scan_ignore_find(&ig, &id, &none, &none, &none) != NULL,
       "an id is ignored");
    id = oci_str("CVE-2");
    ok(oci_scan_ignore_find(&ig, &id, &none, &none, &none) == NULL,
       "an expired line has no effect");
    id = oci_str("CVE-3");
    ok(oci_scan_ignore_find(&ig, &id, &none, &none, &none) != NULL,
       "a line that has not expired has one");
    id = oci_str("CVE-4");
    ok(oci_scan_ignore_find(&ig, &id, &none, &none, &none) == NULL,
       "a line with a bad date has none");

    oci_pool_destroy(pool);
}


static void
ignore_yaml(void)
{
    oci_str_t           text, id, target, path, purl;
    oci_pool_t         *pool;
    oci_error_t         err;
    oci_scan_ignore_t   ig;

    memset(&err, 0, sizeof(err));
    pool = oci_pool_create();
    text = oci_str("vulnerabilities:\n"
                   "  - id: CVE-1\n    paths:\n      - \"usr/**\"\n"
                   "    statement: known\n"
                   "  - id: CVE-2\n    purls:\n"
                   "      - pkg:deb/debian/bash\n"
                   "  - id: CVE-3\n    expired_at: 2020-01-01\n");

    is(oci_scan_ignore_parse_yaml(&ig, pool, &text, 1700000000, &err),
       OCI_OK, "a YAML ignore file is read");

    target = oci_str("image");
    path = oci_str("usr/lib/x");
    purl = oci_str("pkg:deb/debian/bash@5.1?arch=amd64");

    id = oci_str("CVE-1");
    ok(oci_scan_ignore_find(&ig, &id, &target, &path, &purl) != NULL,
       "a path that fits");
    path = oci_str("srv/x");
    ok(oci_scan_ignore_find(&ig, &id, &target, &path, &purl) == NULL,
       "a path that does not");

    id = oci_str("CVE-2");
    ok(oci_scan_ignore_find(&ig, &id, &target, &path, &purl) != NULL,
       "a package URL without a version fits any");
    purl = oci_str("pkg:deb/debian/zsh@5.1");
    ok(oci_scan_ignore_find(&ig, &id, &target, &path, &purl) == NULL,
       "another package's URL does not fit");

    id = oci_str("CVE-3");
    ok(oci_scan_ignore_find(&ig, &id, &target, &path, &purl) == NULL,
       "an expired rule has no effect");

    text = oci_str("vulnerabilities: {a: b}\n");
    is(oci_scan_ignore_parse_yaml(&ig, pool, &text, 0, &err), OCI_INVALID,
       "a map in place of the list is refused");

    oci_pool_destroy(pool);
}


static void
vex(void)
{
    oci_str_t                         text, id;
    oci_pool_t                       *pool;
    oci_error_t                       err;
    oci_scan_vex_t                    v;
    oci_scan_purl_t                   product, part;
    const oci_scan_vex_statement_t   *s;

    memset(&err, 0, sizeof(err));
    pool = oci_pool_create();
    text = oci_str("{\"@context\":\"https://openvex.dev/ns/v0.2.0\","
                   "\"timestamp\":\"2024-01-01T00:00:00Z\",\"statements\":["
                   "{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":["
                   "{\"@id\":\"pkg:apk/alpine/musl\"}],"
                   "\"status\":\"affected\"},"
                   "{\"vulnerability\":{\"name\":\"X\",\"aliases\":[\"CVE-1\""
                   "]},\"timestamp\":\"2024-02-01T00:00:00Z\",\"products\":["
                   "{\"@id\":\"pkg:apk/alpine/musl\"}],"
                   "\"status\":\"not_affected\","
                   "\"justification\":\"component_not_present\"},"
                   "{\"vulnerability\":\"CVE-2\",\"products\":[{\"@id\":"
                   "\"pkg:oci/app\",\"subcomponents\":[{\"@id\":"
                   "\"pkg:apk/alpine/musl\"}]}],\"status\":\"fixed\"}]}");

    is(oci_scan_vex_parse(&v, pool, &text, &err), OCI_OK,
       "an OpenVEX document is read");

    text = oci_str("pkg:apk/alpine/musl@1.2?arch=x86_64");
    (void) oci_scan_purl_parse(&part, pool, &text, &err);
    text = oci_str("pkg:oci/app@sha256:00");
    (void) oci_scan_purl_parse(&product, pool, &text, &err);

    id = oci_str("CVE-1");
    s = oci_scan_vex_find(&v, &id, &part, NULL);
    ok(s != NULL && s->status == OCI_SCAN_VEX_NOT_AFFECTED,
       "of two statements the newer one holds");

    id = oci_str("CVE-2");
    ok(oci_scan_vex_find(&v, &id, &product, &part) != NULL,
       "a part of a product");
    ok(oci_scan_vex_find(&v, &id, &product, NULL) == NULL,
       "a statement about a part is not one about the whole");

    text = oci_str("{\"a\":1}");
    is(oci_scan_vex_parse(&v, pool, &text, &err), OCI_INVALID,
       "any other JSON is refused");

    oci_pool_destroy(pool);
}


static void
csaf(void)
{
    oci_pool_t                      *pool;
    oci_error_t                      err;
    oci_scan_vex_t                   v;
    const oci_scan_vex_statement_t  *s;
    const char                      *musl = "pkg:apk/alpine/musl@1.2?arch=x";
    const char                      *app = "pkg:oci/app@sha256:00";

    memset(&err, 0, sizeof(err));
    pool = oci_pool_create();

    is(oci_scan_vex_load(&v, pool, "t/data/scan_vex/valid/csaf.json", &err),
       OCI_OK, "a CSAF document is read");

    s = csaf_find(&v, pool, "CVE-1", musl, NULL);
    ok(s != NULL && s->status == OCI_SCAN_VEX_NOT_AFFECTED
       && oci_str_is(&s->justification, "not in the path"),
       "a product of the tree is not affected, and why");
    ok(csaf_find(&v, pool, "CVE-1", app, NULL) == NULL,
       "of two about one vulnerability the first counts");

    s = csaf_find(&v, pool, "CVE-2", app, musl);
    ok(s != NULL && s->status == OCI_SCAN_VEX_FIXED,
       "a product that is installed on another one");
    ok(csaf_find(&v, pool, "CVE-2", musl, NULL) == NULL
       && csaf_find(&v, pool, "CVE-2", app, NULL) == NULL,
       "neither of them alone is meant");

    ok(csaf_find(&v, pool, "CVE-3", musl, NULL) == NULL,
       "what is affected is no statement");
    ok(csaf_find(&v, pool, "CVE-3", app, musl) == NULL,
       "nor is a part that may be there, or has no package URL");

    oci_pool_destroy(pool);
}


static const oci_scan_vex_statement_t *
csaf_find(const oci_scan_vex_t *v, oci_pool_t *pool, const char *id,
    const char *product, const char *part)
{
    oci_str_t        name, text;
    oci_scan_purl_t  whole, within;

    name = oci_str(id);
    text = oci_str(product);
    (void) oci_scan_purl_parse(&whole, pool, &text, NULL);

    if (part != NULL) {
        text = oci_str(part);
        (void) oci_scan_purl_parse(&within, pool, &text, NULL);
    }

    return oci_scan_vex_find(v, &name, &whole, part != NULL ? &within : NULL);
}


static void
meta(void)
{
    oci_str_t         text;
    oci_error_t       err;
    oci_scan_meta_t   m;
    struct timespec   now;

    memset(&err, 0, sizeof(err));
    memset(&now, 0, sizeof(now));
    text = oci_str("{\"Version\":2,\"NextUpdate\":\"2024-01-02T00:00:00Z\","
                   "\"UpdatedAt\":\"2024-01-01T00:00:00.5+02:00\","
                   "\"DownloadedAt\":\"0001-01-01T00:00:00Z\"}");

    is(oci_scan_meta_parse(&m, &text, &err), OCI_OK, "metadata are read");
    is(m.updated.tv_sec, 1704060000, "a time with a zone");

    now.tv_sec = m.next.tv_sec - 1;
    is(oci_scan_meta_judge(&m, &now, true), OCI_SCAN_META_FRESH,
       "what may not be updated is used");
    is(oci_scan_meta_judge(&m, &now, false), OCI_SCAN_META_SUSPECT,
       "what was not downloaded to its end is not");

    m.downloaded.tv_sec = m.next.tv_sec - 7200;
    is(oci_scan_meta_judge(&m, &now, false), OCI_SCAN_META_FRESH,
       "before the next update it is fresh");

    now.tv_sec = m.next.tv_sec + 1;
    is(oci_scan_meta_judge(&m, &now, false), OCI_SCAN_META_STALE,
       "after it, stale");

    m.downloaded.tv_sec = now.tv_sec - 3599;
    is(oci_scan_meta_judge(&m, &now, false), OCI_SCAN_META_FRESH,
       "within an hour of its download it is fresh");

    m.version = 3;
    is(oci_scan_meta_judge(&m, &now, true), OCI_SCAN_META_NEW,
       "a newer schema is not used");
    m.version = 1;
    is(oci_scan_meta_judge(&m, &now, true), OCI_SCAN_META_OLD,
       "nor an older one");
}
