/*
 * A directory of the test's own, and short ways to look into it.
 *
 * Paths are relative to it; tree_of() begins and is called once.
 */

#ifndef TREE_H
#define TREE_H

#include "oci_store.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


/* the repository of that name, where store and pool are the test's own */

#define in(name)  oci_repo(store, pool, &(name))


static char  tree_root[64];


static inline const char *
tree_make(void)
{
    (void) strcpy(tree_root, "/tmp/tally-unit-XXXXXX");

    if (mkdtemp(tree_root) == NULL) {
        printf("Bail out! cannot make a directory\n");
        exit(1);
    }

    return tree_root;
}


static inline int
tree_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
    (void) st;
    (void) type;
    (void) ftw;

    return remove(path);
}


static inline void
tree_remove(void)
{
    (void) nftw(tree_root, tree_remove_one, 16, FTW_DEPTH|FTW_PHYS);
}


/* one of four buffers in turn */

static inline const char * __attribute__((format(printf, 1, 2)))
tree_path(const char *fmt, ...)
{
    int            n;
    char          *path;
    va_list        args;
    static char    paths[4][PATH_MAX];
    static size_t  turn;

    path = paths[turn++ % 4];
    n = snprintf(path, PATH_MAX, "%s/", tree_root);

    va_start(args, fmt);
    vsnprintf(path + n, (size_t) (PATH_MAX - n), fmt, args);
    va_end(args);

    return path;
}


static inline bool
tree_exists(const char *path)
{
    struct stat  st;

    return lstat(path, &st) == 0;
}


static inline void
tree_mkdirs(const char *path)
{
    char   dir[PATH_MAX];
    char  *p;

    (void) snprintf(dir, sizeof(dir), "%s", path);

    for (p = strchr(dir + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void) mkdir(dir, 0777);
        *p = '/';
    }

    (void) mkdir(dir, 0777);
}


/* writes as another program would: in place, with the directories */

static inline void
tree_write(const char *path, const void *data, size_t len)
{
    int    fd;
    char   dir[PATH_MAX];

    (void) snprintf(dir, sizeof(dir), "%s", path);
    *strrchr(dir, '/') = '\0';
    tree_mkdirs(dir);

    fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0666);

    if (fd == -1 || write(fd, data, len) != (ssize_t) len) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }

    (void) close(fd);
}


static inline void
tree_text(const char *path, const char *text)
{
    tree_write(path, text, strlen(text));
}


/* the content as text, "(none)" when there is no file; one of two buffers */

static inline const char *
tree_read(const char *path)
{
    FILE          *f;
    size_t         n;
    char          *text;
    static char    texts[2][65536];
    static size_t  turn;

    text = texts[turn++ % 2];
    f = fopen(path, "r");

    if (f == NULL) {
        return "(none)";
    }

    n = fread(text, 1, sizeof(texts[0]) - 1, f);
    text[n] = '\0';
    (void) fclose(f);

    return text;
}


/* how many entries a directory has; -1: there is none */

static inline int
tree_count(const char *path)
{
    int             n;
    DIR            *d;
    struct dirent  *entry;

    d = opendir(path);
    if (d == NULL) {
        return -1;
    }

    n = 0;

    while ((entry = readdir(d)) != NULL) {
        n += (entry->d_name[0] != '.');
    }

    (void) closedir(d);

    return n;
}


static size_t  tree_found;
static const char  *tree_suffix;


static inline int
tree_find_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
    size_t  len, n;

    (void) st;
    (void) ftw;

    len = strlen(path);
    n = strlen(tree_suffix);

    if (type == FTW_F && len >= n && strcmp(path + len - n, tree_suffix) == 0)
    {
        tree_found++;
    }

    return 0;
}


/* how many files below the tree have names that end so */

static inline size_t
tree_files(const char *suffix)
{
    tree_found = 0;
    tree_suffix = suffix;
    (void) nftw(tree_root, tree_find_one, 16, FTW_PHYS);

    return tree_found;
}


#endif /* TREE_H */
