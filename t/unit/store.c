/*
 * oci_store and oci_layout: registry:2's tree, written and read.
 */

#include "oci_manifest.h"
#include "oci_store.h"
#include "tree.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>


#define V2    "/docker/registry/v2"
#define REPO  V2 "/repositories/a/b"
#define NONE                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000"


static void opening(void);
static void blobs(void);
static void aliases(void);
static void mounting(void);
static void manifests(void);
static void missing_parts(void);
static void missing_children(void);
static void order_of_writes(void);
static void retagging(void);
static void deleting_blobs(void);
static void deleting_tags(void);
static void deleting_manifests(void);
static void guarding(void);
static void damaged_manifests(void);
static void linked_as_layer(void);
static void no_lock(void);
static void paging_tags(void);

static oci_digest_t blob(const char *name, const char *text);
static oci_digest_t image(const char *name, const char *part,
    const char *tag, oci_status_e want);
static oci_status_e put(const char *name, const char *json,
    const char *tag, size_t *missing, oci_digest_t *d);
static oci_status_e get(const char *name, const oci_digest_t *d);
static oci_status_e tag_of(const char *name, const char *tag,
    oci_digest_t *d);
static const char *revision(const oci_digest_t *d);
static const char *data_of(const oci_digest_t *d);
static oci_status_e asked(void *data, const oci_str_t *tag, oci_error_t *err);


static oci_pool_t   *pool;
static oci_store_t  *store;


int
main(void)
{
    pool = oci_pool_create();

    opening();
    blobs();
    aliases();
    mounting();
    manifests();
    missing_parts();
    missing_children();
    order_of_writes();
    retagging();
    deleting_blobs();
    deleting_tags();
    deleting_manifests();
    guarding();
    damaged_manifests();
    linked_as_layer();
    no_lock();
    paging_tags();

    is(tree_files(".tmp"), 0, "no temporary file is left anywhere");

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
opening(void)
{
    char          root[3000];
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_store_t  *other;

    is(oci_store_open(&store, pool, "", 0, NULL), OCI_INVALID, "no root");

    memset(root, 'r', sizeof(root));
    root[0] = '/';
    root[sizeof(root) - 1] = '\0';
    is(oci_store_open(&store, pool, root, 0, NULL), OCI_INVALID,
       "a root too long");

    is(oci_store_open(&other, pool, "/x//", 0, NULL), OCI_OK, "slashes");
    is_str(oci_store_name(other), "/x", "at the end are taken off");

    is(oci_store_open(&store, pool, tree_make(), OCI_STORE_SYNC, &err),
       OCI_OK, "opened");
    is(tree_count(tree_root), 0, "opening makes nothing");
}


static void
blobs(void)
{
    oci_str_t     repo = oci_string("a/b"), other = oci_string("a");
    oci_blob_t    b;
    oci_digest_t  d;

    d = blob("a/b", "layer");
    is_str(tree_read(tree_path(REPO "/_layers/sha256/%s/link",
                               oci_digest_hex(&d))), d.text,
           "a link holds the digest, nothing else");
    ok(tree_exists(tree_path(REPO "/_manifests")),
       "_manifests is made with _layers");

    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK, "found");
    is(b.size, 5, "with its size");
    is(oci_store_blob(in(other), &d, &b, NULL), OCI_NOT_FOUND,
       "not in another repository");

    is(tree_count(tree_root), 2, "beside docker/ and _tally/ nothing was made");
}


/* registry:2 stores what is pushed as sha512 by its sha256 digest */

static void
aliases(void)
{
    oci_str_t     repo = oci_string("a/b"), to = oci_string("mounted");
    oci_blob_t    b;
    oci_digest_t  d, alias;

    d = blob("a/b", "aliased");
    oci_digest_of(&alias, OCI_SHA512, "aliased", 7);
    tree_text(tree_path(REPO "/_layers/sha512/%s/link",
                        oci_digest_hex(&alias)), d.text);

    is(oci_store_blob(in(repo), &alias, &b, NULL), OCI_OK,
       "an alias is followed");
    ok(oci_digest_eq(&b.digest, &d), "to the digest of the content");
    is_str(tree_read(b.file), "aliased", "which is read");

    is(oci_store_blob_mount(in(to), &repo, &alias, NULL), OCI_OK,
       "mounted");
    is(oci_store_blob(in(to), &alias, &b, NULL), OCI_OK,
       "it is found by the alias");
    is(oci_store_blob(in(to), &d, &b, NULL), OCI_OK,
       "and by the digest of the content");
}


static void
mounting(void)
{
    oci_str_t     repo = oci_string("a/b"), to = oci_string("x/y");
    oci_str_t     any = oci_null_string, empty = oci_string("nothing");
    oci_blob_t    b;
    oci_digest_t  d, none;

    d = blob("a/b", "mount");
    oci_digest_of(&none, OCI_SHA256, "none", 4);

    is(oci_store_blob_mount(in(to), &empty, &d, NULL),
       OCI_NOT_FOUND, "from where it is not");
    is(oci_store_blob_mount(in(to), &repo, &none, NULL),
       OCI_NOT_FOUND, "of what there is not");
    is(oci_store_blob_mount(in(to), &any, &none, NULL),
       OCI_NOT_FOUND, "nor anywhere");
    ok(!tree_exists(tree_path(V2 "/repositories/x")), "leaves nothing");

    is(oci_store_blob_mount(in(to), &repo, &d, NULL), OCI_OK,
       "mounted");
    ok(tree_exists(tree_path(V2 "/repositories/x/y/_manifests")),
       "with both directories");

    to = oci_str("x/z");
    is(oci_store_blob_mount(in(to), &any, &d, NULL), OCI_OK,
       "from anywhere");
    is(oci_store_blob(in(to), &d, &b, NULL), OCI_OK, "is found");
}


static void
manifests(void)
{
    oci_digest_t  d, current;

    d = image("a/b", "config", "v1", OCI_OK);

    is_str(tree_read(revision(&d)), d.text, "the revision's link");
    is_str(tree_read(tree_path(REPO "/_manifests/tags/v1/current/link")),
           d.text, "the tag's link");
    is_str(tree_read(tree_path(REPO
                               "/_manifests/tags/v1/index/sha256/%s/link",
                               oci_digest_hex(&d))), d.text,
           "the tag's index");
    ok(tree_exists(tree_path(REPO "/_layers")),
       "_layers is there for 2.8's collector");

    is(get("a/b", &d), OCI_OK, "read back");
    is(get("a", &d), OCI_NOT_FOUND, "not in another repository");
    is(tag_of("a/b", "v1", &current), OCI_OK, "its tag");
    ok(oci_digest_eq(&d, &current), "points to it");
    is(tag_of("a/b", "v2", &current), OCI_NOT_FOUND, "another does not");
}


static void
missing_parts(void)
{
    size_t        missing;
    oci_digest_t  d;

    is(put("new", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"c\","
           "\"size\":1,\"digest\":\"sha256:" NONE "\"},\"layers\":["
           "{\"mediaType\":\"l\",\"size\":1,\"digest\":\"sha256:" NONE "\"},"
           "{\"mediaType\":\"application/vnd.oci.image.layer."
           "nondistributable.v1.tar\",\"size\":1,"
           "\"digest\":\"sha256:" NONE "\"}]}", "v1", &missing, &d),
       OCI_MISMATCH, "what it refers to is not there");
    is(missing, 2, "each is named, but for the foreign layer");
    ok(!tree_exists(data_of(&d)), "the manifest is not stored");
    ok(!tree_exists(tree_path(V2 "/repositories/new/_manifests/tags")),
       "nor is there a tag");
    ok(tree_exists(tree_path(V2 "/repositories/new/_layers"))
       == tree_exists(tree_path(V2 "/repositories/new/_manifests")),
       "_layers and _manifests are there both or not at all");
}


static void
missing_children(void)
{
    char          json[1024];
    size_t        missing;
    oci_digest_t  child, d;

    child = image("a/b", "child", NULL, OCI_OK);

    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,"
                    "\"manifests\":[{\"mediaType\":\"m\",\"size\":1,"
                    "\"digest\":\"%s\"}]}", child.text);

    is(put("a/b", json, "all", &missing, &d), OCI_OK,
       "an index whose child is there");
    is(put("a/other", json, "all", &missing, &d), OCI_MISMATCH,
       "not in this repository");

    (void) unlink(data_of(&child));
    is(put("a/b", json, "all", &missing, &d), OCI_MISMATCH,
       "linked, but its content is gone");
    is(missing, 1, "it is named");
}


/* what fails last leaves a manifest without a tag, not the reverse */

static void
order_of_writes(void)
{
    oci_digest_t  d;

    tree_mkdirs(tree_path(REPO "/_manifests/tags/bad/current/link/x"));
    d = image("a/b", "order", "bad", OCI_IO);
    is(get("a/b", &d), OCI_OK, "the manifest is there before the tag");
    tree_remove_one(tree_path(REPO "/_manifests/tags/bad/current/link/x"),
                    NULL, 0, NULL);
    (void) rmdir(tree_path(REPO "/_manifests/tags/bad/current/link"));

    tree_mkdirs(tree_path(REPO "/_manifests/tags/t"));
    (void) rmdir(tree_path(REPO "/_manifests/tags/t"));
    tree_text(tree_path(REPO "/_manifests/tags/t"), "a file");
    d = image("a/b", "order 2", "t", OCI_IO);
    is(get("a/b", &d), OCI_NOT_FOUND,
       "where there is no place for the tag nothing is written");
    (void) unlink(tree_path(REPO "/_manifests/tags/t"));

    d = image("a/b", "order", "bad", OCI_OK);
    is_str(tree_read(tree_path(REPO "/_manifests/tags/bad/current/link")),
           d.text, "the next push works");
}


static void
retagging(void)
{
    oci_digest_t  one, two, d;

    one = image("a/b", "one", "moving", OCI_OK);
    two = image("a/b", "two", "moving", OCI_OK);

    (void) tag_of("a/b", "moving", &d);
    ok(oci_digest_eq(&d, &two), "a tag points to the last");
    is(get("a/b", &one), OCI_OK, "the first stays");
    is(tree_count(tree_path(REPO "/_manifests/tags/moving/index/sha256")), 2,
       "the tag's index remembers both");
}


static void
deleting_blobs(void)
{
    oci_str_t     repo = oci_string("a/b"), other = oci_string("x/y");
    oci_str_t     unknown = oci_string("unknown");
    oci_blob_t    b;
    oci_digest_t  d;

    d = blob("a/b", "shared");
    (void) blob("x/y", "shared");

    is(oci_store_blob_delete(in(repo), &d, NULL, NULL), OCI_OK,
       "a blob of two repositories is deleted in one");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "it is not found there");
    is(oci_store_blob(in(other), &d, &b, NULL), OCI_OK,
       "but in the other");
    ok(tree_exists(tree_path(REPO "/_layers/sha256/%s", oci_digest_hex(&d))),
       "its empty directory stays, as in registry:2");
    is(oci_store_blob_delete(in(repo), &d, NULL, NULL), OCI_NOT_FOUND,
       "it is not deleted twice");
    is(oci_store_blob_delete(in(unknown), &d, NULL, NULL), OCI_NOT_FOUND,
       "nor in a repository that there is not");
    ok(!tree_exists(tree_path(V2 "/repositories/unknown")),
       "which is not made");
}


static void
deleting_tags(void)
{
    oci_str_t     repo = oci_string("a/b"), tag = oci_string("gone");
    oci_digest_t  d;

    d = image("a/b", "tagged", "gone", OCI_OK);
    is(oci_store_tag_delete(in(repo), &tag, NULL), OCI_OK,
       "a tag is deleted");
    ok(!tree_exists(tree_path(REPO "/_manifests/tags/gone")),
       "its directory with it");
    is(get("a/b", &d), OCI_OK, "the manifest stays");
    is(oci_store_tag_delete(in(repo), &tag, NULL), OCI_NOT_FOUND,
       "it is not deleted twice");

    tree_text(tree_path(REPO "/_manifests/tags/gone/current/link"), "");
    is(tag_of("a/b", "gone", &d), OCI_NOT_FOUND, "an empty link: no tag");
    is(oci_store_tag_delete(in(repo), &tag, NULL), OCI_OK,
       "which can be deleted");
}


static void
deleting_manifests(void)
{
    oci_str_t     repo = oci_string("a/b");
    oci_digest_t  d, other, current;

    other = image("a/b", "stays", "both", OCI_OK);
    d = image("a/b", "goes", "x1", OCI_OK);
    (void) image("a/b", "goes", "x2", OCI_OK);
    (void) image("a/b", "goes", "both", OCI_OK);
    (void) image("a/b", "stays", "both", OCI_OK);

    /* a tag that cannot be read does not stop it */

    tree_text(tree_path(REPO "/_manifests/tags/empty/current/link"), "");

    is(oci_store_manifest_delete(in(repo), &d, NULL, NULL, NULL), OCI_OK,
       "deleted by digest");
    is(tag_of("a/b", "x1", &current), OCI_NOT_FOUND, "with its tags");
    is(tag_of("a/b", "x2", &current), OCI_NOT_FOUND, "all of them");
    ok(!tree_exists(tree_path(REPO "/_manifests/tags/x1")),
       "and their directories");
    is(tag_of("a/b", "both", &current), OCI_OK,
       "a tag that points elsewhere by now stays");
    ok(oci_digest_eq(&current, &other), "where it points");

    ok(!tree_exists(revision(&d)), "the link is gone");
    ok(tree_exists(tree_path(REPO "/_manifests/revisions/sha256/%s",
                             oci_digest_hex(&d))),
       "its directory stays, as in registry:2");
    ok(tree_exists(data_of(&d)), "the content is left to the collector");
    is(oci_store_manifest_delete(in(repo), &d, NULL, NULL, NULL),
       OCI_NOT_FOUND, "it is not deleted twice");

    (void) image("a/b", "goes", "x1", OCI_OK);
    is(get("a/b", &d), OCI_OK, "pushed again, it is back");
    is(tag_of("a/b", "x1", &current), OCI_OK, "with its tag");
}


/* a guard that counts who asks it, and whether others could change it now */

typedef struct {
    const oci_str_t  *refuse;       /* this tag; empty: what is deleted */
    unsigned          itself;
    unsigned          tags;
    unsigned          unlocked;
} asked_t;


static oci_status_e
asked(void *data, const oci_str_t *tag, oci_error_t *err)
{
    int        fd;
    asked_t   *a = data;
    oci_str_t  name = (tag != NULL) ? *tag : oci_str("");

    fd = open(tree_path(REPO "/_manifests"), O_RDONLY|O_DIRECTORY);
    a->unlocked += (flock(fd, LOCK_SH|LOCK_NB) == 0);
    (void) close(fd);

    a->tags += (tag != NULL);
    a->itself += (tag == NULL);

    return (a->refuse != NULL && oci_str_eq(&name, a->refuse))
           ? oci_error(err, OCI_DENIED, 0, "refused") : OCI_OK;
}


static void
guarding(void)
{
    oci_str_t     repo = oci_string("a/b"), second = oci_string("g2");
    oci_str_t     itself = oci_string("");
    asked_t       a = { &itself, 0, 0, 0 };
    oci_guard_t   guard = { asked, &a };
    oci_digest_t  b, d, current;

    b = blob("a/b", "guarded");
    d = image("a/b", "guarded", "g1", OCI_OK);
    (void) image("a/b", "guarded", "g2", OCI_OK);

    is(oci_store_blob_delete(in(repo), &b, &guard, NULL), OCI_DENIED,
       "a blob is not deleted when its guard says no");
    is(oci_store_manifest_delete(in(repo), &d, &guard, NULL, NULL), OCI_DENIED,
       "nor is a manifest");
    is(a.itself, 2, "each asked once of itself");
    is(a.tags, 0, "not of tags then");

    a.refuse = &second;
    is(oci_store_manifest_delete(in(repo), &d, &guard, NULL, NULL), OCI_DENIED,
       "one of its tags may not go");
    is(tag_of("a/b", "g1", &current), OCI_OK, "then none does");
    is(get("a/b", &d), OCI_OK, "nor the manifest");

    a.refuse = NULL;
    a.tags = 0;
    is(oci_store_manifest_delete(in(repo), &d, &guard, NULL, NULL), OCI_OK,
       "all may go");
    is(a.tags, 2, "each tag was asked for");
    is(tag_of("a/b", "g2", &current), OCI_NOT_FOUND, "and is gone");
    is(oci_store_blob_delete(in(repo), &b, &guard, NULL), OCI_OK,
       "the blob too");
    is(a.unlocked, 0, "nobody could put or delete while it was asked");
}


static void
damaged_manifests(void)
{
    oci_str_t     repo = oci_string("a/b"), content;
    oci_digest_t  d, current;

    d = image("a/b", "hurt", "hurt", OCI_OK);

    is(oci_store_manifest(in(repo), &d, 10, &content,
                          NULL),
       OCI_LIMIT, "larger than allowed");

    tree_text(revision(&d), "");
    is(get("a/b", &d), OCI_NOT_FOUND, "an empty revision link: absent");
    is(tag_of("a/b", "hurt", &current), OCI_OK,
       "a tag is what its link says");

    (void) image("a/b", "hurt", NULL, OCI_OK);
    is(get("a/b", &d), OCI_OK, "pushed again, it is there");

    tree_text(data_of(&d), "");
    (void) image("a/b", "hurt", NULL, OCI_OK);
    ok(strlen(tree_read(data_of(&d))) > 10,
       "pushed again, truncated content is whole");
}


/* registry 2.1.0 linked manifests as layers */

static void
linked_as_layer(void)
{
    char          json[512];
    oci_str_t     repo = oci_string("old");
    oci_digest_t  config, d;

    config = blob("old", "old config");
    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,\"config\":{"
                    "\"mediaType\":\"c\",\"size\":10,\"digest\":\"%s\"},"
                    "\"layers\":[]}", config.text);
    d = blob("old", json);

    is(get("old", &d), OCI_NOT_FOUND, "what was pushed as a blob is none");

    tree_text(tree_path(V2 "/repositories/old/_manifests/tags/1/index/sha256/"
                        "%s/link", oci_digest_hex(&d)), d.text);
    is(get("old", &d), OCI_OK,
       "a manifest among the layers is found when a tag knows it");
    is(get("old", &config), OCI_NOT_FOUND, "a layer is no manifest");

    (void) put("old", json, NULL, &(size_t) { 0 }, &d);
    is(oci_store_manifest_delete(in(repo), &d, NULL, NULL, NULL), OCI_OK,
       "deleted");
    is(get("old", &d), OCI_NOT_FOUND, "in both places");

    (void) blob("old", json);
    is(get("old", &d), OCI_NOT_FOUND,
       "a deleted one does not come back as a layer");
}


/* review 8: no lock, no change */

static void
no_lock(void)
{
    int            fds[64], n;
    oci_str_t      repo = oci_string("a/b");
    oci_blob_t     b;
    oci_error_t    err = { OCI_OK, 0, "" };
    oci_digest_t   d;
    struct rlimit  old, low;

    d = blob("a/b", "locked");

    (void) getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = 32;
    (void) setrlimit(RLIMIT_NOFILE, &low);

    for (n = 0; n < 64 && (fds[n] = dup(0)) != -1; n++) { /* void */ }

    is(oci_store_blob_delete(in(repo), &d, NULL, &err), OCI_NOMEM,
       "without a descriptor for the lock: %s", err.text);

    while (n > 0) {
        (void) close(fds[--n]);
    }

    (void) setrlimit(RLIMIT_NOFILE, &old);
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK, "nothing is deleted");
    is(oci_store_blob_delete(in(repo), &d, NULL, NULL), OCI_OK, "later it is");
}


static void
paging_tags(void)
{
    bool          more;
    size_t        i;
    oci_str_t    *s, last, repo = oci_string("pages");
    oci_array_t   names;
    static const struct {
        const char  *last;
        size_t       n;
        const char  *first;
        size_t       count;
        bool         more;
    } cases[] = {
        { "", 100, "A", 5, false },
        { "", 5, "A", 5, false },
        { "", 4, "A", 4, true },
        { "", 0, NULL, 0, true },
        { "A", 2, "a", 2, true },
        { "AA", 2, "a", 2, true },
        { "a", 9, "a.b", 3, false },
        { "a.", 9, "a.b", 3, false },
        { "a.b", 1, "ab", 1, true },
        { "b", 9, NULL, 0, false },
        { "zzz", 9, NULL, 0, false },
        { "\xff", 9, NULL, 0, false }
    };

    oci_array_init(&names, pool, sizeof(oci_str_t));
    is(oci_store_tags(in(repo),
                      &(oci_str_t) oci_null_string, 1, &names, &more, NULL),
       OCI_NOT_FOUND,
       "tags of an unknown repository");

    (void) blob("pages", "x");
    is(oci_store_tags(in(repo),
                      &(oci_str_t) oci_null_string, 1, &names, &more, NULL),
       OCI_NOT_FOUND,
       "of one that never had any: as registry:2");

    for (i = 0; i < 5; i++) {
        static const char *tags[] = { "ab", "a", "b", "A", "a.b" };

        tree_text(tree_path(V2 "/repositories/pages/_manifests/tags/"
                            "%s/current/link", tags[i]), "sha256:" NONE);
    }

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        oci_array_init(&names, pool, sizeof(oci_str_t));
        last = oci_str(cases[i].last);

        is(oci_store_tags(in(repo), &last, cases[i].n,
                          &names, &more, NULL), OCI_OK, "page %zu", i);
        is(names.nelts, cases[i].count, "has so many names");
        is(more, cases[i].more, "and more or not");

        if (cases[i].first != NULL) {
            s = names.elts;
            is_str((char *) s->data, cases[i].first, "begins there");
        }
    }
}


static oci_digest_t
blob(const char *name, const char *text)
{
    oci_str_t     repo, data;
    oci_digest_t  d;

    repo = oci_str(name);
    data = oci_str(text);
    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    is(oci_store_blob_put(in(repo), &d, &data, NULL), OCI_OK,
       "blob \"%.20s\" in %s", text, name);

    return d;
}


static oci_digest_t
image(const char *name, const char *part, const char *tag, oci_status_e want)
{
    char          json[512];
    size_t        missing;
    oci_digest_t  config, d;

    config = blob(name, part);

    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,\"config\":{"
                    "\"mediaType\":\"c\",\"size\":%zu,\"digest\":\"%s\"},"
                    "\"layers\":[]}", strlen(part), config.text);

    is(put(name, json, tag, &missing, &d), want, "image of \"%s\" in %s:%s",
       part, name, tag != NULL ? tag : "");

    return d;
}


static oci_status_e
put(const char *name, const char *json, const char *tag, size_t *missing,
    oci_digest_t *d)
{
    oci_str_t           repo, tags[1], none = oci_null_string;
    oci_array_t         lost;
    oci_error_t         err = { OCI_OK, 0, "" };
    oci_status_e        rc;
    oci_manifest_t      m;
    oci_manifest_put_t  p;

    memset(&p, 0, sizeof(p));
    repo = oci_str(name);
    p.content = oci_str(json);
    p.manifest = &m;
    oci_digest_of(&p.digest, OCI_SHA256, json, strlen(json));
    *d = p.digest;

    if (tag != NULL) {
        tags[0] = oci_str(tag);
        p.tags = tags;
        p.ntags = 1;
    }

    oci_array_init(&lost, pool, sizeof(oci_digest_t));

    rc = oci_manifest_parse(&m, pool, &p.content, &none, &err);

    if (rc == OCI_OK) {
        rc = oci_store_manifest_put(in(repo), &p, &lost,
                                    &err);
    }

    *missing = lost.nelts;

    return rc;
}


static oci_status_e
get(const char *name, const oci_digest_t *d)
{
    oci_str_t  repo, content;

    repo = oci_str(name);

    return oci_store_manifest(in(repo), d,
                              OCI_MANIFEST_MAX, &content, NULL);
}


static oci_status_e
tag_of(const char *name, const char *tag, oci_digest_t *d)
{
    oci_str_t  repo, t;

    repo = oci_str(name);
    t = oci_str(tag);

    return oci_store_tag(in(repo), &t, d, NULL);
}


static const char *
revision(const oci_digest_t *d)
{
    return tree_path(REPO "/_manifests/revisions/sha256/%s/link",
                     oci_digest_hex(d));
}


static const char *
data_of(const oci_digest_t *d)
{
    return tree_path(V2 "/blobs/sha256/%.2s/%s/data", oci_digest_hex(d),
                     oci_digest_hex(d));
}
