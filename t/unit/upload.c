/*
 * oci_upload: sessions, and what survives of them.
 */

#include "oci_upload.h"
#include "tree.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>


#define NOW   1763871480            /* 2025-11-23T04:18:00Z */
#define BLOB  "/docker/registry/v2/blobs"
#define REPO  "/docker/registry/v2/repositories/a/b"

/* of "hello world" */
#define HELLO                                                                \
    "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
#define HELLO512                                                             \
    "309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f"       \
    "989dd35bc5ff499670da34255b45b0cfd830e81f605dcf7dc5542e93ae9cd76f"


static void creating(void);
static void committing(void);
static void committing_nothing(void);
static void repairing(void);
static void mismatching(void);
static void other_algorithms(void);
static void resuming(void);
static void resuming_go(void);
static void state_lost(void);
static void state_damaged(void);
static void state_lies(void);
static void killed(void);
static void locking(void);
static void ending_meanwhile(void);
static void growing_meanwhile(void);
static void cancelling(void);
static void resting(void);
static void refusing(void);

static oci_digest_t digest(const char *text);
static oci_upload_t *begin(int n);
static oci_upload_t *take(int n, oci_status_e want);
static void end_pool(void);
static const char *session(int n, const char *name);
static oci_str_t id_of(int n);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b");
static oci_str_t     deep = oci_string("d/e/f/g");

/* what happens between open() and the lock, when it is set */
static void        (*before_lock)(void);


int
main(void)
{
    oci_pool_t  *root;

    root = oci_pool_create();
    pool = oci_pool_create();

    oci_store_open(&store, root, tree_make(), OCI_STORE_SYNC, NULL);

    creating();
    committing();
    committing_nothing();
    repairing();
    mismatching();
    other_algorithms();
    resuming();
    resuming_go();
    state_lost();
    state_damaged();
    state_lies();
    killed();
    locking();
    ending_meanwhile();
    growing_meanwhile();
    cancelling();
    resting();
    refusing();

    is(tree_files(".tmp"), 0, "no temporary file is left anywhere");

    tree_remove();
    oci_pool_destroy(pool);
    oci_pool_destroy(root);

    return done();
}


/* stands in for the system's, to make the race of ending_meanwhile() sure */

int
fcntl64(int fd, int cmd, ...)
{
    void     *arg;
    va_list   args;
    void    (*meanwhile)(void);

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    meanwhile = before_lock;

    if (cmd == F_OFD_SETLK && meanwhile != NULL) {
        before_lock = NULL;
        meanwhile();
    }

    return (int) syscall(SYS_fcntl, fd, cmd, arg);
}


static void
creating(void)
{
    uint64_t   offset;
    oci_str_t  id;

    id = id_of(1);
    is(oci_upload_create(in(repo), &id, OCI_SHA256, NOW,
                         NULL),
       OCI_OK, "a session is made");
    is_str(tree_read(session(1, "startedat")), "2025-11-23T04:18:00Z",
           "startedat: RFC 3339, UTC, no newline");
    is(tree_count(session(1, "")), 1, "and nothing else");

    is(oci_upload_create(in(repo), &id, OCI_SHA256, NOW,
                         NULL),
       OCI_EXISTS, "the same id is not taken twice");

    is(oci_upload_status(in(repo), &id, NOW, 0, &offset,
                         NULL),
       OCI_OK, "the session answers");
    is(offset, 0, "with its offset");
    end_pool();
}


static void
committing(void)
{
    oci_blob_t     blob;
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    u = begin(2);
    is(oci_upload_write(u, "hello ", 6, NULL), OCI_OK, "written");
    is(oci_upload_write(u, "world", 5, NULL), OCI_OK, "written on");
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "committed");

    is_str(tree_read(tree_path(BLOB "/sha256/b9/%s/data", HELLO)),
           "hello world", "the blob is in its place");
    is_str(tree_read(tree_path(REPO "/_layers/sha256/%s/link", HELLO)),
           "sha256:" HELLO, "the link: the digest, no newline");
    ok(tree_exists(tree_path(REPO "/_manifests")),
       "_manifests is made with _layers");
    ok(!tree_exists(session(2, "")), "the session is gone");

    is(oci_store_blob(in(repo), &d, &blob, NULL), OCI_OK,
       "the blob is found");
    is(blob.size, 11, "with its size");
    end_pool();
}


static void
committing_nothing(void)
{
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:e3b0c44298fc1c149afbf4c8996fb924"
               "27ae41e4649b934ca495991b7852b855");
    u = begin(3);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "an empty blob");
    is_str(tree_read(tree_path(BLOB "/sha256/e3/%s/data",
                               oci_digest_hex(&d))), "", "is a file");
    end_pool();
}


static void
repairing(void)
{
    oci_digest_t   d;
    oci_upload_t  *u;

    tree_text(tree_path(BLOB "/sha256/b9/%s/data", HELLO), "");

    d = digest("sha256:" HELLO);
    u = begin(4);
    oci_upload_write(u, "hello world", 11, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "pushed again");
    is_str(tree_read(tree_path(BLOB "/sha256/b9/%s/data", HELLO)),
           "hello world", "a truncated blob is whole again");
    end_pool();
}


static void
mismatching(void)
{
    oci_error_t    err = { OCI_OK, 0, "" };
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    tree_text(tree_path(BLOB "/sha256/b9/%s/data", HELLO), "keep");

    u = begin(5);
    oci_upload_write(u, "hello World", 11, NULL);
    is(oci_upload_commit(u, &d, &err), OCI_MISMATCH, "another digest");
    ok(strstr(err.text, HELLO) != NULL, "is named in the error");
    ok(!tree_exists(session(5, "")), "the session is gone");
    is_str(tree_read(tree_path(BLOB "/sha256/b9/%s/data", HELLO)), "keep",
           "the blob of that name is not touched");

    d = digest("sha256:00000000000000000000000000000000"
               "00000000000000000000000000000000");
    u = begin(5);
    oci_upload_write(u, "x", 1, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_MISMATCH, "a digest of nothing");
    ok(!tree_exists(tree_path(BLOB "/sha256/00")), "leaves no directory");
    ok(!tree_exists(tree_path(REPO "/_layers/sha256/%s",
                              oci_digest_hex(&d))), "and no link");
    end_pool();
}


/* announced or not until the closing request */

static void
other_algorithms(void)
{
    oci_str_t      id;
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha512:" HELLO512);
    u = begin(6);
    oci_upload_write(u, "hello world", 11, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "sha512, not announced");
    is_str(tree_read(tree_path(BLOB "/sha512/30/%s/data", HELLO512)),
           "hello world", "is stored by its own digest");
    is_str(tree_read(tree_path(REPO "/_layers/sha512/%s/link", HELLO512)),
           "sha512:" HELLO512, "and linked by it");

    id = id_of(7);
    is(oci_upload_create(in(repo), &id, OCI_SHA512, NOW,
                         NULL),
       OCI_OK, "sha512, announced");
    u = take(7, OCI_OK);
    oci_upload_write(u, "hello ", 6, NULL);
    is(oci_upload_suspend(u, NULL), OCI_OK, "suspended");
    ok(strstr(tree_read(session(7, "state")), " sha512 6 ") != NULL,
       "its state is of that algorithm");

    u = take(7, OCI_OK);
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "resumed and committed");

    id = id_of(8);
    oci_upload_create(in(repo), &id, OCI_SHA512, NOW,
                      NULL);
    u = take(8, OCI_OK);
    oci_upload_write(u, "hello world", 11, NULL);
    d = digest("sha256:" HELLO);
    is(oci_upload_commit(u, &d, NULL), OCI_OK,
       "announced as sha512, closed with sha256");
    end_pool();
}


static void
resuming(void)
{
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    u = begin(10);
    oci_upload_write(u, "hello", 5, NULL);
    is(oci_upload_suspend(u, NULL), OCI_OK, "suspended at 5");
    ok(tree_exists(session(10, "state")), "with a state");

    u = take(10, OCI_OK);
    is(oci_upload_offset(u), 5, "resumed at 5");
    oci_upload_write(u, " ", 1, NULL);
    oci_upload_suspend(u, NULL);

    u = take(10, OCI_OK);
    is(oci_upload_offset(u), 6, "resumed at 6");
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "committed");
    end_pool();
}


/*
 * A session of registry:2 with the state that Go's sha256.MarshalBinary()
 * gives for "hello ", and a file of the state at 0 beside it.
 */

static void
resuming_go(void)
{
    size_t              i;
    const char         *ours;
    u_char              state[108] = { 's', 'h', 'a', 3 };
    oci_digest_t        d;
    oci_upload_t       *u;
    static const u_char initial[] = {
        0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85,
        0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a,
        0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c,
        0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd, 0x19
    };

    for (i = 0; i < sizeof(initial); i++) {
        state[4 + i] = initial[i];
    }

    tree_text(session(11, "startedat"), "2025-11-23T04:18:00Z");
    tree_text(session(11, "data"), "hello ");
    tree_write(session(11, "hashstates/sha256/0"), state, sizeof(state));
    memcpy(state + 36, "hello ", 6);
    state[107] = 6;
    tree_write(session(11, "hashstates/sha256/6"), state, sizeof(state));

    d = digest("sha256:" HELLO);
    u = take(11, OCI_OK);
    is(oci_upload_offset(u), 6, "a session of registry:2");
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "is closed by us");

    u = begin(12);
    oci_upload_write(u, "hello ", 6, NULL);
    oci_upload_suspend(u, NULL);
    ours = strchr(tree_read(session(12, "state")), '\n');
    ok(ours != NULL && memcmp(ours + 1, state, sizeof(state)) == 0,
       "our state is Go's, byte for byte");
    end_pool();
}


static void
state_lost(void)
{
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    tree_text(session(14, "startedat"), "2025-11-23T04:18:00Z");
    tree_text(session(14, "data"), "hello ");

    u = take(14, OCI_OK);
    is(oci_upload_offset(u), 6, "no state at all");
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "is read again");
    end_pool();
}


/* whatever the file holds: the bytes count */

static void
state_damaged(void)
{
    char           good[300], state[300];
    size_t         i;
    oci_digest_t   d;
    oci_upload_t  *u;
    static const char  *bad[] = {
        "", "\n", "tally-state 1", "sha\003",
        ("tally-state 2 x sha256 6 1 2 3 4 5\n"),
        ("tally-state 1 - sha256 6 1 2 3 4 5\nsha\003")
    };

    d = digest("sha256:" HELLO);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        u = begin(15);
        oci_upload_write(u, "hello ", 6, NULL);
        oci_upload_suspend(u, NULL);
        tree_text(session(15, "state"), bad[i]);

        u = take(15, OCI_OK);
        oci_upload_write(u, "world", 5, NULL);
        is(oci_upload_commit(u, &d, NULL), OCI_OK,
           "damaged state %zu does no harm", i);
    }

    u = begin(16);
    oci_upload_write(u, "hello ", 6, NULL);
    oci_upload_suspend(u, NULL);
    memcpy(good, tree_read(session(16, "state")), sizeof(good));

    u = take(16, OCI_OK);
    ok(u != NULL, "a state that fits");
    end_pool();

    /* the same file, but of another boot */

    memcpy(state, good, sizeof(state));
    state[strlen("tally-state 1 ")] ^= 1;
    tree_write(session(16, "state"), state,
               (size_t) (strchr(good, '\n') - good) + 1 + 108);
    u = take(16, OCI_OK);
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "a state of another boot");
    end_pool();
}


/* item 2 of the review: well formed, of the right length, of other bytes */

static void
state_lies(void)
{
    int            fd;
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    u = begin(17);
    oci_upload_write(u, "hello ", 6, NULL);
    oci_upload_suspend(u, NULL);

    fd = open(session(17, "data"), O_WRONLY);
    (void) !pwrite(fd, "\0\0\0", 3, 0);
    (void) close(fd);

    u = take(17, OCI_OK);
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_MISMATCH,
       "bytes that were lost after their state was saved are noticed");
    ok(!tree_exists(tree_path(REPO "/_uploads/%s", (char *) id_of(17).data)),
       "and the session is gone");
    end_pool();
}


/* kill -9 in mid-write: more data than the last state knows */

static void
killed(void)
{
    char          *block;
    int            fd;
    pid_t          pid;
    oci_digest_t   d;
    oci_upload_t  *u;

    block = malloc(1000003);
    memset(block, 'k', 1000003);

    u = begin(20);
    oci_upload_write(u, block, 100, NULL);
    oci_upload_suspend(u, NULL);
    (void) fflush(stdout);

    pid = fork();

    if (pid == 0) {
        u = take(20, OCI_OK);
        oci_upload_write(u, block, 999000, NULL);
        (void) kill(getpid(), SIGKILL);
    }

    (void) waitpid(pid, NULL, 0);

    fd = open(session(20, "data"), O_WRONLY|O_APPEND);
    (void) !write(fd, "kkk", 3);
    (void) close(fd);

    u = take(20, OCI_OK);
    is(oci_upload_offset(u), 999103, "what was written counts, state or not");
    oci_upload_write(u, block, 900, NULL);

    oci_digest_of(&d, OCI_SHA256, block, 1000003);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "and is hashed");
    free(block);
    end_pool();
}


static void
locking(void)
{
    oci_str_t      id;
    oci_pool_t    *other;
    oci_error_t    err = { OCI_OK, 0, "" };
    oci_upload_t  *u, *v;

    u = begin(21);
    id = id_of(21);
    other = oci_pool_create();

    is(oci_upload_open(&v, oci_repo(store, other, &repo), &id, NOW, 0,
                       &err), OCI_BUSY,
       "an open session is not opened again");
    ok(strstr(err.text, "21") != NULL, "the error names it: %s", err.text);
    is(oci_upload_write(u, "x", 1, NULL), OCI_OK, "the first goes on");

    oci_upload_suspend(u, NULL);
    is(oci_upload_open(&v, oci_repo(store, other, &repo), &id, NOW, 0,
                       NULL), OCI_OK,
       "a suspended one is");
    oci_pool_destroy(other);

    is(oci_upload_offset(take(21, OCI_OK)), 1,
       "one whose pool is gone is, too");
    end_pool();
}


/* a commit wins between our open() and our lock: that is a blob now */

static void
commit_22(void)
{
    oci_str_t      id;
    oci_pool_t    *other;
    oci_digest_t   d;
    oci_upload_t  *u;

    other = oci_pool_create();
    id = id_of(22);
    d = digest("sha256:" HELLO);

    if (oci_upload_open(&u, oci_repo(store, other, &repo), &id, NOW, 0,
                        NULL) == OCI_OK)
    {
        oci_upload_write(u, "hello world", 11, NULL);
        is(oci_upload_commit(u, &d, NULL), OCI_OK, "committed meanwhile");
    }

    oci_pool_destroy(other);
}


static void
ending_meanwhile(void)
{
    oci_str_t      id;
    oci_upload_t  *u;

    id = id_of(22);
    oci_upload_create(in(repo), &id, OCI_SHA256, NOW,
                      NULL);

    before_lock = commit_22;
    is(oci_upload_open(&u, in(repo), &id, NOW, 0, NULL),
       OCI_NOT_FOUND, "a session that was committed meanwhile has ended");
    ok(before_lock == NULL, "the race took place");
    end_pool();

    u = begin(23);
    oci_upload_write(u, "x", 1, NULL);
    id = id_of(23);
    is(oci_upload_cancel(in(repo), &id, NULL), OCI_OK,
       "cancelled while it is written to");
    is(oci_upload_write(u, "y", 1, NULL), OCI_OK, "the writer goes on");
    is(oci_upload_suspend(u, NULL), OCI_NOT_FOUND, "until it suspends");
    ok(!tree_exists(session(23, "")), "and does not bring it back");
    end_pool();
}


/* registry:2 does not know our lock */

static void
growing_meanwhile(void)
{
    int            fd;
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    u = begin(24);
    oci_upload_write(u, "hello world", 11, NULL);

    fd = open(session(24, "data"), O_WRONLY|O_APPEND);
    (void) !write(fd, "!", 1);
    (void) close(fd);

    is(oci_upload_commit(u, &d, NULL), OCI_BUSY,
       "bytes that we did not hash are never committed");
    end_pool();
}


static void
cancelling(void)
{
    oci_str_t      id;
    oci_upload_t  *u;

    u = begin(25);
    oci_upload_suspend(u, NULL);
    id = id_of(25);
    is(oci_upload_cancel(in(repo), &id, NULL), OCI_OK, "cancelled");
    ok(!tree_exists(session(25, "")), "the session is gone");
    is(oci_upload_cancel(in(repo), &id, NULL), OCI_NOT_FOUND,
       "once");
    (void) take(25, OCI_NOT_FOUND);

    /* review 14: a name that only an upload had */

    id = id_of(26);
    is(oci_upload_create(in(deep), &id, OCI_SHA256, NOW, NULL), OCI_OK,
       "a session far down");
    is(oci_upload_cancel(in(deep), &id, NULL), OCI_OK, "is cancelled");
    ok(!tree_exists(tree_path("/docker/registry/v2/repositories/d")),
       "and leaves no directory");
    end_pool();
}


/* a request that is silent gives way, and notices */

static void
resting(void)
{
    oci_pool_t    *other;
    oci_str_t      id;
    oci_digest_t   d;
    oci_upload_t  *u, *v;

    d = digest("sha256:" HELLO);
    u = begin(40);
    oci_upload_write(u, "hello ", 6, NULL);
    is(oci_upload_rest(u, NULL), OCI_OK, "it rests");
    is(oci_upload_write(u, "w", 1, NULL), OCI_OK, "and goes on");
    is(oci_upload_rest(u, NULL), OCI_OK, "it rests again");

    other = oci_pool_create();
    id = id_of(40);
    is(oci_upload_open(&v, oci_repo(store, other, &repo), &id, NOW, 0, NULL),
       OCI_OK, "another takes it over");
    is(oci_upload_offset(v), 7, "where it stood");
    oci_upload_write(v, "orld", 4, NULL);
    is(oci_upload_write(u, "x", 1, NULL), OCI_BUSY,
       "the first one sees that it is gone");
    is(oci_upload_commit(v, &d, NULL), OCI_OK, "the other ends it");
    is(oci_upload_commit(u, &d, NULL), OCI_NOT_FOUND, "once");
    oci_pool_destroy(other);
    end_pool();
}


/* review 11: what was refused is not there */

static void
refusing(void)
{
    oci_digest_t   d;
    oci_upload_t  *u;

    d = digest("sha256:" HELLO);
    u = begin(41);
    oci_upload_write(u, "hello ", 6, NULL);
    oci_upload_suspend(u, NULL);
    u = take(41, OCI_OK);
    oci_upload_write(u, "wrong", 5, NULL);
    is(oci_upload_refuse(u, NULL), OCI_OK, "a chunk is refused");
    is(oci_upload_offset(u), 6, "the offset does not move for it");
    oci_upload_suspend(u, NULL);
    u = take(41, OCI_OK);
    is(oci_upload_offset(u), 6, "nor later");
    oci_upload_write(u, "world", 5, NULL);
    is(oci_upload_commit(u, &d, NULL), OCI_OK, "the right one is taken");
    end_pool();
}


static oci_digest_t
digest(const char *text)
{
    oci_str_t     s;
    oci_digest_t  d;

    s = oci_str(text);
    memset(&d, 0, sizeof(d));

    if (oci_digest_parse(&d, &s) != OCI_OK) {
        ok(false, "\"%s\" is a digest", text);
    }

    return d;
}


static oci_upload_t *
begin(int n)
{
    oci_str_t      id;
    oci_error_t    err = { OCI_OK, 0, "" };
    oci_upload_t  *u;

    id = id_of(n);
    is(oci_upload_create(in(repo), &id, OCI_SHA256, NOW,
                         &err),
       OCI_OK, "upload %d begins %s", n, err.text);

    u = NULL;
    is(oci_upload_open(&u, in(repo), &id, NOW, 0, &err),
       OCI_OK, "and is open %s", err.text);

    return u;
}


static oci_upload_t *
take(int n, oci_status_e want)
{
    oci_str_t      id;
    oci_upload_t  *u;

    u = NULL;
    id = id_of(n);
    is(oci_upload_open(&u, in(repo), &id, NOW, 0, NULL), want,
       "upload %d is taken up: %d", n, (int) want);

    return u;
}


/* lets go of every session */

static void
end_pool(void)
{
    oci_pool_destroy(pool);
    pool = oci_pool_create();
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
