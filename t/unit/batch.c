/*
 * What a push costs in syncs, their order, and what a failed one leaves.
 */

#include "oci_manifest.h"
#include "oci_sync.h"
#include "oci_upload.h"
#include "tree.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>


#define V2    "docker/registry/v2"
#define NOW   1763871480


static void cold(void);
static void warm(void);
static void sessions(void);
static void others(void);
static void made_again(void);
static void manifests(void);
static void failed_sync(void);
static void failed_directory(void);
static void closed(void);
static void wait_for_all(void);
static void sharing(void);
static void share_all(char *path);
static void modes(void);

static oci_status_e push(const char *name, const char *text, bool whole,
    oci_error_t *err);
static int synced(const char *path);
static void forget(void);
static void *share(void *path);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b");

/* the directories and files that were synced, in order */

static char             syncs[64][PATH_MAX];
static int              nsyncs, fail_at, fail_errno;
static bool             slow;
static int              coming;
static pthread_mutex_t  counting = PTHREAD_MUTEX_INITIALIZER;


int
main(void)
{
    oci_pool_t  *root;

    root = oci_pool_create();
    pool = oci_pool_create();

    (void) oci_store_open(&store, root, tree_make(), OCI_STORE_SYNC, NULL);

    cold();
    warm();
    sessions();
    others();
    made_again();
    manifests();
    failed_sync();
    failed_directory();
    closed();
    sharing();
    modes();

    is(tree_files(".tmp"), 0, "no temporary file is left anywhere");

    tree_remove();
    oci_pool_destroy(pool);
    oci_pool_destroy(root);

    return done();
}


/* a slow sync lasts until all threads are about to ask for one */

static void
wait_for_all(void)
{
    int   i;
    bool  all;

    for (i = 0, all = false; i < 10000 && !all; i++) {
        (void) usleep(1000);
        (void) pthread_mutex_lock(&counting);
        all = (coming == 16);
        (void) pthread_mutex_unlock(&counting);
    }

    (void) usleep(50000);
}


/* stands in for the system's */

int
fsync(int fd)
{
    int      n;
    char     name[64];
    ssize_t  len;

    (void) pthread_mutex_lock(&counting);
    n = nsyncs++;

    if (n < 64) {
        (void) snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        len = readlink(name, syncs[n], PATH_MAX - 1);
        syncs[n][len > 0 ? len : 0] = '\0';
    }

    (void) pthread_mutex_unlock(&counting);

    if (slow) {
        wait_for_all();
    }

    if (fail_at != 0 && n + 1 == fail_at) {
        errno = fail_errno;
        return -1;
    }

    return (int) syscall(SYS_fsync, fd);
}


/* review 3: nothing is known yet, the store was made by a session just now */

static void
cold(void)
{
    size_t                i;
    static const char    *dirs[] = {
        "", "docker", "docker/registry", V2, V2 "/blobs",
        V2 "/blobs/sha256", V2 "/repositories", V2 "/repositories/a",
        V2 "/repositories/a/b", V2 "/repositories/a/b/_layers",
        V2 "/repositories/a/b/_layers/sha256"
    };

    forget();
    is(push("a/b", "first", false, NULL), OCI_OK, "the first push of all");

    for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        is(synced(tree_path("%s", dirs[i])), 1,
           "\"%s\" is synced, once", dirs[i]);
    }
}


/* the aim: at most 8 in a repository that exists */

static void
warm(void)
{
    forget();
    is(push("a/b", "second", false, NULL), OCI_OK, "the second");
    ok(nsyncs <= 8, "is %d syncs, 8 at most", nsyncs);
    is(synced(tree_path(V2 "/repositories/a")), 0,
       "what is remembered is not synced again");

    forget();
    is(push("a/b", "second", false, NULL), OCI_OK, "the same blob again");
    ok(nsyncs <= 8, "is %d syncs, 8 at most", nsyncs);
}


static void
sessions(void)
{
    oci_str_t  id = oci_string("00000000-0000-4000-8000-00000000000a");

    forget();
    is(oci_upload_create(in(repo), &id, OCI_SHA256, NOW, NULL), OCI_OK,
       "a session");
    is(oci_upload_cancel(in(repo), &id, NULL), OCI_OK, "comes and goes");
    is(nsyncs, 0, "without a sync");

    forget();
    is(push("a/b", "whole", true, NULL), OCI_OK, "a push without a session");
    ok(nsyncs <= 8, "is %d syncs", nsyncs);
    is(tree_count(tree_path(V2 "/repositories/a/b/_uploads")), 0,
       "and leaves nothing behind");
}


/* what is remembered is shared with the workers that are forked later */

static void
others(void)
{
    int    status;
    pid_t  pid;

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        forget();
        (void) push("a/b", "by another", false, NULL);
        _exit(nsyncs <= 8 ? 0 : 1);
    }

    (void) waitpid(pid, &status, 0);
    is(status, 0, "another worker knows what this one has synced");
}


/* a directory that others removed and made is another one */

static void
made_again(void)
{
    char  layers[PATH_MAX], aside[PATH_MAX];

    (void) snprintf(layers, sizeof(layers), "%s",
                    tree_path(V2 "/repositories/a/b/_layers"));
    (void) snprintf(aside, sizeof(aside), "%s",
                    tree_path(V2 "/repositories/a/b/_aside"));

    (void) rename(layers, aside);
    tree_mkdirs(tree_path(V2 "/repositories/a/b/_layers/sha256"));

    forget();
    is(push("a/b", "third", false, NULL), OCI_OK, "made by somebody else");
    is(synced(tree_path(V2 "/repositories/a/b/_layers")), 1,
       "its entry is synced");
    is(synced(tree_path(V2 "/repositories/a/b")), 1, "and that above it");
}


/* revision before tag, content before revision, each directory once */

static void
manifests(void)
{
    int                 i, content, revision, tag;
    oci_str_t           tags[1] = { oci_string("v1") };
    oci_str_t           none = oci_null_string;
    oci_array_t         missing;
    oci_manifest_t      m;
    oci_manifest_put_t  p;

    memset(&p, 0, sizeof(p));
    p.content = oci_str("{\"schemaVersion\":2,\"mediaType\":\""
                        OCI_TYPE_OCI_INDEX "\",\"manifests\":[]}");
    oci_digest_of(&p.digest, OCI_SHA256, p.content.data, p.content.len);
    p.manifest = &m;
    p.tags = tags;
    p.ntags = 1;
    oci_array_init(&missing, pool, sizeof(oci_digest_t));
    (void) oci_manifest_parse(&m, pool, &p.content, &none, NULL);

    forget();
    is(oci_store_manifest_put(in(repo), &p, &missing, NULL), OCI_OK,
       "a manifest");

    content = revision = tag = -1;

    for (i = 0; i < nsyncs; i++) {
        is(synced(syncs[i]), 1, "%s once", syncs[i] + strlen(tree_root));

        if (strstr(syncs[i], "/link.") != NULL) {
            continue;
        }

        if (strstr(syncs[i], "/blobs/") != NULL) {
            content = i;

        } else if (strstr(syncs[i], "/revisions/sha256/") != NULL) {
            revision = i;

        } else if (strstr(syncs[i], "/v1/current") != NULL) {
            tag = i;
        }
    }

    ok(content != -1 && content < revision && revision < tag,
       "content %d, then revision %d, then tag %d", content, revision, tag);

    forget();
    is(oci_store_manifest_put(in(repo), &p, &missing, NULL), OCI_OK,
       "pushed again");
    ok(nsyncs <= 14, "is %d syncs", nsyncs);
}


/* review 1: what the disk holds then is not known, the bytes come again */

static void
failed_sync(void)
{
    int           n;
    oci_str_t     id = oci_string("00000000-0000-4000-8000-00000000000b");
    oci_blob_t    b;
    oci_error_t   err;
    oci_digest_t  d;
    oci_upload_t  *u;

    oci_digest_of(&d, OCI_SHA256, "lost", 4);

    for (n = 1; n < 8; n++) {
        (void) oci_upload_create(in(repo), &id, OCI_SHA256, NOW, NULL);
        (void) oci_upload_open(&u, in(repo), &id, NOW, 0, NULL);
        (void) oci_upload_write(u, "lost", 4, NULL);

        memset(&err, 0, sizeof(err));
        forget();
        fail_at = n;
        fail_errno = EIO;

        if (oci_upload_commit(u, &d, &err) == OCI_OK) {
            break;
        }

        fail_at = 0;
        is(err.status, OCI_IO, "sync %d fails: %s", n,
           strrchr(err.text, ':') + 2);
        is(oci_upload_open(&u, in(repo), &id, NOW, 0, NULL), OCI_NOT_FOUND,
           "the session is gone with it");
        is(tree_files(".tmp"), 0, "nothing is left");
    }

    fail_at = 0;
    ok(n > 5, "%d syncs can fail", n - 1);
    is(push("a/b", "lost", false, NULL), OCI_OK, "pushed again");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK, "it is there");
}


/* a directory whose sync failed is not remembered */

static void
failed_directory(void)
{
    int  n, at;

    tree_mkdirs(tree_path(V2 "/repositories/new"));
    forget();
    is(push("new", "n", false, NULL), OCI_OK, "a new repository");

    for (n = 0, at = 0; n < nsyncs; n++) {
        if (strcmp(syncs[n], tree_path(V2 "/repositories")) == 0) {
            at = n + 1;
        }
    }

    ok(at != 0, "sync %d is of the directory that has its entry", at);

    tree_mkdirs(tree_path(V2 "/repositories/bad"));
    forget();
    fail_at = at;
    fail_errno = EIO;
    is(push("bad", "n", false, NULL), OCI_IO, "in another one it fails");
    fail_at = 0;
    forget();
    is(push("bad", "n", false, NULL), OCI_OK, "tried again");
    is(synced(tree_path(V2 "/repositories")), 1, "it is synced");
}


/* above the store a directory may be closed to us */

static void
closed(void)
{
    int           status;
    pid_t         pid;
    oci_pool_t   *p;

    if (getuid() != 0) {
        ok(true, "# SKIP only root becomes another");
        return;
    }

    tree_mkdirs(tree_path("closed/store"));
    (void) !chown(tree_path("closed/store"), 65534, 65534);
    (void) chmod(tree_root, 0711);
    (void) chmod(tree_path("closed"), 0711);
    (void) fflush(stdout);

    pid = fork();

    if (pid == 0) {
        p = oci_pool_create();
        _exit(setgid(65534) == 0 && setuid(65534) == 0
              && oci_store_open(&store, p, tree_path("closed/store"),
                                OCI_STORE_SYNC, NULL) == OCI_OK
              && push("a", "x", false, NULL) == OCI_OK ? 0 : 1);
    }

    (void) waitpid(pid, &status, 0);
    is(status, 0, "a directory above that we may enter but not read");
    (void) chmod(tree_root, 0755);
}


/*
 * Whoever comes while a sync runs joins the next one.  A thread that the
 * machine keeps from coming is in a third: then all come again.
 */

static void
sharing(void)
{
    int   tries;
    char  path[PATH_MAX];

    (void) snprintf(path, sizeof(path), "%s", tree_path("shared"));
    tree_mkdirs(path);
    slow = true;

    for (tries = 0; tries < 50; tries++) {
        share_all(path);

        if (nsyncs == 2) {
            break;
        }
    }

    slow = false;
    is(nsyncs, 2, "16 at once are two syncs: the first and that of the rest");
}


static void
share_all(char *path)
{
    int        i;
    pthread_t  threads[16];

    forget();
    coming = 0;

    for (i = 0; i < 16; i++) {
        (void) pthread_create(&threads[i], NULL, share, path);
        (void) usleep(1000);
    }

    for (i = 0; i < 16; i++) {
        (void) pthread_join(threads[i], NULL);
    }
}


static void *
share(void *path)
{
    static oci_sync_t       *sync;
    static pthread_mutex_t   making = PTHREAD_MUTEX_INITIALIZER;

    (void) pthread_mutex_lock(&making);

    if (sync == NULL) {
        sync = oci_sync_create(pool);
    }

    (void) pthread_mutex_unlock(&making);

    (void) pthread_mutex_lock(&counting);
    coming++;
    (void) pthread_mutex_unlock(&counting);

    (void) oci_sync_dir(sync, path, NULL);

    return NULL;
}


/* review 17 */

static void
modes(void)
{
    mode_t        old;
    struct stat   st;

    old = umask(077);
    (void) push("masked", "masked", false, NULL);
    umask(old);

    (void) stat(tree_path(V2 "/repositories/masked/_layers"), &st);
    is(st.st_mode & 0777, 0755, "a umask takes nothing from a directory");

    tree_mkdirs(tree_path("group"));
    (void) chmod(tree_path("group"), 02775);
    (void) oci_store_open(&store, pool, tree_path("group"), OCI_STORE_SYNC,
                          NULL);
    old = umask(077);
    (void) push("masked", "masked", true, NULL);
    umask(old);
    (void) stat(tree_path("group/" V2), &st);
    ok(st.st_mode & S_ISGID, "what a directory hands on stays");
    is(st.st_mode & 0755, 0755, "with what we promise");
}


static oci_status_e
push(const char *name, const char *text, bool whole, oci_error_t *err)
{
    oci_str_t      r, id;
    oci_digest_t   d;
    oci_status_e   rc;
    oci_upload_t  *u;
    static u_char  random[16];

    random[0]++;
    r = oci_str(name);
    id = oci_upload_id(pool, random);
    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    rc = whole ? oci_upload_whole(&u, in(r), &id, OCI_SHA256, err)
         : oci_upload_create(in(r), &id, OCI_SHA256, NOW, err);

    if (rc == OCI_OK && !whole) {
        rc = oci_upload_open(&u, in(r), &id, NOW, 0, err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_write(u, text, strlen(text), err);
    }

    return rc == OCI_OK ? oci_upload_commit(u, &d, err) : rc;
}


/* how often, since forget() */

static int
synced(const char *path)
{
    int     i, n;
    char    real[PATH_MAX];
    size_t  len;

    (void) snprintf(real, sizeof(real), "%s", path);
    len = strlen(real);

    if (len > 1 && real[len - 1] == '/') {
        real[len - 1] = '\0';
    }

    for (i = 0, n = 0; i < nsyncs && i < 64; i++) {
        n += (strcmp(syncs[i], real) == 0);
    }

    return n;
}


static void
forget(void)
{
    nsyncs = 0;
}
