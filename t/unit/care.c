/*
 * oci_care: leases, walks and removal.
 */

#include "oci_care.h"
#include "oci_file.h"
#include "oci_lease.h"
#include "oci_manifest.h"
#include "oci_upload.h"
#include "tree.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>


#define V2  "/docker/registry/v2"


static void draining(void);
static void renewing(void);
static void setting_aside(void);
static void condemning(void);
static void walking(void);
static void walking_links(void);
static void removing(void);
static void expiring_leases(void);

static oci_digest_t blob(const char *name, const char *text);
static oci_digest_t digest(const char *text);
static int64_t renewed(const oci_digest_t *d);
static const char *data_of(const oci_digest_t *d);
static void rest(void);
static oci_status_e count_content(void *data, const oci_content_t *c,
    oci_error_t *err);
static oci_status_e add_name(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e add_link(void *data, const oci_link_t *link,
    oci_error_t *err);
static void *drain_it(void *done);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b"), other = oci_string("x");


int
main(void)
{
    pool = oci_pool_create();

    oci_store_open(&store, pool, tree_make(), OCI_STORE_SYNC, NULL);

    draining();
    renewing();
    setting_aside();
    condemning();
    walking();
    walking_links();
    removing();
    expiring_leases();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


/* a drain waits for those that began before it, and for nobody else */

static void
draining(void)
{
    int            hold, later, status;
    bool           drained;
    pid_t          pid;
    int64_t        before, time;
    pthread_t      thread;
    oci_digest_t   d;

    d = blob("a/b", "before");
    before = renewed(&d);

    is(oci_store_drain(store, &time, NULL), OCI_OK, "nobody is pushing");
    ok(time >= before, "its time is not before what was pushed");

    is(oci_lease_hold(store, pool, &hold, NULL), OCI_OK, "somebody is");
    drained = false;
    (void) pthread_create(&thread, NULL, drain_it, &drained);
    (void) usleep(100000);
    ok(!drained, "a drain waits");

    is(oci_lease_hold(store, pool, &later, NULL), OCI_OK,
       "a push that begins meanwhile does not");
    oci_lease_release(hold);
    (void) pthread_join(thread, NULL);
    ok(drained, "nor is it waited for");
    oci_lease_release(later);

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        (void) oci_lease_hold(store, pool, &hold, NULL);
        (void) raise(SIGKILL);
    }

    (void) waitpid(pid, &status, 0);
    is(oci_store_drain(store, &time, NULL), OCI_OK,
       "one that was killed is not waited for");
}


static void *
drain_it(void *drained)
{
    int64_t  time;

    *(bool *) drained = (oci_store_drain(store, &time, NULL) == OCI_OK);

    return NULL;
}


/* hazards 2: an old blob that a client asks for is as good as a new one */

static void
renewing(void)
{
    int64_t          before, time;
    oci_digest_t     d, none;
    struct timespec  old[2] = { { 1000, 0 }, { 1000, 0 } };

    d = blob("a/b", "renewed");
    before = renewed(&d);
    rest();
    is(oci_store_blob_renew(in(repo), &d, NULL), OCI_OK, "renewed");
    ok(renewed(&d) > before, "its time is later");

    rest();
    before = renewed(&d);
    is(oci_store_blob_mount(in(other), &repo, &d, NULL), OCI_OK, "mounted");
    ok(renewed(&d) > before, "its time is later");

    rest();
    before = renewed(&d);
    (void) link(data_of(&d), tree_path("copy"));
    (void) utimensat(AT_FDCWD, data_of(&d), old, 0);
    (void) unlink(tree_path("copy"));
    ok(renewed(&d) >= before, "an old mtime, of a backup, takes nothing back");

    none = digest("never pushed");
    is(oci_store_blob_renew(in(repo), &none, NULL), OCI_NOT_FOUND,
       "what is not there is not renewed");
    is(oci_store_renewed(store, pool, &none, &time, NULL), OCI_NOT_FOUND,
       "and has no time");
}


/* a late reference brings it back */

static void
setting_aside(void)
{
    oci_blob_t    b;
    oci_repo_t    inline_repo = { store, pool, repo, true };
    oci_digest_t  d;

    d = blob("a/b", "aside");
    is(oci_store_aside(store, pool, &d, NULL), OCI_OK, "set aside");
    ok(!tree_exists(data_of(&d)), "it is not in its place");
    is(oci_store_aside(store, pool, &d, NULL), OCI_NOT_FOUND, "once");

    is(oci_store_blob(&inline_repo, &d, &b, NULL), OCI_BUSY,
       "whoever may not wait is told to");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK,
       "whoever asks for it gets it");
    is_str(tree_read(data_of(&d)), "aside", "it is back");
    is(oci_store_discard(store, pool, &d, NULL), OCI_NOT_FOUND,
       "and is not removed");

    (void) oci_store_aside(store, pool, &d, NULL);
    is(oci_store_blob_mount(in(other), &repo, &d, NULL), OCI_OK,
       "a mount brings it back");

    (void) oci_store_aside(store, pool, &d, NULL);
    is(oci_store_restore(store, pool, &d, NULL), OCI_OK, "restored");
    is_str(tree_read(data_of(&d)), "aside", "it is back");

    (void) oci_store_aside(store, pool, &d, NULL);
    d = blob("a/b", "aside");
    is(oci_store_restore(store, pool, &d, NULL), OCI_NOT_FOUND,
       "pushed again, the new one stays");
    is(oci_store_discard(store, pool, &d, NULL), OCI_NOT_FOUND,
       "and the old one is gone");

    (void) oci_store_aside(store, pool, &d, NULL);
    is(oci_store_discard(store, pool, &d, NULL), OCI_OK, "removed for good");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "it is not found");
    d = blob("a/b", "aside");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK, "pushed again, it is");
}


static void
condemning(void)
{
    oci_blob_t    b;
    oci_digest_t  d;

    d = blob("a/b", "rotten");
    tree_text(data_of(&d), "rotted");
    is(oci_store_condemn(store, pool, &d, NULL), OCI_OK, "condemned");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "it is not found");
    d = blob("a/b", "rotten");
    is_str(tree_read(data_of(&d)), "rotten", "a push mends it");
    is(oci_store_content(store, pool, &d, &b, NULL), OCI_OK,
       "content by its digest");
    is(b.size, 6, "has a size");
}


static void
walking(void)
{
    char           names[200] = "";
    size_t         counts[2] = { 0, 0 };
    oci_str_t      id = oci_string("00000000-0000-4000-8000-000000000001");
    oci_str_t      deep = oci_string("a/b/c");
    oci_digest_t   d;

    d = blob("a/b", "walked");
    is(oci_store_walk_content(store, count_content, counts, NULL), OCI_OK,
       "walked over the content");
    is(counts[OCI_WALK_CONTENT], tree_files("/data"), "all of it");
    is(counts[OCI_WALK_ASIDE], 0, "none is set aside");

    (void) oci_store_aside(store, pool, &d, NULL);
    memset(counts, 0, sizeof(counts));
    (void) oci_store_walk_content(store, count_content, counts, NULL);
    is(counts[OCI_WALK_ASIDE], 1, "one is");
    (void) oci_store_restore(store, pool, &d, NULL);

    (void) oci_upload_create(in(deep), &id, OCI_SHA256, 0, NULL);
    tree_mkdirs(tree_path(V2 "/repositories/empty/dir"));
    is(oci_store_walk_repos(store, add_name, names, NULL), OCI_OK,
       "walked over the repositories");
    ok(strstr(names, " a/b ") != NULL && strstr(names, " x ") != NULL
       && strstr(names, " a/b/c ") != NULL
       && strstr(names, "empty") == NULL && strstr(names, " a ") == NULL,
       "those that are:%s", names);
}


static void
walking_links(void)
{
    char          found[2000] = "";
    oci_str_t     name = oci_string("links");
    oci_digest_t  good, gone, bad;

    good = blob("links", "good");
    gone = blob("links", "gone");
    bad = blob("links", "bad");
    (void) oci_store_blob_delete(in(name), &gone, NULL, NULL);
    tree_text(tree_path(V2 "/repositories/links/_layers/sha256/%s/link",
                        oci_digest_hex(&bad)), "junk");
    tree_text(tree_path(V2 "/repositories/links/_manifests/tags/v1/current/"
                        "link"), good.text);

    is(oci_store_walk_links(in(name), OCI_LINK_LAYER, add_link, found, NULL),
       OCI_OK, "walked over the layers");
    ok(strstr(found, (char *) oci_strf(pool, " %s=0", good.text).data)
       != NULL, "a link");
    ok(strstr(found, (char *) oci_strf(pool, " %s=%d", gone.text,
                                       OCI_NOT_FOUND).data) != NULL,
       "one that was deleted");
    ok(strstr(found, (char *) oci_strf(pool, " %s=%d", bad.text,
                                       OCI_INVALID).data) != NULL,
       "one that is damaged is not left out");

    found[0] = '\0';
    (void) oci_store_walk_links(in(name), OCI_LINK_TAG, add_link, found, NULL);
    is_str(found, " v1=0", "tags");
}


static void
removing(void)
{
    oci_str_t     name = oci_string("r/s/t");
    oci_digest_t  d;

    d = blob("r/s/t", "removed");
    is(oci_store_repo_remove(in(name), INT64_MAX, NULL), OCI_EXISTS,
       "a repository with a blob stays");
    ok(tree_exists(tree_path(V2 "/repositories/r/s/t/_manifests")),
       "with both directories");

    (void) oci_store_blob_delete(in(name), &d, NULL, NULL);

    /* where the file system tells when it made something */

    if (oci_file_born(tree_root) != 0) {
        is(oci_store_repo_remove(in(name), 1, NULL), OCI_EXISTS,
           "an empty one that is new stays");
    }

    is(oci_store_repo_remove(in(name), INT64_MAX, NULL), OCI_OK,
       "an empty one goes");
    ok(!tree_exists(tree_path(V2 "/repositories/r")),
       "with what is empty above it");

    (void) blob("r/s/t", "removed");
    (void) blob("r/s", "removed");
    (void) oci_store_blob_delete(in(name), &d, NULL, NULL);
    is(oci_store_repo_remove(in(name), INT64_MAX, NULL), OCI_OK,
       "another is above it");
    ok(tree_exists(tree_path(V2 "/repositories/r/s/_layers")), "it stays");
}


static void
expiring_leases(void)
{
    size_t        removed;
    int64_t       time;
    oci_digest_t  d;

    d = digest("a lease of its own");
    is(oci_lease_renew(store, pool, &d, data_of(&d), NULL), OCI_OK,
       "where the content cannot be touched, a file is");
    is(oci_store_renewed(store, pool, &d, &time, NULL), OCI_OK, "it counts");
    is(oci_store_expire_leases(store, time, &removed, NULL), OCI_OK,
       "leases of before it");
    is(removed, 0, "there are none");
    is(oci_store_expire_leases(store, time + 1, &removed, NULL), OCI_OK,
       "a moment later");
    is(removed, 1, "there is one");
}


static oci_digest_t
blob(const char *name, const char *text)
{
    oci_str_t     r, data;
    oci_digest_t  d;

    r = oci_str(name);
    data = oci_str(text);
    d = digest(text);

    is(oci_store_blob_put(in(r), &d, &data, NULL), OCI_OK, "blob \"%s\"",
       text);

    return d;
}


static oci_digest_t
digest(const char *text)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    return d;
}


static int64_t
renewed(const oci_digest_t *d)
{
    int64_t  time;

    is(oci_store_renewed(store, pool, d, &time, NULL), OCI_OK, "it has a time");

    return time;
}


static const char *
data_of(const oci_digest_t *d)
{
    return tree_path(V2 "/blobs/sha256/%.2s/%s/data", oci_digest_hex(d),
                     oci_digest_hex(d));
}


/* longer than a tick of the file system's clock */

static void
rest(void)
{
    (void) usleep(20000);
}


static oci_status_e
count_content(void *data, const oci_content_t *c, oci_error_t *err)
{
    (void) err;

    ((size_t *) data)[c->where] += (c->status == OCI_OK);

    return OCI_OK;
}


static oci_status_e
add_name(void *data, const oci_str_t *name, oci_error_t *err)
{
    (void) err;
    (void) snprintf((char *) data + strlen(data), 60, " %.*s ",
                    (int) name->len, name->data);

    return OCI_OK;
}


static oci_status_e
add_link(void *data, const oci_link_t *link, oci_error_t *err)
{
    (void) err;
    (void) snprintf((char *) data + strlen(data), 200, " %.*s=%d",
                    (int) link->name.len, link->name.data, (int) link->status);

    return OCI_OK;
}
