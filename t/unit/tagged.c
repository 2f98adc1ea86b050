/*
 * oci_tagged: a manifest goes with its tags out of very many, by an index that
 * is not believed over them.
 */

#include "oci_manifest.h"
#include "oci_store.h"
#include "tree.h"

#include <time.h>


#define TAGS   "/docker/registry/v2/repositories/many/_manifests/tags"
#define LISTS  "/_tally/lists"
#define MANY   1100


static void without_index(void);
static void by_index(void);
static void pushed_since(void);
static void moved_by_hand(void);
static void back_again(void);
static void damaged_index(void);
static void other_directory(void);

static oci_digest_t manifest(char name, const char *prefix, size_t n);
static bool drop(const oci_digest_t *d);
static void rest(const oci_digest_t *d);
static void look(void);
static void by_hand(const char *tag, const oci_digest_t *d);
static bool tagged(const char *tag);
static const char *index_file(void);


static oci_str_t     repo = oci_string("many");
static oci_pool_t   *pool;
static oci_store_t  *store;


int
main(void)
{
    pool = oci_pool_create();
    is(oci_store_open(&store, pool, tree_make(), 0, NULL), OCI_OK, "a store");

    (void) manifest('a', "a", MANY);

    without_index();
    by_index();
    pushed_since();
    moved_by_hand();
    back_again();
    damaged_index();
    other_directory();

    oci_pool_destroy(pool);
    tree_remove();

    return done();
}


static void
without_index(void)
{
    oci_digest_t  d;

    d = manifest('b', "b", 2);

    ok(drop(&d), "all tags were looked at, which is to be remembered");
    ok(!tagged("b0") && !tagged("b1"), "its tags are gone");
    ok(tagged("a0"), "others are there");
}


static void
by_index(void)
{
    oci_digest_t  d, other;

    d = manifest('c', "c", 2);
    other = manifest('d', "d", 1);
    look();
    by_hand("c1", &other);

    ok(drop(&d), "by the index");
    ok(!tagged("c0"), "the tag that it knows is gone");
    ok(tagged("c1"), "one that points elsewhere by now is not");
}


/* the link of the manifest is younger than the look */

static void
pushed_since(void)
{
    oci_digest_t  d;

    d = manifest('e', "e", 1);
    look();
    (void) manifest('e', "late", 1);

    (void) drop(&d);
    ok(!tagged("e0") && !tagged("late0"), "a tag that it got since goes too");
}


static void
moved_by_hand(void)
{
    oci_digest_t  d, whole;

    d = manifest('f', "f", 1);
    whole = manifest('g', "g", 1);
    look();
    by_hand("a0", &d);
    by_hand("a1", &whole);

    ok(drop(&d), "the index does not know of it");
    ok(!tagged("f0") && tagged("a0"), "so the tag is left at first");
    rest(&d);
    ok(!tagged("a0"), "the look that follows finds it");
    ok(tagged("a2"), "and nothing else");

    is(oci_store_manifest_delete(in(repo), &whole, NULL, NULL, NULL), OCI_OK,
       "a delete that is to leave no rest");
    ok(!tagged("g0") && !tagged("a1"), "finds it itself");
}


static void
back_again(void)
{
    oci_digest_t  d;

    d = manifest('h', "h", 1);
    look();
    (void) drop(&d);
    (void) manifest('h', "h", 1);
    rest(&d);

    ok(tagged("h0"), "a manifest that was pushed again keeps its tag");
}


static void
damaged_index(void)
{
    size_t        i;
    oci_digest_t  d;

    static const char *texts[] = {
        "", "tally-list 1 0 0 0 0 0 0\n", "tally-list 2 1 1 1 1 1 1\nx",
        "tally-list 1 1 99999999999 1 1 99999999999999999999 1\n\n", "\n\n\n"
    };

    look();

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        d = manifest('i', "i", 1);
        tree_text(index_file(), texts[i]);
        by_hand("a2", &d);
        (void) drop(&d);
        ok(!tagged("a2") && !tagged("i0"), "not believed: %zu", i);
    }
}


/* tags of another repository that was moved here */

static void
other_directory(void)
{
    oci_digest_t  d;

    d = manifest('j', "j", 1);
    look();
    (void) rename(tree_path(TAGS), tree_path(TAGS ".was"));
    by_hand("moved", &d);

    (void) drop(&d);
    ok(!tagged("moved"), "of another directory it says nothing");
}


/* a manifest that only its name makes different, with tags prefix0 and so on */

static oci_digest_t
manifest(char name, const char *prefix, size_t n)
{
    char                json[256];
    size_t              i;
    oci_str_t          *tags, none = oci_null_string;
    oci_array_t         lost;
    oci_manifest_t      m;
    oci_manifest_put_t  p;

    (void) snprintf(json, sizeof(json), "{\"schemaVersion\":2,\"mediaType\":"
                    "\"application/vnd.oci.image.index.v1+json\","
                    "\"manifests\":[],\"annotations\":{\"n\":\"%c\"}}", name);

    memset(&p, 0, sizeof(p));
    p.content = oci_str(json);
    p.manifest = &m;
    p.sparse = true;
    oci_digest_of(&p.digest, OCI_SHA256, json, strlen(json));

    tags = oci_pcalloc(pool, n * sizeof(oci_str_t));

    for (i = 0; i < n; i++) {
        tags[i].data = oci_pcalloc(pool, 32);
        tags[i].len = (size_t) snprintf((char *) tags[i].data, 32, "%s%zu",
                                        prefix, i);
    }

    p.tags = tags;
    p.ntags = n;
    oci_array_init(&lost, pool, sizeof(oci_digest_t));

    if (oci_manifest_parse(&m, pool, &p.content, &none, NULL) != OCI_OK
        || oci_store_manifest_put(in(repo), &p, &lost, NULL) != OCI_OK)
    {
        ok(false, "manifest %c", name);
    }

    return p.digest;
}


/* true: there is a rest */

static bool
drop(const oci_digest_t *d)
{
    bool  left;

    left = false;
    is(oci_store_manifest_delete(in(repo), d, NULL, &left, NULL), OCI_OK,
       "a manifest is deleted");

    return left;
}


static void
rest(const oci_digest_t *d)
{
    oci_array_t  digests;

    oci_array_init(&digests, pool, sizeof(oci_digest_t));
    *(oci_digest_t *) oci_array_push(&digests) = *d;

    is(oci_store_manifest_rest(in(repo), &digests, NULL), OCI_OK, "the rest");
}


/* renews the index, when all that was written shows another time by then */

static void
look(void)
{
    oci_array_t      none;
    struct timespec  tick = { OCI_MARK_TICK / 1000000000, 100000000 };

    while (nanosleep(&tick, &tick) == -1) {
        continue;
    }

    oci_array_init(&none, pool, sizeof(oci_digest_t));
    is(oci_store_manifest_rest(in(repo), &none, NULL), OCI_OK, "a look");
}


static void
by_hand(const char *tag, const oci_digest_t *d)
{
    tree_text(tree_path(TAGS "/%s/current/link", tag), d->text);
}


static bool
tagged(const char *tag)
{
    return tree_exists(tree_path(TAGS "/%s", tag));
}


static const char *
index_file(void)
{
    DIR            *dir;
    const char     *file;
    struct dirent  *entry;

    file = "";
    dir = opendir(tree_path(LISTS));

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strstr(entry->d_name, ".kept") != NULL) {
            file = tree_path(LISTS "/%s", entry->d_name);
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }

    return file;
}
