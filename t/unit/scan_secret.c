/*
 * Secrets: expressions in Go's grammar, rules and their configuration, and
 * what is found in a file.
 */

#include "oci_scan_secret.h"
#include "base/glob.h"
#include "oci_regexp.h"
#include "secret/rules.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* each secret of a file as a line: rule start-end offset match */

static const char *
found_as(oci_pool_t *pool, const char *config, const char *name,
    const char *text, size_t len)
{
    size_t               i, n;
    oci_buf_t            b;
    oci_str_t            conf, path;
    oci_error_t          err;
    oci_scan_rules_t    *rules;
    oci_scan_layer_t    *layer;
    oci_scan_secret_t   *s;
    oci_scan_search_t   *search;
    oci_scan_secrets_t  *file;
    static char          out[8192];

    memset(&err, 0, sizeof(err));
    memset(&b, 0, sizeof(b));
    conf = oci_str(config);
    path = oci_str(name);

    if (oci_scan_rules_create(&rules, pool, config ? &conf : NULL,
                              config ? "etc/secret.yaml" : NULL, &err)
        != OCI_OK)
    {
        (void) snprintf(out, sizeof(out), "%s", err.text);
        return out;
    }

    layer = oci_scan_layer_create(pool);
    search = oci_scan_search_create(pool, rules);

    if (!oci_scan_search_file(search, &path, "/", len)) {
        return "not looked into";
    }

    for (i = 0; i < len; i += n) {
        n = (len - i < 1000) ? len - i : 1000;
        (void) oci_scan_search_add(search, (const u_char *) text + i, n);
    }

    is(oci_scan_search_end(search, layer, &err), OCI_OK, "%s is searched",
       name);
    file = layer->secrets.elts;
    n = (layer->secrets.nelts != 0) ? file->secrets.nelts : 0;
    s = (n != 0) ? file->secrets.elts : NULL;

    for (i = 0; i < n; i++) {
        oci_buf_addf(&b, "%s %llu-%llu %llu %s\n", (char *) s[i].rule.data,
                     (unsigned long long) s[i].start,
                     (unsigned long long) s[i].end,
                     (unsigned long long) s[i].offset,
                     (char *) s[i].match.data);
    }

    (void) snprintf(out, sizeof(out), "%s", b.len ? (char *) b.data : "");
    oci_buf_free(&b);

    return out;
}


static const char *
found(oci_pool_t *pool, const char *config, const char *name,
    const char *text)
{
    return found_as(pool, config, name, text, strlen(text));
}


/* all matches of an expression, as START-END */

static const char *
matches(oci_pool_t *pool, const char *pattern, const char *text)
{
    size_t                   from, last;
    oci_buf_t                b;
    oci_str_t                s;
    oci_error_t              err;
    oci_regexp_span_t         at;
    oci_regexp_t       *re;
    oci_regexp_room_t  *room;
    static char              out[1024];

    memset(&err, 0, sizeof(err));
    memset(&b, 0, sizeof(b));

    if (oci_regexp_compile(&re, pool, pattern, &err) != OCI_OK) {
        return "refused";
    }

    s = oci_str(text);
    room = oci_regexp_room(pool);
    from = 0;
    last = SIZE_MAX;

    while (from <= s.len
           && oci_regexp_find(re, room, &s, from, &at)
              == OCI_REGEXP_FOUND)
    {
        if (oci_regexp_next(&s, &at, &from, &last)) {
            oci_buf_addf(&b, "%zu-%zu ", at.start, at.end);
        }
    }

    (void) snprintf(out, sizeof(out), "%s", b.len ? (char *) b.data : "");
    oci_buf_free(&b);

    return out;
}


/* what Go's regexp answers: FindAllStringIndex */

static void
test_regexp(oci_pool_t *pool)
{
    size_t  i;
    static const char  *const cases[][3] = {
        { "a+", "aa b a", "0-2 5-6 " },
        { "a*", "baac", "0-0 1-3 4-4 " },
        { "a*", "\xc3\xa9" "a", "0-0 2-3 " },
        { "$", "a\n", "2-2 " },
        { "(?m)$", "a\nb\n", "1-1 3-3 4-4 " },
        { "(?m)^", "a\n", "0-0 2-2 " },
        { "a.c", "a\rc a\nc", "0-3 " },
        { "\\s", "\v\f", "1-2 " },
        { "[\\s]", "\v\f", "1-2 " },
        { "\\S", "\v\f", "0-1 " },
        { "[^\\S]", "\v\f", "1-2 " },
        { "\\v", "\v\n", "0-1 " },
        { "a{,3}", "aaa a{,3}", "4-9 " },
        { "a{2", "a{2", "0-3 " },
        { "(?i)k", "K\xe2\x84\xaa", "0-1 1-4 " },
        { "(?i)[a-z]", "\xc5\xbf", "0-2 " },
        { "\\d", "\xd9\xa3" "3", "2-3 " },
        { "\\bb", "a b", "2-3 " },
        { "(a(?i)b|c)", "aB C", "0-2 3-4 " },
        { "(?U)a+", "aa", "0-1 1-2 " },
        { "\\Qa.b\\E+", "a.bb", "0-4 " },
        { "[[:alpha:]]", "1a", "1-2 " },
        { "a|ab", "ab", "0-1 " },
        { "x(?P<n>a)|y(?P<n>b)", "yb", "0-2 " },
        { "(a)\\1", "aa", "refused" },
        { "a(?=b)", "ab", "refused" },
        { "(?>a)", "a", "refused" },
        { "a++", "a", "refused" },
        { "a**", "a", "refused" },
        { "a{1001}", "a", "refused" },
        { "\\h", "a", "refused" },
        { "\\Z", "a", "refused" },
        { "(*UTF)a", "a", "refused" },
        { "(?x)a b", "ab", "refused" },
        { "(a", "a", "refused" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_str(matches(pool, cases[i][0], cases[i][1]), cases[i][2], "/%s/",
               cases[i][0]);
    }
}


static void
test_builtin(oci_pool_t *pool)
{
    size_t                  i, k, n;
    oci_error_t             err;
    oci_regexp_t      *re;
    const rules_builtin_t  *r;

    r = rules_builtin;

    for (n = 0; r[n].id != NULL; n++) {
        /* void */
    }

    is(n, 105, "as many rules as Trivy 0.74 has");

    for (i = 0, k = 0; i < n; i++) {
        memset(&err, 0, sizeof(err));
        k += oci_regexp_compile(&re, pool, r[i].pattern, &err)
             == OCI_OK && r[i].keywords[0] != NULL;
    }

    is(k, n, "each has an expression and keywords");
}


static void
test_rules(oci_pool_t *pool)
{
    is_str(found(pool, NULL, "app/env",
                 "# keys\nid=AKIA0123456789ABCDEF\n"
                 "t=ghp_0123456789abcdefghijABCDEFGHIJ012345\n"),
           "aws-access-key-id 2-2 10 id=********************\n"
           "github-pat 3-3 33 t=****************************************\n",
           "two tokens");
    is_str(found(pool, NULL, "app/env", "xAKIA0123456789ABCDEF\n"), "",
           "a word that only ends in one");
    is_str(found(pool, NULL, "app/env",
                 "my_example ghp_example6789abcdefghijABCDEFGHIJ012345\n"), "",
           "an example");
    is_str(found(pool, NULL, "app/k",
                 "-----BEGIN PRIVATE KEY-----\n"
                 "0123456789012345678901234567890123456789\n"
                 "0123456789\n-----END PRIVATE KEY-----\n"),
           "private-key 2-3 28 ****************************************\n",
           "a key on lines of its own");
    is_str(found(pool, NULL, "app/settings.xml",
                 "<password>hunter22</password>\n"),
           "maven-settings-password 1-1 10 <password>********</password>\n",
           "a rule of one file name");
    is_str(found(pool, NULL, "app/other.xml",
                 "<password>hunter22</password>\n"), "", "another name");
    is_str(found(pool, NULL, "app/k",
                 "caf\xe9\r\n\xff shpss_0123456789abcdef0123456789abcdef\r\n"),
           "shopify-token 2-2 8 \xef\xbf\xbd "
           "**************************************\n",
           "bytes that are no UTF-8");
}


static void
test_paths(oci_pool_t *pool)
{
    size_t       i;
    static const char  text[] = "x: ThisTokenIsNotSoSecretChangeIt\n";
    static const char  *const skipped[] = {
        "app/yarn.lock", "app/x.png", "app/node_modules/a/b", ".git/config",
        "usr/share/doc/x", "a/tests/x", "test/x", "a/examples/x",
        "a/vendor/x", "README.md", "x.dist-info/RECORD",
        "usr/local/lib/python3.11/x.py", "a/locale/x"
    };

    for (i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
        is_str(found(pool, NULL, skipped[i], text), "not looked into", "%s",
               skipped[i]);
    }

    is_str(found(pool, NULL, "a/contest", text),
           "symfony-default-secret 1-1 3 x: ******************************\n",
           "a name that holds one");
    is_str(found(pool, NULL, "a/x", "x: short"), "not looked into",
           "a file of less than ten bytes");
    is_str(found_as(pool, NULL, "a/x", "\0x: ThisTokenIsNotSoSecretChangeIt",
                    34), "", "a binary file");
    is_str(found_as(pool, NULL, "a/x.pyc",
                    "\0abcd\0ab\xe9""cde\n\xad"
                    "ThisTokenIsNotSoSecretChangeIt", 45),
           "symfony-default-secret 2-2 7 Binary file \"/a/x.pyc\" matches a "
           "rule \"Symfony Default Secret\"\n", "Python's bytes");
    is_str(found(pool, "skip-patterns: []", "secret.yaml", text),
           "not looked into", "the configuration itself");
    is_str(found(pool, "skip-patterns: []", "a/node_modules/x", text),
           "symfony-default-secret 1-1 3 x: ******************************\n",
           "nothing is skipped");
    is_str(found(pool, "skip-patterns: ['a/*.{x,y}']", "a/b.y", text),
           "not looked into", "what the configuration skips");
}


static void
test_config(oci_pool_t *pool)
{
    static const char  rule[] =
        "rules:\n- id: mine\n  category: Mine\n  title: My own\n"
        "  severity: low\n  keywords: [Pass]\n"
        "  regex: 'pass=(?P<secret>\\w+)'\n  secret-group-name: secret\n";
    char               text[1024];

    is_str(found(pool, rule, "a/x", "PASS pass=abc, pass=d\npass=e"),
           "mine 1-1 10 PASS pass=***, pass=*\n"
           "mine 1-1 20 PASS pass=***, pass=*\nmine 2-2 27 pass=*\n",
           "a rule of one's own");
    is_str(found(pool, "enable-builtin-rules: [github-pat]", "a/x",
                 "ThisTokenIsNotSoSecretChangeIt"), "",
           "all others are off");
    is_str(found(pool, "disable-rules: [symfony-default-secret]", "a/x",
                 "ThisTokenIsNotSoSecretChangeIt"), "", "one is off");
    is_str(found(pool, "disable-allow-rules: [markdown]", "a/x.md",
                 "ThisTokenIsNotSoSecretChangeIt"),
           "symfony-default-secret 1-1 0 ******************************\n",
           "an allow rule is off");

    (void) snprintf(text, sizeof(text), "%s  allow-rules:\n"
                    "  - regex: 'abc'\n", rule);
    is_str(found(pool, text, "a/x", "pass=abc pass=abd"),
           "mine 1-1 14 pass=abc pass=***\n", "what a rule lets pass");

    (void) snprintf(text, sizeof(text), "%s  exclude-block:\n"
                    "    regexes: ['(?s)<<.*>>']\n", rule);
    is_str(found(pool, text, "a/x", "pass=a <<pass=b\npass=c>> pass=d"),
           "mine 1-1 5 pass=* <<pass=b\nmine 2-2 30 pass=c>> pass=*\n",
           "what a block holds");

    (void) snprintf(text, sizeof(text), "%sallow-rules:\n- path: '^/a/'\n",
                    rule);
    is_str(found(pool, text, "b/x", "pass=abcde"), "mine 1-1 5 pass=*****\n",
           "a path that is not let pass");
    is_str(found(pool, text, "a/x", "pass=abcde"), "", "one that is");
    is_str(found(pool, "rules: [{id: a, regex: '(?!a)'}]", "a/x", "abc"),
           "\"etc/secret.yaml\": regex: regexp \"(?!a)\": not in Go's "
           "grammar", "an expression that Go refuses");
}


/* a file of many chunks: each secret once, and at its place */

static void
test_chunks(oci_pool_t *pool)
{
    char                *text;
    size_t               i, len;
    static const char    secret[] = "\nThisTokenIsNotSoSecretChangeIt\n";
    static const size_t  at[] = { 65520, 126990, 188400, 199900 };

    len = 200000;
    text = malloc(len);
    memset(text, 'x', len);

    for (i = 0; i < 4; i++) {
        memcpy(text + at[i], secret, sizeof(secret) - 1);
    }

    is_str(found_as(pool, NULL, "a/x", text, len),
           "symfony-default-secret 2-2 65521 ******************************\n"
           "symfony-default-secret 4-4 126991 ******************************\n"
           "symfony-default-secret 6-6 188401 ******************************\n"
           "symfony-default-secret 8-8 199901 ******************************\n",
           "on the borders of chunks");

    memcpy(text + 100, "ThisTokenIsNotSoSecretChangeIt", 30);
    text[99] = '\n';
    is_str(found_as(pool, NULL, "a/x", text, 1000),
           "symfony-default-secret 2-2 100 ******************************"
           "xxxxxxxxxxxxxxxxxxxx\n", "what is around it on a long line");
    free(text);
}


static void
test_code(oci_pool_t *pool)
{
    oci_str_t            path, text;
    oci_scan_code_t     *line;
    oci_scan_rules_t    *rules;
    oci_scan_layer_t    *layer;
    oci_scan_search_t   *search;
    oci_scan_secrets_t  *file;

    path = oci_str("a/x");
    text = oci_str("1\n2\r\n3\n4 ThisTokenIsNotSoSecretChangeIt\n5\n6\n7\n");
    (void) oci_scan_rules_create(&rules, pool, NULL, NULL, NULL);
    layer = oci_scan_layer_create(pool);
    search = oci_scan_search_create(pool, rules);
    (void) oci_scan_search_file(search, &path, "", text.len);
    (void) oci_scan_search_add(search, text.data, text.len);
    (void) oci_scan_search_end(search, layer, NULL);

    file = layer->secrets.elts;
    is_str((char *) file->path.data, "a/x", "the path");
    line = ((oci_scan_secret_t *) file->secrets.elts)->code;
    is(((oci_scan_secret_t *) file->secrets.elts)->ncode, 4, "four lines");
    is(line[0].number, 2, "from two before it");
    is_str((char *) line[0].text.data, "2", "without carriage return");
    ok(!line[1].cause && line[2].cause && line[2].first && line[2].last
       && !line[3].cause, "it is on the third");
    is_str((char *) line[2].text.data, "4 ******************************",
           "where stars are");
}


static void
test_glob(void)
{
    size_t              i;
    oci_str_t           p, s;
    static const char  *const cases[][3] = {
        { "**/go.mod", "go.mod", "y" }, { "**/go.mod", "a/go.mod", "y" },
        { "**/go.mod", "a/xgo.mod", "" }, { "**/*.gz", "a/b.gz", "y" },
        { "**/*.gz", ".gz", "y" }, { "**/*.gz", "a.gz/b", "" },
        { "**/.git/**", ".git/x", "y" }, { "**/.git/**", "a/.git/x/y", "y" },
        { "**/.git/**", "a/.github/x", "" }, { "**/.git/**", "a/b.git/x", "" },
        { "**/.git/**", ".git", "y" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        p = oci_str(cases[i][0]);
        s = oci_str(cases[i][1]);
        is(oci_scan_glob(&p, &s), cases[i][2][0] == 'y', "%s of %s",
           cases[i][0], cases[i][1]);
    }
}


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();
    test_regexp(pool);
    test_builtin(pool);
    test_rules(pool);
    test_paths(pool);
    test_config(pool);
    test_chunks(pool);
    test_code(pool);
    test_glob();
    oci_pool_destroy(pool);

    return done();
}
