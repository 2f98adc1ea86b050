/*
 * oci_catalog and oci_list: pages of names, against a brute-force sort.
 */

#include "oci_layout.h"
#include "oci_list.h"
#include "tree.h"

#include <time.h>


#define REPOS  "/docker/registry/v2/repositories"
#define TAGS   REPOS "/many/_manifests/tags"
#define LISTS  "/_tally/lists"
#define TREES  12
#define NAMES  40
#define MANY   1500


typedef struct {
    char    *names[NAMES * 8];
    size_t   count;
} repos_t;


static void no_store(void);
static void prefixes(void);
static void random_trees(void);
static bool same_pages(const repos_t *want, const char *last, size_t n);
static void random_name(char *name);
static int by_component(const void *one, const void *two);
static void add(repos_t *repos, const char *name);
static void what_is_no_repository(void);
static void large_directory(void);
static void saved_is_used(void);
static void saved_is_stale(void);
static void saved_is_damaged(void);
static void saved_is_cut_short(void);
static void saved_too_early(void);
static void saved_of_another(void);
static void seeking(void);
static size_t tags(const char *last, size_t n, bool *more);
static void age(const char *path);


static oci_pool_t   *pool;
static oci_store_t  *store;
static unsigned      seed = 20251123;


int
main(void)
{
    pool = oci_pool_create();
    oci_store_open(&store, pool, tree_make(), 0, NULL);

    no_store();
    prefixes();
    random_trees();
    what_is_no_repository();
    large_directory();
    saved_is_used();
    saved_is_stale();
    saved_is_damaged();
    saved_is_cut_short();
    saved_too_early();
    saved_of_another();
    seeking();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
no_store(void)
{
    bool         more;
    oci_str_t    last = oci_null_string;
    oci_array_t  names;

    oci_array_init(&names, pool, sizeof(oci_str_t));
    more = true;

    is(oci_store_catalog(store, pool, &last, 10, &names, &more, NULL),
       OCI_OK, "the catalog of a store that nobody has written to");
    is(names.nelts, 0, "is empty");
    ok(!more, "and complete");
}


static void
prefixes(void)
{
    size_t               i, n;
    bool                 good;
    repos_t              repos = { { NULL }, 0 };
    static const char  *some[] = {
        "a", "a-b", "a.b", "a/b", "a/b/c", "a/b-c", "a_b", "a0", "ab", "b/c",
        "b-/x", "a/b/c/d/e/f/g/h", "z"
    };
    static const char  *lasts[] = {
        "", "a", "a-", "a-b", "a.", "a/", "a/a", "a/b", "a/b/", "a/b/c/d",
        "a/b/zz", "a/c", "a//", "/", "//", "/a", "a0", "aa", "b", "b-", "b/",
        "zz", "\xff", "A", "_", "..", "../..", "a/../b", "a/_layers",
        "a/b/c/d/e/f/g/h", "a/b/c/d/e/f/g/h/i"
    };

    for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        add(&repos, some[i]);
    }

    qsort(repos.names, repos.count, sizeof(char *), by_component);

    for (i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
        good = true;

        for (n = 0; n <= repos.count + 1; n++) {
            good = good && same_pages(&repos, lasts[i], n);
        }

        ok(good, "after \"%s\", pages of any size", lasts[i]);
    }
}


static void
random_trees(void)
{
    char     name[256];
    bool     good;
    size_t   i, j, n;
    repos_t  repos;

    for (i = 0; i < TREES; i++) {
        tree_remove();
        (void) mkdir(tree_root, 0755);
        memset(&repos, 0, sizeof(repos));

        for (j = 0; j < NAMES; j++) {
            random_name(name);
            add(&repos, name);
        }

        qsort(repos.names, repos.count, sizeof(char *), by_component);
        good = true;

        for (j = 0; j < repos.count; j++) {
            for (n = 1; n < 9; n += 3) {
                random_name(name);
                good = good && same_pages(&repos, repos.names[j], n)
                       && same_pages(&repos, name, n);
            }
        }

        ok(good, "random tree %zu: %zu repositories", i, repos.count);
    }
}


/* is the page the n names that a sorted list has after last? */

static bool
same_pages(const repos_t *want, const char *last, size_t n)
{
    bool          more, good;
    size_t        i, first;
    oci_str_t     from, *name;
    oci_array_t   names;
    oci_pool_t   *temp;

    first = 0;

    while (first < want->count
           && last[0] != '\0'
           && by_component(&want->names[first], &last) <= 0)
    {
        first++;
    }

    temp = oci_pool_create();
    oci_array_init(&names, temp, sizeof(oci_str_t));
    from = oci_str(last);

    good = oci_store_catalog(store, temp, &from, n, &names, &more, NULL)
           == OCI_OK
           && names.nelts == (want->count - first < n ? want->count - first
                                                      : n)
           && more == (want->count - first > n);

    name = names.elts;

    for (i = 0; good && i < names.nelts; i++) {
        good = oci_str_is(&name[i], want->names[first + i]);
    }

    if (!good) {
        printf("# last \"%s\" n %zu: %zu names, more %d, want from \"%s\"\n",
               last, n, names.nelts, more,
               first < want->count ? want->names[first] : "(end)");
    }

    oci_pool_destroy(temp);

    return good;
}


static void
random_name(char *name)
{
    size_t              i, n;
    static const char  *parts[] = { "a", "b", "a-b", "a.b", "a_b", "aa", "0",
                                    "ab", "z" };

    name[0] = '\0';
    seed = seed * 1103515245 + 12345;
    n = 1 + (seed >> 16) % 4;

    for (i = 0; i < n; i++) {
        seed = seed * 1103515245 + 12345;
        (void) strcat(name, i != 0 ? "/" : "");
        (void) strcat(name, parts[(seed >> 16)
                                  % (sizeof(parts) / sizeof(parts[0]))]);
    }
}


/* "/" sorts before every other character: component by component */

static int
by_component(const void *one, const void *two)
{
    const u_char  *a = *(u_char *const *) one, *b = *(u_char *const *) two;

    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }

    return (*a == '/' ? 1 : *a == '\0' ? 0 : *a + 1)
           - (*b == '/' ? 1 : *b == '\0' ? 0 : *b + 1);
}


static void
add(repos_t *repos, const char *name)
{
    size_t  i;

    for (i = 0; i < repos->count; i++) {
        if (strcmp(repos->names[i], name) == 0) {
            return;
        }
    }

    /* 2.8 knows them by the one directory, 3 by the other */

    tree_mkdirs(tree_path(REPOS "/%s/%s", name,
                          repos->count % 2 ? "_layers" : "_manifests"));

    repos->names[repos->count] = oci_cstr(pool, &(oci_str_t) {
                                              strlen(name), (u_char *) name });
    repos->count++;
}


static void
what_is_no_repository(void)
{
    repos_t  repos = { { NULL }, 0 };

    tree_remove();
    (void) mkdir(tree_root, 0755);

    add(&repos, "good");
    tree_mkdirs(tree_path(REPOS "/good/_uploads/x"));
    tree_mkdirs(tree_path(REPOS "/upload-only/_uploads/x"));
    tree_mkdirs(tree_path(REPOS "/empty/below"));
    tree_mkdirs(tree_path(REPOS "/_layers/_layers"));
    tree_mkdirs(tree_path(REPOS "/.hidden/_layers"));
    tree_text(tree_path(REPOS "/file"), "x");
    tree_text(tree_path(REPOS "/half/_layers"), "x");

    ok(same_pages(&repos, "", 10), "only repositories are listed");
}


static void
large_directory(void)
{
    bool     more;
    size_t   i;

    for (i = 0; i < MANY; i++) {
        tree_mkdirs(tree_path(TAGS "/t%04zu", i));
    }

    age(tree_path(TAGS));

    is(tags("", 10, &more), 0, "the first page of many tags");
    is(tree_count(tree_path(LISTS)), 1, "its listing is remembered");
    ok(!tree_exists(tree_path(REPOS "/_tally")), "outside of the tree");
    is(tags("t0749", 10, &more), 750, "a page in the middle");
    is(tags("t0749x", 10, &more), 750, "after a name that there is not");
    is(tags("t1499", 10, &more), -1, "after the last");
    ok(!more, "there is nothing");
}


/* proven by a listing that says something else about the same directory */

static void
saved_is_used(void)
{
    char            file[PATH_MAX], path[80], *text;
    bool            more;
    DIR            *d;
    struct dirent  *entry;

    d = opendir(tree_path(LISTS));
    path[0] = '\0';

    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void) snprintf(path, sizeof(path), "%.70s", entry->d_name);
        }
    }

    (void) closedir(d);
    (void) snprintf(file, sizeof(file), "%s", tree_path(LISTS "/%s", path));

    text = strdup(tree_read(file));
    memcpy(strstr(text, "t0000"), "s", 1);
    tree_text(file, text);

    is(tags("", 1, &more), -2, "as long as nothing changes it is not read");
    memcpy(strstr(text, "s0000"), "t", 1);
    tree_text(file, text);
    is(tags("", 1, &more), 0, "again");
    free(text);
}


static void
saved_is_stale(void)
{
    bool    more;
    size_t  i;

    for (i = 0; i < 3; i++) {
        tree_mkdirs(tree_path(TAGS "/t0000-%zu", i));
        is(tags("t0000", 1, &more), -2, "a new tag is seen at once");
        (void) rmdir(tree_path(TAGS "/t0000-%zu", i));
        is(tags("t0000", 1, &more), 1, "and so is its end");
    }
}


static void
saved_is_damaged(void)
{
    char            file[PATH_MAX], *text, *cut;
    bool            more;
    DIR            *d;
    size_t          i, len;
    struct dirent  *entry;

    age(tree_path(TAGS));
    (void) tags("", 1, &more);

    d = opendir(tree_path(LISTS));
    file[0] = '\0';

    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void) snprintf(file, sizeof(file), "%s",
                            tree_path(LISTS "/%s", entry->d_name));
        }
    }

    (void) closedir(d);
    text = strdup(tree_read(file));
    len = strlen(text);

    for (i = 0; i < 9; i++) {
        cut = strdup(text);

        switch (i) {
        case 0: cut[0] = '\0'; break;
        case 1: cut[len / 2] = '\0'; break;
        case 2: cut[len - 1] = '\0'; break;
        case 3: cut[len - 1] = 'x'; break;
        case 4: *strchr(cut, '\n') = 'x'; break;
        case 5: cut[3] = 'x'; break;
        case 6: memset(cut, 'x', len); break;
        case 7: *strchr(cut, '\n') = '\0'; break;
        default: memset(cut, '\n', len);
        }

        tree_text(file, cut);
        is(tags("t0749", 10, &more), 750, "damage %zu is noticed", i);
        free(cut);
    }

    (void) unlink(file);
    (void) mkdir(file, 0777);
    is(tags("t0749", 10, &more), 750, "a directory in its place");
    (void) rmdir(file);
    free(text);
}


/* by whoever else has the disk: what was opened stays whole */

static void
saved_is_cut_short(void)
{
    size_t          pos, n;
    oci_str_t       name;
    oci_list_t     *list;
    DIR            *d;
    struct dirent  *entry;
    bool            more;

    age(tree_path(TAGS));
    (void) tags("", 1, &more);

    n = 0;
    pos = 0;
    name = oci_str("many");
    is(oci_list_open(&list, store, pool,
                     oci_layout_tags(in(name)),
                     NULL), OCI_OK, "a saved listing is opened");
    ok(oci_list_unchanged(list), "and used");

    d = opendir(tree_path(LISTS));

    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void) !truncate(tree_path(LISTS "/%s", entry->d_name), 0);
        }
    }

    (void) closedir(d);

    while (oci_list_next(list, &pos, &name)) {
        n++;
    }

    is(n, MANY, "all its names are there when its file is truncated");
}


/* read in the second of a change, it may miss the next in that second */

static void
saved_too_early(void)
{
    bool              more;
    struct stat       st;
    struct timespec   times[2];

    tree_mkdirs(tree_path(TAGS "/early"));
    (void) tags("", 1, &more);
    (void) stat(tree_path(TAGS), &st);

    tree_mkdirs(tree_path(TAGS "/a-late"));
    times[0] = times[1] = st.st_mtim;
    (void) utimensat(AT_FDCWD, tree_path(TAGS), times, 0);

    is(tags("", 1, &more), -2, "a change within the same tick is seen");
    (void) rmdir(tree_path(TAGS "/a-late"));
    (void) rmdir(tree_path(TAGS "/early"));
}


/* the directory was replaced by another of the same age */

static void
saved_of_another(void)
{
    bool              more;
    struct stat       st;
    struct timespec   times[2];

    age(tree_path(TAGS));
    (void) tags("", 1, &more);
    (void) stat(tree_path(TAGS), &st);

    (void) rename(tree_path(TAGS), tree_path(TAGS "-old"));
    tree_mkdirs(tree_path(TAGS "/t0003"));
    times[0] = times[1] = st.st_mtim;
    (void) utimensat(AT_FDCWD, tree_path(TAGS), times, 0);

    is(tags("", 1, &more), 3, "another directory is read");
}


static void
seeking(void)
{
    size_t        i, pos;
    oci_str_t     s, name;
    oci_list_t   *list;

    tree_mkdirs(tree_path(REPOS "/seek"));

    is(oci_list_open(&list, store, pool, tree_path(REPOS "/seek"), NULL),
       OCI_OK, "an empty directory");
    is(oci_list_count(list), 0, "has no names");
    pos = oci_list_seek(list, &(oci_str_t) oci_string("x"), true);
    ok(!oci_list_next(list, &pos, &name), "and no position");

    for (i = 0; i < 50; i++) {
        tree_mkdirs(tree_path(REPOS "/seek/%.*s", (int) i + 1,
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
    }

    is(oci_list_open(&list, store, pool, tree_path(REPOS "/seek"), NULL),
       OCI_OK, "names that begin with each other");

    for (i = 0; i < 50; i++) {
        s.data = (u_char *)
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        s.len = i + 1;
        pos = oci_list_seek(list, &s, true);

        if (!oci_list_next(list, &pos, &name) || name.len != i + 1) {
            break;
        }

        pos = oci_list_seek(list, &s, false);

        if (oci_list_next(list, &pos, &name) != (i < 49)
            || (i < 49 && name.len != i + 2))
        {
            break;
        }
    }

    is(i, 50, "each is found, and the one after it");

    is(oci_list_open(&list, store, pool, tree_path(REPOS "/none"), NULL),
       OCI_NOT_FOUND, "no directory");
}


/* the number of the first tag of a page; -1: none, -2: it is not "tNNNN" */

static size_t
tags(const char *last, size_t n, bool *more)
{
    int           number, end;
    oci_str_t     from, *first, repo = oci_string("many");
    oci_pool_t   *temp;
    oci_array_t   names;

    temp = oci_pool_create();
    oci_array_init(&names, temp, sizeof(oci_str_t));
    from = oci_str(last);
    number = -1;

    if (oci_store_tags(oci_repo(store, temp, &repo), &from, n, &names, more,
                       NULL)
        == OCI_OK && names.nelts != 0)
    {
        first = names.elts;

        if (sscanf((char *) first->data, "t%4d%n", &number, &end) != 1
            || first->data[end] != '\0')
        {
            number = -2;
        }
    }

    oci_pool_destroy(temp);

    return (size_t) (ssize_t) number;
}


/* as if the last change was a while ago */

static void
age(const char *path)
{
    struct timespec  times[2];

    memset(times, 0, sizeof(times));
    times[0].tv_sec = times[1].tv_sec = time(NULL) - 100;
    (void) utimensat(AT_FDCWD, path, times, 0);
}
