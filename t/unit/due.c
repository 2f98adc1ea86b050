/*
 * oci_due: the queue of images to be scanned, and the notes on them.
 */

#include "oci_due.h"
#include "oci_manifest.h"
#include "tree.h"

#include <sys/wait.h>


#define QUEUE  "_tally/scan/queue"
#define NOTES  "_tally/scan/notes"


static void queueing(void);
static void overflowing(void);
static void damaged(void);
static void noting(void);
static void forgetting(void);
static void locking(void);

static oci_digest_t digest(const char *text);
static oci_digest_t manifest(const oci_str_t *name);
static size_t waiting(void);
static int lock_elsewhere(void);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b"), other = oci_string("x");


int
main(void)
{
    pool = oci_pool_create();
    oci_store_open(&store, pool, tree_make(), OCI_STORE_SYNC, NULL);

    queueing();
    damaged();
    overflowing();
    noting();
    forgetting();
    locking();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
queueing(void)
{
    oci_due_t     *due;
    oci_array_t    list;
    oci_digest_t   d = digest("one");

    ok(waiting() == 0, "no queue is an empty one");
    ok(!oci_due_waits(in(repo), &d), "nothing waits");

    ok(oci_due_add(in(repo), &d, NULL) == OCI_OK
       && oci_due_add(in(repo), &d, NULL) == OCI_OK && waiting() == 1,
       "an image is queued once");
    ok(oci_due_waits(in(repo), &d) && !oci_due_waits(in(other), &d),
       "it waits, in its repository");

    oci_due_list(store, pool, &list, NULL);
    due = list.elts;
    ok(list.nelts == 1 && oci_str_eq(&due->repo, &repo)
       && oci_digest_eq(&due->digest, &d), "it comes out as it went in");

    oci_due_add(in(other), &d, NULL);
    ok(waiting() == 2, "the same image in another repository is another");

    oci_due_remove(in(repo), &d);
    oci_due_remove(in(repo), &d);
    oci_due_remove(in(other), &d);
    ok(waiting() == 0 && !oci_due_waits(in(repo), &d), "and is taken out");
}


/* what is no entry of ours is cleared away, and stops nothing */

static void
damaged(void)
{
    oci_digest_t  d = digest("two");

    oci_due_add(in(repo), &d, NULL);
    tree_text(tree_path(QUEUE "/empty"), "");
    tree_text(tree_path(QUEUE "/text"), "no image");
    tree_text(tree_path(QUEUE "/path"), "../../etc@sha256:"
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
               "55");
    tree_text(tree_path(QUEUE "/digest"), "a/b@sha256:12");
    tree_text(tree_path(QUEUE "/at"), "@");

    ok(waiting() == 1, "damaged entries are left out");
    ok(tree_count(tree_path(QUEUE)) == 1, "and removed");
    oci_due_remove(in(repo), &d);
}


static void
overflowing(void)
{
    int           i;
    char          text[32];
    oci_digest_t  d;

    for (i = 0; i <= OCI_DUE_MAX; i++) {
        snprintf(text, sizeof(text), "image %d", i);
        d = digest(text);
        oci_due_add(in(repo), &d, NULL);
    }

    ok(waiting() == OCI_DUE_MAX, "the queue is bounded");
    ok(oci_due_waits(in(repo), &d), "what does not fit in waits all the same");

    d = digest("later");
    oci_due_add(in(repo), &d, NULL);
    ok(waiting() == OCI_DUE_MAX && oci_due_waits(in(other), &d),
       "then all images do, and no more are queued");

    ok(oci_due_all(store, pool) && !oci_due_all(store, pool),
       "that is said once");

    for (i = 0; i < OCI_DUE_MAX; i++) {
        snprintf(text, sizeof(text), "image %d", i);
        d = digest(text);
        oci_due_remove(in(repo), &d);
    }

    ok(waiting() == 0, "and the queue is empty again");
}


static void
noting(void)
{
    size_t           i;
    char             path[256];
    oci_digest_t     id, d = digest("three");
    oci_due_note_t   note, back;
    static const struct {
        const char  *text;
        const char  *what;
    } bad[] = {
        { "", "an empty note" },
        { "{\"scanned\":1", "half a note" },
        { "[]x", "no JSON" },
        { "{\"report\":\"sha256:12\"}", "one with half a digest" }
    };

    ok(oci_due_note(in(repo), &d, &note, NULL) == OCI_NOT_FOUND,
       "no note at first");

    memset(&note, 0, sizeof(note));
    note.scanned = 1790000000;
    note.database = 1780000000;
    note.tried = 5;
    note.failing = 6;
    note.tries = 2;
    note.report = digest("report");
    note.content = digest("content");
    note.error = oci_str("it \"failed\" \xff");

    ok(oci_due_note_put(in(repo), &d, &note, NULL) == OCI_OK
       && oci_due_note(in(repo), &d, &back, NULL) == OCI_OK
       && back.scanned == note.scanned && back.database == note.database
       && back.tried == 5 && back.failing == 6 && back.tries == 2
       && oci_digest_eq(&back.report, &note.report)
       && oci_digest_eq(&back.content, &note.content)
       && back.bundle.alg == OCI_ALG_NONE,
       "a note is read as it was written");
    ok(oci_str_is(&back.error, "it \"failed\" "),
       "without what is no text of its error");
    ok(oci_due_note(in(other), &d, &back, NULL) == OCI_NOT_FOUND,
       "it is of one repository");

    snprintf(path, sizeof(path), "a/b@%s", d.text);
    id = digest(path);
    snprintf(path, sizeof(path), "%s", tree_path(NOTES "/%.2s/%s",
             oci_digest_hex(&id), oci_digest_hex(&id)));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tree_text(path, bad[i].text);
        ok(oci_due_note(in(repo), &d, &back, NULL) == OCI_NOT_FOUND,
           "%s", bad[i].what);
    }

    tree_text(path, "{\"scanned\":-1,\"database\":\"x\",\"tries\":1e300}");
    ok(oci_due_note(in(repo), &d, &back, NULL) == OCI_OK
       && back.scanned == 0 && back.database == 0 && back.tries == 0,
       "numbers out of bounds are none");
}


static void
forgetting(void)
{
    oci_digest_t     here, gone = digest("gone");
    oci_due_note_t   note;

    memset(&note, 0, sizeof(note));
    here = manifest(&repo);
    oci_due_note_put(in(repo), &here, &note, NULL);
    oci_due_note_put(in(other), &here, &note, NULL);
    oci_due_note_put(in(repo), &gone, &note, NULL);

    ok(oci_due_forget(store, NULL) == OCI_OK
       && oci_due_note(in(repo), &here, &note, NULL) == OCI_OK,
       "the note of an image stays");
    ok(oci_due_note(in(repo), &gone, &note, NULL) == OCI_NOT_FOUND
       && oci_due_note(in(other), &here, &note, NULL) == OCI_NOT_FOUND,
       "those of what is not in their repositories go");
}


static void
locking(void)
{
    ok(lock_elsewhere() == OCI_OK, "a process gets the lock");
    ok(oci_due_lock(store, pool, NULL) == OCI_OK, "and the next one, later");
    ok(lock_elsewhere() == OCI_BUSY, "while that has it nobody else does");
}


static int
lock_elsewhere(void)
{
    int    status;
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        _exit(oci_due_lock(store, pool, NULL));
    }

    waitpid(pid, &status, 0);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}


static oci_digest_t
digest(const char *text)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, (const u_char *) text, strlen(text));

    return d;
}


static oci_digest_t
manifest(const oci_str_t *name)
{
    oci_array_t         missing;
    oci_manifest_t      m;
    oci_manifest_put_t  put;
    oci_str_t           none = oci_null_string, text = oci_string(
        "{\"schemaVersion\":2,\"mediaType\":"
        "\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}");

    memset(&put, 0, sizeof(put));
    oci_array_init(&missing, pool, sizeof(oci_digest_t));
    oci_manifest_parse(&m, pool, &text, &none, NULL);
    oci_digest_of(&put.digest, OCI_SHA256, text.data, text.len);
    put.content = text;
    put.manifest = &m;
    ok(oci_store_manifest_put(in(*name), &put, &missing, NULL) == OCI_OK,
       "a manifest");

    return put.digest;
}


static size_t
waiting(void)
{
    oci_array_t   list;
    oci_status_e  rc;

    rc = oci_due_list(store, pool, &list, NULL);

    return (rc == OCI_OK) ? list.nelts : (size_t) -1;
}
