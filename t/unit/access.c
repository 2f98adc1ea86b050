/*
 * oci_access: who may do what, by the first rule that speaks of it.
 */

#include "oci_access.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>


static void globs(void);
static void rules(void);
static void tags(void);
static void tokens(void);
static void names(void);
static void speed(void);
static double question_us(oci_access_t *access, int *n);
static oci_access_t *table(oci_pool_t *pool, const char **lines);
static bool add(oci_access_t *access, char *line);
static bool may(oci_access_t *access, oci_who_e kind, const char *name,
    const char *repo, const char *tag, unsigned action);


int
main(void)
{
    globs();
    rules();
    tags();
    tokens();
    names();
    speed();

    return done();
}


static void
globs(void)
{
    size_t       i;
    oci_str_t    s, text, user;
    oci_glob_t   glob;
    oci_pool_t  *pool;

    static const struct {
        const char  *pattern;
        const char  *text;
        bool         want;
    } cases[] = {
        { "a", "a", true }, { "a", "ab", false }, { "a*", "a", true },
        { "a*", "ab", true }, { "a*", "a/b", false }, { "**", "a/b/c", true },
        { "a/**", "a/b", true }, { "a/**", "a/b/c", true },
        { "a/**", "a", false }, { "a/**", "ab/c", false },
        { "**/a", "a", true }, { "**/a", "x/y/a", true },
        { "**/a", "xa", false }, { "a/**/b", "a/b", true },
        { "a/**/b", "a/x/y/b", true }, { "a/**/b", "ax/b", false },
        { "a/*/b", "a/x/b", true }, { "a/*/b", "a/b", false },
        { "a/*/b", "a/x/y/b", false }, { "*/*", "a/b", true },
        { "*/*", "a", false }, { "a?c", "abc", true },
        { "a?c", "a/c", false }, { "*a*b", "xaxab", true },
        { "*a*b", "xaxa", false }, { "**-x", "a/b-x", true },
        { "**/b*/c", "a/b/bb/c", true }, { "*-*-*", "a-b", false },
        { "u/${user}/**", "u/bob/x", true }, { "u/$user", "u/bob", true },
        { "u/$user", "u/bobby", false }, { "u/$user-*", "u/bob-x", true },
        { "$user/**", "alice/x", false }
    };

    pool = oci_pool_create();
    user = oci_str("bob");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].pattern);
        text = oci_str(cases[i].text);
        is(oci_glob_compile(&glob, pool, OCI_GLOB_REPOSITORY, &s, NULL),
           OCI_OK, "\"%s\" is a pattern", cases[i].pattern);
        is(oci_glob_match(&glob, &text, &user), cases[i].want,
           "\"%s\" %s \"%s\"", cases[i].pattern,
           cases[i].want ? "matches" : "does not match", cases[i].text);
    }

    oci_pool_destroy(pool);
}


static void
rules(void)
{
    oci_pool_t    *pool;
    oci_access_t  *access;
    const char    *lines[] = {
        "deny anonymous public/internal/** *",
        "allow anonymous public/** pull,catalog",
        "deny mallory ** *",
        "allow $user users/$user/** *",
        "allow user=alice app/** pull,push",
        "allow bob-* app/x pull",
        "allow alice ** pull",
        NULL
    };

    pool = oci_pool_create();
    access = table(pool, lines);

    ok(may(access, OCI_ANONYMOUS, "", "public/a", "1", OCI_MAY_PULL),
       "anonymous pulls what is public");
    ok(!may(access, OCI_ANONYMOUS, "", "public/internal/a", "1",
            OCI_MAY_PULL), "the first rule decides");
    ok(may(access, OCI_USER, "carol", "public/internal/a", "1",
           OCI_MAY_PULL), "deny anonymous is about those without a login");
    ok(may(access, OCI_USER, "carol", "public/a", NULL, OCI_MAY_PULL),
       "allow anonymous is about everybody");
    ok(!may(access, OCI_ANONYMOUS, "", "public/a", NULL, OCI_MAY_UPLOAD),
       "pull is not push");
    ok(!may(access, OCI_ANONYMOUS, "", "public", NULL, OCI_MAY_PULL),
       "what no rule speaks of is refused");
    ok(may(access, OCI_USER, "carol", "users/carol/x", "1", OCI_MAY_DELETE),
       "everything below one's own name");
    ok(!may(access, OCI_USER, "carol", "users/caro/x", "1", OCI_MAY_DELETE),
       "nothing below another's");
    ok(!may(access, OCI_USER, "", "users/x", "1", OCI_MAY_PULL),
       "an empty name is nobody's");
    ok(!may(access, OCI_USER, "a/b", "users/a/b/x", "1", OCI_MAY_PULL),
       "a name with a slash has no place of its own");
    ok(!may(access, OCI_USER, "mallory", "users/mallory/x", NULL,
            OCI_MAY_PULL), "a denied user");
    ok(may(access, OCI_USER, "bob-1", "app/x", NULL, OCI_MAY_PULL),
       "a pattern of users");
    ok(!may(access, OCI_TOKEN, "alice", "app/x", NULL, OCI_MAY_PULL),
       "a token of the same name is not the user");
    ok(!may(access, OCI_CERTIFICATE, "alice", "app/x", NULL, OCI_MAY_PULL),
       "nor is a certificate");
    ok(may(access, OCI_USER, "alice", "zzz", NULL, OCI_MAY_PULL),
       "a later rule of the same user");
    ok(!may(access, OCI_USER, "alice", "zzz", NULL, OCI_MAY_UPLOAD),
       "for what it says");

    oci_pool_destroy(pool);
}


static void
tags(void)
{
    oci_pool_t    *pool;
    oci_access_t  *access;
    const char    *lines[] = {
        "deny * **:v* update,delete",
        "allow alice app/** *",
        "allow bob app/x:dev-* push,delete",
        "allow carol app/x pull,create",
        NULL
    };

    pool = oci_pool_create();
    access = table(pool, lines);

    ok(may(access, OCI_USER, "alice", "app/x", "v1", OCI_MAY_CREATE),
       "a release may be made");
    ok(!may(access, OCI_USER, "alice", "app/x", "v1", OCI_MAY_UPDATE),
       "but not moved");
    ok(!may(access, OCI_USER, "alice", "app/x", "v1", OCI_MAY_DELETE),
       "nor deleted");
    ok(may(access, OCI_USER, "alice", "app/x", "latest", OCI_MAY_UPDATE),
       "latest may");
    ok(may(access, OCI_USER, "alice", "app/x", NULL, OCI_MAY_DELETE),
       "what has no tag is not about tags");
    ok(may(access, OCI_USER, "bob", "app/x", "dev-1", OCI_MAY_UPDATE),
       "a tag that a rule names");
    ok(!may(access, OCI_USER, "bob", "app/x", "prod", OCI_MAY_CREATE),
       "one that it does not");
    ok(may(access, OCI_USER, "bob", "app/x", NULL, OCI_MAY_UPLOAD),
       "who may push a tag may push its blobs");
    ok(may(access, OCI_USER, "carol", "app/x", "new", OCI_MAY_CREATE)
       && !may(access, OCI_USER, "carol", "app/x", "new", OCI_MAY_UPDATE)
       && may(access, OCI_USER, "carol", "app/x", NULL, OCI_MAY_UPLOAD),
       "create without update");

    oci_pool_destroy(pool);
}


static void
tokens(void)
{
    oci_str_t        repo, pattern;
    oci_pool_t      *pool;
    oci_grant_t     *grant;
    oci_access_t    *access;
    oci_identity_t   who;
    const char      *lines[] = { "deny * secret/** *", "allow * pub pull",
                                 NULL };

    pool = oci_pool_create();
    access = table(pool, lines);

    memset(&who, 0, sizeof(who));
    oci_array_init(&who.grants, pool, sizeof(oci_grant_t));
    who.kind = OCI_TOKEN;
    who.name = oci_str("ci");
    who.bounded = true;
    who.delegated = true;

    grant = oci_array_push(&who.grants);
    grant->actions = OCI_MAY_PULL;
    pattern = oci_str("app/**");
    (void) oci_glob_compile(&grant->repo, pool, OCI_GLOB_REPOSITORY,
                            &pattern, NULL);
    grant = oci_array_push(&who.grants);
    grant->actions = OCI_MAY_PULL;
    pattern = oci_str("secret/x");
    (void) oci_glob_compile(&grant->repo, pool, OCI_GLOB_REPOSITORY,
                            &pattern, NULL);

    repo = oci_str("app/x");
    ok(oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "a grant needs no rule");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_UPLOAD, NULL),
       "nothing is granted that it does not say");
    repo = oci_str("secret/x");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "a rule denies what was granted");
    repo = oci_str("pub");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "no rule gives more than was granted");
    who.delegated = false;
    repo = oci_str("app/x");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "without delegation a rule is needed as well");

    oci_pool_destroy(pool);
}


static void
names(void)
{
    oci_str_t        repo, *name;
    oci_pool_t      *pool;
    oci_access_t    *access;
    oci_identity_t   who;
    const char      *lines[] = {
        "allow group=ci app/** pull",
        "allow group=dev-* dev/** pull",
        "allow certificate=DNS:*.example.com host/** pull",
        "allow claim:repository=acme/* acme/** pull",
        "allow claim:admin=true ** *",
        NULL
    };

    pool = oci_pool_create();
    access = table(pool, lines);
    memset(&who, 0, sizeof(who));
    oci_array_init(&who.groups, pool, sizeof(oci_str_t));
    oci_array_init(&who.names, pool, sizeof(oci_str_t));

    who.kind = OCI_USER;
    who.name = oci_str("x");
    repo = oci_str("app/x");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "who is in no group");
    name = oci_array_push(&who.groups);
    *name = oci_str("dev-a");
    name = oci_array_push(&who.groups);
    *name = oci_str("ci");
    ok(oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "who is in one");
    repo = oci_str("dev/x");
    ok(oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "a pattern of groups");

    who.kind = OCI_CERTIFICATE;
    name = oci_array_push(&who.names);
    *name = oci_str("DNS:a.example.com");
    repo = oci_str("host/x");
    ok(oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "another name of a certificate");
    who.kind = OCI_USER;
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "which a user does not have");

    who.kind = OCI_WORKLOAD;
    who.claims = json_pack("{s:[s,s], s:b}", "repository", "x/y", "acme/z",
                           "admin", 0);
    repo = oci_str("acme/x");
    ok(oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "a claim that is a list");
    repo = oci_str("other");
    ok(!oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL),
       "a claim that is false");
    json_decref((json_t *) who.claims);

    oci_pool_destroy(pool);
}


/*
 * 10,000 rules that are all about other things: the time for one question, the
 * least of some rounds, as a machine may hesitate in one of them.  The bound is
 * far above what it needs at rest.
 */

static void
speed(void)
{
    int            i, n;
    char           line[128];
    double         us, least;
    size_t         k;
    oci_pool_t    *pool;
    oci_access_t  *access;

    static const char  *shapes[] = {
        "allow user%d team-%d/** *", "allow * team/app-%d-%d pull",
        "allow alice team/x%d-%d* pull", "deny * **:v%d.%d* update",
        "allow group=g%d app/%d/** pull"
    };

    for (k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
        pool = oci_pool_create();
        access = oci_access_create(pool);

        for (i = 0; i < 10000; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void) snprintf(line, sizeof(line), shapes[k], i, i);
#pragma GCC diagnostic pop
            (void) add(access, line);
        }

        n = 0;
        us = 1e9;

        for (i = 0; i < 20; i++) {
            least = question_us(access, &n);
            us = (least < us) ? least : us;
        }

        is(n, 0, "10,000 rules \"%s\" say nothing of it", shapes[k]);
        ok(us < 200, "and take %.2f us", us);

        oci_pool_destroy(pool);
    }
}


static double
question_us(oci_access_t *access, int *n)
{
    int              i;
    struct timespec  a, b;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);

    for (i = 0; i < 50; i++) {
        *n += may(access, OCI_USER, "alice", "team/app", "latest",
                  OCI_MAY_UPDATE);
    }

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);

    return ((double) (b.tv_sec - a.tv_sec) * 1e9
            + (double) (b.tv_nsec - a.tv_nsec)) / 1e3 / 50;
}


static oci_access_t *
table(oci_pool_t *pool, const char **lines)
{
    char           line[256];
    oci_access_t  *access;

    access = oci_access_create(pool);

    for ( /* void */ ; *lines != NULL; lines++) {
        (void) snprintf(line, sizeof(line), "%s", *lines);
        ok(add(access, line), "rule: %s", *lines);
    }

    return access;
}


static bool
add(oci_access_t *access, char *line)
{
    size_t      i;
    char       *save;
    oci_str_t   words[4];

    for (i = 0; i < 4; i++) {
        words[i] = oci_str(strtok_r(i == 0 ? line : NULL, " ", &save));
    }

    return oci_access_add(access, words, "test", 1, NULL) == OCI_OK;
}


static bool
may(oci_access_t *access, oci_who_e kind, const char *name, const char *repo,
    const char *tag, unsigned action)
{
    oci_str_t       r, t;
    oci_identity_t  who;

    memset(&who, 0, sizeof(who));
    who.kind = kind;
    who.name = oci_str(name);
    r = oci_str(repo);
    t = oci_str(tag);

    return oci_access_may(access, &who, &r, tag != NULL ? &t : NULL, action,
                          NULL);
}
