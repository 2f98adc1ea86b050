/*
 * oci_expire, and sessions that are damaged or too old.
 */

#include "oci_upload.h"
#include "tree.h"

#include <time.h>


#define NOW   1763871480            /* 2025-11-23T04:18:00Z */
#define REPO  "/docker/registry/v2/repositories/a/b"


static void ids(void);
static void damaged_sessions(void);
static void expiring(void);
static void expiring_all(void);

static void take(int n, oci_status_e want);
static const char *session(int n, const char *name);
static oci_str_t id_of(int n);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b");


int
main(void)
{
    pool = oci_pool_create();

    oci_store_open(&store, pool, tree_make(), OCI_STORE_SYNC, NULL);

    ids();
    damaged_sessions();
    expiring();
    expiring_all();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
ids(void)
{
    size_t        i;
    u_char        random[16];
    oci_str_t     s;
    static const  char *bad[] = {
        "", "../../x", "00000000-0000-4000-8000-00000000000",
        "00000000-0000-4000-8000-0000000000000",
        "00000000-0000-4000-8000-00000000000G",
        "00000000-0000-4000-8000-00000000000A",
        "0000000000000-4000-8000-000000000000",
        "00000000-0000-4000-8000-00000000000/",
        "00000000-0000-4000-8000-00000000000\n"
    };

    memset(random, 0xff, sizeof(random));
    s = oci_upload_id(pool, random);
    is_str((char *) s.data, "ffffffff-ffff-4fff-bfff-ffffffffffff",
           "a version 4 UUID of the largest numbers");
    ok(oci_upload_id_valid(&s), "is valid");

    memset(random, 0, sizeof(random));
    s = oci_upload_id(pool, random);
    is_str((char *) s.data, "00000000-0000-4000-8000-000000000000",
           "and of the smallest");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = oci_str(bad[i]);
        ok(!oci_upload_id_valid(&s), "id %zu is refused", i);
    }
}


static void
damaged_sessions(void)
{
    size_t              i;
    static const char  *bad[] = {
        "", "\n", "now", "2025-11-23", "2025-11-23T04:18:00Z\n",
        "2025-13-23T04:18:00Z", "2025-11-23T04:18:00Zx"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tree_text(session(26, "startedat"), bad[i]);
        tree_text(session(26, "data"), "");
        take(26, OCI_NOT_FOUND);
    }

    tree_text(session(29, "startedat"), "2025-11-23T04:18:00Z");
    take(29, OCI_OK);

    tree_text(session(27, "startedat"), "2025-11-23T04:18:00Z");

    tree_mkdirs(session(27, "data"));
    take(27, OCI_IO);
}


static void
expiring(void)
{
    uint64_t    offset;
    oci_str_t   id;

    tree_text(session(28, "startedat"), "2025-11-23T04:18:00Z");
    tree_text(session(28, "data"), "x");
    id = id_of(28);

    is(oci_upload_status(in(repo), &id, NOW + 100, 100,
                         &offset, NULL), OCI_OK, "as old as it may be");
    is(oci_upload_status(in(repo), &id, NOW + 101, 100,
                         &offset, NULL), OCI_NOT_FOUND, "a second older");
    is(oci_upload_status(in(repo), &id, NOW + 101, 0,
                         &offset, NULL), OCI_OK, "with no limit");
    is(oci_upload_status(in(repo), &id, NOW - 101, 100,
                         &offset, NULL), OCI_OK, "a clock that was put back");
}


static void
expiring_all(void)
{
    size_t           before, removed, open;
    int64_t          now;
    struct timespec  old[2];

    now = (int64_t) time(NULL);
    memset(old, 0, sizeof(old));
    old[0].tv_sec = old[1].tv_sec = (time_t) now - 7200;

    is(oci_upload_expire(store, now, 0, &removed, &before, NULL), OCI_OK,
       "of any age");
    is(removed, 0, "none is removed then");

    /* old and quiet; old but bytes arrive; young; no UUID; no start */

    tree_text(session(30, "startedat"), "2025-11-23T04:18:00Z");
    tree_text(session(30, "data"), "x");
    (void) utimensat(AT_FDCWD, session(30, "data"), old, 0);

    tree_text(session(31, "startedat"), "2025-11-23T04:18:00Z");
    tree_text(session(31, "data"), "x");

    tree_text(session(32, "startedat"), "2999-11-23T04:18:00Z");
    tree_text(session(32, "data"), "x");
    (void) utimensat(AT_FDCWD, session(32, "data"), old, 0);

    tree_text(tree_path(REPO "/_uploads/keep/data"), "x");
    (void) utimensat(AT_FDCWD, tree_path(REPO "/_uploads/keep/data"), old, 0);

    is(oci_upload_expire(store, now, 3600, &removed, &open, NULL), OCI_OK,
       "expired");
    ok(!tree_exists(session(30, "")), "an old session is removed");
    ok(tree_exists(session(31, "data")), "not one whose bytes still arrive");
    ok(tree_exists(session(32, "data")), "not a young one");
    ok(tree_exists(tree_path(REPO "/_uploads/keep/data")),
       "not what is no session");
    ok(removed >= 1, "%zu counted", removed);
    is(open + removed, before + 3, "the others are open");

    is(oci_upload_expire(store, now, 3600, &removed, NULL, NULL), OCI_OK,
       "again");
    is(removed, 0, "there is nothing more to remove");
}


static void
take(int n, oci_status_e want)
{
    oci_str_t      id;
    oci_upload_t  *u;

    u = NULL;
    id = id_of(n);
    is(oci_upload_open(&u, in(repo), &id, NOW, 0, NULL), want,
       "upload %d is taken up: %d", n, (int) want);
}


static const char *
session(int n, const char *name)
{
    oci_str_t  id;

    id = id_of(n);

    return tree_path(REPO "/_uploads/%s/%s", (char *) id.data, name);
}


static oci_str_t
id_of(int n)
{
    static char  id[40];

    (void) snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", n);

    return oci_str(id);
}
