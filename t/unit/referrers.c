/*
 * oci_referrers: manifests with a subject, whoever brought them.
 */

#include "oci_manifest.h"
#include "oci_store.h"
#include "tree.h"

#include <time.h>


#define V2    "/docker/registry/v2"
#define REPO  V2 "/repositories/r"


static void none(void);
static void put_by_us(void);
static void brought_in(void);
static void many(void);
static void link_after_directory(void);
static void deleted_and_pushed_again(void);
static void deleted_by_another(void);
static void fallback_tag(void);
static void what_is_no_referrer(void);
static void other_algorithm(void);
static void index_lost(void);
static void index_believed_less(void);
static void unreadable(void);
static void unwritable(void);
static void pages(void);

static oci_digest_t subject(const char *text);
static const char *referrer(const oci_digest_t *to, const char *note);
static oci_digest_t put(const char *json, const char *tag);
static oci_digest_t bring(const char *json, bool link);
static size_t count(const oci_digest_t *to, const oci_digest_t *one);
static oci_status_e count_one(void *data, const oci_referrer_t *r,
    oci_error_t *err);
static const char *revision(const oci_digest_t *d);
static void age(const char *path);


typedef struct {
    size_t               count;
    size_t               seen;
    bool                 sorted;
    char                 last[OCI_DIGEST_MAX + 1];
    const oci_digest_t  *one;
} count_t;


static oci_str_t     repo = oci_string("r");
static oci_pool_t   *pool;
static oci_store_t  *store;


int
main(void)
{
    pool = oci_pool_create();
    oci_store_open(&store, pool, tree_make(), 0, NULL);

    none();
    put_by_us();
    brought_in();
    many();
    link_after_directory();
    deleted_and_pushed_again();
    deleted_by_another();
    fallback_tag();
    what_is_no_referrer();
    other_algorithm();
    index_lost();
    index_believed_less();
    unreadable();
    unwritable();
    pages();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
none(void)
{
    oci_digest_t  s;

    s = subject("nobody");
    is(count(&s, NULL), 0, "no store, no repository: no referrer");
    is(tree_count(tree_root), 0, "and nothing was made");
}


static void
put_by_us(void)
{
    oci_digest_t  s, a, b;

    s = subject("one");
    a = put(referrer(&s, "a"), NULL);
    b = put(referrer(&s, "b"), "tagged");
    (void) put(referrer(&a, "of a"), NULL);

    is(count(&s, &a), 2, "both are listed");
    is(count(&s, &b), 2, "the tagged one, too");
    is(count(&a, NULL), 1, "a referrer has a referrer");
    is_str(tree_read(tree_path(REPO "/_referrers/subjects/sha256/%s/sha256/"
                               "%s/link", oci_digest_hex(&s),
                               oci_digest_hex(&a))), a.text,
           "the link is where the ORAS fork puts it");
}


static void
brought_in(void)
{
    oci_digest_t  s, a;

    s = subject("brought");
    a = bring(referrer(&s, "x"), true);
    is(count(&s, &a), 1, "files written by another registry are found");
    is(count(&s, &a), 1, "and found again");

    (void) bring(referrer(&s, "y"), true);
    is(count(&s, NULL), 2, "so is one more");

    age(tree_path(REPO "/_manifests/revisions/sha256"));
    is(count(&s, NULL), 2, "when nothing has changed for a while");

    (void) bring(referrer(&s, "z"), true);
    is(count(&s, NULL), 3, "and has changed again");
}


static void
many(void)
{
    char          note[16];
    size_t        i;
    oci_digest_t  s;

    s = subject("many");

    for (i = 0; i < 300; i++) {
        (void) snprintf(note, sizeof(note), "m%zu", i);
        (void) (i % 2 ? bring(referrer(&s, note), true)
                      : put(referrer(&s, note), NULL));
    }

    is(count(&s, NULL), 300, "many, of both kinds");
}


/* registry:2 makes the directory, then the link: we may look in between */

static void
link_after_directory(void)
{
    oci_digest_t  s, a;

    s = subject("slow");
    a = bring(referrer(&s, "slow"), false);
    is(count(&s, NULL), 0, "a directory without a link");

    age(tree_path(REPO "/_manifests/revisions/sha256"));
    is(count(&s, NULL), 0, "for a while");
    is(count(&s, NULL), 0, "and longer");

    tree_text(revision(&a), a.text);
    age(tree_path(REPO "/_manifests/revisions/sha256"));
    is(count(&s, &a), 1, "then with one is a referrer");

    a = bring(referrer(&s, "empty"), false);
    tree_text(revision(&a), "");
    is(count(&s, NULL), 1, "an empty link is none");
    tree_text(revision(&a), a.text);
    is(count(&s, &a), 2, "until it is whole");
}


static void
deleted_and_pushed_again(void)
{
    oci_digest_t  s, a;

    s = subject("again");
    a = put(referrer(&s, "again"), NULL);
    is(count(&s, &a), 1, "there");
    is(oci_store_manifest_delete(in(repo), &a, NULL, NULL, NULL), OCI_OK,
       "deleted");
    is(count(&s, NULL), 0, "gone at once");
    (void) put(referrer(&s, "again"), NULL);
    is(count(&s, &a), 1, "pushed again, back");
}


/* the directory of what registry:2 deleted stays, and is used again */

static void
deleted_by_another(void)
{
    oci_digest_t  s, a;

    s = subject("theirs");
    a = bring(referrer(&s, "theirs"), true);
    (void) unlink(revision(&a));
    is(count(&s, NULL), 0, "deleted before we ever saw it");

    age(tree_path(REPO "/_manifests/revisions/sha256"));
    is(count(&s, NULL), 0, "an empty directory");

    tree_text(revision(&a), a.text);
    is(count(&s, &a), 1, "pushed again by another, it is found");

    (void) unlink(revision(&a));
    is(count(&s, NULL), 0, "deleted by another");
    tree_text(revision(&a), a.text);
    is(count(&s, &a), 1, "and pushed again");
}


static void
fallback_tag(void)
{
    char          json[1024], tag[80];
    oci_digest_t  s, a;

    s = subject("fallback");
    a = put("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"c\","
            "\"size\":2,\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e"
            "94fb4fc21fe77e8310c060f61caaff8a\"},\"layers\":[]}", NULL);

    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,"
                    "\"manifests\":[{\"mediaType\":\"" OCI_TYPE_OCI_MANIFEST
                    "\",\"size\":1,\"digest\":\"%s\"},{\"mediaType\":\"x\","
                    "\"size\":1,\"digest\":\"%s\"}]}", a.text, s.text);
    (void) snprintf(tag, sizeof(tag), "sha256-%s", oci_digest_hex(&s));
    (void) put(json, tag);

    is(count(&s, &a), 1, "listed by the fallback tag, if it is there");

    tree_text(tree_path(REPO "/_manifests/tags/%s/current/link", tag), "");
    is(count(&s, NULL), 0, "a damaged fallback tag is none");
    (void) put("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"c\","
               "\"size\":2,\"digest\":\"sha256:44136fa355b3678a1146ad16f7e864"
               "9e94fb4fc21fe77e8310c060f61caaff8a\"},\"layers\":[]}", tag);
    is(count(&s, NULL), 0, "nor is one that is no index");
}


static void
what_is_no_referrer(void)
{
    oci_digest_t  s;

    s = subject("strange");
    (void) bring("not JSON", true);
    (void) bring("", true);
    (void) bring("{\"schemaVersion\":1,\"subject\":{\"digest\":\"x\"}}",
                 true);
    (void) bring("{\"schemaVersion\":2,\"subject\":7}", true);
    tree_mkdirs(tree_path(REPO "/_manifests/revisions/sha256/not-a-digest"));
    tree_mkdirs(tree_path(REPO "/_manifests/revisions/strange/x"));
    tree_mkdirs(tree_path(REPO "/_referrers/subjects/sha256/%s/sha256/odd",
                          oci_digest_hex(&s)));

    is(count(&s, NULL), 0, "strange things among the manifests do no harm");
}


static void
other_algorithm(void)
{
    oci_digest_t  s, a;

    oci_digest_of(&s, OCI_SHA512, "s512", 4);
    a = put(referrer(&s, "512"), NULL);
    is(count(&s, &a), 1, "a subject known by its SHA-512");
}


/* all of _tally and _referrers may be removed at any time */

static void
index_lost(void)
{
    oci_digest_t  s, a;

    s = subject("lost");
    a = put(referrer(&s, "lost"), NULL);
    is(count(&s, &a), 1, "there");

    (void) nftw(tree_path("_tally"), tree_remove_one, 16,
                FTW_DEPTH|FTW_PHYS);
    (void) nftw(tree_path(REPO "/_referrers"), tree_remove_one, 16,
                FTW_DEPTH|FTW_PHYS);

    is(count(&s, &a), 1, "the index is made again from the manifests");

    s = subject("many");
    is(count(&s, NULL), 300, "for every subject");
}


/* an index that names what is not in the tree */

static void
index_believed_less(void)
{
    oci_digest_t  s, a;

    s = subject("forged");
    a = subject("nothing");
    tree_text(tree_path(REPO "/_referrers/subjects/sha256/%s/sha256/%s/link",
                        oci_digest_hex(&s), oci_digest_hex(&a)), a.text);

    is(count(&s, NULL), 0, "is not believed");
}


/* unreadable is never "not there" */

static void
unreadable(void)
{
    char             path[PATH_MAX];
    count_t          c = { 0, 0, true, "", NULL };
    oci_digest_t     s, a;

    s = subject("loop");
    a = put(referrer(&s, "loop"), NULL);
    (void) snprintf(path, sizeof(path), "%s", revision(&a));
    (void) unlink(path);
    (void) !symlink("link", path);

    ok(oci_store_referrers(in(repo), &s, NULL, count_one,
                           &c, NULL)
       != OCI_OK, "a referrer that cannot be read is an error");

    (void) unlink(path);
    tree_text(path, a.text);
    is(count(&s, &a), 1, "readable, it is listed");
}


/* an index that cannot be made is done without */

static void
unwritable(void)
{
    oci_digest_t  s, a;

    s = subject("unwritable");
    a = bring(referrer(&s, "unwritable"), true);

    (void) nftw(tree_path(REPO "/_referrers"), tree_remove_one, 16,
                FTW_DEPTH|FTW_PHYS);
    tree_text(tree_path(REPO "/_referrers"), "in the way");

    is(count(&s, &a), 1, "listed, though no index can be made");
    is(count(&s, &a), 1, "and once more");

    (void) unlink(tree_path(REPO "/_referrers"));
    is(count(&s, &a), 1, "and when it can be made");
}


static void
pages(void)
{
    count_t       c = { 0, 0, true, "", NULL };
    oci_digest_t  s, a, b, *first;

    s = subject("pages");
    a = put(referrer(&s, "one"), NULL);
    b = put(referrer(&s, "two"), NULL);
    first = (strcmp(a.text, b.text) < 0) ? &a : &b;
    c.one = (first == &a) ? &b : &a;

    is(oci_store_referrers(in(repo), &s, first, count_one,
                           &c, NULL), OCI_OK, "after the first");
    ok(c.count == 1 && c.seen == 1, "only the second");
}


static oci_digest_t
subject(const char *text)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    return d;
}


static const char *
referrer(const oci_digest_t *to, const char *note)
{
    static char  json[2048];

    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,\"config\":{"
                    "\"mediaType\":\"c\",\"size\":2,\"digest\":\"sha256:"
                    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f6"
                    "1caaff8a\"},\"layers\":[],\"subject\":{\"mediaType\":"
                    "\"" OCI_TYPE_OCI_MANIFEST "\",\"size\":1,"
                    "\"digest\":\"%s\"},\"annotations\":{\"note\":\"%s\"}}",
                    to->text, note);

    return json;
}


static oci_digest_t
put(const char *json, const char *tag)
{
    oci_str_t           tags[1], type = oci_null_string;
    oci_error_t         err = { OCI_OK, 0, "" };
    oci_array_t         missing;
    oci_manifest_t      m;
    oci_manifest_put_t  p;

    memset(&p, 0, sizeof(p));
    p.content = oci_str(json);
    p.manifest = &m;
    p.sparse = true;
    oci_digest_of(&p.digest, OCI_SHA256, json, strlen(json));
    oci_array_init(&missing, pool, sizeof(oci_digest_t));

    if (tag != NULL) {
        tags[0] = oci_str(tag);
        p.tags = tags;
        p.ntags = 1;
    }

    if (oci_manifest_parse(&m, pool, &p.content, &type, &err) != OCI_OK
        || oci_store_manifest_put(in(repo), &p,
                                  &missing, &err) != OCI_OK)
    {
        ok(false, "put: %s", err.text);
    }

    return p.digest;
}


/* as another registry writes it */

static oci_digest_t
bring(const char *json, bool link)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, json, strlen(json));
    tree_text(tree_path(V2 "/blobs/sha256/%.2s/%s/data", oci_digest_hex(&d),
                        oci_digest_hex(&d)), json);
    tree_mkdirs(tree_path(REPO "/_manifests/revisions/sha256/%s",
                          oci_digest_hex(&d)));

    if (link) {
        tree_text(revision(&d), d.text);
    }

    return d;
}


/* how many referrers there are; one, if given, must be among them */

static size_t
count(const oci_digest_t *to, const oci_digest_t *one)
{
    count_t       c = { 0, 0, true, "", one };
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_store_referrers(in(repo), to, NULL,
                             count_one, &c, &err);

    if (rc != OCI_OK) {
        ok(false, "referrers: %s", err.text);
    }

    if (!c.sorted || (one != NULL && c.seen != 1)) {
        ok(false, "each once and in order");
    }

    return c.count;
}


static oci_status_e
count_one(void *data, const oci_referrer_t *r, oci_error_t *err)
{
    count_t  *c = data;

    (void) err;

    c->count++;
    c->seen += (c->one != NULL && oci_digest_eq(c->one, &r->digest));
    c->sorted = c->sorted && strcmp(c->last, r->digest.text) < 0;
    (void) strcpy(c->last, r->digest.text);

    return OCI_OK;
}


static const char *
revision(const oci_digest_t *d)
{
    return tree_path(REPO "/_manifests/revisions/sha256/%s/link",
                     oci_digest_hex(d));
}


static void
age(const char *path)
{
    struct timespec  times[2];

    memset(times, 0, sizeof(times));
    times[0].tv_sec = times[1].tv_sec = time(NULL) - 100;
    (void) utimensat(AT_FDCWD, path, times, 0);
}
