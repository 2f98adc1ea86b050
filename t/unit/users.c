/*
 * oci_users: files of users and groups, and what a password is checked with.
 */

#include "oci_users.h"
#include "test.h"


static void files(void);
static void checks(void);
static void hashes(void);


int
main(void)
{
    files();
    checks();
    hashes();

    return done();
}


static void
files(void)
{
    size_t             n;
    oci_str_t          text, name;
    oci_pool_t        *pool;
    oci_error_t        err = { OCI_OK, 0, "" };
    oci_users_t       *users;
    const oci_user_t  *user;

    pool = oci_pool_create();
    text = oci_str("# team\nbob:$2y$1:x\n\n alice:$2y$2 \r\nbob:$2y$3\n");

    is(oci_users_parse(&users, pool, &text, &err), OCI_OK, "a file of users");

    name = oci_str("bob");
    user = oci_users_find(users, &name, &n);
    ok(n == 2 && oci_str_is(&user->value, "$2y$1"),
       "of two lines the first counts, without its remark");
    name = oci_str("alice");
    user = oci_users_find(users, &name, NULL);
    ok(user != NULL && oci_str_is(&user->value, "$2y$2"),
       "blanks around a line are none of it");
    name = oci_str("carol");
    ok(oci_users_find(users, &name, &n) == NULL && n == 0, "nobody else");
    user = oci_users_decoy(users, &name);
    ok(user != NULL && user == oci_users_decoy(users, &name),
       "a name that nobody has is tried on the same line each time");

    text = oci_str("alice:$2y$2\nbob\n");
    is(oci_users_parse(&users, pool, &text, &err), OCI_INVALID,
       "a line without a colon");
    is_str(err.text, "line 2 is not \"name:hash\"", "is named");

    text = oci_str("ci: alice  bob\nops:alice\nnone:\n");
    is(oci_groups_parse(&users, pool, &text, NULL), OCI_OK,
       "a file of groups");
    name = oci_str("alice");
    user = oci_users_find(users, &name, &n);
    ok(n == 2 && oci_str_is(&user[0].value, "ci")
       && oci_str_is(&user[1].value, "ops"), "a user of two groups");

    oci_pool_destroy(pool);
}


static void
checks(void)
{
    size_t     i;
    oci_str_t  hash, password;

    static const struct {
        const char  *hash;
        const char  *password;
        bool         want;
    } cases[] = {
        { "$2y$04$MVRC3JMP3C9p7B4ZI5t8RuIq6m1wTk1WLRrKwBrXRxo4EPO2q.fli",
          "wonder", true },
        { "$2y$04$MVRC3JMP3C9p7B4ZI5t8RuIq6m1wTk1WLRrKwBrXRxo4EPO2q.fli",
          "wonde", false },
        { "$apr1$jrEJzkJ2$orEbLY32iplzX1KatPgeH1", "apr", true },
        { "$apr1$jrEJzkJ2$orEbLY32iplzX1KatPgeH1", "apx", false },
        { "$apr1$jrEJzkJ2$orEbLY32iplzX1KatPgeH", "apr", false },
        { "$apr1$jrEJzkJ2", "apr", false },
        { "$5$abcd$EEIzuP7TPRgAiAbouflDi0q.LDUx9zJWxfMczR0Xnd3", "sha256",
          true },
        { "$5$abcd$EEIzuP7TPRgAiAbouflDi0q.LDUx9zJWxfMczR0Xnd3", "", false },
        { "$y$j75$abcdefgh$bIsWuetn.OXu81S47VQpWNZvO/qejds3yg7HUK8Zzh/",
          "yes", true },
        { "", "", false }, { "$", "", false }, { "*0", "*0", false },
        { "{PLAIN}x", "x", false }, { "x", "x", false },
        { "$unknown$x", "x", false }, { "abJnggxhB/yWI", "abc", false }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hash = oci_str(cases[i].hash);
        password = oci_str(cases[i].password);
        is(oci_password_check(&hash, &password), cases[i].want,
           "\"%s\" with \"%s\"", cases[i].password, cases[i].hash);
    }

    hash = oci_str(cases[0].hash);
    password.data = (u_char *) "wonder\0x";
    password.len = 8;
    ok(!oci_password_check(&hash, &password), "a password ends with no NUL");
}


static void
hashes(void)
{
    char           longest[100];
    oci_str_t      hash, password;
    oci_pool_t    *pool;
    const u_char   random[16] = "0123456789abcde";

    pool = oci_pool_create();
    password = oci_str("correct horse");

    is(oci_password_hash(&hash, pool, &password, 4, random, NULL), OCI_OK,
       "a password is hashed");
    ok(oci_str_prefix(&hash, "$2y$04$"), "by bcrypt, with its cost");
    ok(oci_password_check(&hash, &password), "and checked");

    is(oci_password_hash(&hash, pool, &password, 3, random, NULL),
       OCI_INVALID, "a cost that bcrypt does not have");

    memset(longest, 'x', sizeof(longest));
    password.data = (u_char *) longest;
    password.len = 73;
    is(oci_password_hash(&hash, pool, &password, 4, random, NULL), OCI_LIMIT,
       "more than bcrypt looks at");
    password.len = 0;
    is(oci_password_hash(&hash, pool, &password, 4, random, NULL),
       OCI_INVALID, "nothing at all");

    oci_pool_destroy(pool);
}
